"""Judge of exercise 3.3: a client checks the response to its handshake.

    (101, {"upgrade": "websocket", …}, key, ["chat"])  ─▶  "chat", None, or ValueError

Exercises.  Builds on: `grading.trial`, `connection`, `wire.websocket.handshake` (the right proof).
What is new here: each false response is wrong in one point, so an answer may check in any order.
Left out: extensions; none is requested.
"""

from __future__ import annotations

import base64
import random
from functools import partial
from typing import Any

from .....wire.websocket import handshake
from ...trial import Answer, Exercise, Play, Raised, Trial, Verdict, Wrong, WrongIdea
from . import connection

CASES = {
    (HONEST := "an honest answer"):
        "Nothing is wrong here. The names in `headers` are in lower case, Upgrade and Connection "
        "count in any case, the proof is accept(key), and without a subprotocol return None.",
    (CHOSEN := "a subprotocol that was asked for"):
        "Return the subprotocol that the server has chosen, as it came. It may be any in `asked`.",
    (STATUS := "another status than 101"): "Only 101 says that the server has switched.",
    (LINES := "Upgrade or Connection missing, or not as it must be"):
        "Both lines have to be there. Upgrade is websocket, the whole value, and one of the words "
        "of Connection is Upgrade.",
    (PROOF := "a proof that is missing or wrong"):
        "The proof has to be there, and to be accept(key), letter by letter: compare them with ==.",
    (UNASKED := "a subprotocol that nobody asked for"):
        "The server chooses none, or one of those in `asked`, the whole name, letter by letter.",
}  # fmt: skip
ACCEPT, SUBPROTOCOL = "sec-websocket-accept", "sec-websocket-protocol"
NAMES = ["chat.v1", "chat.v2", "news.v1"]
Lines = dict[str, str]


def right(status: int, headers: Lines, key: str, asked: list[str], wrong: Wrong) -> Any:
    """The answer, with a switch for each mistake."""
    upgrade, options, proof = (
        headers[line] if f"{what} there" in wrong else headers.get(line, "")
        for line, what in (("upgrade", "switch"), ("connection", "switch"), (ACCEPT, "proof"))
    )
    protocol = upgrade if "exact websocket" in wrong else upgrade.lower()
    expected = handshake.accept(key)
    checks: dict[str, object] = {
        "status": status == 101 or ("no error" in wrong and status < 400),
        "upgrade": protocol == "websocket" or ("some upgrade" in wrong and upgrade),
        "connection": connection.has_upgrade(options, wrong),
        "proof": proof == expected or ("some proof" in wrong and proof)
        or ("in any case" in wrong and proof.lower() == expected.lower()),
        "subprotocol": _is_asked(headers.get(SUBPROTOCOL), asked, wrong),
    }  # fmt: skip
    for name, good in checks.items():
        if not good and f"any {name}" not in wrong:
            if wrong & {"False", "None", f"None for {name}"}:
                return False if "False" in wrong else None
            raise ValueError(name)
    return headers.get(SUBPROTOCOL)


def _is_asked(chosen: str | None, asked: list[str], wrong: Wrong) -> bool:
    if chosen is None:
        return "must choose" not in wrong and not ("must choose if asked" in wrong and asked)
    mistaken = {
        "any if none asked": chosen in asked or not asked,
        "part of a name": any(chosen in name for name in asked),
        "part of the line": chosen in ", ".join(asked),
    }
    return next((found for name, found in mistaken.items() if name in wrong), chosen in asked)


def judge_3_3(answer: Answer, chance: random.Random) -> Verdict:
    """Honest responses, and responses with one fault: one thing in them is another one."""
    trial = Trial(answer, chance, right, errors=("ValueError",))
    for case, name, values in (
        (HONEST, "connection", ("Upgrade", *connection.GOOD)),
        (HONEST, "upgrade", ("WebSocket",)),
        (HONEST, SUBPROTOCOL, NAMES[:1]),
        (HONEST, "asked", ("",)),
        (CHOSEN, SUBPROTOCOL, NAMES),
        (STATUS, "status", (200, 103, 301, 403, 500)),
        (LINES, "upgrade", ("", "h2c", "websocket2")),
        (LINES, "connection", ("", *connection.BAD)),
        (PROOF, ACCEPT, ("", "of another key", "the key", "and more", "in other letters")),
        (UNASKED, SUBPROTOCOL, ("other.v9", "chat.v", "CHAT.V2", "chat.v1, chat.v2", "chat.v11")),
        (UNASKED, "asked", ("",)),
    ):
        for value in values:
            trial.play(case, partial(_story, name, value))
    return trial.verdict()


