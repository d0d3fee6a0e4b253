"""Scenes: tasks on the judge's clock, what they gave and when, and who stops everybody."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from typing import Any

import pytest

from course_lib.lab.grading import answer, runner, submission
from course_lib.lab.grading.exercise import Exercise
from course_lib.lab.grading.sandbox import remote
from course_lib.lab.grading.scene import BLOCKS_THE_LOOP, NO_SLEEP, Scene, Scenes
from course_lib.lab.grading.trial import Over, Wrong
from course_lib.lab.grading.verdict import Verdict, WrongIdea

from . import local

AWAKE, GONE = "a bell that rings", "a sleeper who leaves"


class Right:
    def __init__(self, wrong: Wrong) -> None:
        self.wrong = wrong
        self.sleepers: list[asyncio.Future[str]] = []

    async def sleep(self, hold: float) -> str:
        if "polls" in self.wrong:
            end = asyncio.get_running_loop().time() + hold
            self.rung = ""
            while not self.rung and asyncio.get_running_loop().time() < end:  # noqa: ASYNC110
                await asyncio.sleep(0.5)
            return self.rung
        future: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.sleepers.append(future)
        try:
            return await asyncio.wait_for(future, hold * (2 if "late" in self.wrong else 1))
        except TimeoutError:
            return ""

    def ring(self, bell: str) -> int:
        self.rung = bell
        ready = [future for future in self.sleepers if not future.done()]
        self.sleepers.clear()
        for future in ready:
            future.set_result(bell)
        return len(ready)


def judge(given: answer.Answer, chance: random.Random) -> Verdict:
    trial = Scenes(given, chance, right=Right)
    trial.play(AWAKE, rings)
    trial.play(GONE, leaves)
    return trial.verdict()


def rings(scene: Scene) -> None:
    bed = scene.make("Bed")
    one, other = scene.start("sleep", 9.0, on=bed), scene.start("sleep", 3.0, on=bed)
    scene.watch()
    scene.run(3.01)
    scene.see_end(one)
    scene.see_end(other)
    scene.see_quiet("a sleeper")
    scene.run(0.8)
    scene.call("ring", f"ding {scene.chance.random()}", on=bed)
    scene.run()
    scene.see_end(one)


def leaves(scene: Scene) -> None:
    bed = scene.make("Bed")
    one = scene.start("sleep", 9.0, on=bed)
    scene.run(1.0)
    scene.cancel(one, "the sleeper leaves")
    scene.run()
    scene.see_end(one)
    scene.see_call("ring", "dong", on=bed)


def graded(text: str, judged: Callable[..., Verdict] = judge, *, isolated: bool = False) -> Verdict:
    exercise = Exercise(
        number="9.9", title="A bed", section="x", minutes=1, names=("Bed",),
        cases={AWAKE: "The bell wakes all.", GONE: "Whoever has gone is woken no more."},
        hints=("a", "b", "c"), judge=judged, guards=(NO_SLEEP,),
        wrong_ideas={"polls": WrongIdea("a", "b", "polls"), "late": WrongIdea("a", "b", "late"),
                     **BLOCKS_THE_LOOP},
    )  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        if not isolated:
            patch.setattr(remote.Remote, "launch", local.Local)
        return runner.grade(exercise, submission.whole("the answer", text), seed=3)


BED = """
import asyncio, time
class Bed:
    def __init__(self): self.bells = set()
    async def sleep(self, hold):
        bell = asyncio.get_running_loop().create_future()
        self.bells.add(bell)
        try:
            WAIT
        finally:
            self.bells.discard(bell)
        return bell.result() if bell.done() and not bell.cancelled() else ""
    def ring(self, said):
        for bell in self.bells: bell.set_result(said)
        return len(self.bells)
