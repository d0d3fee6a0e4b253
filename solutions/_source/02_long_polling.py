# %% [markdown] id="title"
# # 02 · Long polling: exercises
#
# Write your answer where it says `YOUR CODE HERE`, run the cell with Shift+Enter, then run the cell
# with `check` below it. `checks.hint("2.1")` gives three hints, one at a time, and
# `checks.hint("2.1", 1)` shows the first one again.
#
# If your time is short, do the exercises marked *Core*. The others are for practice.
#
# Your code is graded in a process of its own, on a clock that the grader moves: there, an hour
# passes at once. Wait with `asyncio.sleep` and asyncio's timeouts, never with `time.sleep`.

# %% id="start"
import asyncio
import collections
import contextlib
import gc
import itertools
import json
import math

from course_lib import lab
from course_lib.lab import checks, compare, metrics, proxy
from course_lib.lab.apps import long_polling
from course_lib.lab.checks import check
from course_lib.lab.grading.playing import play
from course_lib.net import http_client, http_server, mailbox
from course_lib.wire.http import http11

lab.start()


def mark(right):
    return "✔" if right else "✘"


# %% [markdown] id="hold" exercise="2.1" role="prompt"
# ## 2.1 · Hold the answer, for everybody
#
# Core, 15 minutes. Prepared by
# [Hold the answer](../notebooks/02_long_polling.ipynb#1-·-Hold-the-answer).
#
# The lesson's small mailbox forgets all waiting readers but one. Write one that does not: a class
# `Mailbox` with two methods.
#
# * `put(message)`, a plain `def`, appends a message to the log. Messages are numbered 1, 2, 3 and
#   so on.
# * `await take(cursor, hold)` returns `(messages, cursor)`: a list of all messages after this
#   cursor, and the number of the newest message. When there are none it waits for one, for at most
#   `hold` seconds, and then answers `([], cursor)`. Any number of readers may wait, each with a
#   hold of their own.
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
# The lesson's chat server now stands on your mailbox, in the simulator. Three clients of the
# library wait, and a fourth one speaks after 4 seconds. Two of them read two messages that came
# meanwhile, and wait again: the first until its hold is over, the second until two messages come,
# 3 seconds later. Each line begins with ✔ when the right messages came at the right time.


# %% id="hold-wire" exercise="2.1" role="wire"
class YourMailbox(mailbox.Mailbox):
    def __init__(self, yours):
        super().__init__()
        self.yours = yours

    def put(self, message):
        self.yours.put(message)
        return super().put(message)

    async def take(self, cursor, hold=0.0):
        messages, cursor = await self.yours.take(cursor, hold)
        return mailbox.Batch(messages, cursor, missed=0)


async def reads(client, wanted, when):
    texts, now = await client.poll(), asyncio.get_running_loop().time()
    right = texts == wanted and abs(now - when) < 0.01
    print(mark(right), f"{now:5.2f} s  {texts}", "" if right else f"  right: {wanted} at {when} s")


async def four_clients():
    async with long_polling.Server(hold=10) as server, contextlib.AsyncExitStack() as stack:
        server.mailbox = YourMailbox(Mailbox())
        clients = [long_polling.Client(server.url) for _ in range(4)]
        for client in clients:
            await stack.enter_async_context(client)
        *readers, speaker = clients
        waiting = [asyncio.create_task(reads(reader, ["안녕 👋"], 4)) for reader in readers]
        await asyncio.sleep(4)
        await speaker.say("안녕 👋")
        await asyncio.gather(*waiting)
        for text in ("one", "two"):
            await speaker.say(text)
        now = asyncio.get_running_loop().time()
        for reader in readers[:2]:
            await reads(reader, ["one", "two"], now)
        waiting = [asyncio.create_task(reads(readers[0], [], now + 10))]
        await asyncio.sleep(7)
        waiting.append(asyncio.create_task(reads(readers[1], ["three", "four"], now + 13)))
        await asyncio.sleep(6)
        for text in ("three", "four"):
            server.post(text)
        await asyncio.gather(*waiting)


play(four_clients)

