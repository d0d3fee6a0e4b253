"""Recorded Engine.IO becomes packets, on both transports, in our own traffic and in others'."""

from __future__ import annotations

import asyncio
import gzip
from typing import Any

import pytest
import socketio
from hypothesis import example, given, settings
from hypothesis import strategies as st

from course_lib.engineio import Client, Server
from course_lib.lab import clock, inspector, proxy, sequence, tap
from course_lib.lab.apps import finished_chat
from course_lib.lab.dissect import dissect
from course_lib.lab.dissection import engineio
from course_lib.lab.dissection.messages import Message
from course_lib.lab.recording import Recording
from course_lib.wire.engineio.packet import Packet, Type
from course_lib.wire.websocket.frames import Frame, Opcode

from .test_dissect import DOWN, UP, Talk, assert_tiled
from .test_dissect_websocket import ASK, BINARY, CONT, SWITCH, TEXT, down, field, up, values

POLL = b"GET /engine.io/?EIO=4&transport=polling%b HTTP/1.1\r\nHost: a\r\n\r\n"
WRITE = (
    b"POST /engine.io/?EIO=4&transport=polling&sid=s HTTP/1.1\r\nHost: a\r\n"
    b"Content-Length: %d\r\n\r\n%b"
)
OPEN = b'{"sid":"s","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000}'
ASK_ENGINE = (ASK % b"").replace(b"/chat", b"/engine.io/?EIO=4&transport=websocket&sid=s")


def answer(body: bytes, status: bytes = b"200 OK", more: bytes = b"") -> bytes:
    """A response."""
    return b"HTTP/1.1 %b\r\n%bContent-Length: %d\r\n\r\n%b" % (status, more, len(body), body)


def write(body: bytes) -> bytes:
    """A request that carries packets."""
    return WRITE % (len(body), body)


def seen(talk: Talk) -> list[Message]:
    """The messages as packets."""
    return dissect(talk.recording, layer="engineio")


def websocket(*sent: Frame, way: str = DOWN) -> Talk:
    """A WebSocket of a session, and what came on it."""
    talk = Talk().say(UP, ASK_ENGINE).say(DOWN, SWITCH % b"")
    return talk.say(way, *((up if way == UP else down)(one) for one in sent))


# --- by polling


def test_a_payload_is_cut_into_packets_with_their_bytes() -> None:
    """Type, data, separators; bytes are shown decoded."""
    talk = Talk().say(UP, POLL % b"&sid=s").say(DOWN, answer(b"4hi\x1e2\x1ebAQID"))
    message = talk.messages[1]
    assert (message.layer, message.title) == ("http", "200 OK")
    body = message.fields[-1]
    assert [(one.name, one.value, message.data[one.start : one.stop]) for one in body.children] == [
        ("packet message", "4hi", b"4hi"),
        ("separator", "1e", b"\x1e"),
        ("packet ping", "2", b"2"),
        ("separator", "1e", b"\x1e"),
        ("packet message", "bAQID", b"bAQID"),
    ]
    assert [(one.name, one.value) for one in body.children[0].children] == [
        ("type", "4"),
        ("data", "hi"),
    ]
    assert [(one.name, one.value) for one in body.children[4].children] == [
        ("type", "b"),
        ("data", "01 02 03"),
    ]
    assert all(one.layer == "engineio" and one.meaning for one in body.children)
    assert_tiled(message)
    (_, packets) = seen(talk)
    assert packets.title == "4hi · 2 · (3 bytes)"
    assert engineio.packets(packets) == [
        Packet(Type.MESSAGE, "hi"),
        Packet(Type.PING),
        Packet(Type.MESSAGE, b"\x01\x02\x03"),
    ]


def test_the_handshake_shows_the_members_of_its_json() -> None:
    """Each has its bytes; a name that is not of the protocol is said to be so."""
    told = OPEN[:-1] + ', "안녕":1}'.encode()
    talk = Talk().say(UP, POLL % b"").say(DOWN, answer(b"0" + told + b"\x1e4welcome"))
    message = talk.messages[1]
    assert field(message, "sid").value == '"s"'
    assert field(message, "pingInterval").value == "25000"
    assert field(message, "upgrades").value == '["websocket"]'
    other = field(message, "안녕")
    assert message.data[other.start : other.stop] == '"안녕":1'.encode()
    assert "Not one of" in other.meaning
    assert_tiled(message)
    assert [one.title for one in seen(talk)] == ["GET, no sid", "0{…} · 4welcome"]
    (session,) = engineio.sessions(dissect(talk.recording)).values()
    assert session.handshake is not None
    assert (session.sid, session.handshake.ping_interval, len(session.messages)) == ("s", 25, 2)


