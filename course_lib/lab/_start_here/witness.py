"""A client of the finished chat in a thread of its own, which times the heartbeats.

    kernel's thread     cell ▸ time.sleep(5)                 the server is blocked
    witness's thread    ♥ 1.0 s ♥ 1.0 s ♥ ───── 5.4 s ───── ♥   the silence is measured

Lesson 00.  Builds on: aiohttp.  Used by: `lab.start_here`.
New here: only code on another thread can observe that a loop is blocked.
Left out: everything but joining and answering heartbeats.
"""

from __future__ import annotations

import asyncio
import threading
import time
from typing import Self

from ...errors import LocalError
from .. import extra

with extra.needed():
    import aiohttp

PATIENCE = 30.0  # seconds to wait for the server, or for the thread


class Witness:
    """Joins the chat at `start`, leaves it at `close`; in between it times the heartbeats."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.beats = 0
        self._last = self._longest = 0.0
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._there = threading.Event()
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._main, name="witness", daemon=True)

    async def start(self) -> Self:
        """Join the chat; returns at the first heartbeat."""
        self._thread.start()
        there = await asyncio.to_thread(self._there.wait, PATIENCE)
        if self._error is not None or not there:
            raise LocalError(f"the witness could not join {self.url}") from self._error
        return self

    def reset(self) -> None:
        """Start the stopwatch again."""
        with self._lock:
            self._longest, self._last = 0.0, time.monotonic()

    @property
    def longest_silence(self) -> float:
        """Seconds: the longest time without a heartbeat since `reset`, up to now."""
        with self._lock:
            return max(self._longest, time.monotonic() - self._last)

    async def close(self) -> None:
        """Leave the chat, and end the thread.  Idempotent."""
        loop, task = self._loop, self._task
        if loop is not None and task is not None and self._thread.is_alive():
            loop.call_soon_threadsafe(task.cancel)
        if self._thread.ident is not None:
            await asyncio.to_thread(self._thread.join, PATIENCE)

    def _main(self) -> None:
        try:
            asyncio.run(self._stay())
        except asyncio.CancelledError:
            pass
        except Exception as error:  # `start` raises it; after that it means that the chat is gone
            self._error = error
        self._there.set()

    async def _stay(self) -> None:
        self._loop, self._task = asyncio.get_running_loop(), asyncio.current_task()
        url = f"{self.url}/socket.io/?EIO=4&transport=websocket"
        async with aiohttp.ClientSession() as session, session.ws_connect(url) as socket:
            self.reset()
            async for message in socket:
                if message.data == "2":  # the heartbeat of Engine.IO
                    self._beat()
                    await socket.send_str("3")
                elif isinstance(message.data, str) and message.data.startswith("0"):
                    await socket.send_str("40")

    def _beat(self) -> None:
        now = time.monotonic()
        with self._lock:
            self._longest = max(self._longest, now - self._last)
            self._last = now
            self.beats += 1
        self._there.set()
