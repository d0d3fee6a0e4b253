"""Judge of exercise 12.1: one connection that carries several namespaces.

    ("connect", "/admin")        ─▶ [("ask", "/admin")]
    ("allow", "/admin")          ─▶ [("joined", "/admin", "k3Jq")]
    ("event", "/admin", ["hi"])  ─▶ [("deliver", "k3Jq", ["hi"])]

Exercises.  Builds on: `grading.trial`.
What is new here: the answer chooses ids, which may be any texts; the judge gives each a number.
Left out: acknowledgements, and what the server sends by itself.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from functools import partial
from typing import Any

from ...trial import Answer, Exercise, Play, Raised, Trial, Verdict, Wrong, WrongIdea, text

CASES = {
    (JOIN := "a client joins"):
        'connect: [("ask", name)]. allow: [("joined", name, id)], with a text for the id. event: '
        '[("deliver", id, args)], with the id of this socket.',
    (UNKNOWN := "a namespace that does not exist"):
        'Its name is not in `names`: [("refused", name, "Invalid namespace")]. The connection '
        "lives, and its other namespaces go on.",
    (REFUSED := "a namespace that refuses"):
        'refuse: [("refused", name, why)], with the words that came. The client may ask again, '
        "and its other namespaces go on.",
    (SEVERAL := "several namespaces at once"):
        "Keep for each name the id of its socket, on self. Each socket has an id of its own; no "
        "socket of another connection has it either.",
    (EARLY := "a packet for a namespace that the client is not in"):
        'An event or a disconnect before the answer, or without any connect: [("close",)], and '
        "nothing is delivered.",
    (TWICE := "a second connect"):
        'The client is in this namespace, or waits for its answer: [("close",)].',
    (LEAVE := "a client leaves one namespace"):
        'disconnect: [("left", id)]. The others go on. It may join again, like anybody else, and '
        "the new socket has a new id.",
    (LOST := "the end of the connection"):
        'lost: [("left", id)] for each socket. An allow or refuse that comes after that is too '
        "late: [].",
}  # fmt: skip
Event = tuple[Any, ...]
Actions = list[tuple[Any, ...]]
CLOSE = ("close",)
NUMBERS = itertools.count(1)
SHARED: dict[str, Any] = {}  # of all connections, if that is the mistake


class Right:
    """The answer, with a switch for each mistake.  `ids`: None while the namespace is asked."""

    def __init__(self, names: list[str], wrong: Wrong) -> None:
        SHARED.clear()
        self.names, self.wrong, self.over = names, wrong, False
        self.ids: dict[str, Any] = SHARED if "shared" in wrong else {}
        self.kept: dict[str, str] = {}  # ids that were given once
        self.queue: list[Event] = []
        self.session, self.count = self._new(), 0
        self.allowed: set[str] = set()
        self.refused: set[str] = set()

    def _new(self) -> str:
        return f"id {next(NUMBERS)}"

    def _id(self, name: str) -> str:
        wrong = self.wrong
        self.count += 1
        if "one id" in wrong:
            return self.session
        if "name is id" in wrong:
            return name
        if "counted" in wrong:
            return str(self.count)
        if "kept" in wrong:
            return self.kept.setdefault(name, self._new())
        return self._new()

    def handle(self, event: Event) -> Actions:
        (kind, *args), wrong = event, self.wrong
        if kind == "lost":
            return self._lost()
        did: Actions = getattr(self, f"_{kind}")(*args)
        if CLOSE in did and "closed at once" in wrong:
            did += self._all_left()
        if CLOSE in did and "closed in silence" in wrong:
            self.ids.clear()
        return did

    def _exists(self, name: str) -> bool:
        if "prefix" in self.wrong:
            return name == "/" or any(name.startswith(one) for one in self.names if one != "/")
        if "any case" in self.wrong:
            name = name.lower()
        if "slashless" in self.wrong:
            name = f"/{name.lstrip('/')}"
        return name in self.names

    def _connect(self, name: str) -> Actions:
        wrong, ids = self.wrong, self.ids
        if not self._exists(name) and "unknown asked" not in wrong:
            if "unknown waits" in wrong and name in self.refused:
                return [CLOSE]
            self.refused.add(name)
            said = [] if "unknown silent" in wrong else [("refused", name, "Invalid namespace")]
            if "unknown joins" in wrong:
                return self._allow(name)
            return [*said, CLOSE] if "unknown closes too" in wrong else (
                [CLOSE] if "unknown closes" in wrong else said)  # fmt: skip
        if name in ids:
            how = "in" if ids[name] else "waits"
            if f"{how} asks" in wrong:
                return [("ask", name)]
            if f"{how} silent" in wrong:
                return []
            if f"{how} refused" in wrong:
                return [("refused", name, "already connected")]
            if f"{how} again" in wrong and ids[name]:
                return [("joined", name, ids[name])]
            return [CLOSE]
        if name != "/" and not ids.get("/") and "root first" in wrong:
            return [("refused", name, "Invalid namespace")]
        if name != "/" and not ids.get("/") and "root first closes" in wrong:
            return [CLOSE]
        if name in self.refused and "refused for ever" in wrong:
            return [("refused", name, "Invalid namespace")]
        if "asks nobody" in wrong or (name in self.allowed and "allowed for ever" in wrong):
            return self._allow(name)
        ids[name] = None
        if "joined and asks" in wrong:
            return [("ask", name), *self._allow(name)]
        return [("ask", name)]

    def _allow(self, name: str) -> Actions:
        wrong = self.wrong
        if (self.over and "joins late" not in wrong) or (
            self.ids.get(name) and wrong & {"asks nobody", "joined and asks"}
        ):
            return []
        self.allowed.add(name)
        self.ids.pop(name, None)
        self.ids[name] = id = self._id(name)
        waited = [one for one in self.queue if one[0] == name]
        self.queue = [one for one in self.queue if one not in waited]
        return [("joined", name, id), *(("deliver", id, args) for _, args in waited)]

    def _refuse(self, name: str, why: str) -> Actions:
        wrong = self.wrong
        if self.over and "refuses late" not in wrong:
            return []
        if "waits on" not in wrong:
            self.ids.pop(name, None)
        self.refused.add(name)
        if "refusal closes" in wrong:
            return [CLOSE]
        said = ("refused", name, "Invalid namespace" if "fixed why" in wrong else why)
        return [said, CLOSE] if "refusal closes too" in wrong else [said]

    def _event(self, name: str, args: list[Any]) -> Actions:
        wrong, id = self.wrong, self.ids.get(name)
        if not id and (name not in self.ids or "waiting closes" not in wrong):
            waits = name in self.ids
            free = "early is free" in wrong or ("waiting is free" in wrong and waits)
            free = free or (name == "/" and "root is open" in wrong)
            if "queued" in wrong and waits:
                self.queue.append((name, args))
                return []
            if free:
                id = self.session if name == "/" else self._id(name)
            elif "early ignored" in wrong or ("waiting ignored" in wrong and waits):
                return []
            elif "early refused" in wrong:
                return [("refused", name, "Invalid namespace")]
        if not id:
            return [CLOSE]
        if "to all" in wrong:
            return [("deliver", one, args) for one in self.ids.values() if one]
        if "to the latest" in wrong:
            id = [one for one in self.ids.values() if one][-1]
        return [("deliver", id, args)]

    def _disconnect(self, name: str) -> Actions:
        wrong, ids = self.wrong, self.ids
        if not ids.get(name):
            if "leaves before" in wrong or (name in ids and "cancels" in wrong):
                ids.pop(name, None)
                return []
            early = "early refused" in wrong
            return [("refused", name, "Invalid namespace")] if early else [CLOSE]
        if "leaving closes" in wrong:
            return [CLOSE]
        if "leaving ends all" in wrong or ("root ends all" in wrong and name == "/"):
            return self._all_left()
        id = ids[name]
        if "left stays" not in wrong:
            del ids[name]
        did: Actions = [] if "leaves in silence" in wrong else [("left", id)]
        if "last closes" in wrong and not any(ids.values()):
            did.append(CLOSE)
        return did

    def _all_left(self) -> Actions:
        ids = [one for one in self.ids.values() if one]
        if "lost forgets none" not in self.wrong:
            self.ids.clear()
        ids = ids[:1] if "one is lost" in self.wrong else ids
        return [("left", id) for id in ids]

    def _lost(self) -> Actions:
        self.over = True
        if "lost in silence" in self.wrong:
            return []
        closes = [CLOSE] if "lost closes" in self.wrong else []
        return self._all_left() + closes


def judge_12_1(answer: Answer, chance: random.Random) -> Verdict:
    """Longer than usual: a list of stories."""
    trial = Trial(answer, chance, Right)
    chat, shop = (f"/{text.name(chance)}{number}" for number in (1, 2))
    names = ["/", chat, shop]
    words = [[text.name(chance), text.phrase(chance, at_most=3)] for _ in range(4)]

    def joins(name: str) -> list[Event]:
        return [("connect", name), ("allow", name)]

    def says(name: str, which: int = 0) -> Event:
        return "event", name, words[which]

    def story(case: str, *events: Event, second: Sequence[int] = ()) -> None:
        """`second`: which of the events happen to a second connection."""
        told = [(1 + (at in second), event) for at, event in enumerate(events)]
        trial.play(case, partial(_story, names, told))

    end = ("lost",)
    story(JOIN, *joins("/"), says("/"), says("/", 1))
    story(JOIN, *joins(chat), says(chat))
    for name in (f"/{text.name(chance)}3", chat + "s", chat.upper(), f"{chat}/x", chat[1:]):
        story(UNKNOWN, *joins("/"), ("connect", name), says("/"), *joins(chat), says(chat))
    nowhere = ("connect", f"/{text.name(chance)}4")
    story(UNKNOWN, nowhere, *joins(chat), says(chat))
    story(UNKNOWN, nowhere, nowhere)
    story(REFUSED, *joins("/"), ("connect", chat), ("refuse", chat, words[0][1]), says("/"))
    story(REFUSED, ("connect", chat), ("refuse", chat, words[0][1]), *joins(chat), says(chat))
    story(REFUSED, ("connect", chat), ("connect", shop), ("refuse", chat, words[1][1]),
          ("allow", shop), says(shop))  # fmt: skip
    story(SEVERAL, *joins("/"), *joins(chat), *joins(shop), says(chat), says("/", 1),
          says(shop, 2), says(chat, 3))  # fmt: skip
    story(SEVERAL, ("connect", chat), ("connect", shop), ("allow", shop), ("allow", chat),
          says(chat), says(shop, 1))  # fmt: skip
    story(SEVERAL, *joins(chat), *joins(chat), says(chat), says(chat, 1), second=(2, 3, 5))
    story(EARLY, says(chat))
    story(EARLY, says("/"))
    story(EARLY, *joins("/"), says(chat), end)
    story(EARLY, *joins(chat), says("/"))
    story(EARLY, ("connect", chat), says(chat), ("allow", chat))
    story(EARLY, ("connect", chat), ("refuse", chat, words[0][1]), says(chat))
    story(EARLY, *joins("/"), ("disconnect", chat))
    story(EARLY, ("connect", chat), ("disconnect", chat))
    story(TWICE, *joins(chat), ("connect", chat))
    story(TWICE, ("connect", chat), ("connect", chat))
    story(TWICE, *joins("/"), *joins(chat), ("connect", "/"), end)
    story(LEAVE, *joins("/"), *joins(chat), ("disconnect", chat), says("/"))
    story(LEAVE, *joins("/"), *joins(chat), ("disconnect", "/"), says(chat))
    story(LEAVE, *joins(chat), ("disconnect", chat), *joins("/"), says("/"))
    story(LEAVE, *joins(chat), ("disconnect", chat), *joins(chat), says(chat))
    story(LEAVE, *joins("/"), *joins(chat), ("disconnect", chat), says(chat))
    story(LEAVE, *joins(chat), ("disconnect", chat), ("disconnect", chat))
    story(LOST, *joins("/"), *joins(chat), ("connect", shop), end)
    story(LOST, ("connect", chat), end, ("allow", chat))
    story(LOST, *joins("/"), ("connect", chat), end, ("refuse", chat, words[0][1]))
    story(LOST, *joins("/"), *joins(chat), ("disconnect", chat), end)
    return trial.verdict()


def _story(names: list[str], events: Sequence[tuple[int, Event]], play: Play) -> None:
    """Tell what happens to one connection, or to two."""
    if two := max(number for number, _ in events) > 1:
        play.subject.close()  # a process of its own
    made = [play.make("Namespaces", [*names]) for _ in range(1 + two)]
    play.tell(f"Namespaces({names!r})" + (", twice" if two else ""))
    ids: list[str] = []
    closed: set[int] = set()  # connections to which nothing comes any more but the end
    for number, event in events:
        if number in closed and event != ("lost",):
            continue
        play.tell(f"connection {number}: {event!r}" if two else repr(event))
        got = play.call("handle", event, on=made[number - 1])
        counts = _counts(got, ids)
        play.see(got, counts=counts)
        if isinstance(got, Raised):
            break
        if counts is not None and CLOSE in counts:
            closed.add(number)
    for one in made:
        play.call("handle", ("lost",), on=one)  # what connections share is empty for the next story


def _counts(got: Any, ids: list[str]) -> Any:
    """Actions, with a number for each socket.  None: no actions."""
    if type(got) is not list or not all(type(one) in (tuple, list) and one for one in got):
        return None
    found = []
    for kind, *given in got:
        action = (kind, *given)
        if kind == "joined" and len(given) == 2:
            name, id = given
            if type(id) is not str or id in ids:
                action = (kind, name, "no text" if type(id) is not str else ids.index(id), "again")
            else:
                ids.append(id)
                action = kind, name, len(ids) - 1
        elif kind in ("deliver", "left") and given:
            number = ids.index(given[0]) if given[0] in ids else "unknown"
            action = (kind, number, *given[1:])
        found.append(action)
    return sorted(found, key=repr)


EXERCISES = (Exercise(
    number="12.1", title="Several namespaces on one connection", section="namespaces", minutes=15,
    names=("Namespaces",), cases=CASES, judge=judge_12_1,
    hints=(
        "For each name there are three states: not in, waiting for the answer, in. One dict on "
        "self is enough: name → None while it waits, name → id when it is in, and no entry before "
        "that.",
        "connect: look into the dict first, and then into names. event and disconnect: an id in "
        "the dict, or else close. allow and refuse decide about an entry that waits; if there is "
        "none, the connection has ended.",
        'allow: id = secrets.token_hex(8), self.ids[name] = id, [("joined", name, id)]. refuse: '
        "del self.ids[name]. lost: take the ids that are not None, clear the dict, and one left "
        "for each.",
    ),
    wrong_ideas={
        "one_id_for_all": WrongIdea("a client has one id",
            "A socket is one client in one namespace. With the same id everywhere, whoever learns "
            "it in the public chat knows the address of a socket in /admin. Each socket gets an id "
            "of its own.", "one id; one id, kept"),
        "refusal_closes_connection": WrongIdea("whoever is refused is sent away",
            "The client may not enter this namespace. Its chat on the same connection has done "
            "nothing wrong, and would be gone. Tell it, and go on.",
            "refusal closes; refusal closes too; unknown closes; unknown closes too; refusal "
            "closes, unknown closes; refusal closes too, unknown closes too"),
        "unknown_created": WrongIdea("a namespace exists when somebody asks for it",
            "Then a client decides what the server has, and one that sends a million names fills "
            "its memory. A name that is not in `names` is refused.", "unknown asked; unknown "
            "joins"),
        "event_before_join_ok": WrongIdea("an event may come before the answer",
            "Nobody has let this client in yet: with such an event it acts in a namespace that may "
            "refuse it in the next moment. Close the connection.",
            "early is free; waiting is free; queued; queued, early ignored; waiting is free, early "
            "ignored"),
        "early_event_ignored": WrongIdea("a packet for a namespace without this client is ignored",
            "No client that follows the protocol sends it. One that does is broken, or attacks: "
            "the server does not serve it any longer.",
            "early ignored; waiting ignored; early ignored, leaves before; leaves before; cancels; "
            "waiting ignored, cancels; early refused; early refused, leaves before; early "
            "ignored, cancels"),
        "joins_without_asking": WrongIdea("who connects has joined",
            "The namespace's middlewares decide, and may take a while. Until the allow nobody has "
            "joined.", "asks nobody; joined and asks; asks nobody, in silent; asks nobody, in "
            "again"),
        "second_connect_ok": WrongIdea("a client may connect twice",
            "In a namespace a connection has one socket. A second connect would make two of them, "
            "or leave the first without an owner. Only a broken client sends it: close.",
            "in asks; waits asks; in asks, waits asks; in silent; waits silent; in silent, waits "
            "silent; in again; in again, waits silent; in again, waits asks; in refused; in "
            "refused, waits refused; waits refused; in asks, waits silent; in silent, waits asks; "
            "in refused, waits silent"),
        "leaving_one_leaves_all": WrongIdea("whoever leaves one namespace leaves all",
            "A disconnect names one namespace. The others of this connection go on, also when it "
            "is the main one.", "leaving closes; leaving ends all; root ends all"),
        "left_still_there": WrongIdea("a socket that has left still hears",
            "For its namespace it is gone. Forget its id when it leaves: an event that comes after "
            "that is one from a client that is not in it.",
            "left stays; left stays, in asks; left stays, in again"),
        "root_comes_first": WrongIdea("everybody is in / first",
            "The main namespace is one like any other: a client of /admin alone is not in it, and "
            "hears nothing of it. (In old versions of Socket.IO it was so.)",
            "root first; root is open; root first, root is open; root first closes; root first "
            "closes, root is open"),
        "joins_after_the_end": WrongIdea("an answer that comes too late still counts",
            "The middleware has waited for a database, and the client is gone. A socket that joins "
            "now has nobody, and nobody will ever take it out.",
            "joins late; joins late, refuses late"),
    },
    slips={
        "An id is a new text for each socket. The name of the namespace is the same for all "
        "clients.": "name is id",
        "Other connections count from one, too. Draw ids by chance: secrets.token_hex(8).":
            "counted",
        "A client that joins again has a new socket, with a new id.": "kept",
        "Each connection has its own namespaces: keep them on self, made in __init__.": "shared",
        "The whole name has to be in `names`, letter by letter.": "prefix; any case; slashless",
        "The client waits for an answer: refuse the unknown name.": "unknown silent",
        "It may ask again later, perhaps with another password. Forget what was refused.":
            "refused for ever; waits on; unknown waits; unknown waits, waits on",
        "Whoever was let in once is asked for again at the next connect: a ban may have come "
        "meanwhile.": "allowed for ever",
        "Tell the client why: the words came with refuse.": "fixed why",
        "The listeners have to know that this socket is over: left, with its id.":
            "leaves in silence; lost in silence",
        "Every socket of the connection has ended: one left for each.": "one is lost",
        "An event belongs to the namespace that it names, and to no other.":
            "to all; to the latest",
        "A client without a namespace may still join one: the connection lives.": "last closes",
        "The connection has ended: there is nothing to close, and nobody to tell.":
            "lost closes; refuses late",
        "Say close, and nothing more: lost comes next, and there the sockets leave.":
            "closed at once; closed in silence",
    },
),)  # fmt: skip
