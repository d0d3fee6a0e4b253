# %% [markdown] id="title"
# # 12 · Namespaces and middleware
#
# *Everybody may chat. One of you may delete the others. How many servers is that?*
#
# **Objectives.** At the end you can
#
# * put several namespaces on one connection, and read their bytes;
# * say what two namespaces share, and when a room is the better choice;
# * ask whoever comes, before they are in, and refuse them;
# * know who somebody is, and guard an admin channel and the namespaces of tenants.
#
# **Prerequisites.** Lesson 11: rooms. Lesson 09: events, packets. Lesson 03: cookies and a foreign page.

# %% id="start"
import asyncio
import functools
import hmac
import re

from course_lib import lab
from course_lib.errors import ConnectionClosed
from course_lib.lab import bets, browser_client, clock, inspector, room_map, show, tap
from course_lib.net import http_client, ws
from course_lib.socketio import Client, ConnectError, ConnectRefused, Server
from course_lib.wire.http.http11 import Headers, Response
from course_lib.wire.socketio import packet

lab.start()

# %% [markdown] id="connection"
# ## 1 · One connection, two answers
#
# An office has a chat. It also needs a channel in which an admin can delete a user. Two servers? The article says:
#
# > 네임스페이스를 사용시 하나의 공유된 연결을 통해 애플리케이션의 로직을 분리할 수 있다. 예를 들어 승인된 사용자만 참여할 수 있는
# > '관리자' 채널을 생성하려는 경우 유용하다.
#
# (*With namespaces one can divide the logic of an application over one shared connection. This is useful, for example,
# for an "admin" channel in which only approved users take part.*) It calls this **multiplexing**: several
# conversations on one connection. Here the chat is in the main namespace, `/`, and the other one has a name:


# %% id="office"
def office():
    io = Server()
    admin = io.of("/admin")
    io.on("connection", lambda socket: socket.on("say", str.upper))

    @admin.use
    def guard(socket):
        if socket.handshake.auth.get("password") != "kimchi":
            raise ConnectRefused("not authorized", {"ask": "Ada"})

    @admin.on("connection")
    def come(socket):
        socket.on("delete user", lambda name: f"{name} is deleted")

    return io


# %% [markdown] id="office-text"
# `use` registers a **middleware**: a function that is called before somebody joins. If it raises, they do not join.
#
# ### Your bet
#
# A plain WebSocket (lesson 09) joins the chat. On the same connection it asks for `/admin`, without the password. Then
# it says *hi* in the chat. Is *hi* answered?

# %% id="bet"
choices = ["answered", "not answered", "too late: the connection has ended"]
my_bet = bets.bet("After the refusal, hi is …", choices=choices)
my_bet


# %% id="by-hand"
def hidden(message):
    return re.sub('"sid":"[^"]*"', '"sid":"(an id)"', message)


def knock(port):
    path = "/socket.io/?EIO=4&transport=websocket"
    return ws.connect(port.url.replace("http", "ws") + path)


async def heard(plain):
    try:
        async with asyncio.timeout(1):
            return hidden(await plain.recv())
    except (TimeoutError, ConnectionClosed) as error:
        return "" if isinstance(error, TimeoutError) else "(the connection ends)"


# %% id="by-hand-lines"
async def by_hand(io, *lines):
    async with io.listen() as port, knock(port) as plain:
        await plain.recv()  # the handshake
        for line in lines:
            await plain.send(line)
            answer = await heard(plain)
            print(f"{line:34} {answer}")
    return answer


# %% id="demonstration"
async def recorded(*lines):
    with tap.Tap("one connection, two answers") as recording:
        last = await by_hand(office(), *lines)
    return last, recording


lines = "40", "40/admin,", '420["say","hi"]'
last, recording = clock.simulate(recorded(*lines), rtt=0.1)
my_bet.reveal(choices[0] if "HI" in last else choices[2] if last else choices[1])

