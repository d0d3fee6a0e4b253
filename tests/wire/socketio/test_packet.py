"""Packets as text and attachments: the vectors of the wire, any packet and back, and npm's."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from course_lib.errors import RemoteError
from course_lib.wire.socketio.packet import (
    BINARY,
    MAX_ATTACHMENTS,
    RESERVED,
    Decoder,
    Packet,
    Parser,
    Type,
    check,
    decode,
    encode,
)

ROOT = Path(__file__).parents[3]
P0, P1 = (f'{{"_placeholder":true,"num":{number}}}' for number in (0, 1))
SID = "oSO0OpakMV_3jnilAAAA"
VECTORS: list[tuple[Packet, list[str | bytes]]] = [
    (Packet(Type.CONNECT), ["0"]),
    (Packet(Type.CONNECT, {"token": "123"}), ['0{"token":"123"}']),
    (Packet(Type.CONNECT, None, "/admin"), ["0/admin,"]),
    (Packet(Type.CONNECT, {"sid": SID}, "/admin"), [f'0/admin,{{"sid":"{SID}"}}']),
    (
        Packet(Type.CONNECT_ERROR, {"message": "Not authorized", "data": {"code": "E1"}}, "/admin"),
        ['4/admin,{"message":"Not authorized","data":{"code":"E1"}}'],
    ),
    (Packet(Type.CONNECT_ERROR, "no"), ['4"no"']),
    (Packet(Type.DISCONNECT), ["1"]),
    (Packet(Type.DISCONNECT, None, "/admin"), ["1/admin,"]),
    (Packet(Type.EVENT, ["foo", 1]), ['2["foo",1]']),
    (Packet(Type.EVENT, ["bar"], "/admin"), ['2/admin,["bar"]']),
    (Packet(Type.EVENT, ["foo"], id=12), ['212["foo"]']),
    (Packet(Type.EVENT, ["bar"], "/admin", 13), ['2/admin,13["bar"]']),
    (Packet(Type.ACK, ["ok"], id=12), ['312["ok"]']),
    (Packet(Type.ACK, [], id=12), ["312[]"]),
    (Packet(Type.ACK, ["bar"], "/admin", 13), ['3/admin,13["bar"]']),
    (Packet(Type.EVENT, ["baz", b"\x01\x02"]), [f'51-["baz",{P0}]', b"\x01\x02"]),
    (
        Packet(Type.EVENT, ["m", b"a", {"k": [b""]}], "/admin", 7),
        [f'52-/admin,7["m",{P0},{{"k":[{P1}]}}]', b"a", b""],
    ),
    (Packet(Type.ACK, ["bar", b"x"], id=15), [f'61-15["bar",{P0}]', b"x"]),
    (Packet(Type.EVENT, ["e", 1], "/a?b=[1]"), ['2/a?b=[1],["e",1]']),
    (Packet(Type.EVENT, ["é", "\U0001f600\x1e"]), ['2["é","\U0001f600\\u001e"]']),
    (Packet(Type.EVENT, ["e"], id=9_999_999_999_999_999), ['29999999999999999["e"]']),
]


def read(messages: list[str | bytes], decoder: Decoder | None = None) -> Packet:
    """The packet of these messages, which completes with the last of them."""
    decoder = decoder or Decoder()
    *first, last = messages
    assert [decoder.add(one) for one in first] == [None] * len(first)
    packet = decoder.add(last)
    assert packet is not None and decoder.partial is None
    packet.attachments = 0
    return packet


@pytest.mark.parametrize(("packet", "messages"), VECTORS)
def test_the_vectors_of_the_wire(packet, messages):
    """Both ways."""
    assert encode(packet) == messages
    assert read(messages) == packet


@pytest.mark.parametrize(
    ("text", "packet"),
    [
        ("0/admin", Packet(Type.CONNECT, None, "/admin")),
        ("0/,", Packet(Type.CONNECT)),
        ("1/admin", Packet(Type.DISCONNECT, None, "/admin")),
        ('2["a"] ', Packet(Type.EVENT, ["a"])),
        ('212 ["a"]', Packet(Type.EVENT, ["a"], id=12)),
        ("2[1]", Packet(Type.EVENT, [1])),
        ('3["x"]', Packet(Type.ACK, ["x"])),
        ('2007["a"]', Packet(Type.EVENT, ["a"], id=7)),
        ("2/a\nb,[1]", Packet(Type.EVENT, [1], "/a\nb")),
    ],
)
def test_other_forms_are_read(text, packet):
    assert decode(text) == packet


keys = st.text(st.characters(exclude_categories=["Cs"]), max_size=8).filter(
    lambda key: key not in ("_placeholder", "__proto__")
)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
numbers = st.integers(-(1 << 53) + 1, (1 << 53) - 1) | st.floats(
    allow_nan=False, allow_infinity=False
).filter(lambda one: one % 1 != 0)
plain = st.none() | st.booleans() | numbers | texts
values = st.recursive(
    plain | st.binary(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=10,
)
namespaces = st.just("/") | texts.map(lambda text: "/" + text.replace(",", ""))
ids = st.none() | st.integers(0, 10**16 - 1)
events = st.builds(
    lambda name, args, namespace, id: Packet(Type.EVENT, [name, *args], namespace, id),
    texts.filter(lambda name: name not in RESERVED),
    st.lists(values, max_size=4),
    namespaces,
    ids,
)
answers = st.builds(
    lambda args, namespace, id: Packet(Type.ACK, args, namespace, id),
    st.lists(values, max_size=4),
    namespaces,
    st.integers(0, 10**16 - 1),
)
objects = st.dictionaries(keys, plain, max_size=4)
others = st.builds(
    lambda kind, data, namespace: Packet(kind, data, namespace),
    st.just(Type.CONNECT),
    st.none() | objects,
    namespaces,
) | st.builds(
    lambda data, namespace: Packet(Type.CONNECT_ERROR, data, namespace), objects, namespaces
)
packets = events | answers | others


@given(st.lists(packets, max_size=4))
def test_any_packets_come_back(several):
    """One after the other, on one decoder."""
    decoder = Decoder()
    for packet in several:
        messages = encode(packet)
        assume(len(messages) <= MAX_ATTACHMENTS + 1)
        assert read(messages, decoder) == packet


pieces = st.sampled_from(
    ["0", "1", "2", "3", "4", "5", "6", "-", "/", ",", "[", "]", "{", "}", '"', "a", "\\u",
     "null", "true", "NaN", " ", "\u0663", "\x00", "\ud800", '["a"]', '["connect"]', P0, P1, "51-",
     "e9", ".", "11111111111111111", "/a,"]
)  # fmt: skip


@given(st.lists(st.lists(pieces, max_size=12).map("".join) | st.binary(max_size=3), max_size=4))
@settings(max_examples=400)
def test_any_messages_are_packets_or_a_remote_error(messages):
    """X10: nothing else comes out of the decoder, and it holds no more than was announced."""
    decoder = Decoder()
    try:
        for message in messages:
            packet = decoder.add(message)
            if packet is not None:
                check(packet)
                assert packet.type not in BINARY.values()
            assert (decoder.partial is None) or decoder.partial.attachments <= MAX_ATTACHMENTS
    except RemoteError as error:
        assert error.code == 400


@pytest.mark.parametrize("digits", [17, 100, 4_300, 4_301, 5_000, 1_000_000])
@pytest.mark.parametrize("head", ["2", "3", "5", "51-", "2/a,", "0", "1"])
@pytest.mark.parametrize("rest", ["", '["a"]', "[", "-"])
def test_many_digits_are_refused_and_no_other_error(digits, head, rest):
    """X10."""
    with pytest.raises(RemoteError):
        decode(head + "1" * digits + rest)


@pytest.mark.parametrize(
    "text",
    ['2\xb2["a"]', '2\u0663["a"]', '21\u0663["a"]', '5\u0665-["a"]', '4\u0665["a"]', "\u0662[1]"],
)
def test_digits_that_are_not_ascii_are_refused(text):
    """X10."""
    with pytest.raises(RemoteError):
        decode(text)


@pytest.mark.parametrize("opening", ["[", '{"a":'])
@pytest.mark.parametrize("closed", [False, True])
def test_depth_is_no_recursion_error(opening, closed):
    """X10: also in a packet with attachments, and of depths near every limit."""
    closing = {"[": "]", '{"a":': "1}"}[opening]
    for depth in (200, 900, 1_000, 1_100, 5_000, 100_000):
        inner = opening * depth + (closing[:-1] + closing[-1] * depth) * closed
        for said in ([f'2["a",{inner}]'], [f'51-["a",{P0},{inner}]', b"x"]):
            decoder = Decoder()
            try:
                for one in said:
                    decoder.add(one)
            except RemoteError:
                continue
            assert closed and depth < 100_000


def test_a_parser_has_its_own_limit_of_attachments_and_hooks():
    """X56: `default` and `object_hook`."""

    class Point:
        def __init__(self, x: int) -> None:
            self.x = x

    parser = Parser(
        default=lambda point: {"x": point.x, "bytes": b"b"},
        object_hook=lambda one: Point(one["x"]) if "x" in one else one,
        max_attachments=12,
    )
    messages = parser.encode(Packet(Type.EVENT, ["p", Point(7)]))
    assert messages == [f'51-["p",{{"x":7,"bytes":{P0}}}]', b"b"]
    (_, point) = read(messages, parser.decoder()).data
    assert point.x == 7
    twelve = parser.encode(Packet(Type.EVENT, ["p", *[b"x"] * 12]))
    assert read(twelve, parser.decoder()).data == ["p", *[b"x"] * 12]
    with pytest.raises(RemoteError, match="too many"):
        read(twelve)
    with pytest.raises(RemoteError, match="too many"):
        read(parser.encode(Packet(Type.EVENT, ["p", *[b"x"] * 13])), parser.decoder())


# npm's socket.io-parser.


@pytest.fixture(scope="module")
def ask() -> Iterator[Any]:
    """One process of Node for all questions."""
    peer = Path(__file__).parent / "peers" / "packets.cjs"
    with subprocess.Popen(
        ["node", str(peer)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
        cwd=ROOT,
    ) as process:
        questions, told = process.stdin, process.stdout
        assert questions is not None and told is not None

        def ask(what: str, value: Any) -> Any:
            print(json.dumps([what, _sent(value)]), file=questions, flush=True)
            return _got(json.loads(told.readline()))

        yield ask
        questions.close()


def _sent(value: Any) -> Any:
    if isinstance(value, bytes):
        return {"base64": base64.b64encode(value).decode()}
    if isinstance(value, list):
        return [_sent(item) for item in value]
    if isinstance(value, dict):
        return {key: _sent(item) for key, item in value.items()}
    return value


def _got(value: Any) -> Any:
    if isinstance(value, list):
        return [_got(item) for item in value]
    if isinstance(value, dict):
        if value.keys() == {"base64"}:
            return base64.b64decode(value["base64"])
        return {key: _got(item) for key, item in value.items()}
    return value


def _theirs(packet: Packet) -> dict[str, Any]:
    said = {"type": int(packet.type), "nsp": packet.namespace, "data": packet.data}
    if packet.id is not None:
        said["id"] = packet.id
    if packet.data is None:
        del said["data"]
    return said


needs_node = pytest.mark.skipif(
    not shutil.which("node") or not (ROOT / "node_modules" / "socket.io-parser").exists(),
    reason="node with socket.io-parser is missing: install Node.js, then `npm ci`",
)
exact = packets.filter(lambda one: one.id is None or one.id < 1 << 53)


@needs_node
@given(packet=exact)
@settings(max_examples=80)
def test_npms_parser_reads_what_we_write_and_we_what_it_writes(ask, packet):
    """Any packet that both can have."""
    messages = encode(packet)
    assume(len(messages) <= MAX_ATTACHMENTS + 1)
    said = {"type": int(packet.type), "nsp": packet.namespace, "id": packet.id, "data": packet.data}
    assert ask("decode", messages) == [said]
    written = ask("encode", _theirs(packet))
    assert read(written) == packet
    if "." not in messages[0] and "e" not in messages[0]:  # it writes numbers in other ways
        assert _meaning(written) == _meaning(messages)


def _meaning(messages: list[Any]) -> list[Any]:
    """Without the spelling of rare characters, which JSON leaves open."""
    text = messages[0]
    head = text[: min((text.find(one) for one in "[{" if one in text), default=len(text))]
    return [head, *messages[1:]]


@needs_node
@given(st.lists(st.lists(pieces, max_size=10).map("".join), min_size=1, max_size=2))
@settings(max_examples=150)
def test_what_we_read_npms_parser_reads_as_we_do(ask, messages):
    """We may refuse more than it does, never less."""
    assume(not any("\ud800" in message for message in messages))
    decoder, ours = Decoder(), []
    try:
        for message in messages:
            packet = decoder.add(message)
            if packet is not None:
                ours.append(packet)
    except RemoteError:
        return
    told = ask("decode", messages)
    assert isinstance(told, list), told
    assert [(int(p.type), p.namespace, p.id, p.data) for p in ours] == [
        (t["type"], t["nsp"], t["id"], t["data"]) for t in told
    ]
