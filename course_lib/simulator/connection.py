"""A simulated connection: two pipes, what passed between them, and their handshake.

Builds on: `pipe`, `server`.  Used by: `network`.

    client                      server      A connection costs the client one round trip before it
      | ---- empty packet (SYN) -->|        may send, and the server half a round trip more before
      |<-- (SYN-ACK) or RST ------ |        it hears of it: the empty packets of TCP's handshake
      | ---- (ACK), then data ---->|        take the same links as data, and stall and jitter too.

New here: a connection can be cut, at once or after a byte that you choose.  "up" is from the
client to the server.
"""

from __future__ import annotations

import asyncio
import errno
import random
from typing import Protocol

from ..errors import LocalError
from . import names, pipe, server
from .link import Conditions, Cut, Link


class Surroundings(Protocol):
    """What a connection needs of the network it belongs to."""

    loop: asyncio.AbstractEventLoop
    conditions: Conditions
    limit: int
    random: random.Random
    watchers: list[pipe.Watcher]

    def listener(self, address: names.Address) -> server.Server | None:
        """The server that listens at `address`, if any."""

    def forget(self, connection: Connection) -> None:
        """Both ends of the connection are lost."""


class Connection:
    """Two pipes and what passed between them.  `number` counts from 1 in the order of opening."""

    def __init__(
        self, network: Surroundings, number: int, client: names.Address, to: names.Address
    ):
        links = [Link(network.conditions, limit=network.limit, random=network.random) for _ in "ab"]
        up, down = links
        self.number = number
        self.opened_at = network.loop.time()
        self.closed_at: float | None = None  # when the second end was closed
        self.client = pipe.Pipe(network.loop, 2 * number, up, down, client, to)
        self.server = pipe.Pipe(network.loop, 2 * number + 1, down, up, to, client)
        self.client.peer, self.server.peer = self.server, self.client
        self.client.send_buffer.on_push = self.server.expect
        self.server.send_buffer.on_push = self.client.expect
        self._network = network
        self._address = to
        self._accepted_by: server.Server | None = None
        self.established: asyncio.Future[None] = network.loop.create_future()
        self.client.on_handshake = self._on_syn_ack
        self.client.on_refused = self._refused
        self.server.on_handshake = self._on_syn_or_ack
        self.client.on_lost = self.server.on_lost = self._end_lost
        for end, receives in ((self.client, "down"), (self.server, "up")):
            end.watchers, end.label = network.watchers, (number, receives)

    def __repr__(self) -> str:
        state = "open" if self.closed_at is None else "closed"
        return f"<Connection {self.number} {state}, {self.bytes_up} up, {self.bytes_down} down>"

    @property
    def bytes_up(self) -> int:
        """Bytes that the client has sent."""
        return self.client.send_buffer.bytes_sent

    @property
    def bytes_down(self) -> int:
        """Bytes that the server has sent."""
        return self.server.send_buffer.bytes_sent

    def cut(self, how: Cut = Cut.RST, direction: str = "both", *, drop: bool = True) -> None:
        """Cut the connection now.  `direction` is "both", "up" or "down".

        What is in flight still arrives; what has not left is lost, unless `drop` is False.
        """
        for name, end in (("up", self.client), ("down", self.server)):
            if checked(direction, "both") in (name, "both"):
                end.send_buffer.cut(how, drop=drop)

    def cut_after(self, count: int, direction: str = "down", how: Cut = Cut.RST) -> None:
        """Let `count` more bytes go `direction`, then cut both directions."""
        end = self.client if checked(direction) == "up" else self.server
        if count < 0:
            raise LocalError(f"a connection is cut after zero or more bytes: {count}")
        end.send_buffer.cut_after = (count, lambda: self.cut(how, drop=False))

    # --- the handshake

    def _on_syn_or_ack(self) -> None:
        """At the server's end: the first empty packet is the SYN, the second is the ACK."""
        listener = self._accepted_by or self._network.listener(self._address)
        if listener is None or not listener.is_serving():
            self.server.abort()
        elif self._accepted_by is None:
            self._accepted_by = listener
            self.server.send_buffer.handshake()
        elif not self.server.is_closing():
            try:
                listener.accept(self.server)
            except Exception:
                self.server.abort()
                raise

    def _on_syn_ack(self) -> None:
        self.client.pause_reading()  # until its protocol is there
        self.client.send_buffer.handshake()
        if not self.established.done():
            self.established.set_result(None)

    def _refused(self) -> None:
        if not self.established.done():
            host, port = self._address
            error = ConnectionRefusedError(errno.ECONNREFUSED, f"Connect call failed {host}:{port}")
            self.established.set_exception(error)

    def _end_lost(self) -> None:
        if self._accepted_by is not None and self.server.is_lost:
            self._accepted_by.forget(self.server)
        if self.client.is_lost and self.server.is_lost and self.closed_at is None:
            self.closed_at = self._network.loop.time()
            self._network.forget(self)


def checked(direction: str, *more: str) -> str:
    """The direction, if it is one; else `LocalError`."""
    if direction not in ("up", "down", *more):
        raise LocalError(f"a direction is {', '.join(('up', 'down', *more))}: {direction!r}")
    return direction
