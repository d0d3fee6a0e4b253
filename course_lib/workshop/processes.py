"""The programs that we start: with which environment, and how.

Builds on: nothing.
What is new here: a program in `.venv` sees nothing of other Pythons.  PYTHONPATH (some robotics and
GIS tools set it permanently) would put foreign packages before the locked ones.
Left out: anything about what the programs do.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

__all__ = ["ENCODING", "environment", "hand_over", "isolated", "isolated_environment", "run"]

# The encoding in which `isolated` programs print.  On POSIX file names are in the locale's
# encoding, so a Python forced to UTF-8 could not print a folder's name in another encoding; Windows
# has one encoding for file names.
ENCODING = "utf-8" if sys.platform == "win32" else sys.getfilesystemencoding()

# With any of these variables the started Python would not be the one in .venv.
_FOREIGN = (
    "PYTHONHOME",
    "PYTHONPATH",
    "PYTHONSTARTUP",
    "PYTHONEXECUTABLE",
    "PYTHONPLATLIBDIR",
    "__PYVENV_LAUNCHER__",
)


def isolated(python: Path | str) -> list[str]:
    """The beginning of a command: `python`, which ignores the reader's settings."""
    return [str(python), "-I", *(["-X", "utf8"] if sys.platform == "win32" else [])]


def isolated_environment() -> dict[str, str]:
    """The environment for `isolated` programs: no PYTHON* variable at all.

    `-I` ignores them, but a program may start Python once more without it, as pip does.
    """
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    environ.pop("__PYVENV_LAUNCHER__", None)
    return environ | ({"PYTHONUTF8": "1"} if sys.platform == "win32" else {})


def environment(python: Path) -> dict[str, str]:
    """The environment for programs of the virtual environment that `python` belongs to.

    As after `activate`: `!python` in a notebook and `%%bash` find the same one.
    """
    environ = {name: value for name, value in os.environ.items() if name not in _FOREIGN}
    environ["VIRTUAL_ENV"] = str(python.parent.parent)
    environ["PATH"] = os.pathsep.join([str(python.parent), environ.get("PATH", os.defpath)])
    environ.setdefault("JUPYTER_PREFER_ENV_PATH", "1")  # prefer our kernel to the user's
    return environ


def run(command: Sequence[str], environ: Mapping[str, str], where: Path) -> int:
    """Run to the end, on our own terminal, and return the exit code.

    Ctrl-C goes to the command, as to every program of the terminal.  The command decides whether it
    ends, so we keep waiting.
    """
    sys.stdout.flush()
    with subprocess.Popen(command, env=dict(environ), cwd=where) as process:
        while True:
            try:
                return process.wait()
            except KeyboardInterrupt:
                continue


def hand_over(command: Sequence[str], environ: Mapping[str, str], where: Path) -> int:
    """Replace this process with `command`.  Signals and the exit code are then its own.

    Windows has no exec that keeps the process (the shell would prompt at once), so there it runs
    as a child and its exit code is returned.
    """
    if sys.platform == "win32":
        return run(command, environ, where)
    sys.stdout.flush()
    sys.stderr.flush()
    os.chdir(where)
    os.execve(command[0], list(command), dict(environ))
