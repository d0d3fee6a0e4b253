"""A WebSocket server and client on asyncio: messages, back-pressure, both ends of the goodbye."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import tracemalloc

import pytest

from course_lib.errors import ConnectionClosed, LocalError, RemoteError
from course_lib.lab import clock, proxy
from course_lib.net import http_client, http_server, stream, ws
from course_lib.simulator.link import Cut
from course_lib.wire.http.http11 import Request, Response
from course_lib.wire.websocket import frames, masking
from course_lib.wire.websocket.frames import Frame, Opcode
from tests.net import raw
from tests.net.waiting import until


async def echo(connection: ws.Connection) -> None:
    async for message in connection:
        await connection.send(message)


@contextlib.asynccontextmanager
async def pair(handler=echo, **options):
    """A server and a client of it."""
    async with ws.serve(handler, **options) as server, ws.connect(server.url) as connection:
        yield server, connection


# Messages.


async def test_what_is_sent_comes_back():
    """Text and binary, empty and large, in order."""
    messages = ["안녕", b"\x00\xff", "", b"", "x" * 200_000, bytes(300_000)]
    async with pair() as (_, connection):
        for message in messages:
            await connection.send(message)
            assert await connection.recv() == message
        for message in messages:
            await connection.send(message)
        assert [await connection.recv() for _ in messages] == messages
        await connection.send(bytearray(b"ab"))
        await connection.send(memoryview(b"cd"))
        assert [await connection.recv() for _ in range(2)] == [b"ab", b"cd"]


async def test_a_message_may_be_sent_in_parts():
    """From a list and from an asynchronous generator; the receiver gets it whole."""

    async def parts():
        for part in ("Hel", "", "lo"):
            await asyncio.sleep(0)
            yield part

    async with pair() as (_, connection):
        await connection.send(["안", "녕"])
        await connection.send([b"a", bytearray(b"b")])
        await connection.send(parts())
        assert [await connection.recv() for _ in range(3)] == ["안녕", b"ab", "Hello"]


async def test_other_messages_wait_until_one_in_parts_is_whole():
    """Any number of tasks may send; nothing is mixed up."""
    middle, go_on = asyncio.Event(), asyncio.Event()

    async def parts():
        yield "a"
        middle.set()
        await go_on.wait()
        yield "b"

    async with pair() as (_, connection):
        slow = asyncio.create_task(connection.send(parts()))
        await middle.wait()
        others = [asyncio.create_task(connection.send(text)) for text in ("c", ["d", "e"], "f")]
        await asyncio.sleep(0)
        with pytest.raises(LocalError):
            connection.send_nowait("now")
        go_on.set()
        await asyncio.gather(slow, *others)
        heard = [await connection.recv() for _ in range(4)]
        assert (heard[0], sorted(heard[1:])) == ("ab", ["c", "de", "f"])


@pytest.mark.parametrize("how", ["fails", "is cancelled", "mixes text and bytes"])
async def test_a_message_that_breaks_off_ends_the_connection(how):
    """1011: its receiver waits for the rest for ever otherwise."""
    began = asyncio.Event()

    async def parts():
        yield "a"
        began.set()
        if how == "fails":
            raise KeyError("gone")
        if how == "mixes text and bytes":
            yield b"b"
        await asyncio.Event().wait()

    ends: list[int | None] = []

    async def handler(connection):
        with contextlib.suppress(ConnectionClosed):
            await connection.recv()
        ends.append(connection.close_code)

    async with pair(handler) as (_, connection):
        sending = asyncio.create_task(connection.send(parts()))
        await began.wait()
        if how == "is cancelled":
            sending.cancel()
        with pytest.raises((KeyError, asyncio.CancelledError, LocalError)):
            await sending
        await connection.wait_closed()
        assert connection.close_code == 1011
    assert ends == [1011]


@pytest.mark.parametrize("message", [5, None, {"a": 1}, [], "\ud800", object()])
async def test_what_is_not_a_message_is_our_mistake(message):
    """LocalError at the call; the connection lives on."""
    async with pair() as (_, connection):
        with pytest.raises(LocalError):
            await connection.send(message)
        await connection.send("still here")
        assert await connection.recv() == "still here"


async def test_one_task_may_receive():
    """The second is told so; a cancelled one loses no message."""
    async with pair() as (_, connection):
        first = asyncio.create_task(connection.recv())
        await asyncio.sleep(0)
        with pytest.raises(LocalError):
            await connection.recv()
        with pytest.raises(LocalError):
            await anext(connection)
        first.cancel()
        await asyncio.wait([first])
        await connection.send("one")
        assert await connection.recv() == "one"


async def test_a_receiver_that_is_cancelled_while_its_message_comes_loses_nothing():
    """Cancelled before, at, and after the moment: always either returned or still there."""
    async with pair() as (_, connection):
        for turn in range(20):
            task = asyncio.create_task(connection.recv())
            await connection.send(str(turn))
            for _ in range(turn):
                await asyncio.sleep(0)
            task.cancel()
            (done,), _ = await asyncio.wait([task])
            assert str(turn) == (await connection.recv() if done.cancelled() else done.result())


# What was agreed on.


async def test_both_ends_know_what_was_agreed_on():
    """Request, response, subprotocol."""
    seen = []

    async def handler(connection):
        seen.append((connection.subprotocol, connection.request.path, connection.request.headers))

    async with (
        ws.serve(handler, subprotocols=["chat.v2", "chat.v1"]) as server,
        ws.connect(
            f"{server.url}/room/7?x=1",
            subprotocols=["chat.v1", "chat.v2"],
            headers={"Cookie": "a=b"},
            origin=server.url.replace("ws:", "http:"),
        ) as connection,
    ):
        assert (connection.subprotocol, connection.response.status) == ("chat.v2", 101)
        assert connection.request.target == "/room/7?x=1"
        await connection.wait_closed()
        assert connection.close_code == 1000
    ((subprotocol, path, headers),) = seen
    assert (subprotocol, path, headers["cookie"]) == ("chat.v2", "/room/7", "a=b")


async def test_without_a_common_subprotocol_there_is_none():
    """The client may then hang up."""
    async with (
        ws.serve(echo, subprotocols=["a"]) as server,
        ws.connect(server.url, subprotocols=["b"]) as connection,
    ):
        assert connection.subprotocol is None


@pytest.mark.parametrize(
    ("origin", "origins", "status"),
    [
        ("http://evil.example", None, 403),
        ("null", None, 403),
        ("https://page.example:8443", ["https://page.example"], 403),
        ("https://page.example", ["https://page.example"], 101),
        ("http://evil.example", "*", 101),
        (None, ["https://page.example"], 101),
    ],
)
async def test_the_server_decides_whose_pages_may_connect(origin, origins, status):
    """H10: refused before the 101, and the client learns why."""
    async with ws.serve(echo, origins=origins) as server:
        if status == 101:
            async with ws.connect(server.url, origin=origin) as connection:
                assert connection.response.status == 101
        else:
            with pytest.raises(RemoteError, match="Origin") as error:
                await ws.connect(server.url, origin=origin)
            assert error.value.code == status
            assert not server.websockets


async def test_http_and_websocket_share_a_port():
    """Requests that ask for no WebSocket go to another handler; without one they get 426."""

    def page(request: Request) -> Response:
        return Response(200, body=b"a page")

    async with ws.serve(echo, http=page) as server, http_client.Client() as http:
        url = server.url.replace("ws:", "http:")
        assert (await http.get(url)).body == b"a page"
        async with ws.connect(server.url) as connection:
            await connection.send("hello")
            assert await connection.recv() == "hello"
            assert (await http.get(url)).body == b"a page"
    async with ws.serve(echo) as server, http_client.Client() as http:
        response = await http.get(server.url.replace("ws:", "http:"))
        assert (response.status, response.headers["upgrade"]) == (426, "websocket")


@pytest.mark.parametrize("threshold", [0, 1024])
async def test_messages_are_compressed_when_both_ends_want_it(threshold):
    """The same messages come out; fewer bytes went over."""
    settings = ws.Settings(threshold=threshold)
    async with ws.serve(echo, compression=settings) as server:
        async with ws.connect(server.url, compression=settings) as connection:
            assert "permessage-deflate" in connection.response.headers["sec-websocket-extensions"]
            for message in ("short", "안녕" * 10_000, bytes(500_000), b""):
                await connection.send(message)
                assert await connection.recv() == message
        async with ws.connect(server.url) as connection:
            assert "sec-websocket-extensions" not in connection.response.headers
            await connection.send("x" * 5000)
            assert await connection.recv() == "x" * 5000
    async with ws.serve(echo) as server, ws.connect(server.url, compression=True) as connection:
        assert "sec-websocket-extensions" not in connection.response.headers


async def test_under_tls(tls):
    """wss://, large messages both ways, and the goodbye."""
    at_server, at_client = tls
    async with ws.serve(echo, ssl=at_server) as server:
        assert server.url.startswith("wss://")
        async with ws.connect(server.url, ssl=at_client) as connection:
            for message in ("hello", bytes(900_000)):
                await connection.send(message)
                assert await connection.recv() == message
            await connection.close(4000, "bye")
            assert connection.close_code == 4000
        async with ws.connect(server.url, ssl=at_client) as connection:
            await server.close()
            with pytest.raises(ConnectionClosed) as error:
                await connection.recv()
            assert error.value.code == 1001


