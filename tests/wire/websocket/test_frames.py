"""Frames: the bytes of the specification, any chunking, and everything that is refused."""

from __future__ import annotations

import tracemalloc

import pytest
import websockets.frames
import websockets.streams
from hypothesis import given
from hypothesis import strategies as st

from course_lib.errors import LocalError, RemoteError
from course_lib.wire.websocket import frames
from course_lib.wire.websocket.frames import Frame, Opcode

KEY = bytes.fromhex("37fa213d")
B256, B64K = bytes(range(256)), bytes(range(256)) * 256

EXAMPLES = [  # RFC 6455 §5.7
    ("81 05 48 65 6c 6c 6f", Frame(Opcode.TEXT, b"Hello"), None),
    ("81 85 37 fa 21 3d 7f 9f 4d 51 58", Frame(Opcode.TEXT, b"Hello"), KEY),
    ("01 03 48 65 6c", Frame(Opcode.TEXT, b"Hel", fin=False), None),
    ("80 02 6c 6f", Frame(Opcode.CONT, b"lo"), None),
    ("89 05 48 65 6c 6c 6f", Frame(Opcode.PING, b"Hello"), None),
    ("8a 85 37 fa 21 3d 7f 9f 4d 51 58", Frame(Opcode.PONG, b"Hello"), KEY),
    ("82 7e 01 00" + B256.hex(), Frame(Opcode.BINARY, B256), None),
    ("82 7f 00 00 00 00 00 01 00 00" + B64K.hex(), Frame(Opcode.BINARY, B64K), None),
]


@pytest.mark.parametrize(("text", "frame", "key"), EXAMPLES)
def test_the_examples_of_the_specification(text, frame, key):
    """RFC 6455 §5.7, written and read."""
    data = bytes.fromhex(text)
    assert frames.encode(frame, key) == data
    assert frames.cut(data, masked=key is not None) == (frame, len(data))


@pytest.mark.parametrize(
    ("length", "head"),
    [
        (0, "81 00"),
        (125, "81 7d"),
        (126, "81 7e 00 7e"),
        (65535, "81 7e ff ff"),
        (65536, "81 7f 00 00 00 00 00 01 00 00"),
        (1 << 40, "81 7f 00 00 01 00 00 00 00 00"),
    ],
)
def test_the_header_grows_with_the_length(length, head):
    """At each border, and with the mask bit."""
    expected = bytes.fromhex(head)
    assert frames.header(Opcode.TEXT, length) == expected
    masked = bytes([expected[0], expected[1] | 0x80]) + expected[2:]
    assert frames.header(Opcode.TEXT, length, True) == masked


def test_fin_and_rsv1_are_bits_of_the_first_byte():
    """RFC 7692 §7.2.3.1: a compressed message begins with c1, or with 41 when more follows."""
    assert frames.header(Opcode.TEXT, 7, rsv1=True).hex() == "c107"
    assert frames.header(Opcode.TEXT, 3, fin=False, rsv1=True).hex() == "4103"
    assert frames.encode(Frame(Opcode.BINARY, b"x", rsv1=True)).hex() == "c20178"


opcodes = st.sampled_from([Opcode.CONT, Opcode.TEXT, Opcode.BINARY])
data_frames = st.builds(Frame, opcodes, st.binary(max_size=200), st.booleans())
controls = st.sampled_from([Opcode.CLOSE, Opcode.PING, Opcode.PONG])
control_frames = st.builds(Frame, controls, st.binary(max_size=125))
any_frames = st.lists(data_frames | control_frames, max_size=8)
keys = st.binary(min_size=4, max_size=4)


@given(any_frames, st.none() | keys, st.data())
def test_frames_are_the_same_in_any_chunking(sent, key, data):
    """Bytes are put into a buffer in pieces; complete frames are cut off, in order."""
    stream = b"".join(frames.encode(frame, key) for frame in sent)
    size = data.draw(st.integers(1, max(1, len(stream))))
    buffer, received = b"", []
    for at in range(0, len(stream), size):
        buffer += stream[at : at + size]
        while found := frames.cut(buffer, masked=key is not None):
            received.append(found[0])
            buffer = buffer[found[1] :]
    assert (received, buffer) == (sent, b"")


@given(data_frames | control_frames, st.none() | keys)
def test_a_part_of_a_frame_is_none(frame, key):
    """Whatever is missing, if only the last byte."""
    data = frames.encode(frame, key)
    for size in range(len(data)):
        assert frames.cut(data[:size], masked=key is not None) is None


@given(data_frames | control_frames, keys, st.binary(max_size=20), st.binary(max_size=20))
def test_a_frame_is_cut_out_of_the_middle(frame, key, before, behind):
    """`start` says where, and the answer says where the rest begins."""
    data = frames.encode(frame, key)
    found = frames.cut(before + data + behind, len(before), masked=True)
    assert found == (frame, len(before) + len(data))


def read_by_websockets(data: bytes, *, mask: bool) -> Frame:
    reader = websockets.streams.StreamReader()
    reader.feed_data(data)
    with pytest.raises(StopIteration) as done:
        next(websockets.frames.Frame.parse(reader.read_exact, mask=mask))
    theirs = done.value.value
    return Frame(Opcode(int(theirs.opcode)), bytes(theirs.data), theirs.fin)


