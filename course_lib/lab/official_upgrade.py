"""The official JavaScript client upgrades: a peer for your code on the wire.

    lines = await official_upgrade.hello("http://127.0.0.1:49152")
    ["opened by polling", "upgraded to websocket", "heard 안녕 👋", …]

It runs in Node.js.  Where that is missing, bytes that it once sent are sent again, and `hello`
says so.

Lesson 08.  Builds on: `official_client`, net.stream, wire.engineio.packet.
New here: the same client on two connections, polling and WebSocket.
Left out: what the recorded client would do after a surprise; it only says what it met.
"""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

from ..net import stream
from ..wire.engineio.packet import Handshake, decode_payload
from . import official_client

TEXT = "안녕 👋"
SCRIPT = """
const { Socket } = require("engine.io-client");
const socket = new Socket(process.argv[1], { path: "/engine.io/" });
const say = (line) => console.log(line);
socket.on("open", () => say("opened by " + socket.transport.name));
socket.on("upgrade", (to) => { say("upgraded to " + to.name); socket.send(process.argv[2]); });
socket.once("upgradeError", () => { say("the upgrade has failed"); socket.close(); });
socket.on("message", (text) => { say("heard " + text); socket.close(); });
socket.on("close", (reason) => say("closed: " + reason));
"""
# What engine.io-client 6.6.8 sent; only `sid` is put in.
GET = (
    "GET /engine.io/?EIO=4&transport=polling&t=njeoa7p2{sid} HTTP/1.1\r\nUser-Agent: "
    "node-XMLHttpRequest\r\nAccept: */*\r\nHost: 127.0.0.1:33179\r\nConnection: close\r\n\r\n"
)
UPGRADE = (
    "GET /engine.io/?EIO=4&transport=websocket{sid} HTTP/1.1\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: CyFS8YUGP0FlKr5KdPjkWg==\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Host: 127.0.0.1:33179\r\n\r\n"
)
PROBE = b"\x81\x86\xc6\x0b\xa1\xa3\xf4{\xd3\xcc\xa4n"
FIVE = b"\x81\x81\xf8q9\xe4\xcd"
HELLO = b"\x81\x8c\x85H\x18\xe8\xb1\xa4\x8d`n\xcd\x8d\xc8u\xd7\x89c"
CLOSE = b"\x88\x80\x93\t\xd3\xd6"


async def hello(url: str) -> list[str]:
    """What the client tells, line by line.  The server has to send its message back."""
    if not official_client.available():
        missing = "(Node.js is missing: these are recorded bytes of the client)"
        return [missing, *await recorded(url)]
    return await official_client.run(SCRIPT, url, TEXT)


async def recorded(url: str) -> list[str]:
    """The same from recorded bytes."""
    where = urlsplit(url)
    host, port = str(where.hostname), where.port or 80
    async with await stream.connect(host, port) as first:
        body = await _ask(first, GET.format(sid=""))
    sid = f"&sid={Handshake.decode(next(decode_payload(body)).data).sid}"
    told = ["opened by polling"]
    async with (
        await stream.connect(host, port) as poll,
        await stream.connect(host, port) as websocket,
    ):
        waiting = asyncio.ensure_future(_ask(poll, GET.format(sid=sid)))
        websocket.write(UPGRADE.format(sid=sid).encode())
        await websocket.read_until(b"\r\n\r\n")
        websocket.write(PROBE)
        if await _frame(websocket) != b"3probe":
            waiting.cancel()
            return [*told, "the upgrade has failed", "closed: forced close"]
        await waiting
        websocket.write(FIVE + HELLO)
        heard = await _frame(websocket)
        told += ["upgraded to websocket", f"heard {heard[1:].decode()}"]
        websocket.write(CLOSE)
        await _frame(websocket)
    return [*told, "closed: forced close"]


async def _ask(connection: stream.Stream, request: str) -> bytes:
    connection.write(request.encode())
    head = (await connection.read_until(b"\r\n\r\n")).lower()
    length = head.partition(b"content-length: ")[2].partition(b"\r\n")[0]
    return await connection.read_exactly(int(length))


async def _frame(connection: stream.Stream) -> bytes:
    """The payload of a short frame."""
    head = await connection.read_exactly(2)
    return await connection.read_exactly(head[1])
