"""The tap records everybody, on both loops, and leaves no trace."""

from __future__ import annotations

import asyncio
import gc
import ssl
import threading
import weakref
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import hypothesis
import pytest
import socketio
import trustme
import websockets
from aiohttp import web
from hypothesis import strategies as st

from course_lib.errors import LocalError
from course_lib.lab import clock, proxy, tap, until
from course_lib.lab.recording import CLOSED, OPENED, RECEIVED, REFUSED, SENT, Event, Recording
from course_lib.net import http_client, http_server, stream
from course_lib.wire.http import http11

CALLS = ("create_server", "create_connection", "start_tls")
BOTH = pytest.mark.parametrize("run", [asyncio.run, clock.simulate], ids=["real", "simulated"])
Run = Callable[[Any], Any]


def tls_contexts() -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's context for `chat.example`, and a client's that trusts it."""
    authority = trustme.CA()
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("chat.example", "127.0.0.1").configure_cert(server)
    client = ssl.create_default_context()
    authority.configure_trust(client)
    return server, client


def heard(recording: Recording, role: str, kind: str) -> bytes:
    """All bytes that the ends of a role sent or received."""
    mine = {end.number for end in recording.ends if end.role == role}
    return b"".join(e.data for e in recording.events if e.end in mine and e.kind == kind)


def assert_both_ends_agree(recording: Recording) -> None:
    """What one end wrote is what the other read, on every connection."""
    for connection in recording.connections():
        for one in (connection.up, connection.down):
            assert one.sent is not None and one.arrived is not None
            assert b"".join(one.sent.parts) == b"".join(one.arrived.parts) == one.data


def hello(request: http11.Request) -> http11.Response:
    """Answer politely."""
    return http11.Response(200, body=b"hello " + request.path.encode())


async def talk() -> None:
    """Our server, our client, two questions."""
    async with http_server.serve(hello) as server, http_client.Client() as client:
        await client.get(server.url + "/a")
        await client.post(server.url + "/b", b"body")


@BOTH
def test_our_own_server_and_client_are_recorded_at_both_ends(run: Run) -> None:
    """One connection, two questions and answers, opened and closed, the same bytes at both ends."""

    async def main() -> Recording:
        with tap.Tap("ours") as recording:
            await talk()
            await until(lambda: all(end.closed is not None for end in recording.ends))
        return recording

    recording = run(main())
    (connection,) = recording.connections()
    assert connection.up.data.startswith(b"GET /a HTTP/1.1\r\nHost: 127.0.0.1:")
    assert connection.down.data.endswith(b"\r\n\r\nhello /b")
    assert_both_ends_agree(recording)
    assert Counter((e.kind, recording.ends[e.end - 1].role) for e in recording.events) >= Counter(
        {(OPENED, "client"): 1, (OPENED, "server"): 1, (CLOSED, "client"): 1, (SENT, "client"): 2}
    )


@BOTH
def test_other_peoples_code_is_recorded_unmodified(run: Run) -> None:
    """aiohttp at both ends: the bytes that its client wrote are those that its server read."""

    async def main() -> Recording:
        async def answer(request: web.Request) -> web.StreamResponse:
            streamed = web.StreamResponse()
            await streamed.prepare(request)
            await streamed.write(b"one")
            await streamed.write(b"two" + await request.read())
            return streamed

        with tap.Tap() as recording:
            app = web.Application()
            app.router.add_post("/", answer)
            runner = web.AppRunner(app, access_log=None)
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
            async with aiohttp.ClientSession() as session, session.post(url, data="안녕") as got:
                assert await got.text() == "onetwo안녕"
            await runner.cleanup()
        return recording

    recording = run(main())
    assert_both_ends_agree(recording)
    assert [end.what.partition(".")[0] for end in recording.ends] == ["aiohttp", "aiohttp"]
    assert "안녕".encode() in heard(recording, "server", RECEIVED)
    assert b"Transfer-Encoding: chunked\r\n" in heard(recording, "server", SENT)


@BOTH
def test_a_websocket_conversation_is_recorded_behind_its_upgrade(run: Run) -> None:
    """`websockets` at both ends: handshake, a masked frame up, a plain one down, the goodbye."""

    async def main() -> Recording:
        async def echo(connection: websockets.ServerConnection) -> None:
            async for message in connection:
                await connection.send(message)

        with tap.Tap() as recording:
            async with websockets.serve(echo, "127.0.0.1", 0, compression=None) as server:
                port = server.sockets[0].getsockname()[1]
                async with websockets.connect(f"ws://127.0.0.1:{port}", compression=None) as client:
                    await client.send("안녕")
                    assert await client.recv() == "안녕"
        return recording

    recording = run(main())
    assert_both_ends_agree(recording)
    down = heard(recording, "client", RECEIVED)
    assert down.partition(b"\r\n\r\n")[2] == b"\x81\x06" + "안녕".encode() + b"\x88\x02\x03\xe8"


def test_python_socketio_upgrades_and_is_recorded() -> None:
    """Polling and WebSocket of an unmodified pair, in the simulator."""

    async def main() -> Recording:
        with tap.Tap() as recording:
            server = socketio.AsyncServer(async_mode="aiohttp")
            app = web.Application()
            server.attach(app)
            runner = web.AppRunner(app, access_log=None)
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", 0).start()

            @server.event
            async def say(sid: str, text: str) -> str:
                return text.upper()

            client = socketio.AsyncClient(handle_sigint=False)
            await client.connect(f"http://127.0.0.1:{runner.addresses[0][1]}")
            assert await client.call("say", "ada") == "ADA"
            await client.disconnect()
            await runner.cleanup()
        return recording

    recording = clock.simulate(main(), rtt=0.05)
    assert_both_ends_agree(recording)
    assert b'431["ADA"]' in heard(recording, "client", RECEIVED)


@BOTH
def test_under_tls_the_plain_bytes_are_recorded(run: Run) -> None:
    """The tap sits above TLS; the ends say that it is there."""
    for_server, for_client = tls_contexts()

    async def main() -> Recording:
        with tap.Tap() as recording:
            async with (
                http_server.serve(hello, ssl=for_server) as server,
                http_client.Client(ssl=for_client) as client,
            ):
                await client.get(server.url + "/secret")
        return recording

    recording = run(main())
    assert [end.tls for end in recording.ends] == [True, True]
    assert heard(recording, "client", SENT).startswith(b"GET /secret HTTP/1.1\r\n")
    assert_both_ends_agree(recording)


@BOTH
def test_tls_that_begins_on_an_open_connection_is_followed(run: Run) -> None:
    """Plain words, then start_tls at both ends, then the plain side of TLS."""
    for_server, for_client = tls_contexts()

    async def main() -> Recording:
        done = asyncio.Event()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            assert await reader.readline() == b"STARTTLS\n"
            writer.write(b"go on\n")
            await writer.drain()
            await writer.start_tls(for_server)
            writer.write((await reader.readline()).upper())
            await writer.drain()
            writer.close()
            done.set()

        with tap.Tap() as recording:
            server = await asyncio.start_server(serve, "127.0.0.1", 0)
            port = server.sockets[0].getsockname()[1]
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"STARTTLS\n")
            assert await reader.readline() == b"go on\n"
            await writer.start_tls(for_client, server_hostname="chat.example")
            writer.write(b"secret\n")
            assert await reader.readline() == b"SECRET\n"
            writer.close()
            await done.wait()
            server.close()
            await until(lambda: all(end.closed is not None for end in recording.ends))
        return recording

    recording = run(main())
    assert heard(recording, "client", SENT) == b"STARTTLS\nsecret\n"
    assert heard(recording, "client", RECEIVED) == b"go on\nSECRET\n"
    assert heard(recording, "server", RECEIVED) == b"STARTTLS\nsecret\n"
    assert all(end.tls for end in recording.ends)


class Filling(asyncio.BufferedProtocol):
    """Takes bytes into a small buffer of its own, then hands over to `after`."""

    def __init__(self, after: Callable[[], asyncio.BaseProtocol] | None = None) -> None:
        self.room, self.got, self.after = bytearray(4), b"", after
        self.transport: Any = None
        self.ended = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def get_buffer(self, sizehint: int) -> bytearray:
        return self.room

    def buffer_updated(self, nbytes: int) -> None:
        self.got += self.room[:nbytes]
        if self.after is not None and len(self.got) >= 4:
            self.transport.set_protocol(self.after())

    def eof_received(self) -> None:
        self.ended.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        pass


@BOTH
def test_buffered_protocols_and_changes_of_protocol_are_served(run: Run) -> None:
    """A protocol with its own buffer gets every byte; what follows a switch goes to the next."""

    async def main() -> tuple[bytes, bytes, bytes]:
        loop = asyncio.get_running_loop()
        first: list[Filling] = []
        second: list[Filling] = []

        def next_one() -> Filling:
            second.append(Filling())
            return second[0]

        def make() -> Filling:
            first.append(Filling(next_one))
            return first[0]

        with tap.Tap() as recording:
            server = await loop.create_server(make, "127.0.0.1", 0)
            transport, _ = await loop.create_connection(
                asyncio.Protocol, *server.sockets[0].getsockname()[:2]
            )
            transport.writelines([b"ab", bytearray(b"cd"), memoryview(b"efghi")])
            transport.write_eof()
            await until(lambda: second)
            await second[0].ended
            transport.close()
            server.close()
        return first[0].got, second[0].got, heard(recording, "client", SENT)

    assert run(main()) == (b"abcd", b"efghi", b"abcdefghi")


@BOTH
def test_transport_and_protocol_are_the_very_ones(run: Run) -> None:
    """No stand-in: type, extra information, get_protocol and what create_connection returns."""

    async def main() -> None:
        loop = asyncio.get_running_loop()

        async def connect() -> tuple[type, Any, Any, Any, Any]:
            async with http_server.serve(hello) as server:
                transport, protocol = await loop.create_connection(
                    asyncio.Protocol, server.host, server.port
                )
                peer = transport.get_extra_info("peername")
                found = type(transport), type(protocol), protocol is transport.get_protocol()
                transport.close()
                return *found, peer == (server.host, server.port), transport.is_closing()

        plain = await connect()
        with tap.Tap():
            assert await connect() == plain

    run(main())


@BOTH
def test_the_loop_is_restored_and_open_connections_go_on(run: Run) -> None:
    """After stop a connection works unrecorded, and nothing of the tap is on it or on the loop."""

    async def main() -> tuple[int, int]:
        loop = asyncio.get_running_loop()
        before = {name: getattr(loop, name) for name in CALLS}
        accepted: list[stream.Stream] = []

        async def echo(peer: stream.Stream) -> None:
            accepted.append(peer)
            while data := await peer.read():
                peer.write(data)

        tapping = tap.Tap().start()
        async with stream.serve(echo) as server:
            async with await stream.connect(server.host, server.port) as client:
                client.write(b"recorded")
                assert await client.read_exactly(8) == b"recorded"
                recording = tapping.stop()
                count = len(recording.events)
                for transport in (client._transport, accepted[0]._transport):
                    assert "write" not in vars(transport)
                    assert not isinstance(transport.get_protocol(), tap.tapped.Tapped)
                client.write(b"not recorded")
                assert await client.read_exactly(12) == b"not recorded"
            async with await stream.connect(server.host, server.port) as client:  # a new one
                client.write(b"nor this")
                assert await client.read_exactly(8) == b"nor this"
        assert {name: getattr(loop, name) for name in CALLS} == before
        assert not [name for name in CALLS if name in vars(loop)]
        return count, len(recording.events)

    count, after = run(main())
    assert count == after > 0


async def test_starting_and_stopping_twice_is_no_error_and_a_tap_can_go_on() -> None:
    """Across cells: start, start, stop, stop; then start again, into the same recording."""
    tapping = tap.Tap()
    assert not tapping.running
    tapping.start().start()
    await talk()
    first = len(tapping.stop().connections())
    tapping.stop()
    assert not tapping.running
    await talk()
    assert len(tapping.recording.connections()) == first == 1
    tapping.start()
    await talk()
    assert len(tapping.stop().connections()) == 2
    assert repr(tapping).startswith("<Tap stopped, <Recording: 2 connections, ")


async def test_two_taps_hear_the_same_and_leave_in_any_order() -> None:
    """The first to come goes first; the other hears on."""
    one, two = tap.Tap().start(), tap.Tap().start()
    async with http_server.serve(hello) as server, http_client.Client() as client:
        await client.get(server.url + "/both")
        one.stop()
        await client.get(server.url + "/two")
        two.stop()
    assert b"/both" in heard(one.recording, "server", RECEIVED)
    assert b"/two" not in heard(one.recording, "server", RECEIVED)
    assert b"/two" in heard(two.recording, "server", RECEIVED)
    assert not [name for name in CALLS if name in vars(asyncio.get_running_loop())]


async def test_another_cover_on_the_loop_is_left_alone() -> None:
    """Somebody else covers create_server after us: theirs stays, and ours passes through."""
    loop: Any = asyncio.get_running_loop()
    tapping = tap.Tap().start()
    ours = loop.create_server

    async def theirs(*args: Any, **options: Any) -> Any:
        return await ours(*args, **options)

    loop.create_server = theirs
    tapping.stop()
    assert loop.create_server is theirs
    await talk()
    assert tapping.recording.events == []
    del loop.create_server


async def test_the_limit_bounds_what_is_held_and_counts_the_rest() -> None:
    """A recording of 2,000 bytes keeps the first bytes, and knows how many it did not."""
    with tap.Tap(limit=2_000) as recording:
        async with http_server.serve(lambda _: http11.Response(200, body=bytes(5_000))) as server:
            async with http_client.Client() as client:
                for _ in range(3):
                    assert len((await client.get(server.url)).body) == 5_000
            async with http_client.Client() as client:
                await client.get(server.url)
    assert recording.full
    assert recording.size < 2_000
    assert recording.missed_bytes > 28_000 and recording.missed_connections == 2
    assert sum(end.missed for end in recording.ends) == recording.missed_bytes
    assert recording.events[-1].kind in (SENT, RECEIVED)
    assert "not recorded, for want of room" in recording.text()


async def test_changes_are_told_as_they_happen_and_their_errors_do_no_harm() -> None:
    """`on_change` gets every event; one that fails is reported to the loop."""
    seen: list[Event] = []
    with tap.Tap(on_change=seen.append) as recording:
        await talk()
    assert seen == recording.events

    def fail(event: Event) -> None:
        raise ZeroDivisionError(event.kind)

    loop = asyncio.get_running_loop()
    handler, reported = loop.get_exception_handler(), []
    loop.set_exception_handler(lambda _, context: reported.append(context))
    try:
        with tap.Tap(on_change=fail) as recording:
            await talk()
    finally:
        loop.set_exception_handler(handler)
    assert len(reported) == len(recording.events) > 0
    assert reported[0]["message"] == "on_change of a tap failed"


@BOTH
def test_a_refused_connection_is_on_record(run: Run) -> None:
    """Nobody listens there: the attempt, its address and the error."""

    async def main() -> tuple[Recording, int]:
        async with http_server.serve(hello) as server:
            port = server.port
        with tap.Tap() as recording, pytest.raises(OSError):
            await asyncio.open_connection("127.0.0.1", port)
        return recording, port

    recording, port = run(main())
    (event,) = recording.events
    assert (event.kind, recording.ends[0].remote) == (REFUSED, f"127.0.0.1:{port}")
    assert "ConnectionRefusedError" in event.note
    assert recording.connections()[0].refused


def test_through_the_proxy_the_delay_is_measured_between_the_real_ends() -> None:
    """The proxy is not recorded, it joins two connections into one: 25 ms each way."""

    async def main() -> Recording:
        with tap.Tap() as recording:
            async with (
                http_server.serve(hello) as server,
                proxy.Proxy(server, rtt=0.05) as link,
                http_client.Client() as client,
                http_client.Client() as other,
            ):
                await asyncio.gather(client.get(link.url + "/a"), other.get(link.url + "/b"))
                await client.get(link.url + "/c")
        return recording

    recording = clock.simulate(main())
    assert [end.role for end in recording.ends] == ["client", "client", "server", "server"]
    one, two = recording.connections()
    assert_both_ends_agree(recording)
    assert (b"GET /a" in one.up.data, b"GET /b" in two.up.data) == (True, True)
    last = len(one.up.data) - 1
    sent, arrived = one.up.sent_at(last), one.up.arrived_at(last)
    assert sent is not None and arrived is not None
    assert arrived - sent == pytest.approx(0.025)


async def test_a_loop_in_another_thread_is_tapped_by_name() -> None:
    """The server's thread has its own loop and the same clock; its end is recorded there."""
    loop = asyncio.get_running_loop()
    made = LoopInThread()
    try:
        tapping = tap.Tap().start(loop, made.loop)
        server = await asyncio.wrap_future(made.call(http_server.serve(hello).start()))
        async with http_client.Client() as client:
            await client.get(server.url + "/far")
        await asyncio.wrap_future(made.call(server.close()))
        recording = tapping.stop()
    finally:
        made.close()
    assert_both_ends_agree(recording)
    assert len(recording.connections()) == 1


