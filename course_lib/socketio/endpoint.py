"""An endpoint: one end of a namespace.  It sends events, and handles those that come.

    emit("say", "hi")            ──>  2["say","hi"]        ──>  listeners of "say"
    await emit_with_ack("add",2) ──>  20["add",2]          ──>  def add(n): return n + 1
                                 <──  30[3]

    an event:   catch-alls ─> use(...) ─> listeners ─> what they return is the answer
    on_any(f)            catch-alls: f(name, *args), first
    on_any_outgoing(f)   the same, of what we send

Lessons 09 and 10.  Builds on: `listeners`, `checked`, `turns`, `acks`, wire.socketio.packet.
Used by: `sockets` (of a server), `client`.
New here: both ends are alike.  What differs is how they connect, and what they do when they end.
Left out: rooms; a client has none.
"""

from __future__ import annotations

import abc
import asyncio
import functools
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ..engineio import eventually
from ..engineio.handlers import FAILED, PENDING, Runner, What
from ..errors import ConnectionClosed, LocalError
from ..wire.socketio.packet import RESERVED, Packet, Type
from . import acks
from .acks import Acks, Ids, Settle
from .checked import Checked
from .listeners import NONE, Listener, Listeners, Some, plain, without
from .turns import Turns

if TYPE_CHECKING:
    from .options import EndpointOptions

EVENT, ACK = Type.EVENT, Type.ACK
ANY = ""  # the events of a catch-all
Middleware = Callable[[list[Any]], Any]


@dataclass(slots=True)
class Flags:
    """How one event is sent."""

    volatile: bool = False  # drop it rather than let it wait
    timeout: float | None = None  # seconds until its answer is too late
    compress: bool = True


PLAIN = Flags()


