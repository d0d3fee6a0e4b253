"""A build gives the same bytes twice, keeps what need not change, and stops where a cell fails."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest

from course_lib.lab import lessons
from course_lib.lab.authoring import lesson_build, lesson_rows

from .. import tiny_course


def outputs(lesson: lessons.Lesson) -> dict[str, str]:
    """What each code cell of the stored notebook shows."""
    book = nbformat.read(lesson.notebook, as_version=4)
    shown = {}
    for cell in book.cells:
        if cell.cell_type == "code" and cell.outputs:
            [out] = cell.outputs
            shown[cell.id] = out.get("text") or out.data["text/plain"]
    return shown


def test_building_twice_gives_the_same_bytes_until_the_code_changes(tmp_path: Path) -> None:
    """A measured number stays with its code, and a new port number is no change."""
    folder = tiny_course.write(tmp_path)
    [lesson] = lessons.load(folder)
    lesson_build.build(lesson)
    first, shown = lesson.notebook.read_bytes(), outputs(lesson)
    assert shown["add"] == "2"
    assert b"\r\n" not in first and first.endswith(b"}\n")

    lesson_build.build(lesson)
    assert lesson.notebook.read_bytes() == first
    assert lesson_build.check(lesson) == []

    prose = tiny_course.SOURCE.replace("Three?", "Four?")
    tiny_course.write(tmp_path, source=prose)
    lesson_build.build(lesson, execute=False)
    assert outputs(lesson) == shown
    assert lesson_build.check(lesson) == []

    tiny_course.write(tmp_path, source=prose.replace("1 + 1", "2 + 0"))
    lesson_build.build(lesson)
    assert outputs(lesson)["add"] == "2"
    assert outputs(lesson)["measure"] != shown["measure"]


def test_a_build_knows_nothing_of_its_author(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither what they have passed, nor how they like their figures."""
    passed, taste = tmp_path / "progress.jsonl", tmp_path / "matplotlibrc"
    passed.write_text('{"exercise": "1.1", "event": "pass"}\n', encoding="utf-8")
    taste.write_text("font.size: 31\n", encoding="utf-8")
    monkeypatch.setenv("COURSE_PROGRESS", str(passed))
    monkeypatch.setenv("MATPLOTLIBRC", str(taste))
    code = (
        "import matplotlib\n\nfrom course_lib.lab.grading import progress\n\n"
        "total = 2\n[*progress.load(), matplotlib.rcParams['font.size']]"
    )
    source = tiny_course.SOURCE.replace("total = 1 + 1\ntotal", code)
    [lesson] = lessons.load(tiny_course.write(tmp_path, source=source))
    lesson_build.build(lesson)
    assert outputs(lesson)["add"] == "[10.0]"


def test_a_failing_cell_stops_the_build_and_is_named(tmp_path: Path) -> None:
    """File, line, cell and traceback; the notebook that was there is left alone."""
    source = tiny_course.SOURCE.replace("assert total == 2", "assert total == 3")
    [lesson] = lessons.load(tiny_course.write(tmp_path, source=source))
    lesson.notebook.write_text("before", encoding="utf-8")
    with pytest.raises(lesson_rows.LessonError, match="AssertionError") as caught:
        lesson_build.build(lesson)
    assert f"01_tiny.py:{source[: source.index('measure')].count(chr(10)) + 1}: " in str(
        caught.value
    )
    assert "cell 'measure'" in str(caught.value)
    assert lesson.notebook.read_text(encoding="utf-8") == "before"


def book(*cells: tuple[str, str, str], tag: str = "") -> nbformat.NotebookNode:
    """A notebook of code cells (id, source, printed); the cell `tag` is not compared."""
    made = nbformat.v4.new_notebook()
    for count, (name, source, text) in enumerate(cells, 1):
        out = nbformat.v4.new_output("stream", name="stdout", text=text)
        cell = nbformat.v4.new_code_cell(source, id=name, outputs=[out], execution_count=count)
        if name == tag:
            cell.metadata["tags"] = ["nbval-ignore-output"]
        made.cells.append(cell)
    return made


def printed(made: nbformat.NotebookNode) -> list[str]:
    return ["".join(out.text for out in cell.outputs) for cell in made.cells]


@pytest.mark.parametrize(
    ("code", "options", "kept"),
    [
        (("a", "m"), {}, ["new a", "took 0.12 s"]),
        (("a", "m"), {"ignored": False}, ["new a", "took 3.4 s"]),
        (("a", "m"), {"everything": True}, ["old a", "took 0.12 s"]),
        (("A", "m"), {}, ["new a", "took 3.4 s"]),
        (("A", "m"), {"everything": True}, ["new a", "took 3.4 s"]),
        (("a", "M"), {"everything": True}, ["old a", "took 3.4 s"]),
    ],
)
def test_stored_outputs_are_kept_while_code_at_and_above_is_the_same(
    code: tuple[str, str], options: dict[str, Any], kept: list[str]
) -> None:
    """A measurement stays; what is compared is new, and everything is kept when nothing ran."""
    stored = book(("one", "a", "old a"), ("two", "m", "took 0.12 s"), tag="two")
    built = book(("one", code[0], "new a"), ("two", code[1], "took 3.4 s"), tag="two")
    lesson_build.keep(built, stored, **options)
    assert printed(built) == kept


