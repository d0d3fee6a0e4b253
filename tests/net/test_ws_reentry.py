"""What callbacks, writers and closers do to each other: at once, in the middle, and too late."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import time
from collections.abc import Callable

import pytest

from course_lib.errors import ConnectionClosed
from course_lib.lab import clock
from course_lib.net import http_server, stream, ws
from course_lib.wire.http.http11 import Request, Response
from course_lib.wire.websocket import deflate
from course_lib.wire.websocket.frames import Opcode
from tests.net import raw
from tests.net.test_ws_faults import CLOSE, HELLO, OPENING, PING, TEXT, masked
from tests.net.waiting import until


async def echo(connection: ws.Connection) -> None:
    async for message in connection:
        await connection.send(message)


def links(opened: Callable[[ws.PushConnection], object], **limits) -> http_server.Server:
    """A server of callbacks."""
    return http_server.serve(lambda request: ws.upgrade(request, opened, **limits))


# Writers.


async def test_many_writers_wait_for_a_slow_reader_and_none_is_cut_off():
    """Sixty tasks, 18 MB at once: each waits for its turn, and every message comes whole."""
    go_on, heard = asyncio.Event(), []

    async def handler(connection: ws.Connection) -> None:
        await go_on.wait()
        heard.extend([message async for message in connection])

    async with ws.serve(handler) as server, ws.connect(server.url) as connection:
        messages = [bytes([number]) * 300_000 for number in range(60)]
        sending = [asyncio.create_task(connection.send(message)) for message in messages]
        await until(lambda: connection.writing_paused)
        await asyncio.sleep(0.05)
        assert connection.unsent < 700_000  # one message, and what stood there before it
        go_on.set()
        await asyncio.gather(*sending)
        await connection.close()
        await until(lambda: not server.websockets)
    assert sorted(heard) == messages


async def test_a_goodbye_in_the_middle_of_a_message_in_parts_is_a_goodbye():
    """The sender of parts is told; the end keeps the code that we gave it, and is clean."""
    middle, go_on = asyncio.Event(), asyncio.Event()
    ends = []

    async def parts():
        yield "a"
        middle.set()
        await go_on.wait()
        yield "b"

    async def handler(connection: ws.Connection) -> None:
        with contextlib.suppress(ConnectionClosed):
            await connection.recv()
        ends.append((connection.close_code, connection.close_reason))

    async with ws.serve(handler) as server, ws.connect(server.url) as connection:
        sending = asyncio.create_task(connection.send(parts()))
        await middle.wait()
        connection.start_close(4000, "bye")
        go_on.set()
        with pytest.raises(ConnectionClosed):
            await sending
        await connection.wait_closed()
        assert (connection.close_code, connection.wire.closed.clean) == (4000, True)
        await until(lambda: ends)
    assert ends == [(4000, "bye")]


async def test_a_generator_of_parts_is_closed_when_its_message_breaks_off():
    """Its `finally` runs before `send` raises, not when memory is collected."""
    seen = []

    async def parts():
        try:
            while True:
                yield bytes(10_000)
                await asyncio.sleep(0)
        finally:
            seen.append("closed")

    async def handler(connection: ws.Connection) -> None:
        connection.pause()
        await asyncio.sleep(0.01)
        connection.abort()

    async with ws.serve(handler) as server, ws.connect(server.url) as connection:
        with pytest.raises(ConnectionClosed):
            await connection.send(parts())
        assert seen == ["closed"]


# Pings.


def test_a_pong_answers_no_later_ping():
    """Ours is asked for shortly after the keep-alive's; each has its own round trip."""

    async def main():
        loop = asyncio.get_running_loop()
        async with ws.serve(echo) as server, ws.connect(server.url) as connection:
            await until(lambda: connection.wire.pings.number == 1, 30)
            await asyncio.sleep(0.03)
            start = loop.time()
            latency = await connection.ping()
            return latency, loop.time() - start

    latency, took = clock.simulate(main(), rtt=0.1)
    assert latency == pytest.approx(0.1)
    assert took == pytest.approx(0.1)


# Callbacks.


async def test_after_abort_in_a_callback_nothing_more_is_told_but_the_end():
    """The rest of the batch is dropped, the end is told once, and sending is refused at once."""
    told = []

    def opened(link: ws.PushConnection) -> None:
        def message(text: str | bytes) -> None:
            told.append(text)
            link.abort()
            link.abort()
            with pytest.raises(ConnectionClosed, match="cut off by this end"):
                link.send_nowait("too late")

        link.on_message = message
        link.on_close = lambda closed: told.append(closed.code)

    async with links(opened) as server, raw.peer(server) as peer:
        peer.write(OPENING + HELLO * 5)
        with contextlib.suppress(ConnectionClosed):
            await raw.rest(peer)
    assert told == ["Hello", 1006]


@pytest.mark.parametrize("secure", [False, True])
@pytest.mark.parametrize("kind", [ValueError, asyncio.CancelledError])
@pytest.mark.parametrize("where", ["on_message", "on_close"])
async def test_whatever_a_callback_raises_is_its_own_affair(where, kind, secure, tls, caplog):
    """Logged; this connection ends; the loop's handler hears nothing (every test checks that)."""

    def fails(*_: object) -> None:
        raise kind("mine")

    def handler(request: Request) -> http_server.Upgrade | Response:
        return ws.upgrade(request, lambda link: setattr(link, where, fails), secure=secure)

    at_server, at_client = tls if secure else (None, None)
    async with http_server.serve(handler, ssl=at_server) as server:
        peer = await stream.connect(server.host, server.port, ssl=at_client)
        peer.write(OPENING + HELLO + masked(CLOSE))
        with contextlib.suppress(ConnectionClosed):
            await raw.rest(peer)
        peer.abort()
    assert [record.exc_info[0] for record in caplog.records] == [kind]


