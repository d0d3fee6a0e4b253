# %% [markdown] id="title"
# # 02 · Long polling: exercises
#
# Write your answer where it says `YOUR CODE HERE`, run the cell with Shift+Enter, then run the
# cell with `check` below it. `checks.hint("2.1")` gives three hints, one at a time.
#
# Your code is graded in a process of its own, on a clock that the grader moves: there, an hour
# passes at once. Wait with `asyncio.sleep` and asyncio's timeouts, never with `time.sleep`.

# %% id="start"
import asyncio
import collections
import contextlib
import json
import math

from course_lib import lab
from course_lib.errors import CourseError
from course_lib.lab import checks, clock, compare, metrics, proxy
from course_lib.lab.apps import long_polling
from course_lib.lab.checks import check
from course_lib.net import http_client, http_server, mailbox
from course_lib.wire import http11

lab.start()

# %% [markdown] id="hold" exercise="2.1" role="prompt"
# ## 2.1 · Hold the answer, for everybody
#
# 12 minutes. Prepared by
# [Hold the answer](../notebooks/02_long_polling.ipynb#1-·-Hold-the-answer).
#
# The lesson's small mailbox forgets all waiting readers but one. Write one that does not: a class
# `Mailbox` with two methods.
#
# * `put(message)` appends a message to the log. Messages are numbered 1, 2, 3 and so on.
# * `await take(cursor, hold)` returns `(messages, cursor)`: a list of all messages after this
#   cursor, and the number of the newest message. When there are none it waits for one, for at most
#   `hold` seconds, and then answers `([], cursor)`. Any number of readers may wait.
#
# ```
# take(0, 25)   and "안녕" is put after 4.2 s   ─▶  (["안녕"], 1) at 4.2 s, for everybody who waits
# take(1, 3)    and nothing comes               ─▶  ([], 1) after 3 s
# ```


# %% id="hold-stub" exercise="2.1" role="stub"
class Mailbox:
    def __init__(self):
        ### BEGIN SOLUTION
        self.log, self.waiting = [], []
        ### END SOLUTION

    def put(self, message):
        ### BEGIN SOLUTION
        self.log.append(message)
        waiting, self.waiting = self.waiting, []
        for future in waiting:
            if not future.done():
                future.set_result(None)
        ### END SOLUTION

    async def take(self, cursor, hold):
        ### BEGIN SOLUTION
        if cursor == len(self.log) and hold > 0:
            future = asyncio.get_running_loop().create_future()
            self.waiting.append(future)
            await asyncio.wait([future], timeout=hold)
        return self.log[cursor:], len(self.log)
        ### END SOLUTION


# %% id="hold-check" exercise="2.1" role="check"
check("2.1")
### BEGIN HIDDEN TESTS
check("2.1").credit()
### END HIDDEN TESTS

# %% [markdown] id="hold-wire-text"
# ### Your code on the wire
#
# The lesson's chat server now stands on your mailbox. Three clients wait, and a fourth one speaks.


# %% id="hold-wire" exercise="2.1" role="wire"
class YourMailbox(mailbox.Mailbox):
    def __init__(self, yours):
        super().__init__()
        self.yours, self.questions = yours, 0

    def put(self, message):
        self.yours.put(message)
        return super().put(message)

    async def take(self, cursor, hold=0.0):
        self.questions += 1
        messages, cursor = await self.yours.take(cursor, hold)
        return mailbox.Batch(messages, cursor, missed=0)


async with long_polling.Server() as server, contextlib.AsyncExitStack() as stack:
    server.mailbox = YourMailbox(Mailbox())
    readers = [long_polling.Client(server.url) for _ in range(3)]
    speaker = long_polling.Client(server.url)
    for client in (*readers, speaker):
        await stack.enter_async_context(client)
    waiting = [asyncio.create_task(reader.poll()) for reader in readers]
    await lab.until(lambda: server.mailbox.questions == 3)
    await speaker.say("안녕 👋")
    print(await asyncio.gather(*waiting))