# %% [markdown] id="demonstration-text"
# *This is the demonstration of this lesson.* A packet of a namespace has the name in it, with a comma after it. `44` is a
# **refusal**: its object has a message, and `data` if the server gave some. It is about this namespace. The connection
# goes on, with everything else on it. Look at the bytes: choose a message, and then its parts.

# %% id="inspector" tags=["nbval-ignore-output"]
view = inspector.show(recording)
view.select_message(7)
assert b"44/admin," in view.message.data
view

# %% [markdown] id="namespaces"
# ## 2 · One socket for each namespace
#
# Now with the password. What do you get for a name that nobody has registered, and for an event where you have not
# joined?

# %% id="more-lines"
io = office()
lines = [
    "40",
    '40/admin,{"password":"kimchi"}',
    '42/admin,0["delete user","lee"]',
    "40/nowhere,",
    "41/admin,",
    '420["say","still here"]',
    '42/admin,1["delete user","kim"]',
]
clock.simulate(by_hand(io, *lines))
print("namespaces of the server:", *sorted(io.namespaces))

# %% [markdown] id="more-lines-text"
# * Each namespace is asked for, and each answers, with **an id of its own**. For the server this client is two
#   sockets.
# * `/nowhere` is *Invalid namespace*. To ask for a name does not make one. The client gets an answer, and may go on.
# * `41/admin,` leaves this namespace only. The chat is still there.
# * An event to a namespace that the client has **not** joined, or **not yet**, ends the whole connection. Whoever sends
#   it has made a mistake: first `40`, then its answer, then events. (Our client keeps events in a buffer until then.)
#   A second `40` for a namespace that the client has joined, or asks for, ends the connection, too.
#
# In the library, the path of the address is the namespace: `Client(url + "/admin")` joins `/admin` alone. With `of` a
# client asks its connection for one more:


# %% id="sockets"
async def two_sockets():
    io = office()
    async with io.listen() as port, Client(port.url) as chat:
        admin = chat.of("/admin", auth={"password": "kimchi"})
        await admin.connect()
        [here], [there] = io.sockets.sockets.values(), io.of("admin").sockets.values()
        print("the same id:        ", here.id == there.id)
        print("the same connection:", here.conn is there.conn)
        await admin.disconnect()
        print("the chat:           ", await chat.emit_with_ack("say", "still here"))


clock.simulate(two_sockets())

# %% [markdown] id="sockets-text"
# So a server keeps a table **for each connection**: under the name of a namespace, the socket in it. Write it in
# exercise
# [12.1](../exercises/12_namespaces_and_middleware.ipynb#12.1-·-Several-namespaces-on-one-connection).

# %% [markdown] id="shared"
# ## 3 · What is shared, and what is not
#
# The article has two namespaces, `/orders` and `/users`, each with listeners, rooms and middlewares. Beside *room1* of
# `/users` it says:
#
# > distinct from the room in the "orders" namespace
#
# Is that so? Ada is in both namespaces, Kim in one, and everybody joins *room1*. `/orders` listens for `order:list`,
# and `/users` for `user:list`.


# %% id="two-namespaces"
def shop():
    io = Server()
    for name, event in (("/orders", "order:list"), ("/users", "user:list")):

        @io.of(name).on("connection")
        def come(socket, name=name, event=event):
            socket.join("room1")
            socket.on(event, lambda: f"the list of {name}")

    return io


def people(url):
    ada, kim = (Client(f"{url}/orders", auth={"name": name}) for name in ("Ada", "Kim"))
    also = ada.of("/users", auth={"name": "Ada"})
    return {"Ada, /orders": ada, "Ada, /users": also, "Kim, /orders": kim}


# %% id="two-namespaces-run"
async def in_both():
    io = shop()
    async with io.listen() as port:
        clients = people(port.url)
        for name, one in clients.items():
            one.on("hello", lambda name=name: print("hello reaches", name))
            await one.connect()
            asked = one.timeout(5).emit_with_ack("user:list")
            print(name, await asyncio.gather(asked, return_exceptions=True))
        print(room_map.RoomMap(io).text)
        io.of("/orders").to("room1").emit("hello")
        await asyncio.sleep(1)
        for one in clients.values():
            await one.disconnect()


