# %% [markdown] id="title"
# # 06 · The transport lab
#
# *Short polling, long polling, WebSocket: which of them is the fastest?*
#
# **Objectives.** At the end you can
#
# * say for which rates and round trips long polling is as fast as WebSocket, and why it is slower for more;
# * count the round trips of a message on each transport, before anything is measured;
# * measure latency and cost so that the result hides nothing;
# * choose a transport for an application, and say what WebSocket still lacks.
#
# **Prerequisites.** Lessons 01 and 02 (polling, the gap) and 05 (a WebSocket conversation).

# %% id="start"
import asyncio
import contextlib
import math

from course_lib import lab
from course_lib.lab import bets, clock, compare, metrics, models, plots, proxy, show
from course_lib.lab.apps import websocket
from course_lib.net import http_client, http_server, ws
from course_lib.wire.http import http11
from course_lib.wire.websocket import frames

lab.start()

# %% [markdown] id="fastest"
# ## 1 · Which one is the fastest?
#
# You have the same chat on three **transports**, ways to carry its messages. *Short polling*: the client asks
# every second. *Long polling*: the client asks, and the server holds the answer. *WebSocket*: the server
# speaks at any time. This is all that the server of the third one does when it has a message:

# %% id="post"
show.source(websocket.Server.post)

# %% [markdown] id="bet-text"
# A message becomes a frame once, and goes to every reader that has all earlier messages (`readers` has the
# cursor of each) and whose write buffer is not full. (The others get it later; section 6 shows how.) Nobody
# had to ask.
#
# ### Your bet
#
# **One** message a second on average, at random moments, for five minutes, and a round trip (RTT) of 50 ms.
# All transports get the same messages at the same moments. Which one has the lowest median latency? (*A tie*:
# two of them are equally fast.)

# %% id="bet"
tie = "a tie"
my_bet = bets.bet("Which one wins?", choices=[*compare.TRANSPORTS, tie])
my_bet

# %% id="demonstration"
calm = await compare.compare(rate=1, rtt=0.050, duration=300)
calm.figure()

# %% id="demonstration-result"
medians = {run.details["name"]: run.median for run in calm.runs}
winners = [name for name in medians if medians[name] < min(medians.values()) + 0.001]
my_bet.reveal(tie if len(winners) > 1 else winners[0])

# %% [markdown] id="demonstration-text"
# *This is the demonstration of this lesson.* It is a tie between long polling and WebSocket. On both, most
# messages take half a round trip: the way from the server to the client. No transport can be faster.
#
# So is WebSocket no better? Look at the dots of long polling once more: a few are later. Now **forty**
# messages a second on the same link, for half a minute, without short polling. How late are the unlucky ones?

# %% id="busy-bet"
tail_bet = bets.bet("Long polling: 99 % of the messages are within …", unit="ms")
tail_bet

# %% id="busy"
polled_and_pushed = ("long polling", "WebSocket")
busy = await compare.compare(polled_and_pushed, rate=40, rtt=0.050, duration=30)
without_short = calm.runs[1:] + busy.runs
plots.percentiles(without_short, bet=tail_bet.seconds)

# %% id="busy-result"
tail_bet.reveal(busy.run("long polling").percentile(99) * 1000)

# %% [markdown] id="busy-text"
# Read the figure from left to right: at 90 %, nine of ten messages are at most this late; at 99 %, 99 of 100
# are. (These are *percentiles*; section 4 computes them.) The lines of WebSocket are flat, and on top of each
# other: the rate does not matter to it, as long as the link has room. Those of long polling rise, and the
# more messages there are, the earlier they rise. (At one message a second only few messages are late at all,
# so the line has steps, and chance moves it away from the thin line of the model.) What makes some messages
# on long polling late?

# %% [markdown] id="round-trips"
# ## 2 · Count the round trips
#
# Here is the slowest message of long polling at forty a second. `compare` recorded all bytes; the diagram
# shows only those of this message, and the answer before it. The star on the server's line is the
# moment at which the server has it. Follow the arrows: why can the server not send it at once?

# %% id="slowest"
from course_lib.lab import sequence

