"""The room map in JupyterLab: it follows, it asks, by mouse, by keyboard, narrow, in the dark."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from . import jupyterlab

pytestmark = pytest.mark.wide

NAME = "room_map_by_hand.ipynb"
CELLS = {
    "start": """
from course_lib import lab
from course_lib.lab import room_map
from course_lib.socketio import Client, Server
lab.start()

ROOMS = {"Ada": ["news"], "Kim": ["news", "cats"], "Lee": ["cats"], "Mia": ["news", "muted"]}
io = Server()

@io.on("connection")
def come(socket):
    socket.join(ROOMS[socket.handshake.auth["name"]])

address = await io.listen()
clients = [await Client(address.url, auth={"name": name}).connect() for name in ROOMS]
io.of("/admin")
rooms = room_map.RoomMap(io)
""",
    "map": "rooms",
    "question": """
question = rooms.who(
    'io.to("news").to("cats").except_("muted").emit("said", "hi")',
    lambda: io.to("news").to("cats").except_("muted").emit("said", "hi"),
    clients,
)
question
""",
    "keyboard": """
kim = io.sockets.sockets[clients[1].id]
sender = rooms.who('kim.to("news").emit("said")', lambda: kim.to("news").emit("said"), clients)
sender
""",
    "join": """
io.sockets.sockets[clients[0].id].join("cats")
noa = await clients[1].of("/admin", auth={"name": "Kim"}).connect()
""",
    "many": """
crowd = [
    await Client(address.url, auth={"name": "Ada"}, transports=["websocket"]).connect()
    for _ in range(40)
]
for number, client in enumerate(crowd):
    io.sockets.sockets[client.id].join(f"a topic with a long name, {number}")
""",
    "see": "print(question.bet, question.receivers, sender.bet, sender.receivers)",
    "end": """
for client in [noa, *crowd, *clients]:
    await client.disconnect()
