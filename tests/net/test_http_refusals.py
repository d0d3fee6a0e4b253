"""What the HTTP server refuses, when it loses patience, and that the peer can read why."""

from __future__ import annotations

import asyncio
import logging

import pytest

from course_lib.lab import clock
from course_lib.net import http_server, lingering
from course_lib.wire.http.http11 import Request, Response
from tests.net import raw
from tests.net.waiting import until

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


def hello(request: Request) -> Response:
    return Response(200, body=b"hello")


async def test_good_requests_in_front_of_a_bad_one_are_answered_first():
    """200, then 400 with the reason, then the end."""
    async with http_server.serve(hello) as server, raw.peer(server) as peer:
        peer.write(GET + b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n" + GET)
        assert raw.status(await raw.answer(peer)) == 200
        refused = await raw.answer(peer)
        assert raw.status(refused) == 400
        assert b"\r\nConnection: close\r\n" in refused
        assert await peer.read() == b""


async def test_a_refused_upload_can_read_the_refusal_while_it_still_sends():
    """413 from Content-Length alone; 4 MB follow; no reset destroys the answer."""
    async with http_server.serve(hello) as server, raw.peer(server) as peer:
        peer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4000000\r\n\r\n")
        for _ in range(40):
            peer.write(b"x" * 100_000)
            await peer.drain()
        assert raw.status(await raw.answer(peer)) == 413
        assert await peer.read() == b""


async def test_a_refused_peer_that_never_stops_is_cut_off(monkeypatch):
    """What it sends is dropped, up to a bound in bytes."""
    monkeypatch.setattr(lingering, "LINGER_BYTES", 1_000_000)
    async with http_server.serve(hello, linger=60) as server, raw.peer(server) as peer:
        peer.write(b"GET / HTTP/9.9\r\n\r\n")
        await until(lambda: any(c.hanging_up for c in server.connections))
        peer.write(b"x" * 30_000_000)
        await until(lambda: not server.connections)


async def test_a_reset_while_a_refusal_is_written_is_swallowed(caplog):
    """At each stage of the refusal; nothing is logged, the next client is served."""
    caplog.set_level(logging.DEBUG, logger="course_lib")
    async with http_server.serve(hello) as server:
        for pause in range(6):
            async with raw.peer(server) as peer:
                peer.write(b"GET / HTTP/1.1\nHost: x\r\n\r\n" + b"y" * 100_000)
                for _ in range(pause):
                    await asyncio.sleep(0)
                raw.reset(peer)
        await until(lambda: not server.connections)
        async with raw.peer(server) as peer:
            peer.write(GET)
            assert raw.status(await raw.answer(peer)) == 200
    assert caplog.records == []


async def test_a_reset_before_the_refusal_is_written_is_swallowed(monkeypatch):
    """The write and the end of writing both meet a socket that is gone."""
    made = http_server.http_serving.ServerProtocol.expired

    async with http_server.serve(hello) as server, raw.peer(server) as peer:
        peer.write(b"GET / HT")
        await until(lambda: any(c.wire.reading and c.wire._buf for c in server.connections))
        [connection] = server.connections
        raw.reset(peer)
        connection.transport.pause_reading()
        await asyncio.sleep(0.01)
        made(connection, connection.loop.time() + 60)  # 408 into the reset
        await until(lambda: not server.connections)


async def test_the_end_in_the_middle_of_a_request_is_answered_with_400():
    """A peer that closes its sending half may still read; nothing of the body is handled."""
    handled = []

    def handler(request: Request) -> Response:
        handled.append(request)
        return Response(204)

    async with http_server.serve(handler) as server, raw.peer(server) as peer:
        peer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf")
        peer._transport.write_eof()
        assert raw.status(await raw.rest(peer)) == 400
    assert handled == []


# Deadlines, on a virtual clock.


async def until_end(peer, started: float) -> tuple[int, float]:
    """The status of the last words, and how long the server took to close."""
    words = await raw.rest(peer)
    return (raw.status(words) if words else 0), asyncio.get_running_loop().time() - started


async def trickle(peer, data: bytes, every: float) -> None:
    """Send a byte at a time, until the connection has ended."""
    for byte in data:
        if peer._transport.is_closing():
            return
        peer.write(bytes([byte]))
        await asyncio.sleep(every)


def on_virtual_clock(talk, **limits):
    """Run `talk(peer)` against a server; return (last status, seconds)."""

    async def main() -> tuple[int, float]:
        async with http_server.serve(hello, **limits) as server, raw.peer(server) as peer:
            started = asyncio.get_running_loop().time()
            talking = asyncio.create_task(talk(peer))
            try:
                return await until_end(peer, started)
            finally:
                talking.cancel()

    return clock.simulate(main(), strict=False)


async def silence(peer) -> None:
    pass


async def half_a_head(peer) -> None:
    peer.write(b"GET / HTTP/1.1\r\nHost")


async def trickling_head(peer) -> None:
    await trickle(peer, b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * 100, 0.5)


async def trickling_body(peer) -> None:
    peer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n")
    await trickle(peer, b"x" * 1000, 0.5)


async def trickling_chunks(peer) -> None:
    peer.write(b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
    await trickle(peer, b"1\r\nx\r\n" * 1000, 0.1)


async def idle_after_a_request(peer) -> None:
    peer.write(GET)


@pytest.mark.parametrize(
    ("talk", "status", "seconds"),
    [
        (silence, 0, 10),
        (half_a_head, 408, 10),
        (trickling_head, 408, 10),
        (trickling_body, 408, 30),
        (trickling_chunks, 408, 30),
        (idle_after_a_request, 200, 60),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_a_peer_that_takes_too_long_is_ended_at_its_deadline(talk, status, seconds):
    """Ten seconds for a head, thirty for its body, a minute between two; not a second more."""
    assert on_virtual_clock(talk) == (status, pytest.approx(seconds, abs=0.01))


def test_a_kept_connection_lives_on_while_it_is_used():
    """A poll every 50 s for an hour, on one connection and with one timer at a time."""

    async def main() -> tuple[int, int]:
        loop = asyncio.get_running_loop()
        async with http_server.serve(hello) as server, raw.peer(server) as peer:
            most = 0
            for _ in range(72):
                peer.write(GET)
                assert raw.status(await raw.answer(peer)) == 200
                most = max(most, sum(not timer.cancelled() for timer in loop._scheduled))
                await asyncio.sleep(50)
            return len(server.connections), most

    assert clock.simulate(main()) == (1, 1)


def test_a_slow_head_of_a_later_request_has_its_own_ten_seconds():
    """The timer stands at the idle limit then; the nearer deadline moves it."""

    async def talk(peer) -> None:
        peer.write(GET)
        await asyncio.sleep(20)
        peer.write(b"GET / HT")

    assert on_virtual_clock(talk) == (200, pytest.approx(30, abs=0.01))


def test_a_peer_that_takes_its_time_over_an_answer_is_not_late():
    """A held answer has no deadline of the server's: a long poll may last an hour."""

    async def main() -> int:
        async def handler(request: Request) -> Response:
            await asyncio.sleep(3600)
            return Response(200, body=b"at last")

        async with http_server.serve(handler) as server, raw.peer(server) as peer:
            peer.write(GET)
            return raw.status(await raw.answer(peer))

    assert clock.simulate(main()) == 200


def test_a_refused_peer_that_stays_is_closed_after_the_linger():
    """The FIN goes out at once, the descriptor two seconds later."""

    async def main() -> tuple[float, float]:
        loop = asyncio.get_running_loop()
        async with http_server.serve(hello) as server, raw.peer(server) as peer:
            started = loop.time()
            peer.write(b"nonsense\r\n\r\n")
            await raw.rest(peer)
            told = loop.time() - started
            await until(lambda: not server.connections)
            return told, loop.time() - started

    told, gone = clock.simulate(main())
    assert told < 0.01
    assert gone == pytest.approx(2, abs=0.01)


def test_a_peer_that_reads_nothing_for_a_minute_is_cut_off_and_a_slow_one_is_not():
    """Taking a few bytes now and then is enough to go on."""

    async def main(reads: bool) -> float:
        loop = asyncio.get_running_loop()
        big = http_server.serve(lambda request: Response(200, body=b"x" * 40_000_000))
        async with big as server, raw.peer(server) as peer:
            peer._transport.pause_reading()
            started = loop.time()
            peer.write(GET)
            await until(lambda: server.connections)
            while server.connections and loop.time() - started < 400:
                await asyncio.sleep(10)
                if reads:
                    peer._transport.resume_reading()
                    await asyncio.sleep(0.0001)
                    peer._transport.pause_reading()
            return loop.time() - started

    assert 60 <= clock.simulate(main(False)) <= 130
    assert clock.simulate(main(True), bandwidth=1_000_000) >= 400
