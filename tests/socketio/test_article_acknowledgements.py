"""What the article says of acknowledgements: the rows of docs/article.md of lesson 10."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from course_lib.lab import clock, proxy
from course_lib.socketio import Client, Server
from course_lib.socketio.endpoint import Endpoint

WEBSOCKET = ["websocket"]


async def ends(server: Server, client: Client, *, from_server: bool) -> tuple[Endpoint, Endpoint]:
    """The one that sends, and the one that receives."""
    await client.connect()
    [socket] = server.sockets.sockets.values()
    return (socket, client) if from_server else (client, socket)


@pytest.mark.parametrize("from_server", [False, True])
def test_a_callback_is_called_with_the_answer(from_server: bool) -> None:
    """Claim 40: with all of its values."""

    async def ask() -> list[object]:
        server, answers = Server(), []
        async with server.listen() as address:
            client = Client(address.url)
            sender, receiver = await ends(server, client, from_server=from_server)
            receiver.on("hello", lambda text: ("got it", text))
            sender.emit("hello", "world", callback=lambda *values: answers.append(values))
            await asyncio.sleep(1)
            await client.disconnect()
        return answers

    assert clock.simulate(ask()) == [("got it", "world")]


@pytest.mark.parametrize("lost", ["up", "down"])
def test_a_timeout_puts_an_error_first_and_does_not_say_what_was_lost(lost: proxy.Way) -> None:
    """Claim 41: the sender sees the same, and the work is done or not."""

    async def ask() -> tuple[list[Any], list[str]]:
        server, answers, done = Server(), [], list[str]()
        async with server.listen() as address, proxy.Proxy(address) as link:
            client = Client(link.url, transports=WEBSOCKET)
            sender, receiver = await ends(server, client, from_server=False)
            receiver.on("do", done.append)
            sender.timeout(5).emit("do", "one", callback=lambda *v: answers.append(v))
            await asyncio.sleep(1)
            link.cut_after(0, lost, "silence")
            sender.timeout(5).emit("do", "two", callback=lambda *v: answers.append(v))
            await asyncio.sleep(6)
            await client.disconnect()
        return answers, done

    [in_time, late], done = clock.simulate(ask())
    assert in_time == (None,)
    assert [type(value) for value in late] == [TimeoutError]
    assert done == (["one"] if lost == "up" else ["one", "two"])


@pytest.mark.parametrize("from_server", [False, True])
def test_a_volatile_event_is_dropped_where_another_waits(from_server: bool) -> None:
    """Claim 39: and it is sent while the link is free."""

    async def send() -> list[str]:
        server, heard = Server(), list[str]()
        async with server.listen() as address, proxy.Proxy(address) as link:
            client = Client(link.url, transports=WEBSOCKET)
            sender, receiver = await ends(server, client, from_server=from_server)
            receiver.on("say", lambda text: heard.append(text[:5]))
            sender.volatile.emit("say", "free")
            await asyncio.sleep(1)
            link.conditions.stalled = True
            sender.emit("say", "fills" + "x" * 900_000)
            await asyncio.sleep(1)
            sender.volatile.emit("say", "volatile")
            sender.emit("say", "plain")
            await asyncio.sleep(1)
            link.conditions.stalled = False
            await asyncio.sleep(1)
            await client.disconnect()
        return heard

    assert clock.simulate(send()) == ["free", "fills", "plain"]
