# %% [markdown] id="title"
# # 08 · Engine.IO: upgrade and fallback
#
# *WebSocket is better, where it works. Polling works everywhere. Can one session have both?*
#
# **Objectives.** At the end you can
#
# * say why a session begins with polling, and what happens where WebSocket is blocked;
# * walk through the probe, packet by packet, and say what each one is for;
# * change the transport while messages travel, without losing one;
# * correct a sentence that many articles about Socket.IO repeat.
#
# **Prerequisites.** Lesson 07: sessions, packets, one GET and one POST. Lesson 05: a WebSocket and its end.

# %% id="start"
import asyncio
import itertools

from course_lib import lab
from course_lib.engineio import Client, Server, client_polling
from course_lib.errors import CourseError
from course_lib.lab import bets, clock, compare, plots, proxy, sequence, tap
from course_lib.net import http_client, http_server, ws
from course_lib.wire.engineio import upgrade

lab.start()

# %% [markdown] id="first"
# ## 1 · What always works
#
# You have known WebSocket since lesson 03. Why should anybody still begin with polling?
#
# Because of what stands between you and your users: the proxy of a company, the filter of a school. Here is
# one. It knows requests and responses, and it passes on no headers, so `Upgrade` is lost, too. (`upgrade=False`
# in the second cell: the client stays with the transport that it began with.)


# %% id="old-proxy"
def old_proxy(url, http):
    async def forward(request):
        return await http.request(  # with none of the headers
            request.method, url + request.target, body=request.body, timeout=60
        )

    return forward


# %% id="through-the-proxy"
async def said_through(url, transports):
    echoed = asyncio.get_running_loop().create_future()
    client = Client(url, transports=transports, upgrade=False)
    client.on("message", echoed.set_result)
    try:
        async with client:
            client.send("안녕")
            return f"{await echoed}, by {client.transport.name}"
    except CourseError as error:
        return f"refused: {error}"


# %% id="through-the-proxy-run"
def echo_server():
    server = Server()
    server.on("connection", lambda session: session.on("message", session.send))
    return server


async with echo_server().listen() as engine, http_client.Client() as http:
    async with http_server.serve(old_proxy(engine.url, http)) as old:
        print("WebSocket:", await said_through(old.url, ["websocket"]))
        print("polling:  ", await said_through(old.url, ["polling"]))

# %% [markdown] id="first-text"
# Polling is plain HTTP, so it passes. WebSocket does not: the server gets a request without `Upgrade`.
#
# A client could try WebSocket first, and then polling. But a blocked WebSocket often fails **slowly**: some
# proxies accept it and then pass on nothing. The user would look at an empty page until a time limit is over.
# So Engine.IO does the opposite. It **begins with what always works, and changes to what is better** if that
# works, too. The user notices nothing of it.

# %% [markdown] id="dance"
# ## 2 · The probe
#
# A session is open, by polling. Another connection becomes a WebSocket, with the `sid` in its URL. May the
# client use it now?
#
# Not yet. That the handshake has passed does not mean that frames pass. So both sides try it with one message
# there and one back: the **probe**. Here is an upgrade on a link with a round trip of 100 ms. Meanwhile both
# sides send a message every 260 ms.


# %% id="upgrade"
async def count_aloud(client, session, count, pause):
    """Both sides say numbers; returns what each has heard."""
    heard = {"server": [], "client": []}
    session.on("message", lambda text: heard["server"].append(int(text)))
    client.on("message", lambda text: heard["client"].append(int(text)))
    for number in range(count):
        session.send(str(number))
        client.send(str(number))
        await asyncio.sleep(pause)
    await asyncio.sleep(2)
    return heard


# %% id="upgrade-under-traffic"
async def upgrade_under_traffic(count=6, pause=0.26, jitter=0.0):
    server = Server()
    opened = asyncio.get_running_loop().create_future()
    server.on("connection", opened.set_result)
    with tap.Tap("an upgrade") as recording:
        port = await server.listen()
        async with port, proxy.Proxy(port, rtt=0.1, jitter=jitter) as link:
            async with Client(link.url) as client:
                heard = await count_aloud(client, await opened, count, pause)
                return heard, client.transport.name, recording


