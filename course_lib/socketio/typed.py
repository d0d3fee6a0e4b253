"""Typed events: a type checker knows each event's payload and its answer.

    class Chat(Protocol):                                    a server's socket, for the checker
        @overload
        def on(self, event: Literal["say"]) -> Hears[[str], int]: ...
        @overload
        def on(self, event: Literal["join"]) -> Hears[[str], None]: ...
        @overload
        def emit(self, event: Literal["said"], user: str, text: str) -> None: ...
        @overload
        def emit(self, event: Literal["count"], number: int) -> None: ...

    @io.on("connection")
    def connected(socket: Chat) -> None:
        @socket.on("say")
        async def say(text: str) -> int:         another name, parameter or answer: an error here
            socket.emit("said", "Ada", text)     another name or payload: an error here
            return len(text)

Lesson 12.  Builds on: nothing.  Used by: users.
New here: an event map is a protocol of overloads, which `Socket`, `Client` and broadcasts have
anyway.  It costs nothing at run time.
Left out: what really comes; see `checked`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import ParamSpec, Protocol, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


class Hears(Protocol[P, R]):
    """What `on(event)` gives: a decorator for a listener with this payload and this answer."""

    def __call__(
        self, listener: Callable[P, R | Awaitable[R]], /
    ) -> Callable[P, R | Awaitable[R]]: ...
