"""A chat on WebSocket: the server sends a message as soon as it has one.

Lesson 06.  Builds on: `short_polling`, `net.ws`, `net.mailbox`.

    GET /messages?since=3, Upgrade: websocket   →   101
                                                ←   {"messages": [...], "cursor": 5, "missed": 0}
    "hi"                                        →   to every reader, the writer too
                                                ←   {"messages": ["hi"], "cursor": 6, "missed": 0}
    GET /                                       →   the page, on the same port

The messages are the JSON of the polling chats, so that a comparison compares only the transports;
and a request without an upgrade is answered as by short polling.

New here: the server remembers the cursor of each reader.  A message is encoded once for all readers
that are up to date; a slow reader gets what it has missed from the mailbox later, so it costs the
server a number and no buffer.  A reader that returns sends its cursor, as in polling.
Left out: an acknowledgement.  A message of `say` under way is lost if the connection breaks.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from dataclasses import asdict
from typing import Any, Self

from ...errors import ConnectionClosed, CourseError, LocalError, RemoteError
from ...net import mailbox, ws
from ...net.http_server import Answer
from ...wire.http.http11 import Request, Response
from ...wire.websocket import close_codes, frames
from ...wire.websocket import origin as page_origin
from . import short_polling

SCRIPT = short_polling.PAGE.with_name("websocket.js")
CURSOR = re.compile("[0-9]{1,15}")


class Server(short_polling.Server):
    """The chat's server.  `origins` are the pages that may connect, by default its own only."""

    def __init__(self, *, limit: int = 1000, origins: page_origin.Allow = None) -> None:
        super().__init__(limit=limit)
        page_origin.check(origins)
        self.origins = origins
        self.readers: dict[ws.PushConnection, int] = {}  # the cursor of each

    def post(self, text: str) -> int:
        """Give `text` to every reader.  Return its cursor."""
        before = self.mailbox.cursor
        cursor = super().post(text)
        frame = _frame(mailbox.Batch([text], cursor, 0))
        for connection, has in list(self.readers.items()):
            if has == before and not connection.writing_paused:
                self.mailbox.deliveries += 1
                self._send(connection, cursor, frame)
        return cursor

    async def answer(self, request: Request) -> Answer:  # type: ignore[override]
        match request.method, request.path, request.upgrade:
            case "GET", "/messages", "websocket":
                since = request.query.get("since", "0")
                if not CURSOR.fullmatch(since):
                    return Response(400, body=b"since: a number, please")
                return ws.upgrade(
                    request,
                    lambda connection: self._welcome(connection, int(since)),
                    origins=self.origins,
                )
            case "GET", "/", _:
                page = short_polling.PAGE.read_text("utf-8")
                head, _, rest = page.partition("<script>")
                script = f"<script>\n{SCRIPT.read_text('utf-8')}</script>"
                page = head + script + rest.partition("</script>")[2]
                return Response(200, short_polling.HTML, page.encode())
        return await super().answer(request)

    def _welcome(self, connection: ws.PushConnection, since: int) -> None:
        """Add a reader, and send it what it has missed."""
        connection.on_message = lambda message: self._said(connection, message)
        connection.on_drain = lambda: self._catch_up(connection)
        connection.on_close = lambda _: self.readers.pop(connection, None)
        self.readers[connection] = since
        self._catch_up(connection)

    def _said(self, connection: ws.PushConnection, message: str | bytes) -> None:
        if isinstance(message, str):
            self.post(message)
        else:
            connection.fail(close_codes.UNSUPPORTED_DATA, "a message is text")

    def _catch_up(self, connection: ws.PushConnection) -> None:
        since = self.readers.get(connection)
        if since is not None and since != self.mailbox.cursor:
            batch = self.mailbox.read(since)
            self._send(connection, batch.cursor, _frame(batch))

    def _send(self, connection: ws.PushConnection, cursor: int, frame: bytes) -> None:
        try:
            connection.send_encoded(frame)
        except ConnectionClosed:
            return  # the connection is closing: `on_close` is called, too
        self.readers[connection] = cursor

    async def close(self, grace: float = 1.0) -> None:
        """Send every reader a Close frame, and wait `grace` seconds for theirs."""
        for connection in list(self.readers):
            connection.start_close(close_codes.GOING_AWAY, "the server is shutting down")
        await super().close(grace)


class Client:
    """Opens a WebSocket; when it breaks, waits, each time longer, and opens one from its cursor.

    `polls` counts handshakes: they are the only requests that it sends.
    """

    pushes = True  # a message comes without a request

    def __init__(self, url: str, *, retry: float = 0.5, retry_max: float = 8.0) -> None:
        self.url, self.retry, self.retry_max = url, retry, retry_max
        self.cursor = 0
        self.polls = self.empty = self.missed = self.failures = 0
        self._connection: ws.Connection | None = None
        self._opening = asyncio.Lock()
        self._closed = False

    async def open(self) -> ws.Connection:
        """The connection; a new one if there is none, or the last one has ended."""
        async with self._opening:
            if self._closed:
                raise LocalError("this client is closed")
            if self._connection is None or self._connection.close_code is not None:
                self.polls += 1
                address = f"{self.url.replace('http', 'ws', 1)}/messages?since={self.cursor}"
                self._connection = await ws.connect(address, max_payload=16_000_000)
            return self._connection

    async def say(self, text: str) -> None:
        """Send `text`.  The server does not acknowledge it."""
        await (await self.open()).send(text)

    async def poll(self) -> list[str]:
        """Wait for the next messages.  The cursor moves when they have arrived."""
        message = await (await self.open()).recv()
        try:
            news: dict[str, Any] = json.loads(message)
            texts: list[str] = news["messages"]
            self.cursor = news["cursor"]
            self.missed += news["missed"]
        except (ValueError, KeyError, TypeError) as error:
            raise RemoteError(f"no news: {error!r}", close_codes.INVALID_DATA) from error
        return texts

    async def messages(self) -> AsyncIterator[str]:
        """Every message from the cursor on; a connection that broke is made again."""
        wait = self.retry
        while True:
            try:
                texts = await self.poll()
            except LocalError:  # this client was closed
                raise
            except (CourseError, OSError):  # cut, refused, or no WebSocket server
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
            if self._connection is not None:
                await self._connection.close()

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


def _frame(batch: mailbox.Batch) -> bytes:
    """The news as a frame: what a polling chat has in the body of a response."""
    news = json.dumps(asdict(batch), ensure_ascii=False).encode()
    return frames.encode(frames.Frame(frames.Opcode.TEXT, news))