# %% id="upgrade-run"
heard, transport, recording = clock.simulate(upgrade_under_traffic())
assert heard["server"] == heard["client"] == list(range(6))
print("all in order, and now by", transport)
sequence.plot(recording, layers=["engineio"], stop=0.7)

# %% [markdown] id="dance-text"
# (Each message is a number, and before it stands the digit `4`: `40` is the message *0*, and `41` is the message
# *1*.) Follow the packets of the WebSocket, *client 3* in the figure. Client 1 sends the GETs and client 2 the
# POSTs meanwhile.
#
# 1. the client sends `2probe`: a ping that belongs to the new transport;
# 2. the server answers `3probe`. If a GET waits, or comes before the `5`, the server answers it with `6` (*noop*:
#    nothing), so that it does not wait any more;
# 3. the client **pauses**: it sends no new GET and no new POST, and waits until those under way have ended;
# 4. the client sends `5`: from now on the WebSocket is the transport;
# 5. the server gets the `5`, and sends on the WebSocket what has been waiting in its queue.
#
# Find the two messages *1*. The client's is in a POST that is under way when the pause begins: the `5` waits for
# its *ok*. The server's comes after the `6`. No GET is there to take it, so it waits for the `5`.
#
# Go through this recording step by step, with the buttons or with the keyboard. What does each side
# know at each step? (The time of a step is when its message **arrives**. It left half a round trip earlier; the
# first one on a new connection left even earlier.)

# %% id="stepper" tags=["nbval-ignore-output"]
from course_lib.lab import upgrade_stepper

stepper = upgrade_stepper.show(recording)
assert {b"6", b"5"} <= {step.packets for step in stepper.steps}
stepper

# %% [markdown] id="tables"
# Two state machines, one at each end. The library runs on these tables:

# %% id="server-table"
plots.states(upgrade.SERVER, name="The server's side of an upgrade")

# %% id="client-table"
plots.states(upgrade.CLIENT, name="The client's side of an upgrade")

# %% [markdown] id="table-text"
# What if something else happens, for example a `4` before the `5`? It is not in the table, so the attempt has
# **failed**. Then the WebSocket is closed, and the session goes on by polling, as if nothing had been tried.
# (There may be one attempt at a time. A second WebSocket for the same session is closed.)
#
# Write the table: exercise [8.1](../exercises/08_upgrade_and_fallback.ipynb#8.1-·-The-server's-table).

# %% [markdown] id="impatient"
# ## 3 · Why wait?
#
# The pause (step 3) costs time: for up to about a round trip the client sends nothing. Is it needed? Here is an
# impatient client. It sends `5` as soon as it has `3probe`.
#
# **Your bet.** Both sides send a message every 10 ms. What happens to the impatient client?

# %% id="bet"
choices = ["nothing: all is in order", "a wrong order", "the end of its session"]
my_bet = bets.bet("What happens?", choices=choices)
my_bet


# %% [markdown] id="impatient-text"
# The next cell puts `no_pause` in the place of the library's method `pause`, runs an upgrade, and puts `pause`
# back (in `finally`). `jitter` makes some pieces later than others.


# %% id="impatient-pause"
async def no_pause(polling):
    polling._paused = True  # no new request; but those under way are not awaited
    waiting, polling._queue = polling._queue, []
    return waiting


async def impatient():
    patient, client_polling.Polling.pause = client_polling.Polling.pause, no_pause
    try:
        heard, _, _ = await upgrade_under_traffic(100, 0.01, jitter=0.05)
        in_order = heard["server"] == heard["client"] == list(range(100))
        return choices[0] if in_order else choices[1]
    except CourseError as error:
        print("a send of the client fails:", error)
        return choices[2]
    finally:
        client_polling.Polling.pause = patient


