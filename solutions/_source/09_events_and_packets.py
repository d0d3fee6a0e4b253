# %% [markdown] id="title"
# # 09 · Socket.IO: events and packets: exercises
#
# Write your answer where it says `YOUR CODE HERE`, run the cell with Shift+Enter, then run the cell
# with `check` below it. `checks.hint("9.1")` gives three hints, one at a time, and
# `checks.hint("9.1", 1)` shows the first one again.
#
# If your time is short, do the exercises marked *Core*. The others are for practice.
#
# At the end of each exercise your code works inside the library, and speaks with somebody who has
# never seen it.

# %% id="start"
import asyncio
import json

import socketio

from course_lib import lab
from course_lib.lab import checks, clock, official_socketio, your_socketio
from course_lib.lab.checks import check
from course_lib.net import ws
from course_lib.socketio import Server
from course_lib.wire.socketio import packet

lab.start()


# %% id="start-server"
def served():
    """A server for 9.1 and 9.2: it repeats what is said, asks how you are, and adds numbers."""
    server = Server()

    def joined(socket):
        @socket.on("say")
        async def said(text, more):
            socket.emit("news", text)
            print("the server is answered", await socket.emit_with_ack("how"))

        socket.on("add", lambda one, other: one + other)
        socket.on("bye", socket.disconnect)

    server.on("connection", joined)
    server.of("/admin").on("connection", joined)
    return server


# %% [markdown] id="write" exercise="9.1" role="prompt"
# ## 9.1 · Encode
#
# Core, 12 minutes. Prepared by
# [A packet](../notebooks/09_events_and_packets.ipynb#3-·-A-packet).
#
# Write `encode(kind, data, namespace, id)`. It returns the text that a WebSocket carries: a packet of
# Socket.IO, in a **message of Engine.IO**.
#
# | argument | |
# |---|---|
# | `kind` | the type of the packet, a text of one digit: `"0"` to `"4"` |
# | `data` | a list or a dict; `None` if the packet has no data |
# | `namespace` | `"/"` is the main one |
# | `id` | a number; `None` if it has none |
#
# There are no bytes in the data. The JSON has no spaces between its parts, and its texts stay as they
# are, Hangul too.
#
# ```
# encode("2", ["say", "안녕"], "/", None)     ─▶  '42["say","안녕"]'
# encode("2", ["add", 2, 3], "/admin", 7)     ─▶  '42/admin,7["add",2,3]'
# ```


# %% id="write-stub" exercise="9.1" role="stub"
def encode(kind, data, namespace, id):
    ### BEGIN SOLUTION
    text = "4" + kind
    if namespace != "/":
        text += f"{namespace},"
    if id is not None:
        text += str(id)
    if data is not None:
        text += json.dumps(data, separators=(",", ":"), ensure_ascii=False)
    return text
    ### END SOLUTION


# %% id="write-check" exercise="9.1" role="check"
check("9.1")
### BEGIN HIDDEN TESTS
check("9.1").credit()
### END HIDDEN TESTS

# %% [markdown] id="write-wire-text"
# ### Your code on the wire
#
# The library's server writes its packets with your function. The official JavaScript client reads
# them: it joins three namespaces, one of which does not exist. (If Node.js is missing, messages that it
# once sent are sent again.)


# %% id="write-wire" exercise="9.1" role="wire"
checks.answered("9.1")

with checks.swap(packet, encode=your_socketio.encoding(encode)):
    async with checks.within(10), served().listen() as address:
        print(*await official_socketio.visit(address.url), sep="\n")

# %% [markdown] id="read" exercise="9.2" role="prompt"
# ## 9.2 · Decode
#
# For practice, 14 minutes. Prepared by
# [A packet](../notebooks/09_events_and_packets.ipynb#3-·-A-packet).
#
# And back: `decode(message)` takes such a message, which always begins with `4`, and returns four
# values, `(kind, data, namespace, id)`, as in 9.1. What is no packet raises `ValueError`. So does a type
# that is not in this table, and data that its type must not have:
#
# | type | data |
# |---|---|
# | `"0"` | an object, or none |
# | `"1"` | none |
# | `"2"` | an array whose first item is a text |
# | `"3"` | an array |
# | `"4"` | an object, or a text |
#
# Packets with attachments do not come here, and you need not look for reserved names.
#
# ```
# decode('42["say","안녕"]')          ─▶  ("2", ["say", "안녕"], "/", None)
# decode('42/admin,7["add",2,3]')     ─▶  ("2", ["add", 2, 3], "/admin", 7)
# decode('41/admin')                  ─▶  ("1", None, "/admin", None)
# decode('42{"say":"hi"}')            ─▶  ValueError
# ```


