"""Recorded WebSocket becomes frames and messages, with the verdicts of the wire, in any cut."""

from __future__ import annotations

import itertools
import tracemalloc
import zlib
from collections.abc import Sequence

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from course_lib.errors import RemoteError
from course_lib.lab.dissect import Dissection, dissect
from course_lib.lab.dissection import frame_fields, websocket_fields, websocket_parts
from course_lib.lab.dissection.messages import Field, Message
from course_lib.wire.websocket import closing, deflate, frames
from course_lib.wire.websocket import connection as websocket
from course_lib.wire.websocket.frames import Frame, Opcode

from .test_dissect import DOWN, UP, Talk, assert_tiled, cut, titles, tree

KEY = bytes.fromhex("37fa213d")
TEXT, BINARY, CONT = Opcode.TEXT, Opcode.BINARY, Opcode.CONT
PING, PONG, CLOSE = Opcode.PING, Opcode.PONG, Opcode.CLOSE
ASK = (
    b"GET /chat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n%b\r\n"
)
SWITCH = (
    b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n%b\r\n"
)
DEFLATE = b"Sec-WebSocket-Extensions: permessage-deflate%b\r\n"


def talk(ask: bytes = b"", switch: bytes = b"") -> Talk:
    """A conversation after its handshake, which has these header lines more."""
    return Talk().say(UP, ASK % ask).say(DOWN, SWITCH % switch)


def up(*sent: Frame) -> bytes:
    """What a client sends."""
    return b"".join(frames.encode(one, KEY) for one in sent)


def down(*sent: Frame) -> bytes:
    """What a server sends."""
    return b"".join(frames.encode(one) for one in sent)


def said(conversation: Talk) -> list[Message]:
    """The frames of a conversation, without its handshake."""
    return conversation.messages[2:]


def field(message: Message, name: str) -> Field:
    """The first field of this name, however deep."""
    return next(one for top in message.fields for one in top.walk() if one.name == name)


def values(message: Message) -> list[tuple[str, str]]:
    """Name and value of all fields."""
    return [(one.name, one.value) for top in message.fields for one in top.walk()]


# --- the examples of the standard, §5.7


def test_an_unmasked_text_of_the_standard_is_taken_apart() -> None:
    """Two bytes of bits, then the payload."""
    (hello,) = said(talk().say(DOWN, bytes.fromhex("810548656c6c6f")))
    assert (hello.title, hello.look, hello.state) == ('text "Hello"', "websocket text", "whole")
    assert values(hello) == [
        ("first byte", "1000 0001"),
        ("FIN", "1"),
        ("RSV1", "0"),
        ("RSV2", "0"),
        ("RSV3", "0"),
        ("opcode", "0001 = 0x1, text"),
        ("second byte", "0000 0101"),
        ("MASK", "0"),
        ("length", "0000101 = 5"),
        ("payload", "48 65 6c 6c 6f"),
        ("text", "Hello"),
    ]
    assert field(hello, "opcode").place == "byte 0, bits 4 to 7"
    assert field(hello, "MASK").place == "byte 1, bit 0"
    assert hello.value.whole.data == "Hello"
    assert all(one.meaning and one.spec for top in hello.fields for one in top.walk())
    assert_tiled(hello)


def test_a_masked_text_of_the_standard_is_shown_masked_and_unmasked() -> None:
    """The key, the bytes as they travel, and what they are; byte for byte, too."""
    (hello,) = said(talk().say(UP, bytes.fromhex("818537fa213d7f9f4d5158")))
    assert hello.title == 'text "Hello"'
    assert values(hello)[6:] == [
        ("second byte", "1000 0101"),
        ("MASK", "1"),
        ("length", "0000101 = 5"),
        ("masking key", "37 fa 21 3d"),
        ("masked payload", "7f 9f 4d 51 58"),
        ("unmasked", "48 65 6c 6c 6f"),
        ("text", "Hello"),
    ]
    octet = field(hello, "unmasked").octet
    assert octet is not None
    assert octet(10) == 'XOR byte 0 of the key, 37, it is 6f, "o"'
    assert_tiled(hello)


