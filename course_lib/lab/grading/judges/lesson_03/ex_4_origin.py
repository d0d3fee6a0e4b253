"""Judge of exercise 3.4: which origins may open a WebSocket, and which are attackers.

    allowed    https://chat.example                 https://chat.example:8443
    attackers  https://chat.example.evil.test       https://evilchat.example       null

Exercises.  Builds on: `grading.trial`.
What is new here: an attacker owns names that begin or end like yours.  For each way to compare less
than the whole text there is an origin that it lets in, beside our own pages and beside a list.
Left out: `"*"`, and origins that differ in case; a browser writes each origin in one way.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

from ... import text
from ...answer import Answer
from ...exercise import Exercise
from ...trial import Trial, Wrong
from ...verdict import Verdict, WrongIdea

CASES = {
    (OWN := "our own pages"): (
        "When allow is None, pages of this server may connect. Their origin is http:// or "
        "https://, and host after it, with its port."
    ),
    (LISTED := "pages that are listed"): "Each origin in the list may connect.",
    (FOREIGN := "pages of other servers"): (
        "This page may not connect. A list names all pages that may, even if it is empty. Our own "
        "pages may when there is no list: allow is None."
    ),
    (ALIKE := "origins that look like an allowed one"): (
        "This is another origin, and its page may be anybody's. Compare the whole text with ==, "
        "or with `in` and a list."
    ),
    (NULL := 'the origin "null"'): (
        '"null" is a text like any other here, without "://". It is not allowed: it is not listed.'
    ),
    (ABSENT := "no origin: not a browser"): (
        "origin is None when the line is missing: then return True, before you look at anything."
    ),
}


def _name(origin: str) -> str:
    """Host and port, as in `Host`."""
    return origin.partition("://")[2]


def _hostname(origin: str) -> str | None:
    return urlsplit(origin).hostname


WAYS: dict[str, Callable[[str, str], bool]] = {  # to compare an origin with an allowed one
    "begins": lambda origin, allowed: origin.startswith(allowed),
    "ends": lambda origin, allowed: origin.endswith(_name(allowed)),
    "subdomain": lambda origin, allowed: origin.endswith("." + _name(allowed)),
    "inside": lambda origin, allowed: _name(allowed) in origin,
    "part": lambda origin, allowed: origin in allowed,
    "no schemes": lambda origin, allowed: _name(origin) == _name(allowed),
    "no ports": lambda origin, allowed: (
        _hostname(origin) == _hostname(allowed)
        and urlsplit(origin).scheme == urlsplit(allowed).scheme
    ),
    "hostnames": lambda origin, allowed: _hostname(origin) == _hostname(allowed),
    "pattern": lambda origin, allowed: bool(re.fullmatch(allowed, origin)),
}


def right(origin: str | None, host: str, allow: list[str] | None, wrong: Wrong) -> bool:
    """The answer, with a switch for each mistake; some are made at our own pages, or at a list."""
    where = "own" if allow is None or (not allow and "no list if empty" in wrong) else "list"
    if origin is None:
        if "stumbles" in wrong:
            raise AttributeError
        return not wrong & {"absent", f"absent {where}"}
    if origin == "null" and wrong & {"null", f"null {where}"}:
        return True
    if where == "own" and "all own" in wrong:
        return True
    if allow == [] and "all if empty" in wrong:
        return True
    host = host.partition(":")[0] if "host alone" in wrong else host
    own = [f"{scheme}://{host}" for scheme in ("http", "https") if f"no {scheme}" not in wrong]
    allowed = own if where == "own" else [*(allow or []), *(own if "own too" in wrong else [])]
    if wrong & {"first alone", "last alone"}:
        allowed = allowed[:1] if "first alone" in wrong else allowed[-1:]
    ways = [way for name, way in WAYS.items() if wrong & {name, f"{name} {where}"}]
    found = origin in allowed or any(way(origin, one) for way in ways for one in allowed)
    if not found and "raises" in wrong:
        raise PermissionError
    return found


def _anywhere(*ways: str) -> list[str]:
    return [f"{way}{where}" for way in ways for where in ("", " own", " list")]


IDEAS = {
    "prefix": _anywhere("begins"),
    "suffix": _anywhere("ends", "subdomain"),
    "name_inside": _anywhere("inside"),
    "part_of_an_allowed_one": _anywhere("part"),
    "port_ignored": [*_anywhere("no ports", "hostnames"), "host alone"],
    "scheme_ignored": _anywhere("no schemes"),
    "dot_matches_anything": _anywhere("pattern"),
    "null_ok": _anywhere("null"),
    "absent_refused": _anywhere("absent"),
    "empty_list_is_none": ["no list if empty"],
    "own_pages_always": ["own too"],
    "one_scheme_only": ["no http", "no https"],
    "one_entry_looked_at": ["first alone", "last alone"],
    "no_list_is_everybody": ["all own", "all own, all if empty"],
}
SLIPS = {
    "origin may be None, and None is no text: ask for that first.": ["stumbles"],
    "A refusal is False, and no exception: return it.": ["raises"],
    "An empty list is a list, too: nobody is in it, and no page may connect.": ["all if empty"],
}


def judge_3_4(answer: Answer, chance: random.Random) -> Verdict:
    """Servers with their own pages, on the usual port and on another; and with lists of origins."""
    trial = Trial(answer, chance, right=right, ideas=IDEAS, slips=SLIPS)
    plain, port = f"chat.{text.name(chance)}.example", chance.randint(1000, 6000)
    listed = [f"https://www.{text.name(chance)}.example" for _ in range(3)]
    listed[1] += f":{port}"
    doors: list[tuple[str, list[str] | None]] = [
        *((host, None) for host in (plain, f"{plain}:{port}", f"127.0.0.1:{port}")),
        *((host, listed) for host in (plain, f"127.0.0.1:{port}")),
        *((plain, some) for some in (listed[:1], [])),
    ]
    for host, allow in doors:
        own = [f"{scheme}://{host}" for scheme in ("http", "https")]
        for origin in (f"https://{text.name(chance)}.test", *(own if allow is not None else ())):
            trial.ask(FOREIGN, origin, host, allow)
        for origin in own if allow is None else allow:
            trial.ask(OWN if allow is None else LISTED, origin, host, allow)
            for attacker in _attackers(chance, origin):
                trial.ask(ALIKE, attacker, host, allow)
        other = "ftp://" if allow is None else "http://"
        for origin in (host,) if allow is None else map(_name, allow):
            trial.ask(ALIKE, f"{other}{origin}", host, allow)
        trial.ask(NULL, "null", host, allow)
        trial.ask(ABSENT, None, host, allow)
    return trial.verdict()


def _attackers(chance: random.Random, origin: str) -> Iterator[str]:
    """Origins that an attacker can have."""
    scheme, _, host = origin.partition("://")
    name, _, port = host.partition(":")
    evil = text.name(chance)
    yield f"{scheme}://{name}:{chance.randint(6001, 9999)}"
    if port:
        yield from (f"{origin}{chance.randrange(10)}", origin[:-1], f"{scheme}://{name}")
    else:
        yield from (f"{origin}.{evil}.test", f"{origin}-{evil}.test", origin[:-1])
        yield f"{scheme}://{evil}{host}.{evil}.test"
    if not name[0].isdecimal():
        yield from (f"{scheme}://{evil}{host}", f"{scheme}://{evil}.{host}")
        yield f"{scheme}://{host.replace('.', '-', 1)}"


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
            "entries that you make of host. Then look whether the origin is in it.",
            "An origin is scheme, host and port in one text, and a browser writes it in one way "
            "only. So nothing has to be taken apart: compare the whole text. And a client that "
            "sends no origin is no browser.",
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
            "name_inside": WrongIdea(
                "it is enough that the name is somewhere in the origin",
                "Anybody can have a name with yours in it: evilchat.example, or "
                "chat.example.evil.test. Compare the whole text.",
            ),
            "part_of_an_allowed_one": WrongIdea(
                "a part of an allowed origin is allowed",
                "`in` looks for a part of a text, but for a whole entry of a list. "
                "https://chat.exam is part of https://chat.example, and somebody else's. Look for "
                "the origin in a list.",
            ),
            "port_ignored": WrongIdea(
                "the port does not count",
                "On another port of the same host is another server, perhaps somebody else's. "
                "The port is part of the origin.",
            ),
            "scheme_ignored": WrongIdea(
                "the scheme does not count",
                "http://chat.example is another origin than https://chat.example: without TLS, "
                "anybody on the way can write that page. The scheme is part of the origin.",
            ),
            "dot_matches_anything": WrongIdea(
                "an allowed origin is a pattern",
                "In a regular expression a dot stands for any character, so www.chat.example lets "
                "www-chat.example in, which anybody can buy. Compare the texts with ==.",
            ),
            "null_ok": WrongIdea(
                "the origin null is let in",
                "A browser sends null for a page in a sandbox, and any attacker can "
                "put a page into a sandbox. null is an origin like any other that is not allowed.",
            ),
            "absent_refused": WrongIdea(
                "a client that sends no origin is refused",
                "A browser always sends one with a WebSocket. Without it the client is a program, "
                "which could send any origin it likes and carries no visitor's cookie. Refusing it "
                "protects nobody, and locks out honest programs.",
            ),
            "empty_list_is_none": WrongIdea(
                "an empty list is no list",
                "An empty list says that no page may connect. Only None stands for our own pages: "
                "write `if allow is None`, because `not allow` holds for both.",
            ),
            "own_pages_always": WrongIdea(
                "our own pages may connect in any case",
                "A list names all pages that may connect. Our own are let in by None, or by an "
                "entry in the list.",
            ),
            "one_scheme_only": WrongIdea(
                "our own pages have one scheme",
                "The server does not know whether its page came over http or https: a proxy in "
                "front of it may speak TLS. Both are ours.",
            ),
            "one_entry_looked_at": WrongIdea(
                "one of the allowed origins decides",
                "A loop that returns in its first round, or keeps what the last round said, looks "
                "at one entry. It is enough that one of them is the origin: `in`, or `any`.",
            ),
            "no_list_is_everybody": WrongIdea(
                "without a list anybody may connect",
                "That is what makes the attack of the lesson possible. Without a list only our own "
                "pages may connect: http:// or https://, and host after it.",
            ),
        },
        judge=judge_3_4,
    ),
)
