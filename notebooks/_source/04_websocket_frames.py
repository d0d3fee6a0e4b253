# %% [markdown] id="title"
# # 04 · WebSocket: one frame
#
# *The handshake is over and the connection stays open. But a stream has no messages. How does each
# side know where a message ends?*
#
# **Objectives.** At the end you can
#
# * read a WebSocket frame bit by bit, and write one by hand;
# * say how many bytes of header a message has, whatever its length;
# * cut frames out of a stream that comes in any pieces, and refuse a bad one early;
# * explain what masking protects, what it does not, and where its keys must come from;
# * let a browser and a server talk through two functions of your own.
#
# **Prerequisites.** Lesson 03: the handshake. From primer p3: a stream, a buffer, a length in front.
# Numbers in base 2: `0b1010` is 10.

# %% id="start"
import contextlib
import os
import random
import re
import time

import aiohttp

from course_lib import lab
from course_lib.errors import LocalError, RemoteError
from course_lib.lab import bets, checks, clock, plots, predict, show, tap
from course_lib.lab.apps import echo
from course_lib.net import ws
from course_lib.wire.websocket import close_codes, frames, masking

lab.start()
swapped = contextlib.ExitStack()  # section 7: puts functions back on close()

# %% [markdown] id="frame"
# ## 1 · One frame, bit by bit
#
# A server says "Hello" to a page that has been connected for an hour. What has to be on the wire?
#
# No request line, no header lines: all of that was said in the handshake. What is left is small.
# Here is a conversation with an echo server. The client comes from the library; lesson 05 shows how it
# works. The tap writes down what each end does, and we take what the *server's* end received and sent.
# The first two of these events are the handshake of lesson 03, so we leave them out.


# %% id="frame-record"
async def three_words():
    with tap.Tap("an echo") as recording:
        async with echo.serve() as server, ws.connect(server.url) as client:
            for text in ("Hello", "Hello", "안녕"):
                await client.send(text)
                assert await client.recv() == text
    [ours] = [end.number for end in recording.ends if end.role == "server"]
    events = [event for event in recording.events if event.end == ours and event.data]
    return events[2:]  # without the handshake: a request and a 101


wire = clock.simulate(three_words())
for number, event in enumerate(wire):
    print(f"{number}  {event.kind:8}  {event.data.hex(' ')}")

# %% [markdown] id="frame-look"
# Look at line 1, the first that the server has *sent*. Its last five bytes are `Hello` in UTF-8, as in
# primer p2. So two bytes are left, and they say everything else. Which of their bits could be the
# length? (The last two lines are the goodbye. That is lesson 05.)

# %% id="frame-bits"
hello = wire[1].data
for byte in hello[:2]:
    print(f"{byte:02x} = {byte:08b}")

# %% [markdown] id="frame-fields"
# This is a **frame**: a header, and after it the **payload**. The two bytes of this header are made
# of parts that are smaller than a byte. Here is each bit with its part, from left to right. (RFC 6455,
# the standard, counts them in this order: its bit 0 is the one on the *left*. In Python `1 << 0` is the
# one on the right.)

# %% id="frame-show"
show.frame(hello)

# %% [markdown] id="frame-fields-text"
# * **FIN** (*final*): 1 if the message ends with this frame, 0 if more frames follow (lesson 05).
# * **RSV1 to RSV3** are *reserved* for extensions. Nobody agreed on one here, so they are 0.
# * **opcode**: what the payload is; 1 is text in UTF-8.
# * **MASK**: is the payload masked? See section 4.
# * **length** of the payload, in bytes.
#
# Read them in Python. `>> 4` moves the bits four places to the right, and `& 0b111` keeps the last
# three of them.


# %% id="frame-read"
def first_two(data):
    first, second = data[0], data[1]
    fin, rsv, opcode = first >> 7, (first >> 4) & 0b111, first & 0b1111
    return {
        "fin": fin,
        "rsv": rsv,
        "opcode": frames.Opcode(opcode).name,
        "mask": second >> 7,
        "length": second & 0b1111111,
    }


