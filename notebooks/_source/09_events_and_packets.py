# %% [markdown] id="title"
# # 09 · Socket.IO: events and packets
#
# *A session carries text. Who says that one text is a chat message, and the next one a vote?*
#
# **Objectives.** At the end you can
#
# * speak Socket.IO by hand, with nothing but a WebSocket;
# * read and write its packets, also those with bytes in them;
# * register listeners once, and say which names are not yours;
# * say which object must listen, and run the lines of the article's list of ways to emit.
#
# **Prerequisites.** Lesson 07: packets of Engine.IO, heartbeats. Lesson 05: a WebSocket, text and binary.

# %% id="start"
import asyncio
import re

from course_lib import lab
from course_lib.errors import ConnectionClosed, LocalError, RemoteError
from course_lib.lab import bets, clock, compare, plots, show
from course_lib.net import http_client, http_server, ws
from course_lib.socketio import Client, ConnectError, Server
from course_lib.wire.http.http11 import Headers, Response
from course_lib.wire.socketio import packet
from course_lib.wire.socketio.packet import Packet, Type

lab.start()

# %% [markdown] id="knock"
# ## 1 · A WebSocket knocks
#
# The article that this course follows says of Socket.IO:
#
# > 패킷에 메타데이터를 추가했기 때문에 WebSocket client 는 Socket.IO 서버에 접속할 수 없고 그 반대도 마찬가지다.
#
# (*It adds metadata to the packets, so a WebSocket client cannot connect to a Socket.IO server, and the other
# way round.*) Is that so? Here is a chat on our Socket.IO server, and a plain WebSocket. Where does it have to
# knock?

# %% id="server"
chat = []  # what the chat has heard
io = Server()


@io.on("connection")
def joined(socket):
    socket.on("say", chat.append)


# %% id="paths"
address = await io.listen()
path = "/socket.io/?EIO=4&transport=websocket"


def knock(server, path=path):
    return ws.connect(server.url.replace("http", "ws") + path)


def hidden(text):
    return re.sub('"sid":"[^"]*"', '"sid":"(an id)"', text)


for asked in ("/", "/socket.io/", path):
    try:
        async with knock(address, asked) as plain:
            print(f"{asked}\n  opens, and hears {hidden(await plain.recv())}")
    except RemoteError as error:
        print(f"{asked}\n  {error}")

# %% [markdown] id="paths-text"
# `ws://` and a host are not enough. The path says that Socket.IO is meant, and not a page; `EIO=4` is the version
# of Engine.IO, and `transport` how the session begins (lesson 07). With them the WebSocket **does** connect.
# The first message is the handshake of Engine.IO: the digit `0`, and JSON.
#
# ### Your bet
#
# Now the plain WebSocket says `hello`. What becomes of it?

# %% id="bet"
choices = ["ignored", "printed by the chat", "the end of the connection"]
my_bet = bets.bet("hello is …", choices=choices)
my_bet


# %% id="by-hand"
async def by_hand(*lines):
    """Say these lines on a plain WebSocket.  Print what comes back after each."""
    async with knock(address) as plain:
        await plain.recv()  # the handshake
        for line in lines:
            await plain.send(line)
            try:
                async with asyncio.timeout(0.3):
                    answer = hidden(await plain.recv())
            except TimeoutError:
                answer = ""
            except ConnectionClosed:
                answer = "(the server ends the connection)"
            print(f"{line:35} {answer}")
    return answer


# %% id="demonstration"
answer = await by_hand("hello")
outcome = choices[2] if answer else choices[1] if chat else choices[0]
await by_hand('42["say","too early"]')
await by_hand("40", '2["say","one digit less"]')
await by_hand("40", '42["say","hi"]')
print("the chat has heard", chat)
my_bet.reveal(outcome)

# %% [markdown] id="demonstration-text"
# *This is the demonstration of this lesson.* The article is half right: a plain WebSocket connects, but `hello` is
# no packet, and the server ends the connection of whoever sends what is none. Two lines,
# typed by hand, are enough to take part:
#
# * `40`: `4` is a message of Engine.IO, and `0` in it means: *let me in*. The answer `40{"sid":…}` has the second
#   id of lesson 07, the one that may be public;
# * `42["say","hi"]`: `4` again, and `2`: an **event**. Its name is *say*, and its argument *hi*.
#
# Before `40` nobody listens. And a `2` alone is for the lower layer, which knows it as *ping*. A client may not
# say that: the server asks (lesson 07).

