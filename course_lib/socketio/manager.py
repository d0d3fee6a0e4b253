"""A manager: one connection to a server, and the client's sockets in its namespaces.

    manager = Manager("http://127.0.0.1:3000")
    main, admin = Client("/", manager=manager), Client("/admin", manager=manager)
    await main.connect()                     the first one opens the connection
    await admin.connect()                    the others use it
    await admin.disconnect()                 the last one closes it

Lesson 09 (reconnection: lesson 13).  Builds on: engineio.Client, `client_options`, `reconnection`.
Used by: `client`.
New here: packets of several namespaces travel on one session, and the next session after it was
lost.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import functools
import logging
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, Unpack

from ..engineio import Client as EngineClient
from ..engineio import client_options as engineio_options
from ..engineio import options as unknown_options
from ..engineio.handlers import Emitter, Runner
from ..errors import ConnectionClosed, LocalError
from ..wire.socketio.packet import Packet, Type
from .client_options import ClientOptions, Given
from .connect_error import ConnectError
from .reconnection import Reconnection

if TYPE_CHECKING:
    from .client import Client

PATH = "/socket.io/"
CLOSED, OPENING, OPEN = "closed", "opening", "open"
ENGINE = [one.name for one in dataclasses.fields(engineio_options.ClientOptions)]
GOODBYE = 0.15  # seconds that `close` waits for an engine's goodbye, which takes 0.1 at most
PATIENCE = 0.02  # and then for cancelled listeners

_logger = logging.getLogger("course_lib.socketio")


class Manager(Emitter):
    """One connection, and the next ones.

    Events: open(); ping(); error(error); packet(packet); close(reason, description);
    reconnect_attempt(number), reconnect_error(error), reconnect_failed(), reconnect(number).
    """

    EVENTS = ("open", "error", "ping", "packet", "close", "reconnect_attempt", "reconnect_error",
              "reconnect_failed", "reconnect")  # fmt: skip

    def __init__(self, url: str, **given: Unpack[Given]) -> None:
        unknown_options.check((ClientOptions, engineio_options.ClientOptions), given)
        super().__init__(Runner())
        own: Any = {name: value for name, value in given.items() if name not in ENGINE}
        self._below: Any = {"path": PATH}
        self._below |= {name: value for name, value in given.items() if name in ENGINE}
        engineio_options.ClientOptions(**self._below)  # raises now for what makes no sense
        self.options = ClientOptions(**own)
        self.parser = self.options.parser
        if self.options.on_error is not None:
            self.runner.reports.append(self.options.on_error)
        self.url = url
        self.engine: EngineClient | None = None
        self.state = CLOSED
        self.sockets: dict[str, Client] = {}
        self._decoder = self.parser.decoder()
        self._size = 0  # of the messages of a packet that has not all come
        # Namespaces whose CONNECT has no answer yet.  None: a socket waits for it.  A list: whoever
        # asked has left; and these messages ask anew, after the answer.
        self._unanswered: dict[str, list[str | bytes] | None] = {}
        self._tasks: dict[asyncio.Task[Any], None] = {}
        self._opening: asyncio.Task[Any] | None = None
        self.reconnection = Reconnection(self)

    def adopt(self, socket: Client) -> None:
        """A new socket.  LocalError if its namespace has one already."""
        if socket.namespace_name in self.sockets:
            raise LocalError(f"{socket.namespace_name} has a socket already: see `Client.of`")
        self.sockets[socket.namespace_name] = socket

    # Opening.

    def open(self) -> None:
        """Open the connection, if it is not open, and no attempt is due."""
        if not (self.busy or self.reconnection.waiting):
            opening = self.start(self.attempt())
            if not opening.done():  # as an eager task may be
                self._opening = opening
            opening.add_done_callback(functools.partial(self._open_ended, self.engine))

    @property
    def busy(self) -> bool:
        """Whether the connection is open, or an attempt to open it is under way."""
        return self.state != CLOSED

    @property
    def wanted(self) -> bool:
        """Whether a socket needs the connection."""
        return bool(self._active())

    def attempt(self) -> Coroutine[Any, Any, None]:
        """Try to open the connection, once."""
        self.state = OPENING
        self.engine = engine = EngineClient(self.url, **self._below)
        self._decoder = self.parser.decoder()
        self._size = 0
        self._unanswered = {}
        engine.receiver = self._message
        engine.on("open", lambda: self._opened(engine))
        engine.on("ping", lambda: self.emit("ping"))
        engine.on("close", lambda reason, what: self._engine_closed(engine, reason, what))
        return self._connect(engine)

    def _open_ended(self, engine: EngineClient | None, _task: object) -> None:
        """Somebody who cancels all tasks may have ended it before its first step."""
        if engine is not None and self.engine is engine and self.state == OPENING:
            self._attempt_failed(asyncio.CancelledError())

    async def _connect(self, engine: EngineClient) -> None:
        self._opening = asyncio.current_task()
        try:
            await engine.connect()
        # The last two: of a function that gives the headers.
        except (Exception, GeneratorExit, asyncio.CancelledError) as error:
            # Else it was open, and `close` has told the end; or nobody waits for it.
            if self.engine is engine and self.state == OPENING:
                self._attempt_failed(error)
            if isinstance(error, asyncio.CancelledError):
                raise

    def _attempt_failed(self, error: BaseException) -> None:
        self.engine, self.state = None, CLOSED
        self.emit("error", error)
        told = ConnectError(str(error) or type(error).__name__, description=error)
        for socket in self._active():
            socket.attempt_failed(told)
        if isinstance(error, asyncio.CancelledError):  # whoever cancels all tasks wants no new one
            self.reconnection.give_up(told)
        else:
            self.reconnection.failed(told)

    def given_up(self, error: ConnectError, *, told: bool) -> None:
        """There will be no other attempt, unless a listener begins anew."""
        sockets = self._active()
        for socket in sockets:
            socket.given_up(error)
        if told:
            self.emit("reconnect_failed")
        for socket in sockets:
            socket.tell_the_end()

    def _opened(self, engine: EngineClient) -> None:
        if self.engine is not engine:
            return
        self.state = OPEN
        self.emit("open")
        for socket in self._active():
            if self.engine is engine:  # a listener may have ended it
                socket.joining.ask()
        if self.engine is engine:
            self.reconnection.succeeded()

    def _active(self) -> list[Client]:
        return [socket for socket in self.sockets.values() if socket.active]

    def start(self, coroutine: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """A task that `settled` waits for."""
        task = asyncio.get_running_loop().create_task(coroutine)
        self._tasks[task] = None
        task.add_done_callback(lambda done: self._tasks.pop(done, None))
        return task

    # Out.

    @property
    def writable(self) -> bool:
        """Whether what is sent now leaves at once."""
        return self.engine is not None and self.engine.writable

    def write(self, messages: list[str | bytes], compress: bool = True) -> None:
        """Send the messages of one packet.  Raises ConnectionClosed."""
        engine = self.engine
        if engine is None:
            raise ConnectionClosed("there is no connection")
        for message in messages:
            engine.send(message, compress=compress)

    def ask_to_join(self, namespace: str, messages: list[str | bytes]) -> None:
        """Send CONNECT; after the answer to an earlier one, if it is due."""
        if namespace in self._unanswered:
            self._unanswered[namespace] = messages
        else:
            self._unanswered[namespace] = None
            with contextlib.suppress(ConnectionClosed):  # "close" tells it
                self.write(messages)

    def want_no_answer(self, namespace: str) -> None:
        """Whoever asked to join has left."""
        if namespace in self._unanswered:
            self._unanswered[namespace] = []

    # In.

    def _message(self, message: str | bytes) -> None:
        try:
            packet = self._decoder.add(message)
        except Exception as error:  # a parser may be the application's own
            self.end("parse error", error)
            return
        self._size += len(message)
        if packet is None:
            return
        size, self._size = self._size, 0
        if self._handlers.get("packet"):
            self.emit("packet", packet)
        if packet.namespace in self._unanswered and not self._wanted(packet):
            return
        socket = self.sockets.get(packet.namespace)
        if socket is not None and socket.active:
            socket.received(packet, size)

    def _wanted(self, packet: Packet) -> bool:
        """Whether a socket waits for what comes of a namespace that has not answered yet."""
        name = packet.namespace
        again = self._unanswered[name]
        if packet.type in (Type.CONNECT, Type.CONNECT_ERROR):
            del self._unanswered[name]
            if again is not None:
                if packet.type is Type.CONNECT:
                    with contextlib.suppress(ConnectionClosed):  # "close" tells it
                        self.write(self.parser.encode(Packet(Type.DISCONNECT, None, name)))
                if again:
                    self.ask_to_join(name, again)
        return again is None

    # The end.

    def left(self, socket: Client) -> None:
        """A socket is active no more.  The last one closes the connection."""
        if not self._active():
            self.end("forced close")

    def _engine_closed(self, engine: EngineClient, reason: str, description: object) -> None:
        if self.engine is engine:
            self.end(reason, description)

    def end(self, reason: str, description: object = "") -> None:
        """The connection is over, for this reason.  "forced close": we want no other."""
        engine, state, lost = self.engine, self.state, self._active()
        self.engine, self.state = None, CLOSED
        asked = [socket.joining.number for socket in lost]
        again = self.options.reconnection and reason != "forced close"
        if not again:
            self.reconnection.stop()
        if engine is None:
            return
        engine.receiver = None  # what it has read already is for nobody
        self.start(engine.close())
        if state == OPENING and self._opening is not None:
            self._opening.cancel()  # nobody waits for it any more
        if state == OPEN:
            self.emit("close", reason, description)
        for socket, number in zip(lost, asked, strict=True):
            if socket.joining.number == number:  # else a listener has let it leave
                socket.ended(reason, description, again)
        if again:
            self.reconnection.lost(ConnectError(f"disconnected: {reason}"))

    async def close(self) -> None:
        """Leave all namespaces, close the connection, and cancel listeners that still run."""
        for socket in self._active():
            socket.leave()
        self.end("forced close")
        await self.settled()

    async def settled(self) -> None:
        """Wait until what was begun to be closed is closed, if nobody needs the connection."""
        if not (self.busy or self.wanted):
            own = asyncio.current_task()
            if left := [task for task in self._tasks if task is not own]:
                _, stubborn = await asyncio.wait(left, timeout=GOODBYE)
                for task in stubborn:
                    _logger.error("a function of the options ignores its cancellation: %r", task)
            if not (self.busy or self.wanted):
                await self.runner.close(PATIENCE)

    def __repr__(self) -> str:
        return f"<socketio.Manager {self.url} {self.state}>"
