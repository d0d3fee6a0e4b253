"""Judge of exercise 5.3: a sender whose peer reads slowly.

    pause_writing   send(m) ─▶ …waits…            held: one message for each task, not all of them
    resume_writing             ─▶ it returns, and transport.write(m) was called once

Exercises.  Builds on: `grading.scene`.
What is new here: the judge is the transport.  It keeps what it is given, and its `write` may call
`pause_writing` in the middle of a send, as asyncio's does.
Left out: a peer that never reads again; the library ends its connection after `stall_timeout`.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Sequence
from functools import partial
from typing import Any

from ...sandbox import process
from ...sandbox.values import NotPlain
from ...scene import BLOCKS_THE_LOOP, NO_SLEEP, QUIET, STEPS, Scene, Scenes
from ...trial import Answer, Exercise, Verdict, Wrong, WrongIdea

CASES = {
    (FREE := "a peer that reads"):
        "While nothing is paused send writes its message, once, and returns. Nothing is paused at "
        "the beginning.",
    (SLOW := "a peer that stops reading"):
        "After pause_writing no send returns, however long the pause lasts. It sleeps in an await "
        "until resume_writing is called.",
    (RESUME := "when it reads again"):
        "resume_writing lets everybody go on who waits, in their order, and each message is "
        "written once. From then on send waits no more, also if the pause lasted for no time.",
    (AGAIN := "when it stops once more"):
        "pause_writing may be called again after resume_writing, and the effect is the same.",
    (INSIDE := "a pause in the middle of a send"):
        "`write` calls pause_writing itself when the transport holds too much. The pause holds "
        "from that moment, before anything else runs: the next send of the same task waits.",
    (LEAVES := "a sender that is cancelled"):
        "A task that is cancelled while it waits ends with CancelledError. The others must not "
        "notice: they wait, and go on after resume_writing.",
}  # fmt: skip
GIVEN = """
class GivenTransport:
    def __init__(self, wire):
        self._wire = wire

    def write(self, data):
        if self._wire.written(data):
            self._sender.pause_writing()

def connected(wire):
    transport = GivenTransport(wire)
    transport._sender = Sender(transport)
    return transport._sender

async def send_all(sender, messages):
    for message in messages:
        await sender.send(message)
