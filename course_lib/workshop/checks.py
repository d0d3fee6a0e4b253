"""`check`: all that must hold besides the tests, one line each.

Builds on: architecture, locks, wording.
What is new here: every check runs, even if others fail, so one run shows all problems.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from . import architecture, locks, wording

__all__ = ["main", "registry_hosts", "tracked_files"]

# The names are joined from parts, so that this file does not contain what it forbids.  A checkout
# must install from the index that its reader has configured, so no file may name an index.
_REGISTRIES = tuple(
    ".".join(parts).encode("ascii")
    for parts in (
        ("pypi", "org"),
        ("pypi", "python", "org"),
        ("pythonhosted", "org"),
        ("piwheels", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("yarnpkg", "com"),
        ("npmmirror", "com"),
        ("jsr", "io"),
        ("deb", "debian", "org"),
        ("ftp", "debian", "org"),
        ("security", "debian", "org"),
        ("snapshot", "debian", "org"),
        ("archive", "ubuntu", "com"),
        ("ports", "ubuntu", "com"),
        ("anaconda", "org"),
        ("anaconda", "com"),
        ("prefix", "dev"),
        ("unpkg", "com"),
        ("jsdelivr", "net"),
    )
)

_TOOLS = {
    "format": ("ruff", "format", "--check", "--output-format", "concise", "."),
    "lint": ("ruff", "check", "--output-format", "concise", "."),
    "types": ("mypy", "--no-error-summary", "course_lib"),
    "notebooks agree with their sources": ("course_lib.lab.lessons", "--check"),
}


def main(python: Path, environ: Mapping[str, str], root: Path, arguments: list[str]) -> int:
    """Run the checks whose names contain one of `arguments` (none: all); 1 if one failed."""

    def tool(command: tuple[str, ...]) -> list[str]:
        answer = subprocess.run(
            [str(python), "-m", *command],
            env=dict(environ) | {"PYTHONUTF8": "1"},
            cwd=root,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        )
        if not answer.returncode:
            return []
        said = answer.stdout.splitlines()
        return said or [f"`{' '.join(command)}` ended with {answer.returncode}"]

    table: dict[str, Callable[[], list[str]]] = {
        name: (lambda command=command: tool(command))  # type: ignore[misc]
        for name, command in _TOOLS.items()
    }
    table["architecture"] = lambda: architecture.problems(root)
    table["words of lessons"] = lambda: wording.problems(root)
    table["locks agree with pyproject.toml"] = lambda: locks.problems(root)
    table["no registry is named"] = lambda: registry_hosts(root, tracked_files(root))
    chosen = [name for name in table if not arguments or any(word in name for word in arguments)]
    failed = 0
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for name, said in zip(chosen, pool.map(lambda name: table[name](), chosen), strict=True):
            print(f"{'FAILED' if said else 'ok':<7} {name}", flush=True)
            for line in said:
                print(f"        {line}")
            failed += bool(said)
    if not chosen:
        print(f"No such check; there are: {', '.join(table)}.", file=sys.stderr)
    return 1 if failed or not chosen else 0


def tracked_files(root: Path) -> list[Path]:
    """Files that git tracks, or would after `git add .`; without git, files that are not hidden."""
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        answer = subprocess.run(listing, cwd=root, capture_output=True)
    except OSError:
        answer = None
    if answer is not None and answer.returncode == 0:
        names = [os.fsdecode(name) for name in answer.stdout.split(b"\0") if name]
        return [root / name for name in dict.fromkeys(names) if (root / name).is_file()]
    found: list[Path] = []
    for folder, folders, files in os.walk(root):
        folders[:] = [f for f in folders if not f.startswith(".venv") and f not in _NOT_OURS]
        found += [Path(folder) / file for file in files]
    return found


_NOT_OURS = (
    ".git",
    "node_modules",
    "wheels",
    "__pycache__",
    ".mypy_cache",
    ".ruff_cache",
    ".pytest_cache",
)


def registry_hosts(root: Path, files: Iterable[Path]) -> list[str]:
    """The places where a file names the host of a package registry."""
    found = []
    for path in files:
        data = path.read_bytes().lower()
        for host in _REGISTRIES:
            at = data.find(host)
            if at >= 0:
                line = data.count(b"\n", 0, at) + 1
                where = path.relative_to(root).as_posix()
                found.append(f"{where}:{line}: names {host.decode()}, the host of a registry")
    return found
