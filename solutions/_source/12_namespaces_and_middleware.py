# %% [markdown] id="title"
# # 12 · Namespaces and middleware: exercises
#
# Write your answer where it says `YOUR CODE HERE`, run the cell with Shift+Enter, then run the cell
# with `check` below it. `checks.hint("12.1")` gives three hints, one at a time, and
# `checks.hint("12.1", 1)` shows the first one again.
#
# If your time is short, do the exercises marked *Core*. The others are for practice.
#
# Whatever your answer imports, import it in its own cell.
#
# In the first two exercises you write a part of the library, and in the last two an application that
# somebody attacks. At the end each of them works with the library.

# %% id="start"
import asyncio
import json
import re

from course_lib import lab, socketio
from course_lib.errors import ConnectionClosed
from course_lib.lab import checks, your_namespaces
from course_lib.lab.checks import check
from course_lib.lab.grading.playing import play
from course_lib.net import ws
from course_lib.socketio import ConnectRefused, server

lab.start()


# %% id="peer"
async def by_hand(url, *packets):
    """A WebSocket that sends packets, and prints what comes.  A number lets seconds pass."""
    ids = []

    def said(packet):
        for id in re.findall('"sid":"(.*?)"', packet):
            ids.append(id)
            packet = packet.replace(id, f"id {ids.index(id) + 1}")
        return re.sub(r"[\w=.-]{40,}", "…", packet)  # a token

    url = f"{url.replace('http:', 'ws:')}/socket.io/?EIO=4&transport=websocket"
    async with ws.connect(url) as peer:
        await peer.recv()
        for packet in packets:
            try:
                if isinstance(packet, str):
                    print(f"─▶ {said(packet)}")
                    await peer.send(packet)
                async with asyncio.timeout(packet if isinstance(packet, float) else 0.1):
                    while True:
                        print(f"          ◀─ {said(await peer.recv())}")
            except TimeoutError:
                pass
            except ConnectionClosed:
                print("          the connection is closed")
                break


# %% [markdown] id="several" exercise="12.1" role="prompt"
# ## 12.1 · Several namespaces on one connection
#
# For practice, 15 minutes. Prepared by
# [One socket for each namespace](../notebooks/12_namespaces_and_middleware.ipynb#2-·-One-socket-for-each-namespace).
#
# Write a class `Namespaces(names)`: one connection of the server. `names` is a list of the namespaces
# that exist, such as `["/", "/chat"]`. `handle(event)` is told what happens, and returns a **list** of
# what to do.
#
# | event | |
# |---|---|
# | `("connect", name)` | the client asks to join this namespace |
# | `("allow", name)` | this namespace, which you have asked, lets the client in |
# | `("refuse", name, why)` | it does not |
# | `("event", name, args)` | the client sends an event to this namespace |
# | `("disconnect", name)` | the client leaves this namespace |
# | `("lost",)` | the connection has ended |
#
# | to do | |
# |---|---|
# | `("ask", name)` | ask the namespace. It has middlewares, so its answer may take a while |
# | `("joined", name, id)` | tell the client that it is in. `id` is a text that **you** choose, and no other socket of the server has had it, on other connections either |
# | `("refused", name, why)` | tell the client that it may not join |
# | `("deliver", id, args)` | give an event to the listeners of this socket |
# | `("left", id)` | this socket is over |
# | `("close",)` | end the connection: the client has broken the rules. `("lost",)` comes next, as always |
#
# * A namespace that is not in `names` refuses: the reason is `"Invalid namespace"`.
# * A refusal is no reason to end the connection. The client may ask again later.
# * It breaks the rules to send an event or a disconnect to a namespace that one is not in, and a
#   connect to one that one is in, or that has not answered yet.
# * When the connection ends, also after a `("close",)`, each socket is over, in any order. An answer of a namespace that comes after that
#   changes nothing: `[]`.
# * A client that has left a namespace may join again. The new socket has a new id.
#
# ```
# ("connect", "/")            ─▶  [("ask", "/")]
# ("connect", "/admin")       ─▶  [("ask", "/admin")]
# ("allow", "/")              ─▶  [("joined", "/", "k3Jq")]
# ("refuse", "/admin", "no")  ─▶  [("refused", "/admin", "no")]
# ("event", "/", ["hi", 1])   ─▶  [("deliver", "k3Jq", ["hi", 1])]
# ("event", "/admin", ["x"])  ─▶  [("close",)]
# ("lost",)                   ─▶  [("left", "k3Jq")]
# ```


