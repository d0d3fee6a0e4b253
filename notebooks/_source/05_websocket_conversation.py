# %% [markdown] id="title"
# # 05 · WebSocket: the conversation
#
# *The door is open, and you can read a frame. What do frames mean together, and how does it end?*
#
# **Objectives.** At the end you can
#
# * put messages together from fragments, with pings between them and characters torn in two;
# * say what full duplex is, and show it;
# * end a conversation so that both sides know it, and name the codes that never travel;
# * find a peer that has vanished, and live with one that reads slowly.
#
# **Prerequisites.** Lesson 03: the handshake. Lesson 04: `frames.encode` and `frames.cut`. Primer p3:
# a state machine is a table.

# %% id="start"
import asyncio
import codecs
import os
import random

from course_lib import lab
from course_lib.errors import ConnectionClosed, LocalError, RemoteError
from course_lib.lab import bets, clock, compare, metrics, plots, proxy, show
from course_lib.net import ws, ws_connection
from course_lib.wire.websocket import close_codes, closing, deflate, frames, messages
from course_lib.wire.websocket import connection as websocket
from course_lib.wire.websocket.frames import Frame, Opcode

lab.start()

# %% [markdown] id="fragments"
# ## 1 · A message in pieces
#
# A frame says its length first. What if you do not know it yet?
#
# Somebody sends a report while a database is still counting, or a film from a camera. Then a message
# travels as several frames, its **fragments**. Two fields of each header say how they belong together:
# *opcode* and *FIN*.
#
# ```
# opcode 1 (text)   FIN 0   "Hel"          begins a message
# opcode 0 (cont)   FIN 0   "l"            goes on
# opcode 0 (cont)   FIN 1   "o"            the end: the message is "Hello"
# ```
#
# A long message would keep everybody waiting. So **control frames** (ping, pong, Close; opcode 8
# and up) may stand between two fragments. They are whole and short, and no part of the message. A receiver answers a **ping** with a **pong** that has the same payload.
#
# Here is "안", cut at a byte that the sender found convenient, with a ping in the gap.

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
# A first reader: it cuts frames, answers pings, and decodes the text of each frame. It works for
# every test that its author has tried. What will it say to "안"?


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
# *This is the demonstration of this lesson, first half.* All of these bytes are right. Nobody
# promised that a frame ends where a character ends; only the **message** is text. The reader mixed
# up two kinds of borders, as the one in primer p3 did with pieces and lines.
#
# So a reader keeps two things while a message is under way: its kind, and its bytes.


# %% id="fragments-small"
class SmallAssembler:
    def __init__(self):
        self.kind, self.data = None, b""  # None: no message is under way

    def add(self, frame):
        if (frame.opcode is Opcode.CONT) == (self.kind is None):
            raise RemoteError("begun within another, or never begun", 1002)
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
# The pong went out before the message was whole. That is the purpose of a ping: it asks whether you
# are there **now**.
#
# Text that is not UTF-8 ends the conversation with the code 1007. When? The small reader looks at the
# end. But a message may have a thousand fragments, and its third byte may have settled the matter.
# The library's reader uses an *incremental decoder*, which keeps half a character and complains about
# a wrong one. It **fails as soon as it is certain**.


# %% id="fragments-certain"
def fed(data):
    decoder = codecs.getincrementaldecoder("utf-8")()
    for number, byte in enumerate(data, 1):
        try:
            decoder.decode(bytes([byte]))
        except UnicodeDecodeError:
            return f"certain after byte {number}"
    return "not wrong so far" if decoder.getstate()[0] else "right"


for data in (word, word[:2], b"\xec A", b"abc\xff and a long rest"):
    print(f"{data!r:32}", fed(data))

# %% id="fragments-library"
show.source(messages.Assembler._take)

# %% [markdown] id="fragments-agree-text"
# Do the small reader and the library's agree? A thousand random messages, torn anywhere.


# %% id="fragments-agree"
chance = random.Random(5)


def torn(message):
    data, opcode = message, Opcode.BINARY
    if isinstance(message, str):
        data, opcode = message.encode(), Opcode.TEXT
    while len(data) > 3:
        size = chance.randrange(0, 4)
        yield Frame(opcode, data[:size], fin=False)
        data, opcode = data[size:], Opcode.CONT
    yield Frame(opcode, data, fin=True)


