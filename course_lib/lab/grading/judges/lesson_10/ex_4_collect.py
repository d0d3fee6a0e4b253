"""Judge of exercise 10.4: the answers of several clients, until a deadline.

    expected  ada  bob  eve        answers  ("answer", "ada", 3) … ("left", "bob", None) …
    at 5 s: ({"ada": 3}, ["bob", "eve"])        sooner, if nobody is waited for any more

Exercises.  Builds on: `grading.scene`.
What is new here: the answers come through a queue of asyncio, in the answer's process.
Left out: who has asked; the queue holds what the library tells.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from functools import partial
from typing import Any

from ...scene import BLOCKS_THE_LOOP, NO_SLEEP, Scene, Scenes
from ...trial import Answer, Exercise, Over, Verdict, Wrong, WrongIdea, text

CASES = {
    (ALL := "all answer"):
        "As soon as the last one has answered: ({client: value, …}, []). A value is one also if "
        "it is None, 0 or ''.",
    (NOBODY := "nobody is asked"): "({}, []), at once: there is nobody to wait for.",
    (SILENT := "some do not answer"):
        "At the deadline: what has come, and the clients that are missing, in the order of "
        "`expected`. The deadline is counted from the call.",
    (LEFT := "a client that leaves"):
        "It cannot answer any more: it is missing, and nobody waits for it. One that leaves after "
        "its answer has answered.",
    (TWICE := "answers that do not count"):
        "A client's first answer counts. One of somebody else, who was not asked, does not.",
}  # fmt: skip
QUEUE = ("<the answers>", "from asyncio import Queue\n")
LONG = 1e6


class Collected:
    """What has come so far, with a switch for each mistake."""

    def __init__(self, expected: list[str], wrong: Wrong) -> None:
        self.expected, self.wrong = expected, wrong
        self.found: dict[str, Any] = {}
        self.gone: dict[str, None] = {}
        self.count = 0
        self.ended = False

    def waits(self) -> bool:
        wrong = self.wrong
        if "in order" in wrong:
            return self.count < len(self.expected)
        over = self.found.keys() | ({} if "waits for departed" in wrong else self.gone).keys()
        if "by name" in wrong:
            return not over >= {*self.expected}
        count = self.count if "counts" in wrong else len(over)
        return not self.ended and ("waits to the end" in wrong or count < len(self.expected))

    def take(self, what: str, client: str, value: Any) -> None:
        wrong, found = self.wrong, self.found
        if client not in self.expected and "strangers" not in wrong:
            if "crashes" in wrong:
                raise ValueError
            return
        if "in order" in wrong and client != self.expected[self.count]:
            return
        if "crashes" in wrong and client in self.found.keys() | self.gone:
            raise ValueError
        if what == "left":
            self.count += 1
            self.gone[client] = None
            self.ended = "left ends" in wrong
            if "left forgets" in wrong:
                found.pop(client, None)
            if "left is None" in wrong:
                found.setdefault(client)
        elif client not in found or "counts" in wrong or "last" in wrong:
            self.count += 1
            if client not in found or "first" not in wrong:
                found[client] = value

    def result(self) -> tuple[dict[str, Any], list[str]]:
        wrong, found = self.wrong, self.found
        lost = [one for one, value in found.items() if value is None and "null" in wrong]
        lost = [one for one, value in found.items() if not value] if "falsy" in wrong else lost
        missing = [one for one in self.expected if one not in found or one in lost]
        if "cut" in wrong:
            found = {client: value for client, value in found.items() if client not in lost}
        if "gone first" in wrong:
            missing.sort(key=[*self.gone, *missing].index)
        gone = self.gone if "gone are not missing" in wrong else {}
        return found, [one for one in missing if one not in gone]


async def right(expected: list[str], answers: Any, deadline: float, wrong: Wrong) -> Any:
    """The answer, with a switch for each mistake."""
    loop, so_far = asyncio.get_running_loop(), Collected(expected, wrong)
    deadline /= 1000 if "milliseconds" in wrong else 1
    end = loop.time() + deadline
    pauses = {"slowly": 1.0, "quickly": 0.01, "spins": 0.0}
    pause = next((some for how, some in pauses.items() if how in wrong), 0.05)
    if "asks first" in wrong and not expected:
        await asyncio.sleep(deadline)
    while so_far.waits():
        while "polls" in wrong and answers.empty() and loop.time() < end:  # noqa: ASYNC110
            await asyncio.sleep(pause)
        left = deadline if "each" in wrong else end - loop.time()
        left = LONG if "no deadline" in wrong else left
        try:
            so_far.take(*await asyncio.wait_for(answers.get(), left))
        except TimeoutError:
            if "raises" in wrong:
                raise
            if "loses" in wrong:
                so_far.found.clear()
            break
    return so_far.result()


def judge_10_4(answer: Answer, chance: random.Random) -> Verdict:
    trial = Scenes(answer, chance, right, reads=_reading)
    ada, bob, eve, kim = (f"{text.name(chance)}{number}" for number in range(4))
    one, two, three = (text.phrase(chance, at_most=3) for _ in range(3))
    all_three, tick = chance.sample([ada, bob, eve], 3), 0.503

    def story(case: str, expected: Sequence[str], *steps: Any, deadline: float = 5.0) -> None:
        trial.play(case, partial(_story, [*expected], deadline, steps))

    def says(client: str, value: Any) -> tuple[str, str, Any]:
        return "answer", client, value

    def left(client: str) -> tuple[str, str, Any]:
        return "left", client, None

    story(ALL, [ada], tick, says(ada, one), 0.1, 2.5, 5.0)
    story(ALL, all_three, tick, says(eve, one), tick, says(ada, two), tick, says(bob, three), 0.1)
    story(ALL, all_three, tick, says(eve, None), says(ada, 0), says(bob, ""), 0.1, 2.5, 5.0)
    story(NOBODY, [], 0.1, 9.0)
    story(SILENT, all_three, 1.0, says(eve, one), 3.5, says(ada, two), 0.6, 5.0)
    story(SILENT, chance.sample([f"{ada}{n}" for n in range(6)], 6), 4.9, 0.2)
    story(SILENT, [ada, bob], 1.0, says(bob, one), 1.5, 1.0, says(ada, two), deadline=3.0)
    story(LEFT, all_three, tick, says(bob, one), tick, left(ada), tick,
          says(eve, two), 0.1, 2.5, 5.0)  # fmt: skip
    story(LEFT, all_three, *(step for one in all_three[::-1] for step in (tick, left(one))), 0.1)
    story(LEFT, [ada, bob], tick, says(ada, one), tick, left(ada), tick,
          says(bob, two), 0.1, 2.5, 5.0)  # fmt: skip
    story(LEFT, [ada, bob], tick, left(kim), tick, left(ada), 5.0, 5.0)
    story(TWICE, [ada, bob], tick, says(ada, one), tick, says(ada, two), tick,
          says(bob, three), 0.1)  # fmt: skip
    story(TWICE, [ada, bob], tick, says(ada, one), tick, says(ada, one), 5.0, 5.0)
    story(TWICE, [ada, bob], tick, says(kim, one), tick, says(ada, two), tick,
          says(bob, three), 0.1)  # fmt: skip
    story(TWICE, [ada, bob], tick, says(kim, one), tick, says(bob, two), 5.0, 5.0)
    return trial.verdict()


def _story(expected: list[str], deadline: float, steps: Sequence[Any], scene: Scene) -> None:
    """What the queue brings; numbers are seconds that pass."""
    queue = scene.make("Queue")
    task = scene.start("collect", expected, queue, deadline)
    busy = scene.run(steps=100).restless
    scene.watch()
    if busy:
        scene.see(None, counts="busy", text="collect asks the queue round and round, without pause")
        raise Over
    for step in steps:
        if isinstance(step, float):
            scene.run(step)
            scene.see_end(task)
            if step > 4:
                scene.see_quiet("collect", case=SILENT)
        else:
            scene.call("put_nowait", step, on=queue)


def _reading(value: Any) -> Any:
    """Both parts; whatever order the dict has."""
    found, missing = value
    return sorted(found.items()), [*missing]


EXERCISES = (Exercise(
    number="10.4", title="Collect answers", section="collect", minutes=12, names=("collect",),
    cases=CASES, judge=judge_10_4, given=(QUEUE,), guards=(NO_SLEEP,),
    hints=(
        "Whom do you still wait for? Keep these clients in a set. Which two events take one out "
        "of it?",
        "One time limit for the whole loop: asyncio.timeout(deadline) around it. When it is over, "
        "TimeoutError ends the loop, and what has come is still in the dict.",
        "waiting = set(expected). try: async with asyncio.timeout(deadline): while waiting: what, "
        "client, value = await answers.get(). If client is in waiting: take it out, and if what "
        "is 'answer', found[client] = value. except TimeoutError: pass. missing: those of "
        "expected that are not in found.",
    ),
    wrong_ideas={
        "one_missing_loses_all": WrongIdea("one that is missing spoils the rest",
            "The others have answered, and their answers are useful: four of five have agreed. "
            "Give back what has come, and say who is missing.", "raises; loses"),
        "waits_for_departed": WrongIdea("a client that has left is waited for",
            "It cannot answer any more, and the library has told you so. Waiting until the "
            "deadline gains nothing.", "waits for departed"),
        "double_counted": WrongIdea("answers are counted, and not clients",
            "One client that answers twice stands for another one, who is then not waited for. "
            "Keep a set of the clients that you wait for.", "counts; counts, first"),
        "deadline_for_each": WrongIdea("each answer has the whole time",
            "With ten clients that take four seconds each, five seconds become forty. The deadline "
            "counts from the call: one asyncio.timeout for the whole loop, or the time of the "
            "loop, loop.time(). (time.monotonic() is another clock.)", "each"),
        "waits_to_the_end": WrongIdea("it always waits until the deadline",
            "The deadline says how long at most. When nobody is waited for any more, nothing else "
            "can come.", "waits to the end"),
        "strangers_count": WrongIdea("whoever answers was asked",
            "A client that has joined after the question was not asked. Its answer is none to "
            "this question.",
            "strangers; strangers, by name; strangers, counts; strangers, counts, first"),
        "no_deadline": WrongIdea("everybody answers at some time",
            "A client may sleep for hours, and its connection lives. The deadline is for it.",
            "no deadline"),
        "departed_not_missing": WrongIdea("a client that has left is not missing",
            "It was asked, and has not answered: whoever reads the result has to know that.",
            "gone are not missing; left is None"),
        "one_after_the_other": WrongIdea("answers come in the order of `expected`",
            "Each client takes its own time. Whoever waits for the first one alone drops what the "
            "others say meanwhile. Take each answer as it comes.", "in order"),
        "left_after_answer": WrongIdea("a client that has left has not answered",
            "It has answered, and then it has left. The answer is there.", "left forgets"),
        "looks_again_and_again": WrongIdea("the queue is asked again and again",
            "Thousands of collectors that look every moment keep the computer busy, and each "
            "answer waits for the next look. await answers.get() sleeps until one is there.",
            "polls; polls, slowly; polls, quickly; polls, spins"),
        **BLOCKS_THE_LOOP,
    },
    slips={
        "The first answer of a client counts.": "last",
        "None, 0 and '' are answers. Ask whether the client is in the dict.":
            "falsy; null; falsy, cut; null, cut",
        "The missing clients stand in the order of `expected`.": "gone first",
        "A client may be told of twice, or was never asked: look before you remove it.":
            "crashes",
        "The deadline is in seconds, and asyncio counts in seconds, too.": "milliseconds",
        "When one has left, the others may still answer.": "left ends",
        "Nobody is asked, so nobody is waited for: return at once.": "asks first",
    },
),)  # fmt: skip
