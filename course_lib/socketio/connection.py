"""A client's connection: one Engine.IO session, and its sockets in several namespaces.

    session ── messages ──> decoder ── packets ──> 0 join a namespace     1 leave it
                                                   2 an event, 3 an answer: to the socket
    anything else: the listeners of "error" hear it, and the connection is closed

Lesson 09.  Builds on: `namespace`, `backlog`, engineio.  Used by: `server`.
New here: one connection carries several namespaces; whoever has joined none after
`connect_timeout` is sent away.
Left out: what a namespace asks before it lets somebody in; see `namespace`.
"""

from __future__ import annotations

import functools
import logging
import time
from typing import TYPE_CHECKING, Any

from ..engineio import Session, eventually
from ..engineio.handlers import PENDING
from ..engineio.prepared import Prepared
from ..errors import ConnectionClosed, LocalError, RemoteError
from ..wire.socketio.packet import Packet, Type
from .backlog import CLOSE, DROP_OLDEST, POLICIES, Backlog, Messages, size_of
from .endpoint import Flags
from .namespace import Namespace
from .options import AnyDecoder, AnyParser
from .sockets import SERVER_SHUTTING_DOWN, Socket

if TYPE_CHECKING:
    from .server import Server

EVENT, ACK, CONNECT, DISCONNECT = Type.EVENT, Type.ACK, Type.CONNECT, Type.DISCONNECT

_logger = logging.getLogger("course_lib.socketio")


