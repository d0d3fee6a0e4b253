"""A translated cell replaces the English that it translates, and no other."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

from course_lib.lab import lessons
from course_lib.lab.authoring import lesson_build, lesson_rows, translations

from .. import tiny_course

END = "**Summary** Two. **Ask next.** Three?"


def english(text: str) -> str:
    return f"<!-- cell end english {translations.digest(text)} -->\n"


def korean_notebook(folder: Path, text: str) -> tuple[list[str], list[str]]:
    """Build with this translation; the cells' sources, and what is due."""
    notebooks = tiny_course.write(folder)
    (notebooks / "_source" / "ko").mkdir(exist_ok=True)
    (notebooks / "_source" / "ko" / "01.md").write_text(text, encoding="utf-8")
    [lesson] = lessons.load(notebooks)
    lesson_build.build(lesson, execute=False)
    book = nbformat.read(notebooks / "ko" / "01_tiny.ipynb", as_version=4)
    plain = nbformat.read(lesson.notebook, as_version=4)
    [(_, _, _, due)] = translations.all_of(lesson, plain)
    assert [c.id for c in book.cells] == [c.id for c in plain.cells]
    assert lesson_build.check(lesson) == []
    return [cell.source for cell in book.cells], due


def test_a_translation_of_this_english_replaces_it(tmp_path: Path) -> None:
    """Code is the same; what nobody has translated yet is English with a mark."""
    sources, due = korean_notebook(tmp_path, english(END) + "\n**요약** 둘.\n")
    assert sources[5] == "**요약** 둘."
    assert sources[2] == "total = 1 + 1\ntotal"
    assert sources[1] == "> *아직 번역되지 않은 부분입니다.*\n\n## 1 · One"
    assert [problem.split("; ")[0].split(": ")[-1] for problem in due] == ["missing", "missing"]


def test_a_translation_of_older_english_is_not_shown(tmp_path: Path) -> None:
    """The reader gets the English, marked, and the build names the line to write."""
    sources, due = korean_notebook(tmp_path, english("Two.") + "\n둘.\n")
    assert sources[5] == f"> *영어 원문이 바뀌어 번역을 기다리는 부분입니다.*\n\n{END}"
    assert any(f"stale; translate it under  {english(END).strip()}" in problem for problem in due)


def test_a_translation_of_no_cell_is_reported(tmp_path: Path) -> None:
    """A cell that was renamed or removed leaves its translation behind."""
    _, due = korean_notebook(tmp_path, "<!-- cell gone english 00000000 -->\n없음\n")
    assert due[-1].endswith("01.md: cell gone is not a Markdown cell of the lesson")


@pytest.mark.parametrize(
    ("text", "message"),
    [("안녕", "text above the first"), (2 * (english(END) + "둘\n"), "cell end is there twice")],
)
def test_a_file_that_is_unclear_is_refused(tmp_path: Path, text: str, message: str) -> None:
    """No translation is dropped silently."""
    with pytest.raises(lesson_rows.LessonError, match=message):
        korean_notebook(tmp_path, text)
