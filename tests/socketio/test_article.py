"""What the article says of Socket.IO: the rows of docs/article.md that lesson 09 is about."""

from __future__ import annotations

import asyncio
import json
import subprocess
from typing import Any

import pytest
import socketio as other_library  # type: ignore[import-untyped]

from course_lib.errors import ConnectionClosed, LocalError
from course_lib.lab import clock
from course_lib.net import http_client, http_server, ws
from course_lib.socketio import Client, ConnectError, Server
from course_lib.wire.http.http11 import Response
from course_lib.wire.socketio import packet
from course_lib.wire.socketio.packet import Packet, Type

from ..engineio import node

PATH = "/socket.io/?EIO=4&transport=websocket"
SIX = "connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"


def chat(**options: Any) -> tuple[Server, list[Any]]:
    """A server that answers each `say`, and what it has heard."""
    server, heard = Server(**options), []

    @server.on("connection")
    def connected(socket: Any) -> None:
        @socket.on("say")
        def say(text: str) -> str:
            heard.append(text)
            return text.upper()

    return server, heard


async def by_hand(url: str, *lines: str) -> list[str]:
    """What comes back for these lines on a plain WebSocket; "closed" at the end, if it is one."""
    answers = []
    async with ws.connect(url.replace("http", "ws") + PATH) as plain:
        for line in lines:
            await plain.send(line)
        try:
            while True:
                async with asyncio.timeout(5):
                    answers.append(await plain.recv())
        except TimeoutError:
            pass
        except ConnectionClosed:
            answers.append("closed")
    return [str(answer) for answer in answers]


def test_a_plain_websocket_connects_and_has_to_speak_the_protocol() -> None:
    """Claim 15: its first word that is no packet ends the connection; two lines take part."""

    async def knock() -> None:
        server, heard = chat()
        async with server.listen() as address:
            [opened, *rest] = await by_hand(address.url, "hello")
            assert opened.startswith('0{"sid":"')
            assert rest == ["closed"]
            assert (await by_hand(address.url, '42["say","early"]'))[1:] == ["closed"]
            [_, joined] = await by_hand(address.url, "40", '42["say","hi"]')
            assert joined.startswith('40{"sid":"')
        assert heard == ["hi"]

    clock.simulate(knock())


def test_a_client_gets_no_session_from_a_plain_websocket_server() -> None:
    """Claim 16: it waits for a handshake that never comes."""

    async def knock() -> None:
        async with ws.serve(lambda connection: connection.recv()) as plain:
            client = Client(plain.url.replace("ws", "http"), transports=["websocket"])
            with pytest.raises(ConnectError, match="no session"):
                await client.connect()

    clock.simulate(knock())


def test_a_packet_adds_a_digit_a_name_and_what_else_it_has() -> None:
    """Claim 14: the digit of Engine.IO stands before all of them."""
    assert packet.encode(Packet(Type.EVENT, ["say", "hi"])) == ['2["say","hi"]']
    asked = Packet(Type.EVENT, ["say", "hi"], namespace="/admin", id=7)
    assert packet.encode(asked) == ['2/admin,7["say","hi"]']


def test_events_have_names_and_go_both_ways() -> None:
    """Claims 1, 19 and 29: `on("connection")`, `emit` of a socket, `emit` of all, `on`."""

    async def meet() -> list[object]:
        server, heard = Server(), []

        @server.on("connection")
        def connected(socket: Any) -> None:
            socket.emit("request", 1)
            server.emit("broadcast", 2)
            socket.on("reply", lambda *values: heard.append(("reply", *values)))

        async with server.listen() as address:
            client = Client(address.url)
            client.on_any(lambda *event: heard.append(event))
            async with client:
                client.emit("reply", 3)
                await asyncio.sleep(1)
        return heard

    assert clock.simulate(meet()) == [("request", 1), ("broadcast", 2), ("reply", 3)]


