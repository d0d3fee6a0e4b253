"""Bad input and broken networks against a mailbox behind HTTP: after each one the server is alive.

Alive means: a fresh client's message comes back within a second; a client connected before lost
nothing and saw no error; tasks, descriptors and connections are back where they were within five
seconds; nothing reached the loop's exception handler (every test has that check).
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from course_lib.net import http_server, stream
from course_lib.net.http_client import Client
from course_lib.net.mailbox import Mailbox
from course_lib.wire.http.http11 import Request, Response
from tests.net import raw
from tests.net.waiting import until


class Chat:
    """A long-polling chat: POST says something, GET waits for what is new."""

    def __init__(self, limit: int = 1000) -> None:
        self.box = Mailbox(limit)
        self.accepted = 0

    async def __call__(self, request: Request) -> Response:
        if request.method == "POST":
            self.accepted += 1
            return Response(200, body=str(self.box.put(request.text())).encode())
        query = request.query
        batch = await self.box.take(int(query["cursor"]), float(query.get("hold", "0")))
        answer = {"messages": batch.messages, "cursor": batch.cursor, "missed": batch.missed}
        return Response(200, body=json.dumps(answer).encode())


class Old:
    """A client that was connected before the fault and polls all the while."""

    def __init__(self, url: str) -> None:
        self.url, self.cursor, self.missed = url, 0, 0
        self.heard: list[str] = []

    async def poll(self) -> None:
        async with Client() as http:
            while True:
                response = await http.get(f"{self.url}/?cursor={self.cursor}&hold=25")
                answer = response.json()
                self.heard += answer["messages"]
                self.missed += answer["missed"]
                self.cursor = answer["cursor"]


async def echo(url: str, text: str) -> None:
    """A fresh client says something and reads it back, before any deadline of the server."""
    async with asyncio.timeout(9), Client() as http:
        cursor = int((await http.post(url, text)).text())
        answer = (await http.get(f"{url}/?cursor={cursor - 1}")).json()
        assert answer["messages"] == [text]


@contextlib.asynccontextmanager
async def survived(chat: Chat, **limits: float) -> AsyncIterator[http_server.Server]:
    """Run a fault against a server with an old client; then check that it is alive."""
    async with http_server.serve(chat, **limits) as server:
        old = Old(server.url)
        polling = asyncio.create_task(old.poll())
        await until(lambda: chat.box.waiters == 1)
        chat.box.put("before")
        await until(lambda: old.heard and chat.box.waiters == 1)
        before = raw.descriptors(), len(server.tasks), len(asyncio.all_tasks())
        try:
            yield server
            await echo(server.url, "after")
            await until(lambda: old.heard[-1] == "after" and chat.box.waiters == 1, 5)
            assert (old.heard[0], len(old.heard) + old.missed) == ("before", chat.box.cursor)
            assert not polling.done()
            await until(lambda: len(server.connections) == 1, 5)
            await until(lambda: (raw.descriptors(), len(server.tasks)) == before[:2], 5)
            await until(lambda: len(asyncio.all_tasks()) == before[2], 5)
        finally:
            polling.cancel()


def request(*lines: bytes, body: bytes = b"") -> bytes:
    return b"\r\n".join([b"GET /?cursor=0 HTTP/1.1", b"Host: x", *lines, b"", body])


LONG = b"x" * 9000


@pytest.mark.parametrize(
    ("bad", "status"),
    [
        pytest.param(request(b"X: " + LONG), 431, id="H14 header line of 9 kB"),
        pytest.param(request(*[b"X: y"] * 129), 431, id="H14 129 headers and Host"),
        pytest.param(b"GET /" + LONG + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414, id="H15 target"),
        pytest.param(
            request(b"Content-Length: 1", b"Transfer-Encoding: chunked", body=b"0\r\n\r\n"),
            400,
            id="H17 length and coding",
        ),
        pytest.param(
            request(b"Content-Length: 1", b"Content-Length: 1", body=b"x"), 400, id="H17 two"
        ),
        pytest.param(request(b"Content-Length: -1"), 400, id="H17 -1"),
        pytest.param(request(b"Content-Length: +5", body=b"hello"), 400, id="H17 +5"),
        pytest.param(request(b"Host: y"), 400, id="H17 two Hosts"),
        pytest.param(b"GET / HTTP/1.1\nHost: x\n\n", 400, id="H18 bare LF"),
        pytest.param(request(b"X: y", b" folded"), 400, id="H18 folded"),
        pytest.param(request(b"X: \x00"), 400, id="H18 NUL"),
        pytest.param(request(b"Content-Length: 1000001"), 413, id="L3 a byte over the body limit"),
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", 400, id="a TLS hello"),
        pytest.param(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, id="HTTP/2 preface"),
        pytest.param(
            b"GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n", 501, id="gzip"
        ),
    ],
)
async def test_a_request_against_the_rules_is_refused_and_the_connection_closed(bad, status):
    """H14, H15, H17, H18 and their like: the status, `Connection: close`, the end."""
    async with survived(Chat()) as server:
        response = await raw.exchange(server, bad)
        assert raw.status(response) == status
        assert b"\r\nConnection: close\r\n" in response
        assert response.count(b"HTTP/1.1 ") == 1


async def test_a_line_over_the_limit_is_refused_before_it_is_held():
    """H16: a byte at a time, without end; 431 comes at the limit."""
    async with survived(Chat()) as server, raw.peer(server) as peer:
        peer.write(b"GET / HTTP/1.1\r\nX: ")
        sent = 0
        while not peer._ended and sent < 20_000:
            peer.write(b"y")
            sent += 1
            if sent % 64 == 0:
                await asyncio.sleep(0)
                held = [len(c.wire._buf) for c in server.connections]
                assert max(held, default=0) < 8192 + 1024
        assert raw.status(await raw.rest(peer)) == 431


async def test_headers_and_bodies_that_trickle_in_are_ended_while_others_are_served():
    """H21: forty of them hold nobody up, and all are closed at the limit."""
    async with survived(Chat(), head_timeout=0.3) as server, contextlib.AsyncExitStack() as stack:
        slow = [await stack.enter_async_context(raw.peer(server)) for _ in range(40)]
        for number, peer in enumerate(slow):
            head = b"POST / HTTP/1.1\r\nHost: x\r\n"
            peer.write(head if number % 2 else head + b"Content-Length: 9\r\n\r\nhalf")
        await echo(server.url, "meanwhile")
        assert [raw.status(await raw.rest(peer)) for peer in slow] == [408] * 40


async def test_a_reset_while_the_server_writes_a_refusal_is_swallowed():
    """H26: fifty of them."""
    async with survived(Chat()) as server:
        for _ in range(50):
            async with raw.peer(server) as peer:
                peer.write(request(b"X: " + LONG * 20))
                await asyncio.sleep(0)
                raw.reset(peer)


async def test_what_comes_during_shutdown_is_told_503():
    """H28: a new connection while an answer is held."""
    chat = Chat()
    async with http_server.serve(chat) as server, raw.peer(server) as peer:
        peer.write(b"GET /?cursor=0&hold=25 HTTP/1.1\r\nHost: x\r\n\r\n")
        await until(lambda: chat.box.waiters)
        closing = asyncio.create_task(server.close())
        await asyncio.sleep(0)
        response = await raw.exchange(server, request())
        assert raw.status(response) == 503
        assert b"\r\nConnection: close\r\n" in response
        chat.box.put("last words")
        assert b"last words" in await raw.rest(peer)
        await closing
    assert (chat.box.waiters, chat.box.deliveries) == (0, 1)


HELD = b"GET /?cursor=1&hold=25 HTTP/1.1\r\nHost: x\r\n\r\n"
End = Callable[[stream.Stream], object]


@pytest.mark.parametrize("end", [raw.reset, stream.Stream.abort, stream.Stream.close])
async def test_a_poll_that_is_aborted_while_it_waits_is_no_waiter_and_no_delivery(end):
    """L12: reset, abort, close; the message that comes then is delivered to the others alone."""
    chat = Chat()
    async with survived(chat) as server:
        async with raw.peer(server) as peer:
            peer.write(HELD)
            await until(lambda: chat.box.waiters == 2)
            ended = end(peer)
            if isinstance(ended, Awaitable):
                await ended
            await until(lambda: chat.box.waiters == 1)
        delivered = chat.box.deliveries
        chat.box.put("for those who stayed")
        await until(lambda: chat.box.waiters == 1)
        assert chat.box.deliveries == delivered + 1


async def test_a_poll_whose_answer_dies_half_way_is_asked_again_from_the_same_cursor():
    """L13: the client got half the body and then a reset; the log still has every message."""
    chat = Chat()
    async with survived(chat) as server:
        chat.box.put("x" * 5_000_000)
        async with raw.peer(server) as peer:
            peer.write(b"GET /?cursor=0 HTTP/1.1\r\nHost: x\r\n\r\n")
            await peer.read_exactly(1_000_000)
            raw.reset(peer)
        async with Client() as http:
            answer = (await http.get(f"{server.url}/?cursor=0")).json()
            assert answer["messages"] == ["before", "x" * 5_000_000]


@pytest.mark.parametrize("end", [raw.reset, stream.Stream.abort])
@pytest.mark.parametrize("part", [b"", b"Content-Length: 10\r\n\r\nhalf"])
async def test_a_post_that_is_aborted_in_mid_body_is_not_handled(end, part):
    """L14: no partial message is put."""
    chat = Chat()
    async with survived(chat) as server:
        async with raw.peer(server) as peer:
            peer.write(b"POST / HTTP/1.1\r\nHost: x\r\n" + part)
            await until(lambda: len(server.connections) == 2)
            end(peer)
        await until(lambda: len(server.connections) == 1)
        assert (chat.accepted, chat.box.cursor) == (0, 1)


async def test_a_client_that_never_polls_costs_no_more_than_the_log():
    """L15: 200,000 messages; the absent one is told later how many it missed."""
    chat = Chat(limit=1000)
    async with survived(chat) as server:
        async with raw.peer(server) as peer:  # connected, and silent ever after
            for number in range(200_000):
                chat.box.put(str(number))
                if number % 500 == 0:
                    await asyncio.sleep(0)
            assert len(chat.box._log) == 1000
            peer.write(b"GET /?cursor=0 HTTP/1.1\r\nHost: x\r\n\r\n")
            answer = json.loads((await raw.answer(peer)).partition(b"\r\n\r\n")[2])
        assert (answer["cursor"], answer["missed"]) == (200_001, 199_001)
        assert answer["messages"] == [str(number) for number in range(199_000, 200_000)]


async def test_a_poller_that_reads_nothing_holds_nobody_up():
    """It asks for megabytes again and again and never reads; its answers stop being made."""
    chat = Chat()
    async with survived(chat) as server, raw.peer(server) as peer:
        for _ in range(20):
            chat.box.put("x" * 100_000)
        peer._transport.pause_reading()
        for _ in range(60):
            peer.write(b"GET /?cursor=0 HTTP/1.1\r\nHost: x\r\n\r\n")
        await until(lambda: any(c.writing_paused for c in server.connections))
        await echo(server.url, "meanwhile")
        assert sum(c.unsent for c in server.connections) < 5_000_000
        peer.abort()


async def test_a_reset_at_every_byte_of_a_request_and_of_its_answer():
    """No cut of the conversation leaves a trace."""
    chat = Chat()
    async with survived(chat) as server:
        whole = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"
        for cut in range(0, len(whole) + 1, 3):
            async with raw.peer(server) as peer:
                peer.write(whole[:cut])
                await asyncio.sleep(0)
                raw.reset(peer)
        for cut in range(1, 41):
            async with raw.peer(server) as peer:
                peer.write(whole)
                await peer.read_exactly(cut)
                raw.reset(peer)
