"""Judge of exercise 10.1: which listener's value answers which request.

    ("event", 1, 12, 2)    ─▶ []       event 1 has the id 12, and two listeners
    ("returned", 1, None)  ─▶ []       one has nothing to say
    ("returned", 1, 5)     ─▶ [("ack", 12, [5])]

Exercises.  Builds on: `grading.trial`.
What is new here: a request that is answered too early, or without an id, is wrong whatever values
its answer has.
Left out: whether what is answered is forgotten.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import partial
from typing import Any

from ...trial import Answer, Exercise, Play, Raised, Trial, Verdict, Wrong, WrongIdea, text

CASES = {
    (ONE := "one request"):
        'When the listener has returned: [("ack", id, [value])], with the id that came with this '
        "event. Before that nothing is known: [].",
    (IDS := "with an id, or without"):
        "None means that nobody waits: []. Every number is an id, and 0 is the first one that a "
        "client uses.",
    (VALUES := "what a listener returns"):
        "A tuple is several values. None is no value, and the answer is []. Anything else is one "
        "value, also a list, 0, '' or False.",
    (MANY := "several requests at once"):
        "Keep the id of each event under the number of the event, on self. Listeners end in any "
        "order.",
    (LISTENERS := "several listeners"):
        "The first value that is not None is the answer, at once. If all return None, the answer "
        "is [], when the last one has ended. There is one answer.",
    (FAILED := "a listener that fails"):
        "It has ended, and has no value: the others may answer. If all fail, there is no answer.",
}  # fmt: skip
Event = tuple[Any, ...]
Actions = list[tuple[Any, ...]]


class Open:
    """One event whose listeners have not all ended."""

    def __init__(self, id: Any, left: int) -> None:
        self.id, self.left = id, left
        self.done = self.returned = False
        self.kept: list[Any] = []  # values, for those that wait for the last one


SHARED: dict[int, Open] = {}  # by sockets that have one table


class Right:
    """The answer, with a switch for each mistake."""

    def __init__(self, wrong: Wrong) -> None:
        self.wrong, self.last = wrong, None
        self.open: dict[int, Open] = {}
        if "shared" in wrong:
            self.open = SHARED
            SHARED.clear()

    def handle(self, event: Event) -> Actions:
        (kind, number, *given), wrong = event, self.wrong
        if kind == "event":
            self.last, listeners = given
            self.open[number] = one = Open(*given)
            one.done = "early" in wrong
            wanted = self.last is not None or "always" in wrong
            times = listeners if "for each" in wrong else 1
            answers = "early" in wrong or "early too" in wrong
            return [("ack", self.last, []) for _ in range(times) if answers and wanted]
        one = self.open[number]
        one.left -= not (kind == "failed" and "failures stay" in wrong)
        if (one.id is None and "always" not in wrong) or (one.id == 0 and "0 is none" in wrong):
            return []
        if kind == "failed":
            return self._failed(number, one)
        value = given[0]
        if "falsy" in wrong and not value and value != ():
            value = None
        one.returned = True
        if value is None and "no none" in wrong:
            return []
        if value is not None or "none at once" in wrong:
            one.kept.append(value)
            if "waits" not in wrong:
                return self._answer(number, one, value)
        return self._last(number, one)

    def _failed(self, number: int, one: Open) -> Actions:
        wrong = self.wrong
        if "failure forbids" in wrong:
            one.done = True
        elif "failure answers" in wrong:
            return self._answer(number, one, None)
        elif "failures answer" in wrong:
            one.returned = True
        return self._last(number, one)

    def _last(self, number: int, one: Open) -> Actions:
        """An answer, if it was the last one."""
        wrong = self.wrong
        if one.left and not ("each" in wrong and one.returned):
            return []
        if not one.returned or ("no none" in wrong and not one.kept):
            return []
        kept = [] if wrong & {"each", "each value"} else one.kept
        return self._answer(number, one, kept[-1 if "last value" in wrong else 0] if kept else None)

    def _answer(self, number: int, one: Open, value: Any) -> Actions:
        wrong = self.wrong
        if one.done and not wrong & {"each", "each value"}:
            return []
        one.done = True
        id = self.last if "last id" in wrong else number if "number" in wrong else one.id
        if value is None and "none in list" not in wrong:
            values = []
        elif type(value) is tuple and len(value) == 1 and "two or more" in wrong:
            values = [value]
        elif (type(value) is tuple and "tuple is one" not in wrong) or (
            "iterable" in wrong and type(value) in (str, list, dict)
        ):
            values = [*value]
        elif type(value) is list and "list is several" in wrong:
            values = value
        else:
            values = value if "bare" in wrong else [value]
        return [("ack", id, values)]


def judge_10_1(answer: Answer, chance: random.Random) -> Verdict:
    trial = Trial(answer, chance, Right)
    one, two, three = chance.sample(range(1, 50), 3)
    first, second, third = chance.sample(range(100, 1000), 3)
    word, other = text.phrase(chance, at_most=4), text.phrase(chance, at_most=4)

    def story(case: str, *events: Event) -> None:
        trial.play(case, partial(_story, [(1, event) for event in events]))

    story(ONE, ("event", one, first, 1), ("returned", one, word))
    story(ONE, ("event", one, first, 1), ("returned", one, word), ("event", two, second, 1),
          ("returned", two, chance.randint(1, 99)))  # fmt: skip
    story(IDS, ("event", one, 0, 1), ("returned", one, word))
    story(IDS, ("event", one, None, 1), ("returned", one, word))
    story(IDS, ("event", one, None, 2), ("returned", one, None), ("returned", one, None))
    story(IDS, ("event", one, None, 1), ("failed", one))
    for value in (None, 0, "", False, (word, other), (word,), [word, other], [], [word],
                  {"a": word}):  # fmt: skip
        story(VALUES, ("event", one, first, 1), ("returned", one, value))
    several = ("event", one, first, 1), ("event", two, second, 1), ("event", three, third, 1)
    story(MANY, *several, ("returned", two, word), ("returned", three, other),
          ("returned", one, None))  # fmt: skip
    story(MANY, ("event", one, first, 1), ("event", two, None, 1), ("returned", one, word),
          ("returned", two, other))  # fmt: skip
    trial.play(MANY, partial(_story, [
        (1, ("event", one, first, 1)), (2, ("event", one, second, 1)),
        (2, ("returned", one, word)), (1, ("returned", one, other))]))  # fmt: skip
    for values in [word, other, 3], [None, word, other], [None, None, None], [word, None, None], \
            [None, "", 0], [word, word, other]:  # fmt: skip
        story(LISTENERS, ("event", one, first, 3), *(("returned", one, value) for value in values))
    story(FAILED, ("event", one, first, 1), ("failed", one))
    for ends in ["failed", word], [word, "failed"], ["failed", None], [None, "failed"], \
            ["failed", "failed"]:  # fmt: skip
        told = [("failed", one) if end == "failed" else ("returned", one, end) for end in ends]
        story(FAILED, ("event", one, first, 2), *told)
    return trial.verdict()


def _story(events: Sequence[tuple[int, Event]], play: Play) -> None:
    """Tell what happens to one socket, or to two."""
    if two := max(socket for socket, _ in events) > 1:
        play.subject.close()  # a process of its own
    made = [play.make("Answers") for _ in range(1 + two)]
    ids: dict[tuple[int, int], Any] = {}
    for socket, event in events:
        play.tell(f"socket {socket}: {event!r}" if two else repr(event))
        if event[0] == "event":
            ids[socket, event[1]] = event[2]
        got = play.call("handle", event, on=made[socket - 1])
        play.see(got, counts=_counts(got, event, ids[socket, event[1]]))
        if isinstance(got, Raised):
            return


def _counts(got: Any, event: Event, id: Any) -> Any:
    """The answers; how many, where there has to be none.  None: no actions."""
    if type(got) is not list:
        return None
    if not all(type(one) in (tuple, list) and len(one) == 3 for one in got):
        return None
    if event[0] == "event" or id is None:
        return len(got)
    return [(kind, to, [*said] if type(said) is tuple else said) for kind, to, said in got]


EXERCISES = (Exercise(
    number="10.1", title="Answer a request", section="answer", minutes=12, core=True,
    names=("Answers",), cases=CASES, judge=judge_10_1,
    hints=(
        "When a listener ends you are told the number of the event, and nothing else. What do you "
        "have to know of this event by then? Keep it in a dict, under the number.",
        "Keep for each event: its id, how many listeners still run, whether one has returned, and "
        "whether it was answered. An event without an id: is not None, and not `if id`.",
        "returned or failed: left -= 1. A value that is not None, if not answered yet: answer it. "
        "Else, if left is 0, one has returned and it is not answered yet: answer []. The values: "
        "list(value) for a tuple, [value] for the rest.",
    ),
    wrong_ideas={
        "zero_is_no_id": WrongIdea("0 is no id",
            "`if id` is false for 0, and 0 is the id of the first request of each client. It "
            "would wait until its time limit is over. Write `if id is not None`.", "0 is none"),
        "ack_always": WrongIdea("every event is answered",
            "An event without an id is no request: nobody waits, and a packet without a number "
            "belongs to nothing. Answer only an event that has an id.",
            "always; always, none at once; always, failures answer"),
        "ack_twice": WrongIdea("each listener answers",
            "A request has one answer. Whoever has asked takes the first and forgets the number; "
            "the second finds nobody. Note that a request was answered.",
            "each; each value; each, failure answers; each value, none at once; each value, "
            "failure answers"),
        "ack_before_handler": WrongIdea("the answer does not wait for the listener",
            "An answer says that the work is done, and what came out. A listener that looks "
            "something up takes its time, and it may fail. Answer when it has returned.",
            "early; early too; early, for each"),
        "none_means_no_ack": WrongIdea("None is no answer",
            "The listener is done, and has nothing to say: the other side has to know that. "
            "Without an answer it waits until its time limit is over, and calls this a failure. "
            "Answer with no values: [].", "no none; no none, falsy"),
        "id_of_last_request": WrongIdea("the answer gets the id of the latest request",
            "While a listener works other requests come. One attribute for the id keeps only the "
            "last: one caller gets another's answer. Keep an id for each event.", "last id"),
        "falsy_is_none": WrongIdea("0, '' and False are no values",
            "How many messages are unread? 0. `if value` takes that for nothing. Only None is no "
            "value: `if value is not None`.", "falsy"),
        "tuple_is_one_value": WrongIdea("a tuple is one value",
            "A listener with several values to answer returns a tuple, as Python functions do. "
            "They are the values of the answer: list(value).", "tuple is one"),
        "list_is_several": WrongIdea("a list is several values",
            "A list is one value: somebody asks for all names and gets a list of them. Only a "
            "tuple is several values.", "list is several"),
        "none_in_the_list": WrongIdea("None is a value of the answer",
            "[None] is one value, null on the wire. A listener that returns nothing has no value: "
            "[].", "none in list"),
        "waits_for_all": WrongIdea("the answer waits for all listeners",
            "The caller wants the value, and it is there. A second listener that only writes a "
            "log may take a minute.", "waits; waits, last value"),
        "first_end_answers": WrongIdea("the listener that ends first answers",
            "A listener that only counts returns None at once, and the one that knows the answer "
            "still works. None waits for the others.",
            "none at once; none at once, failure forbids"),
        "failure_answered": WrongIdea("a failure is an answer",
            "[] would say that the work is done. If all have failed, there is no answer, and the "
            "caller's time limit tells it so.",
            "failure answers; failures answer; none at once, failure answers"),
    },
    slips={
        "Each socket has its own events: keep them on self, and not in the class.": "shared",
        "The number of the event is known here alone. The answer carries the id that came with "
        "the event.": "number",
        "The third part of an answer is a list: [value].": "bare",
        "A tuple may have one value only, and it is this value that is answered: list(value).":
            "two or more",
        "A text is one value, and a list is, too. list(value) takes them apart.": "iterable",
        "A listener that fails has ended, too: one less is running.": "failures stay",
        "One listener has failed; what the others return is an answer all the same.":
            "failure forbids",
    },
),)  # fmt: skip
