"""Judge of exercise 6.4: one message for all readers, one of which reads very slowly.

    fan_out([slow, mina, joon], message)      mina, joon   have it in that moment
                                              slow         has 100,000 bytes waiting at most, and
                                                           each message in order, or a 1013

Exercises.  Builds on: `grading.scene`.
What is new here: the readers are objects of the judge, and it counts all bytes that a reader has
not read, be they in a buffer, in a queue, or in a task of the answer.  130 messages in one moment
tell a bound in bytes from one in seconds.
Left out: who is in the list; the judge removes a connection that has ended, as a server does.
"""

from __future__ import annotations

import asyncio
import math
import random
from typing import Any

from ...marks import gave
from ...scene import BLOCKS_THE_LOOP, NO_SLEEP, Scene, Scenes, Task
from ...trial import Answer, Exercise, Raised, Verdict, Wrong, WrongIdea, text

CASES = {
    (EVERYBODY := "everybody reads"):
        "Each connection of the list is sent the message, as it is, and fan_out returns. It is an "
        "async function.",
    (OTHERS := "one reads slowly: the others"):
        "Nobody may wait for another one's network, miss a message because of it, or be ended. An "
        "exception of fan_out ends the call, and all who come later in the list miss the message.",
    (BOUND := "one reads slowly: what waits for it"):
        "Count in bytes: when about 100,000 are waiting for a reader, its connection is ended. "
        "Waiting calls and queues keep messages, too.",
    (LOSS := "one reads slowly: nothing is lost in silence"):
        "A reader whose connection goes on gets every message, in order. If there is no room for "
        "one, end the connection.",
    (BEHIND := "a reader who is slow for a moment"):
        "70,000 bytes are not too much. The limit is for each reader, and `unsent` counts what "
        "waits now, in bytes.",
}  # fmt: skip
LIMIT = 100_000  # bytes that may wait for a reader, as the exercise says
ROOM = 1.2  # times the limit: more than that is too much
SIZE = 1_150  # characters of a message
RAISES = (
    "A send raises ConnectionClosed when its connection has ended, also one that was waiting while "
    "another call ended it. Catch that."
)
GIVEN = '''
import asyncio


class ConnectionClosed(Exception):
    pass


class GivenConnection:
    """What the answer holds: an end of the judge's connection, on which it is told everything."""

    def __init__(self, reader):
        self._reader, self._waiting, self._ended, self.unsent = reader, [], False, 0

    def send_nowait(self, message):
        if self._ended:
            raise ConnectionClosed("this connection has ended")
        self.unsent = self._reader.sent(message)

    async def send(self, message):
        await self._room()
        self.send_nowait(message)
        await self._room()

    async def _room(self):
        while self.unsent > 65_536 and not self._ended:
            future = asyncio.get_running_loop().create_future()
            self._waiting.append(future)
            await future
        if self._ended:
            raise ConnectionClosed("this connection has ended")

    def fail(self, code, reason):
        if code in (1004, 1005, 1006, 1015) or not 1000 <= code < 5000:
            raise ValueError(f"no Close frame carries the code {code}")
        self._ended = True
        self._reader.failed()
        self.wake(self.unsent)

    def wake(self, unsent):
        self.unsent, waiting, self._waiting = unsent, self._waiting, []
        for future in waiting:
            if not future.done():
                future.set_result(None)
'''


async def right(connections: list[Any], message: str, wrong: Wrong) -> None:
    """The answer, with a switch for each mistake."""
    if patient := wrong & {"patience", "raises", "serial", "deadline"}:
        if patient == wrong:  # else nothing is sent: whoever waits has no second idea
            await _patiently(connections, message, wrong)
        return
    limit = math.inf if "no bound" in wrong else 1_900 if "no backlog" in wrong else LIMIT
    total = sum(one.unsent for one in connections) if "limit for all" in wrong else 0
    left_out = "sends nothing" in wrong
    for connection in connections:
        waits = connection.unsent and max(total, connection.unsent + len(message.encode()))
        if left_out:
            left_out = "sends nothing" in wrong
        elif waits <= limit:
            connection.send_nowait(message)
        elif "skips" not in wrong:
            for other in connections if "ends all" in wrong else [connection]:
                other.fail(1013, "too slow")
            if "ends all" in wrong:
                return
            left_out = "removes" in wrong


async def _patiently(connections: list[Any], message: str, wrong: Wrong) -> None:
    async def one(connection: Any) -> None:
        try:
            async with asyncio.timeout(None if wrong == {"serial"} else 5):
                await connection.send(message)
        except TimeoutError:
            connection.fail(1013, "too slow")

    if "patience" in wrong:
        await asyncio.gather(*map(one, connections), return_exceptions="raises" not in wrong)
        return
    for connection in connections:
        await one(connection)


