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
from collections.abc import Sequence
from typing import Any

from ...sandbox import process
from ...sandbox.values import NotPlain
from ...scene import BLOCKS_THE_LOOP, NO_SLEEP, QUIET, Scene, Scenes, Task
from ...trial import Answer, Exercise, Raised, Verdict, Wrong, WrongIdea

CASES = {
    (FREE := "a peer that reads"): (
        "While nothing is paused send writes its message, once, and returns. Nothing is paused at "
        "the beginning."
    ),
    (SLOW := "a peer that stops reading"): (
        "After pause_writing no send returns, however long the pause lasts. It sleeps in an await "
        "until resume_writing is called."
    ),
    (RESUME := "when it reads again"): (
        "resume_writing lets everybody go on who waits, in their order, and each message is "
        "written once. From then on send waits no more, also if the pause lasted for no time."
    ),
    (AGAIN := "when it stops once more"): (
        "pause_writing may be called again after resume_writing, and has the same effect each time."
    ),
    (INSIDE := "a pause in the middle of a send"): (
        "`write` calls pause_writing itself when the transport holds too much. The pause holds "
        "from that moment, before anything else runs: the next send of the same task waits."
    ),
    (LEAVES := "a sender that is cancelled"): (
        "A task that is cancelled while it waits ends with CancelledError. The others must not "
        "notice: they wait, and go on after resume_writing."
    ),
}
GIVEN = '''
class GivenTransport:
    """The judge's transport.  It says when `write` has to call `pause_writing`."""

    def __init__(self, wire):
        self._wire, self._sender = wire, None

    def belongs_to(self, sender):
        self._sender = sender

    def write(self, data):
        if self._wire.written(data):
            self._sender.pause_writing()


async def send_all(sender, messages):
    for message in messages:
        await sender.send(message)
'''


class Right:
    """The answer, with a switch for each mistake."""

    def __init__(self, transport: Any, wrong: Wrong) -> None:
        self.transport, self.wrong = transport, wrong
        self.paused, self.pauses = "starts paused" in wrong, 0
        self.waiting: list[asyncio.Future[None]] = []
        self.kept: list[bytes] = []
        self.lock = asyncio.Lock()

    async def send(self, data: bytes) -> None:
        wrong, before = self.wrong, self.paused
        if "queue" in wrong:
            self.kept.append(data)
            self._flush()
            return
        if wrong & {"writes first", "twice"}:
            self.transport.write(data)
        if "waits once" not in wrong or not before:
            await self._room()
        if "writes first" not in wrong and not ("forgets" in wrong and before):
            self.transport.write(data)

    async def _room(self) -> None:
        if self.wrong & LOCKS:
            async with self.lock:
                return
        pause = next((PAUSES[one] for one in PAUSES if one in self.wrong), None)
        patience = next((PATIENCE[one] for one in PATIENCE if one in self.wrong), None)
        while self.paused and pause is not None:  # noqa: ASYNC110
            await asyncio.sleep(pause)
        while self.paused:
            if "shared" not in self.wrong or not self.waiting:
                self.waiting.append(asyncio.get_running_loop().create_future())
            try:
                await asyncio.wait_for(self.waiting[-1], patience)
            except TimeoutError:
                if "raises" in self.wrong:
                    raise
                return

    def pause_writing(self) -> None:
        self.pauses += 1
        if self.wrong & LOCKS:
            self.task = asyncio.ensure_future(self.lock.acquire())
        elif "both later" in self.wrong:
            asyncio.get_running_loop().call_soon(setattr, self, "paused", True)
        elif "pauses once" not in self.wrong or self.pauses == 1:
            self.paused = True

    def resume_writing(self) -> None:
        if "both later" in self.wrong:
            asyncio.get_running_loop().call_soon(self._go_on)
        else:
            self._go_on()

    def _go_on(self) -> None:
        wrong = self.wrong
        if "lock or raise" in wrong or self.lock.locked():
            self.lock.release()
        self.paused = "never resumes" in wrong
        waiting, self.waiting = self.waiting, []
        if "wakes first" in wrong:
            waiting, self.waiting = waiting[:1], waiting[1:]
        if wrong & {"wakes last", "last first"}:
            waiting = waiting[::-1][: 1 if "wakes last" in wrong else None]
        for future in [] if "wakes nobody" in wrong or self.paused else waiting:
            if "fills all" in wrong or not future.done():
                future.set_result(None)
        self._flush()

    def _flush(self) -> None:
        while self.kept and not self.paused:
            self.transport.write(self.kept.pop(0))


LOCKS = {"lock", "lock or raise"}
PAUSES = {"polls": 0.05, "polls slowly": 0.5, "polls late": 1.0, "spins": 0.0}
PATIENCE = {"no time": 0.0, "a second": 1.0, "some seconds": 10.0}


