"""A learner's function in the running library: only where lessons.toml says, and only if used."""

from __future__ import annotations

import asyncio
import importlib
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import aiohttp
import pytest
from socketio import AsyncClient

from course_lib import engineio, socketio
from course_lib.errors import LocalError, RemoteError
from course_lib.lab import lessons
from course_lib.lab.apps import echo
from course_lib.lab.checks import swap
from course_lib.lab.grading import swapping
from course_lib.net import http_client, http_server, ws
from course_lib.wire.http import http11
from course_lib.wire.websocket import handshake

from .. import tiny_course


async def http_traffic() -> None:
    """A question with a body and its answer, over loopback."""

    def answer(request: http11.Request) -> http11.Response:
        return http11.Response(200, body=request.body)

    async with http_server.serve(answer) as server, http_client.Client() as client:
        response = await client.post(server.url, "안녕 👋".encode())
        assert response.text() == "안녕 👋"


async def handshake_traffic() -> None:
    """A page's handshake, and a message there and back."""
    async with echo.serve() as server:
        origin = f"http://{server.host}:{server.port}"
        async with ws.connect(server.url, origin=origin) as connection:
            await connection.send("안녕 👋")
            assert await connection.recv() == "안녕 👋"


async def websocket_traffic() -> None:
    """Short messages and one that comes in several pieces, from a client that is not ours."""
    async with (
        echo.serve() as server,
        aiohttp.ClientSession() as session,
        session.ws_connect(server.url) as peer,
    ):
        for text in ("안녕 👋", "가" * 300_000):
            await peer.send_str(text)
            assert await peer.receive_str() == text


async def conversation() -> None:
    """A message, a ping and a goodbye, from a client that is not ours."""
    async with (
        echo.serve() as server,
        aiohttp.ClientSession() as session,
        session.ws_connect(server.url, autoping=False) as peer,
    ):
        await peer.ping(b"42")
        await peer.send_str("안녕 👋")
        assert [(await peer.receive()).data for _ in range(2)] == [b"42", "안녕 👋"]
        await peer.close()
        assert peer.close_code == 1000


async def session_traffic() -> None:
    """A session that polls, from a client that is not ours: a message there and back."""
    server = engineio.Server()
    server.on("connection", lambda session: session.on("message", session.send))
    async with server.listen() as address, aiohttp.ClientSession() as http:
        url = f"{address.url}/engine.io/?EIO=4&transport=polling"
        opened = json.loads((await (await http.get(url)).text())[1:])
        mine = f"{url}&sid={opened['sid']}"
        await http.post(mine, data="4안녕 👋")
        assert await (await http.get(mine)).text() == "4안녕 👋"


async def upgrade_traffic() -> None:
    """A session that changes to WebSocket, from a client that is not ours."""
    server = engineio.Server()
    server.on("connection", lambda session: session.on("message", session.send))
    async with server.listen() as address, aiohttp.ClientSession() as http:
        url = f"{address.url}/engine.io/?EIO=4&transport="
        opened = json.loads((await (await http.get(f"{url}polling")).text())[1:])
        async with http.ws_connect(f"{url}websocket&sid={opened['sid']}") as websocket:
            await websocket.send_str("2probe")
            assert (await websocket.receive()).data == "3probe"
            await websocket.send_str("5")
            await websocket.send_str("4안녕 👋")
            assert (await websocket.receive()).data == "4안녕 👋"


async def event_traffic() -> None:
    """An event with bytes and its answer, with python-socketio's client, on our server."""
    io = socketio.Server()

    @io.on("connection")
    def connected(socket: socketio.Socket) -> None:
        socket.on("ask", lambda *args: args)

        @socket.on("ask me")
        async def ask_me() -> object:
            return await socket.emit_with_ack("question", "안녕 👋")

    async with io.listen() as address:
        peer = AsyncClient(handle_sigint=False, reconnection=False)
        peer.on("question", lambda text: text)
        await peer.connect(address.url, transports=["websocket"])
        try:
            answered = await peer.call("ask", ("안녕 👋", b"\x00"))
            assert [*answered] == ["안녕 👋", b"\x00"]
            assert await peer.call("ask me") == "안녕 👋"
        finally:
            await peer.disconnect()