@given(data_frames | control_frames, keys)
def test_websockets_reads_what_we_write(frame, key):
    """And without a key it writes the same bytes."""
    opcode = websockets.frames.Opcode(int(frame.opcode))
    theirs = websockets.frames.Frame(opcode, frame.payload, frame.fin)
    assert frames.encode(frame) == theirs.serialize(mask=False)
    assert read_by_websockets(frames.encode(frame, key), mask=True) == frame


REFUSED = [
    pytest.param("81 05 48 65 6c 6c 6f", 1002, id="W1 not masked"),
    pytest.param("c1 80 00 00 00 00", 1002, id="W2 RSV1"),
    pytest.param("a1 80 00 00 00 00", 1002, id="W2 RSV2"),
    pytest.param("91 80 00 00 00 00", 1002, id="W2 RSV3"),
    pytest.param("83 80 00 00 00 00", 1002, id="W3 opcode 3"),
    pytest.param("8b 80 00 00 00 00", 1002, id="W3 opcode 11"),
    pytest.param("09 80 00 00 00 00", 1002, id="W4 fragmented ping"),
    pytest.param("89 fe 00 7e", 1002, id="W4 ping of 126 bytes"),
    pytest.param("88 ff", 1002, id="W4 close of 2^63 bytes, before its length has come"),
    pytest.param("82 ff 80 00 00 00 00 00 00 00", 1009, id="W7 2^63"),
    pytest.param("82 ff 00 00 01 00 00 00 00 00", 1009, id="W7 2^40"),
    pytest.param("82 ff 00 00 00 00 00 0f 42 41", 1009, id="W7 a byte over the limit"),
    pytest.param("82 fe 00 7d", 1002, id="125 in three bytes"),
    pytest.param("82 ff 00 00 00 00 00 00 ff ff", 1002, id="65,535 in nine bytes"),
]


@pytest.mark.parametrize(("text", "code"), REFUSED)
def test_what_a_server_refuses_it_refuses_by_the_header(text, code):
    """The code that goes into the Close frame, before any payload has come."""
    with pytest.raises(RemoteError) as error:
        frames.cut(bytes.fromhex(text), masked=True)
    assert error.value.code == code


def test_a_client_refuses_a_masked_frame():
    """W21: a server does not mask."""
    with pytest.raises(RemoteError) as error:
        frames.cut(frames.encode(Frame(Opcode.TEXT, b"Hello"), KEY), masked=False)
    assert error.value.code == 1002


def test_rsv1_is_for_the_first_frame_of_a_message():
    """W12: where it has a meaning at all, it has none on a continuation or a ping."""
    compressed = frames.encode(Frame(Opcode.TEXT, b"x", rsv1=True))
    assert frames.cut(compressed, masked=False, rsv1=True) == (
        Frame(Opcode.TEXT, b"x", rsv1=True),
        3,
    )
    for opcode in (Opcode.CONT, Opcode.PING):
        with pytest.raises(RemoteError) as error:
            frames.cut(bytes([0xC0 | opcode, 0]), masked=False, rsv1=True)
        assert error.value.code == 1002


def test_a_frame_of_exactly_the_limit_is_accepted():
    """And one of a byte more is not, short or long."""
    for limit in (5, 125, 126, 70_000):
        data = frames.encode(Frame(Opcode.BINARY, bytes(limit)), KEY)
        assert frames.cut(data, masked=True, limit=limit) == (
            Frame(Opcode.BINARY, bytes(limit)),
            len(data),
        )
        with pytest.raises(RemoteError) as error:
            frames.cut(data, masked=True, limit=limit - 1)
        assert error.value.code == 1009


def test_a_control_frame_is_no_part_of_a_message_and_of_its_limit():
    """A limit of 0 bytes for data lets a ping through."""
    ping = frames.encode(Frame(Opcode.PING, b"Hello"), KEY)
    assert frames.cut(ping, masked=True, limit=0) == (Frame(Opcode.PING, b"Hello"), len(ping))


def test_an_announced_length_costs_no_memory():
    """W7: 900 kB are announced, nothing is allocated for them."""
    head = frames.header(Opcode.BINARY, 900_000, True) + KEY
    tracemalloc.start()
    try:
        assert frames.cut(head, masked=True) is None
        assert tracemalloc.get_traced_memory()[1] < 2000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "frame",
    [
        Frame(Opcode.PING, bytes(126)),
        Frame(Opcode.PONG, bytes(126)),
        Frame(Opcode.CLOSE, bytes(126)),
        Frame(Opcode.PING, b"", fin=False),
    ],
)
def test_our_own_control_frames_are_short_and_whole(frame):
    """It is our mistake, so nothing is sent."""
    with pytest.raises(LocalError):
        frames.encode(frame)


def test_a_key_has_four_bytes():
    """Anything else would not read back."""
    with pytest.raises(LocalError):
        frames.encode(Frame(Opcode.TEXT, b"x"), b"abc")


@given(st.binary(max_size=40), st.booleans(), st.booleans())
def test_no_input_raises_anything_but_a_remote_error(data, masked, rsv1):
    """Bytes of chance: a frame, nothing yet, or a code that may stand in a Close frame."""
    try:
        found = frames.cut(data, masked=masked, limit=30, rsv1=rsv1)
    except RemoteError as error:
        assert error.code in (1002, 1009)
    else:
        assert found is None or found[1] <= len(data)
