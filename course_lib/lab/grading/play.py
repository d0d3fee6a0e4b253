"""One story, played by one program: what it is asked, and what is seen.

    def story(play):
        box = play.make("Mailbox")                    "RemoteObject", or `Raised`
        play.tell("put('hi')")                        a line of the story that a learner may read
        play.see(play.call("put", "hi", on=box))      something to compare with what is right

Exercises.  Builds on: sandbox.remote, sandbox.values.
What is new here: a story does not know what is right.  It is played by the answer, by the right
programs and by wrong ones, each with the same chance, and what they show is compared (`trial`).
Left out: time; see `scene`.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from .sandbox import process, values
from .sandbox.remote import Remote, RemoteObject
from .sandbox.values import Handle, NotPlain, Raised

Reading = Callable[[Any], Any]
Shapes = tuple[Any, Any]


class Over(Exception):
    """Raised by an object of the judge in the middle of a call: the story ends here."""


@dataclass(slots=True)
class Seen:
    """One thing that a story looked at.

    `counts` is what is compared, `value` what was really there, `lines` the number of lines told
    before it, `text` a sentence about it (if empty, the last line and the value are told), `why` a
    sentence for whoever has it wrong, and `at` a moment in seconds, for stories with a clock.
    """

    case: str
    value: Any
    counts: Any
    lines: int
    text: str = ""
    why: str = ""
    at: float | None = None


class Play:
    """What a story is given; see the top of this module."""

    def __init__(self, subject: Remote, case: str, chance: random.Random, reading: Reading) -> None:
        self.subject, self.case, self.chance, self.reading = subject, case, chance, reading
        self.told: list[str] = []
        self.results: dict[int, str] = {}  # what the call in a line gave, where that is told later
        self.seen: list[Seen] = []
        self.shapes: list[Shapes] = []  # of all results
        self.ended: process.Ended | None = None
        self._plain = ""  # what to say after a coroutine came where a value was due

    def call(self, name: str, *args: Any, on: Any = None) -> Any:
        """Call a function, or a method of the object `on`; the plain value, or `Raised`."""
        if isinstance(on, Raised):
            return on
        got = self.noted(name, (self.subject if on is None else on).call(name, *args))
        self.shapes.append(shapes(got, args))
        return got

    def noted(self, name: str, got: Any) -> Any:
        """The result of a call; if it is a coroutine, whatever is seen next says so."""
        coroutine = isinstance(got, NotPlain) and got.type == "coroutine"
        if coroutine and not self.subject.awaits:
            self._plain = f"{name} is called and not awaited: write def, not async def."
        return got

    def make(self, name: str, *args: Any, on: Any = None) -> Any:
        """The same, and its result stays there: a `RemoteObject` for `on`, or `Raised`."""
        if isinstance(on, Raised):
            return on
        made: RemoteObject | Raised = (self.subject if on is None else on).make(name, *args)
        return made

    def get(self, name: str, on: Any) -> Any:
        """The value of an attribute of the object `on`."""
        got = on if isinstance(on, Raised) else on.get(name)
        self.shapes.append(shapes(got, ()))
        return got

    def lend(self, thing: Any, *methods: str, waits: bool = False) -> Handle:
        """Lend an object of the judge, for an argument: these methods, and nothing else of it."""
        return self.subject.peer(thing, *methods, waits=waits)

    def tell(self, line: str) -> None:
        """Add a line to the story, for a learner who has something wrong after it."""
        self.told.append(line)

    def see(
        self,
        value: Any,
        *,
        case: str = "",
        counts: Any = None,
        text: str = "",
        why: str = "",
        at: float | None = None,
    ) -> None:
        """Note something to compare: `counts`, or (without it) what the trial reads in the value.

        `case` names another case than the story's.
        """
        counts = self.reading(value) if counts is None else counts
        why = self._plain or why
        self.seen.append(Seen(case or self.case, value, counts, len(self.told), text, why, at))

    def over(self) -> None:
        """The story has ended."""


@dataclass(slots=True)
class Question:
    """A story, and the seed of its chance, which is the same for all who play it."""

    case: str
    story: Callable[[Any], None]
    seed: int


class Player:
    """A program, or the answer.  It plays a story when somebody asks, and once.

    `begin(subject, case, chance)` makes the `Play` for it.
    """

    def __init__(
        self, subject: Remote, begin: Callable[[Remote, str, random.Random], Play]
    ) -> None:
        self.subject, self._begin = subject, begin
        self._plays: dict[int, Play] = {}

    def play(self, question: Question) -> Play:
        """What happened in this story."""
        if question.seed in self._plays:
            return self._plays[question.seed]
        play = self._begin(self.subject, question.case, random.Random(question.seed))
        self._plays[question.seed] = play
        try:
            question.story(play)
            play.over()
        except process.Ended as ended:
            play.ended = ended
            self.subject.close()
        except Over:
            self.subject.close()  # it stands in the middle of a call
        return play


def shapes(got: Any, args: Sequence[Any]) -> Shapes:
    """The result as it is, and with a mark wherever it repeats an argument.

    Whoever always gives the same has one of the two always the same.
    """
    return _shape(got, ()), _shape(got, args)


def _shape(got: Any, args: Sequence[Any]) -> Any:
    if isinstance(got, Raised):
        return f"raised {got.type}"
    for place, arg in enumerate(args):
        if values.same(got, arg):
            return f"argument {place}"
    if isinstance(got, (list, tuple)):
        return type(got).__name__, [_shape(item, args) for item in got]
    return repr(values.pack(got))
