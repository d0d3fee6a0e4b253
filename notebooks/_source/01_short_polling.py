# %% [markdown] id="title"
# # 01 · Short polling
#
# *A page shows a chat. Somebody else writes a message. How does the page find out?*
#
# A web server cannot call a browser. The browser has to ask. In this lesson it asks again and
# again, and you find out what that costs.
#
# **Objectives.** At the end you can
#
# * read an HTTP request and its answer byte by byte, and say where each of them ends;
# * explain why each reader of a chat needs a cursor, and what goes wrong without them;
# * predict the latency of short polling and its price, before you measure either.
#
# **Prerequisites.** Python functions, and that `await` lets other work go on. No network knowledge.
#
# Run a cell with Shift+Enter. Server and client both live in this notebook's kernel.

# %% id="start"
import asyncio
import json
import random

from course_lib import lab
from course_lib.lab import bets, clock, compare, metrics, models, plots, show
from course_lib.lab.apps import short_polling
from course_lib.net import http_client, http_server, mailbox, stream
from course_lib.wire.http import http11
from course_lib.wire.http.connection import ServerConnection
from course_lib.wire.http.head import decode_request

lab.start()

# %% [markdown] id="question-and-answer"
# ## 1 · A request and its answer
#
# What travels when a program asks a server for news?
#
# Start the chat server of this lesson. It listens on *loopback*: a network inside your computer.
# No other computer can reach it. (Other programs on this one can, and so can every page in your
# browser. Lesson 03 is about what follows from that.)

# %% id="serve"
server = await short_polling.Server().start()
server.post("hi")
server.post("안녕")

# %% [markdown] id="ask-by-hand-text"
# Now ask it, without any HTTP library. Open a connection, write bytes, read bytes. The lab's *tap*
# writes down what passes.

# %% id="ask-by-hand"
from course_lib.lab import inspector, tap

request = b"GET /messages?since=0 HTTP/1.1\r\nHost: chat.example\r\n\r\n"

with tap.Tap("a request by hand") as recording:
    async with await stream.connect("127.0.0.1", server.port) as connection:
        connection.write(request)
        answer = await connection.read()

show.side_by_side(show.http(request), show.http(answer), titles=("request", "answer"))

# %% [markdown] id="anatomy"
# What the client asks is called a **request**; the server's answer is its **response**. Both have the
# same shape:
#
# ```
# first line          what is asked, or how it went
# Name: value         any number of headers
#                     an empty line: the head ends here
# body                as many bytes as Content-Length says
# ```
#
# Without `Content-Length` a request has no body. An answer without it has one all the same: either it
# comes in *chunks*, pieces that each say their own length (`Transfer-Encoding: chunked`), or it
# continues until the connection ends. And some answers never have a body, whatever the header says:
# `204` (no content), `304` (not modified), and those to a request with the method `HEAD`. In this
# lesson each answer with a body says its length.
#
# Each line of a head ends with two bytes, carriage return and line feed (`\r\n`). Here is the same
# conversation in the **inspector**. Choose the answer. You see its bytes: on the left the position,
# then each byte as two hex digits, on the right the same as text. (A syllable takes three bytes
# there; `_` fills its place.)
#
# Where does the head end? And where is `안녕`? Go to the byte that you mean, with the mouse or with
# the arrow keys, and say what it is. Only then does the inspector say it.

# %% id="inspect" tags=["nbval-ignore-output"]
view = inspector.show(recording, ask=True)
view.select_message(2)
assert [message.data for message in view.messages] == [request, answer]
view

# %% [markdown] id="length-question"
# The answer says `Content-Length`. Does that count characters or bytes? Decide before you run the
# next cell.

# %% id="length"
head, _, body = answer.partition(b"\r\n\r\n")
line = head.decode().split("\r\n")[-1]
print(line)
print("characters:    ", len(body.decode()))
print("bytes:         ", len(body))
assert line == f"Content-Length: {len(body)}"

