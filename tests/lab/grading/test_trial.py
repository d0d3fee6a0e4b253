"""Trials: what is compared, which idea is named, and what earns nothing.

clock(minutes) ─▶ "1:05"        a made-up exercise, with three ideas and a slip
"""

from __future__ import annotations

import random
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

import pytest

from course_lib.lab.grading import answer, marks, registry, runner, submission
from course_lib.lab.grading.exercise import Exercise
from course_lib.lab.grading.sandbox import process, remote
from course_lib.lab.grading.trial import Trial, Wrong, near
from course_lib.lab.grading.verdict import Verdict, WrongIdea

from . import answers, local

SMALL, LARGE = "less than an hour", "more than an hour"


def right(minutes: int, wrong: Wrong) -> str:
    if minutes < 0:
        raise ValueError("no clock runs backwards")
    hour, minute = divmod(minutes, 60)
    minute = minute if "no zero" in wrong else f"{minute:02}"  # type: ignore[assignment]
    if "no hours" in wrong or ("short" in wrong and not hour):
        return f"{minute}"
    return f"{hour}.{minute}" if "dot" in wrong else f"{hour}:{minute}"


IDEAS = {"no_zero": "no zero", "no_hours": "no hours; no hours, no zero", "dot": "dot"}
SLIPS = {"Write the hour, too, when it is 0.": "short"}


def judge(given: answer.Answer, chance: random.Random) -> Verdict:
    trial = Trial(given, chance, right=right, errors=["ValueError"])
    for minutes in (5, 0, chance.randint(20, 40)):
        trial.ask(SMALL, minutes)
    for minutes in (65, 600, -1):
        trial.ask(LARGE, minutes, why="Sixty minutes are an hour.")
    return trial.verdict()


def exercise(judge: Callable[..., Verdict]) -> Exercise:
    return Exercise(
        number="9.9", title="A clock", section="x", minutes=1, names=("clock",),
        cases={SMALL: "Two digits for the minutes.", LARGE: "The hour comes first."},
        hints=("a", "b", "c"), slips=SLIPS,
        wrong_ideas={name: WrongIdea(name, f"not {name}", some) for name, some in IDEAS.items()},
        judge=judge,
    )  # fmt: skip


