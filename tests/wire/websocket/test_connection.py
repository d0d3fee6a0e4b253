"""A conversation as literals: bytes in, events and bytes out, and time as a number."""

from __future__ import annotations

import contextlib
import itertools
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib.errors import LocalError, RemoteError
from course_lib.wire.websocket import closing, deflate, deflate_offers, frames, masking
from course_lib.wire.websocket.closing import Closed
from course_lib.wire.websocket.connection import Connection
from course_lib.wire.websocket.frames import Frame, Opcode
from course_lib.wire.websocket.messages import Assembler
from course_lib.wire.websocket.pings import Pong

KEY = bytes.fromhex("37fa213d")
HELLO = bytes.fromhex("81 85 37 fa 21 3d 7f 9f 4d 51 58")  # RFC 6455 §5.7
CONT, TEXT, BINARY = Opcode.CONT, Opcode.TEXT, Opcode.BINARY
CLOSE, PING, PONG = Opcode.CLOSE, Opcode.PING, Opcode.PONG


def masked(opcode: Opcode, payload: bytes = b"", fin: bool = True, rsv1: bool = False) -> bytes:
    return frames.encode(Frame(opcode, payload, fin, rsv1), KEY)


def plain(opcode: Opcode, payload: bytes = b"", fin: bool = True) -> bytes:
    return frames.encode(Frame(opcode, payload, fin))


def server(**options) -> Connection:
    return Connection(now=0.0, **options)


def client(**options) -> Connection:
    return Connection(lambda: KEY, now=0.0, **options)


def told(connection: Connection, data: bytes, now: float = 0.0) -> list[object]:
    """The events that follow from these bytes; Closed as (code, reason, clean)."""
    connection.receive(data, now)
    events: list[object] = []
    while True:
        more = connection.has_more
        events += simple(connection.events())
        if not more:
            return events
        connection.receive(b"", now)


def simple(events: list[object]) -> list[object]:
    return [(e.code, e.reason, e.clean) if isinstance(e, Closed) else e for e in events]


# Messages.


def test_a_message_comes_as_str_or_bytes():
    """RFC 6455 §5.7, to a server and to a client."""
    assert told(server(), HELLO + masked(BINARY, b"\x00\xff")) == ["Hello", b"\x00\xff"]
    assert told(client(), plain(TEXT, "안녕".encode()) + plain(BINARY)) == ["안녕", b""]


def test_a_message_is_sent_as_text_or_binary():
    """A server does not mask, a client does."""
    ours = server()
    ours.send("Hello")
    ours.send(b"\x01")
    ours.send(bytearray(b"\x02"))
    ours.send(memoryview(b"\x03"))
    assert ours.data_to_send().hex() == "810548656c6c6f" + "820101" + "820102" + "820103"
    assert (ours.data_to_send(), ours.unsent) == (b"", 0)
    ours = client()
    ours.send("Hello")
    assert ours.data_to_send() == HELLO


def test_each_frame_of_a_client_has_a_key_of_its_own():
    """§5.3: fragments, pongs and the Close frame, too."""
    numbers = itertools.count(1)
    ours = Connection(lambda: next(numbers).to_bytes(4, "big"), now=0.0)
    ours.send("a")
    ours.send_part("b")
    told(ours, plain(PING, b"?"))
    ours.send_part("c", last=True)
    ours.close(now=0.0)
    sent, at, key_numbers = ours.data_to_send(), 0, []
    while at < len(sent):
        header = frames.read_header(sent, at, masked=True)
        key_numbers.append(int.from_bytes(header.key, "big"))
        at = header.end
    assert key_numbers == [1, 2, 3, 4, 5]


def test_fragments_are_put_together():
    """§5.7: "Hel" and "lo"; a ping between them is answered at once, in front of the message."""
    ours = client()
    assert told(ours, bytes.fromhex("01 03 48 65 6c") + plain(PING, b"?")) == []
    assert ours.data_to_send() == masked(PONG, b"?")
    assert told(ours, bytes.fromhex("80 02 6c 6f")) == ["Hello"]


def test_a_message_is_sent_in_parts():
    """§5.7 again; control frames may stand between, other messages may not."""
    ours = server()
    ours.send_part("Hel")
    told(ours, masked(PING, b"?"))
    for another in (lambda: ours.send("x"), lambda: ours.send_encoded(b"\x81\x00")):
        with pytest.raises(LocalError):
            another()
    with pytest.raises(LocalError):
        ours.send_part(b"not text")
    ours.send_part("lo", last=True)
    ours.send("x")
    assert ours.data_to_send().hex(" ") == "01 03 48 65 6c 8a 01 3f 80 02 6c 6f 81 01 78"


