"""The opening handshake: an HTTP request becomes a WebSocket.    RFC 6455 §1.3, §4

Lesson 03.  Builds on: `handshake_request`, `origin`, `url`, `wire.http.http11`,
`wire.http.header_lists`.  Used by: `net.ws_server`, `net.ws_client`, `net.ws_options`.

    GET /chat HTTP/1.1                            HTTP/1.1 101 Switching Protocols
    Host: chat.example                            Upgrade: websocket
    Upgrade: websocket                            Connection: Upgrade
    Connection: Upgrade                           Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==                         ^
    Sec-WebSocket-Version: 13          |                                |
    Origin: http://chat.example        +---- base64(SHA-1(key + GUID)) -+

New here: both ends prove that they speak WebSocket before a frame is sent, so that neither a plain
web server nor a cache can be tricked into it; and the server learns the origin of the page.
The proof authenticates nobody: cookies, tokens and the origin decide whether a client may connect.
Left out: following a redirect, sending credentials after 401, WebSocket over HTTP/2 (RFC 8441).
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...errors import LocalError, RemoteError
from ..http import header_lists, http11
from ..http.header_lists import Extensions, format_extensions, parse_extensions
from . import handshake_request
from . import origin as page_origin
from . import url as websocket_url
from .handshake_request import Refused, refusal
from .origin import Allow

__all__ = [
    "Agreement",
    "Refused",
    "accept",
    "agreed",
    "answer",
    "format_extensions",
    "origin_allowed",
    "parse_extensions",
    "refusal",
    "request",
    "verify",
]

BAD_ANSWER = 400
SAID = 200  # characters of a response's body, such as a page, that an error quotes
GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455 §1.3; no other protocol uses it

Choose = Callable[[Extensions], str | None]  # what the client offers -> what we accept
Read = Callable[[Extensions], Any]  # what the server accepted -> what it means


@dataclass(slots=True)
class Agreement:
    """What the two ends agreed on.  `extensions` is what the function `extensions` returned."""

    subprotocol: str | None = None
    extensions: Any = None


def accept(key: str) -> str:
    """The value of Sec-WebSocket-Accept that answers `key`, which is not decoded.  §4.2.2.

    >>> accept("dGhlIHNhbXBsZSBub25jZQ==")
    's3pPLMBiTxaQ9kYGzzhZRbK+xOo='
    """
    digest = hashlib.sha1((key + GUID).encode(), usedforsecurity=False).digest()
    return base64.b64encode(digest).decode("ascii")


def origin_allowed(origin: str | None, host: str, allow: Allow) -> bool:
    """May a page of this origin open a WebSocket here?  RFC 6455 §10.2, RFC 6454 §7.

    `allow`: None for the pages of this server, whose Host is `host`; "*" for all; else a
    list of origins, and those alone.  They are compared whole and as written, case and port
    included.  A browser sends Origin in every handshake: without one the client is no browser.
    """
    if origin is None or allow == "*":
        return True
    if allow is None:
        allow = page_origin.own(host)
    # Every sandboxed page sends "null", so that "null" identifies no page.
    return origin != "null" and origin in ([allow] if isinstance(allow, str) else allow)


def answer(
    request: http11.Request,
    *,
    origins: Allow = None,
    subprotocols: Sequence[str] = (),
    extensions: Choose | None = None,
    secure: bool = False,
) -> http11.Response:
    """The 101 to a request for a WebSocket.  RemoteError: send `refusal(error)` instead.

    `origins`: see `origin_allowed`.  `secure`: this connection is TLS, so our own pages are https.
    `subprotocols`: the first of these that the client asked for is chosen; if there is none, none
    is, and the client may disconnect.  `extensions(offers)` returns the value of
    Sec-WebSocket-Extensions, or None.  `agreed(response)` says what was agreed on.
    """
    handshake_request.check_subprotocols(subprotocols)
    headers = request.headers
    handshake_request.check_start_line(request)
    handshake_request.check_upgrade(headers)
    handshake_request.check_version(headers)
    key = handshake_request.key(headers)
    _check_origin(request, origins, secure)
    pairs = [
        ("Upgrade", "websocket"),
        ("Connection", "Upgrade"),
        ("Sec-WebSocket-Accept", accept(key)),
    ]
    # RFC 6455 §4.2.2: "The value chosen MUST be derived from the client's handshake, specifically
    # by selecting one of the values from the |Sec-WebSocket-Protocol| field".
    asked = handshake_request.subprotocols(headers)
    chosen = next((name for name in subprotocols if name in asked), None)
    if chosen is not None:
        pairs.append(("Sec-WebSocket-Protocol", chosen))
    offers = headers.get("sec-websocket-extensions")
    if offers is not None:
        parsed = parse_extensions(offers)
        accepted = extensions(parsed) if extensions is not None else None
        if accepted:
            pairs.append(("Sec-WebSocket-Extensions", accepted))
    return http11.Response(101, http11.Headers(pairs))


def _check_origin(request: http11.Request, origins: Allow, secure: bool) -> None:
    """Refuse a foreign origin with 403, before the connection is a WebSocket."""
    sent, host = handshake_request.single(request.headers, "Origin"), request.host
    own = page_origin.own(host, ("https",) if secure else ("http", "https"))
    # Over TLS an http page is not ours: an attacker on the path may have written it.
    allow = own if secure and origins is None else origins
    if not origin_allowed(sent, host, allow):
        expected = " or ".join(own) if origins is None else "one that is listed"
        raise Refused(
            f"Origin is {(sent or '')[: handshake_request.SHOWN]!r}, expected {expected}: "
            "the server lists in origins=[…] whose pages may connect",
            handshake_request.FORBIDDEN,
        )


def request(
    url: str,
    key: str,
    *,
    origin: str | None = None,
    subprotocols: Sequence[str] = (),
    extensions: str = "",
    headers: Mapping[str, str] | Iterable[tuple[str, str]] = (),
) -> http11.Request:
    """The request for a WebSocket at `url`.  Raises LocalError.

    `key` is base64 of 16 fresh random bytes, `extensions` the value of Sec-WebSocket-Extensions.
    `headers` are added; a Host or an Authorization there overrides that of the URL.
    """
    address = websocket_url.parse(url)
    if fault := handshake_request.key_fault(key):
        raise LocalError(f"the key {key!r} {fault}")
    handshake_request.check_subprotocols(subprotocols)
    more = http11.Headers(headers)
    pairs = [
        ("Host", more.get("host") or address.authority),
        ("Upgrade", "websocket"),
        ("Connection", "Upgrade"),
        ("Sec-WebSocket-Key", key),
        ("Sec-WebSocket-Version", handshake_request.VERSION),
    ]
    if origin is not None:
        pairs.append(("Origin", origin))
    if subprotocols:
        pairs.append(("Sec-WebSocket-Protocol", ", ".join(subprotocols)))
    if extensions:
        pairs.append(("Sec-WebSocket-Extensions", extensions))
    if address.authorization and "authorization" not in more:
        pairs.append(("Authorization", address.authorization))
    taken = [name.lower() for name, _ in pairs if name not in ("Host", "Authorization")]
    for name, value in more:
        if not isinstance(name, str):
            raise LocalError(f"a header's name is text, not {name!r}")
        if name.lower() in taken or name.lower().startswith("sec-websocket-"):
            raise LocalError(f"{name} is for the handshake to write")
        if name.lower() != "host":
            pairs.append((name, value))
    return http11.Request("GET", address.target, http11.Headers(pairs))


def verify(
    response: http11.Response,
    key: str,
    *,
    subprotocols: Sequence[str] = (),
    extensions: Read | None = None,
) -> Agreement:
    """What the server agreed to.  RemoteError names what is wrong with its response.  §4.1.

    `subprotocols` are those that were asked for.  `extensions(accepted)` returns what these mean,
    and raises RemoteError when they were not offered; pass None if none was offered.  The error's
    code is the status of a response other than 101, else 400.
    """
    _check_switch(response)
    # RFC 6455 §4.1: "If the response lacks a |Sec-WebSocket-Accept| header field or the
    # |Sec-WebSocket-Accept| contains a value other than the base64-encoded SHA-1 of the
    # concatenation of the |Sec-WebSocket-Key| ... with the string '258EAFA5-...' but ignoring any
    # leading and trailing whitespace, the client MUST _Fail the WebSocket Connection_."
    proof, expected = _single(response, "Sec-WebSocket-Accept"), accept(key)
    if proof is None or proof.strip() != expected:
        raise _bad("Sec-WebSocket-Accept", proof, f"{expected!r}, the answer to the key {key!r}")
    agreement = agreed(response, extensions)
    # "If the response includes a |Sec-WebSocket-Protocol| header field and this header field
    # indicates the use of a subprotocol that was not present in the client's handshake ..., the
    # client MUST _Fail the WebSocket Connection_."
    chosen = agreement.subprotocol
    if chosen is not None and chosen not in subprotocols:
        asked = ", ".join(subprotocols)
        raise _bad(
            "Sec-WebSocket-Protocol", chosen, f"one of {asked}" if asked else "none to be chosen"
        )
    return agreement


def agreed(response: http11.Response, extensions: Read | None = None) -> Agreement:
    """What a 101 says was agreed on.  The server may read its own 101 with it."""
    subprotocol = _single(response, "Sec-WebSocket-Protocol")
    value = _single(response, "Sec-WebSocket-Extensions")
    if value is None:
        return Agreement(subprotocol)
    # RFC 6455 §4.1: "If the response includes a |Sec-WebSocket-Extensions| header field and this
    # header field indicates the use of an extension that was not present in the client's handshake
    # ..., the client MUST _Fail the WebSocket Connection_."
    if extensions is None:
        raise _bad("Sec-WebSocket-Extensions", value, "none: none was offered")
    return Agreement(subprotocol, extensions(parse_extensions(value)))


def _bad(name: str, value: str | None, expected: str) -> RemoteError:
    """The error for a header line of the response."""
    came = "is missing" if value is None else f"is {value[: handshake_request.SHOWN]!r}"
    return RemoteError(f"the server's {name} {came}, expected {expected}", BAD_ANSWER)


def _check_switch(response: http11.Response) -> None:
    """RemoteError unless this is a 101 that switches to WebSocket."""
    if response.status != 101:
        raise _not_switched(response)
    # RFC 6455 §4.1: "If the response lacks an |Upgrade| header field or the |Upgrade| header field
    # contains a value that is not an ASCII case-insensitive match for the value 'websocket', the
    # client MUST _Fail the WebSocket Connection_."
    upgrade = response.headers.get("upgrade")
    if upgrade is None or upgrade.lower() != "websocket":
        raise _bad("Upgrade", upgrade, "'websocket'")
    # The same "if the |Connection| header field doesn't contain a token that is an ASCII
    # case-insensitive match for the value 'Upgrade'".
    options = response.headers.get("connection")
    words = header_lists.parse_tokens(options, "Connection") if options is not None else []
    if "upgrade" not in [word.lower() for word in words]:
        raise _bad("Connection", options, "'Upgrade' in it")


def _single(response: http11.Response, name: str) -> str | None:
    """The value of a header line that may stand once only; None if it is missing."""
    # RFC 6455 §11.3.2 to §11.3.4: each "MUST NOT appear more than once in an HTTP response".
    values = response.headers.get_all(name)
    if len(values) > 1:
        raise RemoteError(
            f"the server sent {len(values)} lines of {name}, where one is allowed", BAD_ANSWER
        )
    return values[0] if values else None


def _not_switched(response: http11.Response) -> RemoteError:
    """The error for another status; it quotes the Location of a redirect, or the body."""
    status = f"{response.status} {response.reason or http11.REASONS.get(response.status, '')}"
    where = response.headers.get("location") if 300 <= response.status < 400 else None
    says = "".join(letter if letter.isprintable() else " " for letter in where or response.text())
    says = " ".join(says.split())[:SAID]  # one line, without control characters
    text = f"the server answered {status.strip()}, expected 101"
    return RemoteError(f"{text}: {says}" if says else text, response.status)
