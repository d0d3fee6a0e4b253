"""A private chat that a page of another origin tries to read.

Lesson 03.  Builds on: `net.http_server`, `net.ws`.

    GET /            the page; it signs its visitor in: Set-Cookie: session=…
    GET /messages    what was said, as JSON, for pages of this origin only (CORS)
    GET /chat        Upgrade: websocket; what was said, and each message from now on

New here: a cookie says who a visitor is, and a browser adds it to a request of any page.
`origins` says whose pages may open the WebSocket.  It is `"*"` at first, as it is with many
libraries, and it is read at each handshake, so that it can be changed while the chat runs.
Left out: passwords.  Whoever opens the page is Mina.
"""

from __future__ import annotations

import json
import secrets
from pathlib import Path
from typing import Any, Self

from ...errors import LocalError
from ...net import http_server, ws
from ...net.listening import BaseServer
from ...wire.http.http11 import Headers, Request, Response
from ...wire.websocket.origin import Allow

PAGE = Path(__file__).with_name("victim.html")
SAID = ("Mina: 안녕 👋", "Joon: the door code is 4711", "Mina: 고마워")


class Chat:
    """The chat's server.  `said` is what was said, `session` the cookie of its one user."""

    def __init__(self, *, origins: Allow = "*") -> None:
        self.origins = origins
        self.said = list(SAID)
        self.session = f"session={secrets.token_urlsafe(16)}"
        self.links: dict[ws.PushConnection, None] = {}  # the WebSockets that are open
        self._listening: BaseServer | None = None

    def post(self, text: str) -> None:
        """Send a message to every open WebSocket."""
        self.said.append(text)
        for link in [*self.links]:
            link.send_nowait(text)

    def answer(self, request: Request) -> Any:
        """The response to a request, or an Upgrade to WebSocket."""
        if request.path == "/":
            return self._page()
        if not self._knows(request):
            return Response(401, body=b"You are not signed in.")
        if request.path == "/messages":
            return Response(200, self._cors(), json.dumps(self.said).encode())
        if request.path == "/chat":
            return ws.upgrade(request, self._opened, origins=self.origins)
        return Response(404)

    def _cors(self) -> Headers:
        """Headers that let only the page of this origin read the response."""
        return Headers(
            [
                ("Content-Type", "application/json"),
                ("Access-Control-Allow-Origin", self.url),
                ("Access-Control-Allow-Credentials", "true"),
            ]
        )

    def _page(self) -> Response:
        cookie = f"{self.session}; Path=/; HttpOnly; SameSite=Strict"
        kind = ("Content-Type", "text/html; charset=utf-8")
        headers = Headers([kind, ("Cache-Control", "no-store"), ("Set-Cookie", cookie)])
        return Response(200, headers, PAGE.read_bytes())

    def _knows(self, request: Request) -> bool:
        """Whether the visitor is signed in.  Cookies of other ports of this computer come, too."""
        sent = request.headers.get("cookie") or ""
        return self.session in [part.strip() for part in sent.split(";")]

    def _opened(self, link: ws.PushConnection) -> None:
        self.links[link] = None
        link.on_message = lambda text: self.post(f"Mina: {text}") if type(text) is str else None
        link.on_close = lambda _: self.links.pop(link, None)
        for text in self.said:
            link.send_nowait(text)

    @property
    def listening(self) -> BaseServer:
        if self._listening is None:
            raise LocalError("the chat is not running: `await chat.start()` first")
        return self._listening

    @property
    def url(self) -> str:
        """Its address, which is its origin, too."""
        return self.listening.url

    @property
    def socket_url(self) -> str:
        """Where its WebSocket is."""
        return f"ws{self.url.removeprefix('http')}/chat"

    async def start(self) -> Self:
        if self._listening is None:
            self._listening = await http_server.serve(self.answer)
        return self

    async def close(self) -> None:
        if self._listening is not None:
            listening, self._listening = self._listening, None
            for link in [*self.links]:
                link.start_close(1001, "the chat is closing")
            await listening.close(grace=1.0)

    async def __aenter__(self) -> Self:
        return await self.start()

    async def __aexit__(self, *_: object) -> None:
        await self.close()
