# %% [markdown] id="title"
# # 08 · Engine.IO: upgrade and fallback: exercises
#
# Write your answer where it says `YOUR CODE HERE`, run the cell with Shift+Enter, then run the cell
# with `check` below it. `checks.hint("8.1")` gives three hints, one at a time, and
# `checks.hint("8.1", 1)` shows the first one again.
#
# If your time is short, do the exercises marked *Core*. The others are for practice.
#
# Your classes have no network and no clock: they are told what happens, and say what to do. At the
# end each of them works on a real connection.

# %% id="start"
import asyncio

from course_lib import lab
from course_lib.engineio import Server
from course_lib.engineio import server as engine_server
from course_lib.lab import checks, clock, official_upgrade, proxy, your_upgrade
from course_lib.lab.checks import check
from course_lib.net import http_client, http_server, ws

lab.start()

# %% [markdown] id="table" exercise="8.1" role="prompt"
# ## 8.1 · The server's table
#
# Core, 16 minutes. Prepared by
# [The probe](../notebooks/08_upgrade_and_fallback.ipynb#2-·-The-probe).
#
# Write a class `ServerUpgrade`. The server makes one for each session, which begins with polling.
# Its method `handle(event)` is told what happens, and returns a **list** of what to do. `ws` is the
# number of a WebSocket.
#
# | event | |
# |---|---|
# | `("opened", ws)` | a WebSocket has opened, with the sid of this session |
# | `("packet", ws, said)` | it has brought a packet: a `str`, or `bytes` |
# | `("lost", ws)` | it has ended |
# | `("late", ws)` | it was opened ten seconds ago |
# | `("poll",)` | a GET of this session waits now |
#
# | to do | |
# |---|---|
# | `("send", ws, text)` | send this packet on the WebSocket |
# | `("noop",)` | answer the GET that waits with `6`; if none waits, nothing happens |
# | `("close", ws)` | close this WebSocket |
# | `("switch", ws)` | from now on, this WebSocket is the session's transport |
# | `("end",)` | end the session |
#
# * `2probe` is answered with `3probe`, and the GET is released; so is each GET that comes before the
#   `5`. Then `5` makes the switch.
# * Whatever else comes, or does not come in time (`late`), ends the **attempt**: close this WebSocket.
#   For one that is lost, or closed already, a `close` makes no difference.
# * There is one attempt at a time. A second WebSocket is closed at once, also after the switch. After
#   an attempt has failed another WebSocket may try.
# * After the switch you are told of no more packets of this WebSocket, and not of its end.
#   `("late", ws)` comes all the same. What you have closed may still send packets.
#
# Which of the actions are never needed? That is for you to find out.
#
# ```
# ("opened", 7)              ─▶  []
# ("packet", 7, "2probe")    ─▶  [("send", 7, "3probe"), ("noop",)]
# ```


# %% id="table-stub" exercise="8.1" role="stub"
class ServerUpgrade:
    def __init__(self):
        ### BEGIN SOLUTION
        self.ws, self.state = None, "free"
        ### END SOLUTION

    def handle(self, event):
        ### BEGIN SOLUTION
        kind = event[0]
        if kind == "poll":
            return [("noop",)] if self.state == "probed" else []
        ws = event[1]
        if kind == "opened":
            if self.ws is not None:
                return [("close", ws)]
            self.ws, self.state = ws, "opened"
            return []
        if ws != self.ws or self.state == "upgraded":
            return []
        if kind == "packet" and (self.state, event[2]) == ("opened", "2probe"):
            self.state = "probed"
            return [("send", ws, "3probe"), ("noop",)]
        if kind == "packet" and (self.state, event[2]) == ("probed", "5"):
            self.state = "upgraded"
            return [("switch", ws)]
        self.ws, self.state = None, "free"
        return [("close", ws)]
        ### END SOLUTION


# %% id="table-check" exercise="8.1" role="check"
check("8.1")
### BEGIN HIDDEN TESTS
check("8.1").credit()
### END HIDDEN TESTS

# %% [markdown] id="table-wire-text"
# ### Your code on the wire
#
# In the library's server your class decides about every WebSocket. The peer is the official
# JavaScript client: it opens a session by polling, upgrades, and says hello. (If Node.js is missing,
# bytes that it once sent are sent again.)


# %% id="table-wire" exercise="8.1" role="wire"
checks.answered("8.1")

server = Server()
server.on("connection", lambda session: session.on("message", session.send))
with checks.swap(engine_server, Probe=your_upgrade.deciding(ServerUpgrade)):
    async with checks.within(15), server.listen() as address:
        print(*await official_upgrade.hello(address.url), sep="\n")

