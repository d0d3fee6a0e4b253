"""The browser's client in Chromium: a page that loads it and talks to a Socket.IO server."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page

from course_lib.lab import browser_client, loop
from course_lib.net import http_server
from course_lib.wire.http.http11 import Headers, Request, Response

from ..lab._browser_client.servers import SERVERS, needs_node

HTML = Headers([("Content-Type", "text/html; charset=utf-8")])
PAGE = b"<!doctype html><title>a page</title><script src='/browser_client.js'></script>"
LOADED = {
    "script": "(url) => talk(io, url)",
    "module": "async (url) => talk((await import('/browser_client.mjs')).connect, url)",
    "blob": """async (url) => {
        const text = await (await fetch("/browser_client.mjs")).text();
        const blob = new Blob([text], { type: "text/javascript" });
        return talk((await import(URL.createObjectURL(blob))).connect, url);
    }""",
}
TALK = """
async function talk(connect, url) {
  const next = (socket, name) =>
    new Promise((done) => socket.on(name, (...values) => done(values)));
  const plain = (value) => (value instanceof ArrayBuffer ? [...new Uint8Array(value)] : value);
  const said = [];
  const admin = connect(url + "/admin?color=red", { auth: { token: "wrong" } });
  const [error] = await next(admin, "connect_error");
  said.push([error.message, error.data, admin.active]);
  const socket = connect(url + "/?color=red");
  socket.emit("echo", "before", new Uint8Array([0, 255, 30]));
  const welcome = next(socket, "welcome"), echo = next(socket, "echo");
  said.push(await welcome, (await echo).map(plain));
  if (socket.io.engine.transport.name === "polling") await next(socket.io.engine, "upgrade");
  socket.on("asked", (photo, answer) => answer(photo, "안녕 👋"));
  socket.emit("ask me", new Uint8Array(200000).fill(7));
  const [photo, word] = await next(socket, "heard");
  said.push([photo.byteLength, word, await socket.timeout(60000).emitWithAck("answer", { a: 1 })]);
  socket.emit("vanish", 50);
  said.push([(await next(socket, "disconnect"))[0], socket.active, socket.connected]);
  await next(socket, "connect");
  admin.auth = { token: "secret" };
  admin.connect();
  said.push(await next(admin, "welcome"), [socket.disconnect().connected]);
  admin.disconnect();
  return said;
}
"""


@pytest.fixture
def url(server: Any) -> Iterator[str]:
    """The address of a Socket.IO server, on another origin than the page."""
    with loop.in_thread(SERVERS[server]) as url:
        yield url


@pytest.fixture
def address() -> Iterator[str]:
    """The address of the page; it and the client are all that this server has."""

    def answer(request: Request) -> Response:
        return browser_client.answer(request) or Response(200, HTML, PAGE)

    with loop.in_thread(lambda: http_server.serve(answer)) as server:
        yield server.url


@needs_node
@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize(
    "loaded", ["script", *(pytest.param(way, marks=pytest.mark.wide) for way in ("module", "blob"))]
)
def test_a_page_talks_with_a_server(page: Page, address: str, url: str, loaded: str) -> None:
    """Refused, upgraded, with bytes and acknowledgements, cut off and connected again."""
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(address)
    page.add_script_tag(content=TALK)
    assert page.evaluate(LOADED[loaded], url) == [
        ["not allowed", {"code": 7}, False],
        ["/", {}, "red"],
        ["before", [0, 255, 30]],
        [200000, "안녕 👋", {"a": 1}],
        ["transport close", True, False],
        ["/admin", {"token": "secret"}, "red"],
        [False],
    ]
    assert errors == []
