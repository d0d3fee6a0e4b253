"""A server on a port: shared with an HTTP application, wired by hand, and closed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

import course_lib.socketio
from course_lib.errors import ConnectionClosed
from course_lib.lab import clock
from course_lib.net import http_client, http_server, ws
from course_lib.socketio import Client, ConnectError, Server
from course_lib.wire.http.http11 import Request, Response
from tests.net import raw
from tests.net.waiting import until

POLL = "/socket.io/?EIO=4&transport=polling"


@pytest.fixture
async def http() -> AsyncIterator[http_client.Client]:
    async with http_client.Client() as client:
        yield client


def greeting(io: Server) -> list[str]:
    """A server that greets; and the reasons for which sockets have left it."""
    reasons: list[str] = []

    @io.on("connection")
    def connected(socket: Any) -> None:
        socket.on("hello", lambda name: f"hello, {name}")
        socket.on("disconnect", lambda reason, _: reasons.append(reason))

    return reasons


# The port.


@pytest.mark.parametrize("later", [False, True])
async def test_an_http_application_shares_the_port(http: http_client.Client, later: bool) -> None:
    """Only what is under the path is the server's; the application may be `def` or `async def`."""

    def page(request: Request) -> Response:
        return Response(200, body=f"{request.method} {request.path}".encode())

    async def slow_page(request: Request) -> Response:
        await asyncio.sleep(0)
        return page(request)

    io = Server(serve_client=False)
    greeting(io)
    async with io.listen(other=slow_page if later else page) as address:
        for path in ("/", "/socket.iox/", "/engine.io/", "/api?x=1"):
            answer = await http.get(address.url + path)
            assert answer.text() == f"GET {path.partition('?')[0]}"
        assert (await http.post(address.url + "/api", b"x")).text() == "POST /api"
        assert (await http.get(f"{address.url}/socket.io/")).status == 400  # the server's own
        async with Client(address.url) as client:
            assert await client.emit_with_ack("hello", "Mina") == "hello, Mina"


async def test_without_an_application_the_rest_is_not_found(http: http_client.Client) -> None:
    """404."""
    async with Server().listen() as address:
        assert (await http.get(address.url)).status == 404


async def test_the_application_may_have_websockets_of_its_own() -> None:
    """A request for one, under another path, is the application's."""

    def echo(link: ws.PushConnection) -> None:
        link.on_message = link.send_nowait

    io = Server()
    greeting(io)
    async with io.listen(other=lambda request: ws.upgrade(request, echo)) as address:
        async with ws.connect(f"{address.url}/echo".replace("http", "ws")) as connection:
            await connection.send("안녕")
            assert await connection.recv() == "안녕"
        async with Client(address.url) as client:
            assert await client.emit_with_ack("hello", "Joon") == "hello, Joon"


async def test_it_serves_over_tls(tls: Any) -> None:
    """`ssl` is Python's own."""
    at_server, at_client = tls
    io = Server()
    greeting(io)
    async with io.listen(ssl=at_server) as address:
        assert address.url.startswith("https://")
        async with Client(address.url, ssl=at_client) as client:
            assert await client.emit_with_ack("hello", "Mina") == "hello, Mina"


async def test_any_http_server_may_hand_its_requests_over() -> None:
    """`io.engine.handle` is all that polling needs; `engineio.host` shows the WebSocket."""
    io = Server()
    reasons = greeting(io)

    def handler(request: Request) -> Any:
        return io.engine.handle(request) if io.engine.serves(request) else Response(404)

    async with http_server.serve(handler) as server:
        async with Client(server.url, transports=["polling"]) as client:
            assert await client.emit_with_ack("hello", "Mina") == "hello, Mina"
        await until(lambda: reasons)
        await io.close()
    assert reasons == ["client namespace disconnect"]


def test_its_parts_have_their_names() -> None:
    """`io.engine`, `io.sockets`, the options; and what the package offers."""
    io = Server(path="/chat", connect_timeout=3, serve_client=False)
    assert io.sockets is io.of("/")
    assert io.engine.options.path == "/chat/"
    assert (io.options.connect_timeout, io.options.serve_client) == (3, False)
    assert course_lib.socketio.protocol == 5
    assert set(course_lib.socketio.__all__) >= {"Manager", "Socket", "Client", "Server"}


