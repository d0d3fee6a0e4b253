r"""A packet's JSON: what JavaScript would write, and bytes taken out of it.      Socket.IO rev. 5

    ["file", b"\\x01\\x02"]  ->  '["file",{"_placeholder":true,"num":0}]'  and  [b"\\x01\\x02"]

    Python                       JSON
    NaN, Infinity, -Infinity     null, as JSON.stringify writes them
    datetime                     "2026-11-30T21:05:00.000Z"; one without a zone is local time
    half of a surrogate pair     \\ud800, since UTF-8 has no bytes for it
    bytes                        a placeholder; the bytes travel after the text

Lesson 09.  Builds on: nothing.  Used by: `packet`.
New here: nothing searches a value for bytes.  An encoder asks `default` about what JSON does not
have, in the order of the text, and that is where they are found.
Left out: attachments whose placeholders are put back; see `packet`.
"""

from __future__ import annotations

import datetime
import enum
import json
import math
import re
from collections.abc import Callable
from typing import Any, NoReturn

from ...errors import RemoteError

try:  # a C library, if it is installed: echo 1.5 to 2 times as fast
    import orjson
except ImportError:
    orjson = None  # type: ignore[assignment, unused-ignore]

PARSE_ERROR = 400  # the code of our RemoteErrors
SHOWN = 40  # characters of a peer's text that an error quotes
SURROGATE = re.compile("[\ud800-\udfff]")
Hook = Callable[[Any], Any]


class Json:
    """How values become text, and text values.

    `default(value)` gives something that JSON has for a value that it has not.
    `object_hook(dict)` gives what an object of the text becomes.
    """

    __slots__ = ("_default", "_encoder", "_found", "_loads", "_loads_slowly", "_options")

    def __init__(self, *, default: Hook | None = None, object_hook: Hook | None = None) -> None:
        self._default = default
        self._found: list[bytes] | None = None
        self._encoder = json.JSONEncoder(
            ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=self._other
        )
        decoder = json.JSONDecoder(
            object_hook=object_hook, parse_int=_whole, parse_constant=_no_constant
        )
        self._loads: Callable[[str], Any] = decoder.decode
        self._loads_slowly = self._loads  # the last word on what is JSON
        self._options = 0
        if orjson is not None:
            self._options = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS
            if object_hook is None:
                self._loads = orjson.loads

    def dumps(self, value: Any, attachments: list[bytes] | None = None) -> str:
        """The value as text; its bytes are appended to `attachments`.

        Raises TypeError or ValueError for what JSON does not have: a set, a circle, bytes where
        `attachments` is None.
        """
        before, self._found = self._found, attachments  # `default` may encode something, too
        try:
            if orjson is not None:
                start = len(attachments) if attachments else 0
                try:
                    return orjson.dumps(value, self._other, self._options).decode()
                except TypeError:
                    if attachments:
                        del attachments[start:]
            return self._slowly(value)
        finally:
            self._found = before

    def _slowly(self, value: Any) -> str:
        """The last word on what can be encoded, and how."""
        start = len(self._found) if self._found else 0
        try:
            try:
                text = self._encoder.encode(value)
            except ValueError:  # NaN, an infinity, or a circle
                if self._found:
                    del self._found[start:]
                text = self._encoder.encode(_finite(value))
        except RecursionError:
            raise ValueError("a value that holds itself, or is nested too deeply") from None
        if not text.isascii():
            try:
                text.encode()
            except UnicodeEncodeError:
                text = SURROGATE.sub(lambda half: f"\\u{ord(half[0]):04x}", text)
        return text

    def _other(self, value: Any) -> Any:
        """What stands in the text for a value that JSON does not have."""
        if isinstance(value, bytes | bytearray | memoryview):
            if self._found is None:
                raise TypeError("bytes cannot stand here: only events and answers carry them")
            self._found.append(bytes(value))
            return {"_placeholder": True, "num": len(self._found) - 1}
        if isinstance(value, datetime.datetime):
            moment = value.astimezone(datetime.UTC)
            return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"
        if isinstance(value, datetime.date):
            return value.isoformat()
        if isinstance(value, enum.Enum):
            return value.value
        if isinstance(value, tuple):  # a named one
            return list(value)
        kind = type(value)
        if kind.__module__ == "uuid":  # orjson does not ask about these
            return str(value)
        if self._default is not None:
            return self._default(value)
        name = (
            kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"
        )
        raise TypeError(f"JSON has nothing for a value of the type {name}: {value!r:.60}")

    def loads(self, text: str) -> Any:
        """The value of a peer's text.  Raises RemoteError for what is not JSON."""
        try:
            return self._loads(text)
        except (ValueError, RecursionError):  # orjson refuses half of a surrogate pair
            pass
        try:
            return self._loads_slowly(text)
        except RecursionError as error:
            raise RemoteError("JSON that is nested too deeply", PARSE_ERROR) from error
        except ValueError as error:
            raise RemoteError(f"not JSON: {text[:SHOWN]!r}", PARSE_ERROR) from error


def _whole(digits: str) -> int | float:
    """A whole number; beyond 64 bits a float, as orjson reads it, and JavaScript any number."""
    if len(digits) <= 20 and -(1 << 63) <= (number := int(digits)) < 1 << 64:
        return number
    return float(digits)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _finite(value: Any) -> Any:
    """The value with None for each number that JSON does not have."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {name: _finite(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return value


JSON = Json()
