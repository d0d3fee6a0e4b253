"""The simulated network: what a transport owes its protocol, and TCP its users."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib.errors import LocalError
from course_lib.lab import clock
from course_lib.simulator.link import Conditions, Cut

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Any]


def now() -> float:
    """Virtual seconds."""
    return asyncio.get_running_loop().time()


async def serve(handler: Handler, **options: Any) -> tuple[asyncio.Server, int]:
    """A stream server on a free port, and the port."""
    server = await asyncio.start_server(handler, "127.0.0.1", 0, **options)
    return server, server.sockets[0].getsockname()[1]


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Send back what comes; close when the client has finished."""
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    writer.close()


class Recorder(asyncio.Protocol):
    """Writes down everything that it is told, and when."""

    def __init__(self) -> None:
        self.log: list[tuple[float, str, object]] = []
        self.lost = asyncio.get_running_loop().create_future()
        self.transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.log.append((now(), "made", None))

    def data_received(self, data: bytes) -> None:
        self.log.append((now(), "data", data))

    def eof_received(self) -> bool | None:
        self.log.append((now(), "eof", None))
        return None

    def pause_writing(self) -> None:
        self.log.append((now(), "pause", None))

    def resume_writing(self) -> None:
        self.log.append((now(), "resume", None))

    def connection_lost(self, exc: Exception | None) -> None:
        self.log.append((now(), "lost", type(exc).__name__ if exc else None))
        self.lost.set_result(exc)


async def pair(
    client_type: type[Recorder] = Recorder, server_type: type[Recorder] = Recorder
) -> tuple[Recorder, Recorder]:
    """Two recorders, connected, and the accepting one told of it."""
    loop = asyncio.get_running_loop()
    accepted: list[Recorder] = []

    def accept() -> Recorder:
        accepted.append(server_type())
        return accepted[-1]

    server = await loop.create_server(accept, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    _, client = await loop.create_connection(client_type, "127.0.0.1", port)
    await asyncio.sleep(clock.network().conditions.rtt)
    server.close()
    return client, accepted[0]


# --- connecting


def test_connecting_costs_a_round_trip_and_the_server_hears_half_a_one_later() -> None:
    """Three packets of TCP's handshake, then data; every time is exact."""

    async def main() -> list[float]:
        times = []

        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            times.append(now())
            writer.write(await reader.read(10))
            writer.close()

        _, port = await serve(handle)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        times.append(now())
        writer.write(b"x")
        assert await reader.read() == b"x"
        writer.close()
        return [*times, now()]

    assert clock.simulate(main(), rtt=0.5) == [0.5, 0.75, 1.0]


def test_a_server_that_speaks_first_is_heard_after_two_round_trips() -> None:
    """It may speak when the third packet of the handshake is there."""

    async def main() -> float:
        async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"hello\n")
            writer.close()

        _, port = await serve(greet)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        assert await reader.readline() == b"hello\n"
        writer.close()
        return now()

    assert clock.simulate(main(), rtt=0.5) == 1.0


def test_where_nobody_listens_the_connection_is_refused_after_a_round_trip() -> None:
    """The RST has to come back."""

    async def main() -> float:
        with pytest.raises(ConnectionRefusedError) as caught:
            await asyncio.open_connection("127.0.0.1", 80)
        assert caught.value.errno == errno.ECONNREFUSED
        refused_at = now()
        await asyncio.sleep(1)
        assert not clock.network().open
        return refused_at

    assert clock.simulate(main(), rtt=0.5) == 0.5