def test_fragments_of_the_standard_are_one_message() -> None:
    """Each frame is told which part it is; the text stands at the last."""
    first, last = said(talk().say(DOWN, bytes.fromhex("010348656c"), bytes.fromhex("80026c6f")))
    assert [first.title, last.title] == ["text 1/2", 'text 2/2 "Hello"']
    assert first.parts == last.parts == [first, last]
    assert (first.kind, last.kind) == ("text", "text")
    assert first.value.whole is last.value.whole
    assert [one for one in values(last) if one[0] in ("part 2 of 2", "text")] == [
        ("part 2 of 2", "lo"),
        ("text", "Hello"),
    ]
    assert field(first, "FIN").meaning == "More frames of this message follow."


def test_ping_and_pong_of_the_standard_belong_together() -> None:
    """An unmasked ping and its masked pong, both with "Hello"."""
    ping, pong = said(
        talk()
        .say(DOWN, bytes.fromhex("890548656c6c6f"))
        .say(UP, bytes.fromhex("8a8537fa213d7f9f4d5158"))
    )
    assert (ping.title, pong.title, ping.kind) == ('ping "Hello"', 'pong "Hello"', "control")
    assert pong.answers is ping
    assert field(pong, "pong payload").meaning == "The bytes of the ping that it answers."


