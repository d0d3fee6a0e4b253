"""Payloads checked by annotation: what passes, what is said of what does not, and what it costs."""

from __future__ import annotations

import functools
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, NewType, NotRequired, TypedDict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib.errors import LocalError
from course_lib.lab import clock
from course_lib.socketio import (
    BadPayload,
    Client,
    Handshake,
    Server,
    Socket,
    check,
    checked,
    payload,
)  # fmt: skip

Name = NewType("Name", str)


class Message(TypedDict):
    room: str
    text: str
    to: NotRequired[list[str]]


@dataclass
class Point:
    x: int
    y: int = 0
    tags: list[str] = field(default_factory=list)


class Circle(TypedDict):
    kind: Literal["circle"]
    r: float


class Square(TypedDict):
    kind: Literal["square"]
    side: float


@dataclass
class Tree:
    value: int
    children: list[Tree]


GOOD: list[tuple[Any, Any, Any]] = [
    (str, "한", "한"), (int, 7, 7), (bool, True, True), (bytes, b"x", b"x"), (None, None, None),
    (float, 1, 1), (float, 1.5, 1.5), (Any, [1, {"a": None}], [1, {"a": None}]), (object, 1, 1),
    (list, [1, "a"], [1, "a"]), (list[int], [1, 2], [1, 2]), (Sequence[str], ["a"], ["a"]),
    (dict[str, int], {"a": 1}, {"a": 1}), (Mapping[str, Any], {"a": []}, {"a": []}),
    (tuple[int, str], [1, "a"], (1, "a")), (tuple[int, ...], [1, 2], (1, 2)),
    (Literal["a", 1], "a", "a"), (Literal["a", 1], 1, 1), (int | None, None, None),
    (str | int | list[int], [1], [1]), (Name, "x", "x"), (Annotated[int, "more than 0"], 3, 3),
    (Message, {"room": "a", "text": "b"}, {"room": "a", "text": "b"}),
    (Message, {"room": "a", "text": "b", "to": ["c"]}, {"room": "a", "text": "b", "to": ["c"]}),
    (Point, {"x": 1}, Point(1)), (Point, {"x": 1, "y": 2, "tags": ["a"]}, Point(1, 2, ["a"])),
    (list[Point], [{"x": 1}], [Point(1)]), (dict[str, Point], {"a": {"x": 1}}, {"a": Point(1)}),
    (Circle | Square, {"kind": "square", "side": 2}, {"kind": "square", "side": 2}),
    (Tree, {"value": 1, "children": [{"value": 2, "children": []}]}, Tree(1, [Tree(2, [])])),
]  # fmt: skip
BAD: list[tuple[Any, Any, str]] = [
    (str, 1, "expected str, got int"), (int, True, "expected int, got bool"),
    (int, 1.0, "expected int, got float"), (bool, 1, "expected bool, got int"),
    (float, True, "expected float, got bool"), (float, math.nan, "expected a finite number"),
    (float, math.inf, "expected a finite number"), (float, 10**400, "expected a finite number"),
    (str, None, "expected str, got None"), (bytes, "x", "expected bytes, got str"),
    (list[int], [1, "2"], "[1]: expected int, got str"),
    (list[int], {}, "expected list[int], got dict"),
    (dict[str, int], {"a": None}, "['a']: expected int, got None"),
    (tuple[int, str], [1], "expected 2 elements, got 1"),
    (Literal["a"], "b", "expected 'a'"), (Literal[1], True, "expected 1"),
    (int | None, "x", "expected int | None, got str"),
    (Message, {"room": "a"}, "'text' is missing"),
    (Message, {"room": "a", "text": 7}, "text: expected str, got int"),
    (Message, {"room": "a", "text": "b", "admin": True}, "'admin' is unknown"),
    (Message, ["a", "b"], "expected Message, got list"),
    (Point, {"x": 1, "tags": ["a", 2]}, "tags[1]: expected str, got int"),
    (Circle | Square, {"kind": "cube"}, "kind: expected 'circle' or 'square'"),
    (Circle | Square, {"side": 1}, "'kind' is missing"),
    (Tree, {"value": 1, "children": [{"value": "x", "children": []}]},
     "children[0].value: expected int, got str"),
]  # fmt: skip


@pytest.mark.parametrize(("annotation", "value", "made"), GOOD)
def test_what_passes(annotation, value, made):
    found = check(annotation, value)
    assert found == made and type(found) is type(made)


@pytest.mark.parametrize(("annotation", "value", "said"), BAD)
def test_what_does_not_pass_says_where_and_what(annotation, value, said):
    with pytest.raises(BadPayload) as caught:
        check(annotation, value)
    assert str(caught.value) == said


@pytest.mark.parametrize(
    "annotation",
    [set[int], complex, type, Server, list[set[int]], dict[str, complex], Literal[1.5],
     Message | Point, "Nowhere"],
)  # fmt: skip
def test_an_annotation_of_which_the_wire_has_no_value_is_refused(annotation):
    with pytest.raises(LocalError):
        payload.kind_of(annotation)


