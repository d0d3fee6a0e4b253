"""The lab is the roof: all that a notebook needs.  It may import every floor; no floor imports it.

lab.start()          first cell: remember the kernel's loop, show background errors in their cell
await lab.until(f)   wait until `f()` is true, in place of a sleep
lab.glossary("01")   the terms of a lesson
await lab.finish()   last cell: nothing may be left running
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from .glossary import glossary
from .loop import finish
from .loop import setup as start

__all__ = ["finish", "glossary", "start", "until"]


async def until(condition: Callable[[], object], *, patience: float = 10.0) -> None:
    """Return once `condition()` is true.  Raise TimeoutError after `patience` seconds."""
    async with asyncio.timeout(patience):
        while not condition():  # noqa: ASYNC110 - an arbitrary condition cannot notify us
            await asyncio.sleep(0.001)
