# %% [markdown] id="title"
# # 05 · WebSocket: the conversation
#
# *The connection is open, and you can read a frame. What do several frames mean together, and how does a
# conversation end?*
#
# **Objectives.** At the end you can
#
# * put messages together from fragments, with pings between them and characters torn in two;
# * say what full duplex is, and show it;
# * end a conversation so that both sides know it, and name the codes that never travel;
# * find a peer that has vanished, and send to one that reads slowly.
#
# **Prerequisites.** Lesson 03: the handshake. Lesson 04: `frames.encode` and `frames.cut`. Primer p3:
# a state machine is a table.
#
# This lesson has two halves. A good place for a pause is after section 3.

# %% id="start"
import asyncio
import codecs
import os

from course_lib import lab
from course_lib.errors import ConnectionClosed, LocalError, RemoteError
from course_lib.lab import bets, clock, compare, metrics, plots, proxy, show
from course_lib.net import ws, ws_connection
from course_lib.wire.websocket import close_codes, closing, deflate, frames, messages
from course_lib.wire.websocket.connection import Connection as StateMachine
from course_lib.wire.websocket.frames import Frame, Opcode

lab.start()

# %% [markdown] id="fragments"
# ## 1 · A message in pieces
#
# A frame says its length first. What if you do not know it yet?
#
# A server sends a report while the database still counts, or a film while the camera still records. Then a
# message travels as several frames, its **fragments**. Two fields of each header say how they belong together:
# *opcode* and *FIN*.
#
# ```
# opcode 1 (text)   FIN 0   "Hel"          begins a message
# opcode 0 (cont)   FIN 0   "l"            continues
# opcode 0 (cont)   FIN 1   "o"            the end: the message is "Hello"
# ```
#
# A long message would keep everything else waiting. So **control frames** (ping, pong, Close; opcode 8 and
# up) may come between two fragments. They are whole and short, and no part of the message. A receiver
# answers a **ping** with a **pong** that has the same payload.
#
# Here is "안", cut after its second byte, with a ping between both fragments.

# %% id="fragments-wire"
word = "안".encode()
sent = [
    Frame(Opcode.TEXT, word[:2], fin=False),
    Frame(Opcode.PING, b"are you there?"),
    Frame(Opcode.CONT, word[2:], fin=True),
]
wire = b"".join(frames.encode(frame) for frame in sent)
show.hexdump(wire, marks=[("text", 0, 4), ("ping", 4, 20), ("continuation", 20, 23)])

# %% [markdown] id="fragments-naive-text"
# (Do you see 앉 on the right of the dump? Nobody sent it: it is the beginning of 안 and the first byte of the
# ping. The dump decodes bytes and knows no frames.)
#
# A first reader: it finds each frame, and decodes its text; for a ping it prints a line where it would send
# the pong. It works for every test that its author has tried. What will it print for the two fragments?


# %% id="fragments-naive"
def every_frame(data):
    at = 0
    while found := frames.cut(data, at, masked=False):
        frame, at = found
        yield frame


def naive(data):
    for frame in every_frame(data):
        if frame.opcode is Opcode.PING:
            print("pong:", frame.payload.decode())
        else:
            print("text:", frame.payload.decode())


for text in ("Hello", "안녕"):
    naive(frames.encode(Frame(Opcode.TEXT, text.encode())))

# %% id="demonstration"
try:
    naive(wire)
except UnicodeDecodeError as error:
    print("it crashes:", error)

# %% [markdown] id="demonstration-text"
# *This is the demonstration of this lesson, first half.* All of these bytes are right. Nobody promised that
# a frame ends where a character ends; only the **message** is text. The reader confused the end of a frame
# with the end of a message. (The reader of primer p3 confused pieces and messages.)
#
# So until a message is complete, a reader keeps two things: its kind, and its bytes so far.


# %% id="fragments-small"
class SmallAssembler:
    def __init__(self):
        self.kind, self.data = None, b""  # None: no message has begun

    def add(self, frame):
        if frame.opcode is Opcode.CONT and self.kind is None:
            raise RemoteError("a continuation of nothing", 1002)
        if frame.opcode is not Opcode.CONT and self.kind is not None:
            raise RemoteError("a message within a message", 1002)
        self.kind = self.kind or frame.opcode
        self.data += frame.payload
        if not frame.fin:
            return None
        kind, data = self.kind, self.data
        self.kind, self.data = None, b""
        return data.decode() if kind is Opcode.TEXT else data


