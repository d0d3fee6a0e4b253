"""A client's options, with their defaults.  Those of Engine.IO's client are options, too.

Lesson 09.  Builds on: `options`, engineio.client_options.  Used by: `manager`, `client`.
New here: `auth` may be a function, `def` or `async def`: it is called for each attempt.
"""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ..engineio import client_options as engineio_options
from ..errors import LocalError
from .connect_error import ConnectError
from .options import EndpointOptions, GivenToBoth

Auth = Mapping[str, Any] | Callable[[], Mapping[str, Any] | Awaitable[Mapping[str, Any]]] | None

ShouldRetry = Callable[[ConnectError], bool | Awaitable[bool]]


class Given(engineio_options.Given, GivenToBoth, total=False):
    """The keyword arguments of `Manager` and `Client`; `ClientOptions` and
    `engineio.client_options.ClientOptions` say what each means."""

    max_buffered: int
    retries: int
    reconnection: bool
    reconnection_attempts: float
    reconnection_delay: float
    reconnection_delay_max: float
    randomization_factor: float
    should_retry: ShouldRetry | None


@dataclass(slots=True)
class ClientOptions(EndpointOptions):
    """What Socket.IO adds to the options of Engine.IO, whose `path` is `/socket.io/` here."""

    max_buffered: int = 10_000  # events of one socket that wait until it is connected
    retries: int = 0  # send each event until it is answered, so many times more; see `retries`
    reconnection: bool = True  # connect again when the connection was lost
    reconnection_attempts: float = math.inf  # in a row, before it gives up
    reconnection_delay: float = 1.0  # seconds before the first attempt; see `backoff`
    reconnection_delay_max: float = 5.0
    randomization_factor: float = 0.5  # of a delay: chance adds or takes up to this part
    # `should_retry(error)`, after an attempt that failed: False gives up.  `error` is a
    # ConnectError; its `description` has the `status` of an HTTP response.
    should_retry: ShouldRetry | None = None

    def __post_init__(self) -> None:
        EndpointOptions.__post_init__(self)
        if not (type(self.retries) is int and self.retries >= 0):
            raise LocalError(f"retries={self.retries!r}: an int, and not negative")
        if not isinstance(self.reconnection, bool):
            raise LocalError(f"reconnection={self.reconnection!r}: write True or False")
        for name in ("reconnection_delay", "reconnection_delay_max"):
            if not is_number(getattr(self, name)):
                raise LocalError(f"{name}={getattr(self, name)!r}: write seconds, 0 or more")
        if not is_number(self.reconnection_attempts):
            raise LocalError(
                f"reconnection_attempts={self.reconnection_attempts!r}: write a number, or math.inf"
            )
        if not (is_number(self.randomization_factor) and self.randomization_factor <= 1):
            raise LocalError(
                f"randomization_factor={self.randomization_factor!r}: write a number from 0 to 1"
            )
        if not (self.should_retry is None or callable(self.should_retry)):
            raise LocalError(f"should_retry={self.should_retry!r}: write a function, or None")
        if not (isinstance(self.max_buffered, int) and self.max_buffered >= 0):
            raise LocalError(f"max_buffered={self.max_buffered!r}: an int, and not negative")


def is_number(value: object) -> bool:
    """Whether it is a number, and not negative."""
    return isinstance(value, int | float) and value >= 0
