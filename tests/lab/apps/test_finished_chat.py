"""The chat of lesson 00: python-socketio's server, its own client, and a browser's page."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import pytest
import socketio

from course_lib.errors import LocalError
from course_lib.lab.apps import finished_chat


class Guest:
    """A python-socketio client that notes every event."""

    def __init__(self) -> None:
        self.client = socketio.AsyncClient(handle_sigint=False)
        self.heard: asyncio.Queue[tuple[str, Any]] = asyncio.Queue()
        self.client.on("*", lambda name, value: self.heard.put_nowait((name, value)))

    async def enter(self, url: str, name: str) -> str:
        await self.client.connect(url)
        answer: str = await self.client.call("create", ("lobby", name))
        return answer

    async def next(self, name: str) -> Any:
        """The value of the next event of this name."""
        async with asyncio.timeout(60):
            while True:
                heard, value = await self.heard.get()
                if heard == name:
                    return value


async def test_two_guests_talk_in_a_room_and_see_each_other_come_and_go() -> None:
    """Room list, user list, notices, messages to both, and the list after one has left."""
    async with finished_chat.Server() as chat:
        mina, joon = Guest(), Guest()
        assert await mina.enter(chat.url, "Mina") == "ok"
        assert await mina.next("roomList") == ["lobby"]
        assert await mina.next("userList") == ["Mina"]
        assert await joon.enter(chat.url, "Joon") == "ok"
        assert await mina.next("userList") == ["Mina", "Joon"]
        assert await joon.client.call("say", "안녕 👋") == "ok"
        said = {"user": "Joon", "text": "안녕 👋"}
        assert await mina.next("newMessage") == said
        assert await joon.next("newMessage") == said
        await joon.client.disconnect()
        assert await mina.next("userList") == ["Mina"]
        assert await mina.next("notice") == "Joon has left"
        await chat.announce("closing time")
        assert await mina.next("notice") == "closing time"
        await mina.client.disconnect()


@pytest.mark.parametrize("values", [(1, "Mina"), ("lobby", ""), ("lobby", ["Mina"])])
async def test_a_room_and_a_name_are_needed(values: tuple[Any, Any]) -> None:
    """Whatever else comes is answered, and changes nothing."""
    async with finished_chat.Server() as chat:
        guest = Guest()
        await guest.client.connect(chat.url)
        assert await guest.client.call("create", values) == "a room and a name, please"
        assert await guest.client.call("say", "hello") == "say what, and where?"
        assert chat.rooms == {}
        await guest.client.disconnect()


async def test_the_page_is_served_and_needs_nothing_from_elsewhere() -> None:
    """No address in it leads to another machine."""
    async with finished_chat.Server() as chat, aiohttp.ClientSession() as session:
        async with session.get(chat.url) as answer:
            page = await answer.text()
        assert answer.status == 200
        assert "<title>The finished chat</title>" in page
        assert "http://" not in page
        assert "https://" not in page


async def test_start_and_close_may_be_repeated() -> None:
    """And before the start there is no address."""
    chat = finished_chat.Server()
    with pytest.raises(LocalError, match="not running"):
        _ = chat.url
    assert (await chat.start()).port == (await chat.start()).port
    await chat.close()
    await chat.close()
