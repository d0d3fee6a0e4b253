"""Judge of exercise 3.2: the server's response to a handshake.

    ("GET", {"connection": "keep-alive, Upgrade", …})  ─▶  (101, {"Upgrade": "websocket", …})
    ("GET", {"sec-websocket-version": "8", …})         ─▶  (426, {"Sec-WebSocket-Version": "13", …})

Exercises.  Builds on: `grading.trial`, `connection`, `wire.websocket.handshake` (the client that
reads the 101).
What is new here: each request has at most one fault, so an answer may check in any order.  A status
and the lines that it needs are two cases: a learner may know the one and not the other.
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
from ... import text
from ...answer import Answer
from ...exercise import Exercise
from ...marks import gave
from ...sandbox.values import Raised
from ...trial import Play, Trial, Wrong
from ...verdict import Verdict, WrongIdea
from . import connection

CASES = {
    (PLAIN := "a plain question"): (
        "A request without a fault gets a 101 with three lines: Upgrade: websocket, Connection: "
        "Upgrade, and Sec-WebSocket-Accept with the answer to its key."
    ),
    (WORDS := "a Connection of several words, in any case"): (
        "Connection is a list, in any case: take it apart at the commas, strip each word and make "
        "it lower case. Upgrade may be any of the words."
    ),
    (WITHOUT := "a Connection without Upgrade"): (
        "Without the word Upgrade in the list Connection, the answer is 400."
    ),
    (METHOD := "another method than GET"): (
        "GET is the only method here. Any other is refused with 405, HEAD and PUT as well as POST."
    ),
    (VERSION := "another version than 13"): (
        "Only 13 is spoken here: no smaller number, and no larger one. The answer is 426."
    ),
    (MISSING := "a line that is missing"): (
        "Four lines have to be there. Without Connection or the key the answer is 400, without the "
        "version 426, and with an Upgrade to something else, or to nothing, 426 or 400."
    ),
    (LINES := "the lines of a refusal"): (
        "A 405 says in Allow which methods are allowed. A 426 says in Upgrade to what, and in "
        "Sec-WebSocket-Version to which version, if that was the fault."
    ),
}
ALLOW, UPGRADE = {"Allow": "GET"}, {"Upgrade": "websocket"}
KEY, NUMBER = "sec-websocket-key", "sec-websocket-version"
THIRTEEN = {"Sec-WebSocket-Version": "13"}
MAY_MISS = 'A line may be missing: headers.get(name, "") is an empty text then.'
REFUSE = "A refusal is an answer, too: return its status and its lines, and raise nothing."
TEXT = "The names and the values of header lines are text: '13', and not 13 or b'13'."
SMALL = "The names in `headers` are in lower case. Look them up so."
ANY_CASE = "The values are as they came: make Connection lower case before you look for upgrade."
Lines = dict[str, str]


def right(method: str, headers: Lines, wrong: Wrong) -> tuple[int, Lines]:
    """The answer, with a switch for each mistake."""
    upgrade, options, version, key = (
        headers[name] if "every line" in wrong else headers.get(name, "")
        for name in ("upgrade", "connection", NUMBER, KEY)
    )
    if method != "GET" and "any method" not in wrong:
        return _refuse(405, ALLOW, wrong)
    protocol = upgrade if "exact websocket" in wrong else upgrade.lower()
    if not (
        protocol == "websocket"
        or "any upgrade" in wrong
        or (upgrade and "upgrade to anything" in wrong)
        or ("websocket" in protocol and "letters of websocket" in wrong)
    ):
        return _refuse(426, UPGRADE, wrong)
    if not (
        version == "13"
        or "any version" in wrong
        or (version and "some version" in wrong)
        or (not version and "13 if missing" in wrong)
    ):
        return _refuse(426, UPGRADE | THIRTEEN, wrong)
    if not (connection.has_upgrade(options, wrong) or "any connection" in wrong) or not (
        key or "any key" in wrong
    ):
        return _refuse(400, {}, wrong)
    proof = key if "key itself" in wrong else handshake.accept(key)
    lines = {**UPGRADE, "Connection": "Upgrade"}
    if wrong & {"proof alone", "no Connection"}:
        lines = {} if "proof alone" in wrong else UPGRADE
    lines = lines | {"Sec-WebSocket-Accept": proof + "\n" * ("newline" in wrong)}
    return 101, lines | ({"Content-Length": "0"} if "length" in wrong else {})


def _refuse(status: int, lines: Lines, wrong: Wrong) -> tuple[int, Lines]:
    status = 400 if "400 for all" in wrong else status
    left_out = {name for name in lines if wrong & {"no lines", f"no {name}"}}
    return status, {name: value for name, value in lines.items() if name not in left_out}


IDEAS = {
    **connection.IDEAS,
    "any_version": ["any version", "some version"],
    "post_accepted": ["any method"],
    "length_on_101": ["length"],
    "switch_not_asked_for": ["any upgrade", "upgrade to anything", "any connection",
                             "any upgrade, any connection"],
    "every_line_is_there": ["every line"],
    "one_refusal_for_all": ["400 for all"],
    "bare_refusals": ["no lines", "no Allow", "no Upgrade", "no Allow, no Upgrade"],
}  # fmt: skip
SLIPS = {
    **connection.SLIPS,
    "Without Sec-WebSocket-Version the client has not said 13: 426.": ["13 if missing"],
    "Without Sec-WebSocket-Key there is nothing to answer: 400.": ["any key"],
    "Sec-WebSocket-Accept is not the key, but the answer to it: accept(key).": ["key itself"],
    "A header line ends at a newline, and cannot have one in it.": ["newline"],
    "A 101 has Upgrade: websocket and Connection: Upgrade, too.": ["proof alone", "no Connection"],
    "Upgrade has to be websocket. websocket2 is another protocol.": ["letters of websocket"],
}


def judge_3_2(answer: Answer, chance: random.Random) -> Verdict:
    """Good requests, and requests with one fault."""
    trial = Trial(answer, chance, right=right, ideas=IDEAS, slips=SLIPS)

    def ask(case: str, *good: int, method: str = "GET", **changed: str) -> None:
        changed = {name.replace("_", "-"): value for name, value in changed.items()}
        lines = {
            "host": f"{text.name(chance)}.example",
            "upgrade": "websocket",
            "connection": "Upgrade",
            KEY: base64.b64encode(chance.randbytes(16)).decode(),
            NUMBER: "13",
            "origin": f"https://{text.name(chance)}.example",
            **changed,
        }
        lines = {name: lines[name] for name in chance.sample([*lines], len(lines)) if lines[name]}
        what = [f"{name}: {value}" if value else f"no {name}" for name, value in changed.items()]
        line = f"a {method} with {what[0]}\n" if what else ""
        line += f"answer({method!r}, {lines!r})"
        trial.play(case, partial(_story, line, method, lines, good))

    for changed in ({}, {"upgrade": "WebSocket"}, {}):
        ask(PLAIN, 101, **changed)
    for words in connection.GOOD:
        ask(WORDS, 101, connection=words)
    for words in connection.BAD:
        ask(WITHOUT, 400, connection=words)
    for method in ("POST", "HEAD", chance.choice(["PUT", "DELETE"])):
        ask(METHOD, 405, method=method)
    for version in ("8", "113", "7", "0", "14"):
        ask(VERSION, 426, sec_websocket_version=version)
    ask(MISSING, 400, connection="")
    ask(MISSING, 400, sec_websocket_key="")
    ask(MISSING, 426, sec_websocket_version="")
    for upgrade in ("", "h2c", "websocket2"):
        ask(MISSING, 426, 400, upgrade=upgrade)
    return trial.verdict()


def _story(line: str, method: str, lines: Lines, good: tuple[int, ...], play: Play) -> None:
    """One request.  `good` are the statuses that are right."""
    play.tell(line)
    got = play.call("answer", method, lines)
    status, said = _parts(got)
    if 101 in good:
        objection = _objection(said, lines[KEY]) if status == 101 else ""
        why = "" if status == 101 else _why(got) or _probed(play, lines)
        told = f"it {gave(got)}\n{objection}" if objection else ""
        play.see(got, counts=f"{status} {objection}", text=told, why=why)
        return
    old = play.call("answer", "GET", {**lines, NUMBER: "8"}) if method != "GET" else None
    counts = "refused" if status in good else f"{status}, for others {_parts(old)[0]}"
    play.see(got, counts=counts, why=_why(got, refused=True))
    needed = ALLOW if status == 405 else UPGRADE if status == 426 else {}
    if status == 426 and lines.get(NUMBER) != "13":
        needed = UPGRADE | THIRTEEN
    came = {name.lower(): value.strip().lower() for name, value in said.items()}
    lacks = {n: came.get(n.lower()) for n in needed if came.get(n.lower()) != needed[n].lower()}
    wanted = " and ".join(f"{name}: {needed[name]}" for name in lacks)
    play.see(got, case=LINES, counts=lacks if type(status) is int else status,
             why=f"A {status} here has the line {wanted}." if lacks else "")  # fmt: skip


def _parts(got: Any) -> tuple[int | str, Lines]:
    """Status and lines, if they could be sent; else what it is instead."""
    if type(got) is tuple and [type(part) for part in got] == [int, dict]:
        text_only = all(type(part) is str for pair in got[1].items() for part in pair)
        return (got[0], got[1]) if text_only else ("not text", {})
    return "raised" if isinstance(got, Raised) else "no answer", {}


def _why(got: Any, *, refused: bool = False) -> str:
    """A sentence about what is no answer; empty if that is not certain."""
    if isinstance(got, Raised):
        stumbled = got.type in ("KeyError", "AttributeError", "TypeError")
        return (MAY_MISS if stumbled else REFUSE) if refused else SMALL if stumbled else ""
    return TEXT if _parts(got)[0] == "not text" else ""


def _probed(play: Play, lines: Lines) -> str:
    """A good request was refused.  Another form of it may show why."""
    if lines["connection"] == "Upgrade":
        titled = {name.title().replace("Websocket", "WebSocket"): lines[name] for name in lines}
        small = {"connection": "upgrade", "upgrade": "websocket"}
        for form, why in ((titled, SMALL), ({NUMBER: 13}, TEXT), (small, ANY_CASE)):
            if _parts(play.call("answer", "GET", {**lines, **form}))[0] == 101:
                return why
    return ""


def _objection(headers: Lines, key: str) -> str:
    """What speaks against this 101; empty if a client accepts it."""
    for name in headers:
        if name.lower() in ("content-length", "transfer-encoding"):
            return f"a 101 has no body, and so no {name}"
    try:
        response = http11.Response(101, http11.Headers(headers))
        http11.encode_response(response)
        handshake.verify(response, key)
    except CourseError as error:
        return f"this does not work: {error}"
    return ""


EXERCISES = (
    Exercise(
        number="3.2",
        title="Answer a handshake",
        section="answer",
        minutes=12,
        names=("answer",),
        cases=CASES,
        hints=(
            "Go through the table from the top; each row is an `if` with a `return`. What is left "
            "at the end gets the 101. Which of the values are lists, and which may be in any case?",
            'A line may be missing: headers.get(name, "") gives an empty text then. For '
            "Connection: split at the commas, strip each word, make it lower case, and look "
            'whether "upgrade" is one of them.',
            'words = [w.strip().lower() for w in headers.get("connection", "").split(",")]. '
            'if method != "GET": return 405, {"Allow": "GET"}. Upgrade and version: 426 with '
            '{"Upgrade": "websocket", "Sec-WebSocket-Version": "13"}. if "upgrade" not in words, '
            "or no key: 400, {}. At the end 101 with Upgrade, Connection, and "
            "Sec-WebSocket-Accept: accept(key).",
        ),
        wrong_ideas={
            **connection.WRONG_IDEAS,
            "any_version": WrongIdea(
                "the version does not matter",
                "Other versions were drafts, with other frames. A client that speaks one of them "
                "has to be told which is spoken here, or nothing works after the 101.",
            ),
            "post_accepted": WrongIdea(
                "any method will do",
                "A WebSocket begins with GET, because a GET has no body. After the head of a POST "
                "comes a body, and its bytes would be read as frames.",
            ),
            "length_on_101": WrongIdea(
                "the 101 says how long its body is",
                "After a 101 HTTP is over: there is no body, not even an empty one, and the "
                "standard forbids Content-Length here. Clients may take the frames for it.",
            ),
            "switch_not_asked_for": WrongIdea(
                "nobody looks whether the client wants to switch",
                "Upgrade says to which protocol, and Connection that Upgrade is meant for this "
                "server. A client that wants something else cannot read frames. Look at both.",
            ),
            "every_line_is_there": WrongIdea(
                "each of the lines is there",
                "A plain GET of a browser has none of these lines. headers[name] raises KeyError "
                'then, and the client gets no answer. headers.get(name, "") gives an empty text.',
            ),
            "one_refusal_for_all": WrongIdea(
                "400 is the answer to every fault",
                "A status tells a program what to do next. 405: ask with GET. 426: speak another "
                "protocol or version. 400 says only that the request is wrong.",
            ),
            "bare_refusals": WrongIdea(
                "the status says it all",
                "Not what to do next. A 405 must have Allow, and a 426 must have Upgrade (RFC 9110 "
                "§15.5.6, §15.5.22), and Sec-WebSocket-Version if that was wrong (RFC 6455 §4.4).",
            ),
        },
        judge=judge_3_2,
    ),
)
