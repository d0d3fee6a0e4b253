"""The official browser client, out of an installed npm package.

    GET /socket.io/socket.io.min.js  ──>  node_modules/socket.io-client/dist/socket.io.min.js
        If-None-Match: "4.8.4"       ──>  304

    <script src="/socket.io/socket.io.js"></script>    io() then connects to where it came from

Lesson 09.  Builds on: net.http_answer, engineio.polling.  Used by: `server`.
New here: a page and its server have the same version of nothing but the protocol; so the files are
whichever the reader has installed, and this library holds none.
Left out: any other file.  A name is one of `NAMES`, or it is the engine's.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import os
import re
from pathlib import Path
from typing import Any

from ..engineio import polling
from ..net import http_answer
from ..wire.http.http11 import Headers, Request, Response

NAMES = [
    f"socket.io{kind}{end}"
    for kind in (".js", ".min.js", ".esm.min.js", ".msgpack.min.js")
    for end in ("", ".map")
]
try:
    BROTLI: Any = importlib.import_module("brotli")
except ImportError:
    BROTLI = None

PACKAGE = "socket.io-client"
MISSING = (
    f"The official client is not installed here: run `npm install {PACKAGE}` in the folder of the "
    "server's program, or name the folder that holds it: Server(serve_client=...)."
)


class ClientFiles:
    """The files of one folder; each is read, and compressed, once."""

    def __init__(self, folder: str | os.PathLike[str] | None = None) -> None:
        """`folder` holds socket.io.js; None: the package that Node.js would find here."""
        self.folder = Path(folder) if folder is not None else None
        self._bodies: dict[tuple[str, str], bytes] = {}
        self._version = ""

    def answer(self, request: Request) -> Response | None:
        """The response to a request for one of `NAMES`; None if it is no GET or HEAD."""
        if request.method not in ("GET", "HEAD"):
            return None
        name = request.path.rpartition("/")[2]
        codings = polling.OUR_CODINGS if BROTLI is None else ("br", *polling.OUR_CODINGS)
        coding = polling.accepted(request.headers.get("accept-encoding"), codings)
        try:
            body = self._body(name, coding)
        except OSError:
            return http_answer.plain(404, MISSING)
        tag = f'"{self._version or hashlib.sha256(self._body(name, "")).hexdigest()[:16]}"'
        pairs = [("Cache-Control", "public, max-age=0"), ("ETag", tag), ("Vary", "Accept-Encoding")]
        if _known(request.headers.get("if-none-match"), tag):
            return Response(304, Headers(pairs))
        kind = "json" if name.endswith(".map") else "javascript"
        pairs.append(("Content-Type", f"application/{kind}; charset=utf-8"))
        if coding:
            pairs.append(("Content-Encoding", coding))
        return Response(200, Headers(pairs), body)

    def _body(self, name: str, coding: str) -> bytes:
        """Raises OSError if there is no such file."""
        body = self._bodies.get((name, coding))
        if body is None:
            if coding:
                body = _compress(self._body(name, ""), coding)
            else:
                body = (self._find() / name).read_bytes()
            self._bodies[name, coding] = body
        return body

    def _find(self) -> Path:
        """The folder; it is looked for again until it is there, so nobody has to restart."""
        if self.folder is None:
            here = Path.cwd()
            tried = [top / "node_modules" / PACKAGE / "dist" for top in (here, *here.parents)]
            self.folder = next((folder for folder in tried if folder.is_dir()), None)
        if self.folder is None:
            raise FileNotFoundError(PACKAGE)
        self._version = self._version or _version(self.folder.parent / "package.json")
        return self.folder


def _version(package: Path) -> str:
    """What the package says of itself; "" for a folder that is no part of it."""
    try:
        said = json.loads(package.read_text("utf-8"))
    except (OSError, ValueError):
        return ""
    if not isinstance(said, dict) or said.get("name") != PACKAGE:
        return ""
    version = str(said.get("version", ""))
    return version if re.fullmatch(r"[\w.+-]+", version, re.ASCII) else ""


def _known(header: str | None, tag: str) -> bool:
    """Whether the client has it: RFC 9110 §13.1.2 asks for the weak comparison."""
    tags = [one.strip().removeprefix("W/") for one in (header or "").split(",")]
    return tag in tags or tags == ["*"]


def _compress(body: bytes, coding: str) -> bytes:
    if coding == "br":
        assert BROTLI is not None
        squeezed: bytes = BROTLI.compress(body, quality=6)
        return squeezed
    return polling.compress(body, coding)
