"""Is `.venv` ready?  If not, what is missing, and make it so.

    .venv/course.json    {"path": …, "python": …, "site": …, "locks": {"learner": digest, …}}

     absent or other's ──▶ set aside, build ─┐
     begun, moved, base Python gone ─ rebuild ┼─▶ install ──▶ stamp complete
     locks differ ──────────────── in place ──┘

A set-up makes the stamp incomplete before it changes anything, and complete at the very end.  So if
a set-up was interrupted, the next run sees that and builds afresh (downloads are in pip's cache).

Builds on: first_pip, installer, locking, remedies, processes.
What is new here: a set-up that runs twice does nothing the second time, and says nothing.
Left out: removing packages that are no longer in the lock; they stay, like a learner's additions.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tomllib
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import first_pip, installer, locking, processes, remedies

__all__ = [
    "LOCKS",
    "ROOT",
    "Need",
    "clear",
    "ensure",
    "environment_python",
    "is_checkout",
    "must_be_checkout",
    "need",
]

ROOT = Path(__file__).resolve().parents[2]
LOCKS = {"learner": "requirements.lock", "dev": "requirements-dev.lock"}
ROOM = {"learner": 700, "dev": 1200}  # MB: installed 450 and 880 on Linux, and the downloads

_PROBE = """
import json, os, sys, sysconfig
site = os.path.relpath(sysconfig.get_path("purelib"), sys.prefix)
print(json.dumps([sys.implementation.cache_tag + " on " + sys.platform, site]))
"""


@dataclass(frozen=True, slots=True)
class Need:
    """Why a set-up is needed, and whether `.venv` must be built afresh for it."""

    reason: str
    afresh: bool


def environment_python(root: Path = ROOT) -> Path:
    """The path of the Python of `.venv`, whether or not it exists."""
    if sys.platform == "win32":
        return root / ".venv" / "Scripts" / "python.exe"
    return root / ".venv" / "bin" / "python"


def ensure(kind: str, root: Path = ROOT) -> Path:
    """Make `.venv` hold the packages of `kind` ("learner" or "dev"); return its Python."""
    must_be_checkout(root)
    if not (root / LOCKS[kind]).is_file():
        raise remedies.SetupError(
            f"The file {root / LOCKS[kind]} is missing.",
            f"restore it with `git checkout {LOCKS[kind]}`, or download the course again.",
        )
    if need(kind, root):
        try:
            with locking.held(root / ".venv.lock", _say_waiting) as descriptor:
                still = need(kind, root)
                if still:
                    _set_up(kind, root, still, descriptor)
        except OSError as error:
            raise remedies.from_os_error(error) from error
    return environment_python(root)


def is_checkout(root: Path) -> bool:
    """Is `root` a folder of the course?  An installed package lies among other packages."""
    return (root / "pyproject.toml").is_file()


def must_be_checkout(root: Path) -> None:
    """SetupError if `root` is no folder of the course."""
    if not is_checkout(root):
        raise remedies.SetupError(
            f"{root} is not a checkout of the course.",
            "get the course's folder, and run the command in it, where pyproject.toml is; the "
            "installed package has the library, but no notebook (`doctor` and `serve` work here, "
            "too).",
        )


def _say_waiting() -> None:
    print("Another set-up of this folder is running; waiting for it.", flush=True)


def need(kind: str, root: Path = ROOT) -> Need | None:
    """What `.venv` lacks for `kind`; None if it is ready."""
    stamp = _read_stamp(root)
    if stamp is None:
        return Need("an earlier set-up was interrupted, so it is done again", afresh=True)
    if not stamp:
        return Need("first set-up: this takes a minute or two, later runs start at once", True)
    if stamp.get("path") != _path_name(root):
        return Need("the folder was moved, so .venv is built again", afresh=True)
    found = _probe(root)
    if found is None:
        return Need("the Python of .venv is gone, so it is built again", afresh=True)
    if found[0] != stamp.get("python"):
        return Need("the Python of .venv is another one now, so it is built again", afresh=True)
    if stamp["locks"].get(kind) != _digest(kind, root):
        return Need(f"the locked packages for {kind} are not installed yet", afresh=False)
    return None


def _read_stamp(root: Path) -> dict[str, Any] | None:
    """The stamp; empty where there is no `.venv` of ours; None where a set-up did not finish."""
    try:
        stamp = json.loads((root / ".venv" / "course.json").read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (ValueError, OSError):
        return None
    return stamp if isinstance(stamp, dict) and isinstance(stamp.get("locks"), dict) else None


def _write_stamp(root: Path, stamp: dict[str, Any]) -> None:
    path = root / ".venv" / "course.json"
    path.parent.mkdir(exist_ok=True)
    beside = path.with_suffix(".new")
    beside.write_text(json.dumps(stamp, indent=1) + "\n", encoding="utf-8")
    os.replace(beside, path)


def _path_name(root: Path) -> str:
    """The path as text that is the same in every locale, although locales decode its bytes."""
    name = os.fsencode(os.path.normcase(root)).decode("utf-8", "backslashreplace")
    return unicodedata.normalize("NFC", name)


def _probe(root: Path) -> list[str] | None:
    """Ask the Python of `.venv` which Python it is, and where its packages are."""
    try:
        answer = subprocess.run(
            [*processes.isolated(environment_python(root)), "-c", _PROBE],
            env=processes.isolated_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="ascii",
            errors="replace",
            timeout=60,
        )
        found = json.loads(answer.stdout)
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None
    return found if isinstance(found, list) else None


def _digest(kind: str, root: Path) -> str:
    """A digest of what `.venv` depends on: the lock, and how the project is built."""
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))
    parts = {key: project.get(key) for key in ("build-system", "project")}
    material = (root / LOCKS[kind]).read_bytes() + json.dumps(parts, sort_keys=True).encode()
    return hashlib.sha256(material).hexdigest()


def _set_up(kind: str, root: Path, why: Need, descriptor: int) -> None:
    print(f"Setting up .venv ({why.reason}).", flush=True)
    _check_room(kind, root, why)
    if why.afresh:
        clear(root)
    _write_stamp(root, {"begun": kind})
    base = getattr(sys, "_base_executable", None) or sys.executable
    if why.afresh:
        _create(root, base)
    found = _probe(root)
    if found is None:
        raise remedies.SetupError(
            "The Python in the new .venv does not start.",
            f"install another Python 3.11 or newer than {sys.executable}, and repeat with it.",
        )
    site = root / ".venv" / found[1]
    if why.afresh:
        first_pip.provide(root, environment_python(root), site, Path(base))
    installer.install(environment_python(root), site, root / LOCKS[kind], descriptor)
    locks = {"learner": _digest("learner", root)}  # the dev lock contains the learner's packages
    if kind == "dev":
        locks["dev"] = _digest("dev", root)
    stamp = {"path": _path_name(root), "python": found[0], "locks": locks}
    _write_stamp(root, stamp)
    print(f"Ready: .venv with {found[0]}.", flush=True)


def _check_room(kind: str, root: Path, why: Need) -> None:
    free = shutil.disk_usage(root).free // 1_000_000
    wanted = ROOM[kind] if why.afresh else ROOM["dev"] - ROOM["learner"]
    if free < wanted:
        raise remedies.SetupError(
            f"The set-up needs about {wanted} MB and the disk of {root} has {free} MB free.",
            "free some space (or copy the course to another disk) and repeat.",
        )


def clear(root: Path) -> None:
    """Remove the old `.venv`; if the course did not make it, rename it instead."""
    venv = root / ".venv"
    if not os.path.lexists(venv):
        return
    if venv.is_dir() and not (venv / "course.json").exists() and any(venv.iterdir()):
        number = 1
        while (aside := root / f".venv.before-{number}").exists():
            number += 1
        os.replace(venv, aside)
        print(f"  The .venv that was here is not the course's; it is now {aside.name}.")
    elif venv.is_symlink() or not venv.is_dir():
        venv.unlink()
    else:
        shutil.rmtree(venv)


def _create(root: Path, base: str) -> None:
    answer = subprocess.run(
        [*processes.isolated(base), "-m", "venv", "--without-pip", str(root / ".venv")],
        env=processes.isolated_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding=processes.ENCODING,
        errors="replace",
    )
    if answer.returncode:
        print(answer.stdout.strip(), file=sys.stderr)
        raise remedies.from_output(answer.stdout, os.environ)