clock.simulate(in_both())

# %% [markdown] id="shared-text"
# The article is right. Rooms, listeners, middlewares, the id and `socket.data` belong to one namespace. What **is** shared
# is the connection: its transport, its heartbeat, and its end. If it breaks, both of Ada's sockets have left.
# (`socket.disconnect()` on the server ends one of them, `socket.disconnect(close=True)` all.) The headers of the first
# request are the same for all, and a large message of one namespace delays those of the others.
#
# ### A namespace, or a room?
#
# | | namespace | room |
# |---|---|---|
# | who decides | the client asks for it, and a middleware says no | the server alone: `join` |
# | on the wire | its name is in each packet | nothing |
# | has its own | listeners, middlewares, rooms | members |
# | how many | a few, one for each **part** of the application | as many as there are topics, or people |
#
# A chat with a thousand topics is one namespace with a thousand rooms. An admin channel has other events, and asks for
# other rights: that is a namespace.
#
# ### How many connections?
#
# The object that holds a client's connection is its **manager**. `of` asks the one that is there. How many connections
# do two namespaces need?


# %% id="ways"
WAYS = {
    "chat.of": lambda chat, url: chat.of("/admin"),
    "a second Client": lambda chat, url: Client(url + "/admin"),
}


async def connections(way):
    io = Server()
    io.of("/admin")
    async with io.listen() as port, Client(port.url) as chat, WAYS[way](chat, port.url):
        print(f"{way:15} {io.engine.clients_count}")


for way in WAYS:
    clock.simulate(connections(way))

# %% [markdown] id="ways-text"
# In JavaScript the library keeps a table of managers, one for each server. So `io()` and then `io("/admin")` share a
# connection. With `io("/admin", {forceNew: true})` there are two. So there are if `io()` is called twice, since a
# connection has each namespace once. Two are of use if they differ, in headers or in the transport, or if large
# messages on one must not delay the other.

# %% [markdown] id="middleware"
# ## 4 · Before somebody joins
#
# In the article each namespace has a middleware. The comment says what it is for:
#
# > ensure the socket has access to the "orders" namespace, and then
#
# There may be several: a **chain**. In which order do they run, and when is the client in? Guess before you look.


# %% id="middlewares"
def first(socket):
    print("  first")


async def asks_a_database(socket):
    await asyncio.sleep(2)
    socket.data["name"] = "Kim"
    print("  the database has answered")


def refuses(socket):
    raise ConnectRefused("the office is closed", {"opens": 9})


def has_a_mistake(socket):
    {}["/home/ada/secret.txt"]


# %% id="chain"
async def chain(*middlewares):
    io = Server(on_error=lambda error, _: print("  the server's log:", repr(error)))
    for middleware in middlewares:
        io.use(middleware)
    io.on("connection", lambda socket: print("  in, with", socket.data))
    async with io.listen() as port:
        try:
            await Client(port.url).connect()
        except ConnectError as error:
            print(f"  the client reads {str(error)!r}, {error.data}")
    print(f"  after {asyncio.get_running_loop().time():.0f} s")


# %% id="chain-run"
chains = [(first, asks_a_database), (asks_a_database, refuses, first)]
for middlewares in [*chains, (has_a_mistake, first)]:
    print(*(one.__name__ for one in middlewares), sep=", ")
    clock.simulate(chain(*middlewares))

# %% [markdown] id="chain-text"
# * They run in the order of `use`, and each waits until the one before has ended, `async def` too. The client is in
#   after the last one, and not before.
# * The first that raises ends the chain. The client's `"connect_error"` has the text and the `data` of `ConnectRefused`.
# * What a middleware puts into `socket.data` stays, and so do the rooms that it lets the socket join.
# * What it returns does not matter. `use` is for those who come later; whoever is in already is not asked.
#
# A mistake in a middleware refuses, too: better nobody than everybody. Its **traceback** stays in the server's log. It
# would tell a stranger how your program looks inside. But look at the last line: the *text* of the error is told, and
# here that is too much. So raise `ConnectRefused`, with words that are meant for a stranger, and catch what else may
# happen.
#
# In JavaScript a middleware has two arguments, `(socket, next)`. It calls `next()` to go on and
# `next(new Error("no"))` to refuse. If it calls neither, the client waits for ever.
#
# ### Impatient
#
# The database takes its time. Meanwhile a client can say anything. Is this one in twice?


