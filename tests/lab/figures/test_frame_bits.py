"""One frame bit by bit: the bits of the standard's examples, and what no wire would take."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from course_lib.errors import LocalError
from course_lib.lab import show
from course_lib.wire.websocket import frames
from course_lib.wire.websocket.frames import Frame, Opcode

KEY = bytes.fromhex("37fa213d")
HELLO = bytes.fromhex("818537fa213d7f9f4d5158")  # RFC 6455 §5.7


def test_the_masked_hello_of_the_standard() -> None:
    """Bits in their places, key, payload masked, the key under it, and what that gives."""
    assert repr(show.frame(HELLO)).split("\n") == [
        "text frame, masked, 11 bytes",
        "byte 0       1 . . . . . . .          FIN              1",
        "             . 0 . . . . . .          RSV1             0",
        "             . . 0 . . . . .          RSV2             0",
        "             . . . 0 . . . .          RSV3             0",
        "             . . . . 0 0 0 1          opcode           0x1, text",
        "byte 1       1 . . . . . . .          MASK             1",
        "             . 0 0 0 0 1 0 1          length           5",
        "bytes 2-5    37 fa 21 3d              masking key",
        "bytes 6-10   7f 9f 4d 51 58           masked payload",
        "             37 fa 21 3d 37           XOR key",
        '             48 65 6c 6c 6f           payload          "Hello"',
    ]


def test_a_hidden_key_hides_what_only_the_key_could_tell() -> None:
    """Neither the key nor the payload stands anywhere, the alternative text included."""
    shown = show.frame(HELLO, key_hidden=True)
    for text in (shown.text, shown.html):
        assert "7f 9f 4d 51 58" in text and "?? ?? ?? ??" in text
        assert not any(secret in text for secret in ("37 fa", "48 65", "Hello"))


def test_a_long_frame_shows_its_length_and_the_beginning_of_its_payload() -> None:
    """The bytes of the extended length and the number that they make."""
    text = repr(show.frame(frames.encode(Frame(Opcode.BINARY, bytes(256)))))
    assert "             . 1 1 1 1 1 1 0          length           126" in text
    assert "bytes 2-3    01 00                    extended length  256" in text
    assert text.endswith("…                                         and 240 more bytes")


REFUSED = {
    "reserved opcode": (b"\x83\x00", "refused: unknown opcode 0x3 (close code 1002)"),
    "reserved bit": (b"\xa1\x00", "refused: reserved bits are set (close code 1002)"),
    "fragmented ping": (
        b"\x09\x00",
        "refused: a control frame is long or fragmented (close code 1002)",
    ),
    "half a close code": (b"\x88\x01\x03", "half a close code"),
    "no second byte": (b"\x81", "not whole: more bytes of the header are to come"),
    "no whole key": (HELLO[:4], "not whole: more bytes of the header are to come"),
    "no whole payload": (HELLO[:9], "not whole: 2 more of the payload to come"),
    "more after it": (b"\x89\x00" + HELLO, "11 more bytes after this frame"),
}


@pytest.mark.parametrize(("data", "said"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_wrong_or_missing_is_said_below(data: bytes, said: str) -> None:
    """The bits are drawn all the same."""
    shown = show.frame(data)
    assert said in shown.text and said in shown.html
    assert shown.text.split("\n")[1].startswith("byte 0 ")


def test_no_byte_is_no_frame() -> None:
    """Our mistake, said at once."""
    with pytest.raises(LocalError, match="two bytes at least"):
        show.frame(b"")


class Cells(HTMLParser):
    """The columns that each row of the tables spans, and the alternative text."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[int] = []
        self.label = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        if tag == "figure":
            self.label = known["aria-label"] or ""
        elif tag == "tr":
            self.rows.append(0)
        elif tag in ("td", "th"):
            self.rows[-1] += int(known.get("colspan") or 1)


def test_the_table_has_sixteen_columns_and_words_for_who_cannot_see_it() -> None:
    """Names span as many columns as they have bits."""
    page = Cells()
    page.feed(show.frame(HELLO).html)
    assert page.rows[:4] == [17, 17, 17, 17]
    assert page.label.startswith("text frame, masked, 11 bytes: FIN 1; RSV1 0;")
    assert 'payload "Hello"' in page.label


def test_a_close_frame_says_its_code_and_as_much_of_its_reason_as_fits() -> None:
    """Or what is wrong with it."""
    reason = "the server is going down for an hour"
    for payload, said in (
        (b"\x03\xe8" + reason.encode(), '1000 "the server…"'),
        (b"\x03\xe8bye", '1000 "bye"'),
        (b"\x0c\x00\x80", "reason that is not UTF-8"),
    ):
        shown = show.frame(bytes([0x88, len(payload)]) + payload)
        assert said in shown.text
        assert max(len(line) for line in shown.text.split("\n")) <= 88


@given(st.binary(min_size=1, max_size=40), st.booleans())
@example(b"\x08\x04\x0c\x00\x80", False)
def test_any_bytes_are_drawn(data: bytes, hidden: bool) -> None:
    """Whatever comes first, bits are bits."""
    shown = show.frame(data, key_hidden=hidden)
    assert max(len(line) for line in shown.text.split("\n")) <= 88
    bits = "".join(
        line[13:28].replace(".", "").replace(" ", "") for line in shown.text.split("\n")[1:6]
    )
    assert bits == f"{data[0]:08b}"
