# %% [markdown] id="title"
# # 06 · The transport lab
#
# *Short polling, long polling, WebSocket: which of them is the fastest?*
#
# **Objectives.** At the end you can
#
# * say at which rate and distance long polling is as fast as WebSocket, and why not above it;
# * count the round trips of a message on each transport, before anything is measured;
# * measure latency and cost so that the result hides nothing;
# * choose a transport for an application, and say what WebSocket still lacks.
#
# **Prerequisites.** Lessons 01 and 02 (polling, the gap) and 05 (a WebSocket conversation).

# %% id="start"
import asyncio
import contextlib
import random

from course_lib import lab
from course_lib.lab import bets, clock, compare, metrics, models, plots, proxy, show
from course_lib.lab.apps import websocket
from course_lib.net import http_client, http_server, ws
from course_lib.wire.http import http11
from course_lib.wire.websocket import frames

lab.start()

# %% [markdown] id="fastest"
# ## 1 · Who is the fastest?
#
# You have the same chat on three **transports**, ways to carry its messages: the client asks every
# second; the client asks and the server holds the answer; and now the server speaks when it likes. This
# is all that the third one does when there is something to say:

# %% id="post"
show.source(websocket.Server.post)

# %% [markdown] id="bet-text"
# A message becomes a frame once, and goes to every reader that has all earlier messages and whose
# connection has room. (The others get it later; section 6 shows how.) Nobody had to ask.
#
# ### Your bet
#
# **One** message a second, for five minutes, and a round trip (RTT) of 50 ms. All transports get the
# same messages at the same moments. Whose median latency is the lowest? (*A tie*: two of them are
# equally fast.)

# %% id="bet"
tie = "a tie"
my_bet = bets.bet("Who wins?", choices=[*compare.TRANSPORTS, tie])
my_bet

# %% id="demonstration"
calm = await compare.compare(rate=1, rtt=0.050, duration=300)
calm.figure()

# %% id="demonstration-result"
medians = {run.details["name"]: run.median for run in calm.runs}
winners = [name for name in medians if medians[name] < min(medians.values()) + 0.001]
my_bet.reveal(tie if len(winners) > 1 else winners[0])

# %% [markdown] id="demonstration-text"
# *This is the demonstration of this lesson.* Most messages take half a round trip on both: the way
# from the server to the client. No transport can be faster than that.
#
# So is WebSocket no better? Look at the dots of long polling once more: a few are later. Now **forty**
# messages a second, and nothing else is different. How late are the unlucky ones?

# %% id="busy-bet"
tail_bet = bets.bet("Long polling: 99 % of the messages are within …", unit="ms")
tail_bet

# %% id="busy"
busy = await compare.compare(("long polling", "WebSocket"), rate=40, rtt=0.050)
duel = [run for each in (calm, busy) for run in each.runs if "short" not in run.label]
plots.percentiles(duel, bet=tail_bet.seconds)

# %% id="busy-result"
tail_bet.reveal(busy.run("long polling").percentile(99) * 1000)

# %% [markdown] id="busy-text"
# Read the figure from left to right: at 90 %, nine of ten messages are at most this late, and at 99 % all
# but one in a hundred. The lines of WebSocket are flat, and on top of each other: the rate does not
# matter to it. Those of long polling rise, and the more messages there are, the earlier they rise. (At
# one message a second only a few dozen messages are late at all, so the line has steps, and chance moves
# it away from the thin line of the model.) What happens there?

# %% [markdown] id="round-trips"
# ## 2 · Count the round trips
#
# Here is the slowest message of the busy long polling. `compare` recorded the bytes; the diagram
# is the part of the recording that has to do with this message. The star on the server's line is the
# moment at which the server has it. Follow the arrows: why can the server not send it at once?

# %% id="slowest"
from course_lib.lab import sequence

run = busy.run("long polling")
slowest = run.latencies.index(max(run.latencies)) + 1
sequence.plot(busy.message(run, slowest))

# %% [markdown] id="slowest-text"
# The message came just after an answer had left: the first arrow. The client asks again when it has this
# answer, so the message had to wait until the answer arrived, and until the next request came back: one
# round trip. This is the **gap** of lesson 02. Then it travelled, half a round trip. The same message on
# WebSocket:

# %% id="slowest-websocket"
sequence.plot(busy.message("WebSocket", slowest))

# %% [markdown] id="three-situations"
# So what matters is not the transport alone, but the situation in which the message comes.
#
# * **cold**: the message is there, and the client has no connection yet. This is how a page loads.
# * **warm**: the client is connected and has everything. Now a message comes.
# * **burst**: as warm, with a second message right after it. When does the client have both?
#
# Fill in a table on paper, three transports and three situations, in round trips. Remember that
# opening a TCP connection is a round trip, too. (For short polling, let a request leave just when the
# message comes: we do not count the wait for the client's clock.)

