"""Namespaces: several on one connection, those that a pattern makes, and their parents."""

from __future__ import annotations

import pytest

from .party import party

ADAPTERS = True
INVALID = '{"message":"Invalid namespace"}'


async def test_sockets_of_one_connection_have_their_own_ids(server):
    """103: and events reach the namespace that they name."""
    raw = await server.open()
    ids = [await raw.connect(nsp) for nsp in ("/", "/admin", "/third")]
    assert len(set(ids)) == 3
    await raw.say('42/admin,["echo","to admin"]', '42["echo","to main"]')
    assert await raw.hear_all(2) == ['42/admin,["echo","to admin"]', '42["echo","to main"]']


async def test_a_refusal_leaves_the_others_alone(server):
    """113: unknown, and refused."""
    raw = await server.joined()
    await raw.say("40/nope,", '40/two,{"refuse":true}')
    assert await raw.hear_all(2) == [
        f"44/nope,{INVALID}",
        '44/two,{"message":"refused by the first"}',
    ]
    await raw.still_here()
    await raw.connect("/two")
    await raw.still_here("/two")


async def test_leaving_one_leaves_the_others(server):
    raw = await server.joined("/", "/admin")
    await raw.say("41/admin,")
    assert await server.event("disconnect") == ["/admin", "client namespace disconnect"]
    await raw.still_here()


@pytest.mark.parametrize("name", ["/dynamic-1", "/dynamic-007"])
async def test_a_pattern_makes_a_namespace(server, name):
    """105, 108: whole names; then it is like any other."""
    one = await party(server, name, a=["r"], b=[])
    assert await server.event("new_namespace") == [name]
    assert await one.who_hears("b", name, ["to", "r"], ["emit", "x"]) == ["a"]


@pytest.mark.parametrize("tail", ["", "x", "1/x", "1x"])
async def test_a_name_that_does_not_fit_the_pattern_is_unknown(server, tail):
    """105: as a whole."""
    raw, name = await server.open(), f"/dynamic-{tail}"
    await raw.say(f"40{name},")
    assert await raw.hear() == f"44{name},{INVALID}"


async def test_children_of_one_parent_are_apart(server):
    """110: a tenant hears nothing of another, in a room of the same name either."""
    one, two = (
        await party(server, "/dynamic-1", a=["r"]),
        await party(server, "/dynamic-2", b=["r"]),
    )
    assert await one.who_hears("a", "/dynamic-1", ["to", "r"], ["emit", "x"]) == ["a"]
    assert await two.who_hears("b", "/dynamic-2", ["emit", "x"]) == ["b"]
    assert await one.run("a", "/dynamic-2", ["fetchSockets"]) == [[None, 2, True]]


async def test_a_namespace_is_named_without_its_slash(server):
    """104: by the server; on the wire it has one."""
    one = await party(server, "/admin", a=[])
    assert await one.who_hears("a", "admin", ["emit", "x"]) == ["a"]
