"""The doctor on the computer itself: Python, folder, names, disk, clock, encodings.

Builds on: doctor_place.
What is new here: these checks start no program, so they work on a bare Python, too.
Left out: memory and processor; a lesson needs little of either.
"""

from __future__ import annotations

import locale
import os
import sys
import tempfile
import time
import unicodedata
from pathlib import Path

from .doctor_place import Finding, Place, command, fail, ok, warn

__all__ = ["clock", "disk", "encoding", "folder", "names", "python"]

OLDEST, NEWEST = (3, 11), (3, 14)  # as in pyproject.toml, and the newest tested
_ROOM = 100_000_000  # bytes, for notebooks, recordings and figures
_TICK = 0.02  # seconds; the shortest thing that a lesson measures takes a few milliseconds
_LONGEST = 100  # characters of the folder's path; Windows has room for 260, and .venv needs 150
_HANGUL = "한글 소켓"


def python(place: Place) -> Finding:
    """Is the Python that runs this new enough?"""
    name = ".".join(map(str, place.version))
    get = "install a Python from 3.11 to 3.14 (64-bit), and repeat the command with it."
    if place.version < OLDEST:
        return fail(f"Python {name} is too old.", get)
    if place.bits < 64:
        return fail("This is a 32-bit Python, for which some packages have no files.", get)
    if place.version > NEWEST:
        return warn(f"Python {name} is newer than any that the course was tried on.", get)
    return ok(f"Python {name}, {place.bits}-bit")


def folder(place: Place) -> Finding:
    """Is the folder of the course a good place to work in?"""
    root = place.root
    if place.installed:
        return warn(
            f"The library is in {place.installed}; lessons and exercises are not part of it.",
            f"to take the course, get its folder, and run {command('lab')} there.",
        )
    if not (root / "pyproject.toml").is_file() or not (root / "notebooks").is_dir():
        return fail(
            f"{root} is not a checkout of the course.",
            "go to the folder that holds pyproject.toml and notebooks, and repeat.",
        )
    if os.pathsep in str(root):
        return fail(
            f"The path holds {os.pathsep!r}, which no virtual environment can.",
            "rename the folder so that its path has none.",
        )
    try:
        with tempfile.TemporaryFile(dir=root) as file:
            file.write(b"ok")
    except OSError as error:
        return fail(
            f"Nothing can be written into {root}: {error.strerror}.",
            "copy the course to your home folder and work there.",
        )
    if sys.platform == "win32" and len(str(root)) > _LONGEST:
        return warn(
            f"The path has {len(str(root))} characters; Windows may find files' names too long.",
            "move the folder to a short path such as C:\\course.",
        )
    return ok(f"{root}, writable")


def names(place: Place) -> Finding:
    """Does a file hide a module?  `socket.py` beside a notebook is what `import socket` finds."""
    known = sys.stdlib_module_names | {"socketio", "engineio", "matplotlib", "aiohttp", "numpy"}
    found = [
        path.relative_to(place.root).as_posix()
        for top in (".", "notebooks", "exercises", "work/notebooks", "work/exercises")
        for path in sorted((place.root / top).glob("*.py"))
        if path.stem in known
    ]
    if not found:
        return ok("no file hides a module")
    remedies = [f"rename {name}: `import {Path(name).stem}` finds it instead." for name in found]
    return fail(f"{', '.join(found)}: named like a module that lessons import.", *remedies)


def disk(place: Place) -> Finding:
    """Is there room for what lessons write, and for the set-up if it is still to come?"""
    free = place.free(place.root)
    wanted = _ROOM if place.python or place.installed else 700_000_000
    said = f"{free // 1_000_000} MB free"
    if free < wanted:
        return fail(
            f"{said}, and {wanted // 1_000_000} MB are needed.",
            "free some space, or copy the course to another disk.",
        )
    return ok(said)


def clock(place: Place) -> Finding:
    """Is asyncio's clock fine enough to measure with, and is the date plausible?"""
    steps = sorted(_step(place) for _ in range(5))
    if place.wall() < 1_735_689_600:  # 2025: no release of the course is older
        return warn(
            "The computer's date is in the past, so certificates are refused.",
            "set date and time.",
        )
    if steps[2] > _TICK:
        return warn(
            f"The clock moves in steps of {steps[2] * 1000:.0f} ms; measured times are coarse.",
            "use Python 3.13 or newer; in a virtual machine ask for a finer clock.",
        )
    return ok(f"it moves in steps of {steps[2] * 1000:.4f} ms")


def _step(place: Place) -> float:
    """One step of the clock, in seconds; 1.0 if the clock does not move within 0.1 s."""
    before = place.clock()
    until = time.perf_counter() + 0.1
    while time.perf_counter() < until:
        if (now := place.clock()) != before:
            return now - before
    return 1.0


def encoding(place: Place) -> Finding:
    """Can files have Hangul in name and content, whatever the locale?"""
    text, files = locale.getpreferredencoding(False), sys.getfilesystemencoding()
    said = f"text {text}, file names {files}"
    utf8 = (
        "nothing need be done for the lessons; for other programs set LC_ALL=C.UTF-8 "
        "(or another UTF-8 locale)."
    )
    try:
        with tempfile.TemporaryDirectory() as private:
            path = Path(private) / f"{_HANGUL}.txt"
            path.write_text(_HANGUL, encoding="utf-8")
            listed = [unicodedata.normalize("NFC", name) for name in os.listdir(private)]
            if listed != [path.name] or path.read_text("utf-8") != _HANGUL:
                return fail(f"{said}: a file came back under another name.", utf8)
    except UnicodeError:
        return warn(f"{said}: a file's name cannot hold Hangul.", utf8)
    except OSError as error:
        return fail(
            f"No temporary file can be written: {error}.",
            f"set TMPDIR (Windows: TEMP) to a folder of yours, and repeat {command('doctor')}.",
        )
    return ok(said)
