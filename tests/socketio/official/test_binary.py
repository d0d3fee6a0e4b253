"""Bytes in events: placeholders, attachments, and the order of messages."""

from __future__ import annotations

import pytest

from .raw import kind


def placeholder(number: int) -> str:
    return f'{{"_placeholder":true,"num":{number}}}'


P0, P1, P2 = (placeholder(number) for number in range(3))
TEN = ",".join(placeholder(number) for number in range(10))
# What comes back is numbered anew, in the order of finding.
SAME = kind(
    ([f'451-["echo",{P0}]', b"\x01\x02\x03"], None),
    ([f'451-["echo",{P0}]', b""], None),
    ([f'451-["echo",{P0}]', bytes(range(256))], None),
    ([f'451-/admin,["echo",{P0}]', b"x"], None),
    ([f'452-["echo",{P0},{P1}]', b"a", b"b"], None),
    ([f'453-["echo",{{"a":{P0},"b":[{P1},[1,{P2}]]}}]', b"a", b"b", b"c"], None),
    ([f'452-["echo","한",{P0},null,{{"x":{P1}}},7]', b"a", b"b"], None),
    ([f'4510-["echo",{TEN}]', *(bytes([number]) for number in range(10))], None),
    ([f'451-/,["echo",{P0}]', b"x"], [f'451-["echo",{P0}]', b"x"]),
    ([f'4501-["echo",{P0}]', b"x"], [f'451-["echo",{P0}]', b"x"]),
    (
        [f'452-["echo",{P1},{P0}]', b"a", b"b"],
        [f'452-["echo",{P0},{P1}]', b"b", b"a"],
    ),
    (
        [f'451-["echo",{P0},{P0}]', b"a"],
        [f'452-["echo",{P0},{P1}]', b"a", b"a"],
    ),
    (
        [f'452-["echo",{P1}]', b"a", b"b"],
        [f'451-["echo",{P0}]', b"b"],
    ),
    (['451-["echo",1]', b"a"], ['42["echo",1]']),
    (
        ['451-["echo",{"_placeholder":true,"num":0,"more":1}]', b"a"],
        [f'451-["echo",{P0}]', b"a"],
    ),
    (
        ['451-["echo",{"num":0,"_placeholder":true}]', b"a"],
        [f'451-["echo",{P0}]', b"a"],
    ),
    (
        ['451-["echo",{"_placeholder":1,"num":0},{"_placeholder":false,"num":9}]', b"a"],
        ['42["echo",{"_placeholder":1,"num":0},{"_placeholder":false,"num":9}]'],
    ),
    (
        ['451-["echo",{"_placeholder":"true","num":0},{"_placeholder":null}]', b"a"],
        ['42["echo",{"_placeholder":"true","num":0},{"_placeholder":null}]'],
    ),
    shown=9,
)  # fmt: skip


@pytest.mark.parametrize(("said", "heard"), SAME)
async def test_bytes_come_back(server, said, heard):
    """B.3: header, then each attachment in a message of its own."""
    heard = heard or said
    raw = await server.joined("/", "/admin")
    await raw.say(*said)
    assert await raw.hear_all(len(heard)) == heard
    await raw.still_here()


async def test_a_binary_event_is_an_event_once_its_last_attachment_is_there(serve):
    """B.3: not before; other namespaces of the connection wait, too, other connections do not."""
    server = await serve(catchAll=True)
    raw, other = await server.joined("/", "/admin"), await server.joined()
    await raw.say(f'452-["nobody",{P0},{P1}]', b"a")
    await other.still_here()
    assert await server.event("any") == ["/", "echo", "still here"]
    await raw.say(b"b")
    assert (await server.event("any"))[:2] == ["/", "nobody"]


async def test_packets_of_the_layer_below_may_come_between(server):
    """B: a pong, or a noop, is no text in place of an attachment."""
    raw = await server.joined()
    await raw.say(f'452-["echo",{P0},{P1}]', "3", b"a", "6", "3", b"b")
    assert await raw.hear_all(3) == [f'452-["echo",{P0},{P1}]', b"a", b"b"]


async def test_bytes_by_polling_are_base64(server):
    """B.2: each is a packet of its own, in this body or the next."""
    polls = await server.polls()
    await polls.post("40")
    await polls.hear(1)
    await polls.post(f'452-["echo",{P0},{P1}]\x1ebAQID\x1eb+/8=')
    assert await polls.hear(3) == [f'452-["echo",{P0},{P1}]', "bAQID", "b+/8="]
    for body in (f'452-["echo",{P0},{P1}]', "b", "bAQ=="):
        await polls.post(body)
    assert await polls.hear(3) == [f'452-["echo",{P0},{P1}]', "b", "bAQ=="]


async def test_bytes_are_base64_for_a_client_that_asks(server):
    """A.1: `b64=1`: what the server sends is text; what it receives may be either."""
    raw = await server.open("&b64=1")
    await raw.connect()
    for attachment in (b"\x01\x02\x03", "bAQID"):
        await raw.say(f'451-["echo",{P0}]', attachment)
        assert await raw.hear_all(2) == [f'451-["echo",{P0}]', "bAQID"]


async def test_attachments_cross_the_upgrade(server):
    """B.3, L.9: the header by polling, the bytes by WebSocket."""
    polls = await server.polls()
    await polls.post("40")
    await polls.hear(1)
    connection = await polls.probed()
    await polls.post(f'452-["echo",{P0},{P1}]\x1ebAQ==')
    await connection.send("5")
    await connection.send(b"\x02")
    assert [await connection.recv() for _ in range(3)] == [
        f'452-["echo",{P0},{P1}]', b"\x01", b"\x02",
    ]  # fmt: skip


async def test_ten_attachments_are_taken_and_eleven_are_not(server):
    """B.3: eleven are refused at the header; ten of an ack are taken, too."""
    eleven = ",".join(placeholder(number) for number in range(11))
    raw, other = await server.joined(), await server.joined()
    await raw.say(f'4511-["echo",{eleven}]')
    assert await raw.rest() == []
    await other.say(f"4610-99[{TEN}]", *[b""] * 10)  # an answer that nobody waits for
    await other.still_here()


async def test_half_of_the_attachments_are_dropped_with_the_connection(server):
    """B.3: a new one begins afresh."""
    raw = await server.joined()
    await raw.say(f'452-["echo",{P0},{P1}]', b"a")
    await raw.connection.close()
    assert await server.event("disconnect") == ["/", "transport close"]
    raw = await server.joined()
    await raw.still_here()


async def test_large_attachments_come_back(server):
    """Of half a megabyte."""
    raw, data = await server.joined(), bytes(range(256)) * 2_000
    await raw.say(f'452-["echo",{P0},{P1}]', data, data[::-1])
    assert await raw.hear_all(3) == [f'452-["echo",{P0},{P1}]', data, data[::-1]]
