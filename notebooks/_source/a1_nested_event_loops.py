# %% [markdown] id="title"
# # a1 · Nested event loops
#
# *`asyncio.run()` works in a program and fails in a notebook. On the web you find a repair of one
# line. Why does this course not use it?*
#
# This is an appendix. Nothing in the course needs it. Read it when you want to use asynchronous
# code in notebooks of your own.
#
# **Objectives.** At the end you can
#
# * explain why a notebook refuses `asyncio.run()`;
# * say what `nest_asyncio` does, what it solves, and what it breaks;
# * test such a claim, in a process of its own and with a time limit;
# * run asynchronous code from a function that cannot `await`, without patching anything.
#
# **Prerequisites.** Event loop, task and `await` (primer p1).

# %% id="start"
import asyncio
import contextlib
import os
import subprocess
import sys
import urllib.request

from jupyter_client import kernelspec, manager

from course_lib import lab
from course_lib.lab import loop
from course_lib.net import http_server
from course_lib.wire.http import http11

lab.start()

# %% [markdown] id="error"
# ## 1 · The error
#
# A library from the time before notebooks hides its asynchronous work in an ordinary function. Does
# it work here?


# %% id="error-fetch"
async def fetch():
    await asyncio.sleep(0.1)
    return "안녕"


def old_library():
    work = fetch()
    try:
        return asyncio.run(work)
    finally:
        work.close()


try:
    print(old_library())
except RuntimeError as error:
    print("RuntimeError:", error)

# %% [markdown] id="error-text"
# No. `asyncio.run` starts an event loop, and this kernel has one already. It runs your cells, and
# the servers of this course. Each loop knows only its own tasks and connections. So while an inner loop
# runs, everything of the outer loop stands still, until the inner one is done. asyncio refuses that: a
# thread has one *running* loop.
#
# Where you can, write `await`:

# %% id="error-await"
await fetch()

# %% [markdown] id="error-where"
# But `old_library` is an ordinary function. It cannot `await`, and perhaps it is not yours.

# %% [markdown] id="nest"
# ## 2 · What nest_asyncio does
#
# Its promise: `nest_asyncio.apply()`, and `asyncio.run` works everywhere. Is that true?
#
# We try it **in a process of its own**, because a patch cannot be taken back. What happens there
# does not touch this notebook.


# %% id="nest-process"
async def program(source):
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", source],
        env={**os.environ, "PYTHONUTF8": "1"},
        capture_output=True,
        encoding="utf-8",
        timeout=30,
    )
    for line in done.stderr.splitlines():
        if line.startswith("RuntimeError"):
            print(line.split(": <")[0])
    print(done.stdout.strip())


# %% id="nest-try"
OLD_LIBRARY = """
import asyncio, nest_asyncio

async def fetch():
    await asyncio.sleep(0.1)
    return "안녕"

async def cell():                # as in a notebook: a loop runs already
    PATCH
    print(asyncio.run(fetch()))

asyncio.run(cell())
"""

# %% id="nest-run"
for patch in "pass", "nest_asyncio.apply()":
    print(f"--- {patch}")
    await program(OLD_LIBRARY.replace("PATCH", patch))

# %% [markdown] id="nest-solves"
# It is true. That is what it **solves**: synchronous code that must call asynchronous code, inside
# a running loop, without a change to either. Many people needed exactly that.
#
# How does it do it? The outer loop is in the middle of a turn: it runs a task, the task runs
# `old_library`, and that calls `asyncio.run`. The patched `run` simply **turns the same loop once
# more, from inside**, until `fetch` is done:
#
# ```
# loop turns ▶ your cell ▶ old_library() ▶ asyncio.run() ▶ the same loop turns ▶ fetch
#                                                                              ▶ everybody else
# ```
#
# Look at the last line. Not only `fetch` goes on. Everybody does.

# %% [markdown] id="breaks"
# ## 3 · What it breaks
#
# What can go wrong when everybody goes on inside your function?
#
# ### What began last ends first
#
# Two guests ask at the same moment, one for a tenth of a second, one for a whole second. When is
# each of them done?