# %% [markdown] id="loop" exercise="2.2" role="prompt"
# ## 2.2 · The client's loop
#
# 12 minutes. Prepared by
# [Break it: an answer dies half-way](../notebooks/02_long_polling.ipynb).
#
# Write `await follow(server)`. It reads a chat from the beginning (cursor 0), and returns the list
# of all its messages when the chat is over. It asks with `await server.ask(cursor)`, and there are
# three answers:
#
# * `(new_cursor, body)`: the cursor came in the head; the body is a JSON list of messages, in
#   bytes. **The link may have broken in the middle of the body**: then it ends somewhere.
# * `ConnectionError`: not even the head arrived, or nobody is there.
# * `EOFError`: the chat is over. Return the list.
#
# The server may be away for a minute. Then `follow` asks at most 30 times in that minute, and
# again within 10 seconds when it is back.
#
# ```
# ask(0)  ─▶  2, b'["one", "two"]'
# ask(2)  ─▶  3, b'["thr'                  cut
# ask(2)  ─▶  3, b'["three"]'
# ask(3)  ─▶  EOFError                       follow returns ["one", "two", "three"]
# ```


# %% id="loop-stub" exercise="2.2" role="stub"
async def follow(server):
    ### BEGIN SOLUTION
    seen, cursor, wait = [], 0, 0.5
    while True:
        try:
            new_cursor, body = await server.ask(cursor)
            news = json.loads(body)
        except EOFError:
            return seen
        except (ConnectionError, ValueError):
            await asyncio.sleep(wait)
            wait = min(2 * wait, 8)
            continue
        seen += news
        cursor, wait = new_cursor, 0.5
    ### END SOLUTION


# %% id="loop-check" exercise="2.2" role="check"
check("2.2")
### BEGIN HIDDEN TESTS
check("2.2").credit()
### END HIDDEN TESTS

# %% [markdown] id="loop-wire-text"
# ### Your code on the wire
#
# Your loop reads the lesson's chat through a link that is cut: after no byte of the answer, after
# seven, after fourteen, and so on. The network is simulated, the client and the server are the
# library's.


# %% id="loop-wire" exercise="2.2" role="wire"
class Chat:
    def __init__(self, url, http):
        self.url, self.http = url, http

    async def ask(self, cursor):
        if cursor == 3:
            raise EOFError("the chat is over")
        try:
            answer = await self.http.get(f"{self.url}/messages?since={cursor}")
        except (CourseError, OSError) as error:
            raise ConnectionError(str(error)) from error
        news = answer.json()
        return news["cursor"], json.dumps(news["messages"]).encode()


async def chat_cut_at(byte):
    async with (
        long_polling.Server() as server,
        proxy.Proxy(server, rtt=0.050) as link,
        http_client.Client() as http,
    ):
        for second, text in enumerate(("one", "안녕 two", "three"), 1):
            asyncio.get_running_loop().call_later(second, server.post, text)
        link.cut_after(byte, direction="down", how="rst")
        return await follow(Chat(link.url, http))


for byte in range(0, 200, 7):
    assert clock.simulate(chat_cut_at(byte)) == ["one", "안녕 two", "three"], byte
print("cut at 29 places: every message once, in order")

# %% [markdown] id="gateway" exercise="2.3" role="prompt"
# ## 2.3 · Through an impatient proxy
#
# 8 minutes. Prepared by
# [A proxy loses patience](../notebooks/02_long_polling.ipynb#4-·-A-proxy-loses-patience).
#
# On the way to your server there are proxies. Each ends a request after some seconds, its
# patience, with a `504` of its own. Write two functions.
#
# `choose_hold(patiences)` gets the patience of every proxy on the way and returns for how many
# seconds the server holds a question. No question may end with a 504; the way may take up to a
# second. And hold for at least half of the time that is possible, or it is short polling again.
#
# `understand(status, body, cursor)` reads an answer and returns `(texts, cursor, pause)`: the
# messages in it, the cursor for the next question, and the seconds to wait before that. The body
# of a `200` is the messages in UTF-8, each with a newline behind it; there may be none. The cursor
# counts messages. After a good answer there is no pause, after any other one of 0.1 to 10 seconds.
#
# ```
# choose_hold([60.0, 30.0])                          ─▶  anything from 15 to 29
# understand(200, "점심\n먹자\n".encode(), 5)        ─▶  (["점심", "먹자"], 7, 0)
# ```


