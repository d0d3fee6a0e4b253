"""What a message of the msgpack parser says.  Written for tests, from the list of formats.

An extension is a tuple: (type, data).  Its order in a map is the order of the bytes.
"""

from __future__ import annotations

import struct
from typing import Any

FIXED = {0xC0: None, 0xC2: False, 0xC3: True}
NUMBERS = {
    0xCA: ">f", 0xCB: ">d", 0xCC: ">B", 0xCD: ">H", 0xCE: ">I", 0xCF: ">Q",
    0xD0: ">b", 0xD1: ">h", 0xD2: ">i", 0xD3: ">q",
}  # fmt: skip
SIZES = {  # of strings, bytes, arrays and maps: the format of their length
    0xD9: ">B", 0xDA: ">H", 0xDB: ">I", 0xC4: ">B", 0xC5: ">H", 0xC6: ">I",
    0xDC: ">H", 0xDD: ">I", 0xDE: ">H", 0xDF: ">I",
}  # fmt: skip
UNDEFINED = (0, b"\0")


def unpack(data: bytes) -> Any:
    """The one value in these bytes."""
    value, rest = _value(data)
    assert rest == b"", rest
    return value


def _value(data: bytes) -> tuple[Any, bytes]:
    first, data = data[0], data[1:]
    if first < 0x80 or first >= 0xE0:
        return first if first < 0x80 else first - 0x100, data
    if first in FIXED:
        return FIXED[first], data
    if first in NUMBERS:
        return _number(NUMBERS[first], data)
    if 0xD4 <= first <= 0xD8:
        size = 1 << (first - 0xD4)
        return (data[0], data[1 : 1 + size]), data[1 + size :]
    if first in SIZES:
        size, data = _number(SIZES[first], data)
    else:
        size = first & (0x1F if first >= 0xA0 else 0x0F)
    if 0xA0 <= first < 0xC0 or first in (0xD9, 0xDA, 0xDB):
        return data[:size].decode(), data[size:]
    if first in (0xC4, 0xC5, 0xC6):
        return data[:size], data[size:]
    values = []
    is_map = first < 0x90 or first in (0xDE, 0xDF)
    for _ in range(size * (2 if is_map else 1)):
        value, data = _value(data)
        values.append(value)
    return dict(zip(values[::2], values[1::2], strict=True)) if is_map else values, data


def _number(form: str, data: bytes) -> tuple[Any, bytes]:
    size = struct.calcsize(form)
    return struct.unpack(form, data[:size])[0], data[size:]
