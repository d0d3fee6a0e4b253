"""Landlock: Linux lets any process give up rights for itself and all that it starts.

    read    Python's standard library      write    the answer's own folder      run    no program
    other files, TCP, signals and memory of other programs: refused with EACCES or EPERM

Exercises.  Builds on: the standard library alone.  Linux 5.13 (network: 6.7, signals: 6.12).
What is new here: no privileges are needed, so it works for a learner too; an older kernel can
forbid less, and the report says what is missing.  What may be read is a list of what Python needs
(`needed`), taken from the running interpreter, so the course may lie anywhere, also below /usr.
Left out: renaming and device controls beyond what comes with writing; sockets other than TCP's, and
the modes and times of files, see `seccomp`.
"""

from __future__ import annotations

import ctypes
import os
import stat
import struct
import sys
from typing import Any

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446  # system calls, the same on all machines
PR_SET_NO_NEW_PRIVS = 38
VERSION = 1  # flag of CREATE_RULESET: return the kernel's version
PATH_BENEATH = 1  # kind of rule

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1, 2, 4, 8
READ = READ_FILE | READ_DIR
REMOVE_FILE, MAKE_REG = 1 << 5, 1 << 8
REFER, TRUNCATE, IOCTL_DEV = 1 << 13, 1 << 14, 1 << 15
# Rights in the answer's folder.  The answer may make no folders there, so the supervisor counts the
# files of one folder, and `Process.close` removes one.
OWN = READ_FILE | READ_DIR | WRITE_FILE | REMOVE_FILE | MAKE_REG | TRUNCATE
RIGHTS = {1: REFER - 1, 2: REFER, 3: TRUNCATE, 5: IOCTL_DEV}  # version ─▶ rights that it added
ON_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE  # rights that a single file can have
TCP_BIND_AND_CONNECT, SIGNALS_AND_SOCKETS = 3, 3

# What the standard library reads beside its own files: time zones, locales, kinds of files.
DATA = ("/etc/ld.so.cache", "/etc/localtime", "/etc/mime.types",
        "/usr/lib/locale", "/usr/share/zoneinfo")  # fmt: skip
STORE = "/nix/store"  # there each shared library has a folder of its own
DEVICES = ("/dev/null", "/dev/zero", "/dev/urandom", "/dev/random")
PACKAGES = ("site-packages", "dist-packages")  # with -S Python does not look there
HERE = os.path.dirname(os.path.abspath(__file__))
COURSE = os.path.normpath(os.path.join(HERE, *[os.pardir] * 4))  # its solutions are below it


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
    above = _folders_above(COURSE)
    given = [_allow(call, ruleset, path, READ & files) for path in needed()]
    for path in _standard_folders():
        _allow(call, ruleset, path, READ_DIR)  # an import looks for a name in the folder
    for path in DEVICES:
        _allow(call, ruleset, path, (READ_FILE | WRITE_FILE) & files)
    _allow(call, ruleset, folder, OWN & files)
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    done = call(RESTRICT_SELF, ruleset, 0) == 0
    os.close(ruleset)
    kept = {"files": 1, "signals": 6}
    if above & set(given):
        del kept["files"]
    return [name for name, since in kept.items() if done and version >= since]


def needed() -> list[str]:
    """The files and folders that the standard library is read from: no package, and no program."""
    found = [*DATA, STORE, *(path for path in sys.path if os.path.isfile(path))]  # a zip
    for folder in _standard_folders():
        found += [entry.path for entry in os.scandir(folder) if entry.name not in PACKAGES]
    for folder in _library_folders():
        if os.path.basename(folder) in ("lib", "lib64"):  # packages have their folders in there
            found += [entry.path for entry in os.scandir(folder) if ".so" in entry.name]
        else:
            found.append(folder)  # /usr/lib/x86_64-linux-gnu: a rule for each file takes 20 ms
    return found


def _standard_folders() -> list[str]:
    """The folders of the standard library: with -S there are no others."""
    return [path for path in sys.path if path != HERE and os.path.isdir(path)]


def _library_folders() -> set[str]:
    """Where the shared libraries that are loaded already came from; the others are beside them."""
    with open("/proc/self/maps", encoding="utf-8", errors="surrogateescape") as maps:
        files = [line.split(maxsplit=5)[5:] for line in maps]
    return {os.path.dirname(file[0].strip()) for file in files if file and ".so" in file[0]}


def _folders_above(path: str) -> set[tuple[int, int]]:
    """Device and inode of a folder and of each folder that it is in."""
    found = set()
    while True:
        state = os.stat(path)
        found.add((state.st_dev, state.st_ino))
        if path == (path := os.path.dirname(path)):
            return found


def _allow(call: Any, ruleset: int, path: str, rights: int) -> tuple[int, int] | None:
    """Allow it; returns the device and inode.  None: this machine has no such path."""
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return None
    state = os.fstat(descriptor)
    if not stat.S_ISDIR(state.st_mode):
        rights &= ON_FILES
    call(ADD_RULE, ruleset, PATH_BENEATH, struct.pack("=Qi", rights, descriptor), 0)
    os.close(descriptor)
    return state.st_dev, state.st_ino