await address.close()
await lab.finish()
""",
}


@pytest.fixture(scope="module")
def page(browser: Browser, lab: jupyterlab.Server) -> Iterator[Page]:
    """The notebook, run down to the questions; all tests of this file go on with it."""
    cells = [nbformat.v4.new_code_cell(text.strip(), id=name) for name, text in CELLS.items()]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    book = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
    nbformat.write(book, lab.root / NAME)
    context = browser.new_context(viewport={"width": 1200, "height": 1000})
    context.set_default_timeout(60_000)
    shown = context.new_page()
    jupyterlab.open_notebook(lab, shown, NAME)
    jupyterlab.run_through(lab, shown, NAME, "keyboard")
    yield shown
    context.close()


def cell(page: Page, name: str) -> Locator:
    return page.locator(jupyterlab.CELL).nth(list(CELLS).index(name))


def run(page: Page, name: str) -> str:
    """Run one cell; what it printed."""
    one = cell(page, name)
    one.locator(".jp-InputPrompt").click()
    page.keyboard.press("Control+Enter")
    expect(one.locator(".jp-InputPrompt")).to_have_text(re.compile(r"\[\d+\]:"))
    assert jupyterlab.errors(page) == []
    return "\n".join(one.locator(".jp-OutputArea-output").all_inner_texts()).strip()


def row(inside: Locator, name: str) -> Locator:
    """The row of a socket in the last table."""
    found = inside.locator("table").last.locator("tr")
    return found.filter(has=inside.page.get_by_role("rowheader", name=name, exact=True))


def test_the_map_follows(page: Page, tmp_path: Path) -> None:
    """Who joins gets a mark, and a namespace its table, in a cell that ran before."""
    rooms = cell(page, "map").locator(".room-map")
    expect(rooms.get_by_role("img", name="is in")).to_have_count(6)
    expect(rooms).to_contain_text("/admin nobody")
    jupyterlab.picture(page, jupyterlab.pictures_folder(tmp_path), "room-map-asked")
    page.set_viewport_size({"width": 1200, "height": 1000})
    run(page, "join")
    expect(rooms.get_by_role("img", name="is in")).to_have_count(7)
    expect(rooms).to_contain_text("1 socket, no room")
    expect(row(rooms, "Kim")).to_contain_text("/")
    asked = cell(page, "question").locator(".room-map")
    expect(asked.get_by_role("img", name="is in")).to_have_count(7)


def test_the_mouse_bets_and_sends(page: Page, tmp_path: Path) -> None:
    """Nothing is told before; then the path, with the bet beside what has come."""
    asked = cell(page, "question").locator(".room-map")
    expect(asked.get_by_role("alert")).to_have_count(0)
    expect(asked).not_to_contain_text("written to")
    for name in ("Kim", "Mia"):
        asked.get_by_role("checkbox", name=name, exact=True).check()
    asked.get_by_role("button", name="Send it").click()
    told = asked.get_by_role("alert")
    expect(told).to_contain_text("You said Kim, Mia. It is Ada, Kim, Lee.")
    expect(told).to_contain_text("You left out: Ada, Lee. It does not come to: Mia.")
    expect(asked).to_contain_text("Each once: Ada, Kim, Mia, Lee. In several of them: Ada, Kim.")
    expect(asked).to_contain_text("The library wrote to: Ada, Kim, Lee.")
    expect(row(asked, "Kim").get_by_role("img", name="gets it")).to_have_count(2)
    expect(row(asked, "Kim").get_by_role("img", name="your bet")).to_have_count(1)
    expect(row(asked, "Mia").get_by_role("img", name="is kept out")).to_have_count(1)
    expect(row(asked, "Mia").get_by_role("img", name="gets it")).to_have_count(0)
    for box in asked.get_by_role("checkbox").all():
        expect(box).to_be_disabled()
    jupyterlab.picture(page, jupyterlab.pictures_folder(tmp_path), "room-map-answered")
    page.set_viewport_size({"width": 1200, "height": 1000})


def test_the_keyboard_is_enough(page: Page) -> None:
    """Tab goes from box to box; the space bar ticks, and Enter sends; the focus stays."""
    asked = cell(page, "keyboard").locator(".room-map")
    boxes = asked.get_by_role("checkbox")
    boxes.first.focus()
    page.keyboard.press("Space")
    expect(boxes.first).to_be_checked()
    for _ in range(3):
        page.keyboard.press("Tab")
    expect(asked.get_by_role("checkbox", name="Mia")).to_be_focused()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    while not asked.get_by_role("button").evaluate("e => e === document.activeElement"):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    told = asked.get_by_role("alert")
    expect(told).to_contain_text("You said Ada, Mia, and so it is.")
    expect(asked).to_contain_text("Minus Kim, by the own id")
    expect(asked.get_by_role("button")).to_be_focused()
    page.keyboard.press("Enter")
    expect(told).to_contain_text("You said Ada, Mia, and so it is.")
    seen = run(page, "see")
    assert seen == "['Kim', 'Mia'] ['Ada', 'Kim', 'Lee'] ['Ada', 'Mia'] ['Ada', 'Mia']"


def test_a_narrow_window_has_room(page: Page, tmp_path: Path) -> None:
    """With many sockets and long names, too, nothing has to be scrolled sideways."""
    run(page, "many")
    rooms = cell(page, "map").locator(".room-map")
    expect(rooms).to_contain_text("and 24 more")
    page.set_viewport_size({"width": 900, "height": 1000})
    edge = "e => e.getBoundingClientRect().right"
    for name in ("map", "question", "keyboard"):
        widget = cell(page, name).locator(".room-map")
        for part in widget.locator("button, input, label, p, ol, [role=group]").all():
            if part.is_visible():
                assert part.evaluate(edge) <= widget.evaluate(edge) + 1
    for table in rooms.locator("[role=group]").all():  # JupyterLab takes the arrow keys
        assert table.evaluate("e => e.scrollWidth - e.clientWidth") <= 0
    shots = jupyterlab.pictures_folder(tmp_path)
    shots.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=shots / "room-map-narrow.png")


def test_the_dark_theme_is_readable(page: Page, tmp_path: Path) -> None:
    """Words and marks are light on dark: their colours are the theme's."""
    page.set_viewport_size({"width": 1200, "height": 1000})
    mark = cell(page, "question").get_by_role("img", name="gets it").first
    read = "e => getComputedStyle(e).color"
    light = mark.evaluate(read)
    jupyterlab.theme(page, "JupyterLab Dark")
    try:
        dark = mark.evaluate(read)
        assert light != dark
        assert sum(map(int, dark[dark.index("(") + 1 : -1].split(",")[:3])) > 3 * 170
        jupyterlab.picture(page, jupyterlab.pictures_folder(tmp_path), "room-map-dark")
    finally:
        page.set_viewport_size({"width": 1200, "height": 1000})
        jupyterlab.theme(page, "JupyterLab Light")


def test_after_the_end_the_map_is_empty_and_nothing_is_left(page: Page) -> None:
    """`lab.finish()` closes the map, and finds nothing that runs."""
    said = run(page, "end")
    assert "Nothing left running" in said
    expect(cell(page, "map").locator(".room-map")).to_contain_text("/ nobody")
