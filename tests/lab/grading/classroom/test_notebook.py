"""Which folders and notebooks are read, and which text of a notebook is graded."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

from course_lib.errors import LocalError
from course_lib.lab.grading import registry
from course_lib.lab.grading.classroom import files, notebook

from ....exercises import submissions

EXERCISE = registry.find("1.1")
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="platform: needs POSIX's file names")
RIGHT = "def request_bytes(*a):\n    return 1\n"
STUB = "def request_bytes(*a):\n    # YOUR CODE HERE\n    raise NotImplementedError()\n"


def _read(path: Path, *cells: dict[str, Any]) -> dict[str, list[Any]]:
    path.write_text(json.dumps(submissions.notebook(*cells)), encoding="utf-8")
    exercises = list(registry.load().values())
    return notebook.read(path, exercises, files.LARGEST).answers


def _find(folder: Path, **options: Any) -> files.Class:
    """As a run finds them, with an empty folder for what is unpacked."""
    with tempfile.TemporaryDirectory() as room:
        return files.find(folder, Path(room), **options)


def _texts(found: list[Any]) -> list[str]:
    return ["".join(text for _, text in one.parts).strip() for one in found]


def test_metadata_says_to_which_lesson_a_notebook_belongs(tmp_path: Path) -> None:
    """Whatever its name; all exercises of the lesson are handed in, answered or not."""
    found = _read(tmp_path / "x.ipynb", submissions.code(RIGHT, EXERCISE.grade_id))
    assert {*found} == {n for n, e in registry.load().items() if e.lesson == "01"}
    assert _texts(found["1.1"]) == [RIGHT.strip()]


def test_without_metadata_the_name_says_it_and_then_the_functions(tmp_path: Path) -> None:
    """A notebook that somebody copied together is graded, too."""
    assert "1.2" in _read(tmp_path / "01_mine.ipynb", submissions.code(RIGHT))
    assert {*_read(tmp_path / "mine.ipynb", submissions.code(RIGHT))} == {"1.1"}
    assert _read(tmp_path / "mine.ipynb", submissions.code("x = 1")) == {}


def test_an_answer_above_the_stub_is_found(tmp_path: Path) -> None:
    """The stub, run last, is not what was meant; both readings are graded."""
    cells = (submissions.code(RIGHT), submissions.code(STUB, EXERCISE.grade_id))
    assert _texts(_read(tmp_path / "x.ipynb", *cells)["1.1"]) == [STUB.strip(), RIGHT.strip()]


def test_the_order_in_which_cells_were_run_is_another_reading(tmp_path: Path) -> None:
    """As check saw it in the notebook."""
    other = RIGHT.replace("1", "2")
    cells = (submissions.code(RIGHT, ran=9), submissions.code(other, ran=3))
    found = _read(tmp_path / "x.ipynb", *cells)["1.1"]
    assert _texts(found) == [other.strip(), RIGHT.strip()]


def test_the_answer_to_another_exercise_with_the_same_name_is_not_taken(tmp_path: Path) -> None:
    """Two exercises of a lesson may each ask for a Mailbox."""
    names: dict[str, list[str]] = {}
    for number, exercise in registry.load().items():
        for name in exercise.names:
            names.setdefault(name, []).append(number)
    for name, numbers in names.items():
        texts = {number: f"def {name}(): return {number!r}" for number in numbers}
        cells = [submissions.code(t, registry.find(n).grade_id) for n, t in texts.items()]
        found = _read(tmp_path / "x.ipynb", *cells)
        for number in numbers:
            if registry.find(number).names == (name,):
                assert _texts(found[number]) == [texts[number]]


def test_magics_are_read_as_the_kernel_reads_them(tmp_path: Path) -> None:
    """`%matplotlib inline` above a definition is no broken cell."""
    cell = submissions.code("%matplotlib inline\n" + RIGHT, EXERCISE.grade_id)
    [one] = _read(tmp_path / "x.ipynb", cell)["1.1"]
    assert (one.missing, one.broken) == ([], [])


def test_a_cell_that_is_no_python_is_named(tmp_path: Path) -> None:
    """When the answer stands in it; nothing too deep for Python's parser stops the grader."""
    for text in (
        "def request_bytes(:\n",
        "request_bytes = " + "-" * 100_000 + "1",
        "request_bytes\0",
    ):
        [one] = _read(tmp_path / "x.ipynb", submissions.code(text, EXERCISE.grade_id))["1.1"]
        assert (one.missing, one.broken) == (["request_bytes"], ["cell 1"])


