"""A socket of another process, as `fetch_sockets` gives it.                      Socket.IO rev. 5

    remote.id  .handshake  .rooms  .data      as they were when it was asked
    remote.emit("hi")  join  leave  disconnect
    await remote.timeout(5).emit_with_ack("ready?")       one answer

Lesson 16.  Builds on: socketio.broadcast.  Used by: `cluster`.
New here: its id is a room, so that whatever is done to it is done to the only member of a room.
Left out: its events; only its own process hears them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any

from ..errors import ConnectionClosed
from ..socketio.adapter import Target
from ..socketio.broadcast import BroadcastOperator, Rooms
from ..socketio.handshake import Handshake
from ..wire.http.http11 import Headers

if TYPE_CHECKING:
    from ..socketio.namespace import Namespace
    from ..socketio.sockets import Socket


class RemoteSocket:
    """One client of another process."""

    __slots__ = ("_only", "data", "handshake", "id", "nsp", "rooms")

    def __init__(
        self,
        nsp: Namespace,
        id: str,
        handshake: Handshake,
        rooms: list[str],
        data: Any,
        only: BroadcastOperator | None = None,
    ) -> None:
        self.nsp, self.id, self.handshake, self.rooms, self.data = nsp, id, handshake, rooms, data
        self._only = only or BroadcastOperator(nsp, Target((id,), everybody=False))

    def emit(self, event: str, *args: Any) -> None:
        """Send it an event."""
        self._only.emit(event, *args)

    def send(self, *args: Any) -> None:
        """Send it the event "message"."""
        self.emit("message", *args)

    def timeout(self, seconds: float) -> RemoteSocket:
        """The same socket, for an `emit_with_ack` that waits so many seconds at most."""
        only = self._only.timeout(seconds)
        return RemoteSocket(self.nsp, self.id, self.handshake, self.rooms, self.data, only)

    async def emit_with_ack(self, event: str, *args: Any) -> Any:
        """Send an event and wait for the answer.  TimeoutError; ConnectionClosed: it has left."""
        responses = await self._only.emit_with_ack(event, *args)
        if not responses:
            raise ConnectionClosed("socket has been disconnected")
        return responses[0]

    def join(self, rooms: Rooms, *more: str) -> Awaitable[None]:
        """Let it join rooms."""
        return self._only.sockets_join(rooms, *more)

    def leave(self, rooms: Rooms, *more: str) -> Awaitable[None]:
        """Let it leave rooms."""
        return self._only.sockets_leave(rooms, *more)

    def disconnect(self, close: bool = False) -> Awaitable[None]:
        """Send it away."""
        return self._only.disconnect_sockets(close)

    def __repr__(self) -> str:
        return f"<adapters.RemoteSocket {self.id} {self.nsp.name}>"


def described(socket: Socket) -> dict[str, Any]:
    """What other processes are told of a socket.  Milliseconds, and names in lower case."""
    shown = socket.handshake
    handshake = {one.name: getattr(shown, one.name) for one in dataclasses.fields(shown)}
    handshake["headers"] = shown.headers.by_name()
    handshake["issued"] = round(shown.issued * 1000)
    return {"id": socket.id, "handshake": handshake, "rooms": socket.rooms, "data": socket.data}


def remote(nsp: Namespace, found: dict[str, Any]) -> RemoteSocket:
    """The socket that another process has described.  KeyError, TypeError: that was none."""
    given = found["handshake"]
    names = {one.name for one in dataclasses.fields(Handshake)}
    said = {name: value for name, value in given.items() if name in names}
    said["headers"] = Headers(list(said["headers"].items()))
    said["issued"] = said["issued"] / 1000
    return RemoteSocket(nsp, found["id"], Handshake(**said), list(found["rooms"]), found["data"])