# %% [markdown] id="length-answer"
# Bytes. A Hangul syllable is one character and three bytes in UTF-8, the rule by which text becomes
# bytes (primer p2). A length in characters cuts the message short, and nobody who tests with plain
# English ever sees it.
# ### Which side may speak?
#
# The connection from above is a wire in both directions. HTTP/1.1 does not use it that way. The client
# asks, the server answers, and then it is the client's turn again. This is called **half duplex**, like
# a walkie-talkie. (A client may also send several requests at once and then read the answers in the
# same order, which is called *pipelining*. Browsers do not do it.) The server may not begin. Watch this
# one keep the rule, although it has news:

# %% id="half-duplex"
async with await stream.connect("127.0.0.1", server.port) as connection:
    connection.write(request)
    await connection.read()
    server.post("is anybody there?")  # the server has news now
    try:
        async with asyncio.timeout(0.5):
            print(await connection.read())
    except TimeoutError:
        print("half a second later: no byte has arrived")

# %% [markdown] id="build"
# ## 2 · Read a request
#
# What does a server do with these bytes?
#
# It cuts them. Here is a small version. It knows the shape from above and nothing more. (`latin-1`
# turns each byte into one character and never fails.)


# %% id="split-request"
def split_request(data):
    head, _, rest = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    method, target, _version = first.split(" ")
    headers = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    length = int(headers.get("content-length", 0))
    return method, target, headers, rest[:length]


split_request(request)

# %% [markdown] id="agree-text"
# Does it agree with the library? Give both the same random requests, with Hangul and emoji in the
# body, and compare.

# %% id="agree"
chance = random.Random(1)


def random_request():
    body = "".join(chance.choices("hi 안녕👋", k=chance.randrange(20))).encode()
    method = chance.choice(["GET", "POST"])
    return http11.Request(method, f"/{chance.randrange(99)}", {"Host": "a"}, body)


# %% id="agree-run"
for _ in range(1000):
    data = http11.encode_request(random_request())
    library = ServerConnection()
    library.receive(data, now=0.0)
    [theirs] = library.events()
    assert split_request(data)[:2] == (theirs.method, theirs.target)
    assert split_request(data)[3] == theirs.body
print("1000 random requests: the same method, target and body")

# %% [markdown] id="break-it"
# ### Break it
#
# Real networks do two things that the small version does not expect.
#
# First, **a connection is a stream of bytes**. It has no messages. One request may arrive in two
# pieces, and two requests may arrive in one. Cut a request inside a syllable, then send two at
# once:

# %% id="break-chunks"
whole = http11.Request("POST", "/messages", {"Host": "a"}, "안녕".encode())
data = http11.encode_request(whole)
print("small version:", split_request(data[:-2])[3].decode(errors="replace"))

library = ServerConnection()
library.receive(data[:-2], now=0.0)
print("library:      ", library.events(), "(it waits)")
library.receive(data[-2:], now=0.0)
print("library:      ", library.events()[0].body.decode())
library.receive(data + data, now=0.0)
print("two in one:   ", len(library.events()), "requests")

# %% [markdown] id="break-hostile-text"
# Second, **not everybody is friendly**. What should a server do with a length of `-1`, with two
# different lengths, or with a space in a header's name? If two programs on the way disagree about
# where a request ends, an attacker can hide a second request inside the first. This is *request
# smuggling*. So the library refuses whatever is not clear. The small version takes it.

# %% id="break-hostile"
for line in ("Content-Length: -1", "Content-Length: 3\r\nContent-Length: 4", "A B: x"):
    data = f"POST /messages HTTP/1.1\r\nHost: a\r\n{line}\r\n\r\n안녕".encode()
    taken = len(split_request(data)[3])
    async with await stream.connect("127.0.0.1", server.port) as connection:
        connection.write(data)
        first_line = (await connection.read()).split(b"\r\n")[0]
    print(f"{line!r:44} small version: {taken} of 6 bytes   {first_line.decode()}")

# %% [markdown] id="meet-library-text"
# This is the library's `split_request`, the part for the head. Find your three steps: the first
# line, the headers, the result. Each `raise` and each `check_` is a way to say no.

# %% id="meet-library"
show.source(decode_request)

