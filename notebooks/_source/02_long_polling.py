# %% [markdown] id="title"
# # 02 · Long polling
#
# *Short polling asks too often and still learns too late. What if the server waited until
# there is news?*
#
# **Objectives.** At the end you can
#
# * hold an answer on the server until there is something to say, for any number of readers;
# * keep a chat complete when an answer is lost on the way;
# * choose how long to hold, when there is a proxy between you and the reader;
# * predict the latency of long polling, for rare messages and for many, and say what it still costs.
#
# **Prerequisites.** Lesson 01: requests, cursors, the model $T/2 + RTT/2$. From `asyncio` you need
# tasks: things that run while you wait for something else.

# %% id="start"
import asyncio
import contextlib
import json

from course_lib import lab
from course_lib.lab import bets, clock, compare, metrics, models, plots, proxy, show
from course_lib.lab.apps import long_polling
from course_lib.net import http_client, http_server, mailbox
from course_lib.wire.http import http11
from course_lib.wire.http.connection import IncompleteMessage

lab.start()

# %% [markdown] id="hold"
# ## 1 · Hold the answer
#
# The server knows when there is news. Why does it answer before there is any?
#
# Only because we wrote it that way. A server may wait before it answers. Here is a
# mailbox that waits for a message. A *future* is an empty box that another part of the program fills later
# (in JavaScript, a Promise that somebody else resolves). `asyncio.wait` waits until the box is full, but
# not longer than `timeout` seconds; then it simply returns. (You know `Batch` from lesson 01: the messages,
# the new cursor, and how many were missed.)


# %% id="small-hold"
class SmallMailbox:
    def __init__(self):
        self.log, self.waiter = [], None

    def put(self, message):
        self.log.append(message)
        if self.waiter and not self.waiter.done():
            self.waiter.set_result(None)

    async def take(self, cursor, hold):
        if cursor == len(self.log):
            self.waiter = asyncio.get_running_loop().create_future()
            await asyncio.wait([self.waiter], timeout=hold)
        return mailbox.Batch(self.log[cursor:], len(self.log), missed=0)


# %% [markdown] id="hold-one-text"
# A reader asks and is ready to wait for 25 seconds. After 4.2 seconds there is a message:
# `call_later(4.2, f, x)` calls `f(x)` 4.2 seconds later. Afterwards the reader asks again, for 3 seconds, and
# nothing comes. (`gather` runs several readers at the same time. The simulator's clock begins at 0.)


# %% id="hold-one"
async def readers(box, count):
    loop = asyncio.get_running_loop()
    loop.call_later(4.2, box.put, "news")

    async def reader(name):
        answer = await box.take(0, hold=25)
        print(f"{loop.time():5.2f} s  {name}:", answer)

    await asyncio.gather(*(reader(f"reader {n}") for n in range(count)))
    answer = await box.take(1, hold=3)
    print(f"{loop.time():5.2f} s  again:   ", answer)


clock.simulate(readers(SmallMailbox(), 1))

# %% [markdown] id="hold-three-text"
# The answer came at the moment of the message, and the empty one when the hold was over. Now three
# readers wait at the same mailbox. When is each of them answered?

# %% id="hold-three"
clock.simulate(readers(SmallMailbox(), 3))

# %% [markdown] id="hold-library-text"
# Only the last one that asked was answered at once: each `take` writes its future over the one before it,
# in `self.waiter`. The others waited until their hold was over, although the message was there. The
# library's mailbox remembers all of its waiters, and one message wakes them all, with these functions.
# (`_fresh` says whether there is anything after the cursor, and `read` takes it.)

# %% id="hold-library"
show.source(mailbox.Mailbox.put)

# %% id="hold-library-take"
show.source(mailbox.Mailbox.take)

# %% id="hold-library-wait"
show.source(mailbox.Mailbox._wait)

