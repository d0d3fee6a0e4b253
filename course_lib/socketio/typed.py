"""Typed events: a type checker knows the direction, the payload and the answer of each event.

    from course_lib.socketio.typed import Client, Server, Socket, ToClient, ToServer

    class Chat:                                                 the event map
        say = ToServer[[str], int]("say")                       its payload, its answer
        said = ToClient[[str, str], None]("said")

    io = Server()

    @io.on("connection")
    def connected(socket: Socket) -> None:
        @socket.on(Chat.say)
        async def say(text: str) -> int:                        another parameter, another answer,
            io.emit(Chat.said, socket.id, text)                 another event: an error at its line
            return len(text)

    number = await client.emit_with_ack(Chat.say, "hi")         an int

Lesson 12.  Builds on: `server`, `client`, `handlers`.  Used by: users.
New here: an event is declared once, for both ends.  At run time it is its name, and the classes are
those of `course_lib.socketio`.  A checker reads `typed.pyi`: there they take declared events alone.
Left out: `callback=`, since `emit_with_ack` has the type of its answer; and whether the peer keeps
to the map, which `checked` and `check` find out.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Generic, ParamSpec, Protocol, TypeVar

from ..errors import LocalError
from ..wire.socketio.packet import RESERVED
from .broadcast import BroadcastOperator
from .client import Client
from .endpoint import Emission
from .handlers import Handlers, on
from .namespace import Namespace
from .parent_namespace import ParentNamespace
from .server import Server
from .sockets import Socket

__all__ = [
    "BroadcastOperator",
    "Client",
    "Emission",
    "Handlers",
    "Hears",
    "Namespace",
    "ParentNamespace",
    "Server",
    "Socket",
    "ToClient",
    "ToServer",
    "on",
]

Payload = ParamSpec("Payload")
Answer = TypeVar("Answer")


class Hears(Protocol[Payload, Answer]):
    """What `on(event)` gives in a Protocol of overloads: a decorator for a listener."""

    def __call__(
        self, listener: Callable[Payload, Answer | Awaitable[Answer]], /
    ) -> Callable[Payload, Answer | Awaitable[Answer]]: ...


class _Event(Generic[Payload, Answer]):
    def __new__(cls, name: str) -> Any:
        if not isinstance(name, str) or name in RESERVED:
            raise LocalError(f"{name!r} is no name for an event")
        return name


class ToServer(_Event[Payload, Answer]):
    """An event that clients send: `ToServer[[its payload], its answer]("its name")`."""


class ToClient(_Event[Payload, Answer]):
    """An event that servers send: `ToClient[[its payload], its answer]("its name")`."""