def test_what_was_encoded_once_is_sent_to_many():
    """The same bytes for every receiver; a client cannot."""
    encoded = frames.encode(Frame(TEXT, b"Hello"))
    receivers = [server() for _ in range(3)]
    for ours in receivers:
        ours.send_encoded(encoded)
    assert {ours.data_to_send() for ours in receivers} == {encoded}
    with pytest.raises(LocalError):
        client().send_encoded(encoded)


def test_what_is_not_a_message_is_our_mistake():
    """A number of bytes is no bytes; half a surrogate pair is no text."""
    for message in (5, None, ["x"], "\ud800"):
        with pytest.raises(LocalError):
            server().send(message)


def test_a_character_may_be_cut_by_the_end_of_a_frame():
    """W6, the legal half: "안" is three bytes, in three frames, with a ping between."""
    a, b, c = (bytes([byte]) for byte in "안".encode())
    ours = server()
    parts = [masked(TEXT, a, False), masked(PING), masked(CONT, b, False), masked(CONT, c)]
    assert [told(ours, part) for part in parts] == [[], [], [], ["안"]]


@pytest.mark.parametrize(
    "sequence",
    [
        pytest.param([masked(TEXT, b"\xff")], id="no such byte"),
        pytest.param([masked(TEXT, b"\xed\xa0", False)], id="a surrogate"),
        pytest.param([masked(TEXT, b"\xed", False), masked(CONT, b"\xbf", False)], id="another"),
        pytest.param([masked(TEXT, b"\xe0\x80", False)], id="too long"),
        pytest.param([masked(TEXT, b"\xf4\x90", False)], id="beyond the last character"),
        pytest.param([masked(TEXT, b"\xec\x95")], id="ends within a character"),
        pytest.param([masked(TEXT, b"\xec", False), masked(CONT, b"a", False)], id="cut badly"),
        pytest.param([masked(TEXT, b"\xec", False), masked(CONT, b"")], id="cut off"),
        pytest.param([masked(TEXT, b"ab\xf4\x90" + bytes(500))[:12]], id="within a frame"),
    ],
)
def test_text_that_is_not_utf_8_fails_as_soon_as_that_is_certain(sequence):
    """W6: 1007, and with the byte that made it certain, not later."""
    data = b"".join(sequence)
    for size in range(len(data)):
        ours = server()
        assert told(ours, data[:size]) == []
    ours = server()
    (closed,) = told(ours, data)
    assert closed[0] == 1007
    assert ours.data_to_send()[:4] == b"\x88" + bytes([2 + len(closed[1])]) + b"\x03\xef"


@pytest.mark.parametrize("prefix", [b"", b"\xe0", b"\xed", b"\xf0", b"\xf0\x90", b"\xf4"])
def test_a_character_that_has_begun_is_refused_exactly_when_it_cannot_end(prefix):
    """Every next byte: accepted if some continuation makes it a character."""
    tails = [bytes([byte]) * count for byte in (0x80, 0x9F, 0xA0, 0xBF) for count in range(4)]
    for byte in range(256):
        begun = prefix + bytes([byte])
        legal = False
        for tail in tails:
            with contextlib.suppress(UnicodeDecodeError):
                legal = legal or (begun + tail).decode() is not None
        ours = server()
        told(ours, masked(TEXT, begun, False))
        assert (ours.state == "open") is legal, begun


# What is refused.  Everything in `test_frames`, and what needs a memory of earlier frames.


