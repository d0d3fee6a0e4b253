"""An endpoint: one end of a namespace.  It sends events, and handles those that come.

    emit("say", "hi")            ──>  2["say","hi"]        ──>  listeners of "say"
    await emit_with_ack("add",2) ──>  20["add",2]          ──>  def add(n): return n + 1
                                 <──  30[3]

    an event:   catch-alls ─> use(...) ─> listeners ─> what they return is the answer

Lessons 09 and 10.  Builds on: `listeners`, `turns`, `acks`, wire.socketio.packet.
Used by: `sockets` (of a server), `client`.
New here: both ends are alike.  What differs is how they connect, and what they do when they end.
Left out: rooms; a client has none.
"""

from __future__ import annotations

import abc
import asyncio
import functools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

from ..engineio import eventually
from ..engineio.handlers import FAILED, PENDING, Runner
from ..errors import LocalError
from ..wire.socketio.packet import RESERVED, Packet, Type
from . import acks
from .acks import Acks, Ids, Settle
from .listeners import NONE, Listener, Listeners
from .turns import Turns

EVENT, ACK = Type.EVENT, Type.ACK
Middleware = Callable[[list[Any]], Any]


@dataclass(slots=True)
class Flags:
    """How one event is sent."""

    volatile: bool = False  # drop it rather than let it wait
    timeout: float | None = None  # seconds until its answer is too late
    compress: bool = True


PLAIN = Flags()


@dataclass(slots=True)
class Limits:
    """What an endpoint allows.  A server and a client have these among their options."""

    ordered: bool = False  # an event's listeners start when those before have ended
    ack_timeout: float | None = None  # seconds for each answer; None: as long as the connection
    max_pending_acks: int = acks.MAX_PENDING
    max_running_handlers: int = 1_000  # of one socket
    max_waiting_events: int = 1_048_576  # bytes of one socket's events that wait for these


