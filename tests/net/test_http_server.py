"""The HTTP server: what a handler may do, and in which order answers go out."""

from __future__ import annotations

import asyncio
import contextvars
import logging

import pytest

from course_lib.errors import LocalError
from course_lib.net import http_server, http_serving
from course_lib.net.http_server import StreamedResponse, Upgrade
from course_lib.wire.http.http11 import Headers, Request, Response
from tests.net import raw
from tests.net.waiting import until


def hello(request: Request) -> Response:
    return Response(200, body=b"hello " + request.target.encode())


GET = b"GET %s HTTP/1.1\r\nHost: x\r\n\r\n"
HELLO = b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nhello /"


async def test_a_plain_function_answers_without_a_task():
    """The answer's bytes, exactly; and no task was made for it."""
    tasks = []

    def handler(request: Request) -> Response:
        tasks.extend(asyncio.all_tasks())
        return hello(request)

    async with http_server.serve(handler) as server:
        assert server.url == f"http://127.0.0.1:{server.port}"
        async with raw.peer(server) as peer:
            peer.write(GET % b"/")
            assert await raw.answer(peer) == HELLO
            assert not server.tasks
    assert tasks == [asyncio.current_task()]


async def test_a_coroutine_function_may_wait():
    """Its task can use what needs one: a timeout, a task group, wait_for."""

    async def handler(request: Request) -> Response:
        async with asyncio.timeout(60), asyncio.TaskGroup() as group:
            group.create_task(asyncio.sleep(0))
        await asyncio.wait_for(asyncio.sleep(0), 60)
        return hello(request)

    async with http_server.serve(handler) as server, raw.peer(server) as peer:
        peer.write(GET % b"/")
        assert await raw.answer(peer) == HELLO
        assert not server.tasks


async def test_a_returned_future_costs_no_task():
    """The answer goes out when somebody sets it."""
    answer: asyncio.Future[Response] = asyncio.get_running_loop().create_future()
    before = asyncio.all_tasks()
    async with http_server.serve(lambda request: answer) as server, raw.peer(server) as peer:
        peer.write(GET % b"/")
        await until(lambda: any(c.engaged for c in server.connections))
        assert asyncio.all_tasks() == before
        answer.set_result(Response(200, body=b"late"))
        assert (await raw.answer(peer)).endswith(b"\r\n\r\nlate")


async def test_any_awaitable_is_awaited():
    """An object with `__await__`, and an object with `__call__` as the handler."""

    class Promise:
        def __await__(self):
            yield from asyncio.sleep(0).__await__()
            return Response(204)

    class Handler:
        def __call__(self, request: Request) -> Promise:
            return Promise()

    async with http_server.serve(Handler()) as server, raw.peer(server) as peer:
        peer.write(GET % b"/")
        assert await raw.answer(peer) == b"HTTP/1.1 204 No Content\r\n\r\n"


async def test_pipelined_answers_keep_the_order_of_the_questions():
    """The first is slow, the second is not; the first goes out first."""
    gate = asyncio.Event()

    def handler(request: Request):
        return slow(request) if request.target == "/slow" else hello(request)

    async def slow(request: Request) -> Response:
        await gate.wait()
        return hello(request)

    async with http_server.serve(handler) as server, raw.peer(server) as peer:
        peer.write(GET % b"/slow" + GET % b"/quick" + GET % b"/slow" + GET % b"/")
        await until(lambda: server.tasks)
        gate.set()
        bodies = [(await raw.answer(peer)).split(b" ")[-1] for _ in range(4)]
        assert bodies == [b"/slow", b"/quick", b"/slow", b"/"]


async def test_what_came_together_is_answered_in_one_write(monkeypatch):
    """Sixteen requests in one segment: one call of the transport's write."""
    writes: list[int] = []
    made = http_serving.ServerProtocol.connection_made
    monkeypatch.setattr(
        http_serving.ServerProtocol,
        "connection_made",
        lambda connection, transport: made(connection, Recorder(transport, writes)),
    )
    async with http_server.serve(hello) as server, raw.peer(server) as peer:
        peer.write(GET % b"/" * 16)
        assert await peer.read_exactly(16 * len(HELLO)) == HELLO * 16
    assert writes == [16 * len(HELLO)]


