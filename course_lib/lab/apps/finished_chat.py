"""The chat as it is at the end of the course, on our own Socket.IO server.

Lesson 00.  Builds on: socketio.  Used by: the lesson, `start_here`.

    create(room, user) -> "ok"     roomList to everybody, userList and notice to the room
    say(text)          -> "ok"     newMessage to the room
    GET /                          a page that speaks Socket.IO over a plain WebSocket, by hand

New here: acknowledgements, and a heartbeat of one second, to notice a blocked server.
Left out: the server's own rooms, which lesson 11 brings; passwords, history, several servers.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Self

from ... import socketio
from ...errors import LocalError
from ...wire.http.http11 import Headers, Request, Response

PAGE = Path(__file__).with_name("finished_chat.html")
HEADERS = Headers({"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store"})
HEARTBEAT = 1.0  # seconds; the usual interval is 25
PATIENCE = 60.0  # seconds that a side may be silent: the lesson blocks the server on purpose
LONGEST = 1000  # characters of a message


class Server:
    """The chat's server.  Use it as `async with`, or across cells with `start` and `close`."""

    def __init__(self) -> None:
        self.rooms: dict[str, dict[socketio.Socket, str]] = {}  # room -> socket -> user
        self._io = socketio.Server(
            ping_interval=HEARTBEAT, ping_timeout=PATIENCE, serve_client=False
        )
        self._io.on("connection", self._connected)
        self._address: Any = None

    @property
    def port(self) -> int:
        if self._address is None:
            raise LocalError("the chat is not running: `await server.start()` first")
        port: int = self._address.port
        return port

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> Self:
        if self._address is None:
            self._address = await self._io.listen(other=_page)
        return self

    async def close(self) -> None:
        if self._address is not None:
            address, self._address = self._address, None
            await address.close()

    async def __aenter__(self) -> Self:
        return await self.start()

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def announce(self, text: str) -> None:
        """Send a notice to every user in every room."""
        self._io.emit("notice", text)

    def _connected(self, socket: socketio.Socket) -> None:
        @socket.on("create")
        def create(room: Any, user: Any) -> str:
            if not (isinstance(room, str) and isinstance(user, str) and 0 < len(user) < 50):
                return "a room and a name, please"
            self._leave(socket)
            self.rooms.setdefault(room, {})[socket] = user
            self._io.emit("roomList", list(self.rooms))
            self._tell(room, "userList", list(self.rooms[room].values()))
            self._tell(room, "notice", f"{user} is here")
            return "ok"

        @socket.on("say")
        def say(text: Any) -> str:
            for room, users in self.rooms.items():
                if socket in users and isinstance(text, str) and len(text) <= LONGEST:
                    self._tell(room, "newMessage", {"user": users[socket], "text": text})
                    return "ok"
            return "say what, and where?"

        @socket.on("disconnect")
        def left(reason: str, description: object) -> None:
            self._leave(socket)

    def _tell(self, room: str, event: str, value: Any) -> None:
        for socket in [*self.rooms.get(room, ())]:
            socket.emit(event, value)

    def _leave(self, socket: socketio.Socket) -> None:
        for room, users in [*self.rooms.items()]:
            user = users.pop(socket, None)
            if user is not None:
                self._tell(room, "userList", list(users.values()))
                self._tell(room, "notice", f"{user} has left")
            if not users:
                del self.rooms[room]


def _page(request: Request) -> Response:
    if request.path != "/":
        return Response(404)
    return Response(200, HEADERS, PAGE.read_bytes())