latencies = busy.run("long polling").latencies
slowest = latencies.index(max(latencies)) + 1  # messages count from 1
sequence.plot(busy.message("long polling", slowest))

# %% [markdown] id="slowest-text"
# The first arrow is an answer with *earlier* messages. Ours came just after it had left, so close that the
# star covers its beginning. The client asks again when it has this answer. So the message had to wait until
# the answer arrived, and until the next request came back: one round trip. This is the **gap** of lesson 02.
# Then it travelled, half a round trip. Here it is on WebSocket. (The times on the left differ: that run waits
# for its handshake first, two round trips.)

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
# opening a TCP connection is a round trip, too. (For short polling, assume that its request leaves at the moment
# at which the message comes.)

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
# * **In a burst long polling is slower.** The first message takes the waiting request with it. The second
#   waits for that answer to go down (½) and a new request to come up (½), and then goes down itself (½):
#   one and a half. A third, fourth, fifth wait for the same request, and leave together. WebSocket sends a
#   frame for each.
#
# So for long polling the number of messages *in one round trip* counts: rate times RTT. Up to about 0.57, says
# the model of lesson 02, its median is half a round trip. Which rate is that on our link?

# %% id="trips-rate"
for rate in (1, 10, 11, 12, 40):
    median = models.long_polling(rtt=0.050, rate=rate).median * 1000
    print(f"{rate:2} a second: {rate * 0.050:4.2f} in a round trip, {median:3.0f} ms")

# %% [markdown] id="trips-exercise"
# Polling is not "always slower". It is slower when there is no request at the server. And each new
# request is cheap only because of keep-alive (lesson 01): without it, it opens a connection first.
#
# Turn this into a function, for messages at any moments: exercise
# [6.3](../exercises/06_transport_lab.ipynb#6.3-·-Count-the-round-trips).

# %% [markdown] id="cost"
# ## 3 · What a message costs
#
# "WebSocket needs 2 bytes for a message, HTTP hundreds." You find such sentences everywhere. What
# does a message really cost? Here is another quiet minute, counted in three ways.

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
# (In all three the text is in the chat's JSON, which takes more bytes than a frame's header.) If you have a
# list of all that crossed the wire, the count is short. Each entry is `(kind, way, size, delivered)`: `kind`
# is `"request"`, `"answer"`, `"handshake"` or `"frame"`; `way` is `"up"` or `"down"`; `size` is its bytes; and
# `delivered` is how many messages arrived with it. Of a handshake only the half that goes up is a request.


# %% id="small-cost"
def small_cost(trace):
    all_bytes = sum(size for _, _, size, _ in trace)
    asked = [kind for kind, way, _, _ in trace if way == "up" and kind != "frame"]
    arrived = sum(delivered for _, _, _, delivered in trace)
    cost = len(asked) / arrived, all_bytes / arrived
    return "{:5.2f} requests, {:5,.0f} bytes for a delivered message".format(*cost)


# %% id="small-cost-run"
# Sizes like those of the chat: nine empty answers, and one with a message.
polls = [("request", "up", 57, 0), ("answer", "down", 109, 0)] * 9
polls += [("request", "up", 57, 0), ("answer", "down", 141, 1)]
pushed = [("handshake", "up", 166, 0), ("handshake", "down", 129, 0)]
pushed += [("frame", "down", 74, 1)] * 10
print("polling:  ", small_cost(polls))
print("WebSocket:", small_cost(pushed))

# %% [markdown] id="sizes-text"
# What chat and transport add hardly grows with the message. So how much does it matter when a message is
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
# Here is section 1 once more, in numbers. In the quiet minute above short polling cost many times as much as
# long polling. Why not here?

# %% id="scoreboard"
print(f"{'':20} median    99 %   requests    bytes")
for run in calm.runs:
    print(f"{run.label:20} {run.median * 1000:3.0f} ms", end="")
    print(f" {run.percentile(99) * 1000:4.0f} ms", end="")
    print(f" {run.requests_per_message:10.2f} {run.bytes_per_message:8.0f}")
plots.cost(calm.runs)

