"""The chat on WebSocket: what polling has no need to promise."""

from __future__ import annotations

import asyncio
import json
from contextlib import aclosing

import pytest
import websockets

from course_lib import lab
from course_lib.errors import LocalError, RemoteError
from course_lib.lab import clock, proxy, tap
from course_lib.lab.apps import websocket
from course_lib.net import http_client, ws


@pytest.mark.parametrize("byte", range(0, 280, 5))
def test_a_connection_cut_anywhere_is_made_again(byte: int) -> None:
    """Every message arrives once, whatever byte was the last; within the handshake, too."""

    async def cut() -> tuple[list[str], int]:
        async with (
            websocket.Server() as server,
            proxy.Proxy(server, rtt=0.05) as link,
        ):
            server.post("one")
            client = websocket.Client(link.url)
            link.cut_after(byte, direction="down", how="rst")
            loop = asyncio.get_running_loop()
            loop.call_later(1, server.post, "안녕 two")
            loop.call_later(2, server.post, "three")
            seen: list[str] = []
            async with aclosing(client.messages()) as messages:
                async for text in messages:
                    seen.append(text)
                    if text == "three":
                        break
            await client.close()
            return seen, client.polls

    seen, polls = clock.simulate(cut())
    assert seen == ["one", "안녕 two", "three"]
    assert polls == 2


def test_one_handshake_and_a_frame_for_each_message() -> None:
    """A quiet hour costs pings only; ten messages come without a question."""

    async def hour() -> tuple[int, list[str], int]:
        async with websocket.Server() as server, websocket.Client(server.url) as client:
            await asyncio.sleep(3600)
            for number in range(10):
                server.post(str(number))
            texts: list[str] = []
            while len(texts) < 10:
                texts += await client.poll()
            return client.polls, texts, clock.network().connections_opened

    assert clock.simulate(hour(), rtt=0.05) == (1, [str(n) for n in range(10)], 1)


def test_a_message_is_there_after_half_a_round_trip() -> None:
    """Nobody asks for it."""

    async def late() -> float:
        loop = asyncio.get_running_loop()
        async with websocket.Server() as server, websocket.Client(server.url) as client:
            await asyncio.sleep(1)
            posted = loop.time()
            server.post("now")
            await client.poll()
            return loop.time() - posted

    assert clock.simulate(late(), rtt=0.2) == pytest.approx(0.1, abs=1e-9)


def test_who_reads_slowly_costs_the_server_no_memory_and_others_no_time() -> None:
    """It is caught up from the mailbox, which has forgotten the oldest by then, and says so."""

    async def slow() -> tuple[int, int, int, int]:
        async with websocket.Server(limit=100) as server, websocket.Client(server.url) as quick:
            lazy = await ws.connect(server.url.replace("http", "ws") + "/messages")
            most = read = 0
            for number in range(2000):
                server.post(f"{number} " + "x" * 1000)
                await asyncio.sleep(0.01)
                most = max(most, *(link.unsent for link in server.readers))
                read += len(await quick.poll())
            seen = missed = cursor = 0
            while cursor < 2000:
                news = json.loads(await lazy.recv())
                seen, missed = seen + len(news["messages"]), missed + news["missed"]
                cursor = news["cursor"]
            await lazy.close()
            return most, read, seen, missed

    most, read, seen, missed = clock.simulate(slow())
    assert read == 2000
    assert most < 200_000  # of 2,000,000 bytes that were posted
    assert seen + missed == 2000
    assert missed > 1000


@pytest.mark.parametrize(
    ("origin", "origins", "welcome"),
    [
        (None, None, True),  # not a browser
        ("own", None, True),
        ("http://evil.example", None, False),
        ("http://127.0.0.1:1", None, False),  # another port is another page
        ("null", None, False),
        ("http://friend.example", ["http://friend.example"], True),
        ("http://evil.example", ["http://friend.example"], False),
    ],
)
async def test_only_pages_of_this_server_may_connect(
    origin: str | None, origins: list[str] | None, welcome: bool
) -> None:
    """By default; or those that are listed."""
    async with websocket.Server(origins=origins) as server:
        address = server.url.replace("http", "ws") + "/messages"
        origin = server.url if origin == "own" else origin
        if welcome:
            async with ws.connect(address, origin=origin):
                assert len(server.readers) == 1
        else:
            with pytest.raises(RemoteError) as caught:
                await ws.connect(address, origin=origin)
            assert caught.value.code == 403
            assert not server.readers


