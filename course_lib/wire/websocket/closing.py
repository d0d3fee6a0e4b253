"""How a WebSocket conversation ends: a table, and the Close frame.     RFC 6455 §5.5.1, §7

Lesson 05.  Builds on: `close_codes`.  Used by: `connection`, `net.ws_*`.

    code     reason         the payload of a Close frame: nothing, or two bytes and UTF-8
    2 bytes  0..123 bytes

          we close            peer closes                 TCP ends
    open ───────────> closing ───────────> goodbye done ───────────> closed
      └─────── peer closes (answered at once) ──^

New here: both ends send a Close frame before TCP ends (the goodbye, or closing handshake), so each
knows that the other has received everything.  An end that receives none gives up after a timeout.
Left out: closing TCP, which the server does first; see `connection`.
"""

from __future__ import annotations

from ...errors import ConnectionClosed, LocalError, RemoteError
from . import close_codes

OPEN, CLOSING, GOODBYE_DONE, CLOSED = "open", "closing", "goodbye done", "closed"

TABLE = {
    (OPEN, "we close"): CLOSING,
    (CLOSING, "peer closes"): GOODBYE_DONE,
    (GOODBYE_DONE, "TCP ends"): CLOSED,
    (OPEN, "peer closes"): GOODBYE_DONE,  # we send ours at once
    **{(state, "peer breaks the rules"): GOODBYE_DONE for state in (OPEN, CLOSING)},
    **{(state, "TCP ends"): CLOSED for state in (OPEN, CLOSING)},
    **{(state, "too late"): CLOSED for state in (OPEN, CLOSING, GOODBYE_DONE)},
}

MAX_REASON = 123  # bytes


class Closed(ConnectionClosed):
    """The end of a conversation: an event, and the error that pending calls raise.

    `code` and `reason` are those of the peer's Close frame; 1005 when that had no code.  When the
    peer broke the rules they are those that we sent to it.  1006: TCP ended without a Close frame.
    `clean`: both ends have sent a Close frame, and neither had broken a rule.
    """

    def __init__(self, code: int, reason: str = "", *, clean: bool = False) -> None:
        meaning = close_codes.MEANINGS.get(code, "the application's own")
        said = f": {reason}" if reason else ""
        super().__init__(f"closed with {code} ({meaning}){said}", code)
        self.reason = reason
        self.clean = clean

    @property
    def expected(self) -> bool:
        """Whether this is a normal end: clean, with 1000, 1001 or no code."""
        usual = (close_codes.NORMAL, close_codes.GOING_AWAY, close_codes.NO_STATUS)
        return self.clean and self.code in usual


def encode(code: int | None, reason: str = "") -> bytes:
    """The payload of a Close frame.  LocalError for what may not be sent."""
    if code is None:
        if reason:
            raise LocalError("a reason needs a code before it")
        return b""
    if not isinstance(code, int):
        raise LocalError(
            f"a close code is a number, not {code!r}; the reason is the second argument"
        )
    if not close_codes.on_the_wire(code):
        raise LocalError(f"{code} cannot stand in a Close frame: 1000, 1001, 3000-4999 can")
    if not isinstance(reason, str):
        raise LocalError(f"a reason is text, not {type(reason).__name__}")
    try:
        text = reason.encode()
    except UnicodeEncodeError as error:
        raise LocalError(f"the reason is not encodable: {error}") from error
    if len(text) > MAX_REASON:
        raise LocalError(f"the reason has {len(text)} bytes, and {MAX_REASON} fit")
    return code.to_bytes(2, "big") + text


def decode(payload: bytes) -> tuple[int, str]:
    """(code, reason) of a Close frame; (1005, "") if it is empty.  Raises RemoteError."""
    if not payload:
        return close_codes.NO_STATUS, ""
    # §5.5.1: "If there is a body, the first two bytes of the body MUST be a 2-byte unsigned
    # integer (in network byte order) representing a status code".
    if len(payload) < 2:
        raise RemoteError("half a close code", close_codes.PROTOCOL_ERROR)
    code = int.from_bytes(payload[:2], "big")
    if not close_codes.on_the_wire(code):
        raise RemoteError(f"close code {code}", close_codes.PROTOCOL_ERROR)
    try:
        # §5.5.1: the reason is "UTF-8-encoded data".
        return code, payload[2:].decode()
    except UnicodeDecodeError as error:
        raise RemoteError("a close reason that is not UTF-8", close_codes.INVALID_DATA) from error


def shortened(text: str) -> str:
    """As much of `text` as fits into a Close frame."""
    return text.encode("utf-8", "replace")[:MAX_REASON].decode("utf-8", "ignore")