# %% id="several-stub" exercise="12.1" role="stub"
class Namespaces:
    def __init__(self, names):
        ### BEGIN SOLUTION
        self.names, self.ids, self.over = names, {}, False
        ### END SOLUTION

    def handle(self, event):
        ### BEGIN SOLUTION
        import secrets

        kind, *given = event
        if kind == "lost":
            ids = [id for id in self.ids.values() if id is not None]
            self.ids, self.over = {}, True
            return [("left", id) for id in ids]
        name = given[0]
        if kind in ("allow", "refuse"):
            if self.over:
                return []
            if kind == "refuse":
                del self.ids[name]
                return [("refused", name, given[1])]
            self.ids[name] = secrets.token_hex(8)
            return [("joined", name, self.ids[name])]
        if kind == "connect" and name not in self.ids:
            if name not in self.names:
                return [("refused", name, "Invalid namespace")]
            self.ids[name] = None  # while the namespace is asked
            return [("ask", name)]
        id = self.ids.get(name)
        if kind == "connect" or id is None:
            return [("close",)]
        if kind == "event":
            return [("deliver", id, given[1])]
        del self.ids[name]
        return [("left", id)]
        ### END SOLUTION


# %% id="several-check" exercise="12.1" role="check"
check("12.1")
### BEGIN HIDDEN TESTS
check("12.1").credit()
### END HIDDEN TESTS

# %% [markdown] id="several-wire-text"
# ### Your code on the wire
#
# In the library's server your class decides about each packet. `/chat` has a middleware that takes half a
# second, and `/admin` refuses everybody. Three clients are plain WebSockets: the first joins what it
# may, is refused where it may not, and leaves one namespace; the second sends an event too early, and
# the third connects twice. (`id 1` is the first id that you have given to this client.)


# %% id="several-wire" exercise="12.1" role="wire"
checks.answered("12.1")


async def talk_by_hand():
    io = socketio.Server()

    def connected(socket):
        socket.on("say", lambda text: print(f"   {socket.namespace_name} hears {text}"))
        socket.on("disconnect", lambda *_: print(f"   {socket.namespace_name} has one less"))

    def refuse(socket):
        raise ConnectRefused("only for administrators")

    for name in ("/", "/chat", "/admin"):
        io.of(name).on("connection", connected)
    io.of("/chat").use(lambda socket: asyncio.sleep(0.5))
    io.of("/admin").use(refuse)
    say, early = '42/chat,["say","안녕"]', '42/chat,["say","too early"]'
    first = ["40/chat,", 1.0, "40", "40/nope,", "40/admin,", say, "41/chat,", '42["say","🍜"]']
    async with io.listen() as address:
        for packets in (first, ["40", "40/chat,", early, 1.0], ["40", "40"]):
            await by_hand(address.url, *packets)
            print()


with checks.swap(server, Connection=your_namespaces.carrying(Namespaces)):
    play(talk_by_hand)

# %% [markdown] id="chain" exercise="12.2" role="prompt"
# ## 12.2 · The middleware chain
#
# Core, 18 minutes. Prepared by
# [Before somebody joins](../notebooks/12_namespaces_and_middleware.ipynb#4-·-Before-somebody-joins).
#
# Write a class `Door(middlewares)`: it stands between one client and one namespace.
# (A client that has left the namespace, and comes back, has a new one.)
#
# `async def connect(self, socket)` is called when the client asks to join, each time with a new
# `socket`. It returns what the client is told:
#
# | | |
# |---|---|
# | `("connect", {"sid": socket.id})` | it has joined, and `socket.connected` is `True`. It is `False` at first |
# | `("connect_error", {"message": text})` | a middleware has refused. The dict has a `"data"`, too, if there is some |
# | `("close",)` | the client has broken the rules |
# | `None` | the client has left meanwhile |
#
# * `middlewares` is a list of functions. Each is called with the socket, one after the other, and the
#   next one only when this one has ended. What it returns may have to be awaited, whether it is
#   written with `async def` or not: `inspect.isawaitable` says so. Otherwise what comes back has no
#   meaning.
# * A middleware refuses with an exception, whichever it is. No other is called then. The message is
#   `str(error)`. A `ConnectRefused` has a `data`; if it is not `None`, the client is told.
# * After a refusal the client may try again.
# * A second `connect`, while the first waits or when the client has joined, breaks the rules. Its
#   answer comes at once, and calls no middleware. (Then the library ends the connection, and calls `lost`.)
#
# `def lost(self)` is called when the connection ends. If a `connect` waits then, no more middlewares are
# called, nobody joins, and it returns `None`.
#
# (`ConnectRefused` is there: you need not write it.)


