"""A recorded conversation becomes lines, and each line names its lessons."""

from __future__ import annotations

from itertools import pairwise

import pytest

from course_lib.lab import first_bytes
from course_lib.lab.recording import RECEIVED, SENT, Recording

UPGRADE = b"GET /socket.io/?EIO=4 HTTP/1.1\r\nUpgrade: websocket\r\nSec-WebSocket-Key: a\r\n\r\n"
SWITCH = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: b\r\n\r\n"
)


def masked(text: str, opcode: int = 1) -> bytes:
    """A client's frame."""
    payload, key = text.encode(), b"\x01\x02\x03\x04"
    data = bytes(byte ^ key[i % 4] for i, byte in enumerate(payload))
    size = [len(payload)] if len(payload) < 126 else [126, *len(payload).to_bytes(2, "big")]
    return bytes([0x80 | opcode, 0x80 | size[0], *size[1:]]) + key + data


def read(up: list[bytes], down: list[bytes]) -> first_bytes.Lines:
    """What a client wrote, and then what it read."""
    recording = Recording("a conversation")
    end = recording.open(0.0, "client", "127.0.0.1:1", "127.0.0.1:2")
    other = recording.open(0.0, "server", "127.0.0.1:2", "127.0.0.1:1")
    assert end is not None
    assert other is not None
    recording.add(0.0, other, RECEIVED, b"the other end says the same again")
    for kind, pieces in ((SENT, up), (RECEIVED, down)):
        for piece in pieces:
            recording.add(0.0, end, kind, piece)
    return first_bytes.lines(recording)


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
    [_, line] = read([UPGRADE, masked(text)], []).lines
    assert (line.direction, line.text, line.meaning) == ("▶", text, meaning)


def test_an_event_from_the_server_says_for_whom_it_is() -> None:
    """The bytes do not; the names of the chat do."""
    event = b'42["newMessage",{"text":"hi"}]'
    [_, line] = read([], [SWITCH + bytes([0x81, len(event)]) + event]).lines
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
    wire = UPGRADE + masked("2probe") + masked('42["say","' + "안" * 100 + '"]') + masked("", 8)
    whole = read([wire], []).lines
    assert len(whole) == 4
    for cut in range(1, len(wire)):
        assert read([wire[:cut], wire[cut:]], []).lines == whole


def test_what_is_not_complete_is_not_shown() -> None:
    """Half a head, half a body, half a frame: no line, and no error."""
    frame = masked("40")
    for length in (b"9", b"9" * 5_000):
        wire = b"POST / HTTP/1.1\r\nContent-Length: " + length + b"\r\n\r\nhalf"
        assert read([wire], []).lines == []
    assert read([UPGRADE[:-1]], []).lines == []
    for end in range(len(frame)):
        assert len(read([UPGRADE + frame[:end]], []).lines) == 1


def test_the_table_escapes_what_it_shows() -> None:
    """A chat's text cannot become markup in the notebook, and a long line is cut."""
    found = read([UPGRADE, masked('42["say","<i>' + "x" * 99 + '"]')], [])
    assert "<i>" not in found._repr_html_()
    assert len(found.lines[1].short) == first_bytes.LONGEST
    assert "09 event" in repr(found)
    assert all(a <= b for a, b in pairwise(found.lessons))
