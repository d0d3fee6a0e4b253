"""lab.your_websocket: a learner's classes carry the library's conversations, right or wrong."""

from __future__ import annotations

import asyncio
import importlib.util
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from course_lib import lab
from course_lib.errors import LocalError
from course_lib.lab import clock, your_websocket
from course_lib.lab.checks import swap
from course_lib.net import stream, ws, ws_connection
from course_lib.wire.http import http11
from course_lib.wire.websocket import connection as websocket
from course_lib.wire.websocket import frames, handshake
from course_lib.wire.websocket.frames import Frame, Opcode

from .grading import answers


def answer(kind: str, number: str, name: str, cls: str) -> Any:
    """The class of an answer to an exercise, as the grader's tests have it."""
    path = answers.FOLDER / kind / number / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"{kind}_{name}", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return getattr(module, cls)


def right(number: str, cls: str) -> list[Any]:
    folder: Path = answers.FOLDER / "right" / number
    return [answer("right", number, path.stem, cls) for path in sorted(folder.glob("*.py"))]


async def echo(connection: ws.Connection) -> None:
    async for message in connection:
        await connection.send(message)


@asynccontextmanager
async def aiohttp_at(server: ws.Server) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    async with aiohttp.ClientSession() as session:
        timeout = aiohttp.ClientWSTimeout(ws_close=1.0)
        async with session.ws_connect(server.url, autoping=False, timeout=timeout) as peer:
            yield peer


async def answered(port: int, sent: list[Frame], count: int) -> list[tuple[int, bytes]]:
    """Opcode and payload of the server's first frames, to a client that writes by hand."""
    request = handshake.request(f"ws://127.0.0.1:{port}/", "dGhlIHNhbXBsZSBub25jZQ==")
    async with await stream.connect("127.0.0.1", port) as connection:
        connection.write(http11.encode_request(request))
        await connection.read_until(b"\r\n\r\n")
        connection.write(b"".join(frames.encode(frame, os.urandom(4)) for frame in sent))
        found = []
        for _ in range(count):
            head = await connection.read_exactly(2)
            found.append((head[0] & 15, await connection.read_exactly(head[1])))
        return found


@pytest.mark.parametrize("assembler", right("5.1", "Assembler"))
async def test_fragments_and_pings_go_through_the_assembler(assembler: Any) -> None:
    """Whole messages from aiohttp; a character in two frames with a ping between by hand."""
    word = "안".encode()
    torn = [
        Frame(Opcode.TEXT, word[:2], fin=False),
        Frame(Opcode.PING, b"?"),
        Frame(Opcode.CONT, word[2:]),
    ]
    with swap(websocket, Connection=your_websocket.assembling(assembler)):
        async with ws.serve(echo) as server:
            async with aiohttp_at(server) as peer:
                await peer.send_str("안녕 👋")
                assert await peer.receive_str() == "안녕 👋"
                await peer.ping(b"42")
                assert (await peer.receive()).data == b"42"
            assert await answered(server.port, torn, 2) == [(10, b"?"), (1, word)]


async def test_what_the_assembler_refuses_ends_the_conversation_with_its_code() -> None:
    """A continuation of nothing: 1002."""
    made = your_websocket.assembling(right("5.1", "Assembler")[0])
    with swap(websocket, Connection=made):
        async with ws.serve(echo) as server:
            [(opcode, payload)] = await answered(server.port, [Frame(Opcode.CONT, b"x")], 1)
    assert (opcode, payload[:2]) == (8, b"\x03\xea")


async def test_a_reader_that_decodes_each_fragment_does_not_echo_a_torn_character() -> None:
    """The wrong idea is wrong on the wire, too."""
    wrong = answer("wrong", "5.1", "decode_each_fragment", "Assembler")
    torn = [Frame(Opcode.TEXT, b"\xec\x95", fin=False), Frame(Opcode.CONT, b"\x88")]
    with swap(websocket, Connection=your_websocket.assembling(wrong)):
        async with ws.serve(echo) as server:
            [(opcode, payload)] = await answered(server.port, torn, 1)
    assert (opcode, payload[:2]) == (8, b"\x03\xef")


