"""The npm packages socket.io and socket.io-client, in one process for all tests of a worker."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

from tests.engineio import node

MAIN = Path(__file__).parent / "peers" / "main.cjs"
Events = asyncio.Queue[list[Any]]


@contextlib.asynccontextmanager
async def server(options: dict[str, Any]) -> AsyncIterator[tuple[int, Events]]:
    """A server with these options, which are Node's: its port, and what happens there."""
    async with node.peer(MAIN, {"server": options}) as found:
        yield found.answer["port"], found.events


@contextlib.asynccontextmanager
async def client(
    url: str, options: dict[str, Any], greet: list[Any] | None
) -> AsyncIterator[tuple[Callable[..., None], Events]]:
    """A client that has not connected yet: its commands, and what happens there."""
    question = {"client": url, "options": options, "greet": greet}
    async with node.peer(MAIN, question) as found:
        yield found.do, found.events