class LoopInThread:
    """A loop that runs in a thread."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever)
        self._thread.start()

    def call(self, awaitable: Awaitable[Any]) -> Any:
        async def run() -> Any:
            return await awaitable

        return asyncio.run_coroutine_threadsafe(run(), self.loop)

    def close(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()


def test_a_tap_needs_a_loop_of_its_own_clock() -> None:
    """No loop runs, a loop in C, a loop with another clock: LocalError says which."""
    with pytest.raises(LocalError, match="where a loop runs"):
        tap.Tap().start()

    class InC:
        __slots__ = ()

        def time(self) -> float:
            return 0.0

    with pytest.raises(LocalError, match="not written in Python"):
        tap.Tap().start(InC())  # type: ignore[arg-type]
    loop = asyncio.new_event_loop()
    tapping = tap.Tap().start(loop)

    async def main() -> None:
        with pytest.raises(LocalError, match="another clock"):
            tapping.start()

    clock.simulate(main())
    tapping.stop()
    loop.close()


async def test_nothing_is_kept_of_connections_that_are_over() -> None:
    """Transports and protocols of a tapped connection are freed while the tap runs on."""
    kept: list[weakref.ref[Any]] = []
    with tap.Tap():
        async with stream.serve(lambda peer: peer.close()) as server:
            client = await stream.connect(server.host, server.port)
            kept += [weakref.ref(client), weakref.ref(client._transport)]
            assert await client.read() == b""
            await client.close()
            del client
        for _ in range(3):
            await asyncio.sleep(0)
        gc.collect()
        assert [ref() for ref in kept] == [None, None]


async def test_a_file_sent_by_the_system_passes_through_the_process_while_tapped(
    tmp_path: Path,
) -> None:
    """aiohttp sends files with sendfile; a tapped transport gets the bytes by write."""
    file = tmp_path / "파일.txt"
    file.write_bytes(b"x" * 100_000)
    with tap.Tap() as recording:
        app = web.Application()

        async def send(request: web.Request) -> web.FileResponse:
            return web.FileResponse(file)

        app.router.add_get("/", send)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        async with aiohttp.ClientSession() as session:
            url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
            async with session.get(url) as got:
                assert len(await got.read()) == 100_000
        await runner.cleanup()
    assert_both_ends_agree(recording)


@hypothesis.given(
    st.lists(st.tuples(st.booleans(), st.lists(st.binary(max_size=40), max_size=4)), max_size=12)
)
@hypothesis.settings(max_examples=60)
def test_what_is_recorded_is_what_the_peer_got(talk: list[tuple[bool, list[bytes]]]) -> None:
    """Any writes, by write or writelines, from either end: the recording has every byte, once."""

    async def main() -> tuple[Recording, bytes, bytes]:
        got = {"up": b"", "down": b""}
        ends: dict[str, asyncio.Transport] = {}

        class Listening(asyncio.Protocol):
            def __init__(self, direction: str) -> None:
                self.direction = direction

            def connection_made(self, transport: asyncio.BaseTransport) -> None:
                assert isinstance(transport, asyncio.Transport)
                ends[self.direction] = transport

            def data_received(self, data: bytes) -> None:
                got[self.direction] += data

        loop = asyncio.get_running_loop()
        with tap.Tap() as recording:
            server = await loop.create_server(lambda: Listening("up"), "127.0.0.1", 0)
            host, port = server.sockets[0].getsockname()
            await loop.create_connection(lambda: Listening("down"), host, port)
            await asyncio.sleep(1)
            for up, writes in talk:
                ends["down" if up else "up"].writelines(writes)
                for data in writes:
                    ends["down" if up else "up"].write(data)
            await asyncio.sleep(1)
            ends["up"].close()
            ends["up"].write(b"nobody gets this")
            await asyncio.sleep(1)
            server.close()
        return recording, got["up"], got["down"]

    recording, up, down = clock.simulate(main(), rtt=0.01, bandwidth=10_000.0)
    assert heard(recording, "client", SENT) == heard(recording, "server", RECEIVED) == up
    assert heard(recording, "server", SENT) == heard(recording, "client", RECEIVED) == down
