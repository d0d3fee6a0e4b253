"""How connections end: deadlines that somebody watches, who owns what, TLS, a FIN after a request.

Left out: the close handshake itself; see `test_ws` and `test_ws_faults`.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import gc
import socket
import ssl
import sys
import warnings

import pytest

from course_lib.errors import ConnectionClosed
from course_lib.lab import clock
from course_lib.lab.apps import victim, websocket
from course_lib.net import http_client, http_server, unacknowledged, ws
from course_lib.wire.http.body import IncompleteMessage
from course_lib.wire.http.http11 import Request, Response

from . import raw
from .waiting import until

KEY = base64.b64encode(bytes(16)).decode()
HANDSHAKE = (
    "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    f"Sec-WebSocket-Key: {KEY}\r\nSec-WebSocket-Version: 13\r\n\r\n"
).encode()
CLOSE = bytes.fromhex("88820000000003e8")  # masked with zeros: 1000


@pytest.mark.parametrize("ping_interval", [None, 25.0])
def test_a_peer_that_reads_nothing_is_cut_off_after_the_stall_timeout(
    ping_interval: float | None,
) -> None:
    """Whatever other timer there is."""

    async def main() -> float:
        ended = asyncio.get_running_loop().create_future()

        async def handler(connection: ws.Connection) -> None:
            try:
                while True:
                    await connection.send(bytes(200_000))
            finally:
                ended.set_result(asyncio.get_running_loop().time())

        async with ws.serve(handler, stall_timeout=3.0, ping_interval=ping_interval) as server:
            _, writer = await asyncio.open_connection(server.host, server.port, limit=1000)
            writer.write(HANDSHAKE)
            writer.transport.pause_reading()  # type: ignore[attr-defined]
            took: float = await ended
            writer.transport.abort()
            return took

    assert 2.9 < clock.simulate(main) < 6.1


@pytest.mark.parametrize("says_goodbye", [True, False])
async def test_a_server_ends_what_it_opened_also_after_an_upgrade(says_goodbye: bool) -> None:
    """A link that lingers, and one that is open: no socket is left when `close` returns."""
    links: list[ws.PushConnection] = []
    server = await http_server.serve(lambda request: ws.upgrade(request, links.append))
    async with raw.peer(server) as peer:
        peer.write(HANDSHAKE)
        await until(lambda: links)
        if says_goodbye:
            peer.write(CLOSE)
            await until(lambda: links[0].hanging_up)
        assert not server.connections and len(server.handed_over) == 1
        await server.close(grace=0.2)
        assert not server.handed_over
        assert links[0].transport.get_extra_info("socket").fileno() == -1


async def test_a_link_that_has_begun_to_close_may_use_the_grace() -> None:
    """The peer's Close is still read, and counts as clean."""
    links: list[ws.PushConnection] = []
    closed: list[ws.Closed] = []
    server = await http_server.serve(lambda request: ws.upgrade(request, links.append))
    client = await ws.connect(server.url.replace("http", "ws"))
    await until(lambda: links)
    links[0].on_close = closed.append
    links[0].start_close(1001, "bye")
    waiting = asyncio.create_task(server.close(grace=30))
    with pytest.raises(ConnectionClosed):
        await client.recv()
    await waiting
    assert [(one.code, one.clean) for one in closed] == [(1001, True)]
    await client.wait_closed()


@pytest.mark.parametrize("make", [victim.Chat, websocket.Server])
def test_an_application_leaves_nothing_behind(make: type) -> None:
    """A page that reads nothing is open, another has said goodbye; then the loop is closed."""

    async def main() -> None:
        app = await make().start()
        path = "/chat" if make is victim.Chat else "/messages?since=0"
        cookie = f"Cookie: {app.session}\r\n" if make is victim.Chat else ""
        head = HANDSHAKE.replace(b"GET / ", f"GET {path} ".encode())
        head = head.replace(b"Host: a\r\n", f"Host: a\r\n{cookie}".encode())
        peers = [socket.create_connection((app.listening.host, app.listening.port))
                 for _ in range(2)]  # fmt: skip
        links = app.links if make is victim.Chat else app.readers
        for peer in peers:
            peer.setblocking(False)
            await asyncio.get_running_loop().sock_sendall(peer, head)
        await until(lambda: len(links) == 2)
        await asyncio.get_running_loop().sock_sendall(peers[0], CLOSE)
        await until(lambda: len(links) == 1)
        await app.close()
        for peer in peers:
            peer.close()

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        asyncio.run(main())
        gc.collect()
    assert [str(one.message) for one in caught] == []