@pytest.mark.parametrize(
    ("data", "code"),
    [
        pytest.param(plain(TEXT, b"Hello"), 1002, id="W1"),
        pytest.param(b"\xc1\x80" + KEY, 1002, id="W2"),
        pytest.param(b"\x83\x80" + KEY, 1002, id="W3"),
        pytest.param(b"\x09\x80" + KEY, 1002, id="W4"),
        pytest.param(masked(CONT, b"x"), 1002, id="W5 continuation first"),
        pytest.param(masked(CONT, b"x", False), 1002, id="W5 continuation first, and more"),
        pytest.param(masked(TEXT, b"x", False) + masked(TEXT, b"y"), 1002, id="W5 text in text"),
        pytest.param(masked(CONT, bytes(90))[:9], 1002, id="W5 before the payload has come"),
        pytest.param(masked(BINARY, bytes(101)), 1009, id="W7"),
        pytest.param(masked(BINARY, bytes(101))[:8], 1009, id="W7 the header alone"),
        pytest.param(
            masked(TEXT, bytes(60), False) + masked(CONT, bytes(41))[:6], 1009, id="W8 the header"
        ),
        pytest.param(
            masked(TEXT, bytes(60), False) + masked(CONT, bytes(41), False), 1009, id="W8"
        ),
        pytest.param(
            masked(TEXT, b"", False) + masked(CONT, b"", False) * 4096, 1009, id="4097 fragments"
        ),
        pytest.param(masked(CLOSE, b"\x03"), 1002, id="W13 one byte"),
        pytest.param(masked(CLOSE, (999).to_bytes(2, "big")), 1002, id="W13 999"),
        pytest.param(masked(CLOSE, (1005).to_bytes(2, "big")), 1002, id="W13 1005"),
        pytest.param(masked(CLOSE, (1006).to_bytes(2, "big")), 1002, id="W13 1006"),
        pytest.param(masked(CLOSE, (1015).to_bytes(2, "big")), 1002, id="W13 1015"),
        pytest.param(masked(CLOSE, (1016).to_bytes(2, "big")), 1002, id="W13 1016"),
        pytest.param(masked(CLOSE, (5000).to_bytes(2, "big")), 1002, id="W13 5000"),
        pytest.param(masked(CLOSE, b"\x03\xe8\xff"), 1007, id="W14"),
    ],
)
def test_what_breaks_a_rule_is_answered_with_a_close_frame(data, code):
    """The code in a Close frame with the reason in words, then nothing is read any more."""
    ours = server(max_payload=100)
    told(ours, masked(TEXT, b"before"))
    (closed,) = told(ours, data + masked(TEXT, b"after"))
    assert (closed[0], closed[2], ours.closed.__cause__.code) == (code, False, code)
    frame, end = frames.cut(sent := ours.data_to_send(), masked=False)
    assert (frame.opcode, end) == (CLOSE, len(sent))
    assert closing.decode(frame.payload) == (code, closed[1])
    assert ours.should_close
    assert told(ours, masked(TEXT, b"much later")) == []
    assert isinstance(ours.closed.__cause__, RemoteError)


def test_a_client_does_not_take_a_masked_frame():
    """W21; then it waits for the server to end TCP, and not for ever."""
    ours = client()
    ((code, _, clean),) = told(ours, HELLO, now=3.0)
    assert (code, clean, ours.should_close, ours.next_deadline()) == (1002, False, False, 13.0)
    ours.tick(13.0)
    assert (ours.should_close, ours.events()) == (True, [])


def test_the_limits_themselves_are_accepted():
    """Exactly `max_payload` bytes and `max_fragments` fragments, empty ones among them."""
    ours = server(max_payload=100, max_fragments=5)
    whole = masked(BINARY, bytes(100))
    parts = (
        masked(BINARY, bytes(60), False) + masked(CONT, b"", False) * 3 + masked(CONT, bytes(40))
    )
    assert told(ours, whole + parts + whole) == [bytes(100)] * 3


def test_a_long_message_is_held_once_while_it_comes():
    """A byte at a time costs no more than the bytes; an announced length costs nothing."""
    data = masked(BINARY, bytes(60_000))
    ours = server()
    tracemalloc.start()
    try:
        ours.receive(data[:14], 0.0)
        assert tracemalloc.get_traced_memory()[0] < 3000
        for byte in range(14, len(data) - 1):
            ours.receive(data[byte : byte + 1], 0.0)
        assert tracemalloc.get_traced_memory()[1] < 80_000
    finally:
        tracemalloc.stop()
    assert told(ours, data[-1:]) == [bytes(60_000)]


# Ping and pong.


def test_a_ping_is_answered_with_the_same_payload():
    """§5.5.3, 125 bytes included; nothing is told to the application."""
    ours = server()
    assert told(ours, masked(PING, b"Hello") + masked(PING, bytes(125))) == []
    assert ours.data_to_send() == plain(PONG, b"Hello") + plain(PONG, bytes(125))