def graded(text: str, judged: Callable[..., Verdict] = judge, seed: int = 1) -> Verdict:
    handed = submission.whole("the answer", text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(remote.Remote, "launch", local.Local)
        return runner.grade(exercise(judged), handed, seed=seed)


def clock(said: str) -> str:
    return (
        "def clock(minutes):\n    if minutes < 0: raise ValueError\n"
        f"    h, m = divmod(minutes, 60)\n    return {said}\n"
    )


@pytest.mark.parametrize(
    ("said", "idea", "score"),
    [
        ('f"{h}:{m:02}"', "passed", 1.0),
        ('f"{h}:{m}"', "no_zero", 0.0),
        ('str(m).zfill(2)', "no_hours", 0.0),
        ('str(m)', "no_hours", 0.0),  # another program of the same idea
        ('f"{h}.{m:02}"', "dot", 0.0),
        ('f"{h}.{m}"', "no_zero", 0.0),  # two ideas at once: the first is told
        ('f"{h}:{m:02}" if h else f"{m:02}"', "", 0.5),
        ('f"{h}-{m:02}"', "", 0.0),
    ],
)  # fmt: skip
def test_an_idea_is_named_if_its_program_shows_what_the_answer_shows(
    said: str, idea: str, score: float
) -> None:
    """Whatever the draw."""
    for seed in range(3):
        verdict = graded(clock(said), seed=seed)
        assert ("passed" if verdict.passed else verdict.wrong_idea, verdict.score) == (idea, score)


def test_a_slip_is_explained_and_not_named() -> None:
    verdict = graded(clock('f"{h}:{m:02}" if h else f"{m:02}"'))
    assert (verdict.wrong_idea, verdict.why) == ("", "Write the hour, too, when it is 0.")
    assert verdict.observed.startswith("clock(5) gave '05'") and verdict.expected == "'0:05'"


def test_whoever_has_neither_idea_nor_slip_is_told_the_rule() -> None:
    assert graded(clock('f"{h}-{m:02}"')).why == "Two digits for the minutes."
    later = graded(clock('f"{h}:{m:02}" if h < 1 else f"{h};{m:02}"'))
    assert later.why == "Sixty minutes are an hour." and later.score == 0.5


def test_a_coroutine_is_no_value_where_the_right_program_is_plain() -> None:
    """On the wire nobody awaits it either."""
    verdict = graded("async " + clock('f"{h}:{m:02}"'))
    assert (verdict.passed, verdict.score) == (False, 0.0)
    assert verdict.why == "clock is called and not awaited: write def, not async def."


def test_an_exception_that_is_expected_is_described() -> None:
    text = "def clock(minutes):\n    h, m = divmod(abs(minutes), 60)\n    return f'{h}:{m:02}'\n"
    verdict = graded(text)
    assert verdict.expected == "it raises ValueError"
    assert (
        verdict.why == "Nothing can be returned here: raise ValueError. Sixty minutes are an hour."
    )
    other = graded(clock('f"{h}:{m:02}"').replace("raise ValueError", "raise KeyError"))
    assert "it has to be ValueError, and it is KeyError" in other.why
    own = "class Backwards(ValueError): pass\n" + clock('f"{h}:{m:02}"')
    assert graded(own.replace("raise ValueError", "raise Backwards")).passed


@pytest.mark.parametrize(
    "body",
    ["return '0:05'", "return minutes", "return None", "raise ValueError", "return [minutes]"],
)
def test_what_is_always_the_same_earns_nothing(body: str) -> None:
    verdict = graded(f"def clock(minutes):\n    {body}\n")
    assert (verdict.passed, verdict.score) == (False, 0.0)


def test_a_stub_is_not_answered() -> None:
    verdict = graded("def clock(minutes):\n    raise NotImplementedError()\n")
    assert (verdict.attempted, verdict.wrong_idea) == (False, "")


def test_a_process_that_ends_fails_its_case_and_those_after_it() -> None:
    """Whatever the order of the calls: the case before it counts."""
    text = "import os\n" + clock('f"{h}:{m:02}" if minutes < 60 else os._exit(1)')
    for seed in range(4):
        verdict = runner.grade(exercise(judge), submission.whole("a", text), seed=seed)
        assert (verdict.score, verdict.ended) == (0.5, "exit"), verdict.text()


def judge_objects(given: answer.Answer, chance: random.Random) -> Verdict:
    class Right:
        def __init__(self, start: int, wrong: Wrong) -> None:
            self.now, self.wrong = start, wrong

        def add(self, minutes: int) -> str:
            self.now += minutes
            return right(self.now, self.wrong)

    trial = Trial(given, chance, right=Right)
    trial.tell(SMALL, [("add", 1), ("add", 7)], args=[3])
    trial.tell(LARGE, [("add", 61), ("add", 7)], args=[3])
    return trial.verdict()


def test_an_object_is_asked_step_by_step_and_its_story_is_told() -> None:
    text = "class clock:\n    def __init__(self, start): self.now = start\n"
    text += "    def add(self, minutes):\n"
    text += "        self.now += minutes\n        h, m = divmod(self.now, 60)\n        return {}\n"
    assert graded(text.format('f"{h}:{m:02}"'), judge_objects).passed
    verdict = graded(text.format('f"{h}:{m}"'), judge_objects)
    assert (verdict.wrong_idea, verdict.observed) == ("no_zero", "add(1) gave '0:4'")
    late = graded(text.format('f"{h}:{m:02}" if self.now != 71 else "x"'), judge_objects)
    assert late.observed == "add(61)   gave '1:04'\nadd(7)\nthe last one gave 'x'"
    assert graded("clock = 3\n", judge_objects).score == 0.0


def judge_numbers(given: answer.Answer, chance: random.Random) -> Verdict:
    trial = Trial(given, chance, right=lambda a, wrong: a / 4, same=near)
    trial.ask(SMALL, 1)
    trial.ask(LARGE, 1000)
    return trial.verdict()


@pytest.mark.parametrize(
    ("said", "passes"),
    [
        ("fractions.Fraction(a, 4)", True),
        ("decimal.Decimal(a) / 4", True),
        ("a / 4 + 1e-9", True),
        ("a // 4", False),
        ("str(a / 4)", False),
        ("float('nan')", False),
        ("a * 10**400", False),
        ("decimal.Decimal('Infinity')", False),
        ("fractions.Fraction('1' * 300 + 'e99')", False),  # none converts to a float
        ("decimal.Decimal('1' * 200 + 'e99')", False),
        ("fractions.Fraction(1, 10**400)", False),
    ],
)
def test_numbers_of_any_type_are_numbers(said: str, passes: bool) -> None:
    text = f"import fractions, decimal\ndef clock(a): return {said}\n"
    assert graded(text, judge_numbers).passed is passes


def test_a_type_is_blamed_only_if_it_is_not_read() -> None:
    def judged(given: answer.Answer, chance: random.Random) -> Verdict:
        trial = Trial(given, chance, right=lambda a, wrong: [a, a + 1], reads=sorted)
        trial.ask(SMALL, 4)
        trial.ask(LARGE, 90)
        return trial.verdict()

    other = graded("def clock(a): return {a, a + 2}\n", judged)
    assert (other.passed, other.why) == (False, "Two digits for the minutes.")
    number = graded("def clock(a): return a + 1\n", judged)
    assert number.why == "You returned int; expected is list."


def test_members_of_enums_are_their_numbers() -> None:
    def judged(given: answer.Answer, chance: random.Random) -> Verdict:
        trial = Trial(given, chance, right=lambda a, wrong: 400 + a)
        trial.ask(SMALL, 4)
        trial.ask(LARGE, 0)
        return trial.verdict()

    text = "import http\ndef clock(a): return http.HTTPStatus(400 + a)\n"
    assert graded(text, judged).passed


def test_near_is_for_numbers_and_what_holds_them() -> None:
    assert near((1, [Fraction(1, 3)]), (1.0, [1 / 3])) and near(Decimal("0.5"), 0.5)
    assert not near(True, 1) and not near([1], (1,)) and not near(float("nan"), 1.0)
    assert not near("1", 1) and near("1", "1")


def captured(number: str) -> list[Trial]:
    """The trials that the judge of an exercise makes, with all their stories."""
    found: list[Trial] = []

    def verdict(self: Trial) -> Verdict:
        found.append(self)
        return self.marks.verdict()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Trial, "verdict", verdict)
        patch.setattr(remote.Remote, "launch", local.Local)
        given = answer.begin(registry.find(number), [])
        try:
            registry.find(number).judge(given, random.Random(answers.SEED))
        except process.GraderError:
            pass  # no mark was made
        finally:
            given.close()
    return found


