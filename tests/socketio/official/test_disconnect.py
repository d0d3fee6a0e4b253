"""Leaving a namespace, closing a connection: what both ends see, and with which reason."""

from __future__ import annotations

import asyncio

import pytest

from .raw import sid_of

ADAPTERS = True  # rooms are left
CLIENT = "client namespace disconnect"
SERVER = "server namespace disconnect"


async def left(server, *namespaces: str, reason: str) -> None:
    """These sockets were told of their end: one after the other, each twice."""
    for nsp in namespaces:
        assert await server.event("disconnecting") == [nsp, reason]
        assert await server.told() == ["disconnect", nsp, reason]


@pytest.mark.parametrize("packet", ["41/admin,", "41/admin"])
async def test_a_client_leaves_one_namespace(server, packet):
    """B.6: nothing is answered; the others live, and it may join again, with a new id."""
    raw = await server.open()
    first, _ = await raw.connect("/admin"), await raw.connect()
    await raw.say(packet)
    await left(server, "/admin", reason=CLIENT)
    await raw.still_here()
    assert await raw.connect("/admin") != first
    await raw.still_here("/admin")


async def test_a_connection_without_a_namespace_stays_open(server):
    """B.6: the client may join again."""
    raw = await server.joined()
    await raw.say("41")
    await left(server, "/", reason=CLIENT)
    await raw.connect("/admin")
    await raw.connect()
    await raw.still_here()


async def test_what_comes_after_leaving_closes_the_connection(server):
    """S14: an event of a namespace that is no longer joined."""
    raw = await server.joined("/", "/admin")
    await raw.say("41")
    await left(server, "/", reason=CLIENT)
    await raw.say('42["echo"]')
    assert await raw.rest() == []
    await left(server, "/admin", reason="forced close")


async def test_left_and_joined_again_in_one_read(server):
    """*Kinder*: Node still has the old socket, and closes the connection."""
    raw = await server.joined()
    raw.say_at_once("41", "40")
    if server.kinder("left and joined again in one read"):
        await left(server, "/", reason=CLIENT)
        sid_of(await raw.hear())
        await raw.still_here()
        return
    assert await raw.rest() == []
    await left(server, "/", reason="forced close")


async def test_joined_and_left_in_one_read(server):
    """*Kinder*: Node has no socket yet, and closes the connection; ours lets it go again."""
    raw = await server.open()
    raw.say_at_once("40", "41", "40/admin,")
    if server.kinder("joined and left in one read"):
        heard = await raw.hear()
        sid_of(heard if "/admin" in str(heard) else await raw.hear(), "/admin")
        await raw.still_here("/admin")
        return
    assert await raw.rest() == []


async def test_an_event_right_before_disconnect(server):
    """*Kinder*: Node runs no handler of an event that comes in one read with DISCONNECT."""
    raw = await server.joined("/", "/admin")
    await raw.say('42/admin,0["later","handled"]')
    await raw.still_here("/admin")
    raw.say_at_once('42["release"]', "41")
    await left(server, "/", reason=CLIENT)
    if server.kinder("an event right before DISCONNECT"):
        assert await raw.hear() == '43/admin,0["handled"]'
    await raw.still_here("/admin")


async def test_an_event_right_before_the_close_by_polling(server):
    """*Kinder*: Node runs no handler of an event that comes in one body with `1`."""
    other, polls = await server.joined(), await server.polls()
    await polls.post("40")
    await polls.hear(1)
    await other.say('420["later","handled"]')
    await other.still_here()
    await polls.post('42["release"]\x1e1')
    await left(server, "/", reason="transport close")
    if server.kinder("an event right before the close by polling"):
        assert await other.hear() == '430["handled"]'
    await other.still_here()


async def test_an_event_right_before_the_close_of_a_websocket(server):
    """Its handler runs."""
    other, raw = await server.joined(), await server.joined()
    await other.say('420["later","handled"]')
    await other.still_here()
    raw.connection.wire.send('42["release"]')
    raw.connection.start_close(1000)
    assert await other.hear() == '430["handled"]'
    await left(server, "/", reason="transport close")


@pytest.mark.parametrize("more", [[], ["/admin"], ["/admin", "/third"]])
async def test_a_server_disconnects_one_namespace(server, more):
    """L.2: DISCONNECT after what was sent before; the connection lives, also without any."""
    raw = await server.joined("/", *more)
    await raw.say('42["leave",["a",1],["b"]]')
    assert await raw.hear_all(3) == ['42["a",1]', '42["b"]', "41"]
    await left(server, "/", reason=SERVER)
    for nsp in more:
        await raw.still_here(nsp)
    await raw.connect()
    await raw.still_here()


async def test_a_server_disconnects_a_namespace_with_a_name(server):
    """The comma is always written."""
    raw = await server.joined("/admin", "/")
    await raw.say('42/admin,["leave"]')
    assert await raw.hear() == "41/admin,"
    await left(server, "/admin", reason=SERVER)
    await raw.still_here()


async def test_a_socket_that_was_disconnected_sends_nothing_more(server):
    """L.2, X18: one DISCONNECT, however often it is asked for.

    *Stricter*: Node's socket still sends events, which its client has to ignore.
    """
    raw = await server.joined("/", "/admin")
    await raw.say('42["leave twice"]')
    assert await raw.hear() == "41"
    await left(server, "/", reason=SERVER)
    if not server.stricter("an event after DISCONNECT"):
        assert await raw.hear() == '42["late"]'
    await raw.still_here("/admin")


