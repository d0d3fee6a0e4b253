# %% [markdown] id="title"
# # p2 · Bytes and text: exercises
#
# Write your answer where it says `YOUR CODE HERE`, run the cell with Shift+Enter, then run the cell
# with `check` below it. It says what is wrong, and shows the bytes. `checks.hint("p2.1")` gives
# three hints, one at a time, and `checks.hint("p2.1", 1)` shows the first one again.
#
# Your code is graded in a process of its own. It has the standard library and what your cells
# define, and nothing else of this notebook.

# %% id="start"
import asyncio
import json

from course_lib import lab
from course_lib.lab import checks
from course_lib.lab.checks import check
from course_lib.net import stream

lab.start()

# %% [markdown] id="half" exercise="p2.1" role="prompt"
# ## p2.1 · Half a letter
#
# For practice, 9 minutes. Prepared by [Half a letter](../notebooks/p2_bytes_and_text.ipynb#3-·-Half-a-letter).
#
# A text in UTF-8 arrives in pieces. The cuts can be anywhere, also inside a letter.
#
# Write `feed(rest, piece)`. `rest` is what was left over before, at first `b""`. Return **two**
# things: the text of all letters that are complete now, and the bytes of the unfinished letter, if
# there is one. They are the `rest` of the next call. `feed` itself remembers nothing: it may be called
# for two texts in turn.
#
# A letter is one code point here, and all bytes are good UTF-8.
#
# ```
# feed(b"", b"hi \xec\x95")       # ("hi ", b"\xec\x95")
# feed(b"\xec\x95", b"\x88!")     # ("안!", b"")
# ```


# %% id="half-stub" exercise="p2.1" role="stub"
def feed(rest, piece):
    ### BEGIN SOLUTION
    import codecs

    decoder = codecs.getincrementaldecoder("utf-8")()
    text = decoder.decode(rest + piece)
    return text, decoder.getstate()[0]
    ### END SOLUTION


# %% id="half-check" exercise="p2.1" role="check"
check("p2.1")
### BEGIN HIDDEN TESTS
check("p2.1").credit()
### END HIDDEN TESTS

# %% [markdown] id="half-wire-text"
# ### Your code on the wire
#
# A server sends a text and ends the connection. You read from the connection, four bytes at most at a time.


# %% id="half-wire" exercise="p2.1" role="wire"
checks.answered("p2.1")


async def tell(connection):
    connection.write("안녕! 다들 점심 먹자 🍜".encode())


async with checks.within(3), stream.serve(tell) as server:
    rest, whole = b"", ""
    async with await stream.connect("127.0.0.1", server.port) as connection:
        while piece := await connection.read(4):
            text, rest = feed(rest, piece)
            whole += text
            print(repr(text), "and the bytes", list(rest))
print("✔" if whole == "안녕! 다들 점심 먹자 🍜" else "✘", "all together:", repr(whole))

# %% [markdown] id="box" exercise="p2.2" role="prompt"
# ## p2.2 · A message in a box
#
# For practice, 7 minutes. Prepared by [Values as text](../notebooks/p2_bytes_and_text.ipynb#5-·-Values-as-text).
#
# Write `pack(message)`. `message` is a value that JSON has: a dict, a list, a text, a number,
# `True`, `None`. Return **bytes**: first two with the length, in network byte order, then the
# message as JSON in UTF-8. The length says how many bytes follow the two; no message has more than
# 65,535. Hangul stands there as itself, and not as `\uc548`. Where JSON allows spaces, you may write
# some or none.
#
# ```
# pack("안")             # b'\x00\x05"\xec\x95\x88"'
# pack({"ok": True})     # b'\x00\x0c{"ok": true}'
# ```


# %% id="box-stub" exercise="p2.2" role="stub"
def pack(message):
    ### BEGIN SOLUTION
    body = json.dumps(message, ensure_ascii=False).encode()
    return len(body).to_bytes(2, "big") + body
    ### END SOLUTION


# %% id="box-check" exercise="p2.2" role="check"
check("p2.2")
### BEGIN HIDDEN TESTS
check("p2.2").credit()
### END HIDDEN TESTS

# %% [markdown] id="box-wire-text"
# ### Your code on the wire
#
# Three boxes of yours go over one connection, at once. The server opens one after the other, with
# nothing but the lengths to tell them apart. It says what was in each, byte by byte as text, and
# whether that is JSON.


# %% id="box-server"
async def open_boxes(connection):
    while header := await connection.read(2):
        length = int.from_bytes(header, "big")
        try:
            async with asyncio.timeout(0.5):
                body = await connection.read_exactly(length)
            print(f"{length:3} bytes: {body.decode(errors='replace')}")
            json.loads(body)
        except TimeoutError:
            print(f"✘ {length} bytes are promised, and do not come")
            break
        except ValueError as error:
            print(f"✘ no JSON: {error}")
            break


# %% id="box-wire" exercise="p2.2" role="wire"
checks.answered("p2.2")

async with (
    checks.within(3),
    stream.serve(open_boxes) as server,
    await stream.connect("127.0.0.1", server.port) as connection,
):
    for message in {"name": "민아", "online": True}, ["👋", None], "점심 먹자":
        connection.write(pack(message))
    await asyncio.sleep(0.7)

# %% [markdown] id="progress-text"
# ## What you have done

# %% id="progress"
checks.progress()

# %% id="finish"
await lab.finish()