def test_a_class_is_folders_with_notebooks(tmp_path: Path) -> None:
    """Checkpoints and what an archive leaves behind are no submissions; a stray one is named."""
    for name in ("kim/b/2.ipynb", "kim/1.ipynb", "kim/.ipynb_checkpoints/1.ipynb", "kim/._1.ipynb",
                 "__MACOSX/kim/1.ipynb", "lee/answer.7z", "stray.ipynb"):  # fmt: skip
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("{}", encoding="utf-8")
    found = _find(tmp_path)
    assert [learner.name for learner in found.learners] == ["kim", "lee"]
    assert [handed.label for handed in found.learners[0].notebooks] == ["1.ipynb", "b/2.ipynb"]
    assert found.learners[1].problems == ["no notebook (there is answer.7z)"]
    assert found.problems == [
        "stray.ipynb belongs to nobody: put it into a folder named for its learner"
    ]


@POSIX
def test_no_link_leads_out_and_no_pipe_is_waited_for(tmp_path: Path) -> None:
    """Links inside a learner's folder are followed; folders that are links are not."""
    (tmp_path / "secret.ipynb").write_text("{}", encoding="utf-8")
    kim = tmp_path / "class" / "kim"
    kim.mkdir(parents=True)
    (kim / "mine.ipynb").write_text("{}", encoding="utf-8")
    (kim / "inside.ipynb").symlink_to("mine.ipynb")
    (kim / "out.ipynb").symlink_to("../../secret.ipynb")
    (kim / "round.ipynb").symlink_to("round.ipynb")
    (kim / "gone.ipynb").symlink_to("nothing.ipynb")
    (kim / "all").symlink_to(tmp_path)
    os.mkfifo(kim / "pipe.ipynb")
    (tmp_path / "class" / "lee").symlink_to(tmp_path)
    found = _find(tmp_path / "class")
    assert [one.label for one in found.learners[0].notebooks] == ["inside.ipynb", "mine.ipynb"]
    assert sorted(found.learners[0].refused) == [
        "gone.ipynb", "out.ipynb", "pipe.ipynb", "round.ipynb"]  # fmt: skip
    assert found.learners[1].notebooks == []
    assert found.learners[1].problems == ["the folder is a link to another place, and was left out"]


@POSIX
def test_folders_within_folders_without_end_do_not_end_the_run(tmp_path: Path) -> None:
    """Python before 3.12 gives up at a thousand; an archive may hold more."""
    for name in ("kim", "lee"):
        (tmp_path / name).mkdir()
    (tmp_path / "kim" / "1.ipynb").write_text("{}", encoding="utf-8")
    here = os.open(tmp_path / "lee", os.O_RDONLY)
    for _ in range(1200):
        os.mkdir("a", dir_fd=here)
        below = os.open("a", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)
    try:
        kim, lee = _find(tmp_path).learners
    finally:
        subprocess.run(["rm", "-r", tmp_path / "lee"], check=True)  # pytest cannot remove it either
    assert ([one.label for one in kim.notebooks], lee.notebooks) == (["1.ipynb"], [])
    assert len(lee.problems) == 1


@POSIX
def test_a_name_that_would_disturb_a_terminal_is_shown_as_escapes(tmp_path: Path) -> None:
    """Controls, line ends, and bytes that are no letters; decomposed Hangul is composed."""
    for name in (b"a\x1b[31m", b"b\nc", b"d\xff", "한".encode()):
        os.mkdir(os.fsencode(tmp_path) + b"/" + name)
    names = [learner.name for learner in _find(tmp_path).learners]
    assert names == ["a\\x1b[31m", "b\\nc", "d\\udcff", "한"]


def test_what_is_too_large_is_not_read(tmp_path: Path) -> None:
    """By its size, and once more when it is read."""
    (tmp_path / "kim").mkdir()
    path = tmp_path / "kim" / "1.ipynb"
    path.write_bytes(b" " * 101)
    [learner] = _find(tmp_path, largest=100).learners
    assert learner.refused == ["1.ipynb"]
    with pytest.raises(LocalError, match="more than 100 bytes"):
        notebook.read(path, [EXERCISE], 100)
