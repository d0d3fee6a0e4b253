# %% [markdown] id="title"
# # 04 · WebSocket: one frame: exercises
#
# Write your answer where it says `YOUR CODE HERE`, run the cell with Shift+Enter, then run the cell
# with `check` below it. It says what is wrong, and shows the bytes. `checks.hint("4.1")` gives
# three hints, one at a time, and `checks.hint("4.1", 1)` shows the first one again.
#
# If your time is short, do the exercises marked *Core*. The others are for practice.
#
# Your code is graded in a process of its own. It has the standard library and what your cells
# define, and nothing else of this notebook.

# %% id="start"
import asyncio
import contextlib
import os
import random

import aiohttp
from aiohttp import web

from course_lib import lab
from course_lib.errors import RemoteError
from course_lib.lab import checks, clock
from course_lib.lab.apps import echo
from course_lib.lab.checks import check
from course_lib.net import stream, ws
from course_lib.wire.http import http11
from course_lib.wire.websocket import close_codes, frames, handshake

lab.start()

# %% [markdown] id="peer-text"
# Your code will meet peers that you did not write. Most of them are from aiohttp, which knows
# nothing of this course. This server of aiohttp's sends back what it hears.


# %% id="peer"
async def send_back(request):
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    async for message in socket:
        if message.type is aiohttp.WSMsgType.TEXT:
            await socket.send_str(message.data)
    return socket


@contextlib.asynccontextmanager
async def other_server():
    site = web.AppRunner(web.Application(), shutdown_timeout=0.1)
    site.app.router.add_get("/", send_back)
    await site.setup()
    try:
        await web.TCPSite(site, "127.0.0.1", 0).start()
        yield site.addresses[0][1]
    finally:
        await site.cleanup()


# %% [markdown] id="header" exercise="4.1" role="prompt"
# ## 4.1 · The header
#
# Core, 10 minutes. Prepared by
# [A length that grows](../notebooks/04_websocket_frames.ipynb#2-·-A-length-that-grows).
#
# Write two functions that return bytes.
#
# `header(opcode, length, masked)` is the header of a frame whose payload has `length` bytes. FIN is
# set, the RSV bits are not. If `masked` is true the header has the MASK bit. The four bytes of the
# key come after the header: they are no part of it, and `length` does not count them.
#
# `text_frame(text)` is a whole frame as a server sends it, with any text as its payload.
#
# ```
# header(1, 5, False)     ─▶  81 05
# header(2, 300, True)    ─▶  82 fe 01 2c
# text_frame("Hello")     ─▶  81 05 48 65 6c 6c 6f
# ```


# %% id="header-stub" exercise="4.1" role="stub"
def header(opcode, length, masked):
    ### BEGIN SOLUTION
    first, mark = 0x80 | opcode, 0x80 if masked else 0
    if length < 126:
        return bytes([first, mark | length])
    if length < 65_536:
        return bytes([first, mark | 126]) + length.to_bytes(2, "big")
    return bytes([first, mark | 127]) + length.to_bytes(8, "big")
    ### END SOLUTION


def text_frame(text):
    ### BEGIN SOLUTION
    payload = text.encode()
    return header(1, len(payload), False) + payload
    ### END SOLUTION


# %% id="header-check" exercise="4.1" role="check"
check("4.1")
### BEGIN HIDDEN TESTS
check("4.1").credit()
### END HIDDEN TESTS

# %% [markdown] id="header-wire-text"
# ### Your code on the wire
#
# First aiohttp's client talks to our server, which answers with your `text_frame`. Then our client
# talks to aiohttp's server, and its headers are yours, with the MASK bit.


# %% id="header-wire" exercise="4.1" role="wire"
checks.answered("4.1")


async def answer_with_yours(connection):
    async for message in connection:
        connection.send_encoded(text_frame(message))


def your_header(opcode, length, masked=False, *, fin=True, rsv1=False):
    return header(opcode, length, masked)


texts = ["안녕 👋", "가" * 41, "가" * 42, "b" * 126, "c" * 65_535, "d" * 65_536]
async with (
    checks.within(5),
    ws.serve(answer_with_yours) as server,
    aiohttp.ClientSession() as session,
    session.ws_connect(server.url) as peer,
):
    for text in texts:
        await peer.send_str(text)
        assert await peer.receive_str() == text
    print("aiohttp's client understood", len(texts), "frames of yours")

async with checks.within(5), other_server() as port:
    with checks.swap(frames, header=your_header) as mine:
        async with ws.connect(f"ws://127.0.0.1:{port}/") as connection:
            for text in texts:
                await connection.send(text)
                assert await connection.recv() == text
    print("aiohttp's server understood", mine.calls["header"], "headers of yours")

