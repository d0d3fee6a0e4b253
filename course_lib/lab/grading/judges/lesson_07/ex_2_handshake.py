"""Judge of exercise 7.2: the first packet of a session, and an id that nobody can guess.

    handshake("lv_VI97HAXpY6yYWAAAC", ["websocket"], 25, 20, 1_000_000)
      ─▶ '0{"sid": "lv_VI97HAXpY6yYWAAAC", "upgrades": ["websocket"], "pingInterval": 25000, …}'

Exercises.  Builds on: `grading.trial`, `same_state`.
What is new here: the packet is read as a client reads it.  Of ids properties are compared.
Left out: statistics (60 bits that change are enough), and a clock of datetime that is hashed.
"""

from __future__ import annotations

import itertools
import json
import math
import os
import random
import string
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterator
from functools import partial
from typing import Any

from ...same_state import SAME_STATE, STATES
from ...sandbox.values import is_number
from ...trial import Answer, Exercise, Play, Trial, Verdict, Wrong, WrongIdea, shown

CASES = {
    (PACKET := "the packet"):
        "A text: the digit 0, and then one object of JSON, as json.dumps writes it.",
    (KEYS := "the five keys"): "sid, upgrades, pingInterval, pingTimeout, maxPayload.",
    (VALUES := "what is given"):
        "sid, upgrades and maxPayload are what the function was given: a text, a list, a number.",
    (TIMES := "the times"): "Both are numbers, in milliseconds: a thousand for each second.",
    (SID := "an id that can stand in a URL"): "20 letters, all of them of A-Z a-z 0-9 _ and -.",
    (GUESS := "an id that nobody can guess"):
        "A new one at each call, from the system's own chance: secrets, or os.urandom.",
}  # fmt: skip
NAMES = ("sid", "upgrades", "pingInterval", "pingTimeout", "maxPayload")
WELL_MADE = "20 letters, each of them one of A-Z a-z 0-9 _ -"
LETTERS = {*string.ascii_letters, *string.digits, *"_-"}
MISSING = "; ".join(
    ", ".join(f"no {name}" for name in names)
    for n in (1, 2, 3)
    for names in itertools.combinations(NAMES, n)
)
count = itertools.count()


def right_handshake(
    sid: str, upgrades: list[str], interval: float, timeout: float, most: int, wrong: Wrong
) -> Any:
    """The answer, with a switch for each mistake."""
    times = [seconds * (1 if f"seconds {n}" in wrong else 1000) for n, seconds in
             enumerate((interval, timeout))]  # fmt: skip
    values = [sid, upgrades, *map(round, times), most]
    if "constants" in wrong:
        values[1:] = [["websocket"], 25000, 20000, 1_000_000]
    if "own sid" in wrong:
        values[0] = right_new_sid(wrong)
    if "upgrades as text" in wrong:
        values[1] = ",".join(upgrades)
    if "always websocket" in wrong:
        values[1] = ["websocket"]
    if "always a megabyte" in wrong:
        values[4] = 1_000_000
    names = NAMES
    if "snake" in wrong:
        names = ("sid", "upgrades", "ping_interval", "ping_timeout", "max_payload")
    pairs = zip(names, NAMES, values, strict=True)
    fields = {own: value for own, name, value in pairs if f"no {name}" not in wrong}
    if "text" in wrong:
        fields |= {name: str(value) for name, value in fields.items() if type(value) is int}
    if "text times" in wrong:
        fields |= {name: str(fields[name]) for name in NAMES[2:4]}
    if "object" in wrong:
        return fields
    digit = "" if "no digit" in wrong else "4" if "message" in wrong else "0"
    said = digit + (str(fields) if "printed" in wrong else json.dumps(fields))
    said += "\x1e" if "separator" in wrong else ""
    return said.encode() if "bytes" in wrong else said