# %% id="chain-stub" exercise="12.2" role="stub"
class Door:
    def __init__(self, middlewares):
        ### BEGIN SOLUTION
        self.middlewares, self.busy, self.gone = middlewares, False, False
        ### END SOLUTION

    async def connect(self, socket):
        ### BEGIN SOLUTION
        import inspect

        if self.busy:
            return ("close",)
        self.busy = True
        for middleware in self.middlewares:
            try:
                result = middleware(socket)
                if inspect.isawaitable(result):
                    await result
            except Exception as error:
                self.busy = False
                said, data = {"message": str(error)}, getattr(error, "data", None)
                if data is not None:
                    said["data"] = data
                return None if self.gone else ("connect_error", said)
            if self.gone:
                return None
        socket.connected = True
        return ("connect", {"sid": socket.id})
        ### END SOLUTION

    def lost(self):
        ### BEGIN SOLUTION
        self.gone = True
        ### END SOLUTION


# %% id="chain-check" exercise="12.2" role="check"
check("12.2")
### BEGIN HIDDEN TESTS
check("12.2").credit()
### END HIDDEN TESTS

# %% [markdown] id="chain-wire-text"
# ### Your code on the wire
#
# In the library's server each client has one of your doors. The namespace has three middlewares: one
# that looks for a name, one that asks a list of bans, which takes a second, and one that writes a log.
# The last two clients are plain WebSockets: one sends its CONNECT twice, and one leaves too soon.


# %% id="chain-wire" exercise="12.2" role="wire"
checks.answered("12.2")


async def three_middlewares():
    io = socketio.Server()

    @io.use
    def has_a_name(socket):
        socket.data["name"] = socket.handshake.auth["name"]

    async def check_list(socket, *banned):
        await asyncio.sleep(1)
        if socket.data["name"] in banned:
            raise ConnectRefused("banned", {"until": "월요일"})

    io.use(lambda socket: check_list(socket, "Eve"))

    @io.use
    def log(socket):
        print(f"   log: {socket.data['name']} is all right")
        return "Kim" in socket.data["name"]

    io.on("connection", lambda socket: print(f"   {socket.data['name']} is in"))

    async with io.listen() as address:
        for auth in ({"name": "지수"}, {"name": "Eve"}, {}):
            client = socketio.Client(address.url, auth=auth)
            try:
                await client.connect()
                print(f"{auth}: joined")
            except socketio.ConnectError as error:
                print(f"{auth}: {error}" + (f" {error.data}" if error.data else ""))
            await client.disconnect()
        await by_hand(address.url, '40{"name":"Kim"}', '40{"name":"Kim"}', 2.0)
        await by_hand(address.url, '40{"name":"Lee"}')
        await asyncio.sleep(2)


with checks.swap(server, Namespace=your_namespaces.asking(Door)):
    play(three_middlewares)

# %% [markdown] id="guard" exercise="12.3" role="prompt"
# ## 12.3 · Guard /admin
#
# Core, 15 minutes. Prepared by
# [Guard the admin channel](../notebooks/12_namespaces_and_middleware.ipynb#6-·-Guard-the-admin-channel).
#
# A chat has a namespace for administrators, who delete users. Write `guard(io, read, now, delete)`,
# which is called once, when the server starts. It registers what is needed:
#
# * Only administrators join `/admin`. Everybody else is refused **before** joining, whatever they say and
#   whatever they have joined before. `/` stays open to all.
# * In `/admin`, the event `"delete user"` with a name calls `delete(name, by)`, where `by` is the
#   name of the administrator.
#
# `io` is the library's server, as in the lesson. A client sends its token when it joins: it is
# `socket.handshake.auth["token"]`, if the client is honest.
#
# * `await read(token)` gives what the server itself has written into a token: a dict such as
#   `{"name": "ada", "role": "admin", "until": 1796083200.0}`. It raises `ValueError` for anything that
#   the server has not signed.
# * The role of administrators is `"admin"`. A token is good as long as `now()` is less than its
#   `"until"`. Each connect needs one of its own. (After that, `guard` need not look at it again.)
# * `delete` is a plain function.
#
# Pages of the chat send `"name"` and `"role"` in `auth`, too, to show them. An attacker writes his
# packets by hand. Which of these may you trust?


