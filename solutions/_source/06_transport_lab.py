# %% [markdown] id="title"
# # 06 · The transport lab: exercises
#
# Write your answer where it says `YOUR CODE HERE`, run the cell with Shift+Enter, then run the cell
# with `check` below it. `checks.hint("6.1")` gives three hints, one at a time, and
# `checks.hint("6.1", 1)` shows the first one again.
#
# If your time is short, do the exercises marked *Core*. The others are for practice.
#
# Your code is graded in a process of its own. It has the standard library and what your cells
# define, and nothing else of this notebook. In 6.4 it runs on a clock that the grader moves: wait
# with asyncio, never with `time.sleep`.

# %% id="start"
import asyncio
import math
import random

import aiohttp

from course_lib import lab
from course_lib.lab import checks, clock, compare, dissect
from course_lib.lab.checks import check
from course_lib.net import ws

lab.start()

# %% [markdown] id="cost" exercise="6.1" role="prompt"
# ## 6.1 · What a delivered message costs
#
# Core, 15 minutes. Prepared by
# [What a message costs](../notebooks/06_transport_lab.ipynb#3-·-What-a-message-costs).
#
# Write `cost(trace)`. A trace is a list of everything that crossed the wire, one dict each:
#
# ```
# {"what": "request", "way": "up",   "bytes": 118, "payload": 0,  "messages": 0, "arrived": True}
# {"what": "answer",  "way": "down", "bytes": 212, "payload": 71, "messages": 2, "arrived": True}
# ```
#
# * `what` is `"request"`, `"answer"`, `"handshake"` or `"frame"`. A handshake has two halves, and
#   both are called so here; the one that goes up is a request as well.
# * `way` is `"up"`, to the server, or `"down"`.
# * `bytes` is its whole size, `payload` what people wrote in it, `messages` how many messages of
#   the chat it brings to the client.
# * `arrived` is `False` for an answer that broke on the way. Its messages come again later.
# * The last request of long polling may have no answer yet.
#
# Return `(bytes, requests)`, in this order, both for each message that was **delivered**. Do not
# round. At least one message is delivered.


# %% id="cost-stub" exercise="6.1" role="stub"
def cost(trace):
    ### BEGIN SOLUTION
    size = sum(row["bytes"] for row in trace)
    requests = sum(row["way"] == "up" and row["what"] in ("request", "handshake") for row in trace)
    delivered = sum(row["messages"] for row in trace if row["arrived"])
    return size / delivered, requests / delivered
    ### END SOLUTION


# %% id="cost-check" exercise="6.1" role="check"
check("6.1")
### BEGIN HIDDEN TESTS
check("6.1").credit()
### END HIDDEN TESTS

# %% [markdown] id="cost-wire-text"
# ### Your code on the wire
#
# The three transports on real sockets for a few seconds, recorded byte by byte. Your `cost` counts
# the recording. Beside it stands what the lab counted at the link, in another way.


# %% id="cost-wire" exercise="6.1" role="wire"
checks.answered("6.1")


def traced(run):
    """What was recorded until the run was over, as the rows of a trace."""
    rows = []
    for message in dissect.dissect(run.recording):
        if message.at > run.began + run.duration:
            continue  # the goodbye
        if message.layer == "websocket":
            what = "frame"
        elif b"Upgrade: websocket" in message.data:
            what = "handshake"
        else:
            what = "request" if message.direction == "up" else "answer"
        texts = message.data.count(b'"#')  # each message of the chat begins with its number
        rows.append(
            {
                "what": what,
                "way": message.direction,
                "bytes": message.size,
                "payload": 32 * texts,
                "messages": texts,
                "arrived": message.arrived_at is not None,
            }
        )
    return rows


recorded = await compare.compare(rate=4, count=8, interval=0.1, simulated=False)
for run in recorded.runs:
    size, requests = map(float, cost(traced(run)))
    print(f"{run.label:22} yours {size:5.0f} bytes and {requests:.2f} requests a message;", end="")
    print(f" the lab's {run.bytes_per_message:5.0f} and {run.requests_per_message:.2f}")

# %% [markdown] id="latencies" exercise="6.2" role="prompt"
# ## 6.2 · Latency that does not lie
#
# Core, 15 minutes. Prepared by
# [Latency that does not lie](../notebooks/06_transport_lab.ipynb#4-·-Latency-that-does-not-lie).
#
# Write `latencies(schedule, arrivals)`. `schedule` has the moment at which each message was due,
# and `arrivals`, in the same order, a pair `(sent, arrived)`: when the program really sent it, and
# when it arrived, or `None` if it never did. All in seconds.
#
# Return three latencies, `(p50, p95, p99)`: the median, and the 95th and 99th percentile. Each is a
# latency of the list, never one between two: of `n` latencies that of rank `q * n / 100`, rounded
# **up**, counted from 1. A message that never arrived has a latency of `math.inf`. Do not round the
# latencies. At least one message was due.
#
# ```
# latencies([0.0, 0.1, 0.2], [(0.0, 0.3), (0.4, 0.5), (0.4, None)])   ─▶  (0.4, inf, inf)
# ```