class Wire:
    """What was written, and the transport and the Sender that write it.

    If `fills`, each message fills the transport, and `write` calls `pause_writing`.
    """

    def __init__(self, scene: Scene, *, fills: bool = False) -> None:
        self.scene, self.fills, self.full, self.data = scene, fills, False, b""
        self.sent: list[bytes] = []
        transport = scene.make("GivenTransport", scene.lend(self, "written"))
        self.sender = scene.make("Sender", transport)
        if not isinstance(self.sender, Raised):
            scene.stage.call("belongs_to", self.sender, on=transport)

    def written(self, data: bytes) -> bool:
        """Called by the transport; whether the buffer is full from now on, and was not before."""
        if not isinstance(data, (bytes, bytearray)):
            raise TypeError("write takes bytes")
        self.data += data
        fills, self.full = self.fills and not self.full, self.fills
        said = f"write({bytes(data)!r})" + (" calls pause_writing()" if fills else "")
        self.scene.tell(f"{'':11}{said}")
        return fills

    def send(self, count: int = 1) -> Task:
        """Send a message; or several, in one task."""
        first, draw = len(self.sent) + 1, self.scene.chance.randrange
        new = [f"{number}:{draw(10**4)};".encode() for number in range(first, first + count)]
        self.sent += new
        if count > 1:
            return self.scene.start("send_all", self.sender, new)
        return self.scene.start("send", *new, on=self.sender)

    def told(self, name: str, case: str = "") -> None:
        self.scene.see_call(f"{name}_writing", on=self.sender, case=case)

    def see(self, case: str = "", free: Sequence[bytes] = ()) -> None:
        """Are the messages there, in order?  Those in `free` need not be."""
        wanted = [one for one in self.sent if one not in free]
        faults = [("gaps", f"{one!r} was never written") for one in wanted if one not in self.data]
        faults += [("double", f"{one!r} was written {count} times")
                   for one in self.sent if (count := self.data.count(one)) > 1]  # fmt: skip
        if self.data not in (b"".join(wanted), b"".join(self.sent)):
            faults.append(("out of order", f"{self.data!r} was written, in another order"))
        good = "in order", "every message was written once, in the order of the sends"
        found, said = faults[0] if faults else good
        self.scene.see(None, case=case, counts=found, text=said)


def judge_5_3(answer: Answer, chance: random.Random) -> Verdict:
    trial = Scenes(answer, chance, Right, reads=_kind)
    trial.near = 0.25
    trial.play(FREE, _free)
    trial.play(LEAVES, _leaves)
    trial.play(INSIDE, _inside)
    trial.play(SLOW, _slow)
    trial.play(RESUME, _short_and_long)
    return trial.verdict()


def _kind(value: Any) -> str:
    """What counts of a result: whether it has to be awaited."""
    return "coroutine" if isinstance(value, NotPlain) and value.type == "coroutine" else "value"


def _free(scene: Scene) -> None:
    """Five messages, and nothing is paused."""
    wire = Wire(scene)
    for _ in range(5):
        task = wire.send()
        scene.run()
        scene.see_end(task)
    wire.see()


def _slow(scene: Scene) -> None:
    """A pause in which four tasks send; then nothing is paused; then another pause."""
    wire = Wire(scene)
    wire.told("pause")
    tasks = [wire.send()]
    turn = scene.run(2.7)
    scene.see_end(tasks[0])
    busy = "runs round and round" if turn.restless else "wakes up again and again"
    busy = busy if turn.restless or turn.timers > QUIET else "sleeps"
    scene.see(None, counts=busy, text=f"while it waits, send {busy}")
    tasks += [wire.send() for _ in range(3)]
    scene.run(1.0)
    wire.told("resume", RESUME)
    scene.run(3.0)
    tasks.append(wire.send())
    scene.run()
    for task in tasks:
        scene.see_end(task, case=RESUME)
    wire.see(RESUME)
    wire.told("pause", AGAIN)
    task = wire.send()
    scene.run(0.5)
    scene.see_end(task, case=AGAIN)
    wire.told("resume", AGAIN)
    scene.run(3.0)
    scene.see_end(task, case=AGAIN)
    wire.see(AGAIN)


def _short_and_long(scene: Scene) -> None:
    """A pause that ends in the same moment, and one of ten minutes."""
    wire = Wire(scene)
    wire.told("pause")
    wire.told("resume")
    task = wire.send()
    scene.run(0.5)
    scene.see_end(task)
    wire.told("pause", SLOW)
    task = wire.send()
    scene.run(600.0)
    scene.see_end(task, case=SLOW)
    wire.told("resume")
    scene.run(3.0)
    wire.see()