# %% [markdown] id="loop" exercise="2.2" role="prompt"
# ## 2.2 · The client's loop
#
# Core, 15 minutes. Prepared by
# [Break it: a lost answer](../notebooks/02_long_polling.ipynb#3-·-Break-it:-a-lost-answer).
#
# Write `await follow(server)`. It reads a chat from the beginning (cursor 0), and returns the list
# of all its messages when the chat is over. It asks with `await server.ask(cursor)`, and there are
# three answers:
#
# * `(new_cursor, body)`: the cursor came in the head, and is the number of messages so far; the
#   body is a JSON list of messages, in bytes. It may be an empty list. **The link may have broken
#   in the middle of the body**: then it ends somewhere, and the whole answer has failed.
# * `ConnectionError`: not even the head arrived, or nobody is there.
# * `EOFError`: the chat is over. Return the list.
#
# After a whole answer `follow` asks again at once. A request that failed is sent again, with the
# same cursor. The server may be away for minutes, and come back at any moment: while it is away
# `follow` asks at most 30 times a minute (every 2 seconds, say), and once in 10 seconds at least.
# Two people may say the same: both messages belong in the list.
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
# Your loop reads from a web server of the library, through a link that ends the connection after so
# many bytes of an answer: none, one, two, and so on. `ask` gives you what arrived. The network is
# simulated. A line begins with ✔ when every message came once, when the cursors were right (0, 1
# and 3, as often as it takes, and 4 at the end), and when the request after the first answer came
# at once. The cell after it counts your requests to a server that ends each of them, for a
# minute.


# %% id="loop-wire" exercise="2.2" role="wire"
MESSAGES = {1: ["one"], 12: ["안녕 [two]", "one"], 23: ["three"]}  # two people say "one"
ALL = [text for texts in MESSAGES.values() for text in texts]


class Chat:
    def __init__(self, port):
        self.port, self.asked, self.cursors = port, [], []

    async def ask(self, cursor):
        self.asked.append(asyncio.get_running_loop().time())
        self.cursors.append(cursor)
        if cursor == len(ALL) or len(self.asked) > 99:
            raise EOFError("the chat is over")
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        request = f"GET /?since={cursor} HTTP/1.1\r\nHost: chat\r\nConnection: close\r\n\r\n"
        writer.write(request.encode())
        answer = await reader.read()  # until the connection ends
        writer.close()
        head, whole, body = answer.partition(b"\r\n\r\n")
        if not whole:
            raise ConnectionError("the connection ended before the head did")
        return int(head.partition(b"Cursor: ")[2].partition(b"\r\n")[0]), body


# %% id="loop-wire-run" exercise="2.2" role="wire"
async def chat_cut_at(byte):
    log, loop = mailbox.Mailbox(), asyncio.get_running_loop()

    async def answer(request):
        batch = await log.take(int(request.query["since"]), hold=10)
        body = json.dumps(batch.messages, ensure_ascii=False).encode()
        return http11.Response(200, {"Cursor": str(batch.cursor)}, body)

    async with http_server.serve(answer) as server, proxy.Proxy(server.url, rtt=0.050) as link:
        for second, texts in MESSAGES.items():
            loop.call_later(second, lambda texts=texts: [log.put(text) for text in texts])
        loop.call_later(11.5, lambda: link.cut_after(byte, direction="down", how="fin"))
        chat = Chat(link.port)
        return await follow(chat), chat.cursors, chat.asked[1:2]


for byte in range(100):
    ended = play(lambda byte=byte: chat_cut_at(byte), seconds=60)
    if ended is None:
        break
    texts, cursors, second = ended
    right = texts == ALL and cursors == sorted(cursors) and {*cursors} == {0, 1, 3, 4}
    late = [f"(the second time {now - 1:.1f} s after an answer)" for now in second if now > 1.2]
    if byte % 30 == 0 or late or not right:
        told = f"cut after {byte} bytes: {texts[:5]}, asked from"
        print(mark(right and not late), told, *cursors[:9], *late)
    if late or not right:
        break
else:
    print("✔ cut at 100 places: every message once, in order")


# %% id="loop-wire-away" exercise="2.2" role="wire"
async def nobody_for_a_minute():
    refusing = asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 4711)
    async with await refusing:
        chat = Chat(4711)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(follow(chat), 60)
        return [*chat.asked, 60.0]


if times := play(nobody_for_a_minute):
    requests = len(times) - 1
    longest = max(after - before for before, after in itertools.pairwise(times))
    print(mark(requests <= 30 and longest <= 10.5), requests, "requests to a server that", end="")
    print(f" ends each connection for a minute; the longest time between two was {longest:.1f} s")

