"""msgpack: what JSON says, and bytes, in fewer bytes.               github.com/msgpack/msgpack

    {"type": 2, "data": ["a", b"\\x01"]}

    82                      a map of 2
       a4 74 79 70 65       a text of 4: type
       02                   the number 2
       a4 64 61 74 61       a text of 4: data
       92                   an array of 2
          a1 61             a text of 1: a
          c4 01 01          bytes, 1 of them

    00 … 7f  0 … 127            c0       nil            d0 … d3  int 8, 16, 32, 64
    80 … 8f  map of 0 … 15      c2, c3   false, true    d4 … d8  extension of 1, 2, 4, 8, 16
    90 … 9f  array of 0 … 15    c4 … c6  bytes          d9 … db  text
    a0 … bf  text of 0 … 31     c7 … c9  extension      dc, dd   array
    e0 … ff  -32 … -1           ca, cb   float          de, df   map
                                cc … cf  uint           sizes: 8, 16, 32 bits; the last two: 16, 32

Lesson 09.  Builds on: `msgpack_dialects`.  Used by: `socketio`.
New here: the first byte says what comes, and how long it is.  So each direction is a table: by type
when writing, by first byte when reading.
Left out: streams.  A message is whole, since the layer below carries messages.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from ...errors import LocalError, RemoteError
from .msgpack_dialects import MSGPACK_JS, NOTEPACK_2, NOTEPACK_3, PARSE_ERROR, Dialect

__all__ = ["MAX_DEPTH", "MSGPACK_JS", "NOTEPACK_2", "NOTEPACK_3", "Dialect", "decode", "encode"]

MAX_DEPTH = 100  # arrays and maps in each other, as in @msgpack/msgpack
TOO_DEEP = "too many arrays and maps in each other"
SHOWN = 40  # characters of a path that an error quotes

Put = Callable[[bytes], None]
Writer = Callable[[Any, Put, Dialect, int], None]
Found = tuple[Any, int]  # a value, and the place after it
Reader = Callable[[bytes, int, Dialect, int], Found]
SizedReader = Callable[[int, bytes, int, Dialect, int], Found]


def encode(value: Any, dialect: Dialect = NOTEPACK_3, *, max_depth: int = MAX_DEPTH) -> bytes:
    """Value -> bytes.  LocalError names what cannot be written, and where it stands.

    An int becomes an integer and a float a float, whole or not: JavaScript reads the same number.

    >>> encode({"id": 7, "data": [b"\\x01", None]}).hex(" ")
    '82 a2 69 64 07 a4 64 61 74 61 92 c4 01 01 c0'
    """
    parts: list[bytes] = []
    try:
        WRITERS[type(value)](value, parts.append, dialect, max_depth)
    except LocalError as error:
        reason, *path = error.args  # each array and map on the way out has added its step
        place = "".join(reversed(path))
        raise LocalError(f"{reason}: value{place[:SHOWN]}") from None
    return b"".join(parts)


def decode(data: bytes, dialect: Dialect = NOTEPACK_3, *, max_depth: int = MAX_DEPTH) -> Any:
    """Bytes -> the one value that they hold.  Raises RemoteError.

    `undefined` is what JSON makes of it: None, and in a map the key is not there.
    """
    data = bytes(data)  # costs nothing for bytes
    try:
        value, end = READERS[data[0]](data, 1, dialect, max_depth)
    except (IndexError, struct.error) as error:
        raise _cut_off() from error
    except UnicodeDecodeError as error:
        raise RemoteError("a text that is not UTF-8", PARSE_ERROR) from error
    except RecursionError as error:  # a larger `max_depth` than Python's stack
        raise RemoteError(TOO_DEEP, PARSE_ERROR) from error
    if end < len(data):
        raise RemoteError(f"{len(data) - end} bytes after the value", PARSE_ERROR)
    return value


# Writing: for each type, a function that puts its bytes.


def _too_large(size: int) -> bytes:
    raise LocalError(f"a size of {size}, which msgpack cannot say")


def _heads(short: list[bytes], head: int, letters: str) -> list[Callable[[int], bytes]]:
    """For each number of bits what writes the shortest head.  `short`: those of one byte."""
    found: list[Callable[[int], bytes]] = [short.__getitem__] * len(short).bit_length()
    for first, letter in enumerate(letters, head):
        form = struct.Struct(f">B{letter}")
        bits = 8 * (form.size - 1) - letter.islower()  # a signed form keeps one for the sign
        found += [partial(form.pack, first)] * (bits + 1 - len(found))
    return found + [_too_large] * (64 - len(found))


def _bytes(first: int, count: int) -> list[bytes]:
    return [bytes([byte]) for byte in range(first, first + count)]


# 1,000 numbers take 0.6 of the time of a chain of comparisons: HEADS[number.bit_length()](number)
UINT = _heads(_bytes(0x00, 128), 0xCC, "BHIQ")
INT = _heads(_bytes(0xE0, 32), 0xD0, "bhiq")  # of negative numbers; e0 … ff stand at [-32] … [-1]
BIN = _heads([], 0xC4, "BHI")
STR = _heads(_bytes(0xA0, 32), 0xD9, "BHI")
ARRAY = _heads(_bytes(0x90, 16), 0xDC, "HI")
MAP = _heads(_bytes(0x80, 16), 0xDE, "HI")
FLOAT = struct.Struct(">Bd").pack


def _write_nil(_value: None, put: Put, _dialect: Dialect, _depth: int) -> None:
    put(b"\xc0")


def _write_bool(value: bool, put: Put, _dialect: Dialect, _depth: int) -> None:
    put(b"\xc3" if value else b"\xc2")


def _write_int(value: int, put: Put, _dialect: Dialect, _depth: int) -> None:
    try:
        put(UINT[value.bit_length()](value) if value >= 0 else INT[(~value).bit_length()](value))
    except IndexError:
        raise LocalError("an int of more than 64 bits") from None


def _write_float(value: float, put: Put, _dialect: Dialect, _depth: int) -> None:
    put(FLOAT(0xCB, value))


def _write_str(value: str, put: Put, _dialect: Dialect, _depth: int) -> None:
    try:
        text = value.encode()
    except UnicodeEncodeError as error:
        raise LocalError("a str with half of a surrogate pair") from error
    size = len(text)
    put(STR[size.bit_length()](size) + text)


def _write_bytes(value: Any, put: Put, _dialect: Dialect, _depth: int) -> None:
    data = bytes(value)
    size = len(data)
    put(BIN[size.bit_length()](size))
    put(data)


def _write_date(value: datetime, put: Put, dialect: Dialect, _depth: int) -> None:
    put(dialect.write_date(value))


def _write_array(value: Any, put: Put, dialect: Dialect, depth: int) -> None:
    if not depth:
        raise LocalError(TOO_DEEP)
    size = len(value)
    put(ARRAY[size.bit_length()](size))
    item = None
    try:
        for item in value:
            WRITERS[type(item)](item, put, dialect, depth - 1)
    except LocalError as error:
        at = next(at for at, one in enumerate(value) if one is item)
        error.args += (f"[{at}]",)
        raise


def _write_map(value: Any, put: Put, dialect: Dialect, depth: int) -> None:
    if not depth:
        raise LocalError(TOO_DEEP)
    size = len(value)
    put(MAP[size.bit_length()](size))
    key = None
    try:
        for key, item in value.items():
            if not isinstance(key, str):
                raise LocalError(f"a key of the type {type(key).__name__}, and not str")
            _write_str(key, put, dialect, depth)
            WRITERS[type(item)](item, put, dialect, depth - 1)
    except LocalError as error:
        error.args += (f"[{key!r}]",)
        raise


class _Writers(dict[type, Writer]):
    def __missing__(self, kind: type) -> Writer:
        """A subclass is written as what it is a kind of: an IntEnum as an int."""
        for base in kind.__mro__:
            if base in self:
                return self[base]
        raise LocalError(f"msgpack has nothing for the type {kind.__name__}")


WRITERS = _Writers(
    {
        type(None): _write_nil,
        bool: _write_bool,
        int: _write_int,
        float: _write_float,
        str: _write_str,
        bytes: _write_bytes,
        bytearray: _write_bytes,
        memoryview: _write_bytes,
        datetime: _write_date,
        list: _write_array,
        tuple: _write_array,
        dict: _write_map,
    }
)


# Reading: for each first byte, a function of the data and the place after that byte.  It returns
# the value and the place after it.  A head that names a size leads to one of these:


def _cut_off() -> RemoteError:
    return RemoteError("the data ends within a value", PARSE_ERROR)


def _read_str(size: int, data: bytes, at: int, _dialect: Dialect, _depth: int) -> Found:
    end = at + size
    if end > len(data):
        raise _cut_off()
    return data[at:end].decode(), end


def _read_bytes(size: int, data: bytes, at: int, _dialect: Dialect, _depth: int) -> Found:
    end = at + size
    if end > len(data):
        raise _cut_off()
    return data[at:end], end


def _read_extension(
    size: int, data: bytes, at: int, dialect: Dialect, depth: int, fixed: bool = False
) -> Found:
    (kind,) = struct.unpack_from(">b", data, at)
    payload, end = _read_bytes(size, data, at + 1, dialect, depth)
    if kind not in dialect.extensions:
        raise RemoteError(f"extension {kind}, unknown to {dialect.name}", PARSE_ERROR)
    return dialect.extensions[kind](payload, fixed), end


def _read_array(size: int, data: bytes, at: int, dialect: Dialect, depth: int) -> Found:
    _check(size, data, at, depth)
    found = []
    for _ in range(size):
        item, at = READERS[data[at]](data, at + 1, dialect, depth - 1)
        found.append(item)
    return found, at


def _read_map(size: int, data: bytes, at: int, dialect: Dialect, depth: int) -> Found:
    _check(2 * size, data, at, depth)
    found: dict[str, Any] = {}
    absent = []
    for _ in range(size):
        key, at = READERS[data[at]](data, at + 1, dialect, depth - 1)
        if type(key) is not str:
            key = _name(key)
        item, at = READERS[data[at]](data, at + 1, dialect, depth - 1)
        if item is None and data[at - 1] == 0:  # the end of d4 00 00; nil is c0
            absent.append(key)
        found[key] = item
    if len(found) < size:
        raise RemoteError("a map with the same key twice", PARSE_ERROR)
    for key in absent:
        del found[key]
    return found, at


def _name(key: Any) -> str:
    """JavaScript makes a text of any key.  Its packages agree on numbers, and write none."""
    if type(key) is not int:
        raise RemoteError(f"a key of the type {type(key).__name__}, and no text", PARSE_ERROR)
    return str(key)


def _check(values: int, data: bytes, at: int, depth: int) -> None:
    """Before memory is spent: each value has one byte at least."""
    if values > len(data) - at:
        raise _cut_off()
    if not depth:
        raise RemoteError(TOO_DEEP, PARSE_ERROR)


def _constant(value: Any) -> Reader:
    return lambda data, at, dialect, depth: (value, at)


def _number(letter: str) -> Reader:
    form = struct.Struct(f">{letter}")
    unpack, width = form.unpack_from, form.size
    return lambda data, at, dialect, depth: (unpack(data, at)[0], at + width)


def _sized(letter: str, read: SizedReader) -> Reader:
    """The size comes first, as a number of this form."""
    form = struct.Struct(f">{letter}")
    unpack, width = form.unpack_from, form.size
    return lambda data, at, dialect, depth: read(
        unpack(data, at)[0], data, at + width, dialect, depth
    )


def _unused(_data: bytes, _at: int, _dialect: Dialect, _depth: int) -> Found:
    raise RemoteError("the byte c1, which begins no value", PARSE_ERROR)


READERS: list[Reader] = [
    *[_constant(number) for number in range(0x80)],  # 00
    *[partial(_read_map, size) for size in range(16)],  # 80
    *[partial(_read_array, size) for size in range(16)],  # 90
    *[partial(_read_str, size) for size in range(32)],  # a0
    *[_constant(None), _unused, _constant(False), _constant(True)],  # c0
    *[_sized(letter, _read_bytes) for letter in "BHI"],  # c4
    *[_sized(letter, _read_extension) for letter in "BHI"],  # c7
    *[_number(letter) for letter in "fdBHIQbhiq"],  # ca
    *[partial(_read_extension, size, fixed=True) for size in (1, 2, 4, 8, 16)],  # d4
    *[_sized(letter, _read_str) for letter in "BHI"],  # d9
    *[_sized(letter, _read_array) for letter in "HI"],  # dc
    *[_sized(letter, _read_map) for letter in "HI"],  # de
    *[_constant(number) for number in range(-32, 0)],  # e0
]