class Endpoint(Listeners, abc.ABC):
    """What both ends do.  A subclass has `namespace_name` and `connected`."""

    __slots__ = ("_acks", "_middleware", "_turns")

    namespace_name: str
    connected: bool
    runner: Runner

    def __init__(self) -> None:
        super().__init__()
        self._acks: Acks | None = None
        self._middleware: tuple[Middleware, ...] = NONE
        self._turns: Turns | None = None

    @abc.abstractmethod
    def _write(self, data: list[Any], id: int | None, flags: Flags) -> None:
        """Send an event, or let it wait.  If it raises, nothing is left."""

    @abc.abstractmethod
    def _write_answer(self, packet: Packet) -> None:
        """Send an acknowledgement.  Raises if it cannot be encoded."""

    @abc.abstractmethod
    def _overflowed(self, turns: Turns, data: list[Any], id: int | None, size: int) -> None:
        """Events come faster than their listeners end: there is no room for this one."""

    @property
    @abc.abstractmethod
    def _ids(self) -> Ids: ...

    @property
    @abc.abstractmethod
    def _limits(self) -> Limits: ...

    # Out.

    def emit(self, event: str, *args: Any, callback: Listener | None = None) -> None:
        """Send an event.  It does not wait.

        `callback(*values)` is called with the answer; after `timeout(...)`, and with an
        `ack_timeout`, as `callback(error, *values)`, where `error` may be None.
        LocalError for a name that is reserved; TypeError or ValueError for what JSON does not have.
        """
        self._emit(event, args, callback, PLAIN)

    def send(self, *args: Any, callback: Listener | None = None) -> None:
        """Send the event "message"."""
        self._emit("message", args, callback, PLAIN)

    async def emit_with_ack(self, event: str, *args: Any) -> Any:
        """Send an event and wait for its answer: None, a value, or a tuple of several.

        ConnectionClosed if the connection ends first, TimeoutError after `timeout(...)`.
        """
        return await self._emit_with_ack(event, args, PLAIN)

    @property
    def volatile(self) -> Emission:
        """`socket.volatile.emit(...)`: an event that is dropped rather than kept waiting."""
        return Emission(self, replace(PLAIN, volatile=True))

    def timeout(self, seconds: float) -> Emission:
        """`socket.timeout(5).emit(...)`: an answer after 5 seconds is too late."""
        return Emission(self, PLAIN).timeout(seconds)

    def compress(self, compress: bool) -> Emission:
        """`socket.compress(False).emit(...)`: do not spend time on compressing this event."""
        return Emission(self, replace(PLAIN, compress=compress))

    def _emit(
        self, event: str, args: tuple[Any, ...], callback: Listener | None, flags: Flags
    ) -> None:
        if callback is None:
            self._check_name(event)
            self._write([event, *args], None, flags)
            return
        timeout = flags.timeout if flags.timeout is not None else self._limits.ack_timeout
        called = functools.partial(self._call_back, callback, event, timeout is not None)
        self._request(event, args, called, timeout, flags)

    def _call_back(
        self, callback: Listener, event: str, with_error: bool, error: Any, values: list[Any]
    ) -> None:
        if with_error:
            self.runner.run(callback, [error, *values], None, ("acknowledgement", event, self))
        elif error is None:
            self.runner.run(callback, values, None, ("acknowledgement", event, self))

    async def _emit_with_ack(self, event: str, args: tuple[Any, ...], flags: Flags) -> Any:
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

        def settle(error: Exception | None, values: list[Any]) -> None:
            if answer.done():
                return
            if error is not None:
                answer.set_exception(error)
            else:
                answer.set_result(acks.value(values))

        timeout = flags.timeout if flags.timeout is not None else self._limits.ack_timeout
        id = self._request(event, args, settle, timeout, flags)
        try:
            return await answer
        finally:
            if self._acks is not None:
                self._acks.forget(id)

    def _request(
        self, event: str, args: tuple[Any, ...], settle: Settle, timeout: float | None, flags: Flags
    ) -> int:
        self._check_name(event)
        self._make_acks().check_room()
        ids = self._ids
        id = ids.take()
        try:
            self._write([event, *args], id, flags)
        except BaseException:
            ids.give_back(id)
            raise
        self._make_acks().add(id, settle, timeout)
        return id

    def _make_acks(self) -> Acks:
        if self._acks is None:
            self._acks = Acks(self._limits.max_pending_acks)
        return self._acks

    def _check_name(self, event: str) -> None:
        if event in RESERVED:
            raise LocalError(f"{event!r} is a name of the library's own: choose another")
        if not isinstance(event, str):
            raise LocalError(f"the name of an event is a text, not {event!r}")

    def _tell_outgoing(self, data: list[Any]) -> None:
        for listener in self._any_outgoing:
            self.runner.run(listener, data, None, ("catch-all", data[0], self))

    # In.

    def use(self, middleware: Middleware) -> Middleware:
        """Run `middleware([event, *args])` before the listeners; `def` or `async def`.

        It may change the list.  If it raises, no listener hears the event, which is not answered;
        the listeners of "error" do.
        """
        self._middleware = (*self._middleware, middleware)
        return middleware

    def _event(self, data: list[Any], id: int | None, size: int) -> None:
        """An event came; `size` is what it holds while it waits."""
        turns = self._turns
        if turns is not None and turns.full:
            if not turns.put(data, id, size):
                self._overflowed(turns, data, id, size)
            return
        if self._any or self._middleware:
            self._begin(data, id)
        else:
            self._handle(data, id)

    def _begin(self, data: list[Any], id: int | None) -> None:
        for listener in self._any:
            self.runner.run(listener, data, None, ("catch-all", data[0], self))
        passed = eventually.finish(self._through(data))
        if passed is True:
            self._handle(data, id)
        elif passed is not False:
            # Whatever comes meanwhile must not overtake this event.
            self._make_turns().held = True
            ended = functools.partial(self._passed, data, id)
            self.runner.run(lambda: passed, (), ended, ("middleware", data[0], self))

    def _through(self, data: list[Any]) -> eventually.Steps[bool]:
        for middleware in self._middleware:
            try:
                yield middleware(data)
            except Exception as error:
                if not self._emit_local("error", error):
                    self.runner.report(error, ("middleware", data[0], self))
                return False
        return True

    def _passed(self, data: list[Any], id: int | None, passed: Any) -> None:
        assert self._turns is not None
        self._turns.held = False
        if passed is True and self.connected:
            self._handle(data, id)
        self._next()

    def _handle(self, data: list[Any], id: int | None) -> None:
        name = data[0]
        listeners = self._named.get(name if type(name) is str else str(name))
        if not listeners:
            return  # nobody answers for the application
        run, args, what = self.runner.run, data[1:], ("listener", name, self)
        answer = None if id is None else Answer(self, id, len(listeners))
        ended = self._ended if answer is None else answer.ended
        for listener in listeners:
            value = run(listener, args, ended, what)
            if value is PENDING:
                self._make_turns().running += 1
            elif answer is not None:
                answer.add(value)

    def _make_turns(self) -> Turns:
        if self._turns is None:
            limits = self._limits
            running = 1 if limits.ordered else limits.max_running_handlers
            self._turns = Turns(running, limits.max_waiting_events)
        return self._turns

    def _ended(self, _value: Any) -> None:
        """A listener that has waited has ended."""
        assert self._turns is not None
        self._turns.running -= 1
        self._next()

    def _next(self) -> None:
        turns = self._turns
        while turns is not None and turns.ready and self.connected:
            self._begin(*turns.take())

    def _answer(self, id: int, value: Any) -> None:
        if not self.connected:
            return
        try:
            self._write_answer(Packet(ACK, acks.values(value), self.namespace_name, id))
        except (TypeError, ValueError, LocalError) as error:
            self.runner.report(error, ("answer", id, self))

    def _acknowledged(self, id: int | None, values: list[Any]) -> None:
        """An answer came.  One that nobody waits for is ignored."""
        if self._acks is not None:
            self._acks.answer(id, values)

    def _emit_local(self, event: str, *args: Any) -> bool:
        """Call the listeners of an event of the library's own.  False: there are none."""
        listeners = self._named.get(event, NONE)
        for listener in listeners:
            self.runner.run(listener, args, None, ("listener", event, self))
        return bool(listeners)


