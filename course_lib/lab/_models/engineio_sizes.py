"""What the chat on Engine.IO costs one client, from arithmetic and the library's own encoders.

Lesson 08.  Builds on: `latency`, `sizes`, `engineio`, `wire`.  Used by: `socketio_sizes`, `scale`.

    polling     handshake, then GET after GET: one for each payload, be it messages or a ping;
                each pong is a POST
    WebSocket   101, and a frame for each message, ping and pong
    upgraded    the handshake by polling, 2probe, 3probe, 5, and then as WebSocket; one GET more
                where 6 comes before 3probe, which is left out here

New here: a ping takes a held GET, as a message does: both are news for the model of long polling.
What a layer above adds is three values (`Above`).
Left out: messages that the client sends, and compression.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass

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


@dataclass(slots=True)
class Above:
    """What stands on Engine.IO.  `message(size, cursor)` is the packet with one message.

    A client may have to ask, in the packet `asks`, and gets the packet `told`, before it begins.
    """

    path: str
    query: dict[str, str]
    message: Callable[[int, int], str]
    asks: str = ""
    told: str = ""

    def url(self, transport: str, *, with_sid: bool) -> str:
        """The address of a request."""
        address = Address(f"http://{HOST}", self.path, self.query, timestamp="t")
        return address.url(transport, new_sid() if with_sid else None)

    def request(self, method: str, *, with_sid: bool) -> http11.Request:
        target = self.url("polling", with_sid=with_sid).partition(HOST)[2]
        return http11.Request(method, target, http11.Headers([("Host", HOST), ("Accept", "*/*")]))

    def get(self, *, with_sid: bool = True) -> int:
        """The size of a GET."""
        return len(http11.encode_request(self.request("GET", with_sid=with_sid)))

    def post(self, body: str) -> int:
        """The size of a POST."""
        request = self.request("POST", with_sid=True)
        request.headers = http11.Headers([*request.headers, *BODY.items()])
        request.body = body.encode()
        return len(http11.encode_request(request))

    def upgrade(self, *, with_sid: bool) -> tuple[int, int]:
        """The size of a WebSocket handshake: bytes up and down."""
        key = base64.b64encode(bytes(16)).decode()
        request = handshake.request(self.url("websocket", with_sid=with_sid), key)
        response = handshake.answer(request)
        return len(http11.encode_request(request)), len(http11.encode_response(response))


def _chat(size: int, cursor: int) -> str:
    return "4" + json.dumps(asdict(Batch(["." * size], cursor, 0)))


CHAT = Above(Options().path, {"since": "0"}, _chat)


def costs(
    way: str,
    messages: float,
    duration: float,
    size: int,
    cursor: int,
    rtt: float,
    above: Above = CHAT,
) -> Costs:
    """Requests and bytes of one client that is given so many messages in `duration` seconds."""
    interval = Options().ping_interval
    pings = duration // (interval + rtt)  # each interval begins with a pong
    packet = above.message(size, cursor)
    if way == "polling":
        return _polled(messages, pings, duration, packet, rtt, above)
    frame = _frame(packet, masked=False)
    up = pings * _frame("3", masked=True)
    down = messages * frame + pings * _frame("2", masked=False)
    asked, answered = above.upgrade(with_sid=way == "upgraded")
    joins = bool(above.asks)
    if way == "WebSocket":
        if joins:
            up += _frame(above.asks, masked=True)
            down += _frame(above.told, masked=False)
        return 1, asked + up, answered + _frame(_opened([]), masked=False) + down, 1
    probe = _frame("2probe", masked=True) + _frame("5", masked=True)
    up += asked + above.get(with_sid=False) + above.get() + probe
    first = _response(_opened(["websocket"])) + _response("6")
    if joins:  # by polling, while the probe is under way
        up += above.post(above.asks) + above.get()
        first += _ok() + _response(above.told)
    requests, connections = (5, 3) if joins else (3, 2)
    down += first + answered + _frame("3probe", masked=False)
    return requests, up, down, connections


def _polled(
    messages: float, pings: float, duration: float, packet: str, rtt: float, above: Above
) -> Costs:
    """A cycle brings what came in the gap of a round trip; a held GET ends at the next news."""
    news = messages + pings
    model = latency.long_polling(rtt, news / duration)
    gets = 1 + min(duration * model.requests_per_second, news)  # the last one is still held
    up = above.get(with_sid=False) + gets * above.get() + pings * above.post("3")
    separators = news - (gets - 1)
    bodies = messages * len(packet.encode()) + pings + max(0.0, separators)
    down = _response(_opened(["websocket"])) + (gets - 1) * _response("") + bodies
    requests, down = 1 + gets + pings, down + pings * _ok()
    if above.asks:
        requests += 2
        up += above.post(above.asks) + above.get()
        down += _ok() + _response(above.told)
    connections = 2 if pings or above.asks else 1  # a POST does not wait for the GET
    return requests, up, down, connections


def _opened(upgrades: list[str]) -> str:
    """The packet OPEN of a server with the usual options."""
    how = Options()
    sent = Handshake(new_sid(), upgrades, how.ping_interval, how.ping_timeout, how.max_payload)
    return sent.encode()


def _response(body: str) -> int:
    return len(http11.encode_response(http11.Response(200, TEXT, body.encode())))


def _ok() -> int:
    return len(http11.encode_response(http11.Response(200, HTML, b"ok")))


def _frame(packet: str, *, masked: bool) -> int:
    frame = frames.Frame(frames.Opcode.TEXT, packet.encode())
    return len(frames.encode(frame, KEY) if masked else frames.encode(frame))
