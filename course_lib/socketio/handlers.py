"""Handlers: the listeners of a namespace as the methods of a class.              Socket.IO rev. 5

    class Chat(Handlers):
        def __init__(self, history):
            self.history = history

        def on_connect(self, socket): ...               somebody has joined
        def on_say(self, socket, text):                 the event "say"; what it returns answers it
            self.history.append(text)
            socket.broadcast.emit("said", text)
        @on("room:join")                                an event whose name is no identifier
        async def join(self, socket, room): ...
        def on_any(self, socket, event, *args): ...     a catch-all
        def on_disconnect(self, socket, reason): ...    somebody has left

    io.of("/chat").register(Chat([]))                   or io.of(re.compile(...)), io, a client

Lesson 12.  Builds on: `checked`, `endpoint`.  Used by: `namespace`, `client`, users.
New here: one object serves all sockets, each of which is an argument; what belongs to one client is
in `socket.data`.  A method that could never be called is an error when it is registered.
Left out: middlewares, which are registered as ever: `namespace.use(chat.let_in)`.
"""

from __future__ import annotations

import difflib
import functools
import inspect
import re
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from ..errors import LocalError
from ..wire.socketio.packet import RESERVED
from .checked import POSITIONAL, Checked
from .endpoint import ANY, Endpoint
from .listeners import Listener

Method = TypeVar("Method", bound=Listener)
Methods = dict[str | None, Listener]  # by event; the catch-all at None
# What the library tells, with the number of values after the socket.
SERVER = {"connect": 0, "disconnecting": 2, "disconnect": 2, "error": 1}
CLIENT = {"connect": 0, "connect_error": 1, "disconnect": 2, "error": 1}
NEAR = 0.8  # from here on, a name is taken for a misspelt one


def on(event: str) -> Callable[[Method], Method]:
    """Make a method of `Handlers` a listener of this event, whatever the name of the method."""

    def mark(method: Method) -> Method:
        events = getattr(method, "__events__", ())
        method.__events__ = (*events, event)  # type: ignore[attr-defined]
        return method

    return mark


class Handlers:
    """A base class: `on_say(self, socket, *args)` is called at each event "say" of each socket.

    `class Chat(Handlers, checked=True)`: its methods are `checked`.
    """

    _checked = False

    def __init_subclass__(cls, *, checked: bool | None = None, **named: Any) -> None:
        super().__init_subclass__(**named)
        if checked is not None:
            cls._checked = checked


SomeHandlers = TypeVar("SomeHandlers", bound=Handlers)


def listener_of(handlers: Handlers) -> Listener:
    """A listener of "connection", which gives each socket the methods as its listeners."""
    methods = _methods(handlers, SERVER)
    connect = methods.pop("connect", None)

    def connected(socket: Endpoint) -> Any:
        _attach(methods, socket)  # before anything waits
        return connect(socket) if connect is not None else None

    return connected


def attach(handlers: Handlers, client: Endpoint) -> None:
    """Make the methods listeners of a client."""
    _attach(_methods(handlers, CLIENT), client)


def _attach(methods: Methods, socket: Endpoint) -> None:
    for event, method in methods.items():
        if isinstance(method, Checked):
            bound: Listener = method.bound(socket, event or ANY, with_socket=True)
        else:
            bound = functools.partial(method, socket)
        if event is None:
            socket.on_any(bound)
        else:
            socket.on(event, bound)


def _methods(handlers: Handlers, own: dict[str, int]) -> Methods:
    """The methods by their events; the catch-all at None.  LocalError for one that would never be
    called, or not with what it takes.  `own`: the library's events of this end."""
    if not isinstance(handlers, Handlers):
        raise LocalError(f"register an object of a class of Handlers, not {handlers!r}")
    found: Methods = {}
    for name in dir(handlers):
        label = f"{type(handlers).__name__}.{name}"
        for event in _events(type(handlers), name, label, own):
            method = getattr(handlers, name)
            if method is None:
                continue  # a subclass has done without it
            if not callable(method):
                raise LocalError(f"{label} is no method: {method!r}")
            if event in found:
                raise LocalError(f"{label}: another method listens to {event!r}, too")
            found[event] = _fitting(method, label, event, own, handlers._checked)
    return found


def _events(cls: type, name: str, label: str, own: dict[str, int]) -> Iterator[str | None]:
    """The events that a method of this name listens to."""
    marks = [_mark(vars(base).get(name)) for base in cls.__mro__]
    marked = next((events for events in marks if events), ())
    if not marked:
        if re.match("on[A-Z]|on_$", name):
            raise LocalError(f'{label}: write on_event, or @on("event") before it')
        if not name.startswith("on_"):
            return
        marked = (name.removeprefix("on_"),)
        if marked == ("any",):
            yield None
            return
        near = difflib.get_close_matches(marked[0], own, 1, NEAR)
        if near and marked[0] not in own and marked[0] not in RESERVED:
            raise LocalError(
                f"{label}: the library's event is {near[0]!r}; if the peer has one of this name, "
                f'write @on("{marked[0]}") before it'
            )
    for event in marked:
        if event in RESERVED and event not in own:
            raise LocalError(f"{label}: nobody tells {event!r} here, only {', '.join(own)}")
        yield event


def _mark(attribute: Any) -> tuple[str, ...]:
    return getattr(getattr(attribute, "__func__", attribute), "__events__", ())


def _fitting(
    method: Listener, label: str, event: str | None, own: dict[str, int], checked: bool
) -> Listener:
    """The method, as it is to be called with the socket and what the event brings."""
    parameters = inspect.signature(method).parameters.values()
    needed = [one for one in parameters if one.default is one.empty]
    places = [one for one in parameters if one.kind in POSITIONAL]
    rest = any(one.kind is one.VAR_POSITIONAL for one in parameters)
    if any(one.kind is one.KEYWORD_ONLY for one in needed):
        raise LocalError(f"{label}: an event brings no keywords")
    if not places and not rest:
        raise LocalError(f"{label}: its first parameter is the socket")
    if event not in own or event is None:
        if checked and not isinstance(method, Checked):
            method = Checked(method)
        if isinstance(method, Checked):
            method.plan(with_socket=True)  # raises now
        return method
    given, least = 1 + own[event], sum(one.kind in POSITIONAL for one in needed)
    if least > given:
        raise LocalError(f"{label} takes {least} arguments, and gets {given}, the socket first")
    if rest or len(places) >= given:
        return method.listener if isinstance(method, Checked) else method
    return functools.partial(_first, method, len(places))


def _first(method: Listener, count: int, *args: Any) -> Any:
    """Call it with as many arguments as it takes."""
    return method(*args[:count])
