"""One connection through the proxy: two sockets, and a link in each direction between them.

Lessons 01 to 06.  Builds on: `simulator.link`, `relay_side`.  Used by: `lab.proxy`.

    client --- [ Side ] --- up: Direction(Link) ---> [ Side ] --- target
               [      ] <-- down: Direction(Link) -- [      ]

New here: real sockets and timers drive the pure link.  A side pushes what it reads and writes what
arrives; each direction has one timer and no task.  Both ends are bounded: a side stops reading
while its link is full, and a link keeps what it has while the side that it leads to cannot write.
Left out: the meaning of the bytes.  The relay never looks at them.
"""

from __future__ import annotations

import asyncio
import random
from typing import Protocol

from ...simulator.link import Conditions, Cut, Link
from . import relay_side
from .relay_side import Side

# A selector waits in whole milliseconds, rounded up.  What arrives within this time counts as
# arrived, so that bytes are as often early as late: at 50.5 ms the median is 0.5 ms over that,
# and 4.5 ms without (tests/bench/bench_proxy.py).  A virtual clock is exact and needs none.
SLACK = 0.0005


class Owner(Protocol):
    """The part of the proxy that a relay calls."""

    conditions: Conditions

    def random_for(self, number: int, direction: str) -> random.Random: ...
    async def dial(self, side: Side) -> None: ...
    def sending(self, direction: Direction, size: int) -> tuple[int, Cut] | None: ...
    def ended(self, relay: Relay) -> None: ...


class Direction:
    """One direction: from one side to the other, through a link."""

    def __init__(self, relay: Relay, name: str, source: Side, sink: Side) -> None:
        self.name = name
        self.relay = relay
        self.link = Link(relay.owner.conditions, random=relay.owner.random_for(relay.number, name))
        self._source = source
        self._sink = sink
        self._loop = relay.loop
        self._held = b""  # bytes that the full link did not take: at most one read of asyncio
        self._greeting = False  # the item that stands for TCP's handshake is under way
        self._timer: asyncio.TimerHandle | None = None
        source.outward = self
        sink.inward = self

    def greet(self) -> None:
        """Send the handshake: an item without bytes, which the link delays like any bytes."""
        self._greeting = True
        self.link.push(self._loop.time(), b"")
        self.deliver()

    def send(self, data: bytes) -> None:
        """Push what the source has read; stop reading while the link cannot take all of it."""
        cutting = self.relay.owner.sending(self, len(data))
        if cutting is None:
            self._held += data
            self._push()
            self.deliver()
        else:
            self._held += data[: cutting[0]]
            self._push()
            self.relay.cut(cutting[1])

    def cut(self, how: Cut) -> None:
        """End this direction after the bytes that are in the link."""
        self._held = b""
        self.link.cut(self._loop.time(), how)
        self.deliver()

    def deliver(self) -> None:
        """Write what has arrived, push bytes that were held back, set the timer for the next."""
        if self._can_take():
            for item in self.link.pop(self._loop.time() + self.relay.slack):
                if self._greeting and item == b"":
                    self._greeting = False
                    self.relay.greeted(self)
                else:
                    self._sink.take(item)
        self._push()
        self._arm()

    def stop(self) -> None:
        """Cancel the timer."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _can_take(self) -> bool:
        return self._greeting or self._sink.lost or not self._sink.blocked

    def _push(self) -> None:
        if self._held:
            room = len(self._held) if self.link.ended in (Cut.FIN, Cut.RST) else self.link.free
            self.link.push(self._loop.time(), self._held[:room])
            self._held = self._held[room:]
        self._source.reading(not self._held and not self.link.full)

    def _arm(self) -> None:
        when = self.link.next_deadline() if self._can_take() else None
        if when is None or self.relay.is_over:
            self.stop()
            return
        when -= self.relay.slack
        if self._timer is None or self._timer.when() != when:
            self.stop()
            self._timer = self._loop.call_at(when, self._due)

    def _due(self) -> None:
        self._timer = None
        self.deliver()


class Relay:
    """Two sides and the two directions between them."""

    def __init__(self, owner: Owner, number: int, loop: asyncio.AbstractEventLoop) -> None:
        self.owner = owner
        self.number = number
        self.loop = loop
        self.slack = SLACK if isinstance(loop, asyncio.SelectorEventLoop) else 0.0
        self.was_cut = self._stopped = False
        self.client = Side(self, may_read=False)
        self.target = Side(self, may_read=True)
        self.up = Direction(self, "up", self.client, self.target)
        self.down = Direction(self, "down", self.target, self.client)
        self._dialling: asyncio.Task[None] | None = None

    @property
    def is_over(self) -> bool:
        """Whether both sockets are closed."""
        if self._dialling is not None and not self._dialling.done():
            return False
        return self.client.lost and (self.target.lost or self.target.transport is None)

    def connected(self, side: Side) -> None:
        """Send the SYN up once the client has connected, its answer down once the target has."""
        if side.transport is not None and (side.lost or self._stopped):  # lost while connecting
            relay_side.reset(side.transport)
            return
        side.reading(True)
        if side is self.client:
            self.up.greet()
        else:
            self.down.greet()
            self.up.deliver()

    def greeted(self, direction: Direction) -> None:
        """Go on after one half of the round trip that connecting takes."""
        if direction is self.down:
            self.client.may_read = True
            self.up.deliver()
        elif not self.client.lost:
            self._dialling = self.loop.create_task(self._dial())
            self._dialling.add_done_callback(lambda _: self.side_lost())

    def cut(self, how: Cut) -> None:
        """Cut both directions, each after the bytes that are under way."""
        self.was_cut = True
        self.up.cut(how)
        self.down.cut(how)

    def side_lost(self) -> None:
        """Note that a socket is closed; end the relay once both are."""
        if self.is_over:
            self.up.stop()
            self.down.stop()
            self.owner.ended(self)

    def stop(self) -> None:
        """Close both sockets at once; one that is still connecting, as soon as it has connected."""
        self._stopped = True
        if self._dialling is not None:
            self._dialling.cancel()
        for side in (self.client, self.target):
            if side.transport is not None and not side.lost:
                side.transport.abort()

    async def _dial(self) -> None:
        try:
            await self.owner.dial(self.target)
        except OSError:
            self.down.cut(Cut.RST)  # refused: the client learns it a round trip after it connected
