"""What runs when an event comes: contexts, order, bounds, and code that fails."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import random

import pytest

from course_lib.errors import ConnectionClosed
from course_lib.lab import clock
from course_lib.socketio import Client
from tests.net.waiting import until

from .world import World, now, play, survived

VARIABLE: contextvars.ContextVar[object] = contextvars.ContextVar("variable", default=None)
LOOPS = ["asyncio", "uvloop", "simulated"]


def run(loop: str, main) -> None:
    """Run it in a loop of this kind, which may not hide an error."""
    if loop == "simulated":
        clock.simulate(main)
        return

    async def checked():
        errors: list[object] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: errors.append(context))
        async with asyncio.timeout(60):
            await main()
        gc.collect()
        assert not errors

    if loop == "uvloop":
        uvloop = pytest.importorskip("uvloop", reason="uvloop is not installed")
        uvloop.run(checked())
    else:
        asyncio.run(checked())


@pytest.mark.parametrize("loop", LOOPS)
def test_each_handler_has_a_context_and_a_task_of_its_own(loop):
    """Interleaved, cancelled alone, with `timeout` and `TaskGroup`; also after middlewares."""

    async def main():
        world, seen = World(), []
        async with world.io.listen() as address, Client(address.url) as client:
            (socket,) = world.sockets.values()
            socket.use(lambda event: VARIABLE.set("a middleware's"))
            socket.use(lambda event: asyncio.sleep(0))
            gate = asyncio.Event()

            @socket.on("mine")
            async def mine(value):
                task = asyncio.current_task()
                assert VARIABLE.get() in (None, "a middleware's")
                VARIABLE.set(value)
                async with asyncio.TaskGroup() as group:
                    one = group.create_task(asyncio.sleep(0, "one"))
                    try:
                        async with asyncio.timeout(0.001):
                            await asyncio.Event().wait()
                    except TimeoutError:
                        seen.append("timeout")
                await gate.wait()
                assert asyncio.current_task() is task and one.result() == "one"
                return VARIABLE.get()

            @socket.on("cancelled")
            async def cancelled():
                task = asyncio.current_task()
                asyncio.get_running_loop().call_soon(task.cancel)
                try:
                    await asyncio.Event().wait()
                except asyncio.CancelledError:
                    seen.append("cancelled")
                    raise

            asking = [asyncio.create_task(client.emit_with_ack("mine", n)) for n in range(3)]
            client.emit("cancelled")
            await until(lambda: len(seen) == 4)
            gate.set()
            assert await asyncio.gather(*asking) == [0, 1, 2]
            assert VARIABLE.get() is None
            # A `def` leaves nothing in the reader's context, nor does a middleware.
            socket.on("leaves", lambda: VARIABLE.set("left") and None)
            socket.on("reads", lambda: VARIABLE.get())
            socket._middleware = ()
            await client.emit_with_ack("leaves")
            assert await client.emit_with_ack("reads") is None
            assert client.connected

    run(loop, main)


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("waits", [False, True])
def test_middlewares_that_are_coroutines_let_events_and_clients_pass(loop, waits):
    """Whether or not they wait: from Python 3.12 on, one that does not has ended at once."""

    async def main():
        async def middleware(_):
            if waits:
                await asyncio.sleep(0)

        async def auth():
            if waits:
                await asyncio.sleep(0)
            return {"a": 1}

        world = World()
        world.io.use(middleware)
        async with (
            asyncio.timeout(30),
            world.io.listen() as address,
            Client(address.url, auth=auth) as client,
        ):
            (socket,) = world.sockets.values()
            assert socket.handshake.auth == {"a": 1}
            socket.use(middleware)
            for number in range(3):
                assert await client.emit_with_ack("ask", number) == number

    run(loop, main)


ODD = [
    ValueError, asyncio.CancelledError, GeneratorExit, StopIteration, TimeoutError, RecursionError,
    lambda: ExceptionGroup("two", [ValueError(), KeyError()]),
    lambda: BaseExceptionGroup("two", [asyncio.CancelledError()]),
]  # fmt: skip
PLACES = ["listener", "catch-all", "middleware", "acknowledgement", "outgoing", "error", "connect"]


@pytest.mark.parametrize("place", PLACES)
async def test_whatever_an_application_raises_is_reported_and_the_socket_lives(place, caplog):
    """S21, X9, X52: with what failed, at which event, of which socket; there is no answer."""
    reported: list[tuple[BaseException, dict[str, object]]] = []
    options = {"on_error": lambda error, context: reported.append((error, context))}
    async with survived(**options) as (world, talk):
        for number, error in enumerate(ODD):
            for waits in (False, True):
                failing = _failing(error, waits)
                reported.clear()
                if place == "connect":
                    world.io.once("connect", failing)
                wire, id = await talk.joined()
                socket = world.sockets[id]
                if place == "listener":
                    socket.once("bad", failing)
                elif place == "catch-all":
                    socket.on_any(failing)
                elif place == "middleware":
                    socket.use(lambda event, failing=failing: event[0] == "bad" and failing())
                    socket.off("error")
                elif place == "acknowledgement":
                    socket.emit("question", callback=failing)
                    said = str(await wire.hear())
                    await wire.say(f"43{said[2 : said.index('[')]}[1]")
                elif place == "outgoing":
                    socket.on_any_outgoing(failing)
                    socket.emit("out")
                    assert await wire.hear() == '42["out"]'
                    socket.off_any_outgoing()
                elif place == "error":
                    socket.use(lambda event: event[0] == "bad" and 1 / 0)
                    socket.off("error")
                    socket.on("error", failing)
                await wire.say('427["bad"]')
                if place == "catch-all":
                    await until(lambda: reported)
                    socket.off_any()
                await wire.still_here()
                await until(lambda: reported)
                assert len(reported) == 1, (place, number, waits)
                assert reported[0][1]["socket"] is socket
                assert isinstance(reported[0][1]["what"], str)
                wire.connection.abort()
                await until(lambda socket=socket: not socket.connected)
    assert not caplog.records


def _failing(error, waits):
    def fail(*_):
        raise error()

    async def later(*_):
        await asyncio.sleep(0)
        if error is StopIteration:  # Python forbids it in a coroutine
            raise ValueError
        raise error()

    return later if waits else fail


async def test_without_on_error_it_is_logged_and_a_report_that_fails_harms_nobody(caplog):
    """X52."""

    def report(error, context):
        raise RuntimeError("the report")

    for options in ({}, {"on_error": report}):
        async with survived(**options) as (world, talk):
            wire, id = await talk.joined()
            world.sockets[id].on("bad", lambda: 1 / 0)
            await wire.say('42["bad"]')
            await wire.still_here()
        assert "ZeroDivisionError" in caplog.text or "the report" in caplog.text
        caplog.clear()


@pytest.mark.parametrize("end", ["server", "client"])
def test_too_many_arguments_are_an_error_of_the_handler(end):
    """X8: no answer; the next event is answered."""

    async def story(world, talk):
        errors: list[object] = []
        options = {"on_error": lambda error, _: errors.append(error)} if end == "client" else {}
        client = Client(f"http://{talk.where.partition('/')[0]}", **options)
        await client.connect()
        (socket,) = world.sockets.values()
        world.io.on_error(lambda error, _: errors.append(error))
        asked, asks = (socket, client) if end == "server" else (client, socket)
        asked.on("f", lambda a: a)
        with pytest.raises(TimeoutError):
            await asks.timeout(1).emit_with_ack("f", 1, 2)
        assert [type(error) for error in errors] == [TypeError]
        assert await asks.emit_with_ack("f", 1) == 1
        await client.disconnect()

    play(story)


@pytest.mark.parametrize("ordered", [False, True])
@pytest.mark.parametrize("end", ["server", "client"])
def test_handlers_start_in_the_order_of_events(end, ordered):
    """X14, X48: and end in it with `ordered`; no other socket or namespace waits for them."""

    async def main():
        world = World(ordered=ordered)
        async with (
            world.io.listen() as address,
            Client(address.url, ordered=ordered) as client,
            Client(address.url) as other,
        ):
            socket = world.sockets[client.id]
            admin = client.of("/admin")
            await admin.connect()
            hears, says = (socket, client) if end == "server" else (client, socket)
            chance, started, ended = random.Random(1), [], []

            @hears.on("slow")
            async def slow(number, seconds):
                started.append(number)
                await asyncio.sleep(seconds)
                ended.append(number)
                return number

            begun = now()
            asking = [
                asyncio.create_task(says.emit_with_ack("slow", n, chance.choice([0, 0.005, 0.01])))
                for n in range(100)
            ]
            await asyncio.sleep(0)
            for free in (other, admin):
                assert await free.emit_with_ack("ask", 1) == 1
            assert now() == begun
            assert await asyncio.gather(*asking) == list(range(100))
            assert started == list(range(100))
            assert (ended == started) is ordered

    clock.simulate(main)


@pytest.mark.parametrize("ordered", [False, True])
@pytest.mark.parametrize("end", ["server", "client"])
def test_a_handler_may_ask_its_own_peer(end, ordered):
    """X13: answers, DISCONNECT and pongs never wait for a handler; 1,000 of them all end."""

    async def main():
        world = World(ordered=ordered, ping_interval=3, ping_timeout=2)
        async with world.io.listen() as address, Client(address.url, ordered=ordered) as client:
            (socket,) = world.sockets.values()
            hears, says = (socket, client) if end == "server" else (client, socket)
            says.on("question", lambda n: n)

            @hears.on("slow")
            async def slow(n):
                answer = await hears.emit_with_ack("question", n)
                await asyncio.sleep(0.1)
                return answer

            asking = [asyncio.create_task(says.emit_with_ack("slow", n)) for n in range(1000)]
            assert await asyncio.gather(*asking) == list(range(1000))
            gone = []
            hears.on("gone", lambda: gone.append(1))
            hears.on("stuck", lambda: asyncio.sleep(1e6))
            for _ in range(3):
                says.emit("stuck")
            await asyncio.sleep(50)  # ten heartbeats
            assert client.connected
            begun = now()
            (client.leave if end == "server" else socket.disconnect)()
            await until(lambda: not socket.connected and not client.connected)
            assert now() == begun or now() - begun < 0.01

    clock.simulate(main)


@pytest.mark.parametrize("end", ["server", "client"])
def test_a_handler_that_waits_for_long_keeps_no_heartbeat_waiting(end):
    """X15: five times interval and timeout."""

    async def story(world, talk):
        client = Client(f"http://{talk.where.partition('/')[0]}")
        await client.connect()
        (socket,) = world.sockets.values()
        hears, says = (socket, client) if end == "server" else (client, socket)
        hears.on("long", lambda: asyncio.sleep(5 * 45, "done"))
        assert await says.emit_with_ack("long") == "done"
        await client.disconnect()

    play(story)


async def test_a_handler_is_held_until_it_is_done():
    """X16: also while nobody else holds the future that it awaits."""
    async with survived() as (world, talk):
        wire, id = await talk.joined()

        @world.sockets[id].on("wait")
        async def wait():
            future = asyncio.get_running_loop().create_future()
            asyncio.get_running_loop().call_later(0.05, future.set_result, "done")
            return await future

        await wire.say('421["wait"]')
        for _ in range(5):
            gc.collect()
            await asyncio.sleep(0.01)
        assert await wire.hear() == '431["done"]'


@pytest.mark.parametrize("kind", ["listener", "catch-all", "error"])
def test_running_handlers_are_bounded_of_each_kind(kind):
    """1,000 by default; the next events wait, and what waits is handled in order."""

    async def story(world, talk):
        wire, id = await talk.joined()
        socket, running, gate = world.sockets[id], [], asyncio.Event()

        async def wait(*args):
            running.append(args)
            await gate.wait()

        if kind == "listener":
            socket.on("many", wait)
        elif kind == "catch-all":
            socket.on_any(wait)
        else:
            socket.use(lambda _: 1 / 0)
            socket.off("error")
            socket.on("error", wait)
        for number in range(1500):
            wire.say_at_once(f'42["many",{number}]')
        await asyncio.sleep(1)
        assert len(running) == 1000
        assert len(socket._turns.waiting) == 500
        gate.set()
        await asyncio.sleep(1)
        assert len(running) == 1500
        if kind != "error":
            assert [args[-1] for args in running] == list(range(1500))
        assert socket._turns.running == 0
        wire.connection.abort()
        await until(lambda: not socket.connected)

    play(story)


def test_what_waits_for_a_listener_is_forgotten_with_its_connection():
    """On both ends; a client's next connection begins anew, and counts what still runs."""

    async def main():
        world = World(ordered=True)
        async with world.io.listen() as address:
            client = Client(address.url, ordered=True)
            handled, gate = [], asyncio.Event()

            async def slow(number):
                handled.append(number)
                await gate.wait()

            client.on("slow", slow)
            for begin in (0, 10):
                await client.connect()
                socket = world.sockets[client.id]
                socket.on("slow", slow)
                for number in range(begin, begin + 5):
                    socket.emit("slow", number)
                    client.emit("slow", -number)
                await asyncio.sleep(1)
                socket.conn.close(discard=True)
                await asyncio.sleep(1)
                assert not client.connected and not socket.connected
                assert not client._turns.waiting and not socket._turns.waiting
            assert sorted(handled) == [-10, 0, 0]
            gate.set()
            await asyncio.sleep(1)
            assert client._turns.running == 0
            await client.connect()
            world.sockets[client.id].emit("slow", 20)
            await asyncio.sleep(1)
            assert handled[-1] == 20
            await client.disconnect()

    clock.simulate(main)


def test_a_middleware_may_do_anything_with_the_event():
    """Also empty it, or wait while the client leaves."""

    async def story(world, talk):
        wire, id = await talk.joined()
        socket, errors = world.sockets[id], []
        world.io.on_error(lambda error, _: errors.append(error))

        @socket.use
        async def change(event):
            if event[0] == "clear":
                event.clear()
            elif event[0] == "rename":
                event[:] = ["echo", "renamed"]
            elif event[0] == "wait":
                await asyncio.sleep(10)
                event.clear()
                raise ConnectionClosed("gone")

        await wire.say('42["clear"]', '42["rename"]')
        assert await wire.hear() == '42["echo","renamed"]'
        await wire.say('42["wait"]', '42["say",1]', "41")
        await until(lambda: not socket.connected)
        assert world.heard[id] == []
        await asyncio.sleep(100)
        assert not errors and world.heard[id] == []
        wire.connection.abort()

    play(story)
