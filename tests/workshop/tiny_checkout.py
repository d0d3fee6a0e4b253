"""A checkout small enough to be set up in two seconds, without a network.

    checkout() ──▶ course/        the real command line, set-up and pip; locks with two packages
    wheels()   ──▶ index/*.whl    what PIP_FIND_LINKS names: brick (learner), mortar (developer),
                                  and pip and flit_core as they are installed here

What is new here: `bare_python` is a Python without pip and ensurepip, as Debian ships it, built of
links to the standard library of the one that runs the tests.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCES = ("course_lib/__init__.py", "course_lib/__main__.py", "course_lib/workshop")
SOURCES += ("pyproject.toml", "LICENSE")


@dataclass(slots=True)
class Checkout:
    """A small checkout at `root`, and the environment in which its commands run."""

    root: Path
    python: Path
    environ: dict[str, str]

    def start(self, *arguments: str, **extra: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [self.python, "-m", "course_lib", *arguments],
            cwd=self.root,
            env=self.environ | extra,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            bufsize=1,
        )

    def run(self, *arguments: str, **extra: str) -> tuple[int, str]:
        """Run a command to its end: exit code, and what it said."""
        with self.start(*arguments, **extra) as process:
            said, _ = process.communicate(timeout=120)
        return process.returncode, said

    def inside(self, code: str, **extra: str) -> str:
        """What `code` prints in the Python of .venv, started elsewhere."""
        folder = "Scripts/python.exe" if os.name == "nt" else "bin/python"
        answer = subprocess.run(
            [self.root / ".venv" / folder, "-c", code],
            cwd=self.root.parent,
            env=self.environ | extra,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=60,
        )
        return answer.stdout.strip() + answer.stderr.strip()

    @property
    def stamp(self) -> Path:
        return self.root / ".venv" / "course.json"


def checkout(where: Path, index: Path, python: Path = Path(sys.executable)) -> Checkout:
    """Make a small checkout in the new folder `where`, whose packages come from `index`."""
    for name in SOURCES:
        target = where / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, target)
    (where / "README.md").write_text("A small checkout.\n", encoding="utf-8")
    developer = [_locked(wheel) for wheel in sorted(index.glob("[!p]*.whl"))]
    learner = [pin for pin in developer if "mortar" not in pin]
    (where / "requirements.lock").write_text("".join(learner), encoding="utf-8")
    (where / "requirements-dev.lock").write_text("".join(developer), encoding="utf-8")
    home = index.parent / "home"
    home.mkdir(exist_ok=True)
    foreign = ("PIP_", "PYTHON", "HTTP", "http", "ALL_PROXY", "all_proxy", "VIRTUAL_ENV", "LC_")
    environ = {n: v for n, v in os.environ.items() if not n.startswith(foreign)}
    environ |= {"PIP_FIND_LINKS": str(index), "PIP_NO_INDEX": "1"}
    environ |= {"HOME": str(home), "USERPROFILE": str(home), "APPDATA": str(home)}
    environ |= {"XDG_CONFIG_HOME": str(home), "PYTHONDONTWRITEBYTECODE": "1", "LANG": "C.UTF-8"}
    return Checkout(where, python, environ)


def wheels(index: Path) -> Path:
    """Fill the new folder `index` with flit_core and pip as installed, `brick` and `mortar`."""
    index.mkdir()
    for name in ("flit_core", "pip"):
        found = importlib.metadata.distribution(name)
        files = {
            str(file): Path(str(file.locate())).read_bytes()
            for file in found.files or []
            if ".." not in file.parts and file.suffix != ".pyc" and file.name not in _MADE_BY_PIP
        }
        _wheel(index, name, found.version, files)
    for name in ("brick", "mortar"):
        _wheel(index, name, "1.0", {f"{name}.py": f"made_of = {name!r}\n".encode()})
    return index


_MADE_BY_PIP = ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json")


def _wheel(index: Path, name: str, version: str, files: dict[str, bytes]) -> None:
    about = f"{name}-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    tags = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    files = {f"{about}/METADATA": metadata.encode(), f"{about}/WHEEL": tags.encode(), **files}
    record = "".join(f"{file},,\n" for file in (*files, f"{about}/RECORD"))
    with zipfile.ZipFile(index / f"{name}-{version}-py3-none-any.whl", "w") as archive:
        for file, data in files.items():
            archive.writestr(file, data)
        archive.writestr(f"{about}/RECORD", record)


def _locked(wheel: Path) -> str:
    name, version, *_ = wheel.name.split("-")
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    return f"{name}=={version} \\\n    --hash=sha256:{digest}\n"


def standard_library() -> Path:
    """That of the Python that runs the tests."""
    return Path(sysconfig.get_path("stdlib"))


def bare_python(where: Path) -> Path:
    """A Python whose standard library lacks ensurepip, with no package installed, pip included."""
    library = standard_library()
    folder = where / "lib" / library.name
    folder.mkdir(parents=True)
    for entry in library.iterdir():
        if entry.name not in ("ensurepip", "site-packages", "dist-packages", "sitecustomize.py"):
            (folder / entry.name).symlink_to(entry)
    for shared in library.parent.glob("libpython*"):
        (where / "lib" / shared.name).symlink_to(shared)
    binary = where / "bin" / library.name
    binary.parent.mkdir()
    shutil.copy(os.path.realpath(getattr(sys, "_base_executable", sys.executable)), binary)
    return binary
