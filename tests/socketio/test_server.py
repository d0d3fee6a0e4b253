"""The server's own moments: joining, limits, and its end."""

from __future__ import annotations

import asyncio

import pytest

from course_lib.errors import ConnectionClosed, LocalError
from course_lib.socketio import Client, ConnectError, Server
from course_lib.socketio.options import Options
from tests.net import raw
from tests.net.waiting import until

from .world import Sio, World, play, survived


async def test_so_many_namespaces_of_one_connection():
    """The next one is refused; leaving makes room."""
    async with survived(max_namespaces=3) as (world, talk):
        gate = asyncio.Event()
        for number in range(5):
            world.io.of(f"/{number}")
        world.io.of("/4").use(lambda _: gate.wait())
        wire, _ = await talk.joined()
        await wire.join("/0,")
        await wire.say("40/4,")  # it waits, and counts
        await wire.say("40/1,")
        assert await wire.hear() == '44/1,{"message":"Too many namespaces"}'
        gate.set()
        assert str(await wire.hear()).startswith('40/4,{"sid"')
        await wire.say("41/0,")
        await wire.join("/1,")
        await wire.still_here()


async def test_shutdown_under_load():
    """D15: each session ends once, GETs that wait are answered, nothing is left."""
    before = raw.descriptors(), len(asyncio.all_tasks())
    world = World()
    address = await world.io.listen()
    clients = [
        Client(address.url, transports=[("polling", "websocket")[number % 2]])
        for number in range(10)
    ]
    ends: list[str] = []
    for client in clients:
        client.on("disconnect", lambda reason, _: ends.append(reason))
        client.on("slow", lambda: asyncio.sleep(3600))
        await client.connect()
        world.sockets[client.id].on("slow", lambda: asyncio.sleep(3600))
        client.emit("slow")
        world.sockets[client.id].emit("slow")

    async def talk(client):
        while client.connected:  # else its requests wait for the next connection
            await client.emit_with_ack("ask", "x" * 1000)

    talking = [asyncio.create_task(talk(client)) for client in clients]
    async with Sio(address.port) as by_hand:
        await by_hand.open()
        await by_hand.post("40")
        await by_hand.poll()
        poll = asyncio.create_task(by_hand.get())
        session = world.io.engine.sessions[by_hand.sid]
        await until(lambda: session.transport.writable)
        async with asyncio.timeout(30):
            await address.close()
            assert (await poll).status == 200
    results = await asyncio.gather(*talking, return_exceptions=True)
    assert {type(result) for result in results} <= {ConnectionClosed, type(None)}
    assert [end for (end,) in world.ends.values()] == [("server shutting down", "")] * 11
    await until(lambda: len(ends) == 10)
    assert set(ends) <= {"transport close", "transport error"}
    for client in clients:
        await client.disconnect()
    await world.io.close()
    assert not any(world.left().values())
    await until(lambda: raw.descriptors() <= before[0], 5)
    await until(lambda: len(asyncio.all_tasks()) <= before[1], 5)


@pytest.mark.parametrize("moment", ["middleware", "connection", "event"])
async def test_a_server_may_be_closed_by_its_own_listeners(moment):
    """Nobody waits for himself."""
    io = Server()

    async def close(*_):
        await io.close(grace=5)

    if moment == "middleware":
        io.use(close)
    elif moment == "connection":
        io.on("connection", close)
    else:
        io.on("connection", lambda socket: socket.on("close", close))
    async with asyncio.timeout(20), io.listen() as address:
        client = Client(address.url, reconnection=False)
        try:
            await client.connect()
        except ConnectError:
            assert moment != "event"
        if client.connected:
            client.emit("close")
            await client.wait()
        await client.disconnect()
    assert not io.engine.sessions and not io.runner.tasks


async def test_reserved_and_wrong_names():
    io = Server()
    with pytest.raises(LocalError, match="comma"):
        io.of("/a,b")
    for name in ("connect", "disconnect", "connect_error", "disconnecting", "newListener"):
        with pytest.raises(LocalError):
            Client("http://127.0.0.1:1").emit(name)
    assert io.of("admin") is io.of("/admin")


@pytest.mark.parametrize(
    "wrong",
    [
        {"connect_timeout": 0}, {"connect_timeout": "1"}, {"attachments_timeout": -1},
        {"ack_timeout": 0}, {"max_pending_acks": 0}, {"max_running_handlers": 1.5},
        {"max_waiting_events": -1}, {"overflow": "never"}, {"serve_client": "/nowhere"},
        {"orderd": True},
    ],
)  # fmt: skip
def test_options_that_make_no_sense(wrong):
    with pytest.raises(LocalError):
        Server(**wrong)


def test_every_option_that_a_type_checker_knows_exists():
    """What `Given` names, `Options` has."""
    from course_lib.engineio import options as engineio_options
    from course_lib.socketio import client_options, options

    known = set(Options.__dataclass_fields__) | set(engineio_options.Options.__dataclass_fields__)
    assert set(options.Given.__annotations__) <= known
    assert set(client_options.Given.__annotations__) <= set(
        client_options.ClientOptions.__dataclass_fields__
    ) | set(client_options.engineio_options.ClientOptions.__dataclass_fields__)


def test_disconnect_reaches_the_client_before_the_end_of_its_connection():
    """L.2: one DISCONNECT for each namespace, then the close; what was sent before arrives."""

    async def story(world, talk):
        wire, id = await talk.joined()
        await wire.join("/admin,")
        socket = world.sockets[id]
        socket.emit("a")
        socket.disconnect(close=True)
        socket.emit("b")
        assert await wire.rest() == ['42["a"]', "41", "41/admin,"]
        ends = [end for ends in world.ends.values() for end in ends]
        assert ends == [("server namespace disconnect", "")] * 2

    play(story)