# %% id="fragments-small-try"
def conversation(data, assembler):
    for frame in every_frame(data):
        if frame.opcode is Opcode.PING:
            print("pong:", frame.payload.decode())
        elif (message := assembler.add(frame)) is not None:
            print("text:", message)


conversation(wire, SmallAssembler())

# %% [markdown] id="fragments-certain-text"
# The pong comes before the message is whole. That is the purpose of a ping: it asks whether you are there
# **now**.
#
# Text that is not UTF-8 ends the conversation with the code 1007. When? The small reader looks at the
# end. But a message may have a thousand fragments, and its third byte may be wrong. The
# library's reader uses an *incremental decoder*, which keeps half a character and complains about a
# wrong one. It **fails as soon as it is certain**. Here it gets one byte at a time:


# %% id="fragments-certain"
def fed(data):
    decoder = codecs.getincrementaldecoder("utf-8")()
    for number, byte in enumerate(data, 1):
        try:
            decoder.decode(bytes([byte]))
        except UnicodeDecodeError:
            return f"certain after byte {number}"
    unfinished, _ = decoder.getstate()  # the bytes of half a character
    return "not wrong so far" if unfinished else "right"


for data in (word, word[:2], b"\xec A", b"abc\xff and a long rest"):
    print(f"{data!r:32}", fed(data))

# %% [markdown] id="fragments-break-text"
# And what does a reader have to refuse?

# %% id="fragments-break"
T, C = Opcode.TEXT, Opcode.CONT
for case, story in {
    "a continuation of nothing": [Frame(C, b"lo")],
    "a message within another": [Frame(T, b"Hel", fin=False), Frame(T, b"Hi")],
    "not UTF-8": [Frame(T, b"\xec\x95", fin=False), Frame(C, b"A", fin=False)],
    "too many bytes": [Frame(T, b"x" * 600, fin=False), Frame(C, b"x" * 600)],
}.items():
    reader = messages.Assembler(max_payload=1000)
    try:
        for frame in story:
            reader.add(frame)
    except RemoteError as error:
        print(f"{case:26} {error.code}: {error}")

# %% [markdown] id="fragments-exercise"
# Write a reader that answers pings between fragments: exercise
# [5.1](../exercises/05_websocket_conversation.ipynb#5.1-·-Fragments,-with-pings-between).

# %% [markdown] id="duplex"
# ## 2 · Both speak at once
#
# In lesson 01 each answer needed a request. Which side has to wait for the other now?
#
# From here on we use the library: `ws.serve` runs a function for each connection, `ws.connect` opens
# one. `send` sends a message (a list as one message, with a fragment for each part), `recv` receives one, and
# `async for` receives until the end.


# %% id="duplex-echo"
async def echo(connection):
    async for message in connection:
        await connection.send(message)


async with ws.serve(echo) as server, ws.connect(server.url) as connection:
    await connection.send("안녕 👋")
    print(await connection.recv())
    await connection.send([b"a message ", b"in three ", b"fragments"])
    print(await connection.recv())

# %% [markdown] id="duplex-question"
# Now a slow link: a round trip of 200 ms. The client says three words, one every 120 ms. The server
# begins to do the same a little later, while the first word is still on its way. Draw the six arrows
# on paper first. Which side waits for the other?


# %% id="duplex-cross"
from course_lib.lab import sequence, tap


async def three_words(connection, name, begin):
    now = asyncio.get_running_loop().time()
    await asyncio.sleep(begin - now)  # until this moment of the simulated clock
    for word in ("one", "two", "three"):
        await connection.send(f"{name}: {word}")
        await asyncio.sleep(0.12)
    return [await connection.recv() for _ in range(3)]


# %% id="duplex-recorded"
async def at_once():
    with tap.Tap("both speak at once") as recording:
        async with ws.serve(lambda c: three_words(c, "server", 1.06)) as server:
            async with proxy.Proxy(server, rtt=0.2) as link:
                connection = await ws.connect(link.url)
                print(await three_words(connection, "client", 1.0))
                await connection.wait_closed()
    return recording


