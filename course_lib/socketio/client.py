"""A client's socket: this program in one namespace of a server.                 Socket.IO rev. 5

    async with Client("http://127.0.0.1:3000", auth={"token": "..."}) as client:
        client.emit("say", "hello")
        print(await client.emit_with_ack("add", 2, 3))
        admin = client.of("/admin")          another namespace on the same connection
        await admin.connect()

    events     connect(), connect_error(error), disconnect(reason, description), and the server's
    reason     io server disconnect   the server has sent us away from the namespace
               io client disconnect   we have left
               parse error            the server sent what is no packet
               ping timeout, transport close, transport error        see engineio.client

Lesson 09 (reconnection: lesson 13).  Builds on: `endpoint`, `joining`, `manager`.
Used by: users.
New here: what is sent before the server has let us in waits in a buffer.  After the connection was
lost the manager opens another one, and we join the namespace again.
Left out: a process-wide table of managers, as `io()` of JavaScript has.
Longer than usual: to join, to wait for it, and to leave change the same few values.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
from collections.abc import Callable
from typing import Any, Self, Unpack
from urllib.parse import urlsplit

from ..engineio.handlers import Runner
from ..errors import ConnectionClosed, LocalError
from ..wire.socketio.packet import Packet, Type
from .acks import Ids, Settle
from .client_options import Auth, Given
from .connect_error import ConnectError
from .endpoint import Endpoint, Flags
from .handlers import SomeHandlers, attach
from .joining import Joining
from .listeners import Listener
from .manager import Manager
from .options import EndpointOptions
from .retries import RETRY, Retries
from .turns import Turns

# What a server may send before it has let us in: events, and their bytes.
MAX_EARLY = 10_000
MAX_EARLY_SIZE = 67_108_864
LEFT = "io client disconnect"


class Client(Endpoint):
    """A socket.  Keyword arguments: `client_options.ClientOptions` and
    `engineio.client_options.ClientOptions`."""

    def __init__(
        self,
        url: str,
        *,
        manager: Manager | None = None,
        auth: Auth = None,
        **given: Unpack[Given],
    ) -> None:
        """The path of `url` is the namespace.  With a `manager`, `url` is the namespace alone.

        `auth`: what the server's middlewares see, or a function that gives it for each attempt.
        """
        super().__init__()
        if manager is not None and given:
            raise LocalError(f"{', '.join(given)}: options of the manager, which is made already")
        self.namespace_name = namespace_of(url, alone=manager is not None)
        self.manager = manager = manager or Manager(url, **given)
        manager.adopt(self)
        self.auth = auth
        self.id: str | None = None  # in this namespace, while connected
        self.connected = False
        self.active = False  # connected, or about to be; also between two connections
        self._persistent = False  # an attempt that fails is followed by others
        self._called_for = False  # `connect` has made it active, and nothing else has
        self.joining = Joining(self)
        limit = manager.options.retries
        ready = lambda: self.connected  # noqa: E731
        self._retries = Retries(limit, ready) if limit else None
        self._deduplicated = False  # the server knows a repeat when it hears one
        self._own_ids = Ids()
        self._numbers = Ids()
        self._buffer: dict[int, tuple[list[str | bytes], list[Any], bool]] = {}
        self._early: list[tuple[list[Any], int | None, int]] = []
        self._early_size = 0
        self._connecting: asyncio.Future[None] | None = None
        self._callers = 0  # of `connect`, which were not cancelled
        self._over: asyncio.Future[None] | None = None

    @property
    def io(self) -> Manager:
        """The manager, by its name in JavaScript."""
        return self.manager

    def of(self, namespace: str, *, auth: Auth = None) -> Client:
        """The socket of another namespace on this connection; made when it is asked for first."""
        name = namespace if namespace.startswith("/") else f"/{namespace}"
        found = self.manager.sockets.get(name)
        return found or Client(name, manager=self.manager, auth=auth)

    @property
    def disconnected(self) -> bool:
        return not self.connected

    @property
    def runner(self) -> Runner:  # type: ignore[override]
        return self.manager.runner

    @property
    def _ids(self) -> Ids:
        return self._own_ids

    @property
    def _options(self) -> EndpointOptions:
        return self.manager.options

    def register(self, handlers: SomeHandlers) -> SomeHandlers:
        """Let the methods of an object be the listeners of this socket; see `handlers`.

        LocalError for a method that could never be called.
        """
        attach(handlers, self)
        return handlers

    # Connecting.

    def open(self) -> Self:
        """Begin to connect, and go on trying; it does not wait.  So does JavaScript's `connect`."""
        self._persistent, self._called_for = True, False
        self._activate()
        return self

    async def connect(self, *, retry: bool = False) -> Self:
        """Join the namespace.  Raises ConnectError; when it fails nothing is left.

        `retry`: go on trying as after a connection that was lost; it then raises when the server
        refuses us, or when the attempts are over (`reconnection_attempts`, `should_retry`).
        Called twice at once, both wait for the same attempt, until the last of them is cancelled.
        """
        if self.connected:
            return self
        if self._connecting is None:
            self._callers = 0
            self._connecting = asyncio.get_running_loop().create_future()
            self._connecting.add_done_callback(lambda done: done.cancelled() or done.exception())
        waiting = self._connecting
        self._callers += 1
        self._persistent |= retry
        self._called_for |= not self.active
        self._activate()
        try:
            await asyncio.shield(waiting)
        except asyncio.CancelledError:
            self._callers -= 1
            of_this = self._connecting is waiting or self.connected
            if not self._callers and of_this and self._called_for:
                self.leave()
            raise
        return self

    def _activate(self) -> None:
        if not self.active:
            self.active = True
            self.manager.open()
            if self.manager.state == "open":
                self.joining.ask()

    def attempt_failed(self, error: ConnectError) -> None:
        """An attempt has failed, but it need not be the last one."""
        if self._persistent:
            self._emit_local("connect_error", error)
        else:
            self.not_connected(error)

    def not_connected(self, error: ConnectError) -> None:
        """It has failed for good: the server does not let us in, or we do not try again."""
        self._inactive(error)
        self.manager.left(self)
        self._emit_local("connect_error", error)
        self.tell_the_end()

    def given_up(self, error: ConnectError) -> None:
        """The manager tries no more.  It calls `tell_the_end` after it."""
        self._inactive(error)

    def _inactive(self, error: ConnectError) -> None:
        self.active = self._persistent = self._called_for = False
        self.joining.end()
        self._early, self._early_size = [], 0
        connecting, self._connecting = self._connecting, None
        if connecting is not None and not connecting.done():
            connecting.set_exception(error)

    def tell_the_end(self) -> None:
        """Let `wait` return, unless we are active again."""
        if not self.active and self._over is not None and not self._over.done():
            self._over.set_result(None)

    # Out.

    def _emit(
        self, event: str, args: tuple[Any, ...], callback: Listener | None, flags: Flags
    ) -> None:
        if self._retries is None or flags.volatile:
            super()._emit(event, args, callback, flags)
        else:
            settle: Settle = _nobody_waits
            if callback is not None:
                settle = functools.partial(self._call_back, callback, event, True)
            self._ask_peer(event, args, settle, flags)

    def _ask_peer(
        self, event: str, args: tuple[Any, ...], settle: Settle, flags: Flags
    ) -> Callable[[], object]:
        retries = self._retries
        if retries is None or flags.volatile:
            return super()._ask_peer(event, args, settle, flags)
        self._check_name(event)
        at_once = self.connected and not retries
        if not at_once and len(retries) >= self._max_buffered:
            raise LocalError(f"{self._max_buffered} events wait for an answer (max_buffered)")
        # Now, and not when its turn comes, an argument that cannot be encoded is an error here.
        self.manager.parser.encode(Packet(Type.EVENT, [event, *args], self.namespace_name, 0))

        def send(number: int, settle: Settle) -> Callable[[], object]:
            marked = (*args, {RETRY: [retries.key, number]}) if self._deduplicated else args
            id = self._request(event, marked, settle, flags)
            return functools.partial(self._make_acks().forget, id)

        waiting = retries.add(send, settle)
        retries.go_on()
        return functools.partial(retries.forget, waiting)

    def _request(self, event: str, args: tuple[Any, ...], settle: Settle, flags: Flags) -> int:
        id = super()._request(event, args, settle, flags)
        if id in self._buffer and self._acks is not None:
            self._acks.gone = self._unbuffer
        return id

    def _unbuffer(self, id: int) -> None:
        """Nobody waits for this answer any more: do not ask for it."""
        self._buffer.pop(id, None)

    def _write(self, data: list[Any], id: int | None, flags: Flags) -> None:
        messages = self.manager.parser.encode(Packet(Type.EVENT, data, self.namespace_name, id))
        if flags.volatile and not self.manager.writable:
            return
        if self.connected and not self._buffer:  # else it would overtake what waits there
            if self._any_outgoing:
                self._tell_outgoing(data)
            self._send(messages, flags.compress)
        elif len(self._buffer) >= self._max_buffered:
            raise LocalError(f"{self._max_buffered} events wait for the connection (max_buffered)")
        else:
            key = id if id is not None else -1 - self._numbers.take()
            self._buffer[key] = messages, data, flags.compress

    @property
    def _max_buffered(self) -> int:
        return self.manager.options.max_buffered

    def _write_packet(self, packet: Packet) -> None:
        self._send(self.manager.parser.encode(packet))

    def _send(self, messages: list[str | bytes], compress: bool = True) -> None:
        with contextlib.suppress(ConnectionClosed):  # "disconnect" tells it
            self.manager.write(messages, compress)

    @property
    def buffered(self) -> int:
        """Bytes that were sent on this connection, and that the server has not taken yet."""
        return self.manager.engine.buffered if self.manager.engine is not None else 0

    async def drain(self) -> None:
        """Wait until there is room to send.  ConnectionClosed at the end."""
        if self.manager.engine is not None:
            await self.manager.engine.drain()

    def _overflowed(self, turns: Turns, data: list[Any], id: int | None, size: int) -> None:
        self.manager.end("transport error", "events come faster than their listeners end")

    # In: the manager calls these.

    def received(self, packet: Packet, size: int) -> None:
        """A packet of this namespace."""
        kind = packet.type
        if kind is Type.EVENT:
            if self.connected:
                self._event(packet.data, packet.id, size)
            else:  # sent by a middleware
                self._hold(packet, size)
        elif kind is Type.ACK:
            self._acknowledged(packet.id, packet.data)
        elif kind is Type.CONNECT:
            if not self.connected:
                self._joined(packet.data or {})
        elif kind is Type.DISCONNECT:
            self.active = False
            self.manager.left(self)
            self.ended("io server disconnect")
        elif kind is Type.CONNECT_ERROR and not self.connected:
            said = packet.data if isinstance(packet.data, dict) else {"message": packet.data}
            self.not_connected(ConnectError(str(said.get("message", "")), said.get("data")))

    def _hold(self, packet: Packet, size: int) -> None:
        self._early.append((packet.data, packet.id, size))
        self._early_size += size
        if len(self._early) > MAX_EARLY or self._early_size > MAX_EARLY_SIZE:
            self.manager.end("transport error", "too many events before the server let us in")

    def _joined(self, data: dict[str, Any]) -> None:
        sid = data.get("sid")
        if not (isinstance(sid, str) and sid):
            told = "the server's CONNECT has no sid: it is older than version 3"
            self.not_connected(ConnectError(told))
            return
        self.id = sid
        self._deduplicated = data.get("retries") is True
        self.connected = self._persistent = True
        early, self._early, self._early_size = self._early, [], 0
        for one in early:
            if self.connected:  # a listener may have left
                self._event(*one)
        while self._buffer and self.connected:
            messages, event, compress = self._buffer.pop(next(iter(self._buffer)))
            if self._any_outgoing:
                self._tell_outgoing(event)
            self._send(messages, compress)
        if self._retries is not None:
            self._retries.go_on(again=True)
        if not self.connected:
            return
        connecting, self._connecting = self._connecting, None
        self._emit_local("connect")
        if connecting is not None and not connecting.done():
            connecting.set_result(None)

    # The end.

    def leave(self) -> None:
        """Leave the namespace; what was sent before still leaves."""
        if not self.active:
            return
        if self.connected:
            self._write_packet(Packet(Type.DISCONNECT, None, self.namespace_name))
        else:
            self.manager.want_no_answer(self.namespace_name)
        self.active = False
        self.manager.left(self)
        self.ended(LEFT)

    async def disconnect(self) -> None:
        """Leave the namespace; the last one closes the connection.  Twice is no error."""
        self.leave()
        await self.manager.settled()

    close = disconnect

    def ended(self, reason: str, description: object = "", again: bool = False) -> None:
        """We are in the namespace no more.  `again`: the manager will open another connection."""
        again = again and self._persistent
        told = ConnectError(f"disconnected: {reason}")
        if again:
            self._called_for = False
            self.joining.stop()
            self._early, self._early_size = [], 0
        else:
            self._inactive(told)
        if self.connected:
            self.connected = False
            self.id = None
            if self._turns is not None:
                self._turns.clear()
            self._emit_local("disconnect", reason, description)
            if self._acks is not None:
                self._acks.close(keep=frozenset(self._buffer))
        elif reason != LEFT:
            self._emit_local("connect_error", told)
        self.tell_the_end()

    async def wait(self) -> None:
        """Wait until we are in the namespace no more, and do not try to get there."""
        if self.active:
            if self._over is None or self._over.done():
                self._over = asyncio.get_running_loop().create_future()
            await asyncio.shield(self._over)

    async def __aenter__(self) -> Self:
        return await self.connect()

    async def __aexit__(self, *_: object) -> None:
        await self.disconnect()

    def __repr__(self) -> str:
        state = "connected" if self.connected else "connecting" if self.active else "disconnected"
        return f"<socketio.{type(self).__name__} {self.id} {self.namespace_name} {state}>"


def namespace_of(url: str, *, alone: bool = False) -> str:
    """The namespace that a URL names by its path.  LocalError for what is no URL.

    `alone`: it is the namespace itself.

    >>> namespace_of("http://127.0.0.1:3000/admin?room=7"), namespace_of("admin", alone=True)
    ('/admin', '/admin')
    """
    name = url if url.startswith("/") else f"/{url}"
    if not alone:
        parts = urlsplit(url)
        if not parts.netloc:
            raise LocalError(f"{url!r}: write http://host:port, and /namespace after it")
        name = parts.path or "/"
    if "," in name:
        raise LocalError(f"{name!r}: a comma ends the name of a namespace on the wire")
    return name


def _nobody_waits(_error: Exception | None, _values: list[Any]) -> None:
    """An event without a callback: its answer only ends the attempts."""
