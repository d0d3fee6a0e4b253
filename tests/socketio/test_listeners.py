"""Listeners: which are called, in which order, and how they are taken away."""

from __future__ import annotations

import pytest

from course_lib.errors import LocalError
from course_lib.socketio import Client, Server
from course_lib.socketio.listeners import Listeners

from .world import play


def called(listeners: Listeners, event: str, *args: object) -> None:
    for listener in listeners._named.get(event, ()):
        listener(*args)


def test_listeners_are_called_in_the_order_of_on_and_once_leaves():
    bell, told = Listeners(), []
    bell.on("ring", lambda: told.append(1))
    bell.once("ring", lambda: told.append(2))
    bell.on("ring")(lambda: told.append(3))
    called(bell, "ring")
    called(bell, "ring")
    assert told == [1, 2, 3, 1, 3]


def test_off_takes_the_newest_entry_of_a_listener():
    bell, told = Listeners(), []
    one, two = lambda: told.append(1), lambda: told.append(2)
    for listener in (one, two, one):
        bell.on("ring", listener)
    bell.off("ring", one)
    assert bell.listeners("ring") == [one, two]
    bell.once("ring", two)
    bell.off("ring", two)
    bell.off("ring", print)
    bell.off("other", two)
    assert bell.listeners("ring") == [one, two]
    bell.off("ring")
    assert not bell.has_listeners("ring") and bell.event_names() == []


class Method:
    def heard(self) -> None: ...


def test_a_method_is_the_same_each_time():
    bell, one = Listeners(), Method()
    bell.on("ring", one.heard)
    bell.off("ring", one.heard)
    assert not bell.has_listeners("ring")


def test_who_changes_the_listeners_while_they_run_skips_nobody():
    bell, told = Listeners(), []

    def first():
        told.append("first")
        bell.off("ring", first)
        bell.on("ring", lambda: told.append("late"))

    bell.on("ring", first)
    bell.on("ring", lambda: told.append("second"))
    called(bell, "ring")
    assert told == ["first", "second"]


def test_once_within_its_own_event_is_called_once():
    bell, told = Listeners(), []

    def again():
        told.append(1)
        called(bell, "ring")

    bell.once("ring", again)
    called(bell, "ring")
    assert told == [1]


def test_remove_all_listeners():
    bell = Listeners()
    bell.on("a", print)
    bell.on("b", print)
    bell.remove_all_listeners("a")
    assert bell.event_names() == ["b"]
    bell.remove_all_listeners()
    assert bell.event_names() == []


@pytest.mark.parametrize("wrong", [None, 1, "f", []])
def test_a_listener_is_a_function(wrong):
    if wrong is not None:
        with pytest.raises(LocalError):
            Listeners().on("ring", wrong)


async def test_catch_alls_are_listed_and_taken_away():
    one = Client("http://127.0.0.1:1")
    for add, prepend, off, listed in (
        (one.on_any, one.prepend_any, one.off_any, one.listeners_any),
        (
            one.on_any_outgoing,
            one.prepend_any_outgoing,
            one.off_any_outgoing,
            one.listeners_any_outgoing,
        ),
    ):
        add(print)
        prepend(repr)
        add(print)
        assert listed() == [repr, print, print]
        off(print)
        assert listed() == [repr, print]
        off()
        assert listed() == []


def test_a_server_and_a_namespace_have_no_catch_alls():
    """They would never be called."""
    io = Server()
    for thing in (io, io.sockets, io.of("/x")):
        assert not hasattr(thing, "on_any")


def test_the_way_of_an_event():
    """Catch-alls, middlewares, listeners; what is sent is told to those of outgoing events."""

    async def story(world, talk):
        client = Client(f"http://{talk.where.partition('/')[0]}")
        await client.connect()
        (socket,) = world.sockets.values()
        told: list[object] = []
        socket.on("e", lambda *args: told.append(("listener", *args)))
        socket.use(lambda event: told.append(("middleware", *event)))
        socket.on_any(lambda *event: told.append(("any", *event)))
        socket.prepend_any(lambda *event: told.append(("before", *event)))
        client.on_any_outgoing(lambda *event: told.append(("out", *event)))
        await client.timeout(5).emit_with_ack("e", 1, b"x")
        await client.timeout(5).emit_with_ack("ask")
        assert told[:5] == [
            (who, *event)
            for who, *event in (
                ("out", "e", 1, b"x"),
                ("before", "e", 1, b"x"),
                ("any", "e", 1, b"x"),
                ("middleware", "e", 1, b"x"),
                ("listener", 1, b"x"),
            )
        ]
        assert [one[0] for one in told[5:]] == ["out", "before", "any", "middleware"]
        await client.disconnect()

    play(story)