# %% id="gateway-stub" exercise="2.3" role="stub"
def choose_hold(patiences):
    ### BEGIN SOLUTION
    return min(patiences) * 0.8
    ### END SOLUTION


def understand(status, body, cursor):
    ### BEGIN SOLUTION
    if status != 200:
        return [], cursor, 1.0
    texts = body.decode().splitlines()
    return texts, cursor + len(texts), 0.0
    ### END SOLUTION


# %% id="gateway-check" exercise="2.3" role="check"
check("2.3")
### BEGIN HIDDEN TESTS
check("2.3").credit()
### END HIDDEN TESTS

# %% [markdown] id="gateway-wire-text"
# ### Your code on the wire
#
# Five quiet minutes with one message, in the simulator. The lesson's chat server holds for as long
# as you say; the proxy is the lesson's, too, and waits 10 seconds. Which statuses does your client
# see?


# %% id="gateway-wire" exercise="2.3" role="wire"
async def five_minutes(hold):
    loop = asyncio.get_running_loop()
    async with long_polling.Server(hold=hold) as server, http_client.Client() as http:

        async def gateway(request):
            try:
                return await http.get(server.url + request.target, timeout=10)
            except TimeoutError:
                return http11.Response(504, body=b"<h1>Gateway Timeout</h1>\n")

        async with http_server.serve(gateway) as front:
            loop.call_later(200, server.post, "안녕 👋")
            statuses, seen, cursor = collections.Counter(), [], 0
            while loop.time() < 300:
                answer = await http.get(f"{front.url}/messages?since={cursor}")
                statuses[answer.status] += 1
                body = answer.body
                if answer.status == 200:
                    body = "".join(f"{text}\n" for text in answer.json()["messages"]).encode()
                texts, cursor, pause = understand(answer.status, body, cursor)
                seen += texts
                await asyncio.sleep(pause)
            return seen, dict(statuses)


print("your hold:", clock.simulate(five_minutes(choose_hold([10.0]))))
print("25 s:     ", clock.simulate(five_minutes(25.0)))

# %% [markdown] id="leaving" exercise="2.4" role="prompt"
# ## 2.4 · A reader who has left
#
# 10 minutes. Prepared by
# [What it still costs](../notebooks/02_long_polling.ipynb#7-·-What-it-still-costs).
#
# A reader closes the laptop. The server notices that the connection has ended, and **cancels** the
# waiting `take`. Write the class `CarefulMailbox`: `put` and `take` as in exercise 2.1, and two
# numbers that are always right:
#
# * `waiters`: how many readers are waiting now;
# * `deliveries`: how many messages `take` has returned, all readers together.
#
# A cancelled `take` ends as cancelled. Its reader is no longer a waiter, and gets nothing
# delivered, not even when the message comes in the same moment.
#
# ```
# two readers wait                  waiters 2, deliveries 0
# one of them leaves                waiters 1, deliveries 0
# a message is put                  waiters 0, deliveries 1
# ```


# %% id="leaving-stub" exercise="2.4" role="stub"
class CarefulMailbox:
    def __init__(self):
        ### BEGIN SOLUTION
        self.log, self.waiting, self.deliveries = [], [], 0
        ### END SOLUTION

    @property
    def waiters(self):
        ### BEGIN SOLUTION
        return len(self.waiting)
        ### END SOLUTION

    def put(self, message):
        ### BEGIN SOLUTION
        self.log.append(message)
        for future in self.waiting:
            if not future.done():
                future.set_result(None)
        ### END SOLUTION

    async def take(self, cursor, hold):
        ### BEGIN SOLUTION
        if cursor == len(self.log) and hold > 0:
            future = asyncio.get_running_loop().create_future()
            self.waiting.append(future)
            try:
                await asyncio.wait([future], timeout=hold)
            finally:
                self.waiting.remove(future)
        news = self.log[cursor:]
        self.deliveries += len(news)
        return news, len(self.log)
        ### END SOLUTION


