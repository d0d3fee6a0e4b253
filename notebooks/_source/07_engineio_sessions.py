# %% [markdown] id="title"
# # 07 · Engine.IO: sessions
#
# *HTTP forgets you after each answer. How can a server talk with the same client for hours?*
#
# **Objectives.** At the end you can
#
# * make a session out of requests that know nothing of each other;
# * read and write Engine.IO's packets and payloads, byte for byte;
# * say how soon a server notices that a client has gone, and choose the two numbers that decide it;
# * show why a session's id is a secret, and repair an error of CORS.
#
# **Prerequisites.** Lesson 02: long polling. Lesson 03: pages and origins. Lesson 05: ping and pong.

# %% id="start"
import asyncio
import json

from course_lib import lab
from course_lib.engineio import Client, Server
from course_lib.errors import ConnectionClosed, LocalError, RemoteError
from course_lib.lab import bets, clock, plots, proxy, show
from course_lib.net import http_client, http_server
from course_lib.wire.engineio import heartbeat, packet
from course_lib.wire.engineio.packet import Packet, Type
from course_lib.wire.http import http11

lab.start()

# %% [markdown] id="session"
# ## 1 · A session
#
# Two requests arrive, one after the other. Are they from the same client?
#
# HTTP does not say. A request may come on any connection, and a proxy may put the requests of a hundred
# people on one. In lesson 02 it did not matter: each request carried a cursor, and everybody read the same
# log. But a chat with private messages has to know who asks.
#
# So the server gives each client an **id**, and the client says it in every request. All that belongs to this
# id is a **session**. You know this from the cookie of a shop. Engine.IO, the lower half of Socket.IO,
# puts the id into the URL. Here is our server, and its first answer:

# %% id="handshake"
server = Server()
heard = []


@server.on("connection")
def connected(session):
    session.on("message", heard.append)
    session.send("welcome")


def sid_of(answer):
    first_part = answer.split("\x1e")[0]  # see section 2
    return json.loads(first_part[1:])["sid"]


address = await server.listen()
engine = f"{address.url}/engine.io/?EIO=4&transport=polling"
async with http_client.Client() as http:
    first = (await http.get(engine)).text()
sid = sid_of(first)
print(first.replace(sid, "(the session's id)").replace("\x1e", " | "))

# %% [markdown] id="handshake-text"
# This is the **handshake** of Engine.IO (that of WebSocket, lesson 03, is another one). `EIO=4` in the URL is
# the version of the protocol. The answer has two parts (between them stands one byte, which is printed here as
# `|`). Read the first one.
#
# * `sid`: the session's id, 20 characters that nobody can guess;
# * `upgrades`: transports that the client may change to (lesson 08);
# * `pingInterval`, `pingTimeout`: two numbers in milliseconds (section 4);
# * `maxPayload`: how many bytes the server accepts in one request.
#
# From now on the client says its `sid`. What if it says one that the server does not know?

# %% id="refusals"
cases = {
    "our id": f"&sid={sid}",
    "another id": "&sid=I_made_this_one_up__",
    "in small letters": f"&sid={sid.lower()}",
    "no id": "",
}
async with http_client.Client() as http:
    for name, said in cases.items():
        answer = await http.post(engine + said, "4hello")
        print(f"{name:16} {answer.status} {answer.text()}")
print("the application heard", heard)

# %% [markdown] id="refusals-text"
# A refusal is JSON with a `code`, which a program can read, and a `message` for people. A request without a
# `sid` is a new handshake, and that must be a GET.
#
# An id that is unknown opens **no** session. Why not? If it did, Mallory could choose an id, and bring Ada to
# use it, with a link for example. Then he would know her id from the beginning. All refusals, in the order in
# which they are checked, are exercise
# [7.3](../exercises/07_engineio_sessions.ipynb#7.3-·-Every-refusal).

# %% [markdown] id="packets"
# ## 2 · Packets and payloads
#
# `4hello` was one message. What is the 4?
#
# What travels in a session are **packets**: one digit, which says what the packet is for, and then its data.
# Most packets are messages of the application. The others keep the session alive.

# %% id="packet-types"
for kind in Type:
    print(kind, kind.name)

# %% [markdown] id="packet-text"
# `0` you have seen: it opens the session. `1` closes it, `2` and `3` are ping and pong (section 4). `5` and
# `6` are for lesson 08.
#
# Long polling has one GET that waits. Meanwhile three things may happen on the server. Must the client ask
# three times?
#
# No: one answer may carry several packets. Between two of them stands the byte `1e`, which is called *record
# separator*. All of them together are what Engine.IO calls a **payload**. (In lesson 04 this word was the
# content of one frame.)