# The goodbye.


@pytest.mark.parametrize(("code", "quietly"), [(1000, True), (1001, True), (4000, False)])
async def test_a_loop_over_messages_ends_with_the_conversation(code, quietly):
    """Quietly when all was well; else ConnectionClosed says how it ended."""

    async def handler(connection):
        await connection.send("last words")
        await connection.close(code, "enough")

    async with pair(handler) as (_, connection):
        heard = []
        try:
            async for message in connection:
                heard += [message]
        except ConnectionClosed as closed:
            assert not quietly
            assert (closed.code, closed.reason) == (code, "enough")
        else:
            assert quietly
        assert heard == ["last words"]
        assert (connection.close_code, connection.close_reason) == (code, "enough")
        with pytest.raises(ConnectionClosed) as error:
            await connection.recv()
        assert (error.value.code, error.value.reason) == (code, "enough")


async def test_after_the_end_nothing_can_be_sent():
    """The error carries code and reason, for every way to send."""

    async def handler(connection):
        await connection.close(4001, "kicked")

    async with pair(handler) as (_, connection):
        await connection.wait_closed()
        calls = (
            lambda: connection.send("x"),
            lambda: connection.send(["x"]),
            lambda: connection.ping(),
        )
        for call in calls:
            with pytest.raises(ConnectionClosed) as error:
                await call()
            assert (error.value.code, error.value.reason) == (4001, "kicked")
        with pytest.raises(ConnectionClosed):
            connection.send_nowait("x")
        await connection.close(4002)
        assert connection.close_code == 4001


