"""The minutes of a lesson are those of the formula, and each part of the formula counts."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

from course_lib.lab import lessons
from course_lib.lab.authoring import lesson_minutes, lesson_rules, lesson_source

from .. import tiny_course

HEADING = nbformat.v4.new_markdown_cell("## 1 · One", id="one")  # two words
SECTION = '[[lesson.section]]\nid = "{}"\ntitle = "More"\nminutes = {}\n'


def tiny(folder: Path, more: str = "", minutes: int = 5) -> lessons.Lesson:
    rows = tiny_course.LESSONS.replace("minutes = 5", f"minutes = {minutes}") + more
    [lesson] = lessons.load(tiny_course.write(folder, lessons=rows))
    return lesson


def minutes_of(lesson: lessons.Lesson, *cells: nbformat.NotebookNode) -> list[float]:
    book = nbformat.v4.new_notebook(cells=[HEADING, *cells])
    return [load.minutes for load in lesson_minutes.loads(lesson, book)]


def code(source: str) -> nbformat.NotebookNode:
    return nbformat.v4.new_code_cell(source)


def prose(words: int) -> nbformat.NotebookNode:
    return nbformat.v4.new_markdown_cell("word " * words)


@pytest.mark.parametrize(
    ("cell", "minutes"),
    [
        (prose(198), 1),
        (nbformat.v4.new_markdown_cell("* - | # ──▶ `·`"), 0.01),  # no words
        (code("a = 1"), 0.51),
        (code("a = 1\n" * 8), 0.51),
        (code("a = 1\n\n" * 10), 0.61),  # blank lines do not count
        (code("plots.latency(runs)"), 1.51),
        (code("sequence.plot(recording)"), 1.51),
        (code("calm.figure()"), 1.51),
        (code("show.frame(data)"), 1.51),
        (code("my_bet = bets.bet('how many?')"), 2.51),
        (code("show.page(server.url)"), 3.51),
        (code("view = inspector.show(recording)"), 3.51),
        (code("show.source(mailbox.Mailbox.take)"), 0.51),
        (code("sequence.of(recording)"), 0.51),
    ],
)
def test_each_part_of_the_formula(
    tmp_path: Path, cell: nbformat.NotebookNode, minutes: float
) -> None:
    """The heading has two words: a hundredth of a minute."""
    [found] = minutes_of(tiny(tmp_path), cell)
    assert found == pytest.approx(minutes)


def test_a_section_goes_to_the_next_heading(tmp_path: Path) -> None:
    """And what stands before the first heading is read with the first section."""
    lesson = tiny(tmp_path, SECTION.format("two", 2))
    second = nbformat.v4.new_markdown_cell("## 2 · More", id="two")
    book = nbformat.v4.new_notebook(cells=[prose(198), HEADING, second, prose(398)])
    assert [load.minutes for load in lesson_minutes.loads(lesson, book)] == [1, 2]


def problems(lesson: lessons.Lesson, minutes: float) -> list[str]:
    book = nbformat.v4.new_notebook(cells=[HEADING, prose(round(minutes * 200) - 2)])
    return lesson_minutes.problems(lesson, book)


@pytest.mark.parametrize(
    ("listed", "minutes", "right"),
    [
        (5, 5.0, True),
        (5, 5.9, True),  # rounded down
        (5, 4.1, True),  # rounded up
        (5, 6.0, False),
        (5, 4.0, False),
        (1, 0.2, True),  # nothing is shorter than a minute
        (12, 12.4, True),
        (12, 12.5, False),
    ],
)
def test_minutes_are_rounded_and_no_more(
    tmp_path: Path, listed: int, minutes: float, right: bool
) -> None:
    """An author chooses up or down."""
    assert (problems(tiny(tmp_path, minutes=listed), minutes) == []) == right


def test_a_problem_names_section_and_minutes(tmp_path: Path) -> None:
    """So that the row can be repaired without a second run."""
    assert problems(tiny(tmp_path), 7.3) == [
        "section 'one' takes 7.3 minutes by the formula; lessons.toml has 5"
    ]


def test_sections_are_not_all_rounded_the_same_way(tmp_path: Path) -> None:
    """Else a lesson of six sections would lie by six minutes."""
    more = "".join(SECTION.format(name, 2) for name in ("two", "three"))
    lesson = tiny(tmp_path, more, minutes=2)
    heads = [nbformat.v4.new_markdown_cell("## A B", id=id) for id in ("one", "two", "three")]
    cells = [cell for head in heads for cell in (head, prose(518))]
    found = lesson_minutes.problems(lesson, nbformat.v4.new_notebook(cells=cells))
    assert found == [
        "all sections together take 7.8 minutes by the formula; in lessons.toml they are 6"
    ]


def test_a_lesson_is_one_sitting(tmp_path: Path) -> None:
    """45 minutes at most, by the formula and not by what the row says."""
    more = "".join(SECTION.format(name, 12) for name in ("two", "three"))
    lesson = tiny(tmp_path, more + SECTION.format("four", 9), minutes=12)
    heads = [nbformat.v4.new_markdown_cell("## A B", id=section.id) for section in lesson.sections]
    words = [2478, 2478, 2478, 1748]  # 12.4 minutes three times, and 8.75
    cells = [cell for pair in zip(heads, map(prose, words), strict=True) for cell in pair]
    found = lesson_minutes.problems(lesson, nbformat.v4.new_notebook(cells=cells))
    assert found == ["the lesson takes 46.0 minutes by the formula; 45 is the most"]


def test_the_rules_of_lessons_ask_for_them(tmp_path: Path) -> None:
    """`make notebooks` prints them, and a test wants none."""
    lesson = tiny(tmp_path, minutes=9)
    notebook = lesson_source.read(lesson.source).notebook
    [(index, text)] = lesson_rules.problems(lesson, notebook)
    assert index == 0
    assert text.startswith("section 'one' takes 4.")