# %% [markdown] id="build-exercise"
# Now the other direction. Write a request that a strict server accepts: exercise
# [1.1](../exercises/01_short_polling.ipynb#1.1-·-Write-a-request).

# %% [markdown] id="cursor"
# ## 3 · A chat needs a cursor
#
# Two people read the same chat. Which messages does each of them get?
#
# Here is a server as many programmers write it first. It keeps a list, gives it to each client that
# asks, and clears it.

# %% id="clear-on-read"
pending = []


def forgetful(request):
    news = json.dumps(pending)
    pending.clear()
    return http11.Response(200, body=news.encode())


async with http_server.serve(forgetful) as naive, http_client.Client() as http:
    for number in range(6):
        pending.append(number)
        reader = ("mina", "joon")[number % 2]
        print(reader, "reads", (await http.get(naive.url)).json())

# %% [markdown] id="cursor-text"
# Each message reached only one of the readers. Nobody got an error. This is the worst kind of loss.
#
# The repair: **nothing is cleared, and each reader says how far they have read.** That number is
# the *cursor*. It travels in the request (`since=3`), and the answer brings the next one. The
# server has nothing to remember about its readers.

# %% id="cursors"
log = mailbox.Mailbox(limit=1000)
cursors = {"mina": 0, "joon": 0}
for number in range(6):
    log.put(number)
    reader = ("mina", "joon")[number % 2]
    batch = await log.take(cursors[reader])
    cursors[reader] = batch.cursor
    print(reader, "reads", batch.messages)

# %% [markdown] id="bounded-text"
# The log cannot grow without end. It keeps the newest messages. A reader who comes back too late is
# told how many they missed.

# %% id="bounded"
log = mailbox.Mailbox(limit=3)
for number in range(10):
    log.put(number)
await log.take(cursor=0)

# %% [markdown] id="chat-text"
# The chat server is this mailbox and one function. It fits on a screen:

# %% id="chat-source"
show.source(short_polling.Server.answer)

# %% [markdown] id="browser-text"
# ### A browser takes part
#
# The same server also has a page. Write something in it. The page asks once a second, which is called
# **polling**; watch its two counters.

# %% id="browser" tags=["nbval-ignore-output"]
show.page(server.url)

# %% [markdown] id="devtools-text"
# Open that address in a tab of its own. Press F12 (on a Mac: Option+Command+I), choose *Network*, and
# wait a second. Each line is one request. Click one: you find the first line and the `Host` from above,
# and more headers that the browser adds.
#
# Then say something from here, and look at the page.

# %% id="say-from-kernel"
async with short_polling.Client(server.url) as client:
    await client.say("Hello from the kernel")
    news = await client.poll()
print(news[-1])
assert news[-1] == "Hello from the kernel"

# %% [markdown] id="cursor-exercise"
# Write the heart of the chat, for two readers and a log that forgets: exercise
# [1.3](../exercises/01_short_polling.ipynb#1.3-·-Read-on-from-a-cursor).

# %% [markdown] id="one-connection"
# ## 4 · The price of a connection
#
# Ask a hundred times. How many connections does that take?

# %% id="keep-alive"
async with http_client.Client() as http:
    for _ in range(100):
        await http.get(f"{server.url}/messages?since=0")
    print(http.requests_sent, "requests,", http.connections_opened, "connection")
    assert http.connections_opened == 1

# %% [markdown] id="keep-alive-price"
# HTTP/1.1 keeps the connection open after the answer. This is called **keep-alive**. The header
# `Connection: close` asks for the opposite: one request, one connection.
#
# What would new connections cost? On loopback, nothing that you could see: bytes arrive at once. Real
# clients are far away. So the lab has a **simulator**: the same code, on a network of any length, with
# a clock that jumps to the next event. A simulated hour takes no time, and the same run gives the same
# numbers each time.
#
# The **round-trip time** (RTT) is how long a byte needs to the other side and its answer back.
# Guess how long a hundred requests take at an RTT of 50 ms, with and without keep-alive.