# %% id="impatient"
def slow_office():
    io = Server()
    io.use(asks_a_database)
    io.on("connection", lambda socket: print("  one more socket"))
    return io


said = clock.simulate(by_hand(slow_office(), "40", "40"))

# %% [markdown] id="impatient-text"
# No. A client has **one** socket in a namespace, and a client that is still being asked counts, too. Our server takes the
# second `40` for a mistake. And if the connection ends meanwhile, nobody may join any more. So a server looks again
# after each `await`. Write the chain in exercise
# [12.2](../exercises/12_namespaces_and_middleware.ipynb#12.2-·-The-middleware-chain).

# %% [markdown] id="auth"
# ## 5 · Who are you?
#
# A middleware has to know who comes. Where can a client say it? There are four places.


# %% id="places"
async def places():
    io = Server()

    @io.use
    def look(socket):
        said = socket.handshake
        print("the first request:", said.url.partition("&EIO")[0])
        for name in ("authorization", "cookie"):
            print(f"{name}:", said.headers.get(name))
        print("auth:", said.auth)

    given = {"query": {"token": "abc"}, "auth": {"token": "abc"}}
    headers = {"Authorization": "Bearer abc", "Cookie": "token=abc"}
    async with io.listen() as port, Client(port.url, headers=headers, **given):
        pass


clock.simulate(places())

# %% [markdown] id="places-text"
# | place | but |
# |---|---|
# | **query** | It is a part of the address, and servers and proxies write addresses into their logs. |
# | **headers** | A page can set them for polling only: `new WebSocket(address, protocols)` has no argument for them. |
# | **cookies** | The browser adds them, also when a page of somebody else connects (lesson 03). So look at `Origin`. |
# | **`auth`** | It travels in `40{…}`, after the handshake. It is in no address, and only code that knows it sends it. |
#
# The first three are of the **connection**, the same for all of its namespaces. `auth` is of a **namespace**, and each
# has its own. It may be a function, which is called at each attempt. After a refusal a client may change it,
# and `connect()` once more.
#
# ### Anybody can write a name
#
# `auth` is a text from a stranger. `40{"name":"ada","role":"admin"}` takes a minute to type. So the
# server needs something that a stranger cannot write: a **token**. Here it is a name, and a *signature* of it: a hash
# of the name and a key that only the server has.


# %% id="token"
KEY = b"from a safe place, and never in a notebook"


def sign(name):
    return f"{name}.{hmac.new(KEY, name.encode(), 'sha256').hexdigest()[:16]}"


def verify(token):
    """Whose token this is.  Raises ConnectRefused."""
    name = str(token).rpartition(".")[0]
    if not hmac.compare_digest(sign(name).encode(), str(token).encode()):
        raise ConnectRefused("not authenticated")
    return name


# %% id="token-run"
for token in (sign("kim"), sign("kim").replace("kim", "ada"), "ada", None):
    try:
        print(f"{token!s:22} {verify(token)}")
    except ConnectRefused as error:
        print(f"{token!s:22} {error}")

# %% [markdown] id="token-text"
# Kim gets her token when she logs in, with a password, on a page of the server. She may read it, and she cannot change
# it. (`compare_digest` takes the same time for each wrong token. `==` ends at the first character that is wrong,
# and its time would tell how many are right.)
#
# To find out **who** somebody is, is **authentication**. To decide what they **may** do, is **authorization**. Their role is
# not in `auth`. The server has a table of its own, and looks up the name that it has verified. (A token may hold more
# than a name: a role, and the time at which it ends. What is signed, the server has written.)

# %% id="roles"
ROLES = {"ada": "admin"}  # the server's own table; a database, most often


