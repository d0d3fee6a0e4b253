"""Judge of exercise 3.2: the server's response to a handshake.

    ("GET", {"connection": "keep-alive, Upgrade", …})  ─▶  (101, {"Upgrade": "websocket", …})
    ("GET", {"sec-websocket-version": "8", …})         ─▶  (426, {"Sec-WebSocket-Version": "13", …})

Exercises.  Builds on: `grading.trial`, `connection`, `wire.websocket.handshake` (a client).
What is new here: a request has one fault at most, so that an answer may check in any order.
Left out: keys of another length, and two lines of one name; the library refuses both.
"""

from __future__ import annotations

import base64
import random
from functools import partial
from typing import Any

from .....errors import CourseError
from .....wire.http import http11
from .....wire.websocket import handshake
from ...trial import Answer, Exercise, Play, Raised, Trial, Verdict, Wrong, WrongIdea, text
from . import connection

CASES = {
    (PLAIN := "a plain request"):
        "A request without a fault gets 101, Upgrade: websocket, Connection: Upgrade, and the "
        "answer to its key. The names in `headers` are in lower case, and '13' is a text.",
    (WORDS := "a Connection of several words, in any case"):
        "Split the list at its commas, strip each word, and make it lower case. Upgrade may be "
        "any.",
    (WITHOUT := "a Connection without Upgrade"): "Without the word Upgrade, the answer is 400.",
    (METHOD := "another method than GET"): "Return 405 for HEAD and PUT as well as for POST.",
    (VERSION := "another version than 13"): "Return 426 for any but 13, smaller or larger.",
    (MISSING := "a line that is missing"):
        "Without Connection or the key return 400, without the version 426, and without Upgrade, "
        'or with another one than websocket, 426 or 400. headers.get(name, "") is "" then.',
    (LINES := "the lines of a refusal"):
        "A 405 says in Allow which methods are allowed. A 426 says in Upgrade to what, and in "
        "Sec-WebSocket-Version to which version, if that was the fault.",
}  # fmt: skip
ALLOW, UPGRADE = {"Allow": "GET"}, {"Upgrade": "websocket"}
BOTH = {**UPGRADE, "Sec-WebSocket-Version": "13"}
KEY, NUMBER = "sec-websocket-key", "sec-websocket-version"
TEXT = "Header lines are text, names and values: '13', and not 13 or b'13'."
Lines = dict[str, str]


def right(method: str, headers: Lines, wrong: Wrong) -> tuple[int, Lines]:
    """The answer, with a switch for each mistake."""
    upgrade, options, version, key = (
        headers[name] if "every line" in wrong else headers.get(name, "")
        for name in ("upgrade", "connection", NUMBER, KEY)
    )
    protocol = upgrade if "exact websocket" in wrong else upgrade.lower()
    checks: list[tuple[str, object, int, Lines]] = [
        ("method", method == "GET", 405, ALLOW),
        ("upgrade", protocol == "websocket" or (upgrade and "some upgrade" in wrong), 426, UPGRADE),
        ("version", version == "13" or (version and "some version" in wrong), 426, BOTH),
        ("connection", connection.has_upgrade(options, wrong), 400, {}),
        ("key", key, 400, {}),
    ]
    for name, good, status, lines in checks:
        if not good and f"any {name}" not in wrong:
            kept = {one: lines[one] for one in lines if not wrong & {"no lines", f"no {one}"}}
            return 400 if "400 for all" in wrong else status, kept
    lines = {**UPGRADE, "Connection": "Upgrade", "Sec-WebSocket-Accept": handshake.accept(key)}
    return 101, lines | ({"Content-Length": "0"} if "length" in wrong else {})


def judge_3_2(answer: Answer, chance: random.Random) -> Verdict:
    """Good requests, and requests with one fault: something in them has another value, or none."""
    trial = Trial(answer, chance, right)
    for case, name, values in (
        (PLAIN, "upgrade", ("websocket", "WebSocket", "websocket")),
        (WORDS, "connection", connection.GOOD),
        (WITHOUT, "connection", connection.BAD),
        (METHOD, "method", ("POST", "HEAD", "PUT", "DELETE")),
        (VERSION, NUMBER, ("8", "113", "7", "0", "14")),
        (MISSING, "connection", ("",)),
        (MISSING, KEY, ("",)),
        (MISSING, NUMBER, ("",)),
        (MISSING, "upgrade", ("", "h2c", "websocket2")),
    ):
        for value in values:
            trial.play(case, partial(_story, name, value))
    return trial.verdict()


