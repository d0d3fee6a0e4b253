"""Repeats: a server that remembers what it has heard already.

    client with `retries`   420["pay",5,{"_retry":["k3R…",7]}]   ──>  runs the listeners
                            430["paid"]                          <──  lost
                            421["pay",5,{"_retry":["k3R…",7]}]   ──>  a repeat: the same answer
                            431["paid"]                          <──

    a repeat while the listeners still run     answered when they end, on the newest connection
    after listeners that have all failed       no repeat: they run again; so they do at once for
                                               one that came while they ran

Lesson 14.  Builds on: `retries`.  Used by: `namespace`, `sockets`.
New here: a client sends one event at a time until it is answered, so that one number for each
client is all there is to remember.
Left out: other processes, and a restart; an application that must not do a thing twice then asks
its database.
"""

from __future__ import annotations

import copy
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


def taken(data: list[Any], key: str | None = None) -> Mark | None:
    """Take the mark of a client with retries from an event; None if there is none.

    `key`: the only one that this socket may use.  Else one client could fill the memory with keys.

    >>> event = ["pay", 5, {"_retry": ["k3R", 7]}]
    >>> taken(event), event
    (('k3R', 7), ['pay', 5])
    """
    last = data[-1] if len(data) > 1 else None
    if type(last) is not dict or len(last) != 1:
        return None
    match last.get(RETRY):
        case [str(own), int(number)] if len(own) <= MAX_KEY and type(number) is int and number >= 0:
            if key is None or own == key:
                del data[-1]
                return own, number
    return None


def kept(value: Any) -> Any:
    """An answer as it is now; the application may go on to change what it has returned."""
    try:
        return copy.deepcopy(value)
    except Exception:  # an object of its own, which its parser can encode
        return value


@dataclass(slots=True, eq=False)
class Heard:
    """An event of one client: its newest one, or one whose listeners still run."""

    mark: Mark
    asked: tuple[Socket, int] | None  # where the answer goes; None: it has gone
    again: list[Any] | None = None  # the newest repeat that came meanwhile
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

    def first(self, mark: Mark, data: list[Any], socket: Socket, id: int) -> Heard | None:
        """Remember an event that is new.  None: a repeat, which is answered now or later."""
        key, number = mark
        heard = self._heard.get(key)
        if heard is None or number > heard.mark[1]:
            self._forget(key)
            heard = self._heard[key] = Heard(mark, (socket, id))
            self._bound()
            return heard
        if number < heard.mark[1]:
            socket._answer(id, None)  # it was answered, or given up, long ago
        elif heard.asked is None:
            socket._answer(id, heard.values)
        else:
            heard.asked, heard.again = (socket, id), data
        return None

    def answered(self, heard: Heard, values: Any, size: int) -> None:
        """The listeners have ended: answer the newest attempt."""
        assert heard.asked is not None
        (socket, id), heard.asked, heard.again = heard.asked, None, None
        if self._heard.get(heard.mark[0]) is heard:  # else it was the only one to know
            heard.values, heard.size = kept(values), size
            self.size += size
            self._bound()
        socket._answer(id, values)

    def failed(self, heard: Heard) -> None:
        """The listeners have failed, or there are none: the next attempt is no repeat."""
        assert heard.asked is not None
        (socket, id), again = heard.asked, heard.again
        if self._heard.get(heard.mark[0]) is heard:
            self._forget(heard.mark[0])
        if again is not None and socket.connected:  # it came already
            socket._event([*again, {RETRY: list(heard.mark)}], id, 0)

    def _forget(self, key: str) -> None:
        heard = self._heard.pop(key, None)
        if heard is not None:
            self.size -= heard.size

    def _bound(self) -> None:
        while len(self._heard) > MAX_CLIENTS or (self.size > MAX_SIZE and len(self._heard) > 1):
            self._forget(next(iter(self._heard)))
