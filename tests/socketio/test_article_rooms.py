"""What the article says of rooms: rows of docs/article.md of lesson 11.

Who receives which line of its list is in `test_rooms.py`.
"""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from course_lib.lab import clock
from course_lib.net import ws
from course_lib.socketio import Client, Server, Socket
from course_lib.socketio.adapter import Adapter, Target
from course_lib.wire.socketio import packet
from course_lib.wire.socketio.packet import Packet, Type


class Counting(packet.Parser):
    """A parser that counts events."""

    def __init__(self) -> None:
        super().__init__()
        self.events = 0

    def encode(self, one: Packet) -> Any:
        self.events += one.type is Type.EVENT
        return super().encode(one)


@pytest.mark.parametrize("receivers", [1, 2, 30])
def test_an_event_for_a_room_reaches_it_and_is_encoded_once(receivers: int) -> None:
    """Claims 23 and 42: the others get nothing."""

    async def main() -> None:
        parser, heard = Counting(), list[int]()
        io = Server(parser=parser)
        async with io.listen() as address:
            clients = [Client(address.url) for _ in range(receivers + 2)]
            for number, client in enumerate(clients):
                client.on("news", lambda _, number=number: heard.append(number))
                await client.connect()
                if number < receivers:
                    io.sockets.sockets[str(client.id)].join("readers")
            io.to("readers").emit("news", "hi")
            await asyncio.sleep(1)
            for client in clients:
                await client.disconnect()
        assert sorted(heard) == list(range(receivers))
        assert parser.events == 1

    clock.simulate(main())


def test_no_client_learns_in_which_room_it_is() -> None:
    """Claim 54: the event looks as if it had been sent to one."""

    async def main() -> list[str | bytes]:
        io, heard = Server(), list[str | bytes]()
        io.on("connection", lambda socket: socket.join("secret club"))
        async with io.listen() as address:
            url = address.url.replace("http", "ws") + "/socket.io/?EIO=4&transport=websocket"
            async with ws.connect(url) as plain:
                await plain.recv()
                await plain.send("40")
                await plain.recv()
                io.to("secret club").emit("news", "hi")
                [socket] = io.sockets.sockets.values()
                socket.emit("news", "hi")
                heard += [await plain.recv(), await plain.recv()]
        return heard

    assert clock.simulate(main()) == ['42["news","hi"]'] * 2
    assert not hasattr(Client, "rooms")


@pytest.mark.parametrize("name", ["to", "in_"])
@pytest.mark.parametrize("of_socket", [False, True])
def test_to_and_in_are_the_same(name: str, of_socket: bool) -> None:
    """Claim 55: and for a socket both leave the sender out."""

    async def main() -> list[str]:
        io, heard, sockets = Server(), list[str](), list[Socket]()
        io.on("connection", sockets.append)
        async with io.listen() as address:
            for who in ("Ada", "Kim", "Lee"):
                client = await Client(address.url).connect()
                client.on("hey", lambda who=who: heard.append(who))
                sockets[-1].join("room1" if who != "Lee" else "room2")
            sender = sockets[0] if of_socket else io
            getattr(sender, name)("room1").emit("hey")
            await asyncio.sleep(1)
        return heard

    assert sorted(clock.simulate(main())) == (["Kim"] if of_socket else ["Ada", "Kim"])


@pytest.mark.parametrize("ends", ["client", "server", "connection"])
def test_a_socket_has_its_rooms_while_it_ends_and_none_after(ends: str) -> None:
    """Claim 59: whoever has ended it."""

    async def main() -> list[tuple[str, int]]:
        io, told = Server(), list[tuple[str, int]]()

        @io.on("connection")
        def come(socket: Socket) -> None:
            socket.join(["room1", "room2"])
            for event in ("disconnecting", "disconnect"):
                socket.on(event, lambda *_, e=event: told.append((e, len(socket.rooms))))

        async with io.listen() as address:
            client = await Client(address.url).connect()
            [socket] = io.sockets.sockets.values()
            if ends == "client":
                client.leave()
            else:
                socket.disconnect(close=ends == "connection")
            await asyncio.sleep(1)
        return told

    assert clock.simulate(main()) == [("disconnecting", 3), ("disconnect", 0)]


def test_events_for_many_go_through_the_adapter() -> None:
    """Claim 62: one that sends nothing reaches nobody, and still knows the rooms."""

    class Silent(Adapter):
        def broadcast(self, data: list[Any], target: Target) -> None:
            asked.append((data, target.rooms))

    async def main() -> list[str]:
        io, heard = Server(adapter=Silent), list[str]()
        io.on("connection", lambda socket: socket.join("room1"))
        async with io.listen() as address:
            client = await Client(address.url).connect()
            client.on_any(lambda name: heard.append(name))
            io.to("room1").emit("for many")
            io.sockets.sockets[str(client.id)].emit("for one")
            await asyncio.sleep(1)
            assert list(io.of("/").adapter.rooms) == [client.id, "room1"]
        return heard

    asked: list[tuple[list[Any], tuple[str, ...]]] = []
    assert clock.simulate(main()) == ["for one"]
    assert asked == [(["for many"], ("room1",))]
