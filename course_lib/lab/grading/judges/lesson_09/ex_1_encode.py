"""Judge of exercise 9.1: a packet of Socket.IO, as the message that carries it.

    encode("2", ["say", "hi"], "/admin", 7)  ─▶  '42/admin,7["say","hi"]'

Exercises.  Builds on: `grading.trial`.
What is new here: what the wire leaves out (the main namespace, data that there is not) is asked
beside what only looks like nothing: the id 0, an empty list, an empty object.
Left out: bytes (9.4), and objects with several keys, whose order JSON leaves open.
"""

from __future__ import annotations

import json
import random
from typing import Any

from ...trial import Answer, Exercise, Trial, Verdict, Wrong, WrongIdea, text

CASES = {
    (EVENT := "an event"):
        "Engine.IO's 4, the packet's digit, and the JSON of the data, without any space that is "
        "not in a text: json.dumps with separators=(',', ':').",
    (TEXTS := "texts and other values"):
        "The values are written by json.dumps, with ensure_ascii=False: a text stays as it is, "
        "with its spaces, and true, false and null are JavaScript's words.",
    (NOTHING := "packets with little data, or none"):
        "None means that there is no data, so nothing is written. An empty list and an empty "
        "object are data: [] and {}.",
    (NAMESPACE := "a namespace"):
        "Any namespace but / stands after the digit, with a comma after it, also if nothing "
        "follows. The main namespace / is not written, and has no comma.",
    (ID := "an id"):
        "The id stands right before the JSON, after the namespace and its comma, with nothing "
        "after it. None means that there is none. 0 is an id like any other.",
}  # fmt: skip


def right(kind: str, data: Any, namespace: str, id: int | None, wrong: Wrong) -> Any:
    """The answer, with a switch for each mistake."""
    body, place, number = _json(data, wrong), "", ""
    if id is not None if "zero" not in wrong else id:
        number = str(id)
    if id is None and "id None" in wrong:
        number = "None"
    follows = {"comma with data": body, "comma with id": number, "comma with more": body + number}
    comma = "," if all(more for name, more in follows.items() if name in wrong) else ""
    comma = "" if "no comma" in wrong else comma
    if namespace != "/" or "root" in wrong:
        place = namespace.lstrip("/") if "no slash" in wrong else namespace
        place += "" if namespace == "/" and "root bare" in wrong else comma
    elif "comma alone" in wrong:
        place = ","
    middle = place + number
    if "id first" in wrong:
        middle = number + place
    elif "id in namespace" in wrong and place:
        middle = place.rstrip(",") + number + place[len(place.rstrip(",")) :]
    packet = kind + middle + body
    packet = kind + place + body + number if "id last" in wrong else packet
    packet = middle + kind + body if "kind later" in wrong else packet
    written = packet if "no 4" in wrong else "4" + packet
    written = kind + "4" + middle + body if "4 after" in wrong else written
    return written.encode() if "bytes" in wrong else written


def _json(data: Any, wrong: Wrong) -> str:
    if data is None and "null" not in wrong:
        return ""
    if not data and "falsy" in wrong:
        return ""
    if "repr" in wrong:
        return str(data)
    if "twice" in wrong:
        data = json.dumps(data, separators=(",", ":"), ensure_ascii=False)
    comma = ", " if wrong & {"spaces", "space after comma"} else ","
    colon = ": " if wrong & {"spaces", "space after colon"} else ":"
    written = json.dumps(data, separators=(comma, colon), ensure_ascii="escaped" in wrong)
    if "replaced" in wrong:
        written = written.replace(", ", ",").replace(": ", ":")
    return written.replace(" ", "") if "stripped" in wrong else written


def judge_9_1(answer: Answer, chance: random.Random) -> Verdict:
    trial = Trial(answer, chance, right)
    name, room, token, other = (text.name(chance) for _ in range(4))
    said, more = text.phrase(chance), text.phrase(chance)
    place, number, big = f"/{room}", chance.randint(2, 9), chance.randint(10, 5000)
    data: list[Any]
    for data in ([name, token], [name], [name, number, {token: big}]):
        trial.ask(EVENT, "2", data, "/", None)
    nested = [said, [f"{more}, {other}: 1", {said: [big, ""]}]]
    for data in ([name, said], [name, True, None, False], nested):
        trial.ask(TEXTS, "2", data, "/", None)
    trial.ask(NOTHING, "0", None, "/", None)
    trial.ask(NOTHING, "1", None, "/", None)
    trial.ask(NOTHING, "0", {token: said}, "/", None)
    trial.ask(NOTHING, "0", {}, "/", None)
    trial.ask(NOTHING, "4", {"message": said}, "/", None)
    trial.ask(NAMESPACE, "2", [name, said], place, None)
    trial.ask(NAMESPACE, "0", None, place, None)
    trial.ask(NAMESPACE, "1", None, f"{place}/{other}", None)
    trial.ask(NAMESPACE, "0", {token: other}, f"/{name}", None)
    for given in (number, 0, big):
        trial.ask(ID, "2", [name, said], "/", given)
        trial.ask(ID, "3", [big, more], "/", given)
        trial.ask(ID, "2", [name, token], place, given)
        trial.ask(ID, "3", [], place, given)
    return trial.verdict()


