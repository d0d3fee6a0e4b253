"""Each lesson in JupyterLab in Chromium, as a learner meets it.

`SCREENSHOTS=folder pytest tests/browser` keeps pictures of the whole notebooks.
"""

from __future__ import annotations

import contextlib
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
    assert figures, "the lesson shows no figure"
    for figure in figures:
        figure.scroll_into_view_if_needed()
        assert (figure.get_attribute("alt") or "").strip()
        box = figure.bounding_box()
        assert box is not None and box["width"] > 100 and box["height"] > 50
        assert figure.evaluate("e => e.complete && e.naturalWidth > 0")


def test_two_browser_pages_take_part_in_the_chat(
    lesson: lessons.Lesson, lab: jupyterlab.Server, page: Page
) -> None:
    """What is said in a tab of its own is read inside the notebook, and the other way round."""
    name = lesson.notebook.name
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
        expect(heard).to_have_count(1, timeout=10_000)


@pytest.mark.parametrize("source", ["1 / 0", "import sys; print('ZeroDivision', file=sys.stderr)"])
def test_a_cell_that_complains_would_be_noticed(
    lab: jupyterlab.Server, page: Page, source: str
) -> None:
    """The test above must be able to fail: for a traceback, and for a line on stderr."""
    name = f"complains_{len(source)}.ipynb"
    cells = [nbformat.v4.new_code_cell(source, id="a"), nbformat.v4.new_code_cell("2", id="b")]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    book = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
    nbformat.write(book, lab.root / name)
    jupyterlab.open_notebook(lab, page, name)
    with contextlib.suppress(AssertionError):  # the cell after a traceback never runs
        jupyterlab.run_all(page)
    [complaint] = jupyterlab.errors(page)
    assert "ZeroDivision" in complaint
