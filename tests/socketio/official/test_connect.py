"""Joining a namespace: answers, refusals, ids, middlewares.  Any server, and Node's."""

from __future__ import annotations

import json

import pytest

from .raw import kind, sid_of

INVALID = '{"message":"Invalid namespace"}'


async def test_connect_is_answered_with_an_id(server):
    """B.5: with nothing else, and the application hears of it once."""
    raw = await server.open()
    await raw.say("40")
    sid = sid_of(await raw.hear())
    assert await server.told() == ["connection", "/", sid]
    await raw.still_here()


async def test_an_id_differs_for_each_namespace_and_each_connection(server):
    """And none of them is the secret id of the session."""
    first, second = await server.polls(), await server.open()
    await first.post("40\x1e40/admin,")
    ids = [sid_of(a, nsp) for a, nsp in zip(await first.hear(2), ("/", "/admin"), strict=True)]
    ids += [await second.connect(), await second.connect("/admin")]
    assert len({*ids, first.sid}) == 5
    assert [await server.event("connection") for _ in ids] == [
        [nsp, sid] for nsp, sid in zip(("/", "/admin", "/", "/admin"), ids, strict=True)
    ]


@pytest.mark.parametrize(
    ("packet", "nsp", "auth"),
    [
        *kind(("40", "/", {}), ("40{}", "/", {}), ("40/,", "/", {})),
        *kind(('40{"token":"123"}', "/", {"token": "123"})),
        *kind(('40{ "token" : [1, null] }', "/", {"token": [1, None]})),
        *kind(("40/admin", "/admin", {}), ("40/admin,", "/admin", {})),
        *kind(('40/admin,{"token":"한"}', "/admin", {"token": "한"})),
    ],
)
async def test_the_application_gets_what_came_with_connect(serve, packet, nsp, auth):
    """B.2: the comma after the namespace may be missing; without data it is {}.

    What the application sends at once comes after the answer.
    """
    server = await serve(greet=True)
    raw = await server.open()
    await raw.say(packet)
    sid_of(await raw.hear(), nsp)
    event, _, said = str(await raw.hear()).partition('["hello",')
    assert event == ("42" if nsp == "/" else f"42{nsp},")
    assert json.loads(said[:-1]) == auth


async def test_namespaces_of_one_connection_are_answered_in_order(server):
    """Each by itself; all asked for in one read."""
    raw = await server.open()
    raw.say_at_once("40/admin,", "40/nope,", "40", "40/third,")
    heard = await raw.hear_all(4)
    assert heard[0 if INVALID in heard[0] else 1] == f"44/nope,{INVALID}"  # Node needs no tick
    heard.remove(f"44/nope,{INVALID}")
    for answer, nsp in zip(heard, ("/admin", "/", "/third"), strict=True):
        sid_of(answer, nsp)


@pytest.mark.parametrize(
    "nsp",
    [
        *kind("/nope", "/constructor", "/__proto__", "/한", "/*", "//admin"),
        *kind("/Admin", "/admin/"),
        *kind("/admin?token=1"),
        *kind("/dynamic-x", "/dynamic-1/more"),
    ],
)
async def test_an_unknown_namespace_is_refused_and_harms_nobody(server, nsp):
    """S15: names are compared whole, with their case and all that follows a `?`."""
    raw = await server.open()
    await raw.say(f"40{nsp},")
    assert await raw.hear() == f"44{nsp},{INVALID}"
    await raw.say(f'40{nsp},{{"token":"123"}}')
    assert await raw.hear() == f"44{nsp},{INVALID}"
    await raw.connect()
    await raw.still_here()


@pytest.mark.parametrize(
    ("auth", "answer"),
    kind(
        ({"refuse": "not allowed"}, '{"message":"not allowed"}'),
        ({"refuse": "no", "data": {"x": 1}}, '{"message":"no","data":{"x":1}}'),
        ({"refuse": "no", "data": [1, "한"]}, '{"message":"no","data":[1,"한"]}'),
        ({"refuse": "no", "data": "why"}, '{"message":"no","data":"why"}'),
        ({"refuse": "no", "data": 0}, '{"message":"no","data":0}'),
        ({"refuse": ""}, '{"message":""}'),
        shown=2,
    ),
)
async def test_a_middleware_refuses_with_a_message_and_data(server, auth, answer):
    """B.5: the connection lives, and the client may ask again."""
    raw = await server.open()
    await raw.say("40" + json.dumps(auth))
    assert await raw.hear() == "44" + answer
    sid = await raw.connect("/", {"user": "kim"})
    assert await server.told() == ["connection", "/", sid]
    await raw.still_here()