"""
WAIT = "await asyncio.wait([bell], timeout=hold)"


def test_another_way_to_wait_is_as_right() -> None:
    """What it gave and when is compared, and not how it waited."""
    for isolated in (False, True):
        verdict = graded(BED.replace("WAIT", WAIT), isolated=isolated)
        assert verdict.passed, verdict.text()


@pytest.mark.parametrize(
    ("wait", "idea", "observed"),
    [
        ("await asyncio.wait([bell], timeout=2 * hold)", "late",
         "sleep(3.0) still waits at 3.01 s"),
        ("await asyncio.wait([bell], timeout=1.4 * hold)", "late",
         "sleep(3.0) still waits at 3.01 s"),
        ("await asyncio.sleep(hold)", "", "sleep(9.0) still waits at 3.81 s"),
        ("for _ in range(round(hold * 5)): bell.done() or await asyncio.sleep(0.2)", "polls",
         "a sleeper wakes up 3"),
        ("time.sleep(hold)", "blocks_the_loop", "TimeSleep: time.sleep(9.0)"),
        ("while not bell.done(): await asyncio.sleep(0)", "", "still waits"),
    ],
)  # fmt: skip
def test_a_fault_is_told_with_its_time_and_explained_by_a_program(
    wait: str, idea: str, observed: str
) -> None:
    """However late, and however often it polls."""
    verdict = graded(BED.replace("WAIT", wait))
    assert (verdict.passed, verdict.wrong_idea) == (False, idea), verdict.text()
    assert observed in verdict.observed, verdict.observed
    assert verdict.why


@pytest.mark.wide  # up to the limit of processor time
def test_whoever_runs_round_and_round_is_named_when_the_process_is_ended() -> None:
    """The case before counts."""
    text = BED.replace("WAIT", WAIT).replace(
        "return len", "\n        while said == 'dong': pass\n        return len"
    )
    verdict = graded(text, isolated=True)
    assert (verdict.wrong_idea, verdict.score) == ("blocks_the_loop", 0.5), verdict.text()


def test_a_story_with_tasks_left_over_is_followed_by_a_new_process() -> None:
    """Its time begins at 0, and nobody of the story before is there."""
    text = BED.replace("WAIT", "await bell").replace("self.bells = set()", "self.bells = BELLS")
    verdict = graded("BELLS = set()\n" + text)
    assert "at 3.01 s" in verdict.observed
    assert "2" not in verdict.expected.split(" at ")[0]


def test_an_object_of_the_judge_may_end_the_story() -> None:
    """Whatever the answer catches."""

    class Phone:
        calls = 0

        def answer(self) -> None:
            self.calls += 1
            raise Over

    def story(scene: Scene) -> None:
        phone = Phone()
        scene.see(0, text="before")
        scene.start("sleep", scene.lend(phone, "answer"), on=scene.make("Bed"))
        scene.run(1.0)
        scene.see(1, text="never")

    class Sleeper:
        def __init__(self, wrong: Wrong) -> None:
            pass

        async def sleep(self, phone: Any) -> None:
            phone.answer()

    def judged(given: answer.Answer, chance: random.Random) -> Verdict:
        trial = Scenes(given, chance, right=Sleeper)
        trial.play(AWAKE, story)
        trial.play(GONE, story)
        return trial.verdict()

    text = "class Bed:\n    async def sleep(self, phone):\n"
    caught = "        try: phone.answer()\n        except BaseException: pass\n"
    for isolated in (False, True):
        assert graded(text + caught, judged, isolated=isolated).passed
        assert not graded(text + "        pass\n", judged, isolated=isolated).passed


def test_whoever_should_still_wait_is_not_told_of_a_type() -> None:
    """What is right there is no value, so the rule of the case says more."""
    text = "class Bed:\n    async def sleep(self, hold): return str(hold)\n"
    verdict = graded(text + "    def ring(self, said): return 0\n")
    assert verdict.expected.endswith("still waits at 3.01 s")
    assert verdict.why == "The bell wakes all."
