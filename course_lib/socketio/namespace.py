"""A namespace: sockets that belong together, and what is asked before somebody joins.

    0/admin,{"token":"..."}  ──>  use(...), one after the other  ──>  0/admin,{"sid":"..."}
                                  one raises                      ──>  4/admin,{"message":"..."}
    then its listeners of "connect" and "connection" are called, with the socket

Lesson 09 (more of it: lesson 12).  Builds on: `sockets`, `listeners`.  Used by: `server`.
New here: what a middleware raises is told to the client; that is how it is refused.
Left out: namespaces that are made when somebody asks for them.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from ..engineio import eventually
from ..engineio.handlers import FAILED, PENDING
from ..errors import LocalError
from ..wire.socketio.packet import Packet, Type
from .acks import Ids
from .adapter import Adapter, Target
from .broadcast import BroadcastOperator, Rooms
from .handlers import SomeHandlers, listener_of
from .listeners import Listener, Listeners
from .repeats import Repeats
from .sockets import Socket

if TYPE_CHECKING:
    from .connection import Connection
    from .server import Server

NAMES = ("connect", "connection", "new_namespace")  # the events of a namespace itself
Middleware = Callable[[Socket], Any]


class ConnectRefused(Exception):
    """Raise it in a middleware.  The client's "connect_error" hears the message, and `data`."""

    def __init__(self, message: str, data: Any = None) -> None:
        super().__init__(message)
        self.data = data


