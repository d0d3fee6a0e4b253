"""The transports that can be compared, and how each is made.

Lessons 01, 02, 06, 08 and 09.  Builds on: `lab.apps`.  Used by: `comparison`, `measuring`, `trips`.

    TRANSPORTS    "short polling" -> (settings) -> Transport        in the order of the course
                  "long polling"
                  "WebSocket"                                       register(...) adds one
    ENGINEIO      "Engine.IO, polling" -> ...                       only where they are named
    SOCKETIO      "Socket.IO, polling" -> ...                       likewise

New here: a `Transport` is all that a measurement has to know: how to make a server and a client,
and their names.
Left out: what they cost; see `measuring`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, Self

from ...errors import LocalError
from ..apps import engineio_chat as engineio_app
from ..apps import long_polling as long_polling_app
from ..apps import short_polling as short_polling_app
from ..apps import socketio_chat as socketio_app
from ..apps import websocket as websocket_app


class ChatServer(Protocol):
    """What a chat's server offers on every transport."""

    @property
    def url(self) -> str: ...
    def post(self, text: str) -> object: ...
    async def __aenter__(self) -> Self: ...
    async def __aexit__(self, *_: object) -> None: ...


class ChatClient(Protocol):
    """What a chat's client offers on every transport.

    `polls` counts its HTTP requests.  A client whose messages come without a request has an
    attribute `pushes` that is true; one whose requests are not sent by `poll` has `in_background`.
    If there is something to wait for before its transport is the one to measure, it has `ready()`.
    """

    @property
    def polls(self) -> int: ...
    async def poll(self) -> list[str]: ...
    def messages(self) -> AsyncIterator[str]: ...
    async def __aenter__(self) -> Self: ...
    async def __aexit__(self, *_: object) -> None: ...


@dataclass(slots=True)
class Transport:
    """A way to carry the chat.  `details` are what `lab.models` needs to predict it."""

    name: str
    server: Callable[[], ChatServer]
    client: Callable[[str], ChatClient]
    details: dict[str, Any] = field(default_factory=dict)


Make = Callable[[float], Transport]  # from the interval of polling, in seconds


def short_polling(interval: float, pause: bool = False) -> Transport:
    """A request every `interval` seconds; with `pause`, that long after each response."""
    return Transport(
        f"short polling, {'pause ' if pause else ''}{interval:g} s",
        short_polling_app.Server,
        lambda url: short_polling_app.Client(url, interval=interval, pause=pause),
        {"interval": interval, "pause": pause},
    )


def long_polling(hold: float = 25.0) -> Transport:
    """The next request at once; the server responds when it has news, or after `hold` seconds."""
    return Transport(
        "long polling",
        lambda: long_polling_app.Server(hold=hold),
        long_polling_app.Client,
        {"hold": hold},
    )


def websocket() -> Transport:
    """One connection for each client; the server sends each message at once."""
    return Transport("WebSocket", websocket_app.Server, websocket_app.Client, {"push": True})


WAYS: dict[str, Sequence[str]] = {
    "polling": ["polling"],
    "WebSocket": ["websocket"],
    "upgraded": ["polling", "websocket"],
}


def engineio(way: str = "upgraded") -> Transport:
    """A session by "polling", by "WebSocket", or "upgraded" from the one to the other."""
    if way not in WAYS:
        raise LocalError(f"ways of Engine.IO are {', '.join(WAYS)}: {way!r}")
    return Transport(
        f"Engine.IO, {way}",
        engineio_app.Server,
        lambda url: engineio_app.Client(url, transports=WAYS[way]),
        {**_carried(way), "engineio": way},
    )


def socketio(way: str = "upgraded") -> Transport:
    """Events on such a session."""
    if way not in WAYS:
        raise LocalError(f"ways of Socket.IO are {', '.join(WAYS)}: {way!r}")
    return Transport(
        f"Socket.IO, {way}",
        socketio_app.Server,
        lambda url: socketio_app.Client(url, transports=WAYS[way]),
        {**_carried(way), "socketio": way},
    )


def _carried(way: str) -> dict[str, Any]:
    ping = engineio_app.Server().engine.options.ping_interval
    return {"hold": ping} if way == "polling" else {"push": True}


TRANSPORTS: dict[str, Make] = {
    "short polling": short_polling,
    "long polling": lambda interval: long_polling(),
    "WebSocket": lambda interval: websocket(),
}


ENGINEIO: dict[str, Make] = {  # for whoever names them: a comparison of all has only TRANSPORTS
    f"Engine.IO, {way}": lambda interval, way=way: engineio(way)  # type: ignore[misc]
    for way in WAYS
}
SOCKETIO: dict[str, Make] = {
    f"Socket.IO, {way}": lambda interval, way=way: socketio(way)  # type: ignore[misc]
    for way in WAYS
}


def _all() -> dict[str, Make]:
    return TRANSPORTS | ENGINEIO | SOCKETIO


def register(name: str, make: Make) -> None:
    """Add a transport: `make(interval)` returns it.  LocalError if `name` is taken."""
    if name in _all():
        raise LocalError(f"there is a transport {name!r} already")
    TRANSPORTS[name] = make


def named(name: str, interval: float) -> Transport:
    """The transport of that name; see `name_of`."""
    return _all()[name_of(name)](interval)


def name_of(name: str) -> str:
    """The key in one of the three for a name in any case, also with hyphens and no comma.

    LocalError if there is none.
    """
    wanted = _plain(name)
    for known in _all():
        if _plain(known) == wanted:
            return known
    raise LocalError(f"no transport {name!r}; there are {spoken()}")


def spoken() -> str:
    """All names in one line, in which a comma is between two of them."""
    return ", ".join(known.replace(",", "") for known in _all())


def _plain(name: str) -> str:
    return " ".join(name.lower().translate(str.maketrans("-_,", "   ")).split())