# %% id="trips"
print(f"{'':14}", *(f"{situation:>6}" for situation in models.SITUATIONS))
for name in compare.TRANSPORTS:
    counted = [compare.round_trips(name, each) for each in models.SITUATIONS]
    assert counted == [models.round_trips(name, each) for each in models.SITUATIONS]
    print(f"{name:14}", *(f"{trips:6}" for trips in counted))

# %% [markdown] id="trips-text"
# These were counted in the simulator: the time until the client had everything, divided by the RTT.
#
# * **Cold, they are all the same.** One round trip opens the connection. Then a request and its
#   answer, or for WebSocket the `GET` and the `101`, with the first frame right after it. (TLS 1.3
#   adds one to each of them.)
# * **Warm, long polling and WebSocket are the same.** For both, nothing has to go up first.
# * **In a burst long polling pays.** Its waiting request is used up by the first message. The second
#   waits for the answer to go down and a new request to come up: one and a half. A third, fourth,
#   fifth wait for the same request, and leave together. WebSocket sends a frame for each.
#
# Polling is not "always slower". It is slower when there is no request at the server. And each new
# request is cheap only because of keep-alive (lesson 01): without it, it opens a connection first.
#
# Turn this into a function, for messages at any moments: exercise
# [6.3](../exercises/06_transport_lab.ipynb#6.3-·-Count-the-round-trips).

# %% [markdown] id="cost"
# ## 3 · What a message costs
#
# "WebSocket needs 2 bytes for a message, HTTP hundreds." You find such sentences everywhere. What
# does a message really cost? Here is a quiet minute, counted in three ways.

# %% id="three-counts"
quiet = await compare.compare(rate=0.1, duration=60)
for run in quiet.runs:
    payload = run.payload_bytes / run.delivered
    down = run.bytes_down / run.delivered
    print(f"{run.label:20} payload {payload:3.0f}   down {down:6,.0f}", end="")
    print(f"   all {run.bytes_per_message:6,.0f} bytes a message")

# %% [markdown] id="count-text"
# The rules of an honest count:
#
# * **Both directions.** A request costs bytes as well.
# * **Empty answers count.** They are the price of asking.
# * **The handshake counts**, once for each connection, and so do the pings that keep it alive.
# * **Divide by what was *delivered*.** What was sent and never arrived was paid for, too. So a lost
#   message makes all others more expensive.
#
# From a list of what crossed the wire this is a small sum. `kind` is one of `"request"`, `"answer"`,
# `"handshake"`, `"frame"`, and `way` is `"up"` or `"down"`; the last number says how many messages
# arrived with it. A handshake has two halves, and only the one that goes up is a request.


# %% id="small-cost"
def small_cost(trace):
    size = sum(size for _, _, size, _ in trace)
    asked = [kind for kind, way, _, _ in trace if way == "up" and kind != "frame"]
    delivered = sum(delivered for _, _, _, delivered in trace)
    cost = len(asked) / delivered, size / delivered
    return "{:5.2f} requests, {:5,.0f} bytes for a delivered message".format(*cost)


# %% id="small-cost-run"
polls = [("request", "up", 57, 0), ("answer", "down", 109, 0)] * 9
polls += [("request", "up", 57, 0), ("answer", "down", 141, 1)]
pushed = [("handshake", "up", 166, 0), ("handshake", "down", 129, 0)]
pushed += [("frame", "down", 74, 1)] * 10
print("polling:  ", small_cost(polls))
print("WebSocket:", small_cost(pushed))

# %% [markdown] id="sizes-text"
# What a transport adds does not grow with the message. So how much does it matter when a message is
# a picture?

# %% id="sizes"
print("the message's share of all bytes:", *compare.TRANSPORTS, sep="   ")
for size in (32, 1_000, 100_000):
    pictures = await compare.compare(rate=1, duration=20, size=size)
    shares = [size / run.bytes_per_message for run in pictures.runs]
    print(f"{size:26,} bytes", *(f"{share:14.1%}" for share in shares))

# %% [markdown] id="scoreboard-text"
# With large messages they all cost the same, and with many small ones they do not.
#
# The scoreboard of the course gains a row: section 1, in numbers. Before you run it: in the quiet
# minute above short polling cost many times as much as long polling. And at one message a second?

