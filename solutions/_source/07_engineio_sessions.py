# %% [markdown] id="title"
# # 07 · Engine.IO: sessions: exercises
#
# Write your answer where it says `YOUR CODE HERE`, run the cell with Shift+Enter, then run the cell
# with `check` below it. `checks.hint("7.1")` gives three hints, one at a time, and
# `checks.hint("7.1", 1)` shows the first one again.
#
# If your time is short, do the exercises marked *Core*. The others are for practice.
#
# At the end of an exercise your code stands inside the library's server, and a client that knows
# nothing of it talks to it: aiohttp, or the official client in JavaScript.

# %% id="start"
import asyncio
import json
import random

import aiohttp

from course_lib import engineio, lab
from course_lib.engineio import polling, routing, server
from course_lib.lab import checks, clock, official_client, proxy, your_engineio
from course_lib.lab.checks import check
from course_lib.net import ws
from course_lib.wire.engineio import heartbeat, packet

lab.start()

# %% [markdown] id="payloads" exercise="7.1" role="prompt"
# ## 7.1 · Packets and payloads
#
# For practice, 14 minutes. Prepared by
# [Packets and payloads](../notebooks/07_engineio_sessions.ipynb#2-·-Packets-and-payloads).
#
# Write two functions. A packet is a pair, `(digit, data)`: the digit is a `str`, the data is a `str`
# too, or, for a message that is no text, `bytes`.
#
# * `encode(packets)` returns the body of a request as `bytes`, in UTF-8: all packets, and between two
#   of them the byte `1e` (in Python `"\x1e"`). A packet with text is its digit and the text. One with
#   bytes is a message: the letter `b`, and then the bytes in base64.
# * `decode(body)` gets such `bytes`, and returns the list of packets. It stops at the **first bad
#   packet**, and returns what was before it. A packet is bad if it does not begin with one of the digits
#   0 to 6 or with `b`, so also if it is empty; or if what follows the `b` is not base64 (for that,
#   `base64.b64decode(text, validate=True)` raises `ValueError`). A `b` alone is an empty message. All
#   bodies are UTF-8.
#
# A pair may be a tuple or a list.
#
# ```
# encode([("4", "hi"), ("2", ""), ("4", b"\x01\x02")])   ─▶  b"4hi\x1e2\x1ebAQI="
# decode(b"4hi\x1ebAQI=\x1e7\x1e4ho")                    ─▶  [("4", "hi"), ("4", b"\x01\x02")]
# ```


# %% id="payloads-stub" exercise="7.1" role="stub"
def encode(packets):
    ### BEGIN SOLUTION
    import base64

    parts = []
    for digit, data in packets:
        text = isinstance(data, str)
        parts.append(digit + data if text else "b" + base64.b64encode(data).decode())
    return "\x1e".join(parts).encode()
    ### END SOLUTION


def decode(body):
    ### BEGIN SOLUTION
    import base64

    packets = []
    for part in body.decode().split("\x1e"):
        if part[:1] in tuple("0123456"):
            packets.append((part[0], part[1:]))
        elif part[:1] == "b":
            try:
                packets.append(("4", base64.b64decode(part[1:], validate=True)))
            except ValueError:
                break
        else:
            break
    return packets
    ### END SOLUTION


# %% id="payloads-check" exercise="7.1" role="check"
check("7.1")
### BEGIN HIDDEN TESTS
check("7.1").credit()
### END HIDDEN TESTS

# %% [markdown] id="payloads-wire-text"
# ### Your code on the wire
#
# An echo server, whose bodies are all written and read by your functions. aiohttp opens a session,
# posts a text of two lines, three bytes and a bad packet, with a message after it, and polls. What
# comes back? And what is on the wire?


# %% id="payloads-wire" exercise="7.1" role="wire"
checks.answered("7.1")


def echo(session):
    session.on("message", session.send)


mine = {"join": your_engineio.joining(encode), "decode_payload": your_engineio.decoding(decode)}
with checks.swap(packet, **mine):
    chat = engineio.Server()
    chat.on("connection", echo)
    async with checks.within(2), chat.listen() as address, aiohttp.ClientSession() as http:
        url = f"{address.url}/engine.io/?EIO=4&transport=polling"
        body = await (await http.get(url)).text()
        sid = json.loads(body[body.index("{") : body.index("}") + 1])["sid"]
        said = "4안녕\n👋\x1eb+/+/\x1e7bad\x1e4after it"
        print("posted:", (await http.post(f"{url}&sid={sid}", data=said)).status)
        print("the first letter of the handshake:", body[0])
        print("came back:", await (await http.get(f"{url}&sid={sid}")).read())