# %% id="read-stub" exercise="9.2" role="stub"
def decode(message):
    ### BEGIN SOLUTION
    kind, rest = message[1:2], message[2:]
    namespace, digits = "/", ""
    if rest.startswith("/"):
        namespace, _, rest = rest.partition(",")
    while rest[:1].isdigit():
        digits, rest = digits + rest[0], rest[1:]
    data = json.loads(rest) if rest else None
    fine = {
        "0": data is None or isinstance(data, dict),
        "1": data is None,
        "2": isinstance(data, list) and data and isinstance(data[0], str),
        "3": isinstance(data, list),
        "4": isinstance(data, dict | str),
    }
    if not fine.get(kind):
        raise ValueError(f"no packet: {message[:40]}")
    return kind, data, namespace, int(digits) if digits else None
    ### END SOLUTION


# %% id="read-check" exercise="9.2" role="check"
check("9.2")
### BEGIN HIDDEN TESTS
check("9.2").credit()
### END HIDDEN TESTS

# %% [markdown] id="read-wire-text"
# ### Your code on the wire
#
# The same server reads with your function what the official client sends: a namespace with a token,
# the id 0, answers, and texts with commas and slashes in them. Then somebody sends,
# by hand, what is none of these. Does the server end the connection?


# %% id="read-wire" exercise="9.2" role="wire"
checks.answered("9.2")

with checks.swap(packet, decode=your_socketio.decoding(decode)):
    async with checks.within(10), served().listen() as address:
        print(*await official_socketio.visit(address.url), sep="\n")
        for bad in ("42" + json.dumps({"say": "hi"}), "42[]", "43/", "49"):
            print(bad, await official_socketio.after(address.url, bad))

# %% [markdown] id="hear" exercise="9.3" role="prompt"
# ## 9.3 · Listeners
#
# Core, 18 minutes. Prepared by
# [Events and listeners](../notebooks/09_events_and_packets.ipynb#4-·-Events-and-listeners).
#
# Write a class `Listeners`: the listeners of one socket, which are plain functions.
#
# | method | |
# |---|---|
# | `on(name, listener)` | call `listener(*args)` at each event of this name |
# | `once(name, listener)` | at the next one only; it has left **before** it is called |
# | `off(name, listener)` | call it no more, whether `on` or `once` has registered it; `off(name)`: none of this name. If there is none, nothing happens |
# | `on_any(listener)` | call `listener(name, *args)` at each event that is received, before the event's own listeners |
# | `receive(name, *args)` | the peer has sent an event: call its listeners, in the order in which they were registered |
# | `tell(name, *args)` | the library has news of its own, such as `"connect"`: call the listeners of this name, and no catch-all |
#
# * If a listener raises an exception, the others are called all the same. `receive` returns a list of the
#   exceptions, which is empty if there were none. What `tell` returns does not matter.
# * Whoever is registered when the event comes is called, whatever the listeners do meanwhile.
# * `receive` raises `ValueError` for a reserved name, and calls nobody. The six: `connect`,
#   `connect_error`, `disconnect`, `disconnecting`, `newListener`, `removeListener`. A program may
#   listen to them: `tell` calls its listeners.
#
# Then use such a thing. `follow(client, show)` is called **once**, before the client connects. Its
# `client` has `on`, `once`, `off` and `emit`. Each time that it is told `"connect"`, it is to say
# `client.emit("join")`. And each event `"news"`, which has one argument, is shown: `show(text)`.


# %% id="hear-stub" exercise="9.3" role="stub"
class Listeners:
    def __init__(self):
        ### BEGIN SOLUTION
        self.named, self.catch_all = {}, []
        ### END SOLUTION

    def on(self, name, listener):
        ### BEGIN SOLUTION
        self.named.setdefault(name, []).append((listener, False))
        ### END SOLUTION

    def once(self, name, listener):
        ### BEGIN SOLUTION
        self.named.setdefault(name, []).append((listener, True))
        ### END SOLUTION

    def off(self, name, listener=None):
        ### BEGIN SOLUTION
        entries = self.named.get(name, [])
        self.named[name] = [one for one in entries if listener not in (None, one[0])]
        ### END SOLUTION

    def on_any(self, listener):
        ### BEGIN SOLUTION
        self.catch_all.append(listener)
        ### END SOLUTION

    def receive(self, name, *args):
        ### BEGIN SOLUTION
        if name in RESERVED:
            raise ValueError(f"nobody may send {name}")
        errors = []
        for listener in [*self.catch_all]:
            errors += run(listener, name, *args)
        return errors + self.tell(name, *args)
        ### END SOLUTION

    def tell(self, name, *args):
        ### BEGIN SOLUTION
        errors = []
        for entry in [*self.named.get(name, [])]:
            listener, once = entry
            if once and entry in self.named[name]:
                self.named[name].remove(entry)
            errors += run(listener, *args)
        return errors


