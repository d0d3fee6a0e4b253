"""Several nodes on one engine: whatever is done at one happens at all."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from course_lib.adapters import Engine, cluster
from course_lib.adapters.outbox import NotPublished
from course_lib.adapters.remote_socket import RemoteSocket
from course_lib.adapters.requests import NoAnswer
from course_lib.errors import ConnectionClosed, LocalError
from course_lib.lab.clock import simulate
from course_lib.socketio import Client, Server, Socket
from course_lib.socketio.adapter import Adapter
from course_lib.socketio.broadcast import AckTimeout
from course_lib.wire.socketio import msgpack

from .world import OFFSETS, Cluster, play

VALUE = {"한": b"\x00\xff", "n": [1, 2.5, None, True], "long": "x" * 20_000}


def now() -> float:
    return asyncio.get_running_loop().time()


@pytest.mark.parametrize("offsets", OFFSETS)
def test_who_receives(offsets: bool) -> None:
    """The cheat sheet again, with a client at one node, two at another, one at a third."""

    async def story(world: Cluster) -> None:
        io = world.ios[0]
        a, b, c, d = world.sockets
        a.join(["x", "y"])
        b.join("x")
        c.join(["y", "z"])
        cases: list[tuple[Any, str]] = [
            (io, "abcd"), (io.to("x"), "ab"), (io.in_("x").to("y"), "abc"), (io.to(["z"]), "c"),
            (io.except_("x"), "cd"), (io.to("x").except_("y"), "b"), (io.to("nobody"), ""),
            (io.to([]), "abcd"), (io.to(d.id), "d"), (io.to("x").except_(a.id), "b"),
            (a.to("x"), "b"), (a.broadcast, "bcd"), (a.except_("y"), "bd"), (a.to(a.id), ""),
            (a.broadcast.to("y").except_("z"), ""), (io.volatile, "abcd"),
            (io.compress(False), "abcd"), (d, "d"), (b.to("x"), "a"), (d.broadcast, "abc"),
            (io.local, "a"), (a.local, ""), (b.local, "c"), (io.to("x").local, "a"),
        ]  # fmt: skip
        for number, (operator, expected) in enumerate(cases):
            operator.emit("said", number)
            assert await world.heard_now() == [[number] * (name in expected) for name in "abcd"]
        io.to("x").emit("said", VALUE)
        assert await world.heard_now() == [[VALUE], [VALUE], [], []]

    play(story, delay=0.05, jitter=0.2, offsets=offsets)


@pytest.mark.parametrize("offsets", OFFSETS)
def test_each_publisher_keeps_its_order_and_two_may_be_mixed(offsets: bool) -> None:
    """Also where a message is larger, slower, or for another room."""
    mixed = []

    async def story(world: Cluster) -> None:
        world.sockets[-1].join("x")
        for number in range(100):
            for node, io in enumerate(world.ios):
                operator = io.to("x") if number % 3 == 0 else io
                operator.emit("said", [node, number])
            if number % 10 == 0:
                await asyncio.sleep(0.01)
        at, heard = 0, await world.heard_now()
        for client, said in zip(world.clients, heard, strict=True):
            every = [n for n in range(100) if n % 3 or client is world.clients[-1]]
            for node in range(3):
                assert [number for who, number in said if who == node] == every
        mixed.append([[one for one in said if one[1] % 3] for said in heard])
        assert at == 0

    play(story, delay=0.05, jitter=0.3, offsets=offsets, seed=7)
    assert any(one != mixed[0][0] for one in mixed[0])  # or the engine would be one queue


@pytest.mark.parametrize("offsets", OFFSETS)
def test_answers_of_many_nodes(offsets: bool) -> None:
    """Each client's first value; the ids of this node's sockets; no longer than needed."""

    async def story(world: Cluster) -> None:
        io = world.ios[0]
        a, b, _c, d = world.sockets
        for at, client in enumerate(world.clients):
            client.on("double", lambda number, at=at: (number * at, "more"))
        found = await io.timeout(50).emit_with_ack("double", 7)
        assert sorted(found) == [0, 7, 14, 21] and found.complete
        assert found.by_id == {a.id: 0}
        assert now() < 60
        before = now()
        assert await io.to("nobody").timeout(5).emit_with_ack("double", 7) == []
        assert await io.local.timeout(5).emit_with_ack("double", 7) == [0]
        assert sorted(await b.broadcast.timeout(5).emit_with_ack("double", 1)) == [0, 2, 3]
        assert now() - before < 3
        called: list[Any] = []
        io.to(d.id).timeout(5).emit("double", 2, callback=lambda *args: called.append(args))
        await asyncio.sleep(1)
        [(error, responses)] = called
        assert error is None and responses == [6]

    play(story, delay=0.05, jitter=0.1, offsets=offsets)


@pytest.mark.parametrize("offsets", OFFSETS)
def test_answers_that_are_missing(offsets: bool) -> None:
    """Those of this node by id; of others how many; after the time that was given, exactly."""

    async def story(world: Cluster) -> None:
        io = world.ios[0]
        a, *_ = world.sockets
        for client in world.clients[1:3]:
            client.on("ask", lambda: 1)
        before = now()
        with pytest.raises(AckTimeout) as late:
            await io.timeout(5).emit_with_ack("ask")
        assert 5 <= now() - before < 5.2
        responses = late.value.responses
        assert responses == [1, 1] and responses.missing == [a.id]
        assert (responses.unnamed, responses.silent) == (1, 0)
        world.engine.split(world.buses[2])  # nobody is told: the count is of those who are heard
        with pytest.raises(AckTimeout) as late:
            await io.timeout(5).emit_with_ack("ask")
        assert (late.value.responses.unnamed, late.value.responses.silent) == (0, 0)
        world.engine.split()
        world.buses[2].fails = 5  # it hears the request, and its answers are lost
        with pytest.raises(AckTimeout) as late:
            await io.except_(a.id).timeout(5).emit_with_ack("ask")
        assert late.value.responses == [1, 1]
        assert (late.value.responses.unnamed, late.value.responses.silent) == (0, 1)
        assert not world.adapter(0)._requests

    play(story, delay=0.05, offsets=offsets)


def test_a_node_that_dies_is_waited_for_no_more() -> None:
    """Where the engine tells it: A4, and its clients are counted as missing."""

    async def story(world: Cluster) -> None:
        io = world.ios[0]
        world.clients[0].on("ask", lambda: 1)
        before = now()
        asking = asyncio.create_task(io.timeout(60).emit_with_ack("ask"))
        fetching = asyncio.create_task(io.fetch_sockets())
        await asyncio.sleep(0.15)  # node 1 has told its count
        server_side = asyncio.create_task(io.server_side_emit_with_ack("nobody listens"))
        await asyncio.sleep(0.15)
        nodes = world.buses[1]._nodes
        world.buses[1].die()
        with pytest.raises(AckTimeout) as late:
            await asking
        assert (late.value.responses, late.value.responses.unnamed) == ([1], 2)
        assert len(await fetching) == 3  # all had answered already
        assert await server_side == []
        assert now() - before < 1
        world.buses[1]._nodes = nodes  # for the end
        world.buses[1].is_cut = False

    play(story, (0, 1, 1), nodes=2, delay=0.05)


def test_a_node_that_says_goodbye_is_waited_for_no_more() -> None:
    """A server that closes tells it."""

    async def story(world: Cluster) -> None:
        asking = asyncio.create_task(world.ios[0].server_side_emit_with_ack("nobody listens"))
        await asyncio.sleep(0.5)
        assert await world.adapter(0).server_count() == 2
        before = now()
        await world.ios[1].close()
        assert await asking == [] and now() - before < 1
        assert await world.adapter(0).server_count() == 1

    play(story, (0,), nodes=2, delay=0.05)


@pytest.mark.parametrize("offsets", OFFSETS)
def test_sockets_of_other_nodes(offsets: bool) -> None:
    """`fetch_sockets`: what they were, and what can be done to them."""

    async def story(world: Cluster) -> None:
        io = world.ios[0]
        a, b, c, d = world.sockets
        d.data["name"] = "dora"
        d.join("x")
        found = {one.id: one for one in await io.fetch_sockets()}
        assert found.keys() == {a.id, b.id, c.id, d.id}
        assert found[a.id] is a
        remote = found[d.id]
        assert isinstance(remote, RemoteSocket) and d.id in repr(remote)
        assert remote.data == {"name": "dora"} and remote.rooms == [d.id, "x"]
        for name in ("address", "url", "query", "auth", "xdomain", "secure", "time"):
            assert getattr(remote.handshake, name) == getattr(d.handshake, name), name
        assert abs(remote.handshake.issued - d.handshake.issued) < 0.001
        assert remote.handshake.headers.by_name() == d.handshake.headers.by_name()
        assert [one.id for one in await io.in_("x").fetch_sockets()] == [d.id]
        assert [one.id for one in await io.local.fetch_sockets()] == [a.id]
        remote.emit("said", 1)
        remote.send(2)
        await remote.join(["y", "z"])
        await remote.leave("z")
        assert await world.heard_now() == [[], [], [], [1]]
        assert d.rooms == [d.id, "x", "y"]
        with pytest.raises(LocalError, match="timeout"):
            await remote.emit_with_ack("ask")
        with pytest.raises(TimeoutError):
            await remote.timeout(1).emit_with_ack("ask")
        world.clients[3].on("ask", lambda: ("yes", "more"))
        assert await remote.timeout(1).emit_with_ack("ask") == "yes"
        await remote.disconnect()
        await asyncio.sleep(1)
        assert not d.connected and not world.clients[3].connected
        with pytest.raises(ConnectionClosed):
            await remote.timeout(1).emit_with_ack("ask")
        await remote.disconnect()  # who has gone

    play(story, delay=0.05, jitter=0.1, offsets=offsets)


def test_data_that_no_bus_carries_is_reported_and_the_rest_is_told() -> None:
    """`socket.data` may be anything: the other sockets of the node are found all the same."""

    async def story(world: Cluster) -> None:
        world.sockets[1].data["lock"] = object()
        found = await world.ios[0].fetch_sockets()
        assert [one.data for one in found] == [{}, {}, {}, {}]
        assert len(world.errors[1]) == 1 and "object" in world.errors[1][0]

    play(story, delay=0.05)


@pytest.mark.parametrize("offsets", OFFSETS)
def test_many_sockets_join_leave_and_go(offsets: bool) -> None:
    """The local part at once; what is returned may be awaited, or left."""

    async def story(world: Cluster) -> None:
        io = world.ios[0]
        a, b, c, d = world.sockets
        for socket in (a, b, d):
            socket.join("x")
        io.in_("x").sockets_join(["y", "z"])
        assert a.rooms == [a.id, "x", "y", "z"] and b.rooms == [b.id, "x"]
        await io.in_("x").except_(d.id).sockets_leave("z")
        assert a.rooms == [a.id, "x", "y"]
        await asyncio.sleep(1)
        assert [b.rooms, d.rooms] == [[b.id, "x", "y"], [d.id, "x", "y", "z"]]
        io.local.sockets_join("only here")
        await asyncio.sleep(1)
        assert a.rooms[-1] == "only here" and c.rooms == [c.id]
        io.in_("x").disconnect_sockets()
        assert [a.connected, b.connected] == [False, True]
        await asyncio.sleep(1)
        assert [one.connected for one in world.clients] == [False, False, True, False]
        await io.disconnect_sockets(True)
        await asyncio.sleep(1)
        assert not any(server.engine.sessions for server in world.ios)

    play(story, delay=0.05, jitter=0.1, offsets=offsets)


@pytest.mark.parametrize("offsets", OFFSETS)
def test_whoever_was_let_into_a_room_gets_what_follows(offsets: bool) -> None:
    """X34: awaited or not, since all goes one way in order."""

    async def story(world: Cluster) -> None:
        io, far = world.ios[0], world.sockets[-1]
        for number in range(200):
            joined = io.in_(far.id).sockets_join(f"r{number}")
            if number % 2:
                await joined
            io.to(f"r{number}").emit("said", number)
            io.in_(far.id).sockets_leave(f"r{number}")
        heard = await world.heard_now()
        assert heard == [[], [], [], list(range(200))]

    play(story, delay=0.01, jitter=0.1, offsets=offsets)


def test_events_between_servers() -> None:
    """To all others, never to oneself; what a listener returns is its answer."""

    async def story(world: Cluster) -> None:
        heard: list[Any] = []
        first, second, third = world.ios
        first.on("ping", lambda *args: heard.append("oneself"))
        second.on("ping", lambda *args: heard.append(args))

        @third.on("ping")
        async def ping(*args: Any) -> str:
            await asyncio.sleep(0.2)
            return "pong"

        first.server_side_emit("ping", VALUE, b"\x01")
        await asyncio.sleep(1)
        assert heard == [(VALUE, b"\x01")]
        assert sorted(map(str, await first.server_side_emit_with_ack("ping"))) == ["None", "pong"]
        second.off("ping")
        before = now()
        with pytest.raises(NoAnswer, match="only 1 responses received out of 2") as late:
            await first.server_side_emit_with_ack("ping")
        assert late.value.responses == ["pong"] and now() - before == 5
        for name in ("connection", "connect", "new_namespace", 7):
            with pytest.raises(LocalError):
                first.server_side_emit(name)  # type: ignore[arg-type]
        with pytest.raises(LocalError):
            Server().server_side_emit("ping")
        with pytest.raises(LocalError):
            await Server().server_side_emit_with_ack("ping")

    play(story, (), delay=0.05)


def test_what_cannot_be_encoded_is_told_to_the_caller_and_nothing_is_published() -> None:
    """X11."""

    async def story(world: Cluster) -> None:
        io, before = world.ios[0], world.engine.published
        for value in ({1, 2}, object()):
            with pytest.raises(TypeError):
                io.emit("said", value)
            with pytest.raises(TypeError):
                await io.timeout(5).emit_with_ack("said", value)
            with pytest.raises(LocalError):
                io.server_side_emit("said", value)
        with pytest.raises(LocalError):  # nobody has joined, here or there
            await io.sockets_join("\ud800")
        assert all(len(socket.rooms) == 1 for socket in world.sockets)
        assert await world.heard_now() == [[], [], [], []]
        assert world.engine.published == before and world.adapter(0).healthy

    play(story, delay=0.05)


GARBAGE = [b"", b"\x80", b"\xc1", b"cos\nsystem\n(S'id'\ntR.", b"{}", bytes(range(256))]
SAID = {"data": ["said"]}
WRONG: list[dict[str, Any]] = [
    {}, {"type": 3}, {"type": 99, "data": {}}, {"type": 3, "data": []},
    {"type": 3, "data": {"opts": 7}}, {"type": 3, "data": {"opts": {"rooms": [7]}}},
    {"type": 3, "data": {"opts": {"rooms": []}, "packet": {"data": []}}},
    {"type": 3, "data": {"opts": {"rooms": [], "flags": {"timeout": -1}}, "packet": SAID}},
    {"type": 4, "data": {"opts": {"rooms": []}, "rooms": "abc"}},
    {"type": 9, "data": {"packet": "said"}}, {"type": 7, "data": {"opts": {"rooms": []}}},
]  # fmt: skip


def test_garbage_on_the_bus_is_dropped_and_reported() -> None:
    """A1: bytes that are no message, and messages that say nothing; the reader goes on."""

    async def story(world: Cluster) -> None:
        bus = world.buses[0]
        whole = [{"uid": "x", "nsp": "/", "to": None} | one for one in WRONG]
        for encoded in (*GARBAGE, *map(msgpack.encode, whole)):
            count = len(world.errors[1])
            bus.garbage(encoded)
            assert len(world.errors[1]) == count + 1, encoded
        late = {"type": 8, "data": {"requestId": "unknown", "sockets": []}}
        for one in (late, {"type": 12, "data": {"requestId": "unknown", "packet": 1}}):
            bus.garbage(msgpack.encode({"uid": "x", "nsp": "/", "to": None} | one))
        world.ios[0].emit("said", 1)
        assert await world.heard_now() == [[1]] * 4
        assert all(socket.rooms == [socket.id] for socket in world.sockets)
        assert world.adapter(1).healthy

    play(story)


def test_namespaces_and_rooms_are_exact() -> None:
    """X35: no pattern, no separator."""
    names = ["/ab", "/a*", "/a?", "/[ab]", "/a#/b", "/a#"]
    rooms = ["x", "x#y", "*", "x" * 20, ""]

    async def main() -> None:
        engine = Engine(delay=0.01)
        heard: list[Any] = []
        ios = [Server(adapter=cluster(engine.bus())) for _ in range(2)]
        for io in ios:
            for name in names:
                io.of(name).on("connection", lambda socket: socket.join(rooms[len(socket.data) :]))
        async with ios[0].listen(), ios[1].listen() as far:
            client = await Client(far.url).connect()
            for name in names:
                joined = await client.of(name).connect()
                joined.on("said", lambda *args, name=name: heard.append((name, *args)))
            for name in names:
                for room in rooms:
                    ios[0].of(name).to(room).emit("said", room)
            await asyncio.sleep(1)
            assert heard == [(name, room) for name in names for room in rooms]
            heard.clear()
            ios[0].of("/a*").to("?").emit("said", 1)
            ios[0].of("/a*").to(["x#", "**"]).emit("said", 1)
            await asyncio.sleep(1)
            assert heard == []
            await client.manager.close()

    simulate(main)


def test_namespaces_that_come_and_go_leave_nothing_on_the_bus() -> None:
    """X36."""

    async def main() -> None:
        engine = Engine(delay=0.01)
        bus = engine.bus()
        io = Server(adapter=cluster(bus))
        async with io.listen():
            assert len(bus._nodes) == 1
            for number in range(500):
                io.of(f"/n{number}").emit("said", number)
                io.remove_namespace(f"/n{number}")
            assert len(bus._nodes) == 1
            assert len(asyncio.all_tasks()) > 100
            await asyncio.sleep(1)
            assert len(asyncio.all_tasks()) == 1
        assert not bus._nodes

    simulate(main)


def test_the_last_words_of_a_namespace_leave_although_the_server_closes() -> None:
    """What was sent before it was removed is published before the server is closed."""

    async def main() -> None:
        engine, heard = Engine(delay=0.01), []
        ios = [Server(adapter=cluster(engine.bus())) for _ in range(2)]
        engine.buses[0].takes = 0.5
        ios[1].of("/game").on("over", heard.append)
        async with ios[1].listen():
            async with ios[0].listen():
                for number in range(3):
                    ios[0].of("/game").server_side_emit("over", number)
                ios[0].remove_namespace("/game")
            await asyncio.sleep(1)
        assert heard == [0, 1, 2]

    simulate(main)


def test_a_volatile_event_reaches_the_idle_client_of_another_node_and_not_the_blocked_one() -> None:
    """X37: the flag travels."""

    async def main() -> None:
        engine = Engine(delay=0.01)
        ios = [Server(adapter=cluster(engine.bus())) for _ in range(2)]
        sockets: list[Socket] = []
        ios[1].on("connection", sockets.append)
        async with ios[0].listen(), ios[1].listen() as far:
            idle = await Client(far.url, transports=["websocket"]).connect()
            blocked = await Client(far.url, transports=["websocket"]).connect()
            heard: list[Any] = []
            idle.on("said", lambda n: heard.append(("idle", n)))
            blocked.on("said", lambda n: heard.append(("blocked", n)))
            sockets[1].conn.transport.link.pause_writing()  # type: ignore[attr-defined]
            ios[0].volatile.emit("said", 1)
            await asyncio.sleep(1)
            sockets[1].conn.transport.link.resume_writing()  # type: ignore[attr-defined]
            await asyncio.sleep(1)
            assert heard == [("idle", 1)]
            for client in (idle, blocked):
                await client.disconnect()

    simulate(main)


def test_the_adapter_is_an_option_of_each_server_and_may_be_changed_before_anybody_comes() -> None:
    """Rows 167 and 168: a factory for each namespace; `io.adapter()`."""

    class Counting(Adapter):
        """An application's own: it sees all broadcasts."""

        __slots__ = ("sent",)

        def __init__(self, nsp: Any) -> None:
            super().__init__(nsp)
            self.sent: list[Any] = []

        def broadcast(self, data: list[Any], target: Any) -> None:
            self.sent.append((data, target.rooms))
            super().broadcast(data, target)

    async def main() -> None:
        io = Server()
        joined: list[str] = []
        io.of("/").adapter.on("join-room", lambda room, id: joined.append(room))
        assert io.adapter() is Adapter and type(io.of("/").adapter) is Adapter
        assert io.adapter(Counting) is Counting
        assert type(io.of("/").adapter) is type(io.of("/later").adapter) is Counting
        assert io.of("/").adapter is not io.of("/later").adapter
        assert await io.of("/").adapter.server_count() == 1 and io.of("/").adapter.healthy
        async with io.listen() as address, Client(address.url) as client:
            heard: list[Any] = []
            client.on("said", heard.append)
            io.on("connection", print)
            io.to("nobody").emit("said", 1)
            io.emit("said", 2)
            await asyncio.sleep(1)
            assert io.of("/").adapter.sent == [(["said", 1], ("nobody",)), (["said", 2], ())]
            assert heard == [2] and joined == [client.id]  # its listeners have moved
            with pytest.raises(LocalError, match="joins /"):
                io.adapter(Adapter)
        with pytest.raises(LocalError, match="Adapter"):
            Server(adapter=lambda nsp: None)

    simulate(main)


