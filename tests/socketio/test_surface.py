"""What a socket, a namespace and a manager show of themselves."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from course_lib import engineio
from course_lib.lab.clock import simulate
from course_lib.socketio import Client, ConnectError, Manager, Server
from course_lib.socketio.adapter import Adapter


def test_a_socket_knows_where_it_belongs() -> None:
    """`conn`, `request`, `client`, `nsp`, `server`, and `sockets` of a namespace by id."""

    async def main() -> None:
        io, found = Server(), []
        io.of("/admin").on("connection", found.append)
        async with io.listen() as address, Client(f"{address.url}/admin?room=7") as client:
            [socket] = found
            assert (
                isinstance(socket.conn, engineio.Session) and socket.conn is socket.client.session
            )
            assert socket.conn.id != socket.id == client.id
            assert socket.request is socket.conn.request and socket.request.query["room"] == "7"
            assert socket.nsp is io.of("/admin") and socket.nsp.name == "/admin"
            assert socket.server is io is socket.nsp.server
            assert socket.nsp.sockets == {socket.id: socket} and not io.sockets.sockets
            assert isinstance(socket.nsp.adapter, Adapter)
            assert socket.connected and client.connected and client.active
            assert not socket.disconnected and not client.disconnected
            await client.disconnect()
            await client.manager.settled()
            assert client.disconnected and not client.active and client.id is None

    simulate(main)


def test_a_manager_tells_what_happens_to_its_connection() -> None:
    """open, packet, ping, close; error when there is no server."""

    async def main() -> None:
        io, told = Server(ping_interval=5), []
        async with io.listen() as address:
            manager = Manager(address.url)
            for event in ("open", "packet", "ping", "close", "error"):
                manager.on(event, lambda *args, event=event: told.append((event, len(args))))
            client = await Client("/", manager=manager).connect()
            assert client.io is manager is client.manager
            await asyncio.sleep(6)
            await client.disconnect()
        assert told == [("open", 0), ("packet", 1), ("ping", 0), ("close", 2)]
        with pytest.raises(ConnectError):
            await client.connect()
        assert told[4:] == [("error", 1)]

    simulate(main)


@pytest.mark.parametrize("slash", [True, False])
def test_the_path_ends_with_a_slash_or_not(slash: bool) -> None:
    """`addTrailingSlash`: both ends say it."""

    async def main() -> None:
        targets: list[Any] = []
        io = Server(add_trailing_slash=slash)
        io.engine.use(lambda request: targets.append(request.path))
        async with io.listen() as address, Client(address.url, add_trailing_slash=slash):
            pass
        assert set(targets) == {"/socket.io/" if slash else "/socket.io"}

    simulate(main)