# %% [markdown] id="stay"
# ## 2 · Stay
#
# You are in. What has a client to do in order to **stay**? Here two of them say nothing more. One of them answers
# each `2` with a `3`.


# %% id="stays"
async def stays(answers):
    loop = asyncio.get_running_loop()
    async with Server().listen() as port, knock(port) as plain:
        try:
            await plain.send("40")
            while loop.time() < 100:
                if await plain.recv() == "2":
                    print(f"  {loop.time():3.0f} s: 2")
                    if answers:
                        await plain.send("3")
        except ConnectionClosed:
            print(f"  {loop.time():3.0f} s: (the server ends the connection)")


for answers in (False, True):
    print("answers each 2 with a 3:", answers)
    clock.simulate(stays(answers))

# %% [markdown] id="stays-text"
# You know all that a client needs: write one in exercise
# [9.5](../exercises/09_events_and_packets.ipynb#9.5-·-A-raw-client).
#
# And the other way round, a Socket.IO client at a plain WebSocket server? It waits for a `0{…}` that never comes:


# %% id="other-way"
async def other_way():
    loop = asyncio.get_running_loop()
    async with ws.serve(lambda connection: connection.recv()) as plain_server:
        url = plain_server.url.replace("ws", "http")
        try:
            await Client(url, transports=["websocket"]).connect()
        except ConnectError as error:
            print(f"after {loop.time():.0f} s:", str(error).partition(" at ")[0])


clock.simulate(other_way())

# %% [markdown] id="type"
# Now type it yourself. The page below has a plain WebSocket, and nothing else. Send `40`, and then
# `42["say","hi"]`. When a `2` comes, you have twenty seconds to send a `3`. (`print(chat)` shows what the chat has
# heard. Closed? Run the cell again.)

# %% id="type-page"
PAGE = """<!doctype html><meta charset=utf-8><title>A plain WebSocket</title>
<meta name=color-scheme content="light dark">
<form id=form><label>Send <input id=line size=36></label> <button>Send</button></form>
<pre id=log role=log style="white-space: pre-wrap; overflow-wrap: anywhere"
 aria-label="the conversation"></pre>
<script>
const show = text => log.append(text + "\\n")
const address = location.origin.replace("http", "ws")
const plain = new WebSocket(address + "/socket.io/?EIO=4&transport=websocket")
plain.onmessage = event => show("server: " + event.data)
plain.onclose = () => show("(closed)")
form.onsubmit = () => { plain.send(line.value); show("you: " + line.value)
                        line.value = ""; return false }
</script>"""


# %% id="type-show" tags=["nbval-ignore-output"]
def page(request):
    kind = Headers([("Content-Type", "text/html; charset=utf-8")])
    return Response(200, kind, PAGE.encode())


typed = await io.listen(other=page)  # the same chat, on a second port, with a page
async with http_client.Client() as http:
    assert "plain WebSocket" in (await http.get(typed.url)).text()
show.page(typed.url, height=260, title="a plain WebSocket, by hand")

# %% [markdown] id="packet"
# ## 3 · A packet
#
# `2["say","hi"]` is a **packet** of Socket.IO. (The `4` before it is Engine.IO's.) What else can stand in one?

# Its first character is a digit, its **type**. `0` and `1` enter and leave. `2` is an event, and `3` its answer (lesson 10). With `4` the server says no. `5` and
# `6` are section 5. After the digit stand up to four more parts, always in this order:
#
# ```
# type   [number of attachments -]   [namespace ,]   [id]   [JSON]
# ```
#
# A **namespace** is a part of an application, with listeners of its own (lesson 12). The main one is `/`. An **id**
# is a number: *please answer*.