class Answer:
    """The answer to one request: the first value that is not None; else, of those, that one."""

    __slots__ = ("done", "endpoint", "id", "left", "some_ended")

    def __init__(self, endpoint: Endpoint, id: int, left: int) -> None:
        self.endpoint, self.id, self.left = endpoint, id, left
        self.done = self.some_ended = False

    def add(self, value: Any) -> None:
        """A listener has ended."""
        self.left -= 1
        if value is not FAILED:
            self.some_ended = True
        nothing = value is None or value is FAILED
        if self.done or (nothing and (self.left or not self.some_ended)):
            return
        self.done = True
        self.endpoint._answer(self.id, None if value is FAILED else value)

    def ended(self, value: Any) -> None:
        """A listener that has waited has ended."""
        self.add(value)
        self.endpoint._ended(value)


class Emission:
    """`socket.volatile`, `socket.timeout(5)`: how the next event is sent.  Never changed: each flag
    gives a new one."""

    __slots__ = ("_endpoint", "_flags")

    def __init__(self, endpoint: Endpoint, flags: Flags) -> None:
        self._endpoint, self._flags = endpoint, flags

    def emit(self, event: str, *args: Any, callback: Listener | None = None) -> None:
        """As `emit` of the socket."""
        self._endpoint._emit(event, args, callback, self._flags)

    def send(self, *args: Any, callback: Listener | None = None) -> None:
        """Send the event "message"."""
        self._endpoint._emit("message", args, callback, self._flags)

    def emit_with_ack(self, event: str, *args: Any) -> Awaitable[Any]:
        """As `emit_with_ack` of the socket."""
        return self._endpoint._emit_with_ack(event, args, self._flags)

    @property
    def volatile(self) -> Emission:
        return Emission(self._endpoint, replace(self._flags, volatile=True))

    def timeout(self, seconds: float) -> Emission:
        """Seconds until an answer is too late."""
        if not (isinstance(seconds, int | float) and seconds > 0):
            raise LocalError(f"timeout({seconds!r}): write seconds, more than 0")
        return Emission(self._endpoint, replace(self._flags, timeout=seconds))

    def compress(self, compress: bool) -> Emission:
        return Emission(self._endpoint, replace(self._flags, compress=compress))
