"""The opening handshake with `websockets` and `wsproto` at the other end, byte by byte."""

from __future__ import annotations

import base64
from collections.abc import Sequence

import pytest
import wsproto
from hypothesis import given
from hypothesis import strategies as st
from websockets import client as websockets_client
from websockets import http11 as websockets_http
from websockets import server as websockets_server
from websockets import uri as websockets_uri
from websockets.datastructures import Headers as WebsocketsHeaders
from websockets.extensions import permessage_deflate
from websockets.protocol import OPEN
from wsproto import events as wsproto_events

from course_lib.errors import RemoteError
from course_lib.wire.http import http11
from course_lib.wire.http.connection import ClientConnection, ServerConnection
from course_lib.wire.http.http11 import Headers, Request, Response
from course_lib.wire.websocket import handshake

URL = "ws://127.0.0.1:8000/chat?room=1"
KEY = "dGhlIHNhbXBsZSBub25jZQ=="
ACCEPTED = "permessage-deflate; client_max_window_bits=12"


def _serve(data: bytes, **options: object) -> tuple[Request, bytes]:
    """Our server: the request it reads, and the bytes it answers."""
    server = ServerConnection(now=0)
    server.receive(data, 0)
    (request,) = server.events()
    assert isinstance(request, Request)
    try:
        server.send(handshake.answer(request, **options), 0)  # type: ignore[arg-type]
    except RemoteError as error:
        server.send(handshake.refusal(error), 0)
    return request, server.data_to_send()


class _Client:
    """Our client: the bytes it asks with, and what it makes of the answer."""

    def __init__(self, *, subprotocols: Sequence[str] = (), extensions: str = "") -> None:
        self.http = ClientConnection(now=0)
        self.subprotocols = subprotocols
        self.http.send(
            handshake.request(URL, KEY, subprotocols=subprotocols, extensions=extensions)
        )

    def agree(self, data: bytes) -> handshake.Agreement:
        self.http.receive(data, 0)
        (response,) = self.http.events()
        assert isinstance(response, Response)
        return handshake.verify(
            response, KEY, subprotocols=self.subprotocols, extensions=lambda accepted: accepted
        )


@pytest.mark.parametrize("subprotocols", [[], ["a"], ["b", "a"]])
@pytest.mark.parametrize("compressed", [False, True])
def test_the_client_of_websockets_takes_our_answer(
    subprotocols: list[str], compressed: bool
) -> None:
    """It checks what we check, with its own code."""
    factory = permessage_deflate.ClientPerMessageDeflateFactory(client_max_window_bits=True)
    client = websockets_client.ClientProtocol(
        websockets_uri.parse_uri(URL),
        subprotocols=subprotocols or None,  # type: ignore[arg-type]
        extensions=[factory] if compressed else None,
    )
    client.send_request(client.connect())
    request, answer = _serve(
        b"".join(client.data_to_send()),
        subprotocols=["c", "a", "b"],
        extensions=lambda offers: ACCEPTED,
    )
    assert request.target == "/chat?room=1"
    client.receive_data(answer)
    assert client.handshake_exc is None
    assert client.state is OPEN
    assert client.subprotocol == ("a" if subprotocols else None)
    assert [extension.name for extension in client.extensions] == (
        ["permessage-deflate"] if compressed else []
    )


@pytest.mark.parametrize("subprotocols", [[], ["a"], ["b", "a"]])
@pytest.mark.parametrize("compressed", [False, True])
def test_our_client_takes_the_answer_of_websockets(
    subprotocols: list[str], compressed: bool
) -> None:
    """With its choice of subprotocol and parameters."""
    factory = permessage_deflate.ServerPerMessageDeflateFactory(client_max_window_bits=12)
    server = websockets_server.ServerProtocol(
        subprotocols=["c", "a", "b"] if subprotocols else None,  # type: ignore[list-item]
        extensions=[factory],
    )
    ours = _Client(
        subprotocols=subprotocols,
        extensions="permessage-deflate; client_max_window_bits" if compressed else "",
    )
    server.receive_data(ours.http.data_to_send())
    (request,) = server.events_received()
    assert isinstance(request, websockets_http.Request)
    server.send_response(server.accept(request))
    agreement = ours.agree(b"".join(server.data_to_send()))
    assert agreement.subprotocol == ("a" if subprotocols else None)
    assert agreement.extensions == (
        [("permessage-deflate", [("client_max_window_bits", "12")])] if compressed else None
    )


