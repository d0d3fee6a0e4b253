"""A Socket.IO server of one process and no network, for the process of an answer.

    io = …; guard(io, …)      the answer registers middlewares and listeners, as with the library
    io.receive(1, "connect", "/admin", {"token": "…"})     the judge is the peer, client 1
    io.look()  ─▶  [[1, "connect_error", "/admin", "no"]]  what has happened since the last look

Exercises.  Builds on: nothing; it is a text, which runs before an answer and each program.
What is new here: namespaces, parents, middlewares, rooms and events as in `socketio`, with the same
rules about packets that come too early.
Left out: acknowledgements, volatile, timeouts, and whatever else these exercises do not need.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...sandbox.values import Raised
from ...scene import Scene

Reading = Callable[[list[Any]], Any]

GIVEN = '''
import asyncio
import inspect
import re
import types


class ConnectRefused(Exception):
    def __init__(self, message, data=None):
        super().__init__(message)
        self.data = data


class GivenListeners:
    def __init__(self):
        self.named = {}

    def on(self, event, listener=None):
        if listener is None:
            return lambda function: self.on(event, function)
        self.named.setdefault(event, []).append(listener)
        return listener

    def off(self, event, listener=None):
        some = self.named.get(event, [])
        self.named[event] = [one for one in some if listener not in (None, one)]


class GivenTarget:
    """Members of rooms, without others."""

    local = volatile = property(lambda self: self)

    def __init__(self, nsp, rooms=(), but=()):
        self.nsp, self.rooms, self.but = nsp, frozenset(rooms), frozenset(but)

    def to(self, *rooms):
        return GivenTarget(self.nsp, self.rooms | given_names(rooms), self.but)

    in_ = to

    def except_(self, *rooms):
        return GivenTarget(self.nsp, self.rooms, self.but | given_names(rooms))

    def found(self):
        return [one for one in [*self.nsp.sockets.values()]
                if (not self.rooms or self.rooms & {*one.rooms}) and not self.but & {*one.rooms}]

    def emit(self, event, *args):
        for socket in self.found():
            socket.emit(event, *args)

    def send(self, *args):
        self.emit("message", *args)

    async def fetch_sockets(self):
        return self.found()

    def disconnect_sockets(self, close=False):
        for socket in self.found():
            socket.disconnect(close)


def given_names(rooms):
    return {name for one in rooms for name in ([one] if isinstance(one, str) else one)}


class GivenNamespace(GivenListeners):
    def __init__(self, server, name):
        super().__init__()
        self.server, self.name, self.middlewares, self.sockets = server, name, [], {}

    def use(self, middleware):
        self.middlewares.append(middleware)
        return middleware

    def __getattr__(self, name):
        return getattr(GivenTarget(self), name)


class GivenParent(GivenListeners):
    def __init__(self, accepts):
        super().__init__()
        self.accepts, self.middlewares, self.children = accepts, [], {}

    use = GivenNamespace.use

    def accept(self, name, auth):
        matches = getattr(self.accepts, "fullmatch", None)
        return bool(matches(name)) if matches else self.accepts(name, auth)

    def emit(self, event, *args):
        for child in self.children.values():
            child.emit(event, *args)


class GivenConn:
    def __init__(self, id):
        self.id = id


class GivenSocket(GivenListeners):
    def __init__(self, server, client, nsp, auth):
        super().__init__()
        server.count += 1
        self.id, self.server, self.nsp, self.client_number = f"s{server.count}", server, nsp, client
        self.namespace_name, self.data, self.connected = nsp.name, {}, False
        self.client = self.conn = server.conns.setdefault(client, GivenConn(f"c{client}"))
        self.middlewares = []
        self.handshake = types.SimpleNamespace(
            auth=auth, query={}, headers={}, address="127.0.0.1", url="/socket.io/")
        self.rooms = [self.id]

    use = GivenNamespace.use

    broadcast = property(lambda self: GivenTarget(self.nsp, but=[self.id]))

    def to(self, *rooms):
        return self.broadcast.to(*rooms)

    in_ = to

    def join(self, *rooms):
        self.rooms += given_names(rooms) - {*self.rooms}

    def leave(self, room):
        self.rooms.remove(room) if room in self.rooms else None

    def emit(self, event, *args):
        if self.connected:
            self.server.tell(self.client_number, "event", self.nsp.name, event, *args)

    def send(self, *args):
        self.emit("message", *args)

    def disconnect(self, close=False):
        if not self.connected and self.server.links.get(self.key, self) is None:
            raise RuntimeError("who has not joined cannot be disconnected: raise ConnectRefused")
        if self.connected:
            self.server.tell(self.client_number, "disconnect", self.nsp.name)
            self.ended("server namespace disconnect")
        if close:
            self.server.close(self.client_number)

    key = property(lambda self: (self.client_number, self.nsp.name))

    def ended(self, reason):
        self.connected, self.rooms = False, []
        self.nsp.sockets.pop(self.id, None)
        self.server.links.pop(self.key, None)
        self.server.call(self, "disconnect", reason, "")


class GivenServer:
    def __init__(self):
        self.namespaces, self.parents, self.links, self.conns = {}, [], {}, {}
        self.happened, self.closed, self.count, self.stopped = [], set(), 0, None
        self.main = self.of("/")

    def __getattr__(self, name):
        return getattr(self.main, name)

    def of(self, name):
        if isinstance(name, str):
            name = f"/{name.lstrip('/')}"
            if name not in self.namespaces:
                self.namespaces[name] = GivenNamespace(self, name)
            return self.namespaces[name]
        self.parents.append(GivenParent(name))
        return self.parents[-1]

    def look(self):
        if self.stopped is not None:
            raise self.stopped
        happened, self.happened = self.happened, []
        return happened

    def tell(self, *what):
        self.happened.append(list(what))

    def receive(self, client, kind, name, *data):
        socket = self.links.get((client, name))
        if client in self.closed:
            return
        if kind == "connect" and (client, name) not in self.links:
            self.links[client, name] = None
            self.find(client, name, data[0], [*self.parents])
        elif kind == "event" and socket:
            self.event(socket, [*data])
        elif kind == "disconnect" and socket:
            socket.ended("client namespace disconnect")
        else:
            self.close(client)

    def close(self, client):
        if client not in self.closed:
            self.closed.add(client)
            self.tell(client, "close")
        for (other, _), socket in [*self.links.items()]:
            if other == client and socket:
                socket.ended("forced close")

    def after(self, function, args, then):
        """Call it, await what it gives, and then(value, error)."""
        try:
            value = function(*args)
        except Exception as error:
            return then(None, error)
        if not inspect.isawaitable(value):
            return then(value, None)
        asyncio.ensure_future(value).add_done_callback(lambda done: self.ended(done, then))

    def ended(self, task, then):
        error = RuntimeError("cancelled") if task.cancelled() else task.exception()
        if error is None or isinstance(error, Exception):
            then(None if error else task.result(), error)
        else:
            self.stopped = error

    def find(self, client, name, auth, parents):
        if name in self.namespaces:
            return self.ask(GivenSocket(self, client, self.namespaces[name], auth))
        if not parents:
            return self.refuse(client, name, "Invalid namespace")
        first, *rest = parents

        def accepted(value, error):
            if error:
                self.problem(error)
            if value and name not in self.namespaces:
                child = first.children[name] = self.of(name)
                child.middlewares += first.middlewares
                child.named = {event: [*some] for event, some in first.named.items()}
            self.find(client, name, auth, rest)

        self.after(first.accept, (name, auth), accepted)

    def ask(self, socket, done=0):
        if socket.client_number in self.closed:
            return
        if done == len(socket.nsp.middlewares):
            return self.welcome(socket)

        def asked(value, error):
            if error:
                self.refuse(*socket.key, f"{error}", error)
            else:
                self.ask(socket, done + 1)

        self.after(socket.nsp.middlewares[done], (socket,), asked)

    def refuse(self, client, name, why, error=None):
        self.links.pop((client, name), None)
        if client not in self.closed:
            kind = type(error).__name__
            said = why if kind in ("ConnectRefused", "NoneType") else f"{kind}: {why}"
            self.tell(client, "connect_error", name, said)

    def welcome(self, socket):
        self.links[socket.key], socket.connected = socket, True
        socket.nsp.sockets[socket.id] = socket
        self.tell(socket.client_number, "connect", socket.nsp.name)
        for event in ("connect", "connection"):
            for listener in [*socket.nsp.named.get(event, [])]:
                self.after(listener, (socket,), lambda value, error: self.problem(error))

    def event(self, socket, data, done=0):
        if not socket.connected:
            return
        if done == len(socket.middlewares):
            return self.call(socket, *data)

        def asked(value, error):
            if error and "error" in socket.named:
                self.call(socket, "error", error)
            elif error:
                self.problem(error)
            else:
                self.event(socket, data, done + 1)

        self.after(socket.middlewares[done], (data,), asked)

    def call(self, socket, event, *args):
        for listener in [*socket.named.get(event, [])]:
            self.after(listener, args, lambda value, error: self.problem(error))

    def problem(self, error):
        if error:
            self.tell(0, "raised", f"{type(error).__name__}: {error}")
'''


class ConnectRefused(Exception):
    """For programs of the judges; an answer has the one above."""


TOLD = ("connect", "connect_error", "disconnect", "close")


def play(name: str, args: list[Any], steps: list[Any], reads: Reading, scene: Scene) -> None:
    """Make the server `name`, and be its clients.

    A number lets seconds pass, and then it is looked at what has happened, and what counts of it:
    `reads(one)`, or nothing if that is None.
    """
    made = scene.make(name, *args)
    scene.told.clear()
    for step in steps:
        if isinstance(made, Raised) or isinstance(step, float):
            scene.run(0.0 if isinstance(made, Raised) else step)
            got = made if isinstance(made, Raised) else scene.call("look", on=made)
        else:
            client, kind, *given = step
            got = scene.call("receive", client, kind, *given, on=made)
            scene.told[-1] = f"{scene.now:6.2f} s  client {client}: {_said(kind, given)}"
        if isinstance(got, Raised):
            scene.see(got)
            return
        if isinstance(step, float):
            scene.told.pop()
            lines = [line for one in got if (line := _line(one))]
            counts = [read for one in got if (read := reads(one)) is not None]
            counts.sort(key=repr)  # clients are told in any order
            scene.see(got, counts=counts, text="; ".join(lines) or "nothing happens")
            scene.told += [f"{scene.now:6.2f} s  {line}" for line in lines]


def told(one: list[Any]) -> Any:
    """What counts of what a client is told about joining and leaving.  The words are free."""
    return one[:3] if one[1] in TOLD else None


def _said(kind: str, given: list[Any]) -> str:
    name, *more = given
    return f"{kind} {name}{''.join(f' {one!r}' for one in more)}"


def _line(one: list[Any]) -> str:
    client, kind, *more = one
    if kind == "raised":
        return f"a listener raises {more[0]}"
    if client == 0:
        return f"{kind}: {', '.join(map(repr, more))}"
    if kind == "close":
        return f"the connection of client {client} is closed"
    name, *rest = more
    return f"client {client} is told {kind} {name}{''.join(f' {said!r}' for said in rest)}"
