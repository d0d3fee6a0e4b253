"""One set-up at a time.

The lock is the operating system's own, on an open file: it ends with the process that holds it,
however that ends, so it cannot go stale.  The file stays, also when nobody holds the lock.

Builds on: nothing.
What is new here: on POSIX the lock is also handed to the child that installs (`held` yields the
descriptor), so a set-up whose parent was killed keeps others out until its last writer is gone.
Left out: file systems without locks (some network shares); there `held` never waits.
"""

from __future__ import annotations

import errno
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["held"]

_BUSY = {errno.EACCES, errno.EAGAIN, errno.EDEADLK}
_PAUSE = 0.2  # seconds between attempts: Windows cannot wait for a lock without a time limit


@contextmanager
def held(path: Path, on_wait: Callable[[], None]) -> Iterator[int]:
    """Hold the lock on `path` for the block; call `on_wait` once if another process has it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        told = False
        while not _try_lock(descriptor):
            if not told:
                on_wait()
                told = True
            time.sleep(_PAUSE)
        yield descriptor
    finally:
        os.close(descriptor)


def _try_lock(descriptor: int) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            os.lseek(descriptor, 0, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno not in _BUSY
    return True