async def test_a_server_ends_the_connection(server):
    """L.2: a DISCONNECT for each namespace, in the order of joining, then the close, at once."""
    raw = await server.joined("/admin", "/", "/third")
    await raw.say('42["end",["a"],["b"]]')
    assert await raw.rest() == ['42["a"]', '42["b"]', "41/admin,", "41", "41/third,"]
    assert raw.connection.close_code == 1005
    await left(server, "/admin", "/", "/third", reason=SERVER)


@pytest.mark.parametrize("held", [False, True])
async def test_a_server_ends_a_session_that_polls(server, held):
    """X4, A.8: all that it said comes first."""
    polls = await server.polls()
    await polls.post("40")
    await polls.hear(1)
    rest = await polls.held(polls.until_over()) if held else None
    await polls.post('42["end",["a"],["b"]]')
    assert await (rest or polls.until_over()) == ['42["a"]', '42["b"]', "41", "1"]
    await left(server, "/", reason=SERVER)


async def test_a_server_ends_a_session_that_upgrades(server):
    """X4: between `3probe` and `5`: it comes on the WebSocket."""
    polls = await server.polls()
    await polls.post("40")
    await polls.hear(1)
    connection = await polls.probed()
    await polls.post('42["end",["a"],["b"]]')
    await left(server, "/", reason=SERVER)
    await connection.send("5")
    assert [await connection.recv() for _ in range(3)] == ['42["a"]', '42["b"]', "41"]
    await connection.wait_closed()


@pytest.mark.parametrize("code", [None, 1000, 1001, 4000])
async def test_a_client_closes_its_websocket(server, code):
    """L.2: every namespace hears of it, in the order of joining."""
    raw = await server.joined("/admin", "/")
    await raw.connection.close(code)
    await left(server, "/admin", "/", reason="transport close")


async def test_a_client_whose_connection_is_cut(server):
    """L.2: the same reason, and no wait for the heartbeat."""
    raw = await server.joined("/", "/admin")
    raw.connection.abort()
    await left(server, "/", "/admin", reason="transport close")


async def test_a_client_closes_its_session_by_polling(server):
    """A.8: `1` in a body; what came in an earlier one was handled."""
    polls = await server.polls()
    await polls.post("40")
    await polls.hear(1)
    await polls.post('42["echo",1]')
    assert (await polls.post("1")).body == b"ok"
    await left(server, "/", reason="transport close")
    assert (await polls.get()).status == 400


async def test_a_poll_that_is_broken_off_ends_the_session(server):
    """L12: `transport error`."""
    polls = await server.polls()
    await polls.post("40")
    await polls.hear(1)
    poll = await polls.held(polls.poll())
    poll.cancel()
    await asyncio.wait([poll])
    await left(server, "/", reason="transport error")


@pytest.mark.parametrize("way", ["websocket", "polling"])
async def test_a_client_that_does_not_answer_pings(serve, way):
    """L17: `ping timeout`, which only this test waits for."""
    server = await serve(pingInterval=300, pingTimeout=200)
    if way == "websocket":
        raw = await server.open()
        raw.say_at_once("40")
        await left(server, "/", reason="ping timeout")
        assert str((await raw.rest())[0])[:3] in ("40{", "2")
    else:
        polls = await server.polls()
        await polls.post("40")
        await left(server, "/", reason="ping timeout")


async def test_a_server_that_shuts_down(server):
    """L.2: no DISCONNECT; each socket is told."""
    raw, other = await server.joined("/", "/admin"), await server.joined("/admin")
    await raw.say('42["shut down"]')
    assert await raw.rest() == []
    assert await other.rest() == []
    told = [await server.event("disconnect") for _ in range(3)]
    assert sorted(told) == [[nsp, "server shutting down"] for nsp in ("/", "/admin", "/admin")]


@pytest.mark.parametrize(
    ("late", "name"),
    [
        ('42/admin,["echo"]', "an event that crosses the server's DISCONNECT"),
        ("43/admin,0[1]", "an answer that crosses the server's DISCONNECT"),
        ("41/admin,", "two DISCONNECTs that cross"),
    ],
)
async def test_what_crosses_the_disconnect_of_the_server(server, late, name):
    """*Kinder*: Node closes the connection, with all other namespaces; ours takes no notice."""
    raw = await server.joined("/", "/admin")
    raw.say_at_once('42/admin,["leave"]')
    await left(server, "/admin", reason=SERVER)
    await raw.say(late)  # on its way before `41/admin,` arrived
    assert await raw.hear() == "41/admin,"
    if server.kinder(name):
        await raw.still_here()
        await raw.connect("/admin")
        return
    assert await raw.rest() == []
    await left(server, "/", reason="forced close")


async def test_sessions_end_alone(server):
    """The end of one is not the end of another, of the same namespace."""
    raw, other = await server.joined("/", "/admin"), await server.joined("/", "/admin")
    await raw.say('42["end"]')
    assert await raw.rest() == ["41", "41/admin,"]
    await other.still_here()
    await other.still_here("/admin")


async def test_an_id_is_not_given_twice(server):
    """B.5: leaving and joining 50 times."""
    raw, ids = await server.open(), []
    for _ in range(50):
        ids.append(await raw.connect())
        await raw.say("41")
        await server.event("disconnect")
    assert len(set(ids)) == 50


async def test_rooms_are_there_until_the_socket_has_disconnected(serve):
    """L.2: at `disconnecting` it is still in the room of its id, at `disconnect` in none."""
    server = await serve(rooms=True)
    raw = await server.joined()
    await raw.say("41")
    assert await server.event("disconnecting") == ["/", CLIENT, True]
    assert await server.told() == ["disconnect", "/", CLIENT, 0]