print(first_two(hello))

# %% [markdown] id="frame-others-text"
# There are six opcodes. Those from 8 on are **control frames**, which carry no message; lesson 05 is
# about them.
#
# | 0 | 1 | 2 | 8 | 9 | 10 |
# |---|---|---|---|---|---|
# | more of a message | text | binary: any bytes | close | ping | pong |
#
# Before you run the cell: which opcode and which length have these four, and is FIN set?

# %% id="frame-others"
for data in ("82 03", "89 00", "88 02", "01 7d"):
    print(data, first_two(bytes.fromhex(data)))

# %% [markdown] id="frame-hand-text"
# Now the other way: a frame by hand. Text, five bytes. Then the library reads it. It also says how
# many bytes the frame takes.

# %% id="frame-hand"
by_hand = bytes([0b1_000_0001, 0b0_0000101]) + b"Hello"
print(frames.cut(by_hand, masked=False))
assert by_hand == hello

# %% [markdown] id="length"
# ## 2 · A length that grows
#
# Seven bits can say 0 to 127. How do you say 65,536?
#
# Two of the 128 values are no lengths. They say where the length is:
#
# | length byte | the length | header |
# |---|---|---|
# | 0 to 125 | is this number | 2 bytes |
# | 126 | is in the next 2 bytes | 4 bytes |
# | 127 | is in the next 8 bytes; their first bit must be 0 | 10 bytes |
#
# In a number of more than one byte the most significant byte comes first (*network byte order*, primer
# p2). It is easy to make a mistake at the borders, where a length gets one more byte or eight. So say first:
# how many bytes of header does a payload of 125 bytes get? And one of 126, of 65,535 and of 65,536?


# %% id="length-header"
def header(opcode, length):
    first = 0b1_000_0000 | opcode
    if length < 126:
        return bytes([first, length])
    if length < 2**16:
        return bytes([first, 126]) + length.to_bytes(2, "big")
    return bytes([first, 127]) + length.to_bytes(8, "big")


for length in (125, 126, 65_535, 65_536):
    print(f"{length:6,} bytes: {header(1, length).hex(' ')}")

# %% [markdown] id="length-why"
# Why not eight bytes for every length? Because most messages are short. In a chat each message would
# cost eight bytes more, for a length that nobody needs.
#
# May a program, to keep its code simple, always use two bytes and write 5 as `7e 00 05`? No. The RFC wants
# the **shortest** form. Then a length can be written in one way only, and two different headers never
# mean the same.
#
# The library's function does the same, and the caller chooses three more bits: `FIN`, `RSV1` and `MASK`. (Each
# of these names is a byte with one bit set.)

# %% id="length-library"
show.source(frames.header)

# %% [markdown] id="length-exercise"
# Write `header` with the bit for masking, and then a whole frame of text: exercise
# [4.1](../exercises/04_websocket_frames.ipynb#4.1-·-The-header).

# %% [markdown] id="cut"
# ## 3 · Take one frame from the stream
#
# The server reads from its connection and gets `81 05 48 65`. What should it do?
#
# Wait. A read may end anywhere in a frame: in the payload, in the long length, after the first byte. And
# it may bring three frames and a half. So there is a buffer, as in primer p3, and a function `cut` that
# looks at its beginning. It gives one frame, or `None` while something is missing. First the length:


# %% id="cut-length"
def read_length(buffer):
    """The length of the payload and where the header ends, or None."""
    if len(buffer) < 2:
        return None
    length, at = buffer[1] & 0b1111111, 2
    if length > 125:
        at = 4 if length == 126 else 10
        if len(buffer) < at:
            return None
        length = int.from_bytes(buffer[2:at], "big")
    return length, at


print(read_length(hello), read_length(header(2, 70_000)), read_length(hello[:1]))

# %% [markdown] id="cut-frame-text"
# Then the frame. `end` is where the next one begins.