async def test_middlewares_run_in_order_before_connection(server):
    """L.1: the answer comes after the last of them."""
    raw = await server.open()
    sid = await raw.connect("/two")
    assert [await server.told() for _ in range(3)] == [
        ["first", "/two"], ["second", "/two"], ["connection", "/two", sid],
    ]  # fmt: skip


async def test_the_first_middleware_that_refuses_is_the_last_that_runs(server):
    """L.1: and `connection` is not told."""
    raw = await server.open()
    await raw.say('40/two,{"refuse":1}')
    assert await raw.hear() == '44/two,{"message":"refused by the first"}'
    sid = await raw.connect()
    assert [await server.told(), await server.told()] == [
        ["first", "/two"], ["connection", "/", sid],
    ]  # fmt: skip


async def test_what_a_middleware_keeps_is_there_for_handlers(server):
    """L.1: `socket.data`; each socket has its own."""
    first, second = await server.open(), await server.open()
    await first.connect("/", {"user": "kim"})
    await second.connect("/", {"user": "lee"})
    for raw, user in ((first, "kim"), (second, "lee")):
        await raw.say('420["data"]')
        assert await raw.hear() == f'430[{{"user":"{user}"}}]'


async def test_a_middleware_may_send_before_the_answer(server):
    """B.5: the client has to expect events before CONNECT."""
    raw = await server.open()
    await raw.say("40/early,")
    assert await raw.hear() == '42/early,["early",1]'
    sid_of(await raw.hear(), "/early")


async def test_a_middleware_that_waits_keeps_no_other_namespace_waiting(server):
    """Nor another connection; then it is answered."""
    raw, other = await server.open(), await server.joined()
    await raw.say("40/slow,")
    await server.event("held")
    await raw.connect()
    await raw.still_here()
    await other.say('42["release"]')
    sid = sid_of(await raw.hear(), "/slow")
    assert await server.event("connection") != ["/slow", sid]  # of `/`
    assert await server.event("connection") == ["/slow", sid]
    await raw.still_here("/slow")


@pytest.mark.parametrize("way", ["close", "abort"])
async def test_a_client_that_leaves_while_a_middleware_waits_never_connects(server, way):
    """L.2: no `connection`, no `disconnect`."""
    raw, other = await server.open(), await server.joined()
    await raw.connect()
    await raw.say("40/slow,")
    await server.event("held")
    if way == "close":
        await raw.connection.close()
    else:
        raw.connection.abort()
    assert await server.event("disconnect") == ["/", "transport close"]
    await other.say('42["release"]')
    await other.still_here()
    sid = await other.connect("/admin")
    assert await server.told() == ["connection", "/admin", sid]


async def test_an_event_for_a_namespace_whose_middleware_waits_closes_the_connection(server):
    """B.5: a client must wait for the answer."""
    raw = await server.joined()
    await raw.say("40/slow,")
    await server.event("held")
    await raw.say('42/slow,["echo"]')
    assert await raw.rest() == []
    assert await server.event("disconnect") == ["/", "forced close"]


async def test_a_second_connect_while_the_first_waits(server):
    """B.5: *stricter*: Node makes two sockets of one client; ours closes the connection."""
    raw, other = await server.open(), await server.joined()
    await raw.say("40/slow,", "40/slow,")
    if server.stricter("a second CONNECT while the first waits"):
        assert await raw.rest() == []
        return
    await server.events("held", 2)
    await other.say('42["release"]')
    first, second = [sid_of(answer, "/slow") for answer in await raw.hear_all(2)]
    assert first != second


async def test_a_connection_that_joins_nothing_is_closed_at_the_connect_timeout(serve):
    """L16: by each transport."""
    server = await serve(connectTimeout=50)
    idle, polls = await server.open(), await server.polls()
    assert await idle.rest() == []
    assert await polls.until_over() in ([], ["1"])


