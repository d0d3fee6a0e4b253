"""Listeners as the methods of a class: what is called, and what is refused at once."""

from __future__ import annotations

import re
from typing import Any

import pytest

from course_lib.errors import LocalError
from course_lib.lab import clock
from course_lib.socketio import Client, Handlers, Server, Socket, checked, on
from tests.net.waiting import until


class Chat(Handlers):
    """Notes what happens."""

    def __init__(self) -> None:
        self.told: list[Any] = []

    def on_connect(self, socket):
        self.told.append(("connect", socket.nsp.name))

    def on_say(self, socket, text):
        self.told.append(("say", text))
        return text.upper()

    async def on_later(self, socket, *values):
        return len(values)

    @on("room:join")
    @on("room join")
    def join(self, socket, room):
        socket.join(room)
        return " ".join(one for one in socket.rooms if one != socket.id)

    def on_any(self, socket, event, *args):
        self.told.append(("any", event))

    def on_disconnecting(self, socket):
        self.told.append(("disconnecting", len(socket.rooms)))

    def on_disconnect(self, socket, reason):
        self.told.append(("disconnect", reason))

    def helper(self):
        raise AssertionError


def talk(io, chat, path="/", times=1):
    """So many clients, one after the other."""

    async def main():
        async with io.listen() as address:
            for number in range(1, times + 1):
                async with Client(address.url + path, transports=["websocket"]) as client:
                    assert await client.emit_with_ack("say", "hi") == "HI"
                    assert await client.emit_with_ack("later", 1, 2) == 2
                    assert await client.emit_with_ack("room:join", "r") == "r"
                    assert await client.emit_with_ack("room join", "s") == "r s"
                await until(lambda n=number: [one[0] for one in chat.told].count("disconnect") == n)

    clock.simulate(main)


@pytest.mark.parametrize("where", ["main", "name", "pattern", "function"])
def test_one_object_listens_for_all_sockets_of_a_namespace(where):
    io, chat = Server(), Chat()
    if where == "main":
        assert io.register(chat) is chat
    elif where == "name":
        io.of("/chat-1").register(chat)
    elif where == "pattern":
        io.of(re.compile(r"/chat-\d+")).register(chat)
    else:
        io.of(lambda name, auth: name == "/chat-1").register(chat)
    path = "/" if where == "main" else "/chat-1"
    talk(io, chat, path, times=2)
    once = [
        ("connect", path), ("any", "say"), ("say", "hi"), ("any", "later"), ("any", "room:join"),
        ("any", "room join"), ("disconnecting", 3), ("disconnect", "client namespace disconnect"),
    ]  # fmt: skip
    assert chat.told == once * 2


def test_a_subclass_may_change_add_and_take_away():
    class Quiet(Chat):
        on_any = None  # type: ignore[assignment]

        def on_say(self, socket, text):
            return super().on_say(socket, text)

        def on_more(self, socket):
            return "more"

    io, chat = Server(), Quiet()
    io.register(chat)
    talk(io, chat)
    assert chat.told == [
        ("connect", "/"), ("say", "hi"), ("disconnecting", 3),
        ("disconnect", "client namespace disconnect"),
    ]  # fmt: skip


def test_a_client_may_have_handlers_too():
    class Reader(Handlers):
        def __init__(self):
            self.told = []

        def on_connect(self, client):
            self.told.append("connect")

        def on_question(self, client, number):
            return number + 1

        def on_disconnect(self, client):
            self.told.append("disconnect")

    async def main():
        io, reader = Server(), Reader()

        @io.on("connection")
        async def connected(socket):
            reader.told.append(await socket.emit_with_ack("question", 1))

        async with io.listen() as address:
            client = Client(address.url)
            assert client.register(reader) is reader
            async with client:
                await until(lambda: 2 in reader.told)
        assert reader.told == ["connect", 2, "disconnect"]

    clock.simulate(main)


def test_methods_may_be_checked():
    errors = []

    class Strict(Handlers, checked=True):
        def on_add(self, socket: Socket, a: int, b: int) -> int:
            return a + b

        @on("one")
        @checked
        def one_alone(self, socket: Socket, a: int) -> int:
            return a

    async def main():
        io = Server(on_error=lambda error, context: errors.append(str(error)))
        io.register(Strict())
        async with io.listen() as address, Client(address.url) as client:
            assert await client.emit_with_ack("add", 1, 2) == 3
            assert await client.emit_with_ack("one", 1) == 1
            with pytest.raises(TimeoutError):
                await client.timeout(1).emit_with_ack("add", 1, "2")

    clock.simulate(main)
    assert errors == ["b: expected int, got str"]


def refused(**body: Any) -> str:
    cls = type("Wrong", (Handlers,), body)
    with pytest.raises(LocalError) as caught:
        Server().register(cls())
    return str(caught.value)


def test_a_method_that_could_never_be_called_is_told_at_once():
    nothing = lambda self, socket: None  # noqa: E731
    assert "Wrong.on_conect" in refused(on_conect=nothing)
    assert "'connect'" in refused(on_conect=nothing)
    assert "write on_event" in refused(onSay=nothing)
    assert "write on_event" in refused(on_=nothing)
    assert "nobody tells 'connect_error' here" in refused(on_connect_error=nothing)
    assert "first parameter is the socket" in refused(on_say=lambda self: None)
    assert "no keywords" in refused(on_say=lambda self, socket, *, loud: None)
    assert "takes 3 arguments, and gets 1" in refused(on_connect=lambda self, socket, a, b: None)
    assert "is no method" in refused(on_say=7)
    assert "another method" in refused(on_say=nothing, said=on("say")(lambda self, socket: None))
    with pytest.raises(LocalError, match="object of a class of Handlers"):
        Server().register(Chat)  # type: ignore[type-var]


def test_a_name_that_is_near_may_be_meant():
    class Meant(Handlers):
        @on("conect")
        def conect(self, socket): ...

    Server().register(Meant())
