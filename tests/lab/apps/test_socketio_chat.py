"""The chat on Socket.IO: its readers get every message, and its page brings a client of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from typing import Any

import pytest

from course_lib.errors import LocalError
from course_lib.lab import clock, proxy
from course_lib.lab.apps import socketio_chat
from course_lib.net import http_client
from course_lib.socketio import Client

WAYS = (["polling"], ["websocket"], ["polling", "websocket"])


@pytest.mark.parametrize("transports", WAYS)
@pytest.mark.parametrize("byte", range(0, 900, 90))
def test_a_connection_cut_anywhere_is_followed_by_another(byte: int, transports: list[str]) -> None:
    """Every message arrives once, since the next connection begins at the cursor."""

    async def cut() -> list[str]:
        async with socketio_chat.Server() as server, proxy.Proxy(server, rtt=0.05) as link:
            server.post("one")
            client = socketio_chat.Client(link.url, transports=transports)
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


@pytest.mark.parametrize(
    ("transports", "name", "requests"),
    [(WAYS[0], "polling", 4), (WAYS[1], "websocket", 1), (WAYS[2], "websocket", 5)],
)
def test_what_a_reader_says_comes_to_all(
    transports: Sequence[str], name: str, requests: int
) -> None:
    """The writer too; requests are counted, those for a WebSocket as well."""

    async def talk() -> tuple[list[list[str]], str, int]:
        async with (
            socketio_chat.Server() as server,
            socketio_chat.Client(server.url, transports=transports) as ada,
            socketio_chat.Client(server.url, transports=transports) as kim,
        ):
            await kim.ready()
            await asyncio.sleep(1)
            requests = kim.polls
            await ada.say("안녕")
            await ada.say("👋")
            heard = []
            for client in (ada, kim):
                texts: list[str] = []
                while len(texts) < 2:
                    texts += await client.poll()
                heard.append(texts)
            engine = (await kim.open()).manager.engine
            return heard, engine.transport.name, requests

    assert clock.simulate(talk()) == ([["안녕", "👋"]] * 2, name, requests)


def test_a_reader_that_returns_gets_what_it_has_missed() -> None:
    """From its cursor on; what the log has dropped is counted."""

    async def back() -> tuple[list[str], int]:
        async with socketio_chat.Server(limit=2) as server:
            for number in range(5):
                server.post(str(number))
            async with socketio_chat.Client(server.url) as client:
                return await client.poll(), client.missed

    assert clock.simulate(back()) == (["3", "4"], 3)


@pytest.mark.parametrize("since", [-1, "x", True, None])
def test_an_impossible_cursor_is_sent_away(since: Any) -> None:
    """It would never be told anything."""

    async def odd() -> int:
        async with socketio_chat.Server() as server:
            client = await Client(server.url, auth={"since": since}).connect()
            await client.wait()
            return len(server.io.sockets.sockets)

    assert clock.simulate(odd()) == 0


def test_a_message_is_text() -> None:
    """Anything else ends the connection of whoever says it, and nobody else's."""

    async def rude() -> tuple[int, list[str]]:
        async with (
            socketio_chat.Server() as server,
            socketio_chat.Client(server.url) as rude,
            socketio_chat.Client(server.url) as kim,
        ):
            (await rude.open()).emit("say", b"\x00")
            await asyncio.sleep(1)
            server.post("hello")
            return len(server.io.sockets.sockets), await kim.poll()

    assert clock.simulate(rude()) == (1, ["hello"])


async def test_the_page_brings_a_client_and_other_requests_are_those_of_short_polling() -> None:
    """So a browser needs no installation."""
    async with socketio_chat.Server() as server, http_client.Client() as http:
        server.post("hello")
        page = (await http.get(server.url)).text()
        assert page.index("/browser_client.js") < page.index('socket.on("news"')
        assert "fetch(" not in page
        assert "var io = " in (await http.get(f"{server.url}/browser_client.js")).text()
        news = (await http.get(f"{server.url}/messages?since=0")).json()
    assert news == {"messages": ["hello"], "cursor": 1, "missed": 0}


async def test_a_closed_client_says_so() -> None:
    """It opens no other connection."""
    async with socketio_chat.Server() as server:
        client = socketio_chat.Client(server.url)
        await client.close()
        with pytest.raises(LocalError, match="closed"):
            await client.poll()