# %% [markdown] id="cost-exercise"
# Both send about one request for each message: short polling asks once a second, and about once
# a second there is a message. With more messages short polling is even cheaper than long polling, because one
# answer carries several. (The messages wait for that answer. Try 5 a second in the panel of section 5.)
#
# Count a trace that you have not seen, in which something is lost: exercise
# [6.1](../exercises/06_transport_lab.ipynb#6.1-·-What-a-delivered-message-costs).

# %% [markdown] id="honest"
# ## 4 · Latency that does not lie
#
# A server answers in one round trip. For two of ten seconds nothing moves on its link. You measure the
# whole ten seconds. What part of your requests is slow, in percent?
#
# (`call_later(5, setattr, x, "stalled", True)` sets `x.stalled` to true after 5 seconds.)


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
slow = sum(latency > 0.15 for latency in closed)
print(f"{slow} of {len(closed)} requests were slow")

# %% [markdown] id="closed-answer"
# One! Two of ten seconds were lost, and the report says that nearly everything was fine. While the
# link stood still, the program waited and asked nothing. The requests that would have been slow
# were never sent. This mistake has a name: **coordinated omission**. The program that measures waits
# for the server that it measures: a *closed loop*.
#
# In an **open loop** each request has its moment, fixed before the run. It is sent then, whatever
# the others do, and its latency counts from that moment.


# %% id="open"
async def open_loop(ask):
    schedule = metrics.steady(rate=10, count=100)
    answers = await metrics.open_loop(schedule, lambda number: ask())
    return [answer.latency for answer in answers]


honest = clock.simulate(ten_seconds(open_loop))
slow = sum(latency > 0.15 for latency in honest)
print(f"{slow} of {len(honest)} requests were slow")

# %% [markdown] id="percentile-text"
# That is what people would have felt. Your users do not wait for each other.
#
# How do you say it in a few numbers? Not by the mean: a single message that never arrives makes the mean
# infinite, and you cannot see a few slow ones in it. A **percentile** is one of the measured latencies. The
# 90th is the smallest for which this is true: 90 of 100 messages are as fast or faster. Sort them, and take the
# one of rank $\lceil q\,n/100 \rceil$, counted from 1 (the *nearest rank*). What was lost is infinitely late
# and stays in the list.


# %% id="small-percentile"
def small_percentile(latencies, q):
    rank = math.ceil(q * len(latencies) / 100)
    return sorted(latencies)[rank - 1]


for name, values in (("closed loop", closed), ("open loop", honest)):
    found = [small_percentile(values, q) for q in (50, 90, 95)]
    assert found == [metrics.percentile(values, q) for q in (50, 90, 95)]
    print(f"{name:12}    50, 90, 95 %:", *(f"{late * 1000:4.0f} ms" for late in found))

# %% [markdown] id="honest-exercise"
# Compute latencies from a schedule and from what arrived, if it arrived: exercise
# [6.2](../exercises/06_transport_lab.ipynb#6.2-·-Latency-that-does-not-lie).

# %% [markdown] id="lab"
# ## 5 · The lab
#
# What does jitter do? A link with little bandwidth? Twenty clients? Here is everything in one panel: choose,
# **bet**, run. *Simulated* is exact and quick; on *real sockets* a run takes as long as its duration says,
# you watch the messages arrive, and the processor's time is measured, too. Runs are kept. Select two of them
# to see both in one figure, and look at any message in *One message*.

# %% id="panel"
from course_lib.lab import transport_lab

panel = transport_lab.transport_lab()
panel

# %% [markdown] id="panel-text"
# Try these, and write a bet first:
#
# * 40 messages a second on a round trip of 50 ms, and then with 50 ms of jitter. Why is WebSocket slower now
#   as well? (A hint: TCP never changes the order of bytes.)
# * Messages of 2,000 bytes on a bandwidth of 20 kB/s: what happens at more than ten a second? (Each message
#   waits for all before it, so they get later and later.)
# * 20 clients, real sockets: how much processor time does a message take on each transport?
#
# Whatever the panel does can be typed, so you can write a run into a report, and repeat it:

# %% id="panel-call"
panel.choose("long polling", "WebSocket")
panel.set(rate=40, rtt=0.050, jitter=0.050)
panel.bet({"long polling": 0.075, "WebSocket": 0.025})  # seconds: put your own here
comparison = await panel.run()
print(*panel.said, sep="\n")
panel.figure()

