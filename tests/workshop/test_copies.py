"""Learners work in copies: laid without outputs, renewed while untouched, never overwritten."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from course_lib.lab.grading import exercise_text, progress
from course_lib.workshop import copies, remedies

ROOT = Path(__file__).parents[2]
LESSON, EXERCISE = Path("notebooks/01_one.ipynb"), Path("exercises/01_one.ipynb")
NEW = "01_one.new.ipynb"
STUB = "def cut(data):\n    # YOUR CODE HERE\n    raise NotImplementedError()"
ANSWER = "def cut(data):\n    return data[1:]"


def cell(source: str, kind: str = "code", **metadata: Any) -> dict[str, Any]:
    made = {"cell_type": kind, "id": "a", "metadata": metadata, "source": source.splitlines(True)}
    if kind == "code":
        output = {"output_type": "stream", "name": "stdout", "text": "the answer of the bet"}
        made |= {"execution_count": 7, "outputs": [output]}
    return made


def notebook(*cells: dict[str, Any]) -> str:
    metadata = {"kernelspec": {"name": "python3"}, "course": {"made_of": "0"}}
    document = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(document, indent=1, ensure_ascii=False)


def lesson(text: str = "1 + 1") -> str:
    return notebook(cell("# 01 · 하나", "markdown"), cell(text))


def exercise(answer: str = STUB, prompt: str = "# Cut") -> str:
    return notebook(cell(prompt, "markdown"), cell(answer, nbgrader={"solution": True}))


class Course:
    """A course of two lessons, the second with exercises, in a folder with Hangul and spaces."""

    def __init__(self, where: Path) -> None:
        self.root = where / "강의 자료 (1)"
        self.work = self.root / "work"
        rows = "".join(f'[[lesson]]\nslug = "{slug}"\n' for slug in ("00_zero", "01_one"))
        self.write("notebooks/lessons.toml", rows)
        for name in ("glossary.toml", "ruff.toml", "_source/01_one.py", "stray.ipynb"):
            self.write(f"notebooks/{name}", "")
        self.write("notebooks/00_zero.ipynb", lesson())
        self.write(LESSON, lesson())
        self.write(EXERCISE, exercise())

    def write(self, name: str | Path, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")

    def lay(self) -> dict[str, str]:
        """What was done, by the name below `work`."""
        return {
            os.path.relpath(laid.path, self.work).replace(os.sep, "/"): laid.done
            for laid in copies.lay(self.root, self.work)
        }

    def read(self, name: str | Path) -> Any:
        return json.loads((self.work / name).read_text("utf-8"))

    def change(self, name: str | Path, change: Callable[[Any], object]) -> None:
        """As an editor does it: the whole file is written anew."""
        document = self.read(name)
        change(document)
        (self.work / name).write_text(json.dumps(document), encoding="utf-8")

    def answer(self, name: str | Path = EXERCISE) -> None:
        self.change(name, lambda doc: doc["cells"][1].update(source=ANSWER))

    def sources(self, name: str | Path) -> list[str]:
        return ["".join(cell["source"]) for cell in self.read(name)["cells"]]


@pytest.fixture
def course(tmp_path: Path) -> Course:
    return Course(tmp_path)


def test_the_copies_have_the_same_names_and_no_outputs(course: Course) -> None:
    """And nothing else is in sight there; the stored notebooks stay as they are."""
    before = (course.root / LESSON).read_bytes()
    names = ["notebooks/00_zero.ipynb", LESSON.as_posix(), EXERCISE.as_posix()]
    assert course.lay() == dict.fromkeys(names, "new")
    found = [path.relative_to(course.work) for path in course.work.rglob("*") if path.is_file()]
    in_sight = sorted(path.as_posix() for path in found if not path.name.startswith("."))
    assert in_sight == sorted(names)
    for name in names:
        for each in course.read(name)["cells"]:
            assert each.get("outputs", []) == [] and each.get("execution_count") is None
    assert course.sources(LESSON) == ["# 01 · 하나", "1 + 1"]
    assert (course.root / LESSON).read_bytes() == before
    assert course.lay() == {}


def _run(document: Any) -> None:
    """As a learner who runs all cells: outputs, counts, and an empty cell below the last one."""
    document["cells"][1].update(cell(document["cells"][1]["source"]))
    document["cells"].append(cell(""))


def _lines(document: Any) -> None:
    """As an editor that keeps each line for itself, with the line ends of Windows."""
    document["cells"][0]["source"] = ["# 01 · 하나\r\n", ""]


@pytest.mark.parametrize("change", [lambda document: None, _run, _lines])
def test_what_nobody_touched_is_renewed_with_the_course(
    course: Course, change: Callable[[Any], object]
) -> None:
    """Outputs do not count; they stay until there is a new version."""
    course.lay()
    course.change(LESSON, change)
    kept = (course.work / LESSON).read_bytes()
    assert course.lay() == {}
    assert (course.work / LESSON).read_bytes() == kept
    course.write(LESSON, lesson("1 + 2"))
    assert course.lay() == {LESSON.as_posix(): "renewed"}
    assert course.sources(LESSON) == ["# 01 · 하나", "1 + 2"]
    assert course.lay() == {}


def test_the_new_version_of_what_was_touched_lies_beside_it(course: Course) -> None:
    """It is renewed in its turn, and gives way to a third name once somebody works in it."""
    course.lay()
    course.answer()
    mine = (course.work / EXERCISE).read_bytes()
    assert course.lay() == {}
    beside = f"exercises/{NEW}"
    for prompt in ("# Cut it", "# Cut it off"):
        course.write(EXERCISE, exercise(prompt=prompt))
        assert course.lay() == {beside: "beside"}
        assert course.sources(beside) == [prompt, STUB]
        assert course.lay() == {}
    course.answer(beside)
    course.write(EXERCISE, exercise(prompt="# Cut once more"))
    assert course.lay() == {"exercises/01_one.new-2.ipynb": "beside"}
    assert course.sources(beside) == ["# Cut it off", ANSWER]
    assert course.lay() == {}
    assert (course.work / EXERCISE).read_bytes() == mine


@pytest.mark.parametrize("text", ["# my note", "# 01 · 하나\n\nmy note"])
def test_a_note_in_a_lesson_counts(course: Course, text: str) -> None:
    """Prose is a cell's source, too; so is a cell that was added."""
    course.lay()
    course.change(LESSON, lambda doc: doc["cells"].append(cell(text, "markdown")))
    course.write(LESSON, lesson("1 + 2"))
    assert course.lay() == {f"notebooks/{NEW}": "beside"}