# %% [markdown] id="gateway" exercise="2.3" role="prompt"
# ## 2.3 · Through an impatient proxy
#
# For practice, 10 minutes. Prepared by
# [A proxy with a time limit](../notebooks/02_long_polling.ipynb#4-·-A-proxy-with-a-time-limit).
#
# On the way to your server there are proxies. Each ends a request after some seconds, its
# patience, with a `504` of its own. Write two functions.
#
# `choose_hold(patiences)` gets the patience of every proxy on the way and returns for how many
# seconds the server holds a request. No request may end with a 504; the way there and back takes up
# to a second in all. And hold for at least half of the time that is possible, or it is short
# polling again.
#
# `understand(status, body, cursor)` reads an answer and returns `(texts, cursor, pause)`: a list of
# the messages in it, the cursor for the next request, and the seconds to wait before that. The body
# of a `200` is the messages in UTF-8, each with a newline (`"\n"`) after it; there may be none. A
# message may contain any other character, and is not empty. The cursor counts messages. After a
# `200` there is no pause. An answer with any other status brings no messages, and asks for a pause
# from 0.1 to 10 seconds.
#
# ```
# choose_hold([60.0, 30.0])                          ─▶  anything from 14.5 to 29
# understand(200, "점심\n먹자\n".encode(), 5)        ─▶  (["점심", "먹자"], 7, 0)
# understand(504, b"<h1>Gateway Timeout</h1>\n", 7)  ─▶  ([], 7, anything from 0.1 to 10)
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
    texts = body.decode().split("\n")[:-1]
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
# as you say; the proxy waits 10 seconds. Which statuses does your client see? The second line is
# the same client with a server that holds for 25 seconds. A line begins with ✔ when the message came
# once, and a pause after each failure and nowhere else; the first one also needs 200 as the only
# status, and at most 80 requests.


# %% id="gateway-wire" exercise="2.3" role="wire"
PASTED = "안녕\u2028👋 "  # with a line separator in it, which is no newline, and a space


def gateway_to(url, http):
    async def forward(request):
        try:
            return await http.get(url + request.target, timeout=10)
        except TimeoutError:
            return http11.Response(504, body=b"<h1>Gateway Timeout</h1>\n")

    return forward


async def five_minutes(hold):
    loop, statuses, seen, cursor = asyncio.get_running_loop(), collections.Counter(), [], 0
    paused = 0.0
    async with (
        long_polling.Server(hold=hold) as server,
        http_client.Client() as http,
        http_server.serve(gateway_to(server.url, http)) as front,
    ):
        loop.call_later(200, server.post, PASTED)
        while loop.time() < 300 and statuses.total() < 200:
            answer = await http.get(f"{front.url}/messages?since={cursor}")
            statuses[answer.status] += 1
            body = answer.body
            if answer.status == 200:
                body = "".join(f"{text}\n" for text in answer.json()["messages"]).encode()
            texts, cursor, pause = understand(answer.status, body, cursor)
            seen += texts
            paused += float(pause)
            await asyncio.sleep(pause)
    return statuses, seen, paused


# %% id="gateway-wire-run" exercise="2.3" role="wire"
async def your_hold():
    return await five_minutes(choose_hold([10.0]))


for name, story in (("your hold", your_hold), ("25 s", lambda: five_minutes(25.0))):
    if ended := play(story):
        statuses, seen, paused = ended
        failed = statuses.total() - statuses[200]
        good = seen == [PASTED] and 0.1 * failed <= paused + 0.01 <= 10 * failed + 0.02
        good = good and (name == "25 s" or (failed == 0 and statuses.total() <= 80))
        print(mark(good), f"{name}: {dict(statuses)}", end=", ")
        print(f"{paused:.0f} s of pauses, {len(seen)} messages", seen[:3])

# %% [markdown] id="leaving" exercise="2.4" role="prompt"
# ## 2.4 · A reader who has left
#
# For practice, 10 minutes. Prepared by
# [What it still costs](../notebooks/02_long_polling.ipynb#7-·-What-it-still-costs).
#
# A reader closes the tab. The server notices that the connection has ended, and **cancels** the
# waiting `take`. Write the class `CarefulMailbox`: `put` and `take` as in exercise 2.1, and two
# attributes that are right whenever the readers' tasks have run. It stands on its own: copy what
# you like from your `Mailbox`, but do not derive from it, so that neither answer changes with the
# other.
#
# * `waiters`: how many readers are waiting now;
# * `deliveries`: how many messages `take` has returned, all readers together.
#
# A cancelled `take` ends as cancelled. Its reader is no longer a waiter, and gets nothing
# delivered, not even when the message comes in the same moment, just before or just after. Of
# readers who have gone, in whatever way, the mailbox keeps nothing: no future, no task. It may
# serve thousands, for months.
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
# The lesson's chat server on your mailbox, in the simulator. Two clients of the library wait, one
# of them leaves, two messages come, and the one who left is back to read them. Each line begins
# with ✔ when both numbers are right. Then 100 readers come and leave, and the last line says what
# is left of them.


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


