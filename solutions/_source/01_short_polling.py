# %% [markdown] id="title"
# # 01 · Short polling: exercises
#
# Write your answer where it says `YOUR CODE HERE`, run the cell with Shift+Enter, then run the
# cell with `check` below it. It says what is wrong, and shows the bytes. `checks.hint("1.1")`
# gives three hints, one at a time.
#
# Your code is graded in a process of its own. It has the standard library and what your cells
# define, and nothing else of this notebook.

# %% id="start"
from course_lib import lab
from course_lib.lab import checks
from course_lib.lab.apps import short_polling
from course_lib.lab.checks import check
from course_lib.wire import http11

lab.start()

# %% [markdown] id="request" exercise="1.1" role="prompt"
# ## 1.1 · Write a request
#
# 8 minutes. Prepared by
# [Read a request](../notebooks/01_short_polling.ipynb#2-·-Read-a-request).
#
# Write `request_bytes(method, target, host, text)`. It returns the **bytes** of an HTTP/1.1 request
# that a strict server understands. `text` is the body: any characters, in UTF-8. It may be empty;
# then the request has no body.
#
# ```
# request_bytes("GET", "/messages?since=0", "chat.example", "")
# request_bytes("POST", "/messages", "chat.example", "안녕 👋")
# ```


# %% id="request-stub" exercise="1.1" role="stub"
def request_bytes(method, target, host, text):
    ### BEGIN SOLUTION
    body = text.encode()
    head = f"{method} {target} HTTP/1.1\r\nHost: {host}\r\n"
    if body:
        head += f"Content-Length: {len(body)}\r\n"
    return head.encode() + b"\r\n" + body
    ### END SOLUTION


# %% id="request-check" exercise="1.1" role="check"
check("1.1")
### BEGIN HIDDEN TESTS
check("1.1").credit()
### END HIDDEN TESTS

# %% [markdown] id="request-wire-text"
# ### Your code on the wire
#
# The library's client now writes its requests with your function, and talks to the lesson's chat
# server. If the message comes back, every byte of yours was read by a server that you did not
# write.


# %% id="request-wire" exercise="1.1" role="wire"
def with_mine(request):
    return request_bytes(request.method, request.target, request.host, request.text())


async with short_polling.Server() as server, short_polling.Client(server.url) as client:
    with checks.swap(http11, encode_request=with_mine) as mine:
        await client.say("안녕 👋")
        print(await client.poll(), "in", mine.calls["encode_request"], "requests of yours")

# %% id="finish"
await lab.finish()
