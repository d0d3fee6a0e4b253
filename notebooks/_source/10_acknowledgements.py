# %% [markdown] id="title"
# # 10 · Acknowledgements
#
# *You have sent an order. Is somebody cooking?*
#
# **Objectives.** At the end you can
#
# * ask for an answer, in both directions, and say how it finds the one who has asked;
# * say what a missing answer tells you, and what it does not tell;
# * repeat a message until it was handled, so that it has its effect once;
# * collect the answers of several clients, and send to one that reads slowly.
#
# **Prerequisites.** Lesson 09: events, listeners, packets and their ids. Primer p1: tasks and time limits.

# %% id="start"
import asyncio
import functools
import itertools
import logging
import random

from course_lib import lab
from course_lib.errors import ConnectionClosed
from course_lib.lab import bets, browser_client, clock, plots, proxy, show
from course_lib.net import http_client, ws
from course_lib.socketio import Client, Server, acks
from course_lib.wire.http.http11 import Headers, Response
from course_lib.wire.socketio import packet
from course_lib.wire.socketio.packet import Packet, Type

lab.start()

# %% [markdown] id="request"
# ## 1 · A request
#
# Ada orders lunch: `emit("order", "kimbap")`. Here are three kitchens. One works, in one the listener has a mistake,
# and one listens for *oder*. What does Ada notice?


# %% id="kitchens"
def works(socket, cooked):
    socket.on("order", cooked.append)


def fails(socket, cooked):
    socket.on("order", lambda dish: dish / 2)


def listens_wrongly(socket, cooked):
    socket.on("oder", cooked.append)


# %% id="kitchens-order"
async def orders(kitchen, order):
    server, cooked = Server(on_error=lambda *_: None), []  # no log of its mistakes
    server.on("connection", lambda socket: kitchen(socket, cooked))
    async with server.listen() as port:
        async with Client(port.url, transports=["websocket"]) as ada:
            said = await order(ada)
            print(f"{kitchen.__name__:15} Ada: {said:25} cooked: {len(cooked)}")


async def emits(ada):
    ada.emit("order", "kimbap")
    await asyncio.sleep(5)
    return f"no error, {ada.buffered} bytes waiting"


for kitchen in (works, fails, listens_wrongly):
    clock.simulate(orders(kitchen, emits))

# %% [markdown] id="kitchens-text"
# Nothing, each time. TCP does acknowledge every byte: it has arrived in the memory of the other **system**. Whether a
# program has read it, has a listener for it, and has done the work, TCP does not know. *Delivered is not handled.*
# Only the one who did the work can say that it is done.
#
# So Ada asks for an answer. `emit_with_ack` waits for it, and `timeout(5)` says how long.


# %% id="kitchens-ask"
async def asks(ada):
    try:
        answer = await ada.timeout(5).emit_with_ack("order", "kimbap")
        return f"an answer: {answer}"
    except TimeoutError:
        return "no answer in five seconds"


for kitchen in (works, fails, listens_wrongly):
    clock.simulate(orders(kitchen, asks))

# %% [markdown] id="wire-text"
# An event that wants an answer is a **request**, and its answer is an **acknowledgement** (in short: *ack*). How do
# they look on the wire? Here Ada is a plain WebSocket (lesson 09). She asks the kitchen, and the kitchen asks her.


# %% id="wire"
def polite_kitchen(said):
    server = Server()

    @server.on("connection")
    def come(socket):
        socket.on("order", lambda dish: f"{dish} in ten minutes")
        socket.emit("hungry?", callback=said.append)

    return server


def knock(port):
    path = "/socket.io/?EIO=4&transport=websocket"
    return ws.connect(port.url.replace("http", "ws") + path)


# %% id="by-hand"
async def by_hand(server, *lines, answers=2):
    async with server.listen() as port, knock(port) as plain:
        for line in ("40", *lines):
            print("Ada:    ", line)
            await plain.send(line)
        while answers:
            if (message := await plain.recv())[:2] in ("42", "43"):
                print("kitchen:", message)
                answers -= 1