# %% id="fragments-agree-run"
small, real = SmallAssembler(), messages.Assembler()
for number in range(1000):
    message = f"안녕 👋 {number}" if number % 2 else chance.randbytes(20)
    for frame in torn(message):
        assert (got := small.add(frame)) == real.add(frame)
    assert got == message
print("1000 messages: the same, after the same frames")

# %% [markdown] id="fragments-break-text"
# And what a reader has to refuse? `begin` looks at a header before the payload has come: one that
# promises too much costs no memory.

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
# In lesson 01 each answer needed a question. Who has to wait for whom now?
#
# From here on we use the library: `ws.serve` runs a function for each connection, `ws.connect` opens
# one. `send` sends a message, and `async for` receives until the end.


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
# begins to do the same half a word later, while the first word is still on its way. Draw the six
# arrows on paper first. Who waits for whom?


# %% id="duplex-cross"
from course_lib.lab import sequence, tap


async def three_words(connection, name, begin):
    now = asyncio.get_running_loop().time()
    await asyncio.sleep(begin - now)
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
# *Second half of the demonstration.* The arrows **cross**. Nobody asked, nobody answered. Each
# direction is a stream of its own, and each word was on the way for half a round trip: this is **full
# duplex**. It has a price. Which came first, *client: one* or *server: one*? The client says its own,
# and so does the server, and neither is wrong. A chat in which both must see the same order needs
# one place that decides it.

# %% [markdown] id="goodbye"
# ## 3 · Say goodbye
#
# You have said the last word. May you hang up?
#
# If you cut TCP, what the other side is sending at this moment is lost. And the other side does not
# know whether you have gone, or the network has. So WebSocket has a frame for it. **Close** (opcode
# 8) says: *this was my last frame*. It may have a code and a reason. Who receives one sends one back,
# and then TCP ends. This is the **close handshake**.


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
# The client said Close while the echo of its last word was still on the way. Had it cut TCP, the
# server would have met an error. So each side's words end at its own Close, and nothing is cut in
# two. (Whether you still listen behind your own Close is for you to decide. `close()`, as in a
# browser, drops what still comes.) Only then does TCP end, and **the server ends it**; the client
# waits for that. Who ends TCP has to remember the connection for a while, and the rules leave this to
# the server.
#
# The rules fit into a table. This is the one that the library runs on, and the diagram is drawn from
# it.

# %% id="goodbye-states"
plots.states(closing.TABLE, name="How a conversation ends")

# %% [markdown] id="goodbye-states-text"
# `closing`: our Close is out, and the peer's may stand behind messages that still come. `goodbye done`:
# both have said it, and TCP is left. Every arrow to `closed` that reads *too late* is a deadline: a
# peer that never answers is given up. Here is one, in the library's state machine, without any
# network. Time is an argument.

# %% id="goodbye-machine"
end = websocket.Connection(now=0.0, close_timeout=10.0)
end.close(1000, now=5.0)
print(end.state, "and sends", end.data_to_send().hex(" "))
try:
    end.send("one more thing")
except LocalError as error:
    print("refused:", error)
print("it wants to be woken at", end.next_deadline())
end.tick(now=15.0)
print(end.state, "·", end.events())

# %% [markdown] id="goodbye-codes"
# ### Codes that travel, and codes that do not
#
# The code says why. Some codes are only for your own side: the application asks *how did it end?*,
# and there was no Close to take a code from. Which of these may stand in a frame?

# %% id="goodbye-codes-table"
for code in (1000, 1001, 1002, 1005, 1006, 1007, 1009, 1011, 1015, 3000, 4001):
    meaning = close_codes.MEANINGS.get(code, "the application's own")
    if code == 3000:
        meaning = "registered by a library"
    print(code, "travels" if close_codes.on_the_wire(code) else "NEVER  ", meaning)

# %% [markdown] id="goodbye-codes-text"
# **1005**: there was a Close, without a code. **1006**: there was none; TCP just ended. **1015**: TLS
# failed. A peer that sends one of them breaks the protocol, and gets 1002.
#
# Four ends, and what the server is told about each. `finish(code)` sends Close and waits for
# nothing, `abort()` cuts TCP, and the last one writes the bytes of a Close past the library.


# %% id="goodbye-four"
async def told(leave):
    seen = asyncio.get_running_loop().create_future()

    async def handler(connection):
        await connection.wait_closed()
        seen.set_result(connection.close_code)

    async with ws.serve(handler) as server:
        leave(connection := await ws.connect(server.url))
        await seen
        connection.abort()
    return seen.result()


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
    print(f"{name:18} the server is told", clock.simulate(told(leave)))

