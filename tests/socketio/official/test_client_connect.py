"""A client joins: what a raw server sees and what its application hears.  Any client, and npm's."""

from __future__ import annotations

import pytest

from .raw import kind


async def test_a_client_opens_a_session_and_joins(client):
    """B.5: one CONNECT, without anything; `connect` comes with the answer, and not before."""
    client.do("open", "/")
    raw = await client.server.connection()
    target = raw.connection.request.target
    assert target.startswith("/socket.io/?")
    assert {"EIO=4", "transport=websocket"} <= set(target.partition("?")[2].split("&"))
    assert await raw.hear() == "40"
    await raw.say('42["before",1]', '40{"sid":"the-id"}')
    assert [await client.told(), await client.told()] == [
        ["event", "/", "before", 1],
        ["connect", "/", "the-id"],
    ]


@pytest.mark.parametrize(
    ("nsp", "auth", "packet"),
    [
        ("/", {"token": "123"}, '40{"token":"123"}'),
        ("/", {}, "40{}"),
        ("/", {"a": [1, None, {"b": "한"}]}, '40{"a":[1,null,{"b":"한"}]}'),
        ("/admin", None, "40/admin,"),
        ("/admin", {"token": "123"}, '40/admin,{"token":"123"}'),
        ("/a/b?c=d", None, "40/a/b?c=d,"),
    ],
)
async def test_what_a_client_says_to_join(client, nsp, auth, packet):
    """B.2: the comma is always written; auth is compact JSON."""
    client.do("open", nsp, *([] if auth is None else [auth]))
    raw = await client.server.connection()
    assert await raw.hear() == packet


async def test_namespaces_share_one_connection(client):
    """B.5: a CONNECT for each; answers in any order."""
    for nsp in ("/", "/admin"):
        client.do("open", nsp)
    raw = await client.server.connection()
    assert await raw.hear_all(2) == ["40", "40/admin,"]
    await raw.say('40/admin,{"sid":"b"}')
    assert await client.told() == ["connect", "/admin", "b"]
    await raw.say('40{"sid":"a"}')
    assert await client.told() == ["connect", "/", "a"]
    client.do("open", "/third")
    assert await raw.hear() == "40/third,"


@pytest.mark.parametrize(
    ("answer", "told"),
    kind(
        ('44{"message":"no"}', ["no", None]),
        ('44{"message":"no","data":{"x":[1]}}', ["no", {"x": [1]}]),
        ('44{"message":""}', ["", None]),
        ('44{"message":"Invalid namespace"}', ["Invalid namespace", None]),
        ('44{"message":"한","data":0}', ["한", 0]),
        shown=2,
    ),
)
async def test_a_client_that_is_refused(client, answer, told):
    """L.7: it is told why, is no longer active, and closes the connection that nobody uses."""
    client.do("open", "/")
    raw = await client.server.connection()
    assert await raw.hear() == "40"
    await raw.say(answer)
    assert await client.event("connect_error") == ["/", *told, False]
    assert await raw.rest() == []


async def test_a_client_that_is_refused_may_ask_again(client):
    """L.7: by `connect()`, on a connection of its own."""
    client.do("open", "/", {"token": "1"})
    raw = await client.server.connection()
    await raw.hear()
    await raw.say('44{"message":"no"}')
    await client.event("connect_error")
    client.do("connect", "/")
    raw = await client.server.connection()
    assert await raw.hear() == '40{"token":"1"}'
    await raw.say('40{"sid":"x"}')
    assert await client.event("connect") == ["/", "x"]


async def test_a_refused_namespace_leaves_others_alone(client):
    """B.5: the connection stays."""
    raw = await client.opened("/")
    client.do("open", "/admin")
    assert await raw.hear() == "40/admin,"
    await raw.say('44/admin,{"message":"no"}')
    assert await client.event("connect_error") == ["/admin", "no", None, False]
    client.do("emit", "/", "still here")
    assert await raw.hear() == '42["still here"]'


@pytest.mark.parametrize("answer", kind("40", "40{}", '40{"sid":""}', '40{"pid":"x"}'))
async def test_an_answer_without_an_id_is_an_error(client, answer):
    """B.5: the server speaks an older protocol; the client says so."""
    client.do("open", "/")
    raw = await client.server.connection()
    await raw.hear()
    await raw.say(answer)
    nsp, message, *_ = await client.event("connect_error")
    assert nsp == "/"
    assert message


@pytest.mark.parametrize(
    "packet", ['40/other,{"sid":"x"}', '42/other,["a"]', '44/other,{"message":"no"}', "41/other,"]
)
async def test_what_is_for_another_namespace_is_ignored(client, packet):
    """The connection lives, nobody is told."""
    raw = await client.opened("/")
    await raw.say(packet, '42["here"]')
    assert await client.told() == ["event", "/", "here"]


