"""Judge of exercise 3.3: a client checks the response to its handshake.

    (101, {"upgrade": "websocket", …}, key, ["chat"])  ─▶  "chat", None, or ValueError

Exercises.  Builds on: `wire.websocket.handshake` (which knows the right proof), `grading`.
What is new here: each false response is wrong in one point.
Left out: extensions; none is requested.
"""

from __future__ import annotations

import base64
import random

from .....wire.websocket import handshake
from ... import text
from ...answer import Answer
from ...exercise import Exercise
from ...marks import shown
from ...sandbox.values import Raised
from ...verdict import Verdict, WrongIdea

HONEST = "an honest answer"
CHOSEN = "a subprotocol that was asked for"
STATUS = "another status than 101"
LINES = "Upgrade or Connection missing, or not as it must be"
PROOF = "a proof that is missing or wrong"
UNASKED = "a subprotocol that nobody asked for"
CASES = (HONEST, CHOSEN, STATUS, LINES, PROOF, UNASKED)
SUBPROTOCOL = "sec-websocket-protocol"
PROOF_LINE = "sec-websocket-accept"


WHY = {
    STATUS: "Look at the status, too: only 101 says that the server has switched.",
    LINES: "Upgrade says to what the server has switched, and the list Connection has its word.",
}


HONEST_WHY = (
    "You refused an honest answer. Upgrade counts in any case, Connection is a list of words in "
    "any case, and a subprotocol may be missing, or be any of those that you asked for."
)