# %% id="encode"
packets = [
    Packet(Type.EVENT, ["say", "안녕"]),
    Packet(Type.EVENT, ["say", "안녕"], namespace="/admin"),
    Packet(Type.EVENT, ["add", 2, 3], namespace="/admin", id=0),
    Packet(Type.ACK, [5], namespace="/admin", id=0),
    Packet(Type.CONNECT, {"token": "kimchi"}, namespace="/admin"),
    Packet(Type.CONNECT),
    Packet(Type.DISCONNECT, namespace="/admin"),
    Packet(Type.CONNECT_ERROR, {"message": "no"}),
]
for one in packets:
    [text] = packet.encode(one)
    print(f"{one.type.name:14} {text}")

# %% [markdown] id="encode-text"
# * An event is an **array**: its name, and then its arguments. So is an answer.
# * The main namespace is not written. Any other one is, with a comma after it, even where nothing follows.
# * The id stands after the namespace. Zero is an id like any other.
# * The JSON has no spaces, and Hangul in it stays Hangul. (In Python: `separators=(",", ":")` and
#   `ensure_ascii=False`.) Without data there is no JSON.
#
# In front of all that comes Engine.IO's `4`, and the text is on its way. Write it in exercise
# [9.1](../exercises/09_events_and_packets.ipynb#9.1-·-Encode).
#
# ### And back
#
# How do you take a packet apart? Commas stand between its parts, so one could split it there:

# %% id="split"
for text in ('2/admin,["say","hi"]', '2["say","well, hi"]', '2["go","/a,b"]'):
    print(text.split(","))

# %% [markdown] id="split-text"
# Commas stand in the JSON, too. So go from the left, and take only what may stand there:
#
# 1. one character: the type;
# 2. with type `5` or `6`: digits, and a `-`;
# 3. if the next character is a `/`: everything up to the next comma is the namespace. If there is no comma, it is
#    the rest of the text;
# 4. digits, if there are any: the id;
# 5. the rest, if there is one, is JSON.

# %% id="decode"
texts = [
    '2["say","well, hi"]',
    '213["say","hi"]',
    "0/admin",
    '2/admin,13["go",{"to":"/a,b"}]',
    "3/admin,0[5]",
]
for text in texts:
    one = packet.decode(text)
    print(f"{text:31} {one.type.name:8} {one.namespace:7} id={one.id} {one.data}")

# %% [markdown] id="decode-text"
# A peer can send anything. Should the application find out?

# %% id="refused"
for text in ('2{"say":"hi"}', "2[]", '2["connect"]', '2["say"', "3", "9"):
    try:
        packet.decode(text)
    except RemoteError as error:
        print(f"{text:14} {error}")

# %% [markdown] id="refused-text"
# No: the decoder refuses what its type does not allow, and the connection ends. An event has to be an array with a
# name. Write it in exercise
# [9.2](../exercises/09_events_and_packets.ipynb#9.2-·-Decode).

# %% [markdown] id="events"
# ## 4 · Events and listeners
#
# From here on we let the library write the packets. `emit` sends an event, and `on` names the function that is
# called when one comes: its **listener**. Both ends are alike. Which of these listeners is called, how often, and in
# which order?


# %% id="listeners"
async def listened(register, *numbers):
    """What a client's listeners hear when the server says these numbers."""
    server, heard = Server(), []

    @server.on("connection")
    def welcome(socket):
        for number in numbers:
            socket.emit("news", number)

    async with server.listen() as port:
        client = Client(port.url, on_error=lambda error, _: heard.append(repr(error)))
        register(client, lambda name: lambda *values: heard.append((name, *values)))
        async with client:
            await asyncio.sleep(1)
    return heard


# %% id="listeners-run"
def some(client, note):
    client.on("news", note("first"))
    client.once("news", note("once"))
    client.on("news", note("last"))
    client.on("weather", note("weather"))
    client.on_any(note("any"))


for one in clock.simulate(listened(some, 1, 2)):
    print(one)

# %% [markdown] id="listeners-text"
# * The listeners of one event are called in the order in which they were registered.
# * `once` is for the next event only: it has left before the second one.
# * `on_any` is a **catch-all**: it hears every event, before the others, and gets its name, too.
# * `off("news", f)` takes `f` away again, and `off("news")` all of them.
#
# `once` leaves the list while somebody goes through the list. That is a trap:

