"""A server's options, and those of both ends, with their defaults.  Seconds and bytes.

Lesson 09.  Builds on: `acks`, `backlog`, engineio.options.  Used by: `server`, `client_options`.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol, TypedDict

from ..engineio import options as engineio_options
from ..errors import LocalError
from ..wire.socketio.packet import Packet, Parser
from .acks import MAX_PENDING
from .adapter import Adapter
from .backlog import CLOSE, POLICIES, Overflow


class AnyDecoder(Protocol):
    """Makes packets of the messages of one connection."""

    @property
    def partial(self) -> Packet | None: ...  # a packet whose attachments have not all come
    def add(self, message: str | bytes) -> Packet | None: ...


class AnyParser(Protocol):
    """How packets become messages.  Both ends must have the same; nothing negotiates it."""

    def encode(self, packet: Packet) -> list[str | bytes]: ...
    def decoder(self) -> AnyDecoder: ...


OnError = Callable[[BaseException, dict[str, Any]], object]


class GivenToBoth(TypedDict, total=False):
    """The keyword arguments of both ends; `EndpointOptions` says what each means."""

    parser: AnyParser
    on_error: OnError | None
    ordered: bool
    ack_timeout: float | None
    max_pending_acks: int
    max_running_handlers: int
    max_waiting_events: int


class Given(engineio_options.Given, GivenToBoth, total=False):
    """The keyword arguments of `Server`; `Options` and `engineio.options.Options` say what each
    means."""

    connect_timeout: float
    attachments_timeout: float
    max_namespaces: int
    deduplicate: bool
    cleanup_empty_child_namespaces: bool
    adapter: Callable[[Any], Adapter]
    overflow: Overflow
    serve_client: bool | str | os.PathLike[str]


@dataclass(slots=True)
class EndpointOptions:
    """What a server and a client have among their options."""

    parser: AnyParser = field(default_factory=Parser)  # JSON
    on_error: OnError | None = None
    ordered: bool = False  # an event's listeners start when those before have ended
    ack_timeout: float | None = None  # seconds for each answer; None: as long as the connection
    max_pending_acks: int = MAX_PENDING
    max_running_handlers: int = 1_000  # of one socket
    max_waiting_events: int = 1_048_576  # bytes of one socket's events that wait for these

    def __post_init__(self) -> None:
        if self.parser is None:
            self.parser = Parser()
        if self.ack_timeout is not None:
            positive(self, "ack_timeout")
        for name in ("max_pending_acks", "max_running_handlers", "max_waiting_events"):
            limit = getattr(self, name)
            if not (isinstance(limit, int) and limit > 0):
                raise LocalError(f"{name}={limit!r}: a limit is an int, and more than 0")


@dataclass(slots=True)
class Options(EndpointOptions):
    """What Socket.IO adds to the options of Engine.IO, whose `path` is `/socket.io/` here."""

    connect_timeout: float = 45.0  # for the first namespace of a connection
    attachments_timeout: float = 30.0  # for all attachments of a packet
    max_namespaces: int = 16  # of one connection
    deduplicate: bool = False  # what a client with `retries` sends again; see `repeats`
    cleanup_empty_child_namespaces: bool = False  # when the last socket of a child leaves
    adapter: Callable[[Any], Adapter] = Adapter  # of a namespace: who is in which room
    # When a client takes less than is sent: see `backlog`.  `max_unsent` bytes may wait.
    overflow: Overflow = CLOSE
    # Serve the official browser client under `path`: from the npm package that Node.js would find
    # from the working directory, or from this folder.
    serve_client: bool | str | os.PathLike[str] = True

    def __post_init__(self) -> None:
        EndpointOptions.__post_init__(self)
        for name in ("connect_timeout", "attachments_timeout"):
            positive(self, name)
        if not (callable(self.overflow) or self.overflow in POLICIES):
            raise LocalError(f"overflow={self.overflow!r}: {', '.join(POLICIES)}, or a function")
        if not isinstance(self.serve_client, bool) and not os.path.isdir(self.serve_client):
            raise LocalError(f"serve_client={self.serve_client!r}: True, False, or a folder")


def positive(options: Any, name: str) -> None:
    """LocalError if the option of this name is no number of seconds."""
    seconds = getattr(options, name)
    if not (isinstance(seconds, int | float) and seconds > 0):
        raise LocalError(f"{name}={seconds!r}: write seconds, more than 0")
