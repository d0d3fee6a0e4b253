"""A link: one direction of a network path that has a delay, a bandwidth, and failures.

Lessons 01 to 06.  Builds on: nothing (no asyncio, no socket, no clock).  Used by: `lab.proxy`,
which puts it on a real loop, and `pipe`, which puts it on a virtual one.

    push(now, data)                                                     pop(now)
      |                                                                    ^
      v   in a queue                in flight                              |
    [ d ][ c ] --- leaves, `bandwidth` bytes a second ---> b .... a ------>+   arrives, in order
                   one after another                rtt/2 + up to `jitter`

New here: what "slow network" means, in five numbers.  `rtt` (round-trip time, in seconds; one way
takes half), `jitter` (up to so many seconds more, each way), `bandwidth` (bytes a second; a packet
leaves when the one before it has left), `stalled` (nothing leaves and nothing arrives until it is
lifted) and the bound, in bytes, on what is under way.  A link is a stream as TCP gives one: order
is never changed and nothing is lost, until it is cut.

A cut happens at the sender's end, after what was pushed before it, and is one of three:

    Cut.FIN       the sender has finished: the receiver reads the end of the stream
    Cut.RST       the connection broke: the receiver gets "connection reset"
    Cut.SILENCE   packets vanish: the receiver is never told, and the sender's buffer fills up

Left out: slow start; packet loss (above TCP it shows as delay: use `jitter` or `stalled`).
"""

from __future__ import annotations

import enum
import math
import random as random_module
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from ..errors import LocalError

PACKET = 1460  # bytes of payload in an Ethernet frame: the unit that leaves under a `bandwidth`


class Cut(enum.Enum):
    """How a direction ends."""

    FIN = "fin"
    RST = "rst"
    SILENCE = "silence"


@dataclass(slots=True)
class Conditions:
    """The state of a path.  Both directions share one object, and it is changed while in use.

    >>> conditions = Conditions(rtt=0.05)
    >>> conditions.rtt = 0.2
    >>> conditions.rtt = -1
    Traceback (most recent call last):
    course_lib.errors.LocalError: rtt is a number of seconds, zero or more: -1
    """

    rtt: float = 0.0
    jitter: float = 0.0
    bandwidth: float | None = None
    stalled: bool = False
    _watchers: dict[Callable[[], None], None] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def __setattr__(self, name: str, value: object) -> None:
        """Refuse an impossible value (`LocalError`), and tell the watchers of the change."""
        if name in ("rtt", "jitter") and not _is_quantity(value):
            raise LocalError(f"{name} is a number of seconds, zero or more: {value!r}")
        if name == "bandwidth" and value is not None and not (_is_quantity(value) and value):
            raise LocalError(f"bandwidth is bytes a second, above zero, or None: {value!r}")
        if name == "stalled" and not isinstance(value, bool):
            raise LocalError(f"stalled is True or False: {value!r}")
        object.__setattr__(self, name, value)
        for watcher in tuple(getattr(self, "_watchers", ())):
            watcher()

    def watch(self, changed: Callable[[], None]) -> None:
        """Call `changed()` after each change: a host then calls `pop(now)` on its links."""
        self._watchers[changed] = None

    def unwatch(self, changed: Callable[[], None]) -> None:
        """Undo `watch`.  Unknown callbacks are ignored."""
        self._watchers.pop(changed, None)


def _is_quantity(value: object) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and math.isfinite(value) and value >= 0  # type: ignore[arg-type,operator]


@dataclass(slots=True)
class _Packet:
    item: bytes | Cut
    size: int
    delay: float  # seconds in flight, drawn when it was pushed
    unsent: float  # bytes that have not left yet, as last computed
    leaves: float = math.inf
    arrives: float = math.inf


