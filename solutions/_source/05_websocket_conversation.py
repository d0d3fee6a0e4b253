# %% [markdown] id="title"
# # 05 · WebSocket: the conversation: exercises
#
# Write your answer where it says `YOUR CODE HERE`, run the cell with Shift+Enter, then run the cell
# with `check` below it. `checks.hint("5.1")` gives three hints, one at a time, and
# `checks.hint("5.1", 1)` shows the first one again.
#
# If your time is short, do the exercises marked *Core*. The others are for practice.
#
# In every exercise the library cuts the frames, and your class decides what they mean. At the end
# it stands inside the library's server, and a client of aiohttp, which knows nothing of this
# course, talks to it.

# %% id="start"
import asyncio
import os

import aiohttp

from course_lib import lab
from course_lib.lab import checks, your_websocket
from course_lib.lab.checks import check
from course_lib.net import stream, ws, ws_connection
from course_lib.wire.http import http11
from course_lib.wire.websocket import connection as websocket
from course_lib.wire.websocket import frames, handshake

lab.start()

# %% [markdown] id="fragments" exercise="5.1" role="prompt"
# ## 5.1 · Fragments, with pings between
#
# Core, 14 minutes. Prepared by
# [A message in pieces](../notebooks/05_websocket_conversation.ipynb#1-·-A-message-in-pieces).
#
# Write a class `Assembler`. Its method `add(opcode, fin, payload)` is called for each frame that
# comes, and returns a **list** of what is to be done now; it is often empty.
#
# | opcode | frame | |
# |---|---|---|
# | 1, 2 | text, binary | begins a message |
# | 0 | continuation | goes on with the message that was begun |
# | 9 | ping | answer it with `("pong", payload)` |
# | 10 | pong | nothing to do |
#
# * `("message", …)` when a message is whole: a `str` for text, `bytes` for binary. A message may be
#   empty, and so may each of its fragments.
# * `("fail", 1002)` when opcode 0 comes and no message is under way, or 1 or 2 while one is.
# * `("fail", 1007)` when a text is not UTF-8. You may say it at once or at the end of the message.
#
# After a `fail` nothing more comes. Each connection has an `Assembler` of its own. No limits are
# needed here.
#
# ```
# add(1, False, b"\xec\x95")      ─▶  []
# add(9, True, b"42")             ─▶  [("pong", b"42")]
# add(0, True, b"\x88")           ─▶  [("message", "안")]
# ```


# %% id="fragments-stub" exercise="5.1" role="stub"
class Assembler:
    def __init__(self):
        ### BEGIN SOLUTION
        self.kind, self.data = None, b""
        ### END SOLUTION

    def add(self, opcode, fin, payload):
        ### BEGIN SOLUTION
        if opcode == 9:
            return [("pong", payload)]
        if opcode == 10:
            return []
        if (opcode == 0) != (self.kind is not None):
            return [("fail", 1002)]
        self.kind = self.kind or opcode
        self.data += payload
        if not fin:
            return []
        kind, data = self.kind, self.data
        self.kind, self.data = None, b""
        if kind == 2:
            return [("message", data)]
        try:
            return [("message", data.decode())]
        except UnicodeDecodeError:
            return [("fail", 1007)]
        ### END SOLUTION


# %% id="fragments-check" exercise="5.1" role="check"
check("5.1")
### BEGIN HIDDEN TESTS
check("5.1").credit()
### END HIDDEN TESTS

# %% [markdown] id="fragments-wire-text"
# ### Your code on the wire
#
# In the library's server every frame now goes through your class. An echo server: what your
# `Assembler` calls a message comes back. First aiohttp, with whole messages and pings.


# %% id="fragments-wire" exercise="5.1" role="wire"
checks.answered("5.1")


async def echo(connection):
    async for message in connection:
        await connection.send(message)


mine = {"Connection": your_websocket.assembling(Assembler)}
with checks.swap(websocket, **mine):
    async with (
        checks.within(5),
        ws.serve(echo) as server,
        aiohttp.ClientSession() as http,
        http.ws_connect(server.url, autoping=False) as peer,
    ):
        for say in (peer.send_str("안녕 👋"), peer.ping(b"42"), peer.send_bytes(b"\x00")):
            await say
            answer = await peer.receive()
            print(answer.type.name, answer.data)

# %% [markdown] id="fragments-wire-raw-text"
# aiohttp sends no fragments. So here are frames made by hand, two bytes in each, with a ping in the
# middle of a character. The rest of the message is sent when the pong has come. And then comes the
# continuation of a message that was never begun: what does the server say to it?