@pytest.mark.parametrize("ending", right("5.2", "Ending"))
async def test_both_ends_say_goodbye_through_the_ending(ending: Any) -> None:
    """The client's code comes back; the server's arrives; TCP ends in both cases."""

    async def until_bye(connection: ws.Connection) -> None:
        while await connection.recv() != "bye":
            pass

    with swap(websocket, Connection=your_websocket.ending(ending)):
        async with asyncio.timeout(60), ws.serve(until_bye) as server:
            async with aiohttp_at(server) as peer:
                await peer.close(code=4001)
                assert peer.close_code == 4001
            async with aiohttp_at(server) as peer:
                await peer.send_str("bye")
                assert (await peer.receive()).type is aiohttp.WSMsgType.CLOSE
                assert peer.close_code == 1000
            await lab.until(lambda: not server.websockets)


async def test_without_an_echo_the_peer_sees_an_abnormal_end() -> None:
    """aiohttp counts it as 1006."""
    wrong = answer("wrong", "5.2", "no_echo", "Ending")
    with swap(websocket, Connection=your_websocket.ending(wrong)):
        async with ws.serve(echo) as server, aiohttp_at(server) as peer:
            await peer.close(code=4001)
            assert peer.close_code == 1006


def test_a_peer_that_never_answers_is_given_up_when_the_ending_says_so() -> None:
    """In the simulator; the library's own patience is as long, and would end it as well."""

    async def main() -> tuple[float, int | None]:
        async with ws.serve(echo, close_timeout=3.0, ping_interval=None) as server:
            connection = await stream.connect("127.0.0.1", server.port)
            request = handshake.request(server.url, "dGhlIHNhbXBsZSBub25jZQ==")
            connection.write(http11.encode_request(request))
            await connection.read_until(b"\r\n\r\n")
            [ours] = server.websockets
            ours.start_close(1000)
            await ours.wait_closed()
            connection.abort()
            return asyncio.get_running_loop().time(), ours.close_code

    for ending in right("5.2", "Ending"):
        with swap(websocket, Connection=your_websocket.ending(ending)):
            assert clock.simulate(main()) == (3.0, 1006)


async def flood(connection: ws.Connection, sent: list[int]) -> None:
    for number in range(200):
        await connection.send(bytes([number]) * 50_000)
        sent.append(number)


@pytest.mark.parametrize("sender", right("5.3", "Sender"))
def test_a_slow_reader_stops_the_sender_and_gets_everything_in_the_end(sender: Any) -> None:
    """What is held between the two does not grow while the reader sleeps."""
    sent: list[int] = []

    async def main() -> tuple[int, int, list[int]]:
        async with (
            ws.serve(lambda connection: flood(connection, sent)) as server,
            ws.connect(server.url) as reader,
        ):
            await asyncio.sleep(1.0)
            early = len(sent)
            await asyncio.sleep(30.0)
            return early, len(sent), [message[0] async for message in reader]  # type: ignore[misc]

    with swap(ws_connection, Connection=your_websocket.sending(sender)):
        early, late, got = clock.simulate(main())
    assert early == late < 50
    assert got == list(range(200))


def test_a_sender_that_does_not_wait_loses_its_peer() -> None:
    """The library ends the connection before the memory is full."""
    wrong = answer("wrong", "5.3", "unbounded_buffer", "Sender")

    class Direct(wrong):  # type: ignore[misc, valid-type]
        async def send(self, data: bytes) -> None:
            self.transport.write(data)

    async def main() -> int:
        async with (
            ws.serve(lambda connection: flood(connection, [])) as server,
            ws.connect(server.url) as reader,
        ):
            await asyncio.sleep(1.0)
            got = 0
            try:
                async for _ in reader:
                    got += 1
            except ws.Closed:
                return got
            return -1

    with swap(ws_connection, Connection=your_websocket.sending(Direct)):
        assert 0 <= clock.simulate(main()) < 200


@pytest.mark.parametrize("made", [[("mesage", "x")], "x", None])
def test_what_is_no_action_is_refused(made: object) -> None:
    """A typing mistake is not the same as nothing to do."""

    class Odd:
        def add(self, *_: object) -> object:
            return made

        def handle(self, *_: object) -> object:
            return made

    wire = frames.encode(Frame(Opcode.TEXT, b"hi"), bytes(4))
    for kind in (your_websocket.assembling(Odd), your_websocket.ending(lambda timeout: Odd())):
        with pytest.raises(LocalError):
            kind(now=0.0).receive(wire, 0.0)


def test_a_class_that_cannot_be_made_is_told_at_once() -> None:
    """Not in a server's log, while a client waits."""

    class Stub:
        def __init__(self, *_: object) -> None:
            raise NotImplementedError

    for place in (your_websocket.assembling, your_websocket.ending, your_websocket.sending):
        with pytest.raises(NotImplementedError):
            place(Stub)
