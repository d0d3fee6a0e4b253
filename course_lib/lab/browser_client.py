"""Our own Socket.IO client for a browser, as text: no Node.js, no build, no bundle of others.

    http_server.serve(lambda request: browser_client.answer(request) or page(request))

    <script src="/browser_client.js"></script>      the client is the global name `io`
    <script>const socket = io("/admin", {auth: {token: "…"}})</script>

    import { connect } from "/browser_client.mjs"    the same as a module

Builds on: wire.http (a response), `_browser_client/engineio.js` and `socketio.js`, in which the
protocols are.
New here: the two sources joined, so that one address is enough, also one of `data:` or `blob:`.
Left out: a smaller text (15 kB are small), caching, and what the head of `socketio.js` says.
"""

from __future__ import annotations

from pathlib import Path

from ..wire.http.http11 import Headers, Request, Response

__all__ = ["SOURCES", "answer", "module", "script"]

_FOLDER = Path(__file__).with_name("_browser_client")
SOURCES = (_FOLDER / "engineio.js", _FOLDER / "socketio.js")
HEADERS = Headers(
    [("Content-Type", "text/javascript; charset=utf-8"), ("Cache-Control", "no-store")]
)


def module() -> str:
    """The client as an ES module that exports `connect`."""
    return f"{_joined()}\nexport {{ connect }};\n"


def script() -> str:
    """The client for a plain `<script>`: all of it is hidden, but for the global name `io`.

    That is the official client's name, so a page may change one for the other.
    """
    return f'var io = (() => {{\n"use strict";\n{_joined()}\nreturn connect;\n}})();\n'


def answer(request: Request) -> Response | None:
    """The response to a GET of `…/browser_client.js` (or `.mjs`), and None for other requests."""
    texts = {"browser_client.js": script, "browser_client.mjs": module}
    text = texts.get(request.path.rpartition("/")[2])
    if text is None or request.method != "GET":
        return None
    return Response(200, HEADERS, text().encode())


def _joined() -> str:
    """The sources without the lines in which they import and export each other's names."""
    texts = [path.read_text("utf-8") for path in SOURCES]
    lines = [line for text in texts for line in text.splitlines()]
    return "\n".join(line for line in lines if not line.startswith(("import ", "export ")))
