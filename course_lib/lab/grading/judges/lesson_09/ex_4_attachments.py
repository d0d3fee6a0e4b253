"""Judge of exercise 9.4: bytes leave an event, and come back into it.

    take_out(["photo", b"\\x01"])      ─▶  ["photo", {"_placeholder": True, "num": 0}], [b"\\x01"]
    event([…, {… "num": 0}], 1)       ─▶  None
    attachment(b"\\x01")              ─▶  ["photo", b"\\x01"]

Exercises.  Builds on: `grading.trial`.
What is new here: numbers that do not ascend, which no good sender writes, show whether they were
read; and the same event is taken apart twice, which shows whether the first time has changed it.
Left out: the texts of packets (9.1, 9.2), bytearray, tuples.
"""

from __future__ import annotations

import base64
import random
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from ...trial import Answer, Exercise, Play, Raised, Trial, Verdict, Wrong, WrongIdea, shown, text

CASES = {
    (OUT := "bytes taken out"):
        "In the place of each bytes stands {'_placeholder': True, 'num': its number}; the bytes "
        "are in a list, a new one for each event. An event without bytes stays as it is, with an "
        "empty list.",
    (NESTED := "bytes inside of lists and dicts"):
        "An argument may be a list or a dict, with more of them inside: look into each, however "
        "deep. The numbers count in the order of the text: from left to right.",
    (AGAIN := "the same event for two clients"):
        "take_out builds new lists and dicts. What it was given stays as it was.",
    (BACK := "one event put together"):
        "event: None if attachments are due, else the data. attachment: None, and at the last "
        "one the data, with each attachment where its number is.",
    (DEEP := "placeholders inside of lists and dicts"):
        "Look into each list and each dict, however deep. Only a dict with '_placeholder': True "
        "is a placeholder, and its num says which attachment belongs there.",
    (NEXT := "event after event"):
        "Each event has its own attachments, which are counted from 0. Nothing is left of the one "
        "before. Each connection has its own Collector.",
    (REFUSED := "what must not come"):
        "ValueError: an event while attachments are due, an attachment while none is, and a "
        "placeholder whose number no attachment has.",
}  # fmt: skip
GIVEN = """
def given_twice(data):
    take_out(data)
    return take_out(data)
"""
SHARED: list[Any] = []  # of all connections, if that is the mistake


def _hole(number: int) -> dict[str, Any]:
    return {"_placeholder": True, "num": number}


def right_take_out(data: list[Any], wrong: Wrong) -> tuple[Any, list[bytes]]:
    """The answer, with a switch for each mistake."""
    found: list[bytes] = []
    levels = [*data] if "level by level" in wrong else []
    for at, one in enumerate(levels):
        levels[at] = _taken(one, found, wrong) if type(one) is bytes else one
    written = _out(levels or data, found, wrong, 0)
    if "reversed" in wrong:
        found.reverse()
    if wrong & {"base64", "base64 too"}:
        return written, found if "base64 too" in wrong else []
    return written, found


def _out(value: Any, found: list[bytes], wrong: Wrong, depth: int) -> Any:
    kind = type(value)
    if kind is bytes:
        return _taken(value, found, wrong)
    missed = ("no lists" if kind is list else "no dicts") in wrong and depth > 0
    if kind not in (list, dict) or missed or depth > _deepest("out", wrong):
        return value
    keys = [*(range(len(value)) if kind is list else value)]
    order = reversed(keys) if "from the right" in wrong else keys
    done = {key: _out(value[key], found, wrong, depth + 1) for key in order}
    kept = "in place" in wrong or ("dicts in place" in wrong and kind is dict)
    made = value if kept else [*value] if kind is list else {**value}
    for key, one in done.items():
        made[key] = one
    return made


def _deepest(way: str, wrong: Wrong) -> float:
    return 0 if f"top {way}" in wrong else 1 if f"one level {way}" in wrong else float("inf")


