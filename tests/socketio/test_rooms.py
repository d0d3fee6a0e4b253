"""Rooms, broadcasts, and namespaces that are made when somebody asks for them.

Most tests run on the adapter in memory, and on one with a network, whose engine gives offsets or
not.
"""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest

from course_lib.errors import LocalError
from course_lib.lab.clock import simulate
from course_lib.socketio import Client, ConnectError, Server, Socket
from course_lib.socketio.broadcast import AckTimeout


class Party:
    """A server, and four clients: a polls, b and c have WebSockets, d has upgraded."""

    WAYS = (["polling"], ["websocket"], ["websocket"], ["polling", "websocket"])

    def __init__(self, **options: Any) -> None:
        self.io = Server(**options)
        self.events: list[tuple[Any, ...]] = []
        for name in ("create-room", "join-room", "leave-room", "delete-room"):
            self.io.sockets.adapter.on(name, self._tell(name))
        self.heard: list[list[Any]] = [[], [], [], []]
        self.sockets: list[Socket] = []
        self.io.on("connection", self.sockets.append)

    def _tell(self, name: str) -> Any:
        return lambda *args: self.events.append((name, *args))

    async def come(self, url: str) -> list[Client]:
        clients = []
        for at, transports in enumerate(self.WAYS):
            client = Client(url, transports=transports)
            client.on("said", self.heard[at].append)
            await client.connect()
            clients.append(client)
        return clients

    async def heard_now(self) -> list[list[Any]]:
        """What each client has heard since the last time."""
        await asyncio.sleep(1)
        heard, now = self.heard, [list(one) for one in self.heard]
        for one in heard:
            one.clear()
        return now


def test_who_receives(adapter: Any) -> None:
    """Each line of the cheat sheet that a server without other processes has."""

    async def main() -> None:
        party = Party(adapter=adapter)
        io = party.io
        async with io.listen() as address:
            clients = await party.come(address.url)
            a, b, c, d = party.sockets
            a.join(["x", "y"])
            b.join("x")
            c.join("y", "z")
            cases = [
                (io, "abcd"), (io.to("x"), "ab"), (io.in_("x").to("y"), "abc"), (io.to(["z"]), "c"),
                (io.except_("x"), "cd"), (io.to("x").except_("y"), "b"), (io.to("nobody"), ""),
                (io.to([]), "abcd"), (io.to(d.id), "d"), (io.to("x").except_(a.id), "b"),
                (a.to("x"), "b"), (a.broadcast, "bcd"), (a.except_("y"), "bd"), (a.to(a.id), ""),
                (a.broadcast.to("y").except_("z"), ""), (io.local, "abcd"), (io.volatile, "abcd"),
                (io.compress(False), "abcd"), (a.local, "bcd"), (d, "d"),
            ]  # fmt: skip
            for number, (operator, expected) in enumerate(cases):
                operator.emit("said", number)
                heard = await party.heard_now()
                assert heard == [[number] * (name in expected) for name in "abcd"], number
            chain = io.to("x")
            chain.to("y").except_("z")
            chain.emit("said", {"한": b"\x00"})  # a chain was never changed by those made of it
            assert await party.heard_now() == [[{"한": b"\x00"}], [{"한": b"\x00"}], [], []]
            for client in clients:
                await client.disconnect()
        assert io.sockets.adapter.rooms == io.sockets.adapter.sids == {}

    simulate(main)


def test_rooms_tell_what_happens_in_order(adapter: Any) -> None:
    """L.4: create, join, leave, delete; what changes nothing tells nothing."""

    async def main() -> None:
        party = Party(adapter=adapter)
        async with party.io.listen() as address:
            clients = await party.come(address.url)
            a, b, *_ = party.sockets
            party.events.clear()
            a.join("x")
            a.join("x")
            b.join("x")
            a.leave("x")
            a.leave("nowhere")
            assert a.rooms == [a.id] and b.rooms == [b.id, "x"]
            await clients[1].disconnect()
            await asyncio.sleep(1)
            assert party.events == [
                ("create-room", "x"), ("join-room", "x", a.id), ("join-room", "x", b.id),
                ("leave-room", "x", a.id), ("leave-room", b.id, b.id), ("delete-room", b.id),
                ("leave-room", "x", b.id), ("delete-room", "x"),
            ]  # fmt: skip
            b.join("x")  # after the end nothing happens
            assert b.rooms == [] and "x" not in party.io.sockets.adapter.rooms
            for client in clients:
                await client.disconnect()

    simulate(main)