async def test_whoever_waits_is_woken_by_the_end():
    """A receiver, a sender that is held up, somebody who measures: none is forgotten."""
    close = asyncio.Event()

    async def handler(connection):
        connection.pause()
        await close.wait()
        connection.abort()

    async with ws.serve(handler) as server:
        connection = await ws.connect(server.url)
        await until(lambda: any(c.reading_paused for c in server.websockets))
        waiting = [
            asyncio.create_task(connection.recv()),
            asyncio.create_task(connection.ping()),
            *(asyncio.create_task(connection.send(bytes(8 << 20))) for _ in range(2)),
            asyncio.create_task(connection.wait_closed()),
        ]
        await until(lambda: connection.writing_paused)
        close.set()
        results = await asyncio.gather(*waiting, return_exceptions=True)
        assert [getattr(result, "code", None) for result in results] == [1006] * 4 + [None]
        assert connection.close_code == 1006


async def test_both_ends_close_at_once_and_many_times():
    """All callers return, and both ends know it as a clean end."""
    ends = []

    async def handler(connection):
        await asyncio.gather(*(connection.close(1000 + turn % 2) for turn in range(3)))
        ends.append(connection.close_code)

    async with pair(handler) as (_, connection):
        await asyncio.gather(*(connection.close(1001) for _ in range(3)))
        assert connection.close_code in (1000, 1001)
        assert connection.wire.closed.clean
    assert len(ends) == 1
    assert ends[0] in (1000, 1001)


async def test_a_bad_code_is_our_mistake_and_the_connection_lives():
    """1005 and 1006 are never on the wire; a reason has at most 123 bytes."""
    async with pair() as (_, connection):
        for code, reason in ((1005, ""), (1006, ""), (999, ""), (1000, "x" * 124)):
            with pytest.raises(LocalError):
                await connection.close(code, reason)
        await connection.send("still here")
        assert await connection.recv() == "still here"