# %% id="guard-stub" exercise="12.3" role="stub"
def guard(io, read, now, delete):
    ### BEGIN SOLUTION
    admin = io.of("/admin")

    @admin.use
    async def check_token(socket):
        try:
            claims = await read(socket.handshake.auth.get("token"))
        except ValueError:
            raise ConnectRefused("not allowed") from None
        if claims["role"] != "admin" or now() >= claims["until"]:
            raise ConnectRefused("not allowed")
        socket.data["name"] = claims["name"]

    @admin.on("connection")
    def connected(socket):
        socket.on("delete user", lambda name: delete(name, socket.data["name"]))

    ### END SOLUTION


# %% id="guard-check" exercise="12.3" role="check"
check("12.3")
### BEGIN HIDDEN TESTS
check("12.3").credit()
### END HIDDEN TESTS

# %% [markdown] id="guard-wire-text"
# ### Your code on the wire
#
# The library's server, with your guard, and tokens that are signed with a secret. Two administrators
# come, and Ada deletes a user. Then attackers come, with a WebSocket each: one without a token, one with the token of
# a user, one with an old one, one with a token that was changed, and one that does not wait for the
# answer. Whatever they try, "deleted" must stand there once.


# %% id="guard-wire" exercise="12.3" role="wire"
checks.answered("12.3")


async def attacks():
    io, tokens, now = socketio.Server(), your_namespaces.Tokens(), asyncio.get_running_loop().time
    guard(io, tokens.read, now, lambda name, by: print(f"   deleted: {name}, by {by}"))
    boss = tokens.sign(name="Ada", role="admin", until=now() + 3600)
    other = tokens.sign(name="Max", role="admin", until=now() + 3600)
    user = tokens.sign(name="Eve", role="user", until=now() + 3600)
    old = tokens.sign(name="Ada", role="admin", until=now() - 1)
    changed = user.partition(".")[0] + "." + boss.partition(".")[2]
    delete = '42/admin,["delete user","Bob"]'

    async with io.listen() as address:
        admin = f"{address.url}/admin"
        async with (
            socketio.Client(admin, auth={"token": boss, "name": "King"}) as client,
            socketio.Client(admin, auth={"token": other}),
        ):
            client.emit("delete user", "Spam")
            await asyncio.sleep(1)
        attackers = {"no token": None, "of a user": user, "an old one": old, "changed": changed}
        for who, token in attackers.items():
            print(f"\n{who}")
            auth = json.dumps(
                {"name": "Ada", "role": "admin"} | ({"token": token} if token else {})
            )
            await by_hand(address.url, f"40/admin,{auth}", 1.0, delete)
        print("\ndoes not wait, and tries / as well")
        main = '42["delete user","Bob"]'
        await by_hand(address.url, "40", main, f"40/admin,{auth}", delete, 1.0)


play(attacks)