@pytest.mark.parametrize(
    ("old", "new", "stays"),
    [
        ("key dGhlIHNhbXBsZSBub25jZQ==, 81 fe 00 7e", "key x3JJHMbDL1EzLkh9GBhXDw==, 81 fd", True),
        ("03 The handshake: to come", "03 The handshake: 0 of 5 passed", False),
        ("느리다가 1", "빠르다가 1", False),
        ("legend: bytes", "legend: websocket text", False),
    ],
)
def test_a_measurement_that_says_other_words_is_new(old: str, new: str, stays: bool) -> None:
    """Numbers and keys differ in each run; words differ because the course has changed."""
    stored = book(("m", "m", old), tag="m")
    built = book(("m", "m", new), tag="m")
    lesson_build.keep(built, stored)
    assert (printed(built) == [old]) is stays


def test_a_cell_put_in_front_makes_all_below_new() -> None:
    """The state that a measurement saw may be another one."""
    stored = book(("two", "m", "old m"), tag="two")
    built = book(("one", "a", "new a"), ("two", "m", "new m"), tag="two")
    lesson_build.keep(built, stored)
    assert printed(built) == ["new a", "new m"]


def test_only_a_port_differs_so_the_stored_output_stays() -> None:
    """But a changed word beside the port is a change."""
    stored = book(("a", "a", "at 127.0.0.1:4000"), ("b", "b", "at 127.0.0.1:4000"))
    built = book(("a", "a", "at 127.0.0.1:50123"), ("b", "b", "on 127.0.0.1:50123"))
    lesson_build.keep(built, stored)
    assert printed(built) == ["at 127.0.0.1:4000", "on 127.0.0.1:50123"]


@pytest.mark.parametrize(
    ("change", "difference"),
    [
        (lambda nb: nb.cells[0].update(id="other"), "cell 'title' differs"),
        (lambda nb: nb.cells[2].update(cell_type="markdown"), "cell 'add' differs"),
        (lambda nb: nb.cells[3].metadata.update(tags=[]), "cell 'measure' differs"),
        (lambda nb: nb.cells.pop(), "7 cells, and the source has 8"),
        (lambda nb: nb.metadata.update(title="x"), "its metadata differs"),
    ],
)
def test_check_sees_ids_types_tags_and_number(tmp_path: Path, change: Any, difference: str) -> None:
    """Whatever the source would not give is stale; an output that changed is not."""
    [lesson] = lessons.load(tiny_course.write(tmp_path))
    lesson_build.build(lesson, execute=False)
    stored = nbformat.read(lesson.notebook, as_version=4)
    stored.cells[2].outputs = [nbformat.v4.new_output("stream", text="other")]
    nbformat.write(stored, lesson.notebook)
    assert lesson_build.check(lesson) == []

    change(stored)
    lesson.notebook.write_text(nbformat.v4.writes(stored), encoding="utf-8")
    [problem] = lesson_build.check(lesson)
    assert f"is stale: {difference}; repair it with" in problem


def test_a_notebook_broken_by_a_merge_is_built_anew(tmp_path: Path) -> None:
    """Conflict markers in the stored file are no reason to fail."""
    [lesson] = lessons.load(tiny_course.write(tmp_path))
    lesson.notebook.write_text("<<<<<<< HEAD", encoding="utf-8")
    lesson_build.build(lesson, execute=False)
    assert lesson_build.check(lesson) == []


def test_the_picture_of_a_cell_is_kept_as_a_file_and_compared(tmp_path: Path) -> None:
    """What the README shows is what the notebook shows."""
    image = '<img alt="dot" src="data:image/png;base64,ZG90">'
    drawn = f"from IPython.display import HTML\nHTML({image!r})"
    source = tiny_course.SOURCE.replace(
        "total = 1 + 1\ntotal", drawn + '\n\n# %% id="sum"\ntotal = 2'
    )
    row = tiny_course.LESSONS.replace('title = "Tiny"\n', 'title = "Tiny"\nfigure = "add"\n', 1)
    [lesson] = lessons.load(tiny_course.write(tmp_path, source=source, lessons=row))
    lesson_build.build(lesson)
    assert (tmp_path / "docs" / "01_tiny.png").read_bytes() == b"dot"
    assert lesson_build.check(lesson) == []
    lesson.picture.write_bytes(b"dash")
    [stale] = lesson_build.check(lesson)
    assert "01_tiny.png is stale" in stale
    lesson.figure = "finish"
    with pytest.raises(lesson_rows.LessonError, match="shows no picture"):
        lesson_build.check(lesson)
