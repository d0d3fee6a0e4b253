"""One source gives what is handed out and what solves it, the same at each build."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat
import pytest

from course_lib.lab import lessons
from course_lib.lab.authoring.lesson_rows import LessonError
from course_lib.lab.grading import exercise_build, exercise_text, registry

from .. import tiny_course

LESSONS = tiny_course.LESSONS.replace('id = "one"', 'id = "build"').replace(
    "given =", 'exercises = ["1.1"]\ngiven ='
)
SOURCE = """\
# %% [markdown] id="request" exercise="1.1" role="prompt"
# ## 1.1 · Write a request
#
# For practice, 8 minutes. Prepared by [One](../notebooks/01_tiny.ipynb#one). Hangul: 안녕.

# %% id="stub" exercise="1.1" role="stub"
def request_bytes(method, target, host, text):
    ### BEGIN SOLUTION
    return b"secret"
    ### END SOLUTION

# %% id="check" exercise="1.1" role="check"
check("1.1")
### BEGIN HIDDEN TESTS
check("1.1").credit()
### END HIDDEN TESTS
"""


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A course of one lesson with one exercise; the folder of its notebooks."""
    notebooks = tiny_course.write(tmp_path, lessons=LESSONS)
    (tmp_path / "solutions" / "_source").mkdir(parents=True)
    _write(notebooks, SOURCE)
    return notebooks


def _write(notebooks: Path, text: str) -> None:
    path = notebooks.parent / "solutions" / "_source" / "01_tiny.py"
    path.write_text(text, encoding="utf-8")


def _cells(notebooks: Path, folder: str) -> list[Any]:
    path = notebooks.parent / folder / "01_tiny.ipynb"
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    return list(notebook.cells)


def test_the_learner_gets_a_stub_and_no_hidden_test(course: Path) -> None:
    """And the solutions' notebook everything, with nbgrader's markers."""
    exercise_build.build_all(lessons.load(course))
    _, stub, check = _cells(course, "exercises")
    assert stub.source == (
        "def request_bytes(method, target, host, text):\n"
        "    # YOUR CODE HERE\n"
        "    raise NotImplementedError()"
    )
    assert check.source == 'check("1.1")'
    assert 'return b"secret"' in _cells(course, "solutions")[1].source
    assert [cell.id for cell in _cells(course, "exercises")] == ["request", "stub", "check"]


def test_cells_carry_the_marks_of_nbgrader(course: Path) -> None:
    """Schema 3: a stub is a solution, a check is locked and has points, the rest is read-only."""
    exercise_build.build_all(lessons.load(course))
    marks = [cell.metadata["nbgrader"] for cell in _cells(course, "exercises")]
    ids = [mark["grade_id"] for mark in marks]
    assert ids == ["exercise-1-1-request", "exercise-1-1-answer", "exercise-1-1"]
    kinds = [(mark["grade"], mark["solution"], mark["locked"]) for mark in marks]
    assert kinds == [(False, False, True), (False, True, False), (True, False, True)]
    assert marks[2]["points"] == registry.find("1.1").points
    assert {mark["schema_version"] for mark in marks} == {3}


@pytest.mark.parametrize("path", sorted(lessons.folder().parent.glob("exercises/*.ipynb")))
def test_nbgraders_name_of_a_cell_is_its_own(path: Path) -> None:
    """A second cell of that name would be graded for the answer."""
    metadata = [cell.metadata.get("nbgrader") for cell in nbformat.read(path, as_version=4).cells]
    names = [marks["grade_id"] for marks in metadata if marks]
    assert len(names) == len({*names})