# %% [markdown] id="hold-library-text-2"
# `self._waiting` is a dict of which only the keys are used: a set that keeps its order.
#
# Could a message come after `take` has looked at the log (`_fresh`), and before the reader is in
# `_waiting`? Then nothing would wake this reader. But no message can come there, although there is an
# `await` in between, that of `_wait`. **`await` on a coroutine runs it at once, up to the first place where
# it really waits.** Here that is `await arrived` (to begin the `timeout` is no wait), and by then the reader
# is in the dict. No other code runs before.
#
# After `finally` the reader is out in every case. When a message came, `put` has already emptied the dict
# (so `pop` has a `None`). When the hold is over, or the reader has left and its task is cancelled, `pop`
# takes it out.

# %% id="hold-library-three"
clock.simulate(readers(mailbox.Mailbox(), 3))

# %% [markdown] id="hold-exercise"
# Now you: hold the answer for any number of readers. Exercise
# [2.1](../exercises/02_long_polling.ipynb#2.1-·-Hold-the-answer,-for-everybody).

# %% [markdown] id="chat"
# ## 2 · The same chat
#
# How much of the chat from lesson 01 has to change?
#
# On the server, one number: `hold` was zero and is now 25 seconds. In the client, one rule: ask
# again at once. Here is its loop. The rest of it is for failures: after a failure it waits half a
# second before it asks again, and twice as long after each next failure, up to 8 seconds. This is
# called **backoff**. (`CourseError` is any error of this course's library. One kind is `LocalError`:
# the mistake is *ours*, so asking again would not help. The others say that the connection broke, or
# that the other side made a mistake.)

# %% id="chat-source"
show.source(long_polling.Client.messages)

# %% id="browser" tags=["nbval-ignore-output"]
server = await long_polling.Server().start()
show.page(server.url)

# %% [markdown] id="browser-text"
# The page sends a request and the answer does not come. Write something, or run the next cell: now
# it comes. In the browser's developer tools (F12, *Network*) you see the waiting request; Chrome
# and Edge call it *pending*. Compare both counters with those of lesson 01.

# %% id="say"
server.post("Hello from the kernel")
async with long_polling.Client(server.url) as client:
    news = await client.poll()
print(news[-1])
assert news[-1] == "Hello from the kernel"

# %% [markdown] id="timeline-text"
# Here is the quiet minute of lesson 01 once more: three messages, one reader, an RTT of 50 ms.

# %% id="quiet-minute"
moments = [7.3, 21.8, 48.4]
for transport in (compare.short_polling(1.0), compare.long_polling()):
    quiet = clock.simulate(compare.measure(transport, moments, duration=60, rtt=0.050))
    size = quiet.bytes_up + quiet.bytes_down
    print(f"{transport.name:20} {quiet.requests:3} answers, {size:6} bytes", end="")
    print(f", median latency {quiet.median * 1000:4.0f} ms")
plots.timeline(quiet)

# %% [markdown] id="timeline-text-2"
# The requests became few, and the latency became half of the round trip. In the picture the time that a
# request waits at the server is a thick band on the server's line. One more request is still waiting when
# the minute ends. It has no answer yet, so it is neither drawn nor counted.

# %% [markdown] id="broken"
# ## 3 · Break it: a lost answer
#
# The answer with message 7 is on its way, and the link breaks. Where is message 7 now?
#
# On the server, it has been sent. At the client, it has not arrived. What happens next depends on
# **who decides that a message has been read.** First, a server that decides it alone.
# It takes each message out of a queue when it sends it.
#
# Between them is the lab's proxy of lesson 01. From here on we call it the *link*. It can be cut at any byte:
# `"down"` means from server to client, and `"rst"` with a TCP reset: the connection breaks at once, as in a
# crash.


# %% id="broken-reader"
async def twelve_requests(read, link):
    async with http_client.Client() as http:
        seen = []
        for number in range(1, 13):
            if number == 7:  # its answer, with message 7, breaks after byte 40
                link.cut_after(40, direction="down", how="rst")
            try:
                seen += await read(http, link.url)
            except IncompleteMessage as error:
                print("the client sees:", error)
        return seen


# %% id="broken-recorded"
from course_lib.lab import inspector, tap


async def read_through_a_break(handler, read):
    with tap.Tap("a link that breaks") as recording:
        async with http_server.serve(handler) as server:
            async with proxy.Proxy(server, rtt=0.050) as link:
                return await twelve_requests(read, link), recording


