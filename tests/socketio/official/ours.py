"""Our server and client, with the program of `peers/server.cjs` and `peers/client.cjs`."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import dataclasses
import datetime
import functools
import inspect
import math
import re
from collections.abc import AsyncIterator, Callable
from typing import Any

from course_lib.adapters import Engine, cluster
from course_lib.engineio import Server as EngineServer
from course_lib.engineio import Session
from course_lib.errors import LocalError
from course_lib.socketio import Client, ConnectError, ConnectRefused, Manager, Server, Socket
from course_lib.socketio.broadcast import AckTimeout, BroadcastOperator
from course_lib.wire.socketio.msgpack_parser import Parser

Events = asyncio.Queue[list[Any]]
# Node's option -> ours, and how its value is written here.
SERVER_OPTIONS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "pingInterval": ("ping_interval", lambda ms: ms / 1000),
    "pingTimeout": ("ping_timeout", lambda ms: ms / 1000),
    "connectTimeout": ("connect_timeout", lambda ms: ms / 1000),
    "maxHttpBufferSize": ("max_payload", int),
    "cleanupEmptyChildNamespaces": ("cleanup_empty_child_namespaces", bool),
    "parser": ("parser", {"msgpack": Parser()}.__getitem__),
}
CLIENT_OPTIONS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "timeout": ("connect_timeout", lambda ms: ms / 1000),
    "query": ("query", dict),
    "reconnection": ("reconnection", bool),
    "reconnectionAttempts": ("reconnection_attempts", int),
    "reconnectionDelay": ("reconnection_delay", lambda ms: ms / 1000),
    "randomizationFactor": ("randomization_factor", float),
}


def translated(options: dict[str, Any], table: dict[str, tuple[str, Callable[[Any], Any]]]) -> Any:
    return {table[name][0]: table[name][1](options[name]) for name in options}


class Application:
    """What every server under test does."""

    def __init__(self, options: dict[str, Any], **more: Any) -> None:
        self.told: Events = asyncio.Queue()
        self.held: list[Callable[[], None]] = []  # what waits for "release"
        self.flags = {name: options.pop(name, False) for name in ("catchAll", "greet", "rooms")}
        self.io = io = Server(**translated(options, SERVER_OPTIONS), **more)
        self.closing: asyncio.Task[None] | None = None

        @io.use
        def ask(socket: Socket) -> None:
            auth = socket.handshake.auth
            if "user" in auth:
                socket.data["user"] = auth["user"]
            if "refuse" in auth:
                raise ConnectRefused(auth["refuse"], auth.get("data"))

        two, slow = io.of("/two"), io.of("/slow")

        @two.use
        def first(socket: Socket) -> None:
            self.tell("first", "/two")
            if socket.handshake.auth.get("refuse"):
                raise ConnectRefused("refused by the first")

        two.use(lambda socket: self.tell("second", "/two"))
        io.of("/early").use(lambda socket: socket.emit("early", 1))

        @slow.use
        def wait(socket: Socket) -> Any:
            self.tell("held", "/slow")
            return self.wait()

        for name in ("/", "/admin", "/third", "/two", "/early", "/slow"):
            io.of(name).on("connection", self.connected)
        dynamic = io.of(re.compile(r"/dynamic-\d+"))
        dynamic.on("connection", self.connected)

        @dynamic.use
        def maybe(socket: Socket) -> None:
            if socket.handshake.auth.get("refuse"):
                raise ConnectRefused("refused")

        if self.flags["rooms"]:
            for event in ("create-room", "join-room", "leave-room", "delete-room"):
                io.of("/").adapter.on(event, functools.partial(self.tell_room, event))

        io.on("new_namespace", lambda namespace: self.tell("new_namespace", namespace.name))

        @io.engine.on("connection")
        def opened(session: Session) -> None:
            tell = self.tell
            session.on("upgrade", lambda transport: tell("upgrade", session.id, transport.name))

    def tell(self, *event: Any) -> None:
        self.told.put_nowait(list(event))

    def tell_room(self, event: str, room: str, id: str = "") -> None:
        if len(room) < 20:  # not the room of an id
            self.tell(event, room, bool(id))

    def wait(self, value: Any = None) -> asyncio.Future[Any]:
        """What is done at the next "release"."""
        released = asyncio.get_running_loop().create_future()
        self.held.append(lambda: released.set_result(value))
        return released

    def release(self) -> None:
        while self.held:
            self.held.pop()()

    def connected(self, socket: Socket) -> None:
        nsp = socket.nsp.name
        self.tell("connection", nsp, socket.id)
        if self.flags["greet"]:
            socket.emit("hello", socket.handshake.auth)
        rooms = self.flags["rooms"]

        @socket.on("disconnecting")
        def disconnecting(reason: str, _: object) -> None:
            self.tell("disconnecting", nsp, reason, *([socket.id in socket.rooms] * rooms))

        @socket.on("disconnect")
        def disconnect(reason: str, _: object) -> None:
            self.tell("disconnect", nsp, reason, *([len(socket.rooms)] * rooms))

        socket.on("error", lambda error: self.tell("error", nsp, str(error)))
        if self.flags["catchAll"]:
            socket.on_any(lambda *event: self.tell("any", nsp, *event))

        socket.on("echo", lambda *args: socket.emit("echo", *args))
        socket.on("answer", lambda *args: args)
        socket.on("later", self.wait)
        socket.on("release", self.release)
        socket.on("handshake", lambda: plain(socket))
        socket.on("data", lambda: socket.data)

        def say(*events: list[Any]) -> None:
            for event in events:
                socket.emit(*event)

        @socket.on("say special values")
        def say_special_values() -> None:
            epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
            socket.emit("values", None, None, math.nan, epoch, math.inf, {"b": False})

        @socket.on("say volatile")
        def say_volatile(*events: list[Any]) -> None:
            for event in events:
                socket.volatile.emit(*event)

        @socket.on("say reserved")
        def say_reserved(name: str) -> str:
            try:
                socket.emit(name)
            except LocalError:
                return "refused"
            return "sent"

        @socket.on("ask")
        def ask(*event: Any) -> None:
            socket.emit(*event, callback=lambda *answers: socket.emit("answered", *answers))

        @socket.on("ask within")
        def ask_within(ms: float, *event: Any) -> None:
            def answered(error: Exception | None, *answers: Any) -> None:
                socket.emit(*(["unanswered"] if error else ["answered", *answers]))

            socket.timeout(ms / 1000).emit(*event, callback=answered)

        @socket.on("leave")
        def leave(*events: list[Any]) -> None:
            say(*events)
            socket.disconnect()

        @socket.on("end")
        def end(*events: list[Any]) -> None:
            say(*events)
            socket.disconnect(close=True)

        @socket.on("leave twice")
        def leave_twice() -> None:
            socket.disconnect()
            socket.disconnect()
            socket.emit("late")

        @socket.on("shut down")
        def shut_down() -> None:
            self.closing = asyncio.create_task(self.io.close())

        socket.on("say", say)

        @socket.on("run")
        async def run(start: str, steps: list[Any]) -> Any:
            it: Any = {"io": self.io, "socket": socket}.get(start) or self.io.of(start)
            try:
                for name, *args in steps:
                    it = step(it, name, args)
                it = await it if inspect.isawaitable(it) else it
            except AckTimeout as error:
                return {"error": str(error), "responses": error.responses}
            except LocalError as error:
                return {"error": str(error), "responses": None}
            if isinstance(it, list) and it and hasattr(it[0], "handshake"):
                return [[one.data.get("user"), len(one.rooms), one.id in one.rooms] for one in it]
            return it if isinstance(it, list | dict | str) else None

        socket.on("rooms", lambda: ([room for room in socket.rooms if room != socket.id],))

        @socket.on("guard")
        def guard(word: str) -> None:
            socket.use(lambda event: self.guard(nsp, word, event))

    def guard(self, nsp: str, word: str, event: list[Any]) -> Any:
        """A middleware of a socket."""
        if event[0] != "echo":
            return None
        self.tell("asked", nsp, word, *event[1:])
        if event[1] == word:
            raise ValueError(f"no {word}")
        if event[1] == "wait":
            return self.wait()
        event.append(word)
        return None


NAMES = {
    "in": "in_", "except": "except_", "fetchSockets": "fetch_sockets",
    "socketsJoin": "sockets_join", "socketsLeave": "sockets_leave",
    "disconnectSockets": "disconnect_sockets", "emitWithAck": "emit_with_ack",
}  # fmt: skip


def step(it: Any, name: str, args: list[Any]) -> Any:
    """One operator, by its name in JavaScript."""
    if name == "timeout":
        args = [args[0] / 1000]
    found = getattr(it, NAMES.get(name, name))
    return found(*args) if callable(found) and not isinstance(found, BroadcastOperator) else found


def plain(socket: Socket) -> dict[str, Any]:
    """The handshake, as JSON."""
    found = socket.handshake
    fields = {one.name: getattr(found, one.name) for one in dataclasses.fields(found)}
    return fields | {"headers": {name.lower(): value for name, value in found.headers}}


@contextlib.asynccontextmanager
async def server(
    options: dict[str, Any], **more: Any
) -> AsyncIterator[tuple[int, Events, EngineServer]]:
    """A server with these options, which are Node's: its port, and what happens there."""
    application = Application(options, **more)
    async with application.io.listen() as address:
        yield address.port, application.told, application.io.engine
    if application.closing is not None:
        await application.closing