said = []
clock.simulate(
    by_hand(polite_kitchen(said), '420["order","kimbap"]', '430["yes, very"]')
)
print("what the kitchen's callback has heard:", said)

# %% [markdown] id="wire-said-text"
# The number after `42` is the **id** of the request. `43` with the same id is its answer, and nothing else in an
# answer says to which request it belongs. Each side numbers its own requests, from zero on. So there are two requests
# `0` here, one in each direction. An event without an id wants no answer.
#
# A page can do the same. Order in the one below, and answer what the kitchen asks. How long may you wait?

# %% id="page-source"
PAGE = """<!doctype html><meta charset=utf-8><title>Lunch</title>
<meta name=color-scheme content="light dark"><script src="/browser_client.js"></script>
<button id=order>Order kimbap</button> <button id=yes disabled>Answer: yes</button>
<pre id=log role=log aria-label="what happened"></pre>
<script>
const show = text => log.append(text + "\\n"), socket = io()
order.onclick = () => socket.timeout(5000).emit("order", "kimbap", (error, answer) =>
  show(error ? "no answer in time" : "the kitchen: " + answer))
socket.on("hungry?", answer => { show("the kitchen asks: hungry?"); yes.disabled = false
  yes.onclick = () => { answer("yes, from a page"); yes.disabled = true } })
</script>"""


# %% id="page" tags=["nbval-ignore-output"]
def page(request):
    kind = Headers([("Content-Type", "text/html; charset=utf-8")])
    return browser_client.answer(request) or Response(200, kind, PAGE.encode())


said.clear()
lunch = await polite_kitchen(said).listen(other=page)
async with http_client.Client() as http:
    assert "Order kimbap" in (await http.get(lunch.url)).text()
show.page(lunch.url, height=200, title="order lunch")

# %% [markdown] id="page-text"
# As long as the connection lives: the kitchen has set no limit. (`print(said)` shows what it has heard.) In JavaScript
# a listener gets a function as its last argument, and calls it whenever it wants. In Python the answer is what the
# listener returns.

# %% [markdown] id="answer"
# ## 2 · An answer
#
# A listener may return nothing, one value, or several. What becomes of it?

# %% id="values"
print("returned on the wire                         Ada gets")
for returned in (None, 5, 0, "", [2, 3], (2, 3), b"\x01"):
    values = acks.values(returned)
    text, *attached = packet.encode(Packet(Type.ACK, values, id=0))
    print(f"{returned!r:8} {text:35} {acks.value(values)!r}")

# %% [markdown] id="values-text"
# An answer is an **array** of values. A tuple is several. Anything else is one, also a list, `0` or an empty text. Only `None` is no value, and
# the answer is an empty array: *done, and there is nothing to say*. Bytes travel as in an event, as an
# attachment after the text (type `6` in place of `5`).
#
# ### Several listeners
#
# An event may have several listeners, and a request has **one** answer. Whose is it, and when? Guess each line.


# %% id="several"
def counts(): ...


def knows():
    return 42


async def later():
    await asyncio.sleep(2)
    return 7


def breaks():
    raise ValueError


# %% id="several-run"
async def who_answers(*listeners):
    server = Server(on_error=lambda *_: None)
    loop = asyncio.get_running_loop()
    async with server.listen() as port, Client(port.url) as ada:
        for listener in listeners:
            server.sockets.sockets[ada.id].on("ask", listener)
        try:
            answer = await ada.timeout(9).emit_with_ack("ask")
            return f"{answer!s:5} after {loop.time():.0f} s"
        except TimeoutError:
            return "no answer"


# %% id="several-groups"
groups = [(counts,), (counts, knows), (later, knows), (counts, later)]
groups += [(counts, counts), (breaks, later), (counts, breaks), (breaks,), ()]
for group in groups:
    names = ", ".join(listener.__name__ for listener in group)
    print(f"{names:15} {clock.simulate(who_answers(*group))}")

