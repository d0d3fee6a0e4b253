"""lab.proxy: distance between two sockets, exact on the virtual clock and honest on real ones."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import socket
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from course_lib import lab
from course_lib.errors import LocalError
from course_lib.lab import clock
from course_lib.lab._proxy import relay_side
from course_lib.lab.proxy import Proxy
from course_lib.simulator.link import Cut

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def serving(handler: Handler) -> AsyncIterator[int]:
    """A stream server whose connections are closed at the end; gives its port."""
    writers: list[asyncio.StreamWriter] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        try:
            await handler(reader, writer)
        except ConnectionError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for writer in writers:
            writer.transport.abort()
        await asyncio.sleep(0)


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()


@asynccontextmanager
async def connected(port: int) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


async def drained(proxy: Proxy) -> None:
    """Until both ends of every connection are gone."""
    await lab.until(lambda: proxy.open_connections == 0)


@asynccontextmanager
async def echo_through(**conditions: Any) -> AsyncIterator[Proxy]:
    async with serving(echo) as port, Proxy(("127.0.0.1", port), **conditions) as proxy:
        yield proxy


async def test_bytes_pass_both_ways_and_are_counted() -> None:
    """A megabyte there and back, unchanged and in order."""
    payload = bytes(range(256)) * 4096
    async with echo_through() as proxy, connected(proxy.port) as (reader, writer):
        writer.write(payload)
        assert await reader.readexactly(len(payload)) == payload
        assert (proxy.bytes_up, proxy.bytes_down) == (len(payload), len(payload))
        assert (proxy.connections, proxy.open_connections) == (1, 1)


def test_an_echo_takes_one_round_trip_and_connecting_another() -> None:
    """Exactly: the first answer comes after two round trips, the next after one."""

    async def scene() -> list[float]:
        loop = asyncio.get_running_loop()
        async with echo_through(rtt=0.05) as proxy:
            times = [loop.time()]
            async with connected(proxy.port) as (reader, writer):
                for _ in range(3):
                    writer.write(b"x")
                    await reader.readexactly(1)
                    times.append(loop.time())
            return [round(b - a, 9) for a, b in itertools.pairwise(times)]

    assert clock.simulate(scene()) == [0.1, 0.05, 0.05]


def test_conditions_change_while_in_use() -> None:
    """A longer way for what is sent from now on."""

    async def scene() -> list[float]:
        loop = asyncio.get_running_loop()
        taken = []
        async with echo_through() as proxy, connected(proxy.port) as (reader, writer):
            for rtt in (0.0, 0.2, 0.01):
                proxy.conditions.rtt = rtt
                began = loop.time()
                writer.write(b"x")
                await reader.readexactly(1)
                taken.append(round(loop.time() - began, 9))
        return taken

    assert clock.simulate(scene()) == [0.0, 0.2, 0.01]


def test_bandwidth_spreads_a_large_answer() -> None:
    """14,600 bytes at 14,600 bytes a second each way: two seconds, less what overlaps."""

    async def scene() -> float:
        loop = asyncio.get_running_loop()
        async with echo_through(bandwidth=14_600.0) as proxy, connected(proxy.port) as (r, w):
            began = loop.time()
            w.write(bytes(14_600))
            await r.readexactly(14_600)
            return round(loop.time() - began, 6)

    assert clock.simulate(scene()) == 1.1  # the echo of the last packet takes a tenth more


def test_the_same_seed_gives_the_same_jitter() -> None:
    """Connection by connection; another seed gives another."""

    async def scene(seed: int) -> list[float]:
        loop = asyncio.get_running_loop()
        arrivals = []
        async with echo_through(rtt=0.02, jitter=0.05, seed=seed) as proxy:
            for _ in range(2):
                async with connected(proxy.port) as (reader, writer):
                    writer.write(b"x")
                    await reader.readexactly(1)
                    arrivals.append(loop.time())
        return arrivals

    first = clock.simulate(scene(1))
    assert first == clock.simulate(scene(1)) != clock.simulate(scene(2))
    assert first[0] != first[1] - first[0]


async def test_a_half_close_is_passed_on_as_one() -> None:
    """The target reads to the end, answers, and the client still hears it."""

    async def answer_at_the_end(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"got %d" % len(await reader.read()))

    async with serving(answer_at_the_end) as port, Proxy(("127.0.0.1", port)) as proxy:
        async with connected(proxy.port) as (reader, writer):
            writer.write(b"12345")
            writer.write_eof()
            assert await reader.read() == b"got 5"
        await drained(proxy)


async def test_a_clients_reset_reaches_the_target_as_a_reset() -> None:
    """Not as an orderly end: the two mean different things to a server."""
    seen: asyncio.Future[Exception | bytes] = asyncio.get_running_loop().create_future()

    async def watch(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"hello")
        try:
            seen.set_result(await reader.read())
        except ConnectionResetError as error:
            seen.set_result(error)

    async with serving(watch) as port, Proxy(("127.0.0.1", port)) as proxy:
        async with connected(proxy.port) as (reader, writer):
            assert await reader.readexactly(5) == b"hello"
            relay_side.reset(writer.transport)
            assert isinstance(await seen, ConnectionResetError)
        await drained(proxy)


async def test_a_targets_reset_reaches_the_client_as_a_reset() -> None:
    """The other way round."""

    async def crash(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(1)
        relay_side.reset(writer.transport)

    async with serving(crash) as port, Proxy(("127.0.0.1", port)) as proxy:
        async with connected(proxy.port) as (reader, writer):
            writer.write(b"x")
            with pytest.raises(ConnectionResetError):
                await reader.read()
        await drained(proxy)


@pytest.mark.parametrize("how", ["rst", "fin"])
async def test_a_cut_ends_both_ends(how: Any) -> None:
    """A reset is an error, an orderly end is the end of the stream; the target sees the same."""
    seen: list[str] = []

    async def watch(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.readexactly(2))
        try:
            seen.append(f"end after {await reader.read()!r}")
        except ConnectionResetError:
            seen.append("reset")

    async with serving(watch) as port, Proxy(("127.0.0.1", port)) as proxy:
        async with connected(proxy.port) as (reader, writer):
            writer.write(b"ok")
            assert await reader.readexactly(2) == b"ok"
            assert proxy.cut(how) == 1
            if how == "rst":
                with pytest.raises(ConnectionResetError):
                    await reader.read()
            else:
                assert await reader.read() == b""
        await drained(proxy)
        await lab.until(lambda: seen)
        assert seen == ["reset" if how == "rst" else "end after b''"]
        async with connected(proxy.port) as (reader, writer):  # newcomers are not cut
            writer.write(b"ok")
            assert await reader.readexactly(2) == b"ok"


def test_silence_tells_nobody_and_ends_with_the_proxy() -> None:
    """An hour later both ends still believe in the connection."""

    async def scene() -> str:
        async with echo_through() as proxy, connected(proxy.port) as (reader, writer):
            writer.write(b"x")
            await reader.readexactly(1)
            proxy.cut("silence")
            writer.write(b"y")
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(reader.read(1), 3600)
            assert not writer.is_closing()
            return f"{proxy.open_connections} open"

    assert clock.simulate(scene()) == "1 open"


@pytest.mark.parametrize("k", [0, 1, 7, 9, 10])
@pytest.mark.parametrize("how", ["rst", "fin"])
async def test_an_answer_is_cut_at_byte_k(k: int, how: Any) -> None:
    """The client gets exactly k bytes and then the cut; it is applied once."""
    async with echo_through() as proxy:
        async with connected(proxy.port) as (reader, writer):
            writer.write(b"before")
            assert await reader.readexactly(6) == b"before"
            threshold = proxy.cut_after(k, "down", how)
            writer.write(b"0123456789")
            got = b""
            try:
                while part := await reader.read(100):
                    got += part
                assert how == "fin"
            except ConnectionResetError:
                assert how == "rst"
            assert got == b"0123456789"[:k]
            assert threshold.done
        async with connected(proxy.port) as (reader, writer):
            writer.write(b"0123456789")
            assert await reader.readexactly(10) == b"0123456789"


async def test_the_count_to_a_cut_is_kept_for_each_connection() -> None:
    """Two connections with six bytes each do not make ten."""
    async with echo_through() as proxy:
        proxy.cut_after(10)
        async with connected(proxy.port) as first, connected(proxy.port) as second:
            for reader, writer in (first, second):
                writer.write(b"sixsix")
                assert await reader.readexactly(6) == b"sixsix"
            first[1].write(b"sixsix")
            assert await first[0].readexactly(4) == b"sixs"
            with pytest.raises(ConnectionResetError):
                await first[0].read()
            second[1].write(b"more")
            with pytest.raises(asyncio.IncompleteReadError):
                second[1].write_eof()
                await second[0].readexactly(100)
        await drained(proxy)


async def test_what_goes_up_can_be_cut_too() -> None:
    """Half a request arrives, then the end."""
    arrived: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    async def collect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        arrived.set_result(await reader.read())

    async with serving(collect) as port, Proxy(("127.0.0.1", port)) as proxy:
        proxy.cut_after(4, "up", "fin")
        async with connected(proxy.port) as (reader, writer):
            writer.write(b"POST / HTTP/1.1")
            assert await arrived == b"POST"
            assert await reader.read() == b""
        await drained(proxy)


async def test_a_target_that_does_not_read_stops_the_client() -> None:
    """What is held has a bound, whatever the client wants to send."""
    go = asyncio.Event()

    async def lazy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await go.wait()
        total = 0
        while data := await reader.read(1 << 20):
            total += len(data)
        writer.write(b"%d" % total)

    size = 64 << 20
    async with serving(lazy) as port, Proxy(("127.0.0.1", port)) as proxy:
        async with connected(proxy.port) as (reader, writer):
            writer.write(bytes(size))
            before = -1
            while before != proxy.bytes_up:  # until nothing moves any more
                before = proxy.bytes_up
                await asyncio.sleep(0.05)
            assert 0 < proxy.bytes_up < size / 2
            go.set()
            writer.write_eof()
            assert await reader.read() == b"%d" % size
        await drained(proxy)


def test_a_stalled_link_holds_and_goes_on() -> None:
    """Nothing is lost, nothing is reordered, and no more is read than the link may hold."""
    payload = bytes(range(256)) * 32_768  # 8 MiB

    async def scene() -> int:
        async with echo_through() as proxy, connected(proxy.port) as (reader, writer):
            writer.write(b"a")
            assert await reader.readexactly(1) == b"a"
            proxy.conditions.stalled = True
            writer.write(payload)
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(reader.read(1), 60)
            held = proxy.bytes_up - 1
            proxy.conditions.stalled = False
            assert await reader.readexactly(len(payload)) == payload
            return held

    assert 262_144 <= clock.simulate(scene()) <= 2 * 262_144


async def test_conditions_may_be_changed_from_another_thread() -> None:
    """A widget's callback may come on one."""
    async with echo_through() as proxy, connected(proxy.port) as (reader, writer):
        proxy.conditions.stalled = True
        writer.write(b"a")

        def lift() -> None:
            proxy.conditions.stalled = False

        thread = threading.Thread(target=lift)
        thread.start()
        assert await reader.readexactly(1) == b"a"
        thread.join()