def is_admin(socket):
    return ROLES.get(verify(socket.handshake.auth.get("token"))) == "admin"


# %% [markdown] id="guard"
# ## 6 · Guard the admin channel
#
# > 특정 관리자만 접근 가능한 로직을 애플리케이션의 나머지 파트로부터 분리하고 싶을때도 namespace 를 사용할 수 있다.
#
# (*One can use a namespace also to separate logic that only certain admins may reach from the rest of the application.*)
# This is the article's:
#
# ```
# adminNamespace.use((socket, next) => {
#   // ensure the user has sufficient rights
#   next();
# });
# adminNamespace.on("connection", socket => { socket.on("delete user", () => { … }) });
# ```
#
# As it stands it lets everybody in: a comment asks nobody. **A namespace keeps nobody out**; a middleware does, if it is
# right. Here are four guards.


# %% id="guards"
def believes(io):
    @io.of("/admin").use
    def guard(socket):
        if socket.handshake.auth.get("role") != "admin":
            raise ConnectRefused("not authorized")


def at_the_root(io):
    @io.use
    def guard(socket):
        if not is_admin(socket):
            raise ConnectRefused("not authorized")


# %% id="more-guards"
def lets_in_and_looks(io):
    @io.of("/admin").on("connection")
    async def guard(socket):
        await asyncio.sleep(0.1)  # asks a database
        if not is_admin(socket):
            socket.disconnect()


def looks_and_lets_in(io):
    @io.of("/admin").use
    async def guard(socket):
        await asyncio.sleep(0.1)
        if not is_admin(socket):
            raise ConnectRefused("not authorized")


# %% [markdown] id="attack-text"
# Five clients ask for `/admin`, and for nothing else. Whoever is in says `delete user` at once. Guess
# each line: who deletes somebody?


# %% id="attack"
async def attack(guard, auth):
    io, deleted = Server(on_error=lambda *_: None), []
    guard(io)

    @io.of("/admin").on("connection")
    def come(socket):
        socket.on("delete user", deleted.append)

    async with io.listen() as port:
        client = Client(port.url + "/admin", auth=auth, transports=["websocket"])
        client.on("connect", lambda: client.emit("delete user", "lee"))
        await asyncio.gather(client.connect(), return_exceptions=True)
        await asyncio.sleep(1)
        await client.disconnect()
    return bool(deleted)


# %% id="attack-run"
kim = sign("kim")
CLIENTS = {
    "Ada": {"token": sign("ada")},
    "Kim": {"token": kim},
    "Kim, role=admin": {"token": kim, "role": "admin"},
    "Kim as ada": {"token": kim.replace("kim", "ada")},
    "a stranger": {},
}
for guard in (believes, at_the_root, lets_in_and_looks, looks_and_lets_in):
    runs = {name: clock.simulate(attack(guard, a)) for name, a in CLIENTS.items()}
    print(f"{guard.__name__:18}", ", ".join(name for name in runs if runs[name]))

# %% [markdown] id="attack-result"
# * `believes` asks the client for its role. Whoever lies is an admin, and Ada, who does not, is none.
# * `at_the_root` guards `/`. A client may ask for `/admin` alone, and each namespace has middlewares of its own.
# * `lets_in_and_looks` is too late: between joining and the database's answer everything is heard.
# * The last one asks **before**, in **this** namespace, and the server's own table.
#
# Write a guard that stands when the attacker is the peer: exercise
# [12.3](../exercises/12_namespaces_and_middleware.ipynb#12.3-·-Guard-/admin).
#
# ### After joining
#
# The guard asks **once**. Whoever is in stays in, also when their role is taken away. So a socket may have middlewares,
# too, with `socket.use`: they are called with the list of each event,
# such as `["delete user", "lee"]`, before its listeners. Here is the whole office: each
# socket of the chat is in a room of its user's name (lesson 11), and *delete user* sends all of them away.


# %% id="whole"
def still_admin(socket, said):
    if not is_admin(socket):
        raise PermissionError(f"{said[0]} needs an admin")


