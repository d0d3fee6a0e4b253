"""A recorded conversation becomes lines, and each line names its lessons."""

from __future__ import annotations

from itertools import pairwise

import pytest

from course_lib.lab import first_bytes
from course_lib.lab.recording import RECEIVED, SENT, Recording

UPGRADE = (
    b"GET /socket.io/?EIO=4 HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
SWITCH = (
    b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
)


def masked(text: str, opcode: int = 1) -> bytes:
    """A client's frame."""
    payload, key = text.encode(), b"\x01\x02\x03\x04"
    data = bytes(byte ^ key[i % 4] for i, byte in enumerate(payload))
    size = [len(payload)] if len(payload) < 126 else [126, *len(payload).to_bytes(2, "big")]
    return bytes([0x80 | opcode, 0x80 | size[0], *size[1:]]) + key + data


def read(up: list[bytes], down: list[bytes], *, theirs: bool = True) -> first_bytes.Lines:
    """What a client wrote and read, in turns; without `theirs` only the server's end is known."""
    recording = Recording("a conversation")
    role = "client" if theirs else "server"
    end = recording.open(0.0, role, "127.0.0.1:1", "127.0.0.1:2")
    assert end is not None
    ways = [(SENT, up), (RECEIVED, down)] if theirs else [(RECEIVED, up), (SENT, down)]
    for turn in range(max(len(up), len(down))):
        for place, (kind, pieces) in enumerate(ways):
            if turn < len(pieces):
                recording.add(2.0 * turn + place, end, kind, pieces[turn])
    return first_bytes.lines(recording)


def framed(*up: bytes, down: bytes = b"") -> list[first_bytes.Line]:
    """The lines of a WebSocket after its handshake."""
    found = read([UPGRADE, *up], [SWITCH, *([down] if down else [])]).lines
    assert [line.text for line in found[:2]] == [
        "GET /socket.io/?EIO=4 HTTP/1.1",
        "HTTP/1.1 101 Switching Protocols",
    ]
    return found[2:]


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("2", "04 frame · 07 heartbeat"),
        ("3probe", "04 frame · 08 upgrade"),
        ("5", "04 frame · 08 upgrade"),
        ("40", "04 frame · 07 message · 09 join"),
        ('40{"sid":"a"}', "04 frame · 07 message · 09 join"),
        ('42["say","안녕"]', "04 frame · 07 message · 09 event"),
        ('427["say","안녕"]', "04 frame · 07 message · 09 event · 10 ack wanted"),
        ('437["ok"]', "04 frame · 07 message · 10 ack"),
        ('42["notice","2 here"]', "04 frame · 07 message · 09 event"),
    ],
)
def test_a_packet_names_the_lessons_of_its_layers(text: str, meaning: str) -> None:
    """From the frame up to what the event asks for."""
    [line] = framed(masked(text))
    assert (line.direction, line.text, line.meaning) == ("▶", text, meaning)


def test_an_event_from_the_server_says_for_whom_it_is() -> None:
    """The bytes do not; the names of the chat do."""
    event = b'42["newMessage",{"text":"hi"}]'
    [line] = framed(down=bytes([0x81, len(event)]) + event)
    assert line.meaning == "04 frame · 07 message · 09 event · 11 to room"
    assert line.frame == f"81 {len(event):02x}"


def test_polling_bodies_are_cut_into_their_packets() -> None:
    """A head is a line, and each packet of its body is one; the cache-buster is left out."""
    body = b"2\x1e40"
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
    found = read([b"GET /socket.io/?EIO=4&t=12.5 HTTP/1.1\r\nHost: a\r\n\r\n"], [answer])
    assert [line.text for line in found.lines] == [
        "GET /socket.io/?EIO=4 HTTP/1.1",
        "HTTP/1.1 200 OK",
        "2",
        "40",
    ]
    assert found.lessons == ["01", "07", "09"]


def test_the_pieces_in_which_bytes_came_do_not_matter() -> None:
    """Cut anywhere, the lines are the same; the last frame here has a long length."""
    wire = masked("2probe") + masked('42["say","' + "안" * 100 + '"]') + masked("", 8)
    whole = framed(wire)
    assert [line.frame for line in whole] == ["81 86", "81 fe 01 38", "88 80"]
    for cut in range(1, len(wire)):
        assert framed(wire[:cut], wire[cut:]) == whole


def test_what_is_not_complete_is_not_shown() -> None:
    """Half a head, half a body, half a frame: no line, and no error."""
    frame = masked("40")
    for length in (b"9", b"9" * 5_000):
        wire = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + length + b"\r\n\r\nhalf"
        assert read([wire], []).lines == []
    assert read([UPGRADE[:-1]], []).lines == []
    for end in range(len(frame)):
        assert framed(frame[:end]) == []


def test_a_conversation_that_only_the_server_recorded_has_no_lines() -> None:
    """What a client wrote and read is known at its own end."""
    assert read([UPGRADE], [SWITCH], theirs=False).lines == []


def test_the_table_escapes_what_it_shows() -> None:
    """A chat's text cannot become markup in the notebook, and a long line is cut."""
    found = read([UPGRADE, masked('42["say","<i>' + "x" * 99 + '"]')], [SWITCH])
    assert "<i>" not in found._repr_html_()
    assert len(found.lines[2].short) == first_bytes.LONGEST
    assert "09 event" in repr(found)
    assert all(a <= b for a, b in pairwise(found.lessons))
