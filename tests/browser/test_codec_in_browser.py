"""Lesson 04's demonstration: the codec written in the notebook carries Chromium's traffic."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from course_lib.lab import lessons

from . import jupyterlab
from .test_exercise_in_jupyterlab import Notebook


def _written(book: Notebook) -> int:
    """How many headers the learner's function has written by now."""
    said = book.run("browser-count").inner_text()
    found = re.search(r"headers written: (\d+)", said)
    assert found is not None, said
    return int(found[1])


@pytest.mark.wide
def test_the_learners_codec_carries_a_browsers_traffic(
    lab: jupyterlab.Server, page: Page, tmp_path: Path
) -> None:
    """Text and four lengths from the page come back, and each answer had a header of theirs.

    Broken on purpose, the same codec is noticed by the page.
    """
    name = lessons.find("04").notebook.name
    jupyterlab.open_notebook(lab, page, name)
    jupyterlab.run_through(lab, page, name, "browser-adapters")
    book = Notebook.shown(lab, page, name)
    book.run("demonstration")
    inside = jupyterlab.chat_frame(page)
    expect(inside.get_by_role("status")).to_have_text("open")
    assert _written(book) == 0
    inside.get_by_label("Message", exact=True).fill("안녕 👋")
    inside.get_by_role("button", name="Say").click()
    lines = inside.get_by_role("listitem")
    expect(lines).to_have_text(["안녕 👋"])
    inside.get_by_role("button", name="Four lengths").click()
    came_back = [f"{n} letters came back unchanged" for n in ("125", "126", "65,535", "65,536")]
    expect(lines).to_have_text(["안녕 👋", *came_back])
    assert _written(book) == 5
    book.picture("demonstration", jupyterlab.pictures_folder(tmp_path) / "codec.png")

    book.insert_below("browser-count", "broken")
    book.write("broken", "def mask(payload, key): return payload")
    book.run("broken")
    # With ASCII and Hangul at each place of the key: masked by no key is this text by chance.
    inside.get_by_label("Message", exact=True).fill("a안" * 20)
    inside.get_by_role("button", name="Say").click()
    expect(inside.get_by_role("status")).to_contain_text("closed with 1007")
