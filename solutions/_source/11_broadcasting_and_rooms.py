# %% [markdown] id="title"
# # 11 · Broadcasting and rooms: exercises
#
# Write your answer where it says `YOUR CODE HERE`, run the cell with Shift+Enter, then run the cell
# with `check` below it. `checks.hint("11.1")` gives three hints, one at a time, and
# `checks.hint("11.1", 1)` shows the first one again.
#
# If your time is short, do the exercises marked *Core*. The others are for practice.
#
# The first three exercises are the parts of an adapter: its table, whom an event reaches, and how it
# gets there. At the end each of them works in the library's server. The last one is a chat.

# %% id="start"
import asyncio

import socketio as python_socketio

from course_lib import lab, socketio
from course_lib.lab import checks, official_chat, proxy, your_rooms
from course_lib.lab.checks import check
from course_lib.lab.grading.playing import play

lab.start()

# %% [markdown] id="table" exercise="11.1" role="prompt"
# ## 11.1 · The table of rooms
#
# For practice, 15 minutes. Prepared by
# [A table with two indexes](../notebooks/11_broadcasting_and_rooms.ipynb#2-·-A-table-with-two-indexes).
#
# Write a class `Table`: who is in which room. It keeps two dicts, which always say the same:
#
# * `rooms`: the name of a room, and the ids of its members;
# * `sids`: the id of a socket, and the names of the rooms that it is in.
#
# Their values are collections of texts: sets, for example. Each method returns a **list** of the events
# that the adapter tells, in the order in which they happen.
#
# | method | |
# |---|---|
# | `connect(id)` | a socket comes: it joins the room of its own id |
# | `join(id, room)` | it joins a room |
# | `leave(id, room)` | it leaves a room |
# | `disconnect(id)` | it ends: it leaves all of its rooms, in any order, also its own |
#
# | event | |
# |---|---|
# | `("create-room", room)` | a room begins, with its first member |
# | `("join-room", room, id)` | a socket has joined |
# | `("leave-room", room, id)` | a socket has left |
# | `("delete-room", room)` | a room ends: its last member has left |
#
# * A room without members is in neither index, nor is a socket that has ended.
# * To join a room in which it is already, or to leave one in which it is not, changes nothing and tells
#   nothing.
# * A room may be called like the id of another socket that is connected.
# * Only sockets that are connected join.
#
# ```
# connect("a")         ─▶  [("create-room", "a"), ("join-room", "a", "a")]
# join("a", "news")    ─▶  [("create-room", "news"), ("join-room", "news", "a")]
# leave("a", "cats")   ─▶  []
# leave("a", "news")   ─▶  [("leave-room", "news", "a"), ("delete-room", "news")]
# ```


# %% id="table-stub" exercise="11.1" role="stub"
class Table:
    def __init__(self):
        ### BEGIN SOLUTION
        self.rooms, self.sids = {}, {}
        ### END SOLUTION

    def connect(self, id):
        ### BEGIN SOLUTION
        self.sids[id] = set()
        return self.join(id, id)
        ### END SOLUTION

    def join(self, id, room):
        ### BEGIN SOLUTION
        if room in self.sids[id]:
            return []
        created = [] if room in self.rooms else [("create-room", room)]
        self.rooms.setdefault(room, set()).add(id)
        self.sids[id].add(room)
        return [*created, ("join-room", room, id)]
        ### END SOLUTION

    def leave(self, id, room):
        ### BEGIN SOLUTION
        if room not in self.sids.get(id, ()):
            return []
        self.sids[id].remove(room)
        self.rooms[room].remove(id)
        if self.rooms[room]:
            return [("leave-room", room, id)]
        del self.rooms[room]
        return [("leave-room", room, id), ("delete-room", room)]
        ### END SOLUTION

    def disconnect(self, id):
        ### BEGIN SOLUTION
        told = []
        for room in list(self.sids.get(id, ())):
            told += self.leave(id, room)
        self.sids.pop(id, None)
        return told
        ### END SOLUTION


# %% id="table-check" exercise="11.1" role="check"
check("11.1")
### BEGIN HIDDEN TESTS
check("11.1").credit()
### END HIDDEN TESTS