def whole_office():
    io = Server(on_error=lambda *_: None)
    io.use(lambda socket: socket.join(verify(socket.handshake.auth.get("token"))))
    looks_and_lets_in(io)

    @io.of("/admin").on("connection")
    def come(socket):
        socket.use(functools.partial(still_admin, socket))
        socket.on("error", lambda error: print("the server's 'error':", error))
        socket.on("delete user", lambda name: deletes(io, name))

    return io


# %% id="whole-delete"
def deletes(io, name):
    io.in_(name).disconnect_sockets(close=True)
    return f"{name} is deleted"


async def after_joining():
    async with whole_office().listen() as port:
        lee = await Client(port.url, auth={"token": sign("lee")}).connect()
        lee.on("disconnect", lambda reason, _: print("lee:", reason))
        async with Client(port.url + "/admin", auth={"token": sign("ada")}) as ada:
            print("ada:", await ada.emit_with_ack("delete user", "lee"))
            ROLES["ada"] = "guest"
            asked = ada.timeout(5).emit_with_ack("delete user", "kim")
            print("ada:", await asyncio.gather(asked, return_exceptions=True))


clock.simulate(after_joining())
ROLES["ada"] = "admin"

# %% [markdown] id="whole-text"
# What `socket.use` raises stays on the server, as its event `"error"`. The client is told nothing: its request has no
# answer, and the other listeners are not called.
#
# ### On your own connection
#
# A page is one client, with one connection. This one is in the chat as Kim, and asks for `/admin` with the token that
# you choose. Is it let in, and does the chat notice? With Ada's, look at the number of connections, and press *forceNew*.

# %% id="page-source"
PAGE = """<!doctype html><meta charset=utf-8><title>The office</title>
<meta name=color-scheme content="light dark">
<p><label>I have the token of <select id=token>OPTIONS</select></label>
<button id=ask>Ask for /admin</button> <button id=own>The same, forceNew</button>
<p><button id=del>Delete Lee</button> <button id=say>Say hi in the chat</button>
<pre id=log role=log aria-label="what happened"></pre>
<script src="/browser_client.js"></script><script>SCRIPT</script>"""

# %% id="page-script"
SCRIPT = """
const show = (...said) => { log.append(said.join(" ") + "\\n"); scrollTo(0, 9999) }
const auth = answer => answer({token: token.value})
const join = (name, more) => { const socket = io(name, {auth, ...more})
  socket.on("connect", () => show(name, "in"))
  socket.on("connect_error", error => show(name, error.message))
  return socket }
const chat = join("/"), admin = join("/admin")
ask.onclick = () => admin.disconnect().connect()
own.onclick = () => join("/admin", {forceNew: true})
del.onclick = () =>
  admin.connected ? admin.emit("delete user", "lee", show) : show("not in /admin")
say.onclick = () => chat.emit("say", "hi", show)
chat.on("connections", number => show("connections to the server:", number))"""


# %% id="page" tags=["nbval-ignore-output"]
who = {"Kim": kim, "Ada": sign("ada"), "Kim, who wrote ada": kim.replace("kim", "ada")}
options = "".join(f"<option value={who[name]}>{name}</option>" for name in who)


def page(request):
    kind = Headers([("Content-Type", "text/html; charset=utf-8")])
    text = PAGE.replace("OPTIONS", options).replace("SCRIPT", SCRIPT)
    return browser_client.answer(request) or Response(200, kind, text.encode())


io = whole_office()
io.on("connection", lambda socket: socket.on("say", str.upper))
io.of("/admin").use(lambda _: io.emit("connections", io.engine.clients_count))
address = await io.listen(other=page)
async with http_client.Client() as http:
    assert "I have the token" in (await http.get(address.url)).text()
show.page(address.url, height=240, title="the office")

