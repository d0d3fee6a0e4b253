"""Header values that are lists: tokens, and extensions with their parameters.  RFC 6455 §9.1

Lesson 03.  Builds on: `http11`.  Used by: `wire.websocket.handshake`,
`wire.websocket.handshake_request`.

    Connection: keep-alive, Upgrade                         token, token
    Sec-WebSocket-Extensions: a; x; y=1, b; z="2"           a with x and y=1, b with z=2
                              -------- item ---- , item

New here: such a value is parsed, not searched.  "Upgrade" stands in "no-upgrade" too, and a comma
may stand in a quoted string, so neither `in` nor `split` is enough.
Left out: comments; what an extension's parameters mean (see `wire.websocket.deflate_offers`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from ...errors import LocalError, RemoteError
from . import http11

BAD_REQUEST = 400
SHOWN = 80  # characters of a peer's value that an error quotes
MANY = 100  # members of a list, parameters included; a head of 1 MB would hold half a million

Parameters = list[tuple[str, str | None]]
Extensions = list[tuple[str, Parameters]]

_TOKEN = re.compile(http11.TOKEN)
_PROTOCOL = re.compile(rf"{http11.TOKEN}(?:/{http11.TOKEN})?")  # RFC 9110 §7.8: name["/"version]
_GAP = re.compile(r"[ \t,]*+")  # RFC 9110 §5.6.1.2: "MUST parse and ignore ... empty list elements"
_SPACE = r"[ \t]*+"
_SPACES = re.compile(_SPACE)
_QUOTED = r'"((?:[\t \x21\x23-\x5b\x5d-\x7e\x80-\xff]|\\[\t \x21-\x7e\x80-\xff])*+)"'
_PART = re.compile(
    rf"{_SPACE}({http11.TOKEN}){_SPACE}(?:(=){_SPACE}(?:({http11.TOKEN})|{_QUOTED}){_SPACE})?"
)


def parse_tokens(value: str, header: str, *, limit: int = MANY) -> list[str]:
    """The members of a list such as Connection, as they are written.  RemoteError 400."""
    return _parse_list(_TOKEN, value, header, limit)


def parse_protocols(value: str, header: str = "Upgrade", *, limit: int = MANY) -> list[str]:
    """The members of Upgrade: a name, perhaps with "/" and a version.  RemoteError 400."""
    return _parse_list(_PROTOCOL, value, header, limit)


def _parse_list(member: re.Pattern[str], value: str, header: str, limit: int) -> list[str]:
    found: list[str] = []
    position = _skip(_GAP, value, 0)
    while position < len(value):
        match = member.match(value, position)
        if match is None:
            raise _bad(header, value, position, "a token")
        if len(found) == limit:
            raise _too_many(header, limit)
        found.append(match[0])
        position = _skip(_SPACES, value, match.end())
        if position < len(value) and value[position] != ",":
            raise _bad(header, value, position, "a comma")
        position = _skip(_GAP, value, position)
    if not found:
        raise _bad(header, value, position, "a token")
    return found


def parse_extensions(
    value: str, header: str = "Sec-WebSocket-Extensions", *, limit: int = MANY
) -> Extensions:
    """`'a; x; y="1", b'` -> `[("a", [("x", None), ("y", "1")]), ("b", [])]`.  RemoteError 400."""
    found: Extensions = []
    position, behind, room = _skip(_GAP, value, 0), ",", limit
    while position < len(value) or behind == ";":
        part = _PART.match(value, position)
        if part is None:
            raise _bad(header, value, position, "a token")
        if not room:
            raise _too_many(header, limit)
        room -= 1
        name, equals, plain, quoted = part.groups()
        if behind == ";":
            found[-1][1].append((name, _unquoted(header, quoted) if plain is None else plain))
        elif equals:
            raise _bad(header, value, part.start(2), "a name alone, its parameters behind ';'")
        else:
            found.append((name, []))
        position = part.end()
        behind = value[position : position + 1]
        if behind == ",":
            position = _skip(_GAP, value, position)
        elif behind == ";":
            position += 1
        elif behind:
            wanted = "a token or a quoted string behind it" if behind == "=" else "',' or ';'"
            raise _bad(header, value, position, wanted)
    if not found:
        raise _bad(header, value, position, "a token")
    return found


def _unquoted(header: str, quoted: str | None) -> str | None:
    """The text between the quotes, without the backslashes.  None stays None."""
    if quoted is None:
        return None
    text = re.sub(r"\\(.)", r"\1", quoted)
    # RFC 6455 §9.1: "When using the quoted-string syntax variant, the value after quoted-string
    # unescaping MUST conform to the 'token' ABNF."
    if not _TOKEN.fullmatch(text):
        raise RemoteError(f"bad {header}: {text[:SHOWN]!r} in quotes is no token", BAD_REQUEST)
    return text


def format_extensions(extensions: Iterable[tuple[str, Sequence[tuple[str, str | None]]]]) -> str:
    """The reverse of `parse_extensions`, without quotes.  LocalError for what is not a token."""
    items = []
    for name, parameters in extensions:
        words = [name, *(word for pair in parameters for word in pair if word is not None)]
        for word in words:
            if not _TOKEN.fullmatch(word):
                raise LocalError(f"{word!r} is not a token: no extension can say it")
        pairs = [key if text is None else f"{key}={text}" for key, text in parameters]
        items.append("; ".join([name, *pairs]))
    return ", ".join(items)


def is_token(text: str) -> bool:
    """Whether `text` is a legal token, and so not empty.  RFC 9110 §5.6.2."""
    return _TOKEN.fullmatch(text) is not None


def _skip(pattern: re.Pattern[str], value: str, position: int) -> int:
    match = pattern.match(value, position)
    return match.end() if match else position


def _too_many(header: str, limit: int) -> RemoteError:
    return RemoteError(f"bad {header}: more than {limit} members", BAD_REQUEST)


def _bad(header: str, value: str, position: int, expected: str) -> RemoteError:
    position = _skip(_SPACES, value, position)
    if position >= len(value):
        return RemoteError(
            f"bad {header} {value[:SHOWN]!r}: it ends before {expected}", BAD_REQUEST
        )
    return RemoteError(
        f"bad {header} {value[:SHOWN]!r}: {value[position]!r} at character {position + 1}, "
        f"expected {expected}",
        BAD_REQUEST,
    )
