"""A TCP proxy that puts a slow link between a client and a server on the same machine.

Lessons 01 to 06.  Builds on: `net.listening`, `simulator.link`, `lab._proxy`.

    client ---> 127.0.0.1:port [ Proxy(server, rtt=0.05) ] ---> server
                                 proxy.conditions.rtt = 0.2      changed while in use
                                 proxy.conditions.stalled = True
                                 proxy.cut("rst")                now
                                 proxy.cut_after(100)            at byte 100 of a response

New here: a browser, or any other client or server, sees the network that the lesson is about; on
loopback a round trip takes 0.3 ms.  It uses only what every loop offers (`create_server`,
`create_connection`, `call_at`), so it runs on the simulator's loop as well.
Left out: what the bytes mean (that is the tap's work), and UDP.  A client's `connect` itself
returns at once, because its peer is this proxy; the round trip it costs is spent before its first
byte moves, and a target that refuses shows as a reset.
"""

from __future__ import annotations

import asyncio
import random
from typing import Any, Literal
from urllib.parse import urlsplit

from ..errors import LocalError
from ..net import listening
from ..simulator.link import Conditions, Cut
from ._proxy import relay, relay_side

Way = Literal["up", "down"]
How = Literal["rst", "fin", "silence"]

_PORTS = {"http": 80, "ws": 80, "https": 443, "wss": 443}


class Threshold:
    """A cut at a number of bytes.  `done` tells whether it has happened."""

    def __init__(self, way: Way, after: int, how: Cut) -> None:
        self.done = False
        self._way = way
        self._after = after
        self._how = how
        self._counts: dict[relay.Direction, int] = {}

    def passing(self, direction: relay.Direction, size: int) -> tuple[int, Cut] | None:
        """How many of these bytes still pass, and the cut after them; None: no cut among them."""
        if self.done or direction.name != self._way:
            return None
        before = self._counts.get(direction, 0)
        self._counts[direction] = before + size
        if before + size < self._after:
            return None
        self.done = True
        self._counts.clear()
        return self._after - before, self._how

    def forget(self, direction: relay.Direction) -> None:
        """Drop the count of a connection that has ended."""
        self._counts.pop(direction, None)