# %% id="scoreboard"
print(f"{'':20} median    99 %   requests    bytes")
for run in calm.runs:
    print(f"{run.label:20} {run.median * 1000:3.0f} ms", end="")
    print(f" {run.percentile(99) * 1000:4.0f} ms", end="")
    print(f" {run.requests_per_message:10.2f} {run.bytes_per_message:8.0f}")
plots.cost(calm.runs)

# %% [markdown] id="cost-exercise"
# The same. Both send about one request for each message: short polling asks once a second, and about once
# a second there is a message. With more messages it is even cheaper than long polling, because one of
# its answers takes several. (They wait for it. Try 5 a second in the panel of section 5.)
#
# Count a trace that you have not seen, in which something is lost: exercise
# [6.1](../exercises/06_transport_lab.ipynb#6.1-·-What-a-delivered-message-costs).

# %% [markdown] id="honest"
# ## 4 · Latency that does not lie
#
# A server answers in one round trip. For two of ten seconds nothing moves on its link. You measure the
# whole ten seconds. Which share of your requests is slow?


# %% id="stall"
async def ten_seconds(measure):
    async with (
        http_server.serve(lambda request: http11.Response(200, body=b"hi")) as server,
        proxy.Proxy(server, rtt=0.050) as link,
        http_client.Client() as http,
    ):
        loop, conditions = asyncio.get_running_loop(), link.conditions
        loop.call_later(5, setattr, conditions, "stalled", True)
        loop.call_later(7, setattr, conditions, "stalled", False)
        return await measure(lambda: http.get(link.url))


# %% [markdown] id="closed-text"
# The obvious program asks, waits for the answer, and asks again after a moment:


# %% id="closed"
async def closed_loop(ask):
    loop, latencies = asyncio.get_running_loop(), []
    while loop.time() < 10:
        asked = loop.time()
        await ask()
        latencies.append(loop.time() - asked)
        await asyncio.sleep(0.05)
    return latencies


closed = clock.simulate(ten_seconds(closed_loop))
slow = sum(latency > 0.1 for latency in closed)
print(f"{slow} of {len(closed)} requests were slow")

# %% [markdown] id="closed-answer"
# One! Two of ten seconds were lost, and the report says that nearly everything was fine. While the
# link stood still, the program waited and asked nothing. The requests that would have been slow
# were never sent. This mistake has a name: **coordinated omission**. The program that measures waits
# for the server that it measures.
#
# In an **open loop** each request has its moment, fixed before the run. It is sent then, whatever
# the others do, and its latency counts from that moment.


# %% id="open"
async def open_loop(ask):
    schedule = metrics.steady(rate=10, count=100)
    answers = await metrics.open_loop(schedule, lambda number: ask())
    return [answer.latency for answer in answers]


honest = clock.simulate(ten_seconds(open_loop))
slow = sum(latency > 0.1 for latency in honest)
print(f"{slow} of {len(honest)} requests were slow")

# %% [markdown] id="percentile-text"
# That is what people would have felt. Your users do not wait for each other.
#
# How do you say it in a few numbers? Not by the mean: one that never arrives makes it infinite, and
# a few slow ones hide in it. A **percentile** is a latency that was measured: the 90th is the
# smallest that 90 of 100 messages do not exceed. Sort them, and take the one of rank
# $\lceil q\,n/100 \rceil$, counted from 1 (the *nearest rank*). What was lost is infinitely late
# and stays in the list.


