# %% [markdown] id="title"
# # p3 · A stream has no messages
#
# *You write three messages. Your friend reads once, and gets all three in one piece. Where did the
# first one end?*
#
# **Objectives.** At the end you can
#
# * say what a TCP connection promises, and what it does not;
# * mark the end of a message in two ways, and name the price of each;
# * write a reader that does not care how the stream was cut;
# * write a protocol down as a table, and draw it.
#
# **Prerequisites.** Bytes, UTF-8 and JSON (primer p2); `await` (primer p1).

# %% id="start"
import asyncio
import json
import random

from course_lib import lab
from course_lib.lab import bets, clock, plots
from course_lib.net import stream

lab.start()

# %% [markdown] id="promise"
# ## 1 · One write, one read?
#
# You write three times. How often does the other side read?
#
# **TCP** carries most of the web: WebSocket, and HTTP up to its version 2. (HTTP/3 has a way of its
# own.) It promises that what arrives is in order, with nothing missing in between and nothing twice.
# It does not promise that all of it arrives: when a connection breaks, the last bytes are lost, and the
# sender cannot know which (lesson 02 shows it). Here are two servers that write some bytes to every
# client that connects.


# %% id="promise-servers"
async def three_words(connection):
    for word in b"one", b"two", b"three":
        connection.write(word)


async def one_long_text(connection):
    connection.write(b"a" * 4000)
    await connection.drain()


# %% [markdown] id="bet-text"
# ### Your bet
#
# How many pieces does the reader get from each of them? First there is no distance between server and
# reader. Then there is a link with a round-trip time of 50 ms that carries a million bytes a second.
# Both are simulated, so you get the same result as everybody.

# %% id="bet"
my_bet = bets.bet(
    "Pieces over the link: of the three words, and of the one long text?",
    choices=["3 and 1", "3 and 3", "1 and 1", "1 and 3"],
)
my_bet


# %% id="promise-reader"
async def pieces(talk):
    async with stream.serve(talk) as server:
        async with await stream.connect(server.host, server.port) as connection:
            found = []
            while data := await connection.read():
                found.append(data)
            return found


# %% id="promise-pieces"
for name, link in {
    "no distance": {},
    "the link": {"rtt": 0.050, "bandwidth": 1e6},
}.items():
    counts = []
    for talk in three_words, one_long_text:
        sizes = [len(piece) for piece in clock.simulate(pieces(talk), **link)]
        counts.append(str(len(sizes)))
        print(f"{name:12} {talk.__name__:14} {len(sizes)} pieces: {sizes}")
my_bet.reveal(" and ".join(counts))

# %% [markdown] id="promise-answer"
# Three writes can be one piece. One write can be three pieces. And both change with the network.
# The order of the bytes is promised; **the pieces mean nothing**. TCP is a **stream**: like water in
# a pipe, it does not remember the buckets.
#
# *This is the demonstration of this primer.* A program that believes that each read is one message,
# tried in three places. On the train there is *jitter*: the delay changes all the time.


# %% id="demonstration-programs"
async def chatty(connection):
    for number in range(100):
        message = {"number": number, "text": "안녕 " * 20}
        connection.write(json.dumps(message).encode())
        await asyncio.sleep(0.01)


async def believer():
    good = broken = 0
    for piece in await pieces(chatty):
        try:
            json.loads(piece)
            good += 1
        except ValueError:
            broken += 1
    return good, broken


# %% id="demonstration"
for place, link in (
    ("on the author's desk", {}),
    ("across the country", {"rtt": 0.050}),
    ("in a train", {"rtt": 0.050, "jitter": 0.050}),
):
    good, broken = clock.simulate(believer(), **link)
    print(f"{place:21} {good:3} messages understood, {broken:2} pieces were no message")

# %% [markdown] id="demonstration-text"
# It works on the desk, in the tests and in the demo. It breaks for the people on the train. A stream
# has no messages, so **the program has to put them in**. There are two ways.

# %% [markdown] id="mark"
# ## 2 · A mark at the end
#
# How do you see where a line of a text ends?
#
# There is a mark: the byte `\n`. Such a mark is called a **delimiter**. The reader collects bytes
# in a **buffer** until it sees one.


# %% id="mark-reader"
class Lines:
    def __init__(self):
        self.buffer = b""

    def feed(self, piece):
        self.buffer += piece
        *lines, self.buffer = self.buffer.split(b"\n")
        return [line.decode() for line in lines]