# Each swappable function, and real traffic that must go through it.
TRAFFIC: dict[str, Callable[[], Awaitable[None]]] = {
    "wire.http.http11.encode_request": http_traffic,
    "wire.websocket.handshake.accept": handshake_traffic,
    "wire.websocket.handshake.answer": handshake_traffic,
    "wire.websocket.handshake.verify": handshake_traffic,
    "wire.websocket.handshake.origin_allowed": handshake_traffic,
    "wire.websocket.frames.header": websocket_traffic,
    "wire.websocket.frames.cut": websocket_traffic,
    "wire.websocket.frames.read_header": websocket_traffic,
    "wire.websocket.frames.Unmasker": websocket_traffic,
    "wire.websocket.connection.Connection": conversation,
    "net.ws_connection.Connection": conversation,
    "wire.engineio.packet.join": session_traffic,
    "wire.engineio.packet.decode_payload": session_traffic,
    "wire.engineio.packet.handshake": session_traffic,
    "wire.engineio.heartbeat.Heartbeats": session_traffic,
    "engineio.server.new_sid": session_traffic,
    "engineio.server.Probe": upgrade_traffic,
    "engineio.routing.find": session_traffic,
    "engineio.polling.Polling": session_traffic,
    "wire.socketio.packet.encode": event_traffic,
    "wire.socketio.packet.decode": event_traffic,
    "wire.socketio.packet.Decoder": event_traffic,
    "socketio.endpoint.Answer": event_traffic,
    "socketio.endpoint.Acks": event_traffic,
    "socketio.server.Connection": event_traffic,
    "socketio.server.Namespace": event_traffic,
}
SWAPPABLE = [name for lesson in lessons.load() for name in lesson.swappable]


@pytest.mark.parametrize("name", SWAPPABLE)
async def test_real_traffic_goes_through_what_was_swapped(name: str) -> None:
    """The library calls it as module.name, at each call; afterwards it has its own again."""
    place, _, function = name.rpartition(".")
    module = importlib.import_module(f"course_lib.{place}")
    before = getattr(module, function)
    with swap(module, **{function: before}) as swapped:
        await TRAFFIC[name]()
    assert swapped.calls[function] > 0
    assert getattr(module, function) is before


def test_every_swappable_function_is_listed_once() -> None:
    """And the table above knows no others."""
    assert sorted(SWAPPABLE) == sorted(TRAFFIC)


def test_what_lessons_toml_lists_is_the_name_of_a_function_in_a_module(tmp_path: Path) -> None:
    """A bare name would match nothing."""
    row = 'swappable = ["encode_request"]\ngiven ='
    text = tiny_course.LESSONS.replace("given =", row)
    with pytest.raises(lessons.LessonError, match=r"'encode_request' is not module\.function"):
        lessons.load(tiny_course.write(tmp_path, lessons=text))


async def test_a_swapped_function_that_nothing_called_is_an_error() -> None:
    """Otherwise no traffic at all would look like success."""
    unused = swap(http11, encode_request=http11.encode_request)
    with pytest.raises(LocalError, match="nothing called your encode_request"), unused:
        pass


def test_other_names_are_refused_and_an_exception_is_not_hidden() -> None:
    """The list is in lessons.toml; whatever happens, the library is whole again."""
    with pytest.raises(LocalError, match=r"wire\.http\.http11\.encode_head cannot be swapped"):
        swap(http11, encode_head=print)
    with pytest.raises(LocalError, match="must be a function"):
        swap(http11, encode_request=7)  # type: ignore[arg-type]
    with pytest.raises(LocalError, match="name a function"):
        swap(http11)
    before = http11.encode_request
    with pytest.raises(ZeroDivisionError), swap(http11, encode_request=print):
        raise ZeroDivisionError
    assert http11.encode_request is before


async def test_what_a_swapped_function_raises_in_a_server_is_said_in_the_cell(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The client only sees a 500; a refusal in the library's own words is no mistake."""

    def stub(key: str) -> str:
        raise NotImplementedError

    def wrong(key: str) -> str:
        return key.nothing  # type: ignore[attr-defined, no-any-return]

    for yours, said in (
        (stub, "✘ Your accept is not written yet.\n"),
        (wrong, "✘ Your accept raised AttributeError: 'str' object has no attribute 'nothing'"),
    ):
        with pytest.raises(RemoteError), swap(handshake, accept=yours):
            await handshake_traffic()
        assert capsys.readouterr().out.startswith(said)
        assert handshake.accept is not yours

    def refuses(*_: object, **options: object) -> http11.Response:
        raise RemoteError("no", 400)

    with pytest.raises(RemoteError), swap(handshake, answer=refuses):
        await handshake_traffic()
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("error", [KeyboardInterrupt, asyncio.CancelledError])
def test_an_interrupted_cell_leaves_the_library_whole(error: type[BaseException]) -> None:
    """However it ends; and the next swap is another one."""
    before = http11.encode_request
    with pytest.raises(error), swap(http11, encode_request=print):
        raise error
    assert http11.encode_request is before
    assert swapping._active == []
