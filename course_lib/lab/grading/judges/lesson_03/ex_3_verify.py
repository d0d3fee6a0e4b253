"""Judge of exercise 3.3: a client checks the response to its handshake.

    (101, {"upgrade": "websocket", …}, key, ["chat"])  ─▶  "chat", None, or ValueError

Exercises.  Builds on: `grading.trial`, `connection`, `wire.websocket.handshake` (the right proof).
What is new here: each false response is wrong in one point, so an answer may check in any order.
Left out: extensions; none is requested.
"""

from __future__ import annotations

import base64
import itertools
import random
from collections.abc import Callable, Sequence
from functools import partial

from .....wire.websocket import handshake
from ... import text
from ...answer import Answer
from ...exercise import Exercise
from ...sandbox.values import Raised
from ...trial import Play, Trial, Wrong
from ...verdict import Verdict, WrongIdea
from . import connection

CASES = {
    (HONEST := "an honest answer"): (
        "An honest answer was refused. Upgrade counts in any case, Connection is a list of words "
        "in any case, the proof is accept(key), and there may be no subprotocol."
    ),
    (CHOSEN := "a subprotocol that was asked for"): (
        "Return the subprotocol that the server has chosen, as it came. It may be any in `asked`."
    ),
    (STATUS := "another status than 101"): (
        "Look at the status, too: only 101 says that the server has switched."
    ),
    (LINES := "Upgrade or Connection missing, or not as it must be"): (
        "Both lines have to be there. Upgrade is websocket, the whole value, and one of the words "
        "of Connection is Upgrade."
    ),
    (PROOF := "a proof that is missing or wrong"): (
        "The proof has to be there, and to be accept(key), letter by letter: compare them with ==."
    ),
    (UNASKED := "a subprotocol that nobody asked for"): (
        "The server chooses none, or one of those in `asked`, the whole name, letter by letter."
    ),
}
ACCEPT, SUBPROTOCOL = "sec-websocket-accept", "sec-websocket-protocol"
NAMES = ("upgrade", "connection", ACCEPT)
MAY_MISS = "A line may be missing. headers.get(name) is None then, and raises nothing of its own."
NOT_THE_KEY = "The proof is not the key, but the answer to it: accept(key)."
SMALL = "The names in `headers` are in lower case. Look them up so."
Lines = dict[str, str]


def right(
    status: int, headers: Lines, key: str, asked: list[str], wrong: Wrong
) -> str | bool | None:
    """The answer, with a switch for each mistake."""
    upgrade, options, proof = (
        headers[name] if f"{name} is there" in wrong else headers.get(name, "") for name in NAMES
    )
    chosen = headers.get(SUBPROTOCOL)
    good = {
        "status": status == 101 or (status < 400 and "no error" in wrong),
        "upgrade": (upgrade if "exact websocket" in wrong else upgrade.lower()) == "websocket"
        or (upgrade and "upgrade to anything" in wrong),
        "connection": connection.has_upgrade(options, wrong),
        "proof": _is_proof(proof, key, wrong),
        "subprotocol": _is_asked(chosen, asked, wrong),
    }
    fault = next((name for name in good if not good[name] and f"any {name}" not in wrong), "")
    for said, value in ((None, "None"), (False, "False")) if fault else ():
        if wrong & {f"{value} for {fault}", f"{value} for all"}:
            return said
    if fault:
        raise ValueError(fault)
    return chosen or "" if "empty text" in wrong else True if "True" in wrong else chosen


def _is_proof(proof: str, key: str, wrong: Wrong) -> bool:
    expected = handshake.accept(key)
    if "in any case" in wrong:
        proof, expected = proof.lower(), expected.lower()
    if "proof somewhere" in wrong:
        return expected in proof
    return proof == expected or ("some proof" if proof else "proof if there") in wrong


