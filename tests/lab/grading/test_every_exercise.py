"""The graders themselves are graded: stubs fail, solutions pass, wrong ideas are met by name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from course_lib.lab import lessons
from course_lib.lab.grading import registry, submission
from course_lib.lab.grading.verdict import Verdict

from . import answers

EXERCISES = list(registry.load())
TOP = lessons.folder().parent


FRESH = None  # instead of a seed: inputs that no run has seen before


def _built(
    folder: str, number: str, *, seed: int | None = answers.SEED, isolated: bool = False
) -> Verdict:
    """Grade what a built notebook defines, as a class is graded."""
    exercise = registry.find(number)
    [path] = (TOP / folder).glob(f"{exercise.lesson}_*.ipynb")
    document = json.loads(path.read_text(encoding="utf-8"))
    code = [cell for cell in document["cells"] if cell["cell_type"] == "code"]
    cells = [(cell["id"], "".join(cell["source"])) for cell in code]
    handed = submission.collect(cells, exercise.names, given=exercise.given_names)
    return answers.grade(number, handed, seed=seed, isolated=isolated)


@pytest.mark.parametrize("number", EXERCISES)
def test_the_exercise_as_it_is_handed_out_fails(number: str) -> None:
    """A stub passes nothing, names no wrong idea, and counts as not answered."""
    verdict = _built("exercises", number)
    assert (verdict.passed, verdict.score) == (False, 0.0)
    assert (verdict.attempted, verdict.wrong_idea) == (False, "")


@pytest.mark.parametrize("number", EXERCISES)
def test_the_solution_passes(number: str) -> None:
    """With full marks."""
    _passes(_built("solutions", number))


@pytest.mark.wide
@pytest.mark.parametrize("number", EXERCISES)
def test_the_solution_passes_in_a_process_of_its_own(number: str) -> None:
    """Twice, with inputs that are new at each run."""
    for _ in range(2):
        _passes(_built("solutions", number, seed=FRESH, isolated=True))


def _passes(verdict: Verdict) -> None:
    assert verdict.passed, verdict.text()
    assert verdict.score == 1.0


def _each(kind: str) -> pytest.MarkDecorator:
    """Every answer of a kind, in `wide`: twice on new inputs, each in a process.

    Those with a wrong idea are judged in `make test`, too: once, on known inputs.
    """
    values = []
    for number, path in answers.files(kind):
        name = f"{number}-{path.stem}"
        if kind == "wrong":
            values.append(pytest.param(number, path, [answers.SEED], id=name))
        values.append(
            pytest.param(number, path, [FRESH, FRESH], id=f"{name}-twice", marks=pytest.mark.wide)
        )
    return pytest.mark.parametrize(("number", "path", "seeds"), values)


def _graded(number: str, path: Path, seed: int | None) -> Verdict:
    text = path.read_text(encoding="utf-8")
    return answers.grade(number, text, path.name, seed=seed, isolated=seed is FRESH)


@_each("right")
def test_a_right_answer_written_in_another_way_passes(
    number: str, path: Path, seeds: list[int | None]
) -> None:
    """A grader that wants the author's own words is no grader."""
    for seed in seeds:
        _passes(_graded(number, path, seed))


@_each("wrong")
def test_a_wrong_idea_is_rejected_by_its_own_name(
    number: str, path: Path, seeds: list[int | None]
) -> None:
    """The learner is told what was seen, expected, and why."""
    for seed in seeds:
        verdict = _graded(number, path, seed)
        assert not verdict.passed
        assert verdict.wrong_idea == path.stem, verdict.text()
        assert verdict.observed and verdict.expected and verdict.why
        assert verdict.attempted


@_each("unnamed")
def test_a_wrong_answer_is_not_called_by_an_idea_that_it_does_not_have(
    number: str, path: Path, seeds: list[int | None]
) -> None:
    """A name that is wrong misleads the learner, and whoever counts the ideas of a class."""
    for seed in seeds:
        verdict = _graded(number, path, seed)
        assert (verdict.passed, verdict.wrong_idea) == (False, ""), verdict.text()
        assert verdict.observed and verdict.expected
        assert verdict.attempted


@pytest.mark.parametrize("number", EXERCISES)
def test_a_wrong_answer_in_a_process_of_its_own_gets_the_same_verdict(number: str) -> None:
    """One for each exercise: the tests above may leave out the process."""
    texts = {path.stem: path.read_text(encoding="utf-8")
             for n, path in answers.files("wrong") if n == number}  # fmt: skip
    name = next(name for name, text in texts.items() if not text.startswith(answers.ISOLATED))
    here, there = (
        answers.grade(number, texts[name], isolated=isolated) for isolated in (False, True)
    )
    assert there.wrong_idea == name, there.text()
    assert [_content(verdict) for verdict in (here, there)] == [_content(there)] * 2


def _content(verdict: Verdict) -> dict[str, object]:
    """All that is said of the answer, but for what the system could not limit."""
    return {**verdict.as_dict(), "missing": []}


def test_half_an_emoji_is_cut_in_each_place() -> None:
    """Who keeps two bytes at most is found at every run, not by chance."""
    text = """
def feed(rest, piece):
    data = rest + piece
    for kept in 0, 1, 2:
        try:
            return data[: len(data) - kept].decode(), data[len(data) - kept :]
        except UnicodeDecodeError:
            continue
    return "", data
"""
    verdicts = [answers.grade("p2.1", text, seed=FRESH) for _ in range(4)]
    assert {verdict.wrong_idea for verdict in verdicts} == {"withholds_whole_letters"}


def test_a_forgotten_await_is_explained() -> None:
    """Where the value was not even looked at Python's warning tells it."""
    text = "async def read_response(reader):\n    reader.read_until(b'x')\n    return 200, b''\n"
    verdict = answers.grade("1.2", text)
    assert (verdict.wrong_idea, "put await before the call" in verdict.why) == ("", True)


def test_bytes_that_are_cut_have_an_ellipsis() -> None:
    """A learner must not look for a mistake where only the message ends."""
    verdict = answers.grade("1.2", "async def read_response(reader): return 0, b''")
    first = verdict.observed.split("\n")[0]
    assert first.startswith("one piece arrived: b'HTTP/1.1 ") and first.endswith("…")


@pytest.mark.parametrize("number", EXERCISES)
def test_every_wrong_idea_has_an_answer_and_every_exercise_two_variants(number: str) -> None:
    """What is not here is not tested above."""
    found = {kind: [p.stem for n, p in answers.files(kind) if n == number]
             for kind in ("right", "wrong")}  # fmt: skip
    assert sorted(found["wrong"]) == sorted(registry.find(number).wrong_ideas)
    assert len(found["right"]) >= 2


def test_every_answer_belongs_to_an_exercise() -> None:
    """A folder with a wrong number would be graded by nobody."""
    assert {n for kind in answers.KINDS for n, _ in answers.files(kind)} <= set(EXERCISES)


def test_every_exercise_of_lessons_toml_has_a_judge_and_every_judge_a_lesson() -> None:
    """And its section is one of the lesson's."""
    listed = {number: lesson for lesson in lessons.load() for number in lesson.exercises}
    assert set(listed) == set(EXERCISES)
    for number, lesson in listed.items():
        assert registry.find(number).section in [section.id for section in lesson.sections]
