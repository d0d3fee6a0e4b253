"""One file, only appended to, which survives what happens to files."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from course_lib.lab.grading import progress


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "my progress.jsonl"
    monkeypatch.setenv(progress.VARIABLE, str(path))
    return path


def test_what_was_done_is_known_again(file: Path) -> None:
    """Attempts, the best score, wrong ideas, hints, giving up, passing."""
    assert progress.of("1.1").state == "new"
    progress.record("1.1", "attempt", score=0.5, idea="no_host")
    progress.record("1.1", "attempt", score=0.25, idea="bare_newline")
    progress.record("1.1", "hint")
    done = progress.of("1.1")
    assert (done.state, done.attempts, done.best, done.hints) == ("tried", 2, 0.5, 1)
    assert done.ideas == ["no_host", "bare_newline"]
    progress.record("1.1", "give_up")
    assert progress.of("1.1").state == "given up"
    progress.record("1.1", "pass", score=1.0)
    assert (progress.of("1.1").state, progress.of("1.1").best) == ("passed", 1.0)
    assert list(progress.load()) == ["1.1"]


def test_a_torn_or_foreign_line_costs_that_line_alone(file: Path) -> None:
    """A power cut, an editor, another version."""
    progress.record("1.1", "pass", score=1.0)
    with file.open("ab") as torn:
        torn.write(b'\xff\xfe\n[]\n{"exercise": 7, "event": "pass"}\n{"event": "odd"}\n{"exer')
    progress.record("1.2", "attempt", score=0.5)
    assert {n: done.state for n, done in progress.load().items()} == {
        "1.1": "passed",
        "1.2": "tried",
    }
    file.write_bytes(b"\0" * 5000)
    assert progress.load() == {}
    progress.record("1.1", "hint")
    assert progress.of("1.1").hints == 1


def test_many_writers_lose_nothing(file: Path) -> None:
    """Two notebooks may be checked at once."""

    def write(number: int) -> None:
        for _ in range(20):
            progress.record(f"1.{number}", "attempt", score=0.5)

    writers = [threading.Thread(target=write, args=(number,)) for number in range(1, 5)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [done.attempts for done in progress.load().values()] == [20] * 4


def test_a_file_that_cannot_be_written_stops_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The learner is told; an empty name keeps nothing."""
    monkeypatch.setenv(progress.VARIABLE, str(tmp_path))
    assert "could not be written" in progress.record("1.1", "hint")
    assert progress.load() == {}
    monkeypatch.setenv(progress.VARIABLE, "")
    assert progress.record("1.1", "hint") == ""
    assert progress.load() == {}


def test_it_is_kept_beside_the_learners_copies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever takes `work` to another computer takes it along; no copy is needed for it."""
    monkeypatch.delenv(progress.VARIABLE, raising=False)
    monkeypatch.setattr(progress.lesson_list, "folder", lambda: tmp_path / "notebooks")
    assert progress.load() == {}
    assert progress.record("1.1", "pass", score=1.0) == ""
    assert (tmp_path / "work" / progress.NAME).is_file()
    assert progress.of("1.1").passed
