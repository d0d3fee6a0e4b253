"""Recordings of WebSocket as it is spoken by three programs: read, drawn, inspected, saved."""

from __future__ import annotations

import asyncio
import functools
import itertools
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import websockets
from aiohttp import web
from matplotlib.backends.backend_agg import FigureCanvasAgg

from course_lib.errors import LocalError
from course_lib.lab import clock, inspector, recording, sequence, tap
from course_lib.lab._inspector import fields
from course_lib.lab._inspector import scene as inspector_scene
from course_lib.lab.dissect import dissect
from course_lib.lab.dissection.messages import Message
from course_lib.lab.figures import figure, plot_sequence
from course_lib.lab.recording import Recording
from course_lib.net import ws
from course_lib.wire.websocket.frames import Frame, Opcode

from .test_dissect import DOWN, UP, Talk, assert_tiled, tree
from .test_dissect_websocket import ASK, PING, SWITCH, TEXT, down, up
from .test_tap import tls_contexts

TEXTS = ["안녕, hello " * 200, "👋", "안녕, hello " * 200, ""]
Talker = Callable[[], Awaitable[None]]


async def by_ours(secure: bool = False) -> None:
    """Our server and our client; a ping from each; compressed."""
    for_server, for_client = tls_contexts() if secure else (None, None)

    async def echo(connection: ws.Connection) -> None:
        async for message in connection:
            await connection.send(message)

    async with (
        ws.serve(echo, compression=ws.Settings(), ssl=for_server) as server,
        ws.connect(server.url, compression=ws.Settings(), ssl=for_client) as connection,
    ):
        await talk(connection.send, connection.recv)
        await connection.ping()


async def by_websockets() -> None:
    """`websockets` at both ends."""

    async def echo(connection: websockets.ServerConnection) -> None:
        async for message in connection:
            await connection.send(message)

    async with websockets.serve(echo, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with websockets.connect(f"ws://127.0.0.1:{port}/") as connection:
            await talk(connection.send, connection.recv)
            await (await connection.ping())


async def by_aiohttp() -> None:
    """aiohttp at both ends, compressed; its server asks for signs of life."""

    async def echo(request: web.Request) -> web.WebSocketResponse:
        answer = web.WebSocketResponse(heartbeat=0.2)
        await answer.prepare(request)
        async for message in answer:
            await answer.send_str(message.data)
        return answer

    app = web.Application()
    app.router.add_get("/", echo)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"http://127.0.0.1:{port}/", compress=15) as connection,
    ):
        await talk(connection.send_str, connection.receive_str)
        waiting = asyncio.create_task(connection.receive())
        await asyncio.sleep(1)
        await connection.close()
        await waiting
    await runner.cleanup()


async def talk(send: Callable[[str], Awaitable[Any]], hear: Callable[[], Awaitable[Any]]) -> None:
    """Each text comes back."""
    for text in TEXTS:
        await send(text)
        assert await hear() == text


def recorded(main: Talker) -> Recording:
    """What both ends wrote and read, on a link of 50 ms there and back."""

    async def both() -> Recording:
        with tap.Tap("chat") as heard:
            await main()
            await asyncio.sleep(1)
        return heard

    return clock.simulate(both(), rtt=0.05)


RECORDED = {
    "ours": functools.cache(lambda: recorded(by_ours)),
    "ours over TLS": functools.cache(lambda: recorded(functools.partial(by_ours, secure=True))),
    "websockets": functools.cache(lambda: recorded(by_websockets)),
    "aiohttp": functools.cache(lambda: recorded(by_aiohttp)),
}
EVERY = pytest.mark.parametrize("record", RECORDED.values(), ids=RECORDED.keys())


def framed(found: list[Message]) -> list[Message]:
    """Those behind the handshake."""
    return [one for one in found if one.layer == "websocket"]


@EVERY
def test_a_conversation_is_read_whoever_spoke(record: Callable[[], Recording]) -> None:
    """Each text up and down, whole, inflated, with its delay; pongs and goodbyes find theirs."""
    found = dissect(record())
    assert [one.note for one in found] == [""] * len(found)
    assert {one.state for one in found} == {"whole"}
    for direction in (UP, DOWN):
        mine = [one for one in framed(found) if one.direction == direction]
        wholes = [one.value.whole for one in mine if one.kind == "text" and one.value.frame.fin]
        assert [one.data for one in wholes] == TEXTS
        assert wholes[0].deflated is not None and wholes[0].size < wholes[0].length
    assert wholes[2].deflated is not None and wholes[2].deflated.before > 0
    pongs = [one for one in framed(found) if one.title.startswith("pong")]
    assert pongs and all(one.answers and one.answers.title.startswith("ping") for one in pongs)
    closes = [one for one in framed(found) if one.title.startswith("close")]
    assert len(closes) == 2 and closes[1].answers is closes[0]
    assert all(one.delay == pytest.approx(0.025) for one in found)
    for one in found:
        assert_tiled(one)


