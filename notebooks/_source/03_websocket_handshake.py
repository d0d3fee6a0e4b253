# %% [markdown] id="title"
# # 03 · The WebSocket handshake
#
# *In HTTP each answer needs a request. How can a connection do without this rule?*
#
# **Objectives.** At the end you can
#
# * write the request and the answer that turn HTTP into WebSocket, and read them in the bytes;
# * say what the key and its answer show, and what they do not;
# * say what a proxy on the way may do to a handshake;
# * keep pages of other origins away from your visitors' conversations;
# * say how long it takes until the first message, and where its bytes are.
#
# **Prerequisites.** Lesson 01: the head of a request, header lines. Lesson 02: the gap.

# %% id="start"
import asyncio
import base64
import hashlib
import random

from course_lib import lab
from course_lib.errors import RemoteError
from course_lib.lab import bets, clock, inspector, sequence, show, tap
from course_lib.lab.apps import attacker, victim
from course_lib.net import http_client, http_server, stream, ws, ws_link
from course_lib.wire.http import http11
from course_lib.wire.websocket import handshake, handshake_request

lab.start()

# %% [markdown] id="why"
# ## 1 · One connection, both ways
#
# Long polling has three costs: each answer needs a request, each request has a head, and between two
# requests there is a gap. Where does this rule come from: TCP, or HTTP on top of it?
#
# Not from TCP. There both ends may send at any time. It is HTTP that says: one request, one answer.
# So why not simply open a TCP connection of our own?
#
# * A browser lets no page do that. Otherwise any page could talk to the mail server or the printer
#   in your office.
# * Everything between a page and its server is made for HTTP: ports, proxies, encryption.
#
# So a WebSocket **begins as HTTP and then stops being HTTP**. HTTP/1.1 has a way to do this, called
# *upgrade*. The client asks for another protocol, the server agrees, and from the next byte on
# the same connection speaks the other one. This first exchange is the **handshake**.
#
# ```
# client                                  server
#   │ ── GET /chat  Upgrade: websocket ──▶ │   HTTP: a request
#   │ ◀───── 101 Switching Protocols ───── │   HTTP: the last answer
#   │ ◀═══════════ frames ═══════════════▶ │   WebSocket: at any time
# ```

# %% [markdown] id="bytes"
# ## 2 · The bytes
#
# What does a client have to say? Here is a WebSocket server that greets everybody, and a request
# written by hand. It has five header lines. Which two of the names do you know from lesson 01?
# (`async for` takes one message after the other, until the connection ends.)


# %% id="bytes-server"
async def greet(connection):
    await connection.send("welcome")
    async for message in connection:
        await connection.send(f"you said {message}")


server = await ws.serve(greet)
by_hand = (
    "GET /chat HTTP/1.1\r\n"
    f"Host: 127.0.0.1:{server.port}\r\n"
    "Upgrade: websocket\r\n"
    "Connection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    "Sec-WebSocket-Version: 13\r\n\r\n"
)

# %% id="bytes-answer"
connection = await stream.connect("127.0.0.1", server.port)
connection.write(by_hand.encode())
show.http(await connection.read_until(b"\r\n\r\n"))

# %% [markdown] id="bytes-lines"
# | Line | What it says |
# |---|---|
# | `Upgrade: websocket` | the protocol that I want to speak from now on |
# | `Connection: Upgrade` | the line `Upgrade` is only for the program at the other end of *this* connection (section 5) |
# | `Sec-WebSocket-Key` | 16 random bytes; show me that you know what to do with them |
# | `Sec-WebSocket-Version: 13` | the only version in use; the earlier ones were drafts |
# | `101 Switching Protocols` | agreed; after my empty line HTTP is over |
# | `Sec-WebSocket-Accept` | the answer to the key |
#
# The key is in **base64**: any bytes as letters, so that they fit in a line of text. Three bytes
# become four letters; `=` fills up the end.
#
# Neither message has a body, nor a length. Now read nine bytes more. Has the client asked for them?