# %% [markdown] id="client" exercise="8.2" role="prompt"
# ## 8.2 · The client's side
#
# For practice, 20 minutes. Prepared by
# [The probe](../notebooks/08_upgrade_and_fallback.ipynb#2-·-The-probe).
#
# Write a class `ClientUpgrade`: the other end, while the application sends messages. As long as
# the session lives, the server gets each message once, and in order.
#
# It begins when the session has been opened by polling. A GET is under way, no POST is, and a
# WebSocket is being opened. `handle(event)` returns a **list** of what to do.
#
# | event | |
# |---|---|
# | `("say", packet)` | the application sends a message, for example `"4안녕"` |
# | `("got",)` | the GET has ended (what it brought, the application has already) |
# | `("posted",)` | the POST has ended |
# | `("opened",)` | the WebSocket is open |
# | `("packet", text)` | the WebSocket has brought a packet; you are told of those before the `5` |
# | `("lost",)` | the WebSocket has ended, or was refused |
#
# | to do | |
# |---|---|
# | `("get",)` | send a GET |
# | `("post", packets)` | send a POST with this list of packets |
# | `("ws", packet)` | send a packet on the WebSocket |
# | `("close",)` | close the WebSocket |
# | `("end",)` | the session is over: tell the application |
#
# * One GET and one POST at a time. As long as the session polls, a GET is always under way.
# * By polling a message leaves at once, if no POST is under way. Else it waits, and the next POST
#   takes **all** that wait.
# * After `3probe` comes the pause: no new GET and no new POST. When none is under way any more, send
#   `5`, and then what waits, one by one.
# * Before the `5` the WebSocket may say `3probe`, once. If it says anything else, or is lost, the
#   attempt is over: close it. (For one that is lost a `close` makes no difference.) Polling goes on,
#   with a GET and with what waits. There is no second attempt. What you have closed may still send
#   packets.
# * After the `5` the end of the WebSocket is the end of the session, and all that follows gives `[]`.
#
# ```
# ("say", "4a")          ─▶  [("post", ["4a"])]
# ("opened",)            ─▶  [("ws", "2probe")]
# ("packet", "3probe")   ─▶  []
# ("say", "4b")          ─▶  []
# ("posted",)            ─▶  []
# ("got",)               ─▶  [("ws", "5"), ("ws", "4b")]
# ```


# %% id="client-stub" exercise="8.2" role="stub"
class ClientUpgrade:
    def __init__(self):
        ### BEGIN SOLUTION
        self.state, self.getting, self.posting, self.waiting = "polling", True, False, []
        ### END SOLUTION

    def handle(self, event):
        ### BEGIN SOLUTION
        if self.state == "over":
            return []
        did, kind = [], event[0]
        if kind == "say":
            self.waiting.append(event[1])
        elif kind == "got":
            self.getting = False
        elif kind == "posted":
            self.posting = False
        elif kind == "opened":
            self.state = "probing"
            did.append(("ws", "2probe"))
        elif event == ("packet", "3probe") and self.state == "probing":
            self.state = "pausing"
        elif self.state == "upgraded":
            self.state = "over"
            return [("end",)]
        else:
            self.state = "polling"
            did.append(("close",))
        return did + self.begin()

    def begin(self):
        did = []
        if self.state == "pausing" and not self.getting and not self.posting:
            self.state = "upgraded"
            did.append(("ws", "5"))
        if self.state == "upgraded":
            did += [("ws", packet) for packet in self.waiting]
            self.waiting = []
        elif self.state != "pausing":
            if not self.getting:
                self.getting = True
                did.append(("get",))
            if self.waiting and not self.posting:
                self.posting = True
                did.append(("post", self.waiting))
                self.waiting = []
        return did
        ### END SOLUTION


# %% id="client-check" exercise="8.2" role="check"
check("8.2")
### BEGIN HIDDEN TESTS
check("8.2").credit()
### END HIDDEN TESTS

# %% [markdown] id="client-wire-text"
# ### Your code on the wire
#
# Your class and the library's server send each other a hundred numbers, one every 10 ms, on a link
# with a round trip of 100 ms and jitter. Three times the WebSocket is cut. Does each side hear each
# number, in order, as long as the session lives?


# %% id="client-wire" exercise="8.2" role="wire"
checks.answered("8.2")


async def numbers(cut, seed):
    server, heard, accepted = Server(), [], asyncio.get_running_loop().create_future()
    server.on("connection", accepted.set_result)
    async with (
        server.listen() as port,
        proxy.Proxy(port, rtt=0.1, jitter=0.2, seed=seed) as link,
        your_upgrade.Client(link.url, ClientUpgrade, cut=cut) as client,
    ):
        session = await accepted
        session.on("message", heard.append)
        for number in range(100):
            if not client.problem:
                session.send(str(number))
                client.say(f"4{number}")
            await asyncio.sleep(0.01)
        await asyncio.sleep(3)
        over = client.upgraded and client.problem == "the session has ended"
        wanted = [str(number) for number in range(100)]
        right = all(each == wanted[: len(each) if over else 100] for each in (heard, client.heard))
        transport = "WebSocket" if client.upgraded else "polling"
        return right and (over or not client.problem), transport, client.problem


