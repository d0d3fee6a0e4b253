"""Judge of exercise 3.2: the server's response to a handshake.

    ("GET", {"connection": "keep-alive, Upgrade", …})  ─▶  (101, {"Upgrade": "websocket", …})
    ("GET", {"sec-websocket-version": "8", …})         ─▶  (426, {"Sec-WebSocket-Version": "13"})

Exercises.  Builds on: `wire.websocket.handshake` (the client that reads the 101), `grading`.
What is new here: each request has at most one fault, so an answer may check in any order.
Left out: keys of another length, and two lines of one name; the library refuses both.
"""

from __future__ import annotations

import base64
import random
from collections.abc import Iterator
from typing import Any

from .....errors import RemoteError
from .....wire.http import http11
from .....wire.websocket import handshake
from ... import text
from ...answer import Answer
from ...exercise import Exercise
from ...marks import hint_of_type, shown
from ...sandbox.values import Raised
from ...verdict import Verdict, WrongIdea

PLAIN = "a plain question"
WORDS = "a Connection of several words, in any case"
WITHOUT = "a Connection without Upgrade"
METHOD = "another method than GET"
VERSION = "another version than 13"
MISSING = "a line that is missing"
CASES = (PLAIN, WORDS, WITHOUT, METHOD, VERSION, MISSING)
SEVERAL = ("keep-alive, Upgrade", "Upgrade, keep-alive", "keep-alive,Upgrade")
ANY_CASE = ("keep-alive, upgrade", "UPGRADE", "Keep-Alive, uPGRADE")
NO_UPGRADE = ("keep-alive", "keep-alive, no-upgrade", "upgrade-later, keep-alive")
VERSIONS = ("8", "113", "7", "0", "14")
# Case, method, lines, statuses that are right, the idea that a 101 would mean, and why it is wrong.
Fault = tuple[str, str, dict[str, str], tuple[int, ...], str, str]


def judge_3_2(answer: Answer, chance: random.Random) -> Verdict:
    exact = _plain(answer, chance)
    why = "The name of the protocol counts in any case: make it lower case before you compare."
    _agreed(answer, chance, PLAIN, {"upgrade": "WebSocket"}, why=why)
    asked = [_lines(chance, {"connection": value}) for value in SEVERAL]
    got = [answer.call("answer", "GET", lines) for lines in asked]
    whole = exact and not any(_is_answer(one) and one[0] == 101 for one in got)
    for lines, one in zip(asked, got, strict=True):
        why = "Connection is a list: take it apart at the commas, and strip each word."
        _is_agreed(answer, WORDS, lines, one, "exact_connection_value" if whole else "", why)
    for value in ANY_CASE:
        why = "The words of Connection count in any case: make them all lower case first."
        _agreed(answer, chance, WORDS, {"connection": value}, why=why)
    any_version = "any_version" if _looks_at_no_version(answer, chance) else ""
    for fault in _faults(chance, any_version):
        if chance.random() < 0.5:  # so an answer that only counts its calls fails
            _agreed(answer, chance, PLAIN, {})
        _refused(answer, *fault)
    return answer.marks.verdict()


def _faults(chance: random.Random, any_version: str) -> Iterator[Fault]:
    """Requests with one fault each."""
    for value in NO_UPGRADE:
        why = "Connection is a list of words with commas between them; look for the whole word."
        yield WITHOUT, "GET", _lines(chance, {"connection": value}), (400,), "", why
    for method in ("POST", "HEAD", chance.choice(["PUT", "DELETE"])):
        yield METHOD, method, _lines(chance, {}), (405,), "post_accepted", ""
    why = "Only 13 is spoken here: no smaller number, and no larger one."
    for version in VERSIONS:
        changed = _lines(chance, {"sec-websocket-version": version})
        yield VERSION, "GET", changed, (426,), any_version, why
    for name, statuses in (
        ("upgrade", (400, 426)),
        ("connection", (400,)),
        ("sec-websocket-version", (426,)),
        ("sec-websocket-key", (400,)),
    ):
        lines = {key: value for key, value in _lines(chance, {}).items() if key != name}
        idea = any_version if name == "sec-websocket-version" else ""
        yield MISSING, "GET", lines, statuses, idea, ""
    yield MISSING, "GET", _lines(chance, {"upgrade": "h2c"}), (400, 426), "", ""


def _plain(answer: Answer, chance: random.Random) -> bool:
    """Does a plain request get a 101?  If not, two other forms of it may show the reason."""
    lines = _lines(chance, {})
    got = answer.call("answer", "GET", lines)
    why = ""
    if _is_answer(got) and got[0] != 101:
        titled = {name.title().replace("Websocket", "WebSocket"): lines[name] for name in lines}
        for form, meant in (
            (titled, "The names in `headers` are in lower case here, those that you look up, too."),
            ({**lines, "sec-websocket-version": 13}, "The values are text: '13' is not 13."),
        ):
            other = answer.call("answer", "GET", {**lines, **form})
            if _is_answer(other) and other[0] == 101:
                why = why or meant
    return _is_agreed(answer, PLAIN, lines, got, "", why)


def _looks_at_no_version(answer: Answer, chance: random.Random) -> bool:
    """Does the answer accept each of VERSIONS?"""
    asked = [_lines(chance, {"sec-websocket-version": version}) for version in VERSIONS]
    got = [answer.call("answer", "GET", lines) for lines in asked]
    return all(_is_answer(one) and one[0] == 101 for one in got)