# %% id="bytes-frame"
print(await connection.read_exactly(9))
await connection.close()

# %% [markdown] id="bytes-frame-text"
# It has not. The server spoke first: a message in a *frame*, with a header of two bytes. Lesson 04
# takes frames apart; until then the lesson has counted the bytes for you.
#
# Here is the library's client, over a link with a round trip of 100 ms, in the simulator. The address
# of a WebSocket begins with `ws://`, or with `wss://` if there is TLS. In the inspector, choose the
# request and then the answer. Find the key, and the value that answers it. **Which byte is the last one
# of HTTP?**


# %% id="bytes-recorded"
async def say_hello():
    with tap.Tap("a handshake") as recording:
        async with ws.serve(greet) as server, ws.connect(server.url) as connection:
            await connection.recv()
            await connection.send("hello")
            await connection.recv()
    return recording


recording = clock.simulate(say_hello(), rtt=0.100)

# %% id="bytes-inspector" tags=["nbval-ignore-output"]
view = inspector.show(recording)
view.select_message(2)
assert view.message.data.endswith(b"\r\n\r\n")
view

# %% [markdown] id="bytes-last"
# The last byte of HTTP is the line feed of the answer's empty line. What follows on the same
# connection, in both directions, is no HTTP any more.

# %% [markdown] id="key"
# ## 3 · The key and its answer
#
# The server said 101. Why is that not enough?
#
# Because you do not know where it came from. Perhaps from a *cache*, which remembers answers and gives
# them to the next client; perhaps from a program that sends back whatever it gets. If the client
# believed them and sent frames, another program might read those bytes as HTTP. So the client sends
# something new each time, and wants a value that **only a program that knows WebSocket would answer**:
#
# ```
# the key           dGhlIHNhbXBsZSBub25jZQ==
# + a fixed text    258EAFA5-E914-47DA-95CA-C5AB0DC85B11   (always the same)
# ──▶ SHA-1         b3 7a 4f 2c c0 62 4f 16 90 f6 … b2 be c4 ea
# ──▶ in base64     s3pPLMBiTxaQ9kYGzzhZRbK+xOo=
# ```
#
# SHA-1 is a *hash*: from any text it makes a short value. The value always has the same size, and the
# same text always gives the same value. The key stays as it is, as text. Nobody takes it out of base64,
# except to see that it is long enough.

# %% id="key-steps"
fixed = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
hashed = hashlib.sha1(("dGhlIHNhbXBsZSBub25jZQ==" + fixed).encode())
print(len(hashed.hexdigest()), "characters as hexadecimal text:", hashed.hexdigest())
print(len(hashed.digest()), "bytes:", hashed.digest())

# %% [markdown] id="key-question"
# Which of these goes into base64, the text or the bytes? Count: how many letters would each of them
# become, and how many has the answer in section 2? (Three bytes become four letters. So the bytes
# become 28 letters, as many as that answer has, and the text would become 56.)
#
# Here are three answers from programs that know nothing of WebSocket. What does the library's client
# say to each?


# %% id="key-impostors"
def agreed(proof):
    lines = {"Upgrade": "websocket", "Connection": "Upgrade"}
    return http11.Response(101, {**lines, "Sec-WebSocket-Accept": proof})


old_key, key = "dGhlIHNhbXBsZSBub25jZQ==", "AQIDBAUGBwgJCgsMDQ4PEA=="
answers = {
    "a web server": http11.Response(200, body=b"<h1>It works!</h1>"),
    "an echo": agreed(key),
    "an old cache": agreed(handshake.accept(old_key)),
}

# %% id="key-verify"
for name, response in answers.items():
    try:
        handshake.verify(response, key)
    except RemoteError as error:
        print(f"{name}: {error}\n".replace(", ", ",\n    "))