# %% id="fragments-wire-raw" exercise="5.1" role="wire"
checks.answered("5.1")


async def by_hand(port, *parts):
    request = handshake.request(f"ws://127.0.0.1:{port}/", "dGhlIHNhbXBsZSBub25jZQ==")
    async with await stream.connect("127.0.0.1", port) as connection:
        connection.write(http11.encode_request(request))
        await connection.read_until(b"\r\n\r\n")
        for part in parts:
            connection.write(b"".join(frames.encode(frame, os.urandom(4)) for frame in part))
            head = await connection.read_exactly(2)
            body = await connection.read_exactly(head[1])
            said = int.from_bytes(body[:2], "big") if head[0] == 0x88 else body.decode()
            print(f"opcode {head[0] & 15:2}:", said)


text = "안녕".encode()
pieces = [
    frames.Frame(frames.Opcode.TEXT if at == 0 else frames.Opcode.CONT, text[at : at + 2], at == 4)
    for at in (0, 2, 4)
]
pieces.insert(1, frames.Frame(frames.Opcode.PING, "아직?".encode()))
with checks.swap(websocket, **mine):
    async with checks.within(5), ws.serve(echo) as server:
        never_begun = frames.Frame(frames.Opcode.CONT, b"lo")
        await by_hand(server.port, pieces[:2], pieces[2:], [never_begun])

# %% [markdown] id="ending" exercise="5.2" role="prompt"
# ## 5.2 · Say goodbye
#
# Core, 20 minutes. Prepared by
# [Say goodbye](../notebooks/05_websocket_conversation.ipynb#3-·-Say-goodbye).
#
# Write the server's side of a conversation as a class `Ending`. It has no clock and no network:
# `Ending(timeout)` makes one, and `handle(event, now)` is told what has happened and when, in
# seconds. It returns a **list** of what is to be done, in the order in which it is done: what stands
# after `("hang up",)` is never sent.
#
# | event | |
# |---|---|
# | `("say", text)` | the application wants to send a text |
# | `("close", code)` | the application says goodbye; the code is a number, or None for no code |
# | `("frame", opcode, payload)` | a frame came: 1 text, 8 Close, 9 ping, 10 pong |
# | `("time",)` | time has passed; this comes every now and then |
# | `("lost",)` | TCP has ended |
#
# | to do | |
# |---|---|
# | `("send", opcode, payload)` | send this frame |
# | `("message", text)` | give a text to the application |
# | `("closed", code)` | tell the application that it is over, **once** |
# | `("hang up",)` | end TCP |
#
# * A text that comes is a message, also after our own Close: the peer has not said goodbye yet.
# * `closed` has the code of the **peer's** Close, its first two bytes; 1005 if it had none, 1006 if
#   the peer sent no Close.
# * When both have said Close, or the peer has not answered ours within `timeout` seconds, hang up.
# * The peer's Close is sent back as it came. With or without its reason, both is right.
# * A ping is answered. After our own Close you may also ignore it, though RFC 6455 §5.5.2 wants an
#   answer as long as the peer has not said Close.
# * What may not be sent any more is ignored: `[]`. That is a text or a second Close after our own
#   Close, and everything after the end.
# * The codes 1005, 1006 and 1015 cannot be sent: `("close", 1005)` raises `ValueError`.
#
# ```
# ("close", 1000)          at 50.0   ─▶  [("send", 8, b"\x03\xe8")]
# ("frame", 8, b"\x03\xe8")  at 50.2   ─▶  [("closed", 1000), ("hang up",)]
# ```


# %% id="ending-stub" exercise="5.2" role="stub"
class Ending:
    def __init__(self, timeout):
        ### BEGIN SOLUTION
        self.timeout, self.state, self.since = timeout, "open", 0.0
        ### END SOLUTION

    def handle(self, event, now):
        ### BEGIN SOLUTION
        kind, state = event[0], self.state
        if state == "over":
            return []
        if kind == "say" and state == "open":
            return [("send", 1, event[1].encode())]
        if kind == "close" and state == "open":
            if event[1] in (1005, 1006, 1015):
                raise ValueError(f"{event[1]} is never sent")
            self.state, self.since = "closing", now
            return [("send", 8, b"" if event[1] is None else event[1].to_bytes(2, "big"))]
        if kind == "frame":
            return self.frame(event[1], event[2])
        if kind == "lost":
            self.state = "over"
            return [("closed", 1006)]
        if kind == "time" and state == "closing" and now >= self.since + self.timeout:
            self.state = "over"
            return [("closed", 1006), ("hang up",)]
        return []

    def frame(self, opcode, payload):
        if opcode == 1:
            return [("message", payload.decode())]
        if opcode == 9:
            return [("send", 10, payload)]
        if opcode == 10:
            return []
        echo = [("send", 8, payload)] if self.state == "open" else []
        self.state = "over"
        code = int.from_bytes(payload[:2], "big") if payload else 1005
        return [*echo, ("closed", code), ("hang up",)]
        ### END SOLUTION


