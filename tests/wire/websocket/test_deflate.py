"""permessage-deflate: the bytes of the specification, the terms, and the bombs."""

from __future__ import annotations

import os
import tracemalloc
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.extensions.permessage_deflate import PerMessageDeflate
from websockets.frames import Frame as TheirFrame
from websockets.frames import Opcode as TheirOpcode

from course_lib.errors import RemoteError
from course_lib.wire.websocket import deflate, deflate_offers, handshake
from course_lib.wire.websocket.deflate import Agreed, Deflater, Inflater, Settings

NAME = "permessage-deflate"
WIDE = Settings(threshold=0, server_max_window_bits=15, client_max_window_bits=15, memory_level=8)


def inflated(inflater: Inflater, data: bytes, limit: int = 1_000_000) -> bytes:
    return b"".join(inflater.inflate(data, limit, last=True))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("f2 48 cd c9 c9 07 00", b"Hello", id="7.2.3.1 one block"),
        pytest.param("00 05 00 fa ff 48 65 6c 6c 6f 00", b"Hello", id="7.2.3.3 not compressed"),
        pytest.param("f3 48 cd c9 c9 07 00 00", b"Hello", id="7.2.3.4 BFINAL"),
        pytest.param("f2 48 05 00 00 00 ff ff ca c9 c9 07 00", b"Hello", id="7.2.3.5 two blocks"),
        pytest.param("00", b"", id="7.2.3.6 empty"),
        pytest.param("02 00", b"", id="empty block of fixed codes"),
    ],
)
def test_the_examples_of_the_specification_are_inflated(text, message):
    """RFC 7692 §7.2.3, and a second message after each."""
    inflater = Inflater(15, forget=False)
    assert inflated(inflater, bytes.fromhex(text)) == message
    assert inflated(inflater, bytes.fromhex("f2 48 cd c9 c9 07 00")) == b"Hello"


def test_the_second_message_leans_on_the_first():
    """§7.2.3.2: with context takeover "Hello" costs five bytes, without it seven again."""
    keeps = Deflater(15, forget=False, settings=WIDE)
    assert keeps.deflate(b"Hello").hex() == "f248cdc9c90700"
    assert keeps.deflate(b"Hello").hex() == "f200110000"
    forgets = Deflater(15, forget=True, settings=WIDE)
    assert [forgets.deflate(b"Hello").hex() for _ in range(2)] == ["f248cdc9c90700"] * 2
    inflater = Inflater(15, forget=False)
    assert inflated(inflater, bytes.fromhex("f248cdc9c90700")) == b"Hello"
    assert inflated(inflater, bytes.fromhex("f200110000")) == b"Hello"


def test_one_that_forgets_cannot_read_what_leans_on_the_past():
    """The peer broke its word: its data is bad."""
    inflater = Inflater(15, forget=True)
    inflated(inflater, bytes.fromhex("f248cdc9c90700"))
    with pytest.raises(RemoteError) as error:
        inflated(inflater, bytes.fromhex("f200110000"))
    assert error.value.code == 1002


messages = st.lists(st.binary(max_size=2000) | st.just(b"abc" * 5000), max_size=6)
bits = st.integers(9, 15)


@given(messages, bits, st.booleans(), st.integers(1, 5))
def test_a_round_trip_in_any_fragments(sent, size, forget, pieces):
    """Any window, with and without memory, cut anywhere."""
    settings = Settings(threshold=0)
    out, into = Deflater(size, forget=forget, settings=settings), Inflater(size, forget=forget)
    for message in sent:
        data = out.deflate(message)
        step = len(data) // pieces + 1
        found = b""
        for at in range(0, len(data), step):
            last = at + step >= len(data)
            found += b"".join(into.inflate(data[at : at + step], 20_000, last=last))
        assert found == message


@given(messages, bits, st.booleans())
def test_websockets_reads_ours_and_we_read_theirs(sent, size, forget):
    """The same window, the same memory, message after message."""
    out, into = Deflater(size, forget=forget, settings=WIDE), Inflater(size, forget=forget)
    theirs = PerMessageDeflate(forget, forget, size, size)
    for message in sent:
        frame = TheirFrame(TheirOpcode.BINARY, out.deflate(message), rsv1=True)
        assert theirs.decode(frame).data == message
        assert inflated(into, theirs.encode(TheirFrame(TheirOpcode.BINARY, message)).data) == (
            message
        )


