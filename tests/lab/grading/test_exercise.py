"""Which exercises are core, and that every place that says so says the same."""

from __future__ import annotations

import collections
import re
from pathlib import Path

from course_lib.lab import lessons
from course_lib.lab.grading import checking, registry

ROOT = Path(__file__).parents[3]
CORE = ["1.3", "1.4", "2.1", "2.2", "3.1", "3.4", "4.1", "4.2", "5.1", "5.2", "6.1", "6.2", "7.3",
        "7.4", "8.1", "8.3", "9.1", "9.3", "10.1", "10.2", "11.2", "11.4", "12.2",
        "12.3"]  # fmt: skip


def test_the_core_exercises_are_those_that_the_course_is_planned_with() -> None:
    """The next lessons stand on these; a primer is optional as a whole."""
    assert [number for number, one in registry.load().items() if one.core] == CORE


def test_a_lesson_has_two_core_exercises_at_most() -> None:
    """More of them would be a lesson of their own."""
    counts = collections.Counter(one.lesson for one in registry.load().values() if one.core)
    assert max(counts.values()) == 2
    assert {*counts} == {one.number for one in lessons.load() if one.exercises and one.number < "a"}


def test_the_instructors_page_lists_them() -> None:
    """Lesson by lesson."""
    page = (ROOT / "docs" / "INSTRUCTOR.md").read_text("utf-8")
    [listed] = re.findall(r"^Core exercises: ([\d.\s·]+)\. ", page, re.M)
    assert listed.replace(" ·", "").split() == CORE
    groups = [{*re.findall(r"(\d+)\.", part)} for part in listed.split("·")]
    assert groups == [{number} for number in dict.fromkeys(one.partition(".")[0] for one in CORE)]


def test_the_overview_says_which_they_are() -> None:
    """In its text and in its table."""
    shown = checking.overview()
    assert (shown.text + "\n").count(" (core)\n") == shown.html.count("<td>core</td>") == len(CORE)
    assert f"of {len(CORE)} core ones" in shown.text
