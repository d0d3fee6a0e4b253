"""Judge of exercise 11.2: whom an event reaches, by rooms that are named, left out, and the sender.

    rooms  {"a": {a}, "b": {b}, …, "news": {a, b}, "cats": {b, c}, "muted": {c}}
    recipients(rooms, ["news", "cats"], ["muted"], "a")      ─▶ ["b"], in any order

Exercises.  Builds on: `grading.trial`.
What is new here: the table stays beside the answer, and is looked at after each call: whoever
changes it has changed who is in which room.
Left out: rooms without members; the table has none.
"""

from __future__ import annotations

import random
from functools import partial
from typing import Any

from ...trial import Answer, Exercise, Play, Trial, Verdict, Wrong, WrongIdea, text

CASES = {
    (ROOM := "one room"): "The members of this room, as a list of their ids.",
    (SEVERAL := "several rooms"):
        "Whoever is in any of them, and each once: a union of sets.",
    (EVERYBODY := "no room is named"):
        "`to` is empty: everybody. Each socket is in the room of its own id, so all members of all "
        "rooms are everybody.",
    (UNKNOWN := "a room that is not in the table"):
        "It has no members, and adds nobody. If no other room is named nobody gets the event.",
    (SENDER := "without the sender"):
        "The sender gets nothing, whichever rooms it is in. With None all others get it. It may "
        "be in none of them.",
    (EXCEPT := "except some rooms"):
        "Whoever is in one of these rooms gets nothing, whatever other rooms they are in.",
    (ALL := "all together"):
        "First those that are named, or everybody; then without those of `except_`, and without "
        "the sender.",
    (TABLE := "the table afterwards"):
        "The table is the server's. Whoever changes a row of it puts somebody into a room, or out "
        "of it. Make a new set.",
}  # fmt: skip
GIVEN = '''
def given_table(rows):
    """The table of rooms, as the server has it."""
    return {room: set(members) for room, members in rows}


def given_rows(table):
    """What is in it."""
    return [[room, sorted(members)] for room, members in table.items()]
'''
COLLECTIONS = (list, tuple, set, frozenset)
Rooms = dict[str, set[str]]


def right(
    rooms: Rooms, to: list[str], except_: list[str], sender: str | None, wrong: Wrong
) -> list[str]:
    """The answer, with a switch for each mistake."""
    everybody = [*dict.fromkeys(id for members in rooms.values() for id in members)]
    if "rooms are sockets" in wrong:
        everybody = [*rooms]
    if "rooms of one" in wrong:
        everybody = [room for room, members in rooms.items() if len(members) == 1]
    if "alone in it" in wrong:
        everybody = [room for room, members in rooms.items() if members == {room}]
    found = _found(rooms, to, except_, everybody, wrong)
    for room in except_ if "appears in except" in wrong else []:
        rooms.setdefault(room, set())
    kept = [id for id in found if id not in _left_out(rooms, to, except_, wrong)]
    if "sender named" in wrong and sender in to:
        return kept
    kept = _without(sender, rooms, to, kept, wrong)
    if "nobody left" in wrong and not kept:
        kept = everybody
    _change(rooms, to, found, kept, sender, wrong)
    return sorted(kept)


def _found(
    rooms: Rooms, to: list[str], except_: list[str], everybody: list[str], wrong: Wrong
) -> list[str]:
    """Those that are named."""
    if not to:
        return [] if "empty is nobody" in wrong else everybody
    unknown = not rooms.keys() >= {*to}
    if unknown and "unknown raises" in wrong:
        raise KeyError
    if unknown and "unknown is all" in wrong:
        return everybody
    if "except rooms" in wrong:
        to = [room for room in to if room not in except_]
    if "only except" in wrong and except_:
        return everybody
    rows = [rooms.get(room, set()) for room in to]
    if "intersection" in wrong:
        return [id for id in everybody if all(id in row for row in rows)]
    if "first room" in wrong or "last room" in wrong:
        return [*rows[0 if "first room" in wrong else -1]]
    found = [id for row in rows for id in row]
    if "nobody is everybody" in wrong and not found:
        return everybody
    return found if "twice" in wrong else [*dict.fromkeys(found)]


