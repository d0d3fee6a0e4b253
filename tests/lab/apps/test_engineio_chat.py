"""The chat on Engine.IO: what a session promises, on each transport."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import aclosing

import pytest

from course_lib.errors import LocalError
from course_lib.lab import clock, proxy
from course_lib.lab.apps import engineio_chat
from course_lib.net import http_client

WAYS = (["polling"], ["websocket"], ["polling", "websocket"])


@pytest.mark.parametrize("transports", WAYS)
@pytest.mark.parametrize("byte", range(0, 900, 45))
def test_a_session_cut_anywhere_is_followed_by_another(byte: int, transports: list[str]) -> None:
    """Every message arrives once, since the next session begins at the cursor."""

    async def cut() -> list[str]:
        async with engineio_chat.Server() as server, proxy.Proxy(server, rtt=0.05) as link:
            server.post("one")
            client = engineio_chat.Client(link.url, transports=transports)
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
            return seen

    assert clock.simulate(cut()) == ["one", "안녕 two", "three"]


@pytest.mark.parametrize("transports", WAYS)
def test_what_a_reader_says_comes_to_all(transports: Sequence[str]) -> None:
    """The writer too, and in order; a separator inside of a text does no harm."""

    async def talk() -> list[list[str]]:
        async with (
            engineio_chat.Server() as server,
            engineio_chat.Client(server.url, transports=transports) as ada,
            engineio_chat.Client(server.url, transports=transports) as kim,
        ):
            await ada.ready()
            await ada.say("안녕")
            await ada.say("👋")
            await asyncio.sleep(0.1)
            server.post("a\x1eb")
            heard = []
            for client in (ada, kim):
                texts: list[str] = []
                while len(texts) < 3:
                    texts += await client.poll()
                heard.append(texts)
            return heard

    assert clock.simulate(talk()) == [["안녕", "👋", "a\x1eb"]] * 2


@pytest.mark.parametrize(
    ("transports", "name", "requests"),
    [(["polling"], "polling", 2), (["websocket"], "websocket", 1), (WAYS[2], "websocket", 3)],
)
def test_ready_is_when_the_transport_is_the_last_one(
    transports: list[str], name: str, requests: int
) -> None:
    """Its requests are counted, those for a WebSocket too."""

    async def opened() -> tuple[str, int]:
        async with (
            engineio_chat.Server() as server,
            engineio_chat.Client(server.url, transports=transports) as client,
        ):
            await client.ready()
            await asyncio.sleep(1)
            engine = await client.open()
            assert engine.transport is not None
            return engine.transport.name, client.polls

    assert clock.simulate(opened()) == (name, requests)


def test_a_reader_that_returns_gets_what_it_has_missed() -> None:
    """From its cursor on; what the log has dropped is counted."""

    async def back() -> tuple[list[str], int]:
        async with engineio_chat.Server(limit=2) as server:
            for number in range(5):
                server.post(str(number))
            async with engineio_chat.Client(server.url) as client:
                return await client.poll(), client.missed

    assert clock.simulate(back()) == (["3", "4"], 3)


def test_an_impossible_cursor_opens_nothing_to_read() -> None:
    """The session ends, and other requests are those of the chat by short polling."""

    async def odd() -> tuple[str, int, dict[str, object]]:
        async with engineio_chat.Server() as server, http_client.Client() as http:
            engine = f"{server.url}/engine.io/?EIO=4&transport=polling&since=x"
            first = (await http.get(engine)).text()
            server.post("hello")
            news = (await http.get(f"{server.url}/messages?since=0")).json()
            return first.partition("\x1e")[2], len(server.readers), news

    rest, readers, news = clock.simulate(odd())
    assert (rest, readers) == ("1", 0)  # goodbye
    assert news == {"messages": ["hello"], "cursor": 1, "missed": 0}


def test_a_message_is_text() -> None:
    """Bytes end the session of whoever sends them, and nobody else's."""

    async def rude() -> tuple[int, list[str]]:
        async with (
            engineio_chat.Server() as server,
            engineio_chat.Client(server.url, transports=["websocket"]) as rude,
            engineio_chat.Client(server.url, transports=["websocket"]) as kim,
        ):
            (await rude.open()).send(b"\x00")
            await asyncio.sleep(0.1)
            server.post("hello")
            return len(server.readers), await kim.poll()

    assert clock.simulate(rude()) == (1, ["hello"])


async def test_a_closed_client_says_so() -> None:
    """It opens no other session."""
    async with engineio_chat.Server() as server:
        client = engineio_chat.Client(server.url)
        await client.close()
        with pytest.raises(LocalError, match="closed"):
            await client.poll()
