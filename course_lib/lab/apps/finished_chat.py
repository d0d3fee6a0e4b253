"""The chat as it is at the end of the course, on python-socketio until we have our own server.

Lesson 00.  Builds on: aiohttp and python-socketio, which know nothing of this course.

    create(room, user) -> "ok"     roomList to everybody, userList and notice to the room
    say(text)          -> "ok"     newMessage to the room
    GET /                          a page that speaks Socket.IO over a plain WebSocket, by hand

New here: rooms, acknowledgements, and a heartbeat of one second, to notice a blocked server.
Left out: passwords, history, more than one server.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Self

from ...errors import LocalError
from .. import extra

with extra.needed():
    import socketio  # type: ignore[import-untyped]
    from aiohttp import web

PAGE = Path(__file__).with_name("finished_chat.html")
HEARTBEAT = 1.0  # seconds; the usual interval is 25
PATIENCE = 60.0  # seconds that a side may be silent: the lesson blocks the server on purpose
LONGEST = 1000  # characters of a message


class Server:
    """The chat's server.  Use it as `async with`, or across cells with `start` and `close`."""

    def __init__(self) -> None:
        self.rooms: dict[str, dict[str, str]] = {}  # room -> socket id -> user
        self._runner: web.AppRunner | None = None
        self._port = 0
        self._tasks: dict[asyncio.Task[Any], None] = {}
        self._io = socketio.AsyncServer(
            async_mode="aiohttp", ping_interval=HEARTBEAT, ping_timeout=PATIENCE
        )
        self._io.eio.start_background_task = self._task
        self._io.on("create", self._create)
        self._io.on("say", self._say)
        self._io.on("disconnect", self._left)

    @property
    def port(self) -> int:
        if self._runner is None:
            raise LocalError("the chat is not running: `await server.start()` first")
        return self._port

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> Self:
        if self._runner is None:
            app = web.Application()
            app.router.add_get("/", self._page)
            self._io.attach(app)
            self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
            await self._runner.setup()
            site = web.TCPSite(self._runner, "127.0.0.1", 0)
            await site.start()
            self._port = self._runner.addresses[0][1]
        return self

    async def close(self) -> None:
        if self._runner is not None:
            runner, self._runner = self._runner, None
            await self._io.shutdown()
            await runner.cleanup()
            tasks = [*self._tasks]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def __aenter__(self) -> Self:
        return await self.start()

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def announce(self, text: str) -> None:
        """Send a notice to every user in every room."""
        await self._io.emit("notice", text)

    def _task(self, target: Callable[..., Awaitable[Any]], *args: Any, **more: Any) -> Any:
        """Start a task and keep it for `close`: python-socketio never ends its heartbeat tasks."""
        task = asyncio.ensure_future(target(*args, **more))
        if isinstance(task, asyncio.Task):
            self._tasks[task] = None
            task.add_done_callback(lambda done: self._tasks.pop(done, None))
        return task

    async def _page(self, request: web.Request) -> web.Response:
        return web.Response(
            text=PAGE.read_text("utf-8"),
            content_type="text/html",
            headers={"Cache-Control": "no-store"},
        )

    async def _create(self, sid: str, room: Any, user: Any) -> str:
        if not (isinstance(room, str) and isinstance(user, str) and 0 < len(user) < 50):
            return "a room and a name, please"
        await self._leave(sid)
        await self._io.enter_room(sid, room)
        self.rooms.setdefault(room, {})[sid] = user
        await self._io.emit("roomList", list(self.rooms))
        await self._io.emit("userList", list(self.rooms[room].values()), to=room)
        await self._io.emit("notice", f"{user} is here", to=room)
        return "ok"

    async def _say(self, sid: str, text: Any) -> str:
        for room, users in self.rooms.items():
            if sid in users and isinstance(text, str) and len(text) <= LONGEST:
                await self._io.emit("newMessage", {"user": users[sid], "text": text}, to=room)
                return "ok"
        return "say what, and where?"

    async def _left(self, sid: str, reason: str) -> None:
        await self._leave(sid)

    async def _leave(self, sid: str) -> None:
        for room, users in [*self.rooms.items()]:
            user = users.pop(sid, None)
            if user is not None:
                await self._io.leave_room(sid, room)
                await self._io.emit("userList", list(users.values()), to=room)
                await self._io.emit("notice", f"{user} has left", to=room)
            if not users:
                del self.rooms[room]
