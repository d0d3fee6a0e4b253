"""Requests and their answers: each ends once, whatever happens between."""

from __future__ import annotations

import asyncio

import pytest

from course_lib.errors import ConnectionClosed, LocalError
from course_lib.lab import clock
from course_lib.socketio import Client, Server, acks
from course_lib.wire.socketio.packet import Parser
from tests.net.waiting import until

from .world import World, now, play, survived


def test_ids_are_given_back_only_by_whoever_took_the_last():
    ids = acks.Ids()
    one, two = ids.take(), ids.take()
    ids.give_back(one)
    assert ids.take() == 2
    ids.give_back(2)
    assert (two, ids.take()) == (1, 2)


@pytest.mark.parametrize("value", [set(), object(), {1: {2}}, [float] * 2])
async def test_what_json_does_not_have_leaves_nothing_behind(value):
    """X11, both ends: an error at the caller; no ack, no id, no byte."""
    circle: list[object] = []
    circle.append(circle)
    async with survived() as (world, talk):
        wire, id = await talk.joined()
        socket = world.sockets[id]
        asking = asyncio.create_task(socket.emit_with_ack("first"))
        first = str(await wire.hear())
        number = int(first.removeprefix("42").removesuffix('["first"]'))
        for wrong in (value, circle, [b"x", value]):
            for emit in (socket.emit, socket.volatile.emit):
                with pytest.raises((TypeError, ValueError)):
                    emit("q", wrong)
            with pytest.raises((TypeError, ValueError)):
                socket.emit("q", wrong, callback=print)
            with pytest.raises((TypeError, ValueError)):
                await socket.timeout(5).emit_with_ack("q", wrong)
        assert len(socket._acks) == 1
        again = asyncio.create_task(socket.emit_with_ack("second"))
        assert await wire.hear() == f'42{number + 1}["second"]'
        await wire.say(f"43{number}[]", f"43{number + 1}[]")
        await asyncio.gather(asking, again)
        # A client that is not connected: nothing waits.
        client = Client("http://127.0.0.1:1")
        with pytest.raises((TypeError, ValueError)):
            client.emit("q", value, callback=print)
        assert not client._buffer and not client._acks


async def test_a_listener_that_returns_what_json_does_not_have_is_reported(caplog):
    """There is no answer; also when the application's own `default` raises something else."""

    def default(value):
        raise KeyError(value)

    reported = []
    parser = Parser(default=default)
    options = {"parser": parser, "on_error": lambda error, what: reported.append((error, what))}
    async with survived(**options) as (world, talk):
        wire, id = await talk.joined()
        world.sockets[id].on("bad", lambda: [b"x", object()])

        async def later():
            await asyncio.sleep(0)
            return object()

        world.sockets[id].on("later", later)
        await wire.say('421["bad"]', '422["later"]', '423["ask",1]')
        assert await wire.hear() == "433[1]"
        await wire.still_here()
    assert [type(error) for error, _ in reported] == [KeyError] * 2
    assert {what["what"] for _, what in reported} == {"answer"}


@pytest.mark.parametrize("name", [None, 1, [], b"say", object()])
async def test_the_name_of_an_event_is_a_text(name):
    io = Server()
    client = Client("http://127.0.0.1:1")
    with pytest.raises(LocalError, match="text"):
        client.emit(name)
    with pytest.raises(LocalError, match="text"):
        io.on(name, print)


