"""What the answer's process may use: limits, its own folder, and a supervisor that cleans up.

    grader ── pipe ──▶ supervisor ── fork ──▶ answer ──▶ whatever it starts
                         │                  limits, Landlock, seccomp
                         └── adopts and kills all of it at the end (Linux)

Exercises.  Builds on: the standard library alone; on Linux supervisor, landlock, seccomp, ctypes.
What is new here: `prepare` tries each protection, and reports by name what the system refused.
Root gives up what root may do (capabilities): its answer could raise these limits again.
Left out: Windows' job objects and macOS' sandboxes; there the report says what is missing.
"""

from __future__ import annotations

import os
import struct
import sys
from typing import Any

CAPABILITIES = 0x20080522  # version of the two structs of capget and capset
DAC_OVERRIDE = 1 << 1

MISSING = {
    "memory": "memory",
    "cpu": "processor time (only the wall clock ends a loop)",
    "file": "the size of files",
    "count": "the number of files",
    "descriptors": "open files",
    "processes": "the number of processes",
    "orphans": "processes that leave the answer's group",
    "files": "reading and deleting other files of yours",
    "network": "sockets: the network, and other programs of yours",
    "signals": "signals to other programs of yours",
}


def prepare(wanted: dict[str, Any]) -> dict[str, Any]:
    """Confine this process; return which protections are missing.

    On Linux this process forks and becomes the supervisor; the confined child returns.
    `wanted`: bytes of `memory` and of a `file`, seconds of `cpu`, a number of `descriptors`, of
    `processes` and of `files`, and the `folder` that may be written.
    """
    missing = dict(MISSING)
    others = _threads_of_user()  # counted before Landlock forbids /proc
    if sys.platform == "linux":
        _linux(wanted, missing)
    _limits(wanted, missing, others + wanted["processes"])
    return {"missing": list(missing.values())}


def _linux(wanted: dict[str, Any], missing: dict[str, str]) -> None:
    """Fork: this process becomes the supervisor, and the child gives up its rights."""
    try:
        import ctypes

        libc = ctypes.CDLL(None, use_errno=True)
    except (ImportError, OSError):  # a Python that was built without ctypes
        return
    import landlock  # type: ignore[import-not-found]
    import seccomp  # type: ignore[import-not-found]
    import supervisor  # type: ignore[import-not-found]

    if supervisor.stay_behind(libc, wanted["folder"], wanted["files"]):
        del missing["orphans"]
    for name in landlock.restrict(libc, wanted["folder"]):
        missing.pop(name, None)
    if "files" not in missing:  # the answer writes only where the supervisor counts files
        del missing["count"]
    if seccomp.restrict(libc):
        del missing["network"]
        del missing["processes"]
    _give_up_capabilities(libc)
    for name in ("landlock", "seccomp", "supervisor"):
        del sys.modules[name]


def _give_up_capabilities(libc: Any) -> None:
    """Keep the right to open any file, as Python's own may be somebody else's, and no other.

    Root could raise the limits, set the clock, and make files that nobody can remove.
    """
    import ctypes

    head, data = struct.pack("=Ii", CAPABILITIES, 0), ctypes.create_string_buffer(24)
    libc.capget(head, data)
    kept = struct.unpack_from("=II", data)[1] & DAC_OVERRIDE
    libc.capset(head, struct.pack("=6I", kept, kept, 0, 0, 0, 0))


def _limits(wanted: dict[str, Any], missing: dict[str, str], processes: int) -> None:
    try:
        import resource
    except ImportError:  # Windows
        return
    table = {
        "memory": ("RLIMIT_AS", wanted["memory"], wanted["memory"]),
        "cpu": ("RLIMIT_CPU", wanted["cpu"], wanted["cpu"] + 1),
        "file": ("RLIMIT_FSIZE", wanted["file"], wanted["file"]),
        "descriptors": ("RLIMIT_NOFILE", wanted["descriptors"], wanted["descriptors"]),
        "processes": ("RLIMIT_NPROC", processes, processes),
        "": ("RLIMIT_CORE", 0, 0),
    }
    if sys.platform != "linux":
        del table["processes"]  # it includes the user's other processes, which only /proc counts
    for name, (limit, soft, hard) in table.items():
        try:
            resource.setrlimit(getattr(resource, limit), (soft, hard))
        except (AttributeError, ValueError, OSError):
            continue
        if name == "memory" and sys.platform == "darwin":
            continue  # macOS accepts RLIMIT_AS and does not enforce it
        if name == "processes" and os.getuid() == 0:
            continue  # the kernel does not apply RLIMIT_NPROC to root
        missing.pop(name, None)


def _threads_of_user() -> int:
    """How many threads this user's processes have: RLIMIT_NPROC counts threads."""
    if sys.platform != "linux" or os.getuid() == 0:
        return 0
    total = 0
    for entry in os.scandir("/proc"):
        try:
            if entry.name.isdecimal() and entry.stat().st_uid == os.getuid():
                with open(f"/proc/{entry.name}/stat", "rb") as file:
                    total += int(file.read().rpartition(b")")[2].split()[17])
        except OSError:
            continue  # the process ended meanwhile
    return total
