"""Heartbeats: the server pings, the client answers, silence ends the session.   Engine.IO rev. 4

    server   2 ──>                                  2 ──>
    client         <── 3                                   nothing
             |  wait  ||──────── interval ────────||── timeout ──|  the session ends
                      the interval begins when the pong arrives

    found at the earliest  timeout             after the client vanished: just before a ping
             at the latest  interval + timeout  just after its pong

    client         <── 4xxxxxxxx… 3      a pong after a long message: while the message makes
                                         1,000 bytes a second it postpones the end, for 60 s

Lesson 07.  Builds on: nothing.  Used by: `engineio.server`, `engineio.client`,
`engineio.on_its_way`.
New here: all sessions wait equally long, so those who began to wait first are due first: a queue
for each of the waits, and one timer for the server, whatever the number of sessions.
Left out: a client's ping, which a server of revision 4 refuses.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Item = TypeVar("Item", bound=Hashable)
# What is on its way: bytes of a message that has come in part, and bytes of ours that have not
# reached the peer.  A pong, or a ping, may stand after either.
OnItsWay = tuple[int, int]

GRACE = 60.0  # seconds by which what is on its way postpones the end, at most
LOOK = 1.0  # seconds between two looks at it
ENOUGH = 1000  # bytes that it has to make from one look to the next
CREDIT = 1500  # bytes more that count at the next look: networks carry packets of this size


def nothing(_: object = None) -> OnItsWay:
    """Nothing is on its way."""
    return 0, 0


class Delay(Generic[Item]):
    """Items that wait equally long: a queue, in the order in which they are due."""

    __slots__ = ("seconds", "waiting")

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        # To look at the first of 10,000 costs 0.1 µs.  In a dict whose first were deleted: 3 µs.
        self.waiting: OrderedDict[Item, float] = OrderedDict()  # and when each is due

    def begin(self, item: Item, now: float) -> None:
        """Let `item` wait from now on, also when it was waiting already."""
        self.waiting.pop(item, None)
        self.waiting[item] = now + self.seconds

    def end(self, item: Item) -> bool:
        """Let `item` wait no more.  Was it waiting?"""
        return self.waiting.pop(item, None) is not None

    def __contains__(self, item: Item) -> bool:
        return item in self.waiting

    def __len__(self) -> int:
        return len(self.waiting)

    def next_deadline(self) -> float | None:
        """When the first of them is due; None while nobody waits."""
        return next(iter(self.waiting.values()), None)

    def due(self, now: float) -> list[Item]:
        """Take out all whose time has come."""
        late = []
        for item, when in self.waiting.items():
            if when > now:
                break
            late.append(item)
        for item in late:
            del self.waiting[item]
        return late


class Lateness:
    """What excuses a peer from whom we await a ping or a pong, until that comes."""

    __slots__ = ("_arrived", "_credit", "_left", "_until", "all_sent", "extended")

    def __init__(self) -> None:
        self.extended = False  # another packet has begun the timeout anew
        self.all_sent = False  # our last bytes have just left: the peer's time to answer begins
        self._until: float | None = None  # when the grace ends; None: the timeout is not over yet
        self._arrived = self._left = 0  # what was on its way at the last look
        self._credit = CREDIT

    def extend(self) -> bool:
        """A whole packet came.  Is it the first?"""
        first, self.extended = not self.extended, True
        self._arrived = 0  # the next message begins
        return first

    def excused(self, now: float, grace: float, on_its_way: OnItsWay) -> bool:
        """The time is over.  Does a message that is on its way postpone the end?"""
        arrived, left = on_its_way
        if self._until is None:
            self._until = now + grace
            moves = arrived > 0 or left >= ENOUGH  # the first look: from here we measure
        else:
            made = max(0, arrived - self._arrived, self._left - left)
            self._credit = min(self._credit + made - ENOUGH, CREDIT)
            moves = self._credit >= 0
        self.all_sent = self._left >= ENOUGH > left and not arrived
        self._arrived, self._left = arrived, left
        return moves and now + LOOK / 2 < self._until


class Heartbeats(Generic[Item]):
    """The server's side, for all of its sessions.

    `grace`: seconds by which a message that is on its way postpones the end.  0: it does not, as in
    the reference.
    """

    __slots__ = ("grace", "late", "pings", "pongs", "unanswered")

    def __init__(self, interval: float, timeout: float, grace: float = GRACE) -> None:
        self.grace = grace
        self.pings: Delay[Item] = Delay(interval)  # until the next ping
        self.pongs: Delay[Item] = Delay(timeout)  # until the pong is too late
        self.late: Delay[Item] = Delay(LOOK)  # it is, but a message is on its way: until a look
        self.unanswered: dict[Item, Lateness | None] = {}  # those from whom a pong is due

    def opened(self, session: Item, now: float) -> None:
        """A session begins; its first ping goes out after an interval."""
        self.pings.begin(session, now)

    def pinged(self, session: Item, now: float) -> None:
        """A ping goes out: the timeout begins."""
        self.unanswered[session] = None
        self.pongs.begin(session, now)

    def pong(self, session: Item, now: float) -> None:
        """The client has answered: the next interval begins."""
        if self._answered(session) or session in self.pings:
            self.pings.begin(session, now)

    def heard(self, session: Item, now: float) -> None:
        """Another packet came.  While a pong is due, the first of them begins the timeout anew."""
        if session in self.unanswered and self._lateness(session).extend():
            self.late.end(session)
            self.pongs.begin(session, now)

    def closed(self, session: Item) -> None:
        """The session has ended."""
        self.pings.end(session)
        self._answered(session)

    def _answered(self, session: Item) -> bool:
        """Wait for its pong no more.  Was it due?"""
        if session not in self.unanswered:
            return False
        if self.unanswered.pop(session) is not None:
            self.late.end(session)
        self.pongs.end(session)
        return True

    def next_deadline(self) -> float | None:
        """When to call `tick` next; None while there is no session."""
        waits = (self.pings, self.pongs, self.late)
        deadlines = (wait.next_deadline() for wait in waits)
        return min((when for when in deadlines if when is not None), default=None)

    def tick(
        self, now: float, on_its_way: Callable[[Item], OnItsWay] = nothing
    ) -> tuple[list[Item], list[Item]]:
        """The sessions that need a ping now, and those that have ended: no pong came in time.

        `on_its_way(session)` is asked for each whose pong is overdue.
        """
        overdue = self.pongs.due(now) + self.late.due(now)
        dead = [one for one in overdue if not (self.grace and self._lives(one, now, on_its_way))]
        for session in dead:
            del self.unanswered[session]
        asked = self.pings.due(now)
        for session in asked:
            self.pinged(session, now)
        return asked, dead

    def _lives(self, session: Item, now: float, on_its_way: Callable[[Item], OnItsWay]) -> bool:
        lateness = self._lateness(session)
        if not lateness.excused(now, self.grace, on_its_way(session)):
            return False
        wait = self.pongs if lateness.all_sent and lateness.extend() else self.late
        wait.begin(session, now)
        return True

    def _lateness(self, session: Item) -> Lateness:
        lateness = self.unanswered[session]
        if lateness is None:
            lateness = self.unanswered[session] = Lateness()
        return lateness


class Watch:
    """The client's side: the server must ping within interval + timeout, or it is gone.

    What is on its way postpones that for `grace` seconds.  The server pings again only when it has
    our pong, so our own bytes count, too.  And while a ping is due, the first other packet begins
    the timeout anew.  With a grace of 0 only a ping counts, as in the reference.
    """

    __slots__ = ("_grace", "_lateness", "_timeout", "deadline", "due", "expecting", "patience")

    def __init__(self, interval: float, timeout: float, now: float, grace: float = GRACE) -> None:
        self.patience = interval + timeout
        self._timeout, self._grace = timeout, grace
        self.ping(now)

    def ping(self, now: float) -> None:
        """A ping came."""
        self.deadline = now + self.patience
        self.due = self.deadline - self._timeout  # when the next ping should come
        self.expecting = False  # the next ping is due: tell `heard` of other packets
        self._lateness = Lateness()

    def heard(self, now: float) -> None:
        """Another packet came while a ping is due."""
        if self._lateness.extend():
            self.deadline = now + self._timeout

    def over(self, now: float) -> bool:
        """Has the server been silent for too long?"""
        return now >= self.deadline

    def next_deadline(self) -> float:
        """When to call `tick` next."""
        return self.due if self._grace and not self.expecting else self.deadline

    def tick(self, now: float, on_its_way: Callable[[], OnItsWay] = nothing) -> bool:
        """Whether the server is gone.  `on_its_way` is asked when a ping is overdue."""
        self.expecting = bool(self._grace) and now >= self.due
        if now < self.deadline:
            return False
        if not self._grace:
            return True
        lateness = self._lateness
        if not lateness.excused(now, self._grace, on_its_way()):
            return True
        anew = lateness.all_sent and lateness.extend()
        self.deadline = now + (self.patience if anew else LOOK)
        return False
