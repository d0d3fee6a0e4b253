# %% [markdown] id="title"
# # p3 · A stream has no messages: exercises
#
# Write your answer where it says `YOUR CODE HERE`, run the cell with Shift+Enter, then run the
# cell with `check` below it. It says what is wrong, and shows the pieces. `checks.hint("p3.1")`
# gives three hints, one at a time.
#
# Your code is graded in a process of its own. It has the standard library and what your cells
# define, and nothing else of this notebook.

# %% id="start"
from course_lib import lab
from course_lib.lab import checks, proxy
from course_lib.lab.checks import check
from course_lib.net import http_server, stream
from course_lib.wire import http11

lab.start()

# %% [markdown] id="lines" exercise="p3.1" role="prompt"
# ## p3.1 · Lines from a stream
#
# 9 minutes. Prepared by
# [A mark at the end](../notebooks/p3_a_stream_has_no_messages.ipynb#2-·-A-mark-at-the-end).
#
# In many protocols of the internet a line ends with **two** bytes, `\r\n`. So a cut can be in the
# middle of the mark, too.
#
# Write the class `Lines`. Its method `feed(piece)` gets the next bytes of a stream, cut anywhere.
# It returns a list: the lines that are complete now, as text, without the mark. A `\n` alone, or a
# `\r` alone, is no mark. It belongs to the line.
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
# The library's web server answers, and your reader takes the head of its answer apart, seven bytes
# at a time. An empty line ends the head. Lesson 01 says what the lines mean.


# %% id="lines-wire" exercise="p3.1" role="wire"
def answer(request):
    return http11.Response(200, {"X-Room": "news"}, "안녕 👋".encode())


async with http_server.serve(answer) as server:
    connection = await stream.connect("127.0.0.1", server.port)
    connection.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    reader, lines = Lines(), []
    while "" not in lines and (piece := await connection.read(7)):
        lines += reader.feed(piece)
    print(*lines, sep="\n")
    await connection.close()

# %% [markdown] id="packets" exercise="p3.2" role="prompt"
# ## p3.2 · Packets with a limit
#
# 10 minutes. Prepared by section 4,
# [A state machine is a table](../notebooks/p3_a_stream_has_no_messages.ipynb).
#
# A packet is two bytes with a length, in network byte order, and then so many bytes. Write the
# class `Packets`:
#
# * `feed(piece)` gets the next bytes, cut anywhere. It returns a list of the packets that are
#   complete now: bytes, without the length. A packet may be empty.
# * A length of more than `limit` bytes is refused with `ValueError`, as soon as the length is here.
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
# A server sends three packets and hangs up. Then it does so once more, behind a proxy that cuts the
# connection in the middle of the third. Your reader must tell the two apart.


# %% id="packets-server"
async def talk(connection):
    for text in "안녕", "", "transfer 1000 to 민아":
        data = text.encode()
        connection.write(len(data).to_bytes(2, "big") + data)


async def listen(port):
    reader, found = Packets(limit=1000), []
    async with await stream.connect("127.0.0.1", port) as connection:
        while piece := await connection.read(5):
            found += [packet.decode() for packet in reader.feed(piece)]
    try:
        reader.end()
        return found, "the end"
    except ValueError as error:
        return found, f"ValueError: {error}"


# %% id="packets-wire" exercise="p3.2" role="wire"
async with stream.serve(talk) as server, proxy.Proxy(server) as cutting:
    print(*await listen(server.port))
    cutting.cut_after(20, "down", "fin")
    print(*await listen(cutting.port))

# %% [markdown] id="progress-text"
# ## What you have done

# %% id="progress"
checks.progress()

# %% id="finish"
await lab.finish()