@pytest.mark.parametrize(("head", "size"), [("827e0100", 256), ("827f0000000000010000", 65536)])
def test_long_frames_of_the_standard_have_an_extended_length(head: str, size: int) -> None:
    """In 2 and in 8 bytes."""
    (long,) = said(talk().say(DOWN, bytes.fromhex(head) + bytes(size)))
    extended = field(long, "extended length")
    assert (extended.value, extended.start, extended.stop) == (f"{size}", 2, len(head) // 2)
    assert (long.title, long.look) == (f"binary, {size:,} bytes", "websocket binary")
    assert_tiled(long)


# --- messages


def test_text_is_read_when_it_is_whole() -> None:
    """A character that is cut in two between a ping and its pong is no mistake."""
    octets = "안".encode()
    half, ping, pong, rest = said(
        talk()
        .say(UP, up(Frame(TEXT, octets[:2], fin=False), Frame(PING, b"1")))
        .say(DOWN, down(Frame(PONG, b"1")))
        .say(UP, up(Frame(CONT, octets[2:])))
    )
    assert field(half, "part 1 of 2").value == "ec 95"
    assert (rest.title, rest.value.whole.data) == ('text 2/2 "안"', "안")
    assert pong.answers is ping
    assert rest.parts == [half, rest]


def test_while_a_message_is_under_way_nobody_knows_how_many_parts_it_has() -> None:
    """The titles of the earlier parts change when the last has come; they stay the same objects."""
    growing = talk().say(UP, up(Frame(TEXT, b"a", fin=False), Frame(CONT, b"b", fin=False)))
    dissection = Dissection(growing.recording)
    before = dissection.messages()[2:]
    assert [one.title for one in before] == ["text 1/?", "text 2/?"]
    assert field(before[0], "part 1").value == "a"
    growing.say(UP, up(Frame(CONT, b"c")))
    after = dissection.messages()[2:]
    assert [one.title for one in after] == [
        "text 1/3",
        "text 2/3",
        'text 3/3 "abc"',
    ]
    assert after[0] is before[0] and field(after[0], "part 1 of 3").value == "a"


def test_a_message_whose_end_never_comes_says_so() -> None:
    """The frames are whole, the message is not."""
    conversation = talk().say(UP, up(Frame(BINARY, b"a", fin=False)))
    conversation.close(conversation.client)
    (part,) = said(conversation)
    assert part.note == "incomplete: the connection ended before the last frame"
    assert part.value.whole.data is None


@pytest.mark.parametrize(
    ("size", "note"),
    [
        (1, "incomplete: waits for the rest of its header"),
        (5, "incomplete: waits for the rest of its header"),
        (6, "incomplete: waits for 5 more bytes of 5 in its payload"),
        (10, "incomplete: waits for 1 more byte of 5 in its payload"),
    ],
)
def test_a_frame_that_is_not_whole_says_what_it_waits_for(size: int, note: str) -> None:
    """What is there has its fields; at the end of the connection it says that it ended."""
    conversation = talk().say(UP, bytes.fromhex("818537fa213d7f9f4d5158")[:size])
    (part,) = said(conversation)
    assert (part.title, part.state, part.note) == ("text frame", "incomplete", note)
    assert_tiled(part)
    conversation.close(conversation.client)
    assert said(conversation)[0].note == "incomplete: the connection ended before the whole frame"


# --- control frames


def test_a_pong_answers_the_ping_with_its_payload_and_those_before() -> None:
    """Two pings, an answer to the second; then pongs that nobody asked for."""
    _, two, pong, late, own = said(
        talk()
        .say(DOWN, down(Frame(PING, b"1"), Frame(PING, b"2")))
        .say(UP, up(Frame(PONG, b"2"), Frame(PONG, b"1"), Frame(PONG, b"3")))
    )
    assert pong.answers is two
    assert (late.answers, own.answers) == (None, None)
    assert field(own, "pong payload").meaning == "No ping asked for it, so it means nothing."


def test_pings_without_payload_are_answered_in_turn() -> None:
    """As aiohttp sends them."""
    conversation = talk()
    for _ in range(3):
        conversation.say(DOWN, down(Frame(PING))).say(UP, up(Frame(PONG)))
    found = said(conversation)
    assert [one.title for one in found] == ["ping", "pong"] * 3
    assert [pong.answers is ping for ping, pong in zip(found[::2], found[1::2], strict=True)] == [
        True
    ] * 3


def test_a_goodbye_has_a_code_and_a_reason_and_an_answer() -> None:
    """The second Close answers the first; an empty one has no code."""
    bye = Frame(CLOSE, closing.encode(4001, "안녕"))
    first, answer = said(talk().say(UP, up(bye)).say(DOWN, down(Frame(CLOSE))))
    assert (first.title, answer.title) == ('close 4001 "안녕"', "close, no code")
    assert answer.answers is first and first.answers is None
    code, reason = field(first, "close code"), field(first, "reason")
    assert (code.value, code.meaning) == ("4001", "Why it ends: the application's own.")
    assert (reason.value, reason.start) == ("안녕", code.stop)
    assert_tiled(first)


def test_what_comes_behind_a_goodbye_is_not_read() -> None:
    """§5.5.1: an endpoint must not send more."""
    bye, rest = said(talk().say(UP, up(Frame(CLOSE, b"\x03\xe8"), Frame(TEXT, b"x"))))
    assert (bye.title, rest.state) == ("close 1000", "incomplete")
    assert rest.note == "not read: it comes after the Close frame"
    assert_tiled(rest)


# --- broken peers

BROKEN: dict[str, tuple[str, bytes]] = {
    "not masked": (UP, down(Frame(TEXT, b"hi"))),
    "masked by a server": (DOWN, up(Frame(TEXT, b"hi"))),
    "reserved opcode": (DOWN, b"\x83\x00"),
    "reserved control opcode": (DOWN, b"\x8b\x00"),
    "RSV1 without an extension": (DOWN, b"\xc1\x00"),
    "RSV2": (DOWN, b"\xa1\x00"),
    "a fragmented ping": (DOWN, b"\x09\x00"),
    "a long ping": (DOWN, b"\x89\x7e\x00\x7e" + bytes(126)),
    "a length in too many bytes": (DOWN, b"\x81\x7e\x00\x05Hello"),
    "a length of 2 ** 64 - 1": (DOWN, b"\x82\x7f" + b"\xff" * 8),
    "a continuation of nothing": (DOWN, b"\x80\x00"),
    "a message within a message": (DOWN, b"\x01\x01a\x01\x01b"),
    "half a close code": (DOWN, b"\x88\x01\x03"),
    "a close code of nobody": (DOWN, b"\x88\x02\x03\xed"),
    "a close reason that is not UTF-8": (DOWN, b"\x88\x03\x03\xe8\xff"),
    "text that is not UTF-8": (DOWN, b"\x81\x01\xff"),
    "text that ends in half a character": (DOWN, b"\x81\x02\xec\x95"),
    "a surrogate": (DOWN, b"\x01\x02\xed\xa0"),
    "not UTF-8 in a frame that is not whole": (DOWN, b"\x81\x0aab\xff"),
}


def verdict(direction: str, data: bytes) -> websocket.Closed | None:
    """What our own end says to these bytes: how it closes, if it does."""
    far = 1 << 62
    keys = (lambda: KEY) if direction == DOWN else None
    end = websocket.Connection(keys, now=0.0, max_payload=far, max_fragments=far)
    end.receive(data, 0.0)
    return end.closed


@pytest.mark.parametrize(("direction", "data"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_peer_is_refused_with_the_words_of_the_wire(direction: str, data: bytes) -> None:
    """The same error, the same close code; all that follows is in the refused message."""
    end = verdict(direction, data)
    assert end is not None and not end.clean
    found = said(talk().say(direction, data, b"more"))
    refused = found[-1]
    assert refused.state == "refused"
    # Our end says it with up to 123 bytes, and with words of zlib and Python behind a colon.
    assert refused.note.startswith(f"refused: {end.reason.partition(':')[0]}")
    assert refused.note.endswith(f"(close code {end.code})")
    assert b"".join(one.data for one in found) == data + b"more"
    for one in found:
        assert_tiled(one)


def test_a_refused_frame_shows_its_bits() -> None:
    """Whoever set them wants to see them; what stands behind the frame is not read."""
    (refused,) = said(talk().say(DOWN, b"\xb3\x02hi" + b"\x81\x00"))
    assert refused.title == "reserved frame"
    assert field(refused, "RSV2").value == field(refused, "RSV3").value == "1"
    assert field(refused, "opcode").meaning == "Reserved: nobody has said what it means."
    rest = refused.fields[-1]
    assert (rest.name, rest.start, rest.stop) == ("not read", 4, 6)


def test_a_close_code_that_nobody_may_send_is_named_at_its_bytes() -> None:
    """1005 means that there was no code, so it cannot be one."""
    (refused,) = said(talk().say(UP, up(Frame(CLOSE, b"\x03\xed"))))
    bad = field(refused, "not legal")
    assert (bad.meaning, bad.start, bad.stop) == ("Not legal: close code 1005.", 6, 8)
    assert_tiled(refused)


# --- the handshake


def header(message: Message, name: str) -> str:
    """What a header line means."""
    return field(message, f"header {name}").meaning


def test_the_handshake_says_what_its_lines_mean() -> None:
    """The key as bytes, and the proof with the step in between: RFC 6455 §1.3 has the same."""
    lines = (
        b"Origin: http://a\r\nSec-WebSocket-Protocol: chat, superchat\r\n"
        + DEFLATE % b"; client_max_window_bits, x-other"
    )
    chosen = b"Sec-WebSocket-Protocol: superchat\r\n" + DEFLATE % b"; client_max_window_bits=12"
    ask, switch = talk(lines, chosen).messages
    assert (ask.note, switch.note) == ("", "")
    assert "74 68 65 20 73 61 6d 70 6c 65 20 6e 6f 6e 63 65" in header(ask, "Sec-WebSocket-Key")
    proof = header(switch, "Sec-WebSocket-Accept")
    assert proof.startswith("The proof that the key was read: SHA-1 of ")
    assert '"dGhlIHNhbXBsZSBub25jZQ==258EAFA5-E914-47DA-95CA-C5AB0DC85B11"' in proof
    assert "b3 7a 4f 2c c0 62 4f 16 90 f6 46 06 cf 38 59 45 b2 be c4 ea" in proof
    assert header(ask, "Sec-WebSocket-Version").startswith("13, the version of the standard")
    assert header(ask, "Sec-WebSocket-Protocol").endswith("inside: chat, superchat.")
    assert header(switch, "Sec-WebSocket-Protocol").endswith("asked for: superchat.")
    assert header(ask, "Sec-WebSocket-Extensions") == (
        "Offers permessage-deflate (messages may be compressed); client_max_window_bits "
        "(how far the client looks back), or x-other."
    )
    assert header(switch, "Sec-WebSocket-Extensions").startswith("Takes permessage-deflate")
    assert header(ask, "Origin").startswith("The site of the page that asks.")
    assert header(ask, "Upgrade") == "Asks to go on in WebSocket on this connection."
    for one in (ask, switch):
        assert_tiled(one)


WRONG: dict[str, tuple[bytes, bytes, str, str]] = {
    "a wrong proof": (
        b"",
        b"",
        "Sec-WebSocket-Accept",
        "Wrong, the client must end the connection: SHA-1 of ",
    ),
    "a subprotocol nobody asked for": (
        b"",
        b"Sec-WebSocket-Protocol: chat\r\n",
        "Sec-WebSocket-Protocol",
        "The client did not ask for it",
    ),
    "an extension that is none": (
        DEFLATE % b"",
        DEFLATE % b"; server_max_window_bits=99",
        "Sec-WebSocket-Extensions",
        "Not legal: permessage-deflate: server_max_window_bits=99 is not known.",
    ),
}


@pytest.mark.parametrize(("ask", "switch", "name", "why"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_answer_is_named_at_its_line_and_at_the_message(
    ask: bytes, switch: bytes, name: str, why: str
) -> None:
    """As our client would say it; frames behind it are read all the same."""
    answer = SWITCH % switch
    if name.endswith("Accept"):
        answer = answer.replace(b"s3pP", b"S3pP")
    found = Talk().say(UP, ASK % ask).say(DOWN, answer + down(Frame(TEXT, b"hi"))).messages
    assert header(found[1], name).startswith(why)
    assert found[1].note.startswith("a client must end the connection: ")
    assert titles(found[2:]) == [(DOWN, 'text "hi"', "whole")]


def test_a_request_that_should_have_been_refused_is_named() -> None:
    """A server that looks at nothing: version 8, and half a key."""
    ask = (ASK % b"").replace(b"Version: 13", b"Version: 8").replace(b"dGhlIHNhbXBsZSBub25j", b"")
    found = Talk().say(UP, ask).say(DOWN, SWITCH % b"").messages
    assert found[0].note == (
        "a server should refuse it: Sec-WebSocket-Version is '8', expected '13' (status 426)"
    )
    assert header(found[0], "Sec-WebSocket-Version").startswith("A version that a server does not")
    assert "expected 16" in header(found[0], "Sec-WebSocket-Key")


# --- compression


def deflated(*texts: str, forget: bool = False) -> list[Frame]:
    """Compressed messages of one direction."""
    deflater = deflate.Deflater(12, forget=forget, settings=deflate.Settings())
    return [Frame(TEXT, deflater.deflate(text.encode()), rsv1=True) for text in texts]


def test_compressed_messages_are_inflated_with_what_came_before() -> None:
    """Two directions, two contexts; the second message of one points back into the first."""
    text = "안녕, hello, " * 20
    one, two = deflated(text, text)
    assert len(two.payload) < len(one.payload)
    conversation = talk(DEFLATE % b"", DEFLATE % b"").say(UP, up(one, Frame(TEXT, b"plain"), two))
    first, plain, second, other = said(conversation.say(DOWN, down(*deflated(text))))
    assert [m.value.whole.data for m in (first, plain, second, other)] == [
        text,
        "plain",
        text,
        text,
    ]
    assert field(first, "inflated text").meaning.endswith("the first of its context.")
    assert field(second, "inflated text").meaning.endswith(
        "a window of 32,768 bytes, it may point back into the 1 compressed before it."
    )
    assert field(other, "inflated text").meaning.endswith("the first of its context.")
    size = len(text.encode())
    assert (
        f"{len(two.payload)} bytes inflated to {size} bytes"
        in field(second, "inflated text").meaning
    )
    assert field(plain, "text").value == "plain"
    for one_ in (first, plain, second, other):
        assert_tiled(one_)


def test_a_sender_may_forget_after_each_message() -> None:
    """client_no_context_takeover: each message stands alone."""
    lines = DEFLATE % b"; client_no_context_takeover"
    first, second = said(
        talk(lines, lines).say(UP, up(*deflated("ha" * 40, "ha" * 40, forget=True)))
    )
    assert second.value.whole.data == "ha" * 40
    for one in (first, second):
        assert field(one, "inflated text").meaning.endswith("forgets after each message.")
        assert one.value.whole.deflated.before == 0


def test_a_compressed_message_in_fragments_is_inflated_at_its_last() -> None:
    """RSV1 stands at the first of them alone."""
    (whole,) = deflated("hello " * 30)
    first = Frame(TEXT, whole.payload[:3], fin=False, rsv1=True)
    parts = said(
        talk(DEFLATE % b"", DEFLATE % b"").say(UP, up(first, Frame(CONT, whole.payload[3:])))
    )
    assert [field(one, "RSV1").value for one in parts] == ["1", "0"]
    assert field(parts[0], "part 1 of 2").value == whole.payload[:3].hex(" ")
    assert field(parts[1], "inflated text").value.startswith("hello hello")
    assert parts[1].title.startswith('text 2/2 "hello hello')


def bomb(size: int) -> bytes:
    """So many zeros, compressed."""
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = b"".join(squeeze.compress(bytes(1 << 20)) for _ in range(size >> 20))
    return (data + squeeze.flush(zlib.Z_SYNC_FLUSH))[:-4]


def test_a_bomb_is_not_inflated_beyond_its_bound() -> None:
    """100 MiB in 100 kB: refused as the wire refuses it, and never held."""
    data = down(Frame(BINARY, bomb(100 << 20), rsv1=True))
    conversation = talk(DEFLATE % b"", DEFLATE % b"").say(DOWN, data)
    tracemalloc.start()
    try:
        (refused,) = said(conversation)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert refused.note == "refused: a message inflates beyond the limit (close code 1009)"
    assert peak < 3 * websocket_parts.MOST


def test_many_inflated_messages_are_not_all_held() -> None:
    """Beyond the room of a connection there is their beginning, and their size."""
    one = Frame(BINARY, bomb(10 << 20), rsv1=True)
    lines = DEFLATE % b"; server_no_context_takeover"
    first, second = said(talk(lines, lines).say(DOWN, down(one, one)))
    assert len(first.value.whole.data) == 10 << 20
    assert (second.value.whole.data, second.value.whole.length) == (None, 10 << 20)
    assert field(second, "inflated bytes").value == first.value.whole.shown


# --- any frames, in any cut, and broken

payloads = st.one_of(
    st.binary(max_size=12),
    st.text("a안👋", max_size=40).map(str.encode),
    st.integers(120, 300).map(bytes),
)


@st.composite
def conversations(draw: st.DrawFn) -> list[Frame]:
    """Legal frames of one direction: messages in pieces, control frames between them."""
    sent: list[Frame] = []
    for _ in range(draw(st.integers(0, 4))):
        opcode = draw(st.sampled_from([TEXT, BINARY]))
        text = draw(st.text("a안👋", max_size=60)).encode() if opcode is TEXT else draw(payloads)
        edges = sorted(draw(st.lists(st.integers(0, len(text)), max_size=3)))
        pieces = [text[a:b] for a, b in itertools.pairwise([0, *edges, len(text)])]
        for index, piece in enumerate(pieces):
            last = index == len(pieces) - 1
            sent.append(Frame(opcode if not index else CONT, piece, fin=last))
            if draw(st.booleans()):
                sent.append(Frame(draw(st.sampled_from([PING, PONG])), draw(st.binary(max_size=5))))
    if draw(st.booleans()):
        sent.append(Frame(CLOSE, closing.encode(1000, "bye")))
    return sent


CUTS = st.lists(st.integers(0, 600), max_size=12)


@given(conversations(), conversations(), CUTS, CUTS)
@settings(max_examples=50, deadline=None)
def test_any_cut_gives_the_same_frames(
    ups: list[Frame], downs: list[Frame], up_cuts: list[int], down_cuts: list[int]
) -> None:
    """However the bytes were written; and the fields tile."""
    whole = said(talk().say(UP, up(*ups)).say(DOWN, down(*downs)))
    cuts = talk().say(UP, *cut(up(*ups), up_cuts)).say(DOWN, *cut(down(*downs), down_cuts))
    pieces = said(cuts)
    for found in (whole, pieces):
        found.sort(key=lambda one: (one.direction, one.start))
    assert tree(whole) == tree(pieces)
    for direction, sent in ((UP, ups), (DOWN, downs)):
        mine = [one for one in whole if one.direction == direction]
        assert [one.value.frame for one in mine] == sent
    for one in whole:
        assert_tiled(one)


@given(conversations(), CUTS)
@settings(max_examples=30, deadline=None)
def test_a_recording_that_grows_ends_as_one_that_is_read_once(
    sent: list[Frame], cuts: list[int]
) -> None:
    """Asked after every piece; whole frames stay the same objects."""
    growing, seen = talk(), dict[int, Message]()
    dissection = Dissection(growing.recording)
    for piece in cut(up(*sent), cuts):
        growing.say(UP, piece)
        for one in dissection.messages():
            if one.state == "whole" and one.direction == UP:
                assert seen.setdefault(one.start, one) is one
    assert tree(dissection.messages()) == tree(dissect(growing.recording))


@given(
    conversations(),
    st.sampled_from([UP, DOWN]),
    st.lists(st.tuples(st.integers(0, 200), st.integers(0, 255)), max_size=3),
    CUTS,
)
@example([Frame(TEXT, b"x")], UP, [(1, 1)], [])
@settings(max_examples=100, deadline=None)
def test_bytes_changed_at_random_are_read_as_our_own_end_reads_them(
    sent: list[Frame], direction: str, changes: list[tuple[int, int]], cuts: list[int]
) -> None:
    """The same messages, the same verdict, and no byte lost."""
    data = bytearray(up(*sent) if direction == UP else down(*sent))
    for place, value in changes:
        if place < len(data):
            data[place] = value
    far = 1 << 62
    keys = (lambda: KEY) if direction == DOWN else None
    end = websocket.Connection(keys, now=0.0, max_payload=far, max_fragments=far)
    end.receive(bytes(data), 0.0)
    heard = [event for event in end.events() if isinstance(event, (str, bytes))]
    found = said(talk().say(direction, *cut(bytes(data), cuts)))
    ends = [one for one in found if isinstance(one.value, websocket_parts.Framed)]
    wholes = [one.value.whole for one in ends if one.value.whole and one.value.frame.fin]
    assert [whole.data for whole in wholes] == heard
    refused = [one for one in found if one.state == "refused"]
    if end.closed is None or end.closed.clean:
        assert refused == []
    else:
        assert refused[0].note.endswith(f"(close code {end.closed.code})")
    assert b"".join(one.data for one in found) == data
    for one in found:
        assert_tiled(one)


@given(
    st.lists(st.text("ab안", max_size=50), max_size=5),
    st.booleans(),
    st.lists(st.tuples(st.integers(0, 200), st.integers(0, 255)), max_size=2),
    CUTS,
)
@settings(max_examples=60, deadline=None)
def test_compressed_bytes_changed_at_random_are_read_as_our_own_end_reads_them(
    texts: list[str], forget: bool, changes: list[tuple[int, int]], cuts: list[int]
) -> None:
    """As long as frames come whole: what of a half one is inflated, a cut decides."""
    data = bytearray(down(*deflated(*texts, forget=forget)))
    for place, value in changes:
        if place < len(data):
            data[place] = value
    terms = deflate.Agreed(server_no_context_takeover=forget)
    _, inflater = deflate.pair(terms, deflate.Settings(), client=True)
    far = 1 << 62
    end = websocket.Connection(
        lambda: KEY, now=0.0, max_payload=far, max_fragments=far, inflater=inflater
    )
    end.receive(bytes(data), 0.0)
    heard = [event for event in end.events() if isinstance(event, (str, bytes))]
    lines = DEFLATE % (b"; server_no_context_takeover" if forget else b"")
    found = said(talk(lines, lines).say(DOWN, *cut(bytes(data), cuts)))
    wholes = [one.value.whole for one in found if one.value is not None and one.value.whole]
    assert [whole.data for whole in wholes if whole.done] == heard
    half = bool(found) and found[-1].state == "incomplete"
    if end.closed is not None and not end.closed.clean and not half:
        assert found[-1].note.endswith(f"(close code {end.closed.code})")
    for one in found:
        assert_tiled(one)


@given(st.sampled_from(Opcode), st.integers(0, 70_000), st.booleans(), st.booleans())
def test_the_layout_is_that_of_the_wire(opcode: Opcode, size: int, masked: bool, fin: bool) -> None:
    """Where a legal frame's parts lie is told by both in the same way."""
    head = frames.header(opcode, size, masked, fin=fin) + (KEY if masked else b"")
    try:
        known = frames.read_header(head, masked=masked)
    except RemoteError:
        return
    where = frame_fields.layout(head)
    assert known is not None and where is not None
    assert (where.body, where.end, where.masked) == (known.body, known.end, masked)
    assert head[where.length_stop : where.body] == known.key


def test_many_empty_fragments_are_read_in_the_time_of_many_frames(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each is told how many there are once, and not once for each of its fellows."""
    told: list[Message] = []
    number = websocket_fields.number

    def watched(parts: Sequence[Message]) -> None:
        told.extend(parts)
        number(parts)

    monkeypatch.setattr(websocket_fields, "number", watched)
    count = 3000
    data = frames.encode(Frame(TEXT, b"", fin=False)) + frames.encode(
        Frame(CONT, b"", fin=False)
    ) * (count - 2)
    found = said(talk().say(DOWN, data + frames.encode(Frame(CONT, b"x"))))
    assert (len(found), found[-1].title) == (count, f'text {count}/{count} "x"')
    assert found[0].title == f"text 1/{count}"
    assert len(told) == count