# %% id="small-percentile"
def small_percentile(latencies, q):
    rank = -(-q * len(latencies) // 100)  # rounded up, without fractions
    return sorted(latencies)[rank - 1]


# %% id="percentile-agree"
for seed in range(500):
    chance = random.Random(seed)
    values = [chance.random() for _ in range(chance.randint(1, 300))]
    q = chance.randint(1, 100)
    assert small_percentile(values, q) == metrics.percentile(values, q)
for name, values in (("closed loop", closed), ("open loop", honest)):
    found = [f"{small_percentile(values, q) * 1000:4.0f} ms" for q in (50, 90, 95)]
    print(f"{name:12}", "   50, 90, 95 %:", *found)

# %% [markdown] id="honest-exercise"
# Compute latencies from a schedule and from what arrived, if it arrived: exercise
# [6.2](../exercises/06_transport_lab.ipynb#6.2-·-Latency-that-does-not-lie).

# %% [markdown] id="lab"
# ## 5 · The lab
#
# What does jitter do? A narrow link? Twenty clients? Here is everything in one panel: choose, **bet**,
# run. *Simulated* is exact and quick; on *real sockets* it takes its time, you watch the messages
# arrive, and the processor's time is measured, too. Runs are kept. Tick two of them to see
# both in one figure, and look at any message in *One message*.

# %% id="panel"
from course_lib.lab import transport_lab

panel = transport_lab.transport_lab()
panel

# %% [markdown] id="panel-text"
# Try these, and write a bet first:
#
# * 40 messages a second on a round trip of 50 ms, and then with 50 ms of jitter. Why does WebSocket
#   suffer now as well? (A hint: TCP never changes the order of bytes.)
# * Messages of 2,000 bytes on a bandwidth of 20 kB/s: which rate is too much for the link? Who
#   notices first?
# * 20 clients, real sockets. Whose processor time grows?
#
# Whatever the panel does can be typed, so a run can stand in a report and be repeated:

# %% id="panel-call"
panel.choose("long polling", "WebSocket")
panel.set(rate=40, rtt=0.050, jitter=0.050)
panel.bet({"long polling": 0.075, "WebSocket": 0.025})  # seconds: put your own here
comparison = await panel.run()
panel.figure()

# %% id="panel-said"
print(*panel.said, sep="\n")

# %% [markdown] id="real-text"
# A simulation has no processor. So the last figure of this section comes from real sockets: the
# processor time of server, clients and the link between them, for each delivered message. Which
# transport works hardest? Think of heads that are written, sent, parsed.

# %% id="real" tags=["nbval-ignore-output"]
transports = (compare.short_polling(0.05), compare.long_polling(), compare.websocket())
real = await compare.compare(transports, rate=10, duration=1.0, simulated=False)
short, long, pushed = real.runs
assert pushed.requests < long.requests
assert pushed.bytes_per_message < long.bytes_per_message < short.bytes_per_message
real.figure()

# %% [markdown] id="slow-reader"
# ## 6 · One slow reader
#
# The server has five readers, and one of them is in a train with a bad network: it reads nothing. The
# server sends a large message to each of them, ten times a second, as everybody would write it first:


# %% id="serial"
async def serial(connections):
    for _ in range(40):
        for connection in connections:
            await connection.send("x" * 64_000)
        await asyncio.sleep(0.1)


# %% id="serial-run"
async def five_readers(fan_out):
    connections, counts = [], [0] * 5

    async def stay(connection):
        connections.append(connection)
        await connection.wait_closed()

    async def read(number, client):
        async for _ in client:
            counts[number] += 1

    async with ws.serve(stay) as server:
        clients = [await ws.connect(server.url) for _ in range(5)]
        work = [read(number, clients[number]) for number in range(1, 5)]
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(10):
                await asyncio.gather(fan_out(connections), *work)
    return counts


# %% [markdown] id="serial-question"
# Reader 0 is the slow one. How many of the 40 messages do the *other four* get in ten seconds?

# %% id="serial-result"
print("received:", clock.simulate(five_readers(serial), rtt=0.050))

# %% [markdown] id="serial-text"
# `await send(...)` waits when a reader's buffers are full; that is **back-pressure**, and it is right.
# But here it stops the loop, and with it all readers. What else can a server do? Two ways that look good
# are bad:
#
# * A task for each send. Nobody waits, and the messages for reader 0 pile up in memory, without end.
# * Leave out the readers that are not ready. Memory is fine, and reader 0 has lost messages and does
#   not know it.
#
# And one is good: remember for each reader **how far it is**, and give it the rest when it can take more.
# This is the cursor of lesson 01, now kept by the server. A slow reader costs it a number. (Where a reader
# gets too far back for the log, a server can end the connection with the close code 1013, *try again
# later*.)

# %% id="catch-up"
show.source(websocket.Server._catch_up)


# %% id="library-run"
async def chat_with_a_slow_reader():
    async with websocket.Server() as server:
        url = server.url.replace("http", "ws") + "/messages?since=0"
        slow, quick = await ws.connect(url), websocket.Client(server.url)
        messages = quick.messages()
        seen = 0
        while seen < 40:
            server.post("x" * 64_000)
            await anext(messages)
            seen += 1
        cursors = sorted(server.readers.values())
        await quick.close()
        await slow.close()
        return seen, cursors


# %% id="library-result"
seen, cursors = clock.simulate(chat_with_a_slow_reader(), rtt=0.050)
print("the quick reader has", seen, "messages")
print("how far the server is with each:", cursors)
assert seen == 40 and cursors[0] < cursors[1] == 40

# %% [markdown] id="slow-exercise"
# Giving one message to many is called **fan-out**. Write one that no slow reader can stop: exercise
# [6.4](../exercises/06_transport_lab.ipynb#6.4-·-One-slow-reader).

# %% [markdown] id="scale"
# ## 7 · Two hundred, ten thousand
#
# What do two hundred clients cost in ten minutes? In the simulator that is quickly tried: one
# message every 50 seconds, and short polling asks every 20 seconds. And ten thousand clients?
# Nobody has to simulate them. What you know about one client is a sum: requests, answers, frames.
# Below, the sum stands beside the simulation, and then for ten thousand.

# %% id="scale-run"
wishes = dict(rate=0.02, duration=600, clients=200, interval=20.0, record=False)
crowd = await compare.compare(**wishes)
print("               requests of 200 clients:    10,000 clients, a second:")
print("                 simulated   by the sum          requests         kB")
for run, name in zip(crowd.runs, compare.TRANSPORTS, strict=True):
    rate = run.delivered / 200 / 600  # of the messages that there were
    model = models.at_scale(name, 200, rate, 600, interval=20.0)
    many = models.at_scale(name, 10_000, rate, 600, interval=20.0)
    print(f"{name:14} {run.requests:11,} {model.requests:12,.0f}", end="")
    print(f" {many.requests_per_second:17,.0f} {many.bytes_per_second / 1000:10,.0f}")
    assert abs(run.requests - model.requests) < 0.1 * run.requests

# %% [markdown] id="scale-text"
# Short polling pays for time, whether or not there is news. Long polling pays for messages, and for
# every hold of 25 seconds that ends without one; here that is a little more often than every 20 seconds.
# WebSocket asks once: its requests are the ten thousand handshakes, spread over the ten minutes, and
# after them there are none. In return, long polling and WebSocket keep **ten thousand connections
# open**. Each takes memory and a *file descriptor*, the system's number for it, of which a process may
# have only so many; and every proxy on the way has to keep it open, too.

# %% [markdown] id="choose"
# ## 8 · When which
#
# There is a fourth. **Server-sent events** are an answer that never ends: the client asks once, and
# the server writes into the body, event by event, as text with an empty line between.

# %% id="sse"
text = '{"messages": ["안녕"], "cursor": 7}'
event = f"id: 7\ndata: {text}\n\n".encode()
chunk = b"%x\r\n%s\r\n" % (len(event), event)  # a piece of a chunked answer
frame = frames.encode(frames.Frame(frames.Opcode.TEXT, text.encode()))
print(event.decode(), end="")
print(f"the news: {len(text.encode())} bytes", end="")
print(f", as a server-sent event {len(chunk)}, as a WebSocket frame {len(frame)}")

# %% [markdown] id="sse-text"
# It is plain HTTP, so every proxy lets it pass, unless one collects the answer first. The browser
# reconnects by itself and says the last `id` that it has seen: a cursor that you need not write. But it
# goes one way only, carries text only, and over HTTP/1.1 a browser opens about six connections to a server:
# the seventh tab waits.
#
# | Your application | Take | Because |
# |---|---|---|
# | looks for news every few minutes | short polling | nothing stays open |
# | has rare news, and a network that you do not control | long polling | it passes everywhere, and is as fast |
# | only listens: prices, logs, progress | server-sent events | one answer, and it reconnects by itself |
# | talks both ways, often, or in bytes | WebSocket | no gap, small frames |
# | does not know its users' networks | begin with polling, upgrade | lesson 08 |

# %% [markdown] id="missing"
# ## What is still missing
#
# WebSocket moves messages, and that is all. What you have to build yourself:
#
# * **no acknowledgement**: `send` returns, and nobody says whether it arrived;
# * **no reconnection**: a connection that broke stays broken, and what was said meanwhile is lost;
# * **no rooms**: there is a connection, and no "everybody in this conversation";
# * **no fallback**: where a proxy refuses the upgrade there is nothing;
# * **no named events**: a message is a text, and what it means is up to you.
#
# That list is why Socket.IO exists. The next lessons build it: first Engine.IO, a session that
# begins with polling and moves to WebSocket when it can.
#
# **Summary**
#
# * At low rates long polling and WebSocket are equally fast: half a round trip. In a burst long
#   polling waits for a request: up to one and a half.
# * Count both directions, handshakes and empty answers, and divide by what was delivered.
# * Measure in an open loop: latency counts from when a message was due. Percentiles, not the mean.
# * One slow reader must not make others wait, and must not fill the memory.
# * WebSocket has no acknowledgement, reconnection, rooms, fallback or named events.
#
# **Ask next.** HTTP/2 carries many requests over one connection: what is left of long polling's
# gap? And TCP sends what the network has lost once more: what does that do to the latency of WebSocket?

# %% id="glossary"
lab.glossary("06")

# %% id="finish"
await lab.finish()
