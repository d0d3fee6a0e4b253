"""How a client ends, how a server ends it, and what no server may send to it."""

from __future__ import annotations

import pytest

from .raw import kind

P0 = '{"_placeholder":true,"num":0}'
ELEVEN = ",".join(f'{{"_placeholder":true,"num":{number}}}' for number in range(11))
wide = pytest.mark.wide


async def lost(client, reason):
    """The connection has ended; the client is active, which means that it will try again."""
    assert await client.event("manager") == ["close", reason]
    assert await client.told() == ["disconnect", "/", reason, True]


async def nothing_happens(client):
    """For 20 times as long as it would wait before it tries again."""
    client.do("ask within", "/", 20, "q")
    assert await client.told() == ["unanswered", "/"]


async def test_a_client_leaves_its_last_namespace(client):
    """B.6, L.2: DISCONNECT, then the close, at once; nothing of it is tried again."""
    raw = await client.opened("/")
    client.do("emit", "/", "last")
    client.do("disconnect", "/")
    assert await raw.rest() == ['42["last"]', "41"]
    assert [await client.told(), await client.told()] == [
        ["manager", "close", "forced close"],
        ["disconnect", "/", "io client disconnect", False],
    ]
    await nothing_happens(client)


async def test_a_client_leaves_one_of_two_namespaces(client):
    """B.6: the other lives; it may join again on the same connection."""
    raw = await client.opened("/", "/admin")
    client.do("disconnect", "/admin")
    assert await raw.hear() == "41/admin,"
    assert await client.told() == ["disconnect", "/admin", "io client disconnect", False]
    client.do("emit", "/", "still here")
    assert await raw.hear() == '42["still here"]'
    client.do("connect", "/admin")
    await raw.accept("/admin", "again")
    assert await client.told() == ["connect", "/admin", "again"]


async def test_a_client_leaves_before_it_is_answered(client):
    """L.2: it has nothing to leave yet, and closes; nobody is told of a disconnection."""
    client.do("open", "/")
    raw = await client.server.connection()
    assert await raw.hear() == "40"
    client.do("disconnect", "/")
    assert await raw.rest() == []
    assert await client.told() == ["manager", "close", "forced close"]
    client.do("connect", "/")
    raw = await client.server.connection()
    await raw.accept(sid="x")
    assert await client.told() == ["connect", "/", "x"]


async def test_a_server_disconnects_a_client(client):
    """L.2: `io server disconnect`; the client closes, and does not come back by itself."""
    raw = await client.opened("/")
    await raw.say('42["last"]', "41")
    assert await raw.rest() == []
    assert [await client.told() for _ in range(3)] == [
        ["event", "/", "last"],
        ["manager", "close", "forced close"],
        ["disconnect", "/", "io server disconnect", False],
    ]
    await nothing_happens(client)


async def test_a_client_that_was_disconnected_may_connect_again(client):
    """L.2: by itself it would not; what it sends meanwhile is kept."""
    raw = await client.opened("/")
    await raw.say("41")
    await client.event("disconnect")
    client.do("emit", "/", "kept")
    client.do("connect", "/")
    raw = await client.server.connection()
    await raw.accept(sid="again")
    assert await client.told() == ["connect", "/", "again"]
    assert await raw.hear() == '42["kept"]'


async def test_a_server_disconnects_one_of_two_namespaces(client):
    """The connection stays."""
    raw = await client.opened("/", "/admin")
    await raw.say("41/admin,", '42/admin,["late"]', '42["here"]')
    assert await client.told() == ["disconnect", "/admin", "io server disconnect", False]
    assert await client.told() == ["event", "/", "here"]


@pytest.mark.parametrize("way", ["close", "abort"])
async def test_a_connection_that_is_lost_is_made_again(client, way):
    """L.2, L.8: `transport close`, active; then the attempt, `reconnect`, and `connect`."""
    raw = await client.opened("/")
    if way == "close":
        await raw.connection.close()
    else:
        raw.connection.abort()
    raw = await client.server.connection()
    await raw.accept(sid="new")
    assert [await client.told() for _ in range(5)] == [
        ["manager", "close", "transport close"],
        ["disconnect", "/", "transport close", True],
        ["manager", "reconnect_attempt", 1],
        ["manager", "reconnect", 1],
        ["connect", "/", "new"],
    ]


async def test_a_connection_that_is_lost_stays_lost_if_asked_for(start_client):
    """`reconnection: false`; until `connect()`."""
    client = await start_client(reconnection=False)
    raw = await client.opened("/")
    raw.connection.abort()
    active = not client.kinder("active without reconnection")
    assert await client.event("disconnect") == ["/", "transport close", active]
    await nothing_happens(client)