# %% id="cut-frame"
def cut(buffer):
    """(opcode, payload, end) of the first frame, or None."""
    found = read_length(buffer)
    if found is None:
        return None
    length, at = found
    end = at + length
    if len(buffer) < end:
        return None
    return buffer[0] & 0b1111, buffer[at:end], end


print(cut(hello[:4]), cut(hello), cut(hello + hello))

# %% [markdown] id="cut-agree-text"
# Does it find every frame, in whatever pieces the stream comes? Compare both functions, `header` and `cut`,
# with the library's. Random frames, of lengths around the borders, in random pieces:


# %% id="cut-read"
def read_all(pieces, take_one):
    buffer, found = b"", []
    for piece in pieces:
        buffer += piece
        while (one := take_one(buffer)) is not None:
            opcode, payload, end = one
            found.append((opcode, payload))
            buffer = buffer[end:]
    return found


def library_cut(buffer):
    found = frames.cut(buffer, masked=False)
    if found is None:
        return None
    frame, end = found
    return frame.opcode, frame.payload, end


# %% id="cut-agree"
def in_pieces(data, chance):
    while data:
        size = chance.choice([1, 2, 5, 100, 30_000])
        yield data[:size]
        data = data[size:]


for seed in range(200):
    chance = random.Random(seed)
    sizes = [chance.choice([0, 5, 125, 126, 65_535, 65_536]) for _ in range(4)]
    sent = [(chance.choice([1, 2]), chance.randbytes(size)) for size in sizes]
    stream = b"".join(header(op, len(data)) + data for op, data in sent)
    assert stream == b"".join(frames.encode(frames.Frame(*one)) for one in sent)
    for function in (cut, library_cut):
        assert read_all(in_pieces(stream, chance), function) == sent
print("200 streams in pieces: the same bytes, and both find every frame")

# %% [markdown] id="cut-promise-text"
# ### Break it
#
# Ten bytes arrive: a header that announces a payload of $2^{62}$ bytes, and nothing after it. How many bytes
# would your server collect?

# %% id="cut-promise"
promise = header(2, 2**62)
print(promise.hex(" "), "->", cut(promise), f"({read_length(promise)[0]:,} to come)")
try:
    frames.cut(promise, masked=False, limit=1_000_000)
except RemoteError as error:
    print(f"the library: {error.code} {close_codes.MEANINGS[error.code]}: {error}")

# %% [markdown] id="cut-promise-answer"
# Ours says `None`: wait for more. After these ten bytes it would keep whatever comes, until its memory is
# full. (A program that reserves the announced size at once needs only these ten.) **A length is a promise
# by somebody that you do not know**, so look at it before you keep anything. The number that the
# library says is a **close code**: it tells the other end, the *peer*, why the connection ends.
#
# The header alone is enough to refuse other mistakes as well. Three rules more:
#
# * A control frame has at most 125 bytes of payload.
# * A control frame is always whole: FIN is set. (Only a message may be *fragmented*, which means divided
#   into several frames: lesson 05.)
# * A server does not mask. (The next section says what that means, and why.)

# %% id="cut-bad"
bad = {
    "RSV bits that nobody agreed on": "f1 00",
    "opcode 3": "83 00",
    "a ping of 126 bytes": "89 7e 00 7e",
    "a ping without FIN": "09 00",
    "5 in two bytes": "81 7e 00 05",
    "a server that masks": "81 85 37 fa 21 3d",
}
for what, data in bad.items():
    try:
        frames.cut(bytes.fromhex(data), masked=False)
    except RemoteError as error:
        print(f"{what:31} {error.code}  {error}")

# %% [markdown] id="mask"
# ## 4 · What a client adds
#
# Look once more at the conversation of section 1. The client said "Hello" twice. Why can you not see `Hello`
# in either of its two frames? And why are these two frames different?

# %% id="mask-look"
for event in wire[:4]:
    print(f"{event.kind:8}  {event.data.hex(' ')}")