def test_an_emit_to_all_is_one_to_the_main_namespace() -> None:
    """Claims 74 and 77: and a namespace's name may be written without its slash."""

    async def meet() -> list[str]:
        server, heard = Server(), []
        assert server.of("mine") is server.of("/mine")
        async with server.listen() as address:
            here, there = Client(address.url), Client(address.url + "/mine")
            for name, client in {"here": here, "there": there}.items():
                client.on("hey", lambda text, name=name: heard.append(f"{name} {text}"))
            async with here, there:
                server.emit("hey", "io")
                server.of("mine").emit("hey", "of")
                await asyncio.sleep(1)
        return sorted(heard)

    assert clock.simulate(meet()) == ["here io", "there of"]


def test_six_names_are_reserved() -> None:
    """Claim 81: nobody can send them, and whoever receives one ends the connection."""

    async def send() -> None:
        assert sorted(packet.RESERVED) == sorted(SIX)
        server, _ = chat()
        async with server.listen() as address, Client(address.url) as client:
            [socket] = server.sockets.sockets.values()
            for name in SIX:
                for end in (client, socket):
                    with pytest.raises(LocalError, match=name):
                        end.emit(name)
                assert (await by_hand(address.url, "40", f'42["{name}"]'))[2:] == ["closed"]
            client.emit("connection")

    clock.simulate(send())


def test_the_server_listens_and_not_the_app() -> None:
    """Claim 28: an app that listens has a server of its own."""

    def app(_: Any) -> Response:
        return Response(200, body=b"a page")

    async def serve() -> None:
        server, _ = chat()
        async with http_server.serve(app) as wrong:
            with pytest.raises(ConnectError):
                await Client(wrong.url).connect()
        async with server.listen(other=app) as right, http_client.Client() as http:
            assert (await http.get(right.url)).body == b"a page"
            async with Client(right.url) as client:
                assert await client.emit_with_ack("say", "hi") == "HI"

    clock.simulate(serve())


async def test_a_library_of_others_takes_part() -> None:
    """Claims 12 and 21: the protocol is published, and python-socketio was written from it."""
    server, heard = chat()
    async with server.listen() as address:
        client = other_library.AsyncClient(handle_sigint=False)
        await client.connect(address.url, transports=["websocket"])
        assert await client.call("say", "안녕 hi") == "안녕 HI"
        await client.disconnect()
    assert heard == ["안녕 hi"]


SERVER_OF_NPM = """
const { Server } = require("socket.io")
const server = require("http").createServer()
const io = new Server(server)
io.on("connection", socket => socket.on("say", (text, answer) => answer(text.toUpperCase())))
server.listen(0, "127.0.0.1", () => console.log(server.address().port))
process.stdin.on("end", () => process.exit()).resume()
"""
CLIENT_OF_NPM = """
const socket = require("socket.io-client").io(process.argv[1])
socket.emit("say", "hi", answer => { console.log(JSON.stringify(answer)); socket.close() })
"""


@node.needed
async def test_the_package_of_npm_is_a_server_and_hands_out_its_client() -> None:
    """Claims 26 and 30: our client is answered, and a page needs a script tag only."""
    process = await asyncio.create_subprocess_exec(
        "node", "-e", SERVER_OF_NPM, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=node.ROOT
    )
    assert process.stdin is not None
    assert process.stdout is not None
    url = f"http://127.0.0.1:{int(await process.stdout.readline())}"
    async with Client(url) as client, http_client.Client() as http:
        assert await client.emit_with_ack("say", "hi") == "HI"
        script = await http.get(f"{url}/socket.io/socket.io.js")
        assert script.headers.get("content-type", "").startswith("application/javascript")
    await process.communicate(b"")  # closes its standard input, and that ends it


@node.needed
async def test_a_client_in_node_is_a_package_of_its_own() -> None:
    """Claim 32: and our server answers it."""
    server, heard = chat()
    async with server.listen() as address:
        process = await asyncio.create_subprocess_exec(
            "node", "-e", CLIENT_OF_NPM, address.url, stdout=subprocess.PIPE, cwd=node.ROOT
        )
        said, _ = await process.communicate()
    assert json.loads(said) == "HI"
    assert heard == ["hi"]
