# %% [markdown] id="title"
# # p1 · Waiting without blocking
#
# *A waiter serves ten tables, alone, and nobody waits long. How?*
#
# By not standing beside your table while you read the menu. A chat server does the same: it has
# thousands of connections and one *thread*, one line of work that does one thing at a time. That is
# enough, because nearly all of the connections are silent nearly all of the time.
#
# **Objectives.** At the end you can
#
# * say which lines of a program stop everything, and which let others work;
# * start several things at once, and get their results;
# * set a timer and a time limit;
# * end work that nobody needs any more, and clean up after it.
#
# **Prerequisites.** Python functions. If you know `async` from JavaScript, good: the last section
# says what is different here. Run a cell with Shift+Enter.

# %% id="start"
import asyncio
import heapq
import itertools
import random
import time

from course_lib import lab
from course_lib.lab import bets, clock

lab.start()

# %% [markdown] id="two-ways"
# ## 1 · Two ways to wait
#
# What else happens in a program while it waits for a second?
#
# To see it, we need something else: a *ticker*, which counts as long as it is allowed to.

# %% id="ticker"
ticks = 0


async def ticker():
    global ticks
    while True:
        await asyncio.sleep(0.01)
        ticks += 1


ticking = asyncio.create_task(ticker())

# %% [markdown] id="bet-text"
# ### Your bet
#
# Two functions wait for a second: `asyncio.sleep` and `time.sleep`. What does the ticker do
# meanwhile?

# %% id="bet"
my_bet = bets.bet(
    "During which of the two does the ticker count?",
    choices=["both", "asyncio.sleep", "time.sleep", "neither"],
)
my_bet


# %% id="demonstration"
def counted():
    return "many" if ticks > 5 else ticks


ticks = 0
await asyncio.sleep(1)
print("asyncio.sleep(1):", counted(), "ticks")

ticks = 0
time.sleep(1)
print("time.sleep(1):   ", counted(), "ticks")
assert ticks == 0
my_bet.reveal("asyncio.sleep")

# %% [markdown] id="two-ways-text"
# *This is the demonstration of this primer: one sleeper stops everybody.* During `time.sleep` not
# a single tick. The ticker did nothing wrong. It was not asked.
#
# `await asyncio.sleep(1)` says: *wake me in a second, and until then others may work.* That is
# **waiting**. `time.sleep(1)` keeps the only thread and does nothing with it. That is **blocking**.
# A long calculation blocks, too:

# %% id="two-ways-busy"
ticks = 0
sum(range(10_000_000))
print("a long calculation:", counted(), "ticks")

# %% [markdown] id="pause"
# ## 2 · A function that can pause
#
# How can a function stop in the middle, and continue later?
#
# A function with `async def` can. What you get when you call it is called a **coroutine**.


# %% id="pause-call"
async def greet():
    print("  greet begins")
    await asyncio.sleep(0.1)
    print("  greet goes on")
    return "안녕"


print("call it")
waiting = greet()
print("it is a", type(waiting).__name__)
print("await it")
print("it gave", await waiting)

# %% [markdown] id="pause-text"
# The call ran nothing, not even the first line. Only `await` did. So a forgotten `await` is a
# program that does nothing, and the first thing to look for when nothing happens.
#
# What wakes the function up again? A loop that knows which function sleeps until when. It is called
# the **event loop**, and it is shorter than you think. Here is one. First, what `await` hands to it: a
# wish, with `yield`, at which the function stops.


# %% id="small-pause"
class Pause:
    def __init__(self, seconds):
        self.seconds = seconds

    def __await__(self):
        yield self.seconds  # to the loop: wake me in this many seconds


# %% id="small-loop"
def small_loop(*coroutines):
    order = itertools.count()  # when two wake up together, the first comes first
    sleepers = [(0.0, next(order), coroutine) for coroutine in coroutines]
    while sleepers:
        now, _, coroutine = heapq.heappop(sleepers)  # the one that is due next
        try:
            seconds = coroutine.send(None)  # it runs to its next yield
        except StopIteration:
            continue  # it ran to its end
        heapq.heappush(sleepers, (now + seconds, next(order), coroutine))


# %% [markdown] id="small-loop-text"
# `heappop` takes the smallest out of a list, here the coroutine with the earliest time, and
# `heappush` puts one in. Two guests, one waiter. Say in which order the lines appear. Then run it.


# %% id="small-guests"
async def guest(name, reading, eating):
    print(name, "gets the menu")
    await Pause(reading)
    print(name, "orders")
    await Pause(eating)
    print(name, "pays")


