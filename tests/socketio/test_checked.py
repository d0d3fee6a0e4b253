"""Checked listeners: what they are called with, what they are not called with, and what is free."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

import pytest

from course_lib.errors import LocalError
from course_lib.lab import clock
from course_lib.socketio import BadPayload, Client, Handshake, Server, Socket, checked
from course_lib.socketio.checked import Checked

if TYPE_CHECKING:
    from course_lib.socketio import Manager


class Message(TypedDict):
    room: str
    text: str


@dataclass
class Point:
    x: float
    y: float


Talk = Callable[[Server, Socket, Client], Any]


def play(talk: Talk, **options: Any) -> list[tuple[str, str]]:
    """What `on_error` was told while a server and a client talked: the event and the error."""
    errors: list[tuple[str, str]] = []

    async def main() -> None:
        io, sockets = Server(**options), []
        io.on("connection", sockets.append)
        io.on_error(lambda error, context: errors.append((context["event"], str(error))))
        async with io.listen() as address, Client(address.url + "?a=1") as client:
            await talk(io, sockets[0], client)
            assert client.connected and sockets[0].connected

    clock.simulate(main)
    return errors


@checked
def say(socket: Socket, message: Message) -> str:
    return f"{socket.connected} {message['text']}"


def test_a_listener_gets_what_its_annotations_ask_for() -> None:
    async def talk(io: Server, socket: Socket, client: Client) -> None:
        @checked
        async def where(socket_: Socket, handshake: Handshake, point: Point, *more: int) -> Any:
            assert socket_ is socket and handshake is socket.handshake
            return [handshake.query["a"], point.x + point.y, list(more)]

        @checked
        def only(handshake: Handshake, unannotated, times: int = 2) -> Any:
            return [handshake.url[:10], unannotated, times]

        socket.on("say", say)
        socket.on("where", where)
        socket.once("only", only)
        message = {"room": "a", "text": "hi"}
        assert await client.emit_with_ack("say", message) == "True hi"
        assert await client.emit_with_ack("where", {"x": 1, "y": 2}) == ["1", 3, []]
        assert await client.emit_with_ack("where", {"x": 1, "y": 2}, 3, 4) == ["1", 3, [3, 4]]
        assert await client.emit_with_ack("only", [None]) == ["/socket.io", [None], 2]
        # A client's listeners may be checked as well.
        client.on("here", checked(lambda: "here"))
        client.on("named", checked(named))
        assert await socket.emit_with_ack("here") == "here"
        assert await socket.emit_with_ack("named", "a") == [client.id, "a"]

    def named(client: Client, name: str) -> Any:
        return [client.id, name]

    assert play(talk) == []


def test_a_bad_payload_is_an_error_of_the_listener_and_nobody_is_answered() -> None:
    """The connection lives; the next event is handled; other listeners of the event are called."""
    heard: list[Any] = []

    async def talk(io: Server, socket: Socket, client: Client) -> None:
        socket.on("say", say)
        for values in (["hi"], [{"room": "a", "text": 7}], [{"room": "a"}], [], [{}, {}]):
            with pytest.raises(TimeoutError):
                await client.timeout(5).emit_with_ack("say", *values)
        assert await client.emit_with_ack("say", {"room": "a", "text": "hi"}) == "True hi"
        socket.on("say", lambda *values: heard.append(values) or "heard")
        assert await client.emit_with_ack("say", 7) == "heard"
        assert heard == [({"room": "a", "text": "hi"},), (7,)][1:]

    assert play(talk) == [
        ("say", "message: expected Message, got str"),
        ("say", "message.text: expected str, got int"),
        ("say", "message: 'text' is missing"),
        ("say", "expected 1 value, got 0"),
        ("say", "expected 1 value, got 2"),
        ("say", "message: expected Message, got int"),
    ]


def test_counts_and_places_of_several_values() -> None:
    async def talk(io: Server, socket: Socket, client: Client) -> None:
        socket.on("a", checked(optional))
        socket.on("b", checked(several))
        for event, values in (
            ("a", []), ("a", [1, "b", 3]), ("a", [1, 2]), ("a", [1, "b"]),
            ("b", []), ("b", ["a", "b", 3]), ("b", [1, "b"]), ("b", ["a", "b", "c"]),
        ):  # fmt: skip
            client.emit(event, *values)
        await client.emit_with_ack("a", 1)

    def optional(number: int, text: str = "") -> None: ...
    def several(first: str, *rest: str) -> None: ...

    assert play(talk) == [
        ("a", "expected 1 to 2 values, got 0"),
        ("a", "expected 1 to 2 values, got 3"),
        ("a", "text: expected str, got int"),
        ("b", "expected 1 or more values, got 0"),
        ("b", "rest[1]: expected str, got int"),
        ("b", "first: expected str, got int"),
    ]


class Caller:
    async def __call__(self, socket: Socket, number: int) -> int:
        return number + 1

    def method(self, socket: Socket, number: int) -> int:
        return number + 2

    @checked
    def of_class(self, socket: Socket, number: int) -> int:
        return number + 7

    @checked
    @staticmethod
    def static(number: int) -> int:
        return number + 8


def logged(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def wrapper(*args: Any, **named: Any) -> Any:
        return function(*args, **named)

    return wrapper


@logged
def decorated(socket: Socket, number: int) -> int:
    return number + 3


def keyword(socket: Socket, number: int, *, add: int = 4, **_: Any) -> int:
    return number + add


@pytest.mark.parametrize(
    ("listener", "added"),
    [
        (Caller(), 1),
        (Caller().method, 2),
        (decorated, 3),
        (keyword, 4),
        (functools.partial(keyword, add=5), 5),
        (functools.partial(functools.partial(keyword, add=6)), 6),
        (functools.partial(Caller().method), 2),
        (Caller().of_class, 7),
        (Caller().static, 8),
    ],
)
def test_whatever_can_be_called_can_be_checked(listener: Any, added: int) -> None:
    async def talk(io: Server, socket: Socket, client: Client) -> None:
        one = listener if isinstance(listener, Checked) else checked(listener)
        socket.on("add", one)
        assert socket.listeners("add") == [one]
        assert await client.emit_with_ack("add", 1) == 1 + added
        client.emit("add", "1")
        await client.emit_with_ack("add", 1)
        socket.off("add", one)
        assert not socket.has_listeners("add")

    assert play(talk) == [("add", "number: expected int, got str")]


def test_a_method_is_taken_away_by_its_name() -> None:
    """Each access to it gives another object."""

    async def talk(io: Server, socket: Socket, client: Client) -> None:
        caller = Caller()
        socket.on("add", caller.of_class)
        socket.on_any(caller.of_class)
        socket.off("add", Caller().of_class)
        assert socket.listeners("add") == [caller.of_class] == socket.listeners_any()
        socket.off("add", caller.of_class)
        socket.off_any(caller.of_class)
        assert not socket.has_listeners("add") and not socket.listeners_any()
        assert len({caller.of_class, caller.of_class, caller.static}) == 2

    assert play(talk) == []


def test_what_the_library_tells_is_not_checked_and_a_catch_all_is() -> None:
    """A reason is ours.  The socket comes first there, too."""
    left: list[Any] = []

    @checked
    def gone(socket: Socket, reason: int, why: int) -> None:
        left.append((socket.connected, reason))

    @checked
    def every(socket: Socket, event: str, *values: int) -> None:
        left.append((event, values))

    async def talk(io: Server, socket: Socket, client: Client) -> None:
        socket.on_any(every)
        assert socket.listeners_any() == [every]
        socket.on("disconnect", gone)
        socket.on("a", lambda *_: None)
        await client.emit_with_ack("a", 1, 2)
        await client.emit_with_ack("a", "b")
        socket.off_any(every)
        assert socket.listeners_any() == []

    assert play(talk) == [("a", "values[0]: expected int, got str")]
    assert left == [("a", (1, 2)), (False, "client namespace disconnect")]


def hidden(manager: Manager) -> None: ...
def wrong(when: set[int]) -> None: ...
def by_name(text: str, *, named: str) -> None: ...
def of_client(client: Client, text: str) -> None: ...
def late(text: str, socket: Socket) -> None: ...


@pytest.mark.parametrize(
    ("listener", "said"),
    [
        (hidden, "hidden: the annotation 'Manager' cannot be looked up: import it at run time"),
        (wrong, "wrong: when: set cannot be checked: the wire has no value of it"),
        (by_name, "by_name: an event brings no keyword: named"),
        (of_client, "has no Client for it"),
        (late, "late: socket: Socket cannot be checked"),
        (functools.partial(keyword, number=1), None),  # number is a keyword with a value now
        (dict.fromkeys, None),
        (max, "max: it does not tell its parameters"),
    ],
)
def test_what_cannot_be_checked_is_said_when_it_is_registered(listener: Any, said: str) -> None:
    async def talk(io: Server, socket: Socket, client: Client) -> None:
        if said is None:
            socket.on("a", checked(listener))
            return
        for register in (socket.on, socket.once):
            with pytest.raises(LocalError) as caught:
                register("a", checked(listener))
            assert said in str(caught.value)
        assert not socket.has_listeners("a")

    assert play(talk) == []


def test_a_checked_listener_is_called_as_it_is_by_whoever_calls_it() -> None:
    """In a test of an application, for example."""
    assert checked(keyword)(None, 1, add=7) == 8
    assert checked(keyword).__name__ == "keyword"
    with pytest.raises(LocalError, match="a listener is a function"):
        checked(7)  # type: ignore[call-overload]
    assert issubclass(BadPayload, ValueError)


def test_listeners_without_the_decorator_are_called_as_ever() -> None:
    """Annotated or not: nothing stands between the event and the function."""

    async def talk(io: Server, socket: Socket, client: Client) -> None:
        def annotated(number: int) -> str:
            return repr(number)

        socket.on("a", annotated)
        assert socket.named("a") == (annotated,)
        assert await client.emit_with_ack("a", "1") == "'1'"

    assert play(talk) == []


def test_the_page_that_explains_it_runs() -> None:
    """docs/handlers.md, block after block, and a conversation with its server."""
    text = (Path(__file__).parents[2] / "docs" / "handlers.md").read_text("utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    assert len(blocks) == 5
    names: dict[str, Any] = {"__name__": "page"}
    for block in blocks[:2]:
        exec(compile(block, "handlers.md", "exec", dont_inherit=True), names)
    io, errors = names["io"], []
    io.on_error(lambda error, context: errors.append(str(error)))

    async def main() -> None:
        async with io.listen() as address, Client(address.url) as client:
            message = {"room": "a", "text": "hello", "colour": "red"}
            (socket,) = io.sockets.sockets.values()
            socket.off("say", socket.listeners("say")[0])  # that of the class
            assert await client.emit_with_ack("say", message) == 5
            await client.emit_with_ack("move", {"x": 1})
            assert socket.data["at"] == (1, 0.0)
            for wrong in ({**message, "room": 7}, {"room": "a"}, {**message, "admin": True}):
                client.emit("say", wrong)
            client.emit("say", message, message)
            await client.emit_with_ack("move", {"x": 1})

    clock.simulate(main)
    assert errors and all(f"`{error}`" in text for error in errors)
    for block in blocks[2:]:
        exec(compile(block, "handlers.md", "exec", dont_inherit=True), names)


def test_annotations_are_read_once_for_all_sockets() -> None:
    """A listener of the module costs a connection nothing but its entry."""
    one = checked(keyword)

    async def main() -> None:
        io, plans = Server(), []

        @io.on("connection")
        def connected(socket: Socket) -> None:
            socket.on("a", one)
            plans.append(one.plan())

        async with io.listen() as address, Client(address.url), Client(address.url):
            assert len(plans) == 2 and plans[0] is plans[1]

    clock.simulate(main)
