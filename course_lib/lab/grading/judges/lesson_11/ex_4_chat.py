"""Judge of exercise 11.4: a chat with rooms, and what the page of each client shows.

    comes("a")                                   a: roomList []
    says("a", "create", ["점심", "Ada"])          a, b: roomList ["점심"]
                                                 a: notice "… a …", userList ["Ada"]
    goes("a")                                    b: roomList []

Exercises.  Builds on: `grading.scene`, `small_server`.
What is new here: what counts is what a page shows at last, and not how often it was told; so a chat
may send more than it has to, but nothing to whom it does not concern.
Left out: the network; the cell on the wire has it, with the official client.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import partial
from typing import Any

from ...scene import BLOCKS_THE_LOOP, NO_SLEEP, Scene, Scenes
from ...trial import Answer, Exercise, Raised, Verdict, Wrong, WrongIdea, text
from .small_server import SMALL_SERVER

CASES = {
    (COMES := "a client connects"):
        "It is told roomList, at once: a list of the rooms that clients have created, and [] if "
        "there are none. Ids of sockets are no such rooms.",
    (CREATES := "it creates a room"):
        "It joins. Then it hears a notice with its id, and userList. Everybody hears roomList, "
        "also those in no room, and those who connect later. Both are lists of texts.",
    (JOINS := "another one joins"):
        "create is also for a room that is there already. All of its members, and nobody else, "
        "hear the notice and userList.",
    (LEAVES := "one of them leaves"):
        "The others in the room hear a notice with its id, and userList without it. Whoever is in "
        "no room leaves nobody.",
    (LAST := "the last one leaves"):
        "The room has ended: everybody hears a roomList without it.",
    (SEVERAL := "a client in two rooms"):
        "create takes nobody out of another room. When the client leaves, both rooms hear it.",
    (SAME := "the same name, the same room"):
        "Two people may have one name: each is in the list. One who creates the same room twice is "
        "in it once.",
    (GUARD := "a room with the id of a socket"):
        "Notices tell the ids of sockets, and each id is a room. Whoever joins it hears what is "
        "for this one alone. Refuse it: nothing happens.",
}  # fmt: skip
SHARED = "Some of these are from another server. Keep them in chat, and not outside of it."
Room = dict[str, str]  # id -> user


class Chat:
    """The answer, with a switch for each mistake."""

    def __init__(self, io: Any, wrong: Wrong) -> None:
        self.io, self.wrong = io, wrong
        self.rooms: dict[str, Room] = {}
        self.names: dict[str, str] = {}  # of those that have one, by id
        self.seen: dict[str, None] = {}  # all rooms that there ever were
        self.again: list[tuple[str, str]] = []
        self.latest: Any = None
        io.on("connection", self._connected)

    def _connected(self, socket: Any) -> None:
        wrong, self.latest = self.wrong, socket
        if "no list at first" not in wrong:
            socket.emit("roomList", self._rooms(socket))
        socket.on("create", partial(self._create, socket))
        socket.on("disconnect", partial(self._left, socket))

    def _rooms(self, socket: Any) -> list[str]:
        wrong, ids = self.wrong, [*self.io.sockets.sockets]
        rooms = [*self.seen] if "room stays" in wrong else [*self.rooms]
        if "own list" not in wrong:
            rooms = [room for room in rooms if room not in ids]
        if "ids in list" in wrong:
            return [*rooms, *ids]
        if "others' ids in list" in wrong:
            return [*rooms, *(id for id in ids if id != socket.id)]
        return rooms

    def _users(self, room: str, wrong: Wrong) -> list[str]:
        if "users of all" in wrong:
            return [user for row in self.rooms.values() for user in row.values()]
        row = self.rooms.get(room, {})
        users = [*(row if "ids as users" in wrong else row.values())]
        users += [user for where, user in self.again if where == room]
        if "fetched" in wrong and room in self.names:
            users.append(self.names[room])
        return [*dict.fromkeys(users)] if "unique names" in wrong else users

    def _create(self, socket: Any, room: str, user: str) -> None:
        wrong = self.wrong
        socket = self.latest if "latest" in wrong else socket
        if "swapped" in wrong:
            room, user = user, room
        if room in self.io.sockets.sockets and "no guard" not in wrong:
            return
        if "existing refused" in wrong and room in self.rooms:
            return
        for other in [*self.rooms] if "moves" in wrong else []:
            if socket.id in self.rooms[other] and other != room:
                socket.leave(other)
                self._remove(socket.id, user, other)
        if "never joins" not in wrong:
            socket.join(room)
        row = self.rooms.setdefault(room, {})
        if socket.id in row and "listed twice" in wrong:
            self.again.append((room, user))
        self.names[socket.id] = row[socket.id] = user
        self.seen[room] = None
        said = f"{user if 'no id' in wrong else socket.id} is in {room}"
        self._way("notice", socket, room, self.io.to(room)).emit("notice", said)
        users = self._users(room, wrong)
        self._way("users", socket, room, self.io.to(room)).emit("userList", users)
        self._way("rooms", socket, room, self.io).emit("roomList", self._rooms(socket))

    def _way(self, what: str, socket: Any, room: str, right: Any) -> Any:
        """To whom something is told."""
        io = self.io
        ways = {"all": io, "self": socket, "others": socket.to(room), "room": io.to(room),
                "the rest": socket.broadcast, "nobody": io.to("nobody")}  # fmt: skip
        return next((ways[to] for to in ways if f"{what} to {to}" in self.wrong), right)

    def _left(self, socket: Any, reason: str, description: object) -> None:
        wrong, io = self.wrong, self.io
        socket = self.latest if "latest" in wrong else socket
        rooms = [room for room, row in self.rooms.items() if socket.id in row]
        if "no room raises" in wrong and not rooms:
            raise KeyError
        stale = self._rooms(socket)
        if "no room named" in wrong:
            io.emit("notice", f"{socket.id} is gone")
        for room in rooms:
            ghosts, user = self._users(room, wrong), self.names[socket.id]
            if "ghost kept" not in wrong:
                self._remove(socket.id, user, room)
            if "silent" in wrong or ("one room" in wrong and room != rooms[-1]):
                continue
            users = ghosts if "ghost list" in wrong else self._users(room, wrong)
            everybody = "goodbye to all" in wrong
            said = f"{user if 'no id' in wrong else socket.id} is gone"
            if "no goodbye" not in wrong:
                where = io if everybody or "notice to all" in wrong else io.to(room)
                where.emit("notice", said)
            if "no users at end" not in wrong:
                where = io if everybody or "users to all" in wrong else io.to(room)
                where.emit("userList", users)
        if "no rooms at end" not in wrong:
            io.emit("roomList", stale if "room stale" in wrong else self._rooms(socket))

    def _remove(self, id: str, user: str, room: str) -> None:
        row = self.rooms[room]
        del row[id]
        if "names removed" in self.wrong:
            for other in [other for other, name in row.items() if name == user]:
                del row[other]
        if not row:
            del self.rooms[room]


def right(io: Any, wrong: Wrong) -> None:
    """Register the listeners."""
    Chat(io, wrong)


class Pages:
    """What the page of each client shows."""

    def __init__(self) -> None:
        self.rooms: dict[str, Any] = {}
        self.users: dict[str, Any] = {}

    def told(self, heard: Any) -> list[tuple[str, Any]]:
        """Take what was told; the notices."""
        notices = []
        for id, event, args in heard:
            said = args[0] if len(args) == 1 else args
            if event == "notice":
                notices.append((id, said))
            elif event in ("roomList", "userList"):
                (self.rooms if event == "roomList" else self.users)[id] = said
        return notices


def judge_11_4(answer: Answer, chance: random.Random) -> Verdict:
    trial, rooms = Scenes(answer, chance, right), set[str]()

    def story(case: str, *steps: str) -> None:
        """Of words: `a` comes, `a N Ada` creates a room, `-a` leaves; all new in each story."""
        words = {word for step in steps for word in step.lstrip("-").split()}
        names = {word: _new(word, chance) for word in sorted(words)}
        said = [(step[:1] == "-", [names[word] for word in step.lstrip("-").split()])
                for step in steps]  # fmt: skip
        rooms.update(names[word] for word in words if word in "MN")
        trial.play(case, partial(_story, said, rooms))

    story(COMES, "a")
    story(COMES, "a", "b")
    story(CREATES, "a", "a N Ada")
    story(CREATES, "a", "a N Ada", "b")
    story(CREATES, "a", "b", "c", "b N Bob", "c M Cho")
    story(JOINS, "a", "b", "c", "a N Ada", "b N Bob")
    story(JOINS, "a", "b", "c", "a N Ada", "c M Cho", "b N Bob")
    story(LEAVES, "a", "b", "c", "a N Ada", "b N Bob", "c M Cho", "-a")
    story(LEAVES, "a", "b", "c", "a N Ada", "b N Bob", "-b", "c N Cho")
    story(LEAVES, "a", "b", "a N Ada", "-b")
    story(LAST, "a", "b", "a N Ada", "-a")
    story(LAST, "a", "b", "c", "a N Ada", "b M Bob", "-b", "c M Cho")
    story(SEVERAL, "a", "b", "c", "a N Ada", "b N Bob", "a M Ada", "c M Cho", "-a")
    story(SEVERAL, "a", "b", "c", "a N Ada", "a M Ada", "b N Bob", "c M Cho", "-a")
    story(SAME, "a", "b", "c", "a N Kim", "b N Kim", "c N Cho", "-b")
    story(SAME, "a", "b", "a N Ada", "b N Bob", "a N Ada")
    story(GUARD, "a", "b", "a N Ada", "b a Bob")
    story(GUARD, "a", "b", "c", "a N Ada", "b M Bob", "c a Cho", "c N Cho")
    return trial.verdict()


def _new(word: str, chance: random.Random) -> str:
    """The id of a socket, a room, or a user."""
    if word.islower():
        return f"{word}{text.name(chance)}"
    return (
        text.phrase(chance, at_most=3)
        if len(word) == 1
        else f"{word} {text.phrase(chance, at_most=3)}"
    )


def _story(steps: Sequence[tuple[bool, list[str]]], rooms: set[str], scene: Scene) -> None:
    pages, here = Pages(), list[str]()
    others = rooms.difference(*(said for _, said in steps))
    io = scene.make("SmallServer")
    made = scene.call("chat", io)
    if made is not None:
        scene.see(made)
        return
    for at, (leaves, (id, *said)) in enumerate(steps):
        again = bool(said) and (False, [id, *said]) in steps[:at]
        if leaves:
            here.remove(id)
            task = scene.start("goes", id, on=io)
        elif said:
            task = scene.start("says", id, "create", said, on=io)
        else:
            here.append(id)
            task = scene.start("comes", id, on=io)
        scene.run(1.0)
        if isinstance(task.value, Raised):
            scene.see(task.value, text=f"it raised {task.value!r}")
            return
        notices = pages.told(scene.call("heard", on=io))
        scene.told.pop()  # the line of this call
        heard = [(to, told) for to, told in notices if to in here]
        _see_lists(scene, pages, here, others)
        if not again:
            about = [(to, id in str(told)) for to, told in heard]
            told = ", ".join(f"{to} {told!r}" for to, told in heard) or "nobody"
            scene.see(None, counts=sorted(about), text=f"a notice is heard by: {told}")


def _see_lists(scene: Scene, pages: Pages, here: list[str], others: set[str]) -> None:
    """What each page shows now."""
    for title, shown, nothing in (("rooms", pages.rooms, "nothing"), ("users", pages.users, [])):
        lists = {id: shown.get(id, nothing) for id in here}
        counts = {id: sorted(row) if _is_names(row) else None for id, row in lists.items()}
        said = ", ".join(f"{id} {row!r}" for id, row in lists.items()) or "nobody is there"
        why = SHARED if any(room in others for row in lists.values() for room in row) else ""
        scene.see(None, counts=counts, text=f"pages show these {title}: {said}", why=why)


def _is_names(row: Any) -> bool:
    return isinstance(row, list) and all(isinstance(name, str) for name in row)


EXERCISES = (Exercise(
    number="11.4", title="The chat", section="goodbye", minutes=20, names=("chat",), core=True,
    cases=CASES, judge=judge_11_4, given=(("<the server>", SMALL_SERVER),), guards=(NO_SLEEP,),
    hints=(
        "Who has to hear what? notice and userList are for one room, roomList is for everybody. "
        "And what do you need to know of a client when it has left?",
        "Keep a dict of your own in chat: for each room the users by the id of their socket. Then "
        "a name may be there twice, and a room that is empty can be deleted. Both lists come from "
        "it.",
        "create: stop if room is in io.of(\"/\").adapter.sids. Join, rooms.setdefault(room, "
        "{})[socket.id] = user, and emit three times. disconnect: for each room that has "
        "socket.id: delete it, and the room if it is empty, and emit the notice and userList to "
        "it. Then roomList.",
    ),
    wrong_ideas={
        "room_list_shows_socket_ids": WrongIdea("roomList is all rooms of the adapter",
            "Each socket is in a room of its own id. Nobody wants to see those in a list, and "
            "whoever knows an id should not be helped to join it. Leave out what is in "
            "adapter.sids, or keep a list of your own.", "ids in list; others' ids in list"),
        "ghost_user": WrongIdea("whoever has left is still in userList",
            "In \"disconnecting\" the socket is still in its rooms, and a list of the members has "
            "it in it. Leave it out, or send the list in \"disconnect\". A list of your own has to "
            "forget it.", "ghost list; ghost kept; no users at end"),
        "user_list_to_everyone": WrongIdea("userList goes to all clients",
            "A page shows the users of its own room. With io.emit it shows those of another room, "
            "as soon as something happens there. io.to(room).emit(…) is for the members.",
            "users to all"),
        "notice_wrong_room": WrongIdea("the notice goes to the wrong clients",
            "It is for the members of the room, all of them: io.to(room).emit(\"notice\", …). "
            "io.emit tells everybody, and socket.emit only the one who has come.",
            "notice to all; notice to self"),
        "newcomer_left_out": WrongIdea("the newcomer hears nothing of its own room",
            "socket.to(room) leaves the sender out. But its page wants to show who is in the room: "
            "the newcomer is a member, too. io.to(room) is for all of them.",
            "notice to others; users to others; notice to others, users to others"),
        "others_keep_old_rooms": WrongIdea("only some clients hear of a new room",
            "Every page shows the list of rooms, also one that is in no room: how else should it "
            "find one? io.emit(\"roomList\", …).",
            "rooms to self; rooms to room; rooms to the rest; rooms to nobody, no rooms at end"),
        "others_keep_old_users": WrongIdea("only the newcomer gets userList",
            "The others in the room want to see that somebody has come. io.to(room), and not "
            "socket, is for all of them.", "users to self"),
        "leaves_in_silence": WrongIdea("the rooms do not hear that somebody has left",
            "In \"disconnect\" socket.rooms is empty: a loop over it does nothing. So it may be in "
            "an `async def` for \"disconnecting\", which runs later. Remember the rooms yourself, "
            "or use \"disconnecting\" with a plain `def`.",
            "silent; silent, no rooms at end"),
        "goodbye_to_everyone": WrongIdea("everybody hears who has left a room",
            "In \"disconnect\" socket.rooms is empty, and an event to no room is for everybody. "
            "Name the room.", "goodbye to all; no room named, silent"),
        "empty_room_is_listed": WrongIdea("a room without users is in roomList",
            "When its last user has left it has ended: tell everybody roomList once more. Delete "
            "the room from a list of your own. In \"disconnecting\" the socket is still in the "
            "adapter's table: send roomList in \"disconnect\".",
            "room stays; room stale; no rooms at end"),
        "one_room_for_each": WrongIdea("a client is in the last room only",
            "It may create a second room, and is in both. Whoever remembers one room for each "
            "client tells only that one that it has left.", "one room"),
        "same_name_same_user": WrongIdea("a user is a name",
            "Two people are called Kim. If one of them leaves the other one is still there. Keep "
            "users by the id of their socket.", "unique names; names removed; unique names, "
            "names removed"),
        "joins_anothers_id": WrongIdea("any name may be a room",
            "The id of each socket is a room, and notices tell it. Whoever joins it hears what is "
            "meant for that socket alone. Look whether the name is in adapter.sids.",
            "no guard; no guard, fetched; no guard, own list"),
        **BLOCKS_THE_LOOP,
    },
    slips={
        "userList has the names of users, and not the ids of their sockets.": "ids as users",
        "A notice contains the id of the socket that it is about.": "no id",
        "userList is about one room.": "users of all",
        "The room comes first, and then the user: create(room, user).": "swapped",
        "io.to(room) reaches members. Join first: socket.join(room).": "never joins",
        "One who creates the same room twice is in it once.": "listed twice",
        "A room that is there already is joined, too.": "existing refused",
        "Whoever leaves may have been in no room.": "no room raises",
        "create takes nobody out of another room: a client may be in several.": "moves",
        "Several sockets are connected: each has listeners of its own, which know their socket. "
        "Define them inside the listener of connection.": "latest",
        "A client that connects is told roomList.": "no list at first",
        "Whoever is left in the room hears a notice that this one has gone.": "no goodbye",
    },
),)  # fmt: skip
