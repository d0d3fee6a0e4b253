"""Partial credit, the idea that is named, and mistakes of a judge."""

from __future__ import annotations

import random
from typing import Any

import pytest

from course_lib.lab.grading import answer, exercise, marks, runner, submission
from course_lib.lab.grading.sandbox import process, values
from course_lib.lab.grading.sandbox.values import NotPlain, Raised
from course_lib.lab.grading.verdict import Verdict, WrongIdea


def _exercise(judge: exercise.Judge) -> exercise.Exercise:
    return exercise.Exercise(
        number="9.1", title="Double", section="x", minutes=1, names=("f",),
        cases={"one": "It doubles.", "two": "Also twice."},
        hints=("a", "b", "c"), wrong_ideas={"triples": WrongIdea("it triples", "It doubles.")},
        judge=judge,
    )  # fmt: skip


def _nothing(_: answer.Answer, __: random.Random) -> Verdict:
    raise AssertionError


def _marks() -> marks.Marks:
    return marks.Marks(_exercise(_nothing))


def _compare(
    found: marks.Marks, case: str, observed: Any, expected: Any, *, given: str = "", idea: str = ""
) -> None:
    """Mark a case as a trial does."""
    if values.same(observed, expected):
        found.right(case)
        return
    found.fail(
        case,
        observed=marks.told(given, observed, beside=expected),
        expected=marks.shown(expected, beside=observed),
        idea=idea,
        diff=marks.diff(observed, expected),
        why=marks.hint_of_type(observed, expected),
        raised=observed if isinstance(observed, Raised) else None,
    )


def test_each_case_counts_once_and_fails_for_good() -> None:
    """A later success does not make it right again."""
    found = _marks()
    _compare(found, "one", 2, 2)
    _compare(found, "two", 4, 5)
    _compare(found, "two", 4, 4)
    verdict = found.verdict()
    assert (verdict.passed, verdict.score, verdict.credit()) == (False, 0.5, 1.0)
    assert (verdict.observed, verdict.expected) == ("4", "5")


def test_a_named_idea_is_shown_before_a_fault_without_name() -> None:
    """It is recognised by the value that it gives."""
    found = _marks()
    _compare(found, "one", 5, 2)
    _compare(found, "two", 6, 4, idea="triples", given="f(2)")
    verdict = found.verdict()
    assert (verdict.wrong_idea, verdict.why) == ("triples", "It doubles.")
    assert (verdict.observed, verdict.expected) == ("f(2) gave 6", "4")


def test_bytes_and_text_get_a_diff_with_the_first_difference() -> None:
    """Expected stands under observed; text is compared as UTF-8."""
    for observed, expected, at in ((b"GET /a\n", b"GET /a\r\n", 6), ("안녕", "안영", 3)):
        found = _marks()
        _compare(found, "one", observed, expected)
        diff = found.verdict().diff
        assert diff is not None
        text = diff.text()
        assert text.index("observed  0000") < text.index("^^") < text.index("expected  0000")
        assert diff.at == at


@pytest.mark.parametrize(
    ("observed", "words"),
    [(None, "Is there a return?"), ("7", "You returned str; expected is int"),
     (NotPlain("Box", "<Box>"), "an object of type Box"),
     (NotPlain("coroutine", "<c>"), "put await"),
     (Raised("AttributeError", "'coroutine' object has no attribute 'decode'"), "put await"),
     (Raised("KeyError", "'x'"), "It doubles.")],
)  # fmt: skip
def test_a_wrong_type_is_explained(observed: object, words: str) -> None:
    """What a beginner meets first."""
    found = _marks()
    _compare(found, "one", observed, 7)
    assert words in found.verdict().why


def test_a_none_inside_a_tuple_is_not_taken_for_a_missing_return() -> None:
    """The function did return something; one of its values was None."""
    found = _marks()
    _compare(found, "one", (400, None), (400, {}))
    assert found.verdict().why == "Value 2 is None. Expected is dict."


