"""The lock files: written by one command, compared without a network.

    pyproject.toml ─┬─ uv ──▶ requirements.lock ──────────┬──▶ environment.yml
                    └─ uv ──▶ requirements-dev.lock ◀─────┘ (as constraint)
    package.json ──── npm ──▶ package-lock.json

Builds on: remedies.
What is new here: each Python lock carries a digest of what it was made from, so `check` notices a
forgotten `lock` without asking an index.  No file contains an address: pip and npm use the reader's
index.
Left out: hashes in environment.yml.  pip refuses an editable project in a file with hashes.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from . import remedies

__all__ = ["environment_yml", "pins", "problems", "write"]

LEARNER, DEV = "requirements.lock", "requirements-dev.lock"

# The platforms, in uv's names, where every package must install without a compiler, each with its
# oldest and its newest Python.
PLATFORMS = {
    "x86_64-unknown-linux-gnu": ("3.11", "3.14"),
    "aarch64-unknown-linux-gnu": ("3.11", "3.14"),
    "x86_64-pc-windows-msvc": ("3.11", "3.14"),
    "aarch64-pc-windows-msvc": ("3.12", "3.14"),  # pyyaml has no wheel for 3.11
    "aarch64-apple-darwin": ("3.11", "3.14"),
    "x86_64-apple-darwin": ("3.11", "3.14"),
}
_DIGEST = "# digest of its inputs in pyproject.toml: "


def pins(text: str) -> list[str]:
    """The `name==version ; marker` lines of a lock, without hashes."""
    lines = (line.rstrip("\\ ") for line in text.splitlines())
    return [line for line in lines if "==" in line and line[0].isalnum()]


def environment_yml(lock: str) -> str:
    """The text of environment.yml for the text of `requirements.lock`."""
    lines = [
        "# The learner's environment for conda, Binder and JupyterHub: the versions of",
        f"# {LEARNER}. Written by `python -m course_lib lock`.",
        "name: socketio-from-scratch",
        "channels:",
        "  - conda-forge",
        "dependencies:",
        "  - python >=3.11,<3.15",
        "  - pip",
        "  - pip:",
        *(f'      - "{pin}"' for pin in pins(lock)),
        '      - "-e .[lab]"',
    ]
    return "\n".join(lines) + "\n"


def problems(root: Path) -> list[str]:
    """The locks that do not agree with their sources; each line names the file and the remedy."""
    return [*_python_problems(root), *_javascript_problems(root)]


def _python_problems(root: Path) -> Iterator[str]:
    text = {name: (root / name).read_text("utf-8") for name in (LEARNER, DEV)}
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))
    for name, lock in text.items():
        if _DIGEST + _digest(project, name) not in lock.splitlines():
            yield f"{name}: pyproject.toml changed; run `python -m course_lib lock`"
        if "://" in lock:
            yield f"{name}: holds an address; write it with `python -m course_lib lock`"
        if len(re.findall(r"--hash=sha256:[0-9a-f]{64}", lock)) < len(pins(lock)):
            yield f"{name}: a package has no hash"
    dev = set(pins(text[DEV]))
    for pin in pins(text[LEARNER]):
        if pin not in dev:
            yield f"{DEV}: differs from {LEARNER} in {pin}; run `python -m course_lib lock`"
    if (root / "environment.yml").read_text("utf-8") != environment_yml(text[LEARNER]):
        yield f"environment.yml: differs from {LEARNER}; run `python -m course_lib lock`"


def _javascript_problems(root: Path) -> Iterator[str]:
    package_json: dict[str, Any] = json.loads((root / "package.json").read_text("utf-8"))
    groups = {
        kind: package_json.get(kind, {}) for kind in ("devDependencies", "optionalDependencies")
    }
    lock = (root / "package-lock.json").read_text("utf-8")
    packages: dict[str, Any] = json.loads(lock)["packages"]
    if any(packages[""].get(kind, {}) != wanted for kind, wanted in groups.items()):
        yield "package-lock.json: differs from package.json; run `python -m course_lib lock`"
    if "://" in lock:
        yield "package-lock.json: holds an address; write it with `python -m course_lib lock`"
    for name, version in (pair for wanted in groups.values() for pair in wanted.items()):
        if not re.fullmatch(r"\d+\.\d+\.\d+", version):
            yield f"package.json: {name} is not pinned to one version ({version})"
    for name, package in packages.items():
        if name and "integrity" not in package:
            yield f"package-lock.json: {name} has no integrity hash"


def _inputs(project: dict[str, Any], name: str) -> list[str]:
    """The requirements that the lock is made from; the project itself is none of them."""
    extras = project["project"]["optional-dependencies"]
    found = project["project"]["dependencies"] + extras["lab"] + project["build-system"]["requires"]
    if name == DEV:
        found += extras["dev"] + extras["speed"]
    return [line for line in found if not line.startswith(project["project"]["name"])]


def _digest(project: dict[str, Any], name: str) -> str:
    parts = [project["project"]["requires-python"], *sorted(_inputs(project, name))]
    parts += project["tool"].get("uv", {}).get("constraint-dependencies", [])
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def write(root: Path, arguments: list[str]) -> int:
    """Write all locks.  Versions that still fit stay; `--upgrade` takes the newest.

    The order matters: the developer's lock is constrained by the learner's.
    """
    if arguments not in ([], ["--upgrade"]):
        print("lock takes no argument but --upgrade (or ARGS=--upgrade).", file=sys.stderr)
        return 2
    _compile(root, LEARNER, arguments)
    _compile(root, DEV, ["--constraint", LEARNER, *arguments])
    text = environment_yml((root / LEARNER).read_text("utf-8"))
    (root / "environment.yml").write_text(text, encoding="utf-8", newline="\n")
    _must(_run(root, ["npm", "install", "--package-lock-only", "--ignore-scripts"]))
    _without_addresses(root / "package-lock.json")
    found = [*problems(root), *_unbuilt(root, LEARNER), *_unbuilt(root, DEV)]
    print("\n".join(found) or "The locks agree.")
    return 1 if found else 0


def _compile(root: Path, name: str, options: list[str]) -> None:
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))
    floor = project["project"]["requires-python"].removeprefix(">=")
    command = ["uv", "pip", "compile", "-", "--output-file", name, "--python-version", floor]
    command += ["--universal", "--generate-hashes", "--no-emit-index-url", "--no-header", "--quiet"]
    _must(_run(root, [*command, *options], "\n".join(_inputs(project, name))))
    path = root / name
    header = f"# Written by `python -m course_lib lock`.\n{_DIGEST}{_digest(project, name)}\n"
    body = re.sub(r"-r -$", "pyproject.toml", path.read_text("utf-8"), flags=re.MULTILINE)
    path.write_text(header + body, encoding="utf-8", newline="\n")


def _unbuilt(root: Path, name: str) -> Iterator[str]:
    """The platforms for which a package of the lock has no wheel."""
    text = "\n".join(pins((root / name).read_text("utf-8")))
    ask = ["uv", "pip", "compile", "-", "--no-deps", "--only-binary", ":all:", "--quiet"]
    for platform, pythons in PLATFORMS.items():
        print(f"  {name} on {platform}", flush=True)
        for python in pythons:
            command = [*ask, "--python-platform", platform, "--python-version", python]
            answer = _run(root, command, text)
            if answer.returncode:
                yield f"{name}: no ready-made file for {platform}, Python {python}: {answer.stderr}"


def _without_addresses(path: Path) -> None:
    """Remove npm's `funding` entries: they contain addresses, and the file must contain none."""
    lock = json.loads(path.read_text("utf-8"))
    for package in lock["packages"].values():
        package.pop("funding", None)
    path.write_text(json.dumps(lock, indent=2) + "\n", encoding="utf-8", newline="\n")


def _run(root: Path, command: list[str], typed: str = "") -> subprocess.CompletedProcess[str]:
    program = shutil.which(command[0])
    if program is None:
        raise remedies.SetupError(
            f"The program {command[0]} is not installed.",
            "uv comes with `python -m course_lib setup --dev`, and npm with Node.js; only writing "
            "the locks needs them.",
        )
    return subprocess.run(
        [program, *command[1:]], cwd=root, input=typed, capture_output=True, encoding="utf-8"
    )


def _must(answer: subprocess.CompletedProcess[str]) -> None:
    if answer.returncode:
        print(answer.stderr, file=sys.stderr)
        raise remedies.SetupError(f"`{' '.join(answer.args)}` failed.", "see its message above.")