# %% [markdown] id="several-text"
# * The first value that is not `None` is the answer, at once.
# * If all have ended and there was no value, the answer is empty.
# * A listener that fails has ended, too, and has no value. If all of them fail, or if there is none, there is **no
#   answer**: nothing was done.
#
# While a listener waits, other requests come. In which order are these two answered?


# %% id="overtake"
def slow_kitchen():
    server = Server()

    @server.on("connection")
    def come(socket):
        @socket.on("cook")
        async def cook(dish, seconds):
            await asyncio.sleep(seconds)
            return dish

    return server


two = '427["cook","stew",9]', '428["cook","rice",1]'
clock.simulate(by_hand(slow_kitchen(), *two))

# %% [markdown] id="overtake-text"
# Rice is ready first. So a server has to remember, **for each event**, which id it came with (zero is one, too), how
# many of its listeners still run, whether one has returned, and whether it was answered. Write it in exercise
# [10.1](../exercises/10_acknowledgements.ipynb#10.1-·-Answer-a-request).

# %% [markdown] id="pending"
# ## 3 · Requests that wait
#
# Now the side that has asked. Two requests are under way, and their answers come in any order. So it keeps a
# **table**: under each id, whoever waits for it. Here it is a dict of futures, with a plain WebSocket.


# %% id="small"
async def ask(plain, table, id, *event):
    table[id] = asyncio.get_running_loop().create_future()
    [text] = packet.encode(Packet(Type.EVENT, [*event], id=id))
    await plain.send("4" + text)
    return await table[id]


async def read(plain, table):
    while True:
        found = packet.decode((await plain.recv())[1:])
        if found.type is Type.ACK:
            table.pop(found.id).set_result(found.data)


# %% id="small-run"
async def two_requests():
    table = {}
    async with slow_kitchen().listen() as port, knock(port) as plain:
        await plain.recv()
        await plain.send("40")
        reading = asyncio.create_task(read(plain, table))
        stew = ask(plain, table, 0, "cook", "stew", 9)
        rice = ask(plain, table, 1, "cook", "rice", 1)
        print(await asyncio.gather(stew, rice), "in the table:", table)
        reading.cancel()


clock.simulate(two_requests())

# %% [markdown] id="small-text"
# Each has got its own answer, and the table is empty again. Three things are missing:
#
# * `table.pop(found.id)` fails for an id that is not there. A peer may send such an answer, by mistake or on purpose:
#   an answer that **nobody waits for has to be ignored**.
# * Perhaps no answer ever comes. That is section 4.
# * The connection may end. What becomes of those who wait then? There are three ways to ask:


# %% id="ends"
async def the_end():
    async with slow_kitchen().listen() as port:
        ada = await Client(port.url).connect()
        waiting = asyncio.create_task(ada.emit_with_ack("cook", "stew", 99))
        for name, one in (("callback", ada), ("callback, limit", ada.timeout(60))):
            noted = functools.partial(print, f"{name}:")
            one.emit("cook", "stew", 99, callback=noted)
        await asyncio.sleep(1)
        await ada.disconnect()
        try:
            await waiting
        except ConnectionClosed as error:
            print("emit_with_ack:", error)


clock.simulate(the_end())

# %% [markdown] id="ends-text"
# No answer can come any more, so those who wait are told **at once**, and not when their time is over. But the
# callback without a limit was never called: it has no argument for an error. (Socket.IO for JavaScript does the
# same.) So give your requests a time limit.

# %% [markdown] id="deadline"
# ## 4 · No answer in time
#
# A connection can also fall silent, without an end. Ada orders, with a limit of five seconds. In the first run the
# link goes silent just before her order, and in the second just before its answer. Can she tell which?


# %% id="silent"
async def silent(way):
    server, cooked = Server(), []
    server.on("connection", lambda socket: socket.on("order", cooked.append))
    async with server.listen() as port, proxy.Proxy(port, rtt=0.1) as link:
        ada = Client(link.url, transports=["websocket"])
        async with ada:
            link.cut_after(0, way, "silence")
            try:
                answer = await ada.timeout(5).emit_with_ack("order", "kimbap")
            except TimeoutError as error:
                answer = repr(error)
    lost = {"up": "the order", "down": "its answer"}[way]
    print(f"{lost:10} is lost   Ada: {answer}   cooked: {cooked}")


