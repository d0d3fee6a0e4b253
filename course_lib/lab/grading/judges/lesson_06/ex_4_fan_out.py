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
from collections.abc import Sequence
from typing import Any

from ... import text
from ...answer import Answer
from ...exercise import Exercise
from ...marks import gave
from ...sandbox.values import Raised
from ...scene import BLOCKS_THE_LOOP, NO_SLEEP, Scene, Scenes, Task
from ...trial import Wrong
from ...verdict import Verdict, WrongIdea

CASES = {
    (EVERYBODY := "everybody reads"): (
        "Each connection of the list is sent the message, as it is, and fan_out returns."
    ),
    (OTHERS := "one reads slowly: the others"): (
        "Nobody may wait for another one's network, miss a message because of it, or be ended. An "
        "exception of fan_out ends the call, and all who come later in the list miss the message."
    ),
    (BOUND := "one reads slowly: what waits for it"): (
        "Count in bytes: when about 100,000 are waiting for a reader, its connection is ended. "
        "Waiting calls and queues keep messages, too."
    ),
    (LOSS := "one reads slowly: nothing is lost in silence"): (
        "A reader whose connection goes on gets every message, in order. If there is no room for "
        "one, end the connection."
    ),
    (BEHIND := "a reader who is behind for a moment"): (
        "40,000 bytes are not too much. The limit is for each reader, and `unsent` counts what "
        "waits now, in bytes."
    ),
}
LIMIT = 100_000  # bytes that may wait for a reader, as the exercise says
ROOM = 1.2  # times the limit: more than that is too much
SIZE = 1_150  # characters of a message
HIGH = 65_536  # bytes: `send` waits while more than these have not been read
GIVEN = '''
import asyncio


class GivenConnection:
    """What the answer holds: an end of the judge's connection, on which it is told everything."""

    def __init__(self, reader):
        self._reader, self._waiting = reader, []

    @property
    def unsent(self):
        return self._reader.waits()

    def send_nowait(self, message):
        self._reader.sent(message)

    async def send(self, message):
        await self._room()
        self._reader.sent(message)
        await self._room()

    async def _room(self):
        while not self._reader.has_room():
            future = asyncio.get_running_loop().create_future()
            self._waiting.append(future)
            await future

    def fail(self, code, reason):
        if code in (1004, 1005, 1006, 1015) or not 1000 <= code < 5000:
            raise ValueError(f"no Close frame carries the code {code}")
        self._reader.failed()
        self.wake()

    def wake(self):
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            if not future.done():
                future.set_result(None)
'''


async def right(connections: list[Any], message: str, wrong: Wrong) -> None:
    """The answer, with a switch for each mistake."""
    if "patience" in wrong:
        asked = (_within(5.0, connection, message) for connection in connections)
        await asyncio.gather(*asked, return_exceptions="raises" not in wrong)
        return
    limit = next((LIMITS[one] for one in LIMITS if one in wrong), LIMIT)
    total = sum(connection.unsent for connection in connections)
    left_out = "sends nothing" in wrong
    for connection in connections[: 1 if "only the first" in wrong else None]:
        waits = connection.unsent + len(message.encode())
        if "limit for all" in wrong and connection.unsent:
            waits = total
        if left_out:
            left_out = "sends nothing" in wrong
        elif "serial" in wrong:
            await connection.send(message)
        elif "serial with patience" in wrong:
            await _within(1.0, connection, message)
        elif waits > limit and "skips" not in wrong:
            for other in connections if "ends all" in wrong else [connection]:
                other.fail(1013, "too slow")
            if "awaits fail" in wrong:
                raise TypeError
            if "sends to the ended" in wrong:
                connection.send_nowait(message)
            if "ends all" in wrong:
                return
            left_out = "removes" in wrong
        elif waits <= limit:
            connection.send_nowait(message.encode() if "encodes" in wrong else message)
            if "awaits send_nowait" in wrong:
                raise TypeError


async def _within(seconds: float, connection: Any, message: str) -> None:
    try:
        await asyncio.wait_for(connection.send(message), seconds)
    except TimeoutError:
        connection.fail(1013, "too slow")


LIMITS = {"no bound": math.inf, "no backlog": 1_900, "half more": 150_000}
IDEAS = {
    "serial_await": ["serial", "serial with patience"],
    "unbounded_buffer": ["no bound"],
    "drops_silently": ["skips", "skips, no backlog"],
    "bound_in_seconds": ["patience", "patience, raises"],
    "any_backlog_is_too_much": ["no backlog"],
    "limit_for_all_together": ["limit for all"],
    "one_slow_reader_ends_all": ["ends all"],
    "list_changes_under_the_loop": ["removes"],
}
SLIPS = {
    "Nobody was sent anything. A coroutine does nothing until it is awaited: await "
    "connection.send(…), or connection.send_nowait(…) without await.": ["sends nothing"],
    "Everybody in the list is sent the message, and not only the first one.": ["only the first"],
    "Send the message as it is: a text, and no bytes.": ["encodes"],
    "fail and send_nowait return None at once: call them without await.": [
        "awaits send_nowait", "awaits fail",
    ],
    "After fail the connection has ended, and to send on it raises an exception. Go on with the "
    "next one.": ["sends to the ended"],
    "The limit is too high: about 100,000 bytes may wait for a reader.": ["half more"],
}  # fmt: skip
RAISES = (
    "A send raises ConnectionError when its connection has ended, also one that was waiting while "
    "another call ended it. Expect that."
)


