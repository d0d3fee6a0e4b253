# %% [markdown] id="title"
# # 10 · Acknowledgements: exercises
#
# Write your answer where it says `YOUR CODE HERE`, run the cell with Shift+Enter, then run the cell
# with `check` below it. `checks.hint("10.1")` gives three hints, one at a time, and
# `checks.hint("10.1", 1)` shows the first one again.
#
# If your time is short, do the exercises marked *Core*. The others are for practice.
#
# The classes of the first three exercises have no network and no clock: they are told what happens,
# and say what to do. At the end each of them works in the library.

# %% id="start"
import asyncio
import random

from course_lib import lab, socketio
from course_lib.errors import ConnectionClosed
from course_lib.lab import checks, clock, your_acks
from course_lib.lab.checks import check
from course_lib.lab.grading.playing import play
from course_lib.net import ws
from course_lib.socketio import endpoint

lab.start()

# %% [markdown] id="answers" exercise="10.1" role="prompt"
# ## 10.1 · Answer a request
#
# Core, 12 minutes. Prepared by
# [An answer](../notebooks/10_acknowledgements.ipynb#2-·-An-answer).
#
# Write a class `Answers`: it decides which event is answered, when, and with what. There is one for
# each socket. Its method `handle(event)` is told what happens, and returns a **list** of answers:
# mostly `[]`, and at times `[("ack", id, values)]`.
#
# | event | |
# |---|---|
# | `("event", number, id, listeners)` | an event came, and so many listeners begin their work. `number` is new for each event. `id` is the number in its packet, or `None` if it has none |
# | `("returned", number, value)` | a listener of the event with this number has returned a value |
# | `("failed", number)` | a listener of this event has raised an exception |
#
# * An event with an id gets one answer, which carries this id. An event without one gets none.
# * The answer is the first value that is not `None`, as soon as it is there. If all listeners have
#   ended, at least one has returned, and there was no such value, the answer has no values: `[]`.
# * If all listeners have failed, there is no answer.
# * `values` is a list. A **tuple** that a listener has returned is several values; anything else is
#   one value, also a list.
# * While a listener works, other events come. Each listener ends once, and there is at least one.
#
# ```
# ("event", 1, 12, 1)           ─▶  []
# ("event", 2, None, 1)         ─▶  []
# ("returned", 2, "점심")        ─▶  []
# ("returned", 1, ("점심", 7))   ─▶  [("ack", 12, ["점심", 7])]
# ```


# %% id="answers-stub" exercise="10.1" role="stub"
class Answers:
    def __init__(self):
        ### BEGIN SOLUTION
        self.open = {}
        ### END SOLUTION

    def handle(self, event):
        ### BEGIN SOLUTION
        kind, number, *given = event
        if kind == "event":
            id, listeners = given
            self.open[number] = {"id": id, "left": listeners, "returned": False}
            return []
        one = self.open[number]
        one["left"] -= 1
        value = given[0] if kind == "returned" else None
        one["returned"] = one["returned"] or kind == "returned"
        id, done = one["id"], one["left"] == 0
        if done:
            del self.open[number]
        if id is None or (value is None and not (done and one["returned"])):
            return []
        one["id"] = None  # it is answered now
        if value is None:
            return [("ack", id, [])]
        return [("ack", id, list(value) if isinstance(value, tuple) else [value])]
        ### END SOLUTION


# %% id="answers-check" exercise="10.1" role="check"
check("10.1")
### BEGIN HIDDEN TESTS
check("10.1").credit()
### END HIDDEN TESTS

# %% [markdown] id="answers-wire-text"
# ### Your code on the wire
#
# In the library's server your class decides about answers. (The library asks it only about events that
# have an id.) The client is a plain WebSocket: it writes its packets by hand, sends three requests and
# one event in the same moment, and prints what comes.


# %% id="answers-wire" exercise="10.1" role="wire"
checks.answered("10.1")