# %% [markdown] id="goodbye-exercise"
# Write the rules yourself, on a clock that the grader moves: exercise
# [5.2](../exercises/05_websocket_conversation.ipynb#5.2-·-Say-goodbye).

# %% [markdown] id="alive"
# ## 4 · Is anybody there?
#
# A laptop's lid is closed. What does the server notice?
#
# Nothing. TCP sends nothing when there is nothing to say, so silence and death look alike. Only a
# question finds out: a ping. Its payload comes back in the pong, so the time between them is known,
# too.


# %% id="alive-ping"
async def distance(rtt):
    async with ws.serve(echo) as server, proxy.Proxy(server, rtt=rtt) as link:
        async with ws.connect(link.url) as connection:
            return await connection.ping()


for rtt in (0.02, 0.2):
    seconds = clock.simulate(distance(rtt))
    print(f"RTT {rtt * 1000:3.0f} ms: the pong came after {seconds * 1000:3.0f} ms")

# %% [markdown] id="alive-text"
# Now the lid: the link goes silent, and tells neither end. **Keep-alive** pings every
# `ping_interval` seconds, and gives a peer up from which nothing comes for `ping_timeout` seconds.
# (HTTP uses the same word for a connection that stays open.)
# How long does a server without it wait?


# %% id="alive-silence"
async def lid(ping_interval):
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
print("ping_interval=25:  ", clock.simulate(lid(25)))
print("ping_interval=None:", clock.simulate(lid(None)))

# %% [markdown] id="alive-answer"
# After a day it still holds the connection of somebody who has gone, and would hold it for a year.
# The worst case with keep-alive is the sum of both numbers: the peer vanishes right behind its last
# pong. A short interval finds the dead sooner, and wakes the phones of the living.

# %% [markdown] id="pressure"
# ## 5 · A reader who sleeps
#
# A server sends as fast as it can, and the reader looks away. Where are the messages?
#
# They must be somewhere: in the reader's queue, in the buffers of the two systems, in the server's
# memory. And if the reader sleeps on?


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
# After a second nothing moves any more. The reader's queue is full, so it takes no bytes from TCP;
# its buffers fill up, so TCP takes none from the server; asyncio says `pause_writing`, and `send`
# **does not return**. However long the reader sleeps, no more is held. This is **back-pressure**: a slow reader
# makes a slow sender, and not a large memory.
#
# It is an `await` that does it. Here is the place.

# %% id="pressure-source"
show.source(ws_connection.Connection._room)

# %% [markdown] id="pressure-both-text"
# Everybody who waits here waits for one future. If one of them is cancelled, `await` would cancel
# that future, too, and with it all the others; `shield` keeps it alive.
#
# The other direction works in the same way: here a client floods a server whose handler is busy. It
# waits, but not for ever: a peer that takes not one byte for `stall_timeout` seconds is given up. TCP
# is cut then, without a Close: it would stand behind all that nobody reads.
#
# And who cannot wait? A chat server must not stop for one sleeping reader. `send_nowait` never waits;
# whoever calls it for a peer that does not read is stopped at `max_unsent` bytes.


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
            print(f"{loop.time():3.0f} s, {sent:9,} bytes sent: {error.reason}")


async def impatient(connection):
    connection.send_nowait(bytes(10_000))


# %% id="pressure-both-run"
import logging

logging.getLogger("course_lib.net.ws").addHandler(logging.NullHandler())  # no log here
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
# The messages inside are the same. But the server **says** them when it has them, and the client
# talks on the connection on which it listens. Lesson 02 needed two.

# %% id="chat-page" tags=["nbval-ignore-output"]
from course_lib.lab.apps import websocket as chat

server = await chat.Server().start()
show.page(server.url)

# %% id="chat-say"
async with chat.Client(server.url) as client:
    await client.say("Hello from the kernel")
    print(await client.poll())
    print(client.polls, "request, and the connection stays")
assert server.mailbox.cursor >= 1

# %% [markdown] id="chat-bet-text"
# In the browser's developer tools (F12, *Network*, then the entry `messages`) there is a tab
# *Messages*: your words with an arrow up, everybody's with an arrow down.
#
# ### Your bet
#
# Ten messages, one a second, one reader. First long polling. A message costs a question, the head of
# an answer, and a body.


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
# and the names of its fields. No question, no head. (Both runs begin when the client is connected.
# Lesson 06 counts the handshake, too.) And the latency?