# %% [markdown] id="key-not"
# ### What it does not prove
#
# Is the key a password? No: **nothing here is secret**. The fixed text is in the standard, so every
# program can compute the answer, an attacker's program, too. It does not say who the client is: a
# cookie or a token does that (section 6). And it hides nothing: TLS does that, with `wss://`, and TLS
# also shows that the *server* is the right one. (SHA-1 is broken for signatures. For the same reason
# that does no harm here.)
#
# It says one thing: the program at the other end knows WebSocket. And the server knows something, too.
# With `fetch` a page may send requests of its own, but a browser lets no page set a header that
# begins with `Sec-`. So a `fetch` never looks like a handshake.

# %% [markdown] id="key-exercise"
# Compute the answer to a key: exercise
# [3.1](../exercises/03_websocket_handshake.ipynb#3.1-·-The-answer-to-a-key).

# %% [markdown] id="answer"
# ## 4 · Ask and answer
#
# How much code is a server's handshake? This much. It reads a request and writes the 101.


# %% id="answer-small"
def small_answer(head):
    lines = head.decode("latin-1").split("\r\n")[1:-2]
    pairs = (line.split(": ", 1) for line in lines)
    said = {name.lower(): value for name, value in pairs}
    return (
        "HTTP/1.1 101 Switching Protocols\r\n"
        "Upgrade: websocket\r\n"
        "Connection: Upgrade\r\n"
        f"Sec-WebSocket-Accept: {handshake.accept(said['sec-websocket-key'])}\r\n\r\n"
    ).encode()


# %% id="answer-agree"
for seed in range(300):
    some_key = base64.b64encode(random.Random(seed).randbytes(16)).decode()
    request = handshake.request("ws://chat.example/chat", some_key)
    ours = small_answer(http11.encode_request(request))
    assert ours == http11.encode_response(handshake.answer(request))
print("300 random keys: byte for byte what the library answers")

# %% [markdown] id="answer-try-text"
# Does the library's client accept these few lines as a WebSocket server?


# %% id="answer-try"
async def small_server(connection):
    connection.write(small_answer(await connection.read_until(b"\r\n\r\n")))
    connection.write(b"\x81\x02hi")  # a frame
    await connection.read()


async with stream.serve(small_server) as small:
    async with ws.connect(f"ws://127.0.0.1:{small.port}/chat") as client:
        print(await client.recv())

# %% [markdown] id="answer-refuse-text"
# It says yes to everybody. Here are five requests, each with one line changed. Which of them
# should get a 101? Decide before you run the cell.

# %% id="answer-refuse"
changes = [
    ("Connection", "keep-alive, Upgrade"),
    ("Connection", "keep-alive"),
    ("Upgrade", "WebSocket"),
    ("Sec-WebSocket-Version", "8"),
    ("Sec-WebSocket-Key", "abc"),
]
for name, value in changes:
    lines = {**dict(handshake.request("ws://chat.example/", key).headers), name: value}
    try:
        said = str(handshake.answer(http11.Request("GET", "/", lines)).status)
    except RemoteError as error:
        said = f"{error.code}: {error}".partition(";")[0]
    print(f"{name}: {value}\n    {said}")

# %% [markdown] id="answer-refuse-text-2"
# The first one is what Firefox sends. **`Connection` is a list** of words with commas between them,
# in any case (capital letters or small ones), and `Upgrade` has to be one of them. If you compare
# the whole value, you refuse Firefox. If you only look for these letters, you accept `no-upgrade`. A
# client that wants another version than 13 is told which one is spoken here. The library's code
# quotes the sentence that it obeys. It is from RFC 6455, the standard of WebSocket. (An *RFC* is one
# of the texts in which the protocols of the internet are written down; HTTP is in RFC 9110 and 9112.)

# %% id="answer-library"
show.source(handshake_request.check_version)

# %% [markdown] id="answer-more"
# The client may ask for two more things, and **the server takes only what was asked for**:
#
# * `Sec-WebSocket-Protocol: chat.v2, chat.v1`: a *subprotocol*, the name of what the messages mean. The
#   server chooses one of these names, letter by letter, or none. (Then our client continues without
#   one. A browser does not: a page that asked for a subprotocol and gets none has no connection.)
# * `Sec-WebSocket-Extensions: permessage-deflate`: changes of the frames themselves, such as
#   compression (lesson 05).
#
# What does a client do when the server chooses a name that nobody asked for?

