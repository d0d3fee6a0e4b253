"""How the HTTP server ends: what is due is answered, what is late is told, nothing is left."""

from __future__ import annotations

import asyncio

import pytest

from course_lib.lab import clock
from course_lib.net import http_server
from course_lib.net.http_server import StreamedResponse
from course_lib.wire.http.http11 import Headers, Request, Response
from tests.net import raw
from tests.net.waiting import until

GET = b"GET %s HTTP/1.1\r\nHost: x\r\n\r\n"


class Slow:
    """A handler that answers when the gate opens; `entered` counts who waits."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.entered = 0
        self.cancelled = 0

    async def __call__(self, request: Request) -> Response:
        self.entered += 1
        try:
            await self.gate.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        return Response(200, body=request.target.encode())


async def test_idle_connections_are_closed_at_once():
    """A kept connection, one that never spoke, and one with half a request."""
    async with (
        http_server.serve(lambda request: Response(204)) as server,
        raw.peer(server) as kept,
        raw.peer(server) as silent,
        raw.peer(server) as half,
    ):
        kept.write(GET % b"/")
        await raw.answer(kept)
        half.write(b"GET / HT")
        await until(lambda: len(server.connections) == 3)
        await until(lambda: any(c.wire._buf for c in server.connections))
        await server.close(grace=60)
        assert [await raw.rest(peer) for peer in (kept, silent, half)] == [b""] * 3


async def test_pending_answers_are_delivered_and_then_the_connection_closes():
    """All requests that came in time are answered, in order; the last answer says close."""
    slow = Slow()
    async with http_server.serve(slow) as server, raw.peer(server) as peer:
        peer.write(GET % b"/1" + GET % b"/2")
        await until(lambda: slow.entered)
        closing = asyncio.create_task(server.close(grace=60))
        await asyncio.sleep(0)
        slow.gate.set()
        assert await raw.rest(peer) == (
            b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n/1"
            b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n/2"
        )
        await closing
        assert not server.connections and not server.tasks


async def test_what_comes_late_is_told_503():
    """A new connection, and a request behind the one that is pending, while the server waits."""
    slow = Slow()
    async with http_server.serve(slow) as server, raw.peer(server) as peer:
        peer.write(GET % b"/in-time")
        await until(lambda: slow.entered)
        closing = asyncio.create_task(server.close(grace=60))
        await asyncio.sleep(0)
        response = await raw.exchange(server, GET % b"/new")
        assert raw.status(response) == 503
        assert b"\r\nConnection: close\r\n" in response
        peer.write(GET % b"/behind")
        [connection] = server.connections
        await until(lambda: connection.waiting)
        slow.gate.set()
        first, second = await raw.answer(peer), await raw.answer(peer)
        assert (raw.status(first), raw.status(second)) == (200, 503)
        assert b"\r\nConnection: close\r\n" not in first
        assert b"\r\nConnection: close\r\n" in second
        assert await peer.read() == b""
        await closing
        assert slow.entered == 1
        with pytest.raises(ConnectionRefusedError):
            await raw.exchange(server, GET % b"/gone")


async def test_after_the_grace_the_rest_is_aborted():
    """A handler that does not answer is cancelled, a stream without end is closed."""
    slow = Slow()
    finished = asyncio.Event()

    async def endless():
        try:
            while True:
                yield b"tick"
                await asyncio.sleep(0.001)
        finally:
            finished.set()

    def handler(request: Request):
        if request.target == "/stream":
            return StreamedResponse(200, Headers(), endless())
        return slow(request)

    async with (
        http_server.serve(handler) as server,
        raw.peer(server) as peer,
        raw.peer(server) as listener,
    ):
        peer.write(GET % b"/")
        listener.write(GET % b"/stream")
        await listener.read_until(b"tick")
        await until(lambda: slow.entered)
        await server.close(grace=0.01)
        assert (slow.cancelled, finished.is_set()) == (1, True)
        assert await raw.rest(peer) == b""
        assert not server.connections and not server.tasks


async def test_a_grace_of_nothing_ends_at_once():
    """close(grace=0) waits for nobody."""
    slow = Slow()
    async with http_server.serve(slow) as server, raw.peer(server) as peer:
        peer.write(GET % b"/")
        await until(lambda: slow.entered)
        await server.close(grace=0)
        assert slow.cancelled == 1


async def test_a_close_that_is_cancelled_aborts_what_is_left():
    """Nothing is left of the server when its closer is interrupted in the grace."""
    slow = Slow()
    async with http_server.serve(slow) as server, raw.peer(server) as peer:
        peer.write(GET % b"/")
        await until(lambda: slow.entered)
        closing = asyncio.create_task(server.close(grace=60))
        await asyncio.sleep(0)
        closing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await closing
        await until(lambda: slow.cancelled and not server.connections and not server.tasks)


async def test_a_handler_may_close_its_own_server():
    """It answers before the server ends, when it does not wait for the end itself."""
    closing = []

    async def handler(request: Request) -> Response:
        closing.append(asyncio.create_task(server.close()))
        await asyncio.sleep(0)
        return Response(200, body=b"bye")

    server = await http_server.serve(handler)
    response = await raw.exchange(server, GET % b"/")
    assert response.endswith(b"\r\n\r\nbye")
    await closing[0]


async def test_a_large_answer_under_way_is_delivered_whole():
    """Two megabytes lie in the buffers when the server closes; the peer reads them all."""
    async with (
        http_server.serve(lambda request: Response(200, body=b"x" * 8_000_000)) as server,
        raw.peer(server) as peer,
    ):
        peer._transport.pause_reading()
        peer.write(GET % b"/")
        await until(lambda: any(c.unsent for c in server.connections))
        closing = asyncio.create_task(server.close(grace=60))
        await asyncio.sleep(0)
        peer._transport.resume_reading()
        assert len((await raw.answer(peer)).partition(b"\r\n\r\n")[2]) == 8_000_000
        await closing


async def test_a_hundred_pending_answers_leave_nothing_behind():
    """Shutdown under load: all are answered, tasks and descriptors are back where they were."""
    async with http_server.serve(lambda request: Response(204)) as server:
        await raw.exchange(server, b"GET / HTTP/1.0\r\n\r\n")  # what a loop opens only once
    slow = Slow()
    before = raw.descriptors(), asyncio.all_tasks()
    server = await http_server.serve(slow)

    async def ask() -> int:
        return raw.status(await raw.exchange(server, GET % b"/"))

    asking = [asyncio.create_task(ask()) for _ in range(100)]
    await until(lambda: slow.entered == 100)
    closing = asyncio.create_task(server.close(grace=60))
    await asyncio.sleep(0)
    slow.gate.set()
    assert await asyncio.gather(*asking) == [200] * 100
    await closing
    await until(lambda: raw.descriptors() <= before[0])
    assert asyncio.all_tasks() == before[1]


def test_closing_takes_the_grace_and_no_longer():
    """On a virtual clock: an unanswered question holds the server for its grace exactly."""

    async def main() -> float:
        loop = asyncio.get_running_loop()
        slow = Slow()
        server = await http_server.serve(slow)
        async with raw.peer(server) as peer:
            peer.write(GET % b"/")
            await until(lambda: slow.entered)
            started = loop.time()
            await server.close(grace=7)
            return loop.time() - started

    assert clock.simulate(main()) == pytest.approx(7)


def test_closing_leaves_no_timer():
    """On a virtual clock: nothing is due any more when a used server has closed."""

    async def main() -> int:
        loop = asyncio.get_running_loop()
        server = await http_server.serve(lambda request: Response(204))
        async with raw.peer(server) as peer:
            peer.write(GET % b"/")
            await raw.answer(peer)
        await server.close()
        await asyncio.sleep(0)
        return sum(not timer.cancelled() for timer in loop._scheduled)

    assert clock.simulate(main()) == 0