# %% id="keep-alive-simulated"
async def hundred(headers):
    async with short_polling.Server() as server, http_client.Client() as http:
        started = asyncio.get_running_loop().time()
        for _ in range(100):
            await http.get(f"{server.url}/messages", headers=headers)
        return asyncio.get_running_loop().time() - started


for name in ("keep-alive", "close"):
    seconds = clock.simulate(hundred({"Connection": name}), rtt=0.050)
    print(f"Connection: {name:10} {seconds:5.2f} s")

# %% [markdown] id="keep-alive-answer"
# A request costs one round trip. A connection costs one more before it carries anything. (TLS, the
# encryption that the *s* of https means, usually costs another.)

# %% [markdown] id="one-connection-exercise"
# Two answers on one connection, in pieces of any size. Where does each of them end? Exercise
# [1.2](../exercises/01_short_polling.ipynb#1.2-·-Read-a-response).

# %% [markdown] id="price"
# ## 5 · The price of asking
#
# A quiet minute in a chat: three messages, together a few dozen bytes. A client asks once a second.
# How many bytes travel for them?

# %% id="demonstration"
moments = [7.3, 21.8, 48.4]
quiet = clock.simulate(
    compare.measure(compare.short_polling(1.0), moments, duration=60, rtt=0.050)
)
delivered = sum(len(d.payload) for d in quiet.deliveries)
print("answers:              ", quiet.requests)
print("with nothing in them: ", quiet.empty)
print("bytes both ways:      ", quiet.bytes_up + quiet.bytes_down)
print("bytes of the messages:", delivered)
print("connections:          ", quiet.connections)

# %% [markdown] id="quiet-timeline-text"
# *This is the demonstration of this lesson.* Most of the requests brought nothing, and each cost two
# heads. Here is the minute as a picture. Each pair of lines is a request on its way up and an answer
# on its way down.

# %% id="quiet-timeline"
plots.timeline(quiet)

# %% [markdown] id="load-text"
# And this was one reader. Each reader asks, whether or not there is news. What makes the load
# grow: more messages, or more readers?

# %% id="load"
for messages, readers in ((1, 1), (100, 1), (1, 10), (1, 50)):
    transport, moments = compare.short_polling(1.0), metrics.steady(10, count=messages)
    run = clock.simulate(
        compare.measure(transport, moments, duration=20, clients=readers)
    )
    print(f"{messages:4} messages, {readers:3} readers:", end="")
    print(f"{run.requests / run.duration:6.1f} requests a second")

# %% [markdown] id="model"
# ## 6 · Predict, then measure
#
# How late is a message? Count from the moment when **the server has it** to the moment when **the
# client has it**.
#
# ### Your bet
#
# A client asks every 500 ms, and the RTT is 200 ms. What is the median latency, in milliseconds: the
# latency that half of the messages stay below? Place your bet before you read on. The figure will show
# your number.

# %% id="bet"
my_bet = bets.bet("Median latency: asks every 500 ms, RTT 200 ms?", unit="ms")
my_bet

# %% [markdown] id="derive"
# Take a client that asks every $T$ seconds, with a fixed period. A message falls somewhere between
# two requests, so its wait is anything from $0$ to $T$, and in half of the cases less than $T/2$.
# Then it travels one way: half a round trip.
#
# $$\text{median latency} = \frac{T}{2} + \frac{RTT}{2}$$
#
# (As long as $T \ge RTT$. This client, like a browser, sends the next request on a connection only when
# the answer to the last one is there.)
#
# Many programs do something slightly different: they **pause** for $T$ after each answer. Now a
# request, its answer and the pause make the period, so it is $T + RTT$ long:
#
# $$\text{median latency} = \frac{T + RTT}{2} + \frac{RTT}{2}$$

# %% [markdown] id="simulate-text"
# First the simulator. Both kinds of client, four intervals, three distances. The rate of the
# messages is an odd number on purpose: they must not fall at the same place between two requests
# again and again. If you have placed a bet, it is the star.

# %% id="simulate-sweep"
schedule = metrics.steady(rate=16.18, count=160)


def simulated(interval, pause, rtt):
    transport = compare.short_polling(interval, pause)
    return clock.simulate(compare.measure(transport, schedule, rtt=rtt))