def test_the_client_of_wsproto_takes_our_answer() -> None:
    """And its first frame comes behind the request."""
    client = wsproto.WSConnection(wsproto.ConnectionType.CLIENT)
    asked = client.send(
        wsproto_events.Request(host="127.0.0.1:8000", target="/chat", subprotocols=["b", "a"])
    )
    _, answer = _serve(asked, subprotocols=["a", "b"])
    client.receive_data(answer)
    (event,) = client.events()
    assert isinstance(event, wsproto_events.AcceptConnection)
    assert event.subprotocol == "a"


def test_our_client_takes_the_answer_of_wsproto() -> None:
    """A second implementation that we did not write."""
    server = wsproto.WSConnection(wsproto.ConnectionType.SERVER)
    ours = _Client(subprotocols=["b", "a"])
    server.receive_data(ours.http.data_to_send())
    (event,) = server.events()
    assert isinstance(event, wsproto_events.Request)
    assert (event.host, event.target) == ("127.0.0.1:8000", "/chat?room=1")
    agreement = ours.agree(server.send(wsproto_events.AcceptConnection(subprotocol="a")))
    assert agreement == handshake.Agreement("a")


def test_a_refusal_reaches_the_client_of_websockets_with_its_reason() -> None:
    """Status, header lines and the text for a person."""
    client = websockets_client.ClientProtocol(
        websockets_uri.parse_uri(URL),
        origin="http://evil.example",  # type: ignore[arg-type]
    )
    client.send_request(client.connect())
    _, answer = _serve(b"".join(client.data_to_send()))
    client.receive_data(answer)
    client.receive_eof()
    (response,) = client.events_received()
    assert isinstance(response, websockets_http.Response)
    assert response.status_code == 403
    assert b"Origin is 'http://evil.example'" in (response.body or b"")


CHANGES = st.dictionaries(
    st.sampled_from(["Upgrade", "Connection", "Sec-WebSocket-Key", "Sec-WebSocket-Version"]),
    st.sampled_from(
        ["websocket", "WebSocket", "h2c", "Upgrade", "upgrade, x", "x, Upgrade", "up grade"]
        + [KEY, "a2V5", "x", "13", "8", "013", "", ",", "keep-alive"]
        + [base64.b64encode(bytes(size)).decode() for size in (15, 16, 17)]
    )
    | st.none(),
    max_size=2,
)


@given(CHANGES, st.sampled_from(["GET", "GET", "GET", "HEAD"]))
def test_websockets_answers_101_exactly_when_we_do(
    changes: dict[str, str | None], method: str
) -> None:
    """The same requests are good to both."""
    pairs: dict[str, str | None] = {"Host": "a", "Upgrade": "websocket", "Connection": "Upgrade"}
    pairs |= {"Sec-WebSocket-Key": KEY, "Sec-WebSocket-Version": "13"} | changes
    kept = [(name, value) for name, value in pairs.items() if value is not None]
    theirs = websockets_server.ServerProtocol().accept(
        websockets_http.Request("/", WebsocketsHeaders(kept), method)
    )
    try:
        ours = handshake.answer(Request(method, "/", Headers(kept)))
    except RemoteError as error:
        ours = handshake.refusal(error)
    assert (ours.status == 101) == (theirs.status_code == 101)
    if ours.status == 101:
        assert dict(ours.headers).items() <= dict(theirs.headers.raw_items()).items()
        assert http11.encode_response(ours)