# %% [markdown] id="mask-how"
# The MASK bit is set: the second byte is `85`, not `05`. Four bytes follow that a server does not
# send: the **masking key**. The payload comes next, and it is mixed. Its bytes 0, 1, 2 and 3 are mixed with
# bytes 0, 1, 2 and 3 of the key, byte 4 with byte 0 of the key again, and so on. *Mixed* is the **XOR** of
# two numbers, `^` in Python: a bit of the result is 1 where the two bits differ.

# %% id="mask-show"
show.frame(wire[0].data)

# %% [markdown] id="mask-xor"
# Read the lower table: each payload byte is the XOR of the two bytes above it. And XOR with the same
# key once more undoes it, so one function masks and unmasks:


# %% id="mask-slowly"
def mask(payload, key):
    return bytes([byte ^ key[i % 4] for i, byte in enumerate(payload)])


for event in (wire[0], wire[2]):
    key, masked = event.data[2:6], event.data[6:]
    print(f"key {key.hex(' ')}  payload {masked.hex(' ')}  ->", mask(masked, key))

# %% [markdown] id="mask-why"
# The key comes first, and everybody can read it. So this hides nothing, and it is not meant to.
# What is it for?
#
# Between a browser and a server there may be a program that neither of them knows of. It passes on all bytes
# as they are, `Upgrade` too (the proxy of lesson 03 did not), and it reads them on the way. It knows HTTP and
# has never heard of WebSocket. Some of these *intercepting* proxies keep a cache: they remember answers, and
# give them to the next client that asks. Here is a very simple one. It believes that everything that passes
# is HTTP.


# %% id="mask-proxy"
class NaiveProxy:
    def __init__(self):
        self.asked, self.cache = [], {}

    def up(self, data):
        """From a page to a server: does it look like a request?"""
        found = re.findall(rb"GET (\S+) HTTP/1.1\r\nHost: (\S+)\r\n\r\n", data)
        self.asked += [(host + path).decode() for path, host in found]

    def down(self, data):
        """From the server: then this is the answer."""
        if self.asked and data.startswith(b"HTTP/1.1 200"):
            self.cache[self.asked.pop(0)] = data.partition(b"\r\n\r\n")[2]


# %% [markdown] id="mask-attack-text"
# A person opens a bad page. The page connects to the bad server it came from, and sends one
# message, whose text looks like a request for a script of *another* site. The bad server sends what
# looks like an answer. What is in the proxy's cache afterwards?

# %% id="mask-attack"
looks_like = b"GET /jquery.js HTTP/1.1\r\nHost: cdn.example\r\n\r\n"
answer = b"HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\nsteal(cookies);"


def attack(frame):
    proxy = NaiveProxy()
    proxy.up(frame)
    proxy.down(answer)
    return proxy.cache


text = frames.Frame(frames.Opcode.TEXT, looks_like)
print("not masked:", attack(frames.encode(text)))
print("masked:    ", attack(frames.encode(text, os.urandom(4))))

# %% [markdown] id="mask-attack-answer"
# Without a mask, everybody who uses this proxy and visits a site with this script now runs the
# attacker's script. (This is called *cache poisoning*.) Researchers tried it on the proxies of real networks before WebSocket was finished, and
# with a few it worked. So masking became a rule: **a client masks each frame, with a fresh key that the
# page cannot know.**
#
# Why fresh, and why unknown? Say a browser always used the same key. What would the bad page send?

# %% id="mask-constant"
always = bytes.fromhex("37 fa 21 3d")
prepared = frames.Frame(frames.Opcode.BINARY, mask(looks_like, always))
print("a known key:", attack(frames.encode(prepared, always)))

# %% [markdown] id="mask-rules"
# The page mixes its text with the known key, and sends the result as a binary message. The browser mixes it
# with the same key once more, which undoes the first time. So the request is on the wire as plain text. A key
# that is used a second time is no better: the bad server has read it in the first frame, and can tell its
# page. So each frame needs a new key, and a random one.
#
# ### Which random numbers?
#
# Python's module `random` says that its numbers are random. Here is a client that takes its keys from
# this module. It masks whatever its page wants to send. The bad server sees every frame of this client, and
# each frame carries its key. How many keys does the bad server need, until it can predict the next one?