async def by_hand(url):
    loop = asyncio.get_running_loop()
    async with ws.connect(f"{url}/socket.io/?EIO=4&transport=websocket") as peer:
        for packet in ("40", '420["slow","안녕"]', '421["quick","🍜"]', '422["log"]', '42["log"]'):
            await peer.send(packet)
        began = loop.time()
        try:
            async with asyncio.timeout(10):
                async for said in peer:
                    if said.startswith("43"):
                        print(f"{loop.time() - began:4.1f} s  {said}")
        except TimeoutError:
            print("10.0 s  the client leaves")


async def conversation():
    io = socketio.Server()

    @io.on("connection")
    def connected(socket):
        @socket.on("slow")
        async def slow(text):
            await asyncio.sleep(3)
            return text + "!", 3

        socket.on("slow", lambda text: None)
        socket.on("quick", lambda text: [text, text])
        socket.on("log", lambda: None)

    async with io.listen() as address:
        await by_hand(address.url.replace("http:", "ws:"))


with checks.swap(endpoint, Answer=your_acks.answering(Answers)):
    play(conversation)

# %% [markdown] id="pending" exercise="10.2" role="prompt"
# ## 10.2 · The table of requests
#
# Core, 15 minutes. Prepared by
# [No answer in time](../notebooks/10_acknowledgements.ipynb#4-·-No-answer-in-time).
#
# Write a class `Pending`: the requests of one connection that have no answer yet.
# `handle(event, now)` is told what has happened and when, in seconds, and returns a **list** of what
# is to be done now. `waiting()` returns how many requests wait.
#
# | event | |
# |---|---|
# | `("ask", caller, timeout)` | somebody asks, and waits for at most `timeout` seconds; with `None` as long as the connection lives. `caller` is a text, another one for each request: it stands for whoever waits |
# | `("answer", id, values)` | an answer came, with this id and a list of values |
# | `("time",)` | time has passed; this comes often, but at no fixed moments |
# | `("closed",)` | the connection has ended |
#
# | to do | |
# |---|---|
# | `("send", caller, id)` | send this request, with an id that **you** choose |
# | `("give", caller, values)` | give the caller its answer |
# | `("fail", caller, "timeout")` | the caller waits no more: the time is over |
# | `("fail", caller, "closed")` | the same, because the connection has ended |
#
# * An id is a whole number, 0 or more, that no request of this connection has had before.
# * A request fails at the first `("time",)` at the moment of its deadline or after it. (No answer
#   comes between a deadline and this `("time",)`.)
# * Each caller gets one answer, or fails once. An answer that nobody waits for gives `[]`: it may
#   come too late, or a second time, or have an id that you have never used.
# * After `("closed",)` only `("time",)` comes.
#
# If several things are to be done, their order makes no difference.
#
# ```
# 10.0  ("ask", "ada 1", 5.0)      ─▶  [("send", "ada 1", 0)]
# 11.0  ("ask", "bob 1", None)     ─▶  [("send", "bob 1", 1)]
# 11.5  ("answer", 1, ["예", 3])   ─▶  [("give", "bob 1", ["예", 3])]
# 15.0  ("time",)                  ─▶  [("fail", "ada 1", "timeout")]
# ```


# %% id="pending-stub" exercise="10.2" role="stub"
class Pending:
    def __init__(self):
        ### BEGIN SOLUTION
        self.table, self.next_id = {}, 0
        ### END SOLUTION

    def waiting(self):
        ### BEGIN SOLUTION
        return len(self.table)
        ### END SOLUTION

    def handle(self, event, now):
        ### BEGIN SOLUTION
        match event:
            case ("ask", caller, timeout):
                id, self.next_id = self.next_id, self.next_id + 1
                self.table[id] = caller, None if timeout is None else now + timeout
                return [("send", caller, id)]
            case ("answer", id, values):
                caller, _ = self.table.pop(id, (None, None))
                return [] if caller is None else [("give", caller, values)]
            case ("time",):
                late = [id for id, (_, due) in self.table.items() if due is not None and due <= now]
                return [("fail", self.table.pop(id)[0], "timeout") for id in late]
            case ("closed",):
                callers = [caller for caller, _ in self.table.values()]
                self.table.clear()
                return [("fail", caller, "closed") for caller in callers]
        ### END SOLUTION


