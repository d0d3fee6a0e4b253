"""The process between the grader and the answer: outlives the answer, and ends all that it started.

    SIGCHLD   the answer ended           kill what it started, reap, end as it ended
    SIGTERM   the grader ends it         the same
    the grader itself has ended          the same
    too many files in the folder         the same, and end as if by SIGXFSZ

Exercises.  Builds on: nothing but the standard library.  Linux.
What is new here: PR_SET_CHILD_SUBREAPER.  A process whose parent has ended becomes the supervisor's
child, even if it left group and session, so the supervisor has a list of all processes to kill.
Left out: an answer that kills the supervisor, where Landlock cannot forbid it; the grader then
kills the answer's group.
"""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Callable
from typing import Any

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
BY_SIGNAL = 128  # plus the signal's number: the exit code of a process that a signal ended


def stay_behind(libc: Any, folder: str, files: int) -> bool:
    """Fork; only the child returns.  True: the kernel made this process a subreaper.

    This process becomes the supervisor.  It ends the child if its `folder` holds more than `files`.
    """
    reaper: bool = libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0
    grader = os.getppid()
    waited = {signal.SIGCHLD, signal.SIGTERM}
    signal.pthread_sigmask(signal.SIG_BLOCK, waited)
    answer = os.fork()
    if not answer:
        os.setpgid(0, 0)  # a signal to the answer's group must not reach the supervisor
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, waited)
        return reaper
    with contextlib.suppress(OSError):
        os.setpgid(answer, answer)  # parent and child both call it: either may run first
    for descriptor in (0, 1, 2):
        os.close(descriptor)
    os.closerange(3, 64)
    _watch(answer, grader, waited, lambda: _count(folder) > files)
    return False


def _watch(
    answer: int, grader: int, waited: set[signal.Signals], flooded: Callable[[], bool]
) -> None:
    """Wait for one of the four events above, then kill all processes and exit; never returns."""
    code = 0
    while True:
        found = signal.sigtimedwait(waited, 0.5)
        ended, status = _reap(answer)
        if ended:
            code = BY_SIGNAL + os.WTERMSIG(status) if os.WIFSIGNALED(status) else status >> 8
            break
        if os.getppid() != grader or (found is not None and found.si_signo == signal.SIGTERM):
            break
        if flooded():
            code = BY_SIGNAL + signal.SIGXFSZ
            break
    _kill_all(answer)
    os._exit(code)


def _count(folder: str) -> int:
    try:
        return len(os.listdir(folder))
    except OSError:  # the answer made its folder unreadable; the other limits hold
        return 0


def _reap(answer: int) -> tuple[bool, int]:
    """Reap all children that have ended; whether the answer was among them, and its status."""
    result = (False, 0)
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return result
        if pid == 0:
            return result
        if pid == answer:
            result = (True, status)


def _kill_all(answer: int) -> None:
    """Kill the answer's group, then each process that becomes our child, until there are none."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(answer, signal.SIGKILL)
    while True:
        for child in _children():
            try:
                os.kill(child, signal.SIGKILL)
            except ProcessLookupError:
                continue
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return


def _children() -> list[int]:
    me = os.getpid()
    try:
        with open(f"/proc/{me}/task/{me}/children", encoding="ascii") as file:
            return [int(word) for word in file.read().split()]
    except OSError:
        return _children_by_search(me)


def _children_by_search(me: int) -> list[int]:
    """Our children, by the parent in every /proc/PID/stat: this kernel has no list of children."""
    found = []
    for name in os.listdir("/proc"):
        if not name.isdecimal():
            continue
        try:
            with open(f"/proc/{name}/stat", "rb") as file:
                fields = file.read().rpartition(b")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == me:
            found.append(int(name))
    return found
