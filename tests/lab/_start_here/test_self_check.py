"""The six questions lead to the right primers, with buttons and without."""

from __future__ import annotations

import pytest

from course_lib.errors import LocalError
from course_lib.lab._start_here import self_check

RIGHT = "b c c a c b"
P1, P2, P3 = self_check.PRIMERS.values()


@pytest.mark.parametrize(
    ("answers", "primers"),
    [
        (RIGHT, []),
        ("? ? ? ? ? ?", [P1, P2, P3]),
        ("a c c a c b", [P1]),
        ("b ? c a c b", [P1]),
        ("b c b a c b", [P2]),
        ("b c c b c b", [P2]),
        ("b c c a a b", [P3]),
        ("B C C A ? C", [P3]),
        ("a a c a a a", [P1, P3]),
    ],
)
def test_each_missed_question_recommends_its_primer(answers: str, primers: list[str]) -> None:
    """One wrong or unknown answer is enough; the order is that of the course."""
    assert self_check.recommend(answers.split()) == primers


@pytest.mark.parametrize("answers", ["", "b c c a c", "b c c a c b a", "b c c a c d"])
def test_answers_that_are_none_are_refused_with_an_example(answers: str) -> None:
    """The message shows how to write them."""
    with pytest.raises(LocalError, match='advice\\("b'):
        self_check.advice(answers)


def test_the_advice_links_to_the_primers_and_reads_as_text() -> None:
    """The same in a notebook and in a terminal; with commas, too."""
    advice = self_check.advice("b, c, b, a, c, b")
    assert advice.text == "Read first: p2_bytes_and_text."
    assert '<a href="p2_bytes_and_text.ipynb">' in advice.html
    assert self_check.advice(RIGHT).text == "You are ready: go on with 01."


def test_every_primer_has_two_questions_with_different_answers() -> None:
    """And the right letters form no pattern that a guesser would try."""
    primers = [question.primer for question in self_check.QUESTIONS]
    assert primers == ["p1", "p1", "p2", "p2", "p3", "p3"]
    assert all(len(set(question.answers)) == 3 for question in self_check.QUESTIONS)
    assert len({question.right for question in self_check.QUESTIONS}) == 3


def test_the_buttons_say_the_same_as_the_letters() -> None:
    """The widget asks for what is missing, and then gives the advice."""
    check = self_check.SelfCheck()
    check.widgets()
    check.button.click()
    assert check.result.value == "<p>Not answered yet: 1, 2, 3, 4, 5, 6.</p>"
    for choice, letter in zip(check.choices, ["b", "c", "b", "a", "?", "b"], strict=True):
        choice.value = letter
    assert 'role="alert">Answer 1: b: nobody is served for 5 seconds<' in check.said[0].value
    assert 'role="alert">Answer 5: ?: I don&#x27;t know<' in check.said[4].value
    check.button.click()
    advice = self_check.advice("b c b a ? b").text
    assert check.result.value == f"<p>{advice} The map above leads there.</p>"


def test_where_no_widget_can_be_shown_the_questions_are_read() -> None:
    """The output carries text and HTML beside the widget's view."""
    check = self_check.SelfCheck()
    bundle = check._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    for kind in "text/plain", "text/html":
        assert "How many bytes is the text 안녕 in UTF-8?" in bundle[kind]


def test_a_cell_that_runs_again_keeps_the_answers() -> None:
    """After a click into it, Shift+Enter runs the cell of the questions once more."""
    check = self_check.self_check()
    assert self_check.self_check() is check
    assert check.widgets() is check.widgets()