# %% [markdown] id="cut" exercise="4.2" role="prompt"
# ## 4.2 · Cut a frame
#
# Core, 13 minutes. Prepared by
# [Take one frame from the stream](../notebooks/04_websocket_frames.ipynb#3-·-Take-one-frame-from-the-stream) and
# [What a client adds](../notebooks/04_websocket_frames.ipynb#4-·-What-a-client-adds).
#
# Write `cut(buffer, limit)`. The buffer holds what has arrived of a stream of frames. Return
# `(frame, rest)`:
#
# * `frame` is the first frame as `(fin, opcode, payload)`: True or False, a number, bytes. If
#   the frame is masked, the payload is unmasked. While something is missing, `frame` is `None`.
# * `rest` is what comes after that frame; or the whole buffer, when there is no frame yet.
#
# A frame whose payload is longer than `limit` is refused with `ValueError`, as soon as its length
# is there. Exactly `limit` bytes are allowed. Nothing else is refused here.
#
# ```
# cut(b"\x81\x03hi!\x81\x05He", 1000)   ─▶  ((True, 1, b"hi!"), b"\x81\x05He")
# cut(b"\x81\x05He", 1000)              ─▶  (None, b"\x81\x05He")
# cut(b"\x82\x7e\xff\xff", 1000)        ─▶  ValueError
# ```


# %% id="cut-stub" exercise="4.2" role="stub"
def cut(buffer, limit):
    ### BEGIN SOLUTION
    if len(buffer) < 2:
        return None, buffer
    first, second, at = buffer[0], buffer[1], 2
    length = second & 127
    if length > 125:
        at = 4 if length == 126 else 10
        if len(buffer) < at:
            return None, buffer
        length = int.from_bytes(buffer[2:at], "big")
    if length > limit:
        raise ValueError(f"{length} bytes, and the limit is {limit}")
    masked = second >= 128
    body = at + 4 if masked else at
    if len(buffer) < body + length:
        return None, buffer
    payload = buffer[body : body + length]
    if masked:
        key = buffer[at:body]
        payload = bytes([byte ^ key[i % 4] for i, byte in enumerate(payload)])
    return (first >= 128, first & 15, payload), buffer[body + length :]
    ### END SOLUTION


# %% id="cut-check" exercise="4.2" role="check"
check("4.2")
### BEGIN HIDDEN TESTS
check("4.2").credit()
### END HIDDEN TESTS

# %% [markdown] id="cut-wire-text"
# ### Your code on the wire
#
# The library's server now cuts its frames with your function. aiohttp's client sends messages one
# right after the other, so that several arrive in one piece and the long ones in many. Then, over
# a slow and simulated link, it sends one that is too long. Which close code does it get, and how
# soon? All of it would need a second to travel.


# %% id="cut-wire" exercise="4.2" role="wire"
checks.answered("4.2")


def your_cut(buf, start=0, *, masked, limit=1_000_000, rsv1=False):
    try:
        frame, rest = cut(buf[start:], limit)
    except ValueError as error:
        raise RemoteError(str(error), close_codes.TOO_BIG) from None
    if frame is None:
        return None
    fin, opcode, payload = frame
    return frames.Frame(frames.Opcode(opcode), payload, fin), len(buf) - len(rest)


def not_in_pieces(*args, **options):
    return None  # the library would read a long frame without you


async def too_long():
    loop = asyncio.get_running_loop()
    async with (
        checks.within(60),
        echo.serve() as server,
        aiohttp.ClientSession() as session,
        session.ws_connect(server.url) as peer,
    ):
        began = loop.time()
        sending = asyncio.create_task(peer.send_bytes(bytes(1_000_001)))
        goodbye = await peer.receive()
        took = loop.time() - began
        await asyncio.wait([sending])
        return goodbye.data, took


texts = ["안녕 👋", "", "a" * 125, "b" * 126, "c" * 65_535, "다섯 시에", "d" * 65_536, "만나"]
with checks.swap(frames, cut=your_cut, read_header=not_in_pieces):
    async with (
        checks.within(5),
        echo.serve() as server,
        aiohttp.ClientSession() as session,
        session.ws_connect(server.url) as peer,
    ):
        for text in texts:
            await peer.send_str(text)
        for text in texts:
            assert await peer.receive_str() == text
    print(len(texts), "messages there and back")
    code, took = clock.simulate(too_long(), rtt=0.050, bandwidth=1e6)
    print(f"the long one was refused with {code} after {took:.2f} s")