def test_a_server_without_a_loop_sends_when_it_has_one() -> None:
    """A server may be made, and may emit, before anything runs."""
    engine = Engine()
    heard: list[Any] = []
    first, second = (Server(adapter=cluster(engine.bus())) for _ in range(2))
    first.server_side_emit("early", 1)
    second.on("early", heard.append)

    async def main() -> None:
        async with second.listen(), first.listen():
            await asyncio.sleep(1)
        assert heard == [1]

    simulate(main)


def test_runs_of_chance_keep_each_publishers_order() -> None:
    """Loss, delay and outages: whatever comes, comes once and in order; at the end all is well."""
    for seed in range(20):

        async def story(world: Cluster, seed: int = seed) -> None:
            chance = world.engine._random
            for number in range(60):
                node = chance.randrange(3)
                world.ios[node].emit("said", [node, number])
                await asyncio.sleep(chance.random() / 10)
                bus = world.buses[chance.randrange(3)]
                if chance.random() < 0.1:
                    bus.heal() if bus.is_cut else bus.cut()
                elif chance.random() < 0.1:
                    bus.fails += 1
            for bus in world.buses:
                bus.heal()
                bus.fails = 0
            for io in world.ios:
                io.emit("said", [3, 99])
            await asyncio.sleep(10)
            assert all(world.adapter(node).healthy for node in range(3)), seed
            for said in await world.heard_now():
                for node in range(3):
                    numbers = [number for who, number in said if who == node]
                    assert numbers == sorted(set(numbers)), (seed, numbers)

        play(story, (0, 1, 2), delay=0.05, jitter=0.2, loss=0.1, seed=seed, offsets=bool(seed % 2))


def test_awaiting_what_was_lost_says_so() -> None:
    """Left alone, it says nothing."""

    async def story(world: Cluster) -> None:
        world.buses[0].fails = 2
        world.ios[0].sockets_join("x")
        with pytest.raises(NotPublished):
            await world.ios[0].sockets_join("y")
        assert world.sockets[0].rooms[1:] == ["x", "y"] and world.sockets[1].rooms[1:] == []
        world.buses[0].cut()
        before = now()
        with pytest.raises(TimeoutError):
            await world.ios[0].sockets_join("z")
        assert now() - before == 5 and world.sockets[0].rooms[-1] == "z"
        world.buses[0].heal()
        await asyncio.sleep(1)
        assert world.sockets[1].rooms[1:] == ["z"]  # it was late, and not lost

    play(story, delay=0.01)
