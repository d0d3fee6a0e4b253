"""Judge of exercise 11.1: who is in which room, in two indexes that say the same.

    connect("a")         ─▶ [("create-room", "a"), ("join-room", "a", "a")]
    join("a", "news")    ─▶ [("create-room", "news"), ("join-room", "news", "a")]
    rooms {"a": a, "news": a}      sids {"a": a, news}      after each step, whatever their rows are

Exercises.  Builds on: `grading.trial`.
What is new here: a text beside the answer reads both indexes, so that a row may be a set, a dict or
a list, and an index any mapping.
Left out: a socket that leaves the room of its own id.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import partial
from typing import Any

from ...trial import Answer, Exercise, Play, Raised, Trial, Verdict, Wrong, WrongIdea, text

CASES = {
    (COMES := "a socket comes"):
        "connect(id): it joins the room of its own id, as any other room. Both indexes have it, "
        "and two events tell it.",
    (JOIN := "joining a room"):
        "The id stands in the row of the room, and the room in the row of the id. create-room is "
        "told with the first member, and before its join-room.",
    (AGAIN := "joining twice"):
        "Whoever is in the room already changes nothing: [], and the id is in the row once.",
    (LEAVE := "leaving a room"):
        "Both indexes forget it. leave-room is told, and nothing else, as long as somebody is "
        "left.",
    (LAST := "the last one leaves"):
        "leave-room, then delete-room; and the room stands in no index any more.",
    (ABSENT := "leaving a room in which one is not"):
        "It changes nothing, and tells nothing: []. No room begins with it.",
    (ENDS := "a connection ends"):
        "disconnect(id): it leaves all its rooms, also its own, and each of them tells it. Then "
        "it is in neither index. Whoever else is in these rooms stays.",
}  # fmt: skip
GIVEN = '''
def given_rows(table):
    """Both indexes, as plain values."""
    return [{key: [*row] for key, row in index.items()} for index in (table.rooms, table.sids)]
'''
Events = list[tuple[Any, ...]]
Index = dict[str, list[str]]
SHARED: tuple[Index, Index] = {}, {}  # by tables that have the same


class Right:
    """The answer, with a switch for each mistake.  Rows are lists, so that one may be doubled."""

    def __init__(self, wrong: Wrong) -> None:
        self.wrong = wrong
        self.rooms: Index = {}
        self.sids: Index = {}
        if "shared" in wrong:
            self.rooms, self.sids = SHARED
            self.rooms.clear()
            self.sids.clear()

    def connect(self, id: str) -> Events:
        wrong = self.wrong
        if "no sids" not in wrong:
            self.sids[id] = []
        if "no own room" in wrong:
            return []
        if "no row" in wrong:
            self.sids.clear()
            return []
        told = self._join(id, id)
        if "own not in sids" in wrong:
            self.sids[id].remove(id)
        if "own without create" in wrong:
            told = told[1:]
        return [] if "own untold" in wrong else told

    def join(self, id: str, room: str) -> Events:
        return self._join(id, room)

    def _join(self, id: str, room: str) -> Events:
        wrong, told = self.wrong, Events()
        known = self._is_in(id, room)
        doubled = wrong & {"lists", "list of members", "list of rooms"}
        if known and not wrong & {"tells twice", "raises twice"} and not doubled:
            return []
        if known and "raises twice" in wrong:
            raise ValueError(room)
        if room not in self.rooms:
            self.rooms[room] = []
            told.append(("create-room", room))
        elif "creates always" in wrong:
            told.append(("create-room", room))
        for index, key, one, lists in (
            (self.rooms, room, id, {"lists", "list of members"}),
            (self.sids, id, room, {"lists", "list of rooms"}),
        ):
            if index is self.sids and wrong & {"no sids", "join: not in sids"} and room != id:
                continue
            if index is self.sids and "no sids" in wrong:
                continue
            row = index.setdefault(key, [])
            if ("new members" if index is self.rooms else "new rooms") in wrong:
                row[:] = [key] if index is self.sids and "but own" in wrong else []
            if one not in row or wrong & lists:
                row.append(one)
        if not (known and "told once" in wrong):
            told.append(("join-room", id, room) if "swapped" in wrong else ("join-room", room, id))
        if "joins first" in wrong:
            told.reverse()
        return told[-1:] if "never created" in wrong else told

    def _is_in(self, id: str, room: str) -> bool:
        if "asks sids" in self.wrong:
            return room in self.sids.get(id, ())
        return id in self.rooms.get(room, ())

    def leave(self, id: str, room: str) -> Events:
        wrong = self.wrong
        members = self.rooms.get(room)
        if not self._is_in(id, room):
            if (members is None and "unknown raises" in wrong) or (
                members is not None and "stranger raises" in wrong
            ):
                raise KeyError(room)
            told = self._left(id, room) if "always told" in wrong else []
            if not members and "phantom" in wrong:
                self.rooms[room] = []
            if not members and "ends again" in wrong:
                told.append(("delete-room", room))
            return told
        return self._leave(id, room, keep="leave: not in rooms" in wrong)

    def _leave(self, id: str, room: str, *, keep: bool = False) -> Events:
        wrong, members = self.wrong, self.rooms[room]
        if not keep and id in members:
            members.remove(id)
        if room in self.sids.get(id, ()) and "leave: not in sids" not in wrong:
            self.sids[id].remove(room)
        told = self._left(id, room)
        if not members and "room stays" not in wrong:
            if "told and stays" not in wrong:
                del self.rooms[room]
            if "untold" not in wrong:
                told.append(("delete-room", room))
        if "deleted first" in wrong:
            told.reverse()
        return told

    def _left(self, id: str, room: str) -> Events:
        return [("leave-room", id, room) if "swapped" in self.wrong else ("leave-room", room, id)]

    def disconnect(self, id: str) -> Events:
        wrong, told = self.wrong, Events()
        rooms = [room for room in [*self.rooms, *self.sids.get(id, ())] if self._is_in(id, room)]
        rooms = [*dict.fromkeys(rooms)]
        if "end: rooms stay" in wrong:
            rooms = []
        if "end: own stays" in wrong:
            rooms.remove(id)
        if "end: own only" in wrong:
            rooms = [id]
        if "end: iterates" in wrong:
            raise RuntimeError
        if "end: skips" in wrong:
            rooms = self.sids[id][::2]
        for room in rooms:
            if room == id and "end: own room with all" in wrong:
                self.rooms[room] = [id]
            if "end: empty rooms stay" in wrong:
                told += self._left(id, room)
                self.rooms[room].remove(id)
            else:
                told += self._leave(id, room)
        if "end: in sids" not in wrong:
            self.sids.pop(id, None)
        return [] if "end: untold" in wrong else told


def judge_11_1(answer: Answer, chance: random.Random) -> Verdict:
    trial, used = Trial(answer, chance, Right), set[str]()

    def story(case: str, *steps: str) -> None:
        """Of words: `join a N`, a socket and a room; new names for both each time."""
        said = [step.split() for step in steps]
        names = {word: _new(word, chance) for _, *words in said for word in words}
        used.update(names.values())
        named = [(method, *(names[word] for word in words)) for method, *words in said]
        trial.play(case, partial(_story, named, used))

    story(COMES, "connect a")
    story(COMES, "connect a", "connect b")
    story(JOIN, "connect a", "join a N", "join a C")
    story(JOIN, "connect a", "connect b", "join a N", "join b N", "join b C")
    story(JOIN, "connect a", "connect b", "join a b")
    story(AGAIN, "connect a", "join a N", "join a N")
    story(AGAIN, "connect a", "connect b", "join a N", "join b N", "join b C", "join a N",
          "leave a N")  # fmt: skip
    story(LEAVE, "connect a", "connect b", "join a N", "join b N", "join a C", "leave a N")
    story(LEAVE, "connect a", "connect b", "join a N", "join b N", "leave a N", "join a N")
    story(LAST, "connect a", "join a N", "leave a N")
    story(LAST, "connect a", "connect b", "join a N", "join b N", "leave a N", "leave b N",
          "join a N")  # fmt: skip
    story(ABSENT, "connect a", "leave a N")
    story(ABSENT, "connect a", "connect b", "join b N", "leave a N")
    story(ABSENT, "connect a", "join a N", "leave a N", "leave a N")
    story(ENDS, "connect a", "disconnect a")
    story(ENDS, "connect a", "connect b", "join a N", "join b N", "join a C", "disconnect a",
          "disconnect b")  # fmt: skip
    story(ENDS, "connect a", "connect b", "join b a", "disconnect a")
    story(ENDS, "connect a", "join a N", "disconnect a", "connect b", "join b N")
    two = [text.name(chance) for _ in range(2)]
    used.update(two)
    trial.play(COMES, partial(_two_tables, two, used))
    return trial.verdict()


def _new(word: str, chance: random.Random) -> str:
    return f"{word}{text.name(chance)}" if word.islower() else text.phrase(chance, at_most=3)


def _story(steps: Sequence[tuple[str, ...]], used: set[str], play: Play) -> None:
    others = used.difference(*(args for _, *args in steps))
    table = play.make("Table")
    for method, *args in steps:
        play.tell(f"{method}({', '.join(map(repr, args))})")
        got = play.call(method, *args, on=table)
        play.see(got, counts=_events(got))
        if isinstance(got, Raised):
            return
        _see_rows(play, table, others)


def _two_tables(ids: Sequence[str], used: set[str], play: Play) -> None:
    """Each has its own indexes."""
    play.subject.close()  # a process of its own
    tables = [play.make("Table") for _ in ids]
    for at, (table, id) in enumerate(zip(tables, ids, strict=True), 1):
        play.tell(f"table {at}: connect({id!r})")
        play.call("connect", id, on=table)
    _see_rows(play, tables[0], used.difference(ids))


def _see_rows(play: Play, table: Any, others: set[str]) -> None:
    """Both indexes, without what other stories have left in a class."""
    rows = table if isinstance(table, Raised) else play.call("given_rows", table)
    if isinstance(rows, Raised):
        play.see(rows)
        return
    for name, index in zip(("rooms", "sids"), rows, strict=True):
        index = {key: row for key, row in index.items() if key not in others}
        said = ", ".join(f"{key!r}: {row!r}" for key, row in index.items())
        counts = {key: sorted(row, key=repr) for key, row in index.items()}
        play.see(index, counts=counts, text=f"then {name} is {{{said}}}")


def _events(got: Any) -> Any:
    """The events of each room, in their order.  None: no events."""
    if type(got) is not list:
        return None
    if not all(type(one) in (tuple, list) and len(one) > 1 for one in got):
        return None
    return sorted((tuple(one) for one in got), key=lambda event: repr(event[1]))


EXERCISES = (Exercise(
    number="11.1", title="The table of rooms", section="table", minutes=15, names=("Table",),
    cases=CASES, judge=judge_11_1, given=(("<the judge>", GIVEN),),
    hints=(
        "Each fact stands in two places: in the row of the room, and in the row of the id. Which "
        "of the four methods change it? connect is a join, and disconnect is many times leave.",
        "join: is it in the room already? Then []. Is the room new? Then its row, and "
        "create-room. leave: is it in the room? If not, []. Is the row empty afterwards? Then "
        "delete it, and delete-room.",
        "disconnect: told = []; for room in list(self.sids.get(id, ())): told += self.leave(id, "
        "room). Then self.sids.pop(id, None). The list is a copy, because leave changes the row.",
    ),
    wrong_ideas={
        "list_not_set": WrongIdea("somebody may be in a room twice",
            "A page that asks twice is one member all the same. In a list it stands twice: it "
            "gets each event twice, and after it has left it is still there. A row is a set.",
            "lists; list of members; list of rooms; lists, told once"),
        "empty_room_stays": WrongIdea("a room without members stays in the table",
            "Nobody is in it, and nobody can be reached by it. A server that runs for a year has "
            "all names of that year in its memory, and its list of rooms shows them. Delete the "
            "row, and tell delete-room.",
            "room stays; told and stays; end: empty rooms stay; phantom; room stays, phantom; "
            "end: empty rooms stay, phantom"),
        "one_index_forgotten": WrongIdea("only one of the two indexes is changed",
            "Each fact stands in both. If one says that Kim is in the room, and the other that "
            "she is not, events reach her or not, by which of the two is asked.",
            "no sids; join: not in sids; leave: not in sids; leave: not in rooms; end: in sids; "
            "end: rooms stay; leave: not in sids, end: in sids; join: not in sids, asks sids; "
            "leave: not in sids, asks sids; leave: not in rooms, asks sids"),
        "no_own_room": WrongIdea("a socket has no room of its own",
            "io.to(socket.id) is a message to one, and socket.to(…) leaves the sender out by the "
            "same room. Both need it in the table: connect joins it.",
            "no own room; no row; own not in sids"),
        "join_twice_two_events": WrongIdea("joining twice is told twice",
            "Whoever counts members by these events counts one too many. Nothing has changed, so "
            "there is nothing to tell: [].", "tells twice"),
        "leave_is_always_told": WrongIdea("whoever leaves is told, whether it was there or not",
            "A page may ask to leave a room in which it is not. Others would hear that somebody "
            "has left who never came. Look first: [] if it is not in the room.", "always told"),
        "end_is_not_told": WrongIdea("the end of a connection is told to nobody",
            "For the rooms it is the same as leaving each of them. Whoever shows members by these "
            "events would show that one for ever.", "end: untold; end: own only"),
        "creates_with_each_join": WrongIdea("each join creates the room",
            "The second member finds the room there. create-room is told once in the life of a "
            "room: with its first member.", "creates always"),
    },
    slips={
        "Each table has its own indexes: make them in __init__, and not in the class.": "shared",
        "create-room comes before join-room: the room is there when somebody is in it.":
            "joins first",
        "leave-room comes before delete-room: the last one leaves, and then the room ends.":
            "deleted first",
        "The room comes first, and then the id: (\"join-room\", room, id).": "swapped",
        "A room that is new is told: create-room.": "never created",
        "A room that ends is told: delete-room.": "untold",
        "The room of its own id is a room as any other: it is told, with both events.":
            "own untold; own without create",
        "To leave what one is not in is no error. Look first: the room may not be in the table.":
            "unknown raises; stranger raises; unknown raises, stranger raises",
        "To join twice is no error.": "raises twice",
        "A row must not change while a loop goes over it: a set raises, and a list skips every "
        "second one. Go over list(self.sids[id]).": "end: iterates; end: skips",
        "A row keeps what is in it: add to it, and make a new one only where there is none.":
            "new members; new rooms; new rooms, but own; new members, asks sids; "
            "new rooms, but own, asks sids",
        "The room of its own id is left, too.": "end: own stays",
        "Somebody else may have joined the room of this id, and stays in it.":
            "end: own room with all",
        "The room was never there, so it cannot end.": "ends again; always told, ends again",
    },
),)  # fmt: skip
