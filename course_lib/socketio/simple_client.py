"""A client that blocks, for scripts and for cells without `await`.

    with SimpleClient() as client:
        client.connect("http://127.0.0.1:3000")
        client.emit("say", "hello")
        print(client.call("add", 2, 3))
        print(client.receive(timeout=5))           ["said", "hello"]

    the caller's thread    emit, call, receive: waits; Ctrl-C ends the wait
    a thread of its own    a loop with the connection; events wait here until `receive` takes them

Lesson 09.  Builds on: `client`.  Used by: users.
New here: a loop in another thread.  So it works also where a loop runs already, as in a notebook.
Left out: listeners, and several namespaces; a program that needs these has a loop.  A server on the
caller's own loop cannot answer while the caller waits.
"""

from __future__ import annotations

import asyncio
import collections
import concurrent.futures
import sys
import threading
from collections.abc import Coroutine
from typing import Any, Self, TypeVar, Unpack

from ..errors import ConnectionClosed, LocalError
from .client import Client
from .client_options import Auth, Given
from .connect_error import ConnectError

T = TypeVar("T")
STEP = 0.1 if sys.platform == "win32" else None  # Windows: only between waits is Ctrl-C noticed
GOODBYE = 5.0  # seconds that `disconnect` waits for the connection


class SimpleClient:
    """One connection to one namespace.  After `disconnect` it may `connect` again."""

    def __init__(self, *, max_events: int = 10_000) -> None:
        """When `max_events` wait for `receive`, the next one ends the connection."""
        self.max_events = max_events
        self._client: Client | None = None
        self._thread: _LoopThread | None = None
        self._events: collections.deque[list[Any]] = collections.deque()
        self._news = asyncio.Event()
        self._why = ""

    def connect(
        self, url: str, *, auth: Auth = None, timeout: float = 10.0, **given: Unpack[Given]
    ) -> None:
        """Connect, and join the namespace that the path of `url` names.

        The keyword arguments are those of `Client`, but `reconnection` is False unless it is given:
        whoever calls learns that the connection has ended.  ConnectError when it fails, also after
        `timeout` seconds.
        """
        if self._thread is not None:
            raise LocalError("this client has a connection already: disconnect() first")
        given.setdefault("reconnection", False)
        self._client = client = Client(url, auth=auth, **given)
        self._events.clear()
        self._news, self._why = asyncio.Event(), ""
        client.on_any(self._heard)
        client.on("disconnect", self._left)
        self._thread = _LoopThread()
        try:
            self._thread.run(self._connect(client, timeout))
        except BaseException:
            self.disconnect()
            raise

    async def _connect(self, client: Client, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await client.connect()
        except TimeoutError as error:
            said = (
                f"no answer within {seconds:g} s (a server on the caller's own loop cannot answer)"
            )
            raise ConnectError(said, description=error) from None

    @property
    def connected(self) -> bool:
        """Whether the server can be reached, as far as we know."""
        return self._client is not None and self._client.connected

    @property
    def sid(self) -> str | None:
        """The id of this client in its namespace; None without a connection."""
        return self._client.id if self._client is not None else None

    @property
    def transport(self) -> str | None:
        """ "polling" or "websocket"; None without a connection."""
        engine = self._client.manager.engine if self._client is not None else None
        return engine.transport.name if engine is not None and engine.transport else None

    def emit(self, event: str, *args: Any) -> None:
        """Send an event.  ConnectionClosed if the connection has ended."""
        self._run(self._emit(event, args))

    def call(self, event: str, *args: Any, timeout: float | None = 60.0) -> Any:
        """Send an event and wait for its answer: None, a value, or a tuple of several.

        TimeoutError after `timeout` seconds; ConnectionClosed if the connection ends first.
        """
        return self._run(self._call(event, args, timeout))

    def receive(self, timeout: float | None = None) -> list[Any]:
        """The next event, in the order of arrival: `[event, *args]`.

        TimeoutError if none comes within `timeout` seconds; ConnectionClosed after the last one,
        when the connection has ended.
        """
        return self._run(self._receive(timeout))

    def disconnect(self) -> None:
        """End the connection and its thread.  Twice is no error."""
        thread, self._thread = self._thread, None
        client, self._client = self._client, None
        if thread is not None and client is not None:
            try:
                thread.run(_goodbye(client))
            finally:
                thread.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.disconnect()

    def __repr__(self) -> str:
        return f"<socketio.SimpleClient {self._client}>"

    # In the caller's thread.

    def _run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        if self._thread is None:
            coroutine.close()
            raise LocalError("this client has no connection: connect(url) first")
        return self._thread.run(coroutine)

    # In the thread of the loop.

    def _there(self) -> Client:
        client = self._client
        if client is None or not client.active:
            raise ConnectionClosed(f"the connection has ended: {self._why}")
        return client

    async def _emit(self, event: str, args: tuple[Any, ...]) -> None:
        self._there().emit(event, *args)

    async def _call(self, event: str, args: tuple[Any, ...], seconds: float | None) -> Any:
        client = self._there()
        sender = client if seconds is None else client.timeout(seconds)
        return await sender.emit_with_ack(event, *args)

    async def _receive(self, seconds: float | None) -> list[Any]:
        async with asyncio.timeout(seconds):
            while not self._events:
                self._there()
                self._news.clear()
                await self._news.wait()
        return self._events.popleft()

    def _heard(self, *event: Any) -> None:
        client = self._client
        if len(self._events) < self.max_events:
            self._events.append(list(event))
            self._news.set()
        elif client is not None and client.connected:
            self._why = f"{self.max_events} events waited for receive() (max_events)"
            client.leave()

    def _left(self, reason: str, _description: object) -> None:
        self._why = self._why or reason
        self._news.set()


async def _goodbye(client: Client) -> None:
    try:
        async with asyncio.timeout(GOODBYE):
            await client.disconnect()
    except TimeoutError:
        pass  # the thread ends, and with it what is left


class _LoopThread:
    """A thread with a loop.  It ends with the program, at the latest."""

    def __init__(self) -> None:
        self._started: concurrent.futures.Future[asyncio.AbstractEventLoop]
        self._started = concurrent.futures.Future()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=self._main, name="socketio-client", daemon=True)
        self._thread.start()
        self._loop = self._started.result()

    def _main(self) -> None:
        asyncio.run(self._stay())

    async def _stay(self) -> None:
        self._started.set_result(asyncio.get_running_loop())
        await self._stop.wait()

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run it there, and wait; Ctrl-C cancels it."""
        outcome = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        try:
            while not outcome.done():
                concurrent.futures.wait([outcome], STEP)
            return outcome.result()
        except BaseException:
            outcome.cancel()
            raise

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()