async def test_events_before_the_answer_are_delivered_right_after_it(client):
    """B.5, L.6: in order; then what was buffered leaves, then `connect`."""
    client.do("open", "/")
    raw = await client.server.connection()
    await raw.hear()
    client.do("emit", "/", "mine")
    await raw.say('42["a",1]', '451-["b",{"_placeholder":true,"num":0}]', b"x", '427["answer",2]')
    await raw.say('40{"sid":"x"}')
    assert [await client.told() for _ in range(4)] == [
        ["event", "/", "a", 1], ["event", "/", "b", {"base64": "eA=="}],
        ["event", "/", "answer", 2], ["connect", "/", "x"],
    ]  # fmt: skip
    assert await raw.hear_all(2) == ["437[2]", '42["mine"]']


async def test_what_is_sent_before_the_answer_waits_for_it(start_client):
    """L.6: in order; what the handler of `connect` sends comes after it."""
    client = await start_client(greet=["from connect"])
    client.do("open", "/")
    client.do("emit", "/", "a", 1)
    raw = await client.server.connection()
    client.do("ask", "/", "b")
    client.do("emit", "/", "c", {"base64": "AQI="})
    client.do("reserved", "/", "connect")
    assert await client.told() == ["refused", "/", "connect"]
    assert await raw.hear() == "40"
    await raw.say("2")
    assert await raw.hear() == "3"  # nothing else has come
    await raw.say('40{"sid":"x"}')
    assert await raw.hear_all(5) == [
        '42["a",1]', '420["b"]', '451-["c",{"_placeholder":true,"num":0}]', b"\x01\x02",
        '42["from connect"]',
    ]  # fmt: skip


async def test_a_client_joins_again_what_it_had_joined(client):
    """After a connection is lost: every namespace, on one new connection; ids are new."""
    raw = await client.opened("/", "/admin")
    raw.connection.abort()
    raw = await client.server.connection()
    assert sorted(await raw.hear_all(2)) == ["40", "40/admin,"]
    await raw.say('40{"sid":"new"}', '40/admin,{"sid":"newer"}')
    assert await client.event("connect") == ["/", "new"]
    assert await client.event("connect") == ["/admin", "newer"]


async def test_a_client_answers_pings(client):
    """A.6: whatever else is said."""
    raw = await client.opened("/")
    for _ in range(3):
        await raw.say("2")
        assert await raw.hear() == "3"


async def test_a_client_gives_up_after_so_many_attempts(start_client):
    """L.8: each is told, then `reconnect_failed`."""
    client = await start_client(reconnectionAttempts=2)
    client.refuse(True)
    client.do("open", "/")
    told = []
    while ["manager", "reconnect_failed", None] not in told:
        told.append(await client.told())
    assert [one[:1] if one[0] == "connect_error" else one for one in told] == [
        ["connect_error"],
        ["manager", "reconnect_attempt", 1], ["connect_error"],
        ["manager", "reconnect_attempt", 2], ["connect_error"],
        ["manager", "reconnect_failed", None],
    ]  # fmt: skip
    assert {one[-1] for one in told if one[0] == "connect_error"} == {True}  # active


async def test_a_client_that_was_refused_a_session_comes_back(client):
    """L.8: as soon as the server lets it in; the attempt that succeeded is told, then `connect`."""
    client.refuse(True)
    client.do("open", "/")
    await client.event("connect_error")
    client.refuse(False)
    raw = await client.server.connection()
    await raw.accept(sid="x")
    kind, name, attempt = await client.told()
    while name != "reconnect":
        kind, name, attempt, *_ = await client.told()
    assert (kind, attempt >= 1) == ("manager", True)
    assert await client.told() == ["connect", "/", "x"]


async def test_the_query_of_the_application_is_in_every_request(start_client):
    """A.1: beside the protocol's own."""
    client = await start_client(query={"token": "a b", "x": "1"})
    client.do("open", "/")
    for _ in range(2):
        raw = await client.server.connection()
        target = raw.connection.request.target
        assert {"token=a%20b", "x=1", "EIO=4"} <= set(target.partition("?")[2].split("&"))
        raw.connection.abort()


async def test_a_connection_that_is_closed_before_the_handshake(start_client):
    """*Kinder*: npm's client notices at its `timeout`; ours at once."""
    client = await start_client(timeout=50)
    client.server.silent = True
    client.do("open", "/")
    nsp, message, _, active = await client.event("connect_error")
    assert (nsp, active) == ("/", True)
    name = "a connection that is closed before the handshake"
    assert (message == "timeout") is not client.kinder(name)
