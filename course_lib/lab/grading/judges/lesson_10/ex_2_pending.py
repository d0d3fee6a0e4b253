"""Judge of exercise 10.2: the table of requests that wait for an answer, on the judge's clock.

    0.0  ("ask", "ada", 5.0)    ─▶ [("send", "ada", 0)]
    1.2  ("answer", 0, ["예"])   ─▶ [("give", "ada", ["예"])]      5.0  ("time",) ─▶ []

Exercises.  Builds on: `grading.trial`.
What is new here: the answer chooses the ids, and the story goes on with them.
Left out: an answer that comes after its deadline and before the clock was looked at.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import partial
from typing import Any

from ...sandbox.values import is_number
from ...trial import Answer, Exercise, Play, Raised, Trial, Verdict, Wrong, WrongIdea, text

CASES = {
    (ASK := "a request and its answer"):
        'ask: [("send", caller, id)], where id is a whole number. answer: [("give", caller, '
        "values)], to the caller whose id it has, and with the values as they are.",
    (IDS := "a new id for each request"):
        "A whole number from 0 on, that no request of this connection has had before: not even "
        "one that was answered, or is too late.",
    (ORDER := "answers in another order"):
        "Each answer carries the id of its request. Which of them was asked first says nothing.",
    (DEADLINE := "no answer in time"):
        '[("fail", caller, "timeout")], once, at the first ("time",) at or after the moment of '
        "the request + timeout. Each request has its own deadline; None is none.",
    (ANSWERED := "after the answer"):
        "A request that was answered is over: its deadline means nothing any more, nor does a "
        "second answer.",
    (LATE := "an answer that is too late, or was never asked for"):
        "Nobody waits for it: []. No other request has anything to do with it.",
    (CLOSED := "the connection ends"):
        '[("fail", caller, "closed")] for each that still waits, with a deadline or without. Then '
        "nobody waits.",
    (COUNT := "how many wait"):
        "waiting() counts the requests that have neither been answered nor failed.",
}  # fmt: skip
TIME, CLOSE, WAITING = ("time",), ("closed",), ("waiting",)
Actions = list[tuple[Any, ...]]


class Asked:
    """One request.  `over`: it was answered, or has failed."""

    def __init__(self, caller: str, due: float | None) -> None:
        self.caller, self.due, self.over = caller, due, False


SHARED: dict[int, Asked] = {}  # by connections that have one table


class Right:
    """The answer, with a switch for each mistake."""

    def __init__(self, wrong: Wrong) -> None:
        self.wrong, self.next = wrong, 0
        self.table: dict[int, Asked] = {}
        self.latest: float | None = None
        self.late: dict[int, Asked] = {}
        if "shared" in wrong:
            self.table = SHARED
            SHARED.clear()

    def waiting(self) -> int:
        if "counts all" in self.wrong:
            return self.next
        return len(self.table)

    def handle(self, event: tuple[Any, ...], now: float) -> Actions:
        wrong, table = self.wrong, self.table
        match event:
            case "ask", caller, timeout:
                return self._ask(caller, timeout, now)
            case "answer", id, values:
                if ("by order" in wrong or ("stranger" in wrong and id not in table)) and table:
                    id = min(table)
                if "raises" in wrong and id not in table:
                    raise KeyError(id)
                if id in self.late:
                    return [("give", self.late.pop(id).caller, values)]
                if id not in table or ("over" in wrong and table[id].over):
                    return []
                asked = table[id]
                asked.over = True
                if "no due" in wrong:
                    asked.due = None
                if "answers stay" not in wrong:
                    del table[id]
                if "first value" in wrong:
                    values = values[0] if values else None
                return [("give", asked.caller, values)]
            case ("time",):
                return self._time(now)
        return self._closed()

    def _ask(self, caller: str, timeout: float | None, now: float) -> Actions:
        wrong, table = self.wrong, self.table
        if "none crashes" in wrong and timeout is None:
            raise TypeError(timeout)
        id = self.next
        self.next += 1
        if "count" in wrong:
            id = len(table)
        elif "least free" in wrong:
            id = next(number for number in range(id + 1) if number not in table)
        if timeout == 0 and "0 is none" in wrong:
            timeout = None
        due = None if timeout is None else timeout + (0 if "from zero" in wrong else now)
        self.latest = due
        table[id] = Asked(caller, None if "no deadline" in wrong else due)
        return [("send", caller, id)]

    def _time(self, now: float) -> Actions:
        wrong, table, failed = self.wrong, self.table, Actions()
        for id, asked in [*table.items()]:
            due = self.latest if "last deadline" in wrong else asked.due
            late = due is not None and (now > due if "past" in wrong else now >= due)
            if late and not ("over" in wrong and asked.over):
                failed.append(("fail", asked.caller, "timeout"))
                asked.over = True
                if "leak" not in wrong:
                    del table[id]
                if "late found" in wrong:
                    self.late[id] = asked
                if "iterates" in wrong:
                    raise RuntimeError
                if "one by one" in wrong:
                    break
            elif "oldest" in wrong:
                break
        return [] if "silent" in wrong else failed

    def _closed(self) -> Actions:
        wrong, table = self.wrong, self.table
        left = [asked for asked in table.values() if not ("over" in wrong and asked.over)]
        if "hangs if no deadline" in wrong:
            left = [asked for asked in left if asked.due is not None]
        if "hangs" in wrong:
            left = []
        if "closed stay" not in wrong:
            table.clear()
        return [("fail", asked.caller, "closed") for asked in left]


def judge_10_2(answer: Answer, chance: random.Random) -> Verdict:
    trial = Trial(answer, chance, Right)
    ada, bob, eve, kim = (f"{text.name(chance)}{number}" for number in range(4))
    some, more, rest = ([text.phrase(chance, at_most=3)] for _ in range(3))
    many = [*some, None, chance.randint(2, 99)]

    def story(case: str, *steps: Any) -> None:
        trial.play(case, partial(_story, [steps]))

    story(ASK, WAITING, ("ask", ada, 5.0), WAITING, 0.3, ("answer", ada, some), WAITING)
    story(ASK, ("ask", ada, None), 0.2, ("answer", ada, many), ("ask", bob, 5.0), 0.2,
          ("answer", bob, []), WAITING)  # fmt: skip
    story(IDS, ("ask", ada, 5.0), ("ask", bob, 5.0), ("ask", eve, None), 0.1, ("answer", ada, some),
          ("ask", kim, 3.0))  # fmt: skip
    story(IDS, ("ask", ada, 5.0), 0.1, ("answer", ada, some), 0.1, ("ask", bob, 5.0), 0.1,
          ("answer", bob, more), ("ask", eve, 5.0))  # fmt: skip
    story(ORDER, ("ask", ada, 5.0), ("ask", bob, None), 0.1, ("ask", eve, 4.0), 0.5,
          ("answer", eve, some), ("answer", bob, more), ("answer", ada, rest), WAITING)  # fmt: skip
    story(DEADLINE, ("ask", ada, 2.0), 1.9, TIME, 0.2, TIME, 0.1, TIME, WAITING)
    story(DEADLINE, ("ask", ada, 2.0), ("ask", bob, None), WAITING, 2.0, TIME, WAITING)
    story(DEADLINE, ("ask", ada, 6.0), 0.5, ("ask", bob, 2.0), 0.5, ("ask", eve, None), 1.0, TIME,
          1.0, TIME, WAITING, 2.8, TIME, 0.4, TIME, WAITING, 500.0, TIME, WAITING)  # fmt: skip
    story(DEADLINE, ("ask", ada, 2.0), ("ask", bob, 2.5), ("ask", eve, 9.0), 4.0, TIME, 0.1, TIME)
    story(DEADLINE, ("ask", ada, 0.0), 0.1, TIME, WAITING)
    story(ANSWERED, ("ask", ada, 2.0), 1.0, ("answer", ada, some), 1.5, TIME, WAITING)
    story(ANSWERED, ("ask", ada, None), 1.0, ("answer", ada, some), ("answer", ada, more), WAITING)
    story(ANSWERED, ("ask", ada, 5.0), ("ask", bob, 5.0), 1.0, ("answer", ada, some), 1.0,
          ("answer", ada, some), 4.0, TIME, 0.1, TIME)  # fmt: skip
    story(LATE, ("ask", ada, 2.0), 2.5, TIME, 0.5, ("answer", ada, some), WAITING,
          ("ask", bob, 2.0))  # fmt: skip
    story(LATE, ("ask", ada, 2.0), ("ask", eve, 9.0), 2.5, TIME, ("ask", bob, 5.0), 0.5,
          ("answer", ada, some), ("answer", bob, more), 0.1, ("answer", eve, rest))  # fmt: skip
    story(LATE, ("ask", ada, 5.0), 0.5, ("answer", None, some), WAITING, ("answer", ada, more))
    story(CLOSED, ("ask", ada, 5.0), ("ask", bob, None), 0.5, CLOSE, WAITING, 9.0, TIME)
    story(CLOSED, ("ask", ada, 1.0), ("ask", bob, None), ("ask", eve, 5.0), 0.5,
          ("answer", eve, some), 1.0, TIME, 0.1, CLOSE, 9.0, TIME)  # fmt: skip
    other = [("ask", bob, 5.0), WAITING, 0.5, WAITING]
    both = [("ask", ada, 5.0), WAITING, 0.5, ("answer", ada, some), WAITING], other
    trial.play(ORDER, partial(_story, both))
    return trial.verdict()


def _story(stories: Sequence[Sequence[Any]], play: Play) -> None:
    """What happens to one connection, or to two at the same time.  Numbers are seconds that pass.

    Quarters of a second add up exactly, so a deadline may be met to the moment.
    """
    two = len(stories) > 1
    if two:
        play.subject.close()  # a process of its own
    now = play.chance.randint(40, 4000) / 4
    tables = [_Table(play, f"connection {at}: " if two else "")
              for at in range(1, 1 + len(stories))]  # fmt: skip
    for at in range(len(stories[0])):
        for table, steps in zip(tables, stories, strict=True):
            step = steps[at] if at < len(steps) else 0.0
            if isinstance(step, float):
                table.late = round(table.late + step, 2)
            elif not table.step(step, round(now + table.late, 2)):
                return


class _Table:
    """One of the answer's tables, and the ids that it has given."""

    def __init__(self, play: Play, whose: str) -> None:
        self.play, self.whose, self.late = play, whose, 0.0
        self.made = play.make("Pending")
        self.ids: dict[Any, Any] = {}

    def step(self, step: tuple[Any, ...], now: float) -> bool:
        """False: nothing that follows would mean anything."""
        play = self.play
        if step == WAITING:
            play.tell(f"{self.whose}waiting()")
            play.see(play.call("waiting", on=self.made), case=COUNT)
            return True
        if step[0] == "answer":
            unknown = max(self.ids.values()) + 100
            step = ("answer", self.ids.get(step[1], unknown), step[2])
        play.tell(f"{self.whose}{now:8.2f}  {step!r}")
        got = play.call("handle", step, now, on=self.made)
        if step[0] != "ask":
            play.see(got, counts=_sorted(got))
            return not isinstance(got, Raised)
        id = _sent(got, step[1])
        if id in self.ids.values():
            owner = next(caller for caller, one in self.ids.items() if one == id)
            play.see(got, counts="again", case=IDS,
                     text=f"{got!r}, and {id} was the id of {owner!r}")  # fmt: skip
            return False
        self.ids[step[1]] = id
        play.see(got, counts="sent" if id is not None else None)
        return id is not None