# %% id="ending-check" exercise="5.2" role="check"
check("5.2")
### BEGIN HIDDEN TESTS
check("5.2").credit()
### END HIDDEN TESTS

# %% [markdown] id="ending-wire-text"
# ### Your code on the wire
#
# Your class ends the conversations of the library's server. First aiohttp says goodbye, with a code
# and a reason of its own. Then the server does, with 4002, and aiohttp answers with 1000. Each end
# says which code it saw.


# %% id="ending-wire" exercise="5.2" role="wire"
checks.answered("5.2")


async def until_bye(connection):
    try:
        while (message := await connection.recv()) != "bye":
            await connection.send(message)
        await connection.close(4002)
    except ws.Closed:
        pass
    print("the server was told", connection.close_code)


with checks.swap(websocket, Connection=your_websocket.ending(Ending)):
    async with checks.within(8), ws.serve(until_bye) as server, aiohttp.ClientSession() as http:
        async with http.ws_connect(server.url) as peer:
            await peer.send_str("안녕 👋")
            print("came back:", await peer.receive_str())
            await peer.close(code=4001, message="나중에 봐".encode())
            print("aiohttp was told", peer.close_code)
        async with http.ws_connect(server.url) as peer:
            await peer.send_str("bye")
            message = await peer.receive()
            print("aiohttp was told", message.type.name, peer.close_code)

# %% [markdown] id="sender" exercise="5.3" role="prompt"
# ## 5.3 · A sender that waits
#
# For practice, 14 minutes. Prepared by
# [A reader who sleeps](../notebooks/05_websocket_conversation.ipynb#5-·-A-reader-who-sleeps).
#
# Write a class `Sender`. `Sender(transport)` gets an object with one method,
# `transport.write(data)`, which takes everything and never waits. Your class has three methods:
#
# * `await send(data)` writes `data` to the transport. While writing is paused **it does not
#   return**, so that its caller can send no more. Whether this one message is written before the
#   wait or after it is up to you.
# * `pause_writing()` is called when the transport holds too much. `write` itself may call it, in the
#   middle of your `send`; that one `send` may wait or return, the next one waits.
# * `resume_writing()` is called when there is room again. Then everybody who waits goes on, in order.
#
# The last two are plain functions, which nobody awaits. A pause may last for no time, or for an hour.
# Several tasks may send, and one of them may be cancelled while it waits. Of the others nothing is
# lost, nothing comes twice, and whoever waits does nothing else: no looking again and again.


# %% id="sender-stub" exercise="5.3" role="stub"
class Sender:
    def __init__(self, transport):
        ### BEGIN SOLUTION
        self.transport = transport
        self.room = asyncio.Event()
        self.room.set()
        ### END SOLUTION

    async def send(self, data):
        ### BEGIN SOLUTION
        await self.room.wait()
        self.transport.write(data)
        ### END SOLUTION

    def pause_writing(self):
        ### BEGIN SOLUTION
        self.room.clear()
        ### END SOLUTION

    def resume_writing(self):
        ### BEGIN SOLUTION
        self.room.set()
        ### END SOLUTION


# %% id="sender-check" exercise="5.3" role="check"
check("5.3")
### BEGIN HIDDEN TESTS
check("5.3").credit()
### END HIDDEN TESTS

# %% [markdown] id="sender-wire-text"
# ### Your code on the wire
#
# The library's server sends a thousand messages with your class. aiohttp reads none of them for
# half a second, then all. How many had been sent while it slept?


# %% id="sender-wire" exercise="5.3" role="wire"
checks.answered("5.3")

sent = 0


async def flood(connection):
    global sent
    for sent in range(1, 1001):
        await connection.send(bytes([sent % 256]) * 50_000)


with checks.swap(ws_connection, Connection=your_websocket.sending(Sender)):
    async with (
        checks.within(20),
        ws.serve(flood) as server,
        aiohttp.ClientSession() as http,
        http.ws_connect(server.url) as peer,
    ):
        await asyncio.sleep(0.5)
        print("sent while the reader slept:", sent)
        got = [message.data[0] async for message in peer]
print(len(got), "messages came, in order:", got == [n % 256 for n in range(1, 1001)])

# %% id="progress"
checks.progress()

# %% id="finish"
await lab.finish()