# %% id="payload"
body = packet.encode_payload(
    [
        Packet(Type.MESSAGE, "안녕"),
        Packet(Type.PING),
        Packet(Type.MESSAGE, b"\x01\x02\x03"),
    ]
)
parts = [("message", 0, 7), ("1e", 7, 8), ("ping", 8, 9), ("1e", 9, 10)]
show.hexdump(body, marks=[*parts, ("binary", 10, 15)])

# %% [markdown] id="payload-text"
# The last message is not text, but three bytes: `01 02 03`. A payload is text, and in it bytes travel as
# **base64**: four characters for three bytes, from an alphabet of 64. The letter `b` stands in the place of
# the digit `4`. (On WebSocket, which has binary frames, bytes need none of this: therefore the `binary=False`.)
# What does it cost?

# %% id="base64-cost"
for size in (3, 1000, 100_000):
    data = bytes(size)
    text = len(packet.encode(Packet(Type.MESSAGE, data), binary=False))
    print(f"{size:7,} bytes become {text:7,} characters: {text / size - 1:4.0%} more")

# %% [markdown] id="payload-escape"
# One thing is left. What if a text has the byte `1e` in it?
#
# Then it is cut in two: Engine.IO has no way to mark a `1e` as a part of the text. The layer above must not send such a text. Socket.IO does not,
# because its texts are JSON, and JSON writes this character as `\u001e`. The library refuses:

# %% id="payload-refused"
async with http_client.Client() as http:
    opened = (await http.get(engine)).text()
other = server.sessions[sid_of(opened)]
try:
    other.send("one\x1etwo")
except LocalError as error:
    print("refused:", error)

received = packet.decode_payload(b"4one\x1etwo")
print("without the refusal the other side would read", next(received))
try:
    next(received)
except RemoteError as error:
    print("and then:", error)

# %% [markdown] id="packets-exercise"
# Write the codec: exercise
# [7.1](../exercises/07_engineio_sessions.ipynb#7.1-·-Packets-and-payloads).

# %% [markdown] id="polling"
# ## 3 · One GET, one POST
#
# The session is open. How does a message travel in each direction?
#
# To the server: in a POST, which is answered with `ok`. From the server: in the answer to a GET, which waits
# (that is long polling). So there are at most two requests at a time. Here is a conversation, with a round
# trip of 100 ms. The client says a word, and the server answers with three.

# %% id="conversation-server"
from course_lib.lab import sequence, tap


def three_words(session):
    def answer(word):
        for number in (1, 2, 3):
            session.send(f"{word} {number}")

    session.on("message", answer)


# %% id="conversation"
async def conversation():
    chatty = Server()
    chatty.on("connection", three_words)
    with tap.Tap("a conversation by polling") as recording:
        async with chatty.listen() as port, proxy.Proxy(port, rtt=0.1) as link:
            async with Client(link.url, transports=["polling"]) as client:
                await asyncio.sleep(0.3)
                client.send("hi")
                await asyncio.sleep(0.5)
    return recording


recording = clock.simulate(conversation())
sequence.plot(recording, layers=["engineio"], stop=1.2)

# %% [markdown] id="conversation-text"
# `client 1` and `client 2` are two connections of one client. Find the GET that waits, on the left, then the
# POST on the right (its body is `4hi`), and the three messages. They leave in **one** answer, because the server
# sent them one right after the other, with no `await` between them. Then the client asks again. (At the end it
# says `1` and leaves. The server answers both requests, the GET with a `6`, which says nothing. But nobody is
# there any more: arrows with a cross.)
#
# What is sent while no GET waits stays in a **queue** of the session.
#
# And a second GET, while one waits? Which of them should have the next message? Here is what happens:

# %% id="two-gets"
async with http_client.Client() as http:
    opened = (await http.get(engine)).text()
    mine = engine + "&sid=" + sid_of(opened)
    reasons = []
    server.sessions[sid_of(opened)].on("close", lambda *why: reasons.append(why))
    waiting = asyncio.create_task(http.get(mine))
    await asyncio.sleep(0.1)  # it waits now
    second = await http.get(mine)
    print("the first: ", (await waiting).status, (await waiting).text())
    print("the second:", second.status, second.text() or "(empty)")
    print("afterwards:", (await http.get(mine)).text())
print("the session has ended:", *reasons)

