"""The upgrade stepper in JupyterLab: by mouse, by keyboard, in a narrow window, in the dark."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from . import jupyterlab

pytestmark = pytest.mark.wide

NAME = "upgrade_stepper_by_hand.ipynb"
TALK = """
import asyncio
from course_lib import lab
from course_lib.engineio import Client, Server
from course_lib.lab import clock, proxy, tap, upgrade_stepper
lab.start()

async def talk():
    server = Server()
    server.on("connection", lambda session: session.on("message", session.send))
    with tap.Tap("an upgrade") as recording:
        async with server.listen() as port, proxy.Proxy(port, rtt=0.1) as link:
            async with Client(link.url) as client:
                for number in range(8):
                    client.send(f"word {number}")
                    await asyncio.sleep(0.05)
                await asyncio.sleep(1)
    return recording

stepper = upgrade_stepper.show(clock.simulate(talk()))
stepper
"""


@pytest.fixture(scope="module")
def page(browser: Browser, lab: jupyterlab.Server) -> Iterator[Page]:
    """The notebook, run; all tests of this file go on with it."""
    cells = [nbformat.v4.new_code_cell(TALK, id="stepper"), nbformat.v4.new_code_cell("", id="end")]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    book = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
    nbformat.write(book, lab.root / NAME)
    context = browser.new_context(viewport={"width": 1200, "height": 1000})
    context.set_default_timeout(60_000)
    shown = context.new_page()
    jupyterlab.open_notebook(lab, shown, NAME)
    jupyterlab.run_through(lab, shown, NAME, "stepper")
    yield shown
    context.close()


@pytest.fixture
def stepper(page: Page) -> Locator:
    """The widget."""
    return page.locator(".upgrade-stepper").first


def row(stepper: Locator) -> Locator:
    """The present step in the lanes."""
    return stepper.locator('tr[aria-current="step"]')


def test_the_mouse_walks_the_probe(page: Page, stepper: Locator, tmp_path: Path) -> None:
    """Next and Back; the row, the tables and the sentence follow."""
    said = stepper.get_by_role("alert")
    expect(said).to_contain_text("Step 1 of")
    for _ in range(40):
        if "3probe" in row(stepper).inner_text():
            break
        before = said.inner_text()
        stepper.get_by_role("button", name="Next").click()
        expect(said).not_to_have_text(before)
    expect(row(stepper)).to_contain_text("pausing")
    expect(stepper).to_contain_text("Table of the client; now: pausing")
    expect(stepper).to_contain_text("33 70 72 6f 62 65")
    jupyterlab.picture(page, jupyterlab.pictures_folder(tmp_path), "upgrade-stepper")
    page.set_viewport_size({"width": 1200, "height": 1000})
    stepper.get_by_role("button", name="Back").click()
    expect(row(stepper)).not_to_contain_text("3probe")


def test_the_keyboard_is_enough(page: Page, stepper: Locator) -> None:
    """Tab leads from button to button; the space bar and Enter press them, and the focus stays."""
    first = stepper.get_by_role("button", name="First")
    first.focus()
    page.keyboard.press("Enter")
    said = stepper.get_by_role("alert")
    expect(said).to_contain_text("Step 1 of")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    following = stepper.get_by_role("button", name="Next")
    expect(following).to_be_focused()
    page.keyboard.press("Space")
    expect(said).to_contain_text("Step 2 of")
    page.keyboard.press("Enter")
    expect(said).to_contain_text("Step 3 of")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    last = stepper.get_by_role("button", name="Last")
    expect(said).to_contain_text("By WebSocket")
    expect(last).to_be_focused()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    expect(following).to_be_focused()  # nothing comes after it, and no button is disabled


def test_a_narrow_window_has_room_for_both_lanes(page: Page, stepper: Locator) -> None:
    """With the files beside it, too: what is wider than its box scrolls there."""
    page.set_viewport_size({"width": 900, "height": 1000})
    edge = "e => e.getBoundingClientRect().right"
    for name in ("First", "Last"):
        stepper.get_by_role("button", name=name).click()
        expect(row(stepper)).to_be_visible()
        for part in stepper.locator("button, [role=group], [role=alert]").all():
            if part.is_visible():
                assert part.evaluate(edge) <= stepper.evaluate(edge) + 1


def test_the_dark_theme_is_readable(page: Page, stepper: Locator, tmp_path: Path) -> None:
    """Words are light on dark: their colours are the theme's."""
    cell = stepper.locator("td").filter(has_text="new").first
    read = "e => getComputedStyle(e).color"
    light = cell.evaluate(read)
    jupyterlab.theme(page, "JupyterLab Dark")
    try:
        dark = stepper.locator("td").filter(has_text="new").first.evaluate(read)
        assert light != dark
        assert sum(map(int, dark[dark.index("(") + 1 : -1].split(",")[:3])) > 3 * 170
        jupyterlab.picture(page, jupyterlab.pictures_folder(tmp_path), "upgrade-stepper-dark")
    finally:
        page.set_viewport_size({"width": 1200, "height": 1000})
        jupyterlab.theme(page, "JupyterLab Light")