"""
STORIES = (  # steps of `Wire`; a number lets so many seconds pass
    [(FREE, "send 0 end " * 5 + "bytes")],
    [(LEAVES, "pause send send send 0.5 cancel 1 ends resume 3 ends bytes")],
    [(INSIDE, "send_three 0.5 count end " + "flow 0.02 " * 3 + "3 end bytes")],
    [(SLOW, "pause send 2.7 end busy send send send 1"), (RESUME, "resume 3 send 0 ends bytes"),
     (AGAIN, "pause send 0.5 end resume 3 end bytes")],
    [(RESUME, "pause resume send 0.5 end"), (SLOW, "pause send 600 end"),
     (RESUME, "resume 3 bytes")],
)  # fmt: skip
PAUSES = {"polls": 0.05, "polls slowly": 0.5, "polls late": 1.0}


class Right:
    """The answer, with a switch for each mistake."""

    def __init__(self, transport: Any, wrong: Wrong) -> None:
        self.transport, self.wrong, self.paused = transport, wrong, False
        self.waiting: list[asyncio.Future[None]] = []
        self.lock = asyncio.Lock()

    async def send(self, data: bytes) -> None:
        if "queue" in self.wrong:
            self.sending = asyncio.ensure_future(self._send(data))
        else:
            await self._send(data)

    async def _send(self, data: bytes) -> None:
        wrong, before = self.wrong, self.paused
        if "writes first" in wrong:
            self.transport.write(data)
        async with self.lock:
            pass
        while self.paused and not ("no wait" in wrong and before):
            await self._resumed()
        if "writes first" not in wrong and not ("forgets" in wrong and before):
            self.transport.write(data)

    def _resumed(self) -> Awaitable[None]:
        if polls := self.wrong & PAUSES.keys():
            return asyncio.sleep(PAUSES[min(polls)])
        if "shared" not in self.wrong or not self.waiting:
            self.waiting.append(asyncio.get_running_loop().create_future())
        return self.waiting[-1]

    def pause_writing(self) -> None:
        if "lock" in self.wrong:
            self.locking = asyncio.ensure_future(self.lock.acquire())
        else:
            self._do(setattr, self, "paused", True)

    def resume_writing(self) -> None:
        self._do(self._go_on)

    def _do(self, function: Any, *args: Any) -> None:
        soon = asyncio.get_running_loop().call_soon
        soon(function, *args) if "both later" in self.wrong else function(*args)

    def _go_on(self) -> None:
        wrong, waiting = self.wrong, self.waiting
        if self.lock.locked() or "raises" in wrong:
            self.lock.release()
        if wrong & {"wakes last", "last first"}:
            waiting.reverse()
        count = 1 if wrong & {"wakes first", "wakes last"} else len(waiting)
        self.paused, self.waiting = False, waiting[count:]
        for future in waiting[:count]:
            if "fills all" in wrong or not future.done():
                future.set_result(None)


def _story(parts: Sequence[tuple[str, str]], scene: Scene) -> None:
    wire = Wire(scene)
    for wire.case, words in parts:
        for word in words.split():
            wire.step(word)


class Wire:
    """The Sender, what it was given, and what it wrote."""

    def __init__(self, scene: Scene) -> None:
        self.scene, self.case, self.full, self.data = scene, scene.case, False, b""
        self.sent: list[bytes] = []
        self.free: list[bytes] = []  # need not be written
        self.sender = scene.make("connected", scene.lend(self, "written"))

    def written(self, data: bytes) -> bool:
        """Called by the transport; whether this fills it, so that `write` calls `pause_writing`."""
        if not isinstance(data, (bytes, bytearray)):
            raise TypeError("write takes bytes")
        self.data += data
        fills = self.case == INSIDE and not self.full
        self.full = self.full or fills
        self.scene.tell(f"{'':11}write({bytes(data)!r})" + " calls pause_writing()" * fills)
        return fills

    def step(self, word: str) -> None:
        scene, sender, tasks = self.scene, self.sender, self.scene.tasks
        if word == "send":
            scene.start("send", *self._messages(1), on=sender)
        elif word == "send_three":
            scene.start("send_all", sender, self._messages(3))
        elif word in ("pause", "resume"):
            scene.see_call(f"{word}_writing", on=sender, case=self.case)
        elif word == "flow":
            if self.full:  # nobody resumes what is not paused
                scene.call("resume_writing", on=sender)
            self.full = False
        elif word == "cancel":
            self.free = self.sent[:1]
            scene.cancel(tasks[0])
        elif word in ("end", "ends"):
            for task in tasks if word == "ends" else tasks[-1:]:
                scene.see_end(task, case=self.case)
        elif word == "busy":
            turn: Any = scene.turn
            busy = "runs round and round" if turn.restless else "wakes up again and again"
            busy = busy if turn.restless or turn.timers > QUIET else "sleeps"
            scene.see(None, counts=busy, text=f"while it waits, send {busy}")
        elif word == "count":
            count = sum(one in self.data for one in self.sent)
            said = f"{count} of 3 messages have been written by now, and each fills the transport"
            scene.see(None, counts=count if count in (0, 3) else "few", text=said)
        elif word == "bytes":
            self._see_bytes()
        else:  # seconds; more turns of one that polls would say nothing new
            scene.run(float(word), steps=300 if word == "600" else STEPS)

    def _messages(self, count: int) -> list[bytes]:
        first, draw = len(self.sent) + 1, self.scene.chance.randrange
        new = [f"{number}:{draw(10**4)};".encode() for number in range(first, first + count)]
        self.sent += new
        return new

    def _see_bytes(self) -> None:
        """Are the messages there, each of them once, and in order?"""
        wanted = [one for one in self.sent if one not in self.free]
        faults = [("gaps", f"{one!r} was never written") for one in wanted if one not in self.data]
        faults += [("double", f"{one!r} was written {count} times")
                   for one in self.sent if (count := self.data.count(one)) > 1]  # fmt: skip
        if self.data not in (b"".join(wanted), b"".join(self.sent)):
            faults.append(("out of order", f"{self.data!r} was written, in another order"))
        faults.append(("", "every message was written once, in the order of the sends"))
        self.scene.see(None, case=self.case, counts=faults[0][0], text=faults[0][1])


def judge_5_3(answer: Answer, chance: random.Random) -> Verdict:
    trial = Scenes(answer, chance, Right, reads=_kind)
    trial.near = 0.25
    for parts in STORIES:
        trial.play(parts[0][0], partial(_story, parts))
    return trial.verdict()


def _kind(value: Any) -> str:
    """What counts of a result: whether it has to be awaited."""
    return "coroutine" if isinstance(value, NotPlain) and value.type == "coroutine" else "value"


EXERCISES = (Exercise(
    number="5.3", title="A sender that waits", section="pressure", minutes=14, names=("Sender",),
    cases=CASES, judge=judge_5_3, limits=process.Limits(wall=4.0),
    given=(("<the transport>", GIVEN),), guards=(NO_SLEEP,),
    hints=(
        "The transport says when its buffer is full, with pause_writing. What must not happen "
        "from then on, and which call ends it? An asyncio.Event can be set, cleared and awaited.",
        "An event `room`: set at first, cleared by pause_writing, set by resume_writing. send "
        "awaits it. It does not matter whether one message more is written before the wait.",
        "__init__: self.room = asyncio.Event(); self.room.set(). send: await self.room.wait(); "
        "self.transport.write(data). pause_writing: self.room.clear(). resume_writing: "
        "self.room.set().",
    ),
    wrong_ideas={
        "unbounded_buffer": WrongIdea("send returns although the buffer is full",
            "Whoever calls send in a loop then fills the memory, as fast as it can, for one peer "
            "that does not read. A send that waits makes its caller as slow as the reader, and "
            "that is the point.", "queue; no wait; no wait, writes first"),
        "drops_silently": WrongIdea("what does not fit is thrown away",
            "send returned as if all were well, so nobody will send it again. A stream has no "
            "holes: wait, or raise an error, but do not lose a message without a word.",
            "no wait, forgets"),
        "looks_again_and_again": WrongIdea("look, sleep a little, look again",
            "A send that looks whether the pause is over works all the time for nothing, and goes "
            "on too late: a thousand senders that wait wake the loop a thousand times in each "
            "round. Await something that resume_writing does: an asyncio.Event, or a future.",
            "polls; polls slowly; polls late"),
        "pause_takes_a_turn": WrongIdea("the pause begins a moment later",
            "A task that pause_writing starts runs in the next turn of the loop. Until then the "
            "same task sends on and on, and a resume_writing that comes first finds nothing to "
            "undo, so the pause never ends. Change a flag or an Event in pause_writing itself.",
            "lock; lock, raises; both later"),
        "wakes_one_of_them": WrongIdea("resume_writing wakes one of those who wait",
            "Several tasks may wait, each with a message of its own. Keep them all, not only the "
            "last one, and wake each of them; or let all of them await one Event.",
            "wakes first; wakes first, writes first; wakes last; wakes last, writes first"),
        "last_one_first": WrongIdea("whoever came last goes first",
            "The bytes of a stream have an order. Whoever waits longest goes on first: take from "
            "the beginning of the list.", "last first"),
        "one_future_for_all": WrongIdea("one future for all, and a cancelled task takes it along",
            "A task that is cancelled while it awaits a future cancels the future, and all others "
            "who await it are cancelled, too. Give each its own future, or protect the one: await "
            "asyncio.shield(future). An asyncio.Event has a future for each.",
            "shared; shared, writes first; shared, fills all; shared, fills all, writes first"),
        "fills_a_cancelled_future": WrongIdea(
            "resume_writing fills the future of a task that has left",
            "The future of a cancelled task is cancelled, too, and set_result raises "
            "InvalidStateError: all after it on the list are not woken. Ask future.done() first, "
            "or take the future off the list in a finally.", "fills all; fills all, writes first"),
        **BLOCKS_THE_LOOP,
    },
),)  # fmt: skip