async def test_all_callers_of_close_wait_for_the_end() -> None:
    """Also when the first of them is cancelled; if all are, what is left is aborted."""
    for cancelled in (1, 2):
        ended: list[int] = []

        async def handler(connection: ws.Connection, ended: list[int] = ended) -> None:
            try:
                await asyncio.Event().wait()
            finally:
                await asyncio.sleep(0.05)  # it has something to put away
                ended.append(1)

        server = await ws.serve(handler)
        connection = await ws.connect(server.url)
        await until(lambda server=server: server.websockets)
        callers = [asyncio.create_task(server.close(0.2 if cancelled < 2 else 60))
                   for _ in range(2)]  # fmt: skip
        await asyncio.sleep(0.01)
        for caller in callers[:cancelled]:
            caller.cancel()
        await asyncio.wait(callers)
        if cancelled == 1:
            assert ended
        await server.close()
        await until(lambda ended=ended: ended)
        connection.abort()


def _refused(port: int) -> str:
    """How the connection of a refused request ends, as a TLS client sees it."""
    context = ssl._create_unverified_context()
    with context.wrap_socket(
        socket.create_connection(("127.0.0.1", port)), suppress_ragged_eofs=False
    ) as peer:
        peer.sendall(b"GET / HTTP/1.1\r\n\r\n")  # no Host
        data = b""
        try:
            while more := peer.recv(65536):
                data += more
        except OSError as error:
            return repr(error)
        return data[:12].decode()


async def test_under_tls_a_refused_peer_sees_a_close_notify_at_once(
    tls: tuple[ssl.SSLContext, ssl.SSLContext],
) -> None:
    """There is no half-close; waiting for `linger` would end in a cut."""
    handler = lambda request: Response(200)  # noqa: E731
    async with http_server.serve(handler, ssl=tls[0], linger=3600.0) as server:
        assert await asyncio.to_thread(_refused, server.port) == "HTTP/1.1 400"


@pytest.mark.parametrize("whole", [True, False])
async def test_a_body_that_ends_with_the_connection_is_whole_if_tls_says_so(
    tls: tuple[ssl.SSLContext, ssl.SSLContext], whole: bool
) -> None:
    """A stranger can end TCP; only the peer can send a close_notify."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n\r\nhalf of a body")
        await writer.drain()
        if whole:
            writer.close()
        else:
            writer.transport._ssl_protocol._transport.close()  # type: ignore[attr-defined]

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls[0])
    port = server.sockets[0].getsockname()[1]
    async with server, http_client.Client(ssl=tls[1]) as http:
        if whole:
            assert (await http.get(f"https://127.0.0.1:{port}")).body == b"half of a body"
        else:
            with pytest.raises(IncompleteMessage):
                await http.get(f"https://127.0.0.1:{port}")


async def test_a_body_that_ends_in_a_reset_is_not_whole() -> None:
    """Without TLS as well: a reset is no end."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n\r\nhalf")
        await writer.drain()
        await asyncio.sleep(0.05)
        linger = socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0"
        writer.get_extra_info("socket").setsockopt(*linger)
        writer.transport.abort()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, http_client.Client() as http:
        with pytest.raises(IncompleteMessage):
            await http.get(f"http://127.0.0.1:{port}")


@pytest.mark.parametrize("option", [b"", b"Connection: close\r\n"])
async def test_a_fin_after_a_request_ends_a_handler_that_waits(option: bytes) -> None:
    """One rule, whatever the request said; a handler that answers at once has answered."""
    cancelled: list[str] = []

    async def handler(request: Request) -> Response:
        if request.path == "/wait":
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                cancelled.append(request.path)
                raise
        return Response(200, body=b"hello")

    async with http_server.serve(handler) as server:
        for path, said in ((b"/wait", b""), (b"/now", b"hello")):
            async with raw.peer(server) as peer:
                peer.write(b"GET %b HTTP/1.1\r\nHost: a\r\n%b\r\n" % (path, option))
                peer._transport.write_eof()
                assert (await raw.rest(peer)).endswith(said)
        await until(lambda: cancelled == ["/wait"])