def _taken(value: bytes, found: list[bytes], wrong: Wrong) -> Any:
    if value == b"" and "empty stays" in wrong:
        return value
    if wrong & {"base64", "base64 too"}:
        found.append(value)
        return base64.b64encode(value).decode()
    if value in found and "same once" in wrong:
        return _hole(found.index(value))
    found.append(value)
    hole = _hole(len(found) - ("from one" not in wrong))
    if "all zero" in wrong:
        hole["num"] = 0
    return {"num": hole["num"]} if "no mark" in wrong else hole


class Right:
    """The other half."""

    def __init__(self, wrong: Wrong) -> None:
        SHARED.clear()
        self.wrong, self.count, self.data, self.due = wrong, 0, None, False
        self.bytes: list[bytes] = SHARED if "shared" in wrong else []
        self.later: list[tuple[Any, int]] = []

    def event(self, data: Any, count: int) -> Any:
        wrong = self.wrong
        if self.due:
            if "passes" in wrong and count == 0:
                return data
            if "queued" in wrong:
                self.later.append((data, count))
                return None
            if not wrong & {"replaces", "replaces all"}:
                raise ValueError("attachments are due")
        if "early" in wrong and count:  # refuses a wrong number as soon as it can be seen
            self._in(data, [b""] * count, 0)
        if "replaces all" in wrong:
            self.bytes.clear()
        self.due = count > 0
        self.data, self.count = data, count
        if "at once" in wrong:
            return data
        return None if self.due or "none at 0" in wrong else data

    def attachment(self, one: bytes) -> Any:
        wrong = self.wrong
        if not self.due:
            if "stray ok" in wrong:
                return None
            raise ValueError("no attachment is due")
        self.bytes.append(one)
        if len(self.bytes) < self.count - ("one early" in wrong) and "first" not in wrong:
            return None
        attachments = [*self.bytes]
        if "stays" not in wrong:
            self.bytes.clear()
        self.due = False
        left = [*attachments]
        data = self._in(self.data, left if wrong & {"in order", "from the end"} else attachments, 0)
        if self.later:
            self.event(*self.later.pop(0))
        return data

    def _in(self, value: Any, attachments: list[bytes], depth: int) -> Any:
        wrong, kind = self.wrong, type(value)
        if kind is dict and (value.get("_placeholder") is True or _looks_so(value, wrong)):
            if wrong & {"in order", "from the end"} and attachments:
                return attachments.pop(0 if "in order" in wrong else -1)
            number = value["num"]
            if wrong & {"first", "one early"} and number >= len(attachments):
                return value
            if number >= len(attachments) or (number < 0 and "negative" not in wrong):
                if "bad stays" in wrong:
                    return value
                raise ValueError(number)
            return attachments[number]
        if kind is list and not (depth and wrong & {"no lists in"}):
            if depth > _deepest("in", wrong):
                return value
            return [self._in(one, attachments, depth + 1) for one in value]
        if kind is dict and "no dicts in" not in wrong and depth <= _deepest("in", wrong):
            return {key: self._in(one, attachments, depth + 1) for key, one in value.items()}
        return value


def _looks_so(value: dict[str, Any], wrong: Wrong) -> bool:
    return ("num" in value and "any num" in wrong) or (
        "_placeholder" in value and "any mark" in wrong
    )


def judge_9_4(answer: Answer, chance: random.Random) -> Verdict:
    right: dict[str, Any] = {"take_out": right_take_out, "Collector": Right}
    trial = Trial(answer, chance, right, reads=_reading, also_right=["early"])
    name, key, other, last = (text.name(chance) for _ in range(4))
    said, number = text.phrase(chance, at_most=4), chance.randint(2, 9)
    a, b, c, d = (bytes([at]) + chance.randbytes(2) for at in range(4))
    deep = [name, {key: [said, a, {other: b}], last: c}, [[d], number], b"\xff" + a]
    tree = [name, [said, {key: {other: [[a]]}}]]
    data: list[Any]
    for data in ([name, a], [name, said, number], [name, a, b, said, c], [name, a, a], [name, b""]):
        trial.ask(OUT, data, name="take_out")
    mixed = [name, {key: [{other: said}, None, True]}, [a, [b, {key: c}], d]]
    shallow = [name, [a]], [name, {key: a}], [name, [said, a], b], [name, {key: a, last: b}, c]
    for data in *shallow, deep, tree, mixed:
        trial.ask(NESTED, data, name="take_out")
    for data in [name, a, b], [name, {key: a}, [b]], deep:
        trial.play(AGAIN, partial(_twice, data))
    for case, *steps in _stories(chance):
        trial.play(case, partial(_story, steps))
    return trial.verdict()


