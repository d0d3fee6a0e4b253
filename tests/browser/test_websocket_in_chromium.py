"""A page in Chromium and `net.ws`: what a browser says to our server, and hears from it.

Playwright's interface blocks, so the server lives on the lab's loop thread meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page

from course_lib.lab import loop
from course_lib.net import ws
from course_lib.wire.http.http11 import Headers, Request, Response

HTML = Headers([("Content-Type", "text/html; charset=utf-8")])
# Everything that one WebSocket of the page's meets, as a list that the test can compare.
CONVERSATION = """
([url, messages, protocols]) => new Promise((done) => {
  const seen = [], socket = new WebSocket(url, protocols);
  socket.binaryType = "arraybuffer";
  socket.onopen = () => {
    seen.push(["open", socket.protocol, socket.extensions]);
    for (const message of messages)
      socket.send(typeof message === "string" ? message : new Uint8Array(message));
    socket.send("close");
  };
  socket.onmessage = ({data}) => seen.push(
    ["message", typeof data === "string" ? data : Array.from(new Uint8Array(data))]);
  socket.onerror = () => seen.push(["error"]);
  socket.onclose = ({code, reason, wasClean}) => {
    seen.push(["close", code, reason, wasClean]);
    done(seen);
  };
})
"""


class Peers:
    """The server's side of the conversations."""

    def __init__(self) -> None:
        self.ended: list[ws.Closed | None] = []

    async def echo(self, connection: ws.Connection) -> None:
        """Everything back, in fragments if it is text; a goodbye when asked for one."""
        try:
            async for message in connection:
                if message == "close":
                    await connection.close(4001, "잘 가")
                elif message == "break":
                    connection.transport.write(b"\x81\x02\xff\xff")  # not UTF-8
                elif isinstance(message, str):
                    await connection.send([message[:1], message[1:]])
                else:
                    await connection.send(message)
        finally:
            self.ended.append(connection.wire.closed)


def page_for_all(request: Request) -> Response:
    return Response(200, HTML, b"<!doctype html><title>a page</title>")


def serving(peers: Peers, **options: Any) -> ws.Server:
    async def start() -> ws.Server:
        return await ws.serve(peers.echo, http=page_for_all, **options)

    return loop.run(start())


@pytest.fixture(
    params=[False, pytest.param(True, marks=pytest.mark.wide)], ids=["plain", "deflated"]
)
def server(request: pytest.FixtureRequest) -> Iterator[ws.Server]:
    """An echo on one port with its page; it may agree to compress."""
    compression = ws.Settings(threshold=0) if request.param else False
    server = serving(Peers(), subprotocols=["chat"], compression=compression)
    yield server
    loop.run(server.close())


def talk(
    page: Page, url: str, messages: list[Any], protocols: list[str] | None = None
) -> list[Any]:
    seen: list[Any] = page.evaluate(CONVERSATION, [url, messages, protocols or []])
    return seen


def test_a_page_of_this_server_talks_with_it(server: ws.Server, page: Page) -> None:
    """Text and binary of every size that has a length of its own, and a goodbye in Hangul."""
    messages = ["안녕 👋", "", [0, 255], [], "x" * 126, "y" * 70_000, [7] * 65_536]
    page.goto(server.url.replace("ws://", "http://"))
    seen = talk(page, server.url, messages, ["other", "chat"])
    extension = "permessage-deflate" if "deflate" in seen[0][2] else ""
    assert seen[0][:2] == ["open", "chat"]
    assert bool(extension) is (server._options.settings is not None)
    assert seen[1:-1] == [["message", message] for message in messages]
    assert seen[-1] == ["close", 4001, "잘 가", True]


def test_a_page_of_another_origin_is_refused(server: ws.Server, page: Page) -> None:
    """The browser says where the page is from; another port is another origin."""
    other = serving(Peers())
    try:
        page.goto(other.url.replace("ws://", "http://"))
        seen = talk(page, server.url, ["let me in"])
    finally:
        loop.run(other.close())
    assert seen == [["error"], ["close", 1006, "", False]]


def test_a_browser_hangs_up_on_text_that_is_none(page: Page) -> None:
    """Our handler is told why; the next conversation is none the worse."""
    peers = Peers()
    server = serving(peers)
    try:
        page.goto(server.url.replace("ws://", "http://"))
        seen = talk(page, server.url, ["break"])
        assert seen[1:] == [["error"], ["close", 1006, "", False]]
        assert talk(page, server.url, ["again"])[-1] == ["close", 4001, "잘 가", True]
    finally:
        loop.run(server.close())
    broken, whole = peers.ended
    assert broken is not None and broken.clean and broken.code in (1002, 1007)  # Chromium: 1002
    assert whole is not None and whole.code == 4001


def test_a_server_that_ends_tells_the_page(page: Page) -> None:
    """1001, and the page sees a clean end."""
    server = serving(Peers())
    page.goto(server.url.replace("ws://", "http://"))
    page.evaluate(
        """(url) => new Promise((opened) => {
             const socket = new WebSocket(url);
             socket.onopen = opened;
             window.ended = new Promise((done) => {
               socket.onclose = ({code, wasClean}) => done([code, wasClean]);
             });
           })""",
        server.url,
    )
    loop.run(server.close())
    assert page.evaluate("window.ended") == [1001, True]