for cut in (None, 0.01, 0.2, 0.4):
    runs = [clock.simulate(numbers(cut, seed)) for seed in range(8)]
    right = sum(good for good, _, _ in runs)
    mark, ends = "✔" if right == 8 else "✘", {": ".join(filter(None, end)) for _, *end in runs}
    when = f"cut after {cut:.2f} s:" if cut else "not cut:"
    print(mark, when, right, "of 8 right;", ", ".join(sorted(ends)))

# %% [markdown] id="next" exercise="8.3" role="prompt"
# ## 8.3 · What next
#
# Core, 12 minutes. Prepared by
# [There is no way back](../notebooks/08_upgrade_and_fallback.ipynb#5-·-There-is-no-way-back).
#
# A client has opened a session by polling, and perhaps tried a WebSocket. Then something has failed,
# or seems to. Write `next_step(failure)`. It returns one of three texts:
#
# * `"poll"`: go on by polling, with the sid that you have; a WebSocket that was tried is closed;
# * `"wait"`: nothing is certain yet;
# * `"new"`: this session is over; begin a new one, which gets a new sid.
#
# `failure` is a dict:
#
# | key | |
# |---|---|
# | `"what"` | `"websocket refused"`: no 101 came · `"websocket cut"` · `"websocket silent"` |
# | | `"polling refused"`: a GET got 400, *Session ID unknown* · `"polling cut"`: a GET's connection has ended without an answer · `"polling silent"` |
# | `"packets"` | the packets on the WebSocket so far, of both directions, in order; `[]` if there were none |
# | `"seconds"` | for how long nothing has come on this transport |
# | `"limit"` | how long silence may last: the time limit of the upgrade, or that of the heartbeat |
#
# ```
# {"what": "websocket refused", "packets": [], "seconds": 0.2, "limit": 10.0}         ─▶  "poll"
# {"what": "websocket silent", "packets": ["2probe"], "seconds": 0.2, "limit": 10.0}  ─▶  "wait"
# ```


# %% id="next-stub" exercise="8.3" role="stub"
def next_step(failure):
    ### BEGIN SOLUTION
    if failure["what"].endswith("silent") and failure["seconds"] < failure["limit"]:
        return "wait"
    if failure["what"].startswith("websocket") and "5" not in failure["packets"]:
        return "poll"
    return "new"
    ### END SOLUTION


# %% id="next-check" exercise="8.3" role="check"
check("8.3")
### BEGIN HIDDEN TESTS
check("8.3").credit()
### END HIDDEN TESTS

# %% [markdown] id="next-wire-text"
# ### Your code on the wire
#
# Five networks, each broken in its own way, and the library's server. A client opens a session and
# tries a WebSocket; when that fails, it does what your function says. Does its next POST arrive?


# %% id="next-wire" exercise="8.3" role="wire"
checks.answered("8.3")


async def goes_on(url, last):
    async with http_client.Client() as http:
        session = await your_upgrade.opened(http, url)
        what, packets = await your_upgrade.failure(session, last)
        for second in range(60):
            failure = {"what": what, "packets": packets, "seconds": float(second), "limit": 10.0}
            if (step := next_step(failure)) != "wait":
                break
            await asyncio.sleep(1)
        session = await your_upgrade.opened(http, url) if step == "new" else session
        answer = await http.post(session, body="4안녕".encode())
        mark = "✔" if answer.status == 200 and step in ("poll", "new") else "✘"
        after = f"after {second} s" if second else ""
        print(f"{mark} {what} {packets}: {step} {after} {answer.status} {answer.text()}")


async def networks():
    async with Server().listen() as port, http_client.Client() as http:

        async def forward(request):  # drops the header Upgrade
            return await http.request(request.method, port.url + request.target, body=request.body)

        def swallow(request):  # lets the handshake pass, and then nothing
            if request.upgrade:
                return ws.upgrade(request, lambda link: None, origins="*")
            return forward(request)

        async with http_server.serve(forward) as blocks, http_server.serve(swallow) as swallows:
            await goes_on(blocks.url, "")
            await goes_on(swallows.url, "")
            for last in ("2probe", "3probe", "5"):
                await goes_on(port.url, last)


clock.simulate(networks())

# %% id="progress"
checks.progress()

# %% id="finish"
await lab.finish()
