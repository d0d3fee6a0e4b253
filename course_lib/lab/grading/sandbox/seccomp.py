"""Seccomp: system calls that this process and all that it starts may no longer make.

    socket                         no network at all: Landlock restricts TCP and nothing else
    chmod, chown, utime, setxattr  Landlock does not restrict these, even for files it protects
    prlimit, setpriority, …        a process may call them for itself alone: 0 as process number

Exercises.  Builds on: the standard library alone.  Linux on x86-64 and ARM64.
What is new here: a filter is a small program for a virtual machine in the kernel (BPF, struct
sock_filter).  It looks at the number of the call and at its first argument.
Left out: starting processes, which the supervisor ends; other machines, where `restrict` returns
False and the report says what is missing.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
from typing import Any

PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, MODE_FILTER = 38, 22, 2
LOAD, EQUAL, AT_LEAST, RETURN = 0x20, 0x15, 0x35, 0x06  # BPF instructions
NUMBER, ARCHITECTURE, FIRST_ARGUMENT = 0, 4, 16  # offsets in struct seccomp_data
ALLOW, REFUSE = 0x7FFF0000, 0x00050000 | errno.EPERM
X32 = 0x40000000  # from here: calls of the x32 interface, on x86-64

# For each machine: the kernel's number for it, the calls that are refused, and the calls that a
# process may make for itself alone.
MACHINES = {
    "x86_64": (
        0xC000003E,
        (
            # socket ptrace process_vm_readv/writev io_uring_setup setpriority ioprio_set
            41, 101, 310, 311, 425, 141, 251,
            # chmod fchmod fchmodat fchmodat2 chown fchown lchown fchownat
            90, 91, 268, 452, 92, 93, 94, 260,
            # utime utimes futimesat utimensat, setxattr and removexattr in three forms each
            132, 235, 261, 280, 188, 189, 190, 197, 198, 199,
        ),
        # prlimit64 sched_setaffinity sched_setparam sched_setscheduler sched_setattr
        (302, 203, 142, 144, 314),
    ),
    "aarch64": (
        0xC00000B7,
        (198, 117, 270, 271, 425, 140, 30, 53, 52, 452, 54, 55, 88, 5, 6, 7, 14, 15, 16),
        (261, 122, 118, 119, 274),
    ),
}  # fmt: skip


def restrict(libc: Any) -> bool:
    """Install the filter.  False: this machine is not in MACHINES, or the system refused."""
    machine = os.uname().machine
    if machine not in MACHINES or struct.calcsize("P") != 8:
        return False
    steps = program(*MACHINES[machine])
    code = ctypes.create_string_buffer(steps, len(steps))
    head = struct.pack("@HP", len(steps) // 8, ctypes.addressof(code))  # struct sock_fprog
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    done: bool = libc.prctl(PR_SET_SECCOMP, MODE_FILTER, ctypes.c_char_p(head), 0, 0) == 0
    return done


def program(architecture: int, refused: tuple[int, ...], own: tuple[int, ...]) -> bytes:
    """The filter as bytes.  A jump holds how many steps to skip, if its test holds and if not."""
    tests = [(AT_LEAST, X32), *((EQUAL, number) for number in refused)]
    allow = 3 + len(tests) + 3 * len(own)
    refuse = allow + 1
    steps: list[tuple[int, int, int, int]] = []

    def add(instruction: int, value: int, so: int = 0, otherwise: int = 0) -> None:
        """`so` and `otherwise`: the next step if the test holds and if not; 0: the following."""
        here = len(steps) + 1
        steps.append((instruction, max(so - here, 0), max(otherwise - here, 0), value))

    add(LOAD, ARCHITECTURE)
    add(EQUAL, architecture, otherwise=refuse)
    add(LOAD, NUMBER)
    for test, value in tests:
        add(test, value, so=refuse)
    for number in own:
        add(EQUAL, number, otherwise=len(steps) + 3)
        add(LOAD, FIRST_ARGUMENT)
        add(EQUAL, 0, so=allow, otherwise=refuse)
    add(RETURN, ALLOW)
    add(RETURN, REFUSE)
    return b"".join(struct.pack("=HBBI", *step) for step in steps)