async def test_a_link_may_be_ended_from_its_last_callback():
    """Every way to end it, in `on_close`: nothing happens twice."""
    told = []

    def opened(link: ws.PushConnection) -> None:
        def closed(how: ws.Closed) -> None:
            told.append(how.code)
            link.start_close()
            link.fail(1008, "no")
            link.pause()
            link.resume()
            link.abort()

        link.on_close = closed

    async with links(opened) as server, raw.peer(server) as peer:
        peer.write(OPENING + masked(CLOSE) + HELLO)
        with contextlib.suppress(ConnectionClosed):
            await raw.rest(peer)
    assert told == [1005]


# One peer and the others.


def bombs() -> bytes:
    """A hundred messages of 900 KB in 90 KB."""
    settings = deflate.Settings()
    one = deflate.Deflater(15, forget=True, settings=settings).deflate(bytes(900_000))
    return masked(Opcode.BINARY, one, True, True) * 100


@pytest.mark.parametrize(
    ("flood", "messages"),
    [
        pytest.param(masked(TEXT) * 40_000, 40_000, id="tiny messages"),
        pytest.param(masked(PING) * 40_000, 0, id="pings"),
        pytest.param(bombs(), 100, id="compressed zeros"),
    ],
)
async def test_one_read_of_a_flood_does_not_stop_the_others(flood, messages):
    """The loop turns in between; nothing is lost, and what comes later is read behind it."""
    heard, turns = [], 0

    def opened(link: ws.PushConnection) -> None:
        link.on_message = lambda message: heard.append((len(message), turns))

    async with links(opened, compression=True) as server, raw.peer(server) as peer:
        peer.write(OPENING)
        await peer.read_until(b"\r\n\r\n")
        peer.write(flood + HELLO)
        while not heard or heard[-1][0] != 5:
            await asyncio.sleep(0)
            turns += 1
        assert len(heard) == messages + 1
        in_one_turn: dict[int, int] = {}
        for size, turn in heard:
            in_one_turn[turn] = in_one_turn.get(turn, 0) + 1 + size // 1000
        # Two batches may meet in one turn: one that was read, and one that caught up.
        assert max(in_one_turn.values()) <= 2 * 1024
        assert turns >= len(flood) // 262_144 + 20


async def test_a_pause_in_the_middle_of_a_flood_holds_the_rest_back():
    """At most one batch is told after it; `resume` goes on where it stopped."""
    heard: list[str | bytes] = []
    given: list[ws.PushConnection] = []

    def opened(link: ws.PushConnection) -> None:
        given.append(link)
        link.on_message = lambda message: (heard.append(message), link.pause())

    data = b"".join(masked(TEXT, b"%d" % number) for number in range(10_000))
    async with links(opened) as server, raw.peer(server) as peer:
        peer.write(OPENING + data + masked(CLOSE))
        while len(heard) < 10_000:
            before = len(heard)
            for _ in range(5):
                await asyncio.sleep(0)
            assert len(heard) <= before + 1024
            if given and given[0].reading_paused:
                assert len(heard) > before or before
                given[0].resume()
        assert heard == [str(number) for number in range(10_000)]
        await until(lambda: given[0].wire.closed or given[0].resume())
        assert given[0].wire.closed.code == 1005


# The end.


def test_a_peer_that_says_goodbye_and_reads_nothing_is_cut_off():
    """After the patience of a goodbye, not after that for a slow reader."""

    async def main():
        loop = asyncio.get_running_loop()

        async def handler(connection: ws.Connection) -> None:
            connection.send_nowait(bytes(900_000))
            await connection.recv()

        async with ws.serve(handler, close_timeout=10) as server, raw.peer(server) as deaf:
            deaf._transport.pause_reading()
            deaf.write(OPENING)
            await until(lambda: server.websockets)
            (connection,) = server.websockets
            start = loop.time()
            deaf.write(masked(CLOSE))
            await connection.wait_closed()
            return loop.time() - start, connection.close_code

    took, code = clock.simulate(main(), rtt=0.1)
    assert (took == pytest.approx(10, abs=0.5), code) == (True, 1005)


async def test_a_handler_may_close_its_own_server():
    """It goes on behind that, and its peer was told 1001."""
    done = []

    async def handler(connection: ws.Connection) -> None:
        await connection.recv()
        start = time.perf_counter()
        await server.close(grace=5)
        done.append(time.perf_counter() - start < 3)

    server = await ws.serve(handler)
    connection, other = await ws.connect(server.url), await ws.connect(server.url)
    await connection.send("stop")
    for each in (connection, other):
        await each.wait_closed()
        assert each.close_code == 1001
    await until(lambda: done and not server.websockets)
    assert done == [True]


async def test_an_ended_connection_is_gone_at_once():
    """No cycle keeps it until memory is collected: not on the server, not at the client."""

    async def handler(connection: ws.Connection) -> None:
        await echo(connection)

    async with ws.serve(handler) as server:
        gc.collect()
        gc.disable()
        try:
            for _ in range(50):
                async with ws.connect(server.url) as connection:
                    await connection.send("x")
                    await connection.recv()
            del connection
            await until(lambda: not server.websockets)
            alive = [x for x in gc.get_objects() if type(x) is ws.Connection]
            assert len(alive) <= 1
        finally:
            gc.enable()
