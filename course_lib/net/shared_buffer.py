"""One buffer to read into, shared by all connections of a loop.

    system -> [ 256 KiB, the same every time ] -> a copy of the few bytes that came -> data_received

Lesson 05.  Builds on: asyncio.  Used by: net.ws_link.
New here: for a plain `asyncio.Protocol` asyncio allocates 256 KiB for each read, and frees most of
it.  glibc may return that memory to the system and fetch it again each time: an echo of 32 bytes
then costs 25 µs more of kernel time (of 40 in all; with a favourable heap layout, 2 µs more).
Left out: parsing in the buffer itself.  Copying 64 KiB costs 3 µs.
"""

from __future__ import annotations

import asyncio
import weakref

SIZE = 262_144

_buffers: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, memoryview] = (
    weakref.WeakKeyDictionary()
)


def of(loop: asyncio.AbstractEventLoop) -> memoryview:
    """The buffer of this loop.  Nothing is kept in it between two reads."""
    if loop not in _buffers:
        _buffers[loop] = memoryview(bytearray(SIZE))
    return _buffers[loop]
