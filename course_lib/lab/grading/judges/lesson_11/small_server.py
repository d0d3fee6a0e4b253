"""A Socket.IO server without a network, as a text: what an answer's process has in its place.

    io = make("SmallServer")              the answer registers its listeners: chat(io)
    start("comes", "a", on=io)            a client connects
    start("says", "a", "create", ["점심", "Ada"], on=io)
    start("goes", "a", on=io)             its connection ends
    call("heard", on=io)                  [["a", "roomList", [[]]], …]: what clients were told

Exercises.  Builds on: nothing; an answer's process has the standard library alone.
What is new here: names and behaviour are those of `socketio` for rooms, broadcasts and listeners;
what has to become JSON is tried.  A listener that is `async def` runs at once until it waits, where
Python can do that, as in the library.
Left out: acknowledgements, namespaces, middleware, flags; and all of the network.
"""

from __future__ import annotations

SMALL_SERVER = '''
import asyncio
import functools
import inspect
import json
import sys


class SmallListeners:
    def __init__(self):
        self._listeners = {}

    def on(self, event, listener=None):
        if listener is None:
            return functools.partial(self.on, event)
        self._listeners.setdefault(event, []).append(listener)
        return listener

    def tell(self, event, *args):
        """Call them; the tasks of those that wait."""
        values = [listener(*args) for listener in [*self._listeners.get(event, ())]]
        loop, eager = asyncio.get_running_loop(), sys.version_info >= (3, 12)
        make = functools.partial(asyncio.Task, eager_start=True) if eager else asyncio.Task
        return [make(value, loop=loop) for value in values if inspect.iscoroutine(value)]


class SmallChain:
    def __init__(self, nsp, rooms=(), but=(), everybody=True):
        self._nsp, self._rooms, self._but, self._everybody = nsp, rooms, but, everybody

    def to(self, rooms, *more):
        rooms = (*self._rooms, *_names(rooms, *more))
        return SmallChain(self._nsp, rooms, self._but, not rooms)

    in_ = to

    def except_(self, rooms, *more):
        but = (*self._but, *_names(rooms, *more))
        return SmallChain(self._nsp, self._rooms, but, self._everybody)

    @property
    def local(self):
        return self

    def emit(self, event, *args):
        for socket in self._matching():
            socket.emit(event, *args)

    async def fetch_sockets(self):
        return self._matching()

    def _matching(self):
        table, everybody = self._nsp.adapter.rooms, self._nsp.sockets
        rows = [everybody] if self._everybody else [table.get(room, ()) for room in self._rooms]
        out = {id for room in self._but for id in table.get(room, ())}
        ids = dict.fromkeys(id for row in rows for id in row if id not in out)
        return [everybody[id] for id in ids if id in everybody]


class SmallAdapter(SmallListeners):
    def __init__(self):
        super().__init__()
        self.rooms, self.sids = {}, {}

    def socket_rooms(self, id):
        return [*self.sids.get(id, ())]

    def add(self, id, room):
        if room in self.sids.setdefault(id, {}):
            return
        self.sids[id][room] = None
        if room not in self.rooms:
            self.rooms[room] = {}
            self.tell("create-room", room)
        self.rooms[room][id] = None
        self.tell("join-room", room, id)

    def delete(self, id, room):
        if room not in self.sids.get(id, ()):
            return
        del self.sids[id][room], self.rooms[room][id]
        self.tell("leave-room", room, id)
        if not self.rooms[room]:
            del self.rooms[room]
            self.tell("delete-room", room)


class SmallSocket(SmallListeners):
    def __init__(self, io, id):
        super().__init__()
        self.id, self.data, self.connected = id, {}, True
        self.nsp, self.server = io.sockets, io

    @property
    def rooms(self):
        return self.nsp.adapter.socket_rooms(self.id)

    @property
    def broadcast(self):
        return SmallChain(self.nsp, but=(self.id,))

    def join(self, rooms, *more):
        for room in _names(rooms, *more) if self.connected else ():
            self.nsp.adapter.add(self.id, room)

    def leave(self, room):
        self.nsp.adapter.delete(self.id, room)

    def to(self, rooms, *more):
        return self.broadcast.to(rooms, *more)

    in_ = to

    def except_(self, rooms, *more):
        return self.broadcast.except_(rooms, *more)

    def emit(self, event, *args):
        if self.connected:
            self.nsp.told.append([self.id, event, json.loads(json.dumps(args))])


class SmallNamespace(SmallListeners):
    def __init__(self):
        super().__init__()
        self.name, self.told = "/", []
        self.sockets, self.adapter = {}, SmallAdapter()

    def __getattr__(self, name):
        if name in ("to", "in_", "except_", "emit", "fetch_sockets", "local"):
            return getattr(SmallChain(self), name)
        raise AttributeError(f"the grader's server has no {name!r}; the exercise says what it has")


class SmallServer:
    def __init__(self):
        self.sockets = SmallNamespace()

    def __getattr__(self, name):
        return getattr(self.sockets, name)

    def of(self, name):
        if name != "/":
            raise LookupError("the grader's server has one namespace: /")
        return self.sockets

    def heard(self):
        told, self.sockets.told = self.sockets.told, []
        return told

    async def comes(self, id):
        socket = self.sockets.sockets[id] = SmallSocket(self, id)
        socket.join(id)
        names = ("connect", "connection")
        await _ended([task for name in names for task in self.sockets.tell(name, socket)])

    async def says(self, id, event, args):
        await _ended(self.sockets.sockets[id].tell(event, *args))

    async def goes(self, id):
        socket, adapter = self.sockets.sockets[id], self.sockets.adapter
        tasks = socket.tell("disconnecting", "client namespace disconnect", "")
        for room in socket.rooms:
            adapter.delete(id, room)
        adapter.sids.pop(id, None)
        del self.sockets.sockets[id]
        socket.connected = False
        await _ended(tasks + socket.tell("disconnect", "client namespace disconnect", ""))


async def _ended(tasks):
    for task in tasks:
        await task


def _names(rooms, *more):
    found = (rooms, *more) if isinstance(rooms, str) else (*rooms, *more)
    for room in found:
        if not isinstance(room, str):
            raise ValueError(f"the name of a room is a text, not {room!r}")
    return found
'''