# %% [markdown] id="opening" exercise="7.2" role="prompt"
# ## 7.2 · The handshake
#
# For practice, 10 minutes. Prepared by
# [Packets and payloads](../notebooks/07_engineio_sessions.ipynb#2-·-Packets-and-payloads) and
# [Somebody else has your id](../notebooks/07_engineio_sessions.ipynb#5-·-Somebody-else-has-your-id).
#
# Write two functions, with which the official client can open a session.
#
# * `handshake(sid, upgrades, interval, timeout, max_payload)` returns the first packet of a session,
#   as a `str`: the digit of its type, and then an object in JSON with the keys `sid`, `upgrades`,
#   `pingInterval`, `pingTimeout` and `maxPayload`. `interval` and `timeout` are given in seconds.
#   `upgrades` is a list of names. The order of the keys does not matter.
# * `new_sid()` returns a new id, at each call: 20 characters, each of them one of `A-Z a-z 0-9 _ -`, so
#   that it can be in a URL (`base64.urlsafe_b64encode` makes such). Nobody may guess it, not even somebody who has seen a thousand others.
#
# ```
# handshake("lv_VI97HAXpY6yYWAAAC", ["websocket"], 25, 20, 1000000)
#   ─▶  '…{"sid": "lv_VI97HAXpY6yYWAAAC", "upgrades": ["websocket"], "pingInterval": …'
# ```


# %% id="opening-stub" exercise="7.2" role="stub"
def handshake(sid, upgrades, interval, timeout, max_payload):
    ### BEGIN SOLUTION
    fields = {
        "sid": sid,
        "upgrades": upgrades,
        "pingInterval": round(interval * 1000),
        "pingTimeout": round(timeout * 1000),
        "maxPayload": max_payload,
    }
    return "0" + json.dumps(fields)
    ### END SOLUTION


def new_sid():
    ### BEGIN SOLUTION
    import secrets

    return secrets.token_urlsafe(15)  # 15 bytes are 20 characters of base64
    ### END SOLUTION


# %% id="opening-check" exercise="7.2" role="check"
check("7.2")
### BEGIN HIDDEN TESTS
check("7.2").credit()
### END HIDDEN TESTS

# %% [markdown] id="opening-wire-text"
# ### Your code on the wire
#
# The official client, in JavaScript, reads your handshake. It says a word, hears it again, stays
# for a moment, and leaves. (Where Node.js or its package is missing, the recorded bytes of this
# client are sent, and the first line says so.)
#
# Then Mallory guesses: before each of two sessions the module `random` is brought into the same state.


# %% id="opening-wire" exercise="7.2" role="wire"
checks.answered("7.2")

ids = []
with checks.swap(packet, handshake=handshake), checks.swap(server, new_sid=new_sid):
    chat = engineio.Server(allow_upgrades=False, max_payload=50_000)
    chat.on("connection", lambda session: session.on("message", session.send))
    async with checks.within(10), chat.listen() as address:
        for line in await official_client.visit(address.url):
            print(line)
        for _ in range(2):
            random.seed(7)
            async with aiohttp.ClientSession() as http:
                await http.get(f"{address.url}/engine.io/?EIO=4&transport=polling")
            ids.append(list(chat.sessions)[-1])
print("Mallory has guessed the id:", ids[0] == ids[1])

# %% [markdown] id="refusals" exercise="7.3" role="prompt"
# ## 7.3 · Every refusal
#
# Core, 12 minutes. Prepared by
# [A session](../notebooks/07_engineio_sessions.ipynb#1-·-A-session).
#
# Write `route(method, query, sessions)`: what is to be done with a request? `query` is a `dict` of
# texts, in which any key may be missing. `sessions` is a `dict`: the id of each session, and its
# transport, `"polling"` or `"websocket"`. All requests are plain HTTP: none asks for an upgrade.
#
# Return `"open"` if it opens a new session, `"session"` if it belongs to one, or else a refusal:
# status and code. Check in this order; **the first fault counts**.
#
# | fault | refusal |
# |---|---|
# | `transport` is missing, or neither `polling` nor `websocket` | `(400, 0)` |
# | there is a `sid`, but no session has it | `(400, 1)` |
# | there is no `sid`, and the method is not GET | `(400, 2)` |
# | `transport` is `websocket`, or the session's transport is `websocket` now | `(400, 3)` |
# | `EIO` is missing, or not `4`: without a `sid` | `(400, 5)` |
# | `EIO` is missing, or not `4`: with a `sid` | `(400, 3)` |
#
# What a method means in a session is not asked here. A `sid` is never empty.
#
# ```
# route("GET", {"EIO": "4", "transport": "polling"}, {})                  ─▶  "open"
# route("POST", {"EIO": "4", "transport": "polling", "sid": "x"}, {})     ─▶  (400, 1)
# ```


