"""The same application on the server of this course."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

from course_lib.socketio import ConnectRefused, Server, Socket


class Application:
    """`servers` says what it does."""

    def __init__(self, options: dict[str, Any]) -> None:
        self.options = {"cors_allowed_origins": "*", **options}
        self.ended: list[list[str]] = []
        self.tasks: set[asyncio.Task[None]] = set()
        self.listening: Any = None

    async def start(self, port: int = 0) -> None:
        io = Server(**self.options)
        io.on("connection", self.welcome)
        admin = io.of("/admin")
        admin.use(self.allow)
        admin.on("connection", self.welcome)
        self.listening = await io.listen(port=port)

    def allow(self, socket: Socket) -> None:
        if socket.handshake.auth.get("token") != "secret":
            raise ConnectRefused("not allowed", {"code": 7})

    def welcome(self, socket: Socket) -> None:
        name, handshake = socket.nsp.name, socket.handshake
        socket.emit("welcome", name, handshake.auth, handshake.query.get("color"))
        socket.on("disconnect", lambda reason, _: self.ended.append([name, reason]))
        socket.on("echo", lambda *values: socket.emit("echo", *values))
        socket.on("answer", lambda *values: values)
        socket.on("ended", lambda: self.ended)
        socket.on("dismiss", lambda close=False: socket.disconnect(close))

        @socket.on("ask me")
        def ask(*values: Any) -> None:
            socket.emit("asked", *values, callback=lambda *answers: socket.emit("heard", *answers))

        @socket.on("count")
        async def count(to: int) -> None:
            for i in range(to):
                socket.emit("count", i)
                if i % 5 == 4:
                    await asyncio.sleep(0.001)

        @socket.on("vanish")
        def vanish(ms: int) -> None:
            task = asyncio.ensure_future(self.vanish(ms / 1000))
            self.tasks.add(task)

    async def vanish(self, seconds: float) -> None:
        port = self.listening.port
        await self.listening.close()
        await asyncio.sleep(seconds)
        await self.start(port)


@contextlib.asynccontextmanager
async def ours(**options: Any) -> AsyncIterator[str]:
    application = Application(options)
    await application.start()
    try:
        yield application.listening.url
    finally:
        await asyncio.gather(*application.tasks)
        await application.listening.close()
