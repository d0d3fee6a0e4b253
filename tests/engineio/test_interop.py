"""Other people's clients against our server, and our client against other people's servers."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from course_lib.engineio import Client
from tests.engineio import asgi_host, node
from tests.engineio.world import World
from tests.net.waiting import until

engineio = pytest.importorskip("engineio", reason="python-engineio is missing")
pytest.importorskip("aiohttp", reason="aiohttp is missing: pip install aiohttp")
pytest.importorskip("uvicorn", reason="uvicorn is missing: pip install uvicorn")

MESSAGES: list[str | bytes] = [
    "hello", "안녕 \U0001f600", b"\x00\xff\x1e", b"", "한x" * 250_000, bytes(999_999),
]  # fmt: skip
UPGRADE = ["polling", "websocket"]
# Through the upgrade in `make test`; by one transport in `make test-wide`.
WAYS = [
    pytest.param(UPGRADE, id="upgrade"),
    pytest.param(["polling"], id="polling", marks=pytest.mark.wide),
    pytest.param(["websocket"], id="websocket", marks=pytest.mark.wide),
]


# npm's engine.io-client against our server.


async def _npm_client(url: str, transports: list[str], many: int) -> list[str]:
    options = {"transports": transports, "upgrade": transports == UPGRADE}
    process = await asyncio.create_subprocess_exec(
        "node", str(node.PEERS / "client.cjs"), url, json.dumps(options), str(many),
        stdout=asyncio.subprocess.PIPE, cwd=node.ROOT,
    )  # fmt: skip
    try:
        async with asyncio.timeout(120):
            out, _ = await process.communicate()
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
    return out.decode().splitlines()


@node.needed
@pytest.mark.parametrize("transports", WAYS)
async def test_the_npm_client_against_our_server(transports):
    """Text, binary, a megabyte; 10,000 messages that it had buffered come in one POST."""
    world = World(max_payload=4_000_000, max_unsent=1 << 24)
    quiet = [f"quiet {number}" for number in range(10_000)]
    async with world.engine.listen() as listening:
        posts: list[int] = []
        world.engine.use(lambda request: posts.append(request.body.count(b"\x1e")))
        lines = await _npm_client(listening.url, transports, len(quiet))
        upgraded = ["upgrade websocket"] if transports == UPGRADE else []
        count = 7 * (1 + len(upgraded))
        assert lines == [
            f"open {transports[0]}", *upgraded, f"same {count} true", "close forced close",
        ]  # fmt: skip
        (heard,) = world.heard.values()
        assert [one for one in heard if isinstance(one, str) and one[:5] == "quiet"] == quiet
        await until(lambda: not world.engine.sessions)
        assert {reason for reason, _ in world.closed.values()} == {"transport close"}
        if transports[0] == "polling":
            assert max(posts) >= len(quiet) - 1


# Our client against Node's engine.io, and against python-engineio.


@contextlib.asynccontextmanager
async def _node_server() -> AsyncIterator[str]:
    options = {"maxHttpBufferSize": 4_000_000}
    async with node.server(options) as (port, _):
        yield f"http://127.0.0.1:{port}"


@contextlib.asynccontextmanager
async def _python_server() -> AsyncIterator[str]:
    """python-engineio under uvicorn.  (Under aiohttp it reads the first part of a large body.)"""
    server = engineio.AsyncServer(
        async_mode="asgi", max_http_buffer_size=4_000_000, monitor_clients=False
    )

    @server.on("message")
    async def message(sid: str, data: Any) -> None:
        await server.send(sid, data)

    before = asyncio.all_tasks()
    async with asgi_host.uvicorn_server(engineio.ASGIApp(server)) as url:
        yield url
        await server.shutdown()
    for task in asyncio.all_tasks() - before:  # it waits for the time of its next ping
        if "_send_ping" in repr(task):
            task.cancel()
            await asyncio.wait([task])


@pytest.mark.parametrize("transports", WAYS)
@pytest.mark.parametrize(
    "server", [pytest.param(_node_server, marks=node.needed, id="node"), _python_server]
)
async def test_our_client_against_another_server(
    transports: list[str], server: Callable[[], Any]
) -> None:
    """Before, while and after it upgrades; a megabyte each way."""
    heard: list[str | bytes] = []
    upgraded = asyncio.Event()
    async with server() as url:
        client = Client(url, transports=transports)
        client.on("message", heard.append)
        client.on("upgrade", lambda _: upgraded.set())
        async with asyncio.timeout(120), client:
            for message in MESSAGES:
                client.send(message)
            if transports == UPGRADE:
                await upgraded.wait()
            await until(lambda: len(heard) == len(MESSAGES))
            for message in MESSAGES:
                client.send(message)
            await until(lambda: len(heard) == 2 * len(MESSAGES))
            assert client.transport is not None
            assert client.transport.name == transports[-1]
            assert client.state == "open"
        assert heard == MESSAGES * 2
        assert client.state == "closed"


# python-engineio's client against our server.


@pytest.mark.filterwarnings("ignore:Sending a large body")  # aiohttp, of what its user does
@pytest.mark.parametrize("transports", WAYS)
async def test_the_client_of_python_engineio_against_our_server(transports):
    """It sends no more than 16 packets in a body, and reads as few."""
    world = World(max_payload=4_000_000)
    async with world.engine.listen() as listening:
        client = engineio.AsyncClient(handle_sigint=False)
        heard: list[str | bytes] = []
        client.on("message", heard.append)
        async with asyncio.timeout(120):
            await client.connect(listening.url, transports=transports)
            for message in MESSAGES:
                await client.send(message)
            await until(lambda: len(heard) == len(MESSAGES))
            await client.disconnect()
            await client.wait()
        assert heard == MESSAGES
        await until(lambda: not world.engine.sessions)
        name = "transport close"
        assert {reason for reason, _ in world.closed.values()} == {name}