def test_a_post_its_answer_and_a_refusal_have_titles() -> None:
    """The body of a POST is a payload; "ok" is not, and neither is a refusal."""
    talk = Talk().say(UP, write(b"4one\x1e4two")).say(DOWN, answer(b"ok"))
    refusal = b'{"code":1,"message":"Session ID unknown"}'
    talk.say(UP, POLL % b"&sid=x").say(DOWN, answer(refusal, b"400 Bad Request"))
    assert [(one.look, one.title) for one in seen(talk)] == [
        ("engineio polling", "4one · 4two"),
        ("engineio polling", "ok"),
        ("engineio polling", "GET"),
        ("engineio polling", "400 Session ID unknown"),
    ]
    assert engineio.packets(talk.messages[1]) == engineio.packets(talk.messages[3]) == []
    assert field(talk.messages[3], "message").value == '"Session ID unknown"'
    for one in talk.messages:
        assert_tiled(one)


def test_what_is_no_packet_is_named() -> None:
    """The packets before it are read, the rest is not, as on the wire."""
    talk = Talk().say(UP, write(b"4one\x1e9\x1e4two")).say(DOWN, answer(b"ok"))
    assert seen(talk)[0].title == "4one · no packet"
    assert [one.name for one in talk.messages[0].fields[-1].children][2] == "no packet"
    assert len(engineio.packets(talk.messages[0])) == 1


def test_many_packets_have_a_short_title() -> None:
    """Four are named, the others are counted."""
    talk = Talk().say(UP, write(b"\x1e".join(b"4%d" % n for n in range(9))))
    assert seen(talk)[0].title == "40 · 41 · 42 · 43 · and 5 more"
    long = Talk().say(UP, write(b"4" + b"x" * 999))
    assert len(seen(long)[0].title) < 40


def test_a_compressed_body_is_not_taken_for_packets() -> None:
    """It is what it is; no field claims its bytes."""
    packed = gzip.compress(b"4" + b"hello" * 300, mtime=0)
    talk = Talk().say(UP, POLL % b"&sid=s")
    talk.say(DOWN, answer(packed, more=b"Content-Encoding: gzip\r\n"))
    assert seen(talk)[1].title == "compressed packets"
    assert talk.messages[1].fields[-1].children == []


def test_http_of_others_is_left_alone() -> None:
    """Without EIO=4 in the query a body is a body."""
    get = b"GET /poll?EIO=3 HTTP/1.1\r\nHost: a\r\n\r\n"
    talk = Talk().say(UP, get).say(DOWN, answer(b"4hi"))
    assert seen(talk) == []
    assert talk.messages[1].fields[-1].children == []
    assert [one.layer for one in engineio.seen(talk.messages)] == ["http", "http"]


# --- by WebSocket


def test_a_websocket_message_of_a_session_is_one_packet() -> None:
    """Its fields are inside of those of the frame; masked ones, too."""
    talk = websocket(Frame(TEXT, b"2probe"), way=UP)
    (frame,) = talk.messages[2:]
    assert values(frame)[-4:] == [
        ("text", "2probe"),
        ("packet ping", "2probe"),
        ("type", "2"),
        ("data", "probe"),
    ]
    assert_tiled(frame)
    assert [(one.look, one.title, one.number) for one in seen(talk)] == [
        ("engineio websocket", "GET, upgrade", 1),
        ("engineio websocket", "101, a WebSocket", 2),
        ("engineio websocket", "2probe", 3),
    ]


def test_a_binary_message_has_no_digit() -> None:
    """It is a message of the application, whatever its first byte is."""
    talk = websocket(Frame(BINARY, b"4\x00"))
    assert seen(talk)[2].title == "(2 bytes)"
    assert engineio.packets(talk.messages[2]) == [Packet(Type.MESSAGE, b"4\x00")]
    assert field(talk.messages[2], "packet message").value == "34 00"


def test_fragments_and_control_frames_are_no_packets() -> None:
    """The last fragment has the packet; a ping of WebSocket is none of Engine.IO."""
    talk = websocket(Frame(TEXT, b"4he", fin=False), Frame(Opcode.PING, b"2"), Frame(CONT, b"llo"))
    assert [one.title for one in seen(talk)[2:]] == ["4hello"]
    assert [one.number for one in seen(talk)[2:]] == [5]


def test_a_websocket_of_another_program_has_no_packets() -> None:
    """The handshake decides."""
    talk = Talk().say(UP, ASK % b"").say(DOWN, SWITCH % b"").say(DOWN, down(Frame(TEXT, b"2probe")))
    assert seen(talk) == []
    assert values(talk.messages[2])[-1] == ("text", "2probe")


