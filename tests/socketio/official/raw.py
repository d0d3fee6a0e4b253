"""One end of a WebSocket by hand: each message that it says and hears is an Engine.IO packet."""

from __future__ import annotations

import asyncio
import json
import re
from typing import Any

import pytest

from course_lib.errors import ConnectionClosed
from course_lib.net import ws

from . import differences

PATIENCE = 60.0  # seconds after which what has not come will not come


def kind(*cases: Any, shown: int = 1) -> list[Any]:
    """Parameters that show the same: so many are in `make test`, the others in `make test-wide`."""
    return [
        pytest.param(
            *(case if isinstance(case, tuple) else [case]),
            id=ascii(case[0] if isinstance(case, tuple) else case)[:50],
            marks=[pytest.mark.wide] * (number >= shown),
        )
        for number, case in enumerate(cases)
    ]


class Raw:
    """A session by WebSocket, of a client or of a server."""

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
        """The next message."""
        async with asyncio.timeout(PATIENCE):
            return await self.connection.recv()

    async def hear_all(self, count: int) -> list[str | bytes]:
        return [await self.hear() for _ in range(count)]

    async def rest(self) -> list[str | bytes]:
        """All until the other end closes the WebSocket."""
        heard: list[str | bytes] = []
        with pytest.raises(ConnectionClosed):
            while True:
                heard.append(await self.hear())
        return heard

    # For a client.

    async def connect(self, nsp: str = "/", auth: object = None) -> str:
        """Connect this namespace; the id that the server gives."""
        prefix = "40" if nsp == "/" else f"40{nsp},"
        await self.say(prefix + ("" if auth is None else json.dumps(auth, separators=(",", ":"))))
        return sid_of(await self.hear(), nsp)

    async def still_here(self, nsp: str = "/") -> None:
        """Nothing else has come, and the namespace lives."""
        prefix = "42" if nsp == "/" else f"42{nsp},"
        await self.say(prefix + '["echo","still here"]')
        heard = await self.hear()
        assert heard == prefix + '["echo","still here"]', heard

    # For a server.

    async def accept(self, nsp: str = "/", sid: str = "id") -> None:
        """Hear CONNECT without auth, and answer it."""
        prefix = "40" if nsp == "/" else f"40{nsp},"
        heard = await self.hear()
        assert heard == prefix, heard
        await self.say(f'{prefix}{{"sid":"{sid}"}}')


def sid_of(answer: str | bytes, nsp: str = "/") -> str:
    """The id in the answer to CONNECT, which has nothing else."""
    prefix = "40" if nsp == "/" else f"40{nsp},"
    found = re.fullmatch(re.escape(prefix) + r'\{"sid":"([A-Za-z0-9_-]{20})"\}', str(answer))
    assert found, answer
    return found[1]


class Events:
    """What the application under test tells."""

    def __init__(self, is_ours: bool, queue: asyncio.Queue[list[Any]]) -> None:
        self.ours, self.queue = is_ours, queue

    def kinder(self, name: str) -> bool:
        assert name in differences.OURS_IS_KINDER | differences.OURS_COULD_BE_KINDER
        return self.ours and name in differences.OURS_IS_KINDER

    def stricter(self, name: str) -> bool:
        return self.ours and name in differences.OURS_IS_STRICTER

    async def told(self) -> list[Any]:
        """The next event, whatever it is."""
        async with asyncio.timeout(PATIENCE):
            return await self.queue.get()

    async def event(self, kind: str) -> list[Any]:
        """The next event of this kind; those before it are dropped."""
        while True:
            name, *rest = await self.told()
            if name == kind:
                return rest

    async def events(self, kind: str, count: int) -> list[list[Any]]:
        return [await self.event(kind) for _ in range(count)]


class Scripted:
    """A server by hand: it says the Engine.IO handshake, and a test says the rest."""

    def __init__(self, **handshake: int) -> None:
        self.handshake = {"pingInterval": 120_000, "pingTimeout": 120_000, **handshake}
        self.connections: asyncio.Queue[Raw] = asyncio.Queue()
        self.silent = False  # close each WebSocket without a word

    async def __call__(self, connection: ws.Connection) -> None:
        """The handler of `ws.serve`."""
        fields = {"sid": "secret", "upgrades": [], **self.handshake, "maxPayload": 1_000_000}
        if self.silent:
            return
        raw = Raw(connection)
        await raw.say("0" + json.dumps(fields, separators=(",", ":")))
        self.connections.put_nowait(raw)
        await connection.wait_closed()

    async def connection(self) -> Raw:
        """The next WebSocket that the client under test opens."""
        async with asyncio.timeout(PATIENCE):
            return await self.connections.get()