class Namespace(Listeners):
    """The sockets of one name.  Events: connect(socket) and connection(socket)."""

    __slots__ = (
        "_middleware", "adapter", "ids", "joining", "name", "repeats", "server", "sockets",
    )  # fmt: skip

    def __init__(self, server: Server, name: str) -> None:
        super().__init__()
        if "," in name:
            raise LocalError(f"{name!r}: a comma ends the name of a namespace on the wire")
        self.server = server
        self.name = name
        self.sockets: dict[str, Socket] = {}  # by id
        self.joining: dict[str, Socket] = {}  # while a middleware waits
        self.ids = Ids()
        self.repeats = Repeats() if server.options.deduplicate else None
        self.adapter = self._make_adapter()
        self._middleware: tuple[Middleware, ...] = ()

    def _make_adapter(self) -> Adapter:
        adapter = self.server.options.adapter(self)
        if not isinstance(adapter, Adapter):
            raise LocalError(f"adapter= gave {adapter!r}: it gives an Adapter for a namespace")
        with contextlib.suppress(RuntimeError):  # no loop runs: the server's first listen opens it
            asyncio.get_running_loop()
            adapter.open()
        return adapter

    def change_adapter(self) -> None:
        """Make a new adapter, as the server's options say now.  Nobody may be here."""
        before, self.adapter = self.adapter, self._make_adapter()
        self.adapter.take_listeners(before)
        before.close()

    def use(self, middleware: Middleware) -> Middleware:
        """Run `middleware(socket)` before somebody joins; `def` or `async def`.

        What it raises is told to the client, which does not join: `ConnectRefused(message, data)`.
        It applies to those who come later.
        """
        self._middleware = (*self._middleware, middleware)
        return middleware

    def register(self, handlers: SomeHandlers) -> SomeHandlers:
        """Let the methods of an object be the listeners of each socket that comes; see `handlers`.

        LocalError for a method that could never be called.
        """
        self.on("connection", listener_of(handlers))
        return handlers

    @property
    def everybody(self) -> BroadcastOperator:
        """All sockets of this namespace: what the methods below begin with."""
        return BroadcastOperator(self, Target())

    def emit(self, event: str, *args: Any, callback: Listener | None = None) -> None:
        """Send an event to all sockets of this namespace."""
        self.everybody.emit(event, *args, callback=callback)

    def send(self, *args: Any) -> None:
        """Send the event "message" to all sockets of this namespace."""
        self.everybody.emit("message", *args)

    def to(self, rooms: Rooms, *more: str) -> BroadcastOperator:
        """`to("news").emit(...)`: the members of a room, or of several, each once."""
        return self.everybody.to(rooms, *more)

    in_ = to

    def except_(self, rooms: Rooms, *more: str) -> BroadcastOperator:
        """`except_("muted").emit(...)`: all but the members of these rooms."""
        return self.everybody.except_(rooms, *more)

    @property
    def volatile(self) -> BroadcastOperator:
        """`volatile.emit(...)`: dropped where it would have to wait."""
        return self.everybody.volatile

    @property
    def local(self) -> BroadcastOperator:
        """`local.emit(...)`: the sockets of this process only."""
        return self.everybody.local

    def compress(self, compress: bool) -> BroadcastOperator:
        """`compress(False).emit(...)`."""
        return self.everybody.compress(compress)

    def timeout(self, seconds: float) -> BroadcastOperator:
        """`await timeout(5).emit_with_ack(...)`: a response of each."""
        return self.everybody.timeout(seconds)

    def fetch_sockets(self) -> Awaitable[list[Any]]:
        """All sockets of this namespace, in all processes."""
        return self.everybody.fetch_sockets()

    def sockets_join(self, rooms: Rooms, *more: str) -> Awaitable[None]:
        """Let all sockets join rooms."""
        return self.everybody.sockets_join(rooms, *more)

    def sockets_leave(self, rooms: Rooms, *more: str) -> Awaitable[None]:
        """Let all sockets leave rooms."""
        return self.everybody.sockets_leave(rooms, *more)

    def disconnect_sockets(self, close: bool = False) -> Awaitable[None]:
        """Send all sockets away."""
        return self.everybody.disconnect_sockets(close)

    def server_side_emit(self, event: str, *args: Any) -> None:
        """Send an event to this namespace's listeners in the other processes."""
        self.adapter.server_side_emit(server_event(event, args))

    def server_side_emit_with_ack(self, event: str, *args: Any) -> Awaitable[list[Any]]:
        """The same; the answers of the others.  `NoAnswer` if one has not answered in time."""
        return self.adapter.server_side_emit_with_ack(server_event(event, args))

    # Joining and leaving: the connection calls these.

    def connect(self, client: Connection, auth: dict[str, Any]) -> None:
        """A client asks to join."""
        socket = Socket(self, client, auth)
        if not self._middleware:
            self._welcome(socket)
            return
        self.joining[socket.id] = client.joining[self.name] = socket
        asked = functools.partial(self._asked, socket)
        steps = self._ask(socket, self._middleware)
        what = ("middleware", "connect", socket)
        passed = self.server.runner.run(eventually.finish, (steps,), asked, what)
        if passed is not PENDING:
            asked(passed)

    def _ask(self, socket: Socket, middlewares: tuple[Middleware, ...]) -> eventually.Steps[bool]:
        for middleware in middlewares:
            try:
                yield middleware(socket)
            except Exception as error:
                if not isinstance(error, ConnectRefused):
                    self.server.runner.report(error, ("middleware", "connect", socket))
                said = {"message": str(error)}
                data = getattr(error, "data", None)
                try:
                    socket.client.refuse(self.name, said if data is None else said | {"data": data})
                except Exception as wrong:
                    self.server.runner.report(wrong, ("middleware", "connect", socket))
                    socket.client.refuse(self.name, said)
                return False
            if socket.client.over:
                return False
        return True

    def _asked(self, socket: Socket, passed: Any) -> None:
        self.joining.pop(socket.id, None)
        socket.client.joining.pop(self.name, None)
        removed = self.server.namespaces.get(self.name) is not self
        if passed is True and not socket.client.over and not removed:
            self._welcome(socket)
            return
        if passed is FAILED:  # by what is no Exception; it was reported
            socket.client.refuse(self.name, {"message": "middleware failed"})
        elif passed is True and removed:
            socket.client.refuse(self.name, {"message": "Invalid namespace"})
        self.adapter.delete_all(socket.id)  # rooms that a middleware has let it join
        socket.let_go()
        socket.remove_all_listeners()  # one may hold the socket: break the circle
        if not self.sockets:
            self.server.emptied(self)

    def _welcome(self, socket: Socket) -> None:
        client = socket.client
        self.sockets[socket.id] = socket
        socket.connected = True
        self.adapter.add_all(socket.id, (socket.id,))
        client.joined(socket)
        told = {"sid": socket.id} if self.repeats is None else {"sid": socket.id, "retries": True}
        client.write(client.parser.encode(Packet(Type.CONNECT, told, self.name)))
        for event in ("connect", "connection"):
            for listener in self._named.get(event, ()):
                self.server.runner.run(listener, (socket,), None, ("listener", event, socket))

    def leave(self, socket: Socket) -> None:
        """A socket has ended."""
        self.adapter.delete_all(socket.id)
        self.sockets.pop(socket.id, None)
        if not self.sockets:
            self.server.emptied(self)

    def __repr__(self) -> str:
        return f"<socketio.Namespace {self.name} {len(self.sockets)} sockets>"


def server_event(event: str, args: tuple[Any, ...]) -> list[Any]:
    """An event between servers.  LocalError for a name that is the library's own."""
    if not isinstance(event, str) or event in NAMES:
        raise LocalError(f"{event!r} is no name for an event between servers")
    return [event, *args]