# %% id="latencies-example"
print("infinity is later than everything else:", sorted([0.3, math.inf, 0.1]))


# %% id="latencies-stub" exercise="6.2" role="stub"
def latencies(schedule, arrivals):
    ### BEGIN SOLUTION
    late = sorted(
        math.inf if arrived is None else arrived - due
        for due, (sent, arrived) in zip(schedule, arrivals, strict=True)
    )
    return tuple(late[math.ceil(q * len(late) / 100) - 1] for q in (50, 95, 99))
    ### END SOLUTION


# %% id="latencies-check" exercise="6.2" role="check"
check("6.2")
### BEGIN HIDDEN TESTS
check("6.2").credit()
### END HIDDEN TESTS

# %% [markdown] id="latencies-wire-text"
# ### Your code on the wire
#
# Long polling and WebSocket on real sockets, twenty messages a second, a round trip of 50 ms. Your
# percentiles beside the lab's.

# %% id="latencies-wire" exercise="6.2" role="wire"
checks.answered("6.2")

measured = await compare.compare(
    ("long polling", "WebSocket"), rate=20, count=40, rtt=0.05, simulated=False
)
for run in measured.runs:
    schedule = [delivery.due for delivery in run.deliveries]
    arrivals = [(delivery.sent, delivery.arrived) for delivery in run.deliveries]
    yours = map(float, latencies(schedule, arrivals))
    labs = [run.percentile(q) for q in (50, 95, 99)]
    print(f"{run.label:14} yours", *(f"{value * 1000:5.0f} ms" for value in yours), end="")
    print("   the lab's", *(f"{value * 1000:5.0f} ms" for value in labs))

# %% [markdown] id="trips" exercise="6.3" role="prompt"
# ## 6.3 · Count the round trips
#
# For practice, 15 minutes. Prepared by
# [Count the round trips](../notebooks/06_transport_lab.ipynb#2-·-Count-the-round-trips).
#
# Write `round_trips(transport, moments, connected, keep_alive)`. Messages come to the server at
# these `moments`. Return the moment at which the client has **all** of them. Everything is counted
# in round trips: 1 is a way there and back, 0.5 a single way.
#
# * `transport` is `"short polling"`, `"long polling"` or `"WebSocket"`.
# * `moments` rise, and the first is 0: `[0.0, 0.01, 0.02]` is a burst.
# * `connected` is `True`: the client has everything so far. On long polling its request waits at
#   the server. On short polling its next request *is due* at moment 0.
# * `connected` is `False`: at moment 0 the client begins to open a connection, for its first
#   request or for its WebSocket.
# * `keep_alive` is `False`: each *later* request of long polling, and each of short polling that is
#   due, first opens a connection of its own. (A held one is at the server already. A WebSocket
#   stays open in any case.)
#
# Both kinds of polling ask again as soon as they have an answer. An answer takes along all messages
# that the server has at that moment. Frames can leave as soon as the `GET` of a WebSocket is at the
# server. There is no TLS, and but for moment 0 no message comes just when a request arrives. Draw
# the arrows first. The cell below compares your numbers with the simulator.
#
# ```
# round_trips("WebSocket", [0.0, 0.3], True, True)      ─▶  0.8
# round_trips("long polling", [0.0, 0.3], True, True)   ─▶  1.5
# ```


# %% id="trips-stub" exercise="6.3" role="stub"
def round_trips(transport, moments, connected, keep_alive):
    ### BEGIN SOLUTION
    way = 0.5  # up or down
    tcp = 2 * way
    if transport == "WebSocket":
        ready = 0 if connected else tcp + way  # the GET is at the server
        return max(ready, moments[-1]) + way
    held = transport == "long polling"
    next_request = way if keep_alive else tcp + way
    first = 0 if held else next_request
    asked = first if connected else tcp + way
    have = 0
    while True:
        answered = max(asked, moments[have]) if held else asked
        have = sum(moment <= answered for moment in moments)
        if have == len(moments):
            return answered + way
        asked = answered + way + next_request
    ### END SOLUTION


# %% id="trips-check" exercise="6.3" role="check"
check("6.3")
### BEGIN HIDDEN TESTS
check("6.3").credit()
### END HIDDEN TESTS

# %% [markdown] id="trips-wire-text"
# ### Your numbers on the wire
#
# The chat of this course over a link with a round trip of 100 ms, in the simulator: how long it
# takes, and how long you said. The last moments are drawn anew each time that you run the cell.


# %% id="trips-wire" exercise="6.3" role="wire"
checks.answered("6.3")


