"""npm, installing locked packages into node_modules, where Node.js is there.

    package-lock.json ──npm ci──▶ node_modules/      .venv/npm-tried: the lock's digest

Builds on: processes.
What is new here: these packages are welcome, and no lesson needs them.  So they are tried once for
each lock, and the command goes on, whatever happened; without Node.js nothing is said.
Left out: Node.js itself.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from . import processes

__all__ = ["needed", "provide"]

PATIENCE = 120.0  # seconds
# What is optional is for those who write the library: pyright, 38 MB.
_OPTIONS = (
    "--omit=optional",
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
    "--loglevel=error",
    "--fetch-retries=1",
)


def needed(root: Path) -> bool:
    """Whether npm is there, node_modules is older than the lock, and this was not tried yet."""
    if not shutil.which("node") or not shutil.which("npm"):
        return False
    lock, installed = root / "package-lock.json", root / "node_modules" / ".package-lock.json"
    if not lock.is_file() or (root / "node_modules").is_symlink():
        return False  # a link leads to another checkout's
    if installed.is_file() and installed.stat().st_mtime >= lock.stat().st_mtime:
        return False
    tried = _stamp(root)
    return not tried.is_file() or tried.read_text("utf-8") != _digest(lock)


def provide(root: Path) -> None:
    """Install the packages, if they are needed; say what went wrong, and go on."""
    if not needed(root):
        return
    print("Installing the official browser client (npm ci).", flush=True)
    said = _run(root)
    _stamp(root).write_text(_digest(root / "package-lock.json"), encoding="utf-8")
    if said is not None:
        print(f"  It did not work: {said}", file=sys.stderr)
        print("  No lesson needs it. `npm ci` tries again.", file=sys.stderr, flush=True)


def _run(root: Path) -> str | None:
    """None, or the first line of what went wrong."""
    npm = shutil.which("npm")
    assert npm is not None  # on Windows it is npm.cmd, which only its whole name starts
    try:
        answer = subprocess.run(
            [npm, "ci", *_OPTIONS],
            cwd=root,
            env=os.environ | {"NO_COLOR": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding=processes.ENCODING,
            errors="replace",
            timeout=PATIENCE,
        )
    except subprocess.TimeoutExpired:
        return f"npm ci did not end within {PATIENCE:.0f} s"
    except OSError as error:
        return str(error)
    if not answer.returncode:
        return None
    lines = [line.strip() for line in answer.stdout.splitlines() if line.strip()]
    return lines[0] if lines else f"npm ci ended with {answer.returncode}"


def _stamp(root: Path) -> Path:
    return root / ".venv" / "npm-tried"


def _digest(lock: Path) -> str:
    return hashlib.sha256(lock.read_bytes()).hexdigest()