class Reader:
    """The other end of a connection.  `quick`: it reads everything at once."""

    def __init__(self, scene: Scene, *, quick: bool) -> None:
        self.scene, self.quick = scene, quick
        self.got: list[Any] = []
        self.said = self.read = 0  # bytes
        self.most = self.peak = 0  # bytes that were kept, anywhere and in the connection
        self.unread: list[int] = []
        self.ended: float | None = None  # when the answer ended the connection
        lent = scene.lend(self, "waits", "sent", "has_room", "failed")
        self.held = scene.make("GivenConnection", lent)

    def waits(self) -> int:
        return sum(self.unread)

    def has_room(self) -> bool:
        if self.ended is not None:
            raise ConnectionError("this connection has ended")
        return self.waits() <= HIGH

    def sent(self, message: Any) -> None:
        self.has_room()
        self.got.append(message)
        if not self.quick:
            self.unread.append(len(message.encode()) if isinstance(message, str) else 0)
            self.peak = max(self.peak, self.waits())

    def failed(self) -> None:
        self.ended = self.scene.now if self.ended is None else self.ended

    def take(self, count: int) -> None:
        """Read so many of the messages that wait."""
        self.read += sum(self.unread[:count])
        del self.unread[:count]
        self.scene.stage.call("wake", on=self.held)
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
            there = [reader for reader in self.readers if reader.ended is None]
            for _ in range(together):
                self._call(there)
            self.scene.run()
            for reader in there:
                if reader.ended is None:
                    reader.most = max(reader.most, reader.said - reader.read)
                if reader.quick and len(reader.got) < len(self.said) and not self.late:
                    self.late = f"message {len(self.said)} did not come at once"
            if every:
                self.scene.run(every)

    def _call(self, there: Sequence[Reader]) -> None:
        message = f"{len(self.said)} {self.words} ".ljust(SIZE, ".")
        self.said.append(message)
        for reader in there:
            reader.said += len(message.encode())
        number = self.scene.stage.start("fan_out", [one.held for one in there], message)
        self.scene.tasks.append(Task(number, "fan_out", self.scene.now))

    def see_calls(self) -> None:
        """Has a call raised an exception?"""
        values = [task.value for task in self.scene.tasks]
        error = next((value for value in values if isinstance(value, Raised)), None)
        broken = error is not None and error.type == "ConnectionError"
        said = "no call of fan_out raised an exception" if error is None else (
            f"a call of fan_out {gave(error)}")  # fmt: skip
        self.scene.see(
            error, counts=self.scene.reading(error), text=said, why=RAISES if broken else ""
        )

    def see(self, reader: Reader, who: str, case: str = "", *, may_end: bool = False) -> None:
        """Has the reader everything?  If it `may_end`, the first ones and the end are as good."""
        wanted = self.said if reader.ended is None else self.said[: len(reader.got)]
        found, said = "everything", f"{who} has all messages, in order"
        if reader.got != wanted:
            missing = [at for at, one in enumerate(self.said, 1) if one not in reader.got]
            found, said = "gaps", f"{who} never got {len(missing)} messages"
            found = "nothing" if not reader.got else found
            if missing:
                said += f", the first of them is message {missing[0]}"
        elif reader.ended is not None:
            found = "everything" if may_end else "ended"
            said = f"{who} has the first {len(reader.got)} messages, and then its end"
        self.scene.see(None, case=case, counts=found, text=said)


def judge_6_4(answer: Answer, chance: random.Random) -> Verdict:
    trial = Scenes(
        answer, chance, right=right, ideas=IDEAS, slips=SLIPS,
        errors=("ConnectionError", "TypeError"),
    )  # fmt: skip
    for case, story in ((EVERYBODY, _everybody), (OTHERS, _slow), (BEHIND, _behind)):
        trial.play(case, story)
    return trial.verdict()


def _everybody(scene: Scene) -> None:
    """Five messages for three readers."""
    crowd = Crowd(scene, True, True, True)
    scene.tell("5 messages for 3 readers, who read at once")
    crowd.say(5, 0.1)
    crowd.see_calls()
    for number, reader in enumerate(crowd.readers, 1):
        crowd.see(reader, f"reader {number}")