async def test_a_refused_target_shows_as_a_reset() -> None:
    """The proxy's own port is open, so the client learns it a round trip later."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    async with Proxy(("127.0.0.1", port)) as proxy:
        async with connected(proxy.port) as (reader, _):
            with pytest.raises(ConnectionResetError):
                await reader.read()
        await drained(proxy)


async def test_newcomers_can_be_refused_for_a_while() -> None:
    """Those who are connected stay."""
    async with echo_through() as proxy, connected(proxy.port) as (reader, writer):
        writer.write(b"x")
        assert await reader.readexactly(1) == b"x"
        proxy.refusing = True
        with pytest.raises(ConnectionResetError):
            async with connected(proxy.port) as (refused, _):
                await refused.read()
        writer.write(b"y")
        assert await reader.readexactly(1) == b"y"
        proxy.refusing = False
        async with connected(proxy.port) as (reader, writer):
            writer.write(b"z")
            assert await reader.readexactly(1) == b"z"


async def test_a_cut_during_the_handshake_ends_it() -> None:
    """Whatever the moment, no socket is left."""
    async with echo_through() as proxy:
        for how in ("rst", "fin"):
            proxy.conditions.stalled = True
            async with connected(proxy.port) as (reader, _):
                await lab.until(lambda: proxy.open_connections == 1)
                proxy.cut(how)  # type: ignore[arg-type]
                proxy.conditions.stalled = False
                if how == "rst":
                    with pytest.raises(ConnectionResetError):
                        await reader.read()
                else:
                    assert await reader.read() == b""
            await drained(proxy)


async def test_closing_ends_every_connection_and_may_be_repeated() -> None:
    """Awaited in one cell, closed in another, and closed again; the port is free."""
    async with serving(echo) as port:
        proxy = await Proxy(f"http://127.0.0.1:{port}")
        assert await proxy.start() is proxy
        async with connected(proxy.port) as (reader, writer):
            writer.write(b"x")
            await reader.readexactly(1)
            await asyncio.gather(proxy.close(), proxy.close())
            await proxy.close()
            assert proxy.open_connections == 0
            assert await reader.read() == b""
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", proxy.port)


async def test_the_address_has_the_form_of_the_targets() -> None:
    """Scheme kept, port replaced, no path; a pair counts as http."""
    async with serving(echo) as port:
        targets: list[tuple[Any, str]] = [
            (f"http://127.0.0.1:{port}/a/path?q", "http"),
            (f"ws://127.0.0.1:{port}", "ws"),
            (("127.0.0.1", port), "http"),
        ]
        for target, scheme in targets:
            async with Proxy(target) as proxy:
                assert proxy.url == f"{scheme}://127.0.0.1:{proxy.port}"
                assert proxy.target == ("127.0.0.1", port)
        async with Proxy(f"http://127.0.0.1:{port}") as near, Proxy(near) as far:
            assert far.target == ("127.0.0.1", near.port)
            async with connected(far.port) as (reader, writer):
                writer.write(b"through two")
                assert await reader.readexactly(11) == b"through two"


def test_what_makes_no_sense_is_refused_at_the_call() -> None:
    """With a message that says what would."""
    with pytest.raises(LocalError, match="a proxy needs a URL"):
        Proxy("no address")
    proxy = Proxy(("127.0.0.1", 1))
    with pytest.raises(LocalError, match="rst, fin or silence"):
        proxy.cut("bang")  # type: ignore[arg-type]
    with pytest.raises(LocalError, match="zero or more"):
        proxy.cut_after(-1)
    with pytest.raises(LocalError, match="not listening"):
        _ = proxy.url
    assert Cut("rst") is Cut.RST


@pytest.mark.parametrize("turns", range(8))
async def test_it_closes_also_while_a_client_is_being_accepted(turns: int) -> None:
    """The newcomer's socket is closed as soon as it is there."""
    async with serving(echo) as port:
        proxy = await Proxy(("127.0.0.1", port))
        with socket.create_connection(("127.0.0.1", proxy.port)) as client:
            client.setblocking(False)
            for _ in range(turns):
                await asyncio.sleep(0)
            async with asyncio.timeout(60):
                await proxy.close()
                with contextlib.suppress(ConnectionResetError):
                    assert await asyncio.get_running_loop().sock_recv(client, 1) == b""
        assert proxy.open_connections == 0
