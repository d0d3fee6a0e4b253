"""A server that goes and comes, on a virtual clock, and what its clients tell."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from course_lib.lab import clock
from course_lib.simulator.link import Cut
from course_lib.socketio import Client, Manager, Server

Story = Callable[["Course"], Awaitable[Any]]
ATTEMPTS = ["reconnect_attempt", "reconnect_error", "reconnect_failed", "reconnect", "error",
            "open", "close"]  # fmt: skip
PORT = 4000


class Course:
    """A server that may go and come, and what its clients tell."""

    def __init__(self) -> None:
        self.told: list[Any] = []
        self.clients: list[Client] = []
        self.server: Any = None
        self.io = Server()

    async def start(self, **options: Any) -> Server:
        self.io = io = Server(**options)
        io.on("connection", lambda socket: socket.on("say", lambda value: self.hear(value)))
        io.of("/admin")
        self.server = io.listen(port=PORT)
        await self.server.__aenter__()
        return io

    def hear(self, value: Any) -> None:
        self.told.append(("heard", value))

    async def stop(self) -> None:
        server, self.server = self.server, None
        await server.__aexit__(None, None, None)

    def client(self, **options: Any) -> Client:
        client = Client(f"http://127.0.0.1:{PORT}", randomization_factor=0, **options)
        self.watch(client)
        self.clients.append(client)
        for event in ATTEMPTS:
            self.note(client.manager, event)
        return client

    def watch(self, client: Client) -> None:
        name = client.namespace_name
        client.on("connect", lambda: self.told.append((name, "connect")))
        client.on("disconnect", lambda reason, _: self.told.append((name, "disconnect", reason)))
        client.on("connect_error", lambda _: self.told.append((name, "connect_error")))

    def note(self, manager: Manager, event: str) -> None:
        def told(*values: Any) -> None:
            counted = values if event.startswith("reconnect") and event != "reconnect_error" else ()
            self.told.append((round(now(), 3), event, *counted))

        manager.on(event, told)

    def names(self) -> list[Any]:
        """What was told, without times and values."""
        return [one[1] if one[0] != "heard" else one for one in self.told]

    def times(self, event: str) -> list[float]:
        return [one[0] for one in self.told if one[1] == event]


def now() -> float:
    return asyncio.get_running_loop().time()


def lose(client: Client) -> None:
    """Its connection breaks."""
    assert client.connected
    clock.network().cut(Cut.RST)


async def silent(over: asyncio.Event) -> asyncio.Server:
    """A server that takes connections, and says nothing."""

    async def hold(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await over.wait()  # from Python 3.13 on, a writer that nobody holds is closed
        writer.close()

    return await asyncio.start_server(hold, "127.0.0.1", PORT)


def play(story: Story, **conditions: Any) -> None:
    """Run it; nothing is left after it, and no attempt is made later."""

    async def main() -> None:
        course = Course()
        before = asyncio.all_tasks()
        await story(course)
        for client in course.clients:
            await client.manager.close()
        if course.server is not None:
            await course.stop()
        assert asyncio.all_tasks() == before
        told = list(course.told)
        await asyncio.sleep(60)
        assert course.told == told

    clock.simulate(main, **conditions)
