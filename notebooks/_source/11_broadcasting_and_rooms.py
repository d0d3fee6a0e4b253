# %% [markdown] id="title"
# # 11 · Broadcasting and rooms
#
# *Some of your readers want news, and some want cats. Who gets which event?*
#
# **Objectives.** At the end you can
#
# * say who receives each line of the article's list of ways to emit;
# * keep the table of rooms, with both of its indexes;
# * send one event to many, also when one of them leaves, is broken, or is slow;
# * say what becomes of its rooms when a client leaves.
#
# **Prerequisites.** Lesson 09: events, listeners, packets. Lesson 10: time limits, a slow client.

# %% id="start"
import asyncio
import time
from types import SimpleNamespace

from course_lib import lab
from course_lib.errors import ConnectionClosed
from course_lib.lab import bets, browser_client, clock, plots, proxy, room_map, show
from course_lib.net import http_client, ws
from course_lib.socketio import Client, Server
from course_lib.wire.http.http11 import Headers, Response
from course_lib.wire.socketio import packet
from course_lib.wire.socketio.packet import Packet, Type

lab.start()

# %% [markdown] id="name"
# ## 1 · A name for many
#
# A paper has readers. Some want *news*, and some want *cats*. So far a server has to go through the list of all its
# sockets, and to ask for each one whether it wants this event. With Socket.IO it puts the readers of a topic together
# under a name. Such a name, with the sockets that have joined it, is a **room**, and to send one event to many is a
# **broadcast**.


# %% id="paper"
TOPICS = "news", "cats"


def paper():
    io = Server()

    @io.on("connection")
    def come(socket):
        @socket.on("read")
        def read(topic, wants):
            if topic in TOPICS and wants:
                socket.join(topic)
            elif topic in TOPICS:
                socket.leave(topic)

    return io


# %% [markdown] id="paper-text"
# The client asks, and the **server** lets its socket join. Here is a page that asks. Tick *news*, and then run the cell
# below the page. What does the page hear if you tick both, or none?

# %% id="page-source"
PAGE = """<!doctype html><meta charset=utf-8><title>The paper</title>
<meta name=color-scheme content="light dark"><script src="/browser_client.js"></script>
<fieldset><legend>I read</legend>
<label><input type=checkbox value=news> news</label>
<label><input type=checkbox value=cats> cats</label></fieldset>
<pre id=log role=log aria-label="what the page has heard"></pre>
<script>
const socket = io()
socket.on("said", text => log.append(text + "\\n"))
for (const box of document.querySelectorAll("input"))
  box.onchange = () => socket.emit("read", box.value, box.checked)
</script>"""


# %% id="page" tags=["nbval-ignore-output"]
def page(request):
    kind = Headers([("Content-Type", "text/html; charset=utf-8")])
    return browser_client.answer(request) or Response(200, kind, PAGE.encode())


io = paper()
address = await io.listen(other=page)
async with http_client.Client() as http:
    assert "I read" in (await http.get(address.url)).text()
show.page(address.url, height=200, title="the paper")

# %% id="said"
async with Client(address.url) as ada:
    ada.on("said", lambda text: print("Ada hears:", text))
    await ada.emit_with_ack("read", "news", True)
    io.to("news").emit("said", "It rains in Busan.")
    io.to("cats").emit("said", "Nabi has slept all day.")
    await ada.emit_with_ack("read", "news", False)  # what was sent before it has come
    io.to("news").emit("said", "It rains no more.")

# %% [markdown] id="said-text"
# Ada is a program, and the page is a browser. For the room they are the same: two members. (If you ticked *news*, your
# page has heard the third line, too. Ada had left the room by then.) How does an event look when it comes from a room?
# Here a plain WebSocket joins by hand (lesson 09).


# %% id="wire"
def knock(port):
    path = "/socket.io/?EIO=4&transport=websocket"
    return ws.connect(port.url.replace("http", "ws") + path)


