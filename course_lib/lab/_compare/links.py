"""The network between the ends of a measurement: a proxy, or the simulated network itself.

Lessons 01, 02 and 06.  Builds on: `lab.proxy`, `simulator`.  Used by: `measuring`.

    real sockets    server ── proxy: rtt/2 each way, bytes counted ── client
    simulation      server ── the simulated connection does both ──── client

New here: under the virtual clock there is no proxy, because the simulated network itself delays and
counts bytes: half of the connections, and half of the work.  A proxy is used there too when the
simulation has conditions of its own, which stay as they are.
Left out: what the bytes mean.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol

from ...simulator.link import Conditions
from ...simulator.loop import SimulatedLoop
from ...simulator.network import Network
from .. import proxy


class Link(Protocol):
    """The network between client and server, as a measurement sees it: totals since its start."""

    @property
    def url(self) -> str: ...
    @property
    def bytes_up(self) -> int: ...
    @property
    def bytes_down(self) -> int: ...
    @property
    def connections(self) -> int: ...


class _Direct:
    """The simulated network; what it has counted before this object was made is left out."""

    def __init__(self, url: str, network: Network) -> None:
        self.url = url
        self._network = network
        self._before = network.bytes_up, network.bytes_down, network.connections_opened

    @property
    def bytes_up(self) -> int:
        return self._network.bytes_up - self._before[0]

    @property
    def bytes_down(self) -> int:
        return self._network.bytes_down - self._before[1]

    @property
    def connections(self) -> int:
        return self._network.connections_opened - self._before[2]


@asynccontextmanager
async def link(
    url: str, *, rtt: float, jitter: float, bandwidth: float | None, seed: int
) -> AsyncIterator[Link]:
    """A `Link` to `url` under these conditions, for as long as the block lasts."""
    loop = asyncio.get_running_loop()
    network = loop.network if isinstance(loop, SimulatedLoop) else None
    if network is None or network.open or network.conditions != Conditions():
        between = proxy.Proxy(url, rtt=rtt, jitter=jitter, bandwidth=bandwidth, seed=seed)
        async with between:
            yield between
        return
    conditions = network.conditions
    conditions.rtt, conditions.jitter, conditions.bandwidth = rtt, jitter, bandwidth
    try:
        yield _Direct(url, network)
    finally:
        conditions.rtt, conditions.jitter, conditions.bandwidth = 0.0, 0.0, None