class Endpoint(Listeners, abc.ABC):
    """What both ends do.  A subclass has `id`, `namespace_name` and `connected`."""

    __slots__ = ("_acks", "_any", "_any_outgoing", "_middleware", "_turns")

    id: str | None
    namespace_name: str
    connected: bool
    runner: Runner
    _remembers = False  # a repeated event is no new one; see `repeats`

    def __init__(self) -> None:
        super().__init__()
        self._any = self._any_outgoing = NONE
        self._acks: Acks | None = None
        self._middleware: tuple[Middleware, ...] = NONE
        self._turns: Turns | None = None

    @abc.abstractmethod
    def _write(self, data: list[Any], id: int | None, flags: Flags) -> None:
        """Send an event, or let it wait.  If it raises, nothing is left."""

    @abc.abstractmethod
    def _write_packet(self, packet: Packet) -> None:
        """Send what is no event: it is never dropped.  Raises if it cannot be encoded."""

    @abc.abstractmethod
    def _overflowed(self, turns: Turns, data: list[Any], id: int | None, size: int) -> None:
        """Events come faster than their listeners end: there is no room for this one."""

    @property
    @abc.abstractmethod
    def _ids(self) -> Ids: ...

    @property
    @abc.abstractmethod
    def _options(self) -> EndpointOptions: ...

    def _bound(self, event: str, listener: Listener) -> Listener:
        return listener.bound(self, event) if isinstance(listener, Checked) else listener

    # Catch-alls.

    def on_any(self, listener: Some) -> Some:
        """Call `listener(name, *args)` at each event of the peer, before its listeners."""
        self._any = (*self._any, self._bound(ANY, listener))
        return listener

    def prepend_any(self, listener: Some) -> Some:
        """The same, before the other catch-alls."""
        self._any = (self._bound(ANY, listener), *self._any)
        return listener

    def off_any(self, listener: Listener | None = None) -> None:
        """Forget this catch-all; without one, all of them."""
        self._any = without(self._any, listener) if listener is not None else NONE

    def listeners_any(self) -> list[Listener]:
        """The catch-alls, in order."""
        return [plain(listener) for listener in self._any]

    def on_any_outgoing(self, listener: Some) -> Some:
        """Call `listener(name, *args)` for each event that is sent to the peer."""
        self._any_outgoing = (*self._any_outgoing, listener)
        return listener

    def prepend_any_outgoing(self, listener: Some) -> Some:
        """The same, before the others of its kind."""
        self._any_outgoing = (listener, *self._any_outgoing)
        return listener

    def off_any_outgoing(self, listener: Listener | None = None) -> None:
        """Forget this catch-all of what we send; without one, all of them."""
        left = without(self._any_outgoing, listener) if listener is not None else NONE
        self._any_outgoing = left

    def listeners_any_outgoing(self) -> list[Listener]:
        """The catch-alls of what we send, in order."""
        return list(self._any_outgoing)

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
        with_error = self._timeout(flags) is not None
        self._ask_peer(
            event, args, functools.partial(self._call_back, callback, event, with_error), flags
        )

    def _timeout(self, flags: Flags) -> float | None:
        return flags.timeout if flags.timeout is not None else self._options.ack_timeout

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

        forget = self._ask_peer(event, args, settle, flags)
        try:
            return await answer
        finally:
            forget()

    def _ask_peer(
        self, event: str, args: tuple[Any, ...], settle: Settle, flags: Flags
    ) -> Callable[[], object]:
        """Send an event that is to be answered.  What is returned forgets it."""
        id = self._request(event, args, settle, flags)
        return functools.partial(self._make_acks().forget, id)

    def _request(self, event: str, args: tuple[Any, ...], settle: Settle, flags: Flags) -> int:
        self._check_name(event)
        pending = self._make_acks()
        pending.check_room()
        ids = self._ids
        id = ids.take()
        # Before it is sent, which may end the connection.
        pending.add(id, settle, self._timeout(flags))
        try:
            self._write([event, *args], id, flags)
        except ConnectionClosed as error:
            pending.fail(id, error)
        except BaseException:
            pending.drop(id)
            ids.give_back(id)
            raise
        return id

    def _make_acks(self) -> Acks:
        if self._acks is None:
            self._acks = Acks(self._options.max_pending_acks)
        return self._acks

    def _check_name(self, event: str) -> None:
        if not isinstance(event, str):
            raise LocalError(f"the name of an event is a text, not {event!r}")
        if event in RESERVED:
            raise LocalError(f"{event!r} is a name of the library's own: choose another")

    def _tell_outgoing(self, data: list[Any]) -> None:
        for listener in self._any_outgoing:
            self.runner.run(listener, data, None, ("catch-all", data[0], self))

    # In.

    def use(self, middleware: Middleware) -> Middleware:
        """Run `middleware([event, *args])` before the listeners; `def` or `async def`.

        It may change the list.  If it raises, no listener hears the event, which is not answered;
        the listeners of "error" do.  One with a method `bound(socket)` gives the function for this
        socket, as `rate_limit` does.
        """
        bound = getattr(middleware, "bound", None)
        self._middleware = (*self._middleware, middleware if bound is None else bound(self))
        return middleware

    def _event(self, data: list[Any], id: int | None, size: int) -> None:
        """An event came; `size` is what it holds while it waits."""
        turns = self._turns
        if turns is not None and turns.full:
            if not turns.put(data, id, size):
                self._overflowed(turns, data, id, size)
            return
        if self._any or self._middleware or self._remembers:
            self._begin(data, id)
        else:
            self._handle(data, id)

    def _begin(self, data: list[Any], id: int | None) -> None:
        name = data[0]
        for listener in self._any:
            self._run(listener, data, ("catch-all", name, self))
        passed: Any = True
        if self._middleware:
            passed = self.runner.run(
                eventually.finish,
                (self._through(data),),
                functools.partial(self._passed, data, id, self.id),
                ("middleware", name, self),
            )
        if passed is PENDING:
            self._make_turns().held = True  # whatever comes meanwhile must not overtake this event
        elif passed is True and data and self.connected:
            self._handle(data, id)
        else:
            self._unanswered(id)

    def _through(self, data: list[Any]) -> eventually.Steps[bool]:
        name = data[0]
        for middleware in self._middleware:
            try:
                yield middleware(data)
            except Exception as error:
                if not self._emit_local("error", error):
                    self.runner.report(error, ("middleware", name, self))
                return False
        return True

    def _passed(self, data: list[Any], id: int | None, socket_id: str | None, passed: Any) -> None:
        self._make_turns().held = False
        if passed is True and data and self.connected and self.id == socket_id:
            self._handle(data, id)
        else:
            self._unanswered(id)
        self._next()

    def _handle(self, data: list[Any], id: int | None) -> None:
        name = data[0]
        listeners = self._named.get(name if type(name) is str else str(name))
        if not listeners:
            self._unanswered(id)  # nobody answers for the application
            return
        run, args, what = self.runner.run, data[1:], ("listener", name, self)
        answer = None if id is None else Answer(self, id, len(listeners))
        ended = self._ended if answer is None else answer.ended
        for listener in listeners:
            value = run(listener, args, ended, what)
            if value is PENDING:
                self._make_turns().running += 1
            elif answer is not None:
                answer.add(value)

    def _run(self, listener: Listener, args: Sequence[Any], what: What) -> None:
        """Call a listener that answers nothing.  If it waits, it counts as one that runs."""
        if self.runner.run(listener, args, self._ended, what) is PENDING:
            self._make_turns().running += 1

    def _make_turns(self) -> Turns:
        if self._turns is None:
            options = self._options
            running = 1 if options.ordered else options.max_running_handlers
            self._turns = Turns(running, options.max_waiting_events)
        return self._turns

    def _ended(self, _value: Any) -> None:
        """A listener that has waited has ended."""
        self._make_turns().running -= 1
        self._next()

    def _next(self) -> None:
        turns = self._turns
        while turns is not None and turns.ready and self.connected:
            self._begin(*turns.take())

    def _answer(self, id: int, value: Any) -> None:
        if not self.connected:
            return
        try:
            self._write_packet(Packet(ACK, acks.values(value), self.namespace_name, id))
        except Exception as error:  # also one of the application's own `default`
            self.runner.report(error, ("answer", id, self))

    def _unanswered(self, id: int | None) -> None:
        """This event of the peer has no answer, since nobody has handled it."""

    def _acknowledged(self, id: int | None, values: list[Any]) -> None:
        """An answer came.  One that nobody waits for is ignored."""
        if self._acks is not None:
            self._acks.answer(id, values)

    def _emit_local(self, event: str, *args: Any) -> bool:
        """Call the listeners of an event of the library's own.  False: there are none."""
        listeners = self._named.get(event, NONE)
        for listener in listeners:
            self._run(listener, args, ("listener", event, self))
        return bool(listeners)


class Answer:
    """The answer to one request: the first value that is not None.

    If all of its listeners have ended without one, it is empty; if all have failed, there is none.
    It goes to the connection on which the request came.
    """

    __slots__ = ("done", "endpoint", "id", "left", "socket_id", "some_ended")

    def __init__(self, endpoint: Endpoint, id: int, left: int) -> None:
        self.endpoint, self.id, self.left = endpoint, id, left
        self.socket_id = endpoint.id
        self.done = self.some_ended = False

    def add(self, value: Any) -> None:
        """A listener has ended."""
        self.left -= 1
        if value is not FAILED:
            self.some_ended = True
        nothing = value is None or value is FAILED
        if self.done or (nothing and self.left):
            return
        self.done = True
        if not self.some_ended:
            self.endpoint._unanswered(self.id)
            return
        if self.endpoint.id == self.socket_id:
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