async def by_hand():
    io = paper()
    async with io.listen() as port, knock(port) as plain:
        for line in ("40", '42["read","news",true]'):
            await plain.send(line)
        await asyncio.sleep(1)
        io.to("news").emit("said", "It rains in Busan.")
        while not (message := await plain.recv()).startswith("42"):
            continue
        print(message)


clock.simulate(by_hand())

# %% [markdown] id="wire-text"
# The room is not in it: the packet is that of any other event. **Only the server knows of rooms.** So a client cannot
# see in which rooms it is, unless the server tells it by an event. The article says the same.

# %% [markdown] id="table"
# ## 2 · A table with two indexes
#
# Where is a room? It is a row in a table of the server: under each name, the ids of its members. (In Socket.IO the
# object that has this table, and sends to the members, is the **adapter**.) Here is a table with ten thousand rooms.
# Ada's connection ends. What is there to do?


# %% id="one-index"
rooms = {}


def join(id, room):
    rooms.setdefault(room, set()).add(id)


for number in range(100_000):
    join(f"reader {number}", f"topic {number % 10_000}")
for room in ("topic 7", "topic 99", "news"):
    join("Ada", room)

found = sorted(room for room, members in rooms.items() if "Ada" in members)
print(f"looked into {len(rooms):,} rooms to find {found}")

# %% [markdown] id="one-index-text"
# Each of these rooms has to be looked into, although she is in three. A table the other way round, with the rooms of
# each id, finds hers at once. But in that one, an event for *news* has to look at each of a hundred thousand readers.
# **So keep both.** Each of them is an **index** of the same facts. Whoever changes one changes the other.
#
# Here are both indexes of the library, for two clients, and the events that its adapter tells.


# %% id="tables"
def show_tables(io, names):
    """Both indexes, with names in place of ids."""
    adapter = io.of("/").adapter
    for title, index in (("rooms", adapter.rooms), ("sids", adapter.sids)):
        for key, row in index.items():
            said = [names.get(one, one) for one in row]
            print(f"    {title:5} {names.get(key, key)}:", *said)


def tell(io, names):
    """Print each event of the adapter."""

    def printed(event):
        return lambda *told: print(" ", event, *(names.get(x, x) for x in told))

    for event in ("create-room", "join-room", "leave-room", "delete-room"):
        io.of("/").adapter.on(event, printed(event))


# %% id="tables-run"
async def two_readers():
    io = Server()
    async with io.listen() as port, Client(port.url) as ada, Client(port.url) as kim:
        names = {ada.id: "(Ada)", kim.id: "(Kim)"}
        one, other = io.sockets.sockets[ada.id], io.sockets.sockets[kim.id]
        tell(io, names)
        print("Ada joins, and joins again, and Kim joins")
        for socket in (one, one, other):
            socket.join("news")
        show_tables(io, names)
        print("Ada's connection ends")
        one.disconnect()
        show_tables(io, names)
        print("Kim's connection ends")


clock.simulate(two_readers())

# %% [markdown] id="tables-text"
# * `(Ada)` is in a room from the beginning, alone: **each socket's own id is a room**. So `io.to(socket.id)` is a
#   message to one.
# * A room is a set. To join twice changes nothing, so it tells nothing. Nor does leaving a room in which one is not.
# * Nobody has to make a room. It begins with its first member (`create-room`, and then `join-room`), and ends with
#   its last one (`leave-room`, and then `delete-room`). An empty room is **not in the table**. Else a server that
#   runs for a year has all names of that year in its memory.
# * When a connection ends, its socket leaves all of its rooms, also its own, and is in neither index.
#
# Write this table in exercise
# [11.1](../exercises/11_broadcasting_and_rooms.ipynb#11.1-·-The-table-of-rooms).
#
# And now read `paper` once more. Why does it look into `TOPICS` before anybody joins? A client that may join any
# name can join *Kim's id*, and hear what is for Kim alone.

