"""The chat's page on WebSocket, in Chromium: two people talk, and the server leaves and returns."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from course_lib.lab.apps import finished_chat, short_polling, websocket

from . import loops

Run = Callable[[Coroutine[Any, Any, Any]], Any]


@pytest.fixture
def run() -> Iterator[Run]:
    """Runs a coroutine on a loop in a thread of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield lambda coroutine: asyncio.run_coroutine_threadsafe(coroutine, loop).result(90)
    asyncio.run_coroutine_threadsafe(loops.quiet(), loop).result(90)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def say(page: Page, text: str) -> None:
    page.get_by_label("Message", exact=True).fill(text)
    page.get_by_role("button", name="Say").click()


def log(page: Page) -> list[str]:
    return page.get_by_role("list", name="Messages").get_by_role("listitem").all_text_contents()


def test_two_pages_talk_and_return_when_the_server_does(browser: Browser, run: Run) -> None:
    """Every message stands once in both; each page asked one question for each connection."""
    server: websocket.Server = run(websocket.Server().start())
    port = server.port
    context = browser.new_context()
    mina, joon = context.new_page(), context.new_page()
    for page in (mina, joon):
        page.goto(server.url)
        expect(page.locator("#state")).to_have_text("connected")
    say(mina, "안녕 👋")
    for page in (mina, joon):
        expect(page.get_by_text("안녕 👋")).to_be_visible()

    run(server.close())
    for page in (mina, joon):
        expect(page.locator("#state")).to_have_text("no connection, trying again")
    say(joon, "kept in the field")
    expect(joon.locator("#state")).to_have_text("not sent, try again")
    run(server.start(port))
    for page in (mina, joon):
        expect(page.locator("#state")).to_have_text("connected")
    joon.get_by_role("button", name="Say").click()
    for page in (mina, joon):
        expect(page.get_by_text("kept in the field")).to_be_visible()
        assert log(page) == ["안녕 👋", "kept in the field"]
        assert page.locator("#empty").text_content() == "0"

    stranger = context.new_page()  # a page of another origin may not read the chat
    stranger.goto("about:blank")
    refused = stranger.evaluate(
        "url => new Promise(done => { const s = new WebSocket(url);"
        " s.onopen = () => done('open'); s.onclose = event => done(event.code); })",
        server.url.replace("http", "ws") + "/messages",
    )
    assert refused == 1006
    context.close()
    run(server.close())


@pytest.mark.wide
@pytest.mark.parametrize("app", [short_polling, finished_chat, websocket])
def test_a_page_stops_asking_a_server_that_has_ended(browser: Browser, run: Run, app: Any) -> None:
    """It says so, and asks no more; its pauses are a fiftieth here."""
    context = browser.new_context()
    page = context.new_page()
    page.add_init_script(
        "const wait = setTimeout; window.setTimeout = (act, ms) => wait(act, ms / 50)"
    )
    server = run(app.Server().start())
    page.goto(server.url)
    expect(page.locator("#state")).to_have_text("connected")
    run(server.close())
    asked: list[str] = []
    page.on("requestfailed", lambda request: asked.append(request.url))
    expect(page.locator("#state")).to_have_text(
        "the server has ended, so this page asks no more", timeout=60_000
    )
    asked.clear()
    page.wait_for_timeout(400)  # eight of its pauses, and more of the shorter ones
    assert asked == []
    context.close()
