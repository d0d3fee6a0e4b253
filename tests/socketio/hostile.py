"""A Socket.IO server by hand: each WebSocket of a client is given to a test."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

from course_lib.net import ws

from .world import Wire


class Hostile:
    """It says the Engine.IO handshake; a test says the rest."""

    def __init__(self) -> None:
        self.wires: asyncio.Queue[Wire] = asyncio.Queue()
        self.url = ""

    async def __call__(self, connection: ws.Connection) -> None:
        """The handler of `ws.serve`."""
        said = {"sid": "s" * 20, "upgrades": [], "pingInterval": 90_000, "pingTimeout": 90_000}
        wire = Wire(connection)
        await wire.say("0" + json.dumps({**said, "maxPayload": 1_000_000}))
        self.wires.put_nowait(wire)
        await connection.wait_closed()

    async def wire(self) -> Wire:
        """The next WebSocket that a client opens."""
        async with asyncio.timeout(60):
            return await self.wires.get()

    async def welcomed(self) -> Wire:
        """The next one, whose client joins `/`."""
        wire = await self.wire()
        assert str(await wire.hear()).startswith("40")
        await wire.say('40{"sid":"id"}')
        return wire


@contextlib.asynccontextmanager
async def hostile(**options: Any) -> AsyncIterator[Hostile]:
    """One that listens."""
    server = Hostile()
    async with ws.serve(server, origins="*", **options) as serving:
        server.url = f"http://127.0.0.1:{serving.port}"
        yield server
