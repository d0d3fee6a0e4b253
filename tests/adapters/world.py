"""Several servers on one engine, on the virtual clock, with a client each or more."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

from course_lib.adapters import Engine, cluster
from course_lib.adapters.cluster import ClusterAdapter
from course_lib.adapters.memory_bus import MemoryBus
from course_lib.lab.clock import simulate
from course_lib.socketio import Client, Server, Socket

OFFSETS = [False, True]


class Cluster:
    """Nodes 0, 1, ...; `ios`, `buses`, and what is told at each."""

    def __init__(self, nodes: int, engine: Engine, **options: Any) -> None:
        self.engine = engine
        self.buses: list[MemoryBus] = [engine.bus() for _ in range(nodes)]
        self.errors: list[list[str]] = [[] for _ in range(nodes)]
        self.health: list[list[Any]] = [[] for _ in range(nodes)]
        self.ios: list[Server] = []
        for bus, errors, health in zip(self.buses, self.errors, self.health, strict=True):
            tell = lambda error, context, errors=errors: errors.append(str(error))  # noqa: E731
            io = Server(adapter=cluster(bus, **options), on_error=tell)
            io.sockets.adapter.on("unhealthy", lambda error, to=health: to.append(str(error)))
            io.sockets.adapter.on("healthy", health.append)
            self.ios.append(io)
        self.sockets: list[Socket] = []
        self.clients: list[Client] = []
        self.heard: list[list[Any]] = []
        self.urls: list[str] = []

    def adapter(self, node: int) -> ClusterAdapter:
        adapter = self.ios[node].sockets.adapter
        assert isinstance(adapter, ClusterAdapter)
        return adapter

    async def come(self, node: int) -> Client:
        """One client more, at this node."""
        heard: list[Any] = []
        client = Client(self.urls[node], transports=["websocket"])
        client.on("said", heard.append)
        with contextlib.suppress(IndexError):
            self.ios[node].off("connection")
        self.ios[node].on("connection", self.sockets.append)
        await client.connect()
        self.clients.append(client)
        self.heard.append(heard)
        return client

    async def heard_now(self, seconds: float = 10) -> list[list[Any]]:
        """What each client has heard since the last time."""
        await asyncio.sleep(seconds)
        now = [list(one) for one in self.heard]
        for one in self.heard:
            one.clear()
        return now


def play(
    story: Callable[[Cluster], Awaitable[None]],
    clients: tuple[int, ...] = (0, 1, 1, 2),
    *,
    nodes: int = 3,
    options: dict[str, Any] | None = None,
    **engine: Any,
) -> None:
    """Run the story: `clients` says at which node each client is.  Nothing may be left after it."""

    async def main() -> None:
        world = Cluster(nodes, Engine(**engine), **(options or {}))
        async with contextlib.AsyncExitStack() as stack:
            for io in world.ios:
                world.urls.append((await stack.enter_async_context(io.listen())).url)
            for node in clients:
                await world.come(node)
            await story(world)
            for client in world.clients:
                await client.disconnect()
        for node in range(nodes):
            adapter = world.adapter(node)
            assert not adapter._requests and not len(adapter._outbox)
            assert adapter._outbox._writer is None
            assert not world.buses[node]._nodes
            assert not adapter.rooms and not adapter.sids

    simulate(main)