class Recorder:
    """A transport that notes the size of each write."""

    def __init__(self, transport: asyncio.Transport, writes: list[int]) -> None:
        self._transport, self._writes = transport, writes

    def write(self, data: bytes) -> None:
        self._writes.append(len(data))
        self._transport.write(data)

    def __getattr__(self, name: str):
        return getattr(self._transport, name)


async def test_reading_stops_at_32_pipelined_requests_and_goes_on_behind_them():
    """A hundred requests for a slow handler: 32 are held, all are answered."""
    gate = asyncio.Event()
    seen = []

    async def handler(request: Request) -> Response:
        seen.append(request.target)
        await gate.wait()
        return Response(204)

    async with http_server.serve(handler) as server, raw.peer(server) as peer:
        for number in range(100):
            peer.write(GET % b"/%d" % number)
            await asyncio.sleep(0)
        [connection] = server.connections
        await until(lambda: not connection.transport.is_reading())
        assert len(connection.waiting) == 31  # and one is running
        gate.set()
        for _ in range(100):
            assert await raw.answer(peer) == b"HTTP/1.1 204 No Content\r\n\r\n"
        assert seen == [f"/{number}" for number in range(100)]
        assert connection.transport.is_reading()


async def test_a_peer_that_does_not_read_is_not_answered_further():
    """Its answers are not made: handling stops until it reads, then goes on to the last one."""
    made = 0

    def handler(request: Request) -> Response:
        nonlocal made
        made += 1
        return Response(200, body=b"x" * 500_000)

    async with http_server.serve(handler) as server, raw.peer(server) as peer:
        peer._transport.pause_reading()
        for _ in range(100):
            peer.write(GET % b"/")
        await until(lambda: server.connections)
        [connection] = server.connections
        await until(lambda: connection.writing_paused)
        assert made < 50
        assert connection.unsent < 1_000_000
        assert not connection.transport.is_reading()
        peer._transport.resume_reading()
        for _ in range(100):
            assert (await raw.answer(peer)).endswith(b"xxx")
        assert made == 100


async def test_a_handler_whose_peer_leaves_is_cancelled():
    """FIN, half-close and reset: each cancels the coroutine, or the future that was returned."""
    entered, left = asyncio.Queue(), asyncio.Queue()

    async def handler(request: Request) -> Response:
        entered.put_nowait(request.target)
        try:
            return await asyncio.get_running_loop().create_future()
        except asyncio.CancelledError:
            left.put_nowait(request.target)
            raise

    async with http_server.serve(handler) as server:
        for end in (stop_writing, raw.reset, lambda peer: peer.abort()):
            async with raw.peer(server) as peer:
                peer.write(GET % b"/" + GET % b"/never")
                assert await entered.get() == "/"
                end(peer)
                assert await left.get() == "/"
        await until(lambda: not server.connections and not server.tasks)
    assert entered.empty()


def stop_writing(peer) -> None:
    peer._transport.write_eof()


async def test_a_returned_future_is_cancelled_when_the_peer_leaves():
    """Who made it sees the cancellation; setting it later harms nobody."""
    answer: asyncio.Future[Response] = asyncio.get_running_loop().create_future()
    async with http_server.serve(lambda request: answer) as server:
        async with raw.peer(server) as peer:
            peer.write(GET % b"/")
            await until(lambda: any(c.engaged for c in server.connections))
        await until(answer.cancelled)


async def test_a_handler_that_fails_while_it_is_cancelled_is_logged_only(caplog):
    """Nothing reaches the loop's handler."""
    entered = asyncio.Event()

    async def handler(request: Request) -> Response:
        entered.set()
        try:
            return await asyncio.get_running_loop().create_future()
        finally:
            raise RuntimeError("while leaving")

    async with http_server.serve(handler) as server:
        async with raw.peer(server) as peer:
            peer.write(GET % b"/")
            await entered.wait()
        await until(lambda: not server.tasks)
    assert "RuntimeError: while leaving" in caplog.text


def fails(request: Request) -> Response:
    raise RuntimeError("no luck")


async def fails_later(request: Request) -> Response:
    await asyncio.sleep(0)
    raise RuntimeError("no luck")


async def cancels_itself(request: Request) -> Response:
    raise asyncio.CancelledError


def no_answer(request: Request) -> None:
    return None


async def returns_text(request: Request) -> str:
    return "hello"


def text_body(request: Request) -> Response:
    return Response(200, body="text")  # type: ignore[arg-type]


