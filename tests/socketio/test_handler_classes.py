"""Classes of handlers: which methods are called, with what, and which mistakes are told at once."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest

from course_lib.errors import LocalError
from course_lib.lab import clock
from course_lib.socketio import Client, Handlers, Handshake, Server, Socket, checked, on
from tests.net.waiting import until


class Chat(Handlers):
    """It keeps what it heard; what belongs to a client is in `socket.data`."""

    def __init__(self) -> None:
        self.heard: list[Any] = []

    async def on_connect(self, socket: Socket) -> None:
        self.heard.append(("connect", socket.nsp.name))
        await asyncio.sleep(1)
        socket.data["ready"] = True

    def on_say(self, socket: Socket, text: str) -> str:
        self.heard.append(("say", text))
        socket.broadcast.emit("said", text)
        return text.upper()

    @on("room:join")
    @on("join")
    async def join(self, socket: Socket, room: str) -> list[str]:
        await asyncio.sleep(1)
        socket.join(room)
        return socket.rooms[1:]

    @staticmethod
    def on_add(socket: Socket, *numbers: int) -> int:
        return sum(numbers)

    @classmethod
    def on_kind(cls, socket: Socket) -> str:
        return cls.__name__

    def on_any(self, socket: Socket, event: str, *args: Any) -> None:
        self.heard.append((event, len(args)))

    def on_error(self, socket: Socket, error: Exception) -> None:
        self.heard.append(("error", str(error)))

    def on_disconnecting(self, socket: Socket) -> None:
        self.heard.append(("disconnecting", socket.rooms[1:]))

    def on_disconnect(self, socket: Socket, reason: str) -> None:
        self.heard.append(("disconnect", reason))

    def only_a_helper(self) -> None:
        raise AssertionError


class Louder(Chat):
    """A method that overrides one listens to its event; None takes it away."""

    on_any = None

    def on_say(self, socket: Socket, text: str) -> str:
        return super().on_say(socket, text) + "!"

    async def join(self, socket: Socket, room: str) -> list[str]:
        return [*await super().join(socket, room), "louder"]


def test_methods_are_the_listeners_of_each_socket() -> None:
    """Those of a namespace; also before `on_connect`, which waits, has ended."""

    async def main() -> None:
        io, chat = Server(), Chat()
        assert io.of("/chat").register(chat) is chat
        async with io.listen() as address, Client(address.url + "/chat") as client:
            assert await client.emit_with_ack("say", "hi") == "HI"
            (socket,) = io.of("/chat").sockets.values()
            assert not socket.data
            assert await client.emit_with_ack("room:join", "a") == ["a"]
            assert await client.emit_with_ack("join", "b") == ["a", "b"]
            assert socket.data == {"ready": True}
            assert await client.emit_with_ack("add", 1, 2, 3) == 6
            assert await client.emit_with_ack("kind") == "Chat"
            assert not socket.has_listeners("only_a_helper")
            socket.use(lambda event: 1 / 0)
            client.emit("say", "lost")
            other = Client(address.url + "/chat")
            async with other:
                said: list[str] = []
                client.on("said", said.append)
                other.emit("say", "from the other")
                await until(lambda: said == ["from the other"])
        events = [("say", 1), ("say", "hi"), ("room:join", 1), ("join", 1), ("add", 3), ("kind", 0)]
        assert chat.heard == [
            ("connect", "/chat"), *events, ("say", 1), ("error", "division by zero"),
            ("connect", "/chat"), ("say", 1), ("say", "from the other"),
            ("disconnecting", []), ("disconnect", "client namespace disconnect"),
            ("disconnecting", ["a", "b"]), ("disconnect", "client namespace disconnect"),
        ]  # fmt: skip

    clock.simulate(main)


def test_a_subclass_overrides() -> None:
    async def main() -> None:
        io, chat = Server(), Louder()
        io.register(chat)
        async with io.listen() as address, Client(address.url) as client:
            assert await client.emit_with_ack("say", "hi") == "HI!"
            assert await client.emit_with_ack("room:join", "a") == ["a", "louder"]
            assert await client.emit_with_ack("kind") == "Louder"
        assert ("say", 1) not in chat.heard

    clock.simulate(main)


@pytest.mark.parametrize(
    "accepts", [re.compile(r"/tenant-\d+"), lambda name, auth: name.startswith("/tenant-")]
)
def test_one_object_serves_all_namespaces_that_a_parent_makes(accepts: Any) -> None:
    """A pattern that matches everything is a catch-all."""

    async def main() -> None:
        io, chat = Server(), Chat()
        io.of(accepts).register(chat)
        async with (
            io.listen() as address,
            Client(address.url + "/tenant-1") as one,
            Client(address.url + "/tenant-2") as two,
        ):
            assert [await one.emit_with_ack("say", "1"), await two.emit_with_ack("say", "2")]
            assert [heard for heard in chat.heard if heard[0] == "connect"] == [
                ("connect", "/tenant-1"),
                ("connect", "/tenant-2"),
            ]

    clock.simulate(main)


def test_a_pattern_for_all_names_catches_what_has_no_namespace_of_its_own() -> None:
    """But those that the application has made itself."""

    async def main() -> None:
        io, rest, main_ = Server(), Chat(), Chat()
        io.of(re.compile(".*")).register(rest)
        io.register(main_)
        async with (
            io.listen() as address,
            Client(address.url) as one,
            Client(address.url + "/any/thing") as two,
        ):
            assert await one.emit_with_ack("say", "1") == await two.emit_with_ack("say", "1")
        assert ("connect", "/") in main_.heard and ("connect", "/any/thing") not in main_.heard
        assert ("connect", "/any/thing") in rest.heard and ("connect", "/") not in rest.heard

    clock.simulate(main)


class Guest(Handlers):
    def __init__(self) -> None:
        self.heard: list[Any] = []

    def on_connect(self, client: Client) -> None:
        self.heard.append(("connect", client.id is not None))

    def on_said(self, client: Client, text: str) -> None:
        self.heard.append(("said", text))

    @on("ready?")
    async def ready(self, client: Client) -> bool:
        return client.connected

    def on_connect_error(self, client: Client, error: Exception) -> None:
        self.heard.append(("connect_error", str(error)))

    def on_disconnect(self, client: Client, *why: object) -> None:
        self.heard.append(("disconnect", *why))


def test_a_client_s_listeners_may_be_methods_as_well() -> None:
    async def main() -> None:
        io, guest, sockets = Server(), Guest(), []
        io.on("connection", sockets.append)
        async with io.listen() as address:
            client = Client(address.url)
            assert client.register(guest) is guest
            async with client:
                sockets[0].emit("said", "hi")
                assert await sockets[0].emit_with_ack("ready?") is True
            nowhere = Client(address.url + "/nowhere")
            nowhere.register(guest)
            with pytest.raises(Exception, match="Invalid namespace"):
                await nowhere.connect()
        assert guest.heard == [
            ("connect", True),
            ("said", "hi"),
            ("disconnect", "io client disconnect", ""),
            ("connect_error", "Invalid namespace"),
        ]

    clock.simulate(main)


class Strict(Handlers, checked=True):
    def on_add(self, socket: Socket, numbers: list[int]) -> int:
        return sum(numbers)

    @on("where")
    def where(self, socket, handshake: Handshake) -> str:
        return f"{socket.connected} {handshake.query['a']}"

    def on_disconnect(self, socket: Socket, reason: str) -> None: ...


class Stricter(Strict):
    def on_name(self, socket: Socket, name: str) -> str:
        return name

    @on("first")
    @checked
    def first(self, socket: Socket, one: int) -> int:
        return one

    @checked
    @on("second")
    def second(self, socket: Socket, one: int) -> int:
        return one


class Loose(Stricter, checked=False):
    pass


@pytest.mark.parametrize(("handlers", "names"), [(Stricter(), 0), (Loose(), 2)])
def test_methods_are_checked_if_the_class_or_the_method_says_so(handlers: Any, names: int) -> None:
    """Whatever the socket is annotated with; a subclass does as its base, or says otherwise."""
    errors: list[tuple[str, str]] = []

    async def main() -> None:
        io = Server()
        io.register(handlers)
        io.on_error(lambda error, context: errors.append((context["event"], str(error))))
        async with io.listen() as address, Client(address.url + "?a=b") as client:
            assert await client.emit_with_ack("add", [1, 2]) == 3
            if not names:
                assert await client.emit_with_ack("where") == "True b"
            for event, value in (("add", [1, "a"]), ("first", "a"), ("second", "a"), ("name", 1)):
                client.emit(event, value)
            assert await client.emit_with_ack("first", 1) == 1

    clock.simulate(main)
    told = [
        ("add", "numbers[1]: expected int, got str"),
        ("first", "one: expected int, got str"),
        ("second", "one: expected int, got str"),
        ("name", "name: expected str, got int"),
    ]
    if names:
        told[0] = ("add", "unsupported operand type(s) for +: 'int' and 'str'")
    assert errors == (told[:3] if names else told)


def chat(**methods: Any) -> Handlers:
    return type("Chat", (Handlers,), methods)()


def method(self: Any, socket: Any, *args: Any) -> None: ...
def with_two(self: Any, socket: Any, handshake: Any) -> None: ...
def with_nothing(self: Any) -> None: ...
def with_keyword(self: Any, socket: Any, *, name: str) -> None: ...
def with_set(self: Any, socket: Any, names: set[str]) -> None: ...


WRONG = {
    "on_conect": (method, "Chat.on_conect: the library's event is 'connect'; if the peer has"),
    "on_disconected": (method, "the library's event is 'disconnect'"),
    "on_connection": (
        method,
        "event is 'connect'; if the peer has one of this name, write @on(\"co",
    ),
    "on_connect_error": (method, "Chat.on_connect_error: nobody tells 'connect_error' here, only"),
    "on_newListener": (method, "nobody tells 'newListener' here"),
    "onSay": (method, 'Chat.onSay: write on_event, or @on("event") before it'),
    "on_": (method, "Chat.on_: write on_event"),
    "on_say": (7, "Chat.on_say is no method: 7"),
    "on_hear": (with_nothing, "Chat.on_hear: its first parameter is the socket"),
    "on_tell": (with_keyword, "Chat.on_tell: an event brings no keywords"),
    "on_connect": (with_two, "Chat.on_connect takes 2 arguments, and gets 1, the socket first"),
    "on_names": (checked(with_set), "names: set cannot be checked: the wire has no value of it"),
    "twice": (on("say")(on("say")(lambda self, socket: None)), "another method listens to 'say'"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_method_that_would_never_be_called_is_told_at_once(name: str) -> None:
    function, said = WRONG[name]
    io = Server()
    with pytest.raises(LocalError) as caught:
        io.register(chat(**{name: function}))
    assert said in str(caught.value)
    assert not io.sockets.has_listeners("connection")


def test_what_a_client_does_not_hear_and_what_is_no_object_of_a_class() -> None:
    client = Client("http://127.0.0.1:9")
    with pytest.raises(LocalError, match="nobody tells 'disconnecting' here, only connect, conn"):
        client.register(chat(on_disconnecting=method))
    for wrong in (Chat, object(), None):
        with pytest.raises(LocalError, match="register an object of a class of Handlers"):
            Server().register(wrong)  # type: ignore[type-var]


def test_a_name_that_only_looks_misspelt_can_be_said() -> None:
    async def main() -> None:
        io = Server()
        io.register(chat(reconnect=on("reconnect")(lambda self, socket: "again")))
        async with io.listen() as address, Client(address.url) as client:
            assert await client.emit_with_ack("reconnect") == "again"

    clock.simulate(main)