def test_answers_of_many(adapter: Any) -> None:
    """X50: a response of each, by id as well; the missing ones are named."""

    async def main() -> None:
        party = Party(adapter=adapter)
        io = party.io
        async with io.listen() as address:
            clients = await party.come(address.url)
            for at, client in enumerate(clients):
                client.on("double", lambda number, at=at: (number * at, "more"))
            a, b, c, d = party.sockets
            found = await io.timeout(5).emit_with_ack("double", 7)
            assert sorted(found) == [0, 7, 14, 21] and found.missing == []
            assert found.by_id == {a.id: 0, b.id: 7, c.id: 14, d.id: 21}
            assert await io.to("nobody").timeout(5).emit_with_ack("double", 7) == []
            clients[2].off("double")
            with pytest.raises(AckTimeout) as late:
                await io.timeout(5).emit_with_ack("double", 1)
            assert sorted(late.value.responses) == [0, 1, 3]
            assert late.value.responses.missing == [c.id]
            called: list[Any] = []
            io.except_(c.id).timeout(5).emit(
                "double", 2, callback=lambda *args: called.append(args)
            )
            await asyncio.sleep(1)
            [(error, responses)] = called
            assert error is None and sorted(responses) == [0, 2, 6]
            with pytest.raises(LocalError, match="timeout"):
                await io.to("x").emit_with_ack("double", 1)
            with pytest.raises(TypeError):  # nothing is left of it
                await io.timeout(5).emit_with_ack("double", {1, 2})
            assert all(not socket._acks for socket in party.sockets)
            await clients[1].disconnect()
            for client in clients:
                await client.disconnect()

    simulate(main)


def test_many_sockets_at_once(adapter: Any) -> None:
    """`sockets_join` and its kin act at once, and may be awaited or left."""

    async def main() -> None:
        party = Party(adapter=adapter)
        io = party.io
        async with io.listen() as address:
            clients = await party.come(address.url)
            a, b, _c, _d = party.sockets
            a.join("x")
            b.join("x")
            io.in_("x").sockets_join(["y", "z"])
            assert [socket.id for socket in await io.in_("y").fetch_sockets()] == [a.id, b.id]
            await io.in_("y").except_(b.id).sockets_leave("z")
            assert a.rooms == [a.id, "x", "y"] and b.rooms == [b.id, "x", "y", "z"]
            assert len(await io.fetch_sockets()) == 4
            io.in_("x").disconnect_sockets()
            await asyncio.sleep(1)
            assert [client.connected for client in clients] == [False, False, True, True]
            await io.disconnect_sockets(True)
            await asyncio.sleep(1)
            assert not io.engine.sessions
            for client in clients:
                await client.disconnect()

    simulate(main)


def test_namespaces_by_a_function_and_away_with_them(adapter: Any) -> None:
    """A parent in the order of `of`; a function may wait, or raise; X51."""

    async def main() -> None:
        told: list[Any] = []
        io = Server(adapter=adapter, on_error=lambda error, context: told.append(str(error)))
        io.on("new_namespace", lambda namespace: told.append(namespace.name))
        tenants = io.of(re.compile(r"/tenant-\w+"))
        tenants.on("connection", lambda socket: socket.on("where", lambda: socket.nsp.name))

        async def accepts(name: str, auth: dict[str, Any]) -> bool:
            await asyncio.sleep(1)
            if auth.get("raise"):
                raise ValueError("who is it?")
            return bool(auth.get("ok"))

        games = io.of(accepts)
        async with io.listen() as address:
            client = await Client(f"{address.url}/tenant-7").connect()
            assert await client.emit_with_ack("where") == "/tenant-7"
            game = await client.of("/game", auth={"ok": True}).connect()
            for auth in ({}, {"raise": True}):
                with pytest.raises(ConnectError, match="Invalid namespace"):
                    other = client.of("/other")
                    other.auth = auth
                    await other.connect()
            heard: list[Any] = []
            game.on("said", heard.append)
            games.emit("said", 1)
            await asyncio.sleep(1)
            assert heard == [1] and list(games.children) == ["/game"]
            io.remove_namespace("game")
            await game.wait()
            assert client.connected and not games.children and "/game" not in io.namespaces
            with pytest.raises(LocalError):
                await tenants.fetch_sockets()
            with pytest.raises(LocalError):
                io.remove_namespace("/")
            await client.disconnect()
        assert told == ["/tenant-7", "/game", "who is it?"]

    simulate(main)