EXERCISES = (Exercise(
    number="9.1", title="Encode", section="packet", minutes=12, core=True, names=("encode",),
    cases=CASES, judge=judge_9_1,
    hints=(
        "Write the parts one after the other, from left to right: which of them are always there, "
        "and when is each of the others left out?",
        'Begin with text = "4" + kind. If the namespace is not "/", add it, and a comma. If id is '
        "not None, add it. If data is not None, add its JSON. What happens for id 0, and for []?",
        'The JSON is json.dumps(data, separators=(",", ":"), ensure_ascii=False). Compare with '
        "None: `if id is not None`, `if data is not None`. `if id` is False for 0.",
    ),
    wrong_ideas={
        "root_namespace_written": WrongIdea("the main namespace is written",
            "Without a namespace the packet belongs to the main one. So the protocol says, and "
            "each packet is shorter for it. Write it only if it is another one.",
            "root; root, root bare; root, comma with data; root, comma with more"),
        "comma_missing": WrongIdea("the comma after the namespace is left out",
            "The receiver reads the namespace up to the next comma. Without one it takes what "
            "follows for a part of the name. Write it even where nothing follows, as the official "
            "parser does.",
            "no comma; comma with data; comma with id; comma with more; root, no comma"),
        "spaces_in_json": WrongIdea("the JSON has spaces between its parts",
            "json.dumps writes ', ' and ': ' for people. On the wire these are bytes for nothing, "
            "in each packet; JavaScript writes none. Give it separators=(',', ':').",
            "spaces; spaces, escaped; space after comma; space after colon; space after comma, "
            "escaped; space after colon, escaped"),
        "id_before_namespace": WrongIdea("the id stands before the namespace",
            "The receiver reads from the left: a / right after the digit is a namespace, digits "
            "are the id, and after the id comes the JSON. A / after digits is no JSON, so it "
            "ends the connection.", "id first"),
        "no_engine_digit": WrongIdea("Engine.IO's digit is left out",
            "The packet travels in a message of Engine.IO, whose digit is 4. A 2 alone is a ping "
            "there, and a 1 the end of the session: the lower layer reads the first character.",
            "no 4"),
        "zero_is_no_id": WrongIdea("the id 0 is no id",
            "Ids begin with 0. `if id` is False for it, so the first request of each client "
            "would never be answered. Ask `if id is not None`.", "zero"),
        "empty_is_no_data": WrongIdea("empty data is no data",
            "An answer without values is [], and without it the packet is refused: the sender "
            "waits for ever. Only None means that there is nothing.", "falsy"),
        "none_is_null": WrongIdea("no data is null",
            "null is a value. What comes after `1`, or after `0` without data, is nothing at "
            "all; a strict receiver ends the connection.", "null"),
        "hangul_escaped": WrongIdea("Hangul is escaped",
            "The text travels as UTF-8, so 안 needs no \\uc548: that is six bytes instead of "
            "three. Give json.dumps ensure_ascii=False.", "escaped"),
        "python_is_json": WrongIdea("what Python prints is JSON",
            "Python writes 'hi', True and None; JSON has \"hi\", true and null. Let json.dumps "
            "write the data.", "repr"),
    },
    slips={
        "Spaces inside of a text belong to the text. Leave out the others by separators=(',', ':')":
            "stripped; stripped, escaped; replaced; replaced, escaped",
        "If there is no id, nothing is written in its place.": "id None",
        "The comma belongs to the namespace. If that is not written, there is no comma.":
            "comma alone",
        "The / is a part of the namespace's name.": "no slash",
        "The id stands after the comma that ends the namespace.": "id in namespace",
        "After the JSON comes nothing. The id stands before it.": "id last",
        "The packet begins with its type; namespace and id come after that digit.": "kind later",
        "The 4 is the outer layer's, so it comes first.": "4 after",
        "It is a text: a str. WebSocket would send bytes as an attachment.": "bytes",
        "json.dumps of a text that is JSON already writes it in quotes once more.": "twice",
    },
),)  # fmt: skip
