"""An ASGI application around our server: it needs `handle`, `upgrade`, and a Link.

    app = Application(Server());  uvicorn.run(app)

Left out: foreign paths, large bodies that are refused early, closing with the lifespan.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from typing import Any

import uvicorn

from course_lib.engineio import Server
from course_lib.engineio.server import Accepted
from course_lib.errors import ConnectionClosed
from course_lib.wire.http.http11 import Headers, Request, Response

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Scope]]
Send = Callable[[Scope], Awaitable[None]]


class Application:
    """`await app(scope, receive, send)`."""

    def __init__(self, engine: Server) -> None:
        self.engine = engine

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        else:
            while (await receive())["type"] != "lifespan.shutdown":
                await send({"type": "lifespan.startup.complete"})
            await self.engine.close()
            await send({"type": "lifespan.shutdown.complete"})

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = b""
        while True:
            event = await receive()
            if event["type"] == "http.disconnect":
                return
            body += event["body"]
            if not event.get("more_body"):
                break
        answer = self.engine.handle(_request(scope, body))
        if inspect.isawaitable(answer):
            waiting = asyncio.ensure_future(answer)
            left = asyncio.ensure_future(receive())  # http.disconnect
            await asyncio.wait([waiting, left], return_when=asyncio.FIRST_COMPLETED)
            left.cancel()
            if not waiting.done():
                waiting.cancel()
                return
            answer = waiting.result()
        await _respond(answer, "http.response", send)

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()  # websocket.connect
        answer = self.engine.upgrade(_request(scope, b""))
        if inspect.isawaitable(answer):
            answer = await answer
        if not isinstance(answer, Accepted):
            await _respond(answer, "websocket.http.response", send)
            return
        await send({"type": "websocket.accept", "headers": _encoded(answer.headers)})
        link = Link(send)
        answer.opened(link)
        writing = asyncio.ensure_future(link.write())
        while (event := await receive())["type"] == "websocket.receive":
            text = event.get("text")
            link.on_message(event["bytes"] if text is None else text)
        link.lost(event.get("code", 1006))
        await writing


class Link:
    """What a session needs of a WebSocket, above ASGI: a queue, and one task that empties it."""

    def __init__(self, send: Send) -> None:
        self.on_message: Callable[[str | bytes], object] = lambda _: None
        self.on_close: Callable[[Exception], object] = lambda _: None
        self.on_drain: Callable[[], object] = lambda: None
        self.unsent = 0
        self._send, self._closed = send, False
        self._queue: asyncio.Queue[str | bytes | None] = asyncio.Queue()

    arriving = 0  # ASGI gives whole messages

    @property
    def leaving(self) -> int:
        return self.unsent

    @property
    def writing_paused(self) -> bool:
        return self.unsent > 65536

    def send_nowait(self, message: str | bytes, *, compress: bool = True) -> None:
        if self._closed:
            raise ConnectionClosed("this WebSocket is closed")
        self.unsent += len(message)
        self._queue.put_nowait(message)

    def start_close(self, code: int | None = 1000, reason: str = "") -> None:
        if not self._closed:
            self._closed = True
            self._queue.put_nowait(None)

    def abort(self) -> None:
        self.start_close()

    def lost(self, code: int) -> None:
        if not self._closed:
            self.start_close()
            self.on_close(ConnectionClosed(f"closed with {code}", code))

    async def write(self) -> None:
        with contextlib.suppress(Exception):  # the peer has left: `receive` tells
            while (message := await self._queue.get()) is not None:
                kind = "text" if isinstance(message, str) else "bytes"
                await self._send({"type": "websocket.send", kind: message})
                was_paused = self.writing_paused
                self.unsent -= len(message)
                if was_paused and not self.writing_paused:
                    self.on_drain()
            await self._send({"type": "websocket.close", "code": 1000})


def _request(scope: Scope, body: bytes) -> Request:
    query = scope["query_string"].decode("latin-1")
    target = scope["raw_path"].decode("latin-1") + (f"?{query}" if query else "")
    pairs = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
    return Request(scope.get("method", "GET"), target, Headers(pairs), body)


def _encoded(headers: Any) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]


async def _respond(response: Response, kind: str, send: Send) -> None:
    headers = [*response.headers, ("Content-Length", str(len(response.body)))]
    status = response.status
    await send({"type": f"{kind}.start", "status": status, "headers": _encoded(headers)})
    await send({"type": f"{kind}.body", "body": response.body})


@contextlib.asynccontextmanager
async def uvicorn_server(app: Any) -> AsyncIterator[str]:
    """The application under uvicorn, in this loop."""
    config = uvicorn.Config(app, port=0, log_level="error")
    server = uvicorn.Server(config)
    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign]
    serving = asyncio.create_task(server.serve())
    try:
        while not server.started:
            assert not serving.done()
            await asyncio.sleep(0.01)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await serving
