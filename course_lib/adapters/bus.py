"""A bus: what an adapter needs of an engine that joins several processes.        Socket.IO rev. 5

    node A                        engine                         node B
    publish(message, encoded) ──> one order for each sender ──>  receive(message, offset)
                              <── offset (of a stream), or None
    count("/")                    2
                              ──> down(error), up(missed)         the engine is away, and back

Lesson 16.  Builds on: nothing.  Used by: `outbox`, `cluster`, `memory_bus`.
New here: a message says what happened, by the numbers that all official adapters share.
Left out: bytes.  Each engine has a format of its own, and `encode` is the bus's.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import Any, Protocol


class Kind(enum.IntEnum):
    """What a message says."""

    INITIAL_HEARTBEAT = 1
    HEARTBEAT = 2
    BROADCAST = 3  # {packet, opts, requestId?}
    SOCKETS_JOIN = 4  # {opts, rooms}
    SOCKETS_LEAVE = 5  # {opts, rooms}
    DISCONNECT_SOCKETS = 6  # {opts, close}
    FETCH_SOCKETS = 7  # {opts, requestId}
    FETCH_SOCKETS_RESPONSE = 8  # {requestId, sockets}
    SERVER_SIDE_EMIT = 9  # {packet: [event, *args], requestId?}
    SERVER_SIDE_EMIT_RESPONSE = 10  # {requestId, packet: value}
    BROADCAST_CLIENT_COUNT = 11  # {requestId, clientCount}
    BROADCAST_ACK = 12  # {requestId, packet: value}
    ADAPTER_CLOSE = 13


@dataclass(slots=True)
class Message:
    """One message between the nodes of a namespace."""

    kind: Kind
    nsp: str
    uid: str  # of the node that sends it
    data: dict[str, Any] = field(default_factory=dict)
    to: str | None = None  # the uid of the only node that is meant


class Node(Protocol):
    """A namespace in one process, as the bus sees it."""

    uid: str

    @property
    def name(self) -> str:
        """Of the namespace."""

    def receive(self, message: Message, offset: str | None = None) -> None:
        """A message came: also one's own, if the engine sends it back."""

    def garbage(self, error: Exception) -> None:
        """Something came that is no message."""

    def left(self, uid: str) -> None:
        """Another node has gone, if the engine tells."""

    def down(self, error: Exception) -> None:
        """The engine is away: nothing can be published until `up`."""

    def up(self, *, missed: bool) -> None:
        """It is back.  `missed`: what others have published meanwhile is lost."""


class Bus(Protocol):
    """An engine, as an adapter sees it.  One for all namespaces of a process."""

    # Each message has a place in a stream, which sessions that are recovered ask for.  Then local
    # delivery waits for it.
    offsets: bool

    def new_id(self) -> str:
        """For a node or a request."""

    def encode(self, message: Message) -> bytes:
        """A message as this engine carries it.  Raises what the caller of `emit` is told."""

    async def publish(self, message: Message, encoded: bytes) -> str | None:
        """Send it, after those before; its offset.  If it raises, it counts as lost."""

    async def count(self, name: str) -> int:
        """How many nodes this namespace has, with this one."""

    def subscribe(self, node: Node) -> None:
        """Begin to give it messages.  If the engine is away, `down` at once and `up` later."""

    def unsubscribe(self, node: Node) -> None:
        """Give it no more."""