def test_a_name_that_cannot_be_is_not_found_and_all_others_are_this_machine() -> None:
    """RFC 6761 reserves `.invalid`."""

    async def main() -> None:
        server, port = await serve(echo)
        for host in ("localhost", "chat.example", "127.0.0.1", "::1"):
            _, writer = await asyncio.open_connection(host, port)
            writer.close()
        with pytest.raises(socket.gaierror):
            await asyncio.open_connection("nowhere.invalid", port)
        loop = asyncio.get_running_loop()
        assert await loop.getaddrinfo("chat.example", 80) == [
            (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", ("127.0.0.1", 80))
        ]
        assert await loop.getnameinfo(("10.0.0.7", 80)) == ("10.0.0.7", "80")
        server.close()

    clock.simulate(main())


def test_an_address_that_is_taken_is_refused() -> None:
    """Until its server is closed; every address has ports of its own; `0.0.0.0` is all of them."""

    async def main() -> None:
        async def listen(host: str, port: int) -> asyncio.Server:
            return await asyncio.start_server(echo, host, port)

        first = await listen("127.0.0.1", 8000)
        for host in ("127.0.0.1", "localhost", "0.0.0.0"):
            with pytest.raises(OSError, match="Address already in use") as caught:
                await listen(host, 8000)
            assert caught.value.errno == errno.EADDRINUSE
        await listen("10.0.0.7", 8000)
        first.close()
        await listen("127.0.0.1", 8000)
        await listen("0.0.0.0", 9000)
        _, writer = await asyncio.open_connection("10.0.0.9", 9000)
        assert writer.get_extra_info("peername") == ("10.0.0.9", 9000)
        writer.close()

    clock.simulate(main())


def test_servers_that_share_a_port_take_turns() -> None:
    """`reuse_port`, as several workers do."""

    async def main() -> bytes:
        def worker(name: bytes) -> Handler:
            async def say(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                writer.write(name)
                writer.close()

            return say

        for name in (b"a", b"b"):
            await asyncio.start_server(worker(name), "127.0.0.1", 8000, reuse_port=True)
        said = b""
        for _ in range(4):
            reader, writer = await asyncio.open_connection("127.0.0.1", 8000)
            said += await reader.read()
            writer.close()
        return said

    assert clock.simulate(main()) == b"abab"


def test_a_real_socket_gives_its_address_and_is_closed_with_the_server() -> None:
    """`create_server(sock=...)`; nothing is listened on."""

    async def main() -> None:
        with socket.socket() as real:
            real.bind(("127.0.0.1", 0))
            port = real.getsockname()[1]
            server = await asyncio.start_server(echo, sock=real)
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"x")
            assert await reader.read(1) == b"x"
            writer.close()
            server.close()
            assert real.fileno() == -1

    clock.simulate(main())


def test_a_real_socket_is_connected_in_memory() -> None:
    """`sock_connect`, then `create_connection(sock=...)`; another socket is refused by name."""

    async def main() -> None:
        loop = asyncio.get_running_loop()
        _, port = await serve(echo)
        with socket.socket() as real:
            real.setblocking(False)
            await loop.sock_connect(real, ("127.0.0.1", port))
            assert now() == 0.5
            reader, writer = await asyncio.open_connection(sock=real)
            assert now() == 0.5
            writer.write(b"x")
            assert await reader.read(1) == b"x"
            writer.close()
        with socket.socket() as stranger, pytest.raises(clock.NotSimulated, match="sock="):
            await loop.create_connection(asyncio.Protocol, sock=stranger)

    clock.simulate(main(), rtt=0.5)


def test_a_connection_attempt_that_is_cancelled_leaves_nothing() -> None:
    """A time-out on a stalled link."""

    async def main() -> None:
        _, port = await serve(echo)
        clock.network().conditions.stalled = True
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(3):
                await asyncio.open_connection("127.0.0.1", port)
        assert now() == 3.0
        clock.network().conditions.stalled = False
        await asyncio.sleep(1)
        assert not clock.network().open

    clock.simulate(main(), rtt=0.5)


def test_what_a_transport_knows() -> None:
    """Names at both ends, and a socket without a descriptor that remembers its options."""

    async def main() -> None:
        client, server = await pair()
        assert client.transport.get_extra_info("peername") == server.transport.get_extra_info(
            "sockname"
        )
        sock = client.transport.get_extra_info("socket")
        assert sock.getsockname() == client.transport.get_extra_info("sockname")
        assert sock.getpeername() == client.transport.get_extra_info("peername")
        assert (sock.family, sock.type, sock.fileno()) == (
            socket.AF_INET,
            socket.SOCK_STREAM,
            -1,
        )
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 0
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1
        assert client.transport.get_protocol() is client
        assert client.transport.can_write_eof()

    clock.simulate(main())


# --- ending


def test_half_close_ends_one_direction() -> None:
    """The question is complete, the answer follows."""

    async def main() -> bytes:
        async def reverse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write((await reader.read())[::-1])
            writer.close()

        _, port = await serve(reverse)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"abc")
        writer.write_eof()
        with pytest.raises(RuntimeError, match="write_eof"):
            writer.write(b"d")
        answer = await reader.read()
        writer.close()
        return answer

    assert clock.simulate(main(), rtt=0.5) == b"cba"


