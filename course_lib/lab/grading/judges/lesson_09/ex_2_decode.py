"""Judge of exercise 9.2: a message, taken apart from the left, or refused.

    '42/admin,13["go",{"to":"/a,b"}]'  ─▶  ("2", ["go", {"to": "/a,b"}], "/admin", 13)
    '42{"say":"hi"}'                   ─▶  ValueError

Exercises.  Builds on: `grading.trial`.
What is new here: commas, slashes, digits and brackets stand in texts, too, where they mean nothing.
Left out: attachments (9.4), reserved names (9.3), numbers as names of events.
"""

from __future__ import annotations

import itertools
import json
import random
import re
from typing import Any

from ...trial import Answer, Exercise, Trial, Verdict, Wrong, WrongIdea, text

CASES = {
    (EVENT := "events of the main namespace"):
        "The second character is the type; the rest is JSON, as it stands. Without namespace and "
        'id they are "/" and None.',
    (BARE := "packets with an object, or with nothing"):
        "The rest may be an object, a text, or nothing at all: then the data is None.",
    (NAMESPACE := "a namespace"):
        "A / right after the type begins it, and the next comma ends it, which is not a part of "
        "it. Anywhere else a / or a comma is just a part of the JSON.",
    (NO_COMMA := "a namespace without a comma"):
        "Without a comma, all that is left is the namespace. There is no id and no data.",
    (ID := "an id"):
        "All digits right after the type, or after the namespace and its comma, are the id, as a "
        "number. Digits anywhere else belong to something else.",
    (REFUSED := "what is no packet"):
        "Raise ValueError if the type is none of 0 to 4, if the rest is no JSON, and if this type "
        "must not have this data: see the table.",
}  # fmt: skip
BAD = {
    "An event is an array that begins with a text, its name.": (
        '2{"say":"hi"}', '2"say"', "2", '2/admin,{"say":"hi"}', "27", "2[]",
        '2[null,"say"]', '2[["say"]]', '2[{"say":1}]'),
    "An answer is an array.": ('3{"ok":true}', "3", "30"),
    "0 has an object, or nothing.": ('0["say"]', '0"token"'),
    "1 has no data at all.": ('1["bye"]', "1{}"),
    "4 has an object, or a text: the server says why.": ("4", '4["no"]'),
    "Types other than 0 to 4 are refused here, whatever follows.": (
        "", '5["say"]', "9", 'x["say"]', '5{"say":"hi"}', '9"say"'),
    "What is left after the id is JSON, and nothing else.": (
        '2["say"', "2say", '2["say"]]', "2['say']", '2/admin["say","hi"]'),
}  # fmt: skip
OTHERS = ("ack", "connect", "disconnect", "error")
ALL_DATA = ("event", "empty", "name", *OTHERS)


def right(message: str, wrong: Wrong) -> Any:
    """The answer, with a switch for each mistake."""
    try:
        return _right(message, wrong)
    except ValueError:
        if "None" in wrong:
            return None
        raise


def _right(message: str, wrong: Wrong) -> Any:
    start = 0 if "4 stays" in wrong else 1
    message = message if start == 0 or "all 4s" not in wrong else "4" + message.lstrip("4")
    kind, rest = message[start : start + 1], message[start + 1 :]
    if kind == "" and "index" in wrong:
        raise IndexError(message)
    if (kind == "" or kind not in "01234") and not (
        "ok type" in wrong and (kind or "ok empty type" in wrong)
    ):
        raise ValueError(message)
    namespace: Any = None if "root None" in wrong else "" if "root empty" in wrong else "/"
    found, rest = _namespace(rest, wrong)
    namespace = namespace if found is None else found
    if "no slash" in wrong and found is not None:
        namespace = namespace.removeprefix("/")
    digits = re.match(r"\d?" if "one digit" in wrong else r"\d*", rest, re.ASCII)[0]  # type: ignore[index]
    if "no id" in wrong:
        digits = ""
    elif "digits anywhere" in wrong and not digits:
        digits = "".join(re.findall(r"\d+", rest)[:1])
        rest = digits + rest
    rest = rest[len(digits) :]
    if "digits joined" in wrong:
        digits += "".join(re.findall(r"\d", rest))
    number: Any = digits if "id text" in wrong else int(digits) if digits else None
    number = None if digits == "" else number or None if "zero" in wrong else number
    data = _data(rest, wrong)
    _check(kind, data, wrong)
    return int(kind) if "kind number" in wrong else kind, data, namespace, number