# %% [markdown] id="tenants" exercise="12.4" role="prompt"
# ## 12.4 · Tenants by pattern
#
# For practice, 18 minutes. Prepared by
# [A namespace for each tenant](../notebooks/12_namespaces_and_middleware.ipynb#7-·-A-namespace-for-each-tenant).
#
# Many companies use the same chat server. Each is a *tenant*, and has a namespace of its own:
# `/tenant-acme`, `/tenant-blue-sky`, and so on. There is no list of them: a namespace is made when
# a member of the company asks for it. Write two functions.
#
# `tenant_of(name)` gives the tenant of a namespace's name, or `None`. After `/tenant-` come one or more
# of the letters `a` to `z`, the digits `0` to `9`, and `-`; and nothing else.
#
# ```
# tenant_of("/tenant-blue-sky")   ─▶  "blue-sky"
# tenant_of("/tenant-")           ─▶  None
# tenant_of("/tenant-acme/x")     ─▶  None
# ```
#
# `serve(io, read)` is called once, when the server starts. It registers what is needed at `io`, the
# library's server:
#
# * Each tenant has its namespace. Only its members join it. `await read(token)` is like that of 12.3,
#   and gives a dict such as `{"name": "ada", "tenant": "acme"}`.
# * `"open"` with a room: the socket joins this room of its tenant. It may be in several.
# * `"say"` with a dict such as `{"room": "점심", "text": "안녕"}`: all who are in this room of this tenant
#   hear `"said"` with three values: the room, the name in the token of whoever says it, and the text.
#   Whoever says it need not be in the room; if it is, it hears it, too.
# * `"news"` with a dict such as `{"text": "안녕"}`: all of this tenant hear `"news"` with the name and the
#   text.
#
# Pages send `"tenant"` and `"name"`, too, in `auth` and in these dicts. (Two tenants may well have
# rooms with the same name.)


# %% id="tenants-stub" exercise="12.4" role="stub"
def tenant_of(name):
    ### BEGIN SOLUTION
    match = re.fullmatch(r"/tenant-([a-z0-9-]+)", name)
    return match and match[1]
    ### END SOLUTION


def serve(io, read):
    ### BEGIN SOLUTION
    tenants = io.of(lambda name, auth: tenant_of(name) is not None)

    @tenants.use
    async def check_member(socket):
        claims = await read(socket.handshake.auth.get("token"))
        if claims["tenant"] != tenant_of(socket.nsp.name):
            raise ConnectRefused("not a member")
        socket.data["name"] = claims["name"]

    @tenants.on("connection")
    def connected(socket):
        name, here = socket.data["name"], socket.nsp
        socket.on("open", socket.join)
        socket.on("news", lambda message: here.emit("news", name, message["text"]))

        @socket.on("say")
        def say(message):
            here.to(message["room"]).emit("said", message["room"], name, message["text"])

    ### END SOLUTION


# %% id="tenants-check" exercise="12.4" role="check"
check("12.4")
### BEGIN HIDDEN TESTS
check("12.4").credit()
### END HIDDEN TESTS

# %% [markdown] id="tenants-wire-text"
# ### Your code on the wire
#
# Two tenants on the library's server, two members each, and all four are in a room with the same name.
# Ada of acme speaks; then she writes the name of the other tenant into her message. At last Eve of
# blue-sky tries to join acme, and namespaces that there should not be.


# %% id="tenants-wire" exercise="12.4" role="wire"
checks.answered("12.4")


async def two_tenants():
    io, tokens, heard = socketio.Server(), your_namespaces.Tokens(), []
    serve(io, tokens.read)

    def member(address, name, tenant, home):
        auth = {"token": tokens.sign(name=name, tenant=tenant), "tenant": home}
        client = socketio.Client(f"{address.url}/tenant-{home}", auth=auth)
        client.on_any(lambda *event: heard.append(f"   {name} of {tenant} hears {event}"))
        return client

    async with io.listen() as address:
        people = {"Ada": "acme", "Bob": "acme", "Kim": "blue-sky", "Lee": "blue-sky"}
        clients = [member(address, name, tenant, tenant) for name, tenant in people.items()]
        for client in clients:
            await client.connect()
            client.emit("open", "점심")
        await asyncio.sleep(0.1)
        for tenant in ("acme", "blue-sky"):
            print(f"Ada writes tenant: {tenant}")
            clients[0].emit("say", {"room": "점심", "text": "🍜?", "tenant": tenant})
            clients[0].emit("news", {"text": "we move", "tenant": tenant})
            await asyncio.sleep(0.1)
            print(*sorted(heard), sep="\n")
            heard.clear()
        for home in ("acme", "blue-sky/x", "BLUE-SKY", "blue_sky"):
            try:
                await member(address, "Eve", "blue-sky", home).connect()
                print(f"✘ Eve has joined {home}")
            except socketio.ConnectError as error:
                print(f"Eve asks for {home}: {error}")
        for client in clients:
            await client.disconnect()


play(two_tenants)

# %% id="progress"
checks.progress()

# %% id="finish"
await lab.finish()