@settings(deadline=None, max_examples=200)
@given(st.binary(max_size=60), st.sampled_from([UP, DOWN]))
@example(b"\x1e\x1e", UP)
@example(b'0{"a":{},"\\ud800":[1 , 2]}', DOWN)
@example(b"0{ }", DOWN)
@example(b'0\xef\xbb\xbf{"a":1}', DOWN)
@example(b'0{\x00"\x00a\x00"\x00:\x001\x00}\x00', DOWN)
@example(b"b====", UP)
def test_any_body_is_tiled_and_no_body_is_an_error(body: bytes, way: str) -> None:
    """Titles, fields, sessions: of whatever a peer sends."""
    polled = Talk().say(UP, write(body) if way == UP else POLL % b"&sid=s")
    polled.say(DOWN, answer(b"ok" if way == UP else body))
    refused = Talk().say(UP, POLL % b"").say(DOWN, answer(body, b"400 Bad Request"))
    framed = websocket(Frame(BINARY, body), way=way)
    if _is_text(body):
        framed.say(way, (up if way == UP else down)(Frame(TEXT, body)))
    for talk in (polled, refused, framed):
        for message in talk.messages:
            assert_tiled(message)
        assert len(seen(talk)) == len(talk.messages)
        engineio.sessions(dissect(talk.recording))


def _is_text(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


# --- real conversations


async def chatting(**options: Any) -> Recording:
    """Our server says three words to each word of our client."""
    server = Server(ping_interval=0.4)

    @server.on("connection")
    def opened(session: Any) -> None:
        session.on("message", lambda word: [session.send(f"{word} {n}") for n in (1, 2, 3)])

    with tap.Tap() as recording:
        async with (
            server.listen() as port,
            proxy.Proxy(port, rtt=0.1) as link,
            Client(link.url, **options) as client,
        ):
            await asyncio.sleep(0.3)
            client.send("hi")
            await asyncio.sleep(0.5)
    return recording


def test_a_conversation_by_polling_is_drawn_packet_by_packet() -> None:
    """An arrow for each payload; the GET that waits is held until there is news."""
    recording = clock.simulate(chatting(transports=["polling"]))
    diagram = sequence.of(recording, layers=["engineio"])
    titles = [arrow.message.title for arrow in diagram.arrows]
    assert titles[:3] == ["GET, no sid", "0{…}", "GET"]
    assert "4hi 1 · 4hi 2 · 4hi 3" in titles and "2" in titles and "3" in titles
    assert diagram.layers == ["engineio"]
    held = {
        (hold.question.title, hold.answer.title if hold.answer else None): hold.stop - hold.start
        for hold in diagram.holds
        if hold.stop is not None
    }
    assert held[("GET", "2")] == pytest.approx(0.3)  # a ping ended it
    assert all(question == "GET" for question, _ in held)
    words = sequence.listing(recording, layers=["engineio"]).text
    assert "server to client 1: 4hi 1 · 4hi 2 · 4hi 3 (engineio polling" in words
    plot = sequence.plot(recording, layers=["engineio"], stop=1.0)
    assert "engineio polling" in plot.alt and plot.png.startswith(b"\x89PNG")


def test_an_upgrade_is_one_session_on_both_transports() -> None:
    """The packets of the probe stand among those of polling."""
    recording = clock.simulate(chatting())
    found = dissect(recording, layer="engineio")
    titles = [one.title for one in found if one.kind == "websocket"]
    assert titles[:5] == ["GET, upgrade", "101, a WebSocket", "2probe", "3probe", "5"]
    (session,) = engineio.sessions(dissect(recording)).values()
    assert {one.kind for one in session.messages} == {"polling", "websocket"}
    assert len(session.messages) == len(found)


def test_without_its_layer_a_recording_is_shown_as_before() -> None:
    """The same messages, once, as HTTP and frames."""
    recording = clock.simulate(chatting())
    plain = sequence.of(recording)
    assert set(plain.layers) == {"http", "websocket"}
    both = sequence.of(recording, layers=["http", "websocket", "engineio"])
    numbers = [[one.message.number for one in found.arrows] for found in (plain, both)]
    assert numbers[0] == numbers[1]


async def test_the_finished_chat_speaks_it_too() -> None:
    """python-socketio at both ends: polling, the probe, and Socket.IO inside of messages."""
    with tap.Tap() as recording:
        async with finished_chat.Server() as chat:
            client = socketio.AsyncClient(handle_sigint=False)
            await client.connect(chat.url)
            await client.call("create", ("lobby", "Mina"))
            await client.disconnect()
    titles = [one.title for one in dissect(recording, layer="engineio")]
    assert {"GET, no sid", "2probe", "3probe", "5"} <= set(titles)
    assert any(title.startswith("42") for title in titles)
    view = inspector.show(recording)
    number = next(one.number for one in view.messages if engineio.packets(one))
    view.select_message(number)
    assert "Engine.IO: " in view.explanation
    view.select_field("type")
    assert view.field is not None and view.field.layer == "engineio"
    for one in view.messages:
        assert_tiled(one)
