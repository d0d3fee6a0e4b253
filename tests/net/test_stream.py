"""The pull view: reads that say where a message ends, and back-pressure both ways."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct

import pytest
import trustme

from course_lib.errors import ConnectionClosed, LocalError, RemoteError
from course_lib.net import stream
from tests.net.waiting import until


class Pair:
    """A connected pair of streams: `near` is ours, `far` the server's."""

    def __init__(self, limit: int = 65536) -> None:
        self.limit = limit
        self.met: asyncio.Queue[stream.Stream] = asyncio.Queue()
        self.over = asyncio.Event()

    async def hand_over(self, peer: stream.Stream) -> None:
        self.met.put_nowait(peer)
        await self.over.wait()

    async def __aenter__(self) -> tuple[stream.Stream, stream.Stream]:
        self.server = await stream.serve(self.hand_over, limit=self.limit)
        self.near = await stream.connect(self.server.host, self.server.port, limit=self.limit)
        return self.near, await self.met.get()

    async def __aexit__(self, *_: object) -> None:
        self.over.set()
        await self.near.close()
        await self.server.close()


async def test_a_read_gives_what_is_there_and_nothing_at_the_end():
    """One to n bytes, then b"" for ever."""
    async with Pair() as (near, far):
        far.write(b"hello")
        assert await near.read(2) == b"he"
        assert await near.read() == b"llo"
        await far.close()
        assert [await near.read(), await near.read()] == [b"", b""]


async def test_read_until_ends_behind_the_separator_however_it_is_cut():
    """The separator may arrive in two pieces; what follows stays."""
    async with Pair() as (near, far):
        far.write(b"HTTP/1.1 200 OK\r\n\r")
        reading = asyncio.create_task(near.read_until(b"\r\n\r\n"))
        await asyncio.sleep(0)
        far.write(b"\nbody")
        assert await reading == b"HTTP/1.1 200 OK\r\n\r\n"
        assert await near.read() == b"body"


async def test_read_until_refuses_to_wait_for_ever():
    """No separator within the limit is the peer's mistake; the bytes stay readable."""
    async with Pair() as (near, far):
        far.write(b"x" * 100)
        with pytest.raises(RemoteError, match="within 50 bytes"):
            await near.read_until(b"\n", limit=50)
        assert await near.read_exactly(100) == b"x" * 100


async def test_an_end_in_the_middle_is_an_error_and_the_rest_stays_readable():
    """Both exact reads name what is missing."""
    async with Pair() as (near, far):
        far.write(b"abc")
        await far.close()
        with pytest.raises(ConnectionClosed, match="before 5 bytes, after 3 bytes"):
            await near.read_exactly(5)
        with pytest.raises(ConnectionClosed, match="after 3 bytes"):
            await near.read_until(b"\n")
        assert await near.read() == b"abc"


async def test_read_exactly_may_be_larger_than_the_limit():
    """The buffer is bounded, the message is not."""
    async with Pair(limit=1024) as (near, far):
        far.write(bytes(range(256)) * 400)
        assert await near.read_exactly(102_400) == bytes(range(256)) * 400


async def test_a_cancelled_exact_read_loses_nothing():
    """What it had taken is put back in front."""
    async with Pair(limit=16) as (near, far):
        far.write(b"0123456789")
        reading = asyncio.create_task(near.read_exactly(100))
        await until(lambda: near._reader and not near._buffer)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        assert await near.read_exactly(10) == b"0123456789"


async def test_two_tasks_cannot_read_from_one_stream():
    """Who would get which byte?"""
    async with Pair() as (near, _):
        first = asyncio.create_task(near.read())
        await asyncio.sleep(0)
        with pytest.raises(LocalError, match="another task"):
            await near.read()
        first.cancel()


async def test_a_stream_nobody_reads_stops_its_sender():
    """Ten megabytes are written; what the reader holds stays near its limit, and drain waits."""
    async with Pair(limit=65536) as (near, far):
        far.write(b"x" * 10_000_000)
        draining = asyncio.create_task(far.drain())
        await until(lambda: near._reading_paused)
        assert not draining.done()
        assert len(near._buffer) <= 65536 + 262_144
        assert len(await near.read_exactly(10_000_000)) == 10_000_000
        await draining


async def test_a_reset_is_told_to_reader_and_drainer():
    """A connection that breaks is not a connection that ends."""
    async with Pair(limit=16) as (near, far):
        far.write(b"x" * 10_000_000)
        draining = asyncio.create_task(far.drain())
        await until(lambda: near._reading_paused)
        raw = near._transport.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        near.abort()
        with pytest.raises(ConnectionClosed):
            await draining
        with pytest.raises(ConnectionClosed):
            await far.read()
        with pytest.raises(ConnectionClosed):
            far.write(b"more")


async def test_a_handler_that_fails_is_logged_and_others_are_served(caplog):
    """Its stream is closed; nothing reaches the loop's handler."""

    async def fail(peer: stream.Stream) -> None:
        raise RuntimeError("broken handler")

    async with stream.serve(fail) as server:
        for _ in range(2):
            async with await stream.connect(server.host, server.port) as peer:
                assert await peer.read() == b""
    assert caplog.text.count("RuntimeError: broken handler") == 2


async def test_a_handler_that_stays_is_cancelled_after_the_grace():
    """close(grace=0) leaves no task behind, and the peer sees the end."""
    stayed = asyncio.Event()

    async def stay(peer: stream.Stream) -> None:
        try:
            stayed.set()
            await asyncio.Event().wait()
        finally:
            stayed.clear()

    server = await stream.serve(stay)
    peer = await stream.connect(server.host, server.port)
    await stayed.wait()
    await server.close(grace=0)
    assert not stayed.is_set()
    assert await peer.read() == b""
    await peer.close()


async def test_a_stream_over_tls_reads_and_ends_the_same_way():
    """The same calls, inside TLS."""
    authority = trustme.CA()
    ours, theirs = ssl.create_default_context(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.configure_trust(ours)
    authority.issue_cert("127.0.0.1").configure_cert(theirs)

    async def greet(peer: stream.Stream) -> None:
        peer.write(b"hello " + await peer.read_until(b"\n"))

    async with stream.serve(greet, ssl=theirs) as server:
        peer = await stream.connect(server.host, server.port, ssl=ours)
        peer.write(b"world\n")
        assert await peer.read_exactly(12) == b"hello world\n"
        assert await peer.read() == b""
        await peer.close()


async def test_a_count_that_makes_no_sense_is_refused_at_the_call():
    """`read(-1)` means "everything" elsewhere; here nothing has an end to wait for."""
    peer = stream.Stream()
    peer.data_received(b"hello")
    with pytest.raises(LocalError, match="at least one byte, not -1"):
        await peer.read(-1)
    with pytest.raises(LocalError, match="zero or more bytes, not -2"):
        await peer.read_exactly(-2)
    assert await peer.read() == b"hello"