# %% [markdown] id="who"
# ## 3 · Who gets it?
#
# Rooms overlap. The article says, and leaves it open:
#
# > socket 은 두개 이상의 room 에 있어도 이벤트를 한번만 받는다. ... 추가조사필요
#
# (*A socket gets an event only once, even if it is in two or more rooms … needs more research.*) Let us look. Here are
# four readers, and a **map** that shows the rooms of each. Mia wants silence, and is in *muted*.

# %% id="people"
ROOMS = {
    "Ada": ["news"],
    "Kim": ["news", "cats"],
    "Lee": ["cats"],
    "Mia": ["news", "muted"],
}


# %% id="come"
async def come(party, name, rooms, where="/"):
    namespace = party.io.of(where)
    client = await Client(party.url + where, transports=["websocket"]).connect()
    client.on("hey", lambda: party.heard.append(name) or name)
    socket = namespace.sockets[client.id]
    socket.on("hey", lambda: party.heard.append("the server") or "ok")
    socket.data["name"] = name
    socket.join(rooms)
    party.clients[name], party.sockets[name] = client, socket


# %% id="with-people"
async def with_people(run):
    """Let `run(party)` speak to the four."""
    party = SimpleNamespace(io=Server(), clients={}, sockets={}, heard=[])
    async with party.io.listen() as port:
        party.url = port.url
        for name, rooms in ROOMS.items():
            await come(party, name, rooms)
        await run(party)


# %% id="map" tags=["nbval-ignore-output"]
live = SimpleNamespace(io=Server(), clients={}, sockets={}, heard=[])
live_port = await live.io.listen()
live.url = live_port.url
for name, rooms in ROOMS.items():
    await come(live, name, rooms)
the_map = room_map.RoomMap(live.io)
assert the_map.people() == list(ROOMS)
the_map

# %% [markdown] id="bet-text"
# ### Your bet
#
# Kim is in both rooms, and Ada sends. How often is each of these lines heard, by all four together?
#
# ```
# socket.to("news").to("cats").emit("hey")       // socket is Ada's
# socket.to(socket.id).emit("hey")
# ```

# %% id="bet"
choices = [f"{times}, and {again}" for times in "345" for again in ("never", "once")]
my_bet = bets.bet("Times that the two lines are heard", choices=choices)
my_bet


# %% id="emitted"
async def emitted(party, emit, **given):
    """Who has heard it?"""
    party.heard.clear()
    emit("hey", **given)
    await asyncio.sleep(1)
    return sorted(party.heard)


# %% id="demonstration"
counts = []


async def demonstration(party):
    ada = party.sockets["Ada"]
    for chain in (ada.to("news").to("cats"), ada.to(ada.id)):
        heard = await emitted(party, chain.emit)
        print("heard by:", *heard)
        counts.append(len(heard))


clock.simulate(with_people(demonstration))
my_bet.reveal(f"{counts[0]}, and {'once' if counts[1] else 'never'}")

# %% [markdown] id="demonstration-text"
# *This is the demonstration of this lesson.* Kim is in both rooms, and hears it **once**: the article is right. And
# what Ada says to the room of her own id is heard by nobody. Why? Think of sets.

# %% id="sets"
news, cats, muted = {"Ada", "Kim", "Mia"}, {"Kim", "Lee"}, {"Mia"}
print("news or cats:           ", sorted(news | cats))
print("without the sender, Ada:", sorted((news | cats) - {"Ada"}))
print("Ada's room, without Ada:", sorted({"Ada"} - {"Ada"}))
print("without the muted:      ", sorted((news | cats) - muted))

# %% [markdown] id="sets-text"
# `to` **adds** the members of a room. This is a **union** of sets, and nobody is in a set twice. `except_` takes the
# members of a room away. (The words `except` and `in` of JavaScript are Python's own, so they have a `_` here.) And
# `socket.to("news")` is `io.to("news")`, without the room of the sender's own id.
#
# Who hears each of these? Here `socket` is Ada's.

