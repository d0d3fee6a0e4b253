"""A server that must survive: clients that were there before, and what is left after a fault.

Alive means: a fresh client's message comes back; clients connected before (one polls, one has
upgraded) saw no end and lost nothing; sessions, tasks and descriptors are back where they were
within five seconds; nothing reached the loop's exception handler (every test has that check).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

from course_lib.engineio import Client, Server, Session
from tests.engineio.talk import Talk
from tests.net import raw
from tests.net.waiting import until


class World:
    """A server that echoes, and what it tells."""

    def __init__(self, **options: Any) -> None:
        self.engine = Server(**options)
        self.closed: dict[str, tuple[str, str]] = {}
        self.heard: dict[str, list[str | bytes]] = {}
        self.closes = 0
        self.engine.on("connection", self._connected)

    def _connected(self, session: Session) -> None:
        heard = self.heard[session.id] = []

        def message(data: str | bytes) -> None:
            heard.append(data)
            quiet = isinstance(data, str) and data.startswith("quiet")
            if not (quiet or session.over):
                session.send(data)

        def close(reason: str, description: object) -> None:
            self.closed[session.id] = reason, str(description)
            self.closes += 1

        session.on("message", message)
        session.on("close", close)

    async def ended(self, sid: str) -> tuple[str, str]:
        """Why the session has ended; it must have ended once."""
        await until(lambda: sid in self.closed)
        return self.closed[sid]

    def session(self, talk: Talk) -> Session:
        return self.engine.sessions[talk.sid]


class Old:
    """A client that talks all the while."""

    def __init__(self, client: Client) -> None:
        self.client, self.sent = client, 0
        self.heard: list[str | bytes] = []
        client.on("message", self.heard.append)

    async def talk(self) -> None:
        while True:
            self.client.send(str(self.sent))
            self.sent += 1
            await until(lambda: len(self.heard) == self.sent)
            await asyncio.sleep(0.002)


async def echo(url: str) -> None:
    """A fresh client's message comes back, by each transport."""
    async with asyncio.timeout(30):
        for transports in (["polling"], ["websocket"]):
            heard: asyncio.Queue[str | bytes] = asyncio.Queue()
            client = Client(url, transports=transports)
            client.on("message", heard.put_nowait)
            async with client:
                client.send("fresh")
                assert await heard.get() == "fresh"


@contextlib.asynccontextmanager
async def survived(**options: Any) -> AsyncIterator[tuple[World, Talk]]:
    """Run a fault; then check that the server is alive.  Gives a client by hand, too."""
    world = World(**options)
    async with (
        world.engine.listen() as listening,
        Client(listening.url) as upgraded,
        Client(listening.url, transports=["polling"]) as polling,
    ):
        await until(lambda: upgraded.transport is not None and upgraded.transport.name != "polling")
        olds = [Old(upgraded), Old(polling)]
        tasks = [asyncio.create_task(old.talk()) for old in olds]
        await until(lambda: all(len(old.heard) > 2 for old in olds))
        before = raw.descriptors(), len(asyncio.all_tasks())
        async with Talk(listening.port) as talk:
            yield world, talk
        await echo(listening.url)
        counts = [len(old.heard) for old in olds]
        await until(lambda: all(len(o.heard) > n for o, n in zip(olds, counts, strict=True)))
        for old in olds:
            assert old.heard == [str(number) for number in range(len(old.heard))]
            assert old.client.state == "open"
        assert not any(task.done() for task in tasks)
        await until(lambda: len(world.engine.sessions) == 2, 5)
        await until(lambda: raw.descriptors() <= before[0], 5)
        await until(lambda: len(asyncio.all_tasks()) <= before[1], 5)
        assert not world.engine.upgrades
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
    assert not world.engine.sessions