@pytest.mark.wide  # a second, so that a slow machine is in time, too
async def test_a_connection_that_has_joined_something_outlives_the_connect_timeout(serve):
    """L16: also if it has left since; not one that was refused."""
    server = await serve(connectTimeout=1000)
    joined, left, refused = await server.joined(), await server.joined(), await server.open()
    await left.say("41")
    await refused.say("40/nope,")
    assert await refused.rest() == [f"44/nope,{INVALID}"]
    await joined.still_here()
    await left.connect()


async def test_the_handshake_says_where_a_client_came_from(server):
    """L.3: of the first request of the session."""
    raw = await server.open("&token=a%20b&x=1")
    await raw.connect("/", {"user": "kim"})
    await raw.say('420["handshake"]')
    (said,) = json.loads(str(await raw.hear()).removeprefix("430"))
    assert set(said) == {
        "headers", "time", "address", "xdomain", "secure", "issued", "url", "query", "auth",
    }  # fmt: skip
    assert said["query"] == {"EIO": "4", "transport": "websocket", "token": "a b", "x": "1"}
    assert said["url"] == "/socket.io/?EIO=4&transport=websocket&token=a%20b&x=1"
    assert said["address"] == "127.0.0.1"
    assert (said["xdomain"], said["secure"]) == (False, False)
    assert said["auth"] == {"user": "kim"}
    assert said["headers"]["host"] == f"127.0.0.1:{server.port}"


async def test_the_handshake_stays_that_of_polling_after_the_upgrade(server):
    """L.3: it is the handshake of the session."""
    polls = await server.polls()
    await polls.post("40")
    await polls.hear(1)
    connection = await polls.upgraded()
    await server.event("upgrade")
    await connection.send('420["handshake"]')
    assert json.loads(str(await connection.recv())[3:])[0]["query"]["transport"] == "polling"


async def test_namespaces_are_joined_by_polling(server):
    """M.1: all in one body; the answers in the next polls."""
    polls = await server.polls()
    assert (await polls.post('40{"token":"a"}\x1e40/admin,\x1e40/nope,')).body == b"ok"
    heard = await polls.hear(3)
    heard.remove(f"44/nope,{INVALID}")
    sid_of(heard[0])
    sid_of(heard[1], "/admin")


async def test_a_dynamic_namespace_is_made_for_the_first_who_joins(server):
    """L.4: and told once; it stays."""
    first, second = await server.joined("/dynamic-1"), await server.joined("/dynamic-1")
    await second.connect("/dynamic-22")
    assert await server.events("new_namespace", 2) == [["/dynamic-1"], ["/dynamic-22"]]
    for raw in (first, second):
        await raw.say("41/dynamic-1,")
        await server.event("disconnect")
    sid = await first.connect("/dynamic-1")
    assert await server.told() == ["connection", "/dynamic-1", sid]
    await first.still_here("/dynamic-1")


async def test_an_empty_dynamic_namespace_is_removed_if_asked_for(serve):
    """L.4: `cleanupEmptyChildNamespaces`: after the last has left, not before."""
    server = await serve(cleanupEmptyChildNamespaces=True)
    first, second = await server.joined("/dynamic-1"), await server.joined("/dynamic-1")
    assert await server.event("new_namespace") == ["/dynamic-1"]
    for raw in (first, second):  # the first leaves, and comes back
        await raw.say("41/dynamic-1,")
        await server.event("disconnect")
        if raw is first:
            await raw.connect("/dynamic-1")
    second.connection.abort()
    await first.say("41/dynamic-1,")
    assert await server.event("disconnect") == ["/dynamic-1", "client namespace disconnect"]
    sid = await first.connect("/dynamic-1")
    assert await server.told() == ["new_namespace", "/dynamic-1"]
    assert await server.told() == ["connection", "/dynamic-1", sid]


async def test_a_dynamic_namespace_whose_first_client_is_refused_is_removed(serve):
    """L.4: its middlewares are its parent's."""
    server = await serve(cleanupEmptyChildNamespaces=True)
    raw = await server.open()
    for _ in range(2):
        await raw.say('40/dynamic-1,{"refuse":1}')
        assert await raw.hear() == '44/dynamic-1,{"message":"refused"}'
        assert await server.told() == ["new_namespace", "/dynamic-1"]
