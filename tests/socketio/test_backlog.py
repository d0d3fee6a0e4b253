"""A client that reads too slowly: what waits for it, what is dropped, and what ends it."""

from __future__ import annotations

import asyncio

import pytest

from course_lib.errors import ConnectionClosed, LocalError
from course_lib.socketio import Server
from course_lib.socketio.backlog import MAX_PACKETS, Backlog
from tests.net.waiting import until

from .world import World, play, survived


def test_the_oldest_events_make_room_and_answers_stay():
    backlog = Backlog(10)
    for text, droppable in (("aaa", True), ("bbb", False), ("ccc", True)):
        backlog.put([text], droppable=droppable)
    assert backlog.has_room(1) and not backlog.has_room(2)
    assert backlog.make_room(4)
    assert [backlog.take()[0] for _ in range(len(backlog))] == [["bbb"], ["ccc"]]
    backlog.put(["b" * 9], droppable=False)
    assert not backlog.make_room(4)
    assert len(backlog) == 1 and backlog.size == 9


def test_small_packets_are_counted():
    backlog = Backlog(1 << 20)
    for _ in range(MAX_PACKETS):
        backlog.put([""], droppable=True)
    assert not backlog.has_room(0) and backlog.make_room(0)
    assert len(backlog) == MAX_PACKETS - 1


def test_an_event_is_dropped_with_its_attachments():
    backlog = Backlog(10)
    backlog.put(["ab", b"cde"], droppable=True, compress=False)
    assert backlog.size == 5
    backlog.put(["x"], droppable=True)
    assert backlog.make_room(9)
    assert backlog.take() == (["x"], True)


@pytest.mark.parametrize("overflow", [None, "", "drop", 7])
def test_a_policy_that_does_not_exist(overflow):
    with pytest.raises(LocalError, match="drop_oldest"):
        Server(overflow=overflow)


async def slow(world: World, talk, transport: str):
    """A socket whose client reads nothing, and its wire."""
    if transport == "polling":
        before = set(world.sockets)
        await talk.open()
        await talk.post("40")
        (id,) = set(world.sockets) - before
        await talk.poll()
        return world.sockets[id], None
    wire, id = await talk.joined()
    wire.connection.transport.pause_reading()
    return world.sockets[id], wire


@pytest.mark.parametrize("transport", ["polling", "websocket"])
@pytest.mark.parametrize("overflow", ["close", "drop_oldest", "drop_newest"])
async def test_a_client_that_reads_nothing(overflow, transport):
    """X49: memory stays bounded, and other clients see nothing of it."""
    async with survived(overflow=overflow, max_unsent=200_000) as (world, talk):
        socket, wire = await slow(world, talk, transport)
        highest, sent = 0, 0
        for _ in range(2_000):
            if not socket.connected:
                break
            socket.emit("n", sent, "x" * 10_000)
            sent += 1
            highest = max(highest, socket.buffered)
            if sent % 20 == 0:
                await asyncio.sleep(0)
        assert highest < 1_000_000
        assert socket.connected is (overflow != "close")
        if overflow == "close":
            return
        waiting = socket.buffered
        assert waiting > 100_000
        draining = asyncio.create_task(socket.drain())
        await asyncio.sleep(0.01)
        assert not draining.done()
        numbers: list[int] = []
        if wire:
            wire.connection.transport.resume_reading()
        while len(numbers) < 10_000 and (not draining.done() or socket.buffered):
            heard = [str(await wire.hear())] if wire else (await talk.poll()).split("\x1e")
            numbers += [int(text.split(",")[1]) for text in heard if text.startswith('42["n"')]
        await draining
        assert socket.buffered == 0 and numbers == sorted(numbers)
        if overflow == "drop_oldest":
            assert sent - 1 in numbers or wire
        else:
            assert sent - 1 not in numbers
        socket.disconnect(close=True)
        if wire is None:
            await talk.poll()


@pytest.mark.parametrize("overflow", ["close", "drop_oldest", "drop_newest"])
async def test_answers_of_a_client_that_reads_nothing_are_bounded(overflow):
    """They are never dropped; the session of whoever only asks ends."""
    async with survived(overflow=overflow, max_unsent=100_000) as (world, talk):
        socket, _ = await slow(world, talk, "polling")
        for _ in range(60):
            socket.emit("n", "x" * 5_000)
        body = "\x1e".join(['421["ask","' + "y" * 5_000 + '"]'] * 20)
        highest = 0
        for _ in range(40):
            if not socket.connected:
                break
            await talk.post(body)
            highest = max(highest, socket.buffered)
        assert not socket.connected
        assert highest < 500_000
        assert world.ends[socket.id] == [("transport error", "the client reads too slowly")]


def test_whoever_drains_loses_nothing():
    """X49: `drain` between events, to a client that polls slowly; it ends with the session."""

    async def story(world, talk):
        socket, _ = await slow(world, talk, "polling")

        async def produce():
            for number in range(300):
                socket.emit("n", number, "x" * 5_000)
                await socket.drain()

        producing = asyncio.create_task(produce())
        numbers: list[int] = []
        while len(numbers) < 300:
            await asyncio.sleep(0.5)
            for text in (await talk.poll()).split("\x1e"):
                if text == "2":
                    await talk.post("3")
                elif text.startswith('42["n"'):
                    numbers.append(int(text.split(",")[1]))
        await producing
        assert numbers == list(range(300))
        socket.emit("n", 1)
        draining = asyncio.create_task(socket.drain())
        await asyncio.sleep(1)
        socket.conn.close(discard=True)
        with pytest.raises(ConnectionClosed):
            await draining

    play(story, max_unsent=20_000)


async def test_a_volatile_event_is_dropped_while_others_wait():
    """And kept if the client can take it now."""
    async with survived(overflow="drop_oldest", max_unsent=100_000) as (world, talk):
        socket, _ = await slow(world, talk, "polling")
        poll = asyncio.create_task(talk.poll())
        await until(lambda: socket.conn.writable)
        socket.volatile.emit("n", 1)
        assert await poll == '42["n",1]'
        socket.volatile.emit("n", 2)
        socket.emit("n", 3)
        socket.volatile.emit("n", 4)
        assert await talk.poll() == '42["n",3]'
        await talk.post("1")
