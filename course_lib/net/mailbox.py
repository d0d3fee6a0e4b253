"""A bounded log that clients read with a cursor, now or by waiting.

    the log, limit = 4          put ->
        forgotten   | 3 | 4 | 5 | 6 |   <- newest
    cursor 2        ^               ^   cursor 6
    "I have 1 and 2": take gives 3..6   "I have all of it": take waits, or gives none

Lessons 01 and 02.  Builds on: asyncio alone.  Used by: the chats of `lab.apps`.
New here: short polling is `take(cursor)`, long polling is `take(cursor, hold=25)`; there is no
other difference.
Left out: a name for the log.  A cursor larger than any that this log gave out belongs to another
log (the server restarted) and is read as 0.  Once the new log has grown past that number the
two cannot be told apart; a server can send a random name of its log along with the cursor.
"""

from __future__ import annotations

import asyncio
import itertools
from collections import deque
from dataclasses import dataclass
from typing import Any


@dataclass(slots=True)
class Batch:
    """What one `take` returns."""

    messages: list[Any]  # oldest first
    cursor: int  # what to pass to `take` next time
    missed: int  # messages that the log dropped before they were read


class Mailbox:
    """Messages numbered 1, 2, 3 …, of which the last `limit` are kept.

    A cursor is the number of the last message that a reader has; a new reader has none: 0.
    The log keeps no state for a reader: any number may read, and after a lost response a reader
    takes again with the same cursor.
    """

    def __init__(self, limit: int = 1000) -> None:
        if limit < 1:
            raise ValueError(f"limit={limit}: a mailbox keeps at least one message")
        self.cursor = 0  # number of the newest message
        self.deliveries = 0  # messages that were read, over all readers
        self._log: deque[Any] = deque(maxlen=limit)
        self._waiting: dict[asyncio.Future[None], None] = {}  # in order of arrival

    @property
    def waiters(self) -> int:
        """How many readers are waiting for the next message."""
        return len(self._waiting)

    def put(self, message: Any) -> int:
        """Append `message`, wake all waiting readers, and return the new cursor."""
        self._log.append(message)
        self.cursor += 1
        waiting, self._waiting = self._waiting, {}
        for arrived in waiting:
            if not arrived.done():
                arrived.set_result(None)
        return self.cursor

    async def take(self, cursor: int, hold: float = 0.0) -> Batch:
        """Return all messages after `cursor`; when there are none, wait `hold` seconds for one.

        hold=0 returns at once.  An empty batch after `hold` seconds is a result, not an error.
        A reader that is cancelled (because its client left) is forgotten: no delivery is counted.
        """
        if hold > 0 and not self._fresh(cursor):
            await self._wait(hold)
        # Read after the wait: meanwhile the log may have grown, and dropped messages.
        return self.read(cursor)

    def read(self, cursor: int) -> Batch:
        """All messages after `cursor`, without waiting; there may be none."""
        fresh = self._fresh(cursor)
        kept = min(fresh, len(self._log))
        messages = list(itertools.islice(self._log, len(self._log) - kept, None))
        self.deliveries += kept
        return Batch(messages, self.cursor, fresh - kept)

    def _fresh(self, cursor: int) -> int:
        """How many messages are newer than `cursor`; one that we never gave out is read as 0."""
        return self.cursor - cursor if 0 <= cursor <= self.cursor else self.cursor

    async def _wait(self, hold: float) -> None:
        """Return at the next `put`, or after `hold` seconds."""
        arrived = asyncio.get_running_loop().create_future()
        self._waiting[arrived] = None  # no real wait since `_fresh` read the log: no put is missed
        try:
            async with asyncio.timeout(hold):
                await arrived
        except TimeoutError:
            pass  # nothing came
        finally:
            self._waiting.pop(arrived, None)
