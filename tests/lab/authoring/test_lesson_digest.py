"""A stored lesson says what its outputs were made of, so that an older course is noticed."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

from course_lib.lab import lessons
from course_lib.lab.authoring import lesson_build, lesson_digest

from .. import tiny_course


def _digest(notebooks: Path, *sources: str) -> str:
    [lesson] = lessons.load(notebooks)
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    return lesson_digest.made_of(lesson, nbformat.v4.new_notebook(cells=cells))


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A library with a module in two parts, a page, and a package."""
    package = tmp_path / "course_lib"
    for name in ("lab/view.py", "lab/_view/part.js", "lab/apps/chat.py", "lab/apps/chat.html"):
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        (package / name).write_text(name, encoding="utf-8")
    monkeypatch.setattr(lesson_digest, "PACKAGE", package)
    return package


@pytest.mark.parametrize(
    ("source", "file"),
    [
        ("from course_lib.lab import view", "lab/view.py"),
        ("from course_lib.lab.view import show", "lab/view.py"),
        ("import course_lib.lab.view", "lab/_view/part.js"),
        ("from course_lib.lab.apps import chat", "lab/apps/chat.html"),
    ],
)
def test_a_module_that_a_cell_imports_is_in_it(
    source: str, file: str, library: Path, tmp_path: Path
) -> None:
    """So are its parts and its page; a module that no cell imports is not, nor are line ends."""
    notebooks = tiny_course.write(tmp_path)
    before, without = _digest(notebooks, source), _digest(notebooks, "await f()")
    (library / file).write_bytes(b"other\r\n")
    after = _digest(notebooks, source)
    assert before != after
    assert _digest(notebooks, "await f()") == without
    (library / file).write_bytes(b"other\n")
    assert _digest(notebooks, source) == after


def test_the_map_shows_the_list_of_lessons_and_other_lessons_show_their_row(tmp_path: Path) -> None:
    """A comment in the list is on the map's account alone."""
    notebooks = tiny_course.write(tmp_path)
    codes = ("start_here.course_map()", "1 + 1")
    before = [_digest(notebooks, code) for code in codes]
    tiny_course.write(tmp_path, lessons=tiny_course.LESSONS + "\n# a comment\n")
    after = [_digest(notebooks, code) for code in codes]
    assert [new == old for new, old in zip(after, before, strict=True)] == [False, True]
    tiny_course.write(tmp_path, lessons=tiny_course.LESSONS.replace('"One"', '"Two"'))
    assert _digest(notebooks, codes[1]) != before[1]


def test_a_lesson_of_an_older_course_is_stale_until_it_is_run(tmp_path: Path) -> None:
    """Writing the source alone makes no output, so it does not make the old ones current."""
    notebooks = tiny_course.write(tmp_path)
    [lesson] = lessons.load(notebooks)
    lesson_build.build(lesson)
    assert lesson_build.check(lesson) == []
    tiny_course.write(tmp_path, lessons=tiny_course.LESSONS.replace('"One"', '"Two"'))
    [lesson] = lessons.load(notebooks)
    lesson_build.build(lesson, execute=False)
    [problem] = lesson_build.check(lesson)
    assert "01_tiny.ipynb is stale: its row in lessons.toml or a module that it shows" in problem
    lesson_build.build(lesson)
    assert lesson_build.check(lesson) == []


def test_only_what_is_stale_is_built_unless_it_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command without a number, twice."""
    notebooks = tiny_course.write(tmp_path)
    ran = []
    for arguments in ([], [], ["01"]):
        assert lessons.main(arguments, notebooks) == 0
        ran.append("in all" in capsys.readouterr().out)
    assert ran == [True, False, True]