def _story(name: str, value: str, play: Play) -> None:
    key = base64.b64encode(play.chance.randbytes(16)).decode()
    host = f"{text.name(play.chance)}.example"
    lines = {"method": "GET", "host": host, "upgrade": "websocket", "connection": "Upgrade",
             KEY: key, NUMBER: "13", "origin": f"https://{host}", name: value}  # fmt: skip
    method = lines.pop("method")
    lines = {one: lines[one] for one in lines if lines[one]}
    play.tell(f"{name}: {value or 'missing'}\nanswer({method!r}, {lines!r})")
    got = play.call("answer", method, lines)
    status, said = _parts(got)
    wanted, needed = right(method, lines, frozenset())
    why = TEXT if status == "not text" else ""
    if wanted == 101:
        objection = _objection(said, key) if status == 101 else ""
        play.see(got, counts=(status, objection), why=why or objection)
        return
    good = status == wanted or (name == "upgrade" and status == 400)
    # Whoever has one status for every fault has it for an old version, too.
    other = _parts(play.call("answer", "GET", {**lines, NUMBER: "8"}))[0] if name == "method" else 0
    play.see(got, counts="refused" if good else (status, other), why=why)
    needed = needed if status == wanted else {}
    came = {one: str(http11.Headers(said).get(one)).strip() for one in needed}
    lacks = {one: line for one, line in came.items() if line.lower() != needed[one].lower()}
    play.see(got, case=LINES, counts=lacks if type(status) is int else status, why=why)


def _parts(got: Any) -> tuple[int | str, Lines]:
    """Status and lines, if they could be sent; else what it is instead."""
    if type(got) is not tuple or [type(part) for part in got] != [int, dict]:
        return "raised" if isinstance(got, Raised) else "no answer", {}
    sendable = all(type(part) is str for pair in got[1].items() for part in pair)
    return (got[0], got[1]) if sendable else ("not text", {})


def _objection(said: Lines, key: str) -> str:
    """What a client says against this 101."""
    response = http11.Response(101, http11.Headers(said))
    try:
        http11.encode_response(response)
        handshake.verify(response, key)
    except CourseError as error:
        return f"A client refuses this: {error}."
    return ""


EXERCISES = (Exercise(
    number="3.2", title="Answer a handshake", section="answer", minutes=12, names=("answer",),
    cases=CASES, judge=judge_3_2,
    hints=(
        "Go through the table from the top; each row is an `if` with a `return`. What is left at "
        "the end gets the 101. Which of the values are lists, and which may be in any case?",
        'headers.get(name, "") is an empty text if the line is missing. Split Connection at the '
        'commas, strip each word, make it lower case, and look whether "upgrade" is one.',
        'words = [w.strip().lower() for w in headers.get("connection", "").split(",")]. if method '
        '!= "GET": return 405, {"Allow": "GET"}. Upgrade and version: 426 with {"Upgrade": '
        '"websocket", "Sec-WebSocket-Version": "13"}. if "upgrade" not in words, or no key: 400, '
        "{}. At the end 101, with accept(key) in Sec-WebSocket-Accept.",
    ),
    wrong_ideas={
        **connection.WRONG_IDEAS,
        "any_version": WrongIdea("the version does not matter",
            "Other versions were drafts, with other frames. Nothing would work after the 101.",
            "any version; some version"),
        "post_accepted": WrongIdea("any method will do",
            "After the head of a POST comes a body, and its bytes would be read as frames.",
            "any method"),
        "length_on_101": WrongIdea("the 101 says how long its body is",
            "After a 101 HTTP is over: there is no body, not even an empty one, and the standard "
            "forbids Content-Length here. Clients may take the frames for it.", "length"),
        "switch_not_asked_for": WrongIdea("nobody looks whether the client wants to switch",
            "Upgrade says to which protocol, and Connection that Upgrade is meant for this "
            "server. A client that wants something else cannot read frames. Look at both.",
            "any upgrade; some upgrade; any connection; any upgrade, any connection"),
        "every_line_is_there": WrongIdea("each of the lines is there",
            "A browser's plain GET has none of them, and headers[name] raises KeyError then.",
            "every line"),
        "one_refusal_for_all": WrongIdea("400 is the answer to every fault",
            "A status tells a program what to do next. 405: ask with GET. 426: speak another "
            "protocol or version. 400 says only that the request is wrong.", "400 for all"),
        "bare_refusals": WrongIdea("the status says it all",
            "Not what to do next. A 405 must have Allow, and a 426 must have Upgrade (RFC 9110 "
            "§15.5.6, §15.5.22), and Sec-WebSocket-Version if that was wrong (RFC 6455 §4.4).",
            "no lines; no Allow; no Upgrade; no Allow, no Upgrade"),
    },
),)  # fmt: skip
