"""The inspector, the link panel and a bet in JupyterLab in Chromium, worked by keyboard alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from . import jupyterlab

NAME = "inspector_by_keyboard.ipynb"
CELLS = {
    "start": """
from course_lib import lab
from course_lib.lab import bets, clock, inspector, proxy, sequence, show, start_here, tap
from course_lib.lab.apps import long_polling
from course_lib.lab.link_panel import link_panel
from course_lib.net import http_client
lab.start()
""",
    "record": """
import asyncio

async def chat():
    with tap.Tap("a chat") as recording:
        async with (
            long_polling.Server(hold=2.0) as server,
            proxy.Proxy(server.url, rtt=0.05) as link,
            long_polling.Client(link.url) as client,
        ):
            asyncio.get_running_loop().call_later(0.7, server.post, "안녕 & hello")
            await anext(client.messages())
    return recording

recording = clock.simulate(chat())
""",
    "inspect": "view = inspector.show(recording); view",
    "figure": "sequence.plot(recording)",
    "frames": """
import websockets

async def say():
    async def echo(connection):
        async for message in connection:
            await connection.send(message)

    with tap.Tap("frames") as heard:
        async with websockets.serve(echo, "127.0.0.1", 0, compression=None) as server:
            port = server.sockets[0].getsockname()[1]
            url = f"ws://127.0.0.1:{port}/"
            async with websockets.connect(url, compression=None) as connection:
                await connection.send(["안", "녕"])
                await connection.recv()
                await (await connection.ping(b"abc"))
        await asyncio.sleep(1)
    return heard

frames = inspector.show(clock.simulate(say(), rtt=0.05))
frames
""",
    "events": """
from course_lib.socketio import Client, Server

async def send():
    io = Server()

    @io.on("connection")
    def connected(socket):
        socket.on("photo", lambda name, data: f"{name}: {len(data)} bytes")

    with tap.Tap("events") as told:
        async with io.listen() as address, Client(address.url) as client:
            await asyncio.sleep(1)  # the upgrade
            await client.emit_with_ack("photo", "고양이", bytes(range(40)))
    return told

events = inspector.show(clock.simulate(send(), rtt=0.05))
events
""",
    "follow": """
server = await long_polling.Server(hold=0).start()
link = await proxy.Proxy(server)
taps = tap.Tap("live").start()
alive = inspector.live(taps)
alive
""",
    "page": "show.page(server.url)",
    "panel": "link_panel(link)",
    "bet": """
bet = bets.bet("Median latency?", unit="ms")
choice = bets.bet("Which is faster?", choices=["short", "long"])
bet
""",
    "self-check": "start_here.self_check()",
    "choice": "choice",
    "see-frame": "print(frames.message.number, frames.byte, frames.choice.bit, frames.field.name)",
    "see-event": "print(events.message.number, events.field.name, events.field.layer)",
    "see": "print(view.message.number, view.byte, view.field.name)",
    "heard": """
async with http_client.Client() as http:
    await http.get(link.url + "/messages?since=0")
""",
    "heard-often": """
async with http_client.Client() as http:
    for _ in range(30):
        await http.get(link.url + "/messages?since=0")