def test_an_origin_that_no_browser_sends_is_found_at_once() -> None:
    """Not by the first visitor."""
    with pytest.raises(LocalError, match="origin"):
        websocket.Server(origins=["friend.example"])


@pytest.mark.parametrize("since", ["x", "-1", "%D9%A3", "9" * 400, ""])
async def test_a_cursor_that_is_no_number_gets_400(since: str) -> None:
    """And the next reader is served."""
    async with websocket.Server() as server:
        server.post("still here")
        with pytest.raises(RemoteError) as caught:
            await ws.connect(f"{server.url.replace('http', 'ws')}/messages?since={since}")
        assert caught.value.code == 400
        async with websocket.Client(server.url) as client:
            assert await client.poll() == ["still here"]


async def test_bytes_are_no_message() -> None:
    """RFC 6455, 7.4.1: 1003 says that this kind of data cannot be accepted."""
    async with (
        websocket.Server() as server,
        ws.connect(server.url.replace("http", "ws") + "/messages") as peer,
    ):
        await peer.send(b"\x00")
        with pytest.raises(ws.Closed) as caught:
            await peer.recv()
        assert caught.value.code == 1003
        assert server.mailbox.cursor == 0


async def test_other_peoples_clients_take_part() -> None:
    """Text in, JSON out: the protocol is no secret."""
    async with websocket.Server() as server:
        address = server.url.replace("http", "ws") + "/messages?since=0"
        async with websockets.connect(address) as peer:
            await peer.send("안녕 👋")
            news = json.loads(await peer.recv())
        assert news == {"messages": ["안녕 👋"], "cursor": 1, "missed": 0}


async def test_the_server_says_goodbye_and_readers_come_back_when_it_does() -> None:
    """1001, then a new handshake from the cursor; what was posted meanwhile is there."""
    server = await websocket.Server().start()
    port = server.port
    with tap.Tap() as recording:
        client = websocket.Client(server.url, retry=0.01)
        async with client, aclosing(client.messages()) as messages:
            server.post("one")
            assert await anext(messages) == "one"
            next_one = asyncio.ensure_future(anext(messages))
            await server.close()
            assert b"\x03\xe9the server" in b"".join(e.data for e in recording.events)
            server.post("two")
            await server.start(port)
            assert await next_one == "two"
            assert client.polls > 1
    await server.close()


async def test_who_was_told_goodbye_and_does_not_answer_is_not_waited_for_long() -> None:
    """A peer that is silent may not keep the server."""
    async with websocket.Server() as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(
            b"GET /messages HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
        )
        await reader.readuntil(b"\r\n\r\n")
        await lab.until(lambda: len(server.readers) == 1)
        await server.close(grace=0.05)
        assert not server.readers
        writer.close()


async def test_who_speaks_while_the_server_is_away_is_told() -> None:
    """Nothing is kept for later."""
    async with websocket.Server() as server:
        url = server.url
    client = websocket.Client(url)
    with pytest.raises(OSError):
        await client.say("is anybody there?")
    await client.close()
    with pytest.raises(LocalError, match="closed"):
        await client.say("and now?")
    with pytest.raises(LocalError, match="closed"):
        await anext(client.messages())


async def test_a_server_that_talks_nonsense_is_left_and_asked_again() -> None:
    """What is no news is the peer's mistake, not ours."""

    async def babble(connection: ws.Connection) -> None:
        await connection.send("babble")
        await connection.wait_closed()

    async with ws.serve(babble) as server:
        client = websocket.Client(server.url.replace("ws", "http"))
        with pytest.raises(RemoteError, match="no news"):
            await client.poll()
        await client.close()


async def test_the_page_opens_a_websocket_to_its_own_server() -> None:
    """Nothing of the polling page's script is left."""
    async with websocket.Server() as server, http_client.Client() as http:
        page = (await http.get(server.url + "/")).body.decode()
        assert "new WebSocket(`${location.origin" in page
        assert "fetch(" not in page
        assert "PAUSE_MS" not in page
        assert page.count("<script>") == page.count("</script>") == 1
        assert page.rstrip().endswith("</html>")
