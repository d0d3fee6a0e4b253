# %% [markdown] id="title"
# # p3 · A stream has no messages: exercises
#
# Write your answer where it says `YOUR CODE HERE`, run the cell with Shift+Enter, then run the cell
# with `check` below it. It says what is wrong, and shows the pieces. `checks.hint("p3.1")` gives
# three hints, one at a time, and `checks.hint("p3.1", 1)` shows the first one again.
#
# Your code is graded in a process of its own. It has the standard library and what your cells
# define, and nothing else of this notebook.

# %% id="start"
import asyncio

from course_lib import lab
from course_lib.lab import checks, proxy
from course_lib.lab.checks import check
from course_lib.net import http_server, stream
from course_lib.wire.http import http11

lab.start()

# %% [markdown] id="lines" exercise="p3.1" role="prompt"
# ## p3.1 · Lines from a stream
#
# For practice, 9 minutes. Prepared by
# [A mark at the end](../notebooks/p3_a_stream_has_no_messages.ipynb#2-·-A-mark-at-the-end).
#
# In many protocols of the internet a line ends with **two** bytes, `\r\n`. So a cut can be in the
# middle of the mark, too.
#
# Write the class `Lines`. Its method `feed(piece)` gets the next bytes of a stream, cut anywhere.
# It returns a list: the lines that are complete now, as text, without the mark. A `\n` alone, or a
# `\r` alone, is no mark. It belongs to the line, as all other bytes do. Each line is good UTF-8.
#
# ```
# reader = Lines()
# reader.feed(b"hel")                   # []
# reader.feed(b"lo\r\nhow\r\n\r\nar")   # ["hello", "how", ""]
# reader.feed(b"e you\r")               # []
# reader.feed(b"\n")                    # ["are you"]
# ```


# %% id="lines-stub" exercise="p3.1" role="stub"
class Lines:
    def __init__(self):
        self.buffer = b""

    def feed(self, piece):
        ### BEGIN SOLUTION
        self.buffer += piece
        *lines, self.buffer = self.buffer.split(b"\r\n")
        return [line.decode() for line in lines]
        ### END SOLUTION


# %% id="lines-check" exercise="p3.1" role="check"
check("p3.1")
### BEGIN HIDDEN TESTS
check("p3.1").credit()
### END HIDDEN TESTS

# %% [markdown] id="lines-wire-text"
# ### Your code on the wire
#
# The library's web server answers, and your reader takes its answer apart: the head, an empty line,
# and three lines of text. After them comes half a line, which has no mark. Lesson 01 says what the
# head means. The pieces are of one byte, then of seven, then as large as they come. The lines must be
# the same each time.


# %% id="lines-server"
def answer(request):
    return http11.Response(
        200, {"X-Room": "news"}, "안녕 👋\r\nhalf a \n mark \r\r\n점심 먹자\r\nno mark".encode()
    )


async def lines_of(port, size):
    reader, lines = Lines(), []
    async with await stream.connect("127.0.0.1", port) as connection:
        connection.write(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        await asyncio.sleep(0.1)
        while piece := await connection.read(size):
            lines += reader.feed(piece)
    return lines


# %% id="lines-wire" exercise="p3.1" role="wire"
checks.answered("p3.1")

async with checks.within(5), http_server.serve(answer) as server:
    for size in (1, 7, 4096):
        lines = await lines_of(server.port, size)
        right = lines[-4:] == ["", "안녕 👋", "half a \n mark \r", "점심 먹자"]
        right = right and lines.count("") == 1
        print(
            f"✔ pieces of {size}: {len(lines)} lines" if right else f"✘ pieces of {size}: {lines}"
        )
print(*map(repr, lines[-4:]), sep="\n")

# %% [markdown] id="packets" exercise="p3.2" role="prompt"
# ## p3.2 · Packets with a limit
#
# For practice, 10 minutes. Prepared by
# [A state machine is a table](../notebooks/p3_a_stream_has_no_messages.ipynb#4-·-A-state-machine-is-a-table).
#
# A packet is two bytes with a length, in network byte order, and then so many bytes. Write the
# class `Packets`:
#
# * `feed(piece)` gets the next bytes, cut anywhere. It returns a list of the packets that are
#   complete now: bytes, without the length. A packet may be empty.
# * A length of more than `limit` bytes is refused with `ValueError`, as soon as the length is here,
#   also when complete packets come before it in the same piece. Nobody calls the reader after that.
# * `end()` says that the stream has ended. In the middle of a packet that is a `ValueError`, and
#   between two packets all is well.
#
# ```
# reader = Packets(limit=1000)
# reader.feed(b"\x00\x02hi\x00\x00\x00")   # [b"hi", b""]
# reader.end()                             # ValueError: half a length is left over
#
# Packets(limit=1000).feed(b"\x03\xe9")    # ValueError: 1001 bytes are too many
# ```


# %% id="packets-stub" exercise="p3.2" role="stub"
class Packets:
    def __init__(self, limit):
        self.limit = limit
        self.buffer = b""

    def feed(self, piece):
        ### BEGIN SOLUTION
        self.buffer += piece
        found = []
        while len(self.buffer) >= 2:
            length = int.from_bytes(self.buffer[:2], "big")
            if length > self.limit:
                raise ValueError(f"{length} bytes are too many")
            if len(self.buffer) < 2 + length:
                break
            found.append(self.buffer[2 : 2 + length])
            self.buffer = self.buffer[2 + length :]
        return found
        ### END SOLUTION

    def end(self):
        ### BEGIN SOLUTION
        if self.buffer:
            raise ValueError("the stream ended inside a packet")
        ### END SOLUTION


# %% id="packets-check" exercise="p3.2" role="check"
check("p3.2")
### BEGIN HIDDEN TESTS
check("p3.2").credit()
### END HIDDEN TESTS

# %% [markdown] id="packets-wire-text"
# ### Your code on the wire
#
# A server sends three packets and ends the connection. You read them byte by byte, and then as they come. Then
# it does so once more, behind a proxy that cuts the connection in the middle of the third: your
# reader must tell that from the end. The second server promises more than you allow, and sends nothing
# of it.


# %% id="packets-server"
async def talk(connection):
    for text in "안녕", "", "transfer 1000 to 민아":
        data = text.encode()
        connection.write(len(data).to_bytes(2, "big") + data)


async def promise(connection):
    connection.write(b"\xff\xff")
    await connection.read()  # until the other side leaves


async def listen(port, size=1):
    reader, found = Packets(limit=1000), []
    try:
        async with asyncio.timeout(1), await stream.connect("127.0.0.1", port) as connection:
            while piece := await connection.read(size):
                found += [packet.decode() for packet in reader.feed(piece)]
        reader.end()
        print(found, "the end")
    except ValueError as error:
        print(found, f"ValueError: {error}")
    except TimeoutError:
        print(found, "and it waits for more")


# %% id="packets-wire" exercise="p3.2" role="wire"
checks.answered("p3.2")

async with checks.within(5), stream.serve(talk) as server, proxy.Proxy(server) as cutting:
    await listen(server.port)
    await listen(server.port, 4096)
    cutting.cut_after(20, "down", "fin")
    await listen(cutting.port)
    async with stream.serve(promise) as second:
        await listen(second.port)

# %% [markdown] id="progress-text"
# ## What you have done

# %% id="progress"
checks.progress()

# %% id="finish"
await lab.finish()