# %% id="duplex-sequence"
recording = clock.simulate(at_once())
sequence.plot(recording, layers=["websocket"], start=0.99, stop=1.41)

# %% [markdown] id="duplex-answer"
# *Second half of the demonstration.* The arrows **cross**. Nobody asked, nobody answered. Each direction is a
# stream of its own: this is **full duplex**.
#
# It has a price. Which came first, *client: one* or *server: one*? In the figure, which has one clock for
# both, the client's. But the two programs have no such clock. Each of them sent its own word before it got
# the other's. A chat in which both must see the same order needs one place that decides it.

# %% [markdown] id="goodbye"
# ## 3 · Say goodbye
#
# You have sent your last message. May you simply end the connection?
#
# If you cut TCP, what the other side is sending at this moment is lost. And the other side does not
# know why: have you gone, or is the network broken? So WebSocket has a frame for it. **Close** (opcode
# 8) says: *I send no more messages*. It may have a code and a reason. The side that receives a Close answers
# with a Close, if it has not sent one yet. Then TCP ends. This is the **close handshake**.


# %% id="goodbye-sequence"
async def goodbye():
    with tap.Tap("a goodbye") as recording:
        async with ws.serve(echo) as server, proxy.Proxy(server, rtt=0.2) as link:
            connection = await ws.connect(link.url)
            await connection.send("the last word")
            await asyncio.sleep(0.15)
            await connection.close(1000, "goodnight")
            await asyncio.sleep(0.3)
    print("the client was told", connection.close_code)
    return recording


recording = clock.simulate(goodbye())
sequence.plot(recording, layers=["websocket"], start=0.39)

# %% [markdown] id="goodbye-sequence-text"
# The client said Close while the echo of its last word was still on the way. Each side's messages end at
# its own Close, and none is cut in two. What still comes after your own Close is whole, and you may read it
# or not. (`close()` drops it, and so does a browser.) Only then does TCP end, each direction separately.
# The figure has no arrows for that. Which side begins?

# %% id="goodbye-tcp"
roles = {side.number: side.role for side in recording.ends}
for event in recording.events:
    if event.kind in ("end sent", "end received", "closed"):
        print(f"{event.at * 1000:4.0f} ms  {roles[event.end]}: TCP, {event.kind}")

# %% [markdown] id="goodbye-tcp-text"
# **The server ends TCP**, right after its Close. The client waits for that, and then it *closes*: this ends
# its own direction, too, and the server hears of it half a round trip later. (A square in the figure shows
# when a side was finished, and not which side began.) The side that ends TCP first has to remember the
# connection for some time, in the state TIME_WAIT. By the rules this is the server's part.
#
# The rules of the goodbye fit into a table. This is the one that the library runs on, and the diagram is
# drawn from it.

# %% id="goodbye-states"
plots.states(closing.TABLE, name="How a conversation ends")

# %% [markdown] id="goodbye-states-text"
# `closing`: our Close is sent, and the peer's may come after some more messages. `goodbye done`: nothing
# more will be said, because both have sent Close, or because the peer has broken the rules and got our
# Close. Only TCP has to end. Every arrow *too late* is a deadline, after which we no longer wait for the
# peer (from `open` it is that of section 4). Here is one, in the library's state machine of a server,
# without any network. Time is an argument. Even after our own Close a ping is answered, until the peer's
# Close has come.

# %% id="goodbye-machine"
server_side = StateMachine(now=0.0, close_timeout=10.0)
server_side.close(1000, now=5.0)
print(server_side.state, "and sends", server_side.data_to_send().hex(" "))
try:
    server_side.send("one more thing")
except LocalError as error:
    print("refused:", error)
ping = frames.encode(Frame(Opcode.PING, b"?"), os.urandom(4))  # a client's: masked
server_side.receive(ping, now=6.0)
print("to a ping it sends", server_side.data_to_send().hex(" "))
print("it wants to be woken at", server_side.next_deadline())
server_side.tick(now=15.0)  # it is woken: is a deadline over?
print(server_side.state, "·", server_side.events())

# %% [markdown] id="goodbye-codes"
# ### Codes that travel, and codes that do not
#
# The code says why. Some codes are only for your own side: the application asks *how did it end?*,
# and no code came. Which of these may be in a frame?