# %% id="trap"
names = ["once", "its neighbour", "last"]
for name in names:
    print("called:", name)
    if name == "once":
        names.remove(name)

# %% [markdown] id="trap-text"
# The neighbour has moved to the place of *once*, and the loop goes on at the next place. So go through a **copy**
# of the list. And what if a listener fails?


# %% id="fails"
def one_fails(client, note):
    client.on("news", note("first"))
    client.on("news", lambda number: number / 0)
    client.on("news", note("last"))


for one in clock.simulate(listened(one_fails, 1)):
    print(one)

# %% [markdown] id="fails-text"
# The error is reported, and the others are called all the same.
#
# ### Registered again, and again
#
# A client has listeners of the library's own events, too: `"connect"` when it is let in, and `"disconnect"` at the
# end. Many programs begin everything in the first one, like this. The client leaves twice, and connects
# again. How often is each message heard?


# %% id="again"
def inside(client, note):
    client.on("connect", lambda: client.on("news", note("news")))


def outside(client, note):
    client.on("news", note("news"))


# %% id="again-connect"
async def three_times(register):
    server, heard = Server(), []
    server.on("connection", lambda socket: socket.emit("news", "hi"))
    async with server.listen() as port:
        client = Client(port.url)
        register(client, lambda name: heard.append)
        for _ in range(3):
            before = len(heard)
            async with client:
                await asyncio.sleep(1)
            print(f"{register.__name__:8} connected: heard {len(heard) - before} times")


for register in (inside, outside):
    clock.simulate(three_times(register))

# %% [markdown] id="again-text"
# The client is the **same object** after it has come back, and it has kept its listeners. Each connect adds one more.
# So register them once, outside of `"connect"`. On the server `on` inside of `"connection"` is right: there each
# client that comes gives a **new** socket, without listeners.
#
# ### Names that are not yours
#
# `"connect"` is told by the library. What if a peer could send an event of this name?

# %% id="reserved"
await by_hand("40", '42["disconnect","transport close"]')
client = Client(address.url)
for name in sorted(packet.RESERVED):
    try:
        client.emit(name)
    except LocalError as error:
        print(error)

# %% [markdown] id="reserved-text"
# It could make your program believe anything about its own connection. So there are six **reserved names**: nobody may
# send them, and whoever receives one ends the connection. The article lists the same six. (`newListener` and `removeListener` are events
# of Node.js, on which Socket.IO was built.) `"connection"` is not one of them, because it is an event of a server, and
# not of a socket.
#
# Write listeners that keep all of this: exercise
# [9.3](../exercises/09_events_and_packets.ipynb#9.3-·-Listeners).

# %% [markdown] id="attachments"
# ## 5 · Bytes
#
# JSON has no bytes. How does a photo travel?
#
# One could write base64 into the JSON (lesson 07). Socket.IO does something else. It takes the bytes **out**, puts a
# **placeholder** with a number into their place, and sends them after the text, as messages of their own: the
# **attachments**. Bytes may stand anywhere in an argument, so one has to walk through its lists and dicts.

# %% id="placeholders"
photo = {"name": "cat", "small": b"\x01\x02", "more": [b"\x03"]}
messages = packet.encode(Packet(Type.EVENT, ["photo", photo, b"\x04"]))
for message in messages:
    print(message)

# %% [markdown] id="placeholders-text"
# The type is `5` now, an event with attachments, and `3-` says how many follow. The numbers count in the order of
# the text, from zero. (On a WebSocket the text has Engine.IO's `4` before it. The bytes have nothing: they are binary
# messages.)
#
# The receiver has to keep the text until the last of them is there. Then it puts each one into the place of its number,
# and only now there is an event. What if the next event comes before the last attachment?

# %% id="collect"
for comes in (messages, [*messages[:2], '2["say","hi"]']):
    decoder = packet.Decoder()
    for message in comes:
        try:
            print(decoder.add(message))
        except RemoteError as error:
            print("refused:", error)

