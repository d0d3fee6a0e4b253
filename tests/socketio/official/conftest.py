"""`serve`: a server under test and raw clients for it.  `client`: a client under test and a raw
server for it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from typing import Any, TypeVar

import pytest

from course_lib.engineio import Server
from course_lib.net import ws, ws_server
from tests.engineio import node
from tests.engineio.talk import Talk
from tests.net.waiting import until

from . import node as npm
from . import ours
from .raw import Events, Raw, Scripted

T = TypeVar("T")
LONG = 120_000  # ms: time is not the subject
# Each has `server(options)` and `client(url, options, greet)`.
SUBJECTS = {"ours": ours, "ours on a bus": ours.OnABus(), "node": npm}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Each test runs with both.

    With ours twice where the module has `ADAPTERS = True`: it tests what an adapter does.
    """
    if "subject" not in metafunc.fixturenames:
        return
    mine = ["ours", "ours on a bus"] if getattr(metafunc.module, "ADAPTERS", False) else ["ours"]
    both = [*mine, pytest.param("node", marks=node.needed)]
    metafunc.parametrize("subject", both, indirect=True)


@pytest.fixture
def subject(request: pytest.FixtureRequest) -> Any:
    """Who is tested: a module of this folder."""
    return SUBJECTS[request.param]


class Polls(Talk):
    """A session by polling, of a raw client."""

    def __init__(self, server: Served) -> None:
        super().__init__(server.port, "/socket.io/")
        self.server = server

    async def hear(self, count: int) -> list[str]:
        """The packets of as many polls as bring this number of them."""
        heard: list[str] = []
        while len(heard) < count:
            heard += (await self.poll()).split("\x1e")
        return heard

    async def held(self, asking: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """`asking` polls; return once the server holds its first poll."""
        poll = self.polls[self.sid] + 1
        task = asyncio.create_task(asking)
        if self.server.engine is not None:
            transport = self.server.engine.sessions[self.sid].transport
            await until(lambda: transport.writable)
        else:
            while await self.server.event("waits") != [self.sid, poll]:
                pass
        return task

    async def until_over(self) -> list[str]:
        """The packets until the server closes, or says that the session is over; without noops."""
        heard: list[str] = []
        while "1" not in heard:
            response = await self.get()
            if response.status == 400:
                assert response.json() == {"code": 1, "message": "Session ID unknown"}
                break
            heard += [packet for packet in response.text().split("\x1e") if packet != "6"]
        return heard


class Served(Events):
    """A server under test: what it tells, and raw clients for it."""

    def __init__(
        self,
        is_ours: bool,
        stack: contextlib.AsyncExitStack,
        port: int,
        queue: Any,
        engine: Server | None = None,
    ) -> None:
        super().__init__(is_ours, queue)
        self.port, self.engine, self._stack = port, engine, stack

    async def open(self, query: str = "") -> Raw:
        """A session by WebSocket that has joined no namespace yet."""
        connection = await ws.connect(
            f"ws://127.0.0.1:{self.port}/socket.io/?EIO=4&transport=websocket{query}",
            ping_interval=None,
            connect_timeout=60.0,
        )
        self._stack.callback(connection.abort)
        raw = Raw(connection)
        assert str(await raw.hear())[:2] == "0{"
        return raw

    async def joined(self, *namespaces: str) -> Raw:
        """A session by WebSocket that has joined `/`, or these."""
        raw = await self.open()
        for nsp in namespaces or ("/",):
            await raw.connect(nsp)
        return raw

    async def polls(self) -> Polls:
        """A session by polling that has joined no namespace yet."""
        polls: Polls = await self._stack.enter_async_context(Polls(self))
        await polls.open()
        return polls


@pytest.fixture
async def serve(subject: Any) -> AsyncIterator[Callable[..., Any]]:
    """`await serve(connectTimeout=100)`: a server with options in Node's words."""
    async with contextlib.AsyncExitStack() as stack:

        async def start(**options: Any) -> Served:
            options = {"pingInterval": LONG, "pingTimeout": LONG, **options}
            found = await stack.enter_async_context(subject.server(options))
            return Served(subject is not npm, stack, *found)

        yield start


@pytest.fixture
async def server(serve: Callable[..., Any]) -> Any:
    """A server whose heartbeat does not disturb."""
    return await serve()


class Client(Events):
    """A client under test: its commands, what it tells, and the raw server that it talks to."""

    def __init__(
        self,
        is_ours: bool,
        do: Callable[..., None],
        queue: Any,
        server: Scripted,
        serving: ws_server.Server,
    ) -> None:
        super().__init__(is_ours, queue)
        self.do, self.server, self._serving = do, server, serving

    def refuse(self, refused: bool) -> None:
        """From now on, answer each new connection with 503, or no longer."""
        self._serving.max_connections = 0 if refused else None

    async def opened(self, *namespaces: str) -> Raw:
        """The server's end of a connection on which these namespaces are connected."""
        for nsp in namespaces:
            self.do("open", nsp)
        raw = await self.server.connection()
        for nsp in namespaces:
            await raw.accept(nsp)
            await self.event("connect")
        return raw


@pytest.fixture
async def start_client(subject: Any) -> AsyncIterator[Callable[..., Any]]:
    """`await start_client(greet=["hi"], reconnection=False)`: options in Node's words."""
    async with contextlib.AsyncExitStack() as stack:

        async def start(
            greet: list[Any] | None = None, handshake: dict[str, int] | None = None, **options: Any
        ) -> Client:
            scripted = Scripted(**handshake or {})
            serving = await stack.enter_async_context(ws.serve(scripted, origins="*"))
            options = {"reconnectionDelay": 1, "randomizationFactor": 0, **options}
            url = f"http://127.0.0.1:{serving.port}"
            do, queue = await stack.enter_async_context(subject.client(url, options, greet))
            return Client(subject is not npm, do, queue, scripted, serving)

        yield start


@pytest.fixture
async def client(start_client: Callable[..., Any]) -> Any:
    """A client that joins again at once when it has lost its connection."""
    return await start_client()


@pytest.fixture(scope="session", autouse=True)
def _node_ends() -> Iterator[None]:
    yield
    node.stop()