def _inside(scene: Scene) -> None:
    """One task sends three messages, and each of them fills the transport."""
    wire = Wire(scene, fills=True)
    task = wire.send(3)
    scene.run(0.5)
    count = sum(one in wire.data for one in wire.sent)
    said = f"{count} of 3 messages have been written by now, and each fills the transport"
    scene.see(None, counts=count if count in (0, 3) else "few", text=said)
    scene.see_end(task)
    for _ in wire.sent:
        if wire.full:  # nobody resumes what is not paused
            wire.full = False
            scene.call("resume_writing", on=wire.sender)
        scene.run(0.02)
    scene.run(3.0)
    scene.see_end(task)
    wire.see()


def _leaves(scene: Scene) -> None:
    """Three tasks wait, and the first one is cancelled."""
    wire = Wire(scene)
    wire.told("pause")
    tasks = [wire.send() for _ in range(3)]
    scene.run(0.5)
    scene.cancel(tasks[0])
    scene.run(1.0)
    for task in tasks:
        scene.see_end(task)
    wire.told("resume")
    scene.run(3.0)
    for task in tasks[1:]:
        scene.see_end(task)
    wire.see(free=wire.sent[:1])


EXERCISES = (
    Exercise(
        number="5.3",
        title="A sender that waits",
        section="pressure",
        minutes=14,
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
                "queue; no time; writes first, waits once",
            ),
            "drops_silently": WrongIdea(
                "what does not fit is thrown away",
                "send returned as if all were well, so nobody will send it again. A stream has no "
                "holes: wait, or raise an error, but do not lose a message without a word.",
                "no time, forgets",
            ),
            "looks_again_and_again": WrongIdea(
                "look, sleep a little, look again",
                "A send that looks whether the pause is over works all the time for nothing, and "
                "goes on too late: a thousand senders that wait wake the loop a thousand times in "
                "each round. Await something that resume_writing does: an asyncio.Event, or a "
                "future.",
                "polls; polls slowly; polls late",
            ),
            "pause_takes_a_turn": WrongIdea(
                "the pause begins a moment later",
                "A task that pause_writing starts runs in the next turn of the loop. Until then "
                "the same task sends on and on, and a resume_writing that comes first finds "
                "nothing to undo, so the pause never ends. Change a flag or an Event in "
                "pause_writing itself.",
                "lock; lock or raise; both later",
            ),
            "wakes_one_of_them": WrongIdea(
                "resume_writing wakes one of those who wait",
                "Several tasks may wait, each with a message of its own. Keep them all, not only "
                "the last one, and wake each of them; or let all of them await one Event.",
                "wakes first; wakes first, writes first; wakes last; wakes last, writes first",
            ),
            "last_one_first": WrongIdea(
                "whoever came last goes first",
                "The bytes of a stream have an order. Whoever waits longest goes on first: take "
                "from the beginning of the list.",
                "last first",
            ),
            "one_future_for_all": WrongIdea(
                "one future for all, and a cancelled task takes it along",
                "A task that is cancelled while it awaits a future cancels the future, and all "
                "others who await it are cancelled, too. Give each its own future, or protect the "
                "one: await asyncio.shield(future). An asyncio.Event has a future for each.",
                "shared; shared, writes first; shared, fills all; shared, fills all, writes first",
            ),
            "fills_a_cancelled_future": WrongIdea(
                "resume_writing fills the future of a task that has left",
                "The future of a cancelled task is cancelled, too, and set_result raises "
                "InvalidStateError: all after it on the list are not woken. Ask future.done() "
                "first, or take the future off the list in a finally.",
                "fills all; fills all, writes first",
            ),
            **BLOCKS_THE_LOOP,
        },
        judge=judge_5_3,
        slips={
            "sleep(0) comes back at once, so send runs round and round and keeps the processor "
            "busy. Wait for something that resume_writing does: an Event, or a future.": "spins",
            "Nothing is paused at the beginning, so send has to go through. An asyncio.Event is "
            "not set when it is made.": "starts paused",
            "The message is written twice: before the wait, and after it. Once is enough, "
            "wherever.": "twice",
            "The second pause_writing had no effect. What resume_writing has set must be taken "
            "back.": "pauses once",
            "resume_writing wakes nobody: whoever waits stays where it is. Set the Event, or the "
            "result of each future.": "wakes nobody; wakes nobody, writes first; never resumes",
            "An exception is no answer to a pause: the caller would have to try again and again. "
            "Wait for as long as it lasts.": (
                "no time, raises; a second, raises; some seconds, raises"
            ),
            "send waits for some time only. A pause may last longer: wait until resume_writing is "
            "called, without a timeout.": (
                "a second; a second, writes first; some seconds; some seconds, writes first"
            ),
            "The message of a send that had to wait was not written. Write it after the wait, "
            "too.": "forgets",
        },
        limits=process.Limits(wall=4.0),
        given=(("<the transport>", GIVEN),),
        guards=(NO_SLEEP,),
    ),
)