# %% id="goodbye-codes-table"
for code in (1000, 1001, 1002, 1005, 1006, 1007, 1009, 1011, 1013, 1015, 3000, 4001):
    meaning = close_codes.MEANINGS.get(code, "no fixed meaning")
    print(code, "travels" if close_codes.on_the_wire(code) else "NEVER  ", meaning)

# %% [markdown] id="goodbye-codes-text"
# **1005**: there was a Close, without a code. **1006**: there was none; TCP just ended. **1015**: TLS
# failed. A peer that sends one of them breaks the protocol, and gets 1002. (**1013**: the server has too
# much to do at the moment.) 3000 to 3999 are for libraries; 4000 to 4999 are free for your application.
#
# Four ways to leave, and what the server is told about each. `start_close(code)` sends Close and does not
# wait, `abort()` cuts TCP, and the last one writes bytes without asking the library: a Close with 1005
# (`03 ed`), which it would refuse.


# %% id="goodbye-four"
async def told(leave):
    codes = []

    async def handler(connection):
        await connection.wait_closed()
        codes.append(connection.close_code)

    async with ws.serve(handler) as server:
        connection = await ws.connect(server.url)
        leave(connection)
        await asyncio.sleep(1)  # until the server has been told
    return codes


# %% id="goodbye-four-run"
ways = {
    "start_close(4001)": lambda c: c.start_close(4001),
    "start_close(None)": lambda c: c.start_close(None),
    "abort()": lambda c: c.abort(),
    "03 ED by hand": lambda c: c.transport.write(
        frames.encode(Frame(Opcode.CLOSE, b"\x03\xed"), os.urandom(4))
    ),
}
for name, leave in ways.items():
    print(f"{name:18} the server is told", *clock.simulate(told(leave)))

# %% [markdown] id="goodbye-exercise"
# Write the rules yourself, on a clock that `check` moves: exercise
# [5.2](../exercises/05_websocket_conversation.ipynb#5.2-·-Say-goodbye).

# %% [markdown] id="pause"
# ### Pause here
#
# You have all that exercises 5.1 and 5.2 need. What comes: a silent peer, a slow reader (exercise 5.3),
# and the chat on WebSocket with its price.
#
# To go on another day, click the next code cell and choose *Run → Run All Above Selected Cell*.

# %% [markdown] id="alive"
# ## 4 · Is anybody there?
#
# Somebody shuts a laptop in the middle of a conversation, and it goes to sleep. What does the server notice?
#
# Nothing. TCP sends nothing when there is nothing to say, so a silent peer and a dead one look the same.
# (TCP can ask by itself, but only if a program wants it, and usually after two hours.) You have to ask:
# with a ping. **Keep-alive** sends one every `ping_interval` seconds, and ends the connection when after a
# ping nothing comes for `ping_timeout` seconds. (HTTP uses the same word for a connection that stays open.)
#
# Here is the laptop: the link goes silent, and tells neither end. How long does a server wait, with
# keep-alive and without it?


# %% id="alive-silence"
async def silent_laptop(ping_interval):
    loop = asyncio.get_running_loop()
    async with ws.serve(echo, ping_interval=ping_interval, ping_timeout=20) as server:
        async with proxy.Proxy(server, rtt=0.1) as link:
            sleeper = await ws.connect(link.url, ping_interval=None)
            [serving] = server.websockets.values()  # the task that runs echo
            link.cut("silence")
            began = loop.time()
            await asyncio.wait([serving], timeout=24 * 3600)
            took, left = loop.time() - began, len(server.websockets)
            sleeper.abort()
            return f"after {took:6.0f} s the server holds {left} connections"


# %% id="alive-run"
print("ping_interval=25:  ", clock.simulate(silent_laptop(25)))
print("ping_interval=None:", clock.simulate(silent_laptop(None)))

# %% [markdown] id="alive-answer"
# Without keep-alive the server still holds, after a day, the connection of somebody who has gone. It would
# hold it for ever, as long as it sends nothing. (When it sends something, TCP gets no confirmation and gives
# an error, but only after many minutes.) The worst case with keep-alive is the sum of both numbers: the peer
# vanishes right after its last pong. A short interval finds dead connections sooner, but it costs battery: a
# phone has to wake up for each ping.
#
# ### What a page sees of it
#
# You write the page. How do you send a ping, and what do you do when one comes? Here is a client that
# gets a ping each second. How many messages does its program receive?


