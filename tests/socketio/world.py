"""A Socket.IO server that must survive: clients that were there before, and what a fault leaves.

Alive means: a fresh client's question is answered; clients connected before (one polls, one has
upgraded) saw no end, and each of their questions was answered in order; sockets, sessions, pending
acks, tasks and descriptors are back where they were within five seconds; nothing reached the loop's
exception handler (every test has that check).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from course_lib.errors import ConnectionClosed
from course_lib.lab import clock
from course_lib.net import ws
from course_lib.socketio import Client, Server, Socket
from tests.engineio.talk import Talk
from tests.net import raw
from tests.net.waiting import until

PATH = "/socket.io/"
Story = Callable[["World", "Sio"], Awaitable[Any]]


class World:
    """A server that echoes and answers, and what it tells."""

    def __init__(self, **options: Any) -> None:
        self.io = Server(**options)
        self.sockets: dict[str, Socket] = {}  # by id, also those that have ended
        self.heard: dict[str, list[Any]] = {}
        self.ends: dict[str, list[tuple[str, str]]] = {}
        self.errors: list[str] = []  # of the listeners of "error"
        self.io.on("connection", self._connected)
        self.io.of("/admin").on("connection", self._connected)

    def _connected(self, socket: Socket) -> None:
        self.sockets[socket.id] = socket
        heard, ends = self.heard.setdefault(socket.id, []), self.ends.setdefault(socket.id, [])
        socket.on("say", lambda *args: heard.append(list(args)))
        socket.on("echo", lambda *args: socket.emit("echo", *args))
        socket.on("ask", lambda *args: args)
        socket.on("error", lambda error: self.errors.append(str(error)))
        socket.on("disconnect", lambda reason, why: ends.append((reason, str(why))))

    def left(self) -> dict[str, int]:
        """What the server holds."""
        io = self.io
        spaces = list(io.namespaces.values())
        return {
            "sessions": len(io.engine.sessions),
            "sockets": sum(len(space.sockets) for space in spaces),
            "joining": sum(len(space.joining) for space in spaces),
            "first joins": len(io.joins),
            "attachments": len(io.partials),
            "handlers": len(io.runner.tasks),
            "acks": sum(len(one._acks or ()) for one in self.sockets.values()),
        }


class Wire:
    """A session's WebSocket by hand."""

    def __init__(self, connection: ws.Connection) -> None:
        self.connection = connection

    async def say(self, *messages: str | bytes) -> None:
        for message in messages:
            await self.connection.send(message)

    def say_at_once(self, *messages: str | bytes) -> None:
        """All in one write, so that the peer has them in one read."""
        for message in messages:
            self.connection.wire.send(message)
        self.connection.flush()

    async def hear(self) -> str | bytes:
        """The next message that is no ping."""
        async with asyncio.timeout(3600):
            while (message := await self.connection.recv()) == "2":
                await self.connection.send("3")
        return message

    async def rest(self) -> list[str | bytes]:
        """All until the server closes the WebSocket."""
        heard: list[str | bytes] = []
        with contextlib.suppress(ConnectionClosed):
            while True:
                heard.append(await self.hear())
        return heard

    async def join(self, namespace: str = "", auth: str = "") -> str:
        """Join; the socket's id."""
        await self.say(f"40{namespace}{auth}")
        answer = str(await self.hear())
        assert answer.startswith(f'40{namespace}{{"sid":"'), answer
        return answer[-22:-2]

    async def still_here(self) -> None:
        """Nothing else came, and the socket of `/` lives."""
        await self.say('42["echo","still here"]')
        assert await self.hear() == '42["echo","still here"]'


class Sio(Talk):
    """Clients by hand."""

    def __init__(self, port: int) -> None:
        super().__init__(port, PATH)

    async def wire(self) -> Wire:
        """A new session by WebSocket, which has joined nothing."""
        wire = Wire(await self.websocket(sid=None))
        assert str(await wire.hear()).startswith("0{")
        return wire

    async def joined(self) -> tuple[Wire, str]:
        """One that has joined `/`, and the id of its socket."""
        wire = await self.wire()
        return wire, await wire.join()


class Old:
    """A client that asks all the while."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.answers: list[Any] = []
        self.ends: list[str] = []
        client.on("disconnect", lambda reason, _: self.ends.append(reason))

    async def ask(self) -> None:
        while True:
            self.answers.append(await self.client.emit_with_ack("ask", len(self.answers), b"\x00"))
            await asyncio.sleep(0.002)


async def fresh(url: str) -> None:
    """A fresh client is answered, by each transport."""
    for transports in (["polling"], ["websocket"]):
        async with asyncio.timeout(30), Client(url, transports=transports) as client:
            assert await client.emit_with_ack("ask", "fresh") == "fresh"


@contextlib.asynccontextmanager
async def survived(**options: Any) -> AsyncIterator[tuple[World, Sio]]:
    """Run a fault; then check that the server is alive.  Gives clients by hand, too."""
    world = World(**options)
    async with (
        world.io.listen() as address,
        Client(address.url) as upgraded,
        Client(address.url, transports=["polling"]) as polling,
        contextlib.AsyncExitStack() as stack,
    ):
        engine = upgraded.manager.engine
        assert engine is not None
        await until(lambda: engine.transport is not None and engine.transport.name != "polling")
        olds = [Old(upgraded), Old(polling)]
        tasks = [asyncio.create_task(old.ask()) for old in olds]
        stack.push_async_callback(_cancelled, tasks)
        await until(lambda: all(len(old.answers) > 2 for old in olds))
        before = raw.descriptors(), len(asyncio.all_tasks())
        async with Sio(address.port) as talk:
            yield world, talk
        await fresh(address.url)
        counts = [len(old.answers) for old in olds]
        await until(lambda: all(len(o.answers) > n for o, n in zip(olds, counts, strict=True)))
        for old in olds:
            assert old.answers == [(number, b"\x00") for number in range(len(old.answers))]
            assert old.client.connected and not old.ends
        assert not any(task.done() for task in tasks)
        nothing = dict.fromkeys(world.left(), 0) | {"sessions": 2, "sockets": 2}
        await until(lambda: world.left() == nothing, 5)
        await until(lambda: raw.descriptors() <= before[0], 5)
        await until(lambda: len(asyncio.all_tasks()) <= before[1], 5)
    assert not any(world.left().values())


async def _cancelled(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)


def play(story: Story, *, rtt: float = 0.0, **options: Any) -> None:
    """Run the story with a server, on a virtual clock; nothing may be left after it."""

    async def main() -> None:
        world = World(**options)
        async with world.io.listen() as address, Sio(address.port) as talk:
            talk.http.timeout = 100_000
            await story(world, talk)
        assert not any(world.left().values()), world.left()

    clock.simulate(main, rtt=rtt)


def some(table: dict[str, Any], shown: int = 4) -> list[Any]:
    """Parameters for all names of a table: so many are in `make test`, all in `make test-wide`."""
    wide = [pytest.mark.wide]
    return [pytest.param(name, marks=wide * (n >= shown)) for n, name in enumerate(table)]


def now() -> float:
    return asyncio.get_running_loop().time()
