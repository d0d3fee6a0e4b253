"""Lesson 03 in a real browser: what a page of another origin can read, and then cannot."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from course_lib.lab.apps import attacker, victim
from course_lib.net import http_server
from course_lib.wire.http.http11 import Headers, Response

from . import loops


class Servers:
    """The chat and the attacker's page, on a loop of their own: playwright has this thread's."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.chat = self.run(victim.Chat().start())
        self.page = self.run(attacker.Page(self.chat).start())
        self.outer = self.run(self.frames())

    def run(self, what: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(what, self.loop).result(90)

    async def frames(self) -> http_server.Server:
        """A page with both in frames, as JupyterLab has them."""
        urls = (self.chat.url, self.page.url)
        html = "".join(f'<iframe src="{url}" title="a page"></iframe>' for url in urls)
        answer = Response(200, Headers([("Content-Type", "text/html")]), html.encode())
        server = http_server.serve(lambda request: answer)
        await server
        return server

    def close(self) -> None:
        self.run(self.outer.close())
        self.run(self.page.close())
        self.run(self.chat.close())
        self.run(loops.quiet())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(20)
        self.loop.close()


@pytest.fixture
def servers() -> Iterator[Servers]:
    servers = Servers()
    yield servers
    servers.close()


def test_a_page_of_another_origin_reads_the_chat_until_one_line_is_changed(
    servers: Servers, page: Page
) -> None:
    """CORS hides the answer to fetch all the time, and never covered the WebSocket."""
    chat, foreign = servers.chat, servers.page
    page.goto(chat.url)  # signs in
    expect(page.get_by_role("listitem")).to_have_text(chat.said)
    other = page.context.new_page()
    other.goto(foreign.url)
    expect(other.locator("#fetch")).to_contain_text("the browser does not give me the answer")
    expect(other.get_by_role("listitem")).to_have_text(chat.said)
    page.get_by_label("Message", exact=True).fill("비밀 🔑")
    page.get_by_role("button", name="Say").click()
    expect(other.get_by_role("listitem")).to_have_count(len(victim.SAID) + 1)
    expect(other.get_by_role("listitem").last).to_have_text("Mina: 비밀 🔑")

    chat.origins = None  # the line
    other.reload()
    expect(other.locator("#socket")).to_have_text("refused")
    expect(other.get_by_role("listitem")).to_have_count(0)
    expect(other.locator("#fetch")).to_contain_text("the browser does not give me the answer")
    page.reload()
    expect(page.get_by_role("listitem")).to_have_text(chat.said)
    assert set(foreign.loot) == {*victim.SAID, "Mina: 비밀 🔑"}


@pytest.mark.wide
def test_in_a_frame_of_another_site_the_pages_say_what_to_do(servers: Servers, page: Page) -> None:
    """JupyterLab is at localhost, the pages at 127.0.0.1: two sites, so a frame has no cookies."""
    page.goto(f"http://localhost:{servers.outer.port}")
    inside = page.frame_locator("iframe")
    expect(inside.first.get_by_role("status")).to_contain_text("in a tab of its own")
    expect(inside.last.locator("#socket")).to_have_text("refused")
    expect(inside.last.locator("#framed")).to_be_visible()


@pytest.mark.wide
def test_without_the_cookie_there_is_nothing_to_read(servers: Servers, page: Page) -> None:
    """So it is the visitor's cookie that the attack rides on, and not an open door."""
    page.goto(servers.page.url)
    expect(page.locator("#socket")).to_have_text("refused")
    expect(page.locator("#framed")).to_be_hidden()
    assert servers.page.loot == []