# %% [markdown] id="collect-text"
# Nobody could tell to which of the two events the bytes belong. So whoever sends a packet sends all of its messages
# without a pause.
#
# A placeholder has its price, but base64 in the JSON would add a third of the photo. (By polling an attachment is
# base64 after all, with the `b` of lesson 07 before it. A packet may have ten attachments.)
#
# Take bytes out, and put them in again: exercise
# [9.4](../exercises/09_events_and_packets.ipynb#9.4-·-Attachments).

# %% [markdown] id="listen"
# ## 6 · Which object must listen?
#
# Most servers have pages as well. Socket.IO and the pages are two applications, and there is one port. The
# article says: give the server to Socket.IO, and call `listen` on **that server**, and not on the app. Why?
#
# Here is an app that answers each request with its page. Two ways to start it, with the same Socket.IO server:


# %% id="mounted"
def app(request):
    return Response(200, body=b"<h1>The page of the app</h1>")


async def ask(port):
    async with http_client.Client() as http:
        for asked in ("/", "/socket.io/?EIO=4&transport=polling"):
            text = (await http.get(port.url + asked)).text()
            print(f"  {asked:35} {hidden(text)[:40]}")
    try:
        async with Client(port.url):
            print("  a client is connected")
    except ConnectError as error:
        print("  a client says:", error)


# %% id="mounted-run"
server = Server()
print("the app listens:")
async with http_server.serve(app) as wrong:
    await ask(wrong)
print("Socket.IO's server listens, and the app gets the rest:")
async with server.listen(other=app) as right:
    await ask(right)

# %% [markdown] id="mounted-text"
# A port belongs to **one** server. If the app listens, it makes a server of its own, and that has never heard of
# Socket.IO. The client gets a page where it expects a handshake. In the second way the server looks at the path:
# `/socket.io/` is its own, and everything else goes to the app. So does Node.js, where `app.listen(3000)` makes
# another server than the one that you gave to `new Server(httpServer)`.

# %% [markdown] id="emit"
# ## 7 · The article's two lists
#
# The article has two lists of ways to emit: for the server, and for the client. We can run the lines that need no
# rooms. Ada and Kim are in the main namespace, Lee is in *myNamespace*. The server emits, and `socket` is
# Ada's. Before you look: who hears each line?


# %% id="server-lines"
heard, answers = [], []


def answered(*values):
    answers.append(f"(answer: {values})")


SERVER = {  # the line, whom the article names, and the same in Python
    "socket.emit": ("Ada", lambda s: s.emit("hey")),
    "io.of(…).emit": ("Lee", lambda s: s.server.of("myNamespace").emit("hey")),
    "io.emit": ("Ada Kim Lee", lambda s: s.server.emit("hey")),
    "… with a callback": ("Ada", lambda s: s.emit("hey", callback=answered)),
    "compress(false)": ("Ada", lambda s: s.compress(False).emit("hey")),
    "volatile": ("Ada", lambda s: s.volatile.emit("hey")),
    "timeout(5000)": ("Ada", lambda s: s.timeout(5).emit("hey", callback=answered)),
}


# %% id="emit-people"
def comes(client, name):
    @client.on("hey")
    def hey():
        heard.append(name)
        return f"I am {name}"

    return client


async def each(lines, socket):
    for line, (named, emit) in lines.items():
        heard.clear()
        answers.clear()
        emit(socket)
        await asyncio.sleep(6)
        verdict = "right" if heard == named.split() else "imprecise"
        print(f"{line:17}  {verdict:9}  heard: {' '.join(heard)}", *answers)


# %% id="server-lines-run"
async def from_server():
    server = Server()
    server.of("myNamespace")
    async with server.listen() as port:
        ada = comes(Client(port.url), "Ada")
        kim = comes(Client(port.url), "Kim")
        lee = comes(Client(port.url + "/myNamespace"), "Lee")
        async with ada, kim, lee:
            await each(SERVER, server.sockets.sockets[ada.id])


clock.simulate(from_server())

# %% [markdown] id="server-lines-text"
# Beside `io.emit` stands *to all connected clients*, and Lee is connected, too. It means all sockets **of the main
# namespace**. Two lines change nothing here:
# `compress(false)` counts where compression was agreed on, and `volatile` where the transport is busy (lesson 14). In
# Python a callback is named, `callback=`, and a timeout is in seconds.
#
# Now the client's list. What does the server hear?