# %% [markdown] id="mark-try-text"
# `feed` gets a piece and returns the messages that are complete now: none, one, or many. What is
# left over stays in the buffer. Say what each of these gives:

# %% id="mark-try"
reader = Lines()
for piece in b"hel", b"lo\nhow ", b"are you\nfine\nand", b" you\n":
    print(f"{piece!r:24} {reader.feed(piece)}")

# %% [markdown] id="mark-any-text"
# Does the cut matter? Try them all: two messages, cut in every two places, also in the middle of a
# letter.

# %% id="mark-any"
data = "안녕\n👋 hi\n".encode()
ways = 0
for first in range(len(data) + 1):
    for second in range(first, len(data) + 1):
        reader = Lines()
        cut = data[:first], data[first:second], data[second:]
        assert [line for piece in cut for line in reader.feed(piece)] == [
            "안녕",
            "👋 hi",
        ]
        ways += 1
print(f"{ways} ways to cut: the same two messages")

# %% [markdown] id="mark-break-text"
# ### Break it
#
# Somebody writes a message of two lines.


# %% id="mark-break"
def line(text):
    return text.encode() + b"\n"


print(Lines().feed(line("one message\nin two lines")))

# %% [markdown] id="mark-break-answer"
# One message became two. And a person who knows that can write messages in another person's name. So
# **the mark must never be inside a message.** Either forbid it, or write it differently there. JSON
# does that: in its text a line end is the two characters `\` and `n`.


# %% id="mark-repair"
def json_line(value):
    return json.dumps(value).encode() + b"\n"


sent = json_line("one message\nin two lines")
print("on the wire:", sent)
print("understood: ", [json.loads(text) for text in Lines().feed(sent)])

# %% [markdown] id="mark-exercise"
# What if the mark is two bytes, and the cut is between them? Exercise
# [p3.1](../exercises/p3_a_stream_has_no_messages.ipynb#p3.1-·-Lines-from-a-stream).

# %% [markdown] id="length"
# ## 3 · The length in front
#
# What if a message may contain every byte there is, as a picture does?
#
# Then say first how long it is: two bytes with the length, and then that many bytes. Nothing inside is
# looked at, so nothing inside can do harm.


# %% id="length-packed"
def packed(data):
    return len(data).to_bytes(2, "big") + data


print(packed("안녕".encode()), packed(b""))


# %% id="length-reader"
class Packets:
    def __init__(self):
        self.buffer = b""

    def feed(self, piece):
        self.buffer += piece
        found = []
        while len(self.buffer) >= 2:
            end = 2 + int.from_bytes(self.buffer[:2], "big")
            if len(self.buffer) < end:
                break  # not all of it is here
            found.append(self.buffer[2:end])
            self.buffer = self.buffer[end:]
        return found


# %% [markdown] id="length-any-text"
# A hundred random messages, some of them empty, in random pieces. The length may be cut in the
# middle, too.

# %% id="length-any"
chance = random.Random(3)


def random_pieces(data):
    while data:
        size = chance.randrange(1, 12)
        yield data[:size]
        data = data[size:]


for _ in range(100):
    messages = [chance.randbytes(chance.randrange(20)) for _ in range(10)]
    reader = Packets()
    wire = b"".join(packed(message) for message in messages)
    assert [m for piece in random_pieces(wire) for m in reader.feed(piece)] == messages
print("100 streams of 10 messages: all understood")

# %% [markdown] id="length-break-text"
# ### Break it
#
# Two things can go wrong, and both of them in silence. One sender announces a long message and sends a
# short one, and one ends the connection in the middle:

# %% id="length-break"
liar = Packets()
print("promised 65,535 bytes:", liar.feed(b"\xff\xff hello"), "and it waits")

cut = Packets()
half = packed(b"transfer 1000 to Mina")[:-8]
print("ended in the middle:  ", cut.feed(half), "and no error")

# %% [markdown] id="length-break-answer"
# The first one lied. With four bytes for the length, it would make you wait for four billion bytes,
# and keep them. So a reader has a **limit**, and refuses a length before it collects anything. And
# the *end* of the stream is news, too: with half a message in the buffer it is an error.
#
# Now there are many cases: a length may be too long, the end may come here or there. How do you not
# forget one?