# %% id="cases"
CASES = {
    'io.in_("cats")': lambda io, socket: io.in_("cats"),
    'io.to("cats").to("muted")': lambda io, socket: io.to("cats").to("muted"),
    'io.to("cats").except_("news")': lambda io, socket: io.to("cats").except_("news"),
    'io.except_("news")': lambda io, socket: io.except_("news"),
    "socket.broadcast": lambda io, socket: socket.broadcast,
    'socket.except_("cats")': lambda io, socket: socket.except_("cats"),
    'io.to("sport")': lambda io, socket: io.to("sport"),
    "io.to([])": lambda io, socket: io.to([]),
}

# %% id="asked" tags=["nbval-ignore-output"]
chain = live.io.to("cats").except_("news")
line = 'io.to("cats").except_("news")'
asked = the_map.who(line, lambda: chain.emit("hey"), live.clients)
assert not live.heard  # it is sent when you have answered
asked


# %% id="cases-run"
async def each_case(party):
    for case, chain in CASES.items():
        chosen = chain(party.io, party.sockets["Ada"])
        print(f"{case:30}", *await emitted(party, chosen.emit))


clock.simulate(with_people(each_case))

# %% id="answer"
assert await the_map.received(lambda: chain.emit("hey"), live.clients) == ["Lee"]
await asked.reveal()

# %% [markdown] id="cases-text"
# * `in_` and `to` are the same. `broadcast` is everybody but the sender.
# * Whoever is in a room of `except_` is left out, whatever other rooms they are in.
# * A room that is not in the table has no members: **nobody** hears it. But where **no room is named**, everybody does,
#   also with an empty list. (The official server does the same.) So look before you write `io.to(friends)`:
#   somebody may have no friends.
#
# Each of these methods gives a new chain, and changes nothing. So a part may be kept: `readers = io.to("news")`, and
# later `readers.except_("muted")`.
#
# Who receives an event? Compute it in exercise
# [11.2](../exercises/11_broadcasting_and_rooms.ipynb#11.2-·-The-recipients).

# %% [markdown] id="emit"
# ## 4 · The article's two lists, complete
#
# In lessons 09 and 10 you have run some lines of the article's two lists. Here are all of them. Its *room1* is our
# *news*, *room2* is *cats*, and *room3* is *muted*. Noa and Ola are in *myNamespace*, and Noa is in a *news* there.
# `socket` is Ada's, and each line ends with `.emit("hey")`. Before you look: who?

# %% id="lines"
BOTH = ["news", "cats"]
LINES = {
    "socket": lambda io, s: s,
    "socket.broadcast": lambda io, s: s.broadcast,
    "socket.to(room1)": lambda io, s: s.to("news"),
    "socket.to([room1, room2])": lambda io, s: s.to(BOTH),
    "io.in(room1)": lambda io, s: io.in_("news"),
    "io.to([room1, room2]).except(room3)": lambda io, s: io.to(BOTH).except_("muted"),
    "io.of(myNamespace)": lambda io, s: io.of("myNamespace"),
    "io.of(myNamespace).to(room1)": lambda io, s: io.of("myNamespace").to("news"),
    "io.to(socketId)": lambda io, s: io.to(s.id),
}

# %% id="more-lines"
LINES |= {
    "io.local": lambda io, s: io.local,
    "io": lambda io, s: io,
    "io.timeout(5000), answers": lambda io, s: io.timeout(5),
    "socket.to(socket.id)": lambda io, s: s.to(s.id),
    "socket, answer": lambda io, s: s,
    "socket.compress(false)": lambda io, s: s.compress(False),
    "socket.volatile": lambda io, s: s.volatile,
    "socket.timeout(5000), answer": lambda io, s: s.timeout(5),
}


# %% id="lines-run"
async def each_line(party, lines, ada):
    for line, chain in lines.items():
        answers, given = [], {}
        if "answer" in line:
            given["callback"] = lambda *values, to=answers: to.append(values)
        heard = await emitted(party, chain(party.io, ada).emit, **given)
        print(f"{line:36}", *heard, *answers)


async def server_lines(party):
    await come(party, "Noa", ["news"], "/myNamespace")
    await come(party, "Ola", [], "/myNamespace")
    await each_line(party, LINES, party.sockets["Ada"])