# %% id="client-lines"
CLIENT = {
    "socket.emit": ("say", lambda s: s.emit("say")),
    "… with a callback": ("add", lambda s: s.emit("add", 40, 2, callback=answered)),
    "compress(false)": ("say", lambda s: s.compress(False).emit("say")),
    "volatile": ("say", lambda s: s.volatile.emit("say")),
    "timeout(5000)": ("say", lambda s: s.timeout(5).emit("say", callback=answered)),
}


# %% id="client-lines-run"
async def from_client():
    server = Server()

    @server.on("connection")
    def come(socket):
        socket.on_any(lambda name, *_: heard.append(name))
        socket.on("add", lambda a, b: a + b)

    async with server.listen() as port, Client(port.url) as ada:
        await each(CLIENT, ada)


clock.simulate(from_client())

# %% [markdown] id="client-lines-text"
# Nobody answers *say*, so after five seconds the callback gets an error. (In time, the
# error is `None`, and the answer comes after it.) A client cannot choose who hears it: the server decides.
#
# The other lines of the server's list have `to`, `in`, `except` and `broadcast` in them. They need rooms (lesson 11).
# `io.timeout` waits for each client's answer (lesson 11), and `io.local` needs several servers (lesson 16).

# %% [markdown] id="page"
# ## 8 · A page is one more client
#
# Here is the chat of lesson 06 once more, now on Socket.IO. What has changed? There is no code any more that looks into
# a message to find out what it is: *say* goes up, *news* comes down.

# %% id="chat-page" tags=["nbval-ignore-output"]
from course_lib.lab.apps import socketio_chat

site = await socketio_chat.Server().start()
async with http_client.Client() as http:
    assert "browser_client.js" in (await http.get(site.url)).text()
show.page(site.url)

# %% [markdown] id="chat-text"
# Open it in a tab of its own, press F12, choose *Network*, and load it again. You find the polls, the probe of
# lesson 08, and, in the WebSocket, lines like those that you typed.
#
# A browser knows nothing of Socket.IO, so the page loads a client. Read ours: it is two short files, one for each
# layer (`engineio.js` and `socketio.js` in `course_lib/lab/_browser_client`). Socket.IO's own server hands out the
# official client (and so does ours, where it is installed). A page loads one of them:
#
# ```
# <script src="/browser_client.js"></script>
# <script src="/socket.io/socket.io.js"></script>
# <script> const socket = io() </script>
# ```
#
# Both define the global name `io`, which asks the server from which the page came, and both speak the same packets.

# %% [markdown] id="price"
# ### WebSocket or Socket.IO?
#
# The article's answer begins with the price:
#
# > 데이터 전송이 많은 경우 빠르고 비용이 적은 WebSocket 이용이 유리하다.
#
# (*Where much data is sent, WebSocket is better: it is fast, and costs little.*) And Socket.IO? Take the same chat
# with short messages on a WebSocket alone, and with Socket.IO on it. What is your bet?

# %% id="price-bet"
amounts = ["fewer than 10 bytes", "10 to 100 bytes", "more than 100 bytes"]
price_bet = bets.bet("to each message Socket.IO adds …", choices=amounts)
price_bet

# %% id="price-run" tags=["nbval-ignore-output"]
ways = ["WebSocket", *(f"{layer}.IO, WebSocket" for layer in ("Engine", "Socket"))]
price = await compare.layers([*ways, "Socket.IO, polling"])
*pushed, polled = price.costs
assert all(one.microseconds < polled.microseconds for one in pushed)
plots.layers(price)

# %% id="price-bytes"
for row in price.table():
    size, more = row["bytes_per_message"], row["added_bytes"]
    name, trips = row["transport"], f"{row['setup_trips']:.0f} round trips"
    print(f"{name:20} {size:6.1f} bytes ({more:+6.1f}), {trips}")
plain, _, packed = pushed
added = round(packed.bytes_per_message - plain.bytes_per_message)
for size in (price.size, 30_000):
    print(f"{added} bytes are {added / size:.2%} of {size:,}")
