# %% [markdown] id="title"
# # p1 · Waiting without blocking: exercises
#
# Write your answer where it says `YOUR CODE HERE`, run the cell with Shift+Enter, then run the cell
# with `check` below it. It says what is wrong. `checks.hint("p1.1")` gives three hints, one at a
# time, and `checks.hint("p1.1", 1)` shows the first one again.
#
# Your code is graded in a process of its own, on a clock that the grader moves: an hour passes at
# once. It has the standard library and what your cells define, and nothing else of this notebook.

# %% id="start"
import asyncio
import time

from course_lib import lab
from course_lib.lab import checks
from course_lib.lab.checks import check
from course_lib.net import http_client, http_server
from course_lib.wire.http import http11

lab.start()

# %% [markdown] id="together" exercise="p1.1" role="prompt"
# ## p1.1 · All at once, in order
#
# For practice, 7 minutes. Prepared by
# [Several things at once](../notebooks/p1_waiting_without_blocking.ipynb#3-·-Several-things-at-once).
#
# A page asks many servers. One of them is slow, and one is broken.
#
# Write `fetch_all(jobs)`. `jobs` is a list of async functions without arguments: `await job()`
# gives a result, or raises an exception. The same function may be in the list twice. Run all of them
# at the same time, however many they are. Return a **list** of their results, in the order of the jobs.
# Where a job failed, its exception (the object itself) stands in its place. No jobs give an empty
# list.
#
# ```
# async def slow():   await asyncio.sleep(2); return "안녕"
# async def broken(): raise ValueError("no such room")
# async def quick():  return "👋"
#
# await fetch_all([slow, broken, quick])   # after 2 s: ["안녕", ValueError("no such room"), "👋"]
# ```


# %% id="together-stub" exercise="p1.1" role="stub"
async def fetch_all(jobs):
    ### BEGIN SOLUTION
    coroutines = [job() for job in jobs]
    return await asyncio.gather(*coroutines, return_exceptions=True)
    ### END SOLUTION


# %% id="together-check" exercise="p1.1" role="check"
check("p1.1")
### BEGIN HIDDEN TESTS
check("p1.1").credit()
### END HIDDEN TESTS

# %% [markdown] id="together-wire-text"
# ### Your code on the wire
#
# Four requests to a real server of the library. It takes half a second for each of the slow ones,
# and refuses one. How long does all of it take?
#
# (If nothing comes at all, your code keeps the thread busy: press Interrupt.)


# %% id="together-server"
async def answer(request):
    if request.path.startswith("/slow"):
        await asyncio.sleep(0.5)
    if request.path == "/broken":
        return http11.Response(503, body=b"the kitchen is closed")
    return http11.Response(200, body=f"안녕 from {request.path}".encode())


def fetch(http, url):
    async def job():
        response = await http.get(url)
        if response.status != 200:
            raise ConnectionError(response.text())
        return response.text()

    return job


# %% id="together-wire" exercise="p1.1" role="wire"
checks.answered("p1.1")

async with checks.within(5), http_server.serve(answer) as server, http_client.Client() as http:
    paths, started = ["/slow/1", "/broken", "/quick", "/slow/2"], time.perf_counter()
    results = await fetch_all([fetch(http, server.url + path) for path in paths])
    print(f"after {time.perf_counter() - started:.1f} s")
    for result in results:
        print(repr(result))

# %% [markdown] id="deadline" exercise="p1.2" role="prompt"
# ## p1.2 · A deadline
#
# For practice, 8 minutes. Prepared by
# [Stop it](../notebooks/p1_waiting_without_blocking.ipynb#5-·-Stop-it).
#
# Write `with_deadline(job, seconds, instead)`. `job` is an async function without arguments.
#
# * If it ends within so many seconds, its result is the result, at once, and whatever it is.
# * If not, the job is **cancelled** at the deadline, and the result is `instead`. (A job that is
#   cancelled has nothing to clean up here, and ends.)
# * If it fails before that, its exception comes through. (No job raises TimeoutError itself here.)
# * Somebody may cancel the whole call. Then it ends at once, as cancelled, and the job with it.
#
# ```
# await with_deadline(slow, 1, "no answer")     # after 1 s: "no answer"
# await with_deadline(slow, 3, "no answer")     # after 2 s: "안녕"
# await with_deadline(broken, 3, "no answer")   # raises ValueError("no such room")
# ```


# %% id="deadline-stub" exercise="p1.2" role="stub"
async def with_deadline(job, seconds, instead):
    ### BEGIN SOLUTION
    try:
        async with asyncio.timeout(seconds):
            return await job()
    except TimeoutError:
        return instead
    ### END SOLUTION


# %% id="deadline-check" exercise="p1.2" role="check"
check("p1.2")
### BEGIN HIDDEN TESTS
check("p1.2").credit()
### END HIDDEN TESTS

# %% [markdown] id="deadline-wire-text"
# ### Your code on the wire
#
# A server thinks for a minute. You give it half a second. When your job is cancelled, the client
# leaves, and the server notices: its work is cancelled, too. Then somebody cancels your call, and
# at last nobody listens at that address any more.


# %% id="deadline-server"
async def think(request):
    try:
        await asyncio.sleep(60)
    except asyncio.CancelledError:
        print("  the server: nobody waits any more")
        raise


async def ends(call):
    started = time.perf_counter()
    try:
        said = repr(await call)
    except asyncio.CancelledError:
        said = "cancelled"
    except Exception as error:
        said = f"raised {type(error).__name__}"
    print(f"after {time.perf_counter() - started:.1f} s: {said}")


# %% id="deadline-wire" exercise="p1.2" role="wire"
checks.answered("p1.2")

async with checks.within(5), http_client.Client() as http:
    async with http_server.serve(think) as server:
        await ends(with_deadline(lambda: http.get(server.url), 0.5, "no answer in time"))
        await asyncio.sleep(0.2)  # long enough for the news to reach the server

        call = asyncio.create_task(with_deadline(lambda: http.get(server.url), 2, "too late"))
        asyncio.get_running_loop().call_later(0.3, call.cancel)
        await ends(call)
        await asyncio.sleep(0.2)
    await ends(with_deadline(lambda: http.get(server.url), 0.5, "no answer in time"))

# %% [markdown] id="progress-text"
# ## What you have done

# %% id="progress"
checks.progress()

# %% id="finish"
await lab.finish()