def test_of_a_flood_of_pings_the_last_are_answered():
    """What nobody reads does not pile up: 64 pongs, and the last one answers the last ping."""
    ours = server()
    for number in range(10_000):
        ours.receive(masked(PING, b"%d" % number), 0.0)
    sent = ours.data_to_send()
    assert ours.unsent == 0
    answered, at = [], 0
    while at < len(sent):
        frame, at = frames.cut(sent, at, masked=False)
        answered.append(int(frame.payload))
    assert answered == [*range(63), 9999]


def test_our_ping_measures_the_way_there_and_back():
    """A pong answers all pings before it; what nobody asked is dropped."""
    ours = client()
    payloads = [ours.ping(now=float(now)) for now in range(3)]
    assert ours.data_to_send() == b"".join(masked(PING, payload) for payload in payloads)
    assert told(ours, plain(PONG, b"unasked"), now=5.0) == []
    assert told(ours, plain(PONG, payloads[1]), now=5.0) == [Pong(payloads[1], 4.0)]
    assert ours.pings.latency == 4.0
    assert told(ours, plain(PONG, payloads[0]) + plain(PONG, payloads[2]), now=7.5) == [
        Pong(payloads[2], 5.5)
    ]


def test_a_ping_may_have_a_payload_of_its_own_but_not_twice():
    """Else nobody could say which of the two was answered."""
    ours = server()
    assert ours.ping(b"Hello", now=0.0) == b"Hello"
    with pytest.raises(LocalError):
        ours.ping(b"Hello", now=1.0)
    assert told(ours, masked(PONG, b"Hello"), now=2.0) == [Pong(b"Hello", 2.0)]
    ours.ping(b"Hello", now=3.0)
    for _ in range(10_000):
        ours.ping(now=4.0)
    assert len(ours.pings._sent) == 256


def test_a_silent_peer_is_asked_and_then_given_up():
    """Ping after 25 s, the end 20 s later: half-open TCP is noticed."""
    ours = server(ping_interval=25.0, ping_timeout=20.0)
    assert ours.next_deadline() == 25.0
    ours.tick(24.9)
    assert ours.data_to_send() == b""
    ours.tick(25.0)
    assert ours.data_to_send() == plain(PING, bytes([0, 0, 0, 1]))
    assert ours.next_deadline() == 45.0
    ours.tick(45.0)
    assert simple(ours.events()) == [(1006, "nothing came for 20 s after a ping", False)]
    assert (ours.should_close, ours.state, ours.next_deadline()) == (True, "closed", None)


def test_any_byte_is_a_sign_of_life():
    """A peer in the middle of a long message cannot send its pong."""
    ours = server(ping_interval=25.0, ping_timeout=20.0)
    ours.tick(25.0)
    ours.receive(masked(BINARY, bytes(500))[:100], 30.0)
    ours.tick(45.0)
    assert (ours.state, ours.next_deadline()) == ("open", 50.0)
    ours.tick(50.0)
    assert ours.next_deadline() == 70.0
    ours.tick(70.0)
    assert ours.state == "closed"


def test_a_short_interval_is_kept_under_a_longer_timeout():
    """Whoever pings every 5 s, for the sake of a proxy, gets that; the first silence counts."""
    ours = server(ping_interval=5.0, ping_timeout=12.0)
    sent, end = [], None
    while ours.state == "open":
        now = ours.next_deadline()
        ours.tick(now)
        if ours.data_to_send():
            sent.append(now)
        if now < 20:
            ours.receive(masked(PONG, b"?"), now)
        end = now
    assert (sent, end) == ([5, 10, 15, 20, 25, 30], 32)


def test_without_an_interval_there_are_no_pings():
    """Whoever has a heartbeat of their own turns ours off."""
    ours = server(ping_interval=None)
    assert ours.next_deadline() is None
    ours.tick(1e9)
    assert (ours.state, ours.data_to_send()) == ("open", b"")


# The goodbye.


def test_we_close_and_the_peer_answers():
    """Two Close frames, then the server ends TCP."""
    ours = server()
    ours.close(1000, "bye", now=1.0)
    assert (ours.state, ours.data_to_send()) == ("closing", plain(CLOSE, b"\x03\xe8bye"))
    assert told(ours, masked(TEXT, b"on its way")) == ["on its way"]
    assert told(ours, masked(CLOSE, b"\x03\xe8bye")) == [(1000, "bye", True)]
    assert (ours.state, ours.should_close, ours.data_to_send()) == ("goodbye done", True, b"")
    ours.receive_eof(2.0)
    assert (ours.state, ours.events()) == ("closed", [])