def test_an_error_does_not_repeat_what_the_peer_wrote():
    """It may be long, or a secret."""
    secret, long = "hunter2", "x" * 100_000
    for annotation, value in [
        (int, secret), (Literal["a"], secret), (list[int], [secret]), (Message, {long: 1}),
        (dict[str, int], {long: secret}), (Circle | Square, {"kind": secret}),
    ]:  # fmt: skip
        with pytest.raises(BadPayload) as caught:
            check(annotation, value)
        assert secret not in str(caught.value) and len(str(caught.value)) < 300


def test_what_is_nested_too_deeply_is_a_bad_payload():
    deep: Any = {"value": 1, "children": []}
    for _ in range(5_000):
        deep = {"value": 1, "children": [deep]}
    with pytest.raises(BadPayload):
        check(Tree, deep)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
ANNOTATIONS = [one[0] for one in GOOD]


@given(st.sampled_from(ANNOTATIONS), JSON)
def test_whatever_comes_passes_or_is_a_bad_payload(annotation, value):
    """And a value that passes passes again, as it was sent."""
    sent = json.dumps(value)
    try:
        check(annotation, value)
    except BadPayload as error:
        assert str(error)
    else:
        check(annotation, json.loads(sent))
    assert json.dumps(value) == sent  # nothing was changed


# Listeners.


def heard(listener, *events, **options):
    """Register it for "say", send the events; what it got, and what `on_error` heard."""
    got, errors, answers = [], [], []

    async def main():
        io = Server(on_error=lambda error, context: errors.append(str(error)), **options)
        io.on("connection", lambda socket: socket.on("say", listener(got)))
        async with io.listen() as address, Client(address.url, transports=["websocket"]) as client:
            for args in events:
                try:
                    answers.append(await client.timeout(1).emit_with_ack("say", *args))
                except TimeoutError:
                    answers.append(TimeoutError)
            assert client.connected

    clock.simulate(main)
    return got, errors, answers


def test_a_bad_payload_is_an_error_of_its_listener():
    """X53: `on_error` hears of it, nothing is answered, the connection lives."""

    def listener(got):
        @checked
        def say(message: Message, times: int = 1) -> str:
            got.append((message, times))
            return "ok"

        return say

    good = {"room": "a", "text": "b"}
    got, errors, answers = heard(listener, [good], [good, 2], [good, "2"], [{}], [], [good, 1, 2])
    assert got == [(good, 1), (good, 2)] and answers == ["ok", "ok", *[TimeoutError] * 4]
    assert errors == [
        "times: expected int, got str", "message: 'room' is missing",
        "expected 1 to 2 values, got 0", "expected 1 to 2 values, got 3",
    ]  # fmt: skip


def test_the_socket_and_the_handshake_are_given_to_those_who_ask():
    def listener(got):
        @checked
        async def say(socket: Socket, shake: Handshake, *numbers: int) -> int:
            got.append((type(socket).__name__, shake.query["EIO"]))
            return sum(numbers)

        return say

    got, errors, answers = heard(listener, [1, 2, 3], [], [1, None])
    assert got == [("Socket", "4")] * 2 and answers[:2] == [6, 0]
    assert errors == ["numbers[1]: expected int, got None"]


class Room:
    """Listeners of every form."""

    def __init__(self, got):
        self.got = got

    @checked
    def method(self, socket: Socket, text: str) -> None:
        self.got.append(text)

    @checked
    @staticmethod
    def static(text: str) -> None: ...


def test_methods_partials_and_decorated_functions():
    def prefixed(prefix: str, socket: Socket, text: str) -> str:
        return prefix + text

    def logged(function):
        @functools.wraps(function)
        def inner(*args):
            return function(*args)

        return inner

    def plain(text: str) -> str:
        return text

    got, errors, _ = heard(lambda got: Room(got).method, ["a"], [1])
    assert got == ["a"] and errors == ["text: expected str, got int"]
    _, errors, answers = heard(lambda got: checked(functools.partial(prefixed, ">")), ["a"], [1])
    assert answers[0] == ">a" and errors == ["text: expected str, got int"]
    _, errors, answers = heard(lambda got: checked(logged(plain)), ["a"], [1])
    assert answers[0] == "a" and errors == ["text: expected str, got int"]
    assert checked(plain)("unchecked") == "unchecked"


def test_a_listener_without_the_decorator_is_called_as_ever():
    def listener(got):
        def say(number: int) -> None:
            got.append(number)

        return say

    assert heard(listener, ["x"])[:2] == (["x"], [])


def test_what_cannot_be_checked_is_told_when_it_is_registered():
    socket = Client("http://127.0.0.1:1")

    @checked
    def a_set(numbers: set[int]) -> None: ...

    @checked
    def a_keyword(text: str, *, loud: bool) -> None: ...

    @checked
    def a_handshake(shake: Handshake) -> None: ...

    for listener in (a_set, a_keyword, a_handshake):
        with pytest.raises(LocalError, match=listener.__name__):
            socket.on("say", listener)
    with pytest.raises(LocalError):
        checked(7)
    assert not socket.has_listeners("say")


def test_a_listener_is_removed_by_the_name_that_it_was_given():
    socket = Client("http://127.0.0.1:1")

    @checked
    def say(text: str) -> None: ...

    socket.on("say", say)
    socket.once("say", say)
    socket.on_any(say)
    assert socket.listeners("say") == [say, say] and socket.listeners_any() == [say]
    socket.off("say", say)
    socket.off("say", say)
    socket.off_any(say)
    assert not socket.has_listeners("say") and not socket.listeners_any()
