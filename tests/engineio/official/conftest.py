"""`serve`: a server with these options, ours or Node's, and a client by hand for it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

from course_lib.engineio import Server, Session
from tests.engineio import node
from tests.engineio.talk import Talk
from tests.net.waiting import until

LONG = 120.0  # seconds: time is not the subject
# Node's option -> ours, and how its value is written here.
OPTIONS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "pingInterval": ("ping_interval", lambda ms: ms / 1000),
    "pingTimeout": ("ping_timeout", lambda ms: ms / 1000),
    "upgradeTimeout": ("upgrade_timeout", lambda ms: ms / 1000),
    "maxHttpBufferSize": ("max_payload", int),
    "allowUpgrades": ("allow_upgrades", bool),
    "transports": ("transports", list),
    "cookie": ("cookie", lambda value: value),
    "initialPacket": ("initial_packet", str),
    "forbid": ("allow_request", lambda said: lambda request: said or False),
}


class Peer(Talk):
    """A client by hand, and what its server tells."""

    def __init__(
        self, port: int, events: asyncio.Queue[list[Any]], engine: Server | None = None
    ) -> None:
        super().__init__(port)
        self.events, self.engine = events, engine
        self.ours = engine is not None

    async def event(self, kind: str) -> list[Any]:
        """Wait for the next event of this kind; those before it are dropped."""
        async with asyncio.timeout(60):
            while True:
                name, *rest = await self.events.get()
                if name == kind:
                    return rest

    async def waits(self) -> None:
        """Wait until the server holds the poll that was sent last."""
        if self.engine is not None:
            transport = self.engine.sessions[self.sid].transport
            await until(lambda: transport.writable)
        else:
            while await self.event("waits") != [self.sid, self.polls[self.sid]]:
                pass

    async def closed(self) -> tuple[str, str]:
        """Why the session has ended: reason and description."""
        _, reason, description = await self.event("close")
        return reason, description


@contextlib.asynccontextmanager
async def _ours(
    options: dict[str, Any],
) -> AsyncIterator[tuple[int, asyncio.Queue[list[Any]], Server]]:
    events: asyncio.Queue[list[Any]] = asyncio.Queue()
    engine = Server(**{OPTIONS[name][0]: OPTIONS[name][1](options[name]) for name in options})

    @engine.on("connection_error")
    def refused(refusal: Any) -> None:
        events.put_nowait(["refused", refusal.code, refusal.message, refusal.context.get("name")])

    @engine.on("connection")
    def connected(session: Session) -> None:
        def message(data: str | bytes) -> None:
            if isinstance(data, bytes) or not data.startswith("!"):
                session.send(data)
                return
            command, *words = data[1:].split(" ")
            for word in words:
                session.send(word)
            if command in ("close", "discard"):
                session.close(discard=command == "discard")

        session.on("message", message)
        tell = events.put_nowait
        session.on("upgrade", lambda transport: tell(["upgrade", session.id, transport.name]))
        session.on("close", lambda reason, why: tell(["close", session.id, reason, str(why)]))
        tell(["connection", session.id, session.transport.name])

    async with engine.listen() as listening:
        yield listening.port, events, engine
    assert not engine.sessions


@pytest.fixture(params=["ours", pytest.param("node", marks=node.needed)])
async def serve(
    request: pytest.FixtureRequest,
) -> AsyncIterator[Callable[..., Any]]:
    """`await serve(pingInterval=300)`: options in Node's words."""
    async with contextlib.AsyncExitStack() as stack:

        async def start(**options: Any) -> Peer:
            slow = {"pingInterval": LONG * 1000, "pingTimeout": LONG * 1000}
            make: Callable[..., Any] = _ours if request.param == "ours" else node.server
            found = await stack.enter_async_context(make({**slow, **options}))
            peer: Peer = await stack.enter_async_context(Peer(*found))
            return peer

        yield start


@pytest.fixture
async def server(serve: Callable[..., Any]) -> Any:
    """A server whose heartbeat does not disturb."""
    return await serve()


@pytest.fixture
async def brisk(serve: Callable[..., Any]) -> Any:
    """A server with the heartbeat of the official suite: 300 ms and 200 ms."""
    return await serve(pingInterval=300, pingTimeout=200)


@pytest.fixture(scope="session", autouse=True)
def _node_ends() -> Iterator[None]:
    yield
    node.stop()