@pytest.mark.parametrize(
    ("payload", "code", "reason"),
    [(b"", 1005, ""), (b"\x13\x87", 4999, ""), (b"\x03\xe9leaving", 1001, "leaving")],
)
def test_the_peer_closes_and_is_answered_with_the_same(payload, code, reason):
    """W15, and nothing behind its Close frame is read."""
    ours = server()
    data = masked(CLOSE, payload) + masked(PING, b"?") + masked(TEXT, b"after")
    assert told(ours, data) == [(code, reason, True)]
    assert ours.data_to_send() == plain(CLOSE, payload)
    assert (ours.state, ours.should_close, ours.closed.code) == ("goodbye done", True, code)


def test_both_close_at_once():
    """The Close frames cross: each is an answer to the other, and no third is sent."""
    left, right = server(), client()
    left.close(1000, now=0.0)
    right.close(1001, now=0.0)
    to_right, to_left = left.data_to_send(), right.data_to_send()
    assert told(left, to_left) == [(1001, "", True)]
    assert told(right, to_right) == [(1000, "", True)]
    assert (left.data_to_send(), right.data_to_send()) == (b"", b"")
    assert (left.should_close, right.should_close) == (True, False)


def test_a_peer_that_never_answers_is_dropped():
    """W17: after the close timeout, whatever else it sends."""
    ours = server(close_timeout=10.0)
    ours.close(now=5.0)
    assert ours.next_deadline() == 15.0
    told(ours, masked(PING) * 3, now=14.0)
    ours.tick(14.9)
    assert not ours.should_close
    ours.tick(15.0)
    assert simple(ours.events()) == [(1006, "no answer to Close for 10 s", False)]
    assert ours.should_close


def test_tcp_that_ends_without_goodbye_is_1006():
    """In the middle of a message, in the middle of the goodbye."""
    for prepare in (lambda c: None, lambda c: c.close(now=0.0), lambda c: c.receive(HELLO[:5], 0)):
        ours = server()
        prepare(ours)
        ours.receive_eof(1.0)
        assert [closed[0] for closed in simple(ours.events())] == [1006]
        assert (ours.state, ours.should_close) == ("closed", True)
        ours.receive_eof(2.0)
        assert ours.events() == []


def test_after_our_close_frame_nothing_is_sent():
    """§5.5.1: no message, no ping, no second Close frame; a ping is still answered."""
    ours = server()
    ours.send_part("Hel")
    ours.close(now=0.0)
    ours.data_to_send()
    for send in (
        lambda: ours.send("x"),
        lambda: ours.send_part("lo", last=True),
        lambda: ours.send_encoded(b"\x81\x00"),
        lambda: ours.ping(now=0.0),
    ):
        with pytest.raises(LocalError):
            send()
    ours.close(4000, now=0.0)
    assert ours.data_to_send() == b""
    told(ours, masked(PING, b"?"))
    assert ours.data_to_send() == plain(PONG, b"?")


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        *[(code, "") for code in (999, 1004, 1005, 1006, 1015, 1016, 2999, 5000)],
        *[(1000, "x" * 124), (1000, "안" * 42), (None, "x"), (1000, "\ud800")],
    ],
)
def test_a_close_frame_that_the_peer_would_refuse_is_our_mistake(code, reason):
    """At the call, and nothing is sent."""
    ours = server()
    with pytest.raises(LocalError):
        ours.close(code, reason, now=0.0)
    assert (ours.state, ours.data_to_send()) == ("open", b"")


def test_a_close_frame_may_be_empty_or_full():
    """No code at all; 123 bytes of reason."""
    ours = server()
    ours.close(None, now=0.0)
    assert ours.data_to_send() == plain(CLOSE)
    ours = server()
    ours.close(3000, "안" * 41, now=0.0)
    assert ours.data_to_send() == plain(CLOSE, b"\x0b\xb8" + "안".encode() * 41)


def test_we_may_end_it_ourselves_at_once():
    """`fail` is for the layer above: the peer broke one of its rules."""
    ours = server()
    ours.fail(1008, "안" * 100, now=0.0)
    assert simple(ours.events()) == [(1008, "안" * 41, False)]
    assert ours.data_to_send() == plain(CLOSE, b"\x03\xf0" + "안".encode() * 41)
    ours.fail(1008, "again", now=0.0)
    assert (ours.events(), ours.data_to_send()) == ([], b"")


