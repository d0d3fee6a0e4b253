"""A cell with the learner's code ends soon, and says why."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest

from course_lib.lab.grading.playing import play


def test_what_a_story_returns_is_returned() -> None:
    """And its time is the simulator's."""

    async def story() -> float:
        await asyncio.sleep(500)
        return asyncio.get_running_loop().time()

    assert play(story) == 500.0


def test_a_stub_is_no_error(capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever runs all cells gets to the last one."""

    async def story() -> None:
        raise NotImplementedError

    assert play(story) is None
    assert capsys.readouterr().out == "Not answered yet.\n"


def test_what_waits_for_ever_ends(capsys: pytest.CaptureFixture[str]) -> None:
    """With a clock that goes on, with none, and in a loop that yields."""

    async def sleeps() -> None:
        await asyncio.sleep(1e6)

    async def waits() -> None:
        await asyncio.get_running_loop().create_future()

    async def spins() -> None:
        while True:  # noqa: ASYNC110
            await asyncio.sleep(0)

    for story in (sleeps, waits, spins):
        assert play(story) is None
        assert "did not come to an end" in capsys.readouterr().out


def test_what_lets_nobody_run_is_interrupted(capsys: pytest.CaptureFixture[str]) -> None:
    """A loop without an await that catches every Exception."""

    async def loops() -> None:
        while True:
            try:
                raise EOFError
            except Exception:
                continue

    async def cell() -> None:
        assert play(loops, patience=0.2) is None

    for run in (lambda: play(loops, patience=0.2), lambda: asyncio.run(cell())):
        began = time.monotonic()
        assert run() is None
        assert time.monotonic() - began < 30
        assert "Is there a loop without an await?" in capsys.readouterr().out


def test_any_other_exception_is_raised_and_the_watch_is_over() -> None:
    """The traceback shows the learner's line; nothing interrupts later."""

    async def story() -> None:
        raise ZeroDivisionError

    before = threading.active_count()
    with pytest.raises(ZeroDivisionError):
        play(story, patience=30)
    assert threading.active_count() <= before


def test_the_learner_s_own_interrupt_is_not_swallowed() -> None:
    """The stop button of JupyterLab."""

    async def story() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        play(story)


def test_it_runs_in_another_thread_without_a_watch() -> None:
    """Only the main thread can be interrupted."""
    seen: list[object] = []

    async def story() -> int:
        return 7

    thread = threading.Thread(target=lambda: seen.append(play(story)))
    thread.start()
    thread.join()
    assert seen == [7]
