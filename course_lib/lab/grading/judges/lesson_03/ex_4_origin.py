"""Judge of exercise 3.4: which origins may open a WebSocket, and which are attackers.

    allowed    https://chat.example                 https://chat.example:8443
    attackers  https://chat.example.evil.test       https://evilchat.example       null

Exercises.  Builds on: `grading`.
What is new here: an attacker owns names that begin or end like yours.  The judge recognises a wrong
idea by the origins that it lets in.
Left out: `"*"`, and origins that differ in case; a browser writes each origin in one way.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from ... import text
from ...answer import Answer
from ...exercise import Exercise
from ...verdict import Verdict, WrongIdea

OWN = "our own pages"
LISTED = "pages that are listed"
FOREIGN = "pages of other servers"
ALIKE = "origins that look like an allowed one"
NULL = 'the origin "null"'
ABSENT = "no origin: not a browser"
CASES = (OWN, LISTED, FOREIGN, ALIKE, NULL, ABSENT)

WHY = {
    OWN: "Pages of this server are at http:// and at https://, with host behind it.",
    LISTED: "This origin is in the list, letter by letter.",
    FOREIGN: "This page is neither ours nor in the list.",
    ALIKE: "Whoever owns this name owns the page. Compare the whole text with ==, or with `in` "
    "and a list.",
}


CLOSED = "An empty list is a list, too, and nobody is in it. Only None means: our own pages."


@dataclass(slots=True)
class Door:
    """A server, and the origins that may come in."""

    host: str
    allow: list[str] | None
    origins: list[str]
    chance: random.Random

    @property
    def case(self) -> str:
        return OWN if self.allow is None else LISTED


def judge_3_4(answer: Answer, chance: random.Random) -> Verdict:
    doors = [door for _ in range(2) for door in _doors(chance)]
    inside = [
        _decides(answer, door.case, door, origin, True) for door in doors for origin in door.origins
    ]
    foreign = [_decides(answer, FOREIGN, door, _stranger(chance), False) for door in doors]
    foreign += [
        _decides(answer, FOREIGN, door, f"https://{door.host}", False)
        for door in doors
        if door.allow is not None
    ]
    closed = Door(f"{text.name(chance)}.example", [], [], chance)
    for own in (f"https://{closed.host}", f"http://{closed.host}"):
        _decides(answer, FOREIGN, closed, own, False, why=CLOSED)
    _alike(answer, chance, doors, strict=all(foreign))
    for door in doors:
        _decides(answer, NULL, door, "null", False, "null_ok" if all(foreign) else "")
        _decides(answer, ABSENT, door, None, True, "absent_refused" if all(inside) else "")
    always = [] if any(foreign) else [OWN, LISTED, ABSENT]
    always += [] if any(inside) else [FOREIGN, ALIKE, NULL]
    for case in always:  # an answer that is always the same passes no case
        answer.marks.fail(
            case, observed="the answer was the same for everybody", expected="a choice"
        )
    return answer.marks.verdict()


def _doors(chance: random.Random) -> list[Door]:
    """Servers with their own pages, on the usual port and on another; and with lists of origins."""
    plain, port = f"{text.name(chance)}.example", chance.randint(1000, 6000)
    listed = [f"https://{text.name(chance)}.example" for _ in range(3)]
    listed[1] += f":{chance.randint(1000, 6000)}"
    hosts = [plain, f"{plain}:{port}", f"127.0.0.1:{port}"]
    own = [Door(host, None, [f"http://{host}", f"https://{host}"], chance) for host in hosts]
    one = Door(plain, listed[:1], listed[:1], chance)
    return [*own, one, Door(f"127.0.0.1:{port}", listed, listed, chance)]


def _stranger(chance: random.Random) -> str:
    return f"https://{text.name(chance)}.test"


def _alike(answer: Answer, chance: random.Random, doors: list[Door], *, strict: bool) -> None:
    """Try attackers of each kind.  The kinds that the answer lets in show how it compares."""
    kinds = ("prefix", "suffix", "port_ignored", "scheme", "no port")
    tried: dict[str, list[tuple[Door, str]]] = {kind: [] for kind in kinds}
    for door in doors:
        for origin in door.origins:
            for kind, attacker in _attackers(chance, origin):
                tried[kind].append((door, attacker))
            if door.allow is not None:  # an attacker in the network can forge an http page
                tried["scheme"].append((door, origin.replace("https", "http")))
    got = {
        kind: [(door, origin, _ask(answer, door, origin)) for door, origin in pairs]
        for kind, pairs in tried.items()
    }
    came_in = {kind for kind, seen in got.items() if any(said is True for *_, said in seen)}
    named = {  # comparing only the beginning lets other ports in, too
        "prefix": "suffix" not in came_in,
        "suffix": "prefix" not in came_in,
        "port_ignored": not came_in & {"prefix", "suffix"},
    }
    for kind, seen in got.items():
        for door, origin, said in seen:
            idea = kind if said is True and strict and named.get(kind) else ""
            _mark(answer, ALIKE, door, origin, said, False, idea)


def _attackers(chance: random.Random, origin: str) -> list[tuple[str, str]]:
    """Origins that an attacker can have, each with its kind."""
    scheme, _, host = origin.partition("://")
    name, _, port = host.partition(":")
    evil = text.name(chance)
    found = [("port_ignored", f"{scheme}://{name}:{chance.randint(6001, 9999)}")]
    if not name[0].isdecimal():
        found += [("suffix", f"{scheme}://{evil}{host}"), ("suffix", f"{scheme}://{evil}.{host}")]
    if port:
        found += [
            ("port_ignored", f"{origin}{chance.randrange(10)}"),
            ("no port", origin[:-5]),
        ]
    else:
        found += [("prefix", f"{origin}.{evil}.test"), ("prefix", f"{origin}-{evil}.test")]
    return found


def _decides(
    answer: Answer,
    case: str,
    door: Door,
    origin: str | None,
    right: bool,
    idea: str = "",
    *,
    why: str = "",
) -> bool:
    return _mark(answer, case, door, origin, _ask(answer, door, origin), right, idea, why)


def _ask(answer: Answer, door: Door, origin: str | None) -> object:
    """May `origin` come in?  Perhaps asks for an allowed one before, so counting calls fails."""
    if door.origins and door.chance.random() < 0.5:
        own = door.chance.choice(door.origins)
        said = answer.call("origin_allowed", own, door.host, door.allow)
        _mark(answer, door.case, door, own, said, True, "")
    return answer.call("origin_allowed", origin, door.host, door.allow)


def _mark(
    answer: Answer,
    case: str,
    door: Door,
    origin: str | None,
    said: object,
    right: bool,
    idea: str,
    why: str = "",
) -> bool:
    return answer.marks.equal(
        case,
        said,
        right,
        given=f"origin_allowed({origin!r}, {door.host!r}, {door.allow!r})",
        idea=idea if said is (not right) else "",
        why="" if type(said) is not bool else why or WHY.get(case, ""),
    )


EXERCISES = (
    Exercise(
        number="3.4",
        title="Whose page may connect",
        section="origin",
        minutes=8,
        core=True,
        names=("origin_allowed",),
        cases=CASES,
        hints=(
            "First make the list of the origins that are allowed: it is given, or it has two "
            "entries that you make of host. Then the question is whether the origin is in it.",
            "An origin is scheme, host and port in one text, and a browser writes it in one way "
            "only. So nothing has to be taken apart: compare the whole text. And who sends no "
            "origin is no browser.",
            'if origin is None: return True. if allow is None: allow = [f"http://{host}", '
            'f"https://{host}"]. return origin in allow.',
        ),
        wrong_ideas={
            "prefix": WrongIdea(
                "it is enough that the origin begins like an allowed one",
                "Anybody can have a name like chat.example.evil.test, which begins like "
                "chat.example, and port 8000 begins like port 80. Compare the whole text.",
            ),
            "suffix": WrongIdea(
                "it is enough that the origin ends like an allowed one",
                "Anybody can buy evilchat.example, which ends like chat.example. And subdomains "
                "are other origins, with pages of other people. Compare the whole text.",
            ),
            "port_ignored": WrongIdea(
                "the port does not count",
                "Behind another port of the same host is another server, perhaps somebody else's. "
                "The port is part of the origin.",
            ),
            "null_ok": WrongIdea(
                "the origin null is let in",
                "A browser sends null for a page in a sandbox, and any attacker can "
                "put a page into a sandbox. null is an origin like any other that is not allowed.",
            ),
            "absent_refused": WrongIdea(
                "who sends no origin is refused",
                "A browser always sends one with a WebSocket. Without it a program is there, which "
                "could send any origin it likes and carries no visitor's cookie. Refusing it "
                "protects nobody, and locks out honest programs.",
            ),
        },
        judge=judge_3_4,
    ),
)
