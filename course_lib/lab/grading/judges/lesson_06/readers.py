"""Readers of a broadcast, and the connections that an answer holds to them.

    fan_out([held, held, held], message) ─▶ GivenConnection ─▶ pipe ─▶ Reader: sent, waits, failed

Exercises.  Builds on: `grading` (its stage).  Used by the judge of 6.4.
What is new here: the readers are objects of the grader.  At each call a `GivenConnection` in the
answer's process asks them; it keeps only the futures of waiting sends.
Left out: what is right; see `ex_4_fan_out`.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

from ... import text
from ...answer import Answer
from ...sandbox.remote import RemoteObject, Stage
from ...sandbox.values import Raised

HIGH = 65_536  # bytes: `send` waits while more than these have not been read

GIVEN = '''
import asyncio


class GivenConnection:
    """What the answer holds; everything it does is told to the judge."""

    def __init__(self, reader):
        self._reader, self._waiting = reader, []

    @property
    def unsent(self):
        return self._reader.waits()

    def send_nowait(self, message):
        self._reader.sent(message)

    async def send(self, message):
        self._reader.sent(message)
        while not self._reader.has_room():
            future = asyncio.get_running_loop().create_future()
            self._waiting.append(future)
            await future

    def fail(self, code, reason):
        if code in (1004, 1005, 1006, 1015) or not 1000 <= code < 5000:
            raise ValueError(f"no Close frame carries the code {code}")
        self._reader.failed(code)
        self.wake()

    def wake(self):
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            if not future.done():
                future.set_result(None)
'''


@dataclass(slots=True)
class Reader:
    """The other end of a connection, whose public methods the answer's end calls."""

    quick: bool = True
    got: list[Any] = field(default_factory=list)
    unread: list[int] = field(default_factory=list)  # sizes in bytes
    most: int = 0  # the most bytes that ever waited
    code: int | None = None  # the close code with which the answer ended it
    held: RemoteObject | None = None

    def waits(self) -> int:
        return sum(self.unread)

    def sent(self, message: str) -> None:
        if self.code is not None:
            raise ConnectionError("this connection has ended")
        self.got.append(message)
        if not self.quick:
            self.unread.append(len(message.encode()) if isinstance(message, str) else 0)
            self.most = max(self.most, self.waits())

    def has_room(self) -> bool:
        if self.code is not None:
            raise ConnectionError("this connection has ended")
        return self.waits() <= HIGH

    def failed(self, code: int) -> None:
        self.code = code if self.code is None else self.code


class Story:
    """Some readers, and messages at the stage's times."""

    def __init__(
        self, answer: Answer, stage: Stage, chance: random.Random, start: float, readers: int
    ) -> None:
        self.answer, self.stage, self.chance, self.now = answer, stage, chance, start
        self.readers = [Reader() for _ in range(readers)]
        self.sent: list[str] = []
        self.error: Raised | None = None
        self.waiting = 0  # calls of fan_out that have not ended
        self.read_bytes = 0
        self.known = answer.marks.faulty  # then later faults may have the same cause
        stage.run(until=start)
        for reader in self.readers:
            made = stage.make(
                "GivenConnection", answer.peer(reader, "waits", "sent", "has_room", "failed")
            )
            assert isinstance(made, RemoteObject)
            reader.held = made

    def say(self) -> None:
        """Send the next message to all that are still connected; then a moment passes."""
        words = text.phrase(self.chance)
        message = f"{len(self.sent)} {words} ".ljust(960, ".")
        self.sent.append(message)
        there = [reader.held for reader in self.readers if reader.code is None]
        task = self.stage.start("fan_out", there, message)
        if isinstance(task, Raised):
            self.error = self.error or task
        self.run(0.0)

    def run(self, seconds: float) -> None:
        self.now += seconds
        turn = self.stage.run(until=self.now, steps=20_000)
        self.waiting = len(turn.waiting)
        for event in turn.happened:
            ended = isinstance(event.value, Raised) and event.value.type == "ConnectionError"
            if isinstance(event.value, Raised) and not ended:
                self.error = self.error or event.value

    def read(self, reader: Reader, count: int) -> None:
        """This reader takes `count` of the messages that wait for it."""
        self.read_bytes += sum(reader.unread[:count])
        del reader.unread[:count]
        assert reader.held is not None
        self.stage.call("wake", on=reader.held)
        self.run(0.0)

    def raised(self, *cases: str) -> bool:
        """Did fan_out raise an exception?  Then mark these cases wrong."""
        for case in cases if self.error else ():
            self.answer.marks.equal(case, self.error, None, given="fan_out(connections, message)")
        return self.error is not None
