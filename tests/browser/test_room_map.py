"""The room map and its question in JupyterLab: by mouse, by keyboard, in a narrow window, dark."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from . import jupyterlab

pytestmark = pytest.mark.wide

NAME = "room_map_by_hand.ipynb"
PARTY = """
from course_lib import lab
from course_lib.lab import room_map
from course_lib.socketio import Client, Server
lab.start()

io = Server()
port = await io.listen()
clients = {}
for name, rooms in {"Ada": ["news"], "Kim": ["news", "cats"], "Lee": ["cats"]}.items():
    clients[name] = await Client(port.url, auth={"name": name}).connect()
    io.sockets.sockets[clients[name].id].join(rooms)
rooms = room_map.RoomMap(io)
rooms
"""
ASKED = """
asked = rooms.who('io.to("cats").to("news").except_("cats")',
                  lambda: io.to("cats").to("news").except_("cats").emit("hey"))
asked
"""
CELLS = {
    "map": PARTY,
    "asked": ASKED,
    "move": 'io.in_("news").sockets_join("sport"); await clients["Lee"].disconnect()',
    "told": "asked.reveal()",
}


@pytest.fixture(scope="module")
def page(browser: Browser, lab: jupyterlab.Server) -> Iterator[Page]:
    """The notebook, run as far as the question; all tests of this file go on with it."""
    cells = [nbformat.v4.new_code_cell(text, id=name) for name, text in CELLS.items()]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    book = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
    nbformat.write(book, lab.root / NAME)
    context = browser.new_context(viewport={"width": 1200, "height": 1000})
    context.set_default_timeout(60_000)
    shown = context.new_page()
    jupyterlab.open_notebook(lab, shown, NAME)
    jupyterlab.run_through(lab, shown, NAME, "asked")
    yield shown
    context.close()


@pytest.fixture
def drawn(page: Page) -> Locator:
    return page.locator(".room-map").first


def test_a_screen_reader_can_read_who_is_where(page: Page, drawn: Locator) -> None:
    """Rows and columns have heads, and each cell says what it is; in a narrow window, too."""
    page.set_viewport_size({"width": 900, "height": 1000})
    row = drawn.get_by_role("row").filter(has=page.get_by_role("rowheader", name="Lee"))
    expect(row.get_by_role("img")).to_have_count(2)
    assert [one.get_attribute("aria-label") for one in row.get_by_role("img").all()] == [
        "no member", "member",
    ]  # fmt: skip
    assert drawn.evaluate("(one) => one.scrollWidth <= one.clientWidth")
    page.set_viewport_size({"width": 1200, "height": 1000})


def test_names_are_ticked_and_the_answer_is_told(page: Page, tmp_path: Path) -> None:
    """By keyboard alone; nothing of the answer is in sight before."""
    question = page.locator(".room-question").first
    ada = question.get_by_role("checkbox", name="Ada")
    expect(page.get_by_text("written to")).to_have_count(0)
    ada.focus()
    page.keyboard.press("Space")
    expect(ada).to_be_checked()
    question.get_by_role("button", name="Place the answer").focus()
    page.keyboard.press("Enter")
    expect(question.get_by_role("alert")).to_have_text("Your answer: Ada.")
    folder = jupyterlab.pictures_folder(tmp_path)
    jupyterlab.picture(page, folder, "room_map_light")
    jupyterlab.theme(page, "JupyterLab Dark")
    jupyterlab.picture(page, folder, "room_map_dark")


def test_the_map_follows_and_the_answer_is_what_was_sent(
    lab: jupyterlab.Server, page: Page, drawn: Locator
) -> None:
    page.locator(jupyterlab.CELL).nth([*CELLS].index("move")).locator(".jp-InputPrompt").click()
    jupyterlab.menu(page, "Run", "Run Selected Cell and All Below")
    expect(drawn.get_by_role("columnheader", name="sport")).to_be_visible()
    expect(drawn.get_by_role("rowheader", name="Lee")).to_have_count(0)
    said = "you said Ada, and so it is."
    expect(page.get_by_text(said).last).to_be_visible()
    expect(page.get_by_text("written to: Ada").last).to_be_visible()
    assert not jupyterlab.errors(page)
