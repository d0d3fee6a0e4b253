"""The queue of events that wait for a listener, and what happens when it is full."""

from __future__ import annotations

import asyncio

import pytest

from course_lib.socketio.turns import MAX_WAITING, Turns
from tests.net.waiting import until

from .world import play


def test_a_queue_has_room_for_a_number_and_for_bytes():
    turns = Turns(1, 100)
    assert turns.put(["a"], None, 60) and turns.put(["b"], None, 40)
    assert not turns.put(["c"], None, 1)
    assert turns.take() == (["a"], None)
    assert turns.put(["c"], 7, 60)
    turns = Turns(1, 1 << 20)
    for number in range(MAX_WAITING):
        assert turns.put([number], None, 1)
    assert not turns.put(["one too many"], None, 1)
    turns.clear()
    assert (len(turns.waiting), turns.waiting_size, turns.full) == (0, 0, False)


def test_one_event_has_room_whatever_its_size():
    turns = Turns(1, 100)
    assert turns.put(["large"], None, 1_000)
    assert not turns.put(["b"], None, 0)


@pytest.mark.parametrize("size", [1, 60, 1_000])
def test_the_newest_takes_the_place_of_the_oldest(size):
    """Itself is never lost, not even if it has to have all the room."""
    turns = Turns(1, 100)
    turns.put(["a"], None, 50)
    turns.put(["b"], None, 50)
    turns.replace_oldest(["new"], 3, size)
    left = [turns.take() for _ in range(len(turns.waiting))]
    assert left == ([(["b"], None)] if size <= 50 else []) + [(["new"], 3)]
    assert turns.waiting_size == 0


@pytest.mark.parametrize("overflow", ["close", "drop_oldest", "drop_newest", "function", "wrong"])
def test_what_a_full_queue_does_with_an_event(overflow):
    """`overflow`; answers and DISCONNECT pass by it in any case."""
    errors: list[object] = []

    def choose(socket, event):
        return "drop_newest" if event[1] % 2 else "drop_oldest"

    option = {"function": choose, "wrong": lambda *_: "drop"}.get(overflow, overflow)

    async def story(world, talk):
        wire, id = await talk.joined()
        socket, handled, gate = world.sockets[id], [], asyncio.Event()

        @socket.on("slow")
        async def slow(number):
            await gate.wait()
            handled.append(number)

        for number in range(MAX_WAITING + 11):
            await wire.say(f'42["slow",{number}]')
        await asyncio.sleep(1)
        if overflow in ("close", "wrong"):
            assert world.ends[id] == [("forced close", "")]
            assert world.errors == ["events come faster than their listeners end"]
            assert [str(error)[:13] for error in errors] == ["overflow gave"] * (
                overflow == "wrong"
            )
            assert not socket._turns.waiting
            return
        asking = asyncio.create_task(socket.emit_with_ack("question"))
        said = str(await wire.hear())
        await wire.say(f"43{said[2 : said.index('[')]}[1]")
        assert await asking == 1
        gate.set()
        await asyncio.sleep(1)
        everything = list(range(MAX_WAITING + 11))
        dropped = {
            "drop_oldest": everything[1:11],
            "drop_newest": everything[-10:],
            "function": [*everything[1:6], *range(1001, 1011, 2)],
        }[overflow]
        assert handled == [number for number in everything if number not in dropped]
        wire.connection.abort()
        await until(lambda: not socket.connected)

    options = {"ordered": True, "overflow": option, "on_error": lambda e, _: errors.append(e)}
    play(story, **options)