class Asked:
    """What a client has requested, and the header lines of an honest response to it."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.key = base64.b64encode(chance.randbytes(16)).decode()
        self.subprotocols = [f"{text.name(chance)}.v{n}" for n in range(chance.randint(1, 3))]
        self.lines = {
            "upgrade": "websocket",
            "connection": "Upgrade",
            PROOF_LINE: handshake.accept(self.key),
            SUBPROTOCOL: chance.choice(self.subprotocols),
        }


def judge_3_3(answer: Answer, chance: random.Random) -> Verdict:
    heard = _honest(answer, chance)
    looks = True  # does the answer look at the status?
    for status in (200, 103, chance.choice([301, 400, 403, 426, 503])):
        asked = Asked(chance)
        looks &= _refused(answer, STATUS, asked, status, asked.lines)
    asked = Asked(chance)
    line = {SUBPROTOCOL: asked.lines[SUBPROTOCOL]}
    bare = _refused(answer, PROOF, asked, 101, line, "status_only" if looks else "")
    for name, value in (
        ("upgrade", None),
        ("upgrade", "h2c"),
        ("connection", None),
        ("connection", "keep-alive"),
        ("connection", "keep-alive, no-upgrade"),
    ):
        asked = Asked(chance)
        _refused(answer, LINES, asked, 101, _changed(asked, {name: value}))
    _proofs(answer, chance, "accept_not_compared" if bare else "")
    _unasked(answer, chance, looks)
    for case in () if heard else (STATUS, LINES, PROOF, UNASKED):
        answer.marks.fail(
            case,
            observed="verify refused this, and every honest answer, too",
            expected="honest answers are taken, and only the others refused",
        )
    return answer.marks.verdict()


def _unasked(answer: Answer, chance: random.Random, looks: bool) -> None:
    """Subprotocols that were not requested: another name, similar names; one, if none was."""
    idea = "unrequested_subprotocol_ok" if looks else ""
    whole = "Compare the whole name, letter by letter, with each of those in the list."
    nothing = "You asked for none. So there is none that the server may choose."
    for asked_for, chosen, why in (
        (["chat.v1", "chat.v2"], f"{text.name(chance)}.v9", ""),
        (["chat.v1", "chat.v2"], "chat.v", whole),
        (["chat.v1", "chat.v2"], "CHAT.V2", whole),
        (["chat.v1", "chat.v2"], "chat.v1, chat.v2", "The server chooses one name, not a list."),
        ([], f"{text.name(chance)}.v9", nothing),
    ):
        asked = Asked(chance)
        asked.subprotocols = asked_for
        lines = _changed(asked, {SUBPROTOCOL: chosen})
        _refused(answer, UNASKED, asked, 101, lines, "" if why else idea, why)


def _honest(answer: Answer, chance: random.Random) -> bool:
    """Check honest responses; was any of them accepted?"""
    heard = False
    mute = True  # does it return None for all?  Then it may also return None for a false one
    for upgrade, connection in (
        ("websocket", "Upgrade"),
        ("WebSocket", "upgrade"),
        ("websocket", "keep-alive, Upgrade"),
    ):
        asked = Asked(chance)
        written: dict[str, str | None] = {"upgrade": upgrade, "connection": connection}
        for case, chosen in ((HONEST, None), (CHOSEN, asked.lines[SUBPROTOCOL])):
            lines = _changed(asked, {**written, SUBPROTOCOL: chosen})
            got = answer.call("verify", 101, lines, asked.key, asked.subprotocols)
            why = HONEST_WHY if isinstance(got, Raised) and got.is_a("ValueError") else ""
            heard |= answer.marks.equal(case, got, chosen, given=_given(101, lines, asked), why=why)
            mute &= got is None
    lie = Asked(chance)
    if mute and answer.call("verify", 200, lie.lines, lie.key, lie.subprotocols) is None:
        answer.marks.fail(
            HONEST,
            observed=f"{_given(200, lie.lines, lie)} gave None, as everything does",
            expected="ValueError",
            why="Returning nothing is no refusal: raise ValueError.",
        )
    return heard


def _proofs(answer: Answer, chance: random.Random, idea: str) -> None:
    """No proof, one of another key, the key itself, one with more after it, one in other case."""
    asked = Asked(chance)
    _refused(answer, PROOF, asked, 101, _changed(asked, {PROOF_LINE: None}))
    another = _changed(asked, {PROOF_LINE: handshake.accept(Asked(chance).key)})
    compared = _refused(answer, PROOF, asked, 101, another, idea)
    echo = _changed(asked, {PROOF_LINE: asked.key})
    _refused(answer, PROOF, asked, 101, echo, "" if compared else idea)
    longer = _changed(asked, {PROOF_LINE: f"{asked.lines[PROOF_LINE]}, {Asked(chance).key}"})
    _refused(answer, PROOF, asked, 101, longer, why="Compare the whole value with ==.")
    swapped = asked.lines[PROOF_LINE].swapcase()
    why = "In base64 A and a are different. Compare the proof letter by letter."
    _refused(answer, PROOF, asked, 101, _changed(asked, {PROOF_LINE: swapped}), why=why)


def _changed(asked: Asked, changed: dict[str, str | None]) -> dict[str, str]:
    """The lines with these values; None removes a line."""
    lines = {**asked.lines, **changed}
    return {name: value for name, value in lines.items() if value is not None}


def _refused(
    answer: Answer,
    case: str,
    asked: Asked,
    status: int,
    lines: dict[str, str],
    idea: str = "",
    why: str = "",
) -> bool:
    """Is it refused with a ValueError?  `idea`: what it means to accept it.

    Each false response has a subprotocol, so an answer that accepts it returns that, and not None.
    An honest response may come before it, so an answer that only counts its calls fails.
    """
    if asked.chance.random() < 0.5:
        other = Asked(asked.chance)
        said = answer.call("verify", 101, other.lines, other.key, other.subprotocols)
        chosen = other.lines[SUBPROTOCOL]
        answer.marks.equal(CHOSEN, said, chosen, given=_given(101, other.lines, other))
    got = answer.call("verify", status, lines, asked.key, asked.subprotocols)
    if isinstance(got, Raised) and got.is_a("ValueError"):
        return answer.marks.true(case, True)
    taken = got == lines.get(SUBPROTOCOL) and type(got) is str
    return answer.marks.fail(
        case,
        observed=_given(status, lines, asked)
        + (" " if isinstance(got, Raised) else " gave ")
        + shown(got),
        expected="ValueError",
        idea=idea if taken else "",
        why=(why or WHY.get(case, "")) if taken else _why(got),
        raised=got if isinstance(got, Raised) else None,
    )


def _why(got: object) -> str:
    """A sentence about a response that was neither accepted nor refused with ValueError."""
    if isinstance(got, Raised):
        return (
            "A wrong answer is refused with ValueError, also one that lacks a line: "
            "headers.get(name) is None then, and no exception of its own."
        )
    return "Returning something is no refusal: raise ValueError."


def _given(status: int, lines: dict[str, str], asked: Asked) -> str:
    return f"verify({status}, {lines!r}, {asked.key!r}, {asked.subprotocols!r})\n"


EXERCISES = (
    Exercise(
        number="3.3",
        title="Check the answer",
        section="answer",
        minutes=10,
        names=("verify",),
        cases=CASES,
        hints=(
            "Five things can be wrong, and each of them alone is reason enough to hang up. Which "
            "of the values may be in any case, which is a list, and which must be equal to the "
            "letter?",
            "Go through the list from the top, and raise ValueError at the first thing that is "
            'wrong. For a line that may be missing use headers.get(name, ""). The proof that you '
            "expect is accept(key).",
            'if status != 101: raise ValueError. The same if headers.get("upgrade", '
            '"").lower() != "websocket", if "upgrade" is not among the words of Connection, '
            'if headers.get("sec-websocket-accept") != accept(key), and if the subprotocol is '
            "not None and not in asked. Return the subprotocol.",
        ),
        wrong_ideas={
            "status_only": WrongIdea(
                "a 101 is enough",
                "A status says nothing about who is there. Only the proof shows that somebody has "
                "read your question and knows WebSocket; Upgrade and Connection say what was "
                "switched to.",
            ),
            "accept_not_compared": WrongIdea(
                "it is enough that there is some proof",
                "A cache may send the proof of another key, and an echo sends back yours. Compute "
                "accept(key), and compare.",
            ),
            "unrequested_subprotocol_ok": WrongIdea(
                "the server may choose any subprotocol",
                "It chooses among those that you have asked for, or none. Another one means "
                "messages that you do not understand: hang up.",
            ),
        },
        judge=judge_3_3,
    ),
)