# %% [markdown] id="table-wire-text"
# ### Your code on the wire
#
# An adapter is an option of the server. Here is one with your table. Ada's page asks twice to join,
# Kim's asks once, and Lee's asks to leave. Then Ada's connection ends. Who hears *news* before that, and
# what is left in the table?


# %% id="table-wire" exercise="11.1" role="wire"
checks.answered("11.1")


async def readers():
    io, names, clients = socketio.Server(adapter=your_rooms.keeping(Table)), {}, {}
    adapter = io.of("/").adapter

    def named(words):
        return " ".join(names.get(word, word) for word in words)

    @io.on("connection")
    def connected(socket):
        names[socket.id] = socket.handshake.auth["name"]
        socket.on("join", socket.join)
        socket.on("leave", socket.leave)

    async with io.listen() as address:
        for name in ("Ada", "Kim", "Lee"):
            client = clients[name] = socketio.Client(address.url, auth={"name": name})
            client.on("said", lambda text, name=name: print(name, end=" "))
            await client.connect()
        for event in ("create-room", "join-room", "leave-room", "delete-room"):
            adapter.on(event, lambda *words, event=event: print("   ", event, named(words)))
        for name, event in (("Ada", "join"), ("Ada", "join"), ("Kim", "join"), ("Lee", "leave")):
            print(f"{name}: {event}")
            await clients[name].emit_with_ack(event, "news")
        for line, room in (("news", "news"), ("Ada's own room", clients["Ada"].id)):
            print(f"{line} is heard by:", end=" ")
            io.to(room).emit("said", "안녕")
            await asyncio.sleep(1)
            print()
        print("Ada's connection ends")
        await clients["Ada"].disconnect()
        await asyncio.sleep(1)
        for title, index in (("rooms", adapter.rooms), ("sids", adapter.sids)):
            print(f"{title}:", [f"{named([key])}: {named(sorted(index[key]))}" for key in index])
        await clients["Kim"].disconnect()
        await clients["Lee"].disconnect()


play(readers)

# %% [markdown] id="recipients" exercise="11.2" role="prompt"
# ## 11.2 · The recipients
#
# Core, 12 minutes. Prepared by
# [Who gets it?](../notebooks/11_broadcasting_and_rooms.ipynb#3-·-Who-gets-it?).
#
# Write `recipients(rooms, to, except_, sender)`: the ids of the sockets that an event reaches, as a
# **list** or a set, in any order.
#
# * `rooms` is the table: a dict with the names of rooms, and for each the set of its members' ids. Each
#   socket is in the room of its own id, and others may be in it, too. No room is empty. You may look at
#   the table, and not change it.
# * `to` is a list of rooms: whoever is in **any** of them. If the list is empty, everybody is meant.
# * `except_` is a list of rooms: whoever is in any of them gets nothing.
# * `sender` is the id of a socket that gets nothing, or `None`. It may have left already.
#
# Rooms of `to` and of `except_` may not be in the table: they have no members. Each id is there once.
#
# ```
# rooms = {"a": {"a"}, "b": {"b"}, "c": {"c"}, "news": {"a", "b"}, "cats": {"b", "c"}}
#
# recipients(rooms, ["news", "cats"], [], "a")   ─▶  ["b", "c"]
# recipients(rooms, [], ["cats"], None)          ─▶  ["a"]
# ```


# %% id="recipients-stub" exercise="11.2" role="stub"
def recipients(rooms, to, except_, sender):
    ### BEGIN SOLUTION
    found = {id for room in (to or rooms) for id in rooms.get(room, ())}
    left_out = {id for room in except_ for id in rooms.get(room, ())}
    return list(found - left_out - {sender})
    ### END SOLUTION


# %% id="recipients-check" exercise="11.2" role="check"
check("11.2")
### BEGIN HIDDEN TESTS
check("11.2").credit()
### END HIDDEN TESTS

# %% [markdown] id="recipients-wire-text"
# ### Your code on the wire
#
# The four readers of the lesson, with your function in the server's adapter. They are clients of
# `python-socketio`. Mia is muted, and `socket` is Ada's. Who hears it, and how often?


# %% id="recipients-wire" exercise="11.2" role="wire"
checks.answered("11.2")

