"""Checked listeners: what the peer sent is checked against annotations.           Socket.IO rev. 5

    class Message(TypedDict):
        room: str
        text: str

    @checked
    def say(socket: Socket, message: Message) -> str:
        socket.to(message["room"]).emit("said", message["text"])
        return "ok"

    socket.on("say", say)          the socket first, and a Handshake after it, if they are asked for

    2["say",{"room":"a","text":7}]  ──>  BadPayload: message.text: expected str, got int
                                         as any error of a listener: on_error, and no answer

Lesson 12.  Builds on: `payload`, `listeners`, `handshake`.  Used by: `endpoint`, `handlers`, users.
New here: a listener that needs no socket around it, so that one function serves all sockets.
A listener without `@checked` is called as ever, annotated or not.
Left out: what the library's own events bring, and answers; `check` is for these.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Sequence
from itertools import chain, repeat
from typing import Any, Concatenate, ParamSpec, TypeVar, overload

from ..errors import LocalError
from ..wire.socketio.packet import RESERVED
from . import payload, records
from .handshake import Handshake
from .listeners import Listener, Listeners, Wrapper
from .payload import BadPayload

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")
S = TypeVar("S", bound=Listeners)
POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


@overload
def checked(listener: Callable[Concatenate[S, Handshake, P], R]) -> Callable[P, R]: ...
@overload
def checked(listener: Callable[Concatenate[S, P], R]) -> Callable[P, R]: ...
@overload
def checked(listener: Callable[Concatenate[Handshake, P], R]) -> Callable[P, R]: ...
@overload
def checked(listener: Callable[P, R]) -> Callable[P, R]: ...
def checked(listener: Listener) -> Listener:
    """Let `listener` be called with what its annotations admit, and with nothing else.

    `payload` has the table of annotations.  A parameter without one takes anything.  If the first
    ones are annotated as a socket (Socket, Client) or a Handshake, the listener gets these, too.
    What does not fit raises BadPayload in place of the call: `on_error` hears of it, and there is
    no answer.  LocalError, when it is registered, for an annotation that cannot be checked.
    Whoever calls the result calls `listener`, unchecked.
    """
    if not callable(listener):
        raise LocalError(f"a listener is a function, not {listener!r}")
    return Checked(listener)


@overload
def check(annotation: type[T], value: Any) -> T: ...
@overload
def check(annotation: Any, value: Any) -> Any: ...
def check(annotation: Any, value: Any) -> Any:
    """The value, if it is what the annotation says, or what is made of it; else BadPayload.

    For answers: `check(list[str], await socket.emit_with_ack("names"))`.
    """
    try:
        return _kind_of(annotation).check(value)
    except RecursionError:
        raise _too_deep() from None


_kind_of = functools.lru_cache(maxsize=1_000)(payload.kind_of)


class Checked:
    """A listener whose payload is checked where an event brings it."""

    def __init__(self, listener: Listener) -> None:
        functools.update_wrapper(self, listener)
        self.listener = listener
        self._plans: dict[bool, Plan] = {}

    def __call__(self, *args: Any, **named: Any) -> Any:
        return self.listener(*args, **named)

    def __get__(self, instance: Any, owner: Any) -> Checked:
        if instance is None or not hasattr(self.listener, "__get__"):
            return self
        return Checked(self.listener.__get__(instance, owner))

    def plan(self, *, with_socket: bool = False) -> Plan:
        """How it is called, which is found out once.  `with_socket`: its first argument is the
        socket, whatever it is annotated with."""
        if with_socket not in self._plans:
            self._plans[with_socket] = Plan(self.listener, with_socket)
        return self._plans[with_socket]

    def bound(self, socket: Listeners, event: str, *, with_socket: bool = False) -> Bound:
        """What to call at this event of this socket."""
        plan = self.plan(with_socket=with_socket)
        own = event in RESERVED or event == "error"  # its arguments are the library's
        return Bound(self, plan.context(socket), None if own else plan.check)

    # Each access to a method gives a new one, and `off` compares.
    def __eq__(self, other: object) -> bool:
        return isinstance(other, Checked) and other.listener == self.listener

    def __hash__(self) -> int:
        return hash(self.listener)

    def __repr__(self) -> str:
        return f"checked({self.listener!r})"


class Bound(Wrapper):
    """A checked listener of one socket."""

    __slots__ = ("_check", "_context", "_function")

    def __init__(
        self, listener: Checked, context: tuple[Any, ...], check: Callable[..., Any] | None
    ) -> None:
        super().__init__(listener)
        self._function = listener.listener
        self._context, self._check = context, check

    def __call__(self, *args: Any) -> Any:
        if self._check is not None:
            args = self._check(args)
        return self._function(*self._context, *args)


class Plan:
    """How the parameters of a listener are filled."""

    __slots__ = ("_checks", "_context", "_least", "_most", "_names", "_rest", "_types", "name")

    def __init__(self, listener: Listener, with_socket: bool) -> None:
        self.name = getattr(listener, "__qualname__", None) or repr(listener)
        self._context: list[type] = []
        self._names: list[str] = []
        self._checks: list[Callable[[Any], Any]] = []
        self._types: list[type | None] = []  # of values that pass as they are
        self._rest: Callable[[Any], Any] | None = None
        self._least = 0
        self._most: float = 0
        hints = records.hints_of(_function(listener), self.name)
        for parameter in _parameters(listener, self.name):
            hint = hints.get(parameter.name, Any)
            if parameter.kind in POSITIONAL and not self._names:
                if with_socket and not self._context:
                    hint = Listeners
                if isinstance(hint, type) and issubclass(hint, (Listeners, Handshake)):
                    self._context.append(hint)
                    continue
            self._add(parameter, hint)

    def _add(self, parameter: inspect.Parameter, hint: Any) -> None:
        if parameter.kind is parameter.VAR_KEYWORD:
            return
        needed = parameter.default is parameter.empty
        if parameter.kind is parameter.KEYWORD_ONLY:
            if needed:
                raise LocalError(f"{self.name}: an event brings no keyword: {parameter.name}")
            return
        try:
            kind = payload.kind_of(hint)
        except LocalError as error:
            raise LocalError(f"{self.name}: {parameter.name}: {error}") from None
        self._names.append(parameter.name)
        if parameter.kind is parameter.VAR_POSITIONAL:
            self._rest, self._most = kind.check, float("inf")
            return
        self._checks.append(kind.check)
        self._types.append(next(iter(kind.types)) if kind.every and len(kind.types) == 1 else None)
        self._least += needed
        self._most += 1

    def context(self, socket: Listeners) -> tuple[Any, ...]:
        """What comes before the payload.  LocalError if this socket has no such thing."""
        found: list[Any] = []
        for kind in self._context:
            one = getattr(socket, "handshake", None) if kind is Handshake else socket
            if not isinstance(one, kind):
                raise LocalError(f"{self.name}: {socket!r} has no {kind.__name__} for it")
            found.append(one)
        return tuple(found)

    def check(self, args: Sequence[Any]) -> Sequence[Any]:
        """The payload, as the listener gets it; raises BadPayload."""
        if [*map(type, args)] == self._types:  # three values: 0.4 µs in place of 1.8
            return args
        if not self._least <= len(args) <= self._most:
            raise BadPayload(f"expected {self._count()}, got {len(args)}")
        checks: Iterable[Callable[[Any], Any]] = self._checks
        if self._rest is not None:
            checks = chain(checks, repeat(self._rest))
        made: list[Any] = []
        try:
            for check, value in zip(checks, args, strict=False):
                made.append(check(value))
        except BadPayload as error:
            raise error.inside(self._place(len(made))) from None
        except RecursionError:
            raise _too_deep().inside(self._place(len(made))) from None
        return made

    def _place(self, number: int) -> str:
        fixed = len(self._checks)
        return self._names[number] if number < fixed else f"{self._names[-1]}[{number - fixed}]"

    def _count(self) -> str:
        least, most = self._least, self._most
        count = str(least) if least == most else f"{least} to {most}"
        count = f"{least} or more" if self._rest is not None else count
        return f"{count} value" if count == "1" else f"{count} values"


def _too_deep() -> BadPayload:
    return BadPayload("nested too deeply")


def _function(listener: Any) -> Any:
    """The function whose annotations count."""
    while isinstance(listener, functools.partial):
        listener = listener.func
    if not inspect.isroutine(listener):
        listener = type(listener).__call__
    return inspect.unwrap(listener)


def _parameters(listener: Listener, name: str) -> Iterable[inspect.Parameter]:
    try:
        return inspect.signature(listener).parameters.values()
    except (ValueError, TypeError):
        raise LocalError(f"{name}: it does not tell its parameters") from None
