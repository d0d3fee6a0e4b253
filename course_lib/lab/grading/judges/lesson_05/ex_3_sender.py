"""Judge of exercise 5.3: a sender whose peer reads slowly.

    pause_writing   send(m) ─▶ …waits…            held: one message for each task, not all of them
    resume_writing             ─▶ it returns, and transport.write(m) was called once

Exercises.  Builds on: `grading` (its stage), `scene`.
What is new here: the judge is the transport.  It says when its buffer is full, counts the bytes
that it is given all the same, and looks at the end for messages that it never got.
Left out: a peer that never reads again; the library ends its connection after `stall_timeout`.
"""

from __future__ import annotations

import random

from ... import text
from ...answer import Answer
from ...exercise import Exercise
from ...sandbox import process
from ...sandbox.remote import RemoteObject
from ...verdict import Verdict, WrongIdea
from .scene import Scene, Transport

FREE = "a peer that reads"
SLOW = "a peer that stops reading"
RESUME = "when it reads again"
AGAIN = "when it stops once more"
LEAVES = "a sender that gives up"
CASES = (FREE, SLOW, RESUME, AGAIN, LEAVES)
MANY = 40  # messages that one task would send


def judge_5_3(answer: Answer, chance: random.Random) -> Verdict:
    for part, cases in ((_story, (FREE, SLOW, RESUME, AGAIN)), (_leaves, (LEAVES,))):
        answer.restart()
        stage, wire = answer.stage(), Transport()
        made = stage.make("Sender", answer.peer(wire, "write"))
        if not isinstance(made, RemoteObject):
            for case in cases:
                answer.marks.equal(case, made, "a Sender", given="Sender(transport)")
            continue
        scene = Scene(answer, stage, made, wire)
        try:
            part(scene, chance)
        except process.Ended as ended:
            if ended.kind not in ("time", "cpu") or not scene.paused:
                raise
            answer.marks.fail(
                SLOW if part is _story else LEAVES,
                observed="pause_writing was called, then send; from then on nothing else could "
                f"run in this process\n{ended}",
                expected="send waits with await, and everybody else goes on",
                idea="blocks_the_loop",
            )
            for case in CASES:  # the second part would hang, too, and for as long
                if case != FREE:
                    answer.marks.fail(case, observed="the process hangs", expected="an answer")
            break
    return answer.marks.verdict()


def _message(chance: random.Random) -> bytes:
    return text.phrase(chance).encode() + b"\n"


def _story(scene: Scene, chance: random.Random) -> None:
    """Send while the transport is free, paused, free again, and paused again."""
    for _ in range(5):
        task = scene.send(_message(chance))
        scene.run()
        if not scene.good(FREE, task, "nothing is paused"):
            return
    if not scene.whole(FREE):
        return
    if not scene.pause(SLOW):
        return
    first = _paused(scene, chance, SLOW)
    if first is None:
        return
    others = [scene.send(_message(chance)) for _ in range(3)]
    scene.run(1.0)
    if not scene.resume(RESUME):
        return
    scene.run()
    for task in (first, *others):
        if not scene.good(RESUME, task, "four tasks send; then resume_writing was called"):
            return
    free = scene.send(_message(chance))
    scene.run()
    if scene.good(RESUME, free, "resume_writing was called, then send") and scene.whole(RESUME):
        scene.pause(AGAIN)
        again = _paused(scene, chance, AGAIN)
        if again is None or not scene.resume(AGAIN):
            return
        scene.run()
        if scene.good(AGAIN, again, "after the second resume_writing"):
            scene.whole(AGAIN)


def _paused(scene: Scene, chance: random.Random, case: str) -> int | None:
    """Send message after message while each send returns; return the task that waits, or None."""
    before, given = len(scene.wire.data), 0
    for number in range(MANY):
        data = _message(chance)
        task = scene.send(data)
        turn = scene.run(60.0)
        told = f"pause_writing was called, then send {number + 1} times"
        if scene.waits(case, task, told, turn):
            return int(task)
        if turn.restless or not scene.returned(task):
            if not turn.restless:
                scene.good(case, task, told, "send waits until resume_writing is called")
            return None
        given += len(data)
    held = len(scene.wire.data) - before
    scene.resume(case)
    scene.run(60.0)
    lost = given - (len(scene.wire.data) - before)
    idea = "drops_silently" if lost > 0 else "unbounded_buffer"
    what = f"{lost} of them never came to the transport" if lost > 0 else (
        f"{held} of them lay in the transport, {given - held} in the Sender, and so on for ever"
    )  # fmt: skip
    scene.marks.fail(
        case,
        observed=f"pause_writing was called, then send {MANY} times, and each time it returned; "
        f"of {given} bytes {what}",
        expected="send waits until resume_writing is called",
        idea=idea if case == SLOW else "",
        why="" if case == SLOW else "The second pause_writing had no effect. What did resume set?",
    )
    return None


def _leaves(scene: Scene, chance: random.Random) -> None:
    """Two sends wait, and one is cancelled; the other's message must be written."""
    if not scene.pause(LEAVES):
        return
    leaving, staying = (scene.send(_message(chance)) for _ in range(2))
    turn = scene.run(1.0)
    for task in (leaving, staying):
        if not scene.waits(LEAVES, task, "pause_writing was called, then send", turn):
            scene.marks.fail(
                LEAVES,
                observed="pause_writing was called, then two tasks send; one did not wait",
                expected="both wait",
            )
            return
    scene.stage.cancel(leaving)
    scene.run()
    if not scene.resume(LEAVES):
        return
    scene.run()
    if scene.good(LEAVES, staying, "two tasks send, one is cancelled, then resume_writing"):
        kept = [data for data in scene.sent if data in scene.wire.data]
        scene.marks.true(
            LEAVES,
            scene.sent[1] in kept and scene.wire.data == b"".join(kept),
            observed=f"transport.write was given {len(scene.wire.data)} bytes",
            expected="the message of the task that stayed, once",
        )


EXERCISES = (
    Exercise(
        number="5.3",
        title="A sender that waits",
        section="pressure",
        minutes=10,
        names=("Sender",),
        cases=CASES,
        hints=(
            "The transport says when its buffer is full, with pause_writing. What must not happen "
            "from then on, and which call ends it? An asyncio.Event can be set, cleared and "
            "awaited.",
            "An event `room`: set at first, cleared by pause_writing, set by resume_writing. send "
            "awaits it. It does not matter whether one message more is written before the wait.",
            "__init__: self.room = asyncio.Event(); self.room.set(). send: await self.room.wait(); "
            "self.transport.write(data). pause_writing: self.room.clear(). resume_writing: "
            "self.room.set().",
        ),
        wrong_ideas={
            "unbounded_buffer": WrongIdea(
                "send returns although the buffer is full",
                "Whoever calls send in a loop then fills the memory, as fast as it can, for one "
                "peer that does not read. A send that waits makes its caller as slow as the "
                "reader, and that is the point.",
            ),
            "drops_silently": WrongIdea(
                "what does not fit is thrown away",
                "send returned as if all were well, so nobody will send it again. A stream has no "
                "holes: wait, or raise an error, but do not lose a message without a word.",
            ),
            "blocks_the_loop": WrongIdea(
                "the wait stops everything",
                "A coroutine that waits without await holds the whole loop: no other connection "
                "is served, and the call of resume_writing, for which it waits, can never come. "
                "Await an asyncio.Event or a future.",
            ),
        },
        judge=judge_5_3,
        limits=process.Limits(wall=4.0),
    ),
)