def right_new_sid(wrong: Wrong) -> Any:
    if "counted" in wrong:
        return f"{next(count):020}"
    if "few" in wrong:
        return "session-" + urlsafe_b64encode(os.urandom(3)).decode() + "-".ljust(8, "x")
    if "constant" in wrong:
        return "lv_VI97HAXpY6yYWAAAC"
    size = 14 if "padded" in wrong else 15
    coded = (b64encode if "plus" in wrong else urlsafe_b64encode)(os.urandom(size))
    if "sid of bytes" in wrong:
        return coded
    sid = coded.decode()
    return sid + "abcdefg" if "long" in wrong else sid[:16] if "short" in wrong else sid


def right_again(what: str, name: str, wrong: Wrong) -> list[str]:
    """What `_again` gives: a program of the grader's own process must not stop its clocks."""
    dice = random.Random(1) if what in wrong else random.SystemRandom()
    return [urlsafe_b64encode(dice.randbytes(15)).decode() for _ in range(4)]


def judge_7_2(answer: Answer, chance: random.Random) -> Verdict:
    right: dict[str, Any] = {"handshake": right_handshake, "new_sid": right_new_sid}
    right["_again"] = right_again
    trial = Trial(answer, chance, right)
    for interval, timeout, upgrades in ((25, 20, ["websocket"]), (0.5, 0.25, []),
                                        (12.5, 3, ["websocket", "webtransport"])):  # fmt: skip
        sid = "".join(chance.choices(sorted(LETTERS), k=20))
        given = sid, upgrades, interval, timeout, chance.randint(1000, 10**6)
        trial.play(PACKET, partial(_packet, given))
    trial.play(SID, _sids)
    trial.play(GUESS, _guesses)
    return trial.verdict()


def _packet(given: tuple[Any, ...], play: Play) -> None:
    """One packet, read as a client reads it."""
    play.tell(f"handshake({', '.join(map(shown, given))})")
    got = play.call("handshake", *given)
    head, brace, rest = got.partition("{") if type(got) is str else ("", "", "")
    try:
        fields = json.loads(brace + rest)
    except ValueError:
        fields = None
    fields = fields if type(fields) is dict else {}
    same_sid = fields.get("sid") == given[0]
    missing = sorted({*NAMES} - fields.keys())
    numbers: list[Any] = [fields.get(name) for name in NAMES[2:4]]
    counts = {
        PACKET: (type(got).__name__, head, rest.strip()[:1], rest[-1:] == "\x1e", bool(fields)),
        KEYS: (missing, bool(missing and fields.keys() - {*NAMES})),
        VALUES: [same_sid, fields.get("upgrades"), fields.get("maxPayload")],
        TIMES: [round(one) if is_number(one) else one for one in numbers],
    }
    for case, value in counts.items():
        play.see(got, case=case, counts=value)


def _sids(play: Play) -> None:
    """Many ids: each may stand in a URL."""
    play.tell("new_sid()")
    sids = [play.call("new_sid") for _ in range(40)]
    good = [sid for sid in sids if type(sid) is str]
    others = {*"".join(good)} - LETTERS
    bad = [sid for sid in sids if type(sid) is not str or len(sid) != 20 or not {*sid} <= LETTERS]
    why = f"In a URL these would have to be escaped: {''.join(sorted(others))}" if others else ""
    why = "Your function returned None. Is there a return?" if sids[0] is None else why
    kinds, sizes = ({*map(type, sids)}, {*map(len, good)})
    counts = (
        sorted(kind.__name__ for kind in kinds),
        sorted(sizes),
        bool(others - {"="}),
        "=" in others,
    )
    # Chance decides on the letters, so none of them are expected: an id that is right has no value.
    play.see(bad[0] if bad else None, counts=counts, why=why, text="" if bad else WELL_MADE)


def _guesses(play: Play) -> None:
    """Try to guess an id in each of some ways, until one works."""
    said = next(_ways(play), "")
    play.tell("ids of new_sid()")
    play.see(None, counts=not said, text=said or "each is new, and no other one helps to guess it")