""",
    "full": "again = inspector.live(taps); again",
    "kernel": "print(link.conditions, bet.value, bet.seconds, choice.value)",
    "code": "link.conditions.rtt = 0.125; print(bet.reveal(612), '|', choice.reveal('long'))",
    "end": "taps.stop(); await link.close(); await server.close(); await lab.finish()",
}


@pytest.fixture(scope="module")
def page(browser: Browser, lab: jupyterlab.Server) -> Iterator[Page]:
    """The notebook, run down to the first widgets; all tests of this file go on with it."""
    cells = [nbformat.v4.new_code_cell(text.strip(), id=name) for name, text in CELLS.items()]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    book = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
    nbformat.write(book, lab.root / NAME)
    context = browser.new_context(viewport={"width": 1400, "height": 1000})
    shown = context.new_page()
    jupyterlab.open_notebook(lab, shown, NAME)
    jupyterlab.run_through(lab, shown, NAME, "choice")
    yield shown
    context.close()


def cell(page: Page, name: str) -> Locator:
    return page.locator(jupyterlab.CELL).nth(list(CELLS).index(name))


def run(page: Page, name: str) -> str:
    """Run one cell; what it printed."""
    one = cell(page, name)
    one.locator(".jp-InputPrompt").click()
    before = one.locator(".jp-InputPrompt").inner_text()
    page.keyboard.press("Control+Enter")
    prompt = one.locator(".jp-InputPrompt")
    expect(prompt).to_have_text(re.compile(r"\[\d+\]:"))
    expect(prompt).not_to_have_text(before)
    assert jupyterlab.errors(page) == []
    return "\n".join(one.locator(".jp-OutputArea-output").all_inner_texts()).strip()


def tab_to(page: Page, target: Locator, *, most: int = 25) -> None:
    """Press Tab until `target` has the focus."""
    for _ in range(most):
        if target.evaluate("e => e === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not lead to {target}")


def enter(page: Page, name: str) -> Locator:
    """The widget of a cell; the focus is just before it.  The last time that a mouse is used."""
    cell(page, name).locator(".jp-InputPrompt").click()
    widget = cell(page, name).locator(".jp-OutputArea-output")
    widget.evaluate(
        """e => { const first = e.querySelector('input, button, [tabindex="0"]'); first.focus() }"""
    )
    return widget


def test_the_inspector_is_worked_by_keyboard(page: Page, tmp_path: Path) -> None:
    """Arrow keys choose a message, a byte, a field; diagram, list, bytes and words follow."""
    widget = enter(page, "inspect")
    messages = widget.get_by_role("listbox", name="Messages")
    diagram = widget.get_by_role("img", name="Sequence diagram")
    said = widget.get_by_role("status").first
    alternative = re.compile(
        r"2 messages \(http\), on 1 connection, each 25 ms to 75 ms on the way"
    )
    expect(diagram).to_have_attribute("aria-label", alternative)
    tab_to(page, messages)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    chosen = messages.get_by_role("option", selected=True)
    expect(chosen).to_have_attribute("data-number", "2")
    expect(chosen).to_have_accessible_name(re.compile(r"^2\. 700 ms: server to client: 200 OK"))
    expect(diagram).to_have_attribute("aria-label", re.compile(r"Chosen: 2\. 700 ms: server"))
    expect(widget.locator(".ci-chosen")).to_have_attribute("data-number", "2")
    expect(said).to_have_text(re.compile(r"^Message 2, server to client: 200 OK"))

    first = widget.get_by_role("gridcell", name="byte 0: 48, H")
    tab_to(page, first)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    expect(widget.locator(".ci-byte").first).to_have_text("43")  # the C of Content-Type
    expect(widget.get_by_role("gridcell", name="byte 17: 43, C")).to_be_focused()
    expect(said).to_have_text(re.compile(r'^Byte 17 is 43, "C"\. It belongs to: header Content'))
    field = widget.get_by_role("treeitem", selected=True)
    expect(field).to_contain_text("name")
    assert run(page, "see") == "2 17 name"

    enter(page, "inspect")
    tree = widget.get_by_role("tree", name="Fields")
    tab_to(page, tree)
    page.keyboard.press("ArrowLeft")  # to the header line
    page.keyboard.press("ArrowUp")  # the line end before it
    expect(said).to_have_text(re.compile(r"^status line / CRLF \(bytes 15 to 16\)"))
    lit = widget.locator('[role="gridcell"].ci-in')
    expect(lit).to_have_text(["0d", "0a"])
    assert run(page, "see").startswith("2 None CRLF")
    jupyterlab.picture(page, jupyterlab.pictures_folder(tmp_path), "inspector")


@pytest.mark.wide
def test_a_frame_is_read_bit_by_bit_by_keyboard(page: Page, tmp_path: Path) -> None:
    """Choose a frame, then a bit: field, byte and words follow; and from the field back."""
    widget = enter(page, "frames")
    messages = widget.get_by_role("listbox", name="Messages")
    diagram = widget.get_by_role("img", name="Sequence diagram")
    expect(diagram).to_have_attribute("aria-label", re.compile(r"text and websocket control"))
    bits = widget.get_by_role("grid", name="Bits")
    said = widget.get_by_role("status").first
    tab_to(page, messages)
    page.keyboard.press("Home")  # the request: no byte of it is shared
    expect(said).to_have_text(re.compile("^Message 1, client to server: GET /"))
    expect(bits).to_be_hidden()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(said).to_have_text(re.compile(r"^Message 4, client to server: text 2/3 "))
    expect(bits).to_be_visible()
    cells = bits.get_by_role("gridcell")
    expect(cells).to_have_text([*"0000000010000011"])
    tab_to(page, widget.get_by_role("gridcell", name="byte 0, bit 0: 0, FIN"))
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    second = widget.get_by_role("gridcell", name="byte 0, bit 2: 0, RSV2")
    expect(second).to_be_focused()
    page.keyboard.press("End")
    page.keyboard.press("ArrowUp")
    length = widget.get_by_role("gridcell", name="byte 1, bit 1: 0, length")
    expect(length).to_be_focused()
    expect(said).to_have_text(
        re.compile(
            r"^Bit 1 of byte 1 is 0\. It belongs to: second byte / length \(byte 1, bits 1 to 7"
        )
    )
    tree_item = widget.get_by_role("treeitem", selected=True)
    expect(tree_item).to_contain_text("length")
    expect(bits.locator('[role="gridcell"].ci-in')).to_have_text([*"0000011"])
    octets = widget.get_by_role("grid", name="Bytes")
    expect(octets.locator('[role="gridcell"].ci-in')).to_have_attribute("data-at", "1")
    expect(length).to_be_focused()
    jupyterlab.picture(page, jupyterlab.pictures_folder(tmp_path), "inspector-frame")
    assert run(page, "see-frame") == "4 1 1 length"

    enter(page, "frames")
    tab_to(page, octets.locator('[tabindex="0"]'))
    page.keyboard.press("ArrowLeft")
    expect(said).to_have_text(re.compile(r"^Byte 0 is 00\. It belongs to: first byte \(byte 0\)"))
    expect(bits.locator('[role="gridcell"].ci-in')).to_have_count(8)
    tab_to(page, widget.get_by_role("tree", name="Fields"))
    page.keyboard.press("ArrowDown")
    expect(said).to_have_text(re.compile(r"^first byte / FIN \(byte 0, bit 0\)"))
    expect(bits.locator('[role="gridcell"].ci-in')).to_have_attribute("data-bit", "0")
    expect(octets.locator('[role="gridcell"].ci-in')).to_have_attribute("data-at", "0")


@pytest.mark.wide
def test_an_event_is_read_with_its_attachment_by_keyboard(page: Page, tmp_path: Path) -> None:
    """From the placeholder to the bytes, and to the answer: the words name the messages."""
    widget = enter(page, "events")
    messages = widget.get_by_role("listbox", name="Messages")
    said = widget.get_by_role("status").first
    tab_to(page, messages)
    page.keyboard.press("End")  # before it two Close frames, the goodbye, the answer, the bytes
    for _ in range(5):
        page.keyboard.press("ArrowUp")
    told = re.compile(
        r'Engine.IO: 451-0\["photo".* Socket.IO: photo\("고양이", \(40 bytes\)\), id 0; '
        r"attachments: 1 of 1; answered by message \d+\."
    )
    expect(said).to_have_text(told)
    tree = widget.get_by_role("tree", name="Fields")
    tab_to(page, tree)
    page.keyboard.press("End")  # the bracket at the end
    page.keyboard.press("ArrowUp")
    placeholder = widget.get_by_role("treeitem", selected=True)
    expect(placeholder).to_contain_text("placeholder 0")
    here = re.compile(r"Bytes stand here: attachment 0, 40 bytes, in message (\d+)\.")
    expect(said).to_have_text(here)
    octets = widget.get_by_role("grid", name="Bytes")
    expect(octets.locator('[role="gridcell"].ci-in')).to_have_count(29)
    jupyterlab.picture(page, jupyterlab.pictures_folder(tmp_path), "inspector-event")
    found = here.search(said.inner_text())
    assert found is not None
    brought = int(found[1])
    assert run(page, "see-event") == f"{brought - 1} placeholder 0 socketio"

    enter(page, "events")
    tab_to(page, messages)
    page.keyboard.press("ArrowDown")
    expect(said).to_have_text(re.compile(rf"^Message {brought}, .* attachment 0, 40 bytes, of the"))
    page.keyboard.press("ArrowDown")
    expect(said).to_have_text(
        re.compile(r"ACK\(.*\), id 0; answers the EVENT \"photo\" in message")
    )


@pytest.mark.wide
def test_the_inspector_asks_first_if_it_should(page: Page) -> None:
    """A wrong answer is possible, and the right one follows."""
    widget = enter(page, "inspect")
    tab_to(page, widget.get_by_label("Ask me first what a byte is"))
    page.keyboard.press("Space")
    expect(widget.get_by_label("Ask me first what a byte is")).to_be_checked()
    tab_to(page, widget.get_by_role("listbox", name="Messages"))
    page.keyboard.press("End")
    tab_to(page, widget.locator('[role="gridcell"][tabindex="0"]'))
    page.keyboard.press("Control+Home")
    said = widget.get_by_role("status").first
    expect(said).to_have_text('Byte 0 is 48, "H". Which field is it in?')
    expect(widget.get_by_role("treeitem")).to_have_count(0)  # they would tell
    expect(
        widget.get_by_text("They come when you have chosen a byte and said what it is.")
    ).to_be_visible()
    answers = widget.get_by_role("group", name="Your answer").get_by_role("button")
    page.keyboard.press("Shift+Tab")
    expect(answers.last).to_be_focused()
    name = answers.last.inner_text()
    page.keyboard.press("Enter")
    expect(said).to_have_text(re.compile(rf'^Not in "{re.escape(name)}"\. Byte 0 is 48'))
    expect(widget.get_by_role("treeitem", selected=True)).to_contain_text("version")
    expect(widget.get_by_role("gridcell", name="byte 0: 48, H")).to_be_focused()


@pytest.mark.wide
def test_a_recording_is_saved_and_loaded_from_the_inspector(
    page: Page, lab: jupyterlab.Server
) -> None:
    """By keyboard: a name, Save, Load; what cannot be done is said."""
    widget = enter(page, "inspect")
    tab_to(page, widget.get_by_text("Save, load, export"))
    page.keyboard.press("Enter")
    tab_to(page, widget.get_by_label("File (.json; to export .csv or .txt)"))
    page.keyboard.press("Control+a")
    page.keyboard.type("채팅.json")
    status = widget.get_by_role("status").last
    tab_to(page, widget.get_by_role("button", name="Save"))
    page.keyboard.press("Enter")
    expect(status).to_have_text(re.compile(r"^Saved to 채팅\.json\. It holds everything"))
    assert (lab.root / "채팅.json").is_file()
    tab_to(page, widget.get_by_role("button", name="Export"))
    page.keyboard.press("Enter")
    expect(status).to_have_text("the name ends in .csv or .txt: '채팅.json'")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    expect(status).to_have_text("Loaded 채팅.json.")
    expect(widget.get_by_role("option")).to_have_count(2)


@pytest.mark.wide
def test_the_inspector_follows_traffic(page: Page) -> None:
    """What passes while the widget is in sight appears in it."""
    widget = cell(page, "follow").locator(".jp-OutputArea-output")
    run(page, "heard")
    expect(widget.get_by_role("option")).to_have_count(2)
    expect(widget.get_by_role("option").first).to_contain_text("GET /messages?since=0")


@pytest.mark.wide
def test_who_follows_sees_the_newest_and_pages_by_keyboard(page: Page) -> None:
    """The end of the list and of the diagram is in sight; at the last page the focus stays."""
    widget = cell(page, "follow").locator(".jp-OutputArea-output")
    run(page, "heard-often")
    expect(widget.get_by_role("option").last).to_have_attribute("data-number", "62")
    for box in (widget.get_by_role("listbox"), widget.get_by_role("group", name="Diagram")):
        expect(box).to_have_js_property("scrollLeft", 0)
        at_the_end = (
            "e => e.scrollHeight > e.clientHeight"
            " && e.scrollHeight - e.clientHeight - e.scrollTop < 5"
        )
        page.wait_for_function(at_the_end, arg=box.element_handle())
    enter(page, "follow")
    for name, first in (("Earlier", 1), ("Later", 23)):
        button = widget.get_by_role("button", name=name)
        tab_to(page, button)
        page.keyboard.press("Enter")
        expect(widget.get_by_text(f"Messages {first} to {first + 39} of 62")).to_be_visible()
        expect(button).to_be_focused()
        expect(button).to_be_disabled()


@pytest.mark.wide
def test_who_opens_a_full_recording_sees_its_end_and_what_comes(page: Page) -> None:
    """The list is longer than its box when it is drawn, which is before it has a size."""
    run(page, "full")
    widget = cell(page, "full").locator(".course-inspector")
    expect(widget.get_by_label("Follow what is new")).to_be_checked()
    messages = widget.get_by_role("listbox", name="Messages")
    diagram = widget.get_by_role("group", name="Diagram: time runs down")
    for box in (messages, diagram):
        assert box.evaluate("e => e.scrollHeight > e.clientHeight + 100")
    rows = widget.get_by_role("option")

    def newest_is_seen() -> int:
        """Wait until the ends of both boxes are in sight; the number of the last message."""
        for box in (messages, diagram):
            page.wait_for_function(
                "e => e.scrollTop + e.clientHeight >= e.scrollHeight - 4",
                arg=box.element_handle(),
            )
        return int(rows.last.get_attribute("data-number") or 0)

    before = newest_is_seen()
    run(page, "heard")
    expect(rows.last).to_have_attribute("data-number", f"{before + 2}")
    assert newest_is_seen() == before + 2
    messages.evaluate("e => { e.scrollTop = 40 }")  # whoever has scrolled away stays there
    page.wait_for_timeout(200)  # the event comes with the next frame
    run(page, "heard")
    expect(rows.last).to_have_attribute("data-number", f"{before + 4}")
    assert messages.evaluate("e => e.scrollTop") < 100


LIES_ON = """svg => {
  const lines = [...svg.querySelectorAll(".ci-arrow .ci-line")].filter((e) => e.matches("path"))
    .map((e) => e.getAttribute("d").match(/^M([-\\d.]+),([-\\d.]+) L([-\\d.]+),([-\\d.]+)$/))
    .filter(Boolean).map((m) => m.slice(1).map(Number));
  const texts = [...svg.querySelectorAll(".ci-arrow text")];
  const shares = Array.from({ length: 401 }, (_, i) => i / 400);
  const hit = texts.filter((text) => {
    const box = text.getBBox();
    return lines.some(([x0, y0, x1, y1]) => shares.some((t) => {
      const x = x0 + t * (x1 - x0), y = y0 + t * (y1 - y0);
      return x > box.x && x < box.x + box.width && y > box.y + 2 && y < box.y + box.height - 2;
    }));
  });
  return [lines.length, texts.length, hit.map((text) => text.textContent)];
}"""


@pytest.mark.wide
def test_in_a_narrow_window_nothing_is_cut(page: Page, tmp_path: Path) -> None:
    """No label lies on an arrow; labels, bytes and letters are inside their frames."""
    size = page.viewport_size
    assert size is not None
    page.set_viewport_size({"width": 900, "height": 1000})
    for name in ("inspect", "frames", "events", "follow"):
        widget = cell(page, name).locator(".course-inspector")
        lines, texts, hit = widget.locator(".ci-diagram .ci-scroll svg").evaluate(LIES_ON)
        assert lines >= 2 and texts >= lines and hit == []
        if name in ("events", "follow"):  # five lanes do scroll, with a shadow at the side
            continue
        picture = widget.get_by_role("group", name="Diagram: time runs down")
        assert picture.evaluate("e => e.scrollWidth <= e.clientWidth")
        left, right = picture.evaluate(
            "e => [e.getBoundingClientRect().left, e.getBoundingClientRect().right]"
        )
        for text in widget.locator(".ci-diagram .ci-scroll svg text").all():
            edges = text.evaluate(
                "e => [e.getBoundingClientRect().left, e.getBoundingClientRect().right]"
            )
            assert left <= edges[0] and edges[1] <= right, text.text_content()
    for name in ("frames", "events"):
        grid = cell(page, name).get_by_role("grid", name="Bytes")
        expect(grid).to_be_visible()
        wide, room = grid.evaluate("e => [e.scrollWidth, e.clientWidth]")
        assert wide <= room
    enter(page, "events")
    jupyterlab.picture(page, jupyterlab.pictures_folder(tmp_path), "inspector-event-narrow")
    page.set_viewport_size(size)


@pytest.mark.wide
def test_the_legend_stays_beside_the_list(page: Page) -> None:
    """However much there is to explain, it breaks into lines."""
    widget = cell(page, "follow").locator(".jp-OutputArea-output")
    legend = widget.locator(".ci-legend")
    legend.evaluate(
        "e => e.append(...[...e.children].flatMap(c => [1, 2, 3].map(() => c.cloneNode(true))))"
    )
    right = "e => Math.max(...[...e.children].map(c => c.getBoundingClientRect().right))"
    section = widget.locator(".ci-diagram")
    assert legend.evaluate(right) <= section.evaluate("e => e.getBoundingClientRect().right") + 1


@pytest.mark.wide
def test_the_self_check_is_answered_by_keyboard(page: Page) -> None:
    """Tab and the space bar are enough: a button for each answer, and one for the advice."""
    check = enter(page, "self-check")
    for number, letter in enumerate("bc?acb"):
        answers = check.locator(".widget-toggle-buttons").nth(number).get_by_role("button")
        button = answers.nth("abc?".index(letter))
        tab_to(page, button)
        page.keyboard.press("Space")
        expect(button).to_have_class(re.compile("mod-active"))
        said = f"Answer {number + 1}: {button.inner_text()}"
        expect(check.get_by_role("alert").filter(has_text=said)).to_be_visible()
    tab_to(page, check.get_by_role("button", name="What should I read?"))
    page.keyboard.press("Enter")
    expect(check).to_contain_text("Read first: p2_bytes_and_text. The map above leads there.")


@pytest.mark.wide
def test_the_link_panel_changes_the_link_and_shows_what_code_changes(page: Page) -> None:
    """A number is typed, a button pressed; the kernel sees it, and the other way round."""
    panel = enter(page, "panel")
    rtt = panel.get_by_label("Round trip (ms)")
    tab_to(page, rtt)
    page.keyboard.press("Control+a")
    page.keyboard.type("200")
    page.keyboard.press("Tab")
    expect(panel.get_by_role("status")).to_have_text("The same as link.conditions.rtt = 0.2")
    tab_to(page, panel.get_by_role("button", name="Stall: nothing moves"))
    page.keyboard.press("Space")
    expect(panel.get_by_role("status")).to_contain_text("link.conditions.stalled = True")
    page.keyboard.press("Space")
    expect(panel.get_by_role("status")).to_contain_text("link.conditions.stalled = False")
    tab_to(page, panel.get_by_role("button", name="Cut: reset"))
    page.keyboard.press("Enter")
    expect(panel.get_by_role("status")).to_have_text('The same as link.cut("rst")')
    expect(panel.get_by_role("alert")).to_have_text(
        re.compile(r"^Cut: reset: \d connections? cut$")
    )
    assert "rtt=0.2" in run(page, "kernel")


@pytest.mark.wide
def test_a_bet_is_placed_by_keyboard_and_then_revealed(page: Page) -> None:
    """A number, and a choice; after the result neither can be changed."""
    number = enter(page, "bet")
    tab_to(page, number.get_by_label("Your bet (ms)"))
    page.keyboard.type("500")
    tab_to(page, number.get_by_role("button", name="Place the bet"))
    page.keyboard.press("Enter")
    expect(number.get_by_role("alert")).to_have_text("Your bet: 500 ms.")
    prompt = cell(page, "bet").locator(".jp-InputPrompt")
    before = prompt.inner_text()
    page.keyboard.press("Shift+Enter")  # it runs the cell of the bet again, and not the next one
    expect(prompt).to_have_text(re.compile(r"\[\d+\]:"))
    expect(prompt).not_to_have_text(before)
    expect(number.get_by_role("alert")).to_have_text("Your bet: 500 ms.")
    choice = enter(page, "choice")
    tab_to(page, choice.get_by_role("button", name="short"))
    page.keyboard.press("Space")
    tab_to(page, choice.get_by_role("button", name="Place the bet"))
    page.keyboard.press("Enter")
    expect(choice.get_by_role("alert")).to_have_text("Your bet: short.")
    assert run(page, "kernel").endswith("500.0 0.5 short")
    assert run(page, "code") == (
        "You bet 500 ms. It is 612 ms: 18% too low. | You bet short. It is long."
    )
    expect(cell(page, "panel").get_by_label("Round trip (ms)")).to_have_value("125")
    expect(number.get_by_role("alert")).to_have_text("Your bet: 500 ms. The result is known.")
    expect(number.get_by_role("button", name="Place the bet")).to_be_disabled()
    run(page, "end")


@pytest.mark.wide
def test_the_dark_theme_is_readable(page: Page, tmp_path: Path) -> None:
    """The inspector's ink and paper are those of the theme."""
    widget = cell(page, "inspect").locator(".course-inspector")
    colours = "e => [getComputedStyle(e).color, getComputedStyle(e).backgroundColor]"
    light = widget.evaluate(colours)
    picture = cell(page, "figure").locator(".course-figure > img")
    inverted, scheme = "e => getComputedStyle(e).filter", "e => getComputedStyle(e).colorScheme"
    assert picture.evaluate(inverted) == "none"
    jupyterlab.theme(page, "JupyterLab Dark")
    dark = widget.evaluate(colours)
    assert light != dark
    assert "invert" in picture.evaluate(inverted)
    assert cell(page, "page").locator("iframe").evaluate(scheme) == "dark"
    inspector = enter(page, "inspect")
    tab_to(page, inspector.get_by_role("listbox", name="Messages"))
    page.keyboard.press("End")
    # The kernel sends the bytes of the newly chosen message, and the grid is drawn anew.
    expect(inspector.get_by_role("option").last).to_have_attribute("aria-selected", "true")
    expect(page.locator("#jp-main-statusbar")).to_contain_text("| Idle")
    tab_to(page, inspector.locator('[role="gridcell"][tabindex="0"]'))
    page.keyboard.press("Control+Home")
    page.keyboard.press("PageDown")
    expect(inspector.locator('[role="gridcell"].ci-byte')).to_have_attribute("data-at", "128")
    jupyterlab.picture(page, jupyterlab.pictures_folder(tmp_path), "inspector-dark")
    frames = enter(page, "frames")
    expect(frames.get_by_role("grid", name="Bits")).to_be_visible()
    jupyterlab.picture(page, jupyterlab.pictures_folder(tmp_path), "inspector-frame-dark")
    enter(page, "events")
    jupyterlab.picture(page, jupyterlab.pictures_folder(tmp_path), "inspector-event-dark")
    jupyterlab.theme(page, "JupyterLab Light")
