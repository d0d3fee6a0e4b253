"""Masking: a client XORs every byte of a payload with a key.               RFC 6455 §5.3

Lesson 04.  Builds on: nothing.  Used by: `frames`, `connection`.

    payload   h  e  l  l  o        masked[i] = payload[i] XOR key[i mod 4]
    key       k0 k1 k2 k3 k0       masking twice gives the payload back

A page may make a browser send bytes of its own choice.  The key, new for each frame and unknown
to the page, keeps the page from sending bytes that a proxy on the path takes for an HTTP request.
New here: work on a stream in pieces of any size, and on many bytes at once.
Left out: secrecy.  The key is sent before the payload, in the clear.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

_Apply = Callable[[bytes, bytes], bytes]

try:  # a C function, if one is installed
    # Against `mask_at_once`: 64 KiB some 70 times as fast, 32 bytes 6 times.
    from websockets.speedups import apply_mask as _found
except ImportError:
    _in_c: _Apply | None = None
else:
    _in_c = _found


def mask_slowly(payload: bytes, key: bytes) -> bytes:
    """The definition, a byte at a time.  Tests compare the others with it."""
    return bytes([byte ^ key[i % 4] for i, byte in enumerate(payload)])


# Against `mask_slowly`: 64 KiB more than 30 times as fast.
def mask_at_once(payload: bytes, key: bytes) -> bytes:
    """The same with two large numbers and one XOR."""
    size = len(payload)
    pad = key * (size // 4) + key[: size % 4]
    xor = int.from_bytes(payload, sys.byteorder) ^ int.from_bytes(pad, sys.byteorder)
    return xor.to_bytes(size, sys.byteorder)


mask: _Apply = _in_c or mask_at_once  # (payload, 4-byte key) -> bytes; its own inverse


class Unmasker:
    """Unmasks one payload that comes in pieces: the key continues where the last piece ended."""

    __slots__ = ("key",)

    def __init__(self, key: bytes) -> None:
        self.key = key  # rotated: its first byte masks the next byte to come

    def feed(self, chunk: bytes) -> bytes:
        """Unmask the next piece."""
        key, turn = self.key, len(chunk) % 4
        self.key = key[turn:] + key[:turn]
        return mask(chunk, key)
