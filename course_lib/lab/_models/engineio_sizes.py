"""What the chat on Engine.IO costs one client, from arithmetic and the library's own encoders.

Lesson 08.  Builds on: `latency`, `sizes`, `engineio`, `wire`.  Used by: `scale`.

    polling     handshake, then GET after GET: one for each payload, be it messages or a ping;
                each pong is a POST
    WebSocket   101, and a frame for each message, ping and pong
    upgraded    the handshake by polling, 2probe, 3probe, 5, and then as WebSocket; one GET more
                where 6 comes before 3probe, which is left out here

New here: a ping takes a held GET, as a message does: both are news for the model of long polling.
Left out: messages that the client sends, and compression.
"""

from __future__ import annotations

import base64
import json
from dataclasses import asdict

from ...engineio.address import Address
from ...engineio.client_polling import BODY
from ...engineio.options import Options
from ...engineio.polling import HTML, TEXT
from ...engineio.server import new_sid
from ...net.mailbox import Batch
from ...wire.engineio.packet import Handshake
from ...wire.http import http11
from ...wire.websocket import frames, handshake
from . import latency
from .sizes import HOST, KEY

WAYS = ("polling", "WebSocket", "upgraded")
Costs = tuple[float, float, float, int]  # requests, bytes up, bytes down, connections


def costs(way: str, messages: float, duration: float, size: int, cursor: int, rtt: float) -> Costs:
    """Requests and bytes of one client that is given so many messages in `duration` seconds."""
    interval = Options().ping_interval
    pings = duration // (interval + rtt)  # each interval begins with a pong
    if way == "polling":
        return _polled(messages, pings, duration, size, cursor, rtt)
    frame = _frame(_packet(size, cursor), masked=False)
    up = pings * _frame("3", masked=True)
    down = messages * frame + pings * _frame("2", masked=False)
    asked, answered = _upgrade(with_sid=way == "upgraded")
    if way == "WebSocket":
        return 1, asked + up, answered + _frame(_opened([]), masked=False) + down, 1
    probe = _frame("2probe", masked=True) + _frame("5", masked=True)
    up += asked + _get(with_sid=False) + _get(with_sid=True) + probe
    first = _response(_opened(["websocket"])) + _response("6")
    return 3, up, first + answered + _frame("3probe", masked=False) + down, 2


def _polled(
    messages: float, pings: float, duration: float, size: int, cursor: int, rtt: float
) -> Costs:
    """A cycle brings what came in the gap of a round trip; a held GET ends at the next news."""
    news = messages + pings
    model = latency.long_polling(rtt, news / duration)
    gets = 1 + min(duration * model.requests_per_second, news)  # the last one is still held
    up = _get(with_sid=False) + gets * _get(with_sid=True) + pings * _post("3")
    separators = news - (gets - 1)
    bodies = messages * len(_packet(size, cursor).encode()) + pings + max(0.0, separators)
    down = _response(_opened(["websocket"])) + (gets - 1) * _response("") + bodies
    connections = 2 if pings else 1  # a pong does not wait for the GET
    return 1 + gets + pings, up, down + pings * _ok(), connections


def _packet(size: int, cursor: int) -> str:
    """A message of the chat as a packet."""
    return "4" + json.dumps(asdict(Batch(["." * size], cursor, 0)))


def _opened(upgrades: list[str]) -> str:
    """The packet OPEN of a server with the usual options."""
    how = Options()
    sent = Handshake(new_sid(), upgrades, how.ping_interval, how.ping_timeout, how.max_payload)
    return sent.encode()


def _url(transport: str, *, with_sid: bool) -> str:
    address = Address(f"http://{HOST}", Options().path, {"since": "0"}, timestamp="t")
    return address.url(transport, new_sid() if with_sid else None)


def _get(*, with_sid: bool) -> int:
    return len(http11.encode_request(_request("GET", with_sid=with_sid)))


def _post(body: str) -> int:
    request = _request("POST", with_sid=True)
    request.headers = http11.Headers([*request.headers, *BODY.items()])
    request.body = body.encode()
    return len(http11.encode_request(request))


def _request(method: str, *, with_sid: bool) -> http11.Request:
    target = _url("polling", with_sid=with_sid).partition(HOST)[2]
    return http11.Request(method, target, http11.Headers([("Host", HOST), ("Accept", "*/*")]))


def _response(body: str) -> int:
    return len(http11.encode_response(http11.Response(200, TEXT, body.encode())))


def _ok() -> int:
    return len(http11.encode_response(http11.Response(200, HTML, b"ok")))


def _frame(packet: str, *, masked: bool) -> int:
    frame = frames.Frame(frames.Opcode.TEXT, packet.encode())
    return len(frames.encode(frame, KEY) if masked else frames.encode(frame))


def _upgrade(*, with_sid: bool) -> tuple[int, int]:
    """The size of a WebSocket handshake: bytes up and down."""
    key = base64.b64encode(bytes(16)).decode()
    request = handshake.request(_url("websocket", with_sid=with_sid), key)
    response = handshake.answer(request)
    return len(http11.encode_request(request)), len(http11.encode_response(response))