# %% id="demonstration"
queue = list(range(1, 11))


def queue_server(request):
    news = [queue.pop(0)] if queue else []
    return http11.Response(200, body=json.dumps(news).encode())


async def read_queue(http, url):
    return (await http.get(url)).json()


received, recording = clock.simulate(read_through_a_break(queue_server, read_queue))
print("the client has:", received)
assert 7 not in received

# %% [markdown] id="demonstration-text"
# *This is the demonstration of this lesson.* Look at the answer that broke, in the inspector: its
# arrow ends in a cross. The server has sent all of its bytes, and the last one did not arrive.
# What does the body say? And what does the new connection bring? (The inspector numbers requests and
# answers: its 14 is the answer with our message 7. *Client 2* is the client's new connection. Its first
# request takes longer, because the connection has to be opened first.)

# %% id="demonstration-bytes" tags=["nbval-ignore-output"]
view = inspector.show(recording, most=8)  # those around the break
view.select_message(14)
assert view.message.data.endswith(b"[7]") and view.message.arrived_bytes == 40
view

# %% [markdown] id="broken-cursor-text"
# Message 7 is gone. The client saw an error and asked again. But the server no longer had message 7, so
# it answered with 8. No retry can bring 7 back.
#
# Now the cursor. It moves **when the client has read the whole answer**. So after the break the client
# sends the same request again, and gets the same answer.

# %% id="broken-log"
log = mailbox.Mailbox()
for number in range(1, 11):
    log.put(number)


async def log_server(request):
    batch = await log.take(int(request.query["since"]))
    return http11.Response(200, body=json.dumps(batch.messages[:1]).encode())


# %% id="broken-cursor"
cursor = 0


async def read_log(http, url):
    global cursor
    news = (await http.get(f"{url}/?since={cursor}")).json()
    cursor += len(news)  # only now: the whole answer is here
    return news


complete, recording = clock.simulate(read_through_a_break(log_server, read_log))
print("the client has:", complete)
assert complete == list(range(1, 11))

# %% [markdown] id="broken-every-text"
# Was byte 40 a special choice? Cut the real chat after byte 0, 1, 2 and so on: in a whole answer, and in
# the beginning of the next one.


# %% id="broken-every"
async def chat_cut_at(byte):
    async with long_polling.Server() as server, proxy.Proxy(server, rtt=0.050) as link:
        async with long_polling.Client(link.url) as client:
            server.post("one")
            seen = await client.poll()
            link.cut_after(byte, direction="down", how="rst")
            asyncio.get_running_loop().call_later(1, server.post, "안녕 two")
            asyncio.get_running_loop().call_later(2, server.post, "three")
            async for text in client.messages():
                seen.append(text)
                if text == "three":
                    return seen


# %% id="broken-every-run"
for byte in range(200):
    assert clock.simulate(chat_cut_at(byte)) == ["one", "안녕 two", "three"]
print("cut at each of 200 bytes: every message arrived once, in order")

# %% [markdown] id="broken-exercise"
# Write a client that loses nothing, wherever its answers are cut: exercise
# [2.2](../exercises/02_long_polling.ipynb#2.2-·-The-client's-loop).

# %% [markdown] id="gateway"
# ## 4 · A proxy with a time limit
#
# Between a reader and your server there are often programs that pass on what both sides say: proxies,
# and load balancers, which share the requests among several servers. Most of them have a time limit for a
# request that gets no answer, commonly 60 or 30 seconds. What does a reader get then?
#
# Here is such a proxy. Unlike the lab's link, it reads whole requests. It waits 10 seconds and then gives an
# answer of its own: `504 Gateway Timeout`. (*Gateway*: a proxy on the server's side.)


# %% id="gateway-source"
def gateway_to(url, http, limit):
    async def forward(request):
        target = url + request.target
        try:
            return await http.request(request.method, target, timeout=limit)
        except TimeoutError:
            return http11.Response(504, body=b"<h1>Gateway Timeout</h1>")

    return forward


# %% [markdown] id="gateway-question"
# Five quiet minutes with one message, and a server that holds for 25 seconds. How many requests
# fail? And how late can the news be?