for way in ("up", "down"):
    clock.simulate(silent(way))

# %% [markdown] id="silent-text"
# She cannot. **A time-out says that no answer has come, and nothing else.** The order is lost, or its answer is, or
# the kitchen is slow, or its listener has failed. Perhaps it is cooked all the same.
#
# ### Too late
#
# If the kitchen is slow, its answer comes after all. By then Ada has asked for something else. Here is a table that
# gives each request the smallest id that is free, and one that counts. Who gets the late answer?


# %% id="late"
def story(next_id):
    table = {}
    table[first := next_id(table)] = "how much is stew?"
    del table[first]  # five seconds are over
    table[next_id(table)] = "how much is rice?"
    return table.pop(first, "(nobody waits: ignored)")  # the answer to the first one


def smallest_free(table):
    return next(id for id in itertools.count() if id not in table)


numbers = itertools.count()
print("the price of stew goes to:", story(smallest_free))
print("the price of stew goes to:", story(lambda table: next(numbers)))

# %% [markdown] id="late-text"
# With an id that is used again, Ada takes the price of stew for that of rice. So **count all requests, and never use
# an id twice** on a connection. Then a late answer finds nobody, and is ignored.
#
# A request leaves the table in three ways: its answer comes, its time is over, or the connection ends. Each request
# has its own deadline: the moment at which it was asked, plus its limit. (`None` is no limit.) Write this table in
# exercise [10.2](../exercises/10_acknowledgements.ipynb#10.2-·-The-table-of-requests).

# %% [markdown] id="twice"
# ## 5 · At least once
#
# No answer. Should Ada order again? If her order was lost, yes. If its answer was lost, somebody has cooked already.
#
# Let us count. In this kitchen each request is lost with the probability `loss`, and so is each answer. (A connection
# loses nothing while it lives, and what is under way when it breaks. Hundreds of breaks take long, so here the
# listener fails: before it cooks, as if the request were lost, or after it, as if the answer were. Ada sees the same:
# no answer in time.)


# %% id="lossy"
def lossy_kitchen(cooked, loss, remembers):
    server, chance, done = Server(on_error=lambda *_: None), random.Random(6), set()

    @server.on("connection")
    def come(socket):
        @socket.on("order")
        def order(number, dish):
            if chance.random() < loss:
                raise OSError("the request is lost")
            if not (remembers and number in done):
                cooked.append(dish)
                done.add(number)
            if chance.random() < loss:
                raise OSError("the answer is lost")

    return server


# %% id="lossy-ada"
async def lunch_for(people, loss, tries=1, remembers=False):
    """How many lunches are cooked."""
    cooked = []
    async with lossy_kitchen(cooked, loss, remembers).listen() as port:
        async with Client(port.url, transports=["websocket"]) as ada:
            for number in range(people):
                for _ in range(tries):
                    try:
                        await ada.timeout(1).emit_with_ack("order", number, "kimbap")
                        break
                    except TimeoutError:
                        continue
    return len(cooked)


# %% [markdown] id="bet-text"
# **Your bet.** Ada sends a hundred orders. Half of the requests are lost, and half of the answers. She repeats each
# order until it is answered. How many lunches are cooked?

# %% id="bet"
my_bet = bets.bet("A hundred orders: how many lunches?", unit="lunches")
my_bet

# %% id="demonstration"
LOSSES = [0, 0.125, 0.25, 0.375, 0.5]
WAYS = {
    "never repeats": {},
    "repeats": {"tries": 1000},
    "repeats, with an id": {"tries": 1000, "remembers": True},
}
cooked = {
    way: [clock.simulate(lunch_for(100, loss, **how)) for loss in LOSSES]
    for way, how in WAYS.items()
}
plots.effects(LOSSES, cooked, wanted=100, bet=(0.5, my_bet.value))

# %% id="demonstration-result"
my_bet.reveal(cooked["repeats"][LOSSES.index(0.5)])

