"""The other official parser: each packet is one message of bytes.  Any server, and Node's."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from typing import Any

import pytest

from .raw import kind
from .unpacked import UNDEFINED, unpack

NEEDS = ("msgpack",)
wide = pytest.mark.wide
# M.3: what the official client sends.
CONNECT = bytes.fromhex("83a47479706500a464617461d40000a36e7370a12f")
CONNECT_AUTH = bytes.fromhex("83a47479706500a46461746181a17401a36e7370a12f")
DISCONNECT = bytes.fromhex("82a47479706501a36e7370a12f")


def name(text: str) -> bytes:
    """A short string."""
    return bytes([0xA0 + len(text)]) + text.encode()


def event(*args: bytes, number: int | None = None, nsp: str = "/") -> bytes:
    """An event as the official client sends it, with its `options`."""
    packet = name("type") + b"\x02" + name("data") + bytes([0x90 + len(args)]) + b"".join(args)
    packet += name("options") + b"\x81" + name("compress") + b"\xc3"
    packet += b"" if number is None else name("id") + bytes([number])
    return bytes([0x84 if number is None else 0x85]) + packet + name("nsp") + name(nsp)


def said(packet: object) -> dict[str, Any]:
    """What a packet of the server says; a member that is undefined is as good as none."""
    assert isinstance(packet, bytes), packet
    fields = unpack(packet)
    if isinstance(fields.get("data"), dict):
        fields["data"] = {k: v for k, v in fields["data"].items() if v != UNDEFINED}
    return fields


@pytest.fixture
async def server(serve: Callable[..., Any]) -> Any:
    return await serve(parser="msgpack", greet=True)


async def joined(server):
    raw = await server.open()
    await raw.say(CONNECT)
    await raw.hear_all(2)
    return raw


@pytest.mark.parametrize(
    ("packet", "auth"),
    [
        (CONNECT, {}),
        (CONNECT_AUTH, {"t": 1}),
        pytest.param(b"\x82" + CONNECT[1:7] + CONNECT[-6:], {}, id="no data"),
    ],
)
async def test_connect_is_answered_with_an_id(server, packet, auth):
    """C: no data, data that is undefined, auth."""
    raw = await server.open()
    await raw.say(packet)
    answer = said(await raw.hear())
    assert re.fullmatch("[A-Za-z0-9_-]{20}", answer["data"].pop("sid"))
    assert answer == {"type": 0, "data": {}, "nsp": "/"}
    hello = await raw.hear()
    assert said(hello) == {"type": 2, "data": ["hello", auth], "nsp": "/"}


async def test_an_unknown_namespace_is_refused(server):
    """C: CONNECT_ERROR is a map; the connection lives."""
    raw = await server.open()
    await raw.say(CONNECT[:-2] + name("/no"))
    answer = said(await raw.hear())
    assert answer == {"type": 4, "nsp": "/no", "data": {"message": "Invalid namespace"}}
    await raw.say(CONNECT)
    assert said(await raw.hear())["type"] == 0


async def test_a_middleware_refuses(server):
    """C: with its data."""
    raw = await server.open()
    auth = b"\x82" + name("refuse") + name("no") + name("data") + b"\x91\xc4\x01x"
    await raw.say(CONNECT[:12] + auth + CONNECT[-6:])
    answer = said(await raw.hear())
    assert answer == {"type": 4, "nsp": "/", "data": {"message": "no", "data": [b"x"]}}


@pytest.mark.parametrize(
    "value",
    kind(
        "cf0020000000000000", "d7000000018bcfe5687b", "c4020102", "a3ed959c", "9201c0",
        "cb3fe0000000000000", "ccff", "d1ff7f", "81a16192c40100c40101", "d3ffe0000000000000",
        "00", "7f", "ff", "e0", "cc80", "cd0100", "cdffff", "ce00010000", "d080",
        "d2ffff7fff", "c0", "c2", "c3", "a0",
        "d920" + "78" * 32, "da0100" + "78" * 256, "c400", "c50100" + "07" * 256, "90",
        "dc0010" + "01" * 16, "80", "81a16101",
        "de0010" + "".join(f"a1{97 + i:02x}{i:02x}" for i in range(16)),
        "cb7ff0000000000000",
        shown=10,
    ),
)  # fmt: skip
async def test_a_value_comes_back_byte_for_byte(server, value):
    """C: numbers in their shortest form, bytes as bytes, a date as the extension 0."""
    raw = await joined(server)
    await raw.say(event(name("echo"), bytes.fromhex(value)))
    echo = bytes.fromhex("83a47479706502a46461746192") + name("echo") + bytes.fromhex(value)
    assert await raw.hear() == echo + bytes.fromhex("a36e7370a12f")


async def test_a_handler_answers(server):
    """M.3: the id comes first; bytes are no other type of packet."""
    raw = await joined(server)
    await raw.say(event(name("answer"), b"\x01", number=5))
    assert await raw.hear() == bytes.fromhex("84a2696405a47479706503a4646174619101a36e7370a12f")
    await raw.say(event(name("answer"), b"\xc4\x01x", number=6))
    assert said(await raw.hear()) == {"id": 6, "type": 3, "data": [b"x"], "nsp": "/"}


async def test_a_client_answers(server):
    """The map of the client has its own order."""
    raw = await joined(server)
    await raw.say(event(name("ask"), name("q")))
    question = said(await raw.hear())
    number = question.pop("id")
    assert question == {"type": 2, "data": ["q"], "nsp": "/"}
    answer = name("nsp") + name("/") + name("data") + b"\x91" + name("a") + name("type") + b"\x03"
    await raw.say(b"\x84" + name("id") + bytes([number]) + answer)
    assert said(await raw.hear())["data"] == ["answered", "a"]


async def test_a_client_leaves(server):
    """DISCONNECT has no data; and joins again."""
    raw = await joined(server)
    await raw.say(DISCONNECT)
    assert await server.event("disconnect") == ["/", "client namespace disconnect"]
    await raw.say(CONNECT)
    assert said(await raw.hear())["type"] == 0


async def test_a_server_ends_the_connection(server):
    """DISCONNECT, then the close."""
    raw = await joined(server)
    await raw.say(event(name("end")))
    assert await raw.rest() == [DISCONNECT]


async def test_packets_by_polling_are_base64(server):
    """C: one `b…` each."""
    polls = await server.polls()
    await polls.post(b"b" + base64.b64encode(CONNECT))
    answer, _ = await polls.hear(2)
    assert said(base64.b64decode(answer[1:]))["type"] == 0
    await polls.post(b"b" + base64.b64encode(event(name("answer"), b"\x01", number=5)))
    (answer,) = await polls.hear(1)
    assert said(base64.b64decode(answer[1:]))["data"] == [1]


@pytest.mark.parametrize(
    "packet",
    [
        pytest.param("40", id="text"),
        pytest.param('42["echo"]', id="a text event", marks=wide),
        pytest.param(b"", id="nothing"),
        pytest.param(b"\x01", id="a number", marks=wide),
        pytest.param(b"\x80", id="an empty map"),
        pytest.param(b"\xc0", id="nil", marks=wide),
        pytest.param(CONNECT[:-1], id="cut short"),
        pytest.param(b"\x82" + name("type") + b"\x05" + name("nsp") + name("/"), id="type 5"),
        pytest.param(
            b"\x82" + name("type") + b"\xff" + name("nsp") + name("/"), id="type -1", marks=wide
        ),
        pytest.param(
            b"\x82" + name("type") + name("2") + name("nsp") + name("/"), id="type '2'", marks=wide
        ),
        pytest.param(b"\x81" + name("type") + b"\x01", id="no nsp"),
        pytest.param(
            b"\x82" + name("type") + b"\x01" + name("nsp") + b"\x01", id="nsp 1", marks=wide
        ),
        pytest.param(b"\x82" + name("type") + b"\x02" + name("nsp") + name("/"), id="no data"),
        pytest.param(
            b"\x83" + name("type") + b"\x02" + name("data") + b"\x80" + name("nsp") + name("/"),
            id="data is a map",
            marks=wide,
        ),
        pytest.param(
            b"\x83" + name("type") + b"\x01" + name("data") + b"\x90" + name("nsp") + name("/"),
            id="DISCONNECT with data",
            marks=wide,
        ),
        pytest.param(
            event(name("echo")).replace(b"\x84", b"\x85", 1) + name("id") + name("x"),
            id="id x",
            marks=wide,
        ),
        pytest.param(event(name("echo"), nsp="/admin"), id="a namespace that is not joined"),
        pytest.param(CONNECT, id="joined already"),
    ],
)
async def test_an_invalid_packet_closes_the_connection(server, packet):
    """C: as with the default parser."""
    raw = await joined(server)
    await raw.say(packet)
    assert await raw.rest() == []
    assert await server.event("disconnect") == ["/", "forced close"]


async def test_a_reserved_name_closes_the_connection(server):
    """*Stricter*: Node's decoder does not look, so that a client calls the server's own handler."""
    raw = await joined(server)
    await raw.say(event(name("disconnect"), name("forged")))
    if server.stricter("a reserved name in msgpack"):
        assert await raw.rest() == []
        assert await server.event("disconnect") == ["/", "forced close"]
    else:
        assert await server.event("disconnect") == ["/", "forged"]