# %% id="demonstration"
outcome = clock.simulate(impatient())
print("impatient:", outcome)
heard, transport, _ = clock.simulate(upgrade_under_traffic(100, 0.01, jitter=0.05))
in_order = heard["server"] == heard["client"] == list(range(100))
print("patient:  ", "all in order" if in_order else "NOT in order", "by", transport)

# %% id="demonstration-result"
my_bet.reveal(outcome)

# %% [markdown] id="demonstration-text"
# *This is the demonstration of this lesson.* A POST was still on its way when the `5` overtook it on the other
# connection. Two connections have no order between them: this is the reason for all these steps. When the
# POST arrived, the session was on WebSocket already, so the server refused it with 400 (lesson 07). A client whose
# POST is refused cannot know what has arrived, so it ends the session: this is the line above, *this session is
# closed*.
#
# The patient client loses nothing, and nothing comes twice. The price is the pause. Exercise
# [8.2](../exercises/08_upgrade_and_fallback.ipynb#8.2-·-The-client's-side) is this client, with a link that is
# cut anywhere.

# %% [markdown] id="half-way"
# ## 4 · A proxy that breaks it half-way
#
# Some proxies let the handshake pass and then no frame. What does the user notice?


# %% id="half-way-proxy"
def half_proxy(url, http):
    pass_on = old_proxy(url, http)

    def handle(request):
        if request.upgrade:  # a handshake, and then nothing
            return ws.upgrade(request, lambda link: None, origins="*")
        return pass_on(request)

    return handle


# %% id="half-way-client"
async def until_it_fails(url):
    loop = asyncio.get_running_loop()
    client, times, failed = Client(url, upgrade_timeout=10), [], loop.create_future()
    client.on("message", lambda text: times.append(loop.time() - float(text)))
    client.on("upgrade_error", failed.set_result)
    async with client:
        while not failed.done():
            client.send(str(loop.time()))
            await asyncio.sleep(0.5)
        print(f"after {loop.time():.1f} s: {type(failed.result()).__name__}")
        print(f"{len(times)} messages came back, the slowest after {max(times):.3f} s")
        print("the session is", client.state, "by", client.transport.name)


# %% id="half-way-run"
async def half_way():
    async with echo_server().listen() as port, http_client.Client() as http:
        half = await http_server.serve(half_proxy(port.url, http))
        async with half, proxy.Proxy(half, rtt=0.1) as link:
            await until_it_fails(link.url)


clock.simulate(half_way())

# %% [markdown] id="half-way-text"
# Nothing: the messages travelled by polling all the time. After `upgrade_timeout` (ten seconds) the client closes
# the WebSocket, and the session stays where it is. (The server has the same limit, for a WebSocket that has
# reached it.)

# %% [markdown] id="fallback"
# ## 5 · There is no way back
#
# The article that this course follows says:
#
# > Socket.IO 서버의 연결이 끊기면 fallback 으로 HTTP 의 long-polling 기능을 제공한다.
#
# (*When the connection to the Socket.IO server breaks, it offers HTTP long polling as a fallback.*) Is that
# so? Let us test it. A session has been upgraded. Then its WebSocket breaks, and the client tries to go on by
# polling, with the `sid` that it has.


# %% id="fallback-client"
async def upgraded_and_broken(link):
    upgraded = asyncio.Event()
    client = Client(link.url)
    client.on("upgrade", lambda _: upgraded.set())
    client.on("close", lambda reason, _: print("the client is told:", reason))
    async with client:
        await upgraded.wait()
        await asyncio.sleep(1)
        link.cut("rst")
        await client.wait()
    await asyncio.sleep(1)
    return client.id


# %% id="fallback-run"
async def step_down():
    server, told = Server(), []

    @server.on("connection")
    def connected(session):
        session.on("close", lambda reason, _: told.append(reason))

    async with server.listen() as port, http_client.Client() as http:
        async with proxy.Proxy(port, rtt=0.1) as link:
            sid = await upgraded_and_broken(link)
        print("the server is told:", *told)
        query = f"EIO=4&transport=polling&sid={sid}"
        answer = await http.get(f"{port.url}/engine.io/?{query}")
        print("polling with the old sid:", answer.status, answer.text())


