"""Repeats: a server that remembers what it has heard already.

    client with `retries`   420["pay",5,{"_retry":["k3R…",7]}]   ──>  runs the listeners
                            430["paid"]                          <──  lost
                            421["pay",5,{"_retry":["k3R…",7]}]   ──>  a repeat: the same answer
                            431["paid"]                          <──

    a repeat while the listeners still run     answered when they end, on the newest connection
    after listeners that have all failed       no repeat: they run again

Lesson 14.  Builds on: `retries`.  Used by: `namespace`, `sockets`.
New here: a client sends one event at a time until it is answered, so that one number for each
client is all there is to remember.
Left out: other processes, and a restart; an application that must not do a thing twice then asks
its database.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .retries import RETRY

if TYPE_CHECKING:
    from .sockets import Socket

MAX_CLIENTS = 10_000
MAX_SIZE = 16_777_216  # bytes of the answers that are kept
MAX_KEY = 64

Mark = tuple[str, int]


def taken(data: list[Any]) -> Mark | None:
    """Take the mark of a client with retries from an event; None if there is none.

    >>> event = ["pay", 5, {"_retry": ["k3R", 7]}]
    >>> taken(event), event
    (('k3R', 7), ['pay', 5])
    """
    last = data[-1] if len(data) > 1 else None
    if type(last) is not dict or len(last) != 1:
        return None
    match last.get(RETRY):
        case [str(key), int(number)] if len(key) <= MAX_KEY and type(number) is int and number >= 0:
            del data[-1]
            return key, number
    return None


@dataclass(slots=True)
class Heard:
    """The newest event of one client."""

    number: int
    asked: tuple[Socket, int] | None  # where the answer goes
    answered: bool = False
    values: Any = None
    size: int = 0


class Repeats:
    """What each client with retries has sent last, in one namespace."""

    __slots__ = ("_heard", "size")

    def __init__(self) -> None:
        self._heard: OrderedDict[str, Heard] = OrderedDict()
        self.size = 0  # of the answers

    def __len__(self) -> int:
        return len(self._heard)

    def first(self, mark: Mark, socket: Socket, id: int) -> bool:
        """Whether this event is new.  A repeat is answered here, now or when its listeners end."""
        key, number = mark
        heard = self._heard.get(key)
        if heard is None or number > heard.number:
            self._forget(key)
            self._heard[key] = Heard(number, (socket, id))
            self._bound()
            return True
        if number < heard.number:
            socket._answer(id, None)  # it was answered, or given up, long ago
        elif heard.answered:
            socket._answer(id, heard.values)
        else:
            heard.asked = socket, id
        return False

    def answered(self, mark: Mark, values: Any, size: int) -> tuple[Socket, int] | None:
        """The listeners have ended.  Where to answer; None: somewhere else, or nowhere."""
        heard = self._heard.get(mark[0])
        if heard is None or heard.number != mark[1] or heard.answered:
            return None
        asked, heard.asked = heard.asked, None
        heard.answered, heard.values, heard.size = True, values, size
        self.size += size
        self._bound()
        return asked

    def failed(self, mark: Mark) -> None:
        """The listeners have failed, or there are none: the next attempt is no repeat."""
        heard = self._heard.get(mark[0])
        if heard is not None and heard.number == mark[1] and not heard.answered:
            self._forget(mark[0])

    def _forget(self, key: str) -> None:
        heard = self._heard.pop(key, None)
        if heard is not None:
            self.size -= heard.size

    def _bound(self) -> None:
        while len(self._heard) > MAX_CLIENTS or (self.size > MAX_SIZE and len(self._heard) > 1):
            self._forget(next(iter(self._heard)))