# %% [markdown] id="demonstration-text"
# *This is the demonstration of this lesson.* Every request that arrives is cooked, and Ada hears of half of them. So
# on average she needs two that arrive for each order, and with another loss $1 / (1 - loss)$. The three lines are
# three promises:
#
# * **at most once**: send, and never repeat. Nothing comes twice, and something may be missing. This is `emit`;
# * **at least once**: repeat until it is acknowledged. Nothing is missing, and something may come twice;
# * **at least once, with deduplication**: each message has an id, and the receiver knows a repeat and does not do it
#   again. Each lunch is cooked **once**.
#
# What is the id? Not that of the packet: a repeat is a new request with a new number, and after a new connection
# these begin at zero again. It is an id of the **application**, made once for each message, and sent as an argument.
# (Two people may order the same dish, so the text is no id.)
#
# ### Four details
#
# 1. A repeat of what was **handled** is not handled, but it is acknowledged again. It came because the first
#    acknowledgement was lost, and the sender waits for another one.
# 2. A repeat may come while the message is still **being handled**. It is too early for an acknowledgement. If the
#    handling fails, the id is forgotten, and a repeat is handled as a new message.
# 3. With two messages under way the order may change: the first is lost, the second is handled, and then the first is
#    repeated. So a sender has **one under way** at a time, and the others wait. Only an acknowledgement with its id
#    counts. (One of the message before may come late, because repeats are acknowledged, too.)
# 4. A listener may have a mistake and never answer. So a sender repeats a certain number of times, then says that the
#    message has **failed**, and sends the next one.
#
# Write both sides, and let them run on sockets: exercise
# [10.3](../exercises/10_acknowledgements.ipynb#10.3-·-At-least-once). (Lesson 14 has an option for the sender's part,
# `retries`.)

# %% [markdown] id="collect"
# ## 6 · Several answers
#
# Who wants lunch? The kitchen asks three clients. Ada answers, Kim leaves, and Lee sleeps. With `asyncio.gather` all
# requests run at once. What does it give?


# %% id="people"
async def with_people(vote):
    server, loop = Server(), asyncio.get_running_loop()
    async with server.listen() as port:
        names = "Ada", "Kim", "Lee"
        ada, kim, lee = (Client(port.url, auth={"name": name}) for name in names)
        ada.on("lunch?", lambda: "kimbap")
        async with ada, kim, lee:
            loop.call_later(2, kim.leave)
            result = await vote(list(server.sockets.sockets.values()))
            print(f"{loop.time():.0f} s: {result}")


# %% id="gathered"
async def gathered(sockets):
    asked = [socket.timeout(5).emit_with_ack("lunch?") for socket in sockets]
    try:
        return await asyncio.gather(*asked)
    except (TimeoutError, ConnectionClosed) as error:
        return repr(error)


clock.simulate(with_people(gathered))

# %% [markdown] id="people-text"
# Kim has left, and Ada's answer is lost, too. What an application wants is *the answers that have
# come until the deadline, and who is missing*. Whoever has left is missing, and nobody waits for them any more.
#
# So put what happens into **one queue**: an answer, or that a client has left.


# %% id="queue"
def ask_all(sockets, events):
    for socket in sockets:
        name = socket.handshake.auth["name"]

        def answered(value, name=name):
            events.put_nowait(("answer", name, value))

        def left(*_, name=name):
            events.put_nowait(("left", name, None))

        socket.on("disconnect", left)
        socket.emit("lunch?", callback=answered)


# %% id="queue-run"
async def until_a_deadline(sockets):
    events, loop = asyncio.Queue(), asyncio.get_running_loop()
    ask_all(sockets, events)
    try:
        async with asyncio.timeout(5):
            while True:
                event = await events.get()
                print(f"{loop.time():.0f} s: {event}")
    except TimeoutError:
        return "the deadline"


clock.simulate(with_people(until_a_deadline))

