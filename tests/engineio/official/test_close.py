"""Who closes, on which transport, and what the other end sees.  Our server and Node's."""

from __future__ import annotations

import asyncio

import pytest

from course_lib.errors import ConnectionClosed

from .test_polling import is_over, waiting


async def until_closed(server, heard):
    """What this poll and the next bring: Node says `1` in a new one, when its queue has drained."""
    while not heard.endswith("1"):
        heard += "\x1e" + (await server.poll()).removeprefix("6\x1e")
    return heard


@pytest.mark.parametrize("held", [False, True])
async def test_a_client_that_polls_says_1(server, held):
    """A.8: `ok`; a poll that waits is released with `6`; the session is over."""
    await server.open()
    poll = await waiting(server) if held else None
    response = await server.post("1")
    assert (response.status, response.body) == (200, b"ok")
    if poll is not None:
        assert (await poll).text() == "6"
    assert (await server.closed())[0] == "transport close"
    await is_over(server)


async def test_what_comes_before_the_1_counts_and_what_comes_after_does_not(server):
    """All in one payload."""
    await server.open()
    poll = await waiting(server)
    assert (await server.post("4before\x1e1\x1e4after")).body == b"ok"
    assert (await poll).text() in ("4before", "6")  # Node flushes at once, ours after the payload
    assert (await server.closed())[0] == "transport close"


async def test_a_server_closes_with_a_poll_that_waits(server):
    """`1` comes after what was sent before."""
    await server.open()
    poll = await waiting(server)
    await server.post("4!close a b")
    heard = (await poll).text()
    assert heard == ("4a\x1e4b\x1e1" if server.ours else "4a")  # Node answers at the first word
    assert await until_closed(server, heard) == "4a\x1e4b\x1e1"
    assert (await server.closed())[0] == "forced close"
    await is_over(server)


async def test_a_server_closes_while_no_poll_waits(server):
    """The next one gets the rest, a noop if there is none, and `1`."""
    for said, rest in (("4!close", "6\x1e1"), ("4!close a b", "4a\x1e4b\x1e1")):
        await server.open()
        await server.post(said)
        assert await until_closed(server, await server.poll()) == rest
        assert (await server.closed())[0] == "forced close"
        await is_over(server)


async def test_a_server_that_discards_does_not_wait(server):
    """The session is over at once; a poll that waits gets `1` and nothing else."""
    await server.open()
    poll = await waiting(server)
    await server.post("4!discard")
    assert (await poll).text() == "1"
    assert (await server.closed())[0] == "forced close"
    await is_over(server)


async def test_packets_of_a_client_count_no_more_once_the_server_closes(server):
    """They are taken, and no handler hears of them."""
    await server.open()
    await server.post("4!close")
    assert (await server.post("4too late")).body == b"ok"
    assert await server.poll() == "6\x1e1"


async def test_a_websocket_is_closed_without_a_code(server):
    """By the server: 1005, after what was sent before."""
    connection = await server.websocket()
    await connection.recv()
    await connection.send("4!close a b")
    assert [await connection.recv() for _ in "ab"] == ["4a", "4b"]
    with pytest.raises(ConnectionClosed):
        await connection.recv()
    assert connection.close_code == 1005
    assert (await server.closed())[0] == "forced close"


@pytest.mark.parametrize("code", [None, 1000, 1001, 4000])
async def test_a_client_closes_its_websocket(server, code):
    """With any code or none: `transport close`."""
    connection = await server.websocket()
    await connection.recv()
    await connection.close(code)
    assert (await server.closed())[0] == "transport close"


async def test_a_websocket_that_is_cut_is_a_transport_that_closed(server):
    """No Close frame: 1006."""
    connection = await server.websocket()
    await connection.recv()
    connection.abort()
    assert (await server.closed())[0] == "transport close"


async def test_sessions_end_alone(server):
    """The end of one is not the end of another."""
    await server.open()
    first = server.sid
    await server.open()
    assert (await server.post("1", sid=first)).body == b"ok"
    await server.post("4hello")
    assert await server.poll() == "4hello"
    poll = asyncio.create_task(server.get())
    await server.post("4again")
    assert (await poll).text() == "4again"
