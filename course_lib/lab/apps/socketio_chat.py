"""A chat on Socket.IO: what is said has a name, and so has what comes back.

Lesson 09.  Builds on: `engineio_chat`, `socketio`, `lab.browser_client`.

    say("hi")                                              →
                 ←   news({"messages": ["hi"], "cursor": 5, "missed": 0}), the writer too
    auth {"since": 3}: what this reader has missed comes first
    GET /        →   the page, with our own client for browsers

The news are those of the other chats, so that a comparison compares only what carries them.

New here: no function of this server looks at a message to find out what it is for.
Left out: rooms, and an answer to `say`; see lessons 10 and 11.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Self, Unpack

from ... import socketio
from ...net import mailbox
from ...socketio import options
from ...wire.http.http11 import Request, Response
from .. import browser_client
from . import engineio_chat, short_polling

SCRIPT = short_polling.PAGE.with_name("socketio.js")
CLIENT = '<script src="/browser_client.js"></script>\n'


class Server(short_polling.Server):
    """The chat's server.  For `given` see `socketio.options.Options`."""

    def __init__(self, *, limit: int = 1000, **given: Unpack[options.Given]) -> None:
        super().__init__(limit=limit)
        self.io = socketio.Server(**given)
        self.io.on("connection", self._welcome)

    def post(self, text: str) -> int:
        """Give `text` to every reader.  Return its cursor."""
        cursor = super().post(text)
        self.mailbox.deliveries += len(self.io.sockets.sockets)
        self.io.emit("news", asdict(mailbox.Batch([text], cursor, 0)))
        return cursor

    async def start(self, port: int = 0) -> Self:
        if self._listening is None:
            self._listening = await self.io.listen(port=port, other=self.answer)
        return self

    async def answer(self, request: Request) -> Response:
        """The page, its client, and what the chat by short polling answers."""
        if (request.method, request.path) == ("GET", "/"):
            page = short_polling.PAGE.read_text("utf-8")
            head, _, rest = page.partition("<script>")
            script = f"{CLIENT}<script>\n{SCRIPT.read_text('utf-8')}</script>"
            page = head + script + rest.partition("</script>")[2]
            return Response(200, short_polling.HTML, page.encode())
        return browser_client.answer(request) or await super().answer(request)

    def _welcome(self, socket: socketio.Socket) -> None:
        """Send a reader what it has missed."""
        since = socket.handshake.auth.get("since", 0)
        if type(since) is not int or since < 0:
            socket.disconnect(close=True)
            return
        socket.on("say", lambda text=None, *_: self._said(socket, text))
        if since != self.mailbox.cursor:
            socket.emit("news", asdict(self.mailbox.read(since)))

    def _said(self, socket: socketio.Socket, text: Any) -> None:
        if isinstance(text, str):
            self.post(text)
        else:
            socket.disconnect(close=True)  # a message is text


class Client(engineio_chat.Client):
    """Joins, and says how far it has read; when its connection ends, does so again."""

    def _is_over(self) -> bool:
        return not self._session.active

    def _new(self) -> socketio.Client:
        socket = socketio.Client(
            self.url,
            transports=self.transports,
            auth={"since": self.cursor},
            reconnection=False,  # a new one joins instead, as in the other chats
        )
        heard, ended = self._begun()
        manager = socket.manager

        def opened() -> None:
            if manager.engine is not None:
                self._opened(manager.engine)

        manager.on("open", opened)
        socket.on("news", heard.put_nowait)
        socket.on("disconnect", ended)
        return socket

    async def say(self, text: str) -> None:
        """Send `text`.  The server does not acknowledge it."""
        (await self.open()).emit("say", text)

    @staticmethod
    def _read(message: Any) -> dict[str, Any]:
        return dict(message)
