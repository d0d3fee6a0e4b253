"""A server's socket: one client in one namespace.                               Socket.IO rev. 5

    @io.on("connection")
    def connected(socket):                   socket.id  .data  .handshake  .connected
        socket.emit("hello", "world")
        socket.on("say", said)
        socket.on("disconnect", left)        reason, description

    reason                        who ended it
    client namespace disconnect   the client: `socket.disconnect()`
    server namespace disconnect   we: `socket.disconnect()`
    server shutting down          we: `io.close()`
    forced close                  the client sent what is no packet, or none that was allowed
    forced server close           the same, on polling, while no GET waits
    ping timeout, transport close, transport error, parse error     see engineio.session

Lesson 09.  Builds on: `endpoint`, `handshake`.  Used by: `connection`, `namespace`.
New here: a socket has an id of its own in each namespace; that of the session stays secret.
Left out: rooms.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from ..engineio import Session
from ..engineio.server import new_sid
from ..errors import ConnectionClosed
from ..wire.http.http11 import Request
from ..wire.socketio.packet import Packet, Type
from .acks import Ids
from .backlog import CLOSE, DROP_OLDEST
from .endpoint import Endpoint, Flags, Limits
from .handshake import Handshake, handshake
from .turns import Turns

if TYPE_CHECKING:
    from .connection import Connection
    from .namespace import Namespace
    from .server import Server

SERVER_SHUTTING_DOWN = "server shutting down"
EVENT = Type.EVENT


class Socket(Endpoint):
    """One client in one namespace."""

    __slots__ = ("_auth", "_data", "_handshake", "client", "connected", "id", "namespace")

    def __init__(self, namespace: Namespace, client: Connection, auth: dict[str, Any]) -> None:
        super().__init__()
        self.id = new_sid()
        self.namespace = namespace
        self.client = client  # the connection, which may carry other namespaces as well
        self.connected = False
        self._auth = auth
        self._data: dict[str, Any] | None = None
        self._handshake: Handshake | None = None

    @property
    def namespace_name(self) -> str:  # type: ignore[override]
        return self.namespace.name

    @property
    def data(self) -> dict[str, Any]:
        """Whatever the application wants to remember of this client."""
        if self._data is None:
            self._data = {}
        return self._data

    @data.setter
    def data(self, data: dict[str, Any]) -> None:
        self._data = data

    @property
    def handshake(self) -> Handshake:
        """What the client said when it came."""
        if self._handshake is None:
            client = self.client
            self._handshake = handshake(
                client.session.request, client.issued, self._auth, secure=client.secure
            )
        return self._handshake

    @property
    def disconnected(self) -> bool:
        return not self.connected

    @property
    def server(self) -> Server:
        return self.namespace.server

    @property
    def conn(self) -> Session:
        """The Engine.IO session."""
        return self.client.session

    @property
    def request(self) -> Request:
        """The first request of the connection."""
        return self.client.session.request

    @property
    def runner(self):  # type: ignore[no-untyped-def, override]
        return self.namespace.server.runner

    @property
    def _ids(self) -> Ids:
        return self.namespace.ids

    @property
    def _limits(self) -> Limits:
        return self.namespace.server.options

    # Out.

    def _write(self, data: list[Any], id: int | None, flags: Flags) -> None:
        client = self.client
        messages = client.parser.encode(Packet(EVENT, data, self.namespace.name, id))
        if not self.connected and self.id not in self.namespace.joining:
            if id is not None:
                raise ConnectionClosed("socket has been disconnected")
            return
        if self._any_outgoing:
            self._tell_outgoing(data)
        client.write_event(messages, flags, self, data)

    def _write_answer(self, packet: Packet) -> None:
        self.client.write(self.client.parser.encode(packet))

    @property
    def buffered(self) -> int:
        """Bytes that were sent to this client, and that it has not taken yet."""
        return self.client.buffered

    async def drain(self) -> None:
        """Wait until the client has taken enough.  ConnectionClosed at the end."""
        await self.client.session.drain()

    def disconnect(self, close: bool = False) -> None:
        """Leave the namespace; with `close`, end the connection and all of its namespaces."""
        if not self.connected:
            return
        if close:
            self.client.disconnect()
        else:
            with contextlib.suppress(ConnectionClosed):
                self._write_answer(Packet(Type.DISCONNECT, None, self.namespace.name))
            self.ended("server namespace disconnect")

    def _overflowed(self, turns: Turns, data: list[Any], id: int | None, size: int) -> None:
        policy = self.client.policy(self, data)
        if policy == CLOSE:
            self.client.broken(ConnectionClosed("events come faster than their listeners end"))
        elif policy == DROP_OLDEST:
            turns.replace_oldest(data, id, size)

    # In: the connection calls these.

    def failed(self, error: Exception) -> None:
        """The client sent what is no packet."""
        self._emit_local("error", error)

    def ended(self, reason: str, description: object = "") -> None:
        """This socket is over.  A second call changes nothing."""
        if not self.connected:
            return
        self._emit_local("disconnecting", reason, description)
        self.namespace.leave(self)
        self.client.leave(self)
        self.connected = False
        if self._acks is not None:
            self._acks.close()
        self._emit_local("disconnect", reason, description)
        self._named = {}  # a listener may hold the socket: break the circle
        self._any = self._any_outgoing = self._middleware = ()

    def __repr__(self) -> str:
        state = "connected" if self.connected else "disconnected"
        return f"<socketio.Socket {self.id} {self.namespace.name} {state}>"