# %% id="pending-check" exercise="10.2" role="check"
check("10.2")
### BEGIN HIDDEN TESTS
check("10.2").credit()
### END HIDDEN TESTS

# %% [markdown] id="pending-wire-text"
# ### Your code on the wire
#
# In the library's client your table keeps the requests. (In a packet stands the library's own number;
# each belongs to one of your ids.) The server answers each after as many seconds as the request says:
# the second before the first, the third after its deadline, when the fourth waits already, and the fifth
# never. Then the client leaves.


# %% id="pending-wire" exercise="10.2" role="wire"
checks.answered("10.2")


async def ask(client, word, seconds, limit):
    loop = asyncio.get_running_loop()
    began = loop.time()
    try:
        said = await client.timeout(limit).emit_with_ack("after", seconds, word)
    except (TimeoutError, ConnectionClosed) as error:
        said = f"{type(error).__name__}: {error}"
    print(f"{word} asked, and after {loop.time() - began:.1f} s: {said}")


async def questions():
    io = socketio.Server()

    @io.on("connection")
    def connected(socket):
        @socket.on("after")
        async def after(seconds, word):
            await asyncio.sleep(seconds)
            return f"for {word} 🍀"

    async with (
        io.listen() as address,
        socketio.Client(address.url) as client,
        asyncio.TaskGroup() as tasks,
    ):
        asked = [(0, "하나", 4, 10), (0, "둘", 1, 10), (0, "셋", 3, 2)]
        for pause, *one in [*asked, (2.5, "넷", 1, 10), (0, "다섯", 1000, 900)]:
            await asyncio.sleep(pause)
            tasks.create_task(ask(client, *one))
        await asyncio.sleep(3)
        print("the client leaves")
        await client.disconnect()


with checks.swap(endpoint, Acks=your_acks.keeping(Pending)):
    play(questions, seconds=200)

# %% [markdown] id="twice" exercise="10.3" role="prompt"
# ## 10.3 · At least once
#
# For practice, 20 minutes. Prepared by
# [At least once](../notebooks/10_acknowledgements.ipynb#5-·-At-least-once).
#
# Packets and acknowledgements get lost: with a connection that breaks, for example. Write both ends of
# a line on which each message has its effect all the same, and once. Both have a method `handle`,
# which returns a **list** of what to do.
#
# `Sender(timeout, retries)` sends one message at a time. `handle(event, now)` is told the seconds, too.
#
# | event | | to do | |
# |---|---|---|---|
# | `("say", text)` | the application has a message | `("send", id, text)` | send a packet |
# | `("ack", id)` | an acknowledgement came | `("fail", text)` | this message has failed |
# | `("time",)` | time has passed | | |
#
# * A message is sent when those before it are acknowledged, or have failed. It has an id, a whole number
#   that you choose and that no other message of this sender has.
# * If no acknowledgement with this id comes, the packet is sent again: at the first `("time",)` at or
#   after the last time that it was sent + `timeout`. There are at most `retries` such repeats. The
#   next time that the timeout is over, the message has failed, and the next one is sent.
#
# `Receiver()` does not know the time: `handle(event)`. Handling a message takes a while, and more
# packets may come meanwhile.
#
# | event | | to do | |
# |---|---|---|---|
# | `("packet", id, text)` | a packet came | `("handle", id, text)` | begin to handle this message |
# | `("handled", id)` | this message had its effect | `("ack", id)` | send an acknowledgement |
# | `("failed", id)` | its handling raised an exception: no effect | | |
#
# * A message is acknowledged when it had its effect, and from then on each time that it comes. Its
#   effect comes once.
# * If its handling has failed, it is handled again when it comes again.
# * Packets may be lost, but they do not overtake each other. Ids come from one sender.
#
# ```
# Sender(2.0, 1)                                       Receiver()
# 10.0  ("say", "a")   ─▶  [("send", 1, "a")]          ("packet", 1, "a")   ─▶  [("handle", 1, "a")]
# 10.5  ("say", "b")   ─▶  []                          ("packet", 1, "a")   ─▶  []
# 12.0  ("time",)      ─▶  [("send", 1, "a")]          ("handled", 1)       ─▶  [("ack", 1)]
# 12.5  ("ack", 1)     ─▶  [("send", 2, "b")]          ("packet", 1, "a")   ─▶  [("ack", 1)]
# ```