# %% id="answer-subprotocol"
async with ws.serve(greet, subprotocols=["chat.v1"]) as other:
    for asked in (["chat.v2", "chat.v1"], ["chat.v3"], []):
        async with ws.connect(other.url, subprotocols=asked) as client:
            print(f"asked for {asked}, agreed on {client.subprotocol}")

good = agreed(handshake.accept(key))
chosen = [*good.headers, ("Sec-WebSocket-Protocol", "chat.v1")]
try:
    handshake.verify(http11.Response(101, chosen), key, subprotocols=[])
except RemoteError as error:
    print("nobody asked:", error)

# %% [markdown] id="answer-exercise"
# It ends the connection. The client checks each line of the answer as strictly as the server checks
# those of the request: `Upgrade`, the list in `Connection`, the proof, and what was chosen.
#
# Two of a server's refusals need a header line (RFC 9110): a `405`, method not allowed, says in `Allow`
# which methods are allowed, and a `426`, upgrade required, says in `Upgrade` which protocol is
# required.
#
# Answer what may be answered, and refuse the rest: exercise
# [3.2](../exercises/03_websocket_handshake.ipynb#3.2-·-Answer-a-handshake). Check an answer as a
# client: exercise [3.3](../exercises/03_websocket_handshake.ipynb#3.3-·-Check-the-answer).

# %% [markdown] id="proxy"
# ## 5 · A proxy in between
#
# A proxy reads your request, and sends the server a request of its own. What does it do with `Upgrade`?
#
# `Connection` names the lines that are meant for *this* connection only, for one hop of the way.
# `Upgrade` is such a *hop-by-hop* line, and a proxy has to take these away before it passes a
# request on. It is not broken; it does what HTTP says. Here is one:


# %% id="proxy-source"
def proxy_to(url, http):
    async def forward(request):
        named = request.headers.get("Connection") or ""
        taken = ["connection", *named.lower().split(", ")]
        passed = [line for line in request.headers if line[0].lower() not in taken]
        target = url + request.target
        return await http.request(request.method, target, headers=passed)

    return forward


# %% id="proxy-try"
async with http_client.Client() as inside:
    old_proxy = proxy_to(f"http://127.0.0.1:{server.port}", inside)
    async with http_server.serve(old_proxy) as front:
        try:
            await ws.connect(f"ws://127.0.0.1:{front.port}/chat")
        except RemoteError as error:
            print(str(error).replace(": ", ":\n    "))

# %% [markdown] id="proxy-text"
# The server got a plain GET, so it says what it expects: `426 Upgrade Required`. From a server of
# another kind it may be `400`, `404`, or a page. Three things follow.
#
# * A proxy of your own has to be told. nginx, for example, wants three lines:
#   `proxy_http_version 1.1;` `proxy_set_header Upgrade $http_upgrade;` and
#   `proxy_set_header Connection "upgrade";`
# * Use `wss://`. A proxy between your visitor and your server that cannot read the bytes cannot
#   take any away.
# * There are networks where it does not work at all. So Socket.IO begins with long polling, and
#   tries this afterwards (lesson 08).

# %% [markdown] id="origin"
# ## 6 · Whose page is it?
#
# Mina's chat is private. She is signed in: her browser has a *cookie* of the chat's server, a text
# that it sends along with each request to that server, **also when another page of the same site
# asks**. Two ports of one host are one *site*, and so are two subdomains of one domain.
#
# You are Mina. Click the address above the page, so that the chat has a tab of its own. (Inside the
# notebook a browser may give it no cookie; then it is not connected.)

# %% id="origin-chat" tags=["nbval-ignore-output"]
chat = await victim.Chat().start()
show.page(chat.url, title="Mina's chat", height=330)