# %% id="gateway-client"
async def five_minutes(hold):
    async with long_polling.Server(hold=hold) as server, http_client.Client() as inside:
        gateway = gateway_to(server.url, inside, limit=10)
        async with http_server.serve(gateway) as front:
            async with long_polling.Client(front.url) as client:
                loop, late = asyncio.get_running_loop(), None
                loop.call_later(205, server.post, "news")
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(300):
                        async for _text in client.messages():
                            late = loop.time() - 205
                return client.polls, client.failures, late


# %% id="gateway-run"
for hold in (25, 8):
    polls, failures, late = clock.simulate(five_minutes(hold))
    print(f"hold {hold:2} s: {polls} requests, {failures} failed,", end="")
    print(f" the news {late:.1f} s late")

# %% [markdown] id="gateway-answer"
# A 504 says that something went wrong. An empty answer says only that there is no news. With the long hold,
# each request without news fails after 10 seconds. (Two did not fail: one brought the news, one was still
# waiting at the end.) Then the client waits for up to 8 more seconds before it asks again: its backoff. So
# there are fewer than 300 / 10 requests, and a message that comes during this wait is up to 8 seconds late.
# A hold must be **shorter than the shortest time limit on the way**, by a second or more: the proxy's time
# begins before the server's hold, and ends when the answer has come back.

# %% [markdown] id="gateway-exercise"
# Live with such a proxy: exercise
# [2.3](../exercises/02_long_polling.ipynb#2.3-·-Through-an-impatient-proxy).

# %% [markdown] id="model"
# ## 5 · Predict
#
# A request is waiting at the server. A message comes. Half a round trip later the client has it.
# It cannot be faster: the bytes need half a round trip from the server to the client.
#
# This is true while messages are rare. What happens when there are many messages a second?
#
# ### Your bet
#
# The RTT is 200 ms. **Forty** messages come every second. What is the median latency of long
# polling, in milliseconds? Place your bet before you read on. The figure will show your number.

# %% id="bet"
my_bet = bets.bet("Median latency at forty messages a second, RTT 200 ms?", unit="ms")
my_bet

# %% [markdown] id="gap"
# When the client has an answer it asks again. From the moment the server answered until the next
# request is there, the answer travels down and the request travels up: one whole round trip.
# This is the **gap**. A message that falls into the gap waits for the request.
#
# ```
# server ──answer──┬───────── gap: one round trip ─────────┬──next request─── …
#                  ●               ●                       ●
#                  waits RTT       waits RTT/2             waits 0
#                  + RTT/2 down    + RTT/2 down            + RTT/2 down
#                  = 1.5 RTT       = RTT                   = RTT/2
# ```
#
# * Messages are rare: few fall into the gap. The median latency is $RTT/2$.
# * Messages come all the time: each one falls into some gap, anywhere in it. The median is $RTT$.
# * The worst case is a message right at the beginning of a gap: $1.5\,RTT$.
#
# And in between? Let messages come at random moments, on average $\lambda$ a second. Write $R$ for
# the round-trip time, and follow one cycle: the server answers, and a gap of length $R$ begins.
#
# 1. In the gap come $\lambda R$ messages on average.
# 2. With probability $e^{-\lambda R}$ none comes. (A known fact about random moments.) Only then does the request wait at the server, for one message that is *not* in the gap.
#
# One message with probability $e^{-\lambda R}$ is $e^{-\lambda R}$ on average. So a cycle has
# $\lambda R + e^{-\lambda R}$ messages on average, and of these $\lambda R$ were in the gap. Their share is
#
# $$p = \frac{\lambda R}{\lambda R + e^{-\lambda R}}$$
#
# Now sort the latencies. The first group, a share of $1 - p$, met a waiting request: $R/2$. The second, the
# share $p$, fell into a gap, anywhere in it with equal chance. So it is spread evenly from $R/2$ to
# $1.5\,R$. The median has half of all messages before it.
#
# * When $p < \frac12$, it is in the first group: $R/2$.
# * When $p > \frac12$, it is in the second group, and $\frac12 - (1 - p) = p - \frac12$ of that group's $p$
#   come before it. Over the whole group the latency grows by $R$:
#
# $$\text{median latency} = \frac R2 + R\,\frac{p - \frac12}{p}$$
#
# Compare long polling with the fastest short polling that is possible: a client that asks again as soon as
# it has an answer (*pause 0 s*). In the simulator the computer's own time does not count.