async def test_a_handler_that_returns_says_goodbye_and_one_that_fails_says_1011(caplog):
    """The reason is in the log and not on the wire."""

    async def handler(connection):
        if await connection.recv() == "fail":
            raise KeyError("secret")

    async with ws.serve(handler) as server:
        for text, code in (("return", 1000), ("fail", 1011)):
            async with ws.connect(server.url) as connection:
                await connection.send(text)
                await connection.wait_closed()
                assert connection.close_code == code
                assert "secret" not in (connection.close_reason or "")
        await until(lambda: not server.websockets)
    assert [record.exc_info[0] for record in caplog.records] == [KeyError]


async def test_messages_that_came_before_the_end_can_be_received_after_it():
    """The peer sent them, said goodbye, and TCP is gone."""

    async def handler(connection):
        for number in range(5):
            await connection.send(str(number))

    async with pair(handler) as (_, connection):
        await connection.wait_closed()
        assert [message async for message in connection] == ["0", "1", "2", "3", "4"]


async def test_what_comes_after_our_close_is_dropped():
    """As in a browser; it does not hold up the peer's answer."""

    async def handler(connection):
        with contextlib.suppress(ConnectionClosed):
            while True:
                await connection.send(bytes(10_000))

    async with ws.serve(handler) as server:
        connection = await ws.connect(server.url)
        await until(lambda: connection.reading_paused)
        async with asyncio.timeout(9):  # before its `close_timeout` of 10 s
            await connection.close()
        assert connection.close_code == 1000
        with pytest.raises(ConnectionClosed):
            await connection.recv()


async def test_a_close_that_is_cancelled_goes_on_by_itself():
    """Only the waiting is cancelled."""
    async with pair() as (_, connection):
        closing = asyncio.create_task(connection.close(1000, "bye"))
        await asyncio.sleep(0)
        closing.cancel()
        await asyncio.wait([closing])
        await connection.wait_closed()
        assert (connection.close_code, connection.close_reason) == (1000, "bye")


async def test_an_exception_in_the_body_closes_with_1011():
    """And goes on its way."""
    ends = []

    async def handler(connection):
        with contextlib.suppress(ConnectionClosed):
            await connection.recv()
        ends.append(connection.close_code)

    async with ws.serve(handler) as server:
        with pytest.raises(KeyError):
            async with ws.connect(server.url):
                raise KeyError
    assert ends == [1011]


# The server's own end.


async def test_shutdown_tells_everybody_1001():
    """D15: clients that talk, one that listens; no task, no descriptor is left."""
    before = raw.descriptors(), len(asyncio.all_tasks())
    server = await ws.serve(echo)
    connections = [await ws.connect(server.url) for _ in range(20)]

    async def talk(connection):
        while True:
            await connection.send("x" * 1000)
            await connection.recv()

    talking = [asyncio.create_task(talk(connection)) for connection in connections[1:]]
    await until(lambda: all(connection.wire.pings.alive for connection in connections))
    async with asyncio.timeout(60):
        await server.close()
    assert [message async for message in connections[0]] == []
    results = await asyncio.gather(*talking, return_exceptions=True)
    assert {(result.code, result.reason) for result in results} == {
        (1001, "the server is shutting down")
    }
    for connection in connections:
        await connection.close()
    await until(lambda: (raw.descriptors(), len(asyncio.all_tasks())) == before, 5)


async def test_a_handler_that_does_not_end_is_cancelled_after_the_grace():
    """And a peer that does not answer is cut off."""
    cancelled = asyncio.Event()

    async def handler(connection):
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    server = await ws.serve(handler)
    async with raw.peer(server) as deaf:
        deaf.write(OPENING)
        await deaf.read_until(b"\r\n\r\n")
        await until(lambda: server.websockets)
        await server.close(grace=0.05)
        assert cancelled.is_set()
        assert not server.websockets
        assert (await raw.rest(deaf))[:4] == b"\x88\x1d\x03\xe9"


async def test_a_server_may_be_awaited_in_one_cell_and_closed_in_another():
    """Closing twice, or before the start, is no error."""
    server = await ws.serve(echo)
    connection = await ws.connect(server.url)
    await connection.send("hello")
    assert await connection.recv() == "hello"
    await connection.close()
    await server.close()
    await server.close()
    await ws.serve(echo).close()
    with pytest.raises(OSError):
        await ws.connect(server.url)