# %% id="simulate-sweep-run"
sweep = [
    simulated(interval, pause, rtt)
    for pause in (False, True)
    for rtt in (0.010, 0.050, 0.200)
    for interval in (0.25, 0.5, 1.0, 2.0)
]
assert all(abs(r.median / models.of(r).median - 1) < 0.1 for r in sweep)
plots.sweep(sweep, bet=my_bet.at(0.5))

# %% id="bet-result"
[asked] = [
    run
    for run in sweep
    if not run.details["pause"]
    and (run.details["interval"], run.details["rtt"]) == (0.5, 0.200)
]
my_bet.reveal(asked.median * 1000)

# %% [markdown] id="measure-text"
# Half of the period and half of the round trip: find that green triangle in the figure.
#
# Is that true outside a simulator? Now with **real sockets**. Between client and server is the lab's
# **proxy**: a program in the middle that passes on what both sides say. It holds every byte for half a
# round trip in each direction. All of the clients run at the same time, for a few seconds.

# %% id="measure" tags=["nbval-ignore-output"]
schedule = metrics.steady(rate=16.18, count=80)
measured = await asyncio.gather(
    *(
        compare.measure(compare.short_polling(interval), schedule, rtt=rtt)
        for interval in (0.25, 0.5, 1.0)
        for rtt in (0.010, 0.050, 0.200)
    )
)
plots.latency(measured, log=False)

# %% id="measure-compare" tags=["nbval-ignore-output"]
for run in measured:
    model = models.short_polling(run.details["interval"], rtt=run.details["rtt"])
    seen, predicted = run.median * 1000, model.median * 1000
    print(f"{run.label:21} RTT {run.details['rtt'] * 1000:3.0f} ms:", end="")
    print(f"  measured {seen:4.0f} ms, predicted {predicted:4.0f} ms")
    assert 0.8 < seen / predicted < 1.25

# %% [markdown] id="tension"
# Ask more often and the messages come earlier. Ask more often and more answers are empty. One
# number, $T$, decides both.
#
# The price can be predicted, too. A client asks $1/T$ times a second. With $\lambda$ messages a
# second, one message costs $1/(T\lambda)$ requests. Take a message every 20 seconds, as in the
# quiet minute, so $\lambda = 0.05$. Which $T$ would you choose?

# %% id="tradeoff"
for interval in (0.1, 0.5, 2.0, 10.0):
    model = models.short_polling(interval, rtt=0.050, rate=0.05)
    print(f"every {interval:4} s: median latency {model.median:6.3f} s, ", end="")
    print(f"{model.requests_per_message:5.0f} requests for each message")

# %% [markdown] id="model-exercise"
# Write the client's clock: exercise
# [1.4](../exercises/01_short_polling.ipynb#1.4-·-When-to-ask-next). Then predict a network that you have not seen: exercise
# [1.5](../exercises/01_short_polling.ipynb#1.5-·-Predict-short-polling).

# %% [markdown] id="missing"
# ## What is still missing
#
# The client asks too often when nothing happens and too seldom when something does. It has no way to
# know. **The server knows when there is news.** What if it did not answer at once, but waited
# until it had something to say? That is lesson 02.
#
# **Summary**
#
# * HTTP is request and answer. The server never begins. A head ends with an empty line, and a body with
#   `Content-Length` ends after that many *bytes*.
# * A connection is a stream of bytes. A reader waits for what is missing, keeps what is too much,
#   and refuses what is not clear.
# * Keep-alive carries many requests on one connection. A new connection costs a round trip.
# * A cursor lets a server forget its readers. They lose nothing that the log still has, and they are
#   told how many messages it no longer has.
# * Short polling: median latency $T/2 + RTT/2$ with a fixed period, $1/(T\lambda)$ requests for a
#   message. In a quiet chat most answers are empty, and the load grows with the readers.
#
# **Ask next.** What happens to the cursor when the server restarts? Why do the answers carry
# `Cache-Control: no-store`? What would a proxy do without it?

# %% id="glossary"
lab.glossary("01")

# %% id="finish"
await server.close()
await lab.finish()