small_loop(guest("Mina", 3, 4), guest("Joon", 1, 5))

# %% [markdown] id="small-agree-text"
# Your loop does not even wait. It jumps to the next moment at which something happens. The lab has
# a **simulator** that does the same with real programs, and you will use it often.
#
# Is the small loop right? Give both the same random guests, and compare who did what when.


# %% id="small-random"
async def random_guest(name, chance, sleep, diary):
    for step in range(4):
        await sleep(chance.random())
        diary.append((name, step))


async def real_loop(*coroutines):
    await asyncio.gather(*coroutines)


# %% id="small-agree"
def evening(seed, sleep, diary):
    chances = [random.Random(f"{seed} {n}") for n in range(5)]
    return [random_guest(n, chances[n], sleep, diary) for n in range(5)]


for seed in range(200):
    ours, theirs = [], []
    small_loop(*evening(seed, Pause, ours))
    clock.simulate(real_loop(*evening(seed, asyncio.sleep, theirs)))
    assert ours == theirs
print("200 random evenings: the same order")

# %% [markdown] id="together"
# ## 3 · Several things at once
#
# The answers to three questions take one, two and three seconds. How long do you wait for all three?
#
# That depends on when you ask. (`simulate` runs a coroutine in the simulator, on a clock of its own
# that begins at 0.)


# %% id="together-ways"
async def ask(seconds):
    await asyncio.sleep(seconds)
    return f"answer after {seconds} s"


async def one_by_one():
    return [await ask(seconds) for seconds in (3, 1, 2)]


async def at_once():
    return await asyncio.gather(ask(3), ask(1), ask(2))


# %% id="together-timed"
async def timed(way):
    answers = await way()
    print(f"{way.__name__:10} {asyncio.get_running_loop().time():.0f} s  {answers}")


for way in one_by_one, at_once:
    clock.simulate(timed(way))

# %% [markdown] id="together-text"
# `gather` starts all of them and waits for the last. The answers come in the order of the
# questions, not in the order of their arrival.
#
# Below `gather` there is a **task**: a coroutine that the loop runs, while you go on. You start one
# with `create_task`. Keep what it returns: the loop does not keep a task alive, so a task that nobody
# keeps can vanish before it is done.


# %% id="together-task"
async def with_a_task():
    task = asyncio.create_task(ask(2))
    print("started; done:", task.done())
    await asyncio.sleep(3)  # or any other work
    print("three seconds later; done:", task.done())
    print("awaited:", await task)


clock.simulate(with_a_task())

# %% [markdown] id="together-rule"
# A task that nobody awaits can fail without anybody noticing. So each task has an owner, which awaits
# it or ends it. The lab helps: an error in such a task appears in the cell that started it.
#
# ### Break it: what changes while you wait
#
# Three people pay 10 each into the same box. How much is in the box?

# %% id="together-race"
box = 0


async def pay(amount):
    global box
    found = box  # look into the box
    await asyncio.sleep(0.1)  # ask the bank
    box = found + amount  # write down the new sum


await asyncio.gather(pay(10), pay(10), pay(10))
print("in the box:", box)

# %% [markdown] id="together-race-text"
# Everybody looked before anybody wrote. **Between two `await`s nobody else runs. At an `await`
# everything may change.** Whatever you read before it, read it again after it.
#
# (Does each `await` let others run? Only if something inside it really waits. Here is one that does
# not:)


# %% id="together-await"
async def ready():
    return "at once"


ticks = 0
for _ in range(100_000):
    await ready()
print("100,000 awaits of what is ready:", ticks, "ticks")
assert ticks == 0

# %% [markdown] id="together-race-repaired-text"
# So do not depend on it: an `await` *may* let others run. And the box? Look into it and write into it
# without an `await` in between.


# %% id="together-race-repaired"
async def pay(amount):
    global box
    await asyncio.sleep(0.1)
    box = box + amount  # read and write without an await between them


box = 0
await asyncio.gather(pay(10), pay(10), pay(10))
print("in the box:", box)

# %% [markdown] id="together-exercise"
# Now ask many at once, and lose no answer when one of them fails: exercise
# [p1.1](../exercises/p1_waiting_without_blocking.ipynb#p1.1-·-All-at-once,-in-order).

# %% [markdown] id="timers"
# ## 4 · Timers and limits
#
# A friend does not answer. How long do you wait?
#
# Networks fail in silence, so everything in this course that waits has a limit.