clock.simulate(with_people(server_lines))

# %% [markdown] id="lines-text"
# Compare them with the article's comments. One line is not exact: beside `io.emit` stands *to all connected clients*.
# It is all of the main namespace, and Noa and Ola are in another one, with rooms of its own (lesson 12). About
# `socket.to(socket.id)` the article warns, and it is right. `local` means *of this server*, and here is only one
# (lesson 16). `compress`, `volatile` and `timeout` choose nobody: they say **how** to send, to one or to many (lesson
# 10).
#
# And the client's list. Who hears what Ada's client emits?


# %% id="client-lines"
CLIENT = {
    "socket": lambda io, s: s,
    "socket, answer": lambda io, s: s,
    "socket.compress(false)": lambda io, s: s.compress(False),
    "socket.volatile": lambda io, s: s.volatile,
    "socket.timeout(5000), answer": lambda io, s: s.timeout(5),
}


async def client_lines(party):
    await each_line(party, CLIENT, party.clients["Ada"])


clock.simulate(with_people(client_lines))

# %% [markdown] id="client-lines-text"
# The server, and nobody else: a client has no `to`. If others shall hear it, a listener on the server sends it on, for
# example with `socket.to("news").emit("said", text)`.

# %% [markdown] id="goodbye"
# ## 5 · Goodbye
#
# Ada's connection ends, and the members of her rooms want to know. The socket has two events for that. Which one is
# right? Here both say goodbye to `socket.rooms`.


# %% id="goodbye-run"
def goodbye(event):
    async def says(party):
        ada = party.sockets["Ada"]

        @ada.on(event)
        def ends(reason, _):
            news = party.io.of("/").adapter.rooms["news"]
            print(f"{event}: in {len(ada.rooms)} rooms, {len(news)} in news", end=", ")
            ada.to(ada.rooms).emit("hey")

        party.clients["Ada"].leave()
        await asyncio.sleep(1)
        print("heard by:", *party.heard)

    return with_people(says)


for event in ("disconnecting", "disconnect"):
    clock.simulate(goodbye(event))

# %% [markdown] id="goodbye-text"
# In `"disconnecting"` the socket is still in its rooms, and each other member hears it once. In `"disconnect"` it is in
# none. (The article says so, too.) And then `ada.to([])` names no room: everybody hears it.
#
# But as long as Ada is in her rooms, a list of their members has her in it, as a **ghost**: three in *news*, and then
# two. So leave her out of the list in `"disconnecting"`, or send it in `"disconnect"`, to rooms that you have
# remembered. (For `"disconnecting"` write a plain `def`: an `async def` may run only when she is in no room.)

# %% [markdown] id="chat-text"
# ### The chat of the article's test
#
# The article has tests for a chat with rooms. They say what its server does:
#
# | when a client | the server |
# |---|---|
# | connects | tells it `roomList`: the names of all rooms |
# | emits `create`, with a room and a user's name | lets it join; tells the room a `notice` with the socket's id, and `userList`, the room's users; tells everybody the new `roomList` |
# | leaves | tells the same three, without that user |
#
# What can it read from the adapter's table?


# %% id="room-list"
async def room_list(party):
    adapter = party.io.of("/").adapter
    print(len(adapter.rooms), "rooms in the table")
    print("without ids:", [room for room in adapter.rooms if room not in adapter.sids])
    for name, socket in party.sockets.items():
        socket.data["user"] = name  # what you want to remember of a client
    for room in ("news", "sport"):
        members = await party.io.in_(room).fetch_sockets()
        print(f"in {room}:", [socket.data["user"] for socket in members])


clock.simulate(with_people(room_list))

# %% [markdown] id="room-list-text"
# More than half of the rooms in the table are ids of sockets. No reader wants to see those in a `roomList`. A user's
# name is not in the table. Keep it in `socket.data`, a dict for what you want to remember of a client. Then
# `fetch_sockets` finds the names of a room, and of a room that is not there it finds none.
#
# Write the chat in exercise
# [11.4](../exercises/11_broadcasting_and_rooms.ipynb#11.4-·-The-chat).

