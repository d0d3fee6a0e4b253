"""The fields of a JSON object or array, each with its bytes.

Lessons 07 and 09.  Builds on: `messages`.  Used by: `engineio_fields`, `socketio_fields`.

    {"sid":"lv_VI97","upgrades":[]}        ["say","hello",[1,2]]
    |  member      ||   member    |        |  item | item |item ]

New here: only the outer level is taken apart.  What stands between two members or items is a field,
too, so that the fields tile the text.
Left out: texts that are not JSON; they have no fields here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from . import messages
from .messages import Field

OF_JSON = "Belongs to JSON."
NAME = re.compile(r'[\s{,]*(?=")')
COLON = re.compile(r"\s*:\s*")
START, BETWEEN = re.compile(r"\s*\[\s*"), re.compile(r"\s*,\s*")

Leaf = Callable[[str, int, int, str, str], Field]  # name, start, stop, value, meaning
Item = Callable[[int, bytes], Field]


def members(data: bytes, leaf: Leaf, meaning: Callable[[str], str]) -> list[Field]:
    """The members of an object, and what stands between them; nothing if it is none."""
    if not isinstance(_value(data), dict):
        return []
    text, decoder, at = data.decode("latin-1"), json.JSONDecoder(), 0  # a character for each byte
    found: list[Field] = []
    while (name := NAME.match(text, at)) and name.end() < len(text):
        if name.end() > at:
            found.append(_between(leaf, at, text[at : name.end()]))
        _, stop = decoder.raw_decode(text, name.end())
        said: str = json.loads(data[name.end() : stop].decode())
        colon = COLON.match(text, stop)
        assert colon is not None  # `json.loads` has read it
        _, stop = decoder.raw_decode(text, colon.end())
        value = messages.preview(data[colon.end() : stop])
        shown = messages.preview(said.encode(errors="replace"), 40)
        found.append(leaf(shown or "(no name)", name.end(), stop, value, meaning(said)))
        at = stop
    if at < len(data):
        found.append(_between(leaf, at, text[at:]))
    return found


def items(data: bytes, leaf: Leaf, item: Item) -> list[Field]:
    """The items of an array, each by `item(index, bytes)`, and what stands between them."""
    value = _value(data)
    if not isinstance(value, list):
        return []
    text, decoder = data.decode("latin-1"), json.JSONDecoder()
    start = START.match(text)
    assert start is not None
    found, at = [_between(leaf, 0, start[0])], start.end()
    for index in range(len(value)):
        if index:
            comma = BETWEEN.match(text, at)
            assert comma is not None
            found.append(_between(leaf, at, comma[0]))
            at = comma.end()
        _, stop = decoder.raw_decode(text, at)
        found.append(item(index, data[at:stop]).shifted(at))
        at = stop
    found.append(_between(leaf, at, text[at:]))
    return found


def _value(data: bytes) -> object:
    try:
        return json.loads(data.decode())
    except (ValueError, RecursionError):
        return None


def _between(leaf: Leaf, at: int, text: str) -> Field:
    return leaf("punctuation", at, at + len(text), text.strip(), OF_JSON)
