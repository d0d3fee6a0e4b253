"""What the request for a WebSocket must have, and how a bad one is refused.  RFC 6455 §4.2.1, §4.4

Lesson 03.  Builds on: `wire.http.http11`, `wire.http.header_lists`.  Used by: `handshake`,
`net.ws_server`, `net.ws`.

    GET /chat HTTP/1.1                 else 405, 505
    Upgrade: websocket                 else 426, or 400 when it offers other protocols
    Connection: keep-alive, Upgrade    else 400
    Sec-WebSocket-Version: 13          else 426
    Sec-WebSocket-Key: (16 bytes)      else 400

New here: a refusal says what came and what was expected, with the header lines that its status
requires, and it ends the connection: an impatient client may have sent frames already, and the
server must not parse those as the next request.
Left out: origin, subprotocol and extensions: those are choices, see `handshake`.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence

from ...errors import LocalError, RemoteError
from ..http import header_lists, http11

BAD_REQUEST, FORBIDDEN, METHOD_NOT_ALLOWED = 400, 403, 405
UPGRADE_REQUIRED, BAD_VERSION = 426, 505
VERSION = "13"
SHOWN = 80  # characters of a peer's value that an error quotes

# RFC 9110 §15.5.22: "The server MUST send an Upgrade header field in a 426 response".
# RFC 6455 §4.4: it MUST also list the versions of WebSocket that it speaks.
_OFFER = (("Upgrade", "websocket"), ("Sec-WebSocket-Version", VERSION))


class Refused(RemoteError):
    """A request for a WebSocket that is refused with status `code` and the lines `headers`."""

    def __init__(self, message: str, code: int, headers: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(message, code)
        self.headers = tuple(headers)


def refusal(error: RemoteError) -> http11.Response:
    """The response to a request that `handshake.answer` refused; it closes the connection."""
    more = error.headers if isinstance(error, Refused) else ()
    # RFC 9110 §7.8: "A sender of Upgrade MUST also send an 'Upgrade' connection option".
    upgrade = any(name == "Upgrade" for name, _ in more)
    pairs = [
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Connection", "Upgrade, close" if upgrade else "close"),
        *more,
    ]
    return http11.Response(error.code, http11.Headers(pairs), f"{error}\n".encode())


def meant(headers: http11.Headers) -> bool:
    """Is the request for a WebSocket, even a faulty one?  Then its refusal names the fault."""
    words = (headers.get("upgrade") or "").lower().split(",")
    return "sec-websocket-key" in headers or "websocket" in [word.strip() for word in words]


def single(headers: http11.Headers, name: str) -> str | None:
    """The value of a header line that may stand once only; None if it is missing."""
    values = headers.get_all(name)
    if len(values) > 1:
        raise Refused(f"{len(values)} lines of {name}, where one is allowed", BAD_REQUEST)
    return values[0] if values else None


def check_start_line(request: http11.Request) -> None:
    # RFC 6455 §4.1: "The method of the request MUST be GET, and the HTTP version MUST be at least
    # 1.1."
    if request.method != "GET":
        # RFC 9110 §15.5.6: "The origin server MUST generate an Allow header field".
        raise Refused(
            f"a WebSocket begins with GET, not with {request.method[:SHOWN]}",
            METHOD_NOT_ALLOWED,
            [("Allow", "GET")],
        )
    if request.version == "1.0":
        raise Refused("a WebSocket begins with HTTP/1.1, not HTTP/1.0", BAD_VERSION)


def check_upgrade(headers: http11.Headers) -> None:
    """Check Upgrade and Connection, which are both lists."""
    offer, options = headers.get("upgrade"), headers.get("connection")
    if offer is None:
        raise Refused(
            "here is a WebSocket, and this request has no 'Upgrade: websocket': "
            "open it with a WebSocket client, or with new WebSocket(url) in a page",
            UPGRADE_REQUIRED,
            _OFFER,
        )
    # RFC 6455 §4.2.1: "An |Upgrade| header field containing the value 'websocket', treated as an
    # ASCII case-insensitive value."
    protocols = [word.lower() for word in header_lists.parse_protocols(offer)]
    if "websocket" not in protocols:
        raise Refused(f"Upgrade is {offer[:SHOWN]!r}, expected 'websocket' in it", BAD_REQUEST)
    # "A |Connection| header field that includes the token 'Upgrade', treated as an ASCII
    # case-insensitive value."
    words = header_lists.parse_tokens(options, "Connection") if options is not None else []
    tokens = [word.lower() for word in words]
    if "upgrade" not in tokens:
        came = "missing" if options is None else repr(options[:SHOWN])
        raise Refused(
            f"Connection is {came}, expected 'Upgrade' in it; a proxy on the way may have "
            "changed it: it has to be told to pass on Upgrade and Connection",
            BAD_REQUEST,
        )
    if "close" in tokens:
        raise Refused("Connection has both 'Upgrade' and 'close': which one?", BAD_REQUEST)


def check_version(headers: http11.Headers) -> None:
    # RFC 6455 §4.2.2: "If this version does not match a version understood by the
    # server, the server MUST abort the WebSocket handshake ... and instead send an
    # appropriate HTTP error code (such as 426 Upgrade Required) and a
    # |Sec-WebSocket-Version| header field".
    version = single(headers, "Sec-WebSocket-Version")
    if version != VERSION:
        came = "missing" if version is None else repr(version[:SHOWN])
        said = f"Sec-WebSocket-Version is {came}, expected '{VERSION}'"
        raise Refused(said, UPGRADE_REQUIRED, _OFFER)


def key(headers: http11.Headers) -> str:
    """The value of Sec-WebSocket-Key."""
    value = single(headers, "Sec-WebSocket-Key")
    if value is None:
        raise Refused("Sec-WebSocket-Key is missing", BAD_REQUEST)
    fault = key_fault(value)
    if fault:
        raise Refused(f"Sec-WebSocket-Key {value[:SHOWN]!r} {fault}", BAD_REQUEST)
    return value


def key_fault(value: str) -> str:
    """What is wrong with a key, in words; "" if nothing is."""
    # RFC 6455 §4.2.1: "A |Sec-WebSocket-Key| header field with a base64-encoded ... value that,
    # when decoded, is 16 bytes in length."
    try:
        size = len(base64.b64decode(value, validate=True))
    except ValueError:
        return "is not base64, expected 16 bytes in base64"
    return "" if size == 16 else f"is {size} bytes in base64, expected 16"


def check_subprotocols(names: Sequence[str]) -> None:
    """LocalError unless each of these names is a token, and stands there only once."""
    if isinstance(names, str):
        raise LocalError(f"subprotocols is a list: write [{names!r}]")
    for name in names:
        if not header_lists.is_token(name):
            raise LocalError(f"{name!r} cannot be a subprotocol: it is not a token")
    if len(set(names)) < len(names):
        raise LocalError(f"a subprotocol stands twice in {list(names)!r}")


def subprotocols(headers: http11.Headers) -> list[str]:
    """The subprotocols that the client asks for, in its order."""
    value = headers.get("sec-websocket-protocol")
    if value is None:
        return []
    names = header_lists.parse_tokens(value, "Sec-WebSocket-Protocol")
    # RFC 6455 §4.1: "The elements that comprise this value MUST be non-empty strings ... and MUST
    # all be unique strings."
    if len(set(names)) < len(names):
        raise Refused(
            f"Sec-WebSocket-Protocol {value[:SHOWN]!r} names a subprotocol twice", BAD_REQUEST
        )
    return names