# %% [markdown] id="once"
# ## 6 · Encoded once
#
# An event for a thousand readers is the same packet for each. How much work is it? Here are two ways to send a list of
# users: a loop over all sockets, and `io.emit`. The parser counts the bytes that it has written.


# %% id="ways"
def for_each(io, *event):
    for socket in io.sockets.sockets.values():
        socket.emit(*event)


def once(io, *event):
    io.emit(*event)


class Counting(packet.Parser):
    encoded = 0

    def encode(self, one):
        messages = super().encode(one)
        self.encoded += sum(map(len, messages))
        return messages


# %% id="cost"
USERS = [{"name": f"user {n}", "room": "news"} for n in range(300)]


async def costs(receivers):
    """For each way: bytes encoded for an event, seconds of the processor."""
    io, found = Server(parser=Counting()), {}
    async with io.listen() as port:
        for _ in range(receivers):
            await Client(port.url, transports=["websocket"]).connect()
        for way in (for_each, once) * 3:
            io.parser.encoded, before = 0, time.process_time()
            way(io, "userList", USERS)
            took = time.process_time() - before
            _, least = found.get(way.__name__, (0, took))
            found[way.__name__] = io.parser.encoded, min(least, took)
            await asyncio.sleep(1)
    return found


# %% id="cost-run"
found = {receivers: clock.simulate(costs(receivers)) for receivers in (10, 100, 1000)}
print("receivers   for_each           once")
for receivers, ways in found.items():
    print(f"{receivers:9,}", *(f"{size:12,} bytes" for size, _ in ways.values()))

# %% id="cost-plot" tags=["nbval-ignore-output"]
times = {
    way: {receivers: ways[way][1] for receivers, ways in found.items()}
    for way in ("for_each", "once")
}
assert times["once"][1000] < times["for_each"][1000] / 1.5
plots.speed(times, size="receivers", unit="sockets")

# %% [markdown] id="cost-text"
# In the loop the packet is **encoded** once for each reader, and in the broadcast once for all. What is left is to
# give it to each connection: this grows with the number of readers, in both ways. (Here the network is in memory. On
# a real one each reader costs a call of the operating system, too.)
#
# Not only the JSON is made once. A server masks nothing (lesson 04), so the **frame** of the WebSocket is the same for
# all as well. Only a link that compresses needs its own: its compression depends on what it has sent before. And a
# reader who polls gets no frames.

# %% [markdown] id="middle"
# ## 7 · In the middle of a broadcast
#
# How does one write that loop? Here are five members, each with a function that sends. Kim's finds that she has left,
# and takes her out of the table. Lee's connection is broken. Mia's is slow.


# %% id="members"
def five(trouble):
    """The members; one of them has a trouble."""
    loop, members = asyncio.get_running_loop(), {}

    async def send(name):
        if name == trouble == "Kim":
            del members[name]
        elif name == trouble == "Lee":
            raise ConnectionClosed("Lee's connection is broken")
        else:
            await asyncio.sleep(30 if name == trouble == "Mia" else 0)
            print(f"  {loop.time():2.0f} s: {name}")

    members |= {name: send for name in ("Ada", "Kim", "Lee", "Mia", "Noa")}
    return members


# %% id="naive"
async def naive(trouble):
    members = five(trouble)
    try:
        for name, send in members.items():
            await send(name)
    except Exception as error:
        print("  ", repr(error))


for trouble in ("Kim", "Lee", "Mia"):
    print("trouble with", trouble)
    clock.simulate(naive(trouble))

# %% [markdown] id="naive-text"
# Each time **one** member has the trouble, and **others** get nothing, or get it late. Three rules:
#
# * Somebody may leave while the loop runs. So go through a **copy**, and look before each one whether they are still
#   a member: whoever has left gets nothing.
# * An error of one is reported, and the loop goes on.
# * Nobody waits for anybody else. Put the event into each member's own buffer, and let each connection take from there
#   as fast as it can. This is why `emit` is no `async def`. (Such a buffer needs a limit: lesson 10.) A `send` that
#   has to be awaited gets a task for each member.
#
# Here is the library. Mia's link is stuck, and Kim leaves at the same moment.


