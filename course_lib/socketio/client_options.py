"""A client's options, with their defaults.  Those of Engine.IO's client are options, too.

Lesson 09.  Builds on: `options`, engineio.client_options.  Used by: `manager`, `client`.
New here: `auth` may be a function, `def` or `async def`: it is called for each attempt.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ..engineio import client_options as engineio_options
from ..errors import LocalError
from .options import EndpointOptions, GivenToBoth

Auth = Mapping[str, Any] | Callable[[], Mapping[str, Any] | Awaitable[Mapping[str, Any]]] | None


class Given(engineio_options.Given, GivenToBoth, total=False):
    """The keyword arguments of `Manager` and `Client`; `ClientOptions` and
    `engineio.client_options.ClientOptions` say what each means."""

    max_buffered: int


@dataclass(slots=True)
class ClientOptions(EndpointOptions):
    """What Socket.IO adds to the options of Engine.IO, whose `path` is `/socket.io/` here."""

    max_buffered: int = 10_000  # events of one socket that wait until it is connected

    def __post_init__(self) -> None:
        EndpointOptions.__post_init__(self)
        if not (isinstance(self.max_buffered, int) and self.max_buffered >= 0):
            raise LocalError(f"max_buffered={self.max_buffered!r}: an int, and not negative")