def _ways(play: Play) -> Iterator[str]:
    """Each way that works, in words."""
    play.subject.close()
    first = [play.call("new_sid") for _ in range(64)]
    if not all(type(sid) is str for sid in first):
        yield "no ids"
        return
    if len({*first}) < 64:
        yield f"made 64 times, some ids are the same: {sorted(first)[0]} …"
    play.subject.close()
    if {play.call("new_sid") for _ in range(64)} & {*first}:
        yield "started again, the program makes the same ids"
    for what, state in STATES:
        one, two = (_state(play, what) for _ in range(2))
        if not isinstance(one, list) or one == two:
            yield f"made again {state}, the ids are the same"
    bits = sum(math.log2(len({*letters})) for letters in zip(*first, strict=False))
    if bits < 60:
        yield f"64 ids differ in few letters only: {first[0]}, {first[1]}, {first[2]} …"


def _state(play: Play, what: str) -> Any:
    """Four ids made in this state; a clock is asked by a program that has just started."""
    if what == "clock":
        play.subject.close()  # a counter, which others know, begins again
    return play.call("_again", what, "new_sid")


EXERCISES = (Exercise(
    number="7.2", title="The handshake", section="packets", minutes=10,
    names=("handshake", "new_sid"), cases=CASES, judge=judge_7_2, guards=(SAME_STATE,),
    hints=(
        "The packet is one text: a digit, and then JSON. Which digit opens a session? And in "
        "which unit does a browser count time?",
        "json.dumps makes the object of a dict with the five keys. Multiply the times by 1000. "
        "For the id, look into the module secrets: how many bytes become 20 letters of base64?",
        'return "0" + json.dumps({"sid": sid, "upgrades": upgrades, "pingInterval": '
        "round(interval * 1000), …}). And new_sid: return secrets.token_urlsafe(15), because 3 "
        "bytes become 4 letters.",
    ),
    wrong_ideas={
        "seconds_not_ms": WrongIdea("times are in seconds on the wire, too",
            "JavaScript counts milliseconds. A client that reads 25 expects a ping within 25 ms, "
            "finds none, and ends the session at once.",
            "seconds 0, seconds 1; seconds 0; seconds 1"),
        "missing_key": WrongIdea("one of the keys is left out",
            "The client reads all five. Without pingInterval it waits for NaN milliseconds, and "
            "without maxPayload its POSTs have no limit.", MISSING),
        "python_names": WrongIdea("the keys are written as in Python",
            "The names are part of the protocol: pingInterval, and not ping_interval. The client "
            "finds nothing under another name.", "snake"),
        "sid_guessable": WrongIdea("the id can be guessed",
            "Whoever has the id is the client. A counter, a clock and the module random can be "
            "predicted, and an id with few random letters can be tried out. Take 15 bytes of the "
            "system's own chance: secrets.token_urlsafe(15).",
            "constant; counted; few; random; clock"),
        "no_zero_digit": WrongIdea("the JSON is the whole packet",
            "Every packet begins with its digit, the first one, too: 0 opens the session. With "
            "another digit, or with none, the client waits for the handshake for ever.",
            "no digit; message"),
        "values_of_its_own": WrongIdea("the values are always the same",
            "They are what this server was told, and others are set up in another way. The "
            "function is given all five: write what is given.",
            "constants; always websocket; always a megabyte; always websocket, always a megabyte; "
            "own sid; own sid, constants"),
    },
    slips={
        "upgrades is a list in JSON, too.": "upgrades as text",
        'Numbers stay numbers in JSON: 25000, and not "25000".': "text; text times",
        "A packet is a text. json.dumps makes one of the dict.": "object",
        "str() writes a dict as Python does, with '…'. JSON has \"…\": json.dumps.": "printed",
        "A packet of text is a str. The transport will make bytes of it.": "bytes",
        "An id has 20 letters. token_urlsafe counts bytes: 15 of them become 20 letters.":
            "long; short",
        "The = at the end is no letter of these. 15 bytes become 20 letters without one.": "padded",
        "base64 makes bytes. An id is a text: .decode().": "sid of bytes",
        "The byte 1e stands between two packets, and a packet has none.": "separator",
        "In a URL + is a space and / divides a path. Take the alphabet with - and _.": "plus",
    },
),)  # fmt: skip