async def one_hangs_up():
    yours = CarefulMailbox()

    def look(moment, *wanted):
        seen = yours.waiters, yours.deliveries
        right = "" if seen == wanted else f"  right: {wanted}"
        print(mark(not right), f"{moment}: waiters, deliveries = {seen}{right}")

    async with long_polling.Server(hold=10) as server:
        server.mailbox = YourCarefulMailbox(yours)
        async with long_polling.Client(server.url) as mina, long_polling.Client(server.url) as joon:
            waiting, leaving = asyncio.create_task(mina.poll()), asyncio.create_task(joon.poll())
            await asyncio.sleep(1)
            look("two readers wait", 2, 0)
            leaving.cancel()
            await asyncio.sleep(1)
            look("one leaves", 1, 0)
            for text in ("안녕 👋", "점심?"):
                server.post(text)
            await asyncio.sleep(1)
            look("two messages are put", 0, 2)
            texts = waiting.result() if waiting.done() else "nothing"
            print(mark(texts == ["안녕 👋", "점심?"]), "the reader who stayed has", texts)
            waiting = asyncio.create_task(joon.poll())
            await asyncio.sleep(1)
            look("the other one comes back", 0, 4)


play(one_hangs_up)


# %% id="leaving-wire-many" exercise="2.4" role="wire"
def futures():
    gc.collect()
    return sum(type(thing) in (asyncio.Future, asyncio.Task) for thing in gc.get_objects())


async def hundred_leave():
    yours, cancelled, before = CarefulMailbox(), 0, futures()
    for _ in range(100):
        reader = asyncio.create_task(yours.take(0, hold=3600))
        await asyncio.sleep(0.01)
        reader.cancel()
        await asyncio.wait([reader])
        cancelled += reader.cancelled()
    kept = futures() - before
    print(mark(cancelled == 100), f"100 readers came and left, {cancelled} ended as cancelled")
    print(mark(kept < 10), kept if kept >= 10 else "none", "of their futures are still there")


play(hundred_leave)

# %% [markdown] id="predict" exercise="2.5" role="prompt"
# ## 2.5 · Predict long polling
#
# For practice, 15 minutes. Prepared by [Predict](../notebooks/02_long_polling.ipynb#5-·-Predict).
#
# Write `predict_hold(rtt, rate)`. One reader, long polling, a hold without end. The round-trip
# time is `rtt` seconds; messages come at random moments, `rate` of them a second. The lesson
# predicts the median. You predict two other numbers, and return `(slow, questions)`:
#
# * `slow`: the latency, in seconds, that nine of ten messages do not exceed;
# * `questions`: how many requests the reader sends for one message, on average (and not how many
#   messages one request brings).
#
# Both follow from one cycle of the lesson: how many messages it has, and which share $p$ of them
# falls into the gap. These fall anywhere in it, so their latencies go evenly from $RTT/2$ to
# $1.5\,RTT$. It is judged against the simulator, and may be some percent away from it.
#
# An example: `predict_hold(0.2, 0.01)` is about `(0.1, 1)`. At one message in a hundred seconds
# hardly one meets the gap, and each takes a request.

# %% id="predict-example"
print(f"0.5 messages in a round trip: {0.5 / (0.5 + math.exp(-0.5)):.0%} fall into the gap")


# %% id="predict-stub" exercise="2.5" role="stub"
def predict_hold(rtt, rate):
    ### BEGIN SOLUTION
    x = rate * rtt
    cycle = x + math.exp(-x)  # messages in one cycle, which is one request
    in_gap = x / cycle
    if in_gap <= 0.1:
        return rtt / 2, 1 / cycle
    return rtt / 2 + rtt * (in_gap - 0.1) / in_gap, 1 / cycle
    ### END SOLUTION


# %% id="predict-check" exercise="2.5" role="check"
check("2.5")
### BEGIN HIDDEN TESTS
check("2.5").credit()
### END HIDDEN TESTS

# %% [markdown] id="predict-wire-text"
# ### Your numbers on the wire
#
# The lesson's chat through the lab's link, with a round trip of 100 ms: few messages in the
# simulator, then many on real sockets. There the computer takes its part, too, and `slow` is a
# little longer.

# %% id="predict-wire" exercise="2.5" role="wire"
checks.answered("2.5")

rare, many = metrics.poisson(rate=5, count=1000, seed=3), metrics.poisson(40, count=200, seed=3)


async def one_reader(schedule):
    return await compare.measure(compare.long_polling(), schedule, rtt=0.1)


for schedule, run in ((rare, play(lambda: one_reader(rare))), (many, await one_reader(many))):
    print(f"{schedule.rate:2} a second: measured {run.percentile(90) * 1000:.0f} ms", end="")
    print(f" and {run.requests_per_message:.2f} requests")
    slow, questions = predict_hold(0.1, schedule.rate)
    print(f"            predicted {slow * 1000:.0f} ms and {questions:.2f} requests")

# %% id="progress"
checks.progress()

# %% id="finish"
await lab.finish()
