"""Runs a command and tells which processes it left behind, wherever they hid.  Linux.

    python -m tests.lab.grading.sandbox.orphans [--signal N] COMMAND … ─▶ {"code": 0, "left": []}

Builds on: nothing but the standard library.
What is new here: PR_SET_CHILD_SUBREAPER.  Whatever the command starts and leaves, in another group
or session, too, becomes a child of this process, so nothing has to be searched for by its name.
--signal sends that signal to the command as soon as an answer is running.
"""

from __future__ import annotations

import ctypes
import json
import os
import subprocess
import sys
import time
from pathlib import Path

PR_SET_CHILD_SUBREAPER = 36
GRACE = 3.0  # seconds; a supervisor looks twice a second whether its grader is still there
START = 60.0


def descendants() -> dict[int, str]:
    """All processes below this one that run, with their command lines."""
    parents: dict[int, int] = {}
    lines: dict[int, str] = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal():
            continue
        try:
            state, parent = (entry / "stat").read_text().rpartition(")")[2].split()[:2]
            line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if state not in "ZX":
            parents[int(entry.name)] = int(parent)
            lines[int(entry.name)] = line
    mine = {os.getpid()}
    while more := {pid for pid, parent in parents.items() if parent in mine} - mine:
        mine |= more
    return {pid: lines[pid] for pid in mine - {os.getpid()}}


def until(condition, patience: float) -> bool:  # type: ignore[no-untyped-def]
    """Look until it holds; /proc tells nobody when it changes."""
    end = time.monotonic() + patience
    while not (held := condition()) and time.monotonic() < end:
        time.sleep(0.02)
    return bool(held)


def answering() -> bool:
    """Is there a supervisor with an answer below it?"""
    return sum("child.py" in line for line in descendants().values()) >= 2


def main(arguments: list[str]) -> None:
    number = 0
    if arguments[0] == "--signal":
        number, arguments = int(arguments[1]), arguments[2:]
    assert ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0
    command = subprocess.Popen(arguments, stdout=subprocess.PIPE, encoding="utf-8")
    if number:
        assert until(lambda: answering() or command.poll() is not None, START)
        command.send_signal(number)
    said, _ = command.communicate()
    until(lambda: not descendants(), GRACE)
    left = list(descendants().values())
    print(json.dumps({"code": command.returncode, "said": said, "left": left}))


if __name__ == "__main__":
    main(sys.argv[1:])
