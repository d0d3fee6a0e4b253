# %% [markdown] id="title"
# # 03 · The WebSocket handshake: exercises
#
# They belong to [lesson 03](../notebooks/03_websocket_handshake.ipynb). Write your code, run the
# cell, then run the cell with `check` below it. `checks.hint("3.1")` gives three hints, one at a
# time, and `checks.hint("3.1", 1)` shows the first one again. Begin with 3.1: the two exercises
# after it may call what you wrote there.
#
# If your time is short, do the exercises marked *Core*. The others are for practice.
#
# On the wire you meet `aiohttp`, a library of other people: it has a WebSocket client and server.

# %% id="start"
import asyncio
import base64
import hashlib
import logging

import aiohttp
from aiohttp import web

from course_lib import lab
from course_lib.errors import RemoteError
from course_lib.lab import checks, clock
from course_lib.lab.apps import attacker, victim
from course_lib.lab.checks import check
from course_lib.net import stream, ws
from course_lib.wire.http import http11
from course_lib.wire.websocket import connection as websocket
from course_lib.wire.websocket import handshake

lab.start()


async def echo(connection):
    async for message in connection:
        await connection.send(message)


# %% [markdown] id="key" exercise="3.1" role="prompt"
# ## 3.1 · The answer to a key
#
# Core, 6 minutes. Prepared by
# [The key and its answer](../notebooks/03_websocket_handshake.ipynb#3-·-The-key-and-its-answer).
#
# Write `accept(key)`. `key` is the value of `Sec-WebSocket-Key`; return the value of
# `Sec-WebSocket-Accept`, as text: the fixed text is put after the key, SHA-1 of that, base64. Every
# key here is a good one.
#
# ```
# accept("dGhlIHNhbXBsZSBub25jZQ==")  ─▶  "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
# ```

# %% id="key-example"
for sample in (b"", b"any bytes at all"):
    print(len(hashlib.sha1(sample).digest()), "bytes out of", len(sample))

# %% id="key-stub" exercise="3.1" role="stub"
GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def accept(key):
    ### BEGIN SOLUTION
    digest = hashlib.sha1((key + GUID).encode()).digest()
    return base64.b64encode(digest).decode()
    ### END SOLUTION


# %% id="key-check" exercise="3.1" role="check"
check("3.1")
### BEGIN HIDDEN TESTS
check("3.1").credit()
### END HIDDEN TESTS

# %% [markdown] id="key-wire-text"
# ### Your code on the wire
#
# The library's server answers with your function, and the client of `aiohttp` checks the answer.
# It ends the connection when one letter is wrong.

# %% id="key-wire" exercise="3.1" role="wire"
checks.answered("3.1")

async with ws.serve(echo) as server, aiohttp.ClientSession() as session:
    with checks.swap(handshake, accept=accept):
        async with checks.within(5), session.ws_connect(server.url) as socket:
            await socket.send_str("안녕 👋")
            print(await socket.receive_str())

# %% [markdown] id="reply" exercise="3.2" role="prompt"
# ## 3.2 · Answer a handshake
#
# For practice, 12 minutes. Prepared by
# [Ask and answer](../notebooks/03_websocket_handshake.ipynb#4-·-Ask-and-answer).
#
# Write `answer(method, headers)`. `headers` is a dict with the lines of a client's request: **the
# names are in lower case**, the values as they came. Return `(status, headers)`: a number, and a
# dict with the header lines of the answer, all of them text.
#
# | The request | The answer |
# |---|---|
# | is not a GET | 405, with `Allow: GET` |
# | has no `Upgrade`, or another one than `websocket` (in any case) | 426, with `Upgrade: websocket`; a bare 400 is right, too |
# | has no `Sec-WebSocket-Version`, or another one than 13 | 426, with `Upgrade: websocket` and `Sec-WebSocket-Version: 13` |
# | has no `Connection`, or one without the word `Upgrade` (in any case) | 400 |
# | has no `Sec-WebSocket-Key` | 400 |
# | has none of these faults | 101, with the three lines that a 101 needs |
#
# `Connection` is a list of words, with commas between them. No request here has two faults, and a
# line that is there has a value. An answer needs the lines of the table; it may have more, if they
# are true. You may call your `accept`.
#
# ```
# answer("GET", {"host": "chat.example", "upgrade": "websocket",
#                "connection": "keep-alive, Upgrade",
#                "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
#                "sec-websocket-version": "13"})
#   ─▶  (101, {"Upgrade": "websocket", "Connection": "Upgrade",
#              "Sec-WebSocket-Accept": "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="})
# ```