class Connection:
    """One client."""

    __slots__ = (
        "_backlog", "_decoder", "_partial_size", "issued", "joining", "parser", "server", "session",
        "sockets",
    )  # fmt: skip

    def __init__(self, server: Server, session: Session) -> None:
        self.server = server
        self.session = session
        self.issued = time.time()
        self.parser: AnyParser = server.parser
        self.sockets: dict[str, Socket] = {}  # by the name of their namespace
        self.joining: dict[str, Socket | None] = {}  # while a middleware waits
        self._decoder: AnyDecoder = server.parser.decoder()
        self._partial_size = 0
        self._backlog: Backlog | None = None
        session.receiver = self._message
        session.on("close", self._closed)

    @property
    def secure(self) -> bool:
        return self.session.secure

    @property
    def over(self) -> bool:
        return self.session.over

    @property
    def buffered(self) -> int:
        """Bytes that the client has not taken yet, also those in the backlog."""
        return self.session.buffered + (self._backlog.size if self._backlog else 0)

    # Out.

    def write(self, messages: Messages) -> None:
        """Send the messages of one packet, which nothing separates; nothing, after the end."""
        backlog = self._backlog
        if not backlog:
            self._put(messages)
        elif backlog.overfull:
            self._too_slow()
        else:
            backlog.put(messages, droppable=False)

    def _put(self, messages: Messages, compress: bool = True) -> None:
        session = self.session
        try:  # `suppress` would cost 0.7 µs
            for message in messages:
                text = f"4{message}" if isinstance(message, str) else message
                session.put(text, compress)
        except ConnectionClosed:
            return  # "close" tells it
        except Exception as error:
            session.end("transport error", error)

    def write_prepared(self, messages: list[Prepared]) -> None:
        """Send the messages of an event that was prepared for many."""
        session = self.session
        try:
            for message in messages:
                session.put_prepared(message)
        except ConnectionClosed:
            return  # "close" tells it
        except Exception as error:  # of this one's transport: the others get the event
            session.end("transport error", error)

    def write_event(
        self, messages: Messages, flags: Flags, socket: Socket, data: list[Any]
    ) -> None:
        """Send an event; or, if the client reads too slowly, do what `overflow` says."""
        if flags.volatile and (self._backlog or not self.session.writable):
            return
        if self.server.options.overflow == CLOSE:
            self._put(messages, flags.compress)
            return
        backlog = self._make_backlog()
        if not backlog and not self.session.congested:
            self._put(messages, flags.compress)
            return
        size = size_of(messages)
        if not backlog.has_room(size):
            policy = self.policy(socket, data)
            if policy == CLOSE:
                self._too_slow()
            if policy != DROP_OLDEST or not backlog.make_room(size):
                return
        backlog.put(messages, droppable=True, compress=flags.compress)

    def _too_slow(self) -> None:
        self.session.end("transport error", "the client reads too slowly")

    def _make_backlog(self) -> Backlog:
        if self._backlog is None:
            # Half of what may wait for a client waits here, where it can still be dropped.
            self._backlog = Backlog(self.server.engine.options.max_unsent // 2)
            self.session.on("drain", self._drained)
        return self._backlog

    def _drained(self) -> None:
        backlog = self._backlog
        while backlog and not self.session.congested and not self.over:
            self._put(*backlog.take())

    def policy(self, socket: Socket, data: list[Any]) -> str:
        """What to do with an event for which there is no room."""
        overflow = self.server.options.overflow
        if not callable(overflow):
            return overflow
        try:
            policy = overflow(socket, data)
            if policy not in POLICIES:
                raise LocalError(f"overflow gave {policy!r}: {', '.join(POLICIES)}")
        except Exception as error:
            self.server.runner.report(error, ("overflow", data[0], socket))
            return CLOSE
        return policy

    def disconnect(self) -> None:
        """Leave all namespaces, and end the connection."""
        for socket in list(self.sockets.values()):
            socket.disconnect()
        self.close()

    def close(self) -> None:
        """End the session, after what was sent."""
        self.session.close()
        if self.session.state != "closed":  # on polling, until a GET takes the rest
            self._closed("forced server close")

    def broken(self, error: Exception) -> None:
        """The client sent what no client may send."""
        _logger.info("closing %s: %s", self.session.id, error)
        for socket in list(self.sockets.values()):
            socket.failed(error)
        self.close()

    # In.

    def _message(self, message: str | bytes) -> None:
        try:
            packet = self._decoder.add(message)
        except Exception as error:  # a parser may be the application's own
            self.broken(error)
            return
        if packet is None:
            self._incomplete(message)
            return
        size = len(message)
        if self._partial_size:
            size += self._partial_size
            self._partial_size = 0
            self.server.partials.end(self)
        self._packet(packet, size)

    def _packet(self, packet: Packet, size: int) -> None:
        socket = self.sockets.get(packet.namespace)
        kind = packet.type
        if kind is EVENT and socket is not None:
            socket._event(packet.data, packet.id, size)
        elif kind is ACK and socket is not None:
            socket._acknowledged(packet.id, packet.data)
        elif kind is DISCONNECT and socket is not None:
            socket.ended("client namespace disconnect")
        elif kind is CONNECT and socket is None and packet.namespace not in self.joining:
            self._join(packet)
        else:
            where = "" if socket is not None else f", which is not connected to {packet.namespace}"
            self.broken(RemoteError(f"a {kind.name} from a client{where}", 400))

    def _incomplete(self, message: str | bytes) -> None:
        """Attachments are due."""
        partial = self._decoder.partial
        if partial is not None and partial.namespace not in self.sockets:
            self.broken(RemoteError(f"not connected to {partial.namespace}", 400))
        elif not self._partial_size:
            self.server.partials.begin(self, self.server.engine.loop.time())
            self.server.engine.watch()
        self._partial_size += len(message)

    def _join(self, packet: Packet) -> None:
        name, auth = packet.namespace, packet.data or {}
        if len(self.sockets) + len(self.joining) >= self.server.options.max_namespaces:
            self.refuse(name, {"message": "Too many namespaces"})
            return
        self.joining[name] = None  # a second CONNECT meanwhile is a mistake
        found = functools.partial(self._found, name, auth)
        steps = self.server.find(name, auth)
        what = ("namespace", name, None)
        namespace = self.server.runner.run(eventually.finish, (steps,), found, what)
        if namespace is not PENDING:
            found(namespace)

    def _found(self, name: str, auth: dict[str, Any], namespace: Any) -> None:
        self.joining.pop(name, None)
        if self.over:
            return
        if isinstance(namespace, Namespace):
            namespace.connect(self, auth)
        else:
            self.refuse(name, {"message": "Invalid namespace"})

    def refuse(self, namespace: str, data: dict[str, Any]) -> None:
        """Tell the client that it may not join."""
        self.write(self.parser.encode(Packet(Type.CONNECT_ERROR, data, namespace)))

    def joined(self, socket: Socket) -> None:
        """The client has a socket more."""
        self.sockets[socket.nsp.name] = socket
        self.server.joins.end(self)

    def leave(self, socket: Socket) -> None:
        """The client has a socket less."""
        if self.sockets.get(socket.nsp.name) is socket:
            del self.sockets[socket.nsp.name]

    def _closed(self, reason: str, description: object = "") -> None:
        server = self.server
        server.joins.end(self)
        server.partials.end(self)
        self.session.receiver = None
        if reason == "forced close" and server.engine.is_closing:
            reason = SERVER_SHUTTING_DOWN
        for socket in self.joining.values():
            if socket is not None:
                socket.let_go()
        for socket in list(self.sockets.values()):
            socket.ended(reason, description)
