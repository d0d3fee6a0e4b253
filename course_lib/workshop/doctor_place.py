"""What the doctor examines, and what a check says.

    Place    root, Python, environment, deadline …      what a check may look at
    Finding  ok | warn | fail, a sentence, remedies     what it answers

Builds on: environment, processes.
What is new here: a check takes everything it looks at from its `Place`, so that a test can hand it
another computer: a proxy, a full disk, a loopback that refuses.
Left out: the checks themselves.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple

from . import environment, processes

__all__ = [
    "INSTALL",
    "Answer",
    "Finding",
    "Place",
    "again",
    "ask",
    "command",
    "fail",
    "here",
    "ok",
    "warn",
]

LIMIT = 20.0  # seconds for all checks together, which run side by side
INSTALL = 'pip install "course-lib[lab]"'
_MARGIN = 2.0  # seconds kept for stopping what was started

State = Literal["ok", "warn", "fail"]


class Finding(NamedTuple):
    """What a check found.  With `warn` part of a lesson may fail; with `fail` no lesson can run."""

    state: State
    said: str
    remedies: tuple[str, ...] = ()


def ok(said: str) -> Finding:
    return Finding("ok", said)


def warn(said: str, *remedies: str) -> Finding:
    return Finding("warn", said, remedies)


def fail(said: str, *remedies: str) -> Finding:
    return Finding("fail", said, remedies)


def _free(path: Path) -> int:
    return shutil.disk_usage(path).free


@dataclass(frozen=True, slots=True)
class Place:
    """The computer, as far as a check may look at it."""

    root: Path  # the course's folder; for an installed package the folder one works in
    python: Path | None  # the Python that lessons run on; None where nothing is set up
    environ: Mapping[str, str]  # the environment of programs of that Python
    version: tuple[int, int] = sys.version_info[:2]  # of the Python that runs the doctor
    bits: int = 64 if sys.maxsize > 2**32 else 32
    loopback: str = "127.0.0.1"
    listeners: int = 100  # ports that a lesson may have open at once
    free: Callable[[Path], int] = _free  # bytes on the disk of a path
    clock: Callable[[], float] = time.monotonic  # the clock of asyncio
    wall: Callable[[], float] = time.time
    installed: Path | None = None  # the library's folder, if it is no folder of the course
    deadline: float = field(default_factory=lambda: time.monotonic() + LIMIT)

    def remaining(self) -> float:
        """Seconds that a check may still use; at least one."""
        return max(1.0, self.deadline - _MARGIN - time.monotonic())


def here(root: Path = environment.ROOT) -> Place:
    """This computer.  Without a .venv the running Python is used, if it has the packages.

    That is the case with conda, on Binder, in a JupyterHub, and for an installed package.
    """
    installed = None if environment.is_checkout(root) else root
    python: Path | None = environment.environment_python(root)
    if installed or not os.path.lexists(environment.environment_python(root)):
        found = importlib.util.find_spec("jupyterlab") is not None
        python = Path(sys.executable) if found else None
    environ = processes.environment(python) if python else dict(os.environ)
    return Place(Path.cwd() if installed else root, python, environ, installed=installed)


def command(word: str) -> str:
    """How a reader types a command of the course."""
    return f"`py -m course_lib {word}`" if sys.platform == "win32" else f"`make {word}`"


def again(place: Place) -> str:
    """How the packages are installed anew."""
    if place.installed:
        return f"run `{INSTALL}`, or `pip install --force-reinstall` with the package's name."
    return f"run {command('clean')} and {command('setup')}."


class Answer(NamedTuple):
    """How a program ended: exit code (None: it did not end in time), and what it said."""

    code: int | None
    out: str
    err: str

    @property
    def last(self) -> str:
        """The last line that is not empty: with Python, the exception."""
        lines = [line.strip() for line in f"{self.out}\n{self.err}".splitlines() if line.strip()]
        return lines[-1] if lines else "it said nothing"


def ask(place: Place, arguments: Sequence[str], typed: str = "") -> Answer:
    """Run the place's Python with `arguments`, until it ends or time is up.

    Its output goes to files: a kernel that outlives the program would keep a pipe open.
    """
    assert place.python is not None
    with (
        tempfile.TemporaryFile() as out,
        tempfile.TemporaryFile() as err,
        tempfile.TemporaryFile() as stdin,
    ):
        stdin.write(typed.encode())
        stdin.seek(0)
        try:
            process = subprocess.Popen(
                [str(place.python), *arguments],
                cwd=place.root,
                env=dict(place.environ),
                stdin=stdin,
                stdout=out,
                stderr=err,
            )
        except OSError as error:
            return Answer(127, "", f"{place.python}: {error}")
        code: int | None
        try:
            code = process.wait(place.remaining())
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            code = None
        texts = []
        for stream in (out, err):
            stream.seek(0)
            texts.append(stream.read().decode("utf-8", "replace"))
        return Answer(code, *texts)
