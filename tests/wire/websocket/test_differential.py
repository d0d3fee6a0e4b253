"""The same frames to three servers: ours, that of `websockets`, and that of `wsproto`."""

from __future__ import annotations

import itertools

import websockets.frames
import websockets.protocol
import wsproto.connection
import wsproto.events
import wsproto.utilities
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib.wire.websocket import frames
from course_lib.wire.websocket.closing import Closed
from course_lib.wire.websocket.connection import Connection
from course_lib.wire.websocket.frames import Frame, Opcode

Heard = tuple[list[str | bytes], bytes, int | None]  # messages, the pongs' payloads, the end


def ours(data: bytes, sizes: list[int]) -> Heard:
    connection = Connection(now=0.0)
    heard: list[str | bytes] = []
    end = None
    for chunk in chunks(data, sizes):
        connection.receive(chunk, 0.0)
        for event in connection.events():
            if isinstance(event, Closed):
                end = event.code
            else:
                heard.append(event)
    return heard, pongs(connection.data_to_send()), end


def by_websockets(data: bytes, sizes: list[int]) -> Heard:
    connection = websockets.protocol.Protocol(websockets.protocol.Side.SERVER)
    heard: list[str | bytes] = []
    parts: list[bytes] = []
    text = False
    for chunk in chunks(data, sizes):
        connection.receive_data(chunk)
        for frame in connection.events_received():
            if frame.opcode in (1, 2):
                text, parts = frame.opcode == 1, []
            if frame.opcode <= 2:
                parts.append(frame.data)
                if frame.fin:
                    whole = b"".join(parts)
                    heard.append(whole.decode() if text else whole)
    end = connection.close_rcvd or connection.close_sent
    sent = b"".join(connection.data_to_send())
    return heard, pongs(sent), None if end is None else int(end.code)


def by_wsproto(data: bytes, sizes: list[int]) -> Heard:
    connection = wsproto.connection.Connection(wsproto.connection.ConnectionType.SERVER)
    heard: list[str | bytes] = []
    parts: list[str] | list[bytes] = []
    answers, end = b"", None
    for chunk in chunks(data, sizes):
        if end is not None:
            break
        try:
            connection.receive_data(chunk)
            for event in connection.events():
                if isinstance(event, wsproto.events.Message):
                    parts.append(event.data)
                    if event.message_finished:
                        heard.append(type(event.data)().join(parts))
                        parts = []
                elif isinstance(event, wsproto.events.Ping):
                    answers += connection.send(event.response())
                elif isinstance(event, wsproto.events.CloseConnection):
                    end = int(event.code)
                    break
        except wsproto.utilities.RemoteProtocolError as error:
            end = int(error.event_hint.code)
    return heard, pongs(answers), end


def chunks(data: bytes, sizes: list[int]) -> list[bytes]:
    found, at, turn = [], 0, 0
    while at < len(data):
        size = sizes[turn % len(sizes)]
        found.append(data[at : at + size])
        at, turn = at + size, turn + 1
    return found


def pongs(sent: bytes) -> bytes:
    found, at = b"", 0
    while at < len(sent):
        frame, at = frames.cut(sent, at, masked=False)
        if frame.opcode is Opcode.PONG:
            found += frame.payload + b"|"
    return found


keys = st.binary(min_size=4, max_size=4)
texts = st.text(max_size=60).map(str.encode)
whole = st.builds(Frame, st.just(Opcode.TEXT), texts) | st.builds(
    Frame, st.just(Opcode.BINARY), st.binary(max_size=150)
)
ping = st.builds(Frame, st.sampled_from([Opcode.PING, Opcode.PONG]), st.binary(max_size=125))
codes = st.sampled_from([1000, 1001, 1002, 1003, 1007, 1011, 3000, 4999, 999, 1005, 1006, 5000])
close_payloads = st.just(b"") | codes.map(lambda code: code.to_bytes(2, "big") + b"why")
close = st.builds(Frame, st.just(Opcode.CLOSE), close_payloads)


@st.composite
def fragmented(draw) -> list[Frame]:
    """A message in pieces, cut anywhere, with pings between."""
    frame = draw(whole)
    cuts = sorted(draw(st.lists(st.integers(0, len(frame.payload)), min_size=1, max_size=4)))
    ends = [0, *cuts, len(frame.payload)]
    parts: list[Frame] = []
    for number, (start, stop) in enumerate(itertools.pairwise(ends)):
        opcode = frame.opcode if number == 0 else Opcode.CONT
        parts.append(Frame(opcode, frame.payload[start:stop], number == len(ends) - 2))
        if number < len(ends) - 2 and draw(st.booleans()):
            parts.append(draw(ping))
    return parts


legal = st.lists(whole.map(lambda f: [f]) | ping.map(lambda f: [f]) | fragmented(), max_size=6)
anything = st.builds(
    Frame, st.sampled_from([Opcode.CONT, Opcode.TEXT, Opcode.BINARY]), texts, st.booleans()
)
wrong = st.lists(anything | ping | close, max_size=4)
sizes = st.lists(st.integers(1, 60), min_size=1, max_size=5)


@given(legal, wrong, keys, sizes, st.booleans())
@settings(max_examples=200)
def test_three_servers_hear_the_same(good, bad, key, sizes, spoil):
    """Legal frames, then frames in any order, in any chunking: messages, pongs, and the code."""
    sent = [frame for group in good for frame in group] + bad
    data = b"".join(frames.encode(frame, key) for frame in sent)
    if spoil:
        data += b"\x83\x80abcd"
    answer = ours(data, sizes)
    assert answer == by_wsproto(data, sizes)
    assert answer == by_websockets(data, sizes)


@given(st.binary(max_size=30), st.integers(0, 30), keys, sizes)
@settings(max_examples=200)
def test_wsproto_and_we_agree_on_what_is_utf_8(payload, at, key, sizes):
    """Bytes of chance as text, in one frame and in two."""
    first, second = Frame(Opcode.TEXT, payload[:at], False), Frame(Opcode.CONT, payload[at:])
    for sent in ([Frame(Opcode.TEXT, payload)], [first, second]):
        data = b"".join(frames.encode(frame, key) for frame in sent)
        assert ours(data, sizes) == by_wsproto(data, sizes)