def _sent(got: Any, caller: str) -> Any:
    """The id with which it sends the request; None if it does not."""
    if _sorted(got) is None or len(got) != 1 or tuple(got[0][:2]) != ("send", caller):
        return None
    id = got[0][2]
    return id if is_number(id) and type(id) is int and id >= 0 else None


def _sorted(got: Any) -> Any:
    """Actions in any order, each as a tuple or a list.  None: no actions."""
    if type(got) is not list:
        return None
    if not all(type(one) in (tuple, list) and len(one) == 3 for one in got):
        return None
    return sorted((tuple(one) for one in got), key=repr)


EXERCISES = (Exercise(
    number="10.2", title="The table of requests", section="deadline", minutes=15, core=True,
    names=("Pending",), cases=CASES, judge=judge_10_2,
    hints=(
        "Two things have to be known of a request that waits: its caller, and its deadline. They "
        "stand in a dict, under its id. When does an entry leave this dict?",
        "An entry leaves in three ways: its answer came, its deadline is over, the connection has "
        "ended. An answer whose id is not in the dict: []. For ids, count all requests, and not "
        "those that wait.",
        "answer: entry = self.table.pop(id, None), and [] if it is None. time: collect the ids "
        "whose deadline is not None and <= now, then pop each of them. closed: all that are left, "
        "and clear().",
    ),
    wrong_ideas={
        "matched_by_order": WrongIdea("the first answer belongs to the first request",
            "Listeners take different times: a quick one answers before a slow one that was asked "
            "first. The number in the answer says which request it belongs to.", "by order"),
        "late_ack_hits_next": WrongIdea("an id may be used again",
            "An answer may come after its deadline, or twice. If another request has the same id "
            "by then, it gets an answer to a question that it has not asked. Use each id once: "
            "count all requests.", "count; least free; stranger"),
        "leak_after_timeout": WrongIdea("a request that is too late stays in the table",
            "It has failed, and nobody waits for it. If it stays it fails again, or a late answer "
            "finds it, or the table grows with every request that is lost. Take it out.",
            "leak; leak, over; late found"),
        "hangs_on_disconnect": WrongIdea("the end of the connection ends no request",
            "No answer can come any more. Whoever has set no deadline waits for ever, and the "
            "others longer than they need. Fail all of them, at once.",
            "hangs; hangs, closed stay; hangs if no deadline; hangs if no deadline, closed stay"),
        "deadline_after_answer": WrongIdea("an answer leaves the request in the table",
            "It was answered, and so it is over. If it stays its deadline fails it, or a second "
            "answer is given to a caller who has gone on.",
            "answers stay; answers stay, over; answers stay, no due"),
        "unknown_answer_raises": WrongIdea("an answer that nobody waits for is an error",
            "It is normal: it was late, by a moment. An exception here would end the connection "
            "of a client that did nothing wrong. Ignore it: [].", "raises"),
        "only_the_oldest": WrongIdea("the oldest request is the first that is late",
            "Each request has its own deadline: a later one may have less time, and the oldest "
            "may have no deadline at all. Look at all of them.", "oldest"),
        "never_late": WrongIdea("every answer comes at some time",
            "A listener may hang, or there is none for this event, and then no answer ever comes. "
            "The caller has said how long it wants to wait.", "no deadline; silent"),
    },
    slips={
        "Each connection has its own table: keep it on self, and not in the class.": "shared",
        "None is no deadline: this request waits as long as the connection lives.":
            "none crashes",
        "0 seconds are a limit, and only None is none: ask `timeout is None`.": "0 is none",
        "At the moment itself it is time: compare with >=, and not with >.": "past",
        "Each request has its own deadline. One attribute for all keeps only the last.":
            "last deadline",
        "The clock does not begin at 0: the deadline is now + timeout.": "from zero",
        "Several deadlines may be over at once, and all these requests fail now.": "one by one",
        "waiting() is about those that still wait, and not about all that were asked.":
            "counts all",
        "After the end nobody waits: the table is empty.": "closed stay",
        "A dict must not change while a loop goes over it. Go over list(self.table.items()).":
            "iterates",
        "The values are given as they came: a list, of none or of several.": "first value",
    },
),)  # fmt: skip