def test_close_sends_what_was_written_and_the_other_end_closes_too() -> None:
    """`eof_received` returns nothing: the transport closes itself."""

    async def main() -> tuple[list[Any], list[Any]]:
        client, server = await pair()
        client.transport.write(b"last")
        client.transport.close()
        client.transport.write(b"too late")
        await server.lost
        return client.log[1:], server.log[1:]

    assert clock.simulate(main(), rtt=1.0) == (
        [(2.0, "lost", None)],
        [(2.5, "data", b"last"), (2.5, "eof", None), (2.5, "lost", None)],
    )


def test_abort_resets_the_connection() -> None:
    """Our end is told nothing new, the other gets an error; what had left arrives."""

    async def main() -> tuple[list[Any], list[Any]]:
        client, server = await pair()
        client.transport.write(b"gone")
        client.transport.abort()
        await server.lost
        return client.log[1:], server.log[1:]

    assert clock.simulate(main(), rtt=1.0) == (
        [(2.0, "lost", None)],
        [(2.5, "data", b"gone"), (2.5, "lost", "ConnectionResetError")],
    )


def test_data_for_an_end_that_is_gone_is_answered_with_a_reset() -> None:
    """RFC 9293, 3.10.7.1.  So a writer learns that nobody reads."""

    class Stays(Recorder):
        def eof_received(self) -> bool:
            self.log.append((now(), "eof", None))
            return True

    async def main() -> list[Any]:
        client, server = await pair(server_type=Stays)
        client.transport.close()
        await asyncio.sleep(1)
        server.transport.write(b"anybody there?")
        await server.lost
        return server.log[1:]

    assert clock.simulate(main(), rtt=1.0) == [
        (2.5, "eof", None),
        (4.0, "lost", "ConnectionResetError"),
    ]


def test_a_protocol_that_raises_loses_its_connection_and_is_heard_of() -> None:
    """Both ends, and `simulate` raises at the end."""
    log: list[Any] = []

    class Breaks(Recorder):
        def data_received(self, data: bytes) -> None:
            raise KeyError(data)

    async def main() -> None:
        client, server = await pair(server_type=Breaks)
        client.transport.write(b"x")
        await client.lost
        log.extend([client.log[1:], server.log[1:]])

    with pytest.raises(ExceptionGroup) as caught:
        clock.simulate(main(), rtt=1.0)
    assert [repr(error) for error in caught.value.exceptions] == ["KeyError(b'x')"]
    assert log == [[(3.0, "lost", "ConnectionResetError")], [(2.5, "lost", "KeyError")]]


# --- back-pressure


def test_a_reader_that_pauses_stops_the_writer() -> None:
    """What is held is bounded at every place, and all of it arrives in the end."""

    async def main() -> None:
        client, server = await pair()
        server.transport.pause_reading()
        assert not server.transport.is_reading()
        written = 0
        while client.log[-1][1] != "pause":
            client.transport.write(bytes(10_000))
            written += 10_000
            await asyncio.sleep(1)
            assert written < 1_000_000
        await asyncio.sleep(100)
        assert client.transport.get_write_buffer_size() > 65_536
        assert server.log[-1][1] == "made"
        server.transport.resume_reading()
        await asyncio.sleep(100)
        assert client.log[-1][1] == "resume"
        assert client.transport.get_write_buffer_size() == 0
        assert sum(len(item[2]) for item in server.log[1:]) == written  # type: ignore[arg-type]
        held = written - 10_000
        assert held <= 2 * 100_000 + 65_536 + 10_000  # the inbox, the link, the backlog

    clock.simulate(main(), rtt=0.1, limit=100_000)