def test_whoever_deletes_their_own_gets_the_new_version_in_its_place(course: Course) -> None:
    """Nothing lies beside it any more, and the map has nothing to say."""
    course.lay()
    course.answer()
    course.write(EXERCISE, exercise(prompt="# Cut it"))
    course.lay()
    (course.work / EXERCISE).unlink()
    assert course.lay() == {EXERCISE.as_posix(): "new"}
    assert [path.name for path in (course.work / "exercises").iterdir()] == [EXERCISE.name]


def test_whoever_takes_the_new_version_over_has_it(course: Course) -> None:
    """The new text in the learner's own file: what lay beside it has done its work."""
    course.lay()
    course.answer()
    course.write(EXERCISE, exercise(prompt="# Cut it"))
    course.lay()
    course.change(EXERCISE, lambda doc: doc["cells"][0].update(source="# Cut it"))
    course.change(EXERCISE, lambda doc: doc["cells"][1].update(source=STUB))
    assert course.lay() == {}
    assert not (course.work / "exercises" / NEW).exists()


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"\0" * 900,
        b"<<<<<<< HEAD\n",
        b"\xff\xfe{}",
        b"[]",
        b'{"cells": 7}',
        b'{"cells": [1], "metadata": {}}',
        b'{"cells": [{"source": [1]}]}',
        b"[" * 100_000,
    ],
)
def test_what_cannot_be_read_is_left_alone(course: Course, damage: bytes) -> None:
    """A power cut, a merge, another program: something may still be saved from it."""
    course.lay()
    (course.work / LESSON).write_bytes(damage)
    assert course.lay() == {f"notebooks/{NEW}": "beside"}
    assert (course.work / LESSON).read_bytes() == damage
    assert course.lay() == {}