def test_requests_fail_at_once_when_their_connection_ends():
    """D12: also on the client; a plain callback is forgotten, one that takes an error gets it."""

    async def story(world, talk):
        client = Client(f"http://{talk.where.partition('/')[0]}")
        called: list[object] = []
        await client.connect()
        (socket,) = [one for one in world.sockets.values() if one.connected]
        for end in (client, socket):
            end.emit("never", callback=lambda *values: called.append(values))
            end.timeout(5).emit("never", callback=lambda *values: called.append(values))
        asking = [asyncio.create_task(end.emit_with_ack("never")) for end in (client, socket)]
        await asyncio.sleep(1)
        socket.conn.close(discard=True)
        before = now()
        ended = await asyncio.gather(*asking, return_exceptions=True)
        assert [type(error) for error in ended] == [ConnectionClosed] * 2
        assert now() == before
        assert [type(error) for (error,) in called] == [ConnectionClosed] * 2
        # After the end: the server's socket at once, and the client's request waits.
        with pytest.raises(ConnectionClosed):
            await socket.emit_with_ack("late")
        socket.emit("late")
        socket.emit("late", callback=lambda *values: called.append(values))
        socket.timeout(5).emit("late", callback=lambda *values: called.append(values))
        assert len(called) == 3
        waiting = asyncio.create_task(client.emit_with_ack("ask", 7))
        await asyncio.sleep(100)
        await client.connect()
        assert await waiting == 7
        await client.disconnect()

    play(story)


def test_a_request_whose_time_is_over_while_it_waits_is_never_sent():
    """D11: the error comes once; the others are sent, in their order."""

    async def story(world, talk):
        client = Client(f"http://{talk.where.partition('/')[0]}")
        errors: list[object] = []
        client.emit("say", 1)
        with pytest.raises(TimeoutError):
            await client.timeout(2).emit_with_ack("say", 2)
        client.timeout(3).emit("say", 3, callback=lambda *values: errors.append(values))
        cancelled = asyncio.create_task(client.emit_with_ack("say", 4))
        await asyncio.sleep(1)
        cancelled.cancel()
        client.timeout(50).emit("ask", 5, callback=lambda *values: errors.append(values))
        await asyncio.sleep(10)
        await client.connect()
        await asyncio.sleep(100)
        assert [heard for heard in world.heard.values() if heard] == [[[1]]]
        assert [(type(first), rest) for first, *rest in errors] == [
            (TimeoutError, []),
            (type(None), [5]),
        ]
        assert not client._acks and not client._buffer
        await client.disconnect()

    play(story)


@pytest.mark.parametrize("transport", ["polling", "websocket"])
async def test_a_request_that_is_one_too_many_for_a_slow_client_fails(transport):
    """Its own sending ends the session: it must not wait for ever."""
    async with survived(max_unsent=100_000, max_payload=10_000_000) as (world, talk):
        if transport == "polling":
            await talk.open()
            await talk.post("40")
            await until(lambda: len(world.sockets) == 3)
            socket = world.io.sockets.sockets[next(reversed(world.sockets))]
        else:
            wire, id = await talk.joined()
            wire.connection.transport.pause_reading()
            socket = world.sockets[id]
        asking: list[asyncio.Task[object]] = []
        async with asyncio.timeout(20):
            while socket.connected:
                asking.append(asyncio.create_task(socket.emit_with_ack("q", "x" * 50_000)))
                await asyncio.sleep(0)
            with pytest.raises(ConnectionClosed):
                await socket.emit_with_ack("q")
            ended = await asyncio.gather(*asking, return_exceptions=True)
        assert {type(error) for error in ended} == {ConnectionClosed}


async def test_a_request_that_is_one_too_many_for_a_slow_server_fails():
    """On the client."""
    world = World()
    async with world.io.listen() as address:
        client = Client(address.url, transports=["polling"], max_unsent=100_000)
        await client.connect()
        async with asyncio.timeout(20):
            asking = [
                asyncio.ensure_future(client.emit_with_ack("never", "x" * 60_000)) for _ in range(9)
            ]
            await asyncio.sleep(0)
            assert not client.connected
            first = await asyncio.gather(*asking[:2], return_exceptions=True)
            assert {type(error) for error in first} == {ConnectionClosed}
        for one in asking:
            one.cancel()
        await asyncio.wait(asking)
        await client.disconnect()