RESERVED = {
    "connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener",
}  # fmt: skip


def run(listener, *args):
    try:
        listener(*args)
    except Exception as error:
        return [error]
    return []
    ### END SOLUTION


def follow(client, show):
    ### BEGIN SOLUTION
    client.on("connect", lambda: client.emit("join"))
    client.on("news", show)
    ### END SOLUTION


# %% id="hear-check" exercise="9.3" role="check"
check("9.3")
### BEGIN HIDDEN TESTS
check("9.3").credit()
### END HIDDEN TESTS

# %% [markdown] id="hear-wire-text"
# ### Your code on the wire
#
# In the library's client the listeners are in an object of your class. It connects three times to a
# server, and each time it hears three news. Another listener, registered by `once`, has
# a mistake.


# %% id="hear-wire" exercise="9.3" role="wire"
checks.answered("9.3")


def welcome(socket):
    @socket.on("join")
    def joined():
        for words in ("안녕 👋", "how are you?", "until soon"):
            socket.emit("news", words)


def reported(error, where):
    print("   reported:", error)


async def three_times():
    server = Server()
    server.on("connection", welcome)
    async with server.listen() as address:
        client = your_socketio.Client(address.url, Listeners, on_error=reported)
        client.once("news", lambda text: text / 2)
        follow(client, lambda text: print("   shown:", text))
        for number in (1, 2, 3):
            print("connected, time", number)
            async with client:
                await asyncio.sleep(1)


clock.simulate(three_times())

# %% [markdown] id="bytes" exercise="9.4" role="prompt"
# ## 9.4 · Attachments
#
# For practice, 16 minutes. Prepared by [Bytes](../notebooks/09_events_and_packets.ipynb#5-·-Bytes).
#
# Two halves. `take_out(data)` gets the data of an event: a list, whose items may be lists and dicts, and so
# on, with `bytes` anywhere in them. It returns two values: the same data with
# `{"_placeholder": True, "num": n}` in the place of each `bytes`, and the list of these `bytes`.
# Numbers begin with 0 and count from left to right, as the JSON is written. The data that it was given
# stays as it was.
#
# The other half is a class. There is one `Collector()` for each connection, and it is told what comes:
#
# * `event(data, count)`: an event, of which `count` attachments follow. If there are none, it is complete:
#   return the data. Else return `None`.
# * `attachment(data)`: the next of them. At the last one return the data of the event, with each
#   attachment where the placeholder has its number. Before that, return `None`.
#
# Raise `ValueError` for an event while attachments are due, for an attachment while none is due, and for a
# placeholder whose number no attachment has, with the event or at its last attachment. (Then the connection
# is closed, and nothing more comes.)
#
# ```
# take_out(["photo", {"small": b"\x01"}, b"\x02"])
#   ─▶  (["photo", {"small": {"_placeholder": True, "num": 0}}, {"_placeholder": True, "num": 1}],
#        [b"\x01", b"\x02"])
# ```


# %% id="bytes-stub" exercise="9.4" role="stub"
def take_out(data):
    ### BEGIN SOLUTION
    attachments = []

    def out(value):
        if isinstance(value, bytes):
            attachments.append(value)
            return {"_placeholder": True, "num": len(attachments) - 1}
        if isinstance(value, list):
            return [out(one) for one in value]
        if isinstance(value, dict):
            return {key: out(one) for key, one in value.items()}
        return value

    return out(data), attachments
    ### END SOLUTION


class Collector:
    def __init__(self):
        ### BEGIN SOLUTION
        self.data, self.due, self.came = None, 0, []
        ### END SOLUTION

    def event(self, data, count):
        ### BEGIN SOLUTION
        if self.due:
            raise ValueError("attachments are due")
        self.data, self.due, self.came = data, count, []
        return None if count else data
        ### END SOLUTION

    def attachment(self, data):
        ### BEGIN SOLUTION
        if not self.due:
            raise ValueError("no attachment is due")
        self.came.append(data)
        self.due -= 1
        return None if self.due else self.put(self.data)

    def put(self, value):
        if isinstance(value, list):
            return [self.put(one) for one in value]
        if not isinstance(value, dict):
            return value
        if value.get("_placeholder") is not True:
            return {key: self.put(one) for key, one in value.items()}
        if not 0 <= value["num"] < len(self.came):
            raise ValueError(f"there is no attachment {value['num']}")
        return self.came[value["num"]]
        ### END SOLUTION


