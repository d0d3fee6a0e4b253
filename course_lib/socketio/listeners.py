"""Listeners: functions that are called by the name of an event.                 Socket.IO rev. 5

    socket.on("say", f)        each time
    socket.once("say", f)      the next time
    socket.off("say", f)       no more

Lesson 09.  Builds on: nothing.  Used by: `endpoint`, `namespace`, `server`.
New here: names are the application's own.
Left out: how a listener is run, and what its value is for; see `endpoint`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, overload

from ..errors import LocalError

Listener = Callable[..., Any]
Some = TypeVar("Some", bound=Listener)
NONE: tuple[Listener, ...] = ()


class Listeners:
    """Something that has listeners.  Those of one event are called in the order of `on`."""

    __slots__ = ("_named",)

    def __init__(self) -> None:
        self._named: dict[str, tuple[Listener, ...]] = {}

    @overload
    def on(self, event: str) -> Callable[[Some], Some]: ...
    @overload
    def on(self, event: str, listener: Some) -> Some: ...
    def on(self, event: str, listener: Listener | None = None) -> Listener:
        """Call `listener(*args)` at each `event`.  `@thing.on("say")` does the same."""
        if listener is None:
            return lambda function: self.on(event, function)
        if not isinstance(event, str):
            raise LocalError(f"the name of an event is a text, not {event!r}")
        if not callable(listener):
            raise LocalError(f"a listener is a function, not {listener!r}")
        # A new tuple: whoever runs the old one meanwhile skips no neighbour.
        self._named[event] = (*self._named.get(event, NONE), self._bound(event, listener))
        return listener

    def _bound(self, event: str, listener: Listener) -> Listener:
        """What to call for this listener."""
        return listener

    @overload
    def once(self, event: str) -> Callable[[Some], Some]: ...
    @overload
    def once(self, event: str, listener: Some) -> Some: ...
    def once(self, event: str, listener: Listener | None = None) -> Listener:
        """Call `listener` at the next `event` only."""
        if listener is None:
            return lambda function: self.once(event, function)
        self.on(event, _Once(self, event, self._bound(event, listener)))
        return listener

    def off(self, event: str, listener: Listener | None = None) -> None:
        """Call this listener of `event` no more: its newest entry; without one, none of them."""
        left = without(self._named.get(event, NONE), listener) if listener is not None else NONE
        if left:
            self._named[event] = left
        else:
            self._named.pop(event, None)

    def take_listeners(self, other: Listeners) -> None:
        """Have the listeners of another, too."""
        for event, listeners in other._named.items():
            self._named[event] = (*self._named.get(event, NONE), *listeners)

    def remove_all_listeners(self, event: str | None = None) -> None:
        """Forget the listeners of `event`; without a name, of all events."""
        if event is None:
            self._named = {}
        else:
            self.off(event)

    def listeners(self, event: str) -> list[Listener]:
        """The listeners of `event`, in order."""
        return [plain(listener) for listener in self._named.get(event, NONE)]

    def named(self, event: str) -> tuple[Listener, ...]:
        """What to call at `event`."""
        return self._named.get(event, NONE)

    def has_listeners(self, event: str) -> bool:
        """Whether anybody listens to `event`."""
        return event in self._named

    def event_names(self) -> list[str]:
        """The events that have listeners."""
        return list(self._named)


class Wrapper:
    """What is called in place of a listener."""

    __slots__ = ("listener",)

    def __init__(self, listener: Listener) -> None:
        self.listener = listener


class _Once(Wrapper):
    """A listener that leaves when it is called."""

    __slots__ = ("event", "owner")

    def __init__(self, owner: Listeners, event: str, listener: Listener) -> None:
        super().__init__(listener)
        self.owner, self.event = owner, event

    def __call__(self, *args: Any) -> Any:
        if self not in self.owner._named.get(self.event, NONE):
            return None  # it was called already, by an event inside this one
        self.owner.off(self.event, self)
        return self.listener(*args)


def plain(listener: Listener) -> Listener:
    """What the application has given."""
    while isinstance(listener, Wrapper):
        listener = listener.listener
    return listener


def without(listeners: tuple[Listener, ...], gone: Listener) -> tuple[Listener, ...]:
    for at in reversed(range(len(listeners))):
        if listeners[at] == gone or plain(listeners[at]) == gone:
            return listeners[:at] + listeners[at + 1 :]
    return listeners
