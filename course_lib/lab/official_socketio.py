"""The official JavaScript client of Socket.IO visits a server, and tells what it hears.

    lines = await official_socketio.visit("http://127.0.0.1:49152")
    ["/ lets it in", "it hears news 안녕 👋", …]

It joins three namespaces: the main one, /admin, and /nowhere, which the server does not have.  In
each of the first two it says a word, answers the server, and asks it for a sum.

Lesson 09.  Builds on: `official_client`, net.ws.
New here: where Node.js is missing, the messages that it once sent are sent again, and what comes
back is told as it is.
Left out: polling; see `official_client` and `official_upgrade`.
"""

from __future__ import annotations

import asyncio
import re

from ..errors import ConnectionClosed
from ..net import ws
from . import official_client

__all__ = ["RECORDED", "TEXT", "recorded", "visit"]

TEXT = "안녕, 👋"
FALLBACK = "its messages of another day are sent again"
PATH = "/socket.io/?EIO=4&transport=websocket"
SCRIPT = """
const { io } = require("socket.io-client")
const [url, text] = process.argv.slice(1)
const say = line => console.log(line)
const main = io(url, { transports: ["websocket"], reconnection: false })
main.io.engine.on("close", reason => { say("the connection has ended"); process.exit() })
setTimeout(() => { say("nothing comes any more"); process.exit() }, 2000)

function visit(socket, name, then) {
  socket.on("connect_error", error => { say(name + " refuses it: " + error.message); then() })
  socket.on("disconnect", reason => {
    say(name + ": " + reason)
    if (reason === "io server disconnect") then()
  })
  socket.on("news", (...args) => say("it hears news " + args.join(" ")))
  socket.on("how", answer => {
    say("it is asked how it is" + (answer ? "" : ", but without an id"))
    if (answer) answer("fine", [text])
    socket.emit("add", 2, 3, sum => { say("2 + 3 is " + sum); then(socket) })
  })
  socket.on("connect", () => {
    say(name + " lets it in")
    socket.emit("say", text, { to: name + ",7" })
  })
}
const join = (name, options, then) => visit(main.io.socket(name, options), name, then)
visit(main, "/", () => join("/admin", { auth: { token: text } },
  admin => admin ? admin.emit("bye") : join("/nowhere", {}, () => main.disconnect())))
"""
# What socket.io-client 4.8.4 says, and how many messages of the server it waits for after each.
RECORDED = (
    ("40", 1), (f'42["say","{TEXT}",{{"to":"/,7"}}]', 2), (f'430["fine",["{TEXT}"]]', 0),
    ('420["add",2,3]', 1), (f'40/admin,{{"token":"{TEXT}"}}', 1),
    (f'42/admin,["say","{TEXT}",{{"to":"/admin,7"}}]', 2),
    (f'43/admin,0["fine",["{TEXT}"]]', 0), ('42/admin,0["add",2,3]', 1), ('42/admin,["bye"]', 1),
    ("40/nowhere,", 1), ("41", 0),
)  # fmt: skip


async def visit(url: str) -> list[str]:
    """What the client tells, line by line."""
    if not official_client.available():
        return [f"(Node.js is missing: {FALLBACK})", *await recorded(url)]
    return await official_client.run(SCRIPT, url, TEXT)


async def recorded(url: str) -> list[str]:
    """What the server says to the recorded messages."""
    told = []
    async with ws.connect(url.replace("http", "ws", 1) + PATH) as plain:
        await plain.recv()  # the handshake
        try:
            for message, answers in RECORDED:
                await plain.send(message)
                for _ in range(answers):
                    async with asyncio.timeout(2):
                        told.append(f"it hears {await plain.recv()!s}")
        except ConnectionClosed:
            told.append("the connection has ended")
        except TimeoutError:
            told.append("nothing comes any more")
    return [re.sub('"sid":"[^"]*"', '"sid":"…"', line) for line in told]


async def after(url: str, message: str) -> str:
    """What a server does when a plain WebSocket has joined, and then says this."""
    async with ws.connect(url.replace("http", "ws", 1) + PATH) as plain:
        try:
            await plain.recv()
            await plain.send("40")
            await plain.recv()
            await plain.send(message)
            async with asyncio.timeout(0.5):
                return f"is answered: {await plain.recv()!s}"
        except ConnectionClosed:
            return "ends the connection"
        except TimeoutError:
            return "is kept"
