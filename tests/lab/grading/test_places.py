"""Whose definition is graded, when several cells define the same name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from course_lib.lab import lessons
from course_lib.lab.grading import places, registry, submission
from course_lib.lab.grading.classroom import notebook

from ...exercises import submissions

EXERCISES = lessons.folder().parent / "exercises"
CELLS = {
    cell["id"]: "".join(cell["source"])
    for cell in json.loads(next(EXERCISES.glob("03_*.ipynb")).read_text("utf-8"))["cells"]
}
OWN = "def accept(key): return 'own'"
OTHER = "def accept(key): return 'helper of 3.2'\ndef answer(method, headers): return accept('')"


def _graded(number: str, *cells: tuple[str, str]) -> str:
    """What is graded for the exercise, of cells with these ids, run one after the other."""
    exercise = registry.find(number)
    where = [places.find(exercise.lesson, text, cell_id) for cell_id, text in cells]
    named = [(f"In[{n}]", text) for n, (_, text) in enumerate(cells, 1)]
    found = submission.collect(
        named, exercise.names, lambda cell, name: places.rank(where[cell], name, exercise)
    )
    return "\n".join(text.strip() for _, text in found.parts)


def test_the_answer_to_another_exercise_does_not_replace_this_one() -> None:
    """Where JupyterLab says which cell it was; a later cell of the learner's own does."""
    key, answer = ("key-stub", OWN), ("reply-stub", OTHER)
    assert _graded("3.1", key, answer) == OWN
    assert _graded("3.2", key, answer) == OTHER
    again = "def accept(key): return 'again'"
    assert _graded("3.1", key, answer, ("mine", again)) == again


def test_a_helper_is_not_replaced_by_one_of_another_answer_or_of_ours() -> None:
    """Neither by id nor, in a copied notebook, by text; what nobody else defines is taken."""
    mine = "def with_mine(): return 1\ndef verify(status, headers, key, asked): return with_mine()"
    theirs = "def with_mine(): return 2\nclass Switch:\n    def receive(self, data): pass"
    wire = CELLS["verify-wire"]
    assert "def with_mine" in wire
    for ids in (("verify-stub", "switch-stub", "verify-wire"), ("", "", "")):
        cells = tuple(zip(ids, (mine, theirs, wire), strict=True))
        assert _graded("3.3", *cells) == mine
    assert "def honest" in _graded("3.5", ("", CELLS["verify-servers"]), ("", "Switch = honest"))


def test_a_cell_of_ours_that_was_changed_stays_ours_for_the_names_that_it_had() -> None:
    """What the learner adds there is the learner's."""
    changed = CELLS["reply-wire"] + "\ndef answer(*a): return 'new'\n"
    stub = ("reply-stub", "def with_mine(): pass\ndef answer(*a): return with_mine()")
    assert "'new'" in _graded("3.2", stub, ("reply-wire", changed))
    assert "with_mine(request" not in _graded("3.2", ("reply-wire", changed), stub)


def test_each_reading_of_a_class_knows_places_too(tmp_path: Path) -> None:
    """Metadata says which answer it is, and the text which cell is ours."""
    grade_id = {number: registry.find(number).grade_id for number in ("3.1", "3.2")}
    cells = [
        submissions.code(OWN, grade_id["3.1"], ran=1),
        submissions.code(OTHER, grade_id["3.2"], ran=2),
        submissions.code(CELLS["verify-wire"], ran=3),
    ]
    path = tmp_path / "03_mine.ipynb"
    path.write_text(json.dumps(submissions.notebook(*cells)), encoding="utf-8")
    found = notebook.read(path, [registry.find("3.1"), registry.find("3.2")], 10**6).answers
    assert [[text.strip() for _, text in one.parts] for one in found["3.1"]] == [[OWN]]
    assert [[text.strip() for _, text in one.parts] for one in found["3.2"]] == [[OTHER]]


@pytest.mark.parametrize("number", list(registry.load()))
def test_an_answer_may_have_a_helper_of_any_name_that_our_cells_use(number: str) -> None:
    """All of them, run after it, in the order of the notebook."""
    exercise = registry.find(number)
    [path] = EXERCISES.glob(f"{exercise.lesson}_*.ipynb")
    cells = json.loads(path.read_text("utf-8"))["cells"]
    ours = [(c["id"], "".join(c["source"])) for c in cells if c["cell_type"] == "code"]
    ours = [(i, text) for i, text in ours if places.find(exercise.lesson, text, i).given]
    names = sorted({name for _, text in ours for name in submission.names_in(text)})
    helpers = "".join(f"def {name}(): return 'mine'\n" for name in names)
    uses = ", ".join(f"{name}()" for name in names)
    text = helpers + "".join(f"def {name}(*a): return {uses}\n" for name in exercise.names)
    assert _graded(number, ("", text), *ours) == text.strip()