# %% id="twice-stub" exercise="10.3" role="stub"
class Sender:
    def __init__(self, timeout, retries):
        ### BEGIN SOLUTION
        self.timeout, self.retries = timeout, retries
        self.waiting, self.text, self.id = [], None, 0
        ### END SOLUTION

    def handle(self, event, now):
        ### BEGIN SOLUTION
        did = []
        if event[0] == "say":
            self.waiting.append(event[1])
        elif event == ("ack", self.id):
            self.text = None
        elif event == ("time",) and self.text is not None and now >= self.until:
            if self.repeats < self.retries:
                self.repeats, self.until = self.repeats + 1, now + self.timeout
                return [("send", self.id, self.text)]
            did.append(("fail", self.text))
            self.text = None
        if self.text is None and self.waiting:
            self.text, self.id = self.waiting.pop(0), self.id + 1
            self.repeats, self.until = 0, now + self.timeout
            did.append(("send", self.id, self.text))
        return did
        ### END SOLUTION


class Receiver:
    def __init__(self):
        ### BEGIN SOLUTION
        self.states = {}
        ### END SOLUTION

    def handle(self, event):
        ### BEGIN SOLUTION
        kind, id, *text = event
        if kind == "packet":
            state = self.states.get(id)
            if state is None:
                self.states[id] = "handling"
                return [("handle", id, *text)]
            return [("ack", id)] if state == "handled" else []
        if kind == "failed":
            del self.states[id]
            return []
        self.states[id] = "handled"
        return [("ack", id)]
        ### END SOLUTION


# %% id="twice-check" exercise="10.3" role="check"
check("10.3")
### BEGIN HIDDEN TESTS
check("10.3").credit()
### END HIDDEN TESTS

# %% [markdown] id="twice-wire-text"
# ### Your code on the wire
#
# A pair of sockets, as in the lesson, with your classes at its ends. Ten orders are sent. One packet in
# three is lost, and one acknowledgement in three; and one time in three the handling fails. How many
# times is each order cooked? (In lesson 14 such a pair becomes an option of the client: `retries`.)


# %% id="twice-wire" exercise="10.3" role="wire"
checks.answered("10.3")


async def kitchen(seed):
    io, chance, cooked = socketio.Server(), random.Random(seed), []

    async def cook(order):
        await asyncio.sleep(chance.uniform(0, 2))
        if chance.random() < 1 / 3:
            raise RuntimeError("the pot has boiled over")
        cooked.append(order)

    @io.on("connection")
    def connected(socket):
        your_acks.receive(socket, Receiver(), cook, lambda: chance.random() < 1 / 3)

    async with io.listen() as address, socketio.Client(address.url) as client:
        sending = your_acks.Sending(client, Sender(1.0, 20))
        for number in range(10):
            sending.say(f"🍜 {number}")
        await asyncio.sleep(200)
    return cooked, sending.failed


for seed in range(4):
    cooked, failed = clock.simulate(kitchen(seed), rtt=0.8)
    mark = "✔" if cooked == [f"🍜 {number}" for number in range(10)] and not failed else "✘"
    print(mark, "cooked:", *cooked, "" if not failed else f"failed: {failed}")