# %% id="mask-random"
def client(opcode, payload):
    key = random.randbytes(4)
    return frames.encode(frames.Frame(opcode, payload), key)


seen = [client(frames.Opcode.TEXT, b"hi") for _ in range(predict.NEEDED)]
print("frames seen:", len(seen))
copy = predict.copy_of_random([frame[2:6] for frame in seen])  # bytes 2 to 5: the key

# %% [markdown] id="mask-random-text"
# `random` has a *state* of 624 numbers, and the next state follows from it. Each number that it returns
# is one of them, with its bits mixed in a way that can be undone. So 624 keys in a row are the whole
# state. `predict.copy_of_random`, a helper of this lab, undoes the mixing. The result is a second random
# number generator that continues from there. How many of the next thousand keys does it predict?

# %% id="mask-predicted"
right = 0
for _ in range(1000):
    predicted, real = copy.randbytes(4), client(frames.Opcode.TEXT, b"hi")[2:6]
    right += predicted == real
print(f"{right} of the next 1000 keys predicted")

poison = mask(looks_like, copy.randbytes(4))
print("the attack, with keys of random:", attack(client(frames.Opcode.BINARY, poison)))
assert right == 1000

# %% [markdown] id="mask-strong"
# All of them, and the wrong script is in the cache again. RFC 6455 says (5.3): "the masking key for a given
# frame MUST NOT make it simple for a server/proxy to predict the masking key for a subsequent frame." And it
# has an example of what to use (10.3): "a cryptographically strong random number generator". In Python that
# is **`os.urandom(4)` or `secrets.token_bytes(4)`**. Use `random` only where nobody gains anything by
# predicting its numbers, for a game or a simulation; for keys, tokens and passwords, never.
#
# And why does a server not mask? The danger is a page that makes an honest browser send bytes which the page
# has chosen. A bad server needs no browser: it can send any bytes in any case. So a mask from a server would
# help nobody, and the RFC forbids it. Both rules are checked: a client's frame without a mask ends the
# connection with 1002, and so does a server's frame with one. What happens when a client sends the seven
# bytes of the server's `Hello`, without a mask?

# %% id="mask-missing"
try:
    frames.cut(hello, masked=True)
except RemoteError as error:
    print(error.code, close_codes.MEANINGS[error.code], "-", error)

# %% [markdown] id="mask-exercise"
# Now you know every byte of a frame. Cut frames with a limit, in any pieces, masked or not: exercise
# [4.2](../exercises/04_websocket_frames.ipynb#4.2-·-Cut-a-frame).

# %% [markdown] id="fast"
# ## 5 · Faster
#
# A byte at a time is how the RFC describes it. How long does that take for a picture of 64 KiB?
#
# Python can do something else. It has integers of any size, and `^` works on those, too. So take the
# whole payload as **one number**, the key repeated to the same length as a second number, and mix once. (The
# first lines of the cell check that both ways give the same bytes. XOR works bit by bit, so any byte order
# is right, as long as all three places have the same.)

# %% id="fast-source"
for size in [*range(70), 1_000, 65_537]:
    payload, key = os.urandom(size), os.urandom(4)
    assert masking.mask_at_once(payload, key) == mask(payload, key)
show.source(masking.mask_at_once)

# %% [markdown] id="bet-text"
# ### Your bet
#
# A payload of 64 KiB. **How many times faster** than a byte at a time is one XOR of two large
# numbers? Place your number before you run the next cell.

# %% id="bet"
my_bet = bets.bet("One XOR of two large numbers: how many times faster?", unit="times")
my_bet


# %% id="fast-measure" tags=["nbval-ignore-output"]
def cost(function, payload, rounds):
    """Seconds of the processor for one call: the best of five tries."""
    best, key = float("inf"), os.urandom(4)
    for _ in range(5):
        before = time.process_time()
        for _ in range(rounds):
            function(payload, key)
        best = min(best, (time.process_time() - before) / rounds)
    return best