# %% id="refusals-stub" exercise="7.3" role="stub"
def route(method, query, sessions):
    ### BEGIN SOLUTION
    transport, sid = query.get("transport"), query.get("sid")
    if transport not in ("polling", "websocket"):
        return 400, 0
    if sid is not None and sid not in sessions:
        return 400, 1
    if sid is None and method != "GET":
        return 400, 2
    if "websocket" in (transport, sessions.get(sid)):
        return 400, 3
    if query.get("EIO") != "4":
        return 400, 5 if sid is None else 3
    return "open" if sid is None else "session"
    ### END SOLUTION


# %% id="refusals-check" exercise="7.3" role="check"
check("7.3")
### BEGIN HIDDEN TESTS
check("7.3").credit()
### END HIDDEN TESTS

# %% [markdown] id="refusals-wire-text"
# ### Your code on the wire
#
# The library's server asks your function. aiohttp makes mistakes, one after the other; the last
# one is two in one request. The messages come from the library, by your codes.


# %% id="refusals-wire" exercise="7.3" role="wire"
checks.answered("7.3")

good = "EIO=4&transport=polling"
asked = [
    ("GET", "EIO=4"), ("GET", f"{good}&sid=made_up"), ("POST", good),
    ("GET", "EIO=4&transport=websocket"), ("GET", "EIO=3&transport=polling"),
    ("GET", "transport=polling"), ("GET", good), ("GET", "EIO=3&transport=smoke&sid=made_up"),
]  # fmt: skip
with checks.swap(routing, find=your_engineio.routing(route)):
    chat = engineio.Server()
    async with checks.within(5), chat.listen() as address, aiohttp.ClientSession() as http:
        for method, query in asked:
            answer = await http.request(method, f"{address.url}/engine.io/?{query}")
            text = await answer.text()
            said = "a session" if answer.status == 200 else json.loads(text)["message"]
            print(f"{method:4} {query:35} {answer.status} {said}")

# %% [markdown] id="heartbeats" exercise="7.4" role="prompt"
# ## 7.4 · The heartbeat
#
# Core, 15 minutes. Prepared by
# [Heartbeats](../notebooks/07_engineio_sessions.ipynb#4-·-Heartbeats).
#
# Write the server's side of one session's heartbeat as a class. It has no clock and no network:
# `Heartbeat(interval, timeout, now)` makes one when the session opens, and `handle(event, now)` is
# told what has happened and when, in seconds. It returns a **list** of what is to be done now.
#
# | event | |
# |---|---|
# | `("time",)` | time has passed; this comes often, but at no fixed moments |
# | `("packet", digit)` | a packet came: `"3"` is a pong, `"4"` a message … |
# | `("closed",)` | the session has ended in another way |
#
# | to do | |
# |---|---|
# | `("send", "2")` | send a ping |
# | `("end", reason)` | end the session |
#
# * The first ping is sent an interval after the opening. It is sent at the first `("time",)` at
#   that moment or after it, and so are all others.
# * The timeout begins when the ping is **sent**. If it is over, and no pong has come:
#   `("end", "ping timeout")`.
# * When the pong comes, the next interval begins. (No pong comes without a ping.)
# * Other packets are no pongs. (The first one after a ping may begin the timeout anew, as in the
#   official server, or not; all others do not.) But a `"2"` from the client is an error:
#   `("end", "transport error")`.
# * After an `end`, and after `("closed",)`, everything is `[]`.
#
# ```
# Heartbeat(25, 20, 0.0)
#  25.0  ("time",)         ─▶  [("send", "2")]
#  31.0  ("packet", "3")   ─▶  []
#  56.0  ("time",)         ─▶  [("send", "2")]
#  76.0  ("time",)         ─▶  [("end", "ping timeout")]
# ```