# %% id="library"
async def in_the_middle():
    io, loop, clients = Server(), asyncio.get_running_loop(), {}
    async with io.listen() as port, proxy.Proxy(port) as stuck:
        for name in ("Ada", "Kim", "Mia", "Noa"):
            way = stuck if name == "Mia" else port
            client = Client(way.url, transports=["websocket"])
            client.on("hey", lambda name=name: print(f"  {loop.time():2.0f} s: {name}"))
            clients[name] = await client.connect()
        stuck.conditions.stalled = True
        clients["Kim"].leave()
        io.emit("hey")
        await asyncio.sleep(30)
        stuck.conditions.stalled = False
        await asyncio.sleep(1)


clock.simulate(in_the_middle())

# %% [markdown] id="library-text"
# The stuck link delays Mia alone. Write such a broadcast in exercise
# [11.3](../exercises/11_broadcasting_and_rooms.ipynb#11.3-·-A-broadcast).

# %% [markdown] id="answers"
# ## 8 · An answer of each
#
# A broadcast may ask, too. In lesson 10 you have collected answers of several clients, with one deadline for all.
# Here is `io.timeout(5000).emit(…)` of the article, in Python. Lee has no listener.


# %% id="answers-run"
async def ask_all(party):
    party.clients["Lee"].off("hey")
    names = {socket.id: name for name, socket in party.sockets.items()}
    for room in ("news", "cats"):
        try:
            answers = await party.io.to(room).timeout(5).emit_with_ack("hey")
        except TimeoutError as late:
            answers = late.responses
        by_name = {names[id]: answer for id, answer in answers.by_id.items()}
        print(room, answers, by_name, "missing:", [names[id] for id in answers.missing])


clock.simulate(with_people(ask_all))

# %% [markdown] id="answers-text"
# If all have answered, it is a list of their answers, in the order in which they came. Else it is a `TimeoutError`,
# and its `responses` has **what has come**, and **who is missing**. (With a callback it is `f(error, responses)`. The
# official server tells the answers only, and not whose they are.) A member that leaves is missing at once, as in
# lesson 10.

# %% [markdown] id="many"
# ## 9 · Many at once
#
# A chain can do more than emit. Three methods change all sockets that it names, and one gives their list. How do the
# rooms change here?


# %% id="rooms-now"
def rooms_now(party):
    names = {socket.id: name for name, socket in party.sockets.items()}
    rooms = party.io.of("/").adapter.rooms
    for room in [room for room in rooms if room not in names]:
        print(f"    {room:6}", *(names[id] for id in rooms[room]))


# %% id="many-run"
async def many_at_once(party):
    io = party.io
    print("cats join the zoo")
    io.in_("cats").sockets_join("zoo")
    rooms_now(party)
    print("all but cats leave the news")
    io.except_("cats").sockets_leave("news")
    rooms_now(party)
    print("the muted are sent away")
    io.in_("muted").disconnect_sockets()
    rooms_now(party)
    print(len(await io.fetch_sockets()), "sockets are left")


clock.simulate(with_people(many_at_once))

# %% [markdown] id="many-text"
# So a server can move readers from room to room, or send one away: `io.in_(id).disconnect_sockets()`. Here it is done
# at once. `fetch_sockets` has to be awaited, because with several servers it asks the others, too (lesson 16).

# %% id="close"
for client in live.clients.values():
    await client.disconnect()
await live_port.close()
await address.close()

# %% [markdown] id="python-socketio" folded=true
# ## 10 · Appendix: the same with python-socketio
#
# `python-socketio` has rooms, too. Here is the paper once more. Kim is in both rooms, and Ada says something to both.


# %% id="other-paper"
import socketio