def test_nothing_is_allocated_before_the_first_message():
    """A thousand idle connections cost no context."""
    tracemalloc.start()
    try:
        held = [deflate.pair(Agreed(), WIDE, client=False) for _ in range(1000)]
        assert tracemalloc.get_traced_memory()[0] < 500_000
    finally:
        tracemalloc.stop()
    assert len(held) == 1000


@pytest.mark.parametrize("pieces", [1, 7, 1000])
def test_a_bomb_is_found_while_it_inflates(pieces):
    """W11: 100 MiB of zeros; nothing beyond the limit is ever held."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    bomb = packer.compress(bytes(100 << 20)) + packer.flush(zlib.Z_SYNC_FLUSH)
    assert len(bomb) < 200_000
    step = len(bomb) // pieces + 1
    inflater, limit, held = Inflater(15, forget=False), 1_000_000, 0
    tracemalloc.start()
    try:
        with pytest.raises(RemoteError) as error:
            for at in range(0, len(bomb), step):
                for piece in inflater.inflate(bomb[at : at + step], limit - held, last=False):
                    held += len(piece)
        assert tracemalloc.get_traced_memory()[1] < 2 * limit
    finally:
        tracemalloc.stop()
    assert (error.value.code, held <= limit) == (1009, True)


def test_exactly_the_limit_is_accepted():
    """One byte more is not."""
    data = Deflater(15, forget=True, settings=WIDE).deflate(bytes(200_000))
    assert inflated(Inflater(15, forget=False), data, 200_000) == bytes(200_000)
    with pytest.raises(RemoteError) as error:
        inflated(Inflater(15, forget=False), data, 199_999)
    assert error.value.code == 1009


@given(st.binary(min_size=1, max_size=200))
def test_no_input_raises_anything_but_a_remote_error(data):
    """Bytes of chance."""
    try:
        assert len(inflated(Inflater(15, forget=False), data, 5000)) <= 5000
    except RemoteError as error:
        assert error.code in (1002, 1009)


def test_bad_data_is_refused():
    """W12: a block of a kind that does not exist."""
    with pytest.raises(RemoteError) as error:
        inflated(Inflater(15, forget=False), b"\x07\x00")
    assert error.value.code == 1002


def test_final_blocks_without_end_are_refused():
    """Each begins a new context, which is work: a few are a style, thousands an attack."""
    final = bytes.fromhex("0300")
    assert inflated(Inflater(15, forget=False), final * 60) == b""
    with pytest.raises(RemoteError) as error:
        inflated(Inflater(15, forget=False), final * 100_000)
    assert error.value.code == 1002


# What is agreed on.  On the left the client's header line, on the right the server's.
SERVER = [
    ("permessage-deflate", NAME),
    ("permessage-deflate; client_max_window_bits", f"{NAME}; client_max_window_bits=12"),
    ("permessage-deflate; client_max_window_bits=10", f"{NAME}; client_max_window_bits=10"),
    ("permessage-deflate; client_max_window_bits=8", f"{NAME}; client_max_window_bits=8"),
    ("permessage-deflate; server_max_window_bits=10", f"{NAME}; server_max_window_bits=10"),
    (
        "permessage-deflate; server_no_context_takeover; client_no_context_takeover",
        f"{NAME}; server_no_context_takeover; client_no_context_takeover",
    ),
    # A window of 2 ** 8 is more than zlib can keep: the next offer is looked at.
    ("permessage-deflate; server_max_window_bits=8", None),
    ("permessage-deflate; server_max_window_bits=8, permessage-deflate", NAME),
    # §5.1: unknown, illegal or repeated parameters decline an offer.
    ("permessage-deflate; unknown", None),
    ("permessage-deflate; server_max_window_bits", None),
    ("permessage-deflate; server_max_window_bits=7", None),
    ("permessage-deflate; server_max_window_bits=16", None),
    ("permessage-deflate; server_max_window_bits=010", None),
    ("permessage-deflate; server_max_window_bits=+9", None),
    ("permessage-deflate; client_max_window_bits=0", None),
    ("permessage-deflate; server_no_context_takeover=1", None),
    ("permessage-deflate; client_max_window_bits; client_max_window_bits=9", None),
    ("permessage-deflate; unknown, permessage-deflate", NAME),
    ("x-webkit-deflate-frame", None),
    ("permessage-bzip2, permessage-deflate", NAME),
]


@pytest.mark.parametrize(("offered", "expected"), SERVER)
def test_what_a_server_answers_to_an_offer(offered, expected):
    """The first offer that it can keep, or nothing."""
    settings = Settings(server_max_window_bits=15, client_max_window_bits=12)
    accepted, terms = deflate_offers.accept(handshake.parse_extensions(offered), settings)
    if accepted is None:
        assert (expected, terms) == (None, None)
    else:
        assert handshake.format_extensions([accepted]) == expected


def test_a_server_asks_for_what_its_settings_say():
    """Smaller windows and no memory may be said unasked, but for the client's window."""
    settings = Settings(
        server_no_context_takeover=True,
        client_no_context_takeover=True,
        server_max_window_bits=9,
        client_max_window_bits=9,
    )
    accepted, terms = deflate_offers.accept([(NAME, [])], settings)
    assert handshake.format_extensions([accepted]) == (
        f"{NAME}; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=9"
    )
    assert terms == Agreed(True, True, 9, 15)


