"""What the msgpack packages of npm do not agree on: dates and `undefined`.

                          notepack.io 2.2         notepack.io 3.0         @msgpack/msgpack 2.8
    new Date(1500)        d7 00 + milliseconds    d7 ff + ns, seconds     as notepack.io 3.0
    undefined             d4 00 00                c0, as null             c0, as null
    an ArrayBuffer        c7 … 00 + bytes         c4, as a Buffer         80, an empty map
    2 ** 60               cf, an integer          cf, an integer          cb, a float
    reads                 its own                 both                    ff alone
    is used by            socket.io-msgpack-      redis-adapter,          redis-streams-adapter,
                          parser                  redis-emitter           postgres-adapter

Lesson 09.  Builds on: nothing.  Used by: `msgpack`.
New here: an extension, which is a type (00 and ff here) and bytes that only both ends understand.
Left out: types of an application's own, and writing `undefined`, which Python does not have.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from ...errors import LocalError, RemoteError

PARSE_ERROR = 400  # the code of our RemoteErrors: an HTTP status
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND = 1_000_000  # microseconds, of which a `datetime` is made
EXT_8, FIXEXT_4, FIXEXT_8 = 0xC7, 0xD6, 0xD7


@dataclass(slots=True)
class Dialect:
    """One package's way.  `extensions`: by type, what reads (bytes, is its length in its head)."""

    name: str
    write_date: Callable[[datetime], bytes]
    extensions: Mapping[int, Callable[[bytes, bool], Any]]


def _microseconds(date: datetime) -> int:
    if date.utcoffset() is None:
        raise LocalError("a datetime without a time zone")
    return (date - EPOCH) // timedelta(microseconds=1)


def _date(microseconds: int) -> datetime:
    try:
        return EPOCH + timedelta(microseconds=microseconds)
    except OverflowError as error:
        raise RemoteError("a date before the year 1 or after 9999", PARSE_ERROR) from error


def write_milliseconds(date: datetime) -> bytes:
    """Extension 0 of notepack.io 2: what a JavaScript Date holds.  Microseconds are cut off."""
    return struct.pack(">BBq", FIXEXT_8, 0, _microseconds(date) // 1000)


def read_type_0(data: bytes, fixed: bool) -> Any:
    """The three things that notepack.io writes as type 0.

    >>> read_type_0((1500).to_bytes(8), True)
    datetime.datetime(1970, 1, 1, 0, 0, 1, 500000, tzinfo=datetime.timezone.utc)
    """
    if not fixed:
        return data  # an ArrayBuffer
    if len(data) == 8:
        return _date(int.from_bytes(data, "big", signed=True) * 1000)
    if data == b"\0":
        return None  # undefined
    raise RemoteError(f"extension 0 with {len(data)} bytes, which means nothing", PARSE_ERROR)


def write_timestamp(date: datetime) -> bytes:
    """Extension -1 of the specification of msgpack, in the shortest of its three forms."""
    seconds, microseconds = divmod(_microseconds(date), SECOND)
    if not 0 <= seconds < 1 << 34:
        return struct.pack(">BBbIq", EXT_8, 12, -1, microseconds * 1000, seconds)
    if microseconds or seconds >= 1 << 32:
        return struct.pack(">BbQ", FIXEXT_8, -1, microseconds * 1000 << 34 | seconds)
    return struct.pack(">BbI", FIXEXT_4, -1, seconds)


def read_timestamp(data: bytes, _fixed: bool) -> datetime:
    """Its 4, 8 or 12 bytes.  What is less than a microsecond is cut off."""
    if len(data) == 4:
        nanoseconds, seconds = 0, int.from_bytes(data, "big")
    elif len(data) == 8:
        nanoseconds, seconds = divmod(int.from_bytes(data, "big"), 1 << 34)
    elif len(data) == 12:
        nanoseconds, seconds = struct.unpack(">Iq", data)
    else:
        raise RemoteError(f"a timestamp of {len(data)} bytes", PARSE_ERROR)
    # "nanoseconds must not be larger than 999999999" (specification of msgpack, Timestamp)
    if nanoseconds > 999_999_999:
        raise RemoteError("a timestamp with more nanoseconds than a second has", PARSE_ERROR)
    return _date(seconds * SECOND + nanoseconds // 1000)


NOTEPACK_2 = Dialect("notepack.io 2", write_milliseconds, {0: read_type_0})
NOTEPACK_3 = Dialect("notepack.io 3", write_timestamp, {0: read_type_0, -1: read_timestamp})
MSGPACK_JS = Dialect("@msgpack/msgpack", write_timestamp, {-1: read_timestamp})