def newline_in_header(request: Request) -> Response:
    return Response(200, Headers({"X": "a\r\nSet-Cookie: b"}))


def bare_101(request: Request) -> Response:
    return Response(101)


def bad_upgrade(request: Request) -> Upgrade:
    return Upgrade(Response(101), lambda transport, leftover: None)


async def bad_stream(request: Request) -> StreamedResponse:
    return StreamedResponse(200, Headers({"Content-Length": "1"}), parts())


async def parts():
    yield b"one"
    yield b""
    yield b"two"


@pytest.mark.parametrize(
    "handler",
    [
        fails,
        fails_later,
        cancels_itself,
        no_answer,
        returns_text,
        text_body,
        newline_in_header,
        bare_101,
        bad_upgrade,
        bad_stream,
    ],
    ids=lambda handler: handler.__name__,
)
async def test_a_handler_that_breaks_is_500_and_logged_and_the_connection_lives(handler, caplog):
    """Two on one connection; the wire never says why, the log does."""
    async with http_server.serve(handler) as server, raw.peer(server) as peer:
        for _ in range(2):
            peer.write(GET % b"/")
            response = await raw.answer(peer)
            assert raw.status(response) == 500
            assert response.endswith(b"\r\n\r\ninternal server error\n")
    records = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert [record.name for record in records] == ["course_lib.net.http_server"] * 2


async def test_what_a_handler_sets_in_its_context_stays_there():
    """The next request on the connection does not see it."""
    user: contextvars.ContextVar[str] = contextvars.ContextVar("user", default="nobody")

    def handler(request: Request) -> Response:
        seen = user.get()
        user.set("someone")
        return Response(200, body=seen.encode())

    async with http_server.serve(handler) as server, raw.peer(server) as peer:
        for _ in range(2):
            peer.write(GET % b"/")
            assert (await raw.answer(peer)).endswith(b"nobody")