OPENING = (
    b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
KEY = bytes.fromhex("37fa213d")


async def test_a_frame_in_the_same_segment_as_the_request_is_not_lost():
    """Bytes behind the request belong to the WebSocket."""
    hello = frames.encode(Frame(Opcode.TEXT, b"Hello"), KEY)
    async with ws.serve(echo) as server, raw.peer(server) as peer:
        peer.write(OPENING + hello + hello[:4])
        await peer.read_until(b"\r\n\r\n")
        assert await peer.read_exactly(7) == b"\x81\x05Hello"
        peer.write(hello[4:])
        assert await peer.read_exactly(7) == b"\x81\x05Hello"


async def test_frames_in_the_same_segment_as_the_101_are_not_lost():
    """A server that speaks first, and a Close frame already behind it."""
    from course_lib.wire.websocket import handshake

    async def server(peer: stream.Stream) -> None:
        request = (await peer.read_until(b"\r\n\r\n")).decode()
        key = request.lower().split("sec-websocket-key: ")[1].split("\r\n")[0]
        key = request[request.lower().index("sec-websocket-key: ") + 19 :][: len(key)]
        peer.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + handshake.accept(key).encode() + b"\r\n\r\n"
            b"\x81\x05Hello\x88\x02\x03\xe8"
        )
        await raw.rest(peer)

    async with stream.serve(server) as listening:
        connection = await ws.connect(f"ws://127.0.0.1:{listening.port}")
        assert [message async for message in connection] == ["Hello"]
        assert connection.close_code == 1000
        connection.abort()


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"", ConnectionClosed),
        (b"HTTP/1.1 101 Sw", RemoteError),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", RemoteError),
        (b"HTTP/1.1 101 S\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n", RemoteError),
        (b"SSH-2.0-OpenSSH\r\n", RemoteError),
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 99999999\r\n\r\n", RemoteError),
    ],
)
async def test_an_answer_that_is_no_websocket_is_an_error(answer, error):
    """And the connection is closed."""
    before = raw.descriptors()

    async def server(peer: stream.Stream) -> None:
        await peer.read_until(b"\r\n\r\n")
        peer.write(answer)

    async with stream.serve(server) as listening:
        with pytest.raises(error):
            await ws.connect(f"ws://127.0.0.1:{listening.port}", connect_timeout=5)
    await until(lambda: raw.descriptors() == before)


def test_a_server_that_does_not_answer_is_given_up():
    """TCP is there, the answer is not: TimeoutError after `connect_timeout`."""

    async def main():
        async def server(peer: stream.Stream) -> None:
            await raw.rest(peer)

        async with stream.serve(server) as listening:
            loop = asyncio.get_running_loop()
            start = loop.time()
            with pytest.raises(TimeoutError, match="within 10 s"):
                await ws.connect(f"ws://127.0.0.1:{listening.port}")
            return loop.time() - start

    assert clock.simulate(main()) == 10


# Time.


def test_a_ping_takes_a_round_trip():
    """On a network of 100 ms; ten of them at once, as well."""

    async def main():
        async with pair() as (_, connection):
            assert connection.latency is None
            one = await connection.ping()
            many = await asyncio.gather(*(connection.ping() for _ in range(10)))
            return one, many, connection.latency

    one, many, latency = clock.simulate(main(), rtt=0.1)
    assert one == latency == pytest.approx(0.1)
    assert many == [pytest.approx(0.1)] * 10


def test_both_sides_speak_at_the_same_time_and_the_messages_cross():
    """Full duplex: each is sent before the other has arrived, and neither waits for the other."""

    async def say(connection, name, begin, story):
        loop = asyncio.get_running_loop()
        await asyncio.sleep(begin - loop.time())
        story.append((round(loop.time(), 3), name, "says"))
        await connection.send(name)
        heard = await connection.recv()
        story.append((round(loop.time(), 3), name, f"hears {heard}"))

    async def main():
        story = []
        async with ws.serve(lambda end: say(end, "server", 1.02, story)) as server:
            connection = await ws.connect(server.url)
            await say(connection, "client", 1.0, story)
            await connection.wait_closed()
        return sorted(story)

    assert clock.simulate(main(), rtt=0.1) == [
        (1.0, "client", "says"),
        (1.02, "server", "says"),
        (1.05, "server", "hears client"),
        (1.07, "client", "hears server"),
    ]


