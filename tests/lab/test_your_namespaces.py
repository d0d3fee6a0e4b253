"""lab.your_namespaces: a learner's namespaces and middlewares in the library, right or wrong."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from socketio import AsyncClient
from socketio.exceptions import ConnectionError as Refused

from course_lib.lab import clock, your_namespaces
from course_lib.lab.checks import swap
from course_lib.socketio import Client, ConnectError, ConnectRefused, Server, Socket, server

from .test_your_upgrade import answer, right


def served() -> Server:
    """`/admin` refuses after a while, the others welcome."""
    io = Server()

    async def no(socket: Socket) -> None:
        await asyncio.sleep(0.1)
        raise ConnectRefused("no", {"code": 403})

    def connected(socket: Socket) -> None:
        socket.on("ask", lambda *args: args)
        socket.on("tell", lambda text: socket.nsp.to(socket.id).emit("told", text))

    for name in ("/", "/chat", "/admin"):
        io.of(name).on("connection", connected)
    io.of("/admin").use(no)
    return io


async def talk() -> list[Any]:
    """Two namespaces on one connection, and two that cannot be joined."""
    said: list[Any] = []
    async with served().listen() as address, Client(address.url) as client:
        chat = client.of("/chat")
        await chat.connect()
        chat.on("told", said.append)
        chat.emit("tell", "안녕")
        said += [await chat.emit_with_ack("ask", 1, "🍜"), await client.emit_with_ack("ask", b"x")]
        for name in ("/admin", "/nope"):
            try:
                await client.of(name).connect()
            except ConnectError as error:
                said += [str(error), error.data]
        await chat.disconnect()
        said.append(await client.emit_with_ack("ask", 2))
        await chat.connect()
        said.append(await chat.emit_with_ack("ask", 3))
    return said


SAID = ["안녕", (1, "🍜"), b"x", "no", {"code": 403}, "Invalid namespace", None, 2, 3]


def test_the_library_itself_does_so() -> None:
    assert clock.simulate(talk) == SAID


@pytest.mark.parametrize("made", right("12.1", "Namespaces"))
def test_a_right_class_carries_several_namespaces(
    made: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """Rooms, answers and the data of a refusal are what they were."""
    with swap(server, Connection=your_namespaces.carrying(made)):
        assert clock.simulate(talk) == SAID
    assert capsys.readouterr().out == ""


def doors() -> list[Any]:
    """Right ones; as in a notebook, ConnectRefused is the library's."""
    found = right("12.2", "Door")
    for made in found:
        method = next(one for one in vars(made).values() if hasattr(one, "__globals__"))
        method.__globals__["ConnectRefused"] = ConnectRefused
    return found


@pytest.mark.parametrize("made", doors())
def test_a_right_door_asks_the_middlewares(made: Any, capsys: pytest.CaptureFixture[str]) -> None:
    with swap(server, Namespace=your_namespaces.asking(made)):
        assert clock.simulate(talk) == SAID
    assert capsys.readouterr().out == ""


async def test_both_speak_with_the_official_client() -> None:
    """python-socketio joins two namespaces, and is refused by a third."""
    several, [door, *_] = right("12.1", "Namespaces")[0], doors()
    for swapped in (
        swap(server, Connection=your_namespaces.carrying(several)),
        swap(server, Namespace=your_namespaces.asking(door)),
    ):
        with swapped:
            async with served().listen() as address:
                peer = AsyncClient(handle_sigint=False, reconnection=False)
                await peer.connect(address.url, namespaces=["/", "/chat"], transports=["websocket"])
                assert await peer.call("ask", "안녕", namespace="/chat") == "안녕"
                await peer.disconnect()
                with pytest.raises(Refused):
                    await peer.connect(address.url, namespaces=["/admin"])


def test_what_makes_no_sense_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """A socket that the namespace has not let in cannot be told that it has joined."""
    made = answer("wrong", "12.1", "joins_without_asking", "Namespaces")
    with swap(server, Connection=your_namespaces.carrying(made)), pytest.raises(TimeoutError):
        clock.simulate(asyncio.wait_for(talk(), 50))
    assert "✘ Your Namespaces says ('joined'" in capsys.readouterr().out


async def test_a_token_is_read_only_as_it_was_signed() -> None:
    tokens, others = your_namespaces.Tokens(0), your_namespaces.Tokens(0)
    token = tokens.sign(name="아다", role="user")
    assert await tokens.read(token) == {"name": "아다", "role": "user"}
    text, _, proof = token.partition(".")
    forged = tokens.sign(name="아다", role="admin").partition(".")[0] + "." + proof
    for wrong in (forged, text, "", "é.é", None, 7, others.sign(name="아다", role="user")):
        with pytest.raises(ValueError, match="not signed"):
            await tokens.read(wrong)