SAMPLE = ("1.4", "5.1")  # a function and an object; the others in `wide`
EACH = [pytest.param(number, marks=() if number in SAMPLE else pytest.mark.wide)
        for number in registry.load()]  # fmt: skip


@pytest.mark.parametrize("number", EACH)
def test_each_program_of_a_judge_is_met_by_its_own_name(number: str) -> None:
    """A switch that changes nothing, or is spelled in two ways, would name nobody."""
    [stories] = captured(number)
    programs = [*stories.ideas.items(), *stories.slips.items()]
    assert programs
    for name, wrongs in programs:
        for wrong in wrongs:
            verdict = _of_program(number, stories.program(wrong))
            told = verdict.wrong_idea or verdict.why
            assert (verdict.passed, told) == (False, name), f"{sorted(wrong)}\n{verdict.text()}"


@pytest.mark.parametrize("number", EACH)
def test_the_right_programs_of_a_judge_pass(number: str) -> None:
    """And each of those that are right, too."""
    [stories] = captured(number)
    for wrong in stories.right:
        verdict = _of_program(number, stories.program(wrong))
        assert verdict.passed, f"{sorted(wrong)}\n{verdict.text()}"


def _of_program(number: str, program: answer.Answer) -> Verdict:
    """What the judge says of a program of its own."""
    exercise = registry.find(number)
    program.marks = marks.Marks(exercise)
    try:
        return exercise.judge(program, random.Random(answers.SEED))
    finally:
        program.close()