# %% [markdown] id="collect" exercise="10.4" role="prompt"
# ## 10.4 · Collect answers
#
# For practice, 12 minutes. Prepared by
# [Several answers](../notebooks/10_acknowledgements.ipynb#6-·-Several-answers).
#
# A server has asked several clients at the same time. Write
# `async def collect(expected, answers, deadline)`, which waits for their answers:
#
# * `expected` is a list of the clients that were asked: texts, and no two are the same;
# * `answers` is an `asyncio.Queue`: `await answers.get()` waits for the next of these tuples:
#   `("answer", client, value)`, or `("left", client, None)` when a client's connection has ended;
# * `deadline` is in seconds, from the moment of the call.
#
# It returns two things, `(found, missing)`: a dict with the value of each client that has answered,
# and a list of those that have not, in the order of `expected`. It returns as soon as nobody is
# waited for any more: each client has answered or left, or the deadline is over.
#
# Only those in `expected` count, with their first answer. One that leaves **after** its answer has
# answered.
#
# ```
# expected ["ada", "bob"], deadline 5.0
# after 1 s  ("answer", "bob", 7)
# after 2 s  ("left", "ada", None)     ─▶  ({"bob": 7}, ["ada"])    at once
# ```


# %% id="collect-stub" exercise="10.4" role="stub"
async def collect(expected, answers, deadline):
    ### BEGIN SOLUTION
    waiting, found = set(expected), {}
    try:
        async with asyncio.timeout(deadline):
            while waiting:
                what, client, value = await answers.get()
                if client in waiting:
                    waiting.remove(client)
                    if what == "answer":
                        found[client] = value
    except TimeoutError:
        pass
    return found, [client for client in expected if client not in found]
    ### END SOLUTION


# %% id="collect-check" exercise="10.4" role="check"
check("10.4")
### BEGIN HIDDEN TESTS
check("10.4").credit()
### END HIDDEN TESTS

# %% [markdown] id="collect-wire-text"
# ### Your code on the wire
#
# Four clients are connected to the library's server, and it asks all of them twice: are you there?
# Ada answers after one second and Bob after two. Eve sleeps. Kim leaves in the first round. In the
# second round Eve has left, too: how long does it take?


# %% id="collect-wire" exercise="10.4" role="wire"
checks.answered("10.4")


async def rounds():
    io, sockets, loop = socketio.Server(), {}, asyncio.get_running_loop()

    @io.on("connection")
    def connected(socket):
        name = socket.handshake.auth["name"]
        sockets[name] = socket
        socket.on("disconnect", lambda *_: sockets.pop(name))

    async def ask_all():
        answers, began = asyncio.Queue(), loop.time()
        for name, socket in sockets.items():

            def tell(value, name=name):
                answers.put_nowait(("answer", name, value))

            socket.emit("there?", callback=tell)
            socket.on("disconnect", lambda *_, name=name: answers.put_nowait(("left", name, None)))
        print([*sockets], "are asked")
        found, missing = await collect([*sockets], answers, 5.0)
        print(f"after {loop.time() - began:.1f} s: {found}, missing: {missing}")

    async with io.listen() as address:
        clients = []
        for name, seconds in {"Ada": 1, "Bob": 2, "Eve": 1000, "Kim": 1000}.items():
            client = socketio.Client(address.url, auth={"name": name})
            client.on("there?", lambda seconds=seconds: asyncio.sleep(seconds, f"예, {seconds} s"))
            clients.append(await client.connect())
        asking = asyncio.create_task(ask_all())
        await asyncio.sleep(1.5)
        await clients[3].disconnect()
        await asking
        await clients[2].disconnect()
        await asyncio.sleep(0.1)
        await ask_all()
        for client in clients:
            await client.disconnect()


play(rounds, seconds=100)

# %% id="progress"
checks.progress()

# %% id="finish"
await lab.finish()
