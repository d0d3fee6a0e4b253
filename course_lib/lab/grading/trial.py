"""A trial: the answer, the right program and wrong ones play the same stories, and are compared.

    def right(buffer, limit, wrong):                     the answer, with a switch for each mistake
        …
        rest = b"" if "no rest" in wrong else buffer[end:]

    trial = Trial(answer, chance, right)
    trial.ask(PART, buffer, 1000)                        a call
    trial.tell(PINGS, [("add", 1, False, b"a"), …])      an object, call after call
    trial.play(TURNS, story)                             anything; see `play`
    trial.verdict()

    WrongIdea("the rest is lost", "Nobody sends …", "no rest; no part; no rest, no part")
        a wrong idea is a program, or several: it is named if the answer shows, story by story,
        what the right program shows with these switches on
    slips={"The key begins after the length.": "key at byte 2"}
        a slip is a program, too; it has no name, and its sentence explains it

Exercises.  Builds on: answer, exercise, marks, play, sandbox.inside, verdict.  Judges import from
here what they need of these.
What is new here: the right answer is written once, and what is expected is what it shows.  An
answer that always gives the same earns nothing, in any exercise.
Left out: tasks on a clock; see `scene`.
Longer than usual: one class, whose plays, comparison and verdict read the same stories.
"""

from __future__ import annotations

import functools
import inspect
import itertools
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from . import text
from .answer import Answer
from .exercise import Exercise
from .marks import diff, gave, hint_of_call, hint_of_type, shown
from .play import Over, Play, Player, Question, Seen
from .sandbox import inside, process, values
from .sandbox.values import Raised, near
from .verdict import Verdict, WrongIdea

__all__ = [
    "Answer", "Exercise", "Over", "Play", "Raised", "Trial", "Verdict", "Wrong", "WrongIdea",
    "near", "shown", "text",
]  # fmt: skip

Wrong = frozenset[str]
"""The switches that are on in a program: none in the right one."""
Fault = tuple[Question, Seen, Seen | None]
"""A story, what is right in it, and what the answer showed there (None: nothing more)."""

LINES = 5  # of a story are shown before what was wrong
STUCK = "blocks_the_loop"  # an idea by this name is what stops the process
CRASHED = "raised something else"
SAME = "Your answer is the same every time, whatever it is given. Work it out from what comes in."


