"""The end of a loop in a thread of its own, as tests with pages use one beside Playwright's."""

from __future__ import annotations

import asyncio


async def quiet() -> None:
    """Return when TCP has ended, too: a server waits a moment for the peer to end its side."""
    selector = asyncio.get_running_loop()._selector  # type: ignore[attr-defined]
    async with asyncio.timeout(60):
        while len(selector.get_map()) > 1:  # noqa: ASYNC110 - the loop's own is one
            await asyncio.sleep(0.01)
    await asyncio.sleep(0)
