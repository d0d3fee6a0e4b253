"""Each lesson in JupyterLab in Chromium, as a learner meets it.

`SCREENSHOTS=folder pytest tests/browser` keeps pictures of the whole notebooks.
"""

from __future__ import annotations

import contextlib
import re
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import Page, expect

from course_lib.lab import lessons

from . import jupyterlab


def test_a_lesson_runs_and_shows_its_figures(
    lesson: lessons.Lesson, lab: jupyterlab.Server, page: Page, tmp_path: Path
) -> None:
    """Run All Cells: every cell ran, none complained, every figure is seen and described."""
    pictures = jupyterlab.pictures_folder(tmp_path)
    jupyterlab.open_notebook(lab, page, lesson.notebook.name)
    try:
        jupyterlab.run_all(page)
    finally:
        jupyterlab.picture(page, pictures, lesson.slug)
    assert jupyterlab.errors(page) == []
    figures = jupyterlab.figures(page).all()
    output = jupyterlab.OUTPUT
    instead = page.locator(
        f"{output} .course-inspector, {output} .room-map:not(.room-question)"
    ).count()
    # Where no kernel runs, a figure stands in for each of these; a panel draws its own.
    drawn = page.locator(f"{jupyterlab.OUTPUT} .jupyter-widgets img").count()
    assert len(figures) - drawn + instead == lesson.notebook.read_text("utf-8").count("<img ")
    for figure in figures:
        figure.scroll_into_view_if_needed()
        assert (figure.get_attribute("alt") or "").strip()
        box = figure.bounding_box()
        assert box is not None and box["width"] > 100 and box["height"] > 50
        assert figure.evaluate("e => e.complete && e.naturalWidth > 0")


@pytest.mark.wide
@pytest.mark.parametrize("number", ["01", "02"])
def test_two_browser_pages_take_part_in_the_chat(
    number: str, lab: jupyterlab.Server, page: Page
) -> None:
    """What is said in a tab of its own is read inside the notebook, and the other way round."""
    name = lessons.find(number).notebook.name
    jupyterlab.open_notebook(lab, page, name)
    jupyterlab.run_through(lab, page, name, "browser")
    inside = jupyterlab.chat_frame(page)
    [address] = jupyterlab.chat_pages(page)
    outside = page.context.new_page()
    outside.goto(address)
    for speaker, listener, text in [(outside, inside, "안녕 👋"), (inside, outside, "<b>hi</b>")]:
        speaker.get_by_label("Message", exact=True).fill(text)
        speaker.get_by_role("button", name="Say").click()
        heard = listener.get_by_role("listitem").filter(has_text=text)
        expect(heard).to_have_count(1)


@pytest.mark.wide
def test_socket_io_is_typed_by_hand_and_a_page_is_a_client(
    lab: jupyterlab.Server, page: Page
) -> None:
    """Lesson 09: packets typed into a plain WebSocket, and the chat by our own client."""
    name = lessons.find("09").notebook.name
    jupyterlab.open_notebook(lab, page, name)
    jupyterlab.run_through(lab, page, name, "chat-page")
    by_hand, chat = jupyterlab.chat_pages(page)
    tab = page.context.new_page()
    tab.goto(by_hand)
    log = tab.get_by_role("log")
    for line, answer in [
        ("40", 'server: 40{"sid":"'),
        ('42["say"]', "you: 42"),
        ("hi", "(closed)"),
    ]:
        tab.get_by_label("Send", exact=True).fill(line)
        tab.get_by_role("button", name="Send").click()
        expect(log).to_contain_text(answer)
    tabs = [page.context.new_page(), page.context.new_page()]
    for one in tabs:
        one.goto(chat)
        expect(one.locator("#state")).to_have_text("connected")
    tabs[0].get_by_label("Message", exact=True).fill("안녕 👋")
    tabs[0].get_by_role("button", name="Say").click()
    for one in tabs:
        expect(one.get_by_role("listitem").filter(has_text="안녕 👋")).to_have_count(1)