def _is_asked(chosen: str | None, asked: list[str], wrong: Wrong) -> bool:
    if chosen is None:
        return "must choose" not in wrong and not (asked and "must choose if asked" in wrong)
    if not asked and "any if none asked" in wrong:
        return True
    if "capital names" in wrong:
        return chosen.lower() in [name.lower() for name in asked]
    if "part of a name" in wrong:
        return any(chosen in name for name in asked)
    if "part of the line" in wrong:
        return chosen in ", ".join(asked)
    return chosen in asked


IDEAS = {
    **connection.IDEAS,
    "status_only": ["any upgrade, any connection, any proof, any subprotocol",
                    "any upgrade, any connection, any proof"],
    "accept_not_compared": ["any proof", "some proof"],
    "unrequested_subprotocol_ok": ["any subprotocol"],
    "status_ignored": ["any status", "no error"],
    "switch_unchecked": ["any upgrade", "any connection", "any upgrade, any connection",
                         "upgrade to anything"],
    "proof_in_any_case": ["in any case"],
    "part_of_a_subprotocol": ["part of a name", "part of the line"],
    "nothing_asked_nothing_checked": ["any if none asked"],
    "subprotocol_needed": ["must choose", "must choose if asked"],
    "unasked_is_none": ["None for subprotocol"],
    "refusal_returned": [
        f"{value} for {fault}"
        for value in ("None", "False")
        for fault in ("all", "status", "upgrade", "connection", "proof", "subprotocol")
        if (value, fault) != ("None", "subprotocol")
    ],
    "every_line_is_there": [
        ", ".join(f"{name} is there" for name in some)
        for count in (3, 2, 1)
        for some in itertools.combinations(NAMES, count)
    ],
}  # fmt: skip
SLIPS = {
    **connection.SLIPS,
    "Each of the five things can be wrong. Look at all of them.": [
        "any status, any upgrade, any connection, any proof, any subprotocol",
        "any status, any upgrade, any connection, any subprotocol",
        "any status, any upgrade, any connection",
    ],
    "Compare the whole proof with ==. More text around it is another value.": ["proof somewhere"],
    "Without a proof nothing is proved. It may not be missing.": ["proof if there"],
    "Names count letter by letter, capital letters, too.": ["capital names"],
    "None says that no subprotocol was chosen. An empty text is something else.": ["empty text"],
    "Return the subprotocol, not whether all is well.": ["True"],
}


def judge_3_3(answer: Answer, chance: random.Random) -> Verdict:
    """Honest responses, and responses with one fault."""
    trial = Trial(answer, chance, right=right, ideas=IDEAS, slips=SLIPS, errors=("ValueError",))

    def ask(
        case: str,
        changed: Lines | None = None,
        *,
        status: int = 101,
        asked: Sequence[str] | None = None,
        proof: Callable[[str], str] = handshake.accept,
    ) -> None:
        key = _key(chance)
        names = [f"{text.name(chance)}.v{n}" for n in range(3)] if asked is None else [*asked]
        lines = {"upgrade": "websocket", "connection": "Upgrade", ACCEPT: proof(key)}
        lines |= {SUBPROTOCOL: names[1]} if len(names) > 1 else {}
        lines = {name: value for name, value in {**lines, **(changed or {})}.items() if value}
        trial.play(case, partial(_story, (status, lines, key, names)))

    for words in ("Upgrade", *connection.GOOD):
        ask(HONEST, {"connection": words, SUBPROTOCOL: ""})
    ask(HONEST, {"upgrade": "WebSocket", SUBPROTOCOL: ""})
    ask(HONEST)
    ask(HONEST, asked=())
    for chosen in ("chat.v1", "chat.v2", "news.v1"):
        ask(CHOSEN, {SUBPROTOCOL: chosen}, asked=("chat.v1", "chat.v2", "news.v1"))
    for status in (200, 103, 301, 403, chance.choice([204, 400, 426, 503])):
        ask(STATUS, status=status)
    for upgrade in ("", "h2c", "websocket2"):
        ask(LINES, {"upgrade": upgrade})
    for words in ("", *connection.BAD):
        ask(LINES, {"connection": words})
    for proof in (
        lambda key: "",
        lambda key: handshake.accept(_key(chance)),
        lambda key: key,
        lambda key: f"{handshake.accept(key)}, {_key(chance)}",
        lambda key: handshake.accept(key).swapcase(),
    ):
        ask(PROOF, proof=proof)
    for chosen in (f"{text.name(chance)}.v9", "chat.v", "CHAT.V2", "chat.v1, chat.v2", "chat.v11"):
        ask(UNASKED, {SUBPROTOCOL: chosen}, asked=("chat.v1", "chat.v2"))
    ask(UNASKED, {SUBPROTOCOL: f"{text.name(chance)}.v9"}, asked=())
    return trial.verdict()