def test_a_stream_that_drains_goes_as_fast_as_the_link() -> None:
    """A megabyte at 100 kB a second: `drain` waits, and memory does not grow."""

    async def main() -> tuple[int, float]:
        received = asyncio.get_running_loop().create_future()

        async def sink(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            count = 0
            while data := await reader.read(65_536):
                count += len(data)
            received.set_result((count, now()))
            writer.close()

        _, port = await serve(sink)
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(100):
            writer.write(bytes(10_000))
            await writer.drain()
            assert writer.transport.get_write_buffer_size() <= 65_536
        writer.close()
        result: tuple[int, float] = await received
        return result

    count, seconds = clock.simulate(main(), rtt=0.1, bandwidth=100_000, limit=20_000)
    assert count == 1_000_000
    assert seconds == pytest.approx(0.1 + 10 + 0.05)


def test_marks_of_the_write_buffer_can_be_set() -> None:
    """As on any transport; marks that cannot be are refused."""

    async def main() -> None:
        client, _ = await pair()
        transport = client.transport
        assert transport.get_write_buffer_limits() == (16_384, 65_536)
        transport.set_write_buffer_limits(high=100)
        assert transport.get_write_buffer_limits() == (25, 100)
        transport.set_write_buffer_limits(low=30)
        assert transport.get_write_buffer_limits() == (30, 120)
        with pytest.raises(ValueError, match="must be >="):
            transport.set_write_buffer_limits(high=1, low=2)

    clock.simulate(main())


def test_a_buffered_protocol_reads_into_its_own_buffer() -> None:
    """However small that is."""

    class Buffered(asyncio.BufferedProtocol):
        def __init__(self) -> None:
            self.buffer, self.data = bytearray(3), b""

        def get_buffer(self, sizehint: int) -> bytearray:
            return self.buffer

        def buffer_updated(self, nbytes: int) -> None:
            self.data += self.buffer[:nbytes]

    async def main() -> bytes:
        loop = asyncio.get_running_loop()
        _, port = await serve(echo)
        transport, protocol = await loop.create_connection(Buffered, "127.0.0.1", port)
        transport.write(b"ten bytes!")
        await asyncio.sleep(1)
        transport.close()
        return protocol.data

    assert clock.simulate(main()) == b"ten bytes!"


@given(
    st.lists(st.binary(min_size=1, max_size=3000), max_size=20),
    st.integers(1, 5000),
    st.none() | st.integers(100, 100_000),
    st.floats(0, 1),
)
def test_a_stream_is_a_stream(
    chunks: list[bytes], limit: int, bandwidth: int | None, jitter: float
) -> None:
    """Whatever is written comes back, however narrow, uneven or short the link is."""

    async def main() -> bytes:
        _, port = await serve(echo)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for chunk in chunks:
            writer.write(chunk)
        writer.write_eof()
        answer = await reader.read()
        writer.close()
        return answer

    options = {"rtt": 0.1, "jitter": jitter, "bandwidth": bandwidth, "limit": limit}
    assert clock.simulate(main(), **options) == b"".join(chunks)  # type: ignore[arg-type]


# --- conditions and cuts


def test_conditions_change_while_data_flies() -> None:
    """The object given to `simulate` is the one that the lesson turns."""
    conditions = Conditions(rtt=1.0)

    async def main() -> list[tuple[float, str, object]]:
        client, server = await pair()  # 2 s
        client.transport.write(b"at the old speed")
        conditions.rtt = 3.0
        client.transport.write(b"at the new speed")
        await asyncio.sleep(2)
        conditions.stalled = True
        client.transport.write(b"into the tunnel")
        await asyncio.sleep(10)
        conditions.stalled = False
        await asyncio.sleep(10)
        return server.log[1:]

    assert clock.simulate(main(), conditions=conditions) == [
        (2.5, "data", b"at the old speed"),
        (3.5, "data", b"at the new speed"),
        (15.5, "data", b"into the tunnel"),
    ]
    assert not conditions._watchers


def test_bandwidth_that_grows_brings_forward_what_was_due_later() -> None:
    """A timer that was set for the old arrival is moved."""

    async def main() -> list[tuple[float, str, object]]:
        client, server = await pair()
        client.transport.write(bytes(1000))
        await asyncio.sleep(1)
        clock.network().conditions.bandwidth = 9000
        await asyncio.sleep(100)
        return [(at, what, len(data)) for at, what, data in server.log[1:]]  # type: ignore[arg-type]

    assert clock.simulate(main(), bandwidth=100) == [(1.1, "data", 1000)]


@pytest.mark.parametrize(
    ("how", "client_sees", "server_sees"),
    [
        (Cut.FIN, ["eof", "lost None"], ["eof", "lost None"]),
        (Cut.RST, ["lost ConnectionResetError"], ["lost ConnectionResetError"]),
        (Cut.SILENCE, [], []),
    ],
)
def test_a_connection_is_cut(how: Cut, client_sees: list[str], server_sees: list[str]) -> None:
    """Both ends are told half a round trip later, or never."""

    async def main() -> tuple[list[str], list[str]]:
        client, server = await pair()
        clock.network().cut(how)
        await asyncio.sleep(0.4)
        assert len(client.log) == len(server.log) == 1
        await asyncio.sleep(1000)

        def told(recorder: Recorder) -> list[str]:
            return [
                f"{what} {data}" if what == "lost" else what for _, what, data in recorder.log[1:]
            ]

        return told(client), told(server)

    assert clock.simulate(main(), rtt=1.0) == (client_sees, server_sees)


def test_one_direction_can_be_cut() -> None:
    """The server is silent, and hears everything."""

    async def main() -> tuple[list[Any], list[Any]]:
        client, server = await pair()
        (connection,) = clock.network().open.values()
        connection.cut(Cut.SILENCE, "down")
        client.transport.write(b"question")
        await asyncio.sleep(1)
        server.transport.write(b"answer")
        await asyncio.sleep(100)
        return client.log[1:], server.log[1:]

    assert clock.simulate(main(), rtt=1.0) == ([], [(2.5, "data", b"question")])


@pytest.mark.parametrize("how", [Cut.FIN, Cut.RST])
@pytest.mark.parametrize("count", range(9))
def test_an_answer_is_cut_after_any_byte(count: int, how: Cut) -> None:
    """So many bytes reach who reads the stream, then it ends or breaks."""

    async def main() -> tuple[bytes, str]:
        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"12345")
            writer.write(b"678")
            with contextlib.suppress(ConnectionError):
                await reader.read()
            writer.close()

        _, port = await serve(answer)
        clock.network().cut_after(count, "down", how)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        got, end = b"", "fin"
        try:
            while data := await reader.read(100):
                got += data
        except ConnectionResetError:
            end = "rst"
        writer.close()
        return got, end

    assert clock.simulate(main(), rtt=0.1) == (b"12345678"[:count], how.value)


