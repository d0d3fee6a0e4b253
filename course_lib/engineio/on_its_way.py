"""What is on its way from and to a client whose pong is overdue.

    WebSocket   its link knows both
    polling     a body that comes: by the sid in its target     a response that leaves: by the
                                                                connection of the last GET

Lesson 07.  Builds on: wire.engineio.heartbeat, `websocket`, `polling`.  Used by: `server`, `host`.
New here: a pong stands after the message that its client sends, and a ping after the messages that
we send.  So a slow network looks like silence, until one looks at what has come in part.
Left out: hosts that do not tell, such as an ASGI server.  There only whole packets count.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Protocol

from ..wire.engineio import heartbeat
from ..wire.engineio.heartbeat import OnItsWay
from ..wire.http.http11 import Request
from .polling import Polling
from .websocket import WebSocket

if TYPE_CHECKING:
    from .session import Session


class Connection(Protocol):
    """A connection of HTTP, as a host has it."""

    @property
    def peer(self) -> str: ...  # as in `Request.peer`
    @property
    def arriving(self) -> tuple[Request, int] | None: ...  # a body that has come in part
    @property
    def leaving(self) -> int: ...  # bytes of responses that have not reached the peer


class Host(Protocol):
    """Something that gives requests to a server."""

    @property
    def connections(self) -> Iterable[Connection]: ...


def asked(hosts: Iterable[Host]) -> Callable[[Session], OnItsWay]:
    """A function for one moment.  However many sessions it is asked about, it looks once.

    10,000 sessions may be overdue at the same time, when a network fails.
    """
    bodies: dict[str, int] = {}
    by_peer: dict[str, Connection] = {}

    def look() -> None:
        for host in hosts:
            for connection in host.connections:
                by_peer[connection.peer] = connection
                if (found := connection.arriving) is not None:
                    request, size = found
                    bodies[request.query.get("sid", "")] = size

    def on_its_way(session: Session) -> OnItsWay:
        transport = session.transport
        if isinstance(transport, WebSocket):
            return transport.link.arriving, transport.link.leaving
        if not isinstance(transport, Polling):
            return heartbeat.nothing()
        if not by_peer:
            look()
        connection = by_peer.get(transport.peer)
        return bodies.get(session.id, 0), connection.leaving if connection is not None else 0

    return on_its_way