# %% id="leaving-check" exercise="2.4" role="check"
check("2.4")
### BEGIN HIDDEN TESTS
check("2.4").credit()
### END HIDDEN TESTS

# %% [markdown] id="leaving-wire-text"
# ### Your code on the wire
#
# The lesson's chat server on your mailbox, real sockets. Two clients wait, one of them hangs up,
# then a message comes.


# %% id="leaving-wire" exercise="2.4" role="wire"
class YourCarefulMailbox(mailbox.Mailbox):
    def __init__(self, yours):
        super().__init__()
        self.yours = yours

    def put(self, message):
        self.yours.put(message)
        return super().put(message)

    async def take(self, cursor, hold=0.0):
        messages, cursor = await self.yours.take(cursor, hold)
        return mailbox.Batch(messages, cursor, missed=0)


yours = CarefulMailbox()
async with long_polling.Server() as server:
    server.mailbox = YourCarefulMailbox(yours)
    async with long_polling.Client(server.url) as mina, long_polling.Client(server.url) as joon:
        waiting, leaving = asyncio.create_task(mina.poll()), asyncio.create_task(joon.poll())
        await lab.until(lambda: yours.waiters == 2)
        leaving.cancel()
        await lab.until(lambda: yours.waiters == 1)
        server.post("안녕 👋")
        print("mina has", await waiting)
        print("waiters", yours.waiters, "deliveries", yours.deliveries)

# %% [markdown] id="predict" exercise="2.5" role="prompt"
# ## 2.5 · Predict long polling
#
# 10 minutes. Prepared by [Predict](../notebooks/02_long_polling.ipynb#5-·-Predict).
#
# Write `predict_hold(rtt, rate)`. One reader, long polling, a hold without end. The round-trip
# time is `rtt` seconds; messages come at random moments, `rate` of them a second. Return the median
# latency in seconds.
#
# The lesson says which share $p$ of the messages falls into the gap, and that their latencies lie
# evenly between $RTT/2$ and $1.5\,RTT$. All the others have $RTT/2$. Where is the middle of them
# all? It is judged against the simulator.
#
# An example: `predict_hold(0.2, 0.01)` is `0.1`. At one message in a hundred seconds hardly one
# meets the gap.

# %% id="predict-example"
print(f"0.5 messages in a round trip: {0.5 / (0.5 + math.exp(-0.5)):.0%} fall into the gap")


# %% id="predict-stub" exercise="2.5" role="stub"
def predict_hold(rtt, rate):
    ### BEGIN SOLUTION
    x = rate * rtt
    in_gap = x / (x + math.exp(-x))
    if in_gap <= 0.5:
        return rtt / 2
    return rtt / 2 + rtt * (0.5 - (1 - in_gap)) / in_gap
    ### END SOLUTION


# %% id="predict-check" exercise="2.5" role="check"
check("2.5")
### BEGIN HIDDEN TESTS
check("2.5").credit()
### END HIDDEN TESTS

# %% [markdown] id="predict-wire-text"
# ### Your numbers on the wire
#
# The lesson's chat on real sockets, through the lab's link: rare messages, then many.

# %% id="predict-wire" exercise="2.5" role="wire"
for rate, count in ((3, 10), (40, 120)):
    schedule = metrics.poisson(rate=rate, count=count, seed=3)
    run = await compare.measure(compare.long_polling(), schedule, rtt=0.1)
    print(f"{rate:2} a second: predicted {predict_hold(0.1, rate) * 1000:.0f} ms, ", end="")
    print(f"measured {run.median * 1000:.0f} ms")

# %% id="progress"
checks.progress()

# %% id="finish"
await lab.finish()