def _left_out(rooms: Rooms, to: list[str], except_: list[str], wrong: Wrong) -> set[str]:
    """The members of `except_`."""
    if "except ignored" in wrong or ("except rooms" in wrong and to):
        return set()
    if "everybody: no except" in wrong and not to:
        return set()
    if "except names" in wrong:
        return {*except_}
    if "except raises" in wrong and not rooms.keys() >= {*except_}:
        raise KeyError
    rows = [rooms.get(room, set()) for room in except_]
    if "except all" in wrong and rows:
        return set.intersection(*rows)
    rows = rows[:1] if "except one" in wrong else rows
    return {id for row in rows for id in row}


def _without(
    sender: str | None, rooms: Rooms, to: list[str], kept: list[str], wrong: Wrong
) -> list[str]:
    """The others."""
    if "sender in" in wrong or ("everybody: sender in" in wrong and not to):
        return kept
    if "sender of all" in wrong and to:
        return kept
    if "remove" in wrong and sender is not None and sender not in kept:
        raise KeyError
    if "removed once" in wrong and sender in kept:
        at = kept.index(sender)
        return kept[:at] + kept[at + 1 :]
    if "sender's rooms" in wrong:
        mine = [row for row in rooms.values() if sender in row]
        return [id for id in kept if not any(id in row for row in mine)]
    return [id for id in kept if id != sender]


def _change(
    rooms: Rooms, to: list[str], found: list[str], kept: list[str], sender: Any, wrong: Wrong
) -> None:
    """What becomes of the table."""
    first = to[0] if to and to[0] in rooms else None
    if first is not None and "grows" in wrong:
        rooms[first] = {*(found if "copied later" in wrong else kept)}
    if first is not None and "one room is its row" in wrong and len(to) == 1:
        rooms[first] = {*kept}
    if "discards" in wrong:
        for room in to or ([*rooms] if "everywhere" in wrong else []):
            rooms.get(room, set()).discard(sender)
    for room in to if "appears" in wrong else []:
        rooms.setdefault(room, set())


def judge_11_2(answer: Answer, chance: random.Random) -> Verdict:
    trial = Trial(answer, chance, right, reads=_reading)
    ids = [f"{letter}{chance.randint(10, 99)}" for letter in "abcdef"]
    a, b, c, d, e, f = ids
    phrases = [f"{text.phrase(chance, at_most=3)} {n}" for n in range(6)]
    news, cats, muted, noisy, quiet, none = phrases
    rows = {news: [a, b, c], cats: [b, c, d], muted: [c, f], noisy: [d, f], quiet: [d]}
    rows |= {id: [id] for id in ids} | {e: [d, e]}
    table = [(room, rows[room]) for room in chance.sample([*rows], len(rows))]

    def ask(case: str, to: list[str], *except_: str, sender: str | None = None) -> None:
        trial.play(case, partial(_story, table, to, [*except_], sender))

    for to in [news], [cats], [e]:
        ask(ROOM, to)
    for to in [news, cats], [noisy, news, muted], [a, e], [news, news]:
        ask(SEVERAL, to)
    ask(EVERYBODY, [])
    for to in [none], [none, news], [noisy, none]:
        ask(UNKNOWN, to)
    ask(UNKNOWN, [news], none)
    for to, sender in (([news], b), ([news, cats], c), ([news], e), ([], a), ([none], a),
                       ([a], a), ([b], a), ([news], f"z{a}")):  # fmt: skip
        ask(SENDER, to, sender=sender)
    for to, *out in (([news], muted), ([news, cats], cats), ([news, cats], muted, noisy),
                     ([], muted), ([], a, cats), ([muted], muted), ([e, news], b)):  # fmt: skip
        ask(EXCEPT, to, *out)
    ask(ALL, [news, cats], muted, sender=b)
    ask(ALL, [], noisy, sender=a)
    ask(ALL, [none], muted, sender=a)
    ask(ALL, [cats, d, e], noisy, none, sender=b)
    return trial.verdict()


def _story(
    table: list[tuple[str, list[str]]], to: list[str], except_: list[str], sender: Any, play: Play
) -> None:
    rooms = play.make("given_table", table)
    play.tell(f"rooms: {dict(table)!r}")
    play.tell(f"recipients(rooms, {to!r}, {except_!r}, {sender!r})")
    got = play.call("recipients", rooms, to, except_, sender)
    play.see(got)
    if type(got) not in COLLECTIONS:
        return
    after = play.subject.call("given_rows", rooms)  # which is no result of the answer
    changed = after != [[room, sorted(members)] for room, members in table]
    said = f"then rooms is {dict(after)!r}" if changed else "the table is as it was"
    play.see(after, case=TABLE, counts=_changes(table, after), text=said)