# %% id="heartbeats-stub" exercise="7.4" role="stub"
class Heartbeat:
    def __init__(self, interval, timeout, now):
        ### BEGIN SOLUTION
        self.interval, self.timeout = interval, timeout
        self.until, self.asked, self.over = now + interval, False, False
        ### END SOLUTION

    def handle(self, event, now):
        ### BEGIN SOLUTION
        if self.over:
            return []
        if event == ("closed",):
            self.over = True
        elif event == ("packet", "2"):
            self.over = True
            return [("end", "transport error")]
        elif event == ("packet", "3") and self.asked:
            self.asked, self.until = False, now + self.interval
        elif event == ("time",) and now >= self.until:
            if self.asked:
                self.over = True
                return [("end", "ping timeout")]
            self.asked, self.until = True, now + self.timeout
            return [("send", "2")]
        return []
        ### END SOLUTION


# %% id="heartbeats-check" exercise="7.4" role="check"
check("7.4")
### BEGIN HIDDEN TESTS
check("7.4").credit()
### END HIDDEN TESTS

# %% [markdown] id="heartbeats-wire-text"
# ### Your code on the wire
#
# The library's server asks your class when to ping: an interval of 25 seconds, a timeout of 20. The
# client is made by hand. It answers the first two pings, the second one only after 15 seconds. To
# the third it says a word, but no pong. All this takes two minutes, but on the virtual clock.


# %% id="heartbeats-wire" exercise="7.4" role="wire"
checks.answered("7.4")


async def by_hand(address):
    """A client that answers two pings, and to the third it says something else."""
    loop, waits = asyncio.get_running_loop(), [0, 15]
    began = loop.time()
    url = address.url.replace("http:", "ws:")
    async with ws.connect(f"{url}/engine.io/?EIO=4&transport=websocket") as peer:
        async for said in peer:
            print(f"{loop.time() - began:5.1f} s  the server says {said[:1]}")
            if said == "2" and waits:
                await asyncio.sleep(waits.pop(0))
                await peer.send("3")
            elif said == "2":
                await peer.send("4Are you still there?")
        print(f"{loop.time() - began:5.1f} s  the connection has ended")


async def conversation():
    chat = engineio.Server(ping_interval=25, ping_timeout=20)
    chat.on("connection", lambda session: session.on("close", lambda *why: print(*why)))
    async with chat.listen() as address, asyncio.timeout(300):
        await by_hand(address)


with checks.swap(heartbeat, Heartbeats=your_engineio.beating(Heartbeat)):
    clock.simulate(conversation())

# %% [markdown] id="queue" exercise="7.5" role="prompt"
# ## 7.5 · A queue with one GET
#
# For practice, 12 minutes. Prepared by
# [One GET, one POST](../notebooks/07_engineio_sessions.ipynb#3-·-One-GET,-one-POST).
#
# Write a class `Outbox`: what one session has to say to its client by polling. `Outbox()` makes one.
# It has two methods, and both return a **list** of what is to be done now.
#
# * `send(packet)`: the application sends a packet, such as `"4hi"`.
# * `get(request)`: a GET came. `request` is a number, another one each time; 0 may be one.
#
# | to do | |
# |---|---|
# | `("answer", request, packets)` | answer this GET with a list of packets |
# | `("refuse", request)` | answer this GET with the status 400 |
# | `("end",)` | the session has ended |
#
# * A GET is answered at once if packets wait, with all of them. Otherwise **it** waits: `[]`.
# * A packet answers the GET that waits. Otherwise the packet waits.
# * A second GET, while one waits, ends the session: the first is answered with `["1"]`, the second is
#   refused, and `("end",)`. All three stand in one list, in any order.
# * After that, `send` returns `[]`, and each GET is refused.
#
# ```
# send("4hi")   ─▶  []                                    get(3)        ─▶  []
# send("2")     ─▶  []                                    send("4ho")   ─▶  [("answer", 3, ["4ho"])]
# get(2)        ─▶  [("answer", 2, ["4hi", "2"])]
# ```


# %% id="queue-stub" exercise="7.5" role="stub"
class Outbox:
    def __init__(self):
        ### BEGIN SOLUTION
        self.queue, self.waiting, self.over = [], None, False
        ### END SOLUTION

    def send(self, packet):
        ### BEGIN SOLUTION
        if self.over:
            return []
        if self.waiting is None:
            self.queue.append(packet)
            return []
        request, self.waiting = self.waiting, None
        return [("answer", request, [packet])]
        ### END SOLUTION

    def get(self, request):
        ### BEGIN SOLUTION
        if self.over:
            return [("refuse", request)]
        if self.waiting is not None:
            first, self.waiting, self.over = self.waiting, None, True
            return [("answer", first, ["1"]), ("refuse", request), ("end",)]
        if self.queue:
            packets, self.queue = self.queue, []
            return [("answer", request, packets)]
        self.waiting = request
        return []
        ### END SOLUTION


