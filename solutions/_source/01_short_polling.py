# %% [markdown] id="title"
# # 01 · Short polling: exercises
#
# Write your answer where it says `YOUR CODE HERE`, run the cell with Shift+Enter, then run the cell
# with `check` below it. It says what is wrong, and shows the bytes. `checks.hint("1.1")` gives
# three hints, one at a time, and `checks.hint("1.1", 1)` shows the first one again.
#
# If your time is short, do the exercises marked *Core*. The others are for practice.
#
# Your code is graded in a process of its own. It has the standard library and what your cells
# define, and nothing else of this notebook.

# %% id="start"
import asyncio
import math
import time

from course_lib import lab
from course_lib.lab import checks, clock, compare, metrics
from course_lib.lab.apps import short_polling
from course_lib.lab.checks import check
from course_lib.net import http_server, mailbox, stream
from course_lib.wire.http import http11

lab.start()

# %% [markdown] id="request" exercise="1.1" role="prompt"
# ## 1.1 · Write a request
#
# For practice, 8 minutes. Prepared by
# [Read a request](../notebooks/01_short_polling.ipynb#2-·-Read-a-request).
#
# Write `request_bytes(method, target, host, text)`. It returns the **bytes** of an HTTP/1.1 request
# that a strict server understands. `text` is the body: any characters, in UTF-8, with any method. It
# may be empty; then the request has no body. (You may still send `Content-Length: 0`, and headers of
# your own.)
#
# ```
# request_bytes("GET", "/messages?since=0", "chat.example", "")
# request_bytes("POST", "/messages", "chat.example", "안녕 👋")
# ```


# %% id="request-stub" exercise="1.1" role="stub"
def request_bytes(method, target, host, text):
    ### BEGIN SOLUTION
    body = text.encode()
    head = f"{method} {target} HTTP/1.1\r\nHost: {host}\r\n"
    if body:
        head += f"Content-Length: {len(body)}\r\n"
    return head.encode() + b"\r\n" + body
    ### END SOLUTION


# %% id="request-check" exercise="1.1" role="check"
check("1.1")
### BEGIN HIDDEN TESTS
check("1.1").credit()
### END HIDDEN TESTS

# %% [markdown] id="request-wire-text"
# ### Your code on the wire
#
# The library's client now writes its requests with your function, and talks to the lesson's chat
# server. If both lines come back, every byte of yours was read by a server that you did not write.
# If the server refuses your request, the client says so with an error; after three seconds, the
# cell stops.


# %% id="request-wire" exercise="1.1" role="wire"
checks.answered("1.1")


def with_mine(request):
    return request_bytes(request.method, request.target, request.host, request.text())


async with (
    checks.within(3),
    short_polling.Server() as server,
    short_polling.Client(server.url) as client,
):
    with checks.swap(http11, encode_request=with_mine) as mine:
        await client.say("안녕 👋\n  점심? ")
        print(await client.poll(), "in", mine.calls["encode_request"], "requests of yours")

# %% [markdown] id="response" exercise="1.2" role="prompt"
# ## 1.2 · Read a response
#
# For practice, 10 minutes. Prepared by
# [The price of a connection](../notebooks/01_short_polling.ipynb#4-·-The-price-of-a-connection).
#
# Write `await read_response(reader)`. It reads **one** response and returns `(status, body)`: a
# number, and the bytes of the body. The connection stays open, and another response may follow on
# it, for which your function is called again: it takes no byte of that one from the reader.
#
# Every response here has a `Content-Length`, which may be 0. Servers write their header lines in
# different ways, and whatever HTTP allows may come. The reader has three methods; use those you
# like:
#
# ```
# await reader.read(n)             1 to n bytes: what has arrived, perhaps only a part (n > 0)
# await reader.read_until(b"…")    everything up to these bytes, with them
# await reader.read_exactly(n)     n bytes
# ```
#
# An example: on `HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n안녕HTTP/1.1 200 …` it returns
# `(200, "안녕".encode())`, and leaves the rest to the next call.