# %% id="breaks-nested"
async def nested(source, module="nest_asyncio"):
    begin = f"import asyncio, time, {module} as patch; patch.apply()"
    await program(f"{begin}\n{source}\nasyncio.run(main())")


# %% id="breaks-order"
ORDER = """
started = time.monotonic()

async def guest(name, seconds):
    asyncio.run(asyncio.sleep(seconds))      # hidden in some library
    print(name, "is done after", int(time.monotonic() - started), "s")

async def main():
    await asyncio.gather(guest("quick", 0.1), guest("slow", 1.0))
"""
await nested(ORDER)

# %% [markdown] id="breaks-order-text"
# The quick one waits for the slow one. Inside of its turn another turn began, and that one has to
# end first. In a server that begins a new turn inside the last one for each request, the first guest
# waits for all that came later.
#
# ### An ordinary function is interrupted
#
# In primer p1 you could rely on one thing: between two `await`s nobody else runs. Here is a
# function without any `await`. Three people pay 10 each.

# %% id="breaks-box"
PAY = """
box = 0

def pay(amount):                             # no await in here
    global box
    found = box
    asyncio.run(asyncio.sleep(0.1))          # hidden in some library
    box = found + amount
"""

# %% id="breaks-box-run"
BOX = (
    PAY
    + """
async def guest():
    pay(10)

async def main():
    await asyncio.gather(guest(), guest(), guest())
    print("in the box:", box)
"""
)
await nested(BOX)

# %% [markdown] id="breaks-box-text"
# Twenty are gone, and nothing in `pay` shows why.
#
# ### Cells that never answer
#
# *This is the demonstration of this appendix.* The menu item *Run All Cells* sends all cells to the
# kernel at once. They wait in a queue. One of them calls `asyncio.run` after
# `nest_asyncio.apply()`.
#
# **Your bet.** Four cells are sent. How many of them answer?

# %% id="bet"
my_bet = 4

# %% [markdown] id="measure-text"
# This is how it is measured. Each candidate gets a kernel of its own, in a process of its own. How
# can you know that a cell will *never* answer? You cannot. But when the cells have had their time,
# we send one more, the *latecomer*. If that answers, the kernel is alive and has time, and what was
# sent before it is lost.


