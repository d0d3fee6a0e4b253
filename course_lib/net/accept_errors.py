"""No file descriptor left at accept: asyncio reports it often, we log it once a second.

    accept() -> EMFILE    asyncio reports it, stops accepting for 1 s, tries again
    this module           takes those reports for our own listeners and logs one line a second;
                          every other report goes on, unchanged, to the previous handler

Builds on: asyncio.  Used by: net.listening.
New here: one filter for each loop counts our listeners, so servers open and close in any order.
Left out: Windows' proactor loop, which closes the listener instead of trying again.
"""

from __future__ import annotations

import asyncio
import functools
import logging
import weakref
from collections.abc import Callable, Iterable
from typing import Any

_logger = logging.getLogger(__name__)

Context = dict[str, Any]
Handler = Callable[[asyncio.AbstractEventLoop, Context], object]

# asyncio tries again 1 s after its report (ACCEPT_RETRY_DELAY), and fails if the listener has been
# closed by then.  Timers run in the order of their times, so ours runs after that.
_RETRY = 1.5
_LONG_AGO = 10.0  # seconds after a report: no retry is pending any more


class _Filter:
    """The exception handler of one loop while our listeners are open on it."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = weakref.proxy(loop)  # a loop that is over, and all on it, is freed
        self._handler: Handler | None = None  # what we installed last
        self._previous: Handler | None = None  # the handler that ours replaced
        self._listeners: dict[int, None] = {}  # descriptors of our listening sockets
        self._logged = self._reported = float("-inf")

    def watch(self, descriptors: Iterable[int]) -> None:
        self._listeners.update(dict.fromkeys(descriptors))
        current = self._loop.get_exception_handler()
        if self._handler is None or current is not self._handler:
            # Another handler may have replaced ours, and may still call it: wrap that one, too.
            self._previous = current
            self._handler = functools.partial(self._handle, current)
            self._loop.set_exception_handler(self._handler)

    def release(self, descriptors: Iterable[int]) -> None:
        for descriptor in descriptors:
            self._listeners.pop(descriptor, None)
        now = self._loop.time()
        if now < self._reported + _LONG_AGO:
            self._loop.call_at(max(now, self._reported + _RETRY), self._restore)
        else:
            self._restore()

    def _restore(self) -> None:
        """Restore the previous handler.  If another one replaced ours, ours passes reports on."""
        if self._listeners or self._handler is None:
            return
        if self._loop.get_exception_handler() is self._handler:
            self._loop.set_exception_handler(self._previous)
            self._handler = self._previous = None

    def _handle(
        self, previous: Handler | None, loop: asyncio.AbstractEventLoop, context: Context
    ) -> None:
        if self._is_ours(context):
            self._log(context)
        elif self._is_late_retry(context):
            pass
        elif previous is None:
            loop.default_exception_handler(context)
        else:
            previous(loop, context)

    def _is_ours(self, context: Context) -> bool:
        if context.get("message") != "socket.accept() out of system resource":
            return False
        return context["socket"].fileno() in self._listeners

    def _is_late_retry(self, context: Context) -> bool:
        """Whether asyncio's retry failed because the listener was closed meanwhile."""
        return (
            self._reported > float("-inf")
            and isinstance(context.get("exception"), ValueError)
            and "._start_serving(" in str(context.get("message"))
        )

    def _log(self, context: Context) -> None:
        self._reported = now = self._loop.time()
        if now - self._logged >= 1.0:
            self._logged = now
            _logger.error("cannot accept connections for now: %s", context["exception"])


_filters: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, _Filter] = (
    weakref.WeakKeyDictionary()
)


def watch(loop: asyncio.AbstractEventLoop, descriptors: Iterable[int]) -> None:
    """Log asyncio's accept errors of these listening sockets from now on."""
    if loop not in _filters:
        _filters[loop] = _Filter(loop)
    _filters[loop].watch(descriptors)


def release(loop: asyncio.AbstractEventLoop, descriptors: Iterable[int]) -> None:
    """Stop for these closed sockets; after the last one the previous handler is restored."""
    if loop in _filters:
        _filters[loop].release(descriptors)
