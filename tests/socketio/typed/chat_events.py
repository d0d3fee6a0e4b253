# pyright: strict, reportUnusedFunction=false
"""Declared events, for all that can send or listen.  `# error` marks what a checker must refuse."""

from __future__ import annotations

import re
from typing import TypedDict, assert_type

from course_lib import socketio
from course_lib.socketio import Handshake, check, checked
from course_lib.socketio.broadcast import Responses
from course_lib.socketio.typed import (
    Client,
    Handlers,
    Namespace,
    Server,
    Socket,
    ToClient,
    ToServer,
    on,
)


class Message(TypedDict):
    room: str
    text: str


class Chat:
    say = ToServer[[str], int]("say")
    move = ToServer[[float, float], None]("move")
    send = ToServer[[Message], str]("send message")
    said = ToClient[[str, str], None]("said")
    ready = ToClient[[], bool]("ready?")


io = Server(ping_interval=5)


# A server's socket: listeners.


@io.on("connection")
def connected(socket: Socket) -> None:
    @socket.on(Chat.say)
    def say(text: str) -> int:
        return len(text)

    @socket.on(Chat.say)
    async def say_later(text: str) -> int:
        return len(text)

    @socket.on(Chat.say)  # error: payload
    def say_number(number: int) -> int:
        return number

    @socket.on(Chat.say)  # error: payload
    def say_more(text: str, more: str) -> int:
        return len(text + more)

    @socket.on(Chat.say)  # error: answer
    def say_text(text: str) -> str:
        return text

    @socket.on(Chat.say)  # error: answer
    async def say_text_later(text: str) -> str:
        return text

    @socket.on(Chat.shout)  # error: name
    def shout(text: str) -> None: ...

    @socket.on("say")  # error: name, not declared
    def say_undeclared(text: str) -> int:
        return len(text)

    @socket.on(Chat.said)  # error: direction
    def said(name: str, text: str) -> None: ...

    socket.on(Chat.move, lambda x, y: None)
    socket.once(Chat.say, say)
    socket.on(Chat.move, say)  # error: payload
    socket.once(Chat.move, say)  # error: payload
    socket.off(Chat.say, say)
    socket.on("disconnect", lambda reason, why: print(reason.upper(), why))
    socket.on("disconnect", say)  # error: payload
    socket.on("diskonnect", lambda reason, why: None)  # error: name


io.on("connection", connected)
io.on("connection", len)  # error: no listener of a socket
io.on("conection", connected)  # error: name


# A server's socket: what it sends.


async def greet(socket: Socket) -> None:
    socket.emit(Chat.said, "ann", "hi")
    socket.emit(Chat.said, "ann")  # error: payload
    socket.emit(Chat.said, "ann", 7)  # error: payload
    socket.emit(Chat.sayd, "ann", "hi")  # error: name
    socket.emit("said", "ann", "hi")  # error: name, not declared
    socket.emit(Chat.say, "hi")  # error: direction
    socket.volatile.emit(Chat.said, "ann", "hi")
    socket.volatile.emit(Chat.said, 1, "hi")  # error: payload
    assert_type(await socket.emit_with_ack(Chat.ready), bool)
    assert_type(await socket.timeout(5).emit_with_ack(Chat.ready), bool)
    answer: str = await socket.emit_with_ack(Chat.ready)  # error: answer
    late: str = await socket.timeout(5).emit_with_ack(Chat.ready)  # error: answer
    await socket.emit_with_ack(Chat.ready, 1)  # error: payload
    print(answer, late, socket.id.upper(), socket.handshake.url, socket.data, socket.rooms)


# A broadcast.


async def tell(socket: Socket) -> None:
    io.emit(Chat.said, "ann", "hi")
    io.emit(Chat.said, "ann")  # error: payload
    io.emit(Chat.say, "hi")  # error: direction
    io.to("news").except_("muted").emit(Chat.said, "ann", "hi")
    io.to("news").except_("muted").emit(Chat.said, "ann")  # error: payload
    io.in_("news").local.volatile.emit(Chat.sayd, "ann", "hi")  # error: name
    socket.to("news").emit(Chat.said, "ann", "hi")
    socket.to("news").emit(Chat.said, None, "hi")  # error: payload
    socket.broadcast.emit("said", "ann", "hi")  # error: name, not declared
    answers = await io.timeout(5).emit_with_ack(Chat.ready)
    assert_type(answers, Responses[bool])
    numbers: list[int] = answers.missing  # error: answer
    text: str = answers.by_id["id"]  # error: answer
    print(numbers, text)


