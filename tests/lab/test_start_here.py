"""The map knows every lesson, and what has been passed."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from course_lib.lab import lessons, start_here
from course_lib.lab.grading.progress import Done

from . import tiny_course

LESSONS = """
[[lesson]]
slug = "01_short_polling"
title = "Short polling"
exercises = ["1.1", "1.2"]

[[lesson.section]]
id = "one"
title = "One"
minutes = 7
"""


def test_every_lesson_of_the_course_is_on_the_map() -> None:
    """With the title that lessons.toml gives it."""
    stops = {stop.slug: stop.title for part in start_here.COURSE.values() for stop in part}
    known = {lesson.slug: lesson.title for lesson in lessons.load()}
    assert {slug: stops.get(slug) for slug in known} == known


def test_the_map_links_what_exists_and_counts_what_was_passed(tmp_path: Path) -> None:
    """Minutes and exercises come from lessons.toml; the other lessons are still to come."""
    folder = tiny_course.write(tmp_path, lessons=LESSONS, glossary="")
    done = {"1.1": Done("1.1", passed=True), "1.2": Done("1.2", attempts=3)}
    shown = start_here.course_map(folder, done)
    assert "  01  Short polling                     7 min  1 of 2 passed\n" in shown.text
    assert "  02  Long polling                             to come\n" in shown.text
    assert '<a href="01_short_polling.ipynb">Short polling</a>' in shown.html
    assert "02_long_polling.ipynb" not in shown.html


def test_the_map_names_the_core_exercises_and_marks_those_that_were_passed(tmp_path: Path) -> None:
    """A lesson without any has nothing there, and the line below says what core means."""
    lesson = LESSONS.replace('"1.1", "1.2"', '"1.1", "1.3", "1.4"')
    folder = tiny_course.write(tmp_path, lessons=lesson, glossary="")
    shown = start_here.course_map(folder, {"1.3": Done("1.3", passed=True), "1.4": Done("1.4", 2)})
    assert "1 of 3 passed  core 1.3 ✔, 1.4\n" in shown.text
    assert '<td style="text-align:left">1.3 ✔, 1.4</td>' in shown.html
    assert shown.text.count("core") == 2 and shown.text.endswith(start_here.CORE)
    assert shown.html.count(start_here.CORE) == 1


def test_the_map_links_new_versions_beside_what_the_learner_has_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the folder of the copies; one sentence says what they are."""
    folder = tiny_course.write(tmp_path, lessons=LESSONS, glossary="")
    copies = tmp_path / "work" / "notebooks"
    for beside in ("notebooks/01_short_polling", "exercises/01_short_polling"):
        (tmp_path / "work" / beside).parent.mkdir(parents=True)
        (tmp_path / "work" / f"{beside}.ipynb").touch()
    monkeypatch.chdir(copies)
    before = start_here.course_map(folder, {})
    assert "new version" not in before.text.lower() + before.html.lower()
    for beside in ("notebooks/01_short_polling.new", "exercises/01_short_polling.new-2"):
        (tmp_path / "work" / f"{beside}.ipynb").touch()
    shown = start_here.course_map(folder, {})
    exercises = "../exercises/01_short_polling.new-2.ipynb"
    assert "      new version: 01_short_polling.new.ipynb\n" in shown.text
    assert f"      new version: {exercises}\n" in shown.text
    assert '<a href="01_short_polling.new.ipynb">new version of the lesson</a>' in shown.html
    assert f'<a href="{exercises}">new version of the exercises</a>' in shown.html
    assert shown.text.endswith(start_here.KEPT) and shown.html.count(start_here.KEPT) == 1


def test_each_primer_is_on_the_map_before_the_lesson_that_needs_it() -> None:
    """A lesson's first cell names what it builds on."""
    order = [stop.slug for part in start_here.COURSE.values() for stop in part]
    needed = []
    for lesson in lessons.load():
        title = json.loads(lesson.notebook.read_text("utf-8"))["cells"][0]["source"]
        _, _, wanted = "".join(title).partition("**Prerequisites.**")
        for primer in re.findall(r"(?i)primer[s]? (p\d)", wanted):
            needed.append((lesson.number, primer))
            [place] = [index for index, slug in enumerate(order) if slug.startswith(primer)]
            assert place < order.index(lesson.slug), (lesson.slug, primer)
    assert {primer for _, primer in needed} == {"p1", "p2", "p3"}


def test_nothing_passed_is_shown_as_nothing(tmp_path: Path) -> None:
    """A new learner's map."""
    folder = tiny_course.write(tmp_path, lessons=LESSONS, glossary="")
    assert "0 of 2 passed" in start_here.course_map(folder, {}).text