# %% id="alive-page"
async def a_page():
    with tap.Tap("pings for a page") as recording:
        async with ws.serve(echo, ping_interval=1) as server:
            page = await ws.connect(server.url)
            hearing = asyncio.create_task(page.recv())
            await asyncio.sleep(3.5)
            print("the program has received something:", hearing.done())
            hearing.cancel()
            await page.close()
    # The first byte of what was written: 89 is a ping, 8a a pong.
    begins = [event.data[0] for event in recording.events if event.kind == "sent"]
    print(begins.count(0x89), "pings and", begins.count(0x8A), "pongs were sent")


clock.simulate(a_page())

# %% [markdown] id="alive-page-answer"
# The library answered, and the program saw nothing of it. In a browser it is the same: the browser
# answers pings by itself and tells the page nothing. And a page **cannot send a ping**: the browser's
# `WebSocket` has the methods `send` and `close`, and no other. So when its server has vanished, a page
# waits, and no ping tells it.
#
# That is why Socket.IO has a heartbeat of its own, made of ordinary messages, which both programs see:
# the `2` and `3` of lesson 00. It comes from the server, because browsers slow down the timers of a page
# in the background, and a page's heartbeats would be late.

# %% [markdown] id="pressure"
# ## 5 · A reader who sleeps
#
# A server sends as fast as it can, and the reader does not read. Where are the messages?
#
# They must be somewhere: in the reader's queue, in the buffers of the two operating systems, in the server's
# memory. And what if the reader does not wake up?


# %% id="pressure-source-flood"
async def flood(connection, count, sent):
    for _ in range(count):
        await connection.send(bytes(10_000))
        sent.append(10_000)


def row(when, sent, got):
    print(f"{when:6} sent {sum(sent):10,}", end="")
    print(f"   read {got:10,}   held between {sum(sent) - got:8,}")


# %% id="pressure-run"
async def sleeper():
    sent, got = [], 0
    async with ws.serve(lambda connection: flood(connection, 2_000, sent)) as server:
        async with ws.connect(server.url) as reader:
            for seconds in (1, 2, 27):
                await asyncio.sleep(seconds)
                row(f"{asyncio.get_running_loop().time():.0f} s", sent, got)
            async for message in reader:
                got += len(message)
                if got % 5_000_000 == 0:
                    row("awake", sent, got)


clock.simulate(sleeper())

# %% [markdown] id="pressure-text"
# After a second nothing moves any more. The reader's queue is full, so the reader takes no bytes from TCP. The
# buffers of TCP fill up, so TCP takes none from the server, and the server's own *write buffer* fills up.
# Then `send` **does not return**. However long the reader sleeps, no more is held. This is
# **back-pressure**: a slow reader makes a slow sender, and not a large memory.
#
# How does `send` know? In asyncio a connection has two objects. (Their names have other meanings in the rest
# of this course.) The *transport* writes the bytes. The *protocol* is an object that you write. When the
# transport's buffer is too full, the transport calls the protocol's method `pause_writing`, and when there is
# room again, `resume_writing`. When exactly?


# %% id="pressure-protocol"
class Watcher(asyncio.Protocol):
    def connection_made(self, transport):
        print("write begins")
        transport.write(bytes(1_000_000))
        print("write has returned")

    def pause_writing(self):
        print("    pause_writing is called")

    def resume_writing(self):
        print("    resume_writing is called")


async def watch():
    loop = asyncio.get_running_loop()
    async with ws.serve(echo) as server:  # it reads the bytes, and refuses them
        await loop.create_connection(Watcher, "127.0.0.1", server.port)
        await asyncio.sleep(1)


clock.simulate(watch())

# %% [markdown] id="pressure-source-text"
# `pause_writing` was called **inside** `write`. So a `send` that writes must look afterwards whether it
# has to wait. This is the place in the library. `resume_writing` fills the future `_writers`:

# %% id="pressure-source"
show.source(ws_connection.Connection._room)