# %% [markdown] id="origin-cors"
# An **origin** is scheme (`http` or `https`), host and port of a page's address. A browser lets no page
# read what servers of *other* origins answer: this is the *same-origin policy*. With a header line a
# server can allow it to some pages: this is **CORS**. The chat's programmers know it. The answer to
# `/messages` says whose page may read it:

# %% id="origin-cors-run"
mina = {"Cookie": chat.session}
async with http_client.Client() as http:
    news = await http.get(f"{chat.url}/messages", headers=mina)
allowed = news.headers["Access-Control-Allow-Origin"]
assert allowed == chat.url
print("Access-Control-Allow-Origin is the chat's own address.")
print(*news.json(), sep="\n")

# %% [markdown] id="origin-attacker"
# Now a page from another origin: another port, and another person's server. It has no password of
# Mina's. What can it read? Decide, then click its address, in the same browser.

# %% id="origin-page" tags=["nbval-ignore-output"]
page = await attacker.Page(chat).start()
show.page(page.url, title="a page that Mina was sent a link to", height=330)

# %% [markdown] id="origin-attacker-text"
# `fetch` got nothing. The chat did answer; it was the *browser* that did not show the answer to the
# page. And the WebSocket got everything. **Neither the same-origin policy nor CORS covers WebSocket**:
# the browser connects, sends Mina's cookie along, and says in a header line, `Origin`, whose page it
# was. The server has to decide.
#
# The same without a browser: a client that says what a browser would say.


# %% id="demonstration"
async def what_it_reads(origin):
    headers = {"Cookie": chat.session}  # a browser adds it for each page of this site
    try:
        opening = ws.connect(chat.socket_url, origin=origin, headers=headers)
        async with opening as socket:
            return [await socket.recv() for _ in range(3)]
    except RemoteError as error:
        return error.code


own, foreign = await what_it_reads(chat.url), await what_it_reads(page.url)
print("Mina's page reads:       ", own)
print("the attacker's page reads:", foreign)
assert own == foreign == list(victim.SAID)

# %% [markdown] id="demonstration-text"
# *This is the demonstration of this lesson.* The attacker's page has read the whole conversation, with
# the code of a door. Here is how the chat answers. It asks for the cookie. Which line lets a page of
# another origin in?

# %% id="origin-source"
show.source(victim.Chat.answer)

# %% [markdown] id="origin-fix-text"
# The one with `ws.upgrade`: whose page may connect is in `self.origins`. Many libraries begin with "any
# page". Print it, change it, then **reload the attacker's page**.

# %% id="origin-fix"
print("origins was", repr(chat.origins))
chat.origins = None  # this is the line: our own pages only
print("Mina's page reads:       ", await what_it_reads(chat.url))
print("the attacker's page gets:", await what_it_reads(page.url))
assert await what_it_reads(page.url) == 403

# %% [markdown] id="origin-fix-text-2"
# Refused, before there is a WebSocket. This is the function that decided. It compares the whole text;
# `http://chat.example.evil.test` begins with the right letters, too:

# %% id="origin-library"
show.source(handshake.origin_allowed)

# %% [markdown] id="origin-notes"
# * **It protects your visitors, from pages.** A program that is no browser can send any origin, or
#   none, but it does not have Mina's cookie. Not here, though: cookies know no ports (RFC 6265, 8.5),
#   so Mina's browser sends the chat's cookie to the attacker's *server*, too. Never run two programs
#   that do not trust each other on one host.
# * Browsers today mostly send no cookie with the requests of pages of *other* sites, unless the cookie
#   says `SameSite=None` and `Secure` (TLS only). The chat's cookie says `SameSite=Strict`: never. It
#   did not help here, because the attacker's page is of the same site.
# * A page in a *sandbox*, `<iframe sandbox>`, has the origin `null`, and any page can contain such a
#   frame. Never allow it.
# * JupyterLab, which you look at, lets WebSockets run code in your kernel. It checks the origin, too.

