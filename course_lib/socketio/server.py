"""A Socket.IO server.                                                           Socket.IO rev. 5

    io = Server(cors_allowed_origins=["http://localhost:8888"])

    @io.on("connection")
    def connected(socket):
        @socket.on("say")
        def say(text):
            return text.upper()              answers emit_with_ack("say", ...)

    async with io.listen("127.0.0.1", 0) as address: ...     or: io.serve("127.0.0.1", 3000)

Lesson 09.  Builds on: `namespace`, `connection`, `options`, engineio.Server.  Used by: users.
New here: what is said of the server is said of its main namespace, "/".
Left out: several processes.
"""

from __future__ import annotations

import asyncio
import dataclasses
import ssl as ssl_module
from collections.abc import Awaitable, Callable
from typing import Any, Unpack, overload

from ..engineio import Server as EngineServer
from ..engineio import Session, eventually
from ..engineio import options as engineio_options
from ..engineio.handlers import Report
from ..errors import LocalError
from ..wire.http.http11 import Request
from . import client_files, options
from .adapter import Adapter
from .broadcast import BroadcastOperator, Rooms
from .client_files import ClientFiles
from .connection import Connection
from .handlers import SomeHandlers
from .listeners import Listener, Some
from .namespace import Middleware, Namespace
from .options import AnyParser, Options
from .parent_namespace import Accepts, ParentNamespace

PATH = "/socket.io/"
ENGINE = [one.name for one in dataclasses.fields(engineio_options.Options)]


