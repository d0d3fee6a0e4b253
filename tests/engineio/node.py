"""Node's packages: one process of a script for all tests of a worker, and peers in it."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import json
import shutil
import subprocess
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
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
def control_port(script: Path) -> int:
    """Start the process.  It ends with its standard input, and that with this worker."""
    process = subprocess.Popen(
        ["node", str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT
    )
    _processes.append(process)
    assert process.stdout is not None
    return int(process.stdout.readline())


_processes: list[subprocess.Popen[bytes]] = []


def stop() -> None:
    """End the processes; the last test of a worker has run."""
    for process in _processes:
        process.communicate()
    _processes.clear()
    control_port.cache_clear()


@dataclass
class Peer:
    """A server or a client in such a process: its first answer, and what happens there."""

    answer: dict[str, Any]
    writer: asyncio.StreamWriter
    events: asyncio.Queue[list[Any]] = field(default_factory=asyncio.Queue)

    def do(self, *command: Any) -> None:
        self.writer.write(json.dumps(command).encode() + b"\n")


@contextlib.asynccontextmanager
async def peer(script: Path, options: dict[str, Any]) -> AsyncIterator[Peer]:
    """What the process of `script` makes of these options, until the end of the block."""
    reader, writer = await asyncio.open_connection("127.0.0.1", control_port(script), limit=1 << 24)
    writer.write(json.dumps(options).encode() + b"\n")
    found = Peer(json.loads(await reader.readline()), writer)

    async def read() -> None:
        while line := await reader.readline():
            found.events.put_nowait(json.loads(line))

    reading = asyncio.create_task(read())
    try:
        yield found
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()
        reading.cancel()
        await asyncio.wait([reading])


@contextlib.asynccontextmanager
async def server(options: dict[str, Any]) -> AsyncIterator[tuple[int, asyncio.Queue[list[Any]]]]:
    """A server with these options: its port, and what happens there."""
    async with peer(PEERS / "server.cjs", options) as found:
        yield found.answer["port"], found.events
