"""The transports that can be compared, and how each is made.

Lessons 01, 02 and 06.  Builds on: `lab.apps`.  Used by: `comparison`, `measuring`, `trips`.

    TRANSPORTS    "short polling" -> (settings) -> Transport        in the order of the course
                  "long polling"
                  "WebSocket"                                       register(...) adds one

New here: a `Transport` is all that a measurement has to know: how to make a server and a client,
and their names.
Left out: what they cost; see `measuring`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any, Protocol, Self

from ...errors import LocalError
from ..apps import long_polling as long_polling_app
from ..apps import short_polling as short_polling_app
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
    attribute `pushes` that is true.
    """

    polls: int

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


TRANSPORTS: dict[str, Make] = {
    "short polling": short_polling,
    "long polling": lambda interval: long_polling(),
    "WebSocket": lambda interval: websocket(),
}


def register(name: str, make: Make) -> None:
    """Add a transport: `make(interval)` returns it.  LocalError if `name` is taken."""
    if name in TRANSPORTS:
        raise LocalError(f"there is a transport {name!r} already")
    TRANSPORTS[name] = make


def named(name: str, interval: float) -> Transport:
    """The transport of that name; see `name_of`."""
    return TRANSPORTS[name_of(name)](interval)


def name_of(name: str) -> str:
    """The key in `TRANSPORTS` for a name in any case, also with hyphens.  LocalError if none."""
    wanted = " ".join(name.lower().replace("-", " ").replace("_", " ").split())
    for known in TRANSPORTS:
        if known.lower() == wanted:
            return known
    raise LocalError(f"no transport {name!r}; there are {', '.join(TRANSPORTS)}")