def test_the_idea_stands_right_under_the_headline_and_the_hint_at_the_end() -> None:
    """It is what a learner takes away; what was seen shows it, and comes after it."""
    found = _marks()
    _compare(found, "one", 6, 4, idea="triples", given="f(<2>)")
    _compare(found, "two", 1, 1)
    verdict = found.verdict()
    verdict.next, verdict.output = "a hint", "printed"
    text, html = verdict.text(), verdict._repr_html_()
    for whole, words in (
        (text, ["not yet, 1 of 2", "triples: it triples", "It doubles.", "f(<2>) gave 6",
                "NOT  one", "printed", "a hint"]),
        (html, ["not yet, 1 of 2", "<b>it triples</b>", "It doubles.", "triples</code>",
                "f(&lt;2&gt;) gave 6", "wrong: one", "printed", "a hint"]),
    ):  # fmt: skip
        places = [whole.index(word) for word in words]
        assert places == sorted(places)
    assert html.count("It doubles.") == 1


def test_a_pass_lists_what_was_checked_and_what_is_open() -> None:
    """In text and HTML; observed and expected are code, and the reason is prose."""
    found = _marks()
    _compare(found, "one", 2, 2)
    _compare(found, "two", 4, 4)
    verdict = found.verdict()
    verdict.next = 'checks.solution("9.1")'
    assert verdict.text() == ('9.1 Double: passed\n  ok   one\n  ok   two\nchecks.solution("9.1")')
    html = verdict._repr_html_()
    assert "✔ right: one</li>" in html and "✔ right: two</li>" in html
    assert "checks.solution(&quot;9.1&quot;)" in html
    failed = _marks()
    _compare(failed, "one", "a", 2, given="f(1)")
    rows = failed.verdict()._repr_html_().split("<tr>")[1:]
    assert ["font-family:var(--jp-code" in row for row in rows] == [True, True, False]


def test_what_was_not_limited_is_told_once_and_to_whoever_grades_others(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A learner's own code on their own computer needs no warning below each verdict."""
    monkeypatch.setattr("course_lib.lab.grading.verdict._told", set())
    found = _marks()
    _compare(found, "one", 2, 2)
    _compare(found, "two", 4, 4)
    verdict = found.verdict()
    verdict.missing = ["memory"]
    assert "limit" not in verdict.text() + verdict._repr_html_()
    for _ in range(2):
        assert verdict.credit() == 2.0
    assert capsys.readouterr().out.count("This system did not limit: memory.") == 1


def test_a_judge_that_makes_a_mistake_is_a_grader_error() -> None:
    """It is never the learner who failed."""
    found = _marks()
    with pytest.raises(process.GraderError, match="no case 'three'"):
        found.right("three")
    with pytest.raises(process.GraderError, match="no wrong idea 'halves'"):
        _compare(found, "one", 1, 2, idea="halves")
    with pytest.raises(process.GraderError, match="skipped a case"):
        _marks().verdict()
    with pytest.raises(
        process.GraderError, match=r"the judge of 9\.1 failed \(seed 4\): Assertion"
    ):
        runner.grade(_exercise(_nothing), submission.whole("x", "f = abs", ["f"]), seed=4)


def test_what_was_marked_before_the_process_ended_counts() -> None:
    """And the rest has failed."""

    def judge(given: answer.Answer, _: random.Random) -> Verdict:
        _compare(given.marks, "one", given.call("f", 1), 2)
        _compare(given.marks, "two", given.call("f", 2), 4)
        return given.marks.verdict()

    text = "import os\ndef f(x): return 2 if x == 1 else os._exit(0)"
    verdict = runner.grade(_exercise(judge), submission.whole("x", text))
    assert (verdict.passed, verdict.score, verdict.ended) == (False, 0.5, "exit")
    assert "ended its own process" in verdict.observed


def test_a_seed_repeats_a_run() -> None:
    """For whoever looks for a rare failure."""

    def judge(given: answer.Answer, chance: random.Random) -> Verdict:
        for case in ("one", "two"):
            _compare(given.marks, case, given.call("f", chance.random()), None)
        return given.marks.verdict()

    whole = submission.whole("x", "def f(x): return x")
    shown = [runner.grade(_exercise(judge), whole, seed=s).observed for s in (1, 1, 2)]
    assert shown[0] == shown[1] != shown[2]
