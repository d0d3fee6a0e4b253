"""A recording as a file: JSON, one line for each event, bytes in base64.

Lessons 00 and 01 on.  Builds on: nothing.  Used by: `lab.recording`.

    {"format": "course_lib recording", "version": 1, "name": "", "limit": 10000000, ...
     "ends": [{"number": 1, "role": "client", ...}],
     "bridges": [],
     "events": [
      [0.0, 1, "sent", "R0VUIC8=", ""]
     ]}

New here: the file is not trusted until it is checked.  Whatever is wrong with it raises one
`LocalError` that names the place.
Left out: other programs' formats.
"""

from __future__ import annotations

import base64
import binascii
import json
import reprlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ...errors import LocalError

FORMAT, VERSION = "course_lib recording", 1
MOST = 2**53  # of any number: up to here JavaScript's integers are exact
COUNTS = ("limit", "missed_bytes", "missed_events", "missed_connections")
END: Mapping[str, tuple[type, ...]] = {
    "number": (int,),
    "role": (str,),
    "local": (str,),
    "remote": (str,),
    "what": (str,),
    "tls": (bool,),
    "opened": (int, float),
    "closed": (int, float, type(None)),
    "error": (str,),
    "missed": (int,),
}
Row = tuple[float, int, str, bytes, str]  # an event: at, end, kind, data, note


def write(path: str | Path, head: Mapping[str, Any], events: Sequence[Row]) -> Path:
    """Write `head` (all of the recording but its events) and the events."""
    path = Path(path)
    start = json.dumps({"format": FORMAT, "version": VERSION, **head}, ensure_ascii=False)
    lines = [
        json.dumps([at, end, kind, base64.b64encode(data).decode(), note], ensure_ascii=False)
        for at, end, kind, data, note in events
    ]
    text = start[:-1] + ', "events": [\n ' + ",\n ".join(lines) + "\n]}\n"
    path.write_text(text, encoding="utf-8", newline="\n")
    return path


def read(path: str | Path, kinds: Sequence[str]) -> tuple[dict[str, Any], list[Row]]:
    """The head and the events of a file, checked.  LocalError names what is wrong."""
    try:
        document = json.loads(Path(path).read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:  # not UTF-8, or not JSON
        raise LocalError(f"{path} is not a recording: {error}") from None
    try:
        return _head(document), _events(document, kinds)
    except _Wrong as wrong:
        raise LocalError(f"{path} is not a recording: {wrong}") from None


class _Wrong(Exception):
    pass


def _head(document: Any) -> dict[str, Any]:
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise _Wrong(f"it does not say that it is a {FORMAT!r}")
    if document.get("version") != VERSION:
        raise _Wrong(
            f"version {reprlib.repr(document.get('version'))}; this program reads {VERSION}"
        )
    head = {"name": _checked(document, "name", (str,), "the file")}
    for name in COUNTS:
        head[name] = _checked(document, name, (int,), "the file")
    head["ends"] = [_end(end, place) for place, end in enumerate(_list(document, "ends"), 1)]
    head["bridges"] = [tuple(pair) for pair in _list(document, "bridges") if _is_pair(pair)]
    if len(head["bridges"]) != len(document["bridges"]):
        raise _Wrong("bridges are pairs of addresses")
    return head


def _end(end: Any, place: int) -> dict[str, Any]:
    where = f"end {place}"
    if not isinstance(end, dict) or set(end) != set(END):
        raise _Wrong(f"{where} has the fields {', '.join(END)}")
    values = {name: _checked(end, name, kinds, where) for name, kinds in END.items()}
    if values["number"] != place or values["role"] not in ("client", "server"):
        raise _Wrong(f"{where} is number {values['number']}, {values['role']!r}")
    return values


def _events(document: dict[str, Any], kinds: Sequence[str]) -> list[Row]:
    count = len(document["ends"])
    rows: list[Row] = []
    for place, event in enumerate(_list(document, "events"), 1):
        where = f"event {place}"
        if not isinstance(event, list) or len(event) != 5:
            raise _Wrong(f"{where} is [at, end, kind, data, note]")
        at, end, kind, data, note = event
        _checked({"at": at}, "at", (int, float), where)
        _checked({"end": end}, "end", (int,), where)
        if not 1 <= end <= count:
            raise _Wrong(f"{where} is of end {end}; there are {count}")
        if kind not in kinds:
            raise _Wrong(f"{where} is of an unknown kind: {reprlib.repr(kind)}")
        if not isinstance(data, str) or not _is_text(note):
            raise _Wrong(f"{where}: data and note are text")
        try:
            rows.append((float(at), end, kind, base64.b64decode(data, validate=True), note))
        except (binascii.Error, ValueError):
            raise _Wrong(f"{where}: its data is not base64") from None
    return rows


def _checked(values: Mapping[str, Any], name: str, kinds: tuple[type, ...], where: str) -> Any:
    value = values.get(name)
    if type(value) not in kinds:  # not isinstance, because True is an int
        raise _Wrong(f"{where}: {name} is {reprlib.repr(value)}")
    if isinstance(value, int | float) and not 0 <= value <= MOST:  # False for NaN, too
        raise _Wrong(f"{where}: {name} is {reprlib.repr(value)}")
    if isinstance(value, str) and not _is_text(value):
        raise _Wrong(f"{where}: {name} is {reprlib.repr(value)}")
    return value


def _is_text(value: object) -> bool:
    """Whether it can be encoded: JSON may hold half of a surrogate pair, which UTF-8 cannot."""
    if not isinstance(value, str):
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _list(document: Mapping[str, Any], name: str) -> list[Any]:
    value = document.get(name)
    if not isinstance(value, list):
        raise _Wrong(f"{name} is not a list")
    return value


def _is_pair(pair: Any) -> bool:
    return isinstance(pair, list) and len(pair) == 2 and all(map(_is_text, pair))
