"""Two namespaces of one manager, and all that may happen to them in any order: losses, a server
that goes and comes, listeners that leave and come again, calls that are cancelled, functions that
fail or wait.  After it, both connect; each number is the seed of one story."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import pytest

from course_lib.errors import ConnectionClosed
from course_lib.lab import clock
from course_lib.simulator.link import Cut
from course_lib.socketio import Client, ConnectError, Server
from tests.socketio.losses import ATTEMPTS, Course, play

TRANSPORTS = (["websocket"], ["polling"], ["polling", "websocket"])
PAUSES = (0, 0, 0.001, 0.01, 0.1, 0.3, 1, 3)


class Fate:
    """What happens next, by chance; after `calm`, nothing unusual."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.calm = False
        self.client: Client
        self.admin: Client
        self.calls: list[asyncio.Task[Any]] = []
        self.sent = 0

    def strikes(self, part: float) -> bool:
        return not self.calm and self.chance.random() < part

    async def serve(self, course: Course) -> Server:
        io = await course.start(deduplicate=True, on_error=lambda *_: None)
        if self.strikes(0.3):
            io.use(lambda _socket: asyncio.sleep(self.chance.choice([0, 0.5, 3])))
        for space in (io.of("/"), io.of("/admin")):
            space.on("connection", self.connected)
        return io

    def connected(self, socket: Any) -> None:
        socket.on("work", self.work)
        if self.strikes(0.05):
            socket.disconnect(self.chance.random() < 0.5)

    async def work(self, number: int) -> int:
        if not self.calm:
            await asyncio.sleep(self.chance.choice([0, 0.1, 1.5]))
        if self.strikes(0.1):
            raise KeyError(number)
        return number

    async def auth(self) -> dict[str, Any]:
        if self.strikes(0.1):
            raise ValueError("auth")
        if self.strikes(0.1):
            await asyncio.sleep(self.chance.choice([0.1, 1, 100]))
        if self.strikes(0.03):
            self.client.leave()
            self.client.open()
        return {}

    async def should_retry(self, _error: ConnectError) -> bool:
        if self.strikes(0.1):
            await asyncio.sleep(1)
        if self.strikes(0.03):
            raise asyncio.CancelledError
        return not self.strikes(0.03)

    def listener(self, *_: Any) -> None:
        """Of every event of both namespaces and of their manager."""
        if not self.strikes(0.08):
            return
        one, manager = self.chance.choice([self.client, self.admin]), self.client.manager
        kind = self.chance.randrange(6)
        if kind in (0, 2):
            one.leave()
        if kind in (1, 2):
            one.open()
        if kind == 3:
            manager.end("transport error")
        if kind == 4:
            raise KeyError(kind)
        if kind == 5:
            manager.options.reconnection = not manager.options.reconnection

    async def step(self, course: Course) -> None:
        chance, manager = self.chance, self.client.manager
        one = chance.choice([self.client, self.admin])
        match chance.randrange(13):
            case 0:
                one.leave()
            case 1:
                one.open()
            case 2:
                self.call(one.connect(retry=chance.random() < 0.5))
            case 3 if self.calls:
                chance.choice(self.calls).cancel()
            case 4:
                clock.network().cut(Cut.RST)
            case 5 if course.server is not None:
                await course.stop()
            case 6 if course.server is None:
                await self.serve(course)
            case 7:
                self.call(one.disconnect())
            case 8:
                self.sent += 1
                one.emit("work", self.sent)
            case 9:
                self.sent += 1
                self.call(one.emit_with_ack("work", self.sent))
            case 10:
                self.call(one.wait())
            case 11:
                self.call(manager.close())
            case 12 if manager._tasks:
                chance.choice(list(manager._tasks)).cancel()

    def call(self, coroutine: Any) -> None:
        self.calls.append(asyncio.create_task(coroutine))


def tell(seed: int) -> None:
    async def story(course: Course) -> None:
        fate = Fate(seed)
        await fate.serve(course)
        fate.client = client = course.client(
            auth=fate.auth,
            should_retry=fate.should_retry,
            on_error=lambda *_: None,
            retries=2,
            ack_timeout=1.0,
            reconnection_delay=0.2,
            reconnection_delay_max=1,
            transports=fate.chance.choice(TRANSPORTS),
        )
        fate.admin = admin = client.of("/admin")
        manager = client.manager
        for event in ATTEMPTS:
            manager.on(event, fate.listener)
        for one in (client, admin):
            for event in ("connect", "disconnect", "connect_error"):
                one.on(event, fate.listener)
            one.on_any_outgoing(fate.listener)
        for _ in range(60):
            await asyncio.sleep(fate.chance.choice(PAUSES))
            await fate.step(course)
            for one in (client, admin):
                assert not one.connected or (one.active and manager.state == "open")
                # Whoever is active has a connection, or gets one.
                assert not one.active or manager.busy or manager.reconnection.waiting
            under_way = [task for task in manager._tasks if task.get_coro().__name__ == "_attempt"]
            assert sum(not task.cancelling() for task in under_way) <= 1
        fate.calm, manager.options.reconnection = True, True
        await asyncio.sleep(5)  # calls that were begun
        if course.server is not None:
            await course.stop()
        io = await fate.serve(course)
        client.open()
        admin.open()
        await asyncio.sleep(200)
        assert client.connected and admin.connected and len(io.engine.sessions) == 1
        assert await client.emit_with_ack("work", -1) == -1
        assert await admin.emit_with_ack("work", -2) == -2
        for one in (client, admin):
            assert not one._buffer and not len(one._acks or ()) and not len(one._retries or ())
            await one.disconnect()
        await asyncio.sleep(1)
        ended = await asyncio.wait_for(asyncio.gather(*fate.calls, return_exceptions=True), 1)
        errors = tuple(one for one in ended if isinstance(one, BaseException))
        known = (ConnectError, ConnectionClosed, TimeoutError, asyncio.CancelledError)
        assert all(isinstance(error, known) for error in errors), errors

    play(story)


def test_whatever_happens_both_connect_after_it():
    for seed in range(60):
        tell(seed)


@pytest.mark.wide
@pytest.mark.parametrize("first", range(60, 560, 100))
def test_whatever_happens_in_many_more_stories(first):
    for seed in range(first, first + 100):
        tell(seed)