def _namespace(rest: str, wrong: Wrong) -> tuple[str | None, str]:
    """The namespace, or None, and what comes after it."""
    if "any comma" in wrong and "," in rest:
        name, _, rest = rest.partition(",")
        return name, rest
    if "slash anywhere" in wrong and "/" in rest:
        name, _, after = rest[rest.index("/") :].partition(",")
        return name, after if "head lost" in wrong else rest[: rest.index("/")] + after
    if not rest.startswith("/"):
        return None, rest.split(",")[0] if "split" in wrong else rest
    if "," not in rest:
        if wrong & {"no comma raises", "no comma crashes"}:
            raise ValueError(rest) if "no comma raises" in wrong else IndexError(rest)
        return (None, "") if "no comma is root" in wrong else (rest, "")
    name, comma, rest = rest.rpartition(",") if "last comma" in wrong else rest.partition(",")
    return name + comma * ("comma stays" in wrong), rest.split(",")[0] if "split" in wrong else rest


def _data(rest: str, wrong: Wrong) -> Any:
    if "bracket" in wrong:
        rest = rest[rest.index("[") :] if "[" in rest else ""
    if rest == "":
        if wrong & {"nothing raises", "nothing crashes"}:
            raise ValueError(rest) if "nothing raises" in wrong else IndexError(rest)
        return {} if "nothing object" in wrong else [] if "nothing list" in wrong else None
    if "text stays" in wrong:
        return rest
    if "more" in wrong:
        return json.JSONDecoder().raw_decode(rest)[0]
    return json.loads(rest)


def _check(kind: str, data: Any, wrong: Wrong) -> None:
    array, text_or_object = type(data) is list, type(data) in (str, dict)
    fine = {
        "2": (array or "ok event" in wrong)
        and (not array or data or "ok empty" in wrong)
        and (not array or not data or type(data[0]) is str or "ok name" in wrong),
        "3": data != [] if array and "empty ack" in wrong else array or "ok ack" in wrong,
        "0": data is None or type(data) is dict or "ok connect" in wrong,
        "1": data is None or "ok disconnect" in wrong,
        "4": text_or_object or "ok error" in wrong,
    }
    if not fine.get(kind, True):
        raise ValueError(f"{kind} must not have {data!r}")


def _reading(value: Any) -> Any:
    """Four values, in a tuple or a list."""
    kind, data, namespace, id = value
    return [kind, data, namespace, id]


def judge_9_2(answer: Answer, chance: random.Random) -> Verdict:
    trial = Trial(answer, chance, right, reads=_reading, errors=("ValueError",), write=repr)
    name, room, token, other = (text.name(chance) for _ in range(4))
    said, more = text.phrase(chance), text.phrase(chance)
    place, number, big = f"/{room}", chance.randint(1, 9), chance.randint(10, 5000)

    def ask(case: str, *heads: str, data: Any = None) -> None:
        written = json.dumps(data, separators=(",", ":"), ensure_ascii=False)
        for head in heads:
            trial.ask(case, f"4{head}{'' if data is None else written}")

    ask(EVENT, "2", data=[name])
    ask(EVENT, "2", data=[name, said, more])
    ask(EVENT, "2", data=[name, f"{said}, {other}", big, {token: f"/{room},{number}"}])
    ask(EVENT, "2", data=[f"{name}{number}", f"/{room}"])
    ask(EVENT, "2", data=[f"{name}/{room}", [number, f"{big}[{said}"]])
    ask(BARE, "0", "1")
    ask(BARE, "0", "4", data={token: f"{said}, {other}"})
    ask(BARE, "0", data={token: [number, f"[{big}]"], other: f"/{room}"})
    ask(BARE, "4", data=f"{said} {number}")
    ask(BARE, "0", data={})
    ask(NAMESPACE, f"0{place},", f"1{place}{big}/{other},")
    ask(
        NAMESPACE, f"2{place},", f"2{place}-{number},", data=[name, said, {token: f"/{room},{big}"}]
    )
    ask(NAMESPACE, f"0{place}/{other},", data={token: said})
    ask(NAMESPACE, f"4{place},", data={"message": f"{said}, {more}"})
    ask(NO_COMMA, f"0{place}", f"1{place}", f"0{place}/{other}", f"1/{number}{room}{big}")
    for id in (number, big, 0):
        ask(ID, f"2{id}", f"2{place},{id}", data=[name, said, f"{number}"])
        ask(ID, f"3{id}", f"3{place}{number},{id}", data=[said, big])
        ask(ID, f"3{id}", data=[])
    for rule, packets in BAD.items():
        for bad in packets:
            trial.ask(REFUSED, f"4{bad}", why=rule)
    return trial.verdict()


def _subsets(*kinds: str, least: int = 1, also: tuple[str, ...] = ()) -> str:
    """Programs that let some of these kinds of bad packets pass."""
    some = (
        found for n in range(least, len(kinds) + 1) for found in itertools.combinations(kinds, n)
    )
    return "; ".join(", ".join(f"ok {kind}" for kind in (*also, *found)) for found in some)