# A namespace, and many.


admin = io.of("/admin")
admin.emit(Chat.said, "ann", "hi")
admin.emit(Chat.said, "ann")  # error: payload
admin.to("news").emit(Chat.said)  # error: payload
admin.on("connection", connected)
admin.on("say", connected)  # error: name
assert_type(admin, Namespace)
tenants = io.of(re.compile(r"/tenant-\w+"))
tenants.emit(Chat.said, "ann", "hi")
tenants.emit(Chat.said, 1, 2)  # error: payload


@tenants.on("connection")
def tenant(socket: Socket) -> None:
    socket.nsp.emit(Chat.said, socket.nsp.name, "hi")
    socket.nsp.emit(Chat.said, "hi")  # error: payload


@admin.use
def let_in(socket: Socket) -> None:
    socket.emit(Chat.said, "we", "wait")


@admin.use  # error: no middleware of a socket
def let_in_number(number: int) -> None: ...


# A client.


async def visit() -> None:
    client = Client("http://127.0.0.1:3000", auth={"token": "t"})
    async with client:
        client.emit(Chat.say, "hi")
        client.emit(Chat.say, 7)  # error: payload
        client.emit(Chat.said, "ann", "hi")  # error: direction
        client.emit("say", "hi")  # error: name, not declared
        assert_type(await client.emit_with_ack(Chat.say, "hi"), int)
        assert_type(await client.timeout(5).emit_with_ack(Chat.say, "hi"), int)
        text: str = await client.emit_with_ack(Chat.say, "hi")  # error: answer
        await client.emit_with_ack(Chat.send, {"room": "a", "text": "b"})
        await client.emit_with_ack(Chat.send, {"room": "a", "text": 7})  # error: payload
        client.of("/admin").emit(Chat.move, 1, 2.5)
        client.of("/admin").emit(Chat.move, "1", 2)  # error: payload
        print(text)

    @client.on(Chat.said)
    def said(name: str, text: str) -> None: ...

    @client.on(Chat.said)  # error: payload
    def said_name(name: str) -> None: ...

    @client.on(Chat.ready)
    async def ready() -> bool:
        return True

    @client.on(Chat.ready)  # error: answer
    def not_ready() -> str:
        return "no"

    client.on("connect", lambda: None)
    client.on("connect_error", lambda error: print(error))
    client.on("disconnect", ready)  # error: payload
    client.on(Chat.say, len)  # error: direction


# Listeners that are checked: the socket and the handshake are no payload.


@checked
def say_checked(socket: Socket, handshake: Handshake, text: str) -> int:
    socket.emit(Chat.said, handshake.url, text)
    return len(text)


@checked
async def send_checked(socket: Socket, message: Message) -> str:
    return message["text"] + socket.id


@checked
def move_checked(x: float, y: float) -> None: ...


def register(socket: Socket) -> None:
    socket.on(Chat.say, say_checked)
    socket.on(Chat.send, send_checked)
    socket.on(Chat.move, move_checked)
    socket.on(Chat.move, say_checked)  # error: payload
    socket.on(Chat.say, send_checked)  # error: payload


# Methods of a class.


class Room(Handlers, checked=True):
    def on_connect(self, socket: Socket) -> None:
        socket.join("room")

    @on(Chat.say)
    def say(self, socket: Socket, text: str) -> int:
        return len(socket.id + text)

    @on(Chat.move)
    async def move(self, socket: Socket, x: float, y: float) -> None: ...

    @on(Chat.say)  # error: payload
    def say_number(self, socket: Socket, number: int) -> int:
        return number

    @on(Chat.say)  # error: answer
    async def say_text(self, socket: Socket, text: str) -> str:
        return text

    @on("say")  # error: name, not declared
    def say_undeclared(self, socket: Socket) -> None: ...


def open_room() -> Room:
    return io.of("/room").register(Room())


# An answer that is checked, and the library without a map.


async def ask_untyped(socket: socketio.Socket) -> Message:
    wrong: int = check(Message, await socket.emit_with_ack("message"))  # error: answer
    print(wrong)
    return check(Message, await socket.emit_with_ack("message"))


def untyped(socket: socketio.Socket) -> None:
    socket.emit("anything", 1, b"2")
    socket.on("anything", print)