slow = cost(mask, bytes(65_536), 5)
fast = cost(masking.mask_at_once, bytes(65_536), 200)
assert slow > 5 * fast
my_bet.reveal(round(slow / fast))

# %% [markdown] id="fast-where"
# Where does the difference come from? For each byte, Python takes several small steps of your function:
# get the next byte, compute the place in the key, get the byte there, XOR. With the large numbers there
# are a few steps in all, and the loop over the bytes is inside Python, written in C.
#
# Is it faster for short messages as well? And can it be even faster? If the package `websockets` is
# installed (the course works without it), the library uses a function of it that is written in C,
# and the figure has a third line.

# %% id="fast-sizes" tags=["nbval-ignore-output"]
ways = {"one by one": mask, "at once": masking.mask_at_once}
if masking.mask is not masking.mask_at_once:
    ways["in C"] = masking.mask
times = {
    name: {
        size: cost(function, bytes(size), rounds)
        for size, rounds in ((8, 10_000), (64, 5_000), (1_024, 500), (65_536, 10))
    }
    for name, function in ways.items()
}
assert times["one by one"][65_536] > 5 * times["at once"][65_536]
plots.speed(times, bet=(65_536, slow / my_bet.value) if my_bet.value else None)

# %% [markdown] id="fast-sizes-text"
# Your bet is the star, if you placed one. Look at the right end: that is the picture. For a few bytes the
# first two lines come near to each other: then it is the call itself that takes the time, and not the bytes.
# The C function, if you have it, is below both: it makes no large numbers on the way.

# %% [markdown] id="pieces"
# ## 6 · A mask that goes on
#
# A frame of ten megabytes is on its way, and its first piece is here. Do you have to wait for the
# rest before you can read it?
#
# No: the header is complete, so the key is known. Unmask each piece when it comes. Try it with
# pieces of six bytes. What do you expect?

# %% id="pieces-wrong"
key = bytes.fromhex("37 fa 21 3d")
masked = mask("안녕하세요, 여러분".encode(), key)
pieces = [masked[at : at + 6] for at in range(0, len(masked), 6)]
text = b"".join(mask(piece, key) for piece in pieces)
print(text.decode(errors="replace"))

# %% [markdown] id="pieces-why"
# Pieces 2 and 4 are broken. Byte 6 of the payload, counted from 0, belongs to byte 2 of the key (6 mod 4), but
# our second piece began with byte 0 of the key again. The key starts at its byte 0 only at the beginning of a
# **frame**; where the network cuts the frame does not matter. So the program has to remember how far the key has been used. The library *rotates* the key:
# it moves the bytes that have been used to the end, so that the next one is always the first.

# %% id="pieces-source"
show.source(masking.Unmasker)

# %% id="pieces-right"
unmasker = masking.Unmasker(key)
print(b"".join(unmasker.feed(piece) for piece in pieces).decode())

# %% [markdown] id="pieces-exercise"
# Write it yourself, and be a client whose keys nobody can predict: exercise
# [4.3](../exercises/04_websocket_frames.ipynb#4.3-·-Masks).

# %% [markdown] id="browser"
# ## 7 · Your codec carries a browser's traffic
#
# You have `header` and `cut`. Together they are a *codec*: they write what they can read. Are they good
# enough for a browser? There is one thing to add: the frames of a client are masked. The key is
# between the header and the payload. (The last line below is a close: the two bytes of its payload are
# the close code, 1000.)


# %% id="browser-cut"
def cut_from_client(buffer):
    found = read_length(buffer)
    if found is None:
        return None
    length, at = found
    key, body, end = buffer[at : at + 4], at + 4, at + 4 + length
    if len(buffer) < end:
        return None
    return buffer[0] & 0b1111, mask(buffer[body:end], key), end


for event in wire[::2]:
    print(cut_from_client(event.data))