# %% [markdown] id="table"
# ## 4 · A state machine is a table
#
# What can happen, and when?
#
# The reader is always in one of a few **states**: before a message (`start`), inside the length,
# inside the body. Something happens, an **event**, and it moves to another state, or stays. Write
# all of that down:

# %% id="table-table"
TABLE = {
    ("start", "byte"): "length",
    ("start", "end"): "closed",
    ("length", "byte"): "body",
    ("length", "last byte"): "start",  # a message of no bytes
    ("length", "too long"): "broken",
    ("length", "end"): "broken",
    ("body", "byte"): "body",
    ("body", "last byte"): "start",
    ("body", "end"): "broken",
}

# %% [markdown] id="table-draw-text"
# This is a **state machine**. The diagram is drawn from the table, so both always say the same:

# %% id="table-draw"
plots.states(TABLE, name="The reader of packets")

# %% [markdown] id="table-missing-text"
# A table can be checked by a program. Which pairs of state and event are not in it?

# %% id="table-missing"
events = list(dict.fromkeys(event for _, event in TABLE))
for state in dict.fromkeys(state for state, _ in TABLE):
    absent = [event for event in events if (state, event) not in TABLE]
    print(f"{state:7} has no answer to:", ", ".join(absent) or "nothing")

# %% [markdown] id="table-missing-answer"
# Look at each one, and ask whether it can happen. The first byte of a length cannot be the last of
# a message. A body that was too long was refused before it began. So the table is complete, and
# you know it, because you looked.
#
# The program is the table and one method that moves.


# %% id="table-machine"
class Machine:
    def __init__(self, limit):
        self.state, self.limit = "start", limit
        self.data = b""

    def move(self, event):
        if (self.state, event) not in TABLE:
            raise ValueError(f"{event!r} in state {self.state!r}")
        self.state = TABLE[self.state, event]


# %% id="table-reader"
class Reader(Machine):
    def feed(self, piece):
        found = []
        for value in piece:
            self.data += bytes([value])
            size = int.from_bytes(self.data[:2], "big")
            if self.state == "length" and size > self.limit:
                self.move("too long")
            elif self.state != "start" and len(self.data) == 2 + size:
                self.move("last byte")
                found.append(self.data[2:])
                self.data = b""
            else:
                self.move("byte")
        return found


# %% [markdown] id="table-try-text"
# The liar and the message that was cut off, once more:

# %% id="table-try"
liar = Reader(limit=1000)
try:
    liar.feed(b"\xff\xff hello")
except ValueError as error:
    print("refused:", error)

for wire in packed(b"all of it"), half:
    reader = Reader(limit=1000)
    messages = reader.feed(wire)
    reader.move("end")
    print(messages, "and then:", reader.state)

# %% [markdown] id="table-agree-text"
# Do both readers agree on good streams?

# %% id="table-agree"
for _ in range(100):
    wire = b"".join(packed(chance.randbytes(chance.randrange(20))) for _ in range(10))
    one, other = Packets(), Reader(limit=1000)
    for piece in random_pieces(wire):
        assert one.feed(piece) == other.feed(piece)
print("100 streams: the same messages, after the same pieces")

# %% [markdown] id="table-exercise"
# Write a reader of packets that refuses what it must: exercise
# [p3.2](../exercises/p3_a_stream_has_no_messages.ipynb#p3.2-·-Packets-with-a-limit).

# %% [markdown] id="missing"
# ## What is still missing
#
# The reader reads. It does not answer, and the other side never says how it wants to be read. Both
# sides need to agree on marks and lengths before the first byte. Such an agreement is called a
# **protocol**. The oldest one of the web, HTTP, uses both ways at once: a head that ends with a mark,
# and a body with its length in front. That is lesson 01. WebSocket uses lengths only; you will take its
# frames from the stream in lesson 04, with a reader much like that of section 3.
#
# **Summary**
#
# * TCP promises that what arrives is in order and without a hole. Pieces mean nothing.
# * A delimiter is simple to read, and must never be inside a message.
# * A length in front lets a message contain everything, and must be limited before it is believed.
# * A reader keeps a buffer, and returns no message, one, or many for a piece.
# * The end of the stream is an event. In the middle of a message it is an error.
# * A state machine is a table. Draw it, check it, and let one method move it.
#
# **Ask next.** Why can the byte of `\n` never be a part of a Hangul syllable in UTF-8? What should
# a chat do when it meets a line that is longer than its limit?

# %% id="glossary"
lab.glossary("p3")

# %% id="finish"
await lab.finish()