# %% id="reply-stub" exercise="3.2" role="stub"
def answer(method, headers):
    ### BEGIN SOLUTION
    words = [word.strip().lower() for word in headers.get("connection", "").split(",")]
    if method != "GET":
        return 405, {"Allow": "GET"}
    if headers.get("upgrade", "").lower() != "websocket":
        return 426, {"Upgrade": "websocket"}
    if headers.get("sec-websocket-version") != "13":
        return 426, {"Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    if "upgrade" not in words or "sec-websocket-key" not in headers:
        return 400, {}
    return 101, {
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Accept": accept(headers["sec-websocket-key"]),
    }
    ### END SOLUTION


# %% id="reply-check" exercise="3.2" role="check"
check("3.2")
### BEGIN HIDDEN TESTS
check("3.2").credit()
### END HIDDEN TESTS

# %% [markdown] id="reply-wire-text"
# ### Your code on the wire
#
# The library's server asks your function about each request. The client of `aiohttp` comes as Chrome
# writes it, as Firefox writes it, and as some proxy does. These three get through. Then come
# clients with a fault, and a browser that wants a page. They are refused, and told why: the
# library adds `Connection`, which belongs to `Upgrade`.


# %% id="reply-wire" exercise="3.2" role="wire"
checks.answered("3.2")


def told(headers):
    names = ("Allow", "Upgrade", "Sec-WebSocket-Version")
    return {name: headers[name] for name in names if name in headers}


def with_mine(request, **options):
    said = {name.lower(): value for name, value in request.headers}
    status, lines = answer(request.method, said)
    response = http11.Response(status, lines)
    if status != 101:
        lines = told(response.headers).items()
        raise handshake.Refused("your answer refused it", status, lines)
    return response


async with ws.serve(echo) as server, aiohttp.ClientSession() as session:
    with checks.swap(handshake, answer=with_mine):
        for who, how in {
            "Chrome": {},
            "Firefox": {"headers": {"Connection": "keep-alive, Upgrade"}},
            "a proxy": {"headers": {"Connection": "upgrade,keep-alive", "Upgrade": "WebSocket"}},
            "no-upgrade": {"headers": {"Connection": "keep-alive, no-upgrade"}},
            "h2c": {"headers": {"Upgrade": "h2c"}},
            "version 8": {"headers": {"Sec-WebSocket-Version": "8"}},
            "version 14": {"headers": {"Sec-WebSocket-Version": "14"}},
            "a POST": {"method": "POST"},
            "a PUT": {"method": "PUT"},
        }.items():
            try:
                async with checks.within(5), session.ws_connect(server.url, **how) as socket:
                    await socket.send_str("안녕 👋")
                    print(f"{who:10} ─▶ ", await socket.receive_str())
            except aiohttp.WSServerHandshakeError as error:
                print(f"{who:10} ─▶ ", error.status, told(error.headers))
        page = f"http://{server.host}:{server.port}"
        async with checks.within(5), session.get(page) as response:
            print(f"{'a page':10} ─▶ ", response.status, told(response.headers))

# %% [markdown] id="verify" exercise="3.3" role="prompt"
# ## 3.3 · Check the answer
#
# For practice, 10 minutes. Prepared by
# [Ask and answer](../notebooks/03_websocket_handshake.ipynb#4-·-Ask-and-answer).
#
# Now you are the client. Write `verify(status, headers, key, asked)`. You have sent `key` and asked
# for the subprotocols in the list `asked`, which may be empty. The answer has this status and these
# header lines; again **the names are in lower case**, the values as they came.
#
# Return the subprotocol that the server has chosen, or `None` when it has chosen none. Raise
# `ValueError` unless all of this is true:
#
# * the status is 101;
# * `Upgrade` is `websocket`, in any case;
# * `Connection`, a list, has the word `Upgrade`, in any case;
# * `Sec-WebSocket-Accept` is the answer to your key;
# * `Sec-WebSocket-Protocol`, if it is there, is one of those that you asked for, letter by letter.
#
# ```
# headers = {"upgrade": "websocket", "connection": "Upgrade",
#            "sec-websocket-accept": "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
#            "sec-websocket-protocol": "chat.v1"}
# verify(101, headers, "dGhlIHNhbXBsZSBub25jZQ==", ["chat.v2", "chat.v1"])  ─▶  "chat.v1"
# ```


# %% id="verify-stub" exercise="3.3" role="stub"
def verify(status, headers, key, asked):
    ### BEGIN SOLUTION
    words = [word.strip().lower() for word in headers.get("connection", "").split(",")]
    if status != 101:
        raise ValueError(f"the status is {status}")
    if headers.get("upgrade", "").lower() != "websocket" or "upgrade" not in words:
        raise ValueError("the server did not switch to WebSocket")
    if headers.get("sec-websocket-accept") != accept(key):
        raise ValueError("this is not the answer to my key")
    chosen = headers.get("sec-websocket-protocol")
    if chosen is not None and chosen not in asked:
        raise ValueError(f"nobody asked for {chosen}")
    return chosen
    ### END SOLUTION


# %% id="verify-check" exercise="3.3" role="check"
check("3.3")
### BEGIN HIDDEN TESTS
check("3.3").credit()
### END HIDDEN TESTS

# %% [markdown] id="verify-wire-text"
# ### Your code on the wire
#
# The library's client trusts your function. It calls an honest server, `aiohttp`'s, and asks for
# what that has, and for what it has not; then an honest one with other capital letters. Their
# answers are good. All others lie, each in one line, and say hello to whoever believes them.


# %% id="verify-servers"
logging.getLogger("aiohttp.websocket").setLevel(logging.ERROR)  # it warns of a name it lacks


async def honest(request):
    socket = web.WebSocketResponse(protocols=["chat.v1"])
    await socket.prepare(request)
    await socket.send_str("안녕 👋")
    await socket.close()
    return socket


def changed(changes):
    async def serve(connection):
        head = (await connection.read_until(b"\r\n\r\n")).decode()
        key = head.partition("Sec-WebSocket-Key: ")[2].partition("\r\n")[0]
        lines = dict(handshake.answer(handshake.request("ws://chat.example/", key)).headers)
        for name, value in changes.items():
            lines[name] = value(lines[name]) if callable(value) else value
        status = lines.pop("status", 101)
        response = http11.Response(status, [line for line in lines.items() if line[1]])
        connection.write(http11.encode_response(response) + b"\x81\x06hello!")
        await connection.read()

    return serve


SERVERS = {
    "other letters": {"Upgrade": "WebSocket", "Connection": "keep-alive,UPGRADE"},
    "status 200": {"status": 200},
    "an old cache": {"Sec-WebSocket-Accept": "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="},
    "a small proof": {"Sec-WebSocket-Accept": str.lower},
    "no proof": {"Sec-WebSocket-Accept": None},
    "no Upgrade": {"Upgrade": None},
    "no-upgrade": {"Connection": "keep-alive, no-upgrade"},
    "its own choice": {"Sec-WebSocket-Protocol": "other.v9"},
    "half a name": {"Sec-WebSocket-Protocol": "chat"},
    "capital letters": {"Sec-WebSocket-Protocol": "CHAT.V1"},
    "nobody asked": {"Sec-WebSocket-Protocol": "chat.v1"},
}


# %% id="verify-wire" exercise="3.3" role="wire"
checks.answered("3.3")


def with_mine(response, key, *, subprotocols=(), extensions=None):
    said = {name.lower(): value for name, value in response.headers}
    try:
        chosen = verify(response.status, said, key, list(subprotocols))
    except ValueError as error:
        raise RemoteError(f"your verify: {error}", 400) from error
    print(f"{chosen!r}:", end=" ")
    return handshake.Agreement(chosen)


async def hear(port, *asked):
    with checks.swap(handshake, verify=with_mine):
        opening = ws.connect(f"ws://127.0.0.1:{port}/chat", subprotocols=asked)
        try:
            async with checks.within(5), opening as client:
                print(await client.recv())
        except RemoteError as error:
            print(error)


site = web.AppRunner(web.Application())
site.app.router.add_get("/chat", honest)
await site.setup()
await web.TCPSite(site, "127.0.0.1", 0).start()
for asked in ("chat.v1", "chat.v2"):
    print(f"asks for {asked}", end=" ")
    await hear(site.addresses[0][1], asked)
await site.cleanup()
for name, changes in SERVERS.items():
    async with stream.serve(changed(changes)) as server:
        print(f"{name:16}", end=" ")
        await hear(server.port, *[] if name == "nobody asked" else ["chat.v1"])

# %% [markdown] id="origin" exercise="3.4" role="prompt"
# ## 3.4 · Whose page may connect
#
# Core, 8 minutes. Prepared by
# [Whose page is it?](../notebooks/03_websocket_handshake.ipynb#6-·-Whose-page-is-it?).
#
# Write `origin_allowed(origin, host, allow)`. It returns `True` when the WebSocket may be opened,
# otherwise `False`.
#
# * `origin` is the value of `Origin`, such as `"https://chat.example"`. It is `None` when there is
#   no such line: then no browser is there, and the answer is `True`, whatever `allow` is.
# * `host` is the value of `Host`: the name of this server, and its port unless it is the usual one.
# * `allow` is a list of origins, perhaps an empty one: these may connect, and no others. Or it is
#   `None`: then our own pages may connect. Their origin is `http://` or `https://`, and `host` after it.
#
# All of them are written as a browser writes them: small letters, and no usual port.
#
# ```
# origin_allowed("http://127.0.0.1:8000", "127.0.0.1:8000", None)                    ─▶  True
# origin_allowed("https://evil.test", "chat.example", None)                          ─▶  False
# origin_allowed("https://shop.example", "chat.example", ["https://shop.example"])   ─▶  True
# ```


# %% id="origin-stub" exercise="3.4" role="stub"
def origin_allowed(origin, host, allow):
    ### BEGIN SOLUTION
    if origin is None:
        return True
    if allow is None:
        allow = [f"http://{host}", f"https://{host}"]
    return origin in allow
    ### END SOLUTION


# %% id="origin-check" exercise="3.4" role="check"
check("3.4")
### BEGIN HIDDEN TESTS
check("3.4").credit()
### END HIDDEN TESTS

# %% [markdown] id="origin-wire-text"
# ### Your code on the wire
#
# Your function guards Mina's chat. First it has no list. A page of the chat's own may read, at both
# schemes, and so may Mina's own program, which says no origin. Then come the lesson's attacker and
# other pages. Later there is a list, with a shop's two pages. They and Mina's program may read, and
# at last, with an empty list, her program alone. `aiohttp` plays the browser: it says the origin,
# and has Mina's cookie.

# %% id="origin-wire" exercise="3.4" role="wire"
checks.answered("3.4")

async with (
    victim.Chat(origins=None) as chat,
    attacker.Page(chat) as foreign,
    aiohttp.ClientSession(headers={"Cookie": chat.session}) as browser,
):
    host, shop = chat.url.removeprefix("http://"), "https://www.shop.example"
    own = (chat.url, f"https://{host}", None)
    alike = (f"http://evil{host}", f"{chat.url}.evil.test", f"{chat.url}0", chat.url[:-1])
    tries = (
        (None, (*own, foreign.url, *alike, f"ftp://{host}", "null")),
        ([shop, f"{shop}:8443"], (shop, f"{shop}:8443", *own[::-1], "https://www-shop.example")),
        ([], own[::-1]),
    )
    with checks.swap(handshake, origin_allowed=origin_allowed):
        for chat.origins, pages in tries:
            print("origins is", chat.origins)
            for origin in pages:
                opening = browser.ws_connect(chat.socket_url, origin=origin)
                try:
                    async with checks.within(5), opening as socket:
                        print(f"    {origin} reads {await socket.receive_str()!r}")
                except aiohttp.WSServerHandshakeError as error:
                    print(f"    {origin} gets {error.status}")

# %% [markdown] id="switch" exercise="3.5" role="prompt"
# ## 3.5 · After the head
#
# For practice, 10 minutes. Prepared by
# [The first message](../notebooks/03_websocket_handshake.ipynb#7-·-The-first-message).
#
# A connection begins with one head of HTTP. It ends with an empty line, and everything after that
# is frames. Write a class `Switch`, one object for each connection. Its method `receive(data)` is
# called with each piece as it arrives, and **returns at once** `(head, frames)`, two `bytes`:
#
# * `head` is the whole head, with the empty line, in the call in which its last byte comes. In all
#   other calls it is `b""`.
# * `frames` is what has come with this piece and stands after the head; `b""` if there is nothing.
#
# The pieces may be cut anywhere, and each has a byte or more. Lines end with `\r\n`. Heads have no
# body.
#
# ```
# receive(b"GET /chat HT")                       ─▶  (b"", b"")
# receive(b"TP/1.1\r\nHost: a\r\n\r\n\x81\x02")  ─▶  (b"GET /chat HTTP/1.1\r\nHost: a\r\n\r\n",
#                                                    b"\x81\x02")
# receive(b"hi")                                 ─▶  (b"", b"hi")
# ```


# %% id="switch-stub" exercise="3.5" role="stub"
class Switch:
    def __init__(self):
        ### BEGIN SOLUTION
        self.buffer, self.done = b"", False
        ### END SOLUTION

    def receive(self, data):
        ### BEGIN SOLUTION
        if self.done:
            return b"", data
        self.buffer += data
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0:
            return b"", b""
        self.done = True
        return self.buffer[: end + 4], self.buffer[end + 4 :]
        ### END SOLUTION


# %% id="switch-check" exercise="3.5" role="check"
check("3.5")
### BEGIN HIDDEN TESTS
check("3.5").credit()
### END HIDDEN TESTS

# %% [markdown] id="switch-wire-text"
# ### Your code on the wire
#
# A client on your `Switch`, over a link with a round trip of 100 ms, in the simulator. The server
# is `aiohttp`'s: it greets at once, with an empty line in the greeting, and after an hour it says
# goodbye. When do you hear the greeting? The second client reads three bytes at a time, and hears
# the same.


# %% id="switch-client"
async def your_client(port, most):
    connection = await stream.connect("127.0.0.1", port)
    key = base64.b64encode(b"sixteen letters.").decode()
    connection.write(http11.encode_request(handshake.request("ws://chat.example/chat", key)))
    switch, wire = Switch(), websocket.Connection(lambda: b"mask", now=0)
    while data := await connection.read(most):
        now = asyncio.get_running_loop().time()
        head, frames = switch.receive(data)
        wire.receive(frames, now)
        if head:
            print(f"{now:7.2f} s  {head[:12]} … {head[-4:]}")
        for event in wire.events():
            print(f"{now:7.2f} s ", *str(event).split())
        connection.write(wire.data_to_send())
    await connection.close()


# %% id="switch-wire" exercise="3.5" role="wire"
checks.answered("3.5")


async def greet(request):
    socket = web.WebSocketResponse(autoping=False, timeout=1)
    await socket.prepare(request)
    await socket.send_str("안녕\r\n\r\n👋")
    await asyncio.sleep(3600)
    await socket.send_str("goodbye")
    await socket.close()
    return socket


async def an_hour(most):
    site = web.AppRunner(web.Application())
    site.app.router.add_get("/chat", greet)
    await site.setup()
    await web.TCPSite(site, "127.0.0.1", 8000).start()
    await your_client(8000, most)
    await site.cleanup()


for most in (65536, 3):
    clock.simulate(an_hour(most), rtt=0.100)

# %% id="progress"
checks.progress()

# %% id="finish"
await lab.finish()