def _slow(scene: Scene) -> None:
    """A slow reader is the first in the list.  After a second many messages come at once."""
    crowd = Crowd(scene, False, True)
    slow, quick = crowd.readers
    scene.tell("reader 1 reads slowly, reader 2 at once; 10 messages come in a second")
    for _ in range(2):
        crowd.say(5, 0.1)
        slow.take(1)
    scene.tell("130 messages come in one moment; then reader 1 reads nothing for 6 s")
    crowd.say(130, together=5)
    end = "at once" if slow.ended is not None else "later"
    scene.run(6.0)
    while slow.ended is None and slow.unread:
        slow.take(50)
    scene.run(1.0)
    crowd.see_calls()
    if crowd.late and quick.ended is None and quick.got == crowd.said:
        scene.see(None, counts="late", text=f"{crowd.late}: it waited for reader 1")
    else:
        crowd.see(quick, "reader 2")
    dropped = slow.ended is None and len(slow.got) < len(crowd.said)
    kept = slow.peak if dropped else slow.most
    said = f"at most {kept:,} bytes were kept for reader 1"
    if slow.ended is None:
        end, said = "never", f"{said}, and its connection was never ended"
    found = "nothing" if not slow.got else "enough" if kept <= ROOM * LIMIT else f"much, {end}"
    scene.see(None, case=BOUND, counts=found, text=said)
    crowd.see(slow, "reader 1", LOSS, may_end=True)


def _behind(scene: Scene) -> None:
    """One reader reads nothing for a while, and later three of them."""
    crowd = Crowd(scene, True, True, True, True)
    for count, behind in ((20, crowd.readers[:1]), (32, crowd.readers[:3])):
        for reader in behind:
            reader.quick = False
        scene.tell(
            f"of 4 readers {len(behind)} read nothing for {count / 10:g} s, and then everything"
        )
        crowd.say(count, 0.1)
        for reader in behind:
            reader.quick = True
            reader.take(count)
        crowd.say(3, 0.1)
        crowd.see_calls()
        for number, reader in enumerate(behind, 1):
            crowd.see(reader, f"reader {number}")


EXERCISES = (
    Exercise(
        number="6.4",
        title="One slow reader",
        section="slow-reader",
        minutes=12,
        names=("fan_out",),
        cases=CASES,
        hints=(
            "Which of the two ways to send can make you wait for somebody else's reader? And what "
            "grows when you do not wait?",
            "send_nowait never waits, so nobody is held up. Before you call it, look at unsent: "
            "how much is already waiting for this reader? When it is too much there is only one "
            "honest way out.",
            "for connection in connections: if connection.unsent > 99_000: connection.fail(1013, "
            '"too slow"); otherwise connection.send_nowait(message).',
        ),
        wrong_ideas={
            "serial_await": WrongIdea(
                "one after the other, and each is waited for",
                "await connection.send(...) returns when the reader has made room. So the reader "
                "at the end of the slowest link decides when all the others hear something. Nobody "
                "may wait for another one's network.",
            ),
            "unbounded_buffer": WrongIdea(
                "what is not read is kept, for ever",
                "A task for each message, or send_nowait without a look, holds nobody up; but "
                "whatever the slow reader does not take is kept in your memory. A hundred phones "
                "in a tunnel end the server. There has to be a bound, and something that happens "
                "at it.",
            ),
            "drops_silently": WrongIdea(
                "a slow reader is left out and not told",
                "Its connection stays open and looks healthy, and it never learns that something "
                "is missing. End the connection: then it knows, comes back, and asks from its "
                "cursor.",
            ),
            "bound_in_seconds": WrongIdea(
                "the bound is counted in seconds",
                "In five seconds three messages may come, or five thousand, and each call that "
                "waits keeps one. What fills the memory is bytes, so count those: `unsent`, before "
                "each message. (And the other calls that wait for the same reader raise when one "
                "of them ends its connection.)",
            ),
            "any_backlog_is_too_much": WrongIdea(
                "whoever has not read everything is thrown out",
                "A phone that changes its cell is behind for a few seconds. That costs some "
                "kilobytes, and 100,000 bytes are allowed. `unsent` counts bytes, not messages: "
                "100 of them are less than one message.",
            ),
            "limit_for_all_together": WrongIdea(
                "all readers share one limit",
                "Three readers who are behind a little are not one who is behind a lot. Here each "
                "reader has a limit of its own: look at the `unsent` of this connection.",
            ),
            "one_slow_reader_ends_all": WrongIdea(
                "one slow reader ends everybody's connection",
                "The others read well. End the connection of the slow one, and send the message "
                "to the others.",
            ),
            "list_changes_under_the_loop": WrongIdea(
                "the list changes while a loop goes through it",
                "When an item is removed, the next one moves to its place, and the loop has been "
                "there: that reader misses a message. An ended connection is taken off the list "
                "for you. If you must remove something, go through a copy.",
            ),
            **BLOCKS_THE_LOOP,
        },
        judge=judge_6_4,
        given=(NO_SLEEP, ("the connections", GIVEN)),
    ),
)