def _key(chance: random.Random) -> str:
    return base64.b64encode(chance.randbytes(16)).decode()


def _story(given: tuple[int, Lines, str, list[str]], play: Play) -> None:
    """One response, and a sentence about an answer that is wrong there."""
    status, lines, key, asked = given
    play.tell(f"verify{given!r}")
    got, why, honest = play.call("verify", *given), "", play.case in (HONEST, CHOSEN)
    if isinstance(got, Raised):
        stumbled = got.type in ("KeyError", "AttributeError", "TypeError")
        why = MAY_MISS if stumbled else CASES[HONEST] if honest else ""
        titled = {name.title().replace("Websocket", "WebSocket"): lines[name] for name in lines}
        for form, meant in ((titled, SMALL), ({ACCEPT: key}, NOT_THE_KEY)) if honest else ():
            again = play.call("verify", status, {**lines, **form}, key, asked)
            why = why if isinstance(again, Raised) else meant
    elif not honest and got == lines[SUBPROTOCOL]:
        why = CASES[play.case]  # it was taken
    play.see(got, why=why)


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
            "of the values may be in any case, which is a list, and which must be equal letter by "
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
            **connection.WRONG_IDEAS,
            "status_only": WrongIdea(
                "a 101 is enough",
                "A status says nothing about who is there. Only the proof shows that somebody has "
                "read your request and knows WebSocket; Upgrade and Connection say what was "
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
            "status_ignored": WrongIdea(
                "any status will do if the lines are right",
                "Only with 101 has the server switched. After any other status, 200 and redirects "
                "as well, it goes on speaking HTTP.",
            ),
            "switch_unchecked": WrongIdea(
                "the proof says enough about the switch",
                "The proof says that somebody has read your key. Upgrade says which protocol "
                "comes next, and Connection that this line is meant for you. Look at both.",
            ),
            "proof_in_any_case": WrongIdea(
                "capital letters do not count in the proof",
                "Upgrade and Connection count in any case. In base64, A and a are two letters "
                "that stand for different bits, so the proof is compared as it is.",
            ),
            "part_of_a_subprotocol": WrongIdea(
                "a part of what you asked for is enough",
                "`in` looks for a part of a text, but for a whole entry of a list. chat.v is "
                "another subprotocol than chat.v1: look for the name in the list `asked` itself.",
            ),
            "nothing_asked_nothing_checked": WrongIdea(
                "if you asked for no subprotocol, the server may choose any",
                "You asked for none, so there is none that it may choose. An empty list is a "
                "list, too, and nothing is in it.",
            ),
            "subprotocol_needed": WrongIdea(
                "the server has to choose a subprotocol",
                "It may choose none, and then it sends no such line. That is an honest answer: "
                "return None.",
            ),
            "unasked_is_none": WrongIdea(
                "a subprotocol that nobody asked for counts as none",
                "The server will use what it has chosen, whatever you make of it, and you will "
                "not understand its messages. Raise ValueError.",
            ),
            "refusal_returned": WrongIdea(
                "returning None or False is a refusal",
                "None already says that no subprotocol was chosen, and whoever called goes on. "
                "Raise ValueError: nobody can overlook that.",
            ),
            "every_line_is_there": WrongIdea(
                "each of the lines is there",
                "A server that knows no WebSocket sends none of them. headers[name] raises "
                'KeyError then, and not ValueError. headers.get(name, "") gives an empty text.',
            ),
        },
        judge=judge_3_3,
    ),
)
