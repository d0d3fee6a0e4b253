"""lab.your_socketio, lab.official_socketio: a learner's packets and listeners on the wire."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import socketio as python_socketio

from course_lib.lab import clock, lessons, official_socketio, your_socketio
from course_lib.lab.checks import swap
from course_lib.net import ws
from course_lib.socketio import Client, Server, Socket
from course_lib.wire.socketio import packet

from .grading import answers
from .test_your_upgrade import answer

WORD = official_socketio.TEXT
LINES = ["/ lets it in", f"it hears news {WORD}", "it is asked how it is", "2 + 3 is 5",
         "/admin lets it in", f"it hears news {WORD}", "it is asked how it is", "2 + 3 is 5",
         "/admin: io server disconnect", "/nowhere refuses it: Invalid namespace",
         "/: io client disconnect", "the connection has ended"]  # fmt: skip
HEARD = ['40{"sid":"…"}', f'42["news","{WORD}"]', '420["how"]', "430[5]",
         '40/admin,{"sid":"…"}', f'42/admin,["news","{WORD}"]', '42/admin,0["how"]',
         "43/admin,0[5]", "41/admin,", '44/nowhere,{"message":"Invalid namespace"}']  # fmt: skip
PACKAGE = lessons.folder().parent / "node_modules" / "socket.io-client"
node = pytest.mark.skipif(
    not shutil.which("node") or not PACKAGE.exists(),
    reason="node with the package socket.io-client is missing: install Node.js, then `npm ci`",
)
Swapped = dict[str, Callable[..., Any]]


def right(number: str, *defined: str) -> list[Any]:
    """What each right answer defines."""
    folder: Path = answers.FOLDER / "right" / number
    return [
        [answer("right", number, path.stem, name) for name in defined]
        for path in sorted(folder.glob("*.py"))
    ]


def writes(encode: Any) -> Swapped:
    return {"encode": your_socketio.encoding(encode)}


def reads(decode: Any) -> Swapped:
    return {"decode": your_socketio.decoding(decode)}


BOTH = [writes(encode) for [encode] in right("9.1", "encode")]
BOTH += [reads(decode) for [decode] in right("9.2", "decode")]


def server() -> Server:
    """It repeats, asks, adds, and sends away."""
    found = Server()

    def joined(socket: Socket) -> None:
        async def said(text: str, more: Any) -> None:
            assert more == {"to": f"{socket.nsp.name},7"}
            socket.emit("news", text)
            assert await socket.emit_with_ack("how") == ("fine", [text])

        socket.on("say", said)
        socket.on("add", lambda one, other: one + other)
        socket.on("bye", socket.disconnect)

    found.on("connection", joined)
    found.of("/admin").on("connection", joined)
    return found


async def told(visit: Any, swapped: Swapped) -> list[str]:
    """What the official client tells, or what was said to its recorded messages."""
    with swap(packet, **swapped):
        async with server().listen() as address:
            return list(await visit(address.url))


@node
@pytest.mark.slow
@pytest.mark.parametrize("swapped", BOTH)
async def test_the_official_client_has_a_conversation_with_right_answers(swapped: Swapped) -> None:
    assert await told(official_socketio.visit, swapped) == LINES


@pytest.mark.parametrize("swapped", BOTH)
async def test_recorded_messages_get_the_same_answers(swapped: Swapped) -> None:
    found = await told(official_socketio.recorded, swapped)
    assert found == [f"it hears {message}" for message in HEARD]


async def test_whoever_has_no_node_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    first, *others = await told(official_socketio.visit, BOTH[0])
    assert "missing" in first and len(others) == len(HEARD)


async def test_a_packet_without_the_four_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """At the end of the swap, where the learner looks."""
    wrong = writes(answer("wrong", "9.1", "no_engine_digit", "encode"))
    assert await told(official_socketio.recorded, wrong) == ["the connection has ended"]
    assert "a text that begins with 4" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "kept"), [("only_events_are_checked", True), ("event_without_name_ok", False)]
)
async def test_what_decode_lets_pass_does_not_end_the_connection(name: str, kept: bool) -> None:
    wrong = reads(answer("wrong", "9.2", name, "decode"))
    with swap(packet, **wrong):
        async with server().listen() as address:
            found = [await official_socketio.after(address.url, bad) for bad in ("43/", "49")]
    assert found == ["is kept" if kept else "ends the connection", "ends the connection"]


def shown_by(made: Any, follow: Any) -> list[Any]:
    """What a client shows that connects three times, and what is reported."""

    async def story() -> list[Any]:
        found: list[Any] = []
        io = Server()
        io.on("connection", lambda socket: socket.on("join", lambda: socket.emit("news", "hi")))
        async with io.listen() as address:
            report = lambda error, _: found.append(type(error).__name__)  # noqa: E731
            client = your_socketio.Client(address.url, made, on_error=report)
            client.once("news")(lambda text: text / 2)
            client.on_any(lambda *event: found.append(event))
            follow(client, found.append)
            for _ in range(3):
                async with client:
                    await asyncio.sleep(1)
            client.off("news")
            async with client:
                await asyncio.sleep(1)
        return found

    return clock.simulate(story)


@pytest.mark.parametrize(("made", "follow"), right("9.3", "Listeners", "follow"))
def test_right_listeners_hear_each_news_once(made: Any, follow: Any) -> None:
    event = ("news", "hi")
    found = shown_by(made, follow)
    assert sorted(map(str, found[:3])) == sorted([str(event), "hi", "TypeError"])
    assert found[3:7] == [event, "hi"] * 2 and found[7] == event


def test_a_wrong_follow_shows_each_news_once_more() -> None:
    name = "registered_again_on_reconnect"
    made, follow = (answer("wrong", "9.3", name, one) for one in ("Listeners", "follow"))
    assert shown_by(made, follow).count("hi") == 1 + 2 + 3 + 1


@pytest.mark.parametrize("way", ["polling", "websocket"])
@pytest.mark.parametrize(("out", "made"), right("9.4", "take_out", "Collector"))
async def test_photos_come_back_as_they_were(out: Any, made: Any, way: str) -> None:
    photo = [{"name": WORD, "more": [[b""], {"large": bytes(70_000)}]}, b"\xff", b"\xff"]
    back = asyncio.get_running_loop().create_future()
    swapped = {"encode": your_socketio.taking_out(out), "Decoder": your_socketio.collecting(made)}
    io = Server()
    io.on("connection", lambda one: one.on("photo", lambda *some: one.emit("photo", *some)))
    with swap(packet, **swapped):
        async with io.listen() as address:
            client = python_socketio.AsyncClient(handle_sigint=False)
            client.on("photo", lambda *values: back.set_result(list(values)))
            await client.connect(address.url, transports=[way])
            await client.emit("photo", tuple(photo))
            assert await back == photo
            await client.disconnect()


async def test_bytes_that_are_left_inside_are_an_error() -> None:
    out = answer("wrong", "9.4", "nested_missed", "take_out")
    async with server().listen() as address, Client(address.url) as client:
        with (
            swap(packet, encode=your_socketio.taking_out(out)),
            pytest.raises(TypeError, match="bytes cannot stand here"),
        ):
            client.emit("say", [b"hi"])


@pytest.mark.parametrize("visit", right("9.5", "visit"))
def test_a_raw_client_stays_for_three_heartbeats(visit: Any) -> None:
    async def story() -> Any:
        io = Server(connect_timeout=60)
        io.use(lambda socket: asyncio.sleep(30))
        io.on("connection", lambda one: one.on("say", lambda text: one.emit("news", text)))
        async with io.listen() as address:
            url = address.url.replace("http", "ws") + official_socketio.PATH
            async with ws.connect(url) as plain:
                return await visit[0](plain, WORD), asyncio.get_running_loop().time()

    heard, seconds = clock.simulate(story)
    assert heard == [["news", WORD]]
    assert 75 <= seconds < 76
