"""The official JavaScript client visits a server: what it reads in the handshake, what it hears.

    for line in await official_client.visit(address.url):
        print(line)

Lesson 07.  Builds on: net.stream, `lessons` (where Node's packages are).
New here: a peer that this course has not written.  Where Node.js or its package is missing, the
bytes that it sends (`RECORDED`) are sent instead, and the first line says so.
Left out: upgrades; it polls.  See `official_upgrade`.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
from typing import Any
from urllib.parse import urlsplit

from ..net import stream
from . import lessons

__all__ = ["RECORDED", "available", "run", "visit"]

HELLO = "안녕 👋"
STAYS = 0.4  # seconds, after it has heard its own words
SCRIPT = """
const { Socket } = require("engine.io-client")
const socket = new Socket(process.argv[1], { transports: ["polling"] })
const say = (what, said) => console.log(JSON.stringify([what, said]))
const end = () => process.exit()
process.on("uncaughtException", error => { say("failed", error.message); end() })
setTimeout(() => { say("failed", "nothing comes any more"); end() }, 3000)
socket.on("handshake", fields => say("handshake", fields))
socket.on("open", () => socket.send(process.argv[2]))
socket.on("message", text => {
  say("heard", text)
  setTimeout(() => socket.close(), process.argv[3])
})
socket.on("close", reason => { say("closed", reason); end() })
"""
_LINES = "User-Agent: node-XMLHttpRequest\r\nAccept: */*\r\nHost: {host}\r\nConnection: close\r\n"
_PATH = "/engine.io/?EIO=4&transport=polling&t=nptfxg7c"
_POST = "Content-type: text/plain;charset=UTF-8\r\nContent-Length: 12\r\n"
RECORDED = (
    f"GET {_PATH} HTTP/1.1\r\n{_LINES}\r\n",
    f"POST {_PATH}ck&sid={{sid}} HTTP/1.1\r\n{_POST}{_LINES}\r\n4{HELLO}",
    f"GET {_PATH}cl&sid={{sid}} HTTP/1.1\r\n{_LINES}\r\n",
)
"""What engine.io-client 6.6.8 sends on Node 20, each on a connection of its own."""


def available() -> bool:
    """Are Node.js and the package of the official client here?"""
    package = lessons.folder().parent / "node_modules" / "engine.io-client"
    return shutil.which("node") is not None and package.exists()


async def visit(url: str) -> list[str]:
    """Open a session at this server, say a word, stay a moment, and tell what happened."""
    return await (_visit(url) if available() else _replay(url))


async def run(script: str, *arguments: str) -> list[str]:
    """The lines that a script in Node.js prints.  It ends with the cell that waits for it."""
    top = lessons.folder().parent
    process = await asyncio.create_subprocess_exec(
        "node", "-e", script, *arguments,
        stdout=asyncio.subprocess.PIPE, cwd=top,
        env={**os.environ, "NODE_PATH": str(top / "node_modules")},
    )  # fmt: skip
    try:
        output, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return output.decode().splitlines()


async def _visit(url: str) -> list[str]:
    lines = await run(SCRIPT, url, HELLO, str(round(STAYS * 1000)))
    return [_told(*json.loads(line)) for line in lines]


def _told(what: str, said: Any) -> str:
    if what != "handshake":
        return f"it {what}: {said}"
    fields = said if isinstance(said, dict) else {}
    names = ("pingInterval", "pingTimeout", "maxPayload")
    interval, timeout, most = (_number(fields.get(name, "undefined")) for name in names)
    return (
        f"it reads: an id of {len(fields.get('sid', ''))} characters\n"
        f"          upgrades to {fields.get('upgrades', 'undefined')}\n"
        f"          a ping every {interval} ms, and {timeout} ms for its pong\n"
        f"          bodies of {most} bytes at most"
    )


def _number(value: Any) -> Any:
    """As JavaScript writes it, which has one type of numbers: 25000.0 is 25000."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


async def _replay(url: str) -> list[str]:
    """Send what was recorded, and read the answers as that client does."""
    found = ["Node.js is missing here, so these are the bytes that its client sent elsewhere"]
    first = (await _exchange(url, RECORDED[0]))[1]
    opened = re.match(r"0(\{[^\x1e]*)", first)
    if opened is None:
        return [*found, f"it failed: {first[:60]!r} opens no session"]
    fields = json.loads(opened[1])
    found.append(_told("handshake", fields))
    for request in RECORDED[1:]:
        status, body = await _exchange(url, request, sid=fields.get("sid", ""))
        found.append(f"it heard: {body[1:] if body[:1] == '4' else body} ({status})")
    return found


async def _exchange(url: str, request: str, **fields: str) -> tuple[int, str]:
    """One request on a connection of its own; the status and the body."""
    parts = urlsplit(url)
    assert parts.hostname is not None and parts.port is not None
    async with await stream.connect(parts.hostname, parts.port) as connection:
        connection.write(request.format(host=parts.netloc, **fields).encode())
        head = (await connection.read_until(b"\r\n\r\n")).decode()
        size = re.search(r"(?i)content-length: (\d+)", head)
        body = await connection.read_exactly(int(size[1]) if size else 0)
    return int(head.split()[1]), body.decode()
