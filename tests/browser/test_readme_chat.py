"""README's chat in Chromium, with the official client that our server gives it."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.engineio import node
from tests.socketio.programs import program
from tests.test_readme import chat

pytestmark = pytest.mark.wide


@node.needed
def test_two_pages_hear_each_other(browser: Browser, tmp_path: Path) -> None:
    """By keyboard; the text is text, and no HTML."""
    with program("-c", chat(tmp_path)) as (_, url):
        context = browser.new_context()
        mina, joon = context.new_page(), context.new_page()
        for page in (mina, joon):
            page.goto(url)
            page.wait_for_function("socket.connected")
        mina.get_by_label("Message").fill("<b>안녕</b>")
        mina.keyboard.press("Enter")
        for page in (mina, joon):
            expect(page.get_by_role("listitem")).to_have_text("<b>안녕</b>")
        expect(mina.get_by_label("Message")).to_have_value("")
        context.close()
