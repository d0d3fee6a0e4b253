"""Other people's clients against our server, our client against other people's servers."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from course_lib.errors import ConnectionClosed, RemoteError
from course_lib.net import ws

aiohttp = pytest.importorskip("aiohttp", reason="aiohttp is missing: pip install aiohttp")
websockets = pytest.importorskip("websockets", reason="websockets is missing")

from aiohttp import web  # noqa: E402
from websockets.asyncio import client as websockets_client  # noqa: E402
from websockets.asyncio import server as websockets_server  # noqa: E402

ROOT = Path(__file__).parents[2]
PEER = Path(__file__).parent / "ws_peer.cjs"
MESSAGES = ["안녕", "", b"\x00\xff", b"", "x" * 200_000, bytes(range(256)) * 1500]
COMPRESSION = ws.Settings(threshold=0)

needs_node = pytest.mark.skipif(
    not shutil.which("node") or not (ROOT / "node_modules" / "ws").exists(),
    reason="node with the package ws is missing: install Node.js, then `npm ci`",
)


async def echo(connection: ws.Connection) -> None:
    async for message in connection:
        if message == "close":
            await connection.close(4001, "as you wish")
        else:
            await connection.send(message)


# Our server.


@pytest.mark.parametrize("compression", [None, "deflate"])
async def test_the_client_of_websockets_against_our_server(compression):
    """Messages, fragments, pings, subprotocol, the goodbye from either side."""
    async with ws.serve(echo, subprotocols=["chat"], compression=COMPRESSION) as server:
        async with websockets_client.connect(
            server.url, compression=compression, subprotocols=["other", "chat"]
        ) as connection:
            assert connection.subprotocol == "chat"
            assert bool(connection.protocol.extensions) is bool(compression)
            for message in MESSAGES:
                await connection.send(message)
                assert await connection.recv() == message
            await connection.send(["안", "", "녕"])
            assert await connection.recv() == "안녕"
            assert await (await connection.ping()) >= 0
        assert connection.close_code == 1000
        async with websockets_client.connect(server.url) as connection:
            await connection.send("close")
            with pytest.raises(websockets.ConnectionClosedError):
                await connection.recv()
            assert (connection.close_code, connection.close_reason) == (4001, "as you wish")
        async with websockets_client.connect(server.url) as connection:
            await server.close()
            await connection.wait_closed()
            assert connection.close_code == 1001


@pytest.mark.parametrize("compress", [0, 15, 9])
async def test_the_client_of_aiohttp_against_our_server(compress):
    """The same with a parser that is written in C."""
    async with (
        ws.serve(echo, subprotocols=["chat"], compression=COMPRESSION) as server,
        aiohttp.ClientSession() as session,
        session.ws_connect(
            server.url, compress=compress, protocols=["other", "chat"]
        ) as connection,
    ):
        assert (connection.protocol, bool(connection.compress)) == ("chat", compress > 0)
        for message in MESSAGES:
            if isinstance(message, str):
                await connection.send_str(message)
            else:
                await connection.send_bytes(message)
            assert (await connection.receive()).data == message
        await connection.ping(b"?")
        await connection.send_str("close")
        received = await connection.receive()
        assert (received.type, received.data) == (aiohttp.WSMsgType.CLOSE, 4001)
        assert received.extra == "as you wish"


@needs_node
@pytest.mark.parametrize("compression", [False, COMPRESSION])
async def test_the_client_of_npms_ws_against_our_server(compression):
    """What Node's own clients use: everything it saw, line by line."""
    async with ws.serve(echo, subprotocols=["chat"], compression=compression) as server:
        process = await asyncio.create_subprocess_exec(
            "node", str(PEER), server.url, stdout=asyncio.subprocess.PIPE, cwd=ROOT
        )
        out, _ = await asyncio.wait_for(process.communicate(), 30)
    lines = out.decode().splitlines()
    assert lines[0] == f"open chat {'permessage-deflate' if compression else ''}"
    assert sorted(lines[1:]) == ["closed 4001 as you wish", "pong ?", "same true 안녕"]


# Our client.


async def talk(connect: Callable[[], ws.Connection], subprotocol: str | None) -> None:
    async with connect() as connection:
        assert connection.subprotocol == subprotocol
        for message in MESSAGES:
            await connection.send(message)
            assert await connection.recv() == message
        await connection.send(["안", "", "녕"])
        assert await connection.recv() == "안녕"
        assert await connection.ping() >= 0
    assert connection.close_code == 1000
    async with connect() as connection:
        await connection.send("close")
        with pytest.raises(ConnectionClosed) as error:
            await connection.recv()
        assert (error.value.code, error.value.reason) == (4001, "as you wish")


@pytest.mark.parametrize("compression", [False, COMPRESSION])
async def test_our_client_against_the_server_of_websockets(compression):
    """Compressed or not; a refusal is an error with its status."""

    async def handler(connection) -> None:
        async for message in connection:
            if message == "close":
                await connection.close(4001, "as you wish")
            else:
                await connection.send(message)

    async with websockets_server.serve(
        handler, "127.0.0.1", 0, subprotocols=["chat"], origins=[None, "http://good.example"]
    ) as server:
        url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        await talk(lambda: ws.connect(url, subprotocols=["chat"], compression=compression), "chat")
        async with ws.connect(url, origin="http://good.example", subprotocols=["chat"]):
            pass
        with pytest.raises(RemoteError) as error:
            await ws.connect(url, origin="http://evil.example", subprotocols=["chat"])
        assert error.value.code == 403


@contextlib.asynccontextmanager
async def aiohttp_server() -> AsyncIterator[str]:
    async def handler(request: web.Request) -> web.WebSocketResponse:
        connection = web.WebSocketResponse(protocols=["chat"])
        await connection.prepare(request)
        async for message in connection:
            if message.data == "close":
                await connection.close(code=4001, message=b"as you wish")
            elif message.type is aiohttp.WSMsgType.TEXT:
                await connection.send_str(message.data)
            else:
                await connection.send_bytes(message.data)
        return connection

    app = web.Application()
    app.router.add_get("/", handler)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"ws://127.0.0.1:{runner.addresses[0][1]}/"
    finally:
        await runner.cleanup()


@pytest.mark.parametrize("compression", [False, COMPRESSION])
async def test_our_client_against_the_server_of_aiohttp(compression):
    """Compressed or not."""
    async with aiohttp_server() as url:
        await talk(lambda: ws.connect(url, subprotocols=["chat"], compression=compression), "chat")
        with pytest.raises(RemoteError) as error:
            await ws.connect(f"{url}nowhere")
        assert error.value.code == 404


@needs_node
@pytest.mark.parametrize("compression", [False, COMPRESSION])
async def test_our_client_against_the_server_of_npms_ws(compression):
    """And what it says about our goodbye."""
    process = await asyncio.create_subprocess_exec(
        "node", str(PEER), "serve", stdout=asyncio.subprocess.PIPE, cwd=ROOT
    )
    assert process.stdout is not None
    try:
        port = int(await asyncio.wait_for(process.stdout.readline(), 60))
        url = f"ws://127.0.0.1:{port}"
        await talk(lambda: ws.connect(url, subprotocols=["chat"], compression=compression), "chat")
        async with asyncio.timeout(60):
            lines = [(await process.stdout.readline()).decode().strip() for _ in range(2)]
        assert sorted(lines) == ["closed 1000", "closed 4001 as you wish"]
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.communicate()