READERS = {"Ada": ["news"], "Kim": ["news", "cats"], "Lee": ["cats"], "Mia": ["news", "muted"]}
CHAINS = {
    'io.to("cats")': lambda io, socket: io.to("cats"),
    'io.to("news").to("cats")': lambda io, socket: io.to("news").to("cats"),
    'socket.to("news")': lambda io, socket: socket.to("news"),
    'socket.to("news").except_("muted")': lambda io, socket: socket.to("news").except_("muted"),
    "socket.broadcast": lambda io, socket: socket.broadcast,
    'io.except_("muted")': lambda io, socket: io.except_("muted"),
    'io.to("sport")': lambda io, socket: io.to("sport"),
    "io": lambda io, socket: io,
}


async def reader(url, name, heard):
    """A client of python-socketio; `end` says that all before it has come."""
    client = python_socketio.AsyncClient(reconnection=False, handle_sigint=False)
    client.on("hey", lambda: heard.append(name))
    client.on("end", lambda: "it came")
    await client.connect(url, auth={"name": name}, transports=["websocket"])
    return client


async def four_readers():
    io, sockets, heard = socketio.Server(adapter=your_rooms.choosing(recipients)), {}, []

    @io.on("connection")
    def connected(socket):
        name = socket.handshake.auth["name"]
        sockets[name] = socket
        socket.join(READERS[name])

    async with io.listen() as address, checks.within(20):
        clients = [await reader(address.url, name, heard) for name in READERS]
        for line, chain in CHAINS.items():
            heard.clear()
            chain(io, sockets["Ada"]).emit("hey")
            for socket in sockets.values():
                await socket.emit_with_ack("end")
            print(f"{line:36}", *sorted(heard))
        for client in clients:
            await client.disconnect()


await four_readers()

# %% [markdown] id="broadcast" exercise="11.3" role="prompt"
# ## 11.3 · A broadcast
#
# For practice, 15 minutes. Prepared by
# [In the middle of a broadcast](../notebooks/11_broadcasting_and_rooms.ipynb#7-·-In-the-middle-of-a-broadcast).
#
# Write `async def broadcast(members, message)`, which sends a message to all members of a room.
#
# * `members` is a dict: names, and for each an object with `async def send(message)`.
# * `await member.send(message)` ends when the network has taken the message. It may take long, or raise
#   any exception.
# * Nobody waits for anybody else: what begins, begins for all in the same moment, in the order of the
#   dict.
# * **The dict changes while you work**: somebody leaves, and is not in it any more, or somebody comes.
#   Whoever has left before their turn gets nothing. Nor does whoever comes later. You change nothing in it.
# * When all sends have ended, return a **list** of the names whose `send` has raised, in any order.
#
# ```
# members: Ada, Lee (his connection is broken), Mia (takes 30 s), Noa
#
#  0 s   send is called for Ada, Lee, Mia, and Noa
# 30 s   ─▶  ["Lee"]
# ```


# %% id="broadcast-stub" exercise="11.3" role="stub"
async def broadcast(members, message):
    ### BEGIN SOLUTION
    failed = []

    async def send_to(name):
        try:
            if name in members:
                await members[name].send(message)
        except Exception:
            failed.append(name)

    await asyncio.gather(*[send_to(name) for name in list(members)])
    return failed
    ### END SOLUTION


# %% id="broadcast-check" exercise="11.3" role="check"
check("11.3")
### BEGIN HIDDEN TESTS
check("11.3").credit()
### END HIDDEN TESTS

# %% [markdown] id="broadcast-wire-text"
# ### Your code on the wire
#
# Your function in the server's adapter sends a photo to five clients. Kim leaves in the same moment.
# The links of Lee and Mia are stuck. Lee's breaks after two seconds, and Mia's goes on after twelve. When
# do the others have the photo?


# %% id="broadcast-wire" exercise="11.3" role="wire"
checks.answered("11.3")