def test_a_connection_in_use_is_cut_after_so_many_more_bytes() -> None:
    """Counted from the call; a cut that lies behind the last byte has not happened."""

    async def main() -> list[list[Any]]:
        logs = []
        for count in (0, 3, 9):
            client, server = await pair()
            server.transport.write(b"before")
            connection = clock.network().connections[-1]
            connection.cut_after(count, "down", Cut.FIN)
            server.transport.write(b"12345678")
            await asyncio.sleep(1)
            logs.append([data if what == "data" else what for _, what, data in client.log[1:]])
        return logs

    assert clock.simulate(main()) == [
        [b"before", "eof", "lost"],
        [b"before", b"123", "eof", "lost"],
        [b"before", b"12345678"],
    ]


def test_a_direction_that_does_not_exist_is_refused() -> None:
    """At the call."""

    async def main() -> None:
        await pair()
        (connection,) = clock.network().open.values()
        for call in (
            lambda: clock.network().cut_after(1, "left"),
            lambda: connection.cut(Cut.RST, "left"),
            lambda: connection.cut_after(1, "both"),
        ):
            with pytest.raises(LocalError, match="a direction is"):
                call()
        with pytest.raises(LocalError, match="zero or more"):
            connection.cut_after(-1)

    clock.simulate(main())


# --- what it counts


def test_the_network_counts_bytes_and_connections() -> None:
    """Each way, of each connection and in all; also of those that are closed."""

    async def main() -> None:
        _, port = await serve(echo)
        network = clock.network()
        for size in (3, 5):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(bytes(size))
            await reader.readexactly(size)
            assert list(network.open) == [1 if size == 3 else 2]
            writer.close()
            await asyncio.sleep(10)
        assert (network.bytes_up, network.bytes_down, network.connections_opened) == (8, 8, 2)
        assert not network.open
        first, second = network.connections
        assert (first.number, first.bytes_up, first.bytes_down) == (1, 3, 3)
        assert (second.number, second.bytes_up, second.bytes_down) == (2, 5, 5)
        assert (first.opened_at, first.closed_at) == (0.0, 1.25)
        assert repr(second) == "<Connection 2 closed, 5 up, 5 down>"

    clock.simulate(main(), rtt=0.5)