# %% [markdown] id="pressure-both-text"
# All calls of `send` that wait here wait for one future. If one of them is cancelled, `await` would
# cancel that future, too, and with it all the others; `shield` keeps it alive.
#
# Below, a client floods a server whose handler is busy. Its `send` waits, but not for ever: when the peer
# takes not one byte for `stall_timeout` seconds (60, if you do not say another number), TCP is cut, without a
# Close: the Close would come after all the bytes that nobody reads. (A ping would, too, so the library sends
# none while `send` waits. Then this is the deadline, and not that of section 4.)
#
# What about a program that must not wait, for example a chat server with one sleeping reader? `send_nowait`
# never waits. When more than `max_unsent` bytes ($2^{20}$, if you do not say another number) wait in the write
# buffer for a peer, **the connection to this peer is ended**.


# %% id="pressure-both"
async def flood_the_server(send):
    sent, loop = 0, asyncio.get_running_loop()

    async def busy(connection):
        await asyncio.sleep(1000)

    async with ws.serve(busy) as server, ws.connect(server.url) as connection:
        try:
            while True:
                await send(connection)
                sent += 10_000
        except ConnectionClosed as error:
            print(f"{loop.time():3.0f} s, {sent:9,} bytes to send: {error.reason}")


async def impatient(connection):
    connection.send_nowait(bytes(10_000))
    await asyncio.sleep(0)  # or nobody else could run, not even a quick reader


# %% id="pressure-both-run"
import logging

logging.getLogger("course_lib.net.ws").addHandler(logging.NullHandler())  # no log
clock.simulate(flood_the_server(lambda connection: connection.send(bytes(10_000))))
clock.simulate(flood_the_server(impatient))

# %% [markdown] id="pressure-exercise"
# Write a sender that waits: exercise
# [5.3](../exercises/05_websocket_conversation.ipynb#5.3-·-A-sender-that-waits).

# %% [markdown] id="chat"
# ## 6 · The chat on WebSocket
#
# How much of the chat changes now?
#
# The messages inside are the same. But the server **sends** them when it has them, and the client
# speaks on the connection on which it listens. Lesson 02 needed two.

# %% id="chat-page" tags=["nbval-ignore-output"]
from course_lib.lab.apps import websocket as chat

server = await chat.Server().start()
show.page(server.url)

# %% id="chat-say"
async with chat.Client(server.url) as client:
    await client.say("Hello from the kernel")
    print(await client.poll())
    print(client.polls, "handshake, and the connection stays")
assert server.mailbox.cursor >= 1

# %% [markdown] id="chat-bet-text"
# In the browser's developer tools (F12, *Network*, then the entry `messages`) there is a tab
# *Messages*: your words with an arrow up, everybody's with an arrow down.
#
# ### Your bet
#
# Ten messages, one a second, one reader. First you see long polling, measured. Then bet: how many bytes does
# the same message take on WebSocket?


# %% id="chat-measure"
def ten_messages(transport):
    schedule = metrics.steady(rate=1, count=10)
    return clock.simulate(compare.measure(transport, schedule, rtt=0.050))


long = ten_messages(compare.long_polling())
print(f"long polling: {long.bytes_per_message:.0f} bytes for each message", end="")
print(f", of which the text is {long.payload_bytes / long.delivered:.0f}")

# %% id="bet"
my_bet = bets.bet("The same message on WebSocket: how many bytes?", unit="bytes")
my_bet

# %% id="chat-cost"
push = ten_messages(compare.websocket())
plots.cost([long, push], bet_bytes=my_bet.value)

# %% id="chat-bet-result"
my_bet.reveal(round(push.bytes_per_message))

# %% [markdown] id="chat-cost-text"
# The frame's header is two bytes. What is left around the text is the chat's own JSON: the cursor,
# and the names of its fields. No request, no head. (Both runs begin when the client is connected.
# Lesson 06 measures the latency, too.)
#
# Now with everything that passes the link, the handshake and the Close, too. A client reads *and* says
# something, ten times:


# %% id="chat-scoreboard"
from course_lib.lab.apps import long_polling


async def score(app):
    async with app.Server() as server, proxy.Proxy(server, rtt=0.05) as link:
        async with app.Client(link.url) as client:
            for number in range(10):
                waiting = asyncio.create_task(client.poll())
                await asyncio.sleep(1)
                await client.say(f"안녕 {number}")
                await waiting
        size = f"{link.bytes_up:5,} bytes up   {link.bytes_down:5,} bytes down"
        return f"connections: {link.connections}   {size}"