@pytest.mark.parametrize("metadata", [{}, {"course": None}, {"course": {"handed_out": 3}}, None])
def test_without_its_digest_a_copy_is_taken_for_touched(course: Course, metadata: Any) -> None:
    """Whatever removed it: as long as the course is the same, nothing has to be done."""
    course.lay()
    course.change(LESSON, lambda doc: doc.update(metadata=metadata))
    assert course.lay() == {}
    course.write(LESSON, lesson("1 + 2"))
    assert course.lay() == {f"notebooks/{NEW}": "beside"}
    assert course.sources(LESSON) == ["# 01 · 하나", "1 + 1"]


def test_a_copy_that_was_made_read_only_is_not_renewed(course: Course) -> None:
    """Somebody protects it; root could write all the same."""
    course.lay()
    (course.work / LESSON).chmod(0o444)
    course.write(LESSON, lesson("1 + 2"))
    assert course.lay() == {f"notebooks/{NEW}": "beside"}


def test_a_renamed_copy_is_the_learners_and_the_name_is_filled_again(course: Course) -> None:
    """A file that the course does not know is never looked at."""
    course.lay()
    mine = course.work / "notebooks" / "내 노트.ipynb"
    (course.work / LESSON).rename(mine)
    kept = mine.read_bytes()
    course.write(LESSON, lesson("1 + 2"))
    assert course.lay() == {LESSON.as_posix(): "new"}
    assert mine.read_bytes() == kept


def test_a_folder_or_a_dead_link_of_that_name_stays(course: Course) -> None:
    """The copy is laid beside it."""
    (course.work / LESSON).mkdir(parents=True)
    if os.name != "nt":
        (course.work / EXERCISE).parent.mkdir()
        (course.work / EXERCISE).symlink_to(course.root / "nowhere.ipynb")
        assert course.lay()[f"exercises/{NEW}"] == "beside"
    else:
        assert course.lay()[f"notebooks/{NEW}"] == "beside"
    assert (course.work / LESSON).is_dir()


@pytest.mark.parametrize("name", ["work", "work/exercises"])
def test_a_file_where_the_folder_belongs_has_a_remedy(course: Course, name: str) -> None:
    """It is not removed."""
    course.write(name, "mine")
    with pytest.raises(remedies.SetupError, match=r"is no folder[\s\S]*another name"):
        course.lay()
    assert (course.root / name).read_text("utf-8") == "mine"