clock.simulate(step_down())

# %% [markdown] id="fallback-text"
# After the `5` the WebSocket is the transport: when it ends, the **session** ends. There is no way back from
# WebSocket to polling. So what is right about the sentence?
#
# * Polling is not used *after* a failure, but *before* the upgrade. Where WebSocket is blocked, a session
#   simply stays on polling.
# * After the end, the layer above (Socket.IO) connects again, with a **new** session. That one begins with
#   polling again.
#
# What is to be done after each failure? Decide it in exercise
# [8.3](../exercises/08_upgrade_and_fallback.ipynb#8.3-·-What-next).

# %% [markdown] id="price"
# ## 6 · What it costs
#
# Here is the chat of lesson 06 once more, on Engine.IO: it polls, it has only a WebSocket, or it changes from
# one to the other. What does the beginning by polling cost, and what is left of it after the upgrade?

# %% id="price-run"
transports = ["WebSocket", *compare.ENGINEIO]
scores = await compare.compare(transports, rate=1, rtt=0.050, duration=60)
scores.figure()

# %% [markdown] id="price-text"
# Look at the bytes for each message. With polling it is a response with its head, and the next request. After the
# upgrade it is a frame again, with one digit more. What is left is the beginning: a handshake, a few polls, and
# the probe, which all messages share. And polling is late for those messages that fall into its gap.

# %% [markdown] id="workers"
# ## 7 · Two servers
#
# Your chat grows, and a second server helps. A load balancer gives every second request to each of them. What
# happens to a session?


# %% id="workers-balance"
def balancer(urls, http):
    turn = itertools.cycle(urls)

    async def balance(request):
        return await http.request(
            request.method, next(turn) + request.target, body=request.body, timeout=60
        )

    return balance


# %% id="workers-run"
async def two_servers():
    first, second = Server(), Server()
    async with first.listen() as one, second.listen() as two:
        async with http_client.Client() as http:
            both = await http_server.serve(balancer([one.url, two.url], http))
            client = Client(both.url, transports=["polling"])
            client.on("close", lambda reason, error: print(f"{reason}: {error}"))
            async with client:
                await client.wait()
            print("sessions:", first.clients_count, "and", second.clients_count)
            await both.close()


clock.simulate(two_servers())

# %% [markdown] id="workers-text"
# The handshake went to the first server, the next request to the second, and that one does not know the `sid`:
# 400. A session lives in the memory of **one** process. So a load balancer must give all requests of a session
# to the same server (*sticky sessions*), or the servers must help each other. A later lesson does both.

# %% [markdown] id="missing"
# ## 8 · What is still missing
#
# You have what Socket.IO calls the *low-level connection*: a session that works everywhere, uses the best
# transport that there is, notices when somebody has gone, and carries text and bytes in order.
#
# But an application wants to say "this is a chat message, that is a vote", and to know whether it has arrived.
# All that Engine.IO knows is `4` and some text. What stands in this text is the other half of Socket.IO:
# events, with names and answers. That is lesson 09.
#
# **Summary**
#
# * A session begins with what always works, and changes to what is better.
# * `2probe`, `3probe`, a pause, `5`: in the pause the client sends nothing, until no GET and no POST is under way.
# * An attempt that fails **before the `5`** loses nothing: the session goes on polling. After the `5` the end of
#   the WebSocket is the end of the session.
# * There is no way back. When a WebSocket ends, its session ends, and a new one begins.
# * A session lives in one process. A load balancer must send all of its requests there.
#
# **Ask next.** Why may the server not switch when it gets `2probe`? What does a client know that has sent `5`
# and then loses the WebSocket?

# %% id="glossary"
lab.glossary("08")

# %% id="finish"
await lab.finish()