@pytest.mark.parametrize("wrong", [7, None, ["a", 7], b"a"])
def test_the_name_of_a_room_is_a_text(wrong: Any) -> None:
    """Anything else is told at the call."""
    with pytest.raises((LocalError, TypeError)):
        Server().to(wrong)


@pytest.mark.parametrize("waits", [False, True])
@pytest.mark.parametrize("error", [ValueError, asyncio.CancelledError, GeneratorExit])
def test_a_function_that_fails_refuses_and_the_reader_lives(
    adapter: Any, error: Any, waits: bool
) -> None:
    """X9: whatever it raises, `def` or `async def`, also one that never waits."""

    async def main() -> None:
        told: list[Any] = []
        io = Server(adapter=adapter, on_error=lambda error, context: told.append(context["what"]))

        def fail(name: str, auth: dict[str, Any]) -> bool:
            if name == "/bad":
                raise error
            return True

        async def fail_later(name: str, auth: dict[str, Any]) -> bool:
            return fail(name, auth)

        io.of(fail_later if waits else fail)
        io.on("connection", lambda socket: socket.on("ask", lambda: 7))
        async with io.listen() as address, Client(address.url) as client:
            with pytest.raises(ConnectError, match="Invalid namespace"):
                await client.of("/bad").connect()
            good = await client.of("/good").connect()
            assert good.connected and await client.emit_with_ack("ask") == 7
            await good.disconnect()
        assert told == ["namespace"]

    simulate(main)


def test_a_namespace_that_goes_while_somebody_joins_refuses(adapter: Any) -> None:
    """X51: and whoever waits is told."""

    async def main() -> None:
        io = Server(adapter=adapter)

        @io.of("/short").use
        async def think(socket: Socket) -> None:
            await asyncio.sleep(5)

        async with io.listen() as address, Client(address.url) as client:
            joining = asyncio.create_task(client.of("/short").connect())
            await asyncio.sleep(2)
            io.remove_namespace("/short")
            with pytest.raises(ConnectError, match="Invalid namespace"):
                await joining
            assert client.connected and not io.sockets.joining

    simulate(main)


def test_requests_of_broadcasts_are_bounded_too(adapter: Any) -> None:
    """A client with too many of them counts as one that has not answered; the others do."""

    async def main() -> None:
        party = Party(adapter=adapter, max_pending_acks=1)
        async with party.io.listen() as address:
            clients = await party.come(address.url)
            for client in clients:
                client.on("ask", lambda: 1)
            full = party.sockets[0]
            full.emit("nobody answers", callback=print)
            with pytest.raises(AckTimeout) as late:
                await party.io.timeout(5).emit_with_ack("ask")
            assert late.value.responses == [1, 1, 1]
            assert late.value.responses.missing == [full.id]
            for client in clients:
                await client.disconnect()

    simulate(main)


@pytest.mark.parametrize("compression", [False, True])
def test_a_broadcast_is_one_frame_for_all_unless_links_compress(
    adapter: Any, compression: bool
) -> None:
    """Each link has a window of its own; without compression the frame is made once."""

    async def main() -> None:
        party = Party(adapter=adapter, compression=compression)
        async with party.io.listen() as address:
            clients = await party.come(address.url)
            await asyncio.sleep(1)  # until the last one has upgraded
            links = [socket.conn.transport for socket in party.sockets[1:]]
            assert [link.send_frame is None for link in links] == [compression] * 3
            party.io.emit("said", "x" * 5000)
            assert await party.heard_now() == [["x" * 5000]] * 4
            for client in clients:
                await client.disconnect()

    simulate(main)
