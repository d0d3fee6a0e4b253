"""A client's options, with their defaults.  Those of Engine.IO's client are options, too.

Lesson 09.  Builds on: `endpoint`, engineio.client_options.  Used by: `manager`, `client`.
New here: `auth` may be a function, `def` or `async def`: it is called for each attempt.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ..engineio import client_options as engineio_options
from ..errors import LocalError
from ..wire.socketio.packet import Parser
from .endpoint import Limits
from .options import AnyParser, check_limits

Auth = Mapping[str, Any] | Callable[[], Mapping[str, Any] | Awaitable[Mapping[str, Any]]] | None


class Given(engineio_options.Given, total=False):
    """The keyword arguments of `Manager` and `Client`; `ClientOptions` and
    `engineio.client_options.ClientOptions` say what each means."""

    parser: AnyParser
    on_error: Callable[[BaseException, dict[str, Any]], object] | None
    max_buffered: int
    ordered: bool
    ack_timeout: float | None
    max_pending_acks: int
    max_running_handlers: int
    max_waiting_events: int


@dataclass(slots=True)
class ClientOptions(Limits):
    """What Socket.IO adds to the options of Engine.IO, whose `path` is `/socket.io/` here."""

    parser: AnyParser | None = None  # None: `packet.Parser()`, JSON
    on_error: Callable[[BaseException, dict[str, Any]], object] | None = None
    max_buffered: int = 10_000  # events of one socket that wait until it is connected

    def __post_init__(self) -> None:
        check_limits(self)
        if not (isinstance(self.max_buffered, int) and self.max_buffered >= 0):
            raise LocalError(f"max_buffered={self.max_buffered!r}: an int, and not negative")
        if self.parser is None:
            self.parser = Parser()
