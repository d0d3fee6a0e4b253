"""Landlock: Linux lets any process give up rights for itself and all that it starts.

    read    what Python and the system's programs need      write    the answer's own folder
    other files, TCP, signals and memory of other programs: refused with EACCES or EPERM

Exercises.  Builds on: the standard library alone.  Linux 5.13 (network: 6.7, signals: 6.12).
What is new here: no privileges are needed, so it works for a learner too; an older kernel can
forbid less, and the report says what is missing.
Left out: renaming and device controls beyond what comes with writing; sockets other than TCP's, and
the modes and times of files, see `seccomp`.
"""

from __future__ import annotations

import ctypes
import os
import struct
import sys
from typing import Any

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446  # system calls, the same on all machines
PR_SET_NO_NEW_PRIVS = 38
VERSION = 1  # flag of CREATE_RULESET: return the kernel's version
PATH_BENEATH = 1  # kind of rule

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1, 2, 4, 8
READ = EXECUTE | READ_FILE | READ_DIR
REMOVE_FILE, MAKE_REG = 1 << 5, 1 << 8
REFER, TRUNCATE, IOCTL_DEV = 1 << 13, 1 << 14, 1 << 15
# Rights in the answer's folder.  The answer may make no folders there, so the supervisor counts the
# files of one folder, and `Process.close` removes one.
OWN = READ_FILE | READ_DIR | WRITE_FILE | REMOVE_FILE | MAKE_REG | TRUNCATE
RIGHTS = {1: REFER - 1, 2: REFER, 3: TRUNCATE, 5: IOCTL_DEV}  # version ─▶ rights that it added
ON_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE  # rights that a single file can have
TCP_BIND_AND_CONNECT, SIGNALS_AND_SOCKETS = 3, 3

PROGRAMS = ("/bin", "/lib", "/lib32", "/lib64", "/libx32", "/sbin", "/usr", "/nix/store")
SETTINGS = ("/etc/ld.so.cache", "/etc/localtime", "/etc/alternatives")
DEVICES = ("/dev/null", "/dev/zero", "/dev/urandom", "/dev/random")


def restrict(libc: Any, folder: str) -> list[str]:
    """Give up rights.  Returns what the kernel now refuses: "files", "signals", or nothing."""
    call = libc.syscall
    call.restype = ctypes.c_long
    version = call(CREATE_RULESET, None, ctypes.c_size_t(0), VERSION)
    if version < 1:
        return []
    files = sum(right for since, right in RIGHTS.items() if since <= version)
    handled = struct.pack("=QQQ", files, TCP_BIND_AND_CONNECT, SIGNALS_AND_SOCKETS)
    size = 24 if version >= 6 else 16 if version >= 4 else 8  # of the part that this kernel knows
    ruleset = call(CREATE_RULESET, handled, ctypes.c_size_t(size), 0)
    if ruleset < 0:
        return []
    python = os.path.dirname(os.path.realpath(sys.executable))
    for path in dict.fromkeys(
        [*PROGRAMS, *SETTINGS, sys.base_prefix, sys.base_exec_prefix, python]
    ):
        _allow(call, ruleset, path, READ & files)
    for path in DEVICES:
        _allow(call, ruleset, path, (READ_FILE | WRITE_FILE) & files)
    _allow(call, ruleset, folder, OWN & files)
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    done = call(RESTRICT_SELF, ruleset, 0) == 0
    os.close(ruleset)
    kept = {"files": 1, "signals": 6}
    return [name for name, since in kept.items() if done and version >= since]


def _allow(call: Any, ruleset: int, path: str, rights: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return  # this machine has no such path
    if not os.path.isdir(path):
        rights &= ON_FILES
    call(ADD_RULE, ruleset, PATH_BENEATH, struct.pack("=Qi", rights, descriptor), 0)
    os.close(descriptor)