def test_a_second_build_changes_nothing_and_check_finds_what_is_stale(course: Path) -> None:
    """Bytes, not meanings: the files are generated."""
    chosen = lessons.load(course)
    built = course.parent / "exercises" / "01_tiny.ipynb"
    assert [problem.split(" is ")[1] for problem in exercise_build.problems(chosen)] == [
        "missing; repair it with  python -m course_lib.lab.lessons 01"
    ] * 2
    exercise_build.build_all(chosen)
    before = built.read_bytes()
    exercise_build.build_all(chosen)
    assert built.read_bytes() == before
    assert b"\r\n" not in before and "안녕".encode() in before
    assert exercise_build.problems(chosen) == []
    document = json.loads(before)
    document["cells"][1]["source"] = ["edited"]
    built.write_text(json.dumps(document), encoding="utf-8")
    [problem] = exercise_build.problems(chosen)
    assert "01_tiny.ipynb is stale" in problem


def test_the_command_builds_and_checks_exercises_with_their_lesson(
    course: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`make notebooks` and `make check` need no new word."""
    assert lessons.main(["--check"], course) == 1
    assert "01_tiny.ipynb is missing; repair" in capsys.readouterr().err
    assert lessons.main(["--no-execute"], course) == 0
    assert (course.parent / "exercises" / "01_tiny.ipynb").is_file()
    assert lessons.main(["--check"], course) == 0


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('exercise="1.1" role="stub"', 'exercise="9.9" role="stub"', "no judge knows"),
        ('role="stub"', 'role="stubb"', "role 'stubb'"),
        ('role="stub"', 'role="stub" tags=["x"]', "attributes are exercise and role"),
        ("    ### END SOLUTION\n", "", "### END SOLUTION is missing"),
        ("    ### BEGIN SOLUTION\n", "", "without its BEGIN"),
        ("### END HIDDEN TESTS", "", "### END HIDDEN TESTS is missing"),
        ('id="stub"', 'id="request"', "an id of its own"),
        ('id="request"', 'id="answer"', "nbgrader knows the stub by the name"),
        ('role="check"\ncheck("1.1")', 'role="check"\nprint()', "a check begins with"),
        ("8 minutes", "9 minutes", "the prompt must contain 'For practice, 8 minutes'"),
        ("For practice", "Core", "the prompt must contain 'For practice, 8 minutes'"),
        ("[One]", "[Two]", "the prompt must contain '[One]"),
        ("· Write a request", "· Write", "its first line must be"),
        ('# %% id="check" exercise="1.1" role="check"', '# %% id="check"', "needs one cell"),
    ],
)
def test_a_mistake_in_the_source_is_named(course: Path, old: str, new: str, words: str) -> None:
    """With its file."""
    assert old in SOURCE
    _write(course, SOURCE.replace(old, new, 1))
    with pytest.raises(LessonError) as error:
        exercise_build.targets(lessons.load(course)[0])
    assert words in str(error.value)
    assert "01_tiny.py:" in str(error.value)


def test_a_lesson_whose_exercises_have_no_source_is_reported(course: Path) -> None:
    """Not silently left out."""
    (course.parent / "solutions" / "_source" / "01_tiny.py").unlink()
    [problem] = exercise_build.problems(lessons.load(course))
    assert problem.endswith("01_tiny.py is missing")


def test_a_notebook_that_no_lesson_has_is_reported(course: Path) -> None:
    """What nothing builds would be handed out for ever."""
    exercise_build.build_all(lessons.load(course))
    (course.parent / "exercises" / "07_old.ipynb").write_text("{}", encoding="utf-8")
    [problem] = exercise_build.problems(lessons.load(course))
    assert problem.endswith("07_old.ipynb belongs to no lesson with exercises")


def test_regions_keep_their_indentation_and_code_around_them() -> None:
    """Several in one cell; `revealed` drops the markers alone."""
    cell = (
        "a = 1\n### BEGIN SOLUTION\nb = 2\n### END SOLUTION\n"
        "class C:\n    ### BEGIN SOLUTION\n    c = 3\n    ### END SOLUTION"
    )
    assert exercise_text.handed_out(cell) == (
        "a = 1\n# YOUR CODE HERE\nraise NotImplementedError()\n"
        "class C:\n    # YOUR CODE HERE\n    raise NotImplementedError()"
    )
    assert exercise_text.revealed(cell) == "a = 1\nb = 2\nclass C:\n    c = 3"
