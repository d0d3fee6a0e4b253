"""What the article says of namespaces and middlewares: the rows of docs/article.md of lesson 12."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
from typing import Any

import pytest

from course_lib.lab import clock
from course_lib.socketio import Client, ConnectError, ConnectRefused, Server, Socket

from ..engineio import node

CLIENT_OF_NPM = """
const { io } = require("socket.io-client"), [, url, given] = process.argv
const sockets = JSON.parse(given).map(([path, options]) => io(url + path, options))
const joined = sockets.map(socket => new Promise(done => socket.on("connect", done)))
Promise.all(joined).then(() => console.log("joined"))
process.stdin.on("end", () => process.exit()).resume()
"""


@node.needed
@pytest.mark.parametrize(
    ("asked", "connections"),
    [
        ([["/", {}], ["/admin", {}]], 1),
        ([["/", {}], ["/admin", {"forceNew": True}]], 2),
        ([["/", {}], ["/", {}]], 2),
    ],
)
async def test_io_shares_the_connection_of_another_namespace(asked: Any, connections: int) -> None:
    """Claim 31: a connection has each namespace once, so the same one needs another."""
    server = Server()
    server.of("/admin")
    async with server.listen() as address:
        process = await asyncio.create_subprocess_exec(
            *("node", "-e", CLIENT_OF_NPM, address.url, json.dumps(asked)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=node.ROOT,
        )
        assert process.stdout is not None
        assert await process.stdout.readline() == b"joined\n"
        assert server.engine.clients_count == connections
        await process.communicate(b"")  # closes its standard input, and that ends it


def test_a_namespace_divides_an_application_over_one_connection() -> None:
    """Claims 43 and 50: two sockets with an id each; an event reaches the one of its namespace."""

    async def meet() -> None:
        server, heard = Server(), list[str]()
        server.on("connection", lambda socket: socket.on("hi", lambda: heard.append("/")))
        admin = server.of("/admin")
        admin.on("connection", lambda socket: socket.on("hi", lambda: heard.append("/admin")))
        async with server.listen() as address, Client(address.url) as main:
            other = await main.of("/admin").connect()
            assert server.engine.clients_count == 1
            assert main.id != other.id
            main.emit("hi")
            other.emit("hi")
            await asyncio.sleep(1)
            await other.disconnect()
            assert await main.emit_with_ack("hi") is None
        assert heard == ["/", "/admin", "/"]

    clock.simulate(meet())


def test_a_namespace_alone_keeps_nobody_out() -> None:
    """Claim 44: the article's `/admin` lets a stranger delete a user, and a middleware refuses."""

    async def delete(guarded: bool) -> list[str]:
        server, deleted = Server(), list[str]()
        admin = server.of("/admin")
        admin.on("connection", lambda socket: socket.on("delete user", deleted.append))

        @admin.use
        def ensure(socket: Socket) -> None:
            if guarded and socket.handshake.auth.get("token") != "of an admin":
                raise ConnectRefused("not authorized")

        async with server.listen() as address, Client(address.url) as client:
            for auth in (None, {"token": "of an admin"}):
                stranger = Client(address.url + "/admin", auth=auth)
                stranger.emit("delete user", "lee")  # it waits until the server lets it in
                await asyncio.gather(stranger.connect(), return_exceptions=True)
                await asyncio.sleep(1)
                await stranger.disconnect()
            assert client.connected
        return deleted

    assert clock.simulate(delete(guarded=False)) == ["lee", "lee"]
    assert clock.simulate(delete(guarded=True)) == ["lee"]


def test_listeners_rooms_and_middlewares_belong_to_one_namespace() -> None:
    """Claim 51: the article's three pairs of `/orders` and `/users`."""

    async def meet() -> None:
        server, heard, asked = Server(), list[tuple[str, Any]](), list[str]()

        def make(name: str) -> None:
            namespace = server.of(name)
            namespace.use(lambda socket: asked.append(name))

            @namespace.on("connection")
            def come(socket: Socket) -> None:
                socket.join("room1")
                socket.on(f"{name[1:-1]}:list", lambda: name)

        make("/orders")
        make("/users")
        async with server.listen() as address, Client(address.url + "/orders") as orders:
            assert asked == ["/orders"]
            users = await orders.of("/users").connect()
            assert asked == ["/orders", "/users"]
            for client in (orders, users):
                client.on(
                    "hello", lambda text, name=client.namespace_name: heard.append((name, text))
                )
            server.of("/orders").to("room1").emit("hello", "hello")
            server.of("/users").to("room1").emit("hello", "holà")
            assert await orders.emit_with_ack("order:list") == "/orders"
            with pytest.raises(TimeoutError):
                await users.timeout(5).emit_with_ack("order:list")
        assert heard == [("/orders", "hello"), ("/users", "holà")]

    clock.simulate(meet())


@pytest.mark.parametrize("cleanup", [False, True])
def test_each_tenant_can_have_a_namespace(cleanup: bool) -> None:
    """Claim 52: a pattern for the whole name, a middleware, and a namespace that is left over."""

    async def tenants() -> tuple[list[str], list[str]]:
        server = Server(cleanup_empty_child_namespaces=cleanup)
        parent, answers = server.of(re.compile(r"/tenant-[0-9]+")), list[str]()

        @parent.use
        def member(socket: Socket) -> None:
            if socket.nsp.name != f"/tenant-{socket.handshake.auth.get('tenant')}":
                raise ConnectRefused("not a member")

        async with server.listen() as address:
            for name in ("/tenant-1", "/tenant-2", "/tenant-1/tenant-2", "/a/tenant-1", "/tenant-"):
                answers.append(await knock(address.url + name))
            return answers, sorted(server.namespaces)

    async def knock(url: str) -> str:
        try:
            async with Client(url, auth={"tenant": "1"}):
                return "in"
        except ConnectError as error:
            return str(error)

    answers, left = clock.simulate(tenants())
    assert answers == ["in", "not a member", *["Invalid namespace"] * 3]
    assert left == (["/"] if cleanup else ["/", "/tenant-1", "/tenant-2"])