def test_the_table_leads_from_every_state_to_the_end():
    """No state but the last is without a way out, and time is always one."""
    assert list(dict.fromkeys(state for state, _ in closing.TABLE)) == [
        "open",
        "closing",
        "goodbye done",
    ]
    assert set(closing.TABLE.values()) == {"closing", "goodbye done", "closed"}
    for state in ("open", "closing", "goodbye done"):
        assert closing.TABLE[state, "too late"] == closing.TABLE[state, "TCP ends"] == "closed"


def test_what_a_person_reads_at_the_end():
    """The number, what it means, and the peer's words."""
    assert str(Closed(1000)) == "closed with 1000 (normal end)"
    assert str(Closed(4001, "kicked")) == "closed with 4001 (the application's own): kicked"
    assert [Closed(code, clean=True).expected for code in (1000, 1001, 1005, 1006, 4000)] == [
        True, True, True, False, False,
    ]  # fmt: skip
    assert not Closed(1000).expected


# Compression.

SETTINGS = deflate.Settings(
    threshold=0, server_max_window_bits=15, client_max_window_bits=15, memory_level=8
)


def pair(settings=SETTINGS, **options) -> tuple[Connection, Connection]:
    _, terms = deflate_offers.accept([deflate_offers.offer(settings)], settings)
    ends = [deflate.pair(terms, settings, client=end) for end in (False, True)]
    left, right = ({"deflater": end[0], "inflater": end[1]} for end in ends)
    return server(**left, **options), client(**right, **options)


@pytest.mark.parametrize(
    "data",
    ["c1 07 f2 48 cd c9 c9 07 00", "41 03 f2 48 cd 80 04 c9 c9 07 00", "81 05 48 65 6c 6c 6f"],
)
def test_compressed_messages_of_the_specification(data):
    """RFC 7692 §7.2.3.1: in one frame, in two; and one that is not compressed."""
    ours = pair()[1]
    assert told(ours, bytes.fromhex(data)) == ["Hello"]


def test_messages_are_compressed_from_the_threshold_on():
    """One byte under it they go as they are."""
    settings = deflate.Settings(threshold=5)
    ours, theirs = pair(settings)
    for text in ("1234", "12345", "12345"):
        ours.send(text)
    data = ours.data_to_send()
    assert data[:6] == b"\x81\x041234"
    assert data[6] == 0xC1
    assert told(theirs, data) == ["1234", "12345", "12345"]


@given(st.lists(st.text(max_size=300) | st.binary(max_size=300), max_size=8), st.integers(1, 50))
def test_what_one_end_says_the_other_hears(messages, size):
    """Both ways, compressed or not, in any chunking."""
    for ends in (pair(), (server(), client())):
        for ours, theirs in (ends, ends[::-1]):
            for message in messages:
                ours.send(message)
            data, heard = ours.data_to_send(), []
            for at in range(0, len(data), size):
                heard += told(theirs, data[at : at + size])
            assert heard == messages


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(masked(TEXT, b"\x07\x00", rsv1=True), id="W12 bad data"),
        pytest.param(
            masked(TEXT, b"\xf2\x48\xcd", False, True) + b"\xc0\x80" + KEY, id="W12 RSV1 again"
        ),
        pytest.param(b"\xc9\x80" + KEY, id="W12 RSV1 on a ping"),
    ],
)
def test_bad_compression_is_1002(data):
    """W12."""
    assert [closed[0] for closed in told(pair()[0], data)] == [1002]


@pytest.mark.parametrize("pieces", [1, 100])
def test_a_bomb_is_1009_and_never_held(pieces):
    """W11: 100 MiB of zeros, whole and in fragments; peak memory under twice the limit."""
    ours, theirs = pair()
    bomb = theirs._deflater.deflate(bytes(100 << 20))
    step = len(bomb) // pieces + 1
    parts = [bomb[at : at + step] for at in range(0, len(bomb), step)]
    tracemalloc.start()
    try:
        for number, part in enumerate(parts):
            ours.receive(
                masked(CONT if number else BINARY, part, part is parts[-1], not number), 0.0
            )
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (simple(ours.events())[0][0], peak < 2_000_000) == (1009, True)


