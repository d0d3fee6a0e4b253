"""A listener: awaited or entered, closed from anywhere, as often as one likes."""

from __future__ import annotations

import asyncio
import contextlib
import socket

import pytest

from course_lib.errors import LocalError
from course_lib.net import stream
from tests.net import raw


async def echo(peer: stream.Stream) -> None:
    while data := await peer.read():
        peer.write(data)
        await peer.drain()


async def say(server: stream.StreamServer, text: bytes) -> bytes:
    async with await stream.connect(server.host, server.port) as peer:
        peer.write(text)
        return await peer.read_exactly(len(text))


async def test_a_server_is_awaited_in_one_cell_and_closed_in_another():
    """`await serve(...)` gives the server itself, with its address."""
    server = await stream.serve(echo)
    assert server.url == f"tcp://127.0.0.1:{server.port}"
    assert await say(server, b"hello") == b"hello"
    await server.close()
    with pytest.raises(ConnectionRefusedError):
        await say(server, b"hello")


async def test_a_server_is_entered_and_closed_behind_the_block():
    """`async with serve(...)` is the same server."""
    async with stream.serve(echo) as server:
        assert await say(server, b"hello") == b"hello"
    with pytest.raises(ConnectionRefusedError):
        await say(server, b"hello")


async def test_a_cell_that_runs_twice_never_meets_an_address_in_use():
    """The port is chosen anew, also while the forgotten server of the first run still listens."""
    first, second = await stream.serve(echo), await stream.serve(echo)
    assert first.port != second.port
    assert [await say(first, b"1"), await say(second, b"2")] == [b"1", b"2"]
    await first.close()
    await second.close()


async def test_closing_twice_or_at_the_same_time_or_before_the_start_is_no_error():
    """Every caller of close returns when the server has ended."""
    server = await stream.serve(echo)
    await asyncio.gather(server.close(), server.close(), server.close())
    await server.close()
    never = stream.serve(echo)
    await never.close()
    with pytest.raises(LocalError, match="closed"):
        await never


async def test_awaiting_a_server_again_changes_nothing():
    """A second `await server` gives the same port."""
    server = await stream.serve(echo)
    port = server.port
    assert await server is server
    assert server.port == port
    await server.close()


async def test_a_forgotten_await_says_what_to_write():
    """The address of a server that was never started is an error that names the remedy."""
    server = stream.serve(echo)
    with pytest.raises(LocalError, match="await serve"):
        _ = server.url
    assert "not listening yet" in repr(server)


async def test_a_port_in_use_is_said_and_leaves_the_server_startable():
    """Asking for a port that another server has is an OSError, nothing else happens."""
    async with stream.serve(echo) as first:
        second = stream.serve(echo, port=first.port)
        with pytest.raises(OSError, match="address"):
            await second
    async with second:
        assert second.port == first.port
        assert await say(second, b"hello") == b"hello"


@pytest.mark.parametrize(
    ("host", "url"), [("0.0.0.0", "tcp://127.0.0.1:"), ("localhost", "tcp://localhost:")]
)
async def test_the_url_is_an_address_that_a_client_can_use(host, url):
    """A wildcard host is for listening; the URL names one that can be reached."""
    async with stream.serve(echo, host) as server:
        assert server.url == f"{url}{server.port}"


async def test_a_cancelled_close_still_closes():
    """The first caller is cancelled in its grace: handlers are cancelled, the port is free."""
    entered = asyncio.Event()

    async def stay(peer: stream.Stream) -> None:
        entered.set()
        await asyncio.Event().wait()

    server = await stream.serve(stay)
    peer = await stream.connect(server.host, server.port)
    await entered.wait()
    closing = asyncio.create_task(server.close(grace=60))
    await asyncio.sleep(0)
    closing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await closing
    await server.close()
    assert await peer.read() == b""
    await peer.close()
    with pytest.raises(ConnectionRefusedError):
        await say(server, b"hello")


@pytest.mark.parametrize("turns", range(6))
async def test_a_server_closed_while_it_starts_leaves_no_open_port(turns: int):
    """Whichever of the two is first, nobody listens in the end."""
    server = stream.serve(echo)
    starting = asyncio.create_task(server.start())
    for _ in range(turns):
        await asyncio.sleep(0)
    await server.close()
    (outcome,) = await asyncio.gather(starting, return_exceptions=True)
    assert outcome is server or isinstance(outcome, LocalError)
    assert server._server is None or server._server.sockets == ()


@pytest.mark.parametrize("turns", range(8))
async def test_a_peer_accepted_in_the_last_moment_is_not_left_waiting(turns: int):
    """Its connection ends, whatever asyncio was doing with it when the server closed."""
    server = await stream.serve(echo)
    with socket.create_connection((server.host, server.port)) as peer:
        peer.setblocking(False)
        for _ in range(turns):
            await asyncio.sleep(0)
        await server.close(grace=0.0)
        with contextlib.suppress(ConnectionResetError):
            async with asyncio.timeout(60):
                assert await asyncio.get_running_loop().sock_recv(peer, 1) == b""


async def test_whoever_is_cancelled_while_the_port_opens_leaves_no_socket_behind():
    """At each turn of the loop; the same server can be started afterwards."""
    before = raw.descriptors()
    for turns in range(8):
        server = stream.serve(echo)
        starting = asyncio.create_task(server.start())
        for _ in range(turns):
            await asyncio.sleep(0)
        starting.cancel()
        await asyncio.wait([starting])
        if not starting.cancelled():
            await server.close()
        await asyncio.sleep(0)
        assert raw.descriptors() == before, turns
    server = stream.serve(echo)
    starting = asyncio.create_task(server.start())
    await asyncio.sleep(0)
    starting.cancel()
    await asyncio.wait([starting])
    async with server:
        assert await say(server, b"hello") == b"hello"
