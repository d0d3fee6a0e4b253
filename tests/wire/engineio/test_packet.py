"""Packets and payloads: the vectors, any packets, everything that is refused, the npm parser."""

from __future__ import annotations

import base64
import json
import random
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib.errors import RemoteError
from course_lib.wire.engineio import packet
from course_lib.wire.engineio.packet import Handshake, Packet, Type

ROOT = Path(__file__).parents[3]
PEER = ROOT / "tests" / "engineio" / "peers" / "parser.cjs"

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x1e"))
packets = st.one_of(
    st.builds(Packet, st.sampled_from(list(Type)), texts),
    st.builds(Packet, st.just(Type.MESSAGE), st.binary()),
)

EXAMPLES = [  # section A.4 and M.1 of the protocol's description
    ("4hello", [Packet(Type.MESSAGE, "hello")]),
    (
        "4hello\x1e2\x1e4world",
        [Packet(Type.MESSAGE, "hello"), Packet(Type.PING), Packet(Type.MESSAGE, "world")],
    ),
    ("4hello\x1ebAQIDBA==", [Packet(Type.MESSAGE, "hello"), Packet(Type.MESSAGE, b"\1\2\3\4")]),
    (
        '42["message","é"]\x1e451-["message",{"_placeholder":true,"num":0}]\x1ebAQID',
        [
            Packet(Type.MESSAGE, '2["message","é"]'),
            Packet(Type.MESSAGE, '51-["message",{"_placeholder":true,"num":0}]'),
            Packet(Type.MESSAGE, b"\1\2\3"),
        ],
    ),
    ("40", [Packet(Type.MESSAGE, "0")]),
    ("6\x1e1", [Packet(Type.NOOP), Packet(Type.CLOSE)]),
    ("2probe", [Packet(Type.PING, "probe")]),
    ("3probe", [Packet(Type.PONG, "probe")]),
    ("5", [Packet(Type.UPGRADE)]),
    ("4", [Packet(Type.MESSAGE, "")]),
    ("b", [Packet(Type.MESSAGE, b"")]),
    ("b+/8=", [Packet(Type.MESSAGE, b"\xfb\xff")]),
]


@pytest.mark.parametrize(("body", "meant"), EXAMPLES)
def test_the_examples_of_the_protocol(body, meant):
    """Written and read, as a body and one by one."""
    assert packet.encode_payload(meant) == body.encode()
    assert list(packet.decode_payload(body.encode())) == meant
    parts = [packet.encode(one, binary=False) for one in meant]
    assert "\x1e".join(parts) == body
    assert [packet.decode(part) for part in parts] == meant


def test_the_response_of_the_exchange_has_as_many_bytes_as_the_example():
    """M.1: 64, since é is two bytes."""
    body = '42["back","é"]\x1e451-["back",{"_placeholder":true,"num":0}]\x1ebAQID'
    assert len(packet.encode_payload(packet.decode_payload(body.encode()))) == 64


def test_bytes_have_no_digit_where_the_transport_can_carry_them():
    """A binary frame is the message."""
    assert packet.encode(Packet(Type.MESSAGE, b"\x34\x00")) == b"\x34\x00"
    assert packet.decode(b"\x34\x00") == Packet(Type.MESSAGE, b"\x34\x00")
    assert packet.encode(Packet(Type.MESSAGE, b"\1"), binary=False) == "bAQ=="


@given(packets)
def test_a_packet_comes_back_from_either_form(one):
    """With and without binary."""
    assert packet.decode(packet.encode(one)) == one
    assert packet.decode(packet.encode(one, binary=False)) == one


@given(st.lists(packets, min_size=1))
def test_a_payload_comes_back(many):
    """Any number of packets, in order."""
    assert list(packet.decode_payload(packet.encode_payload(many))) == many


HOSTILE = [
    b"",
    b"7",
    b"9hello",
    b"hello",
    b" 4hello",
    b"-4",
    b"\x1e",
    b"\x00",
    "\uff14hello".encode(),  # a full-width 4
    "²".encode(),
    b"\xff",
    b"4\xc3",
    b"4\xed\xa0\x80",  # half of a surrogate pair
    b"4\xc0\x80",  # an overlong NUL
    b"b!",
    b"bA",
    b"bAQ",
    b"bAQ==AQ==",
    b"bAQ==\n",
    b"b AQ==",
    b"b-_8=",  # base64 for URLs
    b"b=",
    "bé".encode(),
    b"B",
]


@pytest.mark.parametrize("body", HOSTILE)
def test_what_is_no_packet_is_an_error(body):
    """RemoteError with a short text, whatever was sent."""
    with pytest.raises(RemoteError) as error:
        list(packet.decode_payload(body))
    assert error.value.code == 400
    assert len(str(error.value)) < 200


@pytest.mark.parametrize("at", ["first", "middle", "last"])
@pytest.mark.parametrize("bad", [b"", b"7", b"b!"])
def test_packets_before_a_bad_one_count(at, bad):
    """Decoded until then; what comes after it is dropped."""
    parts = {"first": [bad, b"4a"], "middle": [b"4a", bad, b"4b"], "last": [b"4a", bad]}[at]
    heard = []
    with pytest.raises(RemoteError):
        for one in packet.decode_payload(b"\x1e".join(parts)):
            heard.append(one.data)  # noqa: PERF401 - it raises in the middle
    assert heard == ([] if at == "first" else ["a"])


@given(st.binary())
def test_any_bytes_are_packets_or_an_error(body):
    """No other exception."""
    try:
        found = list(packet.decode_payload(body))
    except RemoteError:
        return
    assert list(packet.decode_payload(packet.encode_payload(found))) == found