# %% [markdown] id="real-text"
# WebSocket is slower mostly by the jitter itself: on average, half of what you set. The rest is the order:
# a late message keeps back those after it. Long polling has both twice, for answer and request.
#
# A simulation has no processor. So the last figure of this section comes from real sockets: the
# processor time of server, clients and the link between them, for each delivered message. Which
# transport works hardest? Think of heads that are written, sent, parsed.

# %% id="real" tags=["nbval-ignore-output"]
short_polling = compare.short_polling(0.05)  # nearly as quick as the others
transports = (short_polling, compare.long_polling(), compare.websocket())
real = await compare.compare(transports, rate=10, duration=1.0, simulated=False)
short, long, pushed = real.runs
assert pushed.requests < long.requests
assert pushed.bytes_per_message < long.bytes_per_message < short.bytes_per_message
real.figure()

# %% [markdown] id="real-answer"
# WebSocket needs the least: it has no heads. (Do not compare the latencies of this figure: so few messages on a
# busy computer say little.)

# %% [markdown] id="slow-reader"
# ## 6 · One slow reader
#
# The server has five readers. One of them is on a train with a bad network, and reads nothing. To give one
# message to many is called **fan-out**. Ten times a second the server sends a large message to each reader,
# with the code that most people would write first:


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
# The first messages for reader 0 fit into the buffers on the way, and then `send` does not return. Here it
# stops the `for` loop of `serial`, and with it everything for the other readers. What else can a server do?
# Two ways that look good are bad:
#
# * A task for each send. Nobody waits, but the messages for reader 0 pile up in memory, without end.
# * Leave out the readers that are not ready. Memory is fine, but reader 0 has lost messages and does
#   not know it.
#
# And one is good: remember for each reader **how far it is**, and give it the rest when it can take more.
# This is the cursor of lesson 01, now kept by the server. So for a slow reader the server has to keep only
# one number. The library calls the method below when the write buffer has room again (`resume_writing` in
# lesson 05). (When the log no longer has a reader's next message, a server can end the connection with the
# close code 1013.)

# %% id="catch-up"
show.source(websocket.Server._catch_up)


# %% id="library-run"
async def chat_with_a_slow_reader():
    async with websocket.Server() as server:
        slow, quick = websocket.Client(server.url), websocket.Client(server.url)
        await slow.open()  # and read nothing
        messages = quick.messages()
        for _ in range(40):
            server.post("x" * 64_000)
            await anext(messages)  # the next one of `async for`
        cursors = list(server.readers.values())
        rest = slow.messages()
        late = [await anext(rest) for _ in range(40)]
        await quick.close()
        await slow.close()
        return cursors, len(late)


# %% id="library-result"
cursors, late = clock.simulate(chat_with_a_slow_reader(), rtt=0.050)
print("how far the server is: slow reader", cursors[0], "quick reader", cursors[1])
print("the slow reader reads at last, and has", late, "messages")
assert cursors[0] < cursors[1] == late == 40

# %% [markdown] id="slow-exercise"
# Up to the slow reader's number, the messages were in the buffers on the way. The others cost nothing.
# Write a fan-out that no slow reader can stop: exercise
# [6.4](../exercises/06_transport_lab.ipynb#6.4-·-One-slow-reader).

# %% [markdown] id="scale"
# ## 7 · Two hundred clients, ten thousand clients
#
# What do two hundred clients cost in ten minutes? The simulator can say: one message every 50 seconds, and
# short polling asks every 20 seconds. And ten thousand clients? They need no simulation. You know how many
# requests, answers and frames one client has, so you can calculate it.