class Trial:
    """Stories for an answer, for the right program, and for those with a switch or two.

    `right` stands for the exercise's first name; a mapping gives several.  Each takes `wrong`, the
    switches that are on, as its last argument.  `also_right` are switches with which it is right,
    too.  `reads(value)` is what counts of a result; if it raises, the value is no answer.  `errors`
    are the exceptions whose kind counts.  `same(one, other)` compares what counts, and
    `write(argument)` is how a call is shown.
    """

    def __init__(
        self,
        answer: Answer,
        chance: random.Random,
        right: Callable[..., Any] | Mapping[str, Callable[..., Any]],
        *,
        also_right: Sequence[str] = (),
        reads: Callable[[Any], Any] | None = None,
        errors: Sequence[str] = (),
        same: Callable[[Any, Any], bool] = values.same,
        write: Callable[[Any], str] = shown,
    ) -> None:
        self.chance, self.marks, self.exercise = chance, answer.marks, answer.marks.exercise
        self.same, self.write, self.errors, self._reads = same, write, errors, reads
        self.questions: list[Question] = []
        self.answer = Player(answer, self.begin)
        first = self.exercise.names[0]
        self._programs = dict(right) if isinstance(right, Mapping) else {first: right}
        answer.awaits = any(map(inspect.iscoroutinefunction, self._programs.values()))
        self._players: dict[Wrong, Player] = {}
        self.right = [_switches(one) for one in ("", *also_right)]
        self._right = [self._player(one) for one in self.right]
        known = self.exercise.wrong_ideas.items()
        # Ideas that are recognised in another way have no programs.
        self.ideas = {name: _programs(idea.programs) for name, idea in known}
        self.slips = {said: _programs(some) for said, some in self.exercise.slips.items()}
        self._cases = [*self.exercise.cases]
        self._played: list[Question] = []  # by the answer, to their end
        self._pairs_of: dict[tuple[int, int], list[tuple[Seen | None, Seen]]] = {}

    # Asking

    def ask(self, case: str, *args: Any, name: str = "", why: str = "") -> None:
        """A call of the exercise's first name, or of another one."""
        name = name or self.exercise.names[0]

        def story(play: Play) -> None:
            play.tell(f"{name}({', '.join(map(self.write, args))})")
            play.see(play.call(name, *args), why=why)

        self.play(case, story)

    def tell(
        self,
        case: str,
        steps: Sequence[tuple[Any, ...]],
        *,
        args: Sequence[Any] = (),
        over: Callable[[Any], bool] = lambda got: False,
        why: str = "",
    ) -> None:
        """Make an object of the exercise's first name, then call it: (method, argument, …).

        The story ends when something is raised, or when a result is `over`.
        """

        def story(play: Play) -> None:
            made = play.make(self.exercise.names[0], *args)
            for method, *given in steps:
                play.tell(f"{method}({', '.join(map(self.write, given))})")
                got = play.call(method, *given, on=made)
                play.see(got, why=why)
                play.results[len(play.told) - 1] = gave(got)
                if isinstance(got, Raised) or _holds(over, got):
                    return

        self.play(case, story)

    def play(self, case: str, story: Callable[[Any], None]) -> None:
        """Any story: it calls what it likes through `play`, and says what it sees."""
        self.questions.append(Question(case, story, self.chance.getrandbits(64)))

    def begin(self, subject: Answer, case: str, chance: random.Random) -> Play:
        """What a story is given."""
        return Play(subject, case, chance, self.reading)

    # Judging

    def verdict(self) -> Verdict:
        """Play all stories with the answer, in random order; compare; say what is wrong."""
        try:
            stopped = self._play_all()
            worthless = self._worthless()
            faults = self._faults()
            for case, good in self._compared():
                if good and not worthless:
                    self.marks.right(case)
            if faults:
                self._tell(faults[0], *self._explained(faults), worthless=worthless)
            for _, right, mine in faults[1:]:
                self._also_wrong(right.case, mine)
            for case in self._cases if worthless else ():
                self._also_wrong(case)
            if stopped:
                self._stop(*stopped)
            return self.marks.verdict()
        finally:
            for player in self._players.values():
                player.subject.close()

    def _play_all(self) -> tuple[Question, process.Ended] | None:
        """The story, of the easiest case, in which the answer's process ended, and how; or None.

        Cases before that one count, whatever the order was: they are played afterwards.
        """
        self._played = self.chance.sample(self.questions, len(self.questions))
        stopped = self._until_stop(self._played)
        if stopped:
            limit = self._place(stopped[0].case)
            in_order = sorted(self.questions, key=lambda question: self._place(question.case))
            before = [question for question in in_order if self._place(question.case) < limit]
            stopped = self._until_stop(before) or stopped
            limit = self._place(stopped[0].case)
            self._played = [one for one in before if self._place(one.case) < limit]
        self._played.sort(key=self.questions.index)
        return stopped

    def _until_stop(self, questions: Sequence[Question]) -> tuple[Question, process.Ended] | None:
        for question in questions:
            ended = self.answer.play(question).ended
            if ended is not None:
                return question, ended
        return None

    def _stop(self, question: Question, ended: process.Ended) -> None:
        """Mark the case in which the process ended, and all after it."""
        stuck = ended.kind in ("time", "cpu") and STUCK in self.exercise.wrong_ideas
        told = self.answer.play(question).told[-LINES:]
        for case in self._cases[self._place(question.case) :]:
            self.marks.fail(
                case,
                observed="\n".join([*told, str(ended)]),
                expected="an answer",
                idea=STUCK if stuck else "",
            )
        self.marks.ended(ended)

    def _tell(self, fault: Fault, idea: str, slip: str, *, worthless: bool) -> None:
        """The first fault: the lines of its story, what came, what is right, and why."""
        question, right, mine = fault
        play = self.answer.play(question)
        told = play.told
        if mine is None:
            mine = Seen(right.case, None, None, len(told), "and then nothing more came")
        lines = told[max(0, mine.lines - LINES) : mine.lines]
        for back in range(2, len(lines) + 1):  # the lines before the last one
            lines[-back] += f"   {play.results.get(mine.lines - back, '')}".rstrip()
        said = mine.text or gave(mine.value, beside=right.value)
        if mine.lines > LINES:
            lines = ["…", *lines]
        elif not mine.text and len(lines) == 1:
            lines, said = [], f"{lines[0]} {said}"
        if not mine.text and lines:
            said = f"the last one {said}"
        own = mine.why if mine.why != right.why else ""  # the story worked it out from what came
        hint = self._hint(mine, right)
        crashed = self.reading(mine.value) == CRASHED  # which says more than that it always does
        forgot = hint if mine.value is None else ""  # `return`, in most cases
        why = slip or own or forgot or (SAME if worthless and not crashed else "") or hint
        self.marks.fail(
            right.case,
            observed="\n".join([*lines, said]),
            expected=right.text or self._wanted(right.value, mine.value),
            idea=idea,
            diff=diff(mine.value, right.value),
            why=why or right.why,
            raised=mine.value if isinstance(mine.value, Raised) else None,
        )

    def _also_wrong(self, case: str, mine: Seen | None = None) -> None:
        """One more fault; the learner is shown the first."""
        value = None if mine is None else mine.value
        raised = value if isinstance(value, Raised) else None
        self.marks.fail(case, observed="", expected="", raised=raised)

    def _wanted(self, right: Any, got: Any) -> str:
        if isinstance(right, Raised):
            return f"it raises {next((one for one in self.errors if right.is_a(one)), right.type)}"
        return shown(right)

    def _hint(self, mine: Seen, right: Seen) -> str:
        """A sentence about an exception or an await, or about a type that is right nowhere."""
        got, wanted = mine.value, right.value
        if got is None and mine.text:
            return ""  # the text says it all
        if isinstance(wanted, Raised) and isinstance(got, Raised):
            return f"An exception is right here; it has to be {wanted.type}, and it is {got.type}."
        if isinstance(wanted, Raised):
            return f"Nothing can be returned here: raise {wanted.type}. {right.why}".rstrip()
        if wanted is None and right.text:
            return hint_of_call(got)  # what is right is no value: `still waits`
        if self._reads and not isinstance(got, Raised):
            read = self.reading(got)
            if read != ("no answer", got) and type(read) is type(self.reading(wanted)):
                return ""  # `reads` takes both for one type
        hints = [hint_of_type(self._typed(got), self._typed(one.value))
                 for one in (right, *(one for _, _, one in self._all_pairs()))]  # fmt: skip
        return hints[0] if all(hints) else ""

    def _typed(self, value: Any) -> Any:
        """For a hint: where numbers of any type are right, the type of one explains nothing."""
        if self.same(1, 1.0) and values.is_number(value):
            return float(value)
        parts = type(value) in (list, tuple)
        return type(value)(map(self._typed, value)) if parts else value

    def _worthless(self) -> bool:
        """Are all results one and the same, or what was given, while the right ones are not?"""
        return _always_same(self.answer, self._played) and not any(
            _always_same(right, self._played) for right in self._right
        )

    # Comparing

    def good(self, mine: Seen, right: Seen) -> bool:
        """Is it right?"""
        return mine.case == right.case and self.same(mine.counts, right.counts)

    def alike(self, mine: Seen, other: Seen, right: Seen) -> bool:
        """Are they wrong in the same way?"""
        return mine.case == other.case and self.same(mine.counts, other.counts)

    def reading(self, value: Any) -> Any:
        """What counts of a value."""
        if isinstance(value, Raised):
            kind = next((one for one in self.errors if value.is_a(one)), None)
            return f"raised {kind}" if kind else CRASHED
        if self._reads is None:
            return value
        try:
            return self._reads(value)
        except (TypeError, ValueError, LookupError, AttributeError, ArithmeticError):
            return "no answer", value

    def _pairs(self, player: Player, question: Question) -> list[tuple[Seen | None, Seen]]:
        """What a player shows, each beside what is right there."""
        key = id(player), question.seed
        if key not in self._pairs_of:
            seen = player.play(question).seen
            right = max((one.play(question).seen for one in self._right),
                        key=lambda shown: self._agreement(seen, shown))  # fmt: skip
            pairs = [(seen[at] if at < len(seen) else None, one) for at, one in enumerate(right)]
            pairs += [(one, Seen(one.case, None, "nothing", one.lines, "nothing more"))
                      for one in seen[len(right) :]]  # fmt: skip
            self._pairs_of[key] = pairs
        return self._pairs_of[key]

    def _agreement(self, seen: Sequence[Seen], right: Sequence[Seen]) -> int:
        """For how long they agree."""
        pairs = zip(seen, right, strict=False)
        return sum(1 for _ in itertools.takewhile(lambda pair: self.good(*pair), pairs))

    def _all_pairs(self) -> Iterator[tuple[Question, Seen | None, Seen]]:
        for question in self._played:
            for mine, right in self._pairs(self.answer, question):
                yield question, mine, right

    def _compared(self) -> list[tuple[str, bool]]:
        """Each case, as often as something in it was looked at, and whether it was right."""
        return [(right.case, mine is not None and self.good(mine, right))
                for _, mine, right in self._all_pairs()]  # fmt: skip

    def _faults(self) -> list[Fault]:
        """What was wrong, in the order of the cases."""
        found = [(question, right, mine) for question, mine, right in self._all_pairs()
                 if mine is None or not self.good(mine, right)]  # fmt: skip
        return sorted(found, key=lambda fault: self._place(fault[1].case))

    def _place(self, case: str) -> int:
        return self._cases.index(case)

    # Explaining

    def _explained(self, faults: Sequence[Fault]) -> tuple[str, str]:
        """The name of the idea that explains the answer, or else a sentence; or two empty texts."""
        if any(mine is not None and _empty(mine.value) for _, _, mine in faults):
            return "", ""
        first = self._place(faults[0][1].case)
        # Most programs fail where the first fault is.
        self._telling = sorted(self._played, key=lambda question: question is not faults[0][0])
        # All that was seen; or what comes to light first, if the answer has two faults.
        for told in (self._cases, self._cases[: first + 1]):
            fits = [name for name, some in self.ideas.items() if self._any_fits(some, told)]
            if len(fits) == 1:
                return fits[0], ""
            slips = [said for said, some in self.slips.items() if self._any_fits(some, told)]
            if slips:
                return "", slips[0]
            if not fits and (pair := self._pair(told, faults[0][0])):
                soon = self._cases[: first + 1]  # the fault that is shown has one of the two
                return next(
                    (one for one in pair if self._any_fits(self.ideas[one], soon)), pair[0]
                ), ""
        return "", ""

    def _pair(self, told: Sequence[str], shown: Question) -> tuple[str, ...]:
        """Two ideas that explain the answer only together; empty if none do.

        One of them is wrong in the story that is shown, so most pairs need not be played.
        """
        switches = [(name, wrong) for name, some in self.ideas.items() for wrong in some]
        there = {wrong for _, wrong in switches if self._is_wrong(wrong, shown)}
        fits = {
            (name, other)
            for (name, wrong), (other, more) in itertools.combinations(switches, 2)
            if name != other and there & {wrong, more} and self._fits(wrong | more, told)
        }
        return fits.pop() if len(fits) == 1 else ()

    def _any_fits(self, programs: Sequence[Wrong], told: Sequence[str]) -> bool:
        return any(self._fits(wrong, told) for wrong in programs)

    def _fits(self, wrong: Wrong, told: Sequence[str]) -> bool:
        """Does this program show what the answer shows, wherever one of them is wrong?"""
        player = self._player(wrong)
        for question in self._telling:
            if not self._agree(player, question, told):
                self._telling.remove(question)  # most programs fail where the last one did
                self._telling.insert(0, question)
                return False
        return True

    def _agree(self, player: Player, question: Question, told: Sequence[str]) -> bool:
        mine, other = self._pairs(self.answer, question), self._pairs(player, question)
        return all(
            one is not None and two is not None and self._explains(one, two)
            for one, two in itertools.zip_longest(mine, other)
            if (one or two or mine[0])[1].case in told
        )

    def _is_wrong(self, wrong: Wrong, question: Question) -> bool:
        pairs = self._pairs(self._player(wrong), question)
        return any(mine is None or not self.good(mine, right) for mine, right in pairs)

    def _explains(self, one: tuple[Seen | None, Seen], two: tuple[Seen | None, Seen]) -> bool:
        (mine, right), (shows, its_right) = one, two
        if mine is None or shows is None:
            return mine is shows
        if self.good(mine, right) and self.good(shows, its_right):
            return True
        return self.alike(mine, shows, right)

    def _player(self, wrong: Wrong) -> Player:
        if wrong not in self._players:
            self._players[wrong] = Player(self.program(wrong), self.begin)
        return self._players[wrong]

    def program(self, wrong: Wrong) -> Answer:
        """The right program with these switches on, as an answer."""
        names = {name: functools.partial(one, wrong=wrong) for name, one in self._programs.items()}
        return inside.of(names, self.exercise.given)


def _switches(text: str) -> Wrong:
    return frozenset(word.strip() for word in text.split(",") if word.strip())


def _programs(text: str) -> list[Wrong]:
    """Of "no rest; no part; no rest, no part": three programs, the last with two switches."""
    return [_switches(one) for one in text.split(";") if one.strip()]


def _always_same(player: Player, questions: Sequence[Question]) -> bool:
    found = [shapes for question in questions for shapes in player.play(question).shapes]
    return len(found) > 1 and any(
        all(shapes[kind] == found[0][kind] for shapes in found) for kind in (0, 1)
    )


def _empty(value: Any) -> bool:
    return isinstance(value, Raised) and value.type == "NotImplementedError"


def _holds(condition: Callable[[Any], bool], value: Any) -> bool:
    """A condition of a value that may be anything: what cannot be looked at does not hold."""
    try:
        return bool(condition(value))
    except (TypeError, ValueError, LookupError, AttributeError):
        return False
