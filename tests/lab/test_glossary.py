"""A lesson shows its own words, once and in both languages."""

from __future__ import annotations

from pathlib import Path

import pytest

from course_lib.lab import lessons
from course_lib.lab.glossary import glossary, terms

from . import tiny_course


def test_a_glossary_is_a_table_and_lines_of_text(tmp_path: Path) -> None:
    """HTML for a notebook, text where no HTML is drawn; both say the same."""
    escaped = tiny_course.GLOSSARY.replace("two numbers", "`a` < b")
    shown = glossary("01", tiny_course.write(tmp_path, glossary=escaped))
    assert repr(shown) == "Words of lesson 01, Tiny\nsum · 합: What `a` < b make together."
    html = shown._repr_html_()
    assert '<caption style="text-align:left">Words of lesson 01, Tiny</caption>' in html
    assert '<td lang="ko"' in html and "합</td>" in html
    assert "What <code>a</code> &lt; b make together." in html


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('lesson = "01"', 'lesson = "44"', "term sum: there is no lesson 44"),
        ("together.", "together", "term sum: its meaning is not one sentence"),
        ("together.", "together. Or not.", "term sum: its meaning is not one sentence"),
        ('lesson = "01"', f'lesson = "01"\n{tiny_course.GLOSSARY}', "term sum is there twice"),
        ('korean = "합"', "", "term sum: korean is missing"),
    ],
)
def test_a_mistake_in_the_glossary_is_named(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    """One row for each term, one sentence for each meaning, and a lesson that exists."""
    folder = tiny_course.write(tmp_path, glossary=tiny_course.GLOSSARY.replace(old, new))
    with pytest.raises(lessons.LessonError, match=message):
        terms(folder)


def test_a_full_stop_inside_a_word_ends_no_sentence(tmp_path: Path) -> None:
    """`HTTP/1.1` and `127.0.0.1` may stand in a meaning."""
    text = tiny_course.GLOSSARY.replace("two numbers", "127.0.0.1 and HTTP/1.1")
    [term] = terms(tiny_course.write(tmp_path, glossary=text))
    assert term.meaning == "What 127.0.0.1 and HTTP/1.1 make together."


def test_the_glossary_of_this_repository_is_valid() -> None:
    """Every lesson that is there introduces some words."""
    numbers = {term.lesson for term in terms()}
    assert numbers == {lesson.number for lesson in lessons.load()}