# %% id="scale-run"
wishes = dict(rate=0.02, duration=600, clients=200, interval=20.0, record=False)
crowd = await compare.compare(**wishes)
print("               requests of 200 clients:    10,000 clients, a second:")
print("                 simulated   calculated          requests         kB")
for run, name in zip(crowd.runs, compare.TRANSPORTS, strict=True):
    rate = run.delivered / 200 / 600  # chance made it a little more or less than 0.02
    model = models.at_scale(name, 200, rate, 600, interval=20.0)
    many = models.at_scale(name, 10_000, rate, 600, interval=20.0)
    print(f"{name:14} {run.requests:11,} {model.requests:12,.0f}", end="")
    print(f" {many.requests_per_second:17,.0f} {many.bytes_per_second / 1000:10,.0f}")
    assert abs(run.requests - model.requests) < 0.1 * run.requests

# %% [markdown] id="scale-text"
# Short polling costs a request every 20 seconds, whether or not there is news. Long polling costs a request
# for each message, and for every hold of 25 seconds that ends without one; here that is a little more
# often. WebSocket asks once. Its number is only an average: the ten thousand handshakes at the beginning,
# divided by 600 seconds. After them there are no requests.
#
# The price: **ten thousand connections are open** all the time. (On short polling, too, because of
# keep-alive; but it may close them between two requests.) Each takes memory and a *file descriptor*, the
# system's number for it; a process has a limited number of them. Every proxy on the way has to keep the
# connection open, too.

# %% [markdown] id="choose"
# ## 8 · Which one, and when?
#
# There is a fourth transport. **Server-sent events** are an answer that never ends: the client asks once, and
# the server writes into the body, event by event, as text with an empty line between.

# %% id="sse"
text = '{"messages": ["안녕"], "cursor": 7}'
event = f"id: 7\ndata: {text}\n\n".encode()
# A piece of a chunked answer: its size in base 16, a line end, the bytes, a line end.
chunk = b"%x\r\n%s\r\n" % (len(event), event)
frame = frames.encode(frames.Frame(frames.Opcode.TEXT, text.encode()))
print(event.decode(), end="")
print(f"the news: {len(text.encode())} bytes", end="")
print(f", as a server-sent event {len(chunk)}, as a WebSocket frame {len(frame)}")

# %% [markdown] id="sse-text"
# It is plain HTTP, so proxies let it pass, except those that first wait for the whole answer. A page opens it
# with `new EventSource(url)`. The browser reconnects by itself and sends the last `id` that it has seen in the
# header `Last-Event-ID`: a cursor that you do not have to write. But it goes one way only and carries text
# only. And over HTTP/1.1 a browser opens about six connections to a server: the seventh tab waits. (With long
# polling it is the same.)
#
# | Your application | Take | Because |
# |---|---|---|
# | looks for news every few minutes | short polling | between two requests the connection may be closed |
# | has rare news, and a network that you do not control | long polling | it passes everywhere, and is as fast as WebSocket |
# | only listens: prices, logs, progress | server-sent events | one answer, and it reconnects by itself |
# | sends in both directions, often, or sends binary data | WebSocket | no gap, small frames |
# | does not know its users' networks | begin with polling, upgrade | lesson 08 |

# %% [markdown] id="missing"
# ## What is still missing
#
# WebSocket moves messages, and that is all. What you have to build yourself:
#
# * **no acknowledgement**: `send` returns, but nobody says whether the message arrived;
# * **no reconnection**: a connection that broke stays broken, and what was said meanwhile is lost;
# * **no rooms**: there is a connection, and no "everybody in this conversation";
# * **no fallback**: where a proxy refuses the upgrade there is nothing;
# * **no named events**: a message is text or bytes, and you have to decide what it means.
#
# That list is why Socket.IO exists. The next lessons build it: first Engine.IO, a session that
# begins with polling and moves to WebSocket when it can.
#
# **Summary**
#
# * Up to about 0.57 messages in one round trip long polling and WebSocket have the same median: half a round
#   trip. In a burst long polling waits for a request: up to one and a half.
# * Count both directions, handshakes and empty answers, and divide by what was delivered.
# * Measure in an open loop: latency counts from when a message was due. Percentiles, not the mean.
# * One slow reader must not make others wait, and must not fill the memory.
#
# **Ask next.** HTTP/2 carries many requests over one connection: what is left of long polling's gap? And
# TCP repeats what the network has lost: what does that do to the latency of WebSocket?

# %% id="glossary"
lab.glossary("06")

# %% id="finish"
await lab.finish()
