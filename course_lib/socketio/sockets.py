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
Left out: who is in which room; see `adapter`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..engineio import Session
from ..engineio.prepared import Prepared
from ..engineio.server import new_sid
from ..errors import ConnectionClosed, LocalError
from ..wire.http.http11 import Request
from ..wire.socketio.packet import Packet, Type
from . import acks
from .acks import Ids, Settle
from .adapter import Target
from .backlog import CLOSE, DROP_OLDEST
from .broadcast import BroadcastOperator, Rooms, names
from .endpoint import Endpoint, Flags
from .handshake import Handshake, handshake
from .repeats import Heard, taken
from .turns import Turns

if TYPE_CHECKING:
    from .connection import Connection
    from .namespace import Namespace
    from .options import EndpointOptions
    from .server import Server

SERVER_SHUTTING_DOWN = "server shutting down"
EVENT = Type.EVENT


class Socket(Endpoint):
    """One client in one namespace."""

    __slots__ = (
        "_auth", "_data", "_ending", "_handshake", "_heard", "_key", "_remembers", "client",
        "connected", "id", "nsp",
    )  # fmt: skip

    id: str

    def __init__(self, namespace: Namespace, client: Connection, auth: dict[str, Any]) -> None:
        super().__init__()
        self.id = new_sid()  # pyright: ignore[reportIncompatibleVariableOverride]
        self.nsp = namespace
        self.client = client  # the connection, which may carry other namespaces as well
        self.connected = self._ending = False
        self._auth = auth
        self._remembers = namespace.repeats is not None
        self._key: str | None = None  # of the client's retries
        self._heard: dict[int, Heard] = {}  # events that it may repeat, by their ids
        self._data: dict[str, Any] | None = None
        self._handshake: Handshake | None = None

    @property
    def namespace_name(self) -> str:  # type: ignore[override]
        return self.nsp.name

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
        return self.nsp.server

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
        return self.nsp.server.runner

    @property
    def _ids(self) -> Ids:
        return self.nsp.ids

    @property
    def _options(self) -> EndpointOptions:
        return self.nsp.server.options

    # Rooms.

    @property
    def rooms(self) -> list[str]:
        """The rooms that it is in; the first is its own id.  None after the end."""
        return self.nsp.adapter.socket_rooms(self.id)

    def join(self, rooms: Rooms, *more: str) -> None:
        """Join a room, or several.  Nothing happens after the end."""
        if self.connected or self.id in self.nsp.joining:
            self.nsp.adapter.add_all(self.id, names(rooms, *more))

    def leave(self, room: str) -> None:
        """Leave a room."""
        self.nsp.adapter.delete(self.id, room)

    def to(self, rooms: Rooms, *more: str) -> BroadcastOperator:
        """`socket.to("news").emit(...)`: the members of a room, without this socket."""
        return self.broadcast.to(rooms, *more)

    in_ = to

    def except_(self, rooms: Rooms, *more: str) -> BroadcastOperator:
        """`socket.except_("muted").emit(...)`: all but these, and without this socket."""
        return self.broadcast.except_(rooms, *more)

    @property
    def broadcast(self) -> BroadcastOperator:
        """`socket.broadcast.emit(...)`: all but this socket."""
        return BroadcastOperator(self.nsp, Target(but=(self.id,)))

    @property
    def local(self) -> BroadcastOperator:
        """`socket.local.emit(...)`: all of this process, but this socket."""
        return self.broadcast.local

    # Out.

    def write_prepared(
        self, messages: list[Prepared], encoded: list[str | bytes], data: list[Any], flags: Flags
    ) -> None:
        """Send an event that was encoded for many; nothing, after the end."""
        if not self.connected:
            return
        if self._any_outgoing:
            self._tell_outgoing(data)
        plain = flags.compress and not flags.volatile
        if plain and self.server.options.overflow == CLOSE:
            self.client.write_prepared(messages)
        else:
            self.client.write_event(encoded, flags, self, data)

    def expect(self, id: int, settle: Settle, timeout: float | None) -> None:
        """Wait for an answer to an event that was sent to many.

        Where too many wait already, it fails at once, and the others are asked all the same.
        """
        acks = self._make_acks()
        try:
            acks.check_room()
        except LocalError as error:
            settle(error, [])
        else:
            acks.add(id, settle, timeout)

    def _write(self, data: list[Any], id: int | None, flags: Flags) -> None:
        client = self.client
        messages = client.parser.encode(Packet(EVENT, data, self.nsp.name, id))
        if not self.connected and (client.over or self.id not in self.nsp.joining):
            if id is not None:
                raise ConnectionClosed("socket has been disconnected")
            return
        if self._any_outgoing:
            self._tell_outgoing(data)
        client.write_event(messages, flags, self, data)

    def _write_packet(self, packet: Packet) -> None:
        self.client.write(self.client.parser.encode(packet))

    @property
    def buffered(self) -> int:
        """Bytes that were sent to this client, and that it has not taken yet."""
        return self.client.buffered

    async def drain(self) -> None:
        """Wait until the client has taken enough.  ConnectionClosed at the end."""
        await self.client.session.drain()

    def disconnect(self, close: bool = False) -> None:
        """Leave the namespace; with `close`, end the connection and all of its namespaces.

        Twice is no error.  In a middleware it is: nobody has joined yet; raise ConnectRefused.
        """
        if self.id in self.nsp.joining:
            raise LocalError("who has not joined cannot be disconnected: raise ConnectRefused")
        if self.connected and close:
            self.client.disconnect()
        elif self.connected and not self._ending:
            self._write_packet(Packet(Type.DISCONNECT, None, self.nsp.name))
            self.ended("server namespace disconnect")

    def _overflowed(self, turns: Turns, data: list[Any], id: int | None, size: int) -> None:
        policy = self.client.policy(self, data)
        if policy == CLOSE:
            self.client.broken(ConnectionClosed("events come faster than their listeners end"))
        elif policy == DROP_OLDEST:
            turns.replace_oldest(data, id, size)

    # In: the connection calls these.

    def _begin(self, data: list[Any], id: int | None) -> None:
        repeats = self.nsp.repeats
        if repeats is not None and id is not None and id not in self._heard:
            mark = taken(data, self._key)
            if mark is not None:
                self._key = mark[0]
                heard = repeats.first(mark, data, self, id)
                if heard is None:
                    return
                self._heard[id] = heard
        super()._begin(data, id)

    def _answer(self, id: int, value: Any) -> None:
        heard, repeats = self._heard.pop(id, None), self.nsp.repeats
        if heard is None or repeats is None:
            super()._answer(id, value)
            return
        try:
            answer = Packet(Type.ACK, acks.values(value), self.nsp.name, id)
            size = sum(map(len, self.client.parser.encode(answer)))
        except Exception as error:  # also one of the application's own `default`
            self.runner.report(error, ("answer", id, self))
            repeats.failed(heard)
        else:
            repeats.answered(heard, value, size)

    def _unanswered(self, id: int | None) -> None:
        heard = self._heard.pop(id, None) if id is not None else None
        if heard is not None and self.nsp.repeats is not None:
            self.nsp.repeats.failed(heard)

    def failed(self, error: Exception) -> None:
        """The client sent what is no packet."""
        self._emit_local("error", error)

    def ended(self, reason: str, description: object = "") -> None:
        """This socket is over.  A second call changes nothing."""
        if not self.connected or self._ending:
            return
        self._ending = True
        self._emit_local("disconnecting", reason, description)
        self.nsp.leave(self)
        self.client.leave(self)
        self.connected = False
        self.let_go()
        self._emit_local("disconnect", reason, description)
        self.remove_all_listeners()  # one may hold the socket: break the circle
        self._any = self._any_outgoing = self._middleware = ()

    def let_go(self) -> None:
        """Nobody will answer; and what came and waits is not handled any more."""
        if self._acks is not None:
            self._acks.close()
        if self._turns is not None:
            self._turns.clear()

    def __repr__(self) -> str:
        state = "connected" if self.connected else "disconnected"
        return f"<socketio.Socket {self.id} {self.nsp.name} {state}>"