def _stories(chance: random.Random) -> Iterator[Any]:
    """What a Collector is told: a case, and its events and attachments."""
    said, number = text.phrase(chance, at_most=4), chance.randint(2, 9)
    name, key, other, last = (text.name(chance) for _ in range(4))
    a, b, c = (bytes([at]) + chance.randbytes(2) for at in range(3))
    h = [_hole(at) for at in range(3)]
    yield BACK, ([name, h[0]], 1), a
    yield BACK, ([name, said, number], 0)
    yield BACK, ([name, h[0], said, h[1], h[2]], 3), a, b, c
    yield BACK, ([name, h[0]], 1), b""
    yield DEEP, ([name, [h[0]]], 1), a
    yield DEEP, ([name, {key: h[0]}], 1), a
    yield DEEP, ([name, {key: [said, h[0], {other: h[1]}], last: number}, [[h[2]]]], 3), a, b, c
    yield DEEP, ([name, h[1], {key: h[0]}], 2), a, b
    yield DEEP, ([name, h[2], h[0], h[1]], 3), a, b, c
    yield DEEP, ([name, {"num": number, "_placeholder": said}, {"num": 0}, h[0]], 1), a
    yield NEXT, ([name, h[0]], 1), a, ([other, h[0], h[1]], 2), b, c, ([last, number], 0)
    yield NEXT, ([name, {key: h[0]}, h[1]], 2), a, b, ([other, number], 0), ([last, h[0]], 1), c
    yield NEXT, ([name, h[0], h[1]], 2), (1, [other, h[0]], 1), a, (1, b), c
    yield REFUSED, ([name, h[0], h[1]], 2), a, ([other, said], 0)
    yield REFUSED, ([name, h[0], h[1]], 2), ([other, said], 0)
    yield REFUSED, ([name, h[0], h[1]], 2), a, ([other, h[0]], 1), b, c
    yield REFUSED, ([name, h[0], h[1]], 2), a, ([other, h[0], h[1]], 2), b, c
    yield REFUSED, a
    yield REFUSED, ([name, said], 0), a
    yield REFUSED, ([name, h[0]], 1), a, b
    for bad in 1, -1, 7:
        yield REFUSED, ([name, _hole(bad)], 1), a


def _reading(value: Any) -> Any:
    """take_out gives two values, in a tuple or a list; event and attachment give data, or None."""
    return [*value] if type(value) is tuple else value


def _twice(data: Any, play: Play) -> None:
    play.tell(f"take_out({shown(data)}), and the same object once more")
    play.see(play.call("given_twice", data))


def _story(steps: Sequence[Any], play: Play) -> None:
    """Events, (data, count), and attachments; a 1 before them means the second connection."""
    two = any(type(step) is tuple and step[0] == 1 for step in steps)
    names = ("ada", "bob") if two else ("collector",)
    made = [play.make("Collector") for _ in names]
    for step in steps:
        number = int(type(step) is tuple and step[0] == 1)
        given = step[number:] if type(step) is tuple else (step,)
        method = "event" if len(given) == 2 else "attachment"
        play.tell(f"{names[number]}.{method}({', '.join(map(shown, given))})")
        got = play.call(method, *given, on=made[number])
        refused = isinstance(got, Raised) and got.is_a("ValueError")
        play.see(got, counts="refused" if refused else None)
        if isinstance(got, Raised):
            break
    if two or (play.case == REFUSED and any(type(step) is bytes for step in steps)):
        play.subject.close()  # a list in the class would keep what has come