# %% id="measure-kernel"
@contextlib.asynccontextmanager
async def a_kernel():
    mine = manager.AsyncKernelManager(
        kernel_name="python3",  # this very Python, whatever else is installed
        kernel_spec_manager=kernelspec.KernelSpecManager(kernel_dirs=[]),
    )
    await mine.start_kernel(stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    client = mine.client()
    try:
        client.start_channels()
        await client.wait_for_ready(timeout=30)
        yield client
    finally:
        client.stop_channels()
        await mine.shutdown_kernel(now=True)


# %% id="measure-answers"
async def answers(client, *cells):
    """Send the cells all at once; how many have answered in time?"""
    sent = {client.execute(cell) for cell in cells}
    count = 0
    try:
        async with asyncio.timeout(4):
            while count < len(cells):
                reply = await client.get_shell_msg()
                count += reply["parent_header"].get("msg_id") in sent
    except TimeoutError:
        pass
    return count


# %% id="measure-try"
async def attempt(prepare, wait):
    cells = ["import asyncio", f"{prepare}; {wait}", "1 + 1", "2 + 2"]
    async with a_kernel() as client:
        one_by_one = sum([await answers(client, cell) for cell in cells])
        queued = await answers(client, *cells)
        latecomer = await answers(client, "'here I am'")
    return one_by_one, queued, "yes" if latecomer else "no"


# %% id="measure-candidates"
nested_sleep = "asyncio.run(asyncio.sleep(0.1))"
candidates = {
    "await": ("pass", "await asyncio.sleep(0.1)"),
    "nest_asyncio": ("import nest_asyncio as n; n.apply()", nested_sleep),
    "nest_asyncio2": ("import nest_asyncio2 as n; n.apply()", nested_sleep),
    "lab.loop.run": ("from course_lib.lab import loop", "loop.run(asyncio.sleep(0.1))"),
}

# %% id="measure-run"
found = await asyncio.gather(*(attempt(*cells) for cells in candidates.values()))
print("of 4 cells answered:  one by one   queued   and the latecomer")
for name, (single, queued, latecomer) in zip(candidates, found, strict=True):
    print(f"{name:13} {single:18} {queued:8}   {latecomer}")
print("your bet:", my_bet)

# %% [markdown] id="measure-result"
# One by one, everything is well. That is how people try it, and so they recommend it. Queued, the
# cells after the nested loop are lost. They say nothing. They go on looking as if they were
# waiting.
#
# ### Why?
#
# A task carries a *context* with it, for instance where its `print` should go. A context can be
# used by one task at a time. In this kernel, waiting cells may have the same one. Here is the same
# thing without a kernel: two tasks, one context.

# %% id="why"
WHY = """
async def runs():
    asyncio.run(asyncio.sleep(0.1))

async def waits():
    print("the waiting task runs")

async def main():
    import contextvars
    loop, shared = asyncio.get_running_loop(), contextvars.copy_context()
    tasks = [loop.create_task(f(), context=shared) for f in (runs, waits)]
    done, lost = await asyncio.wait(tasks, timeout=1)
    print(len(done), "done,", len(lost), "lost")
"""
await nested(WHY)

# %% [markdown] id="why-text"
# The inner turn tries to run the waiting task. Its context is in use, by the very function that
# turns the loop. The attempt fails, and a task's step that failed to start is not tried again. The
# task waits without end.
#
# `nest_asyncio` is no longer maintained, and it met this only when kernels began to share
# contexts. Its successor, `nest_asyncio2`, has repaired it, as the table shows. And the other two
# problems?

# %% id="successor"
await nested(ORDER, "nest_asyncio2")
await nested(BOX, "nest_asyncio2")

# %% [markdown] id="successor-text"
# They are still there. They cannot be repaired, because they are what nesting *is*.

# %% [markdown] id="instead"
# ## 4 · What this course does instead
#
# How does an ordinary function get an asynchronous result?
#
# With a second loop, in a second thread. It is a whole loop of its own and no patch of the first.
# The function waits until the other thread has the result.


# %% id="instead-run"
def modern_library():
    return loop.run(fetch())


modern_library()

# %% [markdown] id="instead-price-text"
# This has a price as well, and you know it from primer p1: the function **blocks**. While it waits,
# this kernel's loop stands still, and with it each server that you started with `await`. So what
# it talks to must live on the other thread. That is what `lab.loop.in_thread` is for. Here,
# `urlopen` blocks the kernel and gets its answer all the same:


# %% id="instead-thread"
def handler(request):
    return http11.Response(200, body="안녕 from the other thread".encode())


with loop.in_thread(lambda: http_server.serve(handler)) as server:
    print(urllib.request.urlopen(server.url, timeout=10).read().decode())

# %% [markdown] id="missing"
# ## What is still missing
#
# Nothing, for this course: in cells it writes `await`, and the few places that cannot, such as the
# callback of a button, have a helper in `lab.loop`.
#
# **Summary**
#
# * A thread has one running event loop. In a notebook it is the kernel's. So `asyncio.run` refuses.
# * `nest_asyncio` turns that loop from inside a turn. This lets old code work unchanged.
# * The price: what began last ends first, ordinary functions are interrupted where nothing shows it,
#   and with this kernel the cells in the queue are lost.
# * In a cell, `await`. In an ordinary function, another loop in another thread.
# * A claim about a kernel is tried in a kernel of its own, with a time limit, next to a candidate
#   that must work.
#
# **Ask next.** Why does a second thread not have the problem of contexts? What would `pay` need so
# that it is right in two threads?

# %% id="glossary"
lab.glossary("a1")

# %% id="finish"
await lab.finish()