def test_the_server_speaks_without_a_question():
    """Ten messages after half a round trip each; the client sends no byte for them."""

    async def main():
        loop = asyncio.get_running_loop()
        late = []

        async def speak(connection):
            for _ in range(10):
                await asyncio.sleep(1)
                await connection.send(str(loop.time()))

        async with ws.serve(speak) as server, proxy.Proxy(server, rtt=0.2) as link:
            connection = await ws.connect(link.url)
            before = link.bytes_up
            async for message in connection:
                late.append(loop.time() - float(message))
                asked = link.bytes_up - before
        return late, asked

    late, asked = clock.simulate(main())
    assert (late, asked) == ([pytest.approx(0.1)] * 10, 0)


def test_both_ends_find_out_that_the_other_has_vanished():
    """D13: after interval and timeout, though TCP says nothing."""

    async def main():
        loop = asyncio.get_running_loop()
        found, all_found = [], asyncio.Event()

        async def handler(connection):
            with contextlib.suppress(ConnectionClosed):
                await connection.recv()
            found.append(("server", loop.time(), connection.close_code))
            all_found.set()

        async with ws.serve(handler) as server:
            connection = await ws.connect(server.url)
            await asyncio.sleep(60)  # two pings are answered
            clock.network().cut(Cut.SILENCE)
            with pytest.raises(ConnectionClosed, match="nothing came for 20 s"):
                await connection.recv()
            found.append(("client", loop.time(), connection.close_code))
            await connection.wait_closed()
            await all_found.wait()
        return found

    found = clock.simulate(main(), rtt=0.1)
    assert sorted((who, code) for who, _, code in found) == [("client", 1006), ("server", 1006)]
    # The cut comes in the middle of an interval of 25 s.
    assert all(when <= 60 + 45 + 1 for _, when, _ in found)


def test_an_idle_connection_lives_for_a_day():
    """Pings and pongs, and nothing else."""

    async def main():
        async with pair() as (server, connection):
            await asyncio.sleep(86_400)
            await connection.send("still here")
            return await connection.recv(), len(server.websockets)

    assert clock.simulate(main(), rtt=0.1) == ("still here", 1)


def test_whoever_does_not_listen_does_not_take_the_peer_for_dead():
    """A full queue stops reading, and with it the pongs; that is our own doing."""

    async def main():
        done = asyncio.Event()

        async def handler(connection):
            for number in range(100):
                await connection.send(str(number) * 10_000)
            done.set()
            await connection.recv()

        async with pair(handler, stall_timeout=3600) as (_, connection):
            await asyncio.sleep(600)
            heard = [await connection.recv() for _ in range(100)]
            return heard == [str(number) * 10_000 for number in range(100)], done.is_set()

    assert clock.simulate(main(), rtt=0.1) == (True, True)


def test_a_peer_that_never_answers_the_close_is_cut_off():
    """W17: after 10 s; nobody waits longer, though the peer goes on sending."""

    async def main():
        async def handler(connection):
            await connection.close()
            return connection.close_code

        async with ws.serve(handler) as server, raw.peer(server) as deaf:
            deaf.write(OPENING)
            await deaf.read_until(b"\r\n\r\n")
            start = asyncio.get_running_loop().time()
            deaf.write(frames.encode(Frame(Opcode.TEXT, b"more"), KEY) * 100)
            with contextlib.suppress(ConnectionClosed):
                await raw.rest(deaf)
            return asyncio.get_running_loop().time() - start

    assert clock.simulate(main(), rtt=0.1) == pytest.approx(10, abs=0.2)


# Back-pressure.


async def test_a_slow_reader_stops_the_sender():
    """64 MB are sent to somebody who does not read: little of it is held, and none lost."""
    sent = 0
    read = asyncio.Event()

    async def handler(connection):
        await read.wait()
        count = 0
        async for message in connection:
            count += len(message)
        assert count == 64_000_000

    async with ws.serve(handler) as server:
        connection = await ws.connect(server.url)

        async def sending():
            nonlocal sent
            for _ in range(640):
                await connection.send(bytes(100_000))
                sent += 1

        tracemalloc.start()
        try:
            task = asyncio.create_task(sending())
            held = -1
            while held != sent:  # until it stands still
                held = sent
                for _ in range(50):
                    await asyncio.sleep(0)
                await asyncio.sleep(0.05)
            (ours,) = server.websockets
            assert sent < 400  # the rest is in the system's buffers
            assert ours._queued <= ours.max_queued + 262_144
            assert tracemalloc.get_traced_memory()[1] < 3_000_000
            read.set()
            await task
        finally:
            tracemalloc.stop()
        await connection.close()
        assert (sent, connection.close_code) == (640, 1000)