# %% [markdown] id="tenants"
# ## 7 · A namespace for each tenant
#
# > 여러 tentant 를 가질 수 있으니 namespace 당 하나의 tenant 를 생성할 수 있다.
#
# (*There may be several tenants, so one can make a tenant for each namespace.*) A **tenant** is a customer of an
# application: a school, or a shop, with people of its own. All of them use the same program, and none may see anything
# of another. But who writes `io.of` for a tenant of tomorrow? A **pattern**: `io.of(re.compile(…))` is the **parent** of
# all namespaces that clients ask for by a name that fits. A child has the middlewares and listeners of its parent, and
# rooms of its own.
#
# Kim works for tenant 1. Here are two servers with the same middleware. The first takes each name in which the pattern
# is *found*, as JavaScript's `test` does. In the second the pattern is **anchored**: the **whole** name has to fit. (In
# this library it always has to. In JavaScript write `^` and `$`.)


# %% id="tenant"
TENANT_OF = {"kim": "1", "lee": "2"}
ORDERS = {"1": ["rice"], "2": ["a secret order of tenant 2"]}
PATTERN = re.compile(r"/tenant-([0-9]+)")


def member(socket):
    tenant = PATTERN.search(socket.nsp.name)[1]
    if TENANT_OF.get(verify(socket.handshake.auth.get("token"))) != tenant:
        raise ConnectRefused("not a member")


def tenants(accepts):
    io = Server()
    parent = io.of(accepts)
    parent.use(member)

    @parent.on("connection")
    def come(socket):
        socket.on("orders", lambda: ORDERS.get(socket.nsp.name.rpartition("-")[2]))

    return io


# %% id="tenants-run"
def found(name, auth):
    return PATTERN.search(name)


async def orders(io, name):
    async with io.listen() as port:
        try:
            async with Client(port.url + name, auth={"token": kim}) as client:
                return f"reads {await client.emit_with_ack('orders')}"
        except ConnectError as error:
            return str(error)


for accepts, title in ((found, "found in the name:"), (PATTERN, "the whole name:")):
    print(title)
    for name in ("/tenant-1", "/tenant-2", "/tenant-1/tenant-2", "/tenant-x"):
        print(f"  {name:20} {clock.simulate(orders(tenants(accepts), name))}")

# %% [markdown] id="tenants-text"
# In `/tenant-1/tenant-2` the pattern is found. The middleware reads the first number, and lets Kim in. The listener reads
# the last one, and Kim reads the orders of tenant 2. With an anchored pattern there is **one** way to read a name.
# (In a function of your own, write `re.fullmatch`, and `[0-9]`: `\d` takes the digits of all scripts.)
#
# The tenant comes from the name that the middleware has looked at, and **never** from an argument of an event:
# `emit("orders", 2)` is what a client says. To speak to the same tenant, a listener begins with its own namespace:
# `socket.nsp.emit(…)`, or `socket.nsp.to("room1").emit(…)`.
#
# ### Names come and go
#
# A function, `def` or `async def`, can look a name up: `io.of(lambda name, auth: name in open_games)`. What does a
# client get before, during and after a game?


# %% id="games"
async def games():
    io, open_games = Server(), {"/game-1"}
    io.of(lambda name, auth: name in open_games)
    async with io.listen() as port:
        for name in ("/game-2", "/game-1", "/game-1"):
            game = Client(port.url + name)
            game.on("disconnect", lambda reason, _: print("  then:", reason))
            try:
                await game.connect()
                print(f"{name}: in")
                open_games.clear()
                io.remove_namespace(name)
            except ConnectError as error:
                print(f"{name}: {error}")


clock.simulate(games())

# %% [markdown] id="games-text"
# `remove_namespace` sends everybody away and forgets the name. The function has to say no from then on, or the next
# client makes it anew.
#
# What does it cost? Each name that fits becomes a namespace, with memory of its own. Fifty tenants come, and leave:


# %% id="cleanup"
async def come_and_go(cleanup):
    io = Server(cleanup_empty_child_namespaces=cleanup)
    io.of(PATTERN)
    async with io.listen() as port:
        for number in range(50):
            async with Client(f"{port.url}/tenant-{number}", transports=["websocket"]):
                pass
        return len(io.namespaces)