# %% id="bytes-check" exercise="9.4" role="check"
check("9.4")
### BEGIN HIDDEN TESTS
check("9.4").credit()
### END HIDDEN TESTS

# %% [markdown] id="bytes-wire-text"
# ### Your code on the wire
#
# The library's server sends each photo back that it gets. Your class puts it together, and your function takes
# it apart again. The client is python-socketio, by polling and on WebSocket. Does it get what it
# has sent?


# %% id="bytes-peer"
photos = [
    {"name": "고양이 🐱", "small": b"\x01\x02", "more": [[b""], {"large": bytes(70_000)}]},
    b"\xff\xfe",
]


async def sends_photos(url, way):
    back = asyncio.get_running_loop().create_future()
    client = socketio.AsyncClient(handle_sigint=False)
    client.on("photo", lambda *values: back.set_result(list(values)))
    await client.connect(url, transports=[way])
    await client.emit("photo", tuple(photos))
    print(f"{way}: back as it was sent:", await back == photos)
    await client.disconnect()


# %% id="bytes-wire" exercise="9.4" role="wire"
checks.answered("9.4")

mine = {
    "encode": your_socketio.taking_out(take_out),
    "Decoder": your_socketio.collecting(Collector),
}
echo = Server()
echo.on("connection", lambda socket: socket.on("photo", lambda *some: socket.emit("photo", *some)))
with checks.swap(packet, **mine):
    async with checks.within(5), echo.listen() as address:
        await sends_photos(address.url, "polling")
        await sends_photos(address.url, "websocket")

# %% [markdown] id="raw" exercise="9.5" role="prompt"
# ## 9.5 · A raw client
#
# For practice, 10 minutes. Prepared by
# [Stay](../notebooks/09_events_and_packets.ipynb#2-·-Stay).
#
# Write `async def visit(plain, text)`: a client of Socket.IO that has nothing but a WebSocket, which
# was opened at the right path. `await plain.recv()` gives the next message, and
# `await plain.send(message)` sends one; all of them are texts.
#
# * The first message is Engine.IO's handshake. Join the main namespace, and wait until the server lets
#   you in.
# * Then say, once, the event `say`, with `text` as its argument.
# * Answer three heartbeats. A heartbeat may come at any time, also before you have been let in.
# * After the third answer, return a list of all events that have come from the server until then. Each is
#   a list: its name, and its arguments.
#
# The server lets you in before the third heartbeat. Only heartbeats and events follow.


# %% id="raw-stub" exercise="9.5" role="stub"
async def visit(plain, text):
    ### BEGIN SOLUTION
    heard, heartbeats = [], 0
    await plain.recv()
    await plain.send("40")
    while heartbeats < 3:
        message = await plain.recv()
        if message == "2":
            await plain.send("3")
            heartbeats += 1
        elif message.startswith("40"):
            await plain.send("42" + json.dumps(["say", text]))
        elif message.startswith("42"):
            heard.append(json.loads(message[2:]))
    return heard
    ### END SOLUTION


# %% id="raw-check" exercise="9.5" role="check"
check("9.5")
### BEGIN HIDDEN TESTS
check("9.5").credit()
### END HIDDEN TESTS

# %% [markdown] id="raw-wire-text"
# ### Your code on the wire
#
# The library's server, on the virtual clock. It thinks for half a minute before it lets anybody in, so that the
# first heartbeat comes before its answer.


# %% id="raw-wire" exercise="9.5" role="wire"
checks.answered("9.5")


async def stays():
    server, loop = Server(connect_timeout=60), asyncio.get_running_loop()
    server.use(lambda socket: asyncio.sleep(30))

    @server.on("connection")
    def joined(socket):
        socket.on("say", lambda text: socket.emit("news", text.upper(), loop.time()))
        socket.on("disconnect", lambda why, _: print(f"{loop.time():.0f} s: it has left, {why}"))

    async with server.listen() as address:
        url = address.url.replace("http", "ws") + "/socket.io/?EIO=4&transport=websocket"
        async with ws.connect(url) as plain, asyncio.timeout(300):
            print("heard:", await visit(plain, "안녕, socket 👋"), f"after {loop.time():.0f} s")
        await asyncio.sleep(1)


clock.simulate(stays())

# %% id="progress"
checks.progress()

# %% id="finish"
await lab.finish()
