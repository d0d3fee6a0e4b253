"""A chat on Engine.IO: one session for each reader, on whichever transport works.

Lessons 07 and 08.  Builds on: `short_polling`, `engineio`, `net.mailbox`.

    GET /engine.io/?EIO=4&transport=polling&since=3    →   0{"sid": ...}
                                                       ←   4{"messages": [...], "cursor": 5, ...}
    4hi                                                →   to every reader, the writer too

The messages are the JSON of the other chats, so that a comparison compares only the transports; a
request outside of `/engine.io/` is answered as by short polling.

New here: the server neither holds requests nor knows the transport.  A session has a queue: what
is sent while no GET waits leaves in the next answer, several messages in one.
Left out: a buffer of the server's own for slow readers.  A session whose queue is too long ends,
and its reader comes back with its cursor.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from dataclasses import asdict
from typing import Any, Self, Unpack

from ... import engineio
from ...engineio import options
from ...engineio.client_polling import Polling
from ...errors import ConnectionClosed, CourseError, LocalError, RemoteError
from ...net import http_client, mailbox
from . import short_polling
from .websocket import CURSOR

FAILED = 400


class Server(short_polling.Server):
    """The chat's server.  For `given` see `engineio.options.Options`."""

    def __init__(self, *, limit: int = 1000, **given: Unpack[options.Given]) -> None:
        super().__init__(limit=limit)
        self.engine = engineio.Server(**given)
        self.engine.on("connection", self._welcome)
        self.readers: dict[engineio.Session, None] = {}

    def post(self, text: str) -> int:
        """Give `text` to every reader.  Return its cursor."""
        cursor = super().post(text)
        news = _news(mailbox.Batch([text], cursor, 0))
        for session in list(self.readers):
            self.mailbox.deliveries += 1
            self._send(session, news)
        return cursor

    async def start(self, port: int = 0) -> Self:
        if self._listening is None:
            self._listening = await self.engine.listen(port=port, other=self.answer)
        return self

    def _welcome(self, session: engineio.Session) -> None:
        """Add a reader, and send it what it has missed."""
        since = session.request.query.get("since", "0")
        if not CURSOR.fullmatch(since):
            session.close()
            return
        session.on("message", lambda message: self._said(session, message))
        session.on("close", lambda *_: self.readers.pop(session, None))
        self.readers[session] = None
        if int(since) != self.mailbox.cursor:
            self._send(session, _news(self.mailbox.read(int(since))))

    def _said(self, session: engineio.Session, message: str | bytes) -> None:
        if isinstance(message, str):
            self.post(message)
        else:
            session.close()  # a message is text

    @staticmethod
    def _send(session: engineio.Session, news: str) -> None:
        with suppress(ConnectionClosed):  # it has ended, or reads too slowly: "close" tells
            session.send(news)


class Client:
    """Opens a session; when it ends, waits, each time longer, and opens one from its cursor.

    `transports` are those of `engineio.Client`: with both it begins by polling and changes to
    WebSocket.  `polls` counts HTTP requests, which are sent in the background.
    """

    in_background = True

    def __init__(
        self,
        url: str,
        *,
        transports: Sequence[str] = options.TRANSPORTS,
        retry: float = 0.5,
        retry_max: float = 8.0,
    ) -> None:
        self.url, self.transports = url, tuple(transports)
        self.retry, self.retry_max = retry, retry_max
        self.pushes = "websocket" in self.transports
        self.cursor = 0
        self.empty = self.missed = self.failures = 0
        self._session: Any = None
        self._heard: asyncio.Queue[Any] = asyncio.Queue()  # None: it has ended
        self._https: list[http_client.Client] = []
        self._handshakes = 0  # of WebSockets
        self._settled: asyncio.Future[None] | None = None
        self._opening = asyncio.Lock()
        self._closed = False

    @property
    def polls(self) -> int:
        """HTTP requests, those that ask for a WebSocket included."""
        return self._handshakes + sum(http.requests_sent for http in self._https)

    async def open(self) -> Any:
        """The session; a new one if there is none, or the last one has ended."""
        async with self._opening:
            if self._closed:
                raise LocalError("this client is closed")
            if self._session is None or self._is_over():
                self._session = self._new()
                await self._session.connect()
            return self._session

    def _is_over(self) -> bool:
        return bool(self._session.state == "closed")

    def _new(self) -> Any:
        engine = engineio.Client(
            self.url, transports=self.transports, query={"since": f"{self.cursor}"}
        )
        heard, ended = self._begun()
        engine.on("open", lambda: self._opened(engine))
        engine.on("message", heard.put_nowait)
        engine.on("close", ended)
        return engine

    def _begun(self) -> tuple[asyncio.Queue[Any], Callable[..., None]]:
        """A new session's queue, and what to call when it has ended."""
        heard = self._heard = asyncio.Queue()
        self._settled = asyncio.get_running_loop().create_future()

        def ended(*_: object) -> None:
            self._settle()
            heard.put_nowait(None)

        return heard, ended

    def _opened(self, engine: engineio.Client) -> None:
        """Count its requests, and wait for its upgrade, if there will be one."""
        if isinstance(engine.transport, Polling):
            self._https.append(engine.transport.http)
            upgrades = engine.handshake.upgrades if engine.handshake else []
            if self.pushes and upgrades:
                self._handshakes += 1
                engine.on("upgrade", self._settle)
                engine.on("upgrade_error", self._settle)
                return
        else:
            self._handshakes += 1
        self._settle()

    def _settle(self, *_: object) -> None:
        if self._settled is not None and not self._settled.done():
            self._settled.set_result(None)

    async def ready(self) -> None:
        """Wait until the session has its last transport: until the upgrade, if there is one."""
        await self.open()
        if self._settled is not None:
            await asyncio.shield(self._settled)

    async def say(self, text: str) -> None:
        """Send `text`.  The server does not acknowledge it."""
        (await self.open()).send(text)

    async def poll(self) -> list[str]:
        """Wait for the next messages.  The cursor moves when they have arrived."""
        await self.open()
        message = await self._heard.get()
        if message is None:
            raise ConnectionClosed("the session has ended")
        try:
            news = self._read(message)
            texts: list[str] = news["messages"]
            self.cursor = news["cursor"]
            self.missed += news["missed"]
        except (ValueError, KeyError, TypeError) as error:
            raise RemoteError(f"no news: {error!r}", FAILED) from error
        return texts

    @staticmethod
    def _read(message: Any) -> dict[str, Any]:
        news: dict[str, Any] = json.loads(message)
        return news

    async def messages(self) -> AsyncIterator[str]:
        """Every message from the cursor on; after a session that ended a new one is opened."""
        wait = self.retry
        while True:
            try:
                texts = await self.poll()
            except LocalError:  # this client was closed
                raise
            except (CourseError, OSError):  # cut, refused, or no Engine.IO server
                self.failures += 1
                await asyncio.sleep(wait)
                wait = min(2 * wait, self.retry_max)
                continue
            wait = self.retry
            for text in texts:
                yield text

    async def close(self) -> None:
        self._closed = True
        async with self._opening:  # wait for an `open` that is under way
            if self._session is not None:
                await self._session.close()

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


def _news(batch: mailbox.Batch) -> str:
    """The news as a message: what a polling chat has in the body of a response."""
    return json.dumps(asdict(batch), ensure_ascii=False)
