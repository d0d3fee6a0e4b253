"""Middlewares: of a namespace, before somebody joins; of a socket, before the listeners."""

from __future__ import annotations

import pytest

from .party import party
from .raw import sid_of


async def test_middlewares_run_in_their_order(server):
    """114: the second only if the first lets pass; each once for each join."""
    raw = await server.open()
    await raw.say('40/two,{"refuse":true}', "40/two,")
    assert await raw.hear() == '44/two,{"message":"refused by the first"}'
    sid = sid_of(await raw.hear(), "/two")
    first, second = ["first", "/two"], ["second", "/two"]
    told = [await server.told() for _ in range(4)]
    assert told == [first, first, second, ["connection", "/two", sid]]


@pytest.mark.parametrize("data", [None, {"code": 1}, "text", [1, 2], 0, False])
async def test_a_refusal_has_data(server, data):
    """115, 119."""
    import json

    raw = await server.open()
    said = {"refuse": "no entry"} | ({} if data is None else {"data": data})
    await raw.say(f"40{json.dumps(said)}")
    heard = str(await raw.hear())
    assert heard.startswith("44")
    expected = {"message": "no entry"} | ({} if data in (None, 0, False) else {"data": data})
    found = json.loads(heard[2:])
    # Node leaves out what JavaScript takes for nothing.
    assert found in (expected, expected | ({} if data is None else {"data": data}))
    await raw.connect()  # the same connection may ask again


async def test_whoever_waits_for_a_middleware_is_not_in(server):
    """114: no event is heard, and no CONNECT is sent, until it has passed."""
    raw = await server.joined("/")
    await raw.say("40/slow,")
    assert await server.event("held") == ["/slow"]
    await raw.still_here()
    await raw.say('42["release"]')
    sid_of(await raw.hear(), "/slow")
    await raw.still_here("/slow")


async def test_a_middleware_may_send(server):
    """S: what it sends comes before CONNECT."""
    raw = await server.open()
    await raw.say("40/early,")
    assert await raw.hear() == '42/early,["early",1]'
    sid_of(await raw.hear(), "/early")


async def test_a_middleware_of_a_socket_may_change_an_event(server):
    """116: in the order of `use`."""
    one = await party(server, a=[])
    raw = one.raws["a"]
    for word in "xy":
        await one.ask("a", "guard", word)
    await raw.say('42["echo",1]')
    assert await raw.hear() == '42["echo",1,"x","y"]'
    told = [await server.event("asked") for _ in range(2)]
    assert told == [["/", "x", 1], ["/", "y", 1, "x"]]


async def test_a_middleware_of_a_socket_may_refuse_an_event(server):
    """116: the error stays on the server; nothing is answered, and the socket lives."""
    one = await party(server, a=[])
    raw = one.raws["a"]
    await one.ask("a", "guard", "x")
    await raw.say('42["echo","x"]', '42["echo","fine"]')
    assert await raw.hear() == '42["echo","fine","x"]'
    assert await server.event("error") == ["/", "no x"]


async def test_a_middleware_of_one_socket_is_not_asked_for_another(server):
    one = await party(server, a=[], b=[])
    await one.ask("a", "guard", "x")
    await one.raws["a"].say('42["echo","fine"]')
    assert await one.raws["a"].hear() == '42["echo","fine","x"]'
    await one.raws["b"].still_here()
    assert await server.event("asked") == ["/", "x", "fine"]


async def test_a_middleware_of_a_socket_may_wait(server):
    """116: what comes meanwhile does not overtake in ours, and in Node it does."""
    one = await party(server, a=[], b=[])
    raw = one.raws["a"]
    await one.ask("a", "guard", "x")
    await raw.say('42["echo","wait"]')
    assert await server.event("asked") == ["/", "x", "wait"]
    await one.raws["b"].still_here()
    await one.raws["b"].say('42["release"]')
    assert await raw.hear() == '42["echo","wait"]'