# %% [markdown] id="queue-text"
# There is **one** deadline for all, counted from the call. The loop may end sooner, when it waits for nobody any
# more: a set of clients says when. The first answer of each client counts, and one who was not asked does not count.
# Write this loop in exercise
# [10.4](../exercises/10_acknowledgements.ipynb#10.4-·-Collect-answers). (The article has a line for it, `io.timeout(5000).emit(…)`: lesson 11.)

# %% [markdown] id="waits"
# ## 7 · Listeners that wait
#
# A listener with `async def` may wait, for a database or for another service. Here are three orders. The first takes
# three seconds, the second one, the third two. When does each listener start and end?


# %% id="waits-run"
async def cook_aloud(dish, seconds):
    loop = asyncio.get_running_loop()
    print(f"  {loop.time():.0f} s: {dish} starts")
    await asyncio.sleep(seconds)
    print(f"  {loop.time():.0f} s: {dish} ends")


async def three_orders(ordered):
    server = Server(ordered=ordered)
    server.on("connection", lambda socket: socket.on("cook", cook_aloud))
    async with server.listen() as port, Client(port.url) as ada:
        for dish, seconds in (("stew", 3), ("rice", 1), ("soup", 2)):
            ada.emit("cook", dish, seconds)
        await asyncio.sleep(9)


for ordered in (False, True):
    print("ordered:", ordered)
    clock.simulate(three_orders(ordered))

# %% [markdown] id="waits-text"
# Listeners **start** in the order of their events, always. (A `def` has ended before the next event is looked at.)
# With `ordered=True` an event also waits until the listeners of the one before it have **ended**. This is easier to
# think about, but one slow order delays all that come after it from the same client.
#
# Now a trap. The kitchen asks back, **within** its listener: `await socket.emit_with_ack("which side?")`. Ada's
# answer comes on the same connection. Who reads it? Here is a small reader that awaits its listener, or starts a task
# for it.


# %% id="trap-reader"
async def reader(incoming, listener, in_a_task):
    answers, tasks = asyncio.Queue(), []
    for kind, text in incoming:
        if kind == "answer":
            answers.put_nowait(text)
        elif in_a_task:
            tasks.append(asyncio.create_task(listener(text, answers)))
        else:
            await listener(text, answers)
    return await asyncio.gather(*tasks)


async def asks_back(dish, answers):
    return f"{dish} with {await answers.get()}"


# %% id="trap-run"
incoming = [("event", "kimbap"), ("answer", "kimchi")]
print(clock.simulate(reader(incoming, asks_back, in_a_task=True)))
try:
    clock.simulate(reader(incoming, asks_back, in_a_task=False))
except clock.Deadlock as error:
    print("Deadlock:", str(error).splitlines()[0])

# %% [markdown] id="trap-text"
# The listener waits for the answer, and the only one who could read the answer waits for the listener: a
# **deadlock**. So in the library **the reader never waits for a listener**. Answers, pongs and the end of the
# connection are taken at once, and only events may wait for their turn. So this works even with `ordered=True`:


# %% id="asks-back"
async def asks_its_client():
    server = Server(ordered=True)

    @server.on("connection")
    def come(socket):
        @socket.on("order")
        async def order(dish):
            return f"{dish} with {await socket.emit_with_ack('which side?')}"

    async with server.listen() as port, Client(port.url) as ada:
        ada.on("which side?", lambda: "kimchi")
        return await ada.emit_with_ack("order", "kimbap")


clock.simulate(asks_its_client())

# %% [markdown] id="slow"
# ## 8 · A slow client
#
# An answer also says *I am ready for more*. Without one a sender does not see how slow its reader is (lesson 05).
# Here a server sends a price ten times a second, for thirty seconds, and the link of its client takes half of that.
# Guess for each way: how many prices are heard, and how old is the oldest when it comes?


# %% id="slow-ways"
logging.getLogger("course_lib.net.ws").addHandler(logging.NullHandler())  # no log


async def emit(socket, *price):
    socket.emit("price", *price)


async def volatile(socket, *price):
    socket.volatile.emit("price", *price)


async def drain(socket, *price):
    socket.emit("price", *price)
    await socket.drain()


