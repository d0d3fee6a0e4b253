"""One buffer to read into, shared by all connections of a loop.

    system -> [ 256 KiB, the same every time ] -> a copy of the few bytes that came -> data_received

Lesson 05.  Builds on: asyncio.  Used by: net.ws_link.
New here: a plain `asyncio.Protocol` has 256 KiB allocated for each read, of which most is given
back.  glibc may return that memory to the system and fetch it again each time: an echo of 32 bytes
then costs 25 µs more of kernel time (of 40 in all; where the heap happens to lie well, 2 µs more).
Left out: parsing in the buffer itself.  Copying 64 KiB costs 3 µs.
"""

from __future__ import annotations

import asyncio
import weakref

SIZE = 262_144

_buffers: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, memoryview] = (
    weakref.WeakKeyDictionary()
)


class Reading(asyncio.BufferedProtocol):
    """Gives what was read to `data_received`.  Nothing is kept in the buffer between two reads."""

    _buffer: memoryview | None = None

    def get_buffer(self, sizehint: int) -> memoryview:
        buffer = self._buffer
        if buffer is None:
            loop = asyncio.get_running_loop()
            if loop not in _buffers:
                _buffers[loop] = memoryview(bytearray(SIZE))
            buffer = self._buffer = _buffers[loop]
        return buffer

    def buffer_updated(self, nbytes: int) -> None:
        buffer = self._buffer
        assert buffer is not None
        self.data_received(bytes(buffer[:nbytes]))

    def data_received(self, data: bytes) -> None:
        raise NotImplementedError