def test_a_folder_that_cannot_be_written_has_a_remedy(
    course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a disk that is mounted read-only, where root cannot write either."""

    def refused(path: Path, on_wait: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(copies.locking, "held", refused)
    with pytest.raises(remedies.SetupError, match=r"could not be written[\s\S]*belongs to you"):
        copies.main(course.root)


def test_a_stored_notebook_that_cannot_be_read_costs_only_itself(course: Course) -> None:
    """It is named each time, until it is restored."""
    course.write(LESSON, "<<<<<<< HEAD")
    for _ in range(2):
        found = copies.lay(course.root, course.work)
        assert copies.Laid("broken", course.root / LESSON) in found
        assert "notebooks/01_one.ipynb: cannot be read" in copies.said(found, course.work)
    assert (course.work / EXERCISE).is_file()


def test_answers_that_were_given_in_exercises_are_carried_over_once(course: Course) -> None:
    """With their helpers, without outputs; what the learner does with them later is theirs."""
    helper = cell("def helper(): ...")
    text = json.loads(exercise(ANSWER))
    text["cells"].append(helper)
    course.write(EXERCISE, json.dumps(text))
    course.write("notebooks/.progress.jsonl", '{"exercise": "1.1", "event": "pass"}\n')
    assert course.lay()[EXERCISE.as_posix()] == "carried"
    assert course.sources(EXERCISE) == ["# Cut", ANSWER, "def helper(): ..."]
    assert "the answer of the bet" not in (course.work / EXERCISE).read_text("utf-8")
    kept = course.work / progress.NAME
    assert kept.read_text("utf-8") == '{"exercise": "1.1", "event": "pass"}\n'
    course.answer()
    course.change(EXERCISE, lambda doc: doc["cells"].pop())
    kept.write_text("", encoding="utf-8")
    mine = (course.work / EXERCISE).read_bytes()
    assert course.lay() == {}
    assert ((course.work / EXERCISE).read_bytes(), kept.read_bytes()) == (mine, b"")
    course.write(EXERCISE, exercise(prompt="# Cut it"))
    assert course.lay() == {f"exercises/{NEW}": "beside"}
    assert (course.work / EXERCISE).read_bytes() == mine


def test_with_git_a_carried_answer_knows_what_it_answers(course: Course) -> None:
    """When the checkout is cleaned, the same exercise does not appear as a new version."""
    for command in (["init", "-q"], ["add", "exercises"]):
        subprocess.run(["git", "-C", str(course.root), *command], check=True, capture_output=True)
    course.write(EXERCISE, exercise(ANSWER))
    assert course.lay()[EXERCISE.as_posix()] == "carried"
    course.write(EXERCISE, exercise())
    assert course.lay() == {}
    course.write(EXERCISE, exercise(prompt="# Cut it"))
    assert course.lay() == {f"exercises/{NEW}": "beside"}


def test_work_can_be_moved_to_another_checkout(course: Course, tmp_path: Path) -> None:
    """What was handed out is in the copies: one is renewed there, the other has its neighbour."""
    course.lay()
    course.answer()
    other = Course(tmp_path / "other")
    other.write(LESSON, lesson("1 + 2"))
    other.write(EXERCISE, exercise(prompt="# Cut it"))
    shutil.move(course.work, other.work)
    assert other.lay() == {LESSON.as_posix(): "renewed", f"exercises/{NEW}": "beside"}


def test_two_at_once_lay_each_copy_once(course: Course) -> None:
    """The second one waits, and finds nothing to do."""
    found: list[copies.Laid] = []
    start = threading.Barrier(4)

    def lay() -> None:
        start.wait()
        found.extend(copies.lay(course.root, course.work))

    threads = [threading.Thread(target=lay) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [laid.done for laid in found] == ["new"] * 3
    assert not list(course.work.rglob("*.half"))


def test_what_is_said(course: Course) -> None:
    """How many are new; each file that was renewed, laid beside or carried; else nothing."""
    course.write(EXERCISE, exercise(ANSWER))
    said = copies.said(copies.lay(course.root, course.work), course.work)
    assert said.split("\n") == [
        f"You work in {course.work}:",
        "  2 new copies of lessons and exercises, without outputs",
        "  exercises/01_one.ipynb: new, with your answers from exercises/",
    ]
    course.write(EXERCISE, exercise(prompt="# Cut it"))
    course.write(LESSON, lesson("1 + 2"))
    said = copies.said(copies.lay(course.root, course.work), course.work)
    assert said.split("\n")[1:] == [
        "  notebooks/01_one.ipynb: renewed: you had not changed it",
        "  exercises/01_one.new.ipynb: the new version; yours stays beside it",
    ]
    assert copies.said([], course.work) == ""


def test_the_lab_and_the_workshop_mean_the_same() -> None:
    """The workshop may not import the lab, so it has some names of its own."""
    assert copies._STUB == exercise_text.STUB
    assert copies.PROGRESS == progress.NAME
    assert copies.FOLDER in Path(progress.lesson_list.folder().parent / "work").parts


def test_the_copies_of_this_course(tmp_path: Path) -> None:
    """Each lesson and its exercises, without output or count, and no other file."""
    work = tmp_path / "work"
    found = copies.lay(ROOT, work)
    assert {laid.done for laid in found} == {"new"}
    names = {path.relative_to(work).as_posix() for path in work.rglob("*.*") if path.is_file()}
    stored = {
        p.relative_to(ROOT).as_posix() for t in copies.TOPS for p in (ROOT / t).glob("*.ipynb")
    }
    assert names - {".lock"} == stored
    for name in stored:
        copy = json.loads((work / name).read_text("utf-8"))
        ours = json.loads((ROOT / name).read_text("utf-8"))
        for new, old in zip(copy["cells"], ours["cells"], strict=True):
            assert "".join(new["source"]) == "".join(old["source"])
            assert new.get("outputs", []) == [] and new.get("execution_count") is None
            assert (new["id"], new["metadata"]) == (old["id"], old["metadata"])


def test_it_needs_no_package(tmp_path: Path) -> None:
    """`make release` runs it on a bare Python."""
    code = (
        "import sys, pathlib; from course_lib.workshop import copies; "
        "print(len(copies.lay(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))))"
    )
    command = [sys.executable, "-S", "-c", code, str(ROOT), str(tmp_path / "work")]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8")
    assert (int(answer.stdout), answer.stderr) == (len(list(copies.stored(ROOT))), "")