price_bet.reveal(amounts[0 if added < 10 else 1 if added <= 100 else 2])

# %% [markdown] id="price-text"
# A digit for each layer, and the event's name with its brackets: that is all, however long the message is. Most of
# the microseconds are the WebSocket's. `40` and its answer are one more round trip before the first message. What is
# dear is not the layer, but **polling** below it: a head around each message.
#
# So the article is right, and the difference is small. Take a plain WebSocket where such bytes count (a game with very
# many tiny messages), or where the peer speaks nothing else. Otherwise ask who shall write sections 1 to 5, the
# heartbeats, and the return after a cut: you, or a library.

# %% [markdown] id="python-socketio" folded=true
# ## 9 · Appendix: the same with python-socketio
#
# Python has another library for the same protocol, `python-socketio`. Does it send the same bytes, too? Both clients say the same to one server, which writes down what comes.


# %% id="other-library"
import socketio


async def with_theirs(url):
    client = socketio.AsyncClient(handle_sigint=False)
    await client.connect(url, transports=["websocket"])
    await client.emit("say", "안녕")
    await client.emit("add", (2, [3, 4]))
    await client.emit("photo", b"\x01\x02")
    await asyncio.sleep(0.2)  # `disconnect` does not wait for what is on its way
    await client.disconnect()


async def with_ours(url):
    async with Client(url, transports=["websocket"]) as client:
        client.emit("say", "안녕")
        client.emit("add", 2, [3, 4])
        client.emit("photo", b"\x01\x02")


# %% id="other-bytes"
async def said_by(speak):
    messages = []

    class Noting(packet.Decoder):
        def add(self, message):
            messages.append(message)
            return super().add(message)

    parser = type("Parser", (packet.Parser,), {"decoder": lambda parser: Noting()})()
    async with Server(parser=parser).listen() as port:
        await speak(port.url)
        await asyncio.sleep(0.2)
    return messages


ours, theirs = await said_by(with_ours), await said_by(with_theirs)
for one, other in zip(ours[:-1], theirs, strict=False):  # without the goodbye, `1`
    print(f"{one!s:50} {'the same' if one == other else other}")

# %% [markdown] id="other-text"
# Nearly the same. `0` with an empty object says what `0` says. And `\uc548` is JSON for *안*: the same text, in six bytes
# in place of three. A decoder has to take both. What is different is the way to write it:
#
# | here | python-socketio |
# |---|---|
# | `@io.on("connection")`, `socket.on("say", f)` | `@sio.event` and `@sio.on("say")`: one listener for all sockets |
# | `f(text)` | `f(sid, text)`: the id says whose event it is |
# | `socket.emit("add", 2, 3)` | `await sio.emit("add", (2, 3), to=sid)`: several arguments are a tuple |
# | `client.emit("say", "hi")` | `await client.emit("say", "hi")` |
# | `def f(text): return 42` answers | the same |

# %% [markdown] id="missing"
# ## 10 · What is still missing
#
# You can say anything to anybody, by name. But has it **arrived**? `emit` sends and forgets. The id in a packet is the answer: *please say that you have it*. What exactly does
# the sender know then, and what if nothing comes? That is lesson 10.
#
# **Summary**
#
# * A plain WebSocket connects to a Socket.IO server, with the right path. It has to speak the protocol: `40` first,
#   then `42[…]`, and a `3` for each `2`.
# * A packet is a digit, a namespace with its comma, an id, and JSON. It is read from the left, and refused if its type
#   does not allow what is in it.
# * Listeners are called in their order, from a copy of their list, and a failure stops no other. A client keeps them
#   when it comes back, so they are registered once, outside of `"connect"`.
# * Bytes leave the JSON. A placeholder holds their place, and the event is there when the last attachment is.
# * One server has the port. It takes `/socket.io/`, and gives the rest to the app.
#
# **Ask next.** Why does an event's name stand inside of the JSON, and its namespace outside? A ping of Engine.IO
# may come between a text and its attachments. Why does it do no harm?

# %% id="glossary"
lab.glossary("09")

# %% id="finish"
for server in (site, typed, address):
    await server.close()
await lab.finish()