async def test_a_full_queue_stops_reading_and_nothing_is_lost():
    """Ten thousand short messages, of which 1024 may wait."""

    async def handler(connection):
        for number in range(10_000):
            await connection.send(str(number))

    async with ws.serve(handler) as server:
        connection = await ws.connect(server.url)
        await until(lambda: connection.reading_paused)
        heard = [message async for message in connection]
        assert heard == [str(number) for number in range(10_000)]


async def test_who_sends_without_waiting_is_bounded(caplog):
    """`send_nowait` to somebody who does not read: the connection ends beyond `max_unsent`."""
    ended = asyncio.Event()

    async def handler(connection):
        with pytest.raises(ConnectionClosed, match="reads too slowly"):
            for _ in range(1000):
                connection.send_nowait(bytes(100_000))
        assert connection.unsent <= 400_000
        ended.set()

    async with ws.serve(handler, max_unsent=200_000) as server, raw.peer(server) as deaf:
        deaf._transport.pause_reading()
        deaf.write(OPENING)
        await ended.wait()
    assert "reads too slowly" in caplog.text


async def test_answers_to_one_batch_are_one_write():
    """Sixteen messages in one segment; the handler answers each, and one write goes out."""
    async with ws.serve(echo) as server, raw.peer(server) as peer:
        peer.write(OPENING)
        await peer.read_until(b"\r\n\r\n")
        await until(lambda: server.websockets)
        (connection,) = server.websockets
        writes, write = [], connection.transport.write
        connection.transport = Counted(connection.transport, writes.append, write)
        peer.write(frames.encode(Frame(Opcode.TEXT, b"Hello"), KEY) * 16)
        assert await peer.read_exactly(7 * 16) == b"\x81\x05Hello" * 16
        assert [len(data) for data in writes] == [7 * 16]


class Counted:
    def __init__(self, transport, seen, write):
        self._transport, self._seen, self._write = transport, seen, write

    def __getattr__(self, name):
        return getattr(self._transport, name)

    def write(self, data):
        self._seen(data)
        self._write(data)


# Callbacks.


async def test_a_link_calls_back_and_needs_no_task():
    """One port for HTTP and WebSocket, no task for each connection, one write for a batch."""
    said = []

    def opened(link: ws.PushConnection) -> None:
        link.on_message = lambda message: link.send_nowait(message)
        link.on_close = said.append
        link.send_nowait(f"welcome to {link.request.path}")

    def handler(request: Request):
        if request.path == "/page":
            return Response(200, body=b"a page")
        return ws.upgrade(request, opened)

    async with http_server.serve(handler) as server:
        url = server.url.replace("http:", "ws:")
        tasks = len(asyncio.all_tasks())
        connections = [await ws.connect(f"{url}/chat") for _ in range(10)]
        for connection in connections:
            await connection.send("hello")
            assert [await connection.recv() for _ in range(2)] == ["welcome to /chat", "hello"]
        assert len(asyncio.all_tasks()) == tasks
        for connection in connections:
            await connection.close(4000, "bye")
        assert [(closed.code, closed.reason) for closed in said] == [(4000, "bye")] * 10
        async with http_client.Client() as http:
            assert (await http.get(f"{server.url}/page")).body == b"a page"
            assert (await http.get(f"{server.url}/chat")).status == 426


