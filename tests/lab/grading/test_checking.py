"""Numbers without quotes, hints that can be read again, and what is open after a pass."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from course_lib.errors import LocalError
from course_lib.lab import checks
from course_lib.lab.authoring import lesson_list
from course_lib.lab.grading import checking, progress, registry

HINTS = registry.find("4.1").hints


@pytest.fixture(autouse=True)
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "progress.jsonl"
    monkeypatch.setenv(progress.VARIABLE, str(path))
    return path


def test_a_number_needs_no_quotes() -> None:
    """All of them can be written as Python writes a number; 3.10 could not."""
    for number, exercise in registry.load().items():
        assert registry.find(number) is exercise
        if not number.startswith("p"):
            assert registry.find(float(number)) is exercise
            assert repr(float(number)) == number
    assert registry.find(" 4.1 ").number == "4.1"
    for ask in (checks.hint, checks.give_up, checks.solution):
        assert ask(4.1).text == ask("4.1").text or ask is checks.hint
    assert progress.of("4.1").gave_up


@pytest.mark.parametrize(
    "number", ["9.9", 9.9, 4, 3.10000001, "p1", True, None, ["4.1"], float("nan")]
)
@pytest.mark.parametrize("ask", [checks.hint, checks.give_up, checks.solution, checks.check])
def test_what_is_no_number_is_answered_with_what_to_write(ask: Any, number: Any) -> None:
    """A primer's number needs quotes: without them it is no Python, which we cannot explain."""
    with pytest.raises(LocalError) as told:
        ask(number)
    assert str(told.value).startswith(
        f"there is no exercise {number!r}. Write its number as in 1.2 or"
    )
    assert 'needs quotes, as in "p1.2"' in str(told.value)


def test_hints_come_one_by_one_and_then_all_at_once(file: Path) -> None:
    """From the progress that is stored, so also in a new kernel."""
    for place, text in enumerate(HINTS, 1):
        assert checks.hint(4.1).text == f"4.1: hint {place} of 3\n{text}"
    shown = checks.hint("4.1")
    assert shown.text == "\n".join(
        ["4.1: all 3 hints", *(f"  {place}  {text}" for place, text in enumerate(HINTS, 1))]
    )
    assert shown.html.count("<li>") == 3
    assert file.read_text().count('"hint"') == 3


def test_a_hint_can_be_read_again_and_none_can_be_skipped(file: Path) -> None:
    """Reading again is not counted, and asking for a later one opens nothing."""
    assert checks.hint(4.1, 1).text == (
        '4.1: hint 1 is not open yet\nchecks.hint("4.1") opens the next one, which is hint 1.'
    )
    checks.hint(4.1)
    assert checks.hint(4.1, 1).text == f"4.1: hint 1 of 3\n{HINTS[0]}"
    assert "which is hint 2" in checks.hint(4.1, 3).text
    assert file.read_text().count("\n") == progress.of("4.1").hints == 1
    for step in (0, 4, -1, True, "1", 1.0):
        with pytest.raises(LocalError, match="there are hints 1 to 3, not"):
            checks.hint(4.1, step)  # type: ignore[arg-type]


def test_more_hints_in_the_file_than_there_are_show_all_of_them(file: Path) -> None:
    """Older versions counted the third one each time it was shown, or two kernels asked at once."""
    for _ in range(5):
        progress.record("4.1", "hint")
    assert checks.hint("4.1").text.startswith("4.1: all 3 hints")
    assert checks.hint("4.1", 3).text.endswith(HINTS[2])


def test_a_hint_that_could_not_be_noted_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or the first one would come again without a reason."""
    monkeypatch.setenv(progress.VARIABLE, str(tmp_path))
    shown = checks.hint(4.1)
    assert shown.text.startswith(
        f"4.1: hint 1 of 3\n{HINTS[0]}\nyour progress could not be written"
    )


def test_what_is_open_after_a_pass_and_what_helps_after_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder without solutions promises none, and a broken file is no reason to fail."""
    exercise, wire = registry.find(4.1), "Run the cell below: it puts your code on the wire."
    ours = f'checks.solution("4.1") shows our answer now. {wire}'
    assert checking._open_now(exercise) == ours
    assert checking._help(exercise) == 'checks.hint("4.1") gives a hint.'
    for _ in HINTS:
        checks.hint(4.1)
    assert checking._help(exercise) == 'checks.hint("4.1") shows your 3 hints again.'
    (tmp_path / "notebooks").mkdir()
    monkeypatch.setattr(lesson_list, "folder", lambda: tmp_path / "notebooks")
    assert checking._open_now(exercise) == wire
    (tmp_path / "solutions").mkdir()
    (tmp_path / "solutions" / "04_x.ipynb").write_text("no notebook")
    assert checking._open_now(exercise) == wire