@EVERY
def test_a_saved_recording_is_the_same(record: Callable[[], Recording], tmp_path: Path) -> None:
    """Everything is worked out anew from the bytes."""
    heard = record()
    again = recording.load(heard.save(tmp_path / "chat.json"))
    assert tree(dissect(again)) == tree(dissect(heard))


@EVERY
def test_one_end_is_enough(record: Callable[[], Recording]) -> None:
    """Only the server's end was recorded, or only the client's."""
    whole = tree(framed(dissect(record())))
    for role in ("client", "server"):
        half = Recording()
        kept = [end for end in record().ends if end.role == role]
        for end in kept:
            mine = half.open(end.opened, end.role, end.local, end.remote)
            assert mine is not None
            for event in record().events:
                if event.end == end.number:
                    half.add(event.at, mine, event.kind, event.data, event.note)
        assert sorted(map(repr, tree(framed(dissect(half))))) == sorted(map(repr, whole))


def test_an_inspector_follows_a_conversation() -> None:
    """Refreshed while it goes on: the choice stays, and learns what has come since."""
    conversation = Talk().say(UP, ASK % b"").say(DOWN, SWITCH % b"")
    view = inspector.show(conversation.recording)
    half = up_fragment(b"Hel")
    conversation.say(UP, half[:-1])
    view.refresh()
    view.select_message(3)
    assert view.explanation == (
        "Message 3, client to server: text frame (websocket text, 8 bytes). It was on the way for "
        "500 ms. Incomplete: waits for 1 more byte of 3 in its payload."
    )
    conversation.say(UP, half[-1:])
    view.refresh()
    assert view.message is not None and view.message.title == "text 1/?"
    conversation.say(UP, up_fragment(b"lo", last=True))
    view.refresh()
    assert view.message.title == "text 1/2"
    assert "It is one message with 4." in view.explanation


def up_fragment(data: bytes, *, last: bool = False) -> bytes:
    """A part of a text."""
    return up(frame(data, last))


def frame(data: bytes, last: bool) -> Frame:
    """The first part, or the last of two."""
    return Frame(Opcode.CONT if last else TEXT, data, fin=last)


def test_a_byte_leads_to_its_bits_and_a_bit_to_its_byte() -> None:
    """As calls: what the arrow keys of the widget do."""
    view = inspector.show(
        Talk()
        .say(UP, ASK % b"")
        .say(DOWN, SWITCH % b"")
        .say(UP, bytes.fromhex("818537fa213d7f9f4d5158"))
        .recording
    )
    view.select_message(3)
    view.select_byte(0)
    assert view.explanation == (
        "Byte 0 is 81. It belongs to: first byte (byte 0). It reads: 1000 0001. Its bits: FIN 1, "
        "RSV1 0, RSV2 0, RSV3 0, opcode 0001 = 0x1, text. (RFC 6455 §5.2)"
    )
    view.select_bit(0, 5)
    assert view.field is not None and view.field.name == "opcode"
    assert view.explanation == (
        "Bit 5 of byte 0 is 0. It belongs to: first byte / opcode (byte 0, bits 4 to 7). It "
        "reads: 0001 = 0x1, text. A message of UTF-8 text begins. (RFC 6455 §5.6)"
    )
    view.select_field("MASK")
    assert (view.field.start, view.field.stop, view.field.bits) == (1, 2, (0, 1))
    view.select_byte(10)
    assert view.explanation.startswith(
        'Byte 10 is 58, "X"; XOR byte 0 of the key, 37, it is 6f, "o". It belongs to: masked '
        "payload / unmasked / text (bytes 6 to 10). It reads: Hello."
    )
    for offset, bit in ((0, 8), (0, -1), (2, 0), (99, 0)):
        with pytest.raises(LocalError, match="is no field"):
            view.select_bit(offset, bit)