EXERCISES = (Exercise(
    number="9.2", title="Decode", section="packet", minutes=14, names=("decode",), cases=CASES,
    judge=judge_9_2,
    hints=(
        "Keep what has not been read in one variable, and cut pieces off its left end: type, "
        "namespace, id. Look at its first character each time. What is left is JSON, or nothing.",
        'rest.startswith("/"): name, _, rest = rest.partition(","), which works without a comma, '
        "too. Then count the digits at the beginning of rest. At the end check the data by type.",
        'number = ""; while rest[:1].isdigit(): number, rest = number + rest[0], rest[1:]. data = '
        "json.loads(rest) if rest else None: it raises ValueError by itself. An event: a list "
        "that is not empty and begins with a str. An answer: a list.",
    ),
    wrong_ideas={
        "split_on_comma": WrongIdea("the parts of a packet are split at commas",
            "Commas stand in the JSON, too, and in texts. Only after a / next to the type "
            "does the next comma mean something. Read from the left.",
            "any comma; split; last comma; split, no comma crashes; any comma, no comma raises"),
        "digits_are_payload": WrongIdea("the digits before the JSON belong to it",
            "13[\"say\"] is no JSON: 13 is the id, and the array comes after it. Take the digits "
            "away before you call json.loads.", "no id"),
        "namespace_without_comma_crashes": WrongIdea("there is always a comma after a namespace",
            "If nothing follows, some clients leave it out: 0/admin is a packet, and asks to join. "
            "str.index and an unpacked split raise an exception; str.partition does not.",
            "no comma raises; no comma crashes"),
        "object_payload_ok": WrongIdea("whatever is JSON is an event",
            "A peer can send anything. The application takes the first item for the event's name, "
            "and calls listeners with the others: with an object it would crash, far from here. "
            "An event is an array.",
            f"ok event; {_subsets('empty', 'name', 'ack', also=('event',))}; "
            f"{_subsets(*OTHERS, also=('event', 'empty', 'name'))}; "
            f"{_subsets(*OTHERS, also=('event',))}"),
        "event_without_name_ok": WrongIdea("an array is enough for an event",
            "The first item is the event's name. An empty array has none, and null or a list is no "
            "name: the application would look for listeners of nothing.",
            _subsets("empty", "name")),
        "only_events_are_checked": WrongIdea("only an event can have wrong data",
            "Each type has its own data: an answer is an array, 0 has an object or nothing, "
            "1 has nothing. What does not fit is refused.",
            _subsets(*OTHERS)),
        "slash_means_namespace": WrongIdea("a / anywhere begins a namespace",
            "A text may have one, as in \"/a,b\". The namespace stands right after the type, or "
            "there is none.", "slash anywhere; slash anywhere, head lost"),
        "digits_anywhere_are_the_id": WrongIdea("any digits in the packet are its id",
            "A text, a name or a number has digits, too. Only those right before the JSON are an "
            "id.", "digits anywhere; digits joined"),
        "data_is_an_array": WrongIdea("the JSON begins with [",
            "An event's does. 0 may have an object, and 4 an object or a text. What is left after "
            "the id is the JSON, whatever it begins with.", "bracket"),
        "nothing_is_bad_json": WrongIdea("there is always JSON",
            "json.loads of an empty text raises an exception, but a packet without data is fine: "
            "0 enters, and 1 leaves. Look first whether anything is left.",
            "nothing raises; nothing crashes"),
    },
    slips={
        "The 4 in front is Engine.IO's. The packet's type is the character after it.": "4 stays",
        "lstrip('4') takes away each 4 in front, the type 4 as well. Take one: message[1:].":
            "all 4s",
        "An answer without values is an empty array, and that is an array.": "empty ack",
        "An id has as many digits as it has: 13 is one id.": "one digit",
        "The id is a number: int(digits).": "id text",
        "0 is an id like any other, and not None.": "zero",
        "The type is a text of one digit.": "kind number",
        "The comma ends the namespace, and is no part of it.": "comma stays",
        "The / is a part of the namespace's name.": "no slash",
        'If no namespace is written, it is the main one: "/".': "root None; root empty",
        "Without a comma the rest is the namespace, and not the main one.": "no comma is root",
        "If there is no data, it is None. That is different from empty data.":
            "nothing object; nothing list",
        "The data is a value: json.loads makes it of the text.": "text stays",
        "After the JSON comes nothing more. json.loads raises ValueError by itself.": "more",
        "Raise ValueError. Whoever gets None cannot see that the peer must be sent away.": "None",
        "Types other than 0 to 4 are refused here.": "ok type; ok type, ok empty type",
        "A message may end after the 4: message[1] raises IndexError, and message[1:2] does not.":
            "index",
    },
),)  # fmt: skip