# %% id="timers-limit"
async def patient(seconds):
    try:
        async with asyncio.timeout(seconds):
            return await ask(2)
    except TimeoutError:
        return "no answer in time"


for seconds in 1, 3:
    print(f"waits {seconds} s:", clock.simulate(patient(seconds)))

# %% [markdown] id="timers-later-text"
# And a timer does something later, without anybody waiting for it. You can cancel it. `time()` is the
# loop's own clock; it starts anywhere, so only differences mean something.


# %% id="timers-later"
async def alarm():
    loop = asyncio.get_running_loop()
    started = loop.time()
    loop.call_later(2, lambda: print(f"{loop.time() - started:.0f} s: tea is ready"))
    forgotten = loop.call_later(3, print, "you never see this")
    await asyncio.sleep(2.5)
    forgotten.cancel()
    await asyncio.sleep(2.5)
    print(f"{loop.time() - started:.0f} s: the end")


clock.simulate(alarm())

# %% [markdown] id="cancel"
# ## 5 · Stop it
#
# Somebody closes the browser while the server works for them. How does the work end?
#
# It is **cancelled**: at the `await` where it waits, an exception appears, `CancelledError`. So a
# task can clean up, in `finally`, as with any exception.


# %% id="cancel-it"
async def serve(name):
    try:
        print(name, "takes a seat")
        await asyncio.sleep(100)
    finally:
        print(name, "gives the seat back")


task = asyncio.create_task(serve("Mina"))
await asyncio.sleep(0.1)
task.cancel()
await asyncio.wait([task])
print("cancelled:", task.cancelled())

# %% [markdown] id="cancel-swallow-text"
# A task may catch `CancelledError`. Then it was not cancelled. Here is somebody who does not go
# when the place closes:


# %% id="cancel-swallow"
def now():
    return f"{asyncio.get_running_loop().time():.0f} s:"


async def stubborn():
    for _ in range(3):
        try:
            await asyncio.sleep(10)
        except asyncio.CancelledError:
            print(now(), "cancelled, and I stay")


# %% id="cancel-close"
async def close_the_place():
    task = asyncio.create_task(stubborn())
    await asyncio.sleep(1)
    task.cancel()
    await asyncio.wait([task])
    print(now(), "closed; cancelled:", task.cancelled())


clock.simulate(close_the_place())

# %% [markdown] id="cancel-swallow-answer"
# So whoever catches it cleans up and **raises it again**. `asyncio.timeout` uses cancellation, too.
# A task that swallows it has no time limit.
#
# The ticker from the beginning is still at work. It ends when somebody says so:

# %% id="cancel-ticker"
ticking.cancel()
await asyncio.wait([ticking])
print("the ticker has ended:", ticking.done())

# %% [markdown] id="cancel-exercise"
# A limit, and nothing left over when it is reached: exercise
# [p1.2](../exercises/p1_waiting_without_blocking.ipynb#p1.2-·-A-deadline).

# %% [markdown] id="missing"
# ## What is still missing
#
# Here everybody waited for a clock. A server waits for bytes, and the loop asks the operating
# system which connection has some. For you nothing changes: `await connection.read()`. What the
# bytes are is primer p2.
#
# If you come from JavaScript:
#
# | JavaScript | Python |
# |---|---|
# | `await promise` always lets others run first | `await coroutine` does so only when something inside waits |
# | a promise can be awaited again and again | a coroutine once; a task again and again |
# | `f()` of an `async function` **starts at once** | `f()` **starts nothing**; `await f()` or `create_task(f())` does |
# | `Promise.all([f(), g()])` | `await asyncio.gather(f(), g())` |
# | `setTimeout(f, 2000)`, milliseconds | `loop.call_later(2, f)`, seconds |
# | a promise cannot be cancelled | a task can |
#
# **Summary**
#
# * One thread serves many, as long as nobody blocks it. An `await` that waits lets others work;
#   `time.sleep` and long calculations do not.
# * A coroutine runs when it is awaited or made a task. The event loop wakes the one that is due next.
# * `gather` runs several at once. What you read before an `await` may be old after it.
# * Everything that waits has a limit: `asyncio.timeout`.
# * Cancellation is an exception at an `await`. Clean up in `finally`, and let it through.
#
# **Ask next.** What does a server do with a calculation that takes a second? Why does this kernel
# let you write `await` outside of any function?

# %% id="glossary"
lab.glossary("p1")

# %% id="finish"
await lab.finish()