async def acknowledged(socket, *price):
    await socket.emit_with_ack("price", *price)


# %% id="slow-feed"
async def prices(socket, send, held):
    for number in range(300):
        await send(socket, number, asyncio.get_running_loop().time(), "x" * 4000)
        held.append(socket.buffered)
        await asyncio.sleep(0.1)


async def feed(send, **overflow):
    server, loop = Server(max_unsent=100_000, **overflow), asyncio.get_running_loop()
    heard, held = [], []
    server.on("connection", lambda socket: prices(socket, send, held))
    async with server.listen() as port:
        client = Client(port.url, transports=["websocket"], reconnection=False)
        client.on("price", lambda n, at, _: heard.append((n, loop.time() - at)))
        async with client:
            await asyncio.wait([asyncio.create_task(client.wait())], timeout=30)
    return len(heard), heard[-1][0], max(age for _, age in heard), max(held)


# %% id="slow-run"
ways = [(emit, {"overflow": name}) for name in ("close", "drop_newest", "drop_oldest")]
ways += [(volatile, {}), (drain, {}), (acknowledged, {})]
print("                   heard  the last  the oldest   most held")
for send, given in ways:
    run = feed(send, **given)
    slowly = {"bandwidth": 20_000, "rtt": 0.1, "limit": 16_384}
    heard, last, age, held = clock.simulate(run, **slowly)
    name = ", ".join([send.__name__, *given.values()])
    print(f"{name:17} {heard:6} {last:9} {age:9.1f} s {held / 1000:8.0f} kB")

# %% [markdown] id="slow-text"
# * `emit` does not wait. `socket.buffered` says how many bytes the client has not taken yet. At about
#   `max_unsent`, the limit, the option `overflow` decides. With `"close"`, the default, the connection ends: nothing
#   is lost without notice. `"drop_oldest"` and `"drop_newest"` leave out events, and the client does not know which. (A
#   function may decide for each event.)
# * `volatile` drops an event while the buffer of the transport is full. It is for what is soon worthless, like the
#   position of a pointer.
# * `await socket.drain()` waits until the client has taken enough. Nothing is lost, because the **sender** is slower.
# * With an acknowledgement for each price there is one under way. The client hears half as many, and each is fresh: it
#   is made when the client is ready. In the other ways prices wait in buffers for seconds.
#
# There is no best way. A chat must not lose a line, and an old price is worth nothing.

# %% [markdown] id="emit"
# ## 9 · The article's lines
#
# The article's two lists have three lines that belong to this lesson, the same for server and client:
#
# ```
# // with acknowledgement
# socket.emit("question", (answer) => { … });
# // with timeout
# socket.timeout(5000).emit("my-event", (err) => { … });
# // a message that might be dropped if the low-level transport is not writable
# socket.volatile.emit(/* ... */);
# ```
#
# We run each from both sides: to one who answers, to one who has no listener, and over a link that is stuck for a
# while (it goes on after six seconds). What is the callback called with?


# %% id="lines"
LINES = {
    "emit": lambda one, f: one.emit("ask", callback=f),
    "timeout(5).emit": lambda one, f: one.timeout(5).emit("ask", callback=f),
    "volatile.emit": lambda one, f: one.volatile.emit("ask", callback=f),
}


# %% id="lines-between"
async def between(sender, receiver, link, emit, case):
    answers = []
    if case != "no listener":
        receiver.on("ask", lambda: "ok")
    link.conditions.stalled = case == "a stuck link"
    sender.emit("much", "x" * 900_000)
    await asyncio.sleep(1)
    emit(sender, lambda *values: answers.append(values))
    await asyncio.sleep(6)
    link.conditions.stalled = False
    await asyncio.sleep(6)
    return str(answers[0] if answers else "not called").replace("operation has ", "")


# %% id="lines-run"
async def line(emit, case, from_server):
    server = Server()
    async with server.listen() as port, proxy.Proxy(port) as link:
        async with Client(link.url, transports=["websocket"]) as ada:
            ends = [ada, server.sockets.sockets[ada.id]]
            return await between(*ends[:: -1 if from_server else 1], link, emit, case)