def test_a_watcher_sees_every_arrival() -> None:
    """Time, connection, direction, and bytes or how it ended."""

    async def main() -> list[Any]:
        seen: list[Any] = []
        clock.network().watch(lambda *what: seen.append(what))
        _, port = await serve(echo)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"hi")
        assert await reader.read(2) == b"hi"
        writer.close()
        await asyncio.sleep(5)
        return seen

    assert clock.simulate(main(), rtt=1.0) == [
        (1.5, 1, "up", b"hi"),
        (2.0, 1, "down", b"hi"),
        (2.5, 1, "up", Cut.FIN),
        (3.0, 1, "down", Cut.FIN),
    ]


# --- servers


def test_a_server_waits_for_its_last_connection() -> None:
    """`wait_closed`, as of Python 3.12."""

    async def main() -> float:
        server, port = await serve(echo)
        assert server.is_serving()
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"x")
        await reader.read(1)
        server.close()
        server.close()
        assert not server.is_serving()
        assert server.sockets == ()
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", port)
        asyncio.get_running_loop().call_at(10, writer.close)
        await server.wait_closed()
        await server.wait_closed()
        return now()

    assert clock.simulate(main(), rtt=1.0) == 10.5


def test_a_server_closes_or_aborts_its_clients() -> None:
    """`close_clients` and `abort_clients`, as of Python 3.13."""

    async def main() -> list[str]:
        ends = []
        for name in ("close_clients", "abort_clients"):
            server, port = await serve(echo)
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"x")
            await reader.read(1)
            server.close()
            getattr(server, name)()
            try:
                ends.append(repr(await reader.read()))
            except ConnectionResetError:
                ends.append("reset")
            writer.close()
            await server.wait_closed()
        return ends

    assert clock.simulate(main(), rtt=1.0) == ["b''", "reset"]


def test_serve_forever_ends_when_it_is_cancelled() -> None:
    """And closes the server."""

    async def main() -> None:
        server, _ = await serve(echo, start_serving=False)
        assert not server.is_serving()
        task = asyncio.create_task(server.serve_forever())
        await asyncio.sleep(1)
        assert server.is_serving()
        with pytest.raises(RuntimeError, match="already"):
            await server.serve_forever()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not server.is_serving()
        with pytest.raises(RuntimeError, match="closed"):
            await server.start_serving()

    clock.simulate(main())


def test_a_factory_that_fails_is_heard_of_and_the_client_is_reset() -> None:
    """Nobody hangs."""

    async def main() -> None:
        def broken() -> asyncio.Protocol:
            raise KeyError("no protocol")

        server = await asyncio.get_running_loop().create_server(broken, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        with pytest.raises(ConnectionResetError):
            await reader.read()
        writer.close()

    with pytest.raises(ExceptionGroup) as caught:
        clock.simulate(main())
    assert [repr(error) for error in caught.value.exceptions] == ["KeyError('no protocol')"]


def test_connections_that_are_over_are_forgotten() -> None:
    """What is kept for connections that are over is bounded."""

    async def main() -> None:
        _, port = await serve(echo)
        for _ in range(1100):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            await writer.wait_closed()
        await asyncio.sleep(1)
        network = clock.network()
        assert (network.connections_opened, len(network.open)) == (1100, 0)
        assert len(network.connections) == 1000

    clock.simulate(main())


def test_writing_tells_a_paused_reader_of_a_reset() -> None:
    """It does not see the reset itself; on a real socket the first write after it fails."""

    async def main() -> object:
        loop = asyncio.get_running_loop()
        made: list[Recorder] = []

        def make() -> Recorder:
            made.append(Recorder())
            return made[0]

        async with await loop.create_server(make, "127.0.0.1", 80):
            client, _ = await loop.create_connection(asyncio.Protocol, "127.0.0.1", 80)
            await asyncio.sleep(1)
            made[0].transport.pause_reading()
            client.abort()
            await asyncio.sleep(1)
            made[0].transport.write(b"anybody there?")
            return await made[0].lost

    assert isinstance(clock.simulate(main(), rtt=0.1), ConnectionResetError)