# %% id="chat-latency"
def forty_a_second(transport):
    schedule = metrics.poisson(rate=40, count=200, seed=2)
    return clock.simulate(compare.measure(transport, schedule, rtt=0.200))


both = (compare.long_polling(), compare.websocket())
fast = [forty_a_second(transport) for transport in both]
plots.latency(fast, log=False)

# %% [markdown] id="chat-latency-text"
# Forty messages a second, a round trip of 200 ms: the gap of lesson 02 is gone. Every message is on
# the way for half a round trip, the first of a burst and the last.
#
# The scoreboard has a new row. A client that reads *and* says something, ten times:


# %% id="chat-connections"
async def score(app):
    async with app.Server() as server, proxy.Proxy(server, rtt=0.05) as link:
        async with app.Client(link.url) as client:
            for number in range(10):
                waiting = asyncio.create_task(client.poll())
                await asyncio.sleep(1)
                await client.say(f"안녕 {number}")
                await waiting
        return link.connections, link.bytes_up, link.bytes_down


# %% id="chat-scoreboard"
from course_lib.lab.apps import long_polling

for name, app in (("long polling", long_polling), ("WebSocket", chat)):
    connections, up, down = clock.simulate(score(app))
    print(f"{name:12}  connections: {connections}", end="")
    print(f"   {up:5,} bytes up   {down:5,} bytes down")

# %% [markdown] id="smaller"
# ## 7 · Smaller (optional)
#
# Chat messages repeat themselves. Must the wire?
#
# An **extension** may use the reserved bits. `permessage-deflate` is the one that everybody has: it
# compresses each message, and marks it with the bit RSV1. The handshake agrees on it. Both sides
# **remember what was said before** (*context takeover*), so the second message like the first costs
# very little.

# %% id="smaller-sizes" tags=["nbval-ignore-output"]
news = '{"messages": ["안녕 👋 점심 먹자"], "cursor": 41, "missed": 0}'
settings = deflate.Settings(threshold=0)
for forget in (True, False):
    packer = deflate.Deflater(15, forget=forget, settings=settings)
    sizes = [len(packer.deflate(news.encode())) for _ in range(4)]
    print("forgets each time: " if forget else "remembers:         ", sizes)
print("as it is:          ", [len(news.encode())] * 4)
assert sizes[-1] < sizes[0] / 4

# %% [markdown] id="smaller-sizes-text"
# One short message alone does not get smaller: that is what `threshold` is for. It is the memory of
# both ends that saves, and memory is its price, for every connection.

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
# It has a danger. A kilobyte of it may hold a megabyte of zeros: a **bomb**. A reader that inflates
# first and counts afterwards has lost already. The library counts **while** it inflates, a little at
# a time, and stops at its limit.

# %% id="smaller-bomb" tags=["nbval-ignore-output"]
import tracemalloc

bomb = deflate.Deflater(15, forget=True, settings=settings).deflate(bytes(50_000_000))
print(f"on the wire: {len(bomb):,} bytes")
reader = messages.Assembler(1_000_000, inflater=deflate.Inflater(15, forget=False))
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
# A conversation of messages, in both directions, with an end. No more and no less: WebSocket does not
# know that a client who comes back is the same one. What was said while it was away is lost, unless
# the layer above keeps it. Some proxies let no WebSocket through at all. Which transport is the best,
# then, and for whom? Lesson 06 measures. And Part 2 builds a session that outlives its connection.
#
# **Summary**
#
# * A message may come in fragments. Text is the message, not the frame; control frames may stand
#   between fragments and are answered at once.
# * Full duplex: two streams, one in each direction. Arrows cross, and order is seen from one side.
# * Goodbye is said by both, Close for Close; then the server ends TCP. Every wait has a deadline.
# * 1005, 1006 and 1015 are told to your own side and never sent.
# * Silence looks like death. A ping tells them apart.
# * A slow reader stops the sender, because `send` waits: back-pressure.
#
# **Ask next.** Why must a control frame be short? What should a chat do with a reader
# who is connected, answers every ping, and never reads a message?

# %% id="glossary"
lab.glossary("05")

# %% id="finish"
await server.close()
await lab.finish()
