"""The transport lab in JupyterLab in Chromium, by mouse and by keyboard."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from . import jupyterlab

pytestmark = pytest.mark.wide  # they share one panel, and follow each other

NAME = "transport_lab_by_hand.ipynb"
CELLS = {
    "start": "from course_lib import lab\nfrom course_lib.lab import transport_lab\nlab.start()",
    "panel": "panel = transport_lab.transport_lab(duration=10)\npanel",
    "see": (
        "newest = panel.shelf.kept[-1].comparison\n"
        "for run in newest.runs:\n"
        "    print(run.label, newest.settings.rate, f'{run.median * 1000:.0f}', newest.bet)"
    ),
    "end": "await lab.finish()",
}
PATIENCE = 60_000  # ms: of what a busy computer simulates and draws


@pytest.fixture(scope="module")
def page(browser: Browser, lab: jupyterlab.Server) -> Iterator[Page]:
    """The notebook, run down to the panel; all tests of this file go on with it."""
    cells = [nbformat.v4.new_code_cell(text, id=name) for name, text in CELLS.items()]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    book = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
    nbformat.write(book, lab.root / NAME)
    context = browser.new_context(viewport={"width": 1400, "height": 1000})
    context.set_default_timeout(60_000)
    shown = context.new_page()
    jupyterlab.open_notebook(lab, shown, NAME)
    jupyterlab.run_through(lab, shown, NAME, "panel")
    yield shown
    context.close()


@pytest.fixture
def panel(page: Page) -> Locator:
    """The widget."""
    return cell(page, "panel").locator(".jp-OutputArea-output")


def cell(page: Page, name: str) -> Locator:
    return page.locator(jupyterlab.CELL).nth(list(CELLS).index(name))


def run(page: Page, name: str) -> str:
    """Run one cell; what it printed."""
    prompt = cell(page, name).locator(".jp-InputPrompt")
    prompt.click()
    before = prompt.inner_text()
    page.keyboard.press("Control+Enter")
    expect(prompt).to_have_text(re.compile(r"\[\d+\]:"), timeout=PATIENCE)
    expect(prompt).not_to_have_text(before)
    assert jupyterlab.errors(page) == []
    return "\n".join(cell(page, name).locator(".jp-OutputArea-output").all_inner_texts()).strip()


def tab_to(page: Page, target: Locator, *, most: int = 40) -> None:
    """Press Tab until `target` has the focus."""
    for _ in range(most):
        if target.evaluate("e => e === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not lead to {target}")


def medians(panel: Locator) -> dict[str, str]:
    """What the figure's data say: its folded table, a row for each run."""
    table = panel.locator("details table")
    heads = table.locator("thead th").all_text_contents()
    rows = [row.locator("td").all_text_contents() for row in table.locator("tbody tr").all()]
    return {row[heads.index("run")]: row[heads.index("median ms")] for row in rows}


def test_the_controls_are_worked_by_mouse_and_the_figure_follows(
    page: Page, panel: Locator, tmp_path: Path
) -> None:
    """Two numbers, a bet and a click; then another rate, and the figure is another one."""
    expect(panel.get_by_text("4 · What came out")).to_be_hidden()
    panel.get_by_label("Clients").fill("10000")
    panel.get_by_label("Clients").press("Tab")
    status = panel.get_by_role("alert").first
    expect(status).to_contain_text("Not changed: Clients can be 1 to 200, not 10,000.")
    expect(panel.get_by_label("Clients")).to_have_value("1")
    panel.get_by_label("Bet on WebSocket's median (ms)").fill("80")
    panel.get_by_label("Round trip (ms)").fill("100")
    panel.get_by_role("button", name="Run", exact=True).click()
    expect(status).to_contain_text("Kept as run 1.", timeout=PATIENCE)
    expect(status).to_contain_text("WebSocket: You bet 80 ms. It is 50 ms: 60% too high.")
    expect(panel.locator("img")).to_have_attribute("alt", re.compile("WebSocket: median 50 ms"))
    seen = medians(panel)
    assert seen["WebSocket"] == seen["long polling"] == "50"
    assert 500 < float(seen["short polling, 1 s"]) < 800  # half an interval, half a round trip
    jupyterlab.picture(page, jupyterlab.pictures_folder(tmp_path), "transport-lab")
    panel.get_by_label("Messages a second").fill("40")
    panel.get_by_role("checkbox", name="short polling").uncheck()
    panel.get_by_role("button", name="Run", exact=True).click()
    expect(status).to_contain_text("Kept as run 2.", timeout=PATIENCE)
    expect(status).to_contain_text("No bet was placed.")
    expect(panel.locator("img")).not_to_have_attribute("alt", re.compile("short polling"))
    seen = medians(panel)
    assert seen["WebSocket"] == "50" and float(seen["long polling"]) > 90
    assert run(page, "see").splitlines()[-1] == "WebSocket 40.0 50 None"
    panel.get_by_label("Run 1: ").check()
    both = re.compile(r"WebSocket \[1\]: median 50 ms")
    expect(panel.locator("img")).to_have_attribute("alt", both, timeout=PATIENCE)
    assert len(medians(panel)) == 5


