"""The client's own moments: connecting, leaving, both at once, and cancelling."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
import weakref

import pytest

from course_lib.errors import ConnectionClosed, LocalError
from course_lib.lab import clock
from course_lib.net import http_server
from course_lib.socketio import Client, ConnectError, ConnectRefused, Manager
from course_lib.wire.http.http11 import Headers, Response
from tests.net import raw
from tests.net.waiting import until

from .hostile import hostile
from .world import World, now

CLOSED_PORT = "http://127.0.0.1:9"


async def test_two_that_connect_at_once_share_an_attempt_and_one_may_be_cancelled():
    """X23: the other one is let in; when both are cancelled nothing is left."""
    world, gate = World(), asyncio.Event()
    world.io.use(lambda _: gate.wait())
    async with world.io.listen() as address:
        client = Client(address.url)
        one, two = (asyncio.create_task(client.connect()) for _ in range(2))
        await until(lambda: world.io.sockets.joining)
        one.cancel()
        await asyncio.wait([one])
        gate.set()
        assert await two is client
        assert one.cancelled() and client.connected
        await client.disconnect()
        gate.clear()
        both = [asyncio.create_task(client.connect()) for _ in range(2)]
        await until(lambda: world.io.sockets.joining)
        for task in both:
            task.cancel()
        await asyncio.wait(both)
        assert not client.active and client.manager.state == "closed"
        gate.set()
        await client.disconnect()


async def test_a_connect_that_is_cancelled_as_it_succeeds_leaves_nothing():
    """X23: whoever waits for it has not got the client, and would not leave."""
    world = World()
    async with world.io.listen() as address:
        client = Client(address.url)
        task = asyncio.create_task(client.connect())
        client.on("connect", task.cancel)
        await asyncio.wait([task])
        assert task.cancelled() and not client.connected
        await until(lambda: not world.io.engine.sessions)
        await client.disconnect()


STEPS = [0, 1, 2, 3, 5, 8, 13, 21, 34, 55]


@pytest.mark.parametrize("transports", [["polling"], ["websocket"], ["polling", "websocket"]])
def test_connect_and_requests_may_be_cancelled_at_any_step(transports):
    """X23: within 100 ms; no task, no session and no attempt is left."""

    async def main():
        world = World()
        world.io.use(lambda _: asyncio.sleep(0.05))
        async with world.io.listen() as address:
            for step in range(0, 400, 7):
                client = Client(address.url, transports=transports)

                async def talk(client=client):
                    await client.connect()
                    await client.emit_with_ack("never")

                task = asyncio.create_task(talk())
                await asyncio.sleep(step / 1000)
                before = now()
                task.cancel()
                await asyncio.wait([task])
                await client.disconnect()
                assert now() - before <= 0.1
                assert task.cancelled() and not client.active
                assert not client._acks
                await asyncio.sleep(60)
                assert not world.io.engine.sessions
                assert not client.manager._tasks

    clock.simulate(main, rtt=0.02)


def test_disconnect_returns_when_the_network_is_gone():
    """X23: the rest of the goodbye happens in the background."""

    async def main():
        async with hostile() as server:
            client = Client(server.url, transports=["websocket"])
            joining = asyncio.create_task(client.connect())
            wire = await server.welcomed()
            await joining
            wire.connection.transport.pause_reading()
            waiting = asyncio.create_task(client.wait())
            asking = asyncio.create_task(client.emit_with_ack("never"))
            await asyncio.sleep(1)
            before = now()
            await client.disconnect()
            assert now() - before <= 0.1
            await waiting
            with pytest.raises(ConnectionClosed):
                await asking
            await asyncio.sleep(20)
            assert not client.manager._tasks
            wire.connection.abort()

    clock.simulate(main)


async def test_who_leaves_before_the_answer_leaves_nobody_on_the_server():
    """Another socket of the manager is open; then one more attempt, with another `auth`, counts."""
    world, gate = World(), asyncio.Event()
    admin = world.io.of("/admin")

    @admin.use
    async def middleware(socket):
        await gate.wait()
        if socket.handshake.auth["n"] == 0:
            raise ConnectRefused("zero")

    async with world.io.listen() as address, Client(address.url) as client:
        one = client.of("/admin", auth={"n": 1})
        heard = []
        one.on("connect", lambda: heard.append("connect"))
        one.on("connect_error", lambda error: heard.append(str(error)))
        for first, second, told in ((1, 2, "connect"), (0, 1, "connect"), (1, 0, "zero")):
            heard.clear()
            gate.clear()
            one.auth = {"n": first}
            task = asyncio.create_task(one.connect())
            await until(lambda: admin.joining)
            task.cancel()
            await asyncio.wait([task])
            one.auth = {"n": second}
            again = asyncio.create_task(one.connect())
            await asyncio.sleep(0.01)
            gate.set()
            await asyncio.wait([again])
            assert heard == [told]
            if told == "connect":
                assert admin.sockets[one.id].handshake.auth == {"n": second}
                await one.disconnect()
            else:
                assert again.exception() is not None
            await until(lambda: not admin.sockets)
        gate.clear()
        one.auth = {"n": 1}
        task = asyncio.create_task(one.connect())
        await until(lambda: admin.joining)
        task.cancel()
        await asyncio.wait([task])
        gate.set()
        await until(lambda: not admin.sockets and not admin.joining)
        assert await client.emit_with_ack("ask", 1) == 1
        assert next(iter(world.ends.values())) == []


async def test_an_auth_that_comes_too_late_asks_for_nobody():
    """Whoever has left meanwhile, and asked again, asks once."""
    world, gates = World(), []
    async with world.io.listen() as address, Client(address.url) as client:

        async def auth():
            gates.append(asyncio.Event())
            await gates[-1].wait()
            return {"n": len(gates)}

        one = client.of("/admin", auth=auth)
        for _ in range(2):
            task = asyncio.create_task(one.connect())
            count = len(gates)
            await until(lambda count=count: len(gates) > count)
            task.cancel()
            await asyncio.wait([task])
        task = asyncio.create_task(one.connect())
        await until(lambda: len(gates) == 3)
        for gate in gates:
            gate.set()
        await task
        assert await one.emit_with_ack("ask", 1) == 1
        assert await client.emit_with_ack("ask", 1) == 1
        await one.disconnect()


RAISED = [ValueError, asyncio.CancelledError, GeneratorExit, KeyError]


@pytest.mark.parametrize("error", RAISED)
@pytest.mark.parametrize("waits", [False, True])
@pytest.mark.parametrize("option", ["auth", "headers", "query"])
async def test_a_function_that_raises_is_a_failed_attempt(option, waits, error, caplog):
    """X30: it is called for every attempt, and `connect` never waits for ever."""
    calls = []

    def give():
        calls.append(option)
        if len(calls) < 3:
            raise error()
        return {"a": "b"}

    async def give_later():
        await asyncio.sleep(0)
        return give()

    world = World()
    async with world.io.listen() as address:
        client = Client(address.url, **{option: give_later if waits else give})
        errors = []
        client.on("connect_error", errors.append)
        async with asyncio.timeout(20):
            for _ in range(2):
                with pytest.raises(ConnectError):
                    await client.connect()
                assert not client.active and client.manager.state == "closed"
            await client.connect()
        assert calls == [option] * 3 and len(errors) == 2
        shake = world.sockets[client.id].handshake
        given = {"auth": shake.auth, "query": shake.query, "headers": dict(shake.headers)}
        assert given[option]["a"] == "b"
        await client.disconnect()
    caplog.clear()


@pytest.mark.parametrize(
    ("response", "status", "body"),
    [
        (Response(403, body=b'{"code":4,"message":"Forbidden"}'), 403, "Forbidden"),
        (Response(401), 401, ""),
        (Response(429, Headers([("Retry-After", "7")])), 429, ""),
        (Response(502, Headers([("Content-Type", "text/html")]), b"<h1>Bad"), 502, ""),
        (Response(200, body=b"<html>"), None, ""),
    ],
)
async def test_a_handshake_that_is_refused_says_so(response, status, body):
    """X29: `connect_error` with the status, and what the server said if it is JSON."""
    async with http_server.serve(lambda request: response) as listening:
        client, errors = Client(listening.url), []
        client.on("connect_error", errors.append)
        with pytest.raises(ConnectError) as caught:
            await client.connect()
        assert errors == [caught.value]
        why = caught.value.description
        assert status is None or why.status == status
        assert body in str(caught.value)
        await client.disconnect()


@pytest.mark.parametrize("moment", ["disconnect", "connect_error", "after disconnect"])
def test_connect_at_an_unlucky_moment(moment):
    """X25: one connection, no exception."""

    async def main():
        world, tasks = World(), []
        refuse = [moment == "connect_error"]

        @world.io.use
        def middleware(socket):
            if refuse:
                refuse.pop()
                if moment == "connect_error":
                    raise ConnectRefused("once")

        async with world.io.listen() as address:
            client = Client(address.url)
            again = lambda *_: tasks.append(asyncio.ensure_future(client.connect()))  # noqa: E731
            if moment != "after disconnect":
                client.once(moment, again)
                # A coroutine that begins at once, as from Python 3.12 on.
            try:
                await client.connect()
            except ConnectError:
                assert moment == "connect_error"
            if moment == "disconnect":
                world.sockets[client.id].conn.close(discard=True)
            elif moment == "after disconnect":
                leaving = asyncio.create_task(client.disconnect())
                await asyncio.sleep(0)
                again()
                await leaving
            await until(lambda: tasks)
            await asyncio.gather(*tasks)
            await asyncio.sleep(1)
            assert client.connected and len(world.io.engine.sessions) == 1
            assert await client.emit_with_ack("ask", 1) == 1
            await client.disconnect()

    clock.simulate(main)


def test_a_listener_may_leave_at_any_moment():
    """In an early event, "connect", a catch-all of what is sent: what was not sent is kept."""

    async def main():
        world = World()
        world.io.use(lambda socket: socket.emit("early"))
        async with world.io.listen() as address:
            for moment in ("early", "outgoing", "connect"):
                client, told = Client(address.url), []
                leave = lambda *_, client=client: client.leave()  # noqa: E731
                if moment == "outgoing":
                    client.on_any_outgoing(leave)
                else:
                    client.on(moment, leave)
                client.on("disconnect", lambda reason, _, told=told: told.append(reason))
                for number in range(3):
                    client.emit("say", number)
                try:
                    await client.connect()
                except ConnectError:
                    assert moment != "connect"
                assert not client.connected and told == ["io client disconnect"]
                assert len(client._buffer) == {"early": 3, "outgoing": 2, "connect": 0}[moment]
                await client.disconnect()
                await asyncio.sleep(1)
                assert not world.io.engine.sessions

    clock.simulate(main)


async def test_failed_connects_leave_no_descriptor():
    """D17: to a port where nobody listens, and to a server that refuses."""
    await _fail(20)


@pytest.mark.wide
async def test_ten_thousand_failed_connects_leave_no_descriptor():
    """D17."""
    await _fail(10_000)


async def _fail(count: int) -> None:
    async with http_server.serve(lambda request: Response(403)) as listening:
        before = None
        for number in range(count):
            client = Client(CLOSED_PORT if number % 2 else listening.url)
            with pytest.raises(ConnectError):
                await client.connect()
            if number == 5:
                before = raw.descriptors(), len(asyncio.all_tasks())
        await until(lambda: raw.descriptors() <= before[0], 5)
        await until(lambda: len(asyncio.all_tasks()) <= before[1], 5)


LEAVING = r"""
import asyncio, sys
from course_lib.socketio import Client, Server

