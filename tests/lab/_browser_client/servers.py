"""Socket.IO servers that the browser's client talks to, each with one application.

    async with SERVERS["socket.io"](max_payload=1000) as url: ...     options as in this library

A test's part runs in Node.js, in the client's process: `await talk(url, BODY)` are the lines that
it has said.  In BODY are `connect(path, options)`, `say(...)`, `await next(socket, event)`.

The application, in "/" and, for whoever has `auth.token == "secret"`, in "/admin":

    welcome    sent to a new socket: its namespace, its auth, and `color` of the query
    echo       the same values back, as an event
    answer     the same values back, as an acknowledgement
    ask me     an event "asked" with an acknowledgement, whose values come back as "heard"
    count      n events "count" with 0, 1, 2, ..., some at once and some later
    dismiss    the server ends the socket; with true the connection
    ended      acknowledged with [namespace, reason] of every socket that has left
    vanish     the server ends, and is back on its port after so many milliseconds
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest

from course_lib.lab import browser_client, official_client

from .ours import ours

FOLDER = Path(__file__).parent
CLIENT = (FOLDER / "client.cjs").read_text("utf-8")

needs_node = pytest.mark.skipif(
    not official_client.available(),
    reason="node with the package socket.io is missing: install Node.js, then `npm ci`",
)


async def talk(url: str, body: str) -> list[Any]:
    """What the client in Node.js says, each line a list."""
    lines = await official_client.run(CLIENT, browser_client.module(), url, body)
    return [json.loads(line) for line in lines]


@contextlib.asynccontextmanager
async def node(*, max_payload: int = 1_000_000) -> AsyncIterator[str]:
    """The npm package socket.io.  It ends with its standard input."""
    options = {"maxHttpBufferSize": max_payload}
    process = await asyncio.create_subprocess_exec(
        "node", str(FOLDER / "server.cjs"), json.dumps(options),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        yield f"http://127.0.0.1:{int(await process.stdout.readline())}"
    finally:
        await process.communicate(b"")


Serve = Callable[..., AbstractAsyncContextManager[str]]
SERVERS: dict[str, Serve] = {"socket.io": node, "ours": ours}
on_each_server = pytest.mark.parametrize("serve", SERVERS.values(), ids=SERVERS)