def side_by_side(moments):
    print("messages at", moments)
    for connected, keep_alive in ((False, True), (True, True), (True, False), (False, False)):
        print(f"  {connected=!s:5} {keep_alive=!s:5}", end="")
        for transport in compare.TRANSPORTS:
            took = compare.until_all(transport, moments, connected, keep_alive, rtt=0.1)
            said = round_trips(transport, moments, connected, keep_alive)
            print(f" {took * 100:4.0f} {float(said) * 100:5.0f} ms ", end="")
        print()


print(f"{'simulated, and yours:':35} {'short polling':14} {'long polling':14} WebSocket")
for moments in ([0.0], [0.0, 0.01, 0.02, 0.03]):
    side_by_side(moments)
first, second, third, fourth = random.sample(range(2, 49, 3), 4)  # hundredths of a round trip
side_by_side([0.0, first / 100, (50 + second) / 100, (250 + third) / 100, (300 + fourth) / 100])

# %% [markdown] id="fan-out" exercise="6.4" role="prompt"
# ## 6.4 · One slow reader
#
# For practice, 15 minutes. Prepared by
# [One slow reader](../notebooks/06_transport_lab.ipynb#6-·-One-slow-reader).
#
# Write `async def fan_out(connections, message)`, which gives a text to everybody in the list. It
# is called for each new message, also when an earlier call has not ended. A connection has
#
# * `await connection.send(message)`: sends, and waits while much waits for the reader;
# * `connection.send_nowait(message)`: sends, and does not wait; what the reader does not take is
#   kept;
# * `connection.unsent`: how many bytes are kept for this reader now;
# * `connection.fail(code, reason)`: ends the connection.
#
# The list is made anew for each call, of the connections that have not ended. On one that has ended
# both ways to send raise an exception, and so does a `send` that was waiting when another call
# ended it. `except Exception` catches it. Your `fan_out` raises none.
#
# The rules:
#
# 1. Whoever reads quickly has each message at once, whatever others do.
# 2. About 100,000 bytes are kept for each reader, and not more: in buffers, queues and waiting calls
#    together. (A message has about 1,000. A hundred of them may come in one moment.)
# 3. A connection that goes on gets every message, in order. Here is no log from which a reader
#    could catch up, so for one that is too slow there is one honest way out: `fail(1013,
#    "too slow")`. (Close code 1013 says "try again later".) It knows then, comes back, and reads on
#    from its cursor.
# 4. Whoever reads nothing for a few seconds, and has 60 messages waiting, is not thrown out.


# %% id="fan-out-stub" exercise="6.4" role="stub"
async def fan_out(connections, message):
    ### BEGIN SOLUTION
    for connection in connections:
        if connection.unsent + len(message.encode()) > 100_000:
            connection.fail(1013, "too slow")
        else:
            connection.send_nowait(message)
    ### END SOLUTION


# %% id="fan-out-check" exercise="6.4" role="check"
check("6.4")
### BEGIN HIDDEN TESTS
check("6.4").credit()
### END HIDDEN TESTS

# %% [markdown] id="fan-out-wire-text"
# ### Your code on the wire
#
# A server of the library calls your `fan_out` 1,200 times: each second a hundred times at once. Its
# three readers are aiohttp's clients. The first reads nothing for twelve seconds, and then what is
# left for it. The network is simulated, so that it holds less than your computer would.


# %% id="fan-out-wire" exercise="6.4" role="wire"
checks.answered("6.4")


async def three_readers():
    connections, counts, most = [], [0, 0, 0], 0

    async def stay(connection):
        connections.append(connection)
        await connection.wait_closed()

    async def read(peer, number):
        async for _ in peer:
            counts[number] += 1

    async with (
        checks.within(120),
        ws.serve(stay, ping_interval=None) as server,
        aiohttp.ClientSession() as session,
        session.ws_connect(server.url) as slow,
        session.ws_connect(server.url) as mina,
        session.ws_connect(server.url) as joon,
    ):
        readers = [asyncio.create_task(read(mina, 0)), asyncio.create_task(read(joon, 1))]
        calls = []
        for number in range(1_200):
            there = [each for each in connections if each.close_code is None]
            text = f"{number} 안녕 ".ljust(1_000, ".")
            calls.append(asyncio.create_task(fan_out(there, text)))
            await asyncio.sleep(1 if number % 100 == 99 else 0)
            waiting = 1_000 * sum(not call.done() for call in calls)
            most = max(most, *(each.unsent + waiting for each in connections))
        quick = counts[:2]
        readers.append(asyncio.create_task(read(slow, 2)))
        await asyncio.sleep(30)
        for call in calls:
            if call.done():
                call.result()  # raises what it has raised
        for task in readers + calls:
            task.cancel()
        return quick, most, counts[2], connections[0].close_code


quick, most, slow, code = clock.simulate(three_readers(), rtt=0.050, limit=65_536)
print("the quick readers have", *quick, "messages")
print(f"most bytes kept for a reader: {most:,}")
print("the slow reader has", slow, "messages, and was told", code or "nothing")

# %% id="progress"
checks.progress()

# %% id="finish"
await lab.finish()
