"""The simulated network: its listeners, its connections, and the bytes that they carry.

Builds on: `connection`, `server`, `names`.  Used by: `loop`.

    listeners   (address, port) -> servers        open   number -> connection
    ports       49152 ... 65535, in turn          sums   bytes up, bytes down, connections opened

New here: a lesson can look at the network (`clock.network()`): bytes and connections, each way and
in all; and cut it, at once or after so many bytes.

Left out: a bound on the accept queue; a bottleneck shared by several connections (each direction of
each connection has `bandwidth` for itself).
"""

from __future__ import annotations

import asyncio
import errno
import itertools
import random
from collections import deque

from . import connection as connections
from . import names, pipe, server
from .link import Conditions, Cut

EPHEMERAL_PORTS = range(49152, 65536)  # RFC 6335, section 6: the dynamic ports
REMEMBERED = 1000  # connections whose record is kept


class Network:
    """All connections of one simulation.  Get it with `clock.network()`."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        conditions: Conditions,
        *,
        limit: int,
        random: random.Random,
    ) -> None:
        self.loop = loop
        self.conditions = conditions
        self.limit = limit
        self.random = random
        self.connections_opened = 0
        self.open: dict[int, connections.Connection] = {}
        self.connections: deque[connections.Connection] = deque(
            maxlen=REMEMBERED
        )  # the latest, open or not
        self._closed_up = self._closed_down = 0
        self._listeners: dict[names.Address, list[server.Server]] = {}
        self._ports = itertools.cycle(EPHEMERAL_PORTS)
        self._cut_next: tuple[int, str, Cut] | None = None
        self.watchers: list[pipe.Watcher] = []
        conditions.watch(self._conditions_changed)

    @property
    def bytes_up(self) -> int:
        """Bytes that all clients have sent."""
        return self._closed_up + sum(one.bytes_up for one in self.open.values())

    @property
    def bytes_down(self) -> int:
        """Bytes that all servers have sent."""
        return self._closed_down + sum(one.bytes_down for one in self.open.values())

    def watch(self, watcher: pipe.Watcher) -> None:
        """Call `watcher(time, connection number, "up" or "down", bytes or Cut)` on each arrival."""
        self.watchers.append(watcher)

    def cut(self, how: Cut = Cut.RST, direction: str = "both") -> None:
        """Cut every open connection now.  New ones can be made."""
        for connection in tuple(self.open.values()):
            connection.cut(how, direction)

    def cut_after(self, count: int, direction: str = "down", how: Cut = Cut.RST) -> None:
        """Cut the next connection that is opened after `count` bytes that go `direction`."""
        self._cut_next = (count, connections.checked(direction), how)

    # --- listening and connecting

    def listen(self, listener: server.Server) -> None:
        """Enter a server in the table; `OSError` where its address is taken."""
        taken = [host for host in listener.addresses if not self._may_listen(host, listener.shared)]
        if taken:
            host, port = taken[0]
            raise OSError(errno.EADDRINUSE, f"Address already in use: {host}:{port}")
        for address in listener.addresses:
            self._listeners.setdefault(address, []).append(listener)

    def unlisten(self, listener: server.Server) -> None:
        """Take a server out of the table."""
        for address in listener.addresses:
            rest = [one for one in self._listeners.get(address, []) if one is not listener]
            self._listeners[address] = rest
            if not rest:
                del self._listeners[address]

    def listener(self, address: names.Address) -> server.Server | None:
        """The server at `address`; servers that share an address take turns."""
        for key in (address, (names.ANY, address[1])):
            if listeners := self._listeners.get(key):
                listeners.append(listeners.pop(0))
                return listeners[-1]
        return None

    def free_port(self) -> int:
        """A port on which nobody listens."""
        taken = {port for _, port in self._listeners}
        return next(port for port in self._ports if port not in taken)

    def _may_listen(self, address: names.Address, shared: bool) -> bool:
        host, port = address
        rivals = [
            rival
            for (other, other_port), listeners in self._listeners.items()
            if other_port == port and (other == host or names.ANY in (host, other))
            for rival in listeners
        ]
        return not rivals or (shared and all(rival.shared for rival in rivals))

    async def connect(self, address: names.Address) -> pipe.Pipe:
        """Return the client's end of a new connection, or raise ConnectionRefusedError."""
        host, port = address
        target = (names.LOOPBACK if host == names.ANY else host, port)
        self.connections_opened += 1
        connection = connections.Connection(
            self, self.connections_opened, (names.LOOPBACK, next(self._ports)), target
        )
        self.open[connection.number] = connection
        self.connections.append(connection)
        if self._cut_next is not None:
            count, direction, how = self._cut_next
            self._cut_next = None
            connection.cut_after(count, direction, how)
        connection.client.send_buffer.handshake()
        try:
            await connection.established
        except asyncio.CancelledError:
            connection.client.abort()
            raise
        return connection.client

    def forget(self, connection: connections.Connection) -> None:
        """Forget a connection that is over, but add up its bytes."""
        if self.open.pop(connection.number, None) is not None:
            self._closed_up += connection.bytes_up
            self._closed_down += connection.bytes_down

    def close(self) -> None:
        """The simulation ends: reset what is open, and stop watching the conditions."""
        self.conditions.unwatch(self._conditions_changed)
        for connection in tuple(self.open.values()):
            connection.client.abort()
            connection.server.abort()

    def _conditions_changed(self) -> None:
        for connection in tuple(self.open.values()):
            connection.client.reconsider()
            connection.server.reconsider()
