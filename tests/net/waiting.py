"""Waiting for a condition that nothing announces, such as a count in the operating system."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


async def until(condition: Callable[[], object], limit: float = 60.0) -> None:
    """Return as soon as `condition()` holds; TimeoutError after `limit` seconds."""
    async with asyncio.timeout(limit):
        while not condition():  # noqa: ASYNC110 - there is no event to wait for
            await asyncio.sleep(0.001)