def _reading(value: Any) -> Any:
    """The ids in some order, each as often as it is there."""
    if type(value) not in COLLECTIONS:
        raise TypeError
    return sorted(value)


def _changes(table: list[tuple[str, list[str]]], after: Any) -> Any:
    """What has changed in which rooms."""
    before = {room: sorted(members) for room, members in table}
    return [[room, members] for room, members in after if before.get(room) != members]


EXERCISES = (Exercise(
    number="11.2", title="The recipients", section="who", minutes=12, names=("recipients",),
    cases=CASES, judge=judge_11_2, given=(("<the judge>", GIVEN),), core=True,
    hints=(
        "Think of sets: the members of the rooms that are named, together; then take some away. "
        "What if no room is named, and what if the table does not have the room?",
        "set().union(…) of several sets is a new set, and nobody is in it twice. "
        "rooms.get(room, ()) has no members for a room that is not there. Ask whether `to` is "
        "empty, and not whether you have found somebody.",
        "chosen = to or rooms (all of its rooms). found = {id for room in chosen for id in "
        "rooms.get(room, ())}. out = the same for except_, with the sender. The answer: "
        "list(found - out).",
    ),
    wrong_ideas={
        "twice_in_two_rooms": WrongIdea("whoever is in two rooms gets it twice",
            "The rooms are put together as sets, and nobody is in a set twice. This is the "
            "article's open question: an event comes once.", "twice; twice, removed once"),
        "intersection": WrongIdea("only those who are in all rooms get it",
            "to(\"news\").to(\"cats\") adds the members of a second room. Whoever reads one of the "
            "two gets the event.", "intersection"),
        "sender_included": WrongIdea("the sender hears itself",
            "socket.to(…) is for the others: the sender knows what it has said. It is left out by "
            "the room of its own id.",
            "sender in; everybody: sender in; sender of all; sender named"),
        "nobody_means_everybody": WrongIdea("if nobody is found, everybody gets it",
            "A room without members is named: the event is for them, and they are nobody. What "
            "was said to a few friends would go to all. Ask whether `to` is empty.",
            "nobody is everybody; unknown is all; nobody left"),
        "except_only_that_room": WrongIdea("`except_` takes rooms out of `to`",
            "It takes away members. Mia is in news, and she is muted: except_(\"muted\") leaves "
            "her out of news, too.", "except rooms; except rooms, everybody: no except"),
        "empty_is_nobody": WrongIdea("if no room is named nobody gets it",
            "io.emit(…) names no room, and is for everybody. So an empty list is everybody, too; "
            "the official server does the same.", "empty is nobody"),
        "everybody_at_once": WrongIdea("everybody is everybody, without any exception",
            "io.except_(\"muted\") names no room in `to`, and leaves some out. First find "
            "everybody, and then take away, in each case.",
            "everybody: no except; everybody: no except, everybody: sender in"),
        "changes_the_table": WrongIdea("a row of the table is used as one's own set",
            "rooms[room] is the row itself, and no copy. After |=, discard or remove the server "
            "believes that somebody has joined or left. Make a new set: set(rooms[room]), a | b.",
            "grows; grows, copied later; one room is its row; discards; discards, "
            "everywhere"),
        "asking_makes_a_room": WrongIdea("a room begins when somebody speaks to it",
            "setdefault, and a defaultdict, put an empty row into the table. Each name that "
            "somebody tries stays there for ever. Ask with rooms.get(room, ()).",
            "appears; appears in except; appears, appears in except"),
    },
    slips={
        "Not every room is in the table: rooms.get(room, ()) has no members then.":
            "unknown raises; except raises; unknown raises, except raises",
        "The sender may be in none of these rooms, or may have left. discard takes it away if it "
        "is there; remove raises.": "remove",
        "Everybody is all members of all rooms. The names of the rooms are names, also of rooms "
        "such as news.": "rooms are sockets; rooms of one",
        "Somebody else may be in the room of an id, too. Everybody is all members of all rooms.":
            "alone in it",
        "Whoever is in one of the rooms of `except_` is left out, and not only those in all.":
            "except all",
        "All rooms of `except_` are left out, and not the first alone.": "except one",
        "`except_` names rooms. Their members are left out.": "except names",
        "`except_` has members that get nothing, also when they are in another room.":
            "except ignored",
        "All rooms of `to` are meant.": "first room; last room",
        "Only the sender is left out, and not those who are in a room with it.":
            "sender's rooms",
        "Both count: only members of `to`, and of these not the members of `except_`.":
            "only except",
    },
),)  # fmt: skip
