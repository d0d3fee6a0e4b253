"""The chat keeps its promises on every transport."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from types import ModuleType
from typing import Any

import pytest

from course_lib import lab
from course_lib.errors import LocalError, RemoteError
from course_lib.lab import clock, proxy
from course_lib.lab.apps import long_polling, short_polling, websocket
from course_lib.net import http_client

POLLING = pytest.mark.parametrize("app", [short_polling, long_polling], ids=["short", "long"])
EVERY = pytest.mark.parametrize(
    "app", [short_polling, long_polling, websocket], ids=["short", "long", "websocket"]
)


async def heard(client: Any, count: int) -> list[str]:
    """The first so many messages."""
    texts: list[str] = []
    while len(texts) < count:
        texts += await client.poll()
    return texts


@EVERY
async def test_what_one_says_everybody_reads_in_order(app: ModuleType) -> None:
    """Hangul and emoji included."""
    said = ["hi", "안녕", "👋🏽", "", "line\nbreak"]
    async with (
        app.Server() as server,
        app.Client(server.url) as mina,
        app.Client(server.url) as joon,
    ):
        for text in said:
            await mina.say(text)
        assert await heard(mina, len(said)) == await heard(joon, len(said)) == said
        assert mina.cursor == joon.cursor == len(said)


@EVERY
def test_a_reader_who_returns_continues(app: ModuleType) -> None:
    """A new client that says the cursor of the old one is told what came meanwhile."""

    async def return_after_a_while() -> list[str]:
        async with app.Server() as server:
            server.post("one")
            async with app.Client(server.url) as client:
                assert await heard(client, 1) == ["one"]
                cursor = client.cursor
            server.post("two")
            client = app.Client(server.url)
            client.cursor = cursor
            async with client:
                server.post("three")
                return await heard(client, 2)

    assert clock.simulate(return_after_a_while(), rtt=0.1) == ["two", "three"]


@EVERY
def test_messages_arrive_once_and_in_order(app: ModuleType) -> None:
    """For an hour, at random moments."""

    async def hour() -> list[str]:
        async with app.Server() as server, app.Client(server.url) as client:
            loop = asyncio.get_running_loop()
            for number in range(200):
                loop.call_later(1 + number * 17.77, server.post, str(number))
            seen = []
            async with aclosing(client.messages()) as messages:
                async for text in messages:
                    seen.append(text)
                    if text == "199":
                        return seen
            return []

    assert clock.simulate(hour(), rtt=0.2) == [str(number) for number in range(200)]


def test_a_slow_answer_causes_neither_overlap_nor_burst() -> None:
    """After a poll of 3.5 periods comes the next tick, not three questions at once."""

    async def polls() -> list[float]:
        client = short_polling.Client("http://unused", interval=1.0)
        loop = asyncio.get_running_loop()
        asked: list[float] = []

        async def slow() -> list[str]:
            asked.append(loop.time())
            await asyncio.sleep(3.5 if len(asked) == 2 else 0.1)
            return ["done"] if len(asked) == 5 else []

        client.poll = slow  # type: ignore[method-assign]
        async with client, aclosing(client.messages()) as messages:
            async for _ in messages:
                return asked
        return []

    assert clock.simulate(polls()) == [0.0, 1.0, 5.0, 6.0, 7.0]


def test_a_pause_counts_from_the_answer() -> None:
    """At a round trip of 0.5 s and a pause of 1 s the period is 1.5 s."""

    async def polls() -> int:
        async with short_polling.Server() as server:
            client = short_polling.Client(server.url, interval=1.0, pause=True)
            async with client, asyncio.timeout(15.9):
                async for _ in client.messages():
                    pass
        return client.polls

    with pytest.raises(TimeoutError):
        clock.simulate(polls(), rtt=0.5)


@pytest.mark.parametrize("byte", [0, 1, *range(2, 200, 6)])
def test_an_answer_cut_anywhere_is_asked_for_again(byte: int) -> None:
    """Every message arrives once, whatever byte was the last."""

    async def cut() -> tuple[list[str], int]:
        async with (
            long_polling.Server() as server,
            proxy.Proxy(server, rtt=0.05) as link,
            long_polling.Client(link.url) as client,
        ):
            server.post("one")
            seen = await client.poll()
            link.cut_after(byte, direction="down", how="rst")
            loop = asyncio.get_running_loop()
            loop.call_later(1, server.post, "안녕 two")
            loop.call_later(2, server.post, "three")
            async with aclosing(client.messages()) as messages:
                async for text in messages:
                    seen.append(text)
                    if text == "three":
                        break
            return seen, client.failures

    seen, failures = clock.simulate(cut())
    assert seen == ["one", "안녕 two", "three"]
    assert failures == (byte > 0)  # cut before its first byte, it is asked again unseen


def test_a_server_that_is_away_is_asked_more_and_more_seldom() -> None:
    """The waits double up to the longest; no storm."""

    async def away() -> int:
        async with long_polling.Server() as server:
            url = server.url
        client = long_polling.Client(url, retry=0.5, retry_max=8.0)
        async with client:
            try:
                async with asyncio.timeout(63):
                    async for _ in client.messages():
                        pass
            except TimeoutError:
                return client.failures
        return 0

    # 0, 0.5, 1.5, 3.5, 7.5, 15.5, 23.5, … 55.5
    assert clock.simulate(away()) == 11


async def test_a_reader_who_leaves_is_forgotten_and_not_counted() -> None:
    """Its connection ends, and with it its question."""
    async with long_polling.Server() as server:
        async with long_polling.Client(server.url) as client:
            waiting = asyncio.create_task(client.poll())
            await lab.until(lambda: server.mailbox.waiters == 1)
            waiting.cancel()
            await lab.until(lambda: server.mailbox.waiters == 0)
        server.post("is anybody there?")
        assert server.mailbox.deliveries == 0


@pytest.mark.parametrize(
    ("method", "target", "body", "status"),
    [
        ("GET", "/messages?since=x", b"", 400),
        ("GET", "/messages?since=-1", b"", 400),
        ("GET", "/messages?since=%D9%A3", b"", 400),  # an Arabic-Indic digit three
        ("GET", "/messages?since=" + "9" * 400, b"", 400),
        ("POST", "/messages", b"\xff", 400),
        ("DELETE", "/messages", b"", 405),
        ("GET", "/elsewhere", b"", 404),
    ],
)
@EVERY
async def test_bad_questions_get_a_status_and_harm_nobody(
    app: ModuleType, method: str, target: str, body: bytes, status: int
) -> None:
    """The next good question is answered."""
    async with app.Server() as server, http_client.Client() as http:
        server.post("still here")
        assert (await http.request(method, server.url + target, body=body)).status == status
        async with app.Client(server.url) as client:
            assert await client.poll() == ["still here"]


@POLLING
async def test_a_client_names_the_status_that_it_did_not_expect(app: ModuleType) -> None:
    """Text that is too long for the server is refused, and the writer is told."""
    async with app.Server() as server, app.Client(server.url) as client:
        with pytest.raises(RemoteError, match="413"):
            await client.say("x" * 1_000_001)


@EVERY
async def test_start_and_close_may_be_repeated(app: ModuleType) -> None:
    """As happens when a notebook's cells are run again."""
    server = app.Server()
    with pytest.raises(LocalError, match="start"):
        _ = server.url
    await server.start()
    url = server.url
    await server.start()
    assert server.url == url
    await server.close()
    await server.close()


@POLLING
async def test_the_page_asks_its_own_server(app: ModuleType) -> None:
    """Served at `/`, with the pause of its transport."""
    async with app.Server() as server, http_client.Client() as http:
        page = (await http.get(server.url + "/")).body.decode()
        assert f"sleep({app.Server.page_pause * 1000:.0f})" in page


async def test_a_reader_whose_client_is_closed_hears_of_it() -> None:
    """Asking again could not help."""
    async with long_polling.Server() as server:
        client = long_polling.Client(server.url)
        await client.close()
        with pytest.raises(LocalError, match="closed"):
            await anext(client.messages())
    assert client.failures == 0
