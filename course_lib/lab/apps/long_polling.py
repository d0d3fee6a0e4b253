"""A chat by long polling: the server responds when it has a message.

Lesson 02.  Builds on: `short_polling`, of which it changes two things.

    GET /messages?since=5    … up to 25 s …   →   200  {"cursor": 6, "messages": ["hello"]}
    GET /messages?since=6    … nothing came   →   200  {"cursor": 6, "messages": []}

New here: the server holds the request, and the client sends the next one at once, with the same
cursor when a response was lost on the way.
Left out: sending without a request, see lesson 03.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from ...errors import CourseError, LocalError
from . import short_polling


class Server(short_polling.Server):
    """The same server, but an empty response may wait `hold` seconds for a message."""

    page_pause = 0.0

    def __init__(self, *, hold: float = 25.0, limit: int = 1000) -> None:
        super().__init__(limit=limit)
        self.hold = hold


class Client(short_polling.Client):
    """Sends the next request at each response; after a failure it waits, each time longer."""

    def __init__(self, url: str, *, retry: float = 0.5, retry_max: float = 8.0) -> None:
        super().__init__(url, interval=0.0)
        self.retry, self.retry_max = retry, retry_max
        self.failures = 0

    async def messages(self) -> AsyncIterator[str]:
        """Every message from the cursor on; a failed request is sent again."""
        wait = self.retry
        while True:
            try:
                texts = await self.poll()
            except LocalError:  # this client was closed
                raise
            except (CourseError, OSError, ValueError):  # cut, half a response, a proxy's error page
                self.failures += 1
                await asyncio.sleep(wait)
                wait = min(2 * wait, self.retry_max)
                continue
            wait = self.retry
            for text in texts:
                yield text
