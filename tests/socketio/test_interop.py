"""One conversation, with python-socketio and with npm's packages, in both directions."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from course_lib.wire.socketio.msgpack_parser import Parser
from tests.engineio import node
from tests.net.waiting import until
from tests.socketio import conversation
from tests.socketio.conversation import LINES

pytest.importorskip("socketio", reason="python-socketio is missing: pip install python-socketio")
PEERS = Path(__file__).parent / "peers"
UPGRADE = ["polling", "websocket"]
# Through the upgrade in `make test`; by one transport in `make test-wide`.
WAYS = [
    pytest.param(UPGRADE, id="upgrade"),
    pytest.param(["polling"], id="polling", marks=pytest.mark.wide),
    pytest.param(["websocket"], id="websocket", marks=pytest.mark.wide),
]
# python-socketio's client asks for all of its namespaces when it connects.
OTHERS = ("refused", "admin", "unknown", "tenant")
ONE_NAMESPACE = [line for line in LINES if not line.startswith(OTHERS)]


@contextlib.asynccontextmanager
async def _node(file: str, *arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        "node", str(PEERS / file), *arguments, cwd=node.ROOT,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.communicate()


@contextlib.asynccontextmanager
async def _node_server() -> AsyncIterator[str]:
    async with _node("server.cjs") as process:
        assert process.stdout is not None
        port = int(await process.stdout.readline())
        yield f"http://127.0.0.1:{port}"


@node.needed
@pytest.mark.parametrize("transports", WAYS)
async def test_the_npm_client_against_our_server(transports):
    """Every feature that it has; then it leaves, and nothing is held."""
    io, ends = conversation.our_server()
    async with io.listen() as address:
        async with _node("client.cjs", address.url, json.dumps(transports)) as process:
            assert process.stdout is not None
            async with asyncio.timeout(120):
                said = (await process.stdout.read()).decode().splitlines()
        assert said == LINES
        await until(lambda: not io.engine.sessions)
        assert ends == ["server namespace disconnect"]
        assert all(not namespace.sockets for namespace in io.namespaces.values())


@pytest.mark.filterwarnings("ignore:Sending a large body directly")  # aiohttp, to its client
@pytest.mark.parametrize("transports", WAYS)
async def test_python_socketios_client_against_our_server(transports):
    """Every feature that it has."""
    io, ends = conversation.our_server()
    async with io.listen() as address:
        said = await conversation.python_client(address.url, transports)
        assert said == ONE_NAMESPACE
        await until(lambda: not io.engine.sessions)
        assert ends == ["server namespace disconnect"]


@node.needed
@pytest.mark.parametrize("transports", WAYS)
async def test_our_client_against_nodes_server(transports):
    """Every feature that it has."""
    async with _node_server() as url:
        assert await conversation.our_client(url, transports=transports) == LINES


@pytest.mark.parametrize("transports", WAYS)
async def test_our_client_against_python_socketios_server(transports):
    """Every feature that it has."""
    async with conversation.python_server() as url:
        said = await conversation.our_client(url, transports=transports)
    # It says "hello" before it lets the client in, and that is heard before "connect".
    assert said == [LINES[1], LINES[0], *LINES[2:]]


@pytest.mark.parametrize("transports", WAYS)
@pytest.mark.parametrize("parser", [None, Parser()], ids=["json", "msgpack"])
async def test_our_client_against_our_server(transports, parser):
    """With each parser."""
    options = {} if parser is None else {"parser": parser}
    io, _ = conversation.our_server(**options)
    async with io.listen() as address:
        said = await conversation.our_client(address.url, transports=transports, **options)
        assert said == LINES
