"""Official JavaScript clients in a learner's chat: what the page of each of them hears.

    for line in await official_chat.visit(chat):      chat(io) registers its listeners
        print(line)

    Ada connects
        Ada: roomList []
    Ada creates 점심 🍜
        Ada: notice (Ada) is here         (Ada) stands for the id of Ada's socket
        …

Lesson 11.  Builds on: `official_client`, `socketio`, net.ws.
New here: after each step every client asks how many there are.  The answer comes after all that was
sent to it before, so nobody has to guess how long to wait.
Left out: polling.  Where Node.js is missing, plain WebSockets send the same messages.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

from ..errors import ConnectionClosed
from ..net import ws
from ..socketio import Server, Socket
from . import official_client

__all__ = ["STEPS", "visit"]

LUNCH, CATS = "점심 🍜", "고양이 🐈"
STEPS = (
    ("Ada", "connects", ""), ("Kim", "connects", ""), ("Ada", "creates", LUNCH),
    ("Kim", "creates", LUNCH), ("Lee", "connects", ""), ("Lee", "creates", CATS),
    ("Lee", "creates", "(Ada)"), ("Ada", "leaves", ""), ("Lee", "leaves", ""),
)  # fmt: skip
MISSING = "(Node.js is missing: plain WebSockets send what its clients would send)"
PATH = "/socket.io/?EIO=4&transport=websocket"
LOOKS = 100  # until a client that leaves is seen to be gone
SCRIPT = """
const { io } = require("socket.io-client")
const [url, steps, looks] = process.argv.slice(1).map(text => JSON.parse(text))
const sockets = {}, ids = {}, options = { transports: ["websocket"], reconnection: false }
const ask = (socket, ...event) => socket.timeout(2000).emitWithAck(...event)
const pause = () => new Promise(done => setTimeout(done, 10))
let heard = []

async function step(name, what, room) {
  if (what === "connects") {
    const socket = sockets[name] = io(url, { ...options, forceNew: true })
    socket.onAny((event, ...args) => heard.push([name, event, args]))
    await new Promise(done => socket.on("connect", done))
    ids[name] = socket.id
  } else if (what === "creates") {
    await ask(sockets[name], "create", ids[room.slice(1, -1)] || room, name)
  } else {
    sockets[name].disconnect()
    delete sockets[name]
  }
  const left = Object.values(sockets)
  for (const socket of left)
    for (let look = 0; look < looks && await ask(socket, "clients") !== left.length; look++)
      await pause()
}

async function main() {
  for (const [name, what, room] of steps) {
    await step(name, what, room).catch(error => heard.push([name, "no answer", []]))
    console.log(JSON.stringify([name, what, room, heard, ids]))
    heard = []
  }
  process.exit()
}
main()
"""
Heard = list[Any]  # [name, event, args]


async def visit(chat: Callable[[Server], object]) -> list[str]:
    """What the clients hear, line by line; and what the chat's listeners raised."""
    problems = dict[str, None]()

    def report(error: BaseException, context: dict[str, Any]) -> None:
        said = f"{type(error).__name__}: {error}"
        problems[f"✘ A listener of {context.get('event')!r} raised {said}"] = None

    def count(socket: Socket) -> None:
        socket.on("clients", lambda: len(io.sockets.sockets))

    io = Server(on_error=report)
    chat(io)
    io.on("connection", count)
    lines = [] if official_client.available() else [MISSING]
    async with io.listen() as address, asyncio.timeout(60):
        if lines:
            found = await _plain(address.url)
        else:
            said = json.dumps(STEPS), str(LOOKS)
            run = official_client.run(SCRIPT, json.dumps(address.url), *said)
            found = [json.loads(line) for line in await run]
    for one in found:
        lines += _told(*one)
    return [*lines, *problems]


def _told(name: str, what: str, room: str, heard: list[Heard], ids: dict[str, str]) -> list[str]:
    """A step, and what is heard, client by client; names in place of ids."""
    lines = [f"{name} {what} {room}".rstrip()]
    for to, event, args in sorted(heard, key=lambda one: one[0]):
        lines.append(f"    {to}: {' '.join([event, *map(str, args)])}")
    text = "\n".join(lines)
    for whose, id in ids.items():
        text = text.replace(id, f"({whose})")
    return text.split("\n")


class _Client:
    """A plain WebSocket, which sends what the official client sends."""

    def __init__(self, name: str, plain: ws.Connection, heard: list[Heard]) -> None:
        self.name, self.plain, self.heard = name, plain, heard
        self.asked = 0

    async def ask(self, *event: str) -> Any:
        """Emit an event, and wait for its answer; what comes before it is heard."""
        id, self.asked = self.asked, self.asked + 1
        data = json.dumps(event, ensure_ascii=False, separators=(",", ":"))
        await self.plain.send(f"42{id}{data}")
        return await self.read(f"43{id}[")

    async def read(self, start: str) -> Any:
        """Until a message that begins so; what is in it."""
        async with asyncio.timeout(2):
            async for message in self.plain:
                text = str(message)
                if text.startswith(start):
                    return json.loads(text[len(start) - 1 :])
                if text.startswith("42["):
                    event, *args = json.loads(text[2:])
                    self.heard.append([self.name, event, args])
        raise ConnectionClosed("the server has ended the connection")


async def _plain(url: str) -> list[list[Any]]:
    """The steps, without Node.js."""
    clients, ids, told = dict[str, _Client](), dict[str, str](), list[list[Any]]()
    for name, what, room in STEPS:
        heard: list[Heard] = []
        try:
            await _step(url, clients, ids, heard, name, what, room)
        except (TimeoutError, ConnectionClosed):
            heard.append([name, "no answer", []])
        told.append([name, what, room, heard, dict(ids)])
    for client in clients.values():
        await client.plain.close()
    return told


async def _step(
    url: str, clients: dict[str, _Client], ids: dict[str, str], heard: list[Heard],
    name: str, what: str, room: str,
) -> None:  # fmt: skip
    for client in clients.values():
        client.heard = heard
    if what == "connects":
        plain = await ws.connect(url.replace("http", "ws", 1) + PATH)
        client = clients[name] = _Client(name, plain, heard)
        await plain.send("40")
        ids[name] = (await client.read("40{"))["sid"]
    elif what == "creates":
        await clients[name].ask("create", ids.get(room[1:-1], room), name)
    else:
        client = clients.pop(name)
        await client.plain.send("41")
        await client.plain.close()
    for client in clients.values():
        for _ in range(LOOKS):
            if await client.ask("clients") == [len(clients)]:
                break
            await asyncio.sleep(0.01)