for name, emitted in LINES.items():
    for case in ("an answer", "no listener", "a stuck link"):
        both = [clock.simulate(line(emitted, case, side)) for side in (False, True)]
        assert both[0] == both[1]  # from the client and from the server
        print(f"{name:15} {case:12} {both[0]}")

# %% [markdown] id="lines-text"
# All three are **right**, on both sides. Over the stuck link `emit` is answered in the end, and the volatile event is
# gone. For the error the article writes: *the other side did not acknowledge the event in the given delay*. That is
# exact, and not the same as *did not get it*.

# %% id="close"
await lunch.close()

# %% [markdown] id="python-socketio" folded=true
# ## 10 · Appendix: the same with python-socketio
#
# `python-socketio` says `call`. Does it send the same bytes? Its client orders from our server, which asks back. The
# server writes down what comes, and our encoder writes the same packets once more.


# %% id="other-library"
import socketio


async def with_theirs(url):
    client = socketio.AsyncClient(handle_sigint=False)
    client.on("side?", lambda: ("kimchi", "radish"))
    await client.connect(url, transports=["websocket"])
    print("call:    ", await client.call("order", "kimbap", timeout=5))
    await client.emit("order", "rice", callback=lambda said: print("callback:", said))
    await asyncio.sleep(1)
    await client.disconnect()


# %% id="other-server"
messages = []


class Noting(packet.Decoder):
    def add(self, message):
        messages.append(message)
        return super().add(message)


class Parser(packet.Parser):
    def decoder(self):
        return Noting()


# %% id="other-compare"
async def from_our_server():
    server = Server(parser=Parser())

    @server.on("connection")
    def come(socket):
        @socket.on("order")
        async def order(dish):
            return f"{dish} with {', '.join(await socket.emit_with_ack('side?'))}"

    async with server.listen() as port:
        await with_theirs(port.url)


clock.simulate(from_our_server())
for message in messages:
    [ours] = packet.encode(packet.decode(message))
    print(f"{message:25} {'the same' if ours == message else ours}")

# %% [markdown] id="other-text"
# The same bytes. (Its ids begin at one, and ours at zero. Both are right: an answer has the id of its request.) The
# way to write it is different:
#
# | here | python-socketio |
# |---|---|
# | `await socket.timeout(5).emit_with_ack("order", "kimbap")` | `await sio.call("order", "kimbap", to=sid, timeout=5)`; without a limit it is one minute |
# | `socket.emit("order", "kimbap", callback=f)` | `await sio.emit("order", "kimbap", to=sid, callback=f)` |
# | `socket.timeout(5).emit(…, callback=f)`: `f(error, answer)` | there is none: `f` is not called |
# | the connection ends: `emit_with_ack` fails at once | `call` waits until its time is over |
# | `ordered=True`, and a listener may ask its client | `async_handlers=False`, and then `call` is refused |

# %% [markdown] id="missing"
# ## 11 · What is still missing
#
# You know when a message was handled, and you can make sure that it is. All this was between two. But a chat says one
# thing to many. So far a server goes through a list of all its sockets. It needs groups of them, with names:
# **rooms**. That is lesson 11.
#
# **Summary**
#
# * TCP says that bytes have arrived. Only an answer of the application says that they were handled.
# * An answer has the id of its request. Each side counts its own, and uses none twice. An answer that nobody waits
#   for is ignored.
# * The first value that is not `None` is the answer; a tuple is several. Without a listener, or if all fail, there is
#   none.
# * A time-out says that no answer has come. The work may be done all the same.
# * Whoever repeats needs an id of the application. The other side knows a repeat by it, and the effect comes once.
# * The reader never waits for a listener. A sender watches how much its reader takes.
#
# **Ask next.** How long does the kitchen have to remember ids, and where, if it is started anew? Ada's program may be
# started anew, too. How does she make ids that she has never used? And does Ada have to acknowledge the
# acknowledgement?

# %% id="glossary"
lab.glossary("10")

# %% id="finish"
await lab.finish()