EXERCISES = (Exercise(
    number="9.4", title="Attachments", section="attachments", minutes=16,
    names=("take_out", "Collector"), cases=CASES, judge=judge_9_4,
    given=(("<the judge>", GIVEN),),
    hints=(
        "Both directions are a function that calls itself: for a list it builds a list of what it "
        "gives for each item, for a dict a dict. What does it give for bytes, and for a hole?",
        "take_out: a function inside of it appends to a list, and its number is the length of "
        "that list before. Collector keeps three things: the data that waits, how many are due, "
        "and the list of what has come; event makes a new list.",
        "def put(value): if isinstance(value, list): return [put(one) for one in value]. A dict "
        'with value.get("_placeholder") is True: number = value["num"]; unless 0 <= number < '
        "len(came), raise ValueError; return came[number]. Any other dict: {key: put(one) for "
        "key, one in value.items()}. All else: value.",
    ),
    wrong_ideas={
        "base64_in_json": WrongIdea("bytes are written into the JSON as base64",
            "The receiver sees a text, and cannot know that it was bytes. It is also a third "
            "longer. Bytes leave the JSON, and a placeholder keeps their place.",
            "base64; base64 too"),
        "nested_missed": WrongIdea("bytes stand only among the arguments",
            "They may stand inside of a list or a dict, at any depth, and so may placeholders. "
            "json.dumps would fail there, or a listener would get a placeholder.",
            "top out; top in; top out, top in; one level out; one level in; one level out, one "
            "level in; no lists; no dicts; no lists in; no dicts in; no lists, no lists in; no "
            "dicts, no dicts in"),
        "wrong_order": WrongIdea("attachments go by another order than their numbers",
            "num 0 is the first one that comes, wherever its placeholder stands. The sender counts "
            "from left to right, as JSON is written; the receiver reads the number, and counts "
            "nothing.",
            "level by level; reversed; from the right; in order; from the end; reversed, from the "
            "end; in order, negative"),
        "dispatch_before_last": WrongIdea("the event is there before its last attachment",
            "A listener would get placeholders instead of bytes. Keep the data until as many have "
            "come as were announced.", "at once; first; one early"),
        "two_events_mixed": WrongIdea("two events may be under way on a connection",
            "An attachment does not say to which event it belongs. So the next event may come only "
            "after the last attachment, anything else is refused; and nothing of it is left for "
            "the next one.",
            "passes; queued; queued, passes; replaces; replaces all; passes, replaces; passes, "
            "replaces all; stays"),
        "changes_what_it_was_given": WrongIdea("take_out changes the event itself",
            "The application still has it, and may send it to the next client, which would get the "
            "placeholders, and no bytes. Build new lists and dicts.", "in place; dicts in place"),
        "one_collector_for_all": WrongIdea("all connections have one list",
            "The bytes of one user would appear in the event of another. A list that is written "
            "in the class belongs to all of its objects: make it in __init__, on self.", "shared"),
        "equal_bytes_once": WrongIdea("equal bytes are one attachment",
            "Each bytes of the event is an attachment of its own. That two are equal says "
            "nothing.", "same once"),
    },
    slips={
        "The first number is 0.": "from one",
        "Each placeholder has the number of its own attachment.": "all zero",
        "A placeholder has '_placeholder': True, and its num.": "no mark",
        "Empty bytes are bytes, too: `if value` is False for them.": "empty stays",
        "A dict with a num may be the application's own. Only '_placeholder': True makes it a "
        "placeholder.": "any num; any mark",
        "An event without attachments is complete at once: return its data.": "none at 0",
        "An attachment that no event has announced is refused: ValueError.": "stray ok",
        "There is no attachment with a number below 0. In Python, list[-1] is the last one.":
            "negative",
        "A placeholder whose number no attachment has is refused: ValueError.": "bad stays",
    },
),)  # fmt: skip