# %% [markdown] id="origin-exercise"
# Decide about origins, with attackers among them: exercise
# [3.4](../exercises/03_websocket_handshake.ipynb#3.4-·-Whose-page-may-connect).

# %% [markdown] id="first"
# ## 7 · The first message
#
# ### Your bet
#
# The RTT is 100 ms. A client connects to a WebSocket server and says hello as soon as it may. After
# how many milliseconds does the **server** have this message? Count from the beginning, with TCP.

# %% id="bet"
my_bet = bets.bet("The server has the client's first message after?", unit="ms")
my_bet


# %% id="first-run"
async def first_messages():
    heard = asyncio.get_running_loop().create_future()

    async def talk(connection):
        await connection.send("welcome")
        assert await connection.recv() == "hello"
        heard.set_result(asyncio.get_running_loop().time())
        await connection.recv()

    with tap.Tap("the first messages") as recording:
        async with ws.serve(talk) as server, ws.connect(server.url) as connection:
            await connection.send("hello")
            arrived = await heard
            await asyncio.sleep(1)
    return arrived, recording


# %% id="first-figure"
arrived, recording = clock.simulate(first_messages(), rtt=0.100)
sequence.plot(recording, stop=arrived, bet=my_bet.seconds)

# %% id="bet-result"
my_bet.reveal(arrived * 1000)

# %% [markdown] id="first-text"
# One round trip for TCP, which the figure leaves out because it has no bytes of ours; one for the
# handshake; and half of one for the message itself. (With `wss` there is one more, for TLS.) From
# then on each message takes half a round trip, in both directions, and there is no gap. The server
# can be quicker: it need not wait for the client, so its welcome **travels right after the 101**.
#
# Then what does one read give?


# %% id="first-segment"
async def one_read():
    async with ws.serve(greet) as server:
        connection = await stream.connect("127.0.0.1", server.port)
        connection.write(by_hand.encode())
        head, _, rest = (await connection.read()).partition(b"\r\n\r\n")
        print("the head ends with", head[-28:])
        print("and after it came", rest)
        await connection.close()


clock.simulate(one_read(), rtt=0.100)

# %% [markdown] id="first-segment-text"
# The end of HTTP and the beginning of WebSocket came together; a stream has no messages. A program
# that takes the head and throws the rest away never hears the welcome. One that keeps the rest and
# looks at it *when more bytes come* hears it with the next message, perhaps in an hour. The library
# hands it over at once, in its last line:

# %% id="first-library"
show.source(ws_link.PushConnection.take)

# %% [markdown] id="first-text-2"
# The same can happen to a server. A client has to wait for the 101 before it sends, says the
# standard. Some do not wait, and then the request and a frame come together.

# %% [markdown] id="first-exercise"
# Lose no byte at the switch: exercise
# [3.5](../exercises/03_websocket_handshake.ipynb#3.5-·-After-the-head).

# %% [markdown] id="missing"
# ## What is still missing
#
# The connection is open, and both sides may speak at any time. But a stream has no messages. Where does
# one message end and the next begin? What were the two bytes before `welcome`? Lesson 04 opens the
# frames.
#
# **Summary**
#
# * A WebSocket begins as a GET with `Upgrade: websocket` and ends HTTP with a 101.
# * `Sec-WebSocket-Accept` shows that the server knows WebSocket. It is no secret and no password.
# * `Connection` is a list. The client checks the answer as strictly as the server checks the request.
# * `Upgrade` is hop-by-hop: a proxy that is not told drops it, and the client gets no 101.
# * CORS does not cover WebSocket. The server must compare the whole `Origin`. Otherwise a page of
#   another origin reads what your visitors may read.
# * The first message of the server may come in one read with the 101.
#
# **Ask next.** A page cannot set header lines on a WebSocket. How could it send a token instead of a
# cookie? And what should a server do with a visitor whose session ends while the WebSocket is open?

# %% id="glossary"
lab.glossary("03")

# %% id="finish"
await page.close()
await chat.close()
await server.close()
await lab.finish()