def decoded(value: Any) -> Any:
    return base64.b64decode(value["base64"]) if _is_bytes(value) else value


def encoded(value: Any) -> Any:
    return {"base64": base64.b64encode(value).decode()} if isinstance(value, bytes) else value


def _is_bytes(value: Any) -> bool:
    return isinstance(value, dict) and "base64" in value


class Program:
    """What every client under test does."""

    def __init__(self, url: str, options: dict[str, Any], greet: list[Any] | None) -> None:
        self.told: Events = asyncio.Queue()
        self.greet = greet
        self.tasks: set[asyncio.Task[Any]] = set()
        options = translated(options, CLIENT_OPTIONS)
        self.manager = manager = Manager(url, transports=["websocket"], **options)
        manager.on("close", lambda reason, _: self.tell("manager", "close", reason))
        for event in ("reconnect_attempt", "reconnect"):
            manager.on(event, functools.partial(self.tell, "manager", event))
        manager.on("reconnect_failed", lambda: self.tell("manager", "reconnect_failed", None))
        self.sockets: dict[str, Client] = {}

    def tell(self, *event: Any) -> None:
        self.told.put_nowait([encoded(value) for value in event])

    def do(self, command: str, nsp: str, *args: Any) -> None:
        args = tuple(decoded(value) for value in args)
        if command == "open":
            self.open(nsp, *args)
        elif command == "connect":
            self.sockets[nsp].open()
        elif command == "disconnect":
            self.start(self.sockets[nsp].disconnect())
        elif command == "emit":
            self.sockets[nsp].emit(*args)
        elif command == "volatile":
            self.sockets[nsp].volatile.emit(*args)
        elif command == "ask":
            answered = lambda *values: self.tell("answered", nsp, *values)  # noqa: E731
            self.sockets[nsp].emit(*args, callback=answered)
        elif command == "ask within":
            self.ask_within(nsp, *args)
        elif command == "reserved":
            try:
                self.sockets[nsp].emit(*args)
            except LocalError:
                self.tell("refused", nsp, *args)

    def ask_within(self, nsp: str, ms: float, *event: Any) -> None:
        def answered(error: Exception | None, *values: Any) -> None:
            self.tell(*(["unanswered", nsp] if error else ["answered", nsp, *values]))

        self.sockets[nsp].timeout(ms / 1000).emit(*event, callback=answered)

    def start(self, coroutine: Any) -> None:
        async def run() -> None:
            with contextlib.suppress(ConnectError):
                await coroutine

        task = asyncio.create_task(run())
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def open(self, nsp: str, auth: Any = None) -> None:
        socket = self.sockets[nsp] = Client(nsp, manager=self.manager, auth=auth)

        @socket.on("connect")
        def connected() -> None:
            self.tell("connect", nsp, socket.id)
            if self.greet:
                socket.emit(*self.greet)

        @socket.on("connect_error")
        def refused(error: ConnectError) -> None:
            self.tell("connect_error", nsp, str(error), error.data, socket.active)

        @socket.on("disconnect")
        def disconnected(reason: str, _: object) -> None:
            self.tell("disconnect", nsp, reason, socket.active)

        socket.on_any(lambda *event: self.tell("event", nsp, *event))
        socket.on("answer", lambda *args: args)
        socket.open()

    async def close(self) -> None:
        await self.manager.close()
        if self.tasks:
            await asyncio.wait(self.tasks)


@contextlib.asynccontextmanager
async def client(
    url: str, options: dict[str, Any], greet: list[Any] | None
) -> AsyncIterator[tuple[Callable[..., None], Events]]:
    """A client that has not connected yet: its commands, and what happens there."""
    program = Program(url, options, greet)
    yield program.do, program.told
    await program.close()


class OnABus:
    """The same, with an adapter that has a network."""

    client = staticmethod(client)

    @staticmethod
    def server(options: dict[str, Any]) -> Any:
        return server(options, adapter=cluster(Engine(offsets=True).bus()))