async def main(how):
    asyncio.get_running_loop().slow_callback_duration = 60  # a busy machine is no fault
    io = Server()
    io.on("connection", lambda socket: socket.on("ask", lambda: asyncio.sleep(60)))
    async with io.listen() as address:
        client = Client(address.url)
        client.on("slow", lambda: asyncio.sleep(60))
        if how == "body":
            async with client:
                client.emit("ask", callback=print)
                raise KeyError("body")
        elif how == "with":
            async with client:
                asking = asyncio.create_task(client.emit_with_ack("ask"))
                await asyncio.sleep(0.05)
            await asyncio.gather(asking, return_exceptions=True)
        else:
            await client.connect()
            io.emit("slow")
            client.emit("ask", callback=print)
            await asyncio.sleep(0.05)

try:
    asyncio.run(main(sys.argv[1]))
except KeyError as error:
    print(error)
"""


@pytest.mark.parametrize("how", ["with", "body", "forgotten"])
def test_leaving_gives_no_warning(how):
    """X28: under `-X dev -W error` nothing is said of resources, tasks, or errors unheard."""
    command = [sys.executable, "-X", "dev", "-W", "error", "-c", LEAVING, how]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == ("'body'\n" if how == "body" else "")


async def test_nothing_holds_a_socket_that_has_ended():
    """Without the collector of circles: one that was connected, and one that was refused."""
    world = World()
    dead = []

    @world.io.of("/refused").use
    def refuse(socket):
        socket.on("x", lambda: socket)
        dead.append(weakref.ref(socket))
        raise ConnectRefused("no")

    @world.io.of("/held").on("connection")
    def connected(socket):
        socket.on("x", lambda: socket)
        socket.on_any(lambda *_: socket)
        socket.use(lambda _: socket)
        socket.emit("q", callback=lambda *_: socket)
        dead.append(weakref.ref(socket))
        dead.append(weakref.ref(socket.conn))

    async with world.io.listen() as address, Client(address.url) as client:
        await client.of("/held").connect()
        with pytest.raises(ConnectError):
            await client.of("/refused").connect()
        world.sockets.clear()
        gc.collect()
        gc.disable()
        try:
            await client.of("/held").disconnect()
            await client.disconnect()
            await until(lambda: not world.io.engine.sessions)
            for _ in range(20):
                await asyncio.sleep(0.01)
            assert [one() for one in dead if one() is not None] == []
        finally:
            gc.enable()


async def test_options_are_the_managers_and_are_checked():
    for wrong in ({"max_buffered": -1}, {"ack_timeout": 0}, {"max_pending_acks": 0}, {"nope": 1}):
        with pytest.raises(LocalError):
            Client(CLOSED_PORT, **wrong)
    manager = Manager(CLOSED_PORT, max_buffered=2)
    client = Client("/", manager=manager)
    with pytest.raises(LocalError, match="manager"):
        Client("/x", manager=manager, max_buffered=1)
    with pytest.raises(LocalError, match="already"):
        Client("/", manager=manager)
    client.emit("a")
    client.emit("b", callback=print)
    client.volatile.emit("c")  # dropped
    for emit in (client.emit, client.timeout(1).emit):
        with pytest.raises(LocalError, match="max_buffered"):
            emit("c", callback=print)
    assert len(client._buffer) == 2 and len(client._acks) == 1


async def test_an_event_that_shall_not_be_compressed_is_not():
    """On both ends, also after it has waited."""
    async with hostile(compression=True) as server:
        client = Client(server.url, transports=["websocket"], compression=True)
        sent = []
        client.compress(False).emit("early", "x" * 5000)
        client.emit("early", "x" * 5000)
        joining = asyncio.create_task(client.connect())
        wire = await server.wire()
        await wire.hear()
        engine = client.manager.engine
        send = engine.send
        engine.send = lambda data, *, compress=True: (sent.append(compress), send(data))
        await wire.say('40{"sid":"id"}')
        await joining
        client.compress(False).emit("late")
        client.emit("late")
        assert sent == [False, True, False, True]
        await client.disconnect()
        wire.connection.abort()