def their_paper():
    sio = socketio.AsyncServer(async_mode="asgi", monitor_clients=False)

    @sio.on("read")
    async def read(sid, topic, wants):
        await sio.enter_room(sid, topic)

    @sio.on("say")
    async def say(sid, text):
        await sio.emit("said", text, to=["news", "cats"], skip_sid=sid)

    sio.on("disconnect", lambda sid, _: print("in", len(sio.rooms(sid)), "rooms"))
    return socketio.ASGIApp(sio)


# %% [markdown] id="other-paper-text"
# This is an **ASGI** application: another server has to call it, with one function for what comes and one for what
# goes. We call it ourselves, and play a WebSocket. Which bytes go out?


# %% id="other-member"
UPGRADE = [(b"upgrade", b"websocket"), (b"connection", b"upgrade")]
SCOPE = {"type": "websocket", "path": "/socket.io/", "headers": UPGRADE}
SCOPE["query_string"] = b"EIO=4&transport=websocket"


async def member(app, name, *lines):
    comes = asyncio.Queue()

    async def goes(message):
        if (message.get("text") or "").startswith("42"):
            print(name, "gets", message["text"])

    comes.put_nowait({"type": "websocket.connect"})
    for line in ("40", *lines):
        comes.put_nowait({"type": "websocket.receive", "text": line})
    end = {"type": "websocket.disconnect"}
    asyncio.get_running_loop().call_later(9, comes.put_nowait, end)
    await app(SCOPE, comes.get, goes)


# %% id="other-run"
async def their_members():
    app, news, cats = their_paper(), '42["read","news",true]', '42["read","cats",true]'
    async with asyncio.TaskGroup() as members:
        members.create_task(member(app, "Kim", news, cats))
        members.create_task(member(app, "Lee", cats))
        await asyncio.sleep(1)
        members.create_task(member(app, "Ada", news, '42["say","hi"]'))


clock.simulate(their_members())
[ours] = packet.encode(Packet(Type.EVENT, ["said", "hi"]))
print("ours:   ", "4" + ours)

# %% [markdown] id="other-text"
# The same bytes, and Kim gets them once. In its `disconnect` the rooms are still there. (It has no `disconnecting`.)
#
# | here | python-socketio |
# |---|---|
# | `socket.join("news")`, `socket.leave("news")` | `await sio.enter_room(sid, "news")`, `await sio.leave_room(sid, "news")` |
# | `io.to("news").to("cats").emit("said", text)` | `await sio.emit("said", text, to=["news", "cats"])` |
# | `socket.to("news").emit("said", text)` | `await sio.emit("said", text, to="news", skip_sid=sid)` |
# | `io.except_("muted")` | none: `skip_sid` takes ids, and no rooms |
# | `socket.rooms` | `sio.rooms(sid)` |
# | `io.in_("news").sockets_leave("news")` | `await sio.close_room("news")` |
# | `io.timeout(5).emit_with_ack(…)` | none |

# %% [markdown] id="missing"
# ## 11 · What is still missing
#
# You can send to anybody whom you can name. But who may come in, and who may join which room? The paper looks into a
# list of topics. The chat of a company asks for a password, once, and not in each listener. And its staff and its
# guests should not meet in one list of rooms: they are in two **namespaces**. That is lesson 12.
#
# **Summary**
#
# * A room is a name, and the sockets that have joined it. Only the server knows of it.
# * It is kept in two indexes, by room and by id, which change together. Each id is a room. An empty room is not there.
# * `to` makes a union, so each receiver gets the event once. `except_` takes away. No room named is everybody.
# * `socket.to(…)` leaves the sender out, by the room of its own id.
# * An event for many is encoded once. Each connection has its own buffer, so nobody waits for another.
# * In `"disconnecting"` a socket has its rooms. In `"disconnect"` it has none.
#
# **Ask next.** If two servers have one chat, where is the table? How could Ada read what was said in *news* before she
# joined? A room has a million members: can one event for it be too much?

# %% id="glossary"
lab.glossary("11")

# %% id="finish"
await lab.finish()
