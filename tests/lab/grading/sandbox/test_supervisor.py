"""The supervisor alone, without the filter that forbids an answer to start processes.

Builds on: the supervisor as a program.  The test waits for the end of its output, which every
process below it holds open.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from course_lib.lab.grading.sandbox import supervisor

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="platform: Linux has subreapers")
START = f"""
import ctypes, os, signal, sys, time
sys.path.insert(0, {str(Path(supervisor.__file__).parent)!r})
import supervisor
supervisor.stay_behind(ctypes.CDLL(None, use_errno=True), ".", 10)
"""


def _run(text: str, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-I", "-S", "-c", START + text]
    return subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8", timeout=60)


@pytest.mark.parametrize("leave", ["pass", "os.setsid()", "os.setpgid(0, 0)"])
@pytest.mark.parametrize("twice", [False, True])
def test_nothing_that_the_answer_started_stays(leave: str, twice: bool, tmp_path: Path) -> None:
    """Not in another group, not in another session, not as an orphan."""
    ran = _run(f"""
for _ in range(3):
    read, write = os.pipe()
    if os.fork() == 0:
        {leave}
        if {twice} and os.fork(): os._exit(0)
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
        os.write(write, str(os.getpid()).encode())
        while True: time.sleep(1000)
    print(int(os.read(read, 20)), flush=True)
os._exit(7)
""", tmp_path)  # fmt: skip
    started = [int(line) for line in ran.stdout.split()]
    assert (ran.returncode, len(started)) == (7, 3), ran.stderr
    for pid in started:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_the_end_of_the_answer_is_passed_on(tmp_path: Path) -> None:
    """By its code, by the signal, or as that of a flood of files."""
    assert _run("os._exit(3)", tmp_path).returncode == 3
    assert _run("os.kill(os.getpid(), 9)", tmp_path).returncode == supervisor.BY_SIGNAL + 9
    flood = "for n in range(99): open(str(n), 'w').close()\nwhile True: time.sleep(1000)"
    assert _run(flood, tmp_path).returncode == supervisor.BY_SIGNAL + 25  # SIGXFSZ