async def test_there_are_no_tunnels_and_nobody_writes_tracebacks(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """CONNECT gets 501 before the handler is asked; the connection goes on."""
    asked: list[str] = []

    def handler(request: Request) -> Response:
        asked.append(request.method)
        return Response(200, body=b"hello")

    async with http_server.serve(handler) as server, raw.peer(server) as peer:
        for _ in range(3):
            peer.write(b"CONNECT victim.example:443 HTTP/1.1\r\nHost: a\r\n\r\n")
            assert raw.status(await raw.answer(peer)) == 501
        peer.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        assert raw.status(await raw.answer(peer)) == 200
    assert (asked, caplog.records) == (["GET"], [])


@pytest.mark.parametrize("rate", [8_000, 4_000, 2_000])
def test_a_long_message_on_its_way_is_a_sign_of_life(rate: int) -> None:
    """The ping stands after it; the receiver, like a browser, sends nothing by itself."""

    async def main() -> int:
        async def handler(connection: ws.Connection) -> None:
            await connection.send(bytes(200_000))
            with contextlib.suppress(ConnectionClosed):
                await connection.recv()

        async with ws.serve(handler) as server:
            connection = await ws.connect(server.url, ping_interval=None)
            size = len(await connection.recv())
            connection.abort()
            return size

    assert clock.simulate(main, rtt=0.1, bandwidth=rate) == 200_000


def test_a_peer_that_is_gone_is_given_up_also_with_a_message_on_its_way() -> None:
    """Nothing is acknowledged any more."""

    async def main() -> float:
        ended = asyncio.get_running_loop().create_future()

        async def handler(connection: ws.Connection) -> None:
            await connection.send(bytes(100_000))
            with contextlib.suppress(ConnectionClosed):
                await connection.recv()
            ended.set_result(asyncio.get_running_loop().time())

        async with ws.serve(handler) as server:
            connection = await ws.connect(server.url, ping_interval=None)
            clock.network().conditions.stalled = True
            took: float = await ended
            clock.network().conditions.stalled = False
            connection.abort()
            return took

    assert 40 < clock.simulate(main, rtt=0.1, bandwidth=4_000) < 75


@pytest.mark.skipif(sys.platform not in ("linux", "darwin"), reason="the system does not tell")
async def test_the_system_tells_what_has_not_reached_the_peer() -> None:
    """Of a real socket."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        transport, _ = await asyncio.get_running_loop().create_connection(
            asyncio.Protocol, *listener.getsockname()
        )
        peer, _ = listener.accept()
        assert unacknowledged.count(transport) == 0
        transport.write(bytes(8_000_000))
        assert unacknowledged.count(transport) > 10_000
        transport.abort()
        peer.close()


async def test_a_websocket_hears_of_a_fin_that_came_with_its_handshake() -> None:
    """The handler answers after the FIN has been read: the link has to end, and at once."""
    closed: list[ws.Closed] = []

    def opened(link: ws.PushConnection) -> None:
        link.on_close = closed.append

    async def handler(request: Request) -> object:
        return ws.upgrade(request, opened)

    async with http_server.serve(handler) as server:  # type: ignore[arg-type]
        async with raw.peer(server) as peer:
            peer.write(HANDSHAKE)
            peer._transport.write_eof()
            assert (await raw.rest(peer)).startswith(b"HTTP/1.1 101 ")
        await until(lambda: closed and not server.handed_over)
    assert [(one.code, one.clean) for one in closed] == [(1006, False)]


def test_a_socket_that_is_closed_tells_nothing() -> None:
    """Its number is -1 then."""
    sock = socket.socket()
    sock.close()

    class Transport(asyncio.BaseTransport):
        def get_extra_info(self, name: str, default: object = None) -> object:
            return sock

    assert unacknowledged.count(Transport()) == 0