# The time to join.


def test_a_connection_that_joins_nothing_is_sent_away() -> None:
    """After `connect_timeout`; one that has joined stays."""

    async def talk() -> None:
        io = Server(connect_timeout=3, ping_interval=60)
        greeting(io)
        async with io.listen("10.0.0.1", 80) as address:
            url = address.url.replace("http", "ws") + POLL.replace("polling", "websocket")
            async with Client(address.url) as client, ws.connect(url) as silent:
                began = asyncio.get_running_loop().time()
                assert (await silent.recv())[0] == "0"
                with pytest.raises(ConnectionClosed):
                    await silent.recv()
                waited = asyncio.get_running_loop().time() - began
                assert 2.99 <= waited <= 3.01  # virtual seconds
                await asyncio.sleep(10)
                assert await client.emit_with_ack("hello", "Mina") == "hello, Mina"

    clock.simulate(talk())


def test_a_client_that_gives_up_connecting_waits_for_nobody() -> None:
    """A host that takes the request, and never answers: leaving costs no time."""

    async def talk() -> float:
        async def silence(request: Request) -> Response:
            await asyncio.Event().wait()
            return Response(200)

        async with http_server.serve(silence, "10.0.0.1", 80) as server:
            client = Client(server.url)
            connecting = asyncio.ensure_future(client.connect())
            await asyncio.sleep(1)
            began = asyncio.get_running_loop().time()
            await client.disconnect()
            with pytest.raises(ConnectError, match="io client disconnect"):
                await connecting
            return asyncio.get_running_loop().time() - began

    assert clock.simulate(talk()) < 0.2  # virtual seconds, of 20


# The end.


async def test_close_tells_the_reason_and_sends_no_disconnect_packet(
    http: http_client.Client,
) -> None:
    """On both transports: `41` would tell clients not to come back."""
    io = Server()
    reasons = greeting(io)
    async with io.listen() as address:
        opened = await http.get(address.url + POLL)
        url = f"{address.url}{POLL}&sid={json.loads(opened.body[1:])['sid']}"
        assert (await http.post(url, b"40")).body == b"ok"
        assert (await http.get(url)).body.startswith(b"40{")
        polling = asyncio.ensure_future(http.get(url))
        async with ws.connect(
            address.url.replace("http", "ws") + POLL.replace("polling", "websocket")
        ) as connection:
            assert (await connection.recv())[0] == "0"
            await connection.send("40")
            assert (await connection.recv()).startswith("40{")
            await until(lambda: next(iter(io.engine.sessions.values())).transport._poll)
            await io.close()
            await io.close()
            assert (await polling).body == b"1"
            with pytest.raises(ConnectionClosed) as closed:
                await connection.recv()
            assert closed.value.code == 1001
        assert reasons == ["server shutting down"] * 2
        assert (await http.get(address.url + POLL)).status == 503
        assert io.sockets.sockets == {}


async def test_a_shutdown_under_load_leaves_nothing() -> None:
    """D15: every client is told; no task and no descriptor is left."""
    before = raw.descriptors(), len(asyncio.all_tasks())
    io = Server()
    reasons = greeting(io)
    address = await io.listen()
    clients = [
        Client(address.url, transports=[("polling", "websocket")[number % 2]])
        for number in range(20)
    ]
    told: list[str] = []
    answers: list[str] = []
    for client in clients:
        client.on("disconnect", lambda reason, _: told.append(reason))
        await client.connect()

    async def talk(client: Client) -> None:
        while client.connected:  # what is sent after that waits for another connection
            answers.append(await client.emit_with_ack("hello", "x" * 1000))

    talking = [asyncio.create_task(talk(client)) for client in clients]
    await until(lambda: len(answers) > 100)
    async with asyncio.timeout(60):
        await address.close()
        results = await asyncio.gather(*talking, return_exceptions=True)
    assert {type(result) for result in results} <= {ConnectionClosed, type(None)}
    assert reasons == ["server shutting down"] * 20
    assert set(told) <= {"transport close", "transport error"} and len(told) == 20
    for client in clients:
        await client.disconnect()
    await until(lambda: (raw.descriptors(), len(asyncio.all_tasks())) == before, 30)
