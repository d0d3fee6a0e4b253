"""An echo server: each message comes back.  Its page tries the lengths at which a header grows.

Lesson 04.  Builds on: `net.ws`.

    GET /                       →  the page
    GET / with Upgrade          →  101, and then each message back to its sender

New here: a server that adds nothing, not even a ping, so that each frame carries a message.
Left out: other readers; that is a chat, see `long_polling`.
"""

from __future__ import annotations

from pathlib import Path

from ...net import ws
from ...wire.http.http11 import Headers, Request, Response

PAGE = Path(__file__).with_name("echo.html")
HTML = Headers([("Content-Type", "text/html; charset=utf-8"), ("Cache-Control", "no-store")])


def serve(host: str = "127.0.0.1", port: int = 0) -> ws.Server:
    """An echo server; await it or enter it.  See `page_url` for its page."""
    return ws.serve(_echo, host, port, http=_page, ping_interval=None)


def page_url(server: ws.Server) -> str:
    """Where a browser finds the page of this server."""
    return f"http://{server.host}:{server.port}/"


async def _echo(connection: ws.Connection) -> None:
    async for message in connection:
        await connection.send(message)


def _page(request: Request) -> Response:
    if (request.method, request.path) == ("GET", "/"):
        return Response(200, HTML, PAGE.read_bytes())
    return Response(404)
