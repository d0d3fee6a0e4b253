"""HTTP messages as values: headers, request, response.            RFC 9110 §5-§7

Lesson 01.  Builds on: nothing.  Used by: `http11`, where these become bytes, and the
rest of `wire.http`.

    Request    method  target  headers  body      from the client
    Response   status  reason  headers  body      from the server

New here: header names compare without case, and a message says whether another may follow it on its
connection.
Left out: streamed bodies (a message is whole), trailers.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, unquote_plus, urlsplit

Pairs = list[tuple[str, str]]


@functools.lru_cache(maxsize=128)  # most values repeat: 0.1 µs instead of 0.9
def tokens(value: str) -> tuple[str, ...]:
    """The members of a list, in lower case: `"keep-alive, Upgrade"` has two."""
    return tuple(token for part in value.split(",") if (token := part.strip(" \t").lower()))


class Headers:
    """Header lines in the order they came; names compare without case.  Immutable.

    >>> Headers({"Host": "a"})["host"]
    'a'
    """

    __slots__ = ("_index", "_pairs")

    def __init__(self, pairs: Mapping[str, str] | Iterable[tuple[str, str]] = ()) -> None:
        if type(pairs) is not list and isinstance(pairs, Mapping):  # an ABC's check costs 0.3 µs
            pairs = pairs.items()
        self._pairs: Pairs = list(pairs)
        self._index: dict[str, str] | None = None

    def by_name(self) -> Mapping[str, str]:
        """Lower-case name -> value.  A lookup here costs 0.03 µs, in `get` 0.2."""
        if self._index is not None:
            return self._index
        index = {name.lower(): value for name, value in self._pairs}
        if len(index) < len(self._pairs):  # a name came twice
            lines: dict[str, list[str]] = {}
            for name, value in self._pairs:
                lines.setdefault(name.lower(), []).append(value)
            index = {name: ", ".join(values) for name, values in lines.items()}
        self._index = index
        return index

    def __getitem__(self, name: str) -> str:
        return self.by_name()[name.lower()]

    def get(self, name: str, default: str | None = None) -> str | None:
        """The value of `name`; repeated lines are joined with ", " (RFC 9110 §5.3)."""
        return self.by_name().get(name.lower(), default)

    def get_all(self, name: str) -> list[str]:
        """The value of each line called `name`."""
        wanted = name.lower()
        return [value for name, value in self._pairs if name.lower() == wanted]

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self.get(name) is not None

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._pairs)

    def __len__(self) -> int:
        return len(self._pairs)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Headers):
            return NotImplemented
        return self._folded() == other._folded()

    def __hash__(self) -> int:
        return hash(tuple(self._folded()))

    def _folded(self) -> Pairs:
        return [(name.lower(), value) for name, value in self._pairs]

    def __repr__(self) -> str:
        return f"Headers({self._pairs!r})"


class Message:
    """What requests and responses share: a version, headers and a body."""

    __slots__ = ()
    version: str
    headers: Headers
    body: bytes

    @property
    def keep_alive(self) -> bool:
        """May another message follow on this connection?  (RFC 9112 §9.3)"""
        connection = self.headers.by_name().get("connection")
        if connection is None:
            return self.version != "1.0"
        options = tokens(connection)
        return "close" not in options and (self.version != "1.0" or "keep-alive" in options)

    @property
    def upgrade(self) -> str:
        """The protocol offered or chosen, as "websocket"; "" if none, or if it must be ignored."""
        # RFC 9110 §7.8: "A server MUST ignore an Upgrade header field that is received in an
        # HTTP/1.0 request."  "A sender of Upgrade MUST also send an 'Upgrade' connection option".
        fields = self.headers.by_name()
        offer = fields.get("upgrade")
        if not offer or self.version == "1.0":
            return ""
        return offer.lower() if "upgrade" in tokens(fields.get("connection", "")) else ""

    def text(self) -> str:
        """The body as text: UTF-8, or the charset that Content-Type names."""
        kind = (self.headers.get("content-type") or "").lower()
        charset = re.search(r"""charset=["']?([\w.:-]+)""", kind)
        try:
            return self.body.decode(charset[1] if charset else "utf-8", "replace")
        except LookupError:
            return self.body.decode("utf-8", "replace")

    def json(self) -> Any:
        """The body as JSON.  Raises ValueError if it is not."""
        return json.loads(self.body)


@dataclass(slots=True)
class Request(Message):
    """What a client sends.  `target` is as in the start line; `peer` is "host:port", if known."""

    method: str
    target: str
    headers: Headers = field(default_factory=Headers)
    body: bytes = b""
    version: str = "1.1"
    peer: str = ""

    def __post_init__(self) -> None:
        if type(self.headers) is not Headers:  # a notebook may pass a dict
            self.headers = Headers(self.headers)

    @property
    def path(self) -> str:
        """The target's path, percent-decoded, without the query."""
        path = self.target.partition("?")[0]
        if path[:1] != "/" and "://" in path:  # absolute-form, RFC 9112 §3.2.2
            path = urlsplit(path).path or "/"
        return unquote(path) if "%" in path else path

    @property
    def query(self) -> dict[str, str]:
        """The target's query; of a repeated name the first counts, as in `URLSearchParams.get`."""
        found: dict[str, str] = {}
        for part in self.target.partition("?")[2].split("&"):
            if part:
                name, _, value = part.partition("=")
                if "%" in part or "+" in part:
                    name, value = unquote_plus(name), unquote_plus(value)
                found.setdefault(name, value)
        return found

    @property
    def host(self) -> str:
        """The host and port meant.  An absolute target overrides Host (RFC 9112 §3.2.2)."""
        if self.target[:1] != "/" and "://" in self.target:
            return urlsplit(self.target).netloc
        return self.headers.get("host") or ""


@dataclass(slots=True)
class Response(Message):
    """What a server sends.  An empty `reason` is sent as the standard phrase of `status`."""

    status: int
    headers: Headers = field(default_factory=Headers)
    body: bytes = b""
    reason: str = ""
    version: str = "1.1"

    def __post_init__(self) -> None:
        if type(self.headers) is not Headers:
            self.headers = Headers(self.headers)