@pytest.mark.wide
def test_a_page_asks_the_kernel_and_is_asked_by_it(lab: jupyterlab.Server, page: Page) -> None:
    """Lesson 10: an order that is answered, and an answer that may wait."""
    name = lessons.find("10").notebook.name
    jupyterlab.open_notebook(lab, page, name)
    jupyterlab.run_through(lab, page, name, "page")
    [lunch] = jupyterlab.chat_pages(page)
    tab = page.context.new_page()
    tab.goto(lunch)
    log, yes = tab.get_by_role("log"), tab.get_by_role("button", name="Answer: yes")
    expect(log).to_contain_text("the kitchen asks: hungry?")
    tab.get_by_role("button", name="Order kimbap").click()
    expect(log).to_contain_text("the kitchen: kimbap in ten minutes")
    yes.click()
    expect(yes).to_be_disabled()


@pytest.mark.wide
def test_a_page_is_a_member_of_the_room_that_it_ticks(lab: jupyterlab.Server, page: Page) -> None:
    """Lesson 11: it hears what the kernel sends to its room, and nothing of the other one."""
    name = lessons.find("11").notebook.name
    jupyterlab.open_notebook(lab, page, name)
    jupyterlab.run_through(lab, page, name, "page")
    [paper] = jupyterlab.chat_pages(page)
    tab = page.context.new_page()
    tab.goto(paper)
    tab.get_by_label("cats", exact=True).check()
    page.bring_to_front()
    jupyterlab.menu(page, "Run", "Run Selected Cell and All Below")
    expect(tab.get_by_role("log")).to_have_text("Nabi has slept all day.\n")


@pytest.mark.wide
def test_a_page_is_refused_in_one_namespace_and_chats_on_in_another(
    lab: jupyterlab.Server, page: Page
) -> None:
    """Lesson 12: three tokens at `/admin`, on the connection of the chat and on one of its own."""
    name = lessons.find("12").notebook.name
    jupyterlab.open_notebook(lab, page, name)
    jupyterlab.run_through(lab, page, name, "page")
    [office] = jupyterlab.chat_pages(page)
    tab = page.context.new_page()
    tab.goto(office)
    log, token = tab.get_by_role("log"), tab.get_by_label("I have the token of")

    def press(button: str, answer: str) -> None:
        before = log.inner_text().count(answer)
        tab.get_by_role("button", name=button, exact=True).click()
        expect(log).to_contain_text(re.compile(f"(?:{re.escape(answer)}.*){{{before + 1}}}", re.S))

    expect(log).to_contain_text("/admin not authorized")
    press("Say hi in the chat", "HI")
    token.select_option("Kim, who wrote ada")
    press("Ask for /admin", "/admin not authenticated")
    token.select_option("Ada")
    press("Ask for /admin", "/admin in")
    press("Delete Lee", "lee is deleted")
    press("Say hi in the chat", "HI")
    [shared] = re.findall(r"server: (\d+)", log.inner_text())[-1:]
    press("The same, forceNew", f"server: {int(shared) + 1}")


@pytest.mark.wide
def test_the_attack_of_lesson_03_works_until_its_one_line_is_run(
    lab: jupyterlab.Server, page: Page
) -> None:
    """In tabs of the learner's browser, from the addresses that the lesson shows."""
    name = lessons.find("03").notebook.name
    for last, heard in [("origin-page", 3), ("origin-fix", 0)]:
        jupyterlab.open_notebook(lab, page, name)
        jupyterlab.run_through(lab, page, name, last)
        chat, foreign = jupyterlab.chat_pages(page)
        tabs = [page.context.new_page(), page.context.new_page()]
        tabs[0].goto(chat)
        expect(tabs[0].get_by_role("listitem")).to_have_count(3)
        tabs[1].goto(foreign)
        said = "read along" if heard else "refused"
        expect(tabs[1].locator("#socket")).to_contain_text(said)
        expect(tabs[1].get_by_role("listitem")).to_have_count(heard)
        page.bring_to_front()


@pytest.mark.wide
def test_a_cell_that_complains_would_be_noticed(lab: jupyterlab.Server, page: Page) -> None:
    """The tests above must be able to fail: for a line on stderr, and for a traceback."""
    cell = nbformat.v4.new_code_cell(
        "import sys; print('a warning', file=sys.stderr); 1 / 0", id="a"
    )
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    book = nbformat.v4.new_notebook(cells=[cell], metadata={"kernelspec": kernel})
    nbformat.write(book, lab.root / "complains.ipynb")
    jupyterlab.open_notebook(lab, page, "complains.ipynb")
    with contextlib.suppress(AssertionError):
        jupyterlab.run_all(page)
    complaints = page.locator(jupyterlab.COMPLAINT)
    expect(complaints).to_have_text([re.compile("a warning"), re.compile("ZeroDivisionError")])