def test_no_more_than_so_many_requests_wait():
    """The error is the caller's; an answer makes room."""

    async def story(world, talk):
        client = Client(f"http://{talk.where.partition('/')[0]}", max_pending_acks=10)
        await client.connect()
        (socket,) = world.sockets.values()
        client.on("answer me", lambda: 1)
        for end in (client, socket):
            for _ in range(10):
                end.emit("never", callback=print)
            with pytest.raises(LocalError, match="max_pending_acks"):
                end.emit("ask", callback=print)
            with pytest.raises(LocalError, match="max_pending_acks"):
                await end.emit_with_ack("ask")
            end.emit("say", "still")
        await client.disconnect()

    play(story, max_pending_acks=10)


def test_ack_timeout_is_that_of_every_request():
    """The option, on both ends; `timeout` is stronger."""

    async def main():
        world = World(ack_timeout=3)
        async with world.io.listen() as address, Client(address.url, ack_timeout=2) as client:
            (socket,) = world.sockets.values()
            for end, seconds in ((client, 2), (socket, 3), (client.timeout(9), 9)):
                before = now()
                with pytest.raises(TimeoutError):
                    await end.emit_with_ack("never")
                assert now() - before == seconds
            errors: list[object] = []
            client.emit("never", callback=errors.append)
            await asyncio.sleep(2.1)
            assert [type(error) for error in errors] == [TimeoutError]

    clock.simulate(main)


@pytest.mark.parametrize(
    ("values", "one"), [([], None), ([1], 1), ([1, 2], (1, 2)), ([[]], []), ([None], None)]
)
def test_what_an_answer_is(values, one):
    """None, the value, or a tuple of several; and back."""
    assert acks.value(values) == one
    assert acks.values(one) == ([] if one is None else values)


def test_several_listeners_answer_once():
    """The first value that is not None; none if all fail; empty if none has a value."""

    async def story(world, talk):
        client = Client(f"http://{talk.where.partition('/')[0]}")
        await client.connect()
        (socket,) = world.sockets.values()

        def fail():
            raise ConnectionClosed("no report is needed")

        async def slowly():
            await asyncio.sleep(1)
            return "slow"

        for name, listeners, answer in (
            ("a", [lambda: None, lambda: 2, lambda: 3], 2),
            ("b", [slowly, lambda: "fast"], "fast"),
            ("c", [slowly, lambda: None], "slow"),
            ("d", [fail, lambda: None], None),
            ("e", [fail, slowly], "slow"),
            ("f", [lambda: False, lambda: 1], False),
        ):
            for listener in listeners:
                socket.on(name, listener)
            assert await client.timeout(5).emit_with_ack(name) == answer, name
        for name, listeners in (("g", [fail]), ("h", [fail, fail]), ("i", [])):
            for listener in listeners:
                socket.on(name, listener)
            with pytest.raises(TimeoutError):
                await client.timeout(5).emit_with_ack(name)
        await client.disconnect()

    play(story)


def test_an_answer_goes_to_the_connection_of_its_request():
    """A client's listener that ends after the connection must not answer on the next one."""

    async def main():
        world = World()
        async with world.io.listen() as address:
            client = Client(address.url)
            gate = asyncio.Event()

            async def slow():
                await gate.wait()
                return "late"

            client.on("question", slow)
            await client.connect()
            first = world.sockets[client.id]
            asking = asyncio.create_task(first.emit_with_ack("question"))
            await asyncio.sleep(1)
            first.conn.close(discard=True)
            with pytest.raises(ConnectionClosed):
                await asking
            await asyncio.sleep(1)
            world.io.sockets.ids.next = 0  # as those of a server that was started again
            client.off("question")
            client.on("question", lambda: asyncio.sleep(5, "right"))
            await client.connect()
            asking = asyncio.create_task(world.sockets[client.id].emit_with_ack("question"))
            await asyncio.sleep(1)
            gate.set()
            assert await asking == "right"
            await client.disconnect()

    clock.simulate(main)
