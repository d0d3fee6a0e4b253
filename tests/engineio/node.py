"""Node's engine.io: one process for all tests of a worker, and a server in it for each test."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import json
import shutil
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PEERS = Path(__file__).parent / "peers"

needed = pytest.mark.skipif(
    not shutil.which("node") or not (ROOT / "node_modules" / "engine.io-client").exists(),
    reason="node with the package engine.io is missing: install Node.js, then `npm ci`",
)


@functools.cache
def control_port() -> int:
    """Start the process.  It ends with its standard input, and that with this worker."""
    process = subprocess.Popen(
        ["node", str(PEERS / "server.cjs")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
    )
    _processes.append(process)
    assert process.stdout is not None
    return int(process.stdout.readline())


_processes: list[subprocess.Popen[bytes]] = []


def stop() -> None:
    """End the process; the last test of a worker has run."""
    for process in _processes:
        process.communicate()
    _processes.clear()
    control_port.cache_clear()


@contextlib.asynccontextmanager
async def server(options: dict[str, Any]) -> AsyncIterator[tuple[int, asyncio.Queue[list[Any]]]]:
    """A server with these options: its port, and what happens there."""
    reader, writer = await asyncio.open_connection("127.0.0.1", control_port())
    writer.write(json.dumps(options).encode() + b"\n")
    port = json.loads(await reader.readline())["port"]
    events: asyncio.Queue[list[Any]] = asyncio.Queue()

    async def read() -> None:
        while line := await reader.readline():
            events.put_nowait(json.loads(line))

    reading = asyncio.create_task(read())
    try:
        yield port, events
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()
        reading.cancel()
        await asyncio.wait([reading])