class Server:
    """Namespaces and their sockets.  Keyword arguments: `options.Options`, and
    `engineio.options.Options`."""

    def __init__(self, **given: Unpack[options.Given]) -> None:
        engineio_options.check((Options, engineio_options.Options), given)
        own: Any = {name: value for name, value in given.items() if name not in ENGINE}
        below: Any = {name: value for name, value in given.items() if name in ENGINE}
        self.options = Options(**own)
        self.parser: AnyParser = self.options.parser
        self.engine = EngineServer(**({"path": PATH} | below))
        self.runner = self.engine.runner
        if self.options.on_error is not None:
            self.runner.reports.append(self.options.on_error)
        self.namespaces: dict[str, Namespace] = {}
        self.parents: list[ParentNamespace] = []
        self._closing: dict[asyncio.Future[Any], None] = {}  # adapters of namespaces that are gone
        self.sockets = self.of("/")  # the main namespace
        # Connections without a namespace, and those that have announced attachments.
        self.joins = self.engine.delay(self.options.connect_timeout, _never_joined)
        self.partials = self.engine.delay(self.options.attachments_timeout, _never_came)
        self.engine.on("connection", self._connected)
        self.engine.opened.append(self._open)
        self.engine.closed.append(self._close)
        serve_client = self.options.serve_client
        if serve_client is not False:
            files = ClientFiles(None if serve_client is True else serve_client)
            top = self.engine.options.path.rstrip("/")
            self.engine.routes |= {f"{top}/{name}": files.answer for name in client_files.NAMES}

    # The main namespace.

    @overload
    def of(self, name: str) -> Namespace: ...
    @overload
    def of(self, name: Accepts) -> ParentNamespace: ...
    def of(self, name: str | Accepts) -> Namespace | ParentNamespace:
        """The namespace of this name, which is made when it is asked for first.

        With a pattern, or a function `accepts(name, auth)`: the parent of all namespaces that
        clients ask for by a name that it accepts.
        """
        if not isinstance(name, str):
            parent = ParentNamespace(self, f"/_{len(self.parents)}", name)
            self.parents.append(parent)
            return parent
        name = name if name.startswith("/") else f"/{name}"
        namespace = self.namespaces.get(name)
        if namespace is None:
            parents = [parent for parent in self.parents if parent.matches(name)]
            namespace = self._make(name, parents[0] if parents else None)
        return namespace

    def _make(self, name: str, parent: ParentNamespace | None) -> Namespace:
        namespace = self.namespaces[name] = Namespace(self, name)
        if parent is not None:
            parent.adopt(namespace)
        if name != "/":
            for listener in self.sockets.named("new_namespace"):
                self.runner.run(listener, (namespace,), None, ("listener", "new_namespace", None))
        return namespace

    def adapter(self, adapter: Callable[[Any], Adapter] | None = None) -> Callable[[Any], Adapter]:
        """What makes the adapter of each namespace.  With an argument: use this one from now on.

        Namespaces that nobody has joined get a new adapter, with the listeners of the old one.
        LocalError if somebody has.
        """
        if adapter is not None:
            for namespace in self.namespaces.values():
                if namespace.sockets or namespace.joining:
                    raise LocalError(f"choose an adapter before anybody joins {namespace.name}")
            self.options.adapter = adapter
            for namespace in self.namespaces.values():
                namespace.change_adapter()
        return self.options.adapter

    def remove_namespace(self, name: str) -> None:
        """Send its sockets away and forget it.  Whoever asks for it is refused."""
        name = name if name.startswith("/") else f"/{name}"
        namespace = self.namespaces.get(name)
        if namespace is self.sockets:
            raise LocalError("the main namespace cannot be removed")
        if namespace is not None:
            for socket in list(namespace.sockets.values()):
                socket.disconnect()
            self._forget(namespace)

    def emptied(self, namespace: Namespace) -> None:
        """The last socket of a namespace has left."""
        is_child = any(namespace.name in parent.children for parent in self.parents)
        if self.options.cleanup_empty_child_namespaces and is_child and not namespace.joining:
            self._forget(namespace)

    def _forget(self, namespace: Namespace) -> None:
        self.namespaces.pop(namespace.name, None)
        for parent in self.parents:
            parent.children.pop(namespace.name, None)
        closing = namespace.adapter.close()
        if isinstance(closing, asyncio.Future):
            self._closing[closing] = None
            closing.add_done_callback(self._closing.pop)

    @overload
    def on(self, event: str) -> Callable[[Some], Some]: ...
    @overload
    def on(self, event: str, listener: Some) -> Some: ...
    def on(self, event: str, listener: Listener | None = None) -> Any:
        """Call `listener(socket)` at each "connection" to the main namespace.  Also a decorator."""
        return self.sockets.on(event) if listener is None else self.sockets.on(event, listener)

    @overload
    def once(self, event: str) -> Callable[[Some], Some]: ...
    @overload
    def once(self, event: str, listener: Some) -> Some: ...
    def once(self, event: str, listener: Listener | None = None) -> Any:
        """The same, the next time only."""
        return self.sockets.once(event) if listener is None else self.sockets.once(event, listener)

    def off(self, event: str, listener: Listener | None = None) -> None:
        """Call this listener no more."""
        self.sockets.off(event, listener)

    def use(self, middleware: Middleware) -> Middleware:
        """Run `middleware(socket)` before somebody joins the main namespace."""
        return self.sockets.use(middleware)

    def register(self, handlers: SomeHandlers) -> SomeHandlers:
        """Let the methods of an object be the listeners of the main namespace; see `handlers`.

        LocalError for a method that could never be called.
        """
        self.sockets.register(handlers)
        return handlers

    def emit(self, event: str, *args: Any, callback: Listener | None = None) -> None:
        """Send an event to all sockets of the main namespace."""
        self.sockets.emit(event, *args, callback=callback)

    def send(self, *args: Any) -> None:
        """Send the event "message" to all sockets of the main namespace."""
        self.sockets.send(*args)

    def to(self, rooms: Rooms, *more: str) -> BroadcastOperator:
        """`io.to("news").emit(...)`: the members of a room, or of several, each once."""
        return self.sockets.to(rooms, *more)

    in_ = to

    def except_(self, rooms: Rooms, *more: str) -> BroadcastOperator:
        """`io.except_("muted").emit(...)`: all but the members of these rooms."""
        return self.sockets.except_(rooms, *more)

    @property
    def volatile(self) -> BroadcastOperator:
        """`io.volatile.emit(...)`: dropped where it would have to wait."""
        return self.sockets.volatile

    @property
    def local(self) -> BroadcastOperator:
        """`io.local.emit(...)`: the sockets of this process only."""
        return self.sockets.local

    def compress(self, compress: bool) -> BroadcastOperator:
        """`io.compress(False).emit(...)`."""
        return self.sockets.compress(compress)

    def timeout(self, seconds: float) -> BroadcastOperator:
        """`await io.timeout(5).emit_with_ack(...)`: a response of each."""
        return self.sockets.timeout(seconds)

    def fetch_sockets(self) -> Awaitable[list[Any]]:
        """All sockets of the main namespace, in all processes."""
        return self.sockets.fetch_sockets()

    def sockets_join(self, rooms: Rooms, *more: str) -> Awaitable[None]:
        """Let all sockets of the main namespace join rooms."""
        return self.sockets.sockets_join(rooms, *more)

    def sockets_leave(self, rooms: Rooms, *more: str) -> Awaitable[None]:
        """Let all sockets of the main namespace leave rooms."""
        return self.sockets.sockets_leave(rooms, *more)

    def disconnect_sockets(self, close: bool = False) -> Awaitable[None]:
        """Send all sockets of the main namespace away."""
        return self.sockets.disconnect_sockets(close)

    def server_side_emit(self, event: str, *args: Any) -> None:
        """Send an event to the listeners of `io.on(event)` in the other processes."""
        self.sockets.server_side_emit(event, *args)

    def server_side_emit_with_ack(self, event: str, *args: Any) -> Awaitable[list[Any]]:
        """The same; the answers of the others."""
        return self.sockets.server_side_emit_with_ack(event, *args)

    def on_error(self, report: Report) -> Report:
        """Call `report(error, context)` for what a listener, a middleware or a callback raises.

        `context` says `what` failed, at which `event`, of which `socket`.  Without a report it is
        logged.
        """
        self.runner.reports.append(report)
        return report

    # Connections.

    def find(self, name: str, auth: dict[str, Any]) -> eventually.Steps[Namespace | None]:
        """The namespace that a client asks for, if there is one or a parent makes it."""
        for parent in self.parents:
            if name in self.namespaces:
                break
            try:
                accepted = yield parent.accepts(name, auth)
            except Exception as error:
                self.runner.report(error, ("namespace", name, None))
                continue
            if accepted and name not in self.namespaces:
                self._make(name, parent)
        return self.namespaces.get(name)

    def _open(self) -> None:
        for namespace in self.namespaces.values():
            namespace.adapter.open()

    async def _close(self) -> None:
        adapters = [namespace.adapter for namespace in self.namespaces.values()]
        for closing in [*self._closing, *(adapter.close() for adapter in adapters)]:
            await closing

    def _connected(self, session: Session) -> None:
        connection = Connection(self, session)
        self.joins.begin(connection, self.engine.loop.time())
        self.engine.watch()

    # Serving.

    def listen(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        ssl: ssl_module.SSLContext | None = None,
        other: Callable[[Request], Any] | None = None,
    ) -> Any:
        """Serve on a port of its own; await the result or enter it.  `url` and `port` are its own.

        `other(request)` answers what is not under `path`: an HTTP application on the same port.
        Closing it ends the connections as `close` does.
        """
        return self.engine.listen(host, port, ssl=ssl, other=other)

    def serve(
        self,
        host: str = "127.0.0.1",
        port: int = 3000,
        *,
        ssl: ssl_module.SSLContext | None = None,
        other: Callable[[Request], Any] | None = None,
        grace: float = 5.0,
        uvloop: bool | None = None,
    ) -> None:
        """The same as a program: serve until Ctrl-C or SIGTERM; see `serving.serve`."""
        from . import serving  # a server in a notebook needs no signals

        serving.serve(self, host, port, ssl=ssl, other=other, grace=grace, uvloop=uvloop)

    async def close(self, grace: float = 5.0) -> None:
        """End all connections, and cancel the listeners that still run.  Twice is no error."""
        await self.engine.close(grace)

    def __repr__(self) -> str:
        clients = self.engine.clients_count
        return f"<socketio.Server {len(self.namespaces)} namespaces {clients} clients>"


def _never_joined(connection: Connection) -> None:
    connection.close()


def _never_came(connection: Connection) -> None:
    connection.broken(TimeoutError("attachments were announced, and never came"))