class Proxy(listening.BaseServer):
    """Listens on a port of its own and passes everything on to `target`, through a link.

    `target` is a URL, a `(host, port)` pair, or a server with a `port`.  Awaited in one cell and
    closed in another, or `async with Proxy(server, rtt=0.05) as proxy:`.  Seconds, and bytes a
    second.  The same `seed` gives the n-th connection the same jitter.

    `conditions` may be changed at any time, from any thread.  `refusing = True` resets newcomers.
    `connections`, `bytes_up` and `bytes_down` count what clients and target sent since the start.
    """

    def __init__(
        self,
        target: Any,
        *,
        rtt: float = 0.0,
        jitter: float = 0.0,
        bandwidth: float | None = None,
        seed: int = 0,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        super().__init__(host, port)
        self._target_scheme, target_host, target_port = _resolve(target)
        self.target = (target_host, target_port)
        self.conditions = Conditions(rtt=rtt, jitter=jitter, bandwidth=bandwidth)
        self.seed = seed
        self.refusing = False
        self.connections = 0
        self.bytes_up = 0
        self.bytes_down = 0
        self._relays: dict[relay.Relay, None] = {}
        self._thresholds: list[Threshold] = []
        self._all_ended: asyncio.Future[None] | None = None

    @property
    def url(self) -> str:
        """The target's scheme with the proxy's own address."""
        return super().url.replace("tcp:", self._target_scheme + ":", 1)

    @property
    def open_connections(self) -> int:
        """Connections of which an end is still open."""
        return len(self._relays)

    async def start(self) -> Proxy:
        """Open the port.  A second call changes nothing."""
        await super().start()
        self.conditions.watch(self._changed)
        return self

    def cut(self, how: How = "rst") -> int:
        """Cut every open connection, after the bytes under way; return how many these are.

        `rst` breaks both ends, `fin` ends both in an orderly way, `silence` tells neither.
        """
        cut = _cut(how)
        relays = list(self._relays)
        for each in relays:
            each.cut(cut)
        return len(relays)

    def cut_after(self, n: int, direction: Way = "down", how: How = "rst") -> Threshold:
        """Cut the first connection that sends `n` bytes from now on in `direction`; once.

        The other end gets exactly `n` bytes; 0 cuts before the next byte.  Counted for each
        connection, `down` being what the server sends.
        """
        if n < 0 or direction not in ("up", "down"):
            raise LocalError(f"bytes are zero or more, the direction up or down: {n}, {direction}")
        threshold = Threshold(direction, n, _cut(how))
        self._thresholds.append(threshold)
        return threshold

    def _protocol(self) -> asyncio.BaseProtocol:
        if self.refusing or self.is_closing:
            return _Refusal()
        self.connections += 1
        made = relay.Relay(self, self.connections, self.loop)
        self._relays[made] = None
        return made.client

    async def _wind_up(self, grace: float) -> None:
        """Close every connection at once: a proxy has no closing handshake of its own."""
        self._stop_listening()
        self.conditions.unwatch(self._changed)
        for each in list(self._relays):
            each.stop()
        if self._relays:
            self._all_ended = self.loop.create_future()
            await self._all_ended

    def _changed(self) -> None:
        try:
            here = asyncio.get_running_loop() is self._loop
        except RuntimeError:
            here = False
        if here:
            self._look_again()
        else:
            self.loop.call_soon_threadsafe(self._look_again)

    def _look_again(self) -> None:
        for each in list(self._relays):
            each.up.deliver()
            each.down.deliver()

    def random_for(self, number: int, direction: str) -> random.Random:
        """The source of jitter of one direction of the n-th connection."""
        return random.Random(f"{self.seed}/{number}/{direction}")

    async def dial(self, side: relay_side.Side) -> None:
        """Connect to the target."""
        await self.loop.create_connection(lambda: side, *self.target)

    def sending(self, direction: relay.Direction, size: int) -> tuple[int, Cut] | None:
        """Count bytes; return how many still pass before a cut, and the cut, or None."""
        if direction.name == "up":
            self.bytes_up += size
        else:
            self.bytes_down += size
        for threshold in self._thresholds:
            cutting = threshold.passing(direction, size)
            if cutting is not None:
                self._thresholds.remove(threshold)
                return cutting
        return None

    def ended(self, ended: relay.Relay) -> None:
        """Forget a connection whose sockets are both closed."""
        self._relays.pop(ended, None)
        for threshold in self._thresholds:
            threshold.forget(ended.up)
            threshold.forget(ended.down)
        if not self._relays and self._all_ended is not None and not self._all_ended.done():
            self._all_ended.set_result(None)


class _Refusal(asyncio.Protocol):
    """Resets a connection at once, as if no server listened."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        relay_side.reset(transport)


def _cut(how: str) -> Cut:
    try:
        return Cut(how)
    except ValueError:
        raise LocalError(f"a cut is rst, fin or silence: {how!r}") from None


def _resolve(target: Any) -> tuple[str, str, int]:
    """Scheme, host and port of a URL, a pair, or a server."""
    if isinstance(target, tuple):
        return "http", target[0], target[1]
    url = target if isinstance(target, str) else getattr(target, "url", None)
    if isinstance(url, str):
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme)
        if parts.hostname and port:
            return parts.scheme, parts.hostname, port
    elif hasattr(target, "port"):
        return "http", getattr(target, "host", "127.0.0.1"), target.port
    elif getattr(target, "sockets", None):
        return ("http", *target.sockets[0].getsockname()[:2])
    raise LocalError(f"a proxy needs a URL, a (host, port) pair or a running server: {target!r}")