def test_an_error_quotes_little_of_a_long_text():
    """A megabyte of nonsense is not put into a log."""
    with pytest.raises(RemoteError) as error:
        packet.decode("x" * 1_000_000)
    assert len(str(error.value)) < 200


@given(st.lists(packets, min_size=1), st.integers(0, 200))
def test_what_fits_is_within_the_limit_and_the_next_one_does_not_fit(many, limit):
    """In bytes of the body; the first packet always goes."""
    encoded = [packet.encode(one) for one in many]
    count = packet.fitting(encoded, limit)
    assert 1 <= count <= len(encoded)
    assert count == 1 or len(packet.join(encoded[:count])) <= limit
    assert count == len(encoded) or len(packet.join(encoded[: count + 1])) > limit


def test_nothing_fits_from_nothing():
    """No packets, no count."""
    assert packet.fitting([], 10) == 0


OPEN = (
    '0{"sid":"lv_VI97HAXpY6yYWAAAC","upgrades":["websocket"],"pingInterval":25000,'
    '"pingTimeout":20000,"maxPayload":1000000}'
)


def test_the_handshake_has_five_fields_and_milliseconds():
    """A.3, written and read."""
    meant = Handshake("lv_VI97HAXpY6yYWAAAC", ["websocket"], 25.0, 20.0, 1_000_000)
    assert meant.encode() == OPEN
    assert Handshake.decode(OPEN[1:]) == meant
    example = (
        '{"sid":"HhED8wkYMtldQRMHAAAB","upgrades":[],"pingInterval":60000,"pingTimeout":500,'
        '"maxPayload":1000}'
    )
    assert Handshake.decode(example) == Handshake("HhED8wkYMtldQRMHAAAB", [], 60.0, 0.5, 1000)
    assert Handshake.decode(example).encode() == "0" + example


def test_a_handshake_may_say_more_than_we_know():
    """Unknown fields are dropped; an old server names no `maxPayload`."""
    fields = {"sid": "a", "upgrades": [], "pingInterval": 1, "pingTimeout": 2, "new": {"x": []}}
    assert Handshake.decode(json.dumps(fields)) == Handshake("a", [], 0.001, 0.002, 0)


GOOD = json.loads(OPEN[1:])


@pytest.mark.parametrize(
    "data",
    [
        "",
        "{",
        "[]",
        "5",
        "null",
        "[" * 100_000,
        "{}",
        b"\xff",
        *[
            json.dumps(GOOD | changes)
            for changes in (
                {"sid": None},
                {"sid": 5},
                {"sid": ""},
                {"sid": "x" * 1000},
                {"upgrades": "websocket"},
                {"upgrades": [1]},
                {"upgrades": None},
                {"pingInterval": None},
                {"pingInterval": "25000"},
                {"pingInterval": -1},
                {"pingInterval": True},
                {"pingTimeout": 1e300},
                {"pingTimeout": float("nan")},
                {"pingTimeout": float("inf")},
                {"maxPayload": "many"},
                {"maxPayload": -5},
            )
        ],
        json.dumps({name: GOOD[name] for name in GOOD if name != "pingTimeout"}),
    ],
)
def test_a_handshake_that_makes_no_sense_is_an_error(data):
    """A client must not wait for ever, or divide by None, because of its server."""
    with pytest.raises(RemoteError) as error:
        Handshake.decode(data)
    assert len(str(error.value)) < 200


# The npm parser.


def _plain(one: Packet) -> list[str]:
    name = one.type.name.lower()
    if isinstance(one.data, str):
        return [name, "text", one.data]
    return [name, "base64", base64.b64encode(one.data).decode()]


def _random_packet(chance: random.Random) -> Packet:
    if chance.random() < 0.3:
        return Packet(Type.MESSAGE, chance.randbytes(chance.randrange(40)))
    letters = 'ab"\\ é한\U0001f600\x00\x7f\n\u2028{}[]0123456b'
    text = "".join(chance.choices(letters, k=chance.randrange(30)))
    return Packet(chance.choice(list(Type)), text)


@pytest.mark.skipif(
    not shutil.which("node") or not (ROOT / "node_modules" / "engine.io-parser").exists(),
    reason="node with the package engine.io-parser is missing: install Node.js, then `npm ci`",
)
def test_payloads_are_those_of_the_npm_parser():
    """Three hundred random ones: the same body, the same packets, the same place of an error."""
    seed = random.randrange(1 << 32)
    chance = random.Random(seed)
    many = [[_random_packet(chance) for _ in range(chance.randrange(1, 8))] for _ in range(300)]
    bodies = [packet.encode_payload(one).decode() for one in many]
    broken = []
    for body in bodies:
        at = chance.randrange(len(body) + 1)
        broken.append(body[:at] + chance.choice(["\x1e", "\x1e\x1e", "7", "\x1e4"]) + body[at:])
    question = json.dumps({"encode": [[_plain(p) for p in one] for one in many], "decode": broken})
    done = subprocess.run(
        ["node", str(PEER)], input=question, capture_output=True, encoding="utf-8", cwd=ROOT
    )
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["encoded"] == bodies, seed
    assert [[_plain(p) for p in one] for one in many] == answer["back"], seed
    for body, theirs in zip(broken, answer["decoded"], strict=True):
        ours = []
        try:
            for one in packet.decode_payload(body.encode()):
                ours.append(_plain(one))  # noqa: PERF401 - it may raise in the middle
        except RemoteError as error:
            if "base64" in str(error):  # Node decodes what it can: ours is stricter
                assert theirs[: len(ours)] == ours, (seed, body)
                continue
            ours.append(["error", "text", "parser error"])
        assert ours == theirs, (seed, body)