# %% [markdown] id="masks" exercise="4.3" role="prompt"
# ## 4.3 · Masks
#
# For practice, 10 minutes. Prepared by
# [A mask that goes on](../notebooks/04_websocket_frames.ipynb#6-·-A-mask-that-goes-on).
#
# Write a class and a function.
#
# `Unmasker(key)` unmasks **one payload** that comes in pieces of any size: `feed(chunk)` returns
# the piece unmasked. `key` has four bytes.
#
# `write(opcode, payload, client)` returns a whole frame with FIN set; the payload has at most 125
# bytes. If `client` is true it is what a client sends, otherwise what a server sends. Nobody can
# predict its key: not even somebody who knows your program, the time, and all keys so far.
#
# ```
# unmasker = Unmasker(bytes.fromhex("37 fa 21 3d"))
# unmasker.feed(bytes.fromhex("7f 9f"))      ─▶  b"He"
# unmasker.feed(bytes.fromhex("4d 51 58"))   ─▶  b"llo"
# write(1, b"Hello", False)                  ─▶  81 05 48 65 6c 6c 6f
# write(1, b"Hello", True)                   ─▶  81 85, and nine bytes that nobody can predict
# ```

# %% id="masks-example"
print("four bytes of the system's own chance:", os.urandom(4).hex(" "))


# %% id="masks-stub" exercise="4.3" role="stub"
class Unmasker:
    def __init__(self, key):
        ### BEGIN SOLUTION
        self.key, self.at = key, 0
        ### END SOLUTION

    def feed(self, chunk):
        ### BEGIN SOLUTION
        out = bytes([byte ^ self.key[(self.at + i) % 4] for i, byte in enumerate(chunk)])
        self.at += len(chunk)
        return out
        ### END SOLUTION


def write(opcode, payload, client):
    ### BEGIN SOLUTION
    if not client:
        return bytes([0x80 | opcode, len(payload)]) + payload
    key = os.urandom(4)
    return bytes([0x80 | opcode, 0x80 | len(payload)]) + key + Unmasker(key).feed(payload)
    ### END SOLUTION


# %% id="masks-check" exercise="4.3" role="check"
check("4.3")
### BEGIN HIDDEN TESTS
check("4.3").credit()
### END HIDDEN TESTS

# %% [markdown] id="masks-wire-text"
# ### Your code on the wire
#
# First the library's server unmasks long messages of aiohttp's client with your class, in the
# pieces in which a slow link brings them. Then you are a client yourself: after the handshake, each
# byte that the server reads is yours. aiohttp's server comes first, then the library's, which is
# strict about masks. Somebody sets the module `random` back before each of the two; are your keys
# different all the same? And at last you are a server, for a client of each kind.


# %% id="masks-wire" exercise="4.3" role="wire"
checks.answered("4.3")


async def long_messages():
    async with (
        checks.within(60),
        echo.serve() as server,
        aiohttp.ClientSession() as session,
        session.ws_connect(server.url) as peer,
    ):
        for text in ("안녕 " * 20_000, "가나다 👋 " * 10_001):
            await peer.send_str(text)
            assert await peer.receive_str() == text


with checks.swap(frames, Unmasker=Unmasker) as mine:
    clock.simulate(long_messages(), rtt=0.050, bandwidth=1e6, limit=30_011)
print(mine.calls["Unmasker"], "long messages went through your Unmasker")


async def write_as_a_client(name, port):
    request = handshake.request(f"ws://127.0.0.1:{port}/", "dGhlIHNhbXBsZSBub25jZQ==")
    async with await stream.connect("127.0.0.1", port) as connection:
        connection.write(http11.encode_request(request))
        await connection.read_until(b"\r\n\r\n")
        random.seed(4)
        frame = write(1, "안녕 👋".encode(), True)
        connection.write(frame)
        length = (await connection.read_exactly(2))[1]
        heard = (await connection.read_exactly(length)).decode(errors="replace")
        print("with the key", frame[2:6].hex(" "), name, "heard", heard)
        connection.write(write(8, b"\x03\xe8", True))


async def write_as_a_server(connection):
    connection.send_encoded(write(1, "점심 먹자".encode(), False))
    await connection.wait_closed()


async with checks.within(5), other_server() as port, echo.serve() as strict:
    await write_as_a_client("aiohttp's server", port)
    await write_as_a_client("the library's", strict.port)

async with checks.within(5), ws.serve(write_as_a_server) as server:
    async with aiohttp.ClientSession() as session, session.ws_connect(server.url) as peer:
        print("aiohttp's client heard", await peer.receive_str())
    async with ws.connect(server.url) as peer:
        print("the library's heard", await peer.recv())

# %% id="progress"
checks.progress()

# %% id="finish"
await lab.finish()