class Link:
    """One direction of a path.  Pure: the host passes the time and keeps the timers.

    The host calls `push` with what the sender wrote (never more than `free` bytes), `pop` at
    `next_deadline()` and after each change of the conditions, and passes on what `pop` returns.

    >>> link = Link(Conditions(rtt=0.1))
    >>> link.push(0.0, b"ping")
    >>> link.next_deadline(), link.pop(0.049), link.pop(0.05)
    (0.05, [], [b'ping'])
    """

    def __init__(
        self,
        conditions: Conditions,
        *,
        limit: int = 262_144,
        random: random_module.Random | None = None,
    ) -> None:
        """`limit` bounds the bytes under way; `random` is the source of the jitter."""
        if limit < 1:
            raise LocalError(f"the limit of a link is at least one byte: {limit}")
        self.limit = limit
        self.in_flight = 0  # bytes pushed and not popped
        self.lost = 0  # bytes pushed after a cut, or dropped by one
        self.ended: Cut | None = None
        self._conditions = conditions
        self._random = random or random_module.Random(0)
        self._packets: deque[_Packet] = deque()
        self._rate = conditions.bandwidth  # in force, as last seen
        self._stalled = conditions.stalled
        self._now = 0.0
        self._line_free = 0.0  # when the last packet has left
        self._last_arrival = 0.0

    @property
    def free(self) -> int:
        """Bytes that `push` would take."""
        return self.limit - self.in_flight

    @property
    def full(self) -> bool:
        """No room for a single byte: stop reading from the sender."""
        return self.in_flight >= self.limit

    def push(self, now: float, data: bytes) -> None:
        """Send `data`.  Empty data travels too: a handshake has no bytes and takes as long.

        More than `free` is a `LocalError`.  After a cut bytes are lost, and after a silent one they
        fill the buffer as well, since the receiver acknowledges none.
        """
        size = len(data)
        if self.ended is not None:
            self.lost += size
            if self.ended is not Cut.SILENCE:
                return
        if size > self.limit - self.in_flight:
            raise LocalError(f"{size} bytes pushed into a link with room for {self.free}")
        self.in_flight += size
        if self.ended is not None:
            return
        self._look(now)
        delay = self._draw_delay()
        step = PACKET if self._rate is not None else size
        for start in range(0, size or 1, step or 1):
            part = data[start : start + step]
            self._packets.append(self._plan(now, _Packet(part, len(part), delay, len(part))))

    def push_eof(self, now: float) -> None:
        """The sender has finished this direction: `cut(now, Cut.FIN)`."""
        self.cut(now, Cut.FIN)

    def cut(self, now: float, how: Cut, *, drop: bool = False) -> None:
        """End this direction after what was pushed; with `drop`, what has not left is lost.

        A stream that has finished can still be reset or fall silent; a broken one is over, and a
        second cut changes nothing.
        """
        if self.ended in (Cut.RST, Cut.SILENCE) or self.ended is how:
            return
        self._look(now)
        if drop:
            self._drop_unsent(now)
        self.ended = how
        self._packets.append(self._plan(now, _Packet(how, 0, self._draw_delay(), 0)))

    def pop(self, now: float) -> list[bytes | Cut]:
        """What has arrived by `now`, in order.  `Cut.SILENCE` is for the host, not the receiver."""
        self._look(now)
        arrived: list[bytes | Cut] = []
        while self._packets and not self._stalled and self._packets[0].arrives <= now:
            packet = self._packets.popleft()
            self.in_flight -= packet.size
            arrived.append(packet.item)
        return arrived

    def next_deadline(self) -> float | None:
        """When to call `pop` next; None while only a push or a change can make a difference."""
        conditions = self._conditions
        if self._rate != conditions.bandwidth or self._stalled != conditions.stalled:
            return self._now  # the conditions have changed since: pop now
        if not self._packets or self._stalled:
            return None
        return self._packets[0].arrives

    def _draw_delay(self) -> float:
        rtt, jitter = self._conditions.rtt, self._conditions.jitter
        return rtt / 2 + (jitter * self._random.random() if jitter else 0.0)

    def _plan(self, now: float, packet: _Packet) -> _Packet:
        if self._stalled:
            packet.leaves = packet.arrives = math.inf
            return packet
        packet.leaves = max(now, self._line_free)
        if self._rate is not None:
            packet.leaves += packet.unsent / self._rate
        # Keep the order: a packet with less delay waits for those that left before it.
        packet.arrives = max(packet.leaves + packet.delay, self._last_arrival)
        self._line_free = packet.leaves
        self._last_arrival = packet.arrives
        return packet

    def _look(self, now: float) -> None:
        """Apply changed conditions: what has not left leaves at the new rate, or is stalled."""
        self._now = now
        conditions = self._conditions
        if self._rate == conditions.bandwidth and self._stalled == conditions.stalled:
            return
        before = None if self._stalled else self._rate
        self._rate, self._stalled = conditions.bandwidth, conditions.stalled
        self._line_free = now
        self._last_arrival = now
        for packet in self._packets:
            if packet.leaves <= now:
                self._last_arrival = max(now, packet.arrives)
                continue
            if before is not None:  # part of the packet may be out already
                packet.unsent = min(packet.unsent, (packet.leaves - now) * before)
            self._plan(now, packet)

    def _drop_unsent(self, now: float) -> None:
        self._line_free = now
        while self._packets and self._packets[-1].leaves > now:
            packet = self._packets.pop()
            self.in_flight -= packet.size
            self.lost += packet.size
        self._last_arrival = self._packets[-1].arrives if self._packets else now
