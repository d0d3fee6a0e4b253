"""A chat by short polling: the client sends requests, the server responds at once.

Lesson 01.  Builds on: `net.http_server`, `net.http_client`, `net.mailbox`.

    GET  /messages?since=3   →   200  {"cursor": 5, "missed": 0, "messages": ["hi", "안녕"]}
    POST /messages  "hi"     →   204
    GET  /                   →   the page that takes part from a browser

New here: a cursor.  The client says how far it has read, so the server remembers nothing about it.
Left out: responding only when there is a message, see `long_polling`.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, Self

from ...errors import LocalError, RemoteError
from ...net import http_client, http_server, mailbox
from ...net.listening import BaseServer
from ...wire.http.http11 import Headers, Request, Response

PAGE = Path(__file__).with_name("chat.html")
JSON = Headers([("Content-Type", "application/json"), ("Cache-Control", "no-store")])
HTML = Headers([("Content-Type", "text/html; charset=utf-8"), ("Cache-Control", "no-store")])


class Server:
    """The chat's server.  Use it as `async with`, or across cells with `start` and `close`."""

    hold = 0.0  # seconds that a response may wait for a message
    page_pause = 1.0  # seconds between two requests of the page in the browser

    def __init__(self, *, limit: int = 1000) -> None:
        self.mailbox: mailbox.Mailbox = mailbox.Mailbox(limit)
        self._listening: BaseServer | None = None

    def post(self, text: str) -> int:
        """Give `text` to every reader.  Return its cursor."""
        return self.mailbox.put(text)

    async def answer(self, request: Request) -> Response:
        match request.method, request.path:
            case "GET", "/messages":
                since = request.query.get("since", "0")
                if not (since.isascii() and since.isdigit() and len(since) < 16):
                    return Response(400, body=b"since: a number, please")
                batch = await self.mailbox.take(int(since), hold=self.hold)
                return Response(200, JSON, json.dumps(asdict(batch), ensure_ascii=False).encode())
            case "POST", "/messages":
                try:
                    self.post(request.body.decode())
                except UnicodeDecodeError:
                    return Response(400, body=b"a message is UTF-8 text")
                return Response(204)
            case "GET", "/":
                page = PAGE.read_text("utf-8").replace("PAUSE_MS", f"{self.page_pause * 1000:.0f}")
                return Response(200, HTML, page.encode())
            case _, "/messages":
                return Response(405, Headers([("Allow", "GET, POST")]))
        return Response(404)

    @property
    def listening(self) -> BaseServer:
        if self._listening is None:
            raise LocalError("the server is not running: `await server.start()` first")
        return self._listening

    @property
    def url(self) -> str:
        return self.listening.url

    @property
    def port(self) -> int:
        return self.listening.port

    async def start(self, port: int = 0) -> Self:
        if self._listening is None:
            self._listening = await http_server.serve(self.answer, "127.0.0.1", port)
        return self

    async def close(self, grace: float = 5.0) -> None:
        """End within `grace` seconds."""
        if self._listening is not None:
            listening, self._listening = self._listening, None
            await listening.close(grace)

    async def __aenter__(self) -> Self:
        return await self.start()

    async def __aexit__(self, *_: object) -> None:
        await self.close()


class Client:
    """A request every `interval` seconds; with `pause=True`, that long after each response."""

    def __init__(self, url: str, *, interval: float = 1.0, pause: bool = False) -> None:
        self.url, self.interval, self.pause = url, interval, pause
        self.cursor = 0
        self.polls = self.empty = self.missed = 0
        self.http = http_client.Client()

    async def say(self, text: str) -> None:
        response = await self.http.post(f"{self.url}/messages", text.encode())
        if response.status != 204:
            raise RemoteError(f"not said: the answer was {response.status}", response.status)

    async def poll(self) -> list[str]:
        """Send a request.  The cursor moves when the whole response has been read, never before."""
        self.polls += 1
        response = await self.http.get(f"{self.url}/messages?since={self.cursor}")
        if response.status != 200:
            raise RemoteError(f"no news: the answer was {response.status}", response.status)
        news: dict[str, Any] = json.loads(response.body)
        texts: list[str] = news["messages"]
        self.cursor = news["cursor"]
        self.missed += news["missed"]
        self.empty += not texts
        return texts

    async def messages(self) -> AsyncIterator[str]:
        """Every message from the cursor on, for as long as the caller iterates."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            for text in await self.poll():
                yield text
            now = loop.time()
            if self.pause:
                due = now + self.interval
            else:  # skip the requests that fell due before a slow response: no burst
                due += self.interval * max(1, -(-(now - due) // self.interval))
            await asyncio.sleep(due - now)

    async def close(self) -> None:
        await self.http.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()