# %% [markdown] id="two-gets-text"
# The session ends, and both **requests** are answered: the first with a `1` (*close*), the second with 400.
# That looks strict. But with two GETs the order of the messages would be lost, and nobody would notice. A client
# that makes this mistake should see it at once. (A second POST, while one is being handled, ends the session in
# the same way.)
#
# And what if the client is gone, in the middle of a GET? Or if it stays, but never asks again, so that the queue
# grows and grows?

# %% id="other-ends"
async with http_client.Client() as http:
    session = server.sessions[sid_of((await http.get(engine)).text())]
    ended = asyncio.get_running_loop().create_future()
    session.on("close", lambda *why: ended.set_result(why))
    waiting = asyncio.create_task(http.get(f"{engine}&sid={session.id}"))
    await asyncio.sleep(0.1)  # it waits now
    waiting.cancel()
    print("its GET breaks:", *await ended)
    session = server.sessions[sid_of((await http.get(engine)).text())]
    try:
        while True:
            session.send(100_000 * "x")
    except ConnectionClosed as error:
        print("it never asks: ", error)

# %% [markdown] id="other-ends-text"
# A GET that breaks ends the session, too. There is no cursor here: a packet that was in a lost answer cannot be
# asked for again. And the library ends a session whose queue has too much in it.
#
# Write the queue of a session, with one GET in flight: exercise
# [7.5](../exercises/07_engineio_sessions.ipynb#7.5-·-A-queue-with-one-GET).

# %% [markdown] id="heartbeat"
# ## 4 · Heartbeats
#
# A client's battery is empty. When does the server notice?
#
# Nothing tells it: a device without power does not even end its connection. So the server asks: every
# `pingInterval` it sends a `2`, and the client answers with a `3`. This is the **heartbeat**. If no `3` comes
# within `pingTimeout`, the session is over. (If another packet comes first, this time begins anew, but only once
# for each ping: the client is there, and may just be slow.) With polling the ping ends the waiting of a GET, too:
# it waits for one `pingInterval` at most.
#
# The server asks, and not the client. In the past it was the other way round. But browsers slow down the
# timers of a page that is in the background, so pings came late, and healthy sessions ended.
#
# ### Your bet
#
# `pingInterval` is 25 s, `pingTimeout` is 20 s. A client vanishes, without a word. After how many seconds
# does the server notice, **at the latest**?

# %% id="bet"
choices = ["20 s", "25 s", "45 s", "50 s"]
my_bet = bets.bet("At the latest after …", choices=choices)
my_bet


# %% id="demonstration"
async def noticed(vanishes):
    """Seconds until the server misses a client that vanishes at this moment."""
    loop = asyncio.get_running_loop()
    patient, ended = Server(), loop.create_future()  # 25 s and 20 s are its defaults

    @patient.on("connection")
    def opened(session):
        session.on("close", lambda reason, _: ended.set_result(loop.time()))

    async with patient.listen() as port, proxy.Proxy(port, rtt=0.02) as link:
        client = await Client(link.url, transports=["websocket"]).connect()
        await asyncio.sleep(vanishes)
        gone = loop.time()
        link.cut("silence")
        took = await ended - gone
        await client.close()
        return took


# %% id="demonstration-run"
moments = [second / 2 for second in range(20, 180)]
waits = [clock.simulate(noticed(moment)) for moment in moments]
print(f"at the earliest {min(waits):.1f} s, at the latest {max(waits):.1f} s")

# %% id="demonstration-result"
latest = max(waits)
my_bet.reveal(min(choices, key=lambda choice: abs(float(choice.split()[0]) - latest)))

# %% id="demonstration-figure"
plots.detection(moments, waits, interval=25, timeout=20, bet=my_bet.value)

# %% [markdown] id="demonstration-text"
# *This is the demonstration of this lesson.* It depends on luck, and the figure shows how. A client that
# vanishes **just before** a ping is noticed after the timeout alone. One that vanishes **just after its pong**
# has the whole interval before anybody asks, and then the timeout. So:
#
# * at the earliest: `pingTimeout`;
# * at the latest: `pingInterval + pingTimeout`. (We tried a moment every half second, and none of them was right
#   after the pong; so the number above is a little less.)
#
# On the client's side the same sum counts: if it gets no `2` for so long, the server has gone. This is why the
# handshake tells it both numbers. Here is one session on a time line: it answers two pings, and then its
# link falls silent. (A dotted line ends in a
# cross: the deadline of whoever waits. The bar shows how long the server waits for a pong.)


