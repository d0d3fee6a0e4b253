"""Handshakes that are refused, against a live WebSocket server; mistakes of whoever writes one.

The rows of `test_faults`, once more where WebSockets are open: a client connected before sees
nothing of them.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl

import pytest

from course_lib.errors import ConnectionClosed, LocalError, RemoteError
from course_lib.lab import clock
from course_lib.net import http_server, stream, ws
from course_lib.wire.http.http11 import Request, Response
from tests.net import raw
from tests.net.test_ws_faults import HEARD, HELLO, OPENING, PONG, echo, masked, survived
from tests.net.waiting import until

LONG = b"x" * 9000


def changed(old: bytes, new: bytes) -> bytes:
    assert OPENING.count(old) == 1
    return OPENING.replace(old, new)


def more(*lines: bytes) -> bytes:
    return OPENING[:-2] + b"".join(line + b"\r\n" for line in lines) + b"\r\n"


REFUSED = [
    pytest.param(more(b"Origin: http://evil.example"), 403, id="H10 foreign"),
    pytest.param(more(b"Origin: null"), 403, id="H10 null"),
    pytest.param(more(b"Origin: http://X"), 403, id="H10 case"),
    pytest.param(more(b"Origin: http://x:8000"), 403, id="H10 port"),
    pytest.param(more(b"Origin: http://x", b"Origin: http://x"), 400, id="H10 twice"),
    pytest.param(more(b"X: " + LONG), 431, id="H14 line"),
    pytest.param(more(*[b"X: y"] * 128), 431, id="H14 count"),
    pytest.param(changed(b"GET /", b"GET /" + LONG), 414, id="H15"),
    pytest.param(more(b"Content-Length: 1", b"Transfer-Encoding: chunked"), 400, id="H17"),
    pytest.param(more(b"Host: y"), 400, id="H17 two Hosts"),
    pytest.param(OPENING.replace(b"\r\n", b"\n"), 400, id="H18 bare LF"),
    pytest.param(changed(b"Upgrade: websocket", b"Upgrade:\r\n websocket"), 400, id="H18 folded"),
    pytest.param(more(b"X: \x00"), 400, id="H18 NUL"),
    pytest.param(changed(b": 13", b": 8"), 426, id="H22 version 8"),
    pytest.param(changed(b": 13", b": 8, 13"), 426, id="H22 a list of versions"),
    pytest.param(changed(b"HTTP/1.1", b"HTTP/1.0"), 505, id="H22 HTTP/1.0"),
    pytest.param(changed(b"dGhlIHNhbXBsZSBub25jZQ==", b"dGhlIHNhbXBsZQ=="), 400, id="H23 short"),
    pytest.param(changed(b"Sec-WebSocket-Key", b"X"), 400, id="H23 none"),
    pytest.param(changed(b"GET", b"POST"), 405, id="POST"),
    pytest.param(changed(b"Connection: Upgrade", b"Connection: keep-alive"), 400, id="a proxy"),
]


@pytest.mark.parametrize("http", [None, lambda request: Response(200, body=b"a page")])
@pytest.mark.parametrize(("request_", "status"), REFUSED)
async def test_a_refused_handshake_disturbs_nobody(request_, status, http):
    """The status, `Connection: close`, the end; also where another handler answers pages."""
    async with survived(http=http) as server, raw.peer(server) as peer:
        peer.write(request_ + HELLO)
        async with asyncio.timeout(9):  # before any of the server's own deadlines
            answer = await raw.rest(peer)
        assert raw.status(answer) == status
        head = answer.partition(b"\r\n\r\n")[0].lower()
        assert b"close" in head.partition(b"connection: ")[2].partition(b"\r\n")[0]


@pytest.mark.parametrize(
    "request_",
    [
        changed(b"Upgrade: websocket", b"Upgrade: h2c, websocket"),
        changed(b"Upgrade: websocket", b"upgrade: WebSocket"),
        more(b"Sec-WebSocket-Extensions: a; b=1", b"Sec-WebSocket-Extensions: permessage-deflate"),
        more(b"Origin: http://x"),
        more(b"Origin: https://x"),
    ],
)
async def test_what_is_written_in_another_way_is_accepted(request_):
    """Also where another handler answers pages; frames in the same segment are kept."""

    def page(request: Request) -> Response:
        return Response(200, body=b"a page")

    async with ws.serve(echo, http=page) as server, raw.peer(server) as peer:
        peer.write(request_ + HELLO)
        assert raw.status(await peer.read_until(b"\r\n\r\n")) == 101
        assert await peer.read_exactly(7) == HEARD


async def test_a_line_without_end_is_refused_before_it_is_held():
    """H16: a byte at a time; 431 after little more than the limit."""
    async with survived(memory=400_000) as server, raw.peer(server) as peer:
        peer.write(OPENING[:-2] + b"X: ")
        sent = 0
        with contextlib.suppress(ConnectionClosed):
            while sent < 20_000 and not peer._ended:
                peer.write(b"x")
                sent += 1
                await asyncio.sleep(0)
        assert 8000 < sent < 9000
        assert raw.status(await raw.rest(peer)) == 431


def test_a_handshake_that_trickles_in_is_ended():
    """H21: within the 10 s of a head, though a byte comes every second."""

    async def main():
        loop = asyncio.get_running_loop()
        async with ws.serve(echo) as server, ws.connect(server.url) as old:
            start = loop.time()
            async with raw.peer(server) as peer:
                with contextlib.suppress(ConnectionClosed):
                    for byte in OPENING:
                        peer.write(bytes([byte]))
                        await asyncio.sleep(1)
                        if peer._ended:
                            break
                took = loop.time() - start
            await old.send("안녕")
            return took, await old.recv()

    assert clock.simulate(main(), rtt=0.1) == (pytest.approx(10, abs=1.5), "안녕")


async def test_a_reset_while_a_handshake_is_refused_is_swallowed():
    """H26, a hundred times."""
    async with survived() as server:
        for turn in range(100):
            async with raw.peer(server) as peer:
                peer.write(more(b"Origin: null"))
                for _ in range(turn % 5):
                    await asyncio.sleep(0)
                raw.reset(peer)


async def test_a_handshake_during_shutdown_is_told_503():
    """H28: with `Connection: close`, while others still say goodbye."""

    async def handler(connection: ws.Connection) -> None:
        with contextlib.suppress(ConnectionClosed):
            await connection.recv()
        await asyncio.sleep(0.3)

    server = await ws.serve(handler)
    connection = await ws.connect(server.url)
    await until(lambda: server.websockets)
    closing = asyncio.create_task(server.close())
    await asyncio.sleep(0.01)
    answer = await raw.exchange(server, OPENING)
    assert raw.status(answer) == 503
    assert b"connection: close" in answer.lower()
    await closing
    await connection.wait_closed()
    assert connection.close_code == 1001


# Limits.


async def test_connections_are_counted_whatever_they_speak():
    """`max_connections`: the next is told 503; when one has left there is room."""
    async with ws.serve(echo, max_connections=2) as server:
        first, second = await ws.connect(server.url), await ws.connect(server.url)
        with pytest.raises(RemoteError, match="503") as error:
            await ws.connect(server.url)
        assert error.value.code == 503
        await first.close()
        await until(lambda: len(server.websockets) == 1)
        async with ws.connect(server.url) as third:
            await third.send("x")
            assert await third.recv() == "x"
        await second.close()


async def test_those_who_are_connected_may_be_gone_through_while_they_come_and_go():
    """A broadcast in which each step lets somebody leave."""
    async with ws.serve(echo) as server:
        connections = [await ws.connect(server.url) for _ in range(5)]
        await until(lambda: len(server.websockets) == 5)
        for number, connection in enumerate(server.websockets):
            await connections[number].close()
            await until(lambda: len(server.websockets) == 4 - number)  # noqa: B023
            with pytest.raises(ConnectionClosed):
                await connection.send("to all")


@pytest.mark.parametrize("most", [0, 10_000, 500_000])
async def test_unsent_bytes_are_bounded_however_low_the_bound(most):
    """`max_unsent`: exceeded by no more than the last message, however deaf the peer."""
    ended = asyncio.Event()

    async def handler(connection: ws.Connection) -> None:
        with contextlib.suppress(ConnectionClosed):
            while True:
                assert connection.unsent <= most + 5004
                connection.send_nowait(bytes(5000))
        assert connection.close_reason == "the peer reads too slowly"
        ended.set()

    async with ws.serve(handler, max_unsent=most) as server, raw.peer(server) as deaf:
        deaf._transport.pause_reading()
        deaf.write(OPENING)
        await ended.wait()


@pytest.mark.parametrize("scheme", ["ws", "wss"])
async def test_connecting_is_given_up_in_every_phase(scheme):
    """TCP is there, and neither TLS nor an answer: TimeoutError, and no descriptor is left."""
    before = raw.descriptors()

    async def silent(peer: stream.Stream) -> None:
        with contextlib.suppress(ConnectionClosed):
            await raw.rest(peer)

    async with stream.serve(silent) as server:
        with pytest.raises(TimeoutError, match=r"within 0\.05 s"):
            await ws.connect(f"{scheme}://127.0.0.1:{server.port}", connect_timeout=0.05)
    await until(lambda: raw.descriptors() == before)


def test_a_peer_that_takes_nothing_is_cut_off():
    """`stall_timeout`: within twice that time; one that reads slowly is not."""

    async def main(reads: bool):
        loop = asyncio.get_running_loop()

        async def handler(connection: ws.Connection) -> None:
            await connection.send(bytes(900_000))
            await connection.recv()

        async with ws.serve(handler, stall_timeout=30) as server, raw.peer(server) as peer:
            peer._transport.pause_reading()
            peer.write(OPENING)
            await until(lambda: server.websockets)
            (connection,) = server.websockets
            start = loop.time()
            while connection.wire.closed is None and loop.time() < start + 300:
                await asyncio.sleep(5)
                if reads:
                    peer._transport.resume_reading()
                    await asyncio.sleep(0)
                    peer._transport.pause_reading()
                    with contextlib.suppress(ConnectionClosed):
                        peer.write(masked(PONG))  # it is alive
            return loop.time() - start

    assert clock.simulate(main(False), rtt=0.1) <= 65
    assert clock.simulate(main(True), rtt=0.1) == pytest.approx(300, abs=10)


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        ({"ping_interval": 0}, "ping_interval=0: write seconds, more than 0, or None"),
        ({"ping_timeout": -1}, "ping_timeout=-1"),
        ({"close_timeout": None}, "close_timeout=None: write seconds, more than 0"),
        ({"stall_timeout": "60"}, "stall_timeout='60'"),
        ({"max_payload": -1}, "max_payload=-1: a limit is an int, and not"),
        ({"max_queued": None}, "max_queued=None"),
        ({"compression": "deflate"}, "compression='deflate': write True or ws.Settings"),
    ],
)
def test_limits_that_cannot_be_are_our_mistake(limits, message):
    """At the call, for both ends; not at the first visitor."""
    for call in (lambda: ws.serve(echo, **limits), lambda: ws.connect("ws://a", **limits)):
        with pytest.raises(LocalError) as error:
            call()
        assert message in str(error.value)


def test_other_mistakes_are_told_at_the_call():
    """Subprotocols that are no list, an origin that is none, TLS for a URL without."""
    for call in (
        lambda: ws.serve(echo, subprotocols="chat"),
        lambda: ws.serve(echo, subprotocols=["a b"]),
        lambda: ws.serve(echo, origins=["null"]),
        lambda: ws.connect("ws://a", ssl=ssl.create_default_context()),
        lambda: ws.connect("http://a"),
    ):
        with pytest.raises(LocalError):
            call()


async def test_what_a_person_sees():
    """Before and after the await; a reason in the place of the code."""
    async with ws.serve(echo) as server:
        connecting = ws.connect(server.url)
        assert (
            repr(connecting) == f"<ws.connect {server.url}: await it, or enter it with async with>"
        )
        connection = await connecting
        assert repr(connection) == "<ws.Connection open>"
        with pytest.raises(LocalError, match="a close code is a number, not 'bye'"):
            await connection.close("bye")
        await connection.close()
        assert repr(connection) == "<ws.Connection closed, closed with 1000 (normal end)>"


async def test_whoever_connects_to_the_wrong_place_is_told(tls):
    """A page, TLS where there is none, none where there is; nobody at all."""
    at_server, at_client = tls

    def large(request: Request) -> Response:
        return Response(200, body=bytes(200_000))

    async with http_server.serve(large) as server:
        with pytest.raises(RemoteError, match="answered 200 OK, expected 101") as refused:
            await ws.connect(server.url.replace("http:", "ws:"))
        assert refused.value.code == 200
    async with ws.serve(echo) as server:
        with pytest.raises(RemoteError, match="speaks no TLS: perhaps it is at ws://"):
            await ws.connect(server.url.replace("ws:", "wss:"), ssl=at_client)
    async with ws.serve(echo, ssl=at_server) as server:
        with pytest.raises(ConnectionClosed, match="so does one for wss://"):
            await ws.connect(server.url.replace("wss:", "ws:"))
        with pytest.raises(ssl.SSLCertVerificationError):
            await ws.connect(server.url)
    with pytest.raises(OSError, match=r"refused|failed"):
        await ws.connect(server.url, ssl=at_client)


async def test_a_101_has_no_body_whatever_it_says():
    """RFC 9112 §6.3: what follows its empty line is frames."""
    from tests.net.test_ws_faults import answer_to

    for line in (b"Content-Length: 5", b"Transfer-Encoding: chunked"):

        async def serve(peer: stream.Stream, line=line) -> None:
            head = (await answer_to(peer))[:-2]
            peer.write(head + line + b"\r\n\r\n" + HEARD + b"\x88\x00")
            await raw.rest(peer)

        async with stream.serve(serve) as server:
            connection = await ws.connect(f"ws://127.0.0.1:{server.port}")
            assert [message async for message in connection] == ["Hello"]
            connection.abort()
