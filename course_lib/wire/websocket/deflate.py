"""Messages made smaller: permessage-deflate, the codec.                 RFC 7692 §7.2

Lesson 05.  Builds on: `deflate_offers`, `close_codes`.  Used by: `messages`,
`connection`, `net.ws_options`, `net.ws`.

    message -> DEFLATE, flushed -> ... 00 00 FF FF      every flush ends like this
                                   |  cut off  |        so the receiver can put it back

New here: both ends remember what was sent before ("context takeover"), so a second message like
the first costs a few bytes; and a kilobyte may inflate to a megabyte (a zip bomb), so the inflated
bytes are counted while they come out.
Left out: other compression; a thread for it (one megabyte blocks the loop for some 20 ms).
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from ...errors import RemoteError
from . import close_codes
from .deflate_offers import Agreed, Settings

__all__ = ["Agreed", "Deflater", "Inflater", "Settings", "pair"]

TAIL = b"\x00\x00\xff\xff"
STEP = 65536  # bytes that are inflated at once
MAX_FINAL = 64  # DEFLATE blocks with BFINAL set in one message


class Deflater:
    """Compresses our messages.  The first one allocates the context.

    The caller sends messages under `threshold` bytes uncompressed.  A context takes about
    2 ** (bits + 2) + 2 ** (memory_level + 9) bytes: 256 KiB with 15 and 8, 32 KiB with 12 and 5.
    """

    __slots__ = ("_bits", "_context", "_forget", "_settings", "threshold")

    def __init__(self, bits: int, *, forget: bool, settings: Settings) -> None:
        self.threshold = settings.threshold
        self._bits = bits
        self._forget = forget
        self._settings = settings
        self._context: zlib._Compress | None = None

    def deflate(self, message: bytes) -> bytes:
        """The compressed payload of a message: send it with RSV1."""
        context = self._context
        if context is None:
            settings = self._settings
            context = zlib.compressobj(
                settings.level, zlib.DEFLATED, -self._bits, settings.memory_level
            )
        # §7.2.1: "Remove 4 octets (that are 0x00 0x00 0xff 0xff) from the tail end."
        data = (context.compress(message) + context.flush(zlib.Z_SYNC_FLUSH))[:-4]
        # §7.1.1.1: "the server MUST NOT use context takeover", if so agreed.
        self._context = None if self._forget else context
        # §7.2.3.6: an empty message is one byte, the header of an empty block.
        return data or b"\x00"


class Inflater:
    """Inflates the peer's messages.  The first one allocates the context."""

    __slots__ = ("_bits", "_context", "_final", "_forget")

    def __init__(self, bits: int, *, forget: bool) -> None:
        self._bits = bits
        self._forget = forget
        self._context: zlib._Decompress | None = None
        self._final = 0  # blocks with BFINAL set in this message

    def inflate(self, data: bytes, limit: int, *, last: bool) -> Iterator[bytes]:
        """Inflate part of a message (`last`: its end).  Yields at most 64 KiB at a time.

        RemoteError when it is not DEFLATE, or inflates to more than `limit` bytes.
        """
        if last:
            data += TAIL  # §7.2.2: "Append 4 octets of 0x00 0x00 0xff 0xff to the tail end"
        while True:
            context = self._context or zlib.decompressobj(-self._bits)
            self._context = context
            try:
                piece = context.decompress(data, min(STEP, limit + 1))
            except zlib.error as error:
                raise RemoteError(
                    f"not DEFLATE data: {error}", close_codes.PROTOCOL_ERROR
                ) from error
            limit -= len(piece)
            if limit < 0:
                raise RemoteError("a message inflates beyond the limit", close_codes.TOO_BIG)
            if piece:
                yield piece
            data = context.unconsumed_tail
            if context.eof:
                data = self._after_final(context)
            elif not data and len(piece) < STEP:
                break
            if not data and not piece:
                break
        if last:
            self._final = 0
            if self._forget:
                self._context = None

    def _after_final(self, context: zlib._Decompress) -> bytes:
        """Drop the context after a block with BFINAL set; return the bytes after it.  §7.2.3.5."""
        self._final += 1
        if self._final > MAX_FINAL:
            raise RemoteError(f"over {MAX_FINAL} final blocks", close_codes.PROTOCOL_ERROR)
        self._context = None
        return context.unused_data


def pair(agreed: Agreed, settings: Settings, *, client: bool) -> tuple[Deflater | None, Inflater]:
    """The codecs that one end needs after the handshake.

    No Deflater when the terms ask us for a window of 256 bytes, which zlib cannot compress with:
    we may send every message uncompressed.
    """
    ours = (agreed.client_max_window_bits, agreed.client_no_context_takeover)
    theirs = (agreed.server_max_window_bits, agreed.server_no_context_takeover)
    if not client:
        ours, theirs = theirs, ours
    deflater = Deflater(ours[0], forget=ours[1], settings=settings) if ours[0] > 8 else None
    return deflater, Inflater(max(theirs[0], 9), forget=theirs[1])