def test_the_keyboard_is_enough(page: Page, panel: Locator, lab: jupyterlab.Server) -> None:
    """Tab, typing, the space bar and Enter: choose, bet, run, look, take a message."""
    cell(page, "panel").locator(".jp-InputPrompt").click()
    short = panel.get_by_role("checkbox", name="short polling")
    short.focus()
    page.keyboard.press("Space")
    expect(short).to_be_checked()
    tab_to(page, panel.get_by_role("checkbox", name="long polling"))
    page.keyboard.press("Space")
    bet = panel.get_by_label("Bet on WebSocket's median (ms)")
    tab_to(page, bet)
    page.keyboard.type("20")
    for label, number in (("Messages a second", "5"), ("Round trip (ms)", "30")):
        tab_to(page, panel.get_by_label(label))
        page.keyboard.press("Control+a")
        page.keyboard.type(number)
        ring = "e => getComputedStyle(e).outlineWidth + getComputedStyle(e).outlineStyle"
        assert panel.get_by_label(label).evaluate(ring) == "2pxsolid"
    tab_to(page, panel.get_by_role("button", name="Run", exact=True))
    expect(panel.locator("code")).to_contain_text('("short polling", "WebSocket"), rate=5')
    outline = panel.get_by_role("button", name="Run", exact=True)
    assert outline.evaluate("e => getComputedStyle(e).outlineWidth") == "2px"
    page.keyboard.press("Enter")
    status = panel.get_by_role("alert").first
    expect(status).to_contain_text("WebSocket: You bet 20 ms. It is 15 ms", timeout=PATIENCE)
    tab_to(page, panel.get_by_role("radio", name="Percentiles"))
    page.keyboard.press("Space")
    expect(panel.get_by_role("radio", name="Percentiles")).to_be_checked()
    alt = re.compile("WebSocket at a round trip of 30 ms: half of the messages arrive within 15 ms")
    expect(panel.locator("img")).to_have_attribute("alt", alt, timeout=PATIENCE)
    tab_to(page, panel.get_by_role("radio", name="One message"))
    page.keyboard.press("Space")
    number = panel.get_by_label(re.compile(r"Message \(1 to \d+\)"))
    expect(number).to_be_visible(timeout=PATIENCE)
    tab_to(page, number)
    page.keyboard.press("Control+a")
    page.keyboard.type("7")
    page.keyboard.press("Tab")
    caption = panel.locator("figcaption")
    expect(caption).to_contain_text("short polling, 1 s, message 7:", timeout=PATIENCE)
    tab_to(page, panel.get_by_role("button", name="The slowest one"))
    page.keyboard.press("Enter")
    expect(caption).not_to_contain_text("message 7:", timeout=PATIENCE)
    tab_to(page, panel.get_by_role("radio", name="Table, files"), most=80)
    page.keyboard.press("Space")
    expect(panel.get_by_label("File, without an ending")).to_be_visible(timeout=PATIENCE)
    tab_to(page, panel.get_by_label("File, without an ending"))
    page.keyboard.press("Control+a")
    page.keyboard.type("측정")
    tab_to(page, panel.get_by_role("button", name="Save the table (CSV)"))
    page.keyboard.press("Enter")
    expect(status).to_contain_text("Saved to 측정.csv.")
    assert (lab.root / "측정.csv").read_text("utf-8").startswith("number,run,delivered,")


def test_real_sockets_show_messages_as_they_arrive_and_are_cancelled(
    page: Page, panel: Locator
) -> None:
    """Dots become more while it runs; the button ends it; the kernel has nothing left."""
    panel.get_by_role("radio", name="Real sockets").click()
    panel.get_by_label("Messages a second").fill("20")
    panel.get_by_label("Duration (s)").fill("60")
    panel.get_by_role("button", name="Run", exact=True).click()
    strip = panel.get_by_role("img", name=re.compile("^short polling"))
    expect(strip).to_have_attribute("aria-label", re.compile(r": [1-9]\d* messages"))
    first = strip.get_attribute("aria-label")
    assert first is not None
    expect(strip).not_to_have_attribute("aria-label", first)
    expect(panel.get_by_role("button", name="Run", exact=True)).to_be_disabled()
    panel.get_by_role("button", name="Cancel").click()
    expect(panel.get_by_role("alert").first).to_contain_text("Cancelled. Nothing of it is kept")
    expect(panel.get_by_role("button", name="Run", exact=True)).to_be_enabled()
    assert run(page, "end") == "Nothing left running: 0 tasks, 0 open connections."


def test_the_dark_theme_is_readable(page: Page, panel: Locator, tmp_path: Path) -> None:
    """Ink on paper: what stands on the panel is far from its background in both themes."""
    run(page, "panel")  # the same lab again, with the conditions that the cell says
    expect(panel.get_by_label("Duration (s)")).to_have_value("10")
    jupyterlab.theme(page, "JupyterLab Dark")
    panel.get_by_role("button", name="Run", exact=True).click()
    expect(panel.get_by_role("alert").first).to_contain_text("Kept as run 4.", timeout=PATIENCE)
    panel.get_by_role("radio", name="In time").click()
    tick = panel.get_by_role("img", name=re.compile("^WebSocket")).locator("text").first
    expect(tick).to_be_visible()
    ink = tick.evaluate("e => getComputedStyle(e).fill.match(/[0-9.]+/g).slice(0, 3).map(Number)")
    assert min(ink) > 180  # light ink; the page is nearly black
    page.set_viewport_size({"width": 1000, "height": 1000})
    right = "e => e.getBoundingClientRect().right"
    edge = panel.evaluate(right)
    for control in panel.locator("input, button, svg").all():
        if control.is_visible():
            assert control.evaluate(right) <= edge + 1
    jupyterlab.picture(page, jupyterlab.pictures_folder(tmp_path), "transport-lab-dark")
    jupyterlab.theme(page, "JupyterLab Light")