for cleanup in (False, True):
    left = clock.simulate(come_and_go(cleanup))
    print(f"cleanup={cleanup!s:5} namespaces left: {left}")

# %% [markdown] id="cleanup-text"
# With `cleanup_empty_child_namespaces=True` a child goes with its last socket, also if its middleware has refused
# everybody. (The one that is left is `/`. A connection may join 16 namespaces at most: `max_namespaces`.)
#
# Guard tenants: exercise
# [12.4](../exercises/12_namespaces_and_middleware.ipynb#12.4-·-Tenants-by-pattern).

# %% id="close"
await address.close()

# %% [markdown] id="python-socketio" folded=true
# ## 8 · Appendix: the same with python-socketio
#
# `python-socketio` has namespaces as well. Its client asks our server for two of them. The server writes down what
# comes, and our encoder writes the same packets once more.


# %% id="other-library"
import socketio


async def with_theirs(url, wait):
    client = socketio.AsyncClient(handle_sigint=False)
    names = {"namespaces": ["/", "/admin"], "transports": ["websocket"]}
    refused = functools.partial(print, "connect_error:")
    client.on("connect_error", refused, namespace="/admin")
    try:
        await client.connect(url, auth={"token": kim}, wait=wait, **names)
        await asyncio.sleep(1)
        print("the chat:", await client.call("say", "hi"))
        await client.disconnect()
    except socketio.exceptions.ConnectionError as error:
        print(error)


# %% id="other-server"
messages = []


class Noting(packet.Decoder):
    def add(self, message):
        messages.append(message)
        return super().add(message)


class Parser(packet.Parser):
    def decoder(self):
        return Noting()


# %% id="other-compare"
async def from_our_server(wait):
    io = Server(parser=Parser())
    looks_and_lets_in(io)
    io.on("connection", lambda socket: socket.on("say", str.upper))
    async with io.listen() as port:
        await with_theirs(port.url, wait)


for wait in (True, False):
    print("wait:", wait)
    clock.simulate(from_our_server(wait))
for message in messages[-4:]:
    [ours] = packet.encode(packet.decode(message))
    print(f"{message[:34]:36} {'the same' if ours == message else ours}")

# %% [markdown] id="other-text"
# The same bytes, and another idea of a refusal: if one namespace says no, its `connect` leaves them **all**, unless you
# say `wait=False`. The way to write it is different:
#
# | here | python-socketio |
# |---|---|
# | `chat.of("/admin", auth=…)`, at any time | `connect(url, namespaces=["/", "/admin"], auth=…)`: one `auth` for all, asked for at once |
# | `@io.of("/admin").on("connection")` | `@sio.on("connect", namespace="/admin")`, or a class `AsyncNamespace` |
# | `use(f)`, several | there are none: the one handler of `"connect"` asks |
# | `raise ConnectRefused("no", data)` | `raise ConnectionRefusedError("no", data)`, in that handler |
# | `io.of(re.compile(…))`, or a function | `namespaces="*"`: any name |

# %% [markdown] id="missing"
# ## 9 · What is still missing
#
# Ada is in, Kim is not, and the chat goes on, all on one connection. Then the train enters a tunnel. How do both sides
# notice, and how does a client come back, into each of its namespaces? That is lesson 13.
#
# **Summary**
#
# * A connection carries several namespaces. Each packet has the name in front, and each namespace has a socket, an id,
#   listeners, rooms and middlewares of its own.
# * A refusal is `44`, with a message and data. It ends nothing. An event to a namespace in which one is not ends the
#   connection.
# * Middlewares run in their order, before somebody joins. The first that raises refuses. A traceback stays on the
#   server.
# * `auth` is what a client says. A token shows who it is, and the server's own table says what they may.
# * A guard asks before, and in each namespace. A pattern for names fits the whole name.
#
# **Ask next.** Kim's token is stolen. What can the server do, and what could have been in the token? Ada is in `/admin`,
# and her role is taken away. Which sockets have to go, and how do you find them?

# %% id="glossary"
lab.glossary("12")

# %% id="finish"
await lab.finish()
