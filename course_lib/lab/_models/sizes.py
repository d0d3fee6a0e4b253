"""How many bytes each transport puts around a message: measured on the library's own encoders.

Lesson 06.  Builds on: `lab.apps`, `net.mailbox`, `wire`.  Used by: `scale`.

    up    GET /messages?since=123 HTTP/1.1 ...        down   200 ... {"messages": ["..."], ...}
    up    GET ... Upgrade: websocket ...              down   101 ...      then frames

New here: nothing is counted by hand, so a header that the library adds is counted, too.
Left out: TCP's own headers, 40 bytes or more for each packet.
"""

from __future__ import annotations

import base64
import json
from dataclasses import asdict, dataclass

from ...net.mailbox import Batch
from ...wire.http import http11
from ...wire.websocket import frames, handshake
from ..apps import short_polling

HOST = "127.0.0.1:49152"
PING = bytes(4)  # the payload of our pings: a number
KEY = bytes(4)


@dataclass(slots=True)
class Sizes:
    """Bytes.  A response has `empty`, `first` more with a message, `more` for each further one."""

    up: float  # a request
    empty: float
    first: float
    more: float


def polling(size: int, cursor: int) -> Sizes:
    """A request and its response, when the newest message is number `cursor`."""
    request = http11.Request("GET", f"/messages?since={cursor}", http11.Headers([("Host", HOST)]))
    answers = [
        len(http11.encode_response(http11.Response(200, short_polling.JSON, news)))
        for news in (_news(n, size, cursor) for n in range(3))
    ]
    empty, one, two = answers
    return Sizes(len(http11.encode_request(request)), empty, one - empty, two - one)


def frame(size: int, cursor: int) -> int:
    """The size of a frame with one message."""
    return len(frames.encode(frames.Frame(frames.Opcode.TEXT, _news(1, size, cursor))))


def opening() -> tuple[int, int]:
    """The size of a WebSocket handshake: bytes up and down."""
    key = base64.b64encode(bytes(16)).decode()
    request = handshake.request(f"ws://{HOST}/messages?since=0", key)
    response = handshake.answer(request)
    return len(http11.encode_request(request)), len(http11.encode_response(response))


def keep_alive() -> tuple[int, int]:
    """A ping and a pong in each direction, as both ends send them: bytes up and down."""
    ping, pong = (frames.Frame(opcode, PING) for opcode in (frames.Opcode.PING, frames.Opcode.PONG))
    up = sum(len(frames.encode(one, KEY)) for one in (ping, pong))
    return up, sum(len(frames.encode(one)) for one in (ping, pong))


def _news(messages: int, size: int, cursor: int) -> bytes:
    batch = Batch(["." * size] * messages, cursor, 0)
    return json.dumps(asdict(batch), ensure_ascii=False).encode()
