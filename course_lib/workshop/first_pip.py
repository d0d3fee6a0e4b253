"""The first pip of a new `.venv`: Python's own, or one that is there.

    ensurepip              in nearly every Python
    wheels/pip-….whl       in a bundle, for a room without a network
    the running Python's   its folder is copied; pip is pure Python
    uv                     asked to install pip
    apt-get                as root on Debian and Ubuntu, where ensurepip is the package python3-venv

Builds on: processes, remedies, wheels.
What is new here: the first of these that gives a pip is enough, and all later steps are the same.
Left out: a certain version of pip; what is installed is compared with the hashes of the lock.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from . import processes, remedies, wheels

__all__ = ["debian_package", "provide"]

OLDEST = (21, 3)  # of pip: the first that installs this project editable
SYSTEM = Path("/usr/bin")  # where Debian's own Pythons are

_FIND = """
import json, os, pip
print(json.dumps([pip.__version__, os.path.dirname(pip.__file__)]))
"""


def provide(root: Path, python: Path, site: Path, base: Path) -> None:
    """Put pip into the environment of `python`, whose packages are in `site`.

    `base` is the Python that the environment was made from.  SetupError names what is missing.
    """
    if (
        _ensurepip(python)
        or _from_bundle(root, python, site)
        or _copied(python, site)
        or _by_uv(root, python)
        or (_by_apt(base) and _ensurepip(python))
    ):
        return
    package = debian_package(base)
    other = f"install another Python 3.11 or newer than {base}, or uv, and repeat the command."
    raise remedies.SetupError(
        "This Python came without ensurepip, and there is no pip and no uv.",
        f"install the package {package} (`sudo apt-get install {package}`), and repeat the command."
        if package
        else other,
    )


def _ensurepip(python: Path) -> bool:
    importlib.invalidate_caches()
    if importlib.util.find_spec("ensurepip") is None:
        return False
    _must([*processes.isolated(python), "-m", "ensurepip", "--upgrade", "--default-pip"])
    return True


def _from_bundle(root: Path, python: Path, site: Path) -> bool:
    """The wheel of a bundle is as trustworthy as the course in the same folder."""
    for wheel in (root / wheels.FOLDER).glob("pip-*.whl"):
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(site)  # for pure Python that is what installing is
        if _works(python):
            return True
    return False


def _copied(python: Path, site: Path) -> bool:
    """The pip of the Python that runs this, from wherever that Python finds it."""
    found = _run([sys.executable, "-P", "-c", _FIND], processes.isolated_environment())
    if found.returncode:
        return False
    version, folder = json.loads(found.stdout)
    if tuple(int(part) for part in version.split(".")[:2]) < OLDEST:
        return False
    source = Path(folder)
    for part in (source, *source.parent.glob(f"pip-{version}*.dist-info")):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(part, site / part.name, ignore=ignored, dirs_exist_ok=True)
    return _works(python)


def _works(python: Path) -> bool:
    command = [*processes.isolated(python), "-m", "pip", "--version"]
    return _run(command, processes.isolated_environment()).returncode == 0


def _by_uv(root: Path, python: Path) -> bool:
    uv = shutil.which("uv")
    if uv is None:
        return False
    print("  This Python came without pip, so uv fetches it.", flush=True)
    _must([uv, "pip", "install", "--quiet", "--python", str(python), "pip"], os.environ, root)
    return True


def debian_package(base: Path) -> str | None:
    """The package that has ensurepip for `base`; None if it is no Python of Debian."""
    base = base.resolve()
    if shutil.which("apt-get") is None or base.parent != SYSTEM.resolve():
        return None
    usual = base == (SYSTEM / "python3").resolve()
    return "python3-venv" if usual else f"python3.{sys.version_info.minor}-venv"


def _by_apt(base: Path) -> bool:
    package = debian_package(base)
    if package is None or os.getuid() != 0:
        return False
    print(
        f"  Debian's Python came without ensurepip: installing its package {package} "
        f"(apt-get install {package}).",
        flush=True,
    )
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    _run(["apt-get", "update", "-qq"], quiet)  # without it, old lists may do
    _must(["apt-get", "install", "-y", "-qq", "--no-install-recommends", package], quiet)
    return True


def _run(
    command: Sequence[str], environ: Mapping[str, str], where: Path | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        env=dict(environ),
        cwd=where,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding=processes.ENCODING,
        errors="replace",
    )


def _must(
    command: Sequence[str], environ: Mapping[str, str] | None = None, where: Path | None = None
) -> None:
    answer = _run(command, processes.isolated_environment() if environ is None else environ, where)
    if answer.returncode:
        print(answer.stdout.strip(), file=sys.stderr)
        raise remedies.from_output(answer.stdout, os.environ)
