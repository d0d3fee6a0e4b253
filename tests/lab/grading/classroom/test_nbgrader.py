"""The built notebooks are assignments of nbgrader: its own programs make, grade and answer them.

Each is made into what is handed out, which is where nbgrader refuses marks that it does not
understand.  One is handed in, graded and answered as well.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from course_lib.lab import lessons
from course_lib.lab.grading import registry

from ....exercises import submissions

pytestmark = pytest.mark.wide  # starts nbgrader's own tools

ROOT = Path(__file__).parents[4]
LESSON = "01"
SLUG = next(lesson.slug for lesson in lessons.load() if lesson.number == LESSON)
EXERCISES = {n: e for n, e in submissions.known().items() if e.lesson == LESSON}
WITH_EXERCISES = [lesson for lesson in lessons.load() if lesson.exercises]
NEEDED = pytest.mark.skipif(
    importlib.util.find_spec("nbgrader") is None,
    reason="needs nbgrader, which `python -m course_lib setup --dev` installs",
)

# In a process of its own: nbgrader's libraries warn of each other, and it changes the folder.
PROGRAM = """
import json, shutil, sys
from pathlib import Path
from nbgrader.apps import NbGraderAPI
from traitlets.config import Config

root, names, numbers = Path(sys.argv[1]), json.loads(sys.argv[2]), json.loads(sys.argv[3])
config = Config()
config.CourseDirectory.root, config.CourseDirectory.course_id = str(root), "course"
api = NbGraderAPI(config=config)
said = {"generate": {number: api.generate_assignment(number) for number in numbers}}
for name in names:
    place = root / "submitted" / name / "01"
    if not place.exists():
        shutil.copytree(root / "release" / "01", place)
    said[name] = [api.autograde("01", name), api.generate_feedback("01", name)]
with api.gradebook as book:
    said["points"] = {
        number: {cell.name: cell.max_score for notebook in book.find_assignment(number).notebooks
                 for cell in notebook.grade_cells}
        for number in numbers
    }
    for name in names:
        handed = book.find_submission("01", name)
        [notebook] = handed.notebooks
        said[name] += [{grade.name: [grade.auto_score, grade.max_score]
                        for grade in notebook.grades}]
print("\\n" + json.dumps(said))
"""


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """An nbgrader course in which three people handed in lesson 01; what nbgrader said of all."""
    root = tmp_path_factory.mktemp("강의 1")
    for lesson in WITH_EXERCISES:
        (root / "source" / lesson.number).mkdir(parents=True)
        path = ROOT / "solutions" / f"{lesson.slug}.ipynb"
        shutil.copy(path, root / "source" / lesson.number)
    for name, answers in {"right": _right(), "wrong": _wrong()}.items():
        place = root / "submitted" / name / "01"
        place.mkdir(parents=True)
        submissions.write(root / "handed", [submissions.Person(name, "right", answers)])
        shutil.move(root / "handed" / name / f"{SLUG}.ipynb", place)
    places = {
        f"JUPYTER_{kind}": str(root / kind) for kind in ("CONFIG_DIR", "DATA_DIR", "RUNTIME_DIR")
    }
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    environ = os.environ | places | {"IPYTHONDIR": str(root / "ipython"), "PATH": path}
    environ |= {"COURSE_PROGRESS": "", "PYTHONPATH": str(ROOT)}
    names = json.dumps(["right", "wrong", "unanswered"])
    numbers = json.dumps([lesson.number for lesson in WITH_EXERCISES])
    ran = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PROGRAM, str(root), names, numbers],
        cwd=root, env=environ, capture_output=True, encoding="utf-8", timeout=400,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    return root, json.loads(ran.stdout.splitlines()[-1])


def _right() -> dict[str, str]:
    return next(p.answers for p in submissions.people() if p.kind == "right")


def _wrong() -> dict[str, str]:
    """Right but for the first exercise, whose answer counts characters: two cases of four hold."""
    path = submissions.HERE / "wrong" / "1.1" / "length_in_characters.py"
    return {**_right(), "1.1": path.read_text(encoding="utf-8")}


def _scores(said: dict[str, Any], name: str) -> dict[str, list[float]]:
    graded, feedback, scores = said[name]
    assert graded["success"] and feedback["success"], (graded["log"], feedback["log"])
    return dict(scores)


@NEEDED
@pytest.mark.parametrize("lesson", WITH_EXERCISES, ids=lambda lesson: lesson.slug)
def test_nbgrader_hands_out_what_we_hand_out(
    lesson: lessons.Lesson, course: tuple[Path, dict[str, Any]]
) -> None:
    """The same cells with the same texts: stubs for solutions, no hidden test."""
    root, said = course
    made = said["generate"][lesson.number]
    assert made["success"], made["log"]
    theirs, ours = (
        [(cell["cell_type"], "".join(cell["source"])) for cell in json.loads(text)["cells"]]
        for text in (
            (root / "release" / lesson.number / f"{lesson.slug}.ipynb").read_text("utf-8"),
            (ROOT / "exercises" / f"{lesson.slug}.ipynb").read_text("utf-8"),
        )
    )
    assert [(kind, text.rstrip()) for kind, text in theirs] == ours


@NEEDED
@pytest.mark.parametrize("lesson", WITH_EXERCISES, ids=lambda lesson: lesson.slug)
def test_nbgrader_knows_each_exercise_and_its_points(
    lesson: lessons.Lesson, course: tuple[Path, dict[str, Any]]
) -> None:
    """One graded cell for each, in the notebook that is handed out and in the one with answers."""
    wanted = {
        exercise.grade_id: float(exercise.points)
        for exercise in submissions.known().values()
        if exercise.lesson == lesson.number
    }
    assert len(wanted) == len(lesson.exercises)
    assert course[1]["points"][lesson.number] == wanted


@NEEDED
def test_a_right_submission_has_all_points(course: tuple[Path, dict[str, Any]]) -> None:
    """As many as the exercise has cases."""
    points = {e.grade_id: [float(e.points)] * 2 for e in EXERCISES.values()}
    assert _scores(course[1], "right") == points


@NEEDED
def test_a_wrong_submission_has_partial_credit_and_its_idea_in_the_feedback(
    course: tuple[Path, dict[str, Any]],
) -> None:
    """Two cases of the first exercise, and all of the others."""
    root, said = course
    exercise = registry.find("1.1")
    points = {e.grade_id: [float(e.points)] * 2 for e in EXERCISES.values()}
    points[exercise.grade_id][0] = 2.0
    assert _scores(said, "wrong") == points
    page = (root / "feedback" / "wrong" / "01" / f"{SLUG}.html").read_text(encoding="utf-8")
    assert exercise.wrong_ideas["length_in_characters"].title in page


@NEEDED
def test_an_unanswered_submission_has_no_points(course: tuple[Path, dict[str, Any]]) -> None:
    """What was handed out is worth nothing."""
    points = {e.grade_id: [0.0, float(e.points)] for e in EXERCISES.values()}
    assert _scores(course[1], "unanswered") == points
    page = course[0] / "feedback" / "unanswered" / "01" / f"{SLUG}.html"
    assert "not answered yet" in page.read_text(encoding="utf-8")