class Reader:
    """The other end of a connection.  `quick`: it reads everything at once."""

    def __init__(self, scene: Scene, *, quick: bool) -> None:
        self.scene, self.quick, self.ended = scene, quick, False
        self.got: list[Any] = []
        self.said = self.read = 0  # bytes
        self.most = 0  # bytes that were kept, wherever
        self.unread: list[int] = []
        self.held = scene.make("GivenConnection", scene.lend(self, "sent", "failed"))

    def sent(self, message: Any) -> int:
        """A message came.  How many bytes wait now?"""
        if not self.ended:
            self.got.append(message)
            if not self.quick:
                self.unread.append(len(message.encode()) if isinstance(message, str) else 0)
        return sum(self.unread)

    def failed(self) -> None:
        """The answer has ended the connection."""
        self.ended = True

    def take(self, count: int) -> None:
        """Read so many of the messages that wait."""
        self.read += sum(self.unread[:count])
        del self.unread[:count]
        self.scene.stage.call("wake", sum(self.unread), on=self.held)
        self.scene.run()


class Crowd:
    """Some readers, and what was said to them."""

    def __init__(self, scene: Scene, *quick: bool) -> None:
        self.scene, self.readers = scene, [Reader(scene, quick=each) for each in quick]
        self.said: list[str] = []
        self.words = text.phrase(scene.chance)
        self.late = ""  # the first message that a quick reader did not have at once

    def say(self, count: int, every: float = 0.0, together: int = 1) -> None:
        """Send messages to all that are still connected.  The loop runs after each few."""
        for _ in range(count // together):
            there = [reader for reader in self.readers if not reader.ended]
            for _ in range(together):
                message = f"{len(self.said)} {self.words} ".ljust(SIZE, ".")
                self.said.append(message)
                number = self.scene.stage.start("fan_out", [one.held for one in there], message)
                self.scene.tasks.append(Task(number, "fan_out", self.scene.now))
                for reader in there:
                    reader.said += len(message.encode())
            self.scene.run()
            for reader in there:
                if not reader.ended:
                    reader.most = max(reader.most, reader.said - reader.read)
                if reader.quick and len(reader.got) < len(self.said):
                    self.late = self.late or f"message {len(reader.got) + 1}"
            if every:
                self.scene.run(every)

    def see_calls(self, readers: int = 0) -> None:
        """Has a call raised an exception?  And have the first of the readers everything?"""
        values = (task.value for task in self.scene.tasks)
        error = next((value for value in values if isinstance(value, Raised)), None)
        said = "no call of fan_out raised an exception"
        said = f"a call of fan_out {gave(error)}" if error else said
        why = RAISES if error is not None and error.type == "ConnectionClosed" else ""
        self.scene.see(error, counts=self.scene.reading(error), text=said, why=why)
        for number in range(1, readers + 1):
            self.see(number)

    def see(self, number: int, case: str = "", *, may_end: bool = False) -> None:
        """Has this reader everything?  If it `may_end`, the first ones and the end are as good."""
        reader, who = self.readers[number - 1], f"reader {number}"
        missing = [at for at, one in enumerate(self.said, 1) if one not in reader.got]
        found, said = "everything", f"{who} has all messages, in order"
        if reader.ended and reader.got == self.said[: len(reader.got)]:
            found = "everything" if may_end else "ended"
            said = f"{who} has the first {len(reader.got)} messages, and then its connection ends"
        elif missing:
            found = "gaps" if reader.got else "nothing"
            said = f"{who} never got {len(missing)} messages; the first is message {missing[0]}"
        elif reader.got != self.said:
            found, said = "out of order", f"{who} has all messages, in another order or twice"
        self.scene.see(None, case=case, counts=found, text=said)


def judge_6_4(answer: Answer, chance: random.Random) -> Verdict:
    trial = Scenes(answer, chance, right, errors=["ConnectionClosed"])
    trial.play(EVERYBODY, _everybody)
    trial.play(OTHERS, _slow)
    trial.play(BEHIND, _behind)
    return trial.verdict()


def _everybody(scene: Scene) -> None:
    """Five messages for three readers."""
    crowd = Crowd(scene, True, True, True)
    scene.tell("5 messages for 3 readers, who read at once")
    crowd.say(5, 0.1)
    crowd.see_calls(readers=3)


def _slow(scene: Scene) -> None:
    """A slow reader is the first in the list.  After a second many messages come at once."""
    crowd = Crowd(scene, False, True, True)
    slow, *quick = crowd.readers
    scene.tell("reader 1 reads slowly, 2 and 3 at once; 10 messages come in a second")
    for _ in range(2):
        crowd.say(5, 0.1)
        slow.take(1)
    scene.tell("130 messages come in one moment; then reader 1 reads nothing for 6 s")
    crowd.say(130, together=10)
    end = "ended then" if slow.ended else "ended later"
    scene.run(6.0)
    end = end if slow.ended else "never ended"
    left = sum(slow.unread)
    for _ in range(4):  # what an answer keeps in a queue comes with the next messages
        while slow.unread and not slow.ended:
            slow.take(50)
        crowd.say(1, 0.5)
    slow.take(50)
    crowd.see_calls()
    if crowd.late and all(one in reader.got for reader in quick for one in crowd.said):
        scene.see(None, counts="late", text=f"reader 2 had to wait for {crowd.late}")
    else:
        crowd.see(2)
    crowd.see(3)
    dropped = not slow.ended and len(slow.got) < len(crowd.said)
    kept = left if dropped else slow.most
    found, said = "enough", f"about {LIMIT:,} bytes at most are kept for reader 1"
    if not slow.got:
        found, said = "nothing", "reader 1 never got anything"
    elif kept > ROOM * LIMIT:
        found, said = end, f"{kept:,} bytes were kept for reader 1, which was {end}"
    scene.see(None, case=BOUND, counts=found, text=said)
    crowd.see(1, LOSS, may_end=True)


def _behind(scene: Scene) -> None:
    """One reader reads nothing for a while, and later three of them."""
    crowd = Crowd(scene, True, True, True, True)
    for count, behind, who in ((60, 1, "reader 1 reads"), (32, 3, "readers 1 to 3 read")):
        slow = crowd.readers[:behind]
        for reader in slow:
            reader.quick = False
        scene.tell(f"{count} messages come in {count / 10:g} s; {who} none of them, and then all")
        crowd.say(count, 0.4, together=4)
        for reader in slow:
            reader.quick = True
            reader.take(count)
        crowd.say(3, 0.1)
        crowd.see_calls(readers=behind)


EXERCISES = (Exercise(
    number="6.4", title="One slow reader", section="slow-reader", minutes=15, names=("fan_out",),
    cases=CASES, judge=judge_6_4, given=(("<the connections>", GIVEN),), guards=(NO_SLEEP,),
    hints=(
        "Which of the two ways to send can make you wait for somebody else's reader? And what "
        "grows when you do not wait?",
        "send_nowait never waits, so nobody is held up. Before you call it, look at unsent: how "
        "much is already waiting for this reader? When it is too much, one answer is honest.",
        'for connection in connections: if connection.unsent > 99_000: connection.fail(1013, "too '
        'slow"); otherwise connection.send_nowait(message).',
    ),
    wrong_ideas={
        "serial_await": WrongIdea("one after the other, and each is waited for",
            "await connection.send(...) returns when the reader has made room. So the reader at "
            "the end of the slowest link decides when all the others hear something. Nobody may "
            "wait for another one's network.", "serial; serial, deadline"),
        "unbounded_buffer": WrongIdea("what is not read is kept, for ever",
            "A task for each message, or send_nowait without a look, holds nobody up; but "
            "whatever the slow reader does not take is kept in your memory. A hundred phones in a "
            "tunnel end the server. There has to be a bound, and something that happens at it.",
            "no bound"),
        "drops_silently": WrongIdea("a slow reader is left out and not told",
            "Its connection stays open and looks healthy, and it never learns that something is "
            "missing. End the connection: then it knows, comes back, and asks from its cursor.",
            "skips"),
        "bound_in_seconds": WrongIdea("the bound is counted in seconds",
            "In five seconds three messages may come, or five thousand, and each call that waits "
            "keeps one. What fills the memory is bytes, so count those: `unsent`, before each "
            "message. (And the other calls that wait for the same reader raise when one of them "
            "ends its connection.)", "patience; patience, raises"),
        "any_backlog_is_too_much": WrongIdea("whoever has not read everything is thrown out",
            "A phone that changes its cell reads nothing for a few seconds. That costs some "
            "kilobytes, and 100,000 bytes are allowed. `unsent` counts bytes, not messages: 100 "
            "of them are less than one message.", "no backlog"),
        "limit_for_all_together": WrongIdea("all readers share one limit",
            "Three readers who are a little slow are not one who is very slow. Here each reader "
            "has a limit of its own: look at the `unsent` of this connection.", "limit for all"),
        "one_slow_reader_ends_all": WrongIdea("one slow reader ends everybody's connection",
            "The others read well. End the connection of the slow one, and send the message to "
            "the others.", "ends all"),
        "list_changes_under_the_loop": WrongIdea("the list changes while a loop goes through it",
            "When an item is removed, the next one moves to its place, and the loop has been "
            "there: that reader misses a message. An ended connection is taken off the list for "
            "you. If you must remove something, go through a copy.", "removes"),
        **BLOCKS_THE_LOOP,
    },
    slips={
        "Nobody was sent anything. A coroutine does nothing until it is awaited: await "
        "connection.send(…), or connection.send_nowait(…) without await.": "sends nothing",
    },
),)  # fmt: skip