# %% id="regimes"
def simulated(transport, rate):
    schedule = metrics.poisson(rate=rate, count=300, seed=2)  # random moments
    return clock.simulate(compare.measure(transport, schedule, rtt=0.200))


contenders = (compare.short_polling(0.0, pause=True), compare.long_polling())
regimes = [simulated(transport, rate) for rate in (1, 40) for transport in contenders]
plots.latency(regimes, bet=my_bet.seconds, log=False)

# %% id="bet-result"
my_bet.reveal(regimes[-1].median * 1000)

# %% [markdown] id="regimes-text"
# At one a second some messages fell into a gap; you see their dots, but they do not move the median. At
# forty a second short and long polling are nearly the same (the difference is chance). There is nearly
# always news when a request comes: long polling has become short polling without a pause.
#
# Here is the whole range. Where does the median begin to rise? Compare with the model's share in the gap.

# %% id="regimes-sweep"
for rate in (0.5, 1, 2, 5, 10, 20, 40):
    run = simulated(compare.long_polling(), rate)
    model = models.long_polling(rtt=0.200, rate=rate)
    seen, predicted = run.median * 1000, model.median * 1000
    print(f"{rate:4} a second:   simulated {seen:4.0f} ms", end="")
    print(f"   model {predicted:4.0f} ms, {model.waiting:4.0%} in the gap")
    assert abs(run.median - model.median) < 0.1 * model.median

# %% [markdown] id="model-exercise"
# It rises when more than half of the messages are in the gap. By the formula that is when $\lambda R$ is
# more than about 0.57: that many **messages in one round trip**. (What else differs is chance.)
#
# The median is one number. Predict two others from the same cycle: the latency that nine of ten messages
# do not exceed, and the requests for each message. Exercise
# [2.5](../exercises/02_long_polling.ipynb#2.5-·-Predict-long-polling).

# %% [markdown] id="measure"
# ## 6 · Measure: the comparison
#
# Now real sockets, through a link of 10, 50 and 200 ms: short polling at three intervals, and long
# polling. The same messages for all of them. They come evenly, so far apart that none falls into a gap: this
# is the case of rare messages. (The grey line of the model is for random moments, at which some would.)
# Exercise 2.5 measures many messages on real sockets.

# %% id="measure-run" tags=["nbval-ignore-output"]
schedule = metrics.steady(rate=2.6, count=13)  # at 13 even places of each interval
contenders = [compare.short_polling(interval) for interval in (0.25, 0.5, 1.0)]
contenders.append(compare.long_polling())
measured = await asyncio.gather(
    *(
        compare.measure(contender, schedule, rtt=rtt)
        for contender in contenders
        for rtt in (0.010, 0.050, 0.200)
    )
)
for rtt in (0.010, 0.050, 0.200):
    *short, long = (run for run in measured if run.details["rtt"] == rtt)
    assert all(long.median < run.median for run in short)
plots.latency(measured)

# %% [markdown] id="play-text"
# On the shortest link you can see that the computer itself needs time, too. Still, long polling is first on
# each.
#
# ### Your network
#
# Here is a quiet chat that is reached over its own link, and a panel that changes this link. (Its cuts: `fin`
# ends the connection politely, `silence` lets nothing pass and tells nobody.)

# %% id="play-panel"
from course_lib.lab import link_panel

quiet_server = await long_polling.Server().start()
link = await proxy.Proxy(quiet_server, rtt=0.050).start()
link_panel.link_panel(link)

# %% [markdown] id="play-measure-text"
# Measure. Then change the round trip on the panel, **say what will come out**, and run the cell once
# more. Then set some **jitter**, a delay that is different for each message. What does it change? (Now
# they differ: half a round trip, plus anything up to the jitter.)