# %% id="response-stub" exercise="1.2" role="stub"
async def read_response(reader):
    ### BEGIN SOLUTION
    head = await reader.read_until(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    length = 0
    for line in lines:
        name, _, value = line.partition(":")
        if name.lower() == "content-length":
            length = int(value)
    body = await reader.read_exactly(length)
    return int(first.split(" ")[1]), body
    ### END SOLUTION


# %% id="response-check" exercise="1.2" role="check"
check("1.2")
### BEGIN HIDDEN TESTS
check("1.2").credit()
### END HIDDEN TESTS

# %% [markdown] id="response-wire-text"
# ### Your code on the wire
#
# Three requests in one write, to a web server of the library. (HTTP allows that. Browsers do not do
# it.) The server writes its header names in small letters, as many do. The responses come back on
# the same connection, two of them at once, and the third is too long for one read. Your function
# takes them off, one after the other.

# %% id="response-server"
ANSWERS = [(200, "안녕 👋".encode()), (404, b"one, two"), (200, "🍜".encode() * 50_000)]


def answer(request):
    status, body = ANSWERS[int(request.path[1:])]
    headers = {"x-content-length": "3", "content-length": str(len(body))}
    return http11.Response(status, headers, body)


# %% id="response-wire" exercise="1.2" role="wire"
checks.answered("1.2")

async with (
    checks.within(3),
    http_server.serve(answer) as server,
    await stream.connect("127.0.0.1", server.port) as connection,
):
    for number in range(len(ANSWERS)):
        request = f"GET /{number} HTTP/1.1\r\nHost: chat.example\r\n\r\n"
        connection.write(request.encode())
    await asyncio.sleep(0.2)  # now more than one response is there
    for sent in ANSWERS:
        status, body = await read_response(connection)
        print("✔" if (status, body) == sent else "✘", end=" ")
        print(f"you read {status} and {len(body)} bytes; {sent[0]} and {len(sent[1])} were sent")

# %% [markdown] id="since" exercise="1.3" role="prompt"
# ## 1.3 · Read on from a cursor
#
# Core, 7 minutes. Prepared by
# [A chat needs a cursor](../notebooks/01_short_polling.ipynb#3-·-A-chat-needs-a-cursor).
#
# Write `since(log, cursor)`. It returns `(texts, cursor)`: a list of all texts that a reader with
# this cursor has not read, oldest first, and the cursor for the reader's next request. A new reader
# comes with the cursor 0.
#
# `log` is a list of `(number, time, text)`. The numbers are 1, 2, 3 and so on. The log is bounded:
# its oldest entries may be gone, and it may be empty, also for a reader who has read some of it. It
# has other readers, too.
#
# ```
# log = [(7, 1716.25, "hi"), (8, 1716.25, "안녕"), (9, 1717.5, "👋")]
# since(log, 7)   ─▶  (["안녕", "👋"], 9)
# since(log, 9)   ─▶  ([], 9)
# since([], 9)    ─▶  ([], 9)
# ```


# %% id="since-stub" exercise="1.3" role="stub"
def since(log, cursor):
    ### BEGIN SOLUTION
    news = [(number, text) for number, _time, text in log if number > cursor]
    if news:
        cursor = news[-1][0]
    return [text for _, text in news], cursor
    ### END SOLUTION


# %% id="since-check" exercise="1.3" role="check"
check("1.3")
### BEGIN HIDDEN TESTS
check("1.3").credit()
### END HIDDEN TESTS

# %% [markdown] id="since-wire-text"
# ### Your code on the wire
#
# The chat server now reads its log with your function. The log keeps five messages, and each text
# is said twice. Two clients of the library read it, and each line says whether they got what they
# had not read yet.


# %% id="since-wire" exercise="1.3" role="wire"
checks.answered("1.3")


class YourLog(mailbox.Mailbox):
    log = ()

    def put(self, message):
        cursor = super().put(message)
        self.log = [*self.log, (cursor, int(time.time()), message)][-5:]
        return cursor

    async def take(self, cursor, hold=0.0):
        texts, cursor = since(self.log, cursor)
        return mailbox.Batch(texts, cursor, missed=0)


async def reads(name, client, first, last):
    texts, wanted = await client.poll(), [f"안녕 {n // 2}" for n in range(first, last + 1)]
    right = "✔" if texts == wanted else f"✘ new are {wanted}"
    print(name, "reads", texts, right)


# %% id="since-wire-run" exercise="1.3" role="wire"
checks.answered("1.3")

async with checks.within(5), short_polling.Server() as server:
    server.mailbox = YourLog()
    async with short_polling.Client(server.url) as mina, short_polling.Client(server.url) as joon:
        await reads("mina", mina, 0, -1)  # nothing is there
        for number in range(9):
            await mina.say(f"안녕 {number // 2}")
            if number % 2:
                await reads("mina", mina, number - 1, number)
        await reads("joon", joon, 4, 8)
        await reads("mina", mina, 8, 8)
        for name, client in (("mina", mina), ("joon", joon), ("mina", mina)):
            await reads(name, client, 9, 8)  # nothing is new

# %% [markdown] id="rhythm" exercise="1.4" role="prompt"
# ## 1.4 · When to ask next
#
# Core, 7 minutes. Prepared by
# [Predict, then measure](../notebooks/01_short_polling.ipynb#6-·-Predict,-then-measure).
#
# A client asks with a **fixed period**: at `started`, and then every `interval` seconds. It never
# asks twice at once, so it leaves out every tick at which it still waits for an answer.
#
# Write `next_poll(started, finished, interval)`. The last request started at `started`, and its
# answer came at `finished`. It returns the time at which the next request starts. All times are
# seconds, on any clock.
#
# ```
# next_poll(10.0, 10.2, 1.0)   ─▶  11.0      a quick answer
# next_poll(10.0, 10.0, 1.0)   ─▶  11.0      an answer that takes no time
# next_poll(10.0, 12.7, 1.0)   ─▶  13.0      the ticks at 11 and 12 are left out
# ```


# %% id="rhythm-stub" exercise="1.4" role="stub"
def next_poll(started, finished, interval):
    ### BEGIN SOLUTION
    periods = max(1, math.ceil((finished - started) / interval))
    return started + periods * interval
    ### END SOLUTION


# %% id="rhythm-check" exercise="1.4" role="check"
check("1.4")
### BEGIN HIDDEN TESTS
check("1.4").credit()
### END HIDDEN TESTS

# %% [markdown] id="rhythm-wire-text"
# ### Your code on the wire
#
# A client of the library in your rhythm, every half second, on a simulated network. How many
# requests does it send in a minute when the answer needs 50 ms, and when it needs 700 ms? And does
# each of them start at a tick? Beside it stands the library's own client, which has a fixed period,
# too.


# %% id="rhythm-wire" exercise="1.4" role="wire"
checks.answered("1.4")

ticks = []  # of your client: intervals since its first request


class YourClient(short_polling.Client):
    async def messages(self):
        loop = asyncio.get_running_loop()
        await asyncio.sleep(0.2)  # other clients began before it
        first = loop.time()
        while True:
            started = loop.time()
            ticks.append((started - first) / self.interval)
            for text in await self.poll():
                yield text
            due = next_poll(started, loop.time(), self.interval)
            await asyncio.sleep(float(due) - loop.time())


# %% id="rhythm-wire-run" exercise="1.4" role="wire"
checks.answered("1.4")

yours = compare.Transport("yours", short_polling.Server, lambda url: YourClient(url, interval=0.5))
for rtt in (0.050, 0.700):
    ticks.clear()
    for transport in (yours, compare.short_polling(0.5)):
        run = clock.simulate(compare.measure(transport, [1.0], rtt=rtt, duration=60))
        print(f"RTT {rtt * 1000:3.0f} ms: {run.requests:3} requests a minute, {transport.name}")
    print("✔" if all(abs(tick - round(tick)) < 1e-6 for tick in ticks) else "✘", "yours at ticks")

# %% [markdown] id="predict" exercise="1.5" role="prompt"
# ## 1.5 · Predict short polling
#
# For practice, 8 minutes. Prepared by
# [Predict, then measure](../notebooks/01_short_polling.ipynb#6-·-Predict,-then-measure).
#
# Write `predict(interval, rtt, clients, rate)`. Clients ask with a fixed period of `interval`
# seconds, which is longer than the round-trip time `rtt`. Messages come at random moments, `rate`
# of them a second, and every client is told of each. Return three numbers as a tuple:
#
# 1. the median latency, in seconds, from when the server has a message to when a client has it;
# 2. the requests a second with which all clients together ask;
# 3. the share of answers that are empty, from 0 to 1.
#
# One fact from probability: when `rate` messages a second come at random moments, the chance that
# none comes in `t` seconds is `math.exp(-rate * t)`; see the next cell. Your numbers are compared
# with a simulation, which is itself random: a small difference is no mistake.
#
# An example: `predict(1.0, 0.0, 2, 0.0)` is `(0.5, 2.0, 1.0)`. Nobody writes, so every answer is
# empty.

# %% id="predict-example"
print(f"at 2 messages a second, no message in 1.5 s: {math.exp(-2 * 1.5):.0%} of the time")


# %% id="predict-stub" exercise="1.5" role="stub"
def predict(interval, rtt, clients, rate):
    ### BEGIN SOLUTION
    latency = interval / 2 + rtt / 2
    requests = clients / interval
    empty = math.exp(-rate * interval)
    return latency, requests, empty
    ### END SOLUTION


# %% id="predict-check" exercise="1.5" role="check"
check("1.5")
### BEGIN HIDDEN TESTS
check("1.5").credit()
### END HIDDEN TESTS

# %% [markdown] id="predict-wire-text"
# ### Your numbers on the wire
#
# Three clients on real sockets, through the lab's link. A few messages only, so expect the
# measurement to be near your numbers, not on them.

# %% id="predict-wire" exercise="1.5" role="wire"
checks.answered("1.5")

schedule = metrics.poisson(rate=4, count=30, seed=1)
run = await compare.measure(compare.short_polling(0.5), schedule, rtt=0.2, clients=3)
latency, requests, empty = map(float, predict(0.5, 0.2, 3, 4))
print(f"median latency  predicted {latency:.2f} s, measured {run.median:.2f} s")
print(f"requests/s      predicted {requests:.2f}, measured {run.requests / run.duration:.2f}")
print(f"empty answers   predicted {empty:.0%}, measured {run.empty_share:.0%}")

# %% id="progress"
checks.progress()

# %% id="finish"
await lab.finish()