def _story(name: str, value: Any, play: Play) -> None:
    key, other = (base64.b64encode(play.chance.randbytes(16)).decode() for _ in range(2))
    proof = handshake.accept(key)
    proofs = {"of another key": handshake.accept(other), "the key": key,
              "and more": f"{proof}, {other}", "in other letters": proof.swapcase()}  # fmt: skip
    said: dict[str, Any] = {
        "status": 101, "asked": NAMES, "upgrade": "websocket", "connection": "Upgrade",
        ACCEPT: proof, SUBPROTOCOL: "" if play.case == HONEST else "chat.v2",
        name: proofs.get(value) if name == ACCEPT else value,
    }  # fmt: skip
    status, asked = said.pop("status"), [*said.pop("asked")]
    given = status, {one: line for one, line in said.items() if line}, key, asked
    play.tell(f"verify{given!r}")
    got = play.call("verify", *given)
    refused = isinstance(got, Raised) and play.case == HONEST
    play.see(got, why=CASES[play.case] if refused or type(got) is str else "")


EXERCISES = (Exercise(
    number="3.3", title="Check the answer", section="answer", minutes=10, names=("verify",),
    cases=CASES, judge=judge_3_3,
    hints=(
        "Five things can be wrong, and each of them alone is reason enough to end it. Which may "
        "be in any case, which is a list, and which must be equal letter by letter?",
        "Go through the list from the top, and raise ValueError at the first fault. Use "
        'headers.get(name, ""): a line may be missing. The proof has to be accept(key).',
        'if status != 101: raise ValueError. The same if headers.get("upgrade", "").lower() != '
        '"websocket", if "upgrade" is not among the words of Connection, if '
        'headers.get("sec-websocket-accept") != accept(key), and if the subprotocol is not None '
        "and not in asked. Return the subprotocol.",
    ),
    wrong_ideas={
        **connection.WRONG_IDEAS,
        "status_only": WrongIdea("a 101 is enough",
            "A status says nothing about who is there. Only the proof shows that somebody has "
            "read your request, and knows WebSocket.",
            "any upgrade, any connection, any proof, any subprotocol"),
        "accept_not_compared": WrongIdea("it is enough that there is some proof",
            "A cache may send the proof of another key, and an echo sends back yours. Compute "
            "accept(key), and compare.", "any proof; some proof"),
        "unrequested_subprotocol_ok": WrongIdea("the server may choose any subprotocol",
            "It chooses one of those in `asked`, or none. You cannot read messages of others.",
            "any subprotocol"),
        "status_ignored": WrongIdea("any status will do if the lines are right",
            "Only with 101 has the server switched. With 200, too, it goes on speaking HTTP.",
            "any status; no error"),
        "switch_unchecked": WrongIdea("the proof says enough about the switch",
            "The proof says that somebody has read your key. Upgrade says which protocol comes "
            "next, and Connection that this line is meant for you. Look at both.",
            "any upgrade; any connection; any upgrade, any connection; some upgrade"),
        "proof_in_any_case": WrongIdea("capital letters do not count in the proof",
            "In base64, A and a stand for different bits: the proof is compared as it is.",
            "in any case"),
        "part_of_a_subprotocol": WrongIdea("a part of what you asked for is enough",
            "`in` looks for a part of a text, but for a whole entry of a list. chat.v is another "
            "subprotocol than chat.v1: look for the name in the list `asked` itself.",
            "part of a name; part of the line"),
        "nothing_asked_nothing_checked": WrongIdea(
            "if you asked for no subprotocol, the server may choose any",
            "Then there is none that it may choose: nothing is in an empty list.",
            "any if none asked"),
        "subprotocol_needed": WrongIdea("the server has to choose a subprotocol",
            "It may choose none, and then it sends no such line. Return None.",
            "must choose; must choose if asked"),
        "unasked_is_none": WrongIdea("a subprotocol that nobody asked for counts as none",
            "The server uses it all the same, and you cannot read its messages: ValueError.",
            "None for subprotocol"),
        "refusal_returned": WrongIdea("returning None or False is a refusal",
            "None says that no subprotocol was chosen. Nobody can overlook a ValueError.",
            "None; False; None for status; None for proof"),
        "every_line_is_there": WrongIdea("each of the lines is there",
            "A server that knows no WebSocket sends none of them. headers[name] raises KeyError "
            'then, and not ValueError. headers.get(name, "") gives an empty text.',
            "switch there, proof there; switch there; proof there"),
    },
    slips={
        "Each of the five things can be wrong. Look at all of them.":
            "any status, any upgrade, any connection, any proof, any subprotocol; any status, any "
            "upgrade, any connection, any subprotocol",
    },
),)  # fmt: skip