# %% id="play-measure" tags=["nbval-ignore-output"]
loop, late = asyncio.get_running_loop(), []
async with long_polling.Client(link.url) as client:
    client.cursor = quiet_server.mailbox.cursor
    for _ in range(5):
        waiting = asyncio.create_task(client.poll())
        await lab.until(lambda: quiet_server.mailbox.waiters == 1, patience=60)
        posted = loop.time()
        quiet_server.post("now")
        await waiting
        late.append((loop.time() - posted) * 1000)
rtt = link.conditions.rtt * 1000
print(f"RTT {rtt:.0f} ms; late:", ", ".join(f"{ms:.0f} ms" for ms in late))
assert min(late) >= 0.4 * rtt

# %% [markdown] id="cost"
# ## 7 · What it still costs
#
# Latency is half of the comparison. The other half is the price of a delivered message. Here are the runs of
# section 5 once more.

# %% id="cost-table"
for run in regimes:
    print(f"{run.label:26} {run.details['rate']:3.0f} a second:", end="")
    print(f" {run.requests_per_message:5.2f} requests", end="")
    print(f" and {run.bytes_per_message:5.0f} bytes for each message")

# %% [markdown] id="cost-text"
# At one message a second long polling sends about one request for each, and short polling sends many
# that bring nothing. At forty a second one answer carries several messages, and both have the same
# small price. Three more costs do not show in this table:
#
# * **Every reader holds a connection and a waiting request**, all the time.
# * **The gap is still there.** It makes messages late when there are many of them.
# * **To say something the client needs a second connection** (in HTTP/1.1). The first one is taken: a
#   request is waiting on it. Count them.

# %% id="two-connections"
async with long_polling.Client(quiet_server.url) as client:
    client.cursor = quiet_server.mailbox.cursor
    waiting = asyncio.create_task(client.poll())
    await lab.until(lambda: quiet_server.mailbox.waiters == 1)
    await client.say("one request waits, another connection speaks")
    print(await waiting)
    print(client.http.connections_opened, "connections")

# %% [markdown] id="leaving"
# A reader who closes the tab ends the connection, while the request still waits at the server. If the
# server answered it, a message would count as delivered, and nobody would have it. The library forgets
# the request as soon as the connection ends.
#
# (A laptop that loses its Wi-Fi cannot tell the server. The server answers, nobody gets the answer, and it
# counts as a delivery. But no message is lost: the reader comes back with the old cursor.)

# %% id="leaving-run"
before = quiet_server.mailbox.deliveries
async with long_polling.Client(quiet_server.url) as client:
    client.cursor = quiet_server.mailbox.cursor
    waiting = asyncio.create_task(client.poll())
    await lab.until(lambda: quiet_server.mailbox.waiters == 1)
    waiting.cancel()  # the reader leaves
await lab.until(lambda: quiet_server.mailbox.waiters == 0)
quiet_server.post("is anybody there?")
print("delivered to the reader who left:", quiet_server.mailbox.deliveries - before)

# %% [markdown] id="cost-exercise"
# Forget a reader who has left, and count no delivery: exercise
# [2.4](../exercises/02_long_polling.ipynb#2.4-·-A-reader-who-has-left).

# %% [markdown] id="missing"
# ## What is still missing
#
# Long polling makes HTTP look as if the server could speak first. It cannot. Each answer needs a
# request, each request needs a head, and between two requests there is a gap. What if the connection
# stayed open, and both sides could speak at any time? That is WebSocket, in lesson 03.
#
# **Summary**
#
# * The server holds the request until there is news, for at most `hold` seconds. One message wakes
#   every reader who waits.
# * The cursor moves when the client has read the whole answer. Then a lost answer is asked for again.
# * Hold for less time than the shortest time limit on the way.
# * The median latency is $RTT/2$ up to about 0.57 messages in a round trip; a message in the gap takes up
#   to $1.5\,RTT$.
# * Each answer still costs a request and two heads; each reader holds a connection.
#
# **Ask next.** Why does Engine.IO, the layer under Socket.IO, allow only one waiting request for each
# client? What should a server do when a reader opens a second tab?

# %% id="glossary"
lab.glossary("02")

# %% id="finish"
await link.close()
await server.close()
await quiet_server.close()
await lab.finish()
