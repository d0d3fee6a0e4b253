"""What the answer to a client's handshake must have.             RFC 6455 §4.1

Lesson 03.  Builds on: `wire.http11`, `wire.header_lists`.  Used by: `wire.handshake`.

    HTTP/1.1 101 Switching Protocols         else: the server said no, and why
    Upgrade: websocket                       this alone
    Connection: Upgrade                      this among others
    Sec-WebSocket-Accept: s3pPLMBi...        the proof; compared in `wire.handshake`

New here: the client checks as much as the server does.  What answers at this address may be a web
server that knows nothing of WebSocket, or a cache with somebody else's answer.
Left out: following a redirect, answering 401 with credentials.
"""

from __future__ import annotations

from ..errors import RemoteError
from . import header_lists, http11

BAD_ANSWER = 400
SHOWN = 80  # characters of a peer's value that an error quotes
SAID = 200  # characters of a body, which may be a page, that an error quotes


def bad(name: str, value: str | None, expected: str) -> RemoteError:
    """The error for a header line of the answer."""
    came = "is missing" if value is None else f"is {value[:SHOWN]!r}"
    return RemoteError(f"the server's {name} {came}, expected {expected}", BAD_ANSWER)


def check_switch(response: http11.Response) -> None:
    """101, and both lists say what it switches to."""
    if response.status != 101:
        raise _not_switched(response)
    # RFC 6455 §4.1: "If the response lacks an |Upgrade| header field or the |Upgrade| header field
    # contains a value that is not an ASCII case-insensitive match for the value 'websocket', the
    # client MUST _Fail the WebSocket Connection_."
    upgrade = response.headers.get("upgrade")
    if upgrade is None or upgrade.lower() != "websocket":
        raise bad("Upgrade", upgrade, "'websocket'")
    # The same "if the |Connection| header field doesn't contain a token that is an ASCII
    # case-insensitive match for the value 'Upgrade'".
    options = response.headers.get("connection")
    words = header_lists.parse_tokens(options, "Connection") if options is not None else []
    if "upgrade" not in [word.lower() for word in words]:
        raise bad("Connection", options, "'Upgrade' in it")


def single(response: http11.Response, name: str) -> str | None:
    """The value of a header line that may stand once only; None if it is missing."""
    # RFC 6455 §11.3.2 to §11.3.4: each "MUST NOT appear more than once in an HTTP response".
    values = response.headers.get_all(name)
    if len(values) > 1:
        raise RemoteError(
            f"the server sent {len(values)} lines of {name}, where one is allowed", BAD_ANSWER
        )
    return values[0] if values else None


def _not_switched(response: http11.Response) -> RemoteError:
    """Where the answer points, or what it says for a person to read."""
    status = f"{response.status} {response.reason or http11.REASONS.get(response.status, '')}"
    where = response.headers.get("location") if 300 <= response.status < 400 else None
    says = "".join(letter if letter.isprintable() else " " for letter in where or response.text())
    says = " ".join(says.split())[:SAID]  # one short line, without what would steer a terminal
    text = f"the server answered {status.strip()}, expected 101"
    return RemoteError(f"{text}: {says}" if says else text, response.status)
