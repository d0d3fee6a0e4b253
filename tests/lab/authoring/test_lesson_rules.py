"""Each rule of a lesson is seen when it is broken, and only then."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest

from course_lib.lab import lessons
from course_lib.lab.authoring import lesson_rules, lesson_source

from .. import tiny_course


def problems(folder: Path, source: str = tiny_course.SOURCE, terms: tuple[str, ...] = ()) -> Any:
    [lesson] = lessons.load(tiny_course.write(folder, source=source))
    notebook = lesson_source.read(lesson.source).notebook
    found = lesson_rules.problems(lesson, notebook, terms)
    return [f"{notebook.cells[index].id}: {text}" for index, text in found]


def test_the_tiny_lesson_breaks_no_rule(tmp_path: Path) -> None:
    """Also not with a term that its prose contains."""
    assert problems(tmp_path, terms=("Sum",)) == []


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("# # 01 · Tiny", "# # Tiny", "title: the first line must be '# 01 · Tiny'"),
        ("**Objectives.**", "You will", "title: the first cell has no **Objectives.**"),
        ("**Prerequisites.**", "Know", "title: the first cell has no **Prerequisites.**"),
        ("## 1 · One", "## 1 · Eins", "one: section 'one' 'Eins'; lessons.toml has 'one' 'One'"),
        ('id="one"', 'id="eins"', "eins: section 'eins' 'One'; lessons.toml has 'one' 'One' here"),
        ("# ## 1 · One", "# Text", "title: 0 sections; lessons.toml has 1"),
        ("# ## 1 · One", "# Text\n# ## 1 · One", "one: a section's heading must be the first line"),
        ("**Summary**", "So:", "finish: the last Markdown cell has no **Summary**"),
        ("**Ask next.**", "", "finish: the last Markdown cell has no **Ask next.**"),
        ("bets.bet()", "3", "title: no cell asks for a bet: bets.bet(…) comes before"),
        ('"demonstration"', '"demo"', "title: no code cell has the id 'demonstration'"),
        ("finish()", "end()", "finish: the last two cells do not call finish()"),
        ('glossary("01")', 'glossary("02")', "finish: the last two cells do not show glossary"),
        ("total = 1 + 1", "total = 2\n" * 15 + "total", "add: 17 lines of code; 15 is the most"),
        (
            "total = 1 + 1",
            "total = " + "1 + " * 22 + "1",
            "add: a line of 97 characters; 88 is the",
        ),
        ("assert total == 2", "total", "measure: its output is not compared, and neither it nor"),
        ("Three?", "![](a.png)", "end: a picture has no alternative text"),
    ],
)
def test_a_broken_rule_is_named(tmp_path: Path, old: str, new: str, problem: str) -> None:
    """By the id of its cell and by what is wrong."""
    assert old in tiny_course.SOURCE
    found = problems(tmp_path, tiny_course.SOURCE.replace(old, new))
    assert any(text.startswith(problem) for text in found), found


@pytest.mark.parametrize(
    "amount",
    [
        "2.3\u00d7",
        "12 ms",
        "3.5 µs",
        "3.5 μs",
        "1,200 bytes",
        "30 kB",
        "57 %",
        "57%",
        "2.3 s",
        "3 times faster",
    ],
)
def test_prose_names_no_measured_amount(tmp_path: Path, amount: str) -> None:
    """Another machine would show another number."""
    found = problems(tmp_path, tiny_course.SOURCE.replace("Three?", f"It took {amount}."))
    assert found == [
        f"end: prose names {amount!r}: let a cell show it, or list it as given in lessons.toml"
    ]


@pytest.mark.parametrize(
    "text",
    [
        "a link of 50 ms",  # given in lessons.toml
        "holds for 25 seconds or 25 s",
        "`12 ms`",
        "$12 ms$ and $$x = 3 ms$$",
        "\n#\n# ```\n# 12 ms\n# ```",
        "HTTP/1.1, 1.5 RTT, 127.0.0.1, 3 messages, 2 times",
        "[a link](https://x.example/12 ms)",
    ],
)
def test_settings_code_and_formulas_may_name_amounts(tmp_path: Path, text: str) -> None:
    """What the lesson chose, and what is not prose."""
    assert problems(tmp_path, tiny_course.SOURCE.replace("Three?", text)) == []


def test_a_term_must_be_in_the_lesson_that_introduces_it(tmp_path: Path) -> None:
    """The glossary explains what the lesson says, not what it might have said."""
    assert problems(tmp_path, terms=("product",)) == [
        "title: the glossary says that this lesson introduces 'product', "
        "but its prose never says so"
    ]


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        ({"text/html": '<figure><img src="x" alt="it rises"></figure>'}, ""),
        ({"text/html": '<img src="x" alt=" ">'}, "add: a picture in its output has no alternative"),
        ({"text/html": '<img src="x">'}, "add: a picture in its output has no alternative"),
        ({"image/png": "aGk=", "text/plain": "<Figure>"}, "add: a bare image"),
    ],
)
def test_pictures_in_outputs_are_described(
    tmp_path: Path, data: dict[str, str], problem: str
) -> None:
    """A reader who does not see the figure gets its finding."""
    [lesson] = lessons.load(tiny_course.write(tmp_path))
    notebook = lesson_source.read(lesson.source).notebook
    notebook.cells[2].outputs = [nbformat.v4.new_output("display_data", data=data)]
    found = [f"{notebook.cells[i].id}: {t}" for i, t in lesson_rules.problems(lesson, notebook)]
    assert found == [] if not problem else found[0].startswith(problem)


def test_a_notebook_without_outputs_is_not_stored() -> None:
    """nbval compares nothing there and is green, so this must be red."""
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1", id="a")])
    assert lesson_rules.unstored(book) == [
        (0, "its execution count is None, not 1"),
        (0, "no cell has an output"),
    ]


def test_a_stored_error_is_a_problem() -> None:
    """A notebook that shows a traceback was not built by the build."""
    failed = nbformat.v4.new_output("error", ename="E", evalue="", traceback=[])
    cell = nbformat.v4.new_code_cell("1", id="a", execution_count=1, outputs=[failed])
    book = nbformat.v4.new_notebook(cells=[cell])
    assert lesson_rules.unstored(book) == [(0, "an error is stored with it")]