def test_it_may_be_asked_in_which_field_a_shared_byte_is() -> None:
    """The bits give no hint while the question is open."""
    view = inspector.show(
        Talk().say(UP, ASK % b"").say(DOWN, SWITCH % b"" + down(frame(b"hi", False))).recording,
        ask=True,
    )
    view.select_message(3)
    view.select_byte(1)
    text, names = view.question
    assert text == "Byte 1 is 02. Which field is it in?"
    assert "second byte" in names and "FIN" not in names
    assert not view.guess("first byte")
    assert view.field is not None and view.field.name == "second byte"


def full_duplex() -> Recording:
    """Both sides speak at once, in frames of all kinds."""
    heard = Talk().say(UP, ASK % b"").say(DOWN, SWITCH % b"")
    for kind in (TEXT, Opcode.BINARY, PING):
        for ends, data in (
            ((heard.client, heard.server), up(Frame(kind, b"up"))),
            ((heard.server, heard.client), down(Frame(kind, b"down"))),
        ):
            heard.recording.add(heard.at, ends[0], recording.SENT, data)
            heard.recording.add(heard.at + 0.5, ends[1], recording.RECEIVED, data)
        heard.at += 1
    return heard.recording


def test_arrows_cross_where_both_speak_at_once() -> None:
    """Each is sent before the other has arrived; text, binary and control are told apart."""
    found = sequence.of(full_duplex())
    frames = [arrow for arrow in found.arrows if arrow.message.layer == "websocket"]
    for one, other in zip(frames[::2], frames[1::2], strict=True):
        assert {one.message.direction, other.message.direction} == {UP, DOWN}
        assert one.message.arrived_at is not None and other.message.arrived_at is not None
        assert one.at < other.message.arrived_at and other.at < one.message.arrived_at
    assert found.looks == ["http", "websocket text", "websocket binary", "websocket control"]
    shapes = {shape["number"]: shape for shape in inspector_scene.scene(found)["arrows"]}
    a, b = shapes[3], shapes[4]
    assert (a["x0"] - b["x1"], a["x1"] - b["x0"]) == (0, 0) and a["y0"] < a["y1"]
    assert (a["y0"], a["y1"]) == (b["y0"], b["y1"])  # as far down, from opposite sides


def test_the_legend_fits_into_the_figure() -> None:
    """With all kinds of lines and marks there are."""
    heard = full_duplex()
    for number, end in enumerate(heard.ends):
        heard.add(9.0, end, recording.CLOSED, note="reset" if number else "")
    drawing = sequence.plot(heard)._figure
    assert drawing is not None
    with figure.look():
        FigureCanvasAgg(drawing).draw()
        (legend,) = drawing.legends
        box = legend.get_window_extent()
        assert box.x0 >= 0 and box.x1 <= drawing.bbox.x1
        assert len(legend.get_texts()) >= 7


def test_kinds_differ_in_line_as_well_as_in_colour() -> None:
    """In the figure, in the widget's scene, in the list and in the words."""
    found = sequence.of(full_duplex())
    looks = [plot_sequence.look_of(look) for look in found.looks]
    assert len({look.color for look in looks}) == len({str(look.line) for look in looks}) == 4
    scene = inspector_scene.scene(found)
    assert [row["name"] for row in scene["layers"]] == found.looks
    assert len({(row["color"], row["dash"]) for row in scene["layers"]}) == 4
    words = "8 messages (http, websocket text, websocket binary and websocket control)"
    assert scene["alt"].startswith(words)
    plot = sequence.plot(found)
    assert plot.alt.startswith(words) and plot.png.startswith(b"\x89PNG")
    lines = repr(found.listing()).split("\n")
    assert any('text "up" (websocket text, 8 bytes)' in line for line in lines)
    assert sequence.of(full_duplex(), layers=["websocket"]).layers == ["websocket"]


def test_bytes_that_share_fields_are_shown_bit_by_bit() -> None:
    """What the widget draws: values, names, and where each name begins."""
    message = framed(dissect(full_duplex()))[0]
    first, second = fields.rows_of_bits(message)
    assert (first["at"], first["bits"], second["at"], second["bits"]) == (
        *(0, "10000001"),
        *(1, "10000010"),
    )
    assert [(one["id"], one["name"], one["bits"]) for one in second["fields"]] == [
        ("1.0", "MASK", (0, 1)),
        ("1.1", "length", (1, 8)),
    ]
    assert [one["reads"] for one in first["fields"]] == ["", "", "", "", "0x1, text"]
    edges = [one["bits"] for one in first["fields"]]
    assert all(a[1] == b[0] for a, b in itertools.pairwise(edges))
    assert fields.rows_of_bits(dissect(full_duplex())[0]) == []
