"""Nothing that an answer makes stays on the machine, and it reaches nobody else's things.

Builds on: ctypes, in the answer, for what Python itself has no function.
What is new here: where a call succeeds, the answer undoes it at once, so that a test that fails
leaves nothing behind either.
"""

from __future__ import annotations

import os
import platform
import socket
import sys
from pathlib import Path

import pytest

from course_lib.lab.grading.sandbox import process
from course_lib.lab.grading.sandbox.values import Raised

from .. import answers

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() not in ("x86_64", "aarch64"),
    reason="platform: needs seccomp, on x86-64 or ARM64",
)
START = """
import ctypes, errno, os
libc = ctypes.CDLL(None, use_errno=True)
def call(function, *arguments):
    ctypes.set_errno(0)
    result = function(*arguments)
    return result, errno.errorcode.get(ctypes.get_errno(), "")
def system(number, *arguments): return call(libc.syscall, number, *arguments)
"""
# What makes it, and what undoes that.
MADE = {
    "shared memory": (
        "libc.shmget, 0, ctypes.c_size_t(4096), 0o1600", "libc.shmctl(found[0], 0, None)"),
    "semaphores": ("libc.semget, 0, 1, 0o1600", "libc.semctl(found[0], 0, 0)"),
    "a message queue": ("libc.msgget, 0, 0o1600", "libc.msgctl(found[0], 0, None)"),
    "a POSIX message queue": (
        "libc.mq_open, b'/course', os.O_CREAT | os.O_RDWR, 0o600, None",
        "libc.mq_unlink(b'/course')"),
}  # fmt: skip
# Their numbers on x86-64 and ARM64; keys for the ring of this process (-2), which ends with it.
SYSTEM = {
    "a key": (248, 217, "b'user', b'course', b'x', ctypes.c_size_t(1), -2"),
    "a key of others": (249, 218, "b'user', b'course', None, 0"),
    "a ring of keys": (250, 219, "0, -4, 0"),
    "a removed queue": (241, 181, "b'/course'"),
    "memory of others": (30, 196, "0, None, 0"),
    "an attribute of a file": (463, 463, "-100, b'mine', 0, b'user.x', bytes(16), 16"),
    "a removed attribute": (466, 466, "-100, b'mine', 0, b'user.x'"),
    "flags of a file": (469, 469, "-100, b'mine', bytes(24), 24, 0"),
    "what happens to files": (294, 26, "0"),
    "a namespace": (272, 97, "0"),
}


def test_nothing_is_made_that_stays() -> None:
    """System V and POSIX objects outlive their process, and the next answer could read them."""
    made = "".join(
        f"def make{number}():\n    found = call({make})\n"
        f"    if found[0] >= 0: {undo}\n    return found\n"
        for number, (make, undo) in enumerate(MADE.values())
    )
    with answers.remotely(START + made) as answer:
        said = {what: answer.call(f"make{number}") for number, what in enumerate(MADE)}
    assert said == dict.fromkeys(MADE, (-1, "EPERM"))


def test_no_call_reaches_what_is_not_its_own() -> None:
    """Also where this kernel does not know the call yet."""
    column = 0 if platform.machine() == "x86_64" else 1
    calls = [f"system({row[column]}, {row[2]})" for row in SYSTEM.values()]
    with answers.remotely(f"{START}\ndef f(): return [{', '.join(calls)}]\n") as answer:
        said = dict(zip(SYSTEM, answer.call("f"), strict=True))
    assert said == dict.fromkeys(SYSTEM, (-1, "EPERM"))


def test_no_file_is_made_elsewhere() -> None:
    """POSIX shared memory is a file in /dev/shm; the answer's own folder is removed."""
    with answers.remotely("""
        import os
        def make(place):
            path = os.path.join(place, f"course-{os.getpid()}")
            open(path, "w").close()
            os.unlink(path)
    """) as answer:
        if any("reading" in name for name in answer.missing):
            pytest.skip("platform: needs Landlock")
        for place in filter(os.path.isdir, ("/dev/shm", "/tmp", "/var/tmp", "/run", "..")):
            assert answer.call("make", place).type == "PermissionError", place


def test_an_answer_is_one_process() -> None:
    """So limits of memory and processor time are its limits; and threads can be started."""
    with answers.remotely(f"""{START}
import subprocess, sys, threading
def fork():
    if os.fork() == 0: os._exit(0)
def vfork(): subprocess.run([sys.executable, "-c", ""])
def spawn(): os.posix_spawn(sys.executable, [sys.executable, "-c", ""], {{}})
def thread():
    done = []
    thread = threading.Thread(target=done.append, args=(1,))
    thread.start()
    thread.join()
    return done
""") as answer:
        for name in ("fork", "vfork", "spawn"):
            assert answer.call(name).type == "PermissionError", name
        assert answer.call("thread") == [1]
        assert not any("processes" in name for name in answer.missing)


def test_root_gives_up_what_root_may_do() -> None:
    """It could raise its limits, and make a file that nobody can remove (chattr +i)."""
    with answers.remotely(f"""{START}
def capabilities():
    data = ctypes.create_string_buffer(24)
    libc.capget((ctypes.c_uint32 * 2)(0x20080522, 0), data)
    return data.raw.hex()
""") as answer:
        words = memoryview(bytes.fromhex(answer.call("capabilities"))).cast("I")
        assert [word & ~0b10 for word in words] == [0] * 6  # but to open files


def test_a_pair_of_sockets_cannot_send_to_others(tmp_path: Path) -> None:
    """A pair of SOCK_DGRAM could be disconnected, and then send to the system's log."""
    place = str(tmp_path / "s")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as log:
        log.bind(place)
        log.setblocking(False)
        with answers.remotely(f"""{START}
import socket
def send(path, kind):
    one, other = socket.socketpair(type=kind)
    libc.connect(one.fileno(), bytes(16), 16)  # to AF_UNSPEC
    one.sendto(b"x", path)
def bind():
    one, other = socket.socketpair()
    one.bind(b"\\0course")
""") as answer:
            for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM, socket.SOCK_SEQPACKET):
                assert isinstance(answer.call("send", place, int(kind)), Raised)
            assert answer.call("bind").type == "PermissionError"
            with pytest.raises(BlockingIOError):
                log.recv(1)


def test_messages_that_nobody_asked_for_do_not_fill_the_grader() -> None:
    """It stops to read at the second one."""
    with answers.remotely("""
        import sys
        def flood(number):
            frame = sys._getframe()
            while type(frame.f_locals.get("self")).__name__ != "Server": frame = frame.f_back
            pipe = frame.f_locals["self"].pipe
            for _ in range(number): pipe.send({"id": "none", "value": 1})
    """) as answer:
        answer.restart()
        started = answer._process
        assert started is not None
        with pytest.raises(process.Ended) as ended:
            answer.call("flood", 200)
        answer.close()
        assert ended.value.kind == "broken"
        assert started._messages.qsize() <= 2


def test_all_that_an_answer_returns_is_limited() -> None:
    """A judge's object may keep what it is given."""
    with answers.remotely(
        "def f(): return 'x' * 30_000\n", process.Limits(replies=100_000)
    ) as answer:
        assert len(answer.call("f")) == 30_000
        with pytest.raises(process.Ended, match="or 100,000 in all") as ended:
            for _ in range(3):
                answer.call("f")
    assert ended.value.kind == "broken"