print("long polling  ", clock.simulate(score(long_polling)))
print("WebSocket     ", clock.simulate(score(chat)))

# %% [markdown] id="smaller"
# ## 7 · Smaller (optional)
#
# Messages of a chat look much alike. Does the wire have to carry the same bytes again and again?
#
# An **extension** may use the reserved bits. `permessage-deflate` is the one that browsers have: it
# compresses each message, and marks it with the bit RSV1. The handshake agrees on it. Both sides
# **remember what was said before** (*context takeover*), so a second message that looks like the first one
# takes only a few bytes. Here they remember the last $2^{12}$ bytes: 12 is the number of *window bits* that
# we choose.

# %% id="smaller-sizes" tags=["nbval-ignore-output"]
news = '{"messages": ["안녕 👋 점심 먹자"], "cursor": 41, "missed": 0}'
settings = deflate.Settings(threshold=0)
for forget in (True, False):
    packer = deflate.Deflater(12, forget=forget, settings=settings)
    sizes = [len(packer.deflate(news.encode())) for _ in range(4)]
    print("forgets each time: " if forget else "remembers:         ", sizes)
print("as it is:          ", [len(news.encode())] * 4)
assert sizes[-1] < sizes[0] / 4

# %% [markdown] id="smaller-sizes-text"
# One short message alone does not get smaller; messages shorter than `threshold` are not compressed. What
# saves bytes is what both ends remember, and it takes memory, for every connection. The handshake says
# with how many window bits each of them works:

# %% id="smaller-handshake"
terms = {"compression": settings}
async with ws.serve(echo, **terms) as compressing:
    async with ws.connect(compressing.url, **terms) as connection:
        print("offer: ", connection.request.headers["sec-websocket-extensions"])
        print("answer:", connection.response.headers["sec-websocket-extensions"])
        await connection.send(news)
        assert await connection.recv() == news
packed = Frame(Opcode.TEXT, packer.deflate(news.encode()), rsv1=True)
print(f"first byte: {frames.encode(packed)[0]:08b}, and the second bit is RSV1")

# %% [markdown] id="smaller-bomb-text"
# Compression has a danger. A compressed kilobyte may become a megabyte of zeros: a **bomb**. A reader that first
# unpacks all of it, and then counts, has filled its memory already. The library counts **while** it
# unpacks, a little at a time, and stops at its limit.

# %% id="smaller-bomb" tags=["nbval-ignore-output"]
import tracemalloc

bomb = deflate.Deflater(12, forget=True, settings=settings).deflate(bytes(50_000_000))
print(f"on the wire: {len(bomb):,} bytes")
reader = messages.Assembler(1_000_000, inflater=deflate.Inflater(12, forget=False))
tracemalloc.start()
try:
    reader.add(Frame(Opcode.BINARY, bomb, rsv1=True))
except RemoteError as error:
    print(f"refused with {error.code}: {error}")
peak = tracemalloc.get_traced_memory()[1]
tracemalloc.stop()
print(f"memory at its peak: {peak:,} bytes")
assert peak < 4_000_000

# %% [markdown] id="missing"
# ## What is still missing
#
# WebSocket carries messages in both directions, and ends well. It does not know that a client that comes
# back is the same one: what was said while it was away is lost, unless the layer above keeps it. And
# some proxies let no WebSocket through at all. So which is the best, polling or WebSocket, and for what?
# Lesson 06 measures it.
#
# **Summary**
#
# * A message may come in fragments. Text is the message, not the frame; control frames may come between
#   fragments and are answered at once.
# * Full duplex: two streams, one in each direction. Arrows cross, and each side may see another order.
# * Both say goodbye, Close for Close; then the server ends TCP. Every wait of the goodbye has a deadline.
# * 1005, 1006 and 1015 are told to your own side and never sent.
# * A silent peer and a dead one look the same. A ping shows the difference. A page cannot send a ping.
# * A slow reader stops the sender, because `send` waits: back-pressure.
#
# **Ask next.** Why must a control frame be short? What should a chat do with a reader that is connected,
# answers every ping (its queue still has room), and never takes a message?

# %% id="glossary"
lab.glossary("05")

# %% id="finish"
await server.close()
await lab.finish()