async def test_a_callback_that_fails_ends_its_connection_with_1011(caplog):
    """The others go on."""

    def opened(link: ws.PushConnection) -> None:
        link.on_message = lambda message: link.send_nowait(str(10 // int(message)))

    async with http_server.serve(lambda request: ws.upgrade(request, opened)) as server:
        url = server.url.replace("http:", "ws:")
        async with ws.connect(url) as good, ws.connect(url) as bad:
            await bad.send("0")
            await bad.wait_closed()
            assert bad.close_code == 1011
            await good.send("5")
            assert await good.recv() == "2"
    assert "ZeroDivisionError" in caplog.text


async def test_a_link_may_pause_and_is_told_when_there_is_room():
    """Back-pressure by hand, both ways, for a layer that has no coroutine to hold up."""
    links: list[ws.PushConnection] = []
    heard: list[str | bytes] = []
    drained = asyncio.Event()

    def opened(link: ws.PushConnection) -> None:
        links.append(link)
        link.on_message = heard.append
        link.on_drain = drained.set
        link.pause()

    async with http_server.serve(lambda request: ws.upgrade(request, opened)) as server:
        url = server.url.replace("http:", "ws:")
        async with ws.connect(url) as connection:
            await connection.send("hello")
            await asyncio.sleep(0.05)
            assert heard == []
            (link,) = links
            link.resume()
            await until(lambda: heard == ["hello"])
            connection.pause()
            while not link.writing_paused:
                link.send_nowait(bytes(100_000))
            connection.resume()
            receiving = asyncio.create_task(read_on(connection))
            await drained.wait()
            assert not link.writing_paused
            receiving.cancel()


async def read_on(connection: ws.Connection) -> None:
    async for _ in connection:
        pass


async def test_a_layer_above_may_end_a_link_in_the_middle_of_a_batch():
    """Nothing of the batch is told any more, and the end is told once."""
    heard, ends = [], []

    def opened(link: ws.PushConnection) -> None:
        def message(text: str) -> None:
            heard.append(text)
            link.fail(4008, "not like this")
            link.fail(4009, "again")

        link.on_message = message
        link.on_close = lambda closed: ends.append((closed.code, closed.reason))

    hello = frames.encode(Frame(Opcode.TEXT, b"Hello"), KEY)
    serving = http_server.serve(lambda request: ws.upgrade(request, opened))
    async with serving as server, raw.peer(server) as peer:
        peer.write(OPENING + hello * 5)
        await peer.read_until(b"\r\n\r\n")
        assert await raw.rest(peer) == b"\x88\x0f\x0f\xa8not like this"
    assert (heard, ends) == (["Hello"], [(4008, "not like this")])


async def test_what_is_encoded_once_goes_to_all():
    """A broadcast: one frame, many links."""
    links: list[ws.PushConnection] = []
    async with http_server.serve(lambda request: ws.upgrade(request, links.append)) as server:
        url = server.url.replace("http:", "ws:")
        connections = [await ws.connect(url) for _ in range(10)]
        await until(lambda: len(links) == 10)
        encoded = frames.encode(Frame(Opcode.TEXT, "모두에게".encode()))
        for link in links:
            link.send_encoded(encoded)
        assert [await connection.recv() for connection in connections] == ["모두에게"] * 10
        for connection in connections:
            await connection.close()


# What an exercise replaces.


async def test_the_functions_of_the_course_are_called_by_their_module(monkeypatch):
    """So an exercise can put its own in their place, with real traffic through it."""
    called: dict[str, int] = {}

    def counted(module, name):
        original = getattr(module, name)

        def function(*args, **options):
            called[name] = called.get(name, 0) + 1
            return original(*args, **options)

        monkeypatch.setattr(module, name, function)

    for module, name in (
        (frames, "cut"), (frames, "header"), (frames, "read_header"), (frames, "Unmasker"),
        (masking, "mask"),
    ):  # fmt: skip
        counted(module, name)
    async with pair() as (_, connection):
        await connection.send("hello")
        assert await connection.recv() == "hello"
        await connection.send(bytes(600_000))
        assert await connection.recv() == bytes(600_000)
    assert sorted(called) == ["Unmasker", "cut", "header", "mask", "read_header"]


# Memory.


async def test_an_idle_connection_is_small():
    """A thousand links of a server: the WebSocket's own part of each is some 4 KiB."""
    links: list[ws.PushConnection] = []
    gc.collect()
    async with http_server.serve(lambda request: ws.upgrade(request, links.append)) as server:
        stack = contextlib.AsyncExitStack()
        async with stack:
            for _ in range(20):  # what is made once
                peer = await stack.enter_async_context(raw.peer(server))
                peer.write(OPENING)
                await peer.read_until(b"\r\n\r\n")
            tracemalloc.start()
            try:
                before = tracemalloc.take_snapshot()
                for _ in range(100):
                    peer = await stack.enter_async_context(raw.peer(server))
                    peer.write(OPENING)
                    await peer.read_until(b"\r\n\r\n")
                gc.collect()
                after = tracemalloc.take_snapshot()
            finally:
                tracemalloc.stop()
            grown = sum(
                line.size_diff
                for line in after.compare_to(before, "filename")
                if any(part in line.traceback[0].filename for part in ("ws_", "wire", "lingering"))
            )
            assert len(links) == 120
            print(f"{grown / 100:.0f} bytes for each")
            assert grown / 100 < 6000