def _lines(chance: random.Random, changed: dict[str, str]) -> dict[str, str]:
    """The header lines of a good request, in any order, with some changed."""
    lines = {
        "host": f"{text.name(chance)}.example",
        "upgrade": "websocket",
        "connection": "Upgrade",
        "sec-websocket-key": base64.b64encode(chance.randbytes(16)).decode(),
        "sec-websocket-version": "13",
        "origin": f"https://{text.name(chance)}.example",
        **changed,
    }
    names = list(lines)
    chance.shuffle(names)
    return {name: lines[name] for name in names}


def _agreed(
    answer: Answer, chance: random.Random, case: str, changed: dict[str, str], why: str = ""
) -> bool:
    """Does a request with these lines changed get a 101?"""
    lines = _lines(chance, changed)
    return _is_agreed(answer, case, lines, answer.call("answer", "GET", lines), "", why)


def _is_agreed(
    answer: Answer, case: str, lines: dict[str, str], got: Any, idea: str, why: str
) -> bool:
    """Is the response a 101 that a client accepts?  `idea`: what a refusal would mean."""
    given, key = _given("GET", lines), lines["sec-websocket-key"]
    wanted = (101, _right(key))
    if not _is_answer(got):
        length = "length_on_101" if _has_length(got) else ""
        why = hint_of_type(got, wanted) or "The names and values of header lines are text."
        return answer.marks.equal(case, got, wanted, given=given, idea=length, why=why)
    status, headers = got
    problem = _problem(status, headers, key)
    length = "length_on_101" if _has_length(got) else ""
    return answer.marks.true(
        case,
        not problem,
        observed=f"{given} gave {shown(got)}\n{problem}",
        expected=shown(wanted),
        idea=length if status == 101 else idea,
        why=why if status != 101 else "",
    )


def _has_length(got: Any) -> bool:
    """Does the response have a Content-Length, be its value text or a number?"""
    if type(got) is not tuple or len(got) != 2 or type(got[1]) is not dict:
        return False
    return "content-length" in [str(name).lower() for name in got[1]]


def _right(key: str) -> dict[str, str]:
    proof = handshake.accept(key)
    return {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Accept": proof}


def _problem(status: int, headers: dict[str, str], key: str) -> str:
    """What a client objects to this response; empty if it accepts it."""
    response = http11.Response(status, http11.Headers(headers))
    try:
        handshake.verify(response, key)
    except RemoteError as error:
        return f"the client says: {error}"
    framing = [name for name in headers if name.lower() in ("content-length", "transfer-encoding")]
    return f"a 101 has no body, and so no {framing[0]}" if framing else ""


def _refused(
    answer: Answer,
    case: str,
    method: str,
    lines: dict[str, str],
    statuses: tuple[int, ...],
    idea: str,
    why: str,
) -> bool:
    """Is this request refused with a right status?  `idea`: what a 101 would mean."""
    got = answer.call("answer", method, lines)
    given, [wanted, *_] = _given(method, lines), statuses[::-1]
    says = {"Sec-WebSocket-Version": "13"} if wanted == 426 else {}
    if not _is_answer(got):
        return answer.marks.equal(case, got, (wanted, says), given=given)
    status, headers = got
    right = status in statuses
    if right and status == 426 and case == VERSION:
        right = http11.Headers(headers).get("sec-websocket-version") == "13"
    return answer.marks.true(
        case,
        right,
        observed=f"{given} gave {shown(got)}",
        expected=f"a refusal with {' or '.join(map(str, statuses))}"
        + (", and Sec-WebSocket-Version: 13 with it" if wanted == 426 else ""),
        idea=idea if status == 101 else "",
        why=why if status == 101 else "",
    )


def _is_answer(got: Any) -> bool:
    """Is it a status and a dict of texts, which could be sent?"""
    if isinstance(got, Raised) or type(got) is not tuple or len(got) != 2:
        return False
    status, headers = got
    return (
        type(status) is int
        and type(headers) is dict
        and all(type(part) is str for pair in headers.items() for part in pair)
    )


def _given(method: str, lines: dict[str, str]) -> str:
    return f"answer({method!r}, {lines!r})\n"


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
            'if method != "GET": return 405, {}. Upgrade and version: 426 with '
            '{"Sec-WebSocket-Version": "13"}. if "upgrade" not in words, or no key: 400, {}. '
            "At the end 101 with Upgrade, Connection, and Sec-WebSocket-Accept: accept(key).",
        ),
        wrong_ideas={
            "exact_connection_value": WrongIdea(
                "Connection has to be exactly Upgrade",
                "Connection is a list. Firefox sends `keep-alive, Upgrade`, and a proxy may add a "
                "word of its own. Take the list apart, and look for upgrade among its words.",
            ),
            "any_version": WrongIdea(
                "the version does not matter",
                "Other versions were drafts, with other frames. Whoever speaks one of them has to "
                "be told which is spoken here, instead of a 101 behind which nothing works.",
            ),
            "post_accepted": WrongIdea(
                "any method will do",
                "A WebSocket begins with GET, because a GET has no body. Behind the head of a POST "
                "stands a body, and its bytes would be read as frames.",
            ),
            "length_on_101": WrongIdea(
                "the 101 says how long its body is",
                "Behind a 101 HTTP is over: there is no body, not even an empty one, and the "
                "standard forbids Content-Length here. Clients may take the frames for it.",
            ),
        },
        judge=judge_3_2,
    ),
)