# %% [markdown] id="browser-swap-text"
# Now put them into the running library. It calls `frames.header` and `frames.cut` with a few more
# arguments, and it wants a `Frame`. So each gets an *adapter*, a function around it that changes
# what goes in and what comes out. A third function, `not_in_pieces`, switches something off: the library can
# read the beginning of a long frame without your `cut`, and with this function it does not.


# %% id="browser-adapters"
def adapted_header(opcode, length, masked=False, *, fin=True, rsv1=False):
    return header(opcode, length)


def adapted_cut(buf, start=0, *, masked, limit=1_000_000, rsv1=False):
    found = cut_from_client(buf[start:])
    if found is None:
        return None
    opcode, payload, end = found
    fin = (buf[start] >> 7) == 1
    return frames.Frame(frames.Opcode(opcode), payload, fin), start + end


def not_in_pieces(*args, **options):
    return None


# %% [markdown] id="demonstration-text"
# *This is the demonstration of this lesson.* From here on, every frame of this server is read and
# written by the two functions of this lesson. (They are small: they trust every length and refuse nothing. Do
# not put them on the internet.) Run the next cell, and say something on its page. Then press *Four lengths*:
# it sends 125, 126, 65,535 and 65,536 letters, and checks that the same letters come back.

# %% id="demonstration" tags=["nbval-ignore-output"]
with contextlib.suppress(LocalError):
    swapped.close()  # if this cell is run again
yours = checks.swap(
    frames, header=adapted_header, cut=adapted_cut, read_header=not_in_pieces
)
swapped.enter_context(yours)
server = await echo.serve()
show.page(echo.page_url(server), height=300)

# %% [markdown] id="browser-kernel-text"
# Here is another client that you did not write, that of aiohttp, with messages around every border:

# %% id="browser-kernel"
async with aiohttp.ClientSession() as session:
    async with session.ws_connect(server.url) as peer:
        for text in ("안녕 👋", "", "a" * 125, "b" * 126, "c" * 65_535, "d" * 65_536):
            await peer.send_str(text)
            assert await peer.receive_str() == text
        await peer.send_bytes(bytes(range(256)) * 3_000)
        assert await peer.receive_bytes() == bytes(range(256)) * 3_000
    print("7 messages there and back; the connection ended with", peer.close_code)

# %% [markdown] id="browser-count-text"
# How often did the library call your functions? Run the next cell, and once more when you have said
# something on the page: each answer has a header of yours. In the browser's developer tools (F12,
# *Network*, the line of the WebSocket, *Messages*) you see the same messages, without headers: the
# browser has already cut them off.

# %% id="browser-count" tags=["nbval-ignore-output"]
print("headers written:", yours.calls["header"])
print("buffers looked at:", yours.calls["cut"])
assert yours.calls["header"] <= yours.calls["cut"]

# %% [markdown] id="browser-end-text"
# Give the library its own functions back:

# %% id="browser-end"
swapped.close()
await server.close()
assert frames.header.__module__ == "course_lib.wire.websocket.frames"

# %% [markdown] id="missing"
# ## What is still missing
#
# A frame is no message yet. A long message may come in several frames, with a ping between them;
# both sides may speak at the same time; and a connection has to end so that both know why. That
# conversation is lesson 05.
#
# **Summary**
#
# * A header of 2, 4 or 10 bytes says what the payload is and how long. A client's frame has 4 bytes more, the
#   masking key.
# * The length is written in the shortest form. 126 and 127 say that it is in the next bytes.
# * A reader keeps a buffer and takes frames from its beginning. It refuses a bad header before the payload comes.
# * A client masks each frame with a fresh key from the system's own random numbers, so that a page
#   cannot choose the bytes on the wire. That protects proxies. It hides nothing.
# * The key continues over all pieces of a frame.
#
# **Ask next.** With TLS a proxy on the way sees no byte of a frame. Is masking still needed then?
# And what would a header look like if most messages were of a million bytes?

# %% id="glossary"
lab.glossary("04")

# %% id="finish"
await lab.finish()