async def test_a_connection_that_is_lost_before_the_answer(client):
    """L.2: the client tries again."""
    client.do("open", "/")
    raw = await client.server.connection()
    await raw.hear()
    raw.connection.abort()
    raw = await client.server.connection()
    await raw.accept(sid="x")
    assert await client.event("connect") == ["/", "x"]


async def test_a_client_that_leaves_while_it_is_offline_stays_away(client):
    """X23: no attempt is made any more."""
    raw = await client.opened("/")
    client.refuse(True)
    raw.connection.abort()
    await client.event("disconnect")
    client.do("disconnect", "/")
    client.do("reserved", "/", "connect")
    await client.event("refused")  # the client has left
    await nothing_happens(client)


async def test_a_server_that_falls_silent(start_client):
    """L.2: no ping for interval and timeout together; other messages do not count."""
    client = await start_client(handshake={"pingInterval": 150, "pingTimeout": 150})
    client.do("open", "/")
    raw = await client.server.connection()
    await raw.say('40{"sid":"x"}', '42["a"]')
    await lost(client, "ping timeout")


INVALID = [
    *kind("49", "4", "4abc", "47[1]"),
    *kind("42[]", "42[null]", '42{"a":1}', '42"a"', "42[true]"),
    *kind('42["a"', '42["a",NaN]', '42["a"]x', "42['a']"),
    *kind('42["connect"]', '42["disconnect"]', '42["newListener"]'),
    *kind('42\u0663["a"]', '42-1["a"]', '42\xb2["a"]'),
    *kind('40"x"', "40[1]", "40null"),
    *kind('41["x"]', "41{}"),
    *kind("44[1]", "44null", "44{"),
    *kind('430{"a":1}', '430"a"'),
    *kind(f'450-["a",{P0}]', f'451["a",{P0}]', f'45a-["a",{P0}]', "45"),
    *kind(f'4511-["a",{ELEVEN}]', f"4611-0[{ELEVEN}]"),
    *kind(b"x", b""),
]


@pytest.mark.parametrize("packet", INVALID)
async def test_an_invalid_packet_ends_the_connection(client, packet):
    """B.4: `parse error`, at once; what follows in the same read does not count; then again."""
    raw = await client.opened("/")
    # After a header that is not refused, text would be a mistake of its own.
    late = [] if packet[:2] in ("45", "46") else ['42["too late"]']
    raw.say_at_once(packet, *late)
    assert await raw.rest() == []
    assert client.queue.qsize() <= 2  # `close` and `disconnect`, and not "too late"
    await lost(client, "parse error")
    raw = await client.server.connection()
    await raw.accept(sid="again")
    assert await client.event("connect") == ["/", "again"]


@pytest.mark.parametrize(
    "messages",
    [
        pytest.param([f'451-["a",{P0}]', '42["b"]'], id="text in place of bytes"),
        pytest.param(['451-["a",{"_placeholder":true,"num":1}]', b"x"], id="num 1"),
        pytest.param(['451-["a",{"_placeholder":true,"num":-1}]', b"x"], id="num -1", marks=wide),
        pytest.param(['451-["a",{"_placeholder":true}]', b"x"], id="no num", marks=wide),
    ],
)
async def test_attachments_that_do_not_fit_end_the_connection(client, messages):
    """B.3: `parse error`; the next connection begins afresh."""
    raw = await client.opened("/")
    raw.say_at_once(*messages)
    assert await raw.rest() == []
    await lost(client, "parse error")
    raw = await client.server.connection()
    await raw.accept()
    await raw.say('42["here"]')
    assert await client.event("event") == ["/", "here"]


@pytest.mark.parametrize("packet", kind("", "9", "hello"))
async def test_what_is_no_engine_io_packet_ends_the_connection(client, packet):
    """A.2: the layer below has another reason for it."""
    raw = await client.opened("/")
    await raw.say(packet)
    assert await raw.rest() == []
    await lost(client, "transport error")


async def test_half_of_the_attachments_are_dropped_with_the_connection(client):
    """B.3: the decoder begins afresh."""
    raw = await client.opened("/")
    await raw.say(f'451-["a",{P0}]')
    raw.connection.abort()
    raw = await client.server.connection()
    await raw.accept()
    await raw.say('42["here"]')
    assert await client.event("event") == ["/", "here"]


async def test_an_event_right_before_the_close_is_heard(client):
    """In one read with the Close frame."""
    raw = await client.opened("/")
    raw.connection.wire.send('42["last"]')
    raw.connection.start_close(1000)
    assert await client.told() == ["event", "/", "last"]
    await lost(client, "transport close")