@pytest.mark.parametrize(
    ("settings", "offered"),
    [
        (Settings(server_max_window_bits=15, client_max_window_bits=15), "client_max_window_bits"),
        (Settings(), "server_max_window_bits=12; client_max_window_bits=12"),
        (
            Settings(server_no_context_takeover=True, server_max_window_bits=15),
            "server_no_context_takeover; client_max_window_bits=12",
        ),
    ],
)
def test_what_a_client_offers(settings, offered):
    """Its wishes, and that it knows client_max_window_bits."""
    assert handshake.format_extensions([deflate_offers.offer(settings)]) == f"{NAME}; {offered}"


def test_what_a_client_makes_of_an_answer():
    """It may forget and look back less than it may; the server's words count for the server."""
    settings = Settings(client_no_context_takeover=True, server_max_window_bits=15)
    said = [(NAME, [("server_max_window_bits", "10"), ("server_no_context_takeover", None)])]
    assert deflate_offers.verify(said, settings) == Agreed(True, True, 10, 12)


@pytest.mark.parametrize(
    "accepted",
    [
        [("permessage-bzip2", [])],
        [(NAME, []), (NAME, [])],
        [(NAME, [("client_max_window_bits", None)])],
        [(NAME, [("server_max_window_bits", "16")])],
        [(NAME, [("unknown", None)])],
        [(NAME, [("server_no_context_takeover", None)] * 2)],
        [(NAME, [])],  # it was asked for server_max_window_bits=12
        [(NAME, [("server_max_window_bits", "13")])],
        [(NAME, [("server_max_window_bits", "12")])],  # and to forget
    ],
)
def test_an_answer_that_does_not_fit_the_offer_fails(accepted):
    """The handshake fails; the error's code is an HTTP status."""
    with pytest.raises(RemoteError) as error:
        deflate_offers.verify(accepted, Settings(server_no_context_takeover=True))
    assert error.value.code == 400


def test_a_client_that_must_not_look_back_far_sends_messages_as_they_are():
    """client_max_window_bits=8: zlib cannot, so it has no Deflater; reading works."""
    terms = deflate_offers.verify(
        [(NAME, [("client_max_window_bits", "8"), ("server_max_window_bits", "8")])], Settings()
    )
    ours, theirs = deflate.pair(terms, Settings(), client=True)
    assert ours is None
    assert inflated(theirs, bytes.fromhex("f248cdc9c90700")) == b"Hello"


@pytest.mark.parametrize("name", ["server_max_window_bits", "client_max_window_bits"])
@pytest.mark.parametrize("size", [8, 16])
def test_settings_that_cannot_be_kept_are_refused(name, size):
    """At the call, by name."""
    with pytest.raises(ValueError, match=name):
        Settings(**{name: size})


def test_both_ends_of_a_pair_fit_together():
    """The server's Deflater and the client's Inflater, and the other way round."""
    settings = Settings(threshold=0)
    _, terms = deflate_offers.accept([deflate_offers.offer(settings)], settings)
    server, client = (deflate.pair(terms, settings, client=end) for end in (False, True))
    for message in (b"one", b"two" * 1000, os.urandom(5000), b""):
        assert inflated(client[1], server[0].deflate(message)) == message
        assert inflated(server[1], client[0].deflate(message)) == message