# %% id="queue-check" exercise="7.5" role="check"
check("7.5")
### BEGIN HIDDEN TESTS
check("7.5").credit()
### END HIDDEN TESTS

# %% [markdown] id="queue-wire-text"
# ### Your code on the wire
#
# In the library's server your class holds the packets. Two clients, Ada and Bob, each with a session.
# The application sends three words to Ada while no GET waits, and one to Bob while his does. Then
# Ada forgets that she has asked, and asks again.


# %% id="queue-wire" exercise="7.5" role="wire"
checks.answered("7.5")

reasons = []
with checks.swap(polling, Polling=your_engineio.queueing(Outbox)):
    chat = engineio.Server()
    chat.on("connection", lambda session: session.on("close", lambda *why: reasons.append(why)))
    async with checks.within(3), chat.listen() as address, aiohttp.ClientSession() as http:

        async def get(sid=""):
            url = f"{address.url}/engine.io/?EIO=4&transport=polling"
            answer = await http.get(f"{url}&sid={sid}" if sid else url)
            return answer.status, await answer.text()

        await get()
        await get()
        (ada, to_ada), (bob, to_bob) = chat.sessions.items()
        for word in ("one", "two", "three"):
            to_ada.send(word)
        bobs = asyncio.create_task(get(bob))
        await asyncio.sleep(0.05)  # his GET waits now
        to_bob.send("hello, Bob")
        print("Bob:", await bobs)
        print("Ada:", await get(ada))
        first = asyncio.create_task(get(ada))
        await asyncio.sleep(0.05)
        print("Ada's second GET:", await get(ada))
        print("Ada's first GET: ", await first)
print("Ada's session has ended:", *reasons[0])

# %% [markdown] id="detection" exercise="7.6" role="prompt"
# ## 7.6 · How soon, and for how much
#
# For practice, 6 minutes. Prepared by
# [Heartbeats](../notebooks/07_engineio_sessions.ipynb#4-·-Heartbeats).
#
# A server pings every `interval` seconds, and waits for the pong for `timeout` seconds. Write
# `detection(interval, timeout, clients)`, which returns three numbers:
#
# * after how many seconds it notices that a client has vanished, **at the earliest**;
# * after how many seconds **at the latest**;
# * how many packets travel **in an hour**, in both directions, with so many clients that are all there
#   and say nothing.
#
# The network takes no time.


# %% id="detection-stub" exercise="7.6" role="stub"
def detection(interval, timeout, clients):
    ### BEGIN SOLUTION
    return timeout, interval + timeout, 2 * clients * 3600 / interval
    ### END SOLUTION


# %% id="detection-check" exercise="7.6" role="check"
check("7.6")
### BEGIN HIDDEN TESTS
check("7.6").credit()
### END HIDDEN TESTS

# %% [markdown] id="detection-wire-text"
# ### Your numbers beside the library's
#
# The library's server and client, on the virtual clock: a client vanishes, at 24 different moments.
# And one stays for an hour; its pings and pongs are counted.


# %% id="detection-wire" exercise="7.6" role="wire"
checks.answered("7.6")


async def noticed(moment, **waits):
    """Seconds from when a client vanishes until its session ends; and how often it was asked."""
    loop, asked = asyncio.get_running_loop(), []
    chat = engineio.Server(**waits)
    over = loop.create_future()

    @chat.on("connection")
    def opened(session):
        session.on("close", lambda *why: over.set_result(loop.time()))

    async with chat.listen() as port, proxy.Proxy(port) as link:
        client = await engineio.Client(link.url, transports=["websocket"]).connect()
        client.on("ping", lambda: asked.append(loop.time()))
        await asyncio.sleep(moment)
        link.cut("silence")
        gone = loop.time()
        waited = await over - gone
        await client.close()
        return waited, len(asked)


for interval, timeout in ((25, 20), (10, 15)):
    moments = [interval * n / 4 + shift for n in range(4, 16) for shift in (-0.05, 0.05)]
    waits = {"ping_interval": interval, "ping_timeout": timeout}
    took = [clock.simulate(noticed(moment, **waits))[0] for moment in moments]
    _, pings = clock.simulate(noticed(3605, **waits))
    found = min(took), max(took), 2 * pings * 1000
    for whose, one in (("the library", found), ("yours", detection(interval, timeout, 1000))):
        print(f"{whose:11}: after {one[0]:.0f} to {one[1]:.0f} s, {one[2]:,.0f} packets")

# %% id="progress"
checks.progress()

# %% id="finish"
await lab.finish()