# %% id="heartbeat-recorded"
async def two_beats():
    patient = Server(ping_interval=25, ping_timeout=20)
    with tap.Tap("a session that falls silent") as recording:
        async with patient.listen() as port, proxy.Proxy(port, rtt=1) as link:
            client = await Client(link.url, transports=["websocket"]).connect()
            await asyncio.sleep(60)
            link.cut("silence")
            await asyncio.sleep(60)
            await client.close()
    return recording


plots.heartbeats(clock.simulate(two_beats()))

# %% [markdown] id="heartbeat-interval"
# When does the next interval begin? In the library it begins when the **pong** arrives, not when the ping
# left. Here is the state of one session, on a clock that we move by hand. `tick(now)` gives two lists: the
# sessions to ping now, and those that are dead. `next_deadline()` says when to call it next.

# %% id="heartbeat-machine"
beats = heartbeat.Heartbeats(interval=25, timeout=20)
beats.opened("Ada", now=0)
print("at  25:", beats.tick(now=25), "· wake me at", beats.next_deadline())
beats.pong("Ada", now=31)  # the pong was slow
print("at  31: pong             · wake me at", beats.next_deadline())
print("at  56:", beats.tick(now=56), "· wake me at", beats.next_deadline())
print("at  76:", beats.tick(now=76), "· wake me at", beats.next_deadline())

# %% [markdown] id="heartbeat-tuning"
# There is **one timer** for all sessions of a server. That is enough, because everybody waits equally long: whoever began to wait first is due first.
#
# ### Which numbers are good?
#
# Short ones notice sooner. What do they cost? With ten thousand quiet clients:

# %% id="tuning"
print("interval  timeout   noticed after   packets a second")
for interval, timeout in ((5, 5), (25, 20), (60, 30), (300, 60)):
    packets = 2 * 10_000 / interval  # a ping and a pong for each client
    latest = interval + timeout
    limits = f"{timeout:3} to {latest:3} s"
    print(f"{interval:6} s {timeout:6} s   {limits}   {packets:10,.0f}")

# %% [markdown] id="tuning-text"
# A phone pays, too: each ping wakes its radio. And there is a limit from outside. Proxies cut connections that
# have been silent for, say, 60 seconds (lesson 02). So the interval must be shorter than the shortest of these
# limits. Socket.IO's interval of 25 seconds is below the usual ones, 30 and 60.
#
# The heartbeat as a machine, `(event, now)`: exercise
# [7.4](../exercises/07_engineio_sessions.ipynb#7.4-·-The-heartbeat). Its two limits, and its price: exercise
# [7.6](../exercises/07_engineio_sessions.ipynb#7.6-·-How-soon,-and-for-how-much).

# %% [markdown] id="hijack"
# ## 5 · Somebody else has your id
#
# The `sid` says who you are. What can somebody do who has yours?
#
# Ada is in a chat. Mallory has read her `sid`, in the log of a proxy (it is in the URL!). Mallory is somewhere
# else, on a connection of his own.

# %% id="hijack-run"
said = []


@server.on("connection")
def listen(session):
    session.on("message", lambda text: said.append((session.id == ada_sid, text)))


async with http_client.Client() as ada, http_client.Client() as mallory:
    opened = (await ada.get(engine)).text()
    ada_sid = sid_of(opened)
    as_ada = engine + "&sid=" + ada_sid
    await mallory.post(as_ada, "4Please send the money to Mallory.")
    server.sessions[ada_sid].send("Ada's password is: kimchi")
    print("Mallory reads:", (await mallory.get(as_ada)).text())
print("the server heard from Ada's session:", said)

# %% [markdown] id="hijack-text"
# He speaks as Ada, and he reads what is meant for her. The server cannot tell them apart: a session is **all
# requests with this id**. So:
#
# * the id must be impossible to guess: 96 random bits (12 bytes from `os.urandom`, and not from `random`: lesson
#   04), and 3 bytes of a counter, so that no id comes twice, are together 20 characters of base64;
# * it must be encrypted on its way, by `https`, and your own programs that see the URL (a proxy, a log) must not
#   keep it;
# * it must not be shown. Socket.IO gives each client a second id, which may be public: `socket.id`.

# %% id="hijack-guess"
guesses = 1_000_000 * 60 * 60 * 24 * 365  # a million guesses a second, for a year
one_in = 2**96 / (guesses * 10_000)
print(f"chance to find one of 10,000 sessions in a year: 1 in {one_in:,.0f}")

