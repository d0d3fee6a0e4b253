"""Seccomp: system calls that this process and all that it starts may no longer make.

    socket, bind, connect          no network at all: Landlock restricts TCP and nothing else
    socketpair                     as Python makes them: a pair of SOCK_DGRAM can send to others
    fork, clone                    for threads alone: limits of a process are then an answer's
    shmget, semget, mq_open, …     what they make stays when the process has ended; so do keys
    inotify, fanotify              tell of files that Landlock does not let anybody read
    chmod, chown, utime, setxattr  Landlock does not restrict these, even for files it protects
    prlimit, setpriority, …        a process may call them for itself alone: 0 as process number

Exercises.  Builds on: the standard library alone.  Linux on x86-64 and ARM64.
What is new here: a filter is a small program for a virtual machine in the kernel (BPF, struct
sock_filter).  It looks at the number of the call and at one of its arguments.
Left out: other machines, where `restrict` returns False and the report says what is missing; the
supervisor ends what was started there.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
from typing import Any, NamedTuple

PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, MODE_FILTER = 38, 22, 2
LOAD, EQUAL, AT_LEAST, HAS_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06  # BPF instructions
NUMBER, ARCHITECTURE = 0, 4  # offsets in struct seccomp_data
FIRST_ARGUMENT, SECOND_ARGUMENT = 16, 24
ALLOW, REFUSE, ABSENT = 0x7FFF0000, 0x00050000 | errno.EPERM, 0x00050000 | errno.ENOSYS
X32 = 0x40000000  # from here: calls of the x32 interface, on x86-64
CLONE3 = 435  # its flags are in memory, which a filter cannot see; libc then tries clone
CLONE_THREAD = 0x10000
STREAM = 0x80001  # SOCK_STREAM | SOCK_CLOEXEC


class Machine(NamedTuple):
    """The kernel's number for a machine, and the numbers of its calls."""

    architecture: int
    refused: tuple[int, ...]
    own: tuple[int, ...]  # a process may make these for itself alone
    socketpair: int
    clone: int


MACHINES = {
    "x86_64": Machine(
        0xC000003E,
        (
            # socket connect bind fork vfork ptrace process_vm_readv/writev io_uring_setup
            41, 42, 49, 57, 58, 101, 310, 311, 425,
            # setpriority ioprio_set
            141, 251,
            # chmod fchmod fchmodat fchmodat2 chown fchown lchown fchownat
            90, 91, 268, 452, 92, 93, 94, 260,
            # utime utimes futimesat utimensat, setxattr and removexattr in four forms each
            132, 235, 261, 280, 188, 189, 190, 463, 197, 198, 199, 466,
            # file_setattr, shmget to shmctl, semget to msgctl, semtimedop
            469, *range(29, 32), *range(64, 72), 220,
            # mq_open mq_unlink add_key request_key keyctl
            240, 241, 248, 249, 250,
            # inotify_init inotify_init1 fanotify_init unshare setns
            253, 294, 300, 272, 308,
        ),
        # prlimit64 sched_setaffinity sched_setparam sched_setscheduler sched_setattr
        (302, 203, 142, 144, 314),
        socketpair=53,
        clone=56,
    ),
    "aarch64": Machine(
        0xC00000B7,
        (
            198, 203, 200, 117, 270, 271, 425, 140, 30, 53, 52, 452, 54, 55, 88,
            5, 6, 7, 463, 14, 15, 16, 466, 469, *range(186, 198), 180, 181, 217, 218, 219,
            26, 262, 97, 268,
        ),
        (261, 122, 118, 119, 274),
        socketpair=199,
        clone=220,
    ),
}  # fmt: skip


def restrict(libc: Any) -> bool:
    """Install the filter.  False: this machine is not in MACHINES, or the system refused."""
    machine = os.uname().machine
    if machine not in MACHINES or struct.calcsize("P") != 8:
        return False
    steps = program(MACHINES[machine])
    code = ctypes.create_string_buffer(steps, len(steps))
    head = struct.pack("@HP", len(steps) // 8, ctypes.addressof(code))  # struct sock_fprog
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    done: bool = libc.prctl(PR_SET_SECCOMP, MODE_FILTER, ctypes.c_char_p(head), 0, 0) == 0
    return done


def program(machine: Machine) -> bytes:
    """The filter as bytes.  A jump holds how many steps to skip, if its test holds and if not."""
    only = [(number, FIRST_ARGUMENT, EQUAL, 0) for number in machine.own]
    only += [(machine.socketpair, SECOND_ARGUMENT, EQUAL, STREAM)]
    only += [(machine.clone, FIRST_ARGUMENT, HAS_BIT, CLONE_THREAD)]
    allow = 5 + len(machine.refused) + 3 * len(only)
    refuse, absent = allow + 1, allow + 2
    steps: list[tuple[int, int, int, int]] = []

    def add(instruction: int, value: int, so: int = 0, otherwise: int = 0) -> None:
        """`so` and `otherwise`: the next step if the test holds and if not; 0: the following."""
        here = len(steps) + 1
        steps.append((instruction, max(so - here, 0), max(otherwise - here, 0), value))

    add(LOAD, ARCHITECTURE)
    add(EQUAL, machine.architecture, otherwise=refuse)
    add(LOAD, NUMBER)
    add(AT_LEAST, X32, so=refuse)
    add(EQUAL, CLONE3, so=absent)
    for number in machine.refused:
        add(EQUAL, number, so=refuse)
    for number, argument, test, value in only:
        add(EQUAL, number, otherwise=len(steps) + 3)
        add(LOAD, argument)
        add(test, value, so=allow, otherwise=refuse)
    for word in (ALLOW, REFUSE, ABSENT):
        add(RETURN, word)
    return b"".join(struct.pack("=HBBI", *step) for step in steps)
