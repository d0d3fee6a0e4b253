"""Judge of exercise 3.4: which origins may open a WebSocket, and which are attackers.

    allowed    https://chat.example                 https://chat.example:8443
    attackers  https://chat.example.evil.test       https://evilchat.example       null

Exercises.  Builds on: `grading.trial`.
What is new here: for each way to compare less than the whole text there is an origin that it lets
in, beside our own pages and beside a list: an attacker owns names that begin or end like yours.
Left out: `"*"`, and origins that differ in case; a browser writes each origin in one way.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from ...trial import Answer, Exercise, Trial, Verdict, Wrong, WrongIdea, text

CASES = {
    (OWN := "our own pages"):
        "When allow is None, pages of this server may connect. Their origin is http:// or "
        "https://, and host after it, with its port.",
    (LISTED := "pages that are listed"): "Each origin in the list may connect.",
    (FOREIGN := "pages of other servers"):
        "Return False. A list names all pages that may connect, even if it is empty. Our own "
        "pages may when there is no list: allow is None.",
    (ALIKE := "origins that look like an allowed one"):
        "This page may be anybody's. Compare the whole text, with == or with `in` and a list.",
    (NULL := 'the origin "null"'):
        '"null" is a text like any other, without "://". It is not allowed: it is not listed.',
    (ABSENT := "no origin: not a browser"):
        "origin is None when the line is missing: then return True, before you look at anything.",
}  # fmt: skip


def _anywhere(*switches: str) -> str:
    """Programs that make a mistake everywhere, at our own pages alone, or at a list alone."""
    return "; ".join(f"{one}{where}" for one in switches for where in ("", " own", " list"))


def right(origin: str | None, host: str, allow: list[str] | None, wrong: Wrong) -> bool:
    """The answer, with a switch for each mistake."""
    where = "own" if allow is None or (not allow and "no list if empty" in wrong) else "list"
    wrong = frozenset(switch.removesuffix(f" {where}") for switch in wrong)
    if origin is None:
        return "absent" not in wrong
    everybody = "all" in wrong or ("all if empty" in wrong and not allow)
    if everybody or (origin == "null" and "null" in wrong):
        return True
    host = host.partition(":")[0] if "host alone" in wrong else host
    own = [f"{scheme}://{host}" for scheme in ("http", "https") if f"no {scheme}" not in wrong]
    allowed = own if where == "own" else [*(allow or []), *(own if "own too" in wrong else [])]
    allowed = allowed[:1] if "first alone" in wrong else allowed
    allowed = allowed[-1:] if "last alone" in wrong else allowed
    return any(origin == one or _alike(origin, one, wrong) for one in allowed)


def _alike(origin: str, allowed: str, wrong: Wrong) -> bool:
    """Is it compared with less than the whole of an allowed one, and found alike?"""
    name, its_name = (one.partition("://")[2] for one in (origin, allowed))
    parts, its_parts = urlsplit(origin), urlsplit(allowed)
    same_host = parts.hostname == its_parts.hostname
    ways = {
        "begins": origin.startswith(allowed), "ends": origin.endswith(its_name),
        "subdomain": origin.endswith(f".{its_name}"), "inside": its_name in origin,
        "part": origin in allowed, "pattern": re.fullmatch(allowed, origin),
        "no scheme": name == its_name, "hostname": same_host,
        "no port": same_host and parts.scheme == its_parts.scheme,
    }  # fmt: skip
    return any(ways[switch] for switch in wrong & ways.keys())


def judge_3_4(answer: Answer, chance: random.Random) -> Verdict:
    """Servers with their own pages, on the usual port and on another; and with lists of origins."""
    trial = Trial(answer, chance, right)
    plain, port = f"chat.{text.name(chance)}.example", chance.randint(1000, 6000)
    listed = [f"https://www.{text.name(chance)}.example" for _ in range(3)]
    listed[1] += f":{port}"
    doors: list[tuple[str, list[str] | None]] = [
        (plain, None), (f"{plain}:{port}", None), (f"127.0.0.1:{port}", None),
        (plain, listed), (f"127.0.0.1:{port}", listed), (plain, listed[:1]), (plain, []),
    ]  # fmt: skip
    for host, allow in doors:
        own = [f"http://{host}", f"https://{host}"]
        for origin in (f"https://{text.name(chance)}.test", *(own if allow is not None else [])):
            trial.ask(FOREIGN, origin, host, allow)
        for origin in own if allow is None else allow:
            trial.ask(OWN if allow is None else LISTED, origin, host, allow)
            for attacker in _attackers(chance, origin, "ftp" if allow is None else "http"):
                trial.ask(ALIKE, attacker, host, allow)
        trial.ask(NULL, "null", host, allow)
        trial.ask(ABSENT, None, host, allow)
    return trial.verdict()


def _attackers(chance: random.Random, origin: str, other: str) -> Iterator[str]:
    """Origins that an attacker can have.  `other` is a scheme that is not allowed."""
    scheme, _, host = origin.partition("://")
    name, _, port = host.partition(":")
    evil = text.name(chance)
    yield from (f"{other}://{host}", f"{scheme}://{name}:{chance.randint(6001, 9999)}")
    yield origin[:-1]
    if not name[0].isdecimal():
        yield from (f"{scheme}://{evil}{host}", f"{scheme}://{evil}.{host}")
        yield f"{scheme}://{host.replace('.', '-', 1)}"
    if port:
        yield from (f"{origin}{chance.randrange(10)}", f"{scheme}://{name}")
    else:
        yield from (f"{origin}.{evil}.test", f"{origin}-{evil}.test")
        yield f"{scheme}://{evil}{host}.{evil}.test"


EXERCISES = (Exercise(
    number="3.4", title="Whose page may connect", section="origin", minutes=8, core=True,
    names=("origin_allowed",), cases=CASES, judge=judge_3_4,
    hints=(
        "First make the list of the origins that are allowed: it is given, or it has two entries "
        "that you make of host. Then look whether the origin is in it.",
        "An origin is scheme, host and port in one text, and a browser writes it in one way only. "
        "So nothing has to be taken apart: compare the whole text. And a client that sends no "
        "origin is no browser.",
        'if origin is None: return True. if allow is None: allow = [f"http://{host}", '
        'f"https://{host}"]. return origin in allow.',
    ),
    wrong_ideas={
        "prefix": WrongIdea("it is enough that the origin begins like an allowed one",
            "Anybody can have a name like chat.example.evil.test, which begins like chat.example, "
            "and port 8000 begins like port 80. Compare the whole text.", _anywhere("begins")),
        "suffix": WrongIdea("it is enough that the origin ends like an allowed one",
            "Anybody can buy evilchat.example, which ends like chat.example. And subdomains are "
            "other origins, with pages of other people. Compare the whole text.",
            _anywhere("ends", "subdomain")),
        "name_inside": WrongIdea("it is enough that the name is somewhere in the origin",
            "Anybody can have evilchat.example, with your name in it. Compare the whole text.",
            _anywhere("inside")),
        "part_of_an_allowed_one": WrongIdea("a part of an allowed origin is allowed",
            "`in` finds a part of a text, and a whole entry of a list. Look in the list.",
            _anywhere("part")),
        "port_ignored": WrongIdea("the port does not count",
            "On another port is another server, perhaps somebody else's. The port counts.",
            _anywhere("no port", "hostname") + "; host alone"),
        "scheme_ignored": WrongIdea("the scheme does not count",
            "Without TLS anybody on the way can write a page of http://. The scheme counts.",
            _anywhere("no scheme")),
        "dot_matches_anything": WrongIdea("an allowed origin is a pattern",
            "In a pattern a dot is any character: www-chat.example fits, too. Compare with ==.",
            _anywhere("pattern")),
        "null_ok": WrongIdea("the origin null is let in",
            "Any attacker can put a page into a sandbox, and a browser sends null for it.",
            _anywhere("null")),
        "absent_refused": WrongIdea("a client that sends no origin is refused",
            "A browser always sends one with a WebSocket. Without it the client is a program, "
            "which could send any, and has no visitor's cookie. Refusing it protects nobody.",
            _anywhere("absent")),
        "empty_list_is_none": WrongIdea("an empty list is no list",
            "With an empty list no page may connect, with None our own: ask for `is None`.",
            "no list if empty"),
        "own_pages_always": WrongIdea("our own pages may connect in any case",
            "A list names all pages that may connect. Our own have to be in it, too.", "own too"),
        "one_scheme_only": WrongIdea("our own pages have one scheme",
            "A proxy in front of the server may speak TLS. Pages of both schemes are ours.",
            "no http; no https"),
        "one_entry_looked_at": WrongIdea("one of the allowed origins decides",
            "Any of them may be the origin, not the first or the last one alone: use `in`.",
            "first alone; last alone"),
        "no_list_is_everybody": WrongIdea("without a list anybody may connect",
            "Then the lesson's attack works. Without a list only our own pages may connect.",
            "all own; all if empty"),
    },
),)  # fmt: skip