def test_many_small_bombs_wait_for_each_other():
    """Each is under the limit; all at once would be 200 MB."""
    ours, theirs = pair(max_payload=1_000_000)
    for _ in range(200):
        theirs.send(bytes(1_000_000))
    data = theirs.data_to_send()
    heard, peak = 0, 0
    tracemalloc.start()
    try:
        ours.receive(data, 0.0)
        while True:
            more, events = ours.has_more, ours.events()
            heard += len(events)
            del events
            if not more:
                break
            ours.receive(b"", 0.0)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (heard, ours.has_more) == (200, False)
    assert peak < 4_000_000


def test_bytes_that_come_while_a_backlog_waits_are_kept():
    """In order, behind it."""
    ours, theirs = pair()
    theirs.send(bytes(300_000))
    theirs.send("second")
    data = theirs.data_to_send()
    ours.receive(data[:-3], 0.0)
    assert ours.has_more
    ours.receive(data[-3:] + masked(TEXT, b"third"), 0.0)
    assert ours.events() == [bytes(300_000)]
    assert told(ours, b"") == ["second", "third"]


@pytest.mark.parametrize("opcode", [TEXT, PING, PONG])
def test_of_a_flood_of_short_frames_only_some_are_read_at_once(opcode):
    """The others wait in order, also behind what comes meanwhile: nobody takes the whole loop."""
    ours = server()
    flood = masked(opcode) * 1024
    ours.receive(flood + masked(TEXT, b"second") + masked(TEXT, b"th"), 0.0)
    assert ours.has_more
    assert ours.events() == ([""] * 1024 if opcode is TEXT else [])
    ours.receive(masked(TEXT, b"fourth"), 0.0)
    assert (ours.events(), ours.has_more) == (["second", "th", "fourth"], False)


# Anything at all.

noise = st.binary(max_size=60)


def any_frame(opcode: Opcode, payload: bytes, fin: bool, rsv1: bool) -> bytes:
    """A masked frame that may break the rules."""
    head = frames.header(opcode, len(payload), True, fin=fin, rsv1=rsv1)
    return head + KEY + masking.mask(payload, KEY)


any_frames = st.lists(
    noise
    | st.builds(
        any_frame,
        st.sampled_from(list(Opcode)),
        st.binary(max_size=130) | st.text(max_size=40).map(str.encode),
        st.booleans(),
        st.booleans(),
    ),
    max_size=6,
)


@given(any_frames, st.integers(1, 40), st.booleans())
def test_any_bytes_in_any_chunking_have_the_same_end(pieces, size, compressed):
    """Nothing raises, and what follows from the bytes does not depend on how they were cut."""
    data = b"".join(pieces)

    def heard(step: int) -> tuple[list[object], bytes, str]:
        ours = pair()[0] if compressed else server()
        events = []
        for at in range(0, len(data), step):
            events += told(ours, data[at : at + step])
        sent = ours.data_to_send()
        if compressed and ours.closed is not None and ours.closed.code in (1002, 1007):
            # zlib gives nothing of a piece that it cannot inflate to its end, so whether bad text
            # or bad DEFLATE data is met first depends on the cut.  All else does not.
            goodbye = closing.encode(ours.closed.code, closing.shortened(ours.closed.reason))
            sent = sent.removesuffix(frames.encode(Frame(Opcode.CLOSE, goodbye)))
            return events[:-1], sent, ours.state
        return events, sent, ours.state

    assert heard(len(data) + 1) == heard(size) == heard(1)


def test_it_tells_how_much_of_a_message_has_come():
    """As it came, and without headers; nothing of a message that is whole, or that is dropped."""
    ours, found = server(), []
    data = masked(TEXT, b"Hel", fin=False) + masked(PING) + masked(CONT, b"lo, world!")
    for at in range(len(data)):
        ours.receive(data[at : at + 1], 0.0)
        found.append(ours.arriving)
    begun, ping, rest = [0] * 6 + [1, 2, 3], [3] * 6, [3] * 6 + [*range(4, 13), 0]
    assert found == begun + ping + rest
    ours.receive(masked(TEXT, b"x" * 500)[:300], 0.0)
    assert ours.arriving > 200
    ours.receive_eof(0.0)
    assert ours.arriving == 0


# The assembler by itself.


def test_the_assembler_can_be_used_alone():
    """Lesson 05 does; the exercise's version takes its place."""
    assembler = Assembler()
    assert assembler.add(Frame(TEXT, b"Hel", fin=False)) is None
    assert assembler.add(Frame(CONT, b"lo")) == "Hello"
    assert assembler.add(Frame(BINARY, b"\xff")) == b"\xff"