async def test_head_has_the_header_and_no_body():
    """Also for a stream without end, which is not even begun."""

    async def endless():
        while True:
            yield b"x"

    def handler(request: Request):
        if request.target == "/stream":
            return StreamedResponse(200, Headers(), endless())
        return hello(request)

    async with http_server.serve(handler) as server, raw.peer(server) as peer:
        peer.write(b"HEAD / HTTP/1.1\r\nHost: x\r\n\r\nHEAD /stream HTTP/1.1\r\nHost: x\r\n\r\n")
        assert await peer.read_until(b"\r\n\r\n") == HELLO[:-7]
        assert await peer.read_until(b"\r\n\r\n") == (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        peer.write(GET % b"/")
        assert await raw.answer(peer) == HELLO


async def test_a_stream_goes_out_in_chunks_and_the_connection_goes_on():
    """Each part at once; empty parts are no end; HTTP/1.0 gets it until the close."""

    def handler(request: Request) -> StreamedResponse:
        return StreamedResponse(200, Headers({"Content-Type": "text/plain"}), parts())

    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
    async with http_server.serve(handler) as server:
        async with raw.peer(server) as peer:
            for _ in range(2):
                peer.write(GET % b"/")
                assert await peer.read_until(b"0\r\n\r\n") == (
                    head + b"Transfer-Encoding: chunked\r\n\r\n3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n"
                )
        response = await raw.exchange(server, b"GET / HTTP/1.0\r\n\r\n")
        assert response.endswith(b"\r\n\r\nonetwo")


async def test_a_stream_is_made_no_faster_than_it_is_read():
    """A peer that does not read holds the iterator; one that leaves closes it."""
    made = 0
    closed = asyncio.Event()

    async def endless():
        nonlocal made
        try:
            while True:
                made += 1
                yield b"x" * 100_000
        finally:
            closed.set()

    def handler(request: Request) -> StreamedResponse:
        return StreamedResponse(200, Headers(), endless())

    async with http_server.serve(handler) as server:
        async with raw.peer(server) as peer:
            peer._transport.pause_reading()
            peer.write(GET % b"/")
            await until(lambda: server.connections)
            [connection] = server.connections
            await until(lambda: connection.writing_paused)
            paused_at = made
            for _ in range(20):
                await asyncio.sleep(0)
            assert made == paused_at < 200
            assert connection.unsent < 1_000_000
        await closed.wait()
        await until(lambda: not server.tasks)


async def test_a_stream_that_fails_ends_without_its_last_chunk(caplog):
    """The peer can tell that the body is not whole."""

    async def breaks():
        yield b"half"
        raise RuntimeError("the other half is lost")

    def handler(request: Request) -> StreamedResponse:
        return StreamedResponse(200, Headers(), breaks())

    async with http_server.serve(handler) as server:
        response = await raw.exchange(server, GET % b"/")
        assert response.endswith(b"\r\n\r\n4\r\nhalf\r\n")
    assert "the other half is lost" in caplog.text


class Shout(asyncio.Protocol):
    """The protocol that takes over: upper case."""

    def __init__(self, leftover: bytes) -> None:
        self.leftover = leftover

    def take(self, transport: asyncio.Transport) -> None:
        self.transport = transport
        transport.set_protocol(self)
        transport.write(self.leftover.upper())

    def data_received(self, data: bytes) -> None:
        self.transport.write(data.upper())


UPGRADE = b"GET /shout HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: shout\r\n\r\n"
SWITCHED = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: shout\r\nConnection: Upgrade\r\n\r\n"


async def upgrade(request: Request) -> Upgrade | Response:
    await asyncio.sleep(0)
    if request.upgrade != "shout":
        return hello(request)
    response = Response(101, Headers({"Upgrade": "shout", "Connection": "Upgrade"}))
    return Upgrade(response, lambda transport, leftover: Shout(leftover).take(transport))


async def test_an_upgrade_hands_over_the_transport_and_the_bytes_behind_the_request():
    """The first words of the new protocol came in the same segment; more follow."""
    async with http_server.serve(upgrade) as server, raw.peer(server) as peer:
        peer.write(GET % b"/" + UPGRADE + b"first ")
        assert await raw.answer(peer) == HELLO
        assert await peer.read_exactly(len(SWITCHED)) == SWITCHED
        peer.write(b"second")
        assert await peer.read_exactly(12) == b"FIRST SECOND"
        assert not server.connections  # it speaks HTTP no more
        await server.close()  # what the server opened it ends
        assert await peer.read() == b""


async def test_an_upgrade_that_is_refused_goes_on_as_http():
    """What came behind the request is the next request."""

    def handler(request: Request) -> Response:
        return hello(request)

    async with http_server.serve(handler) as server, raw.peer(server) as peer:
        peer.write(UPGRADE + GET % b"/")
        assert (await raw.answer(peer)).endswith(b"hello /shout")
        assert await raw.answer(peer) == HELLO


async def test_a_handler_that_thinks_about_an_upgrade_hears_that_its_peer_has_left():
    """It is cancelled; what came after the request is read up to a limit, and then not at all."""
    for more in (0, 1000, 10_000_000):
        cancelled, began = asyncio.Event(), asyncio.Event()

        async def think(
            request: Request, began: asyncio.Event = began, cancelled: asyncio.Event = cancelled
        ) -> Response:
            began.set()
            try:
                await asyncio.sleep(3600)
            finally:
                cancelled.set()
            return Response(200)

        async with http_server.serve(think) as server, raw.peer(server) as peer:
            peer.write(UPGRADE + b"x" * more)
            await began.wait()
            [connection] = server.connections
            if more > 1000:
                await until(lambda connection=connection: not connection.transport.is_reading())
                assert connection.wire.held < 1_000_000
            else:
                peer.abort()
                await cancelled.wait()


async def test_an_upgrade_that_nobody_takes_is_closed_and_logged(caplog):
    """`take` must set a protocol, and may not fail."""

    def handler(request: Request) -> Upgrade:
        response = Response(101, Headers({"Upgrade": "shout", "Connection": "Upgrade"}))
        return Upgrade(response, lambda transport, leftover: None)

    async with http_server.serve(handler) as server:
        assert await raw.exchange(server, UPGRADE) == SWITCHED
    assert "set_protocol" in caplog.text


async def test_connections_over_the_limit_are_told_so():
    """503 and close, without waiting for a request; one place free, one connection more."""
    async with http_server.serve(hello, max_connections=2) as server:
        async with raw.peer(server) as first, raw.peer(server) as second:
            for peer in (first, second):
                peer.write(GET % b"/")
                assert await raw.answer(peer) == HELLO
            response = await raw.exchange(server, b"")
            assert raw.status(response) == 503
            assert b"Connection: close" in response
        await until(lambda: not server.connections)
        async with raw.peer(server) as peer:
            peer.write(GET % b"/")
            assert await raw.answer(peer) == HELLO


async def test_a_request_knows_its_peer():
    """Address and port as the system names them."""
    async with (
        http_server.serve(lambda r: Response(200, body=r.peer.encode())) as server,
        raw.peer(server) as peer,
    ):
        name = peer._transport.get_extra_info("sockname")
        peer.write(GET % b"/")
        assert (await raw.answer(peer)).endswith(f"\r\n\r\n{name[0]}:{name[1]}".encode())


async def test_a_closed_server_cannot_be_started_again():
    """`serve` makes another one."""
    async with http_server.serve(hello) as server:
        pass
    with pytest.raises(LocalError, match="closed"):
        await server


@pytest.mark.parametrize("suspends", [False, True])
async def test_nothing_is_handled_behind_an_answer_that_closes(
    suspends: bool, caplog: pytest.LogCaptureFixture
):
    """The pipelined request is dropped unseen, and the answer that closes goes out whole."""
    seen = []

    def at_once(request: Request) -> Response:
        seen.append(request.target)
        return Response(200, Headers({"Connection": "close"}), b"bye")

    async def later(request: Request) -> Response:
        await asyncio.sleep(0)
        return at_once(request)

    async with http_server.serve(later if suspends else at_once) as server:
        response = await raw.exchange(server, GET % b"/1" + GET % b"/2")
    assert response == b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 3\r\n\r\nbye"
    assert seen == ["/1"]
    assert not caplog.records


async def test_chunks_that_cannot_be_closed_spoil_no_later_answer(
    caplog: pytest.LogCaptureFixture,
):
    """The stream is broken off; the request behind it does not get its 500."""

    class Chunks:
        def __init__(self) -> None:
            self.left = [b"a"]

        def __aiter__(self) -> Chunks:
            return self

        async def __anext__(self) -> bytes:
            if not self.left:
                raise StopAsyncIteration
            return self.left.pop()

        async def aclose(self) -> None:
            raise OSError("the file is gone")

    async with http_server.serve(lambda r: StreamedResponse(200, Headers(), Chunks())) as server:
        response = await raw.exchange(server, GET % b"/1" + GET % b"/2")
    assert response == b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n"
    assert [record.exc_info[0] for record in caplog.records if record.exc_info] == [OSError]


async def test_a_plain_function_that_raises_cancelled_error_has_failed():
    """There is no task to be cancelled: the answer is 500, the connection stays."""

    def handler(request: Request) -> Response:
        if request.target == "/":
            return hello(request)
        raise asyncio.CancelledError

    async with http_server.serve(handler) as server, raw.peer(server) as peer:
        peer.write(GET % b"/cancelled")
        assert raw.status(await raw.answer(peer)) == 500
        peer.write(GET % b"/")
        assert await raw.answer(peer) == HELLO


async def test_a_flood_of_small_requests_lets_others_have_their_turn():
    """No more than `max_pipelined` requests are handled in one turn of the loop."""
    loop = asyncio.get_running_loop()
    turn, in_turn = 0, [0]

    def tick() -> None:
        nonlocal turn
        turn += 1
        in_turn.append(0)
        if sum(in_turn) < 500:
            loop.call_soon(tick)

    def handler(request: Request) -> Response:
        in_turn[turn] += 1
        return Response(204)

    async with http_server.serve(handler, max_pipelined=8) as server, raw.peer(server) as peer:
        loop.call_soon(tick)
        peer.write(GET % b"/" * 500)
        assert await peer.read_exactly(500 * 27) == b"HTTP/1.1 204 No Content\r\n\r\n" * 500
    assert sum(in_turn) == 500
    assert max(in_turn) <= 16  # bytes that came and the rest of the last ones, in one turn


async def test_bytes_that_are_no_utf8_are_replaced_and_end_nothing():
    """In a query, in a path, in a header: a handler gets text, and the peer gets its answer."""

    def handler(request: Request) -> Response:
        said = [request.path, *request.query.values(), request.headers.get("x") or ""]
        return Response(200, body="|".join(said).encode())

    async with http_server.serve(handler) as server:
        request = (
            b"GET /%ff?a=%ff%fe&b=%zz HTTP/1.1\r\nHost: a\r\nX: \xff\r\nConnection: close\r\n\r\n"
        )
        answer = await raw.exchange(server, request)
    assert answer.endswith("/\ufffd|\ufffd\ufffd|%zz|\xff".encode())