async def photo():
    loop, clients = asyncio.get_running_loop(), {}

    def tell(text):
        print(f"{loop.time() - began:4.1f} s  {text}")

    def told(names):
        tell(f"broadcast has ended, and it has failed for {', '.join(names) or 'nobody'}")

    io = socketio.Server(adapter=your_rooms.sending(broadcast, told))

    @io.on("connection")
    def connected(socket):
        socket.data["name"] = socket.handshake.auth["name"]

    async with io.listen() as port, proxy.Proxy(port) as breaks, proxy.Proxy(port) as stuck:
        ways = {"Ada": port, "Lee": breaks, "Kim": port, "Mia": stuck, "Noa": port}
        for name, way in ways.items():
            client = socketio.Client(way.url, auth={"name": name}, transports=["websocket"])
            client.on("photo", lambda photo, name=name: tell(f"{name}: {len(photo):,} bytes"))
            clients[name] = await client.connect()
        breaks.conditions.stalled = stuck.conditions.stalled = True
        began = loop.time()
        clients["Kim"].leave()
        io.emit("photo", bytes(1_000_000))
        await asyncio.sleep(2)
        await breaks.close()
        await asyncio.sleep(10)
        stuck.conditions.stalled = False
        await asyncio.sleep(5)


play(photo)

# %% [markdown] id="chat" exercise="11.4" role="prompt"
# ## 11.4 · The chat
#
# Core, 20 minutes. Prepared by
# [Goodbye](../notebooks/11_broadcasting_and_rooms.ipynb#5-·-Goodbye).
#
# Write `chat(io)`: it registers the listeners of a chat with rooms, the one that the article tests. (The
# names of its events are the article's.)
#
# | when a client | the server |
# |---|---|
# | connects | tells it `roomList` |
# | emits `create`, with a room and the name of a user | lets it join the room; tells the room a `notice` and `userList`; tells everybody `roomList` |
# | leaves | tells each of its rooms a `notice` and `userList`; tells everybody `roomList` |
#
# * `roomList` is a list of the rooms that were created and have users. The ids of sockets are not in it.
# * `userList` is a list of the names of all users in the room: one name for each client, so a name may be
#   there twice. Whoever has left is not in it.
# * `notice` is a text of yours, which contains the **id** of the socket that it is about.
# * A client may be in several rooms, always with the same name. *Create* is also for a room that is there
#   already. Whoever creates the same room twice is in it once.
# * If the room is the id of a connected socket, nothing happens. (Why?)
#
# The grader has a small server. It has of `io`: `on`, `emit`, `to`, `in_`, `except_`, `fetch_sockets`,
# `of("/")`, `sockets.sockets`, and the adapter with `rooms`, `sids` and `on`; of a socket: `id`, `data`,
# `rooms`, `on`, `emit`, `join`, `leave`, `to`, `in_`, `except_`, `broadcast`. Listeners of `disconnecting`
# and `disconnect` are given `(reason, description)`.


# %% id="chat-stub" exercise="11.4" role="stub"
def chat(io):
    ### BEGIN SOLUTION
    rooms = {}  # of each room: its users, by the ids of their sockets

    def tell(room, text):
        io.to(room).emit("notice", text)
        io.to(room).emit("userList", list(rooms[room].values()))

    @io.on("connection")
    def connected(socket):
        socket.emit("roomList", list(rooms))

        @socket.on("create")
        def create(room, user):
            if room in io.of("/").adapter.sids:
                return
            socket.join(room)
            rooms.setdefault(room, {})[socket.id] = user
            tell(room, f"{user} is here ({socket.id})")
            io.emit("roomList", list(rooms))

        @socket.on("disconnect")
        def disconnect(reason, description):
            for room in [room for room in rooms if socket.id in rooms[room]]:
                user = rooms[room].pop(socket.id)
                tell(room, f"{user} has gone ({socket.id})")
                if not rooms[room]:
                    del rooms[room]
            io.emit("roomList", list(rooms))

    ### END SOLUTION


# %% id="chat-check" exercise="11.4" role="check"
check("11.4")
### BEGIN HIDDEN TESTS
check("11.4").credit()
### END HIDDEN TESTS

# %% [markdown] id="chat-wire-text"
# ### Your code on the wire
#
# Official JavaScript clients of Socket.IO visit your chat. Ada, Kim and Lee come, create rooms, and
# leave. `(Ada)` is the id of Ada's socket. Lee reads it in a notice, and creates a room of this name.


# %% id="chat-wire" exercise="11.4" role="wire"
checks.answered("11.4")

for line in await official_chat.visit(chat):
    print(line)

# %% id="progress"
checks.progress()

# %% id="finish"
await lab.finish()