# %% [markdown] id="hijack-exercise"
# Write the handshake and the id, for the official JavaScript client: exercise
# [7.2](../exercises/07_engineio_sessions.ipynb#7.2-·-The-handshake).

# %% [markdown] id="cors"
# ## 6 · A page from somewhere else
#
# Your page is at `http://localhost:3000`, your server at `http://localhost:5000`. The page asks, and in the
# browser's console (F12) stands:
#
# > Access to fetch at 'http://localhost:5000/engine.io/…' from origin 'http://localhost:3000' has been blocked
# > by CORS policy: No 'Access-Control-Allow-Origin' header is present on the requested resource.
#
# What has gone wrong?
#
# Scheme, host and port are a page's **origin** (lesson 03), and these two have different ports. A browser does
# send the request of a foreign page. But it hides the answer from the page, unless the server allows
# it, in the header `Access-Control-Allow-Origin`. These rules are called **CORS**. Try it: the next cell serves
# a page on another port. Press its button, then look into the console.


# %% id="cors-page" tags=["nbval-ignore-output"]
def page(request):
    html = """<meta name=color-scheme content="light dark">
    <button onclick="ask()">Ask the server</button> <output id=o></output>
    <script>async function ask() {
      const server = location.hash.slice(1)  // after the # in the page's URL
      try { o.textContent = await (await fetch(server)).text() }
      catch (error) { o.textContent = error + ": look into the console (F12)" }
    }</script>"""
    kind = {"Content-Type": "text/html; charset=utf-8"}
    return http11.Response(200, kind, html.encode())


pages = await http_server.serve(page)
async with http_client.Client() as http:
    assert "Ask the server" in (await http.get(pages.url)).text()
show.page(f"{pages.url}/#{engine}", height=90)


# %% [markdown] id="cors-text"
# And this is what travels. Our library is stricter than the official one, which answers a foreign page and
# leaves the hiding to the browser: ours refuses. The reason is WebSocket: there a browser hides nothing.


# %% id="cors-headers"
async def asked_from(url, origin):
    async with http_client.Client() as http:
        answer = await http.get(url, headers={"Origin": origin})
    allowed = answer.headers.get("access-control-allow-origin")
    return f"{answer.status}, Access-Control-Allow-Origin: {allowed and '(this page)'}"


print("before:", await asked_from(engine, pages.url))

# %% [markdown] id="cors-repair"
# The repair is one line: name the page.

# %% id="cors-repaired"
open_server = Server(cors_allowed_origins=[pages.url])
open_address = await open_server.listen()
engine = f"{open_address.url}/engine.io/?EIO=4&transport=polling"
print("after: ", await asked_from(engine, pages.url))
print("others:", await asked_from(engine, "http://evil.example"))

# %% id="cors-page-again" tags=["nbval-ignore-output"]
assert (await asked_from(engine, pages.url)).startswith("200")
show.page(f"{pages.url}/#{engine}", height=90)

# %% [markdown] id="cors-repaired-text"
# Press the button of **this** page. It asks the new server and shows the handshake. (The page further up asks
# the old one: compare the two addresses, after the `#`. `"*"` would allow every page in the world. That is
# right for public data, and wrong as soon as there are cookies.)
#
# The next cell closes the servers.

# %% id="close"
await pages.close()
await open_address.close()
await address.close()
print("sessions left:", len(server.sessions) + len(open_server.sessions))

# %% [markdown] id="missing"
# ## 7 · What is still missing
#
# You have a session, and it works through every proxy, because it is HTTP. But you know from lesson 06 what
# polling costs: a head for each message, and a gap in a burst. The handshake has already offered something
# better: `"upgrades": ["websocket"]`.
#
# How can a session change from polling to WebSocket, while messages travel in both directions, without losing
# one? That is lesson 08.
#
# **Summary**
#
# * A session is all requests with the same `sid`. Whoever knows the `sid` is in it.
# * A packet is a digit and its data. A payload is packets with the byte `1e` between them; bytes travel in it
#   as `b` and base64.
# * One GET that waits, one POST: a second one ends the session, and so does a GET that breaks.
# * The server pings. It misses a client after `pingTimeout` at the earliest, and after `pingInterval +
#   pingTimeout` at the latest.
# * A browser hides the answer from a foreign page, unless the server names the page.
#
# **Ask next.** Why does the next interval begin with the pong, and not with the ping? What would go wrong if a
# client could choose its own `sid`?

# %% id="glossary"
lab.glossary("07")

# %% id="finish"
await lab.finish()
