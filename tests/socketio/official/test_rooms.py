"""Rooms: joining, leaving, what the adapter tells, and what is done to all members at once."""

from __future__ import annotations

from .party import party

ADAPTERS = True


async def told(server, *kinds):
    """What comes next, of these kinds; the others are dropped."""
    while (event := await server.told())[0] not in kinds:
        pass
    return event


ROOMS = ("create-room", "join-room", "leave-room", "delete-room")


async def test_the_adapter_tells_in_order(serve):
    """L.4: create, join, leave, delete; joining twice, or leaving in vain, tells nothing."""
    server = await serve(rooms=True)
    one = await party(server, a=[], b=[])
    await one.run("a", "socket", ["join", "r"])
    await one.run("a", "socket", ["join", ["r", "s"]])
    await one.run("b", "socket", ["join", "r"])
    await one.run("a", "socket", ["leave", "nowhere"])
    await one.run("a", "socket", ["leave", "r"])
    await one.run("b", "socket", ["leave", "r"])
    assert [await told(server, *ROOMS) for _ in range(8)] == [
        ["create-room", "r", False], ["join-room", "r", True],
        ["create-room", "s", False], ["join-room", "s", True],
        ["join-room", "r", True],
        ["leave-room", "r", True],
        ["leave-room", "r", True], ["delete-room", "r", False],
    ]  # fmt: skip


async def test_a_socket_that_ends_leaves_its_rooms(serve):
    """102: and a room whose last member it was is gone."""
    server = await serve(rooms=True)
    one = await party(server, a=["r", "s"], b=["s"])
    await one.raws["a"].say("41")
    events = [await told(server, "leave-room", "delete-room") for _ in range(3)]
    assert events == [
        ["leave-room", "r", True], ["delete-room", "r", False], ["leave-room", "s", True],
    ]  # fmt: skip
    del one.raws["a"]
    assert await one.who_hears("b", "io", ["to", "r"], ["emit", "x"]) == []
    assert await one.who_hears("b", "io", ["to", "s"], ["emit", "x"]) == ["b"]


async def test_a_socket_knows_its_rooms(server):
    one = await party(server, a=["r", "한 방", ""])
    assert await one.ask("a", "rooms") == ["r", "한 방", ""]
    await one.run("a", "socket", ["leave", "r"])
    assert await one.ask("a", "rooms") == ["한 방", ""]


async def test_the_room_of_an_id_is_private_to_it(server):
    """97, 85: a message to one; it can be left, and then nobody hears it."""
    one = await party(server, a=[], b=[])
    to_b = ["io", ["to", one.ids["b"]], ["emit", "x"]]
    assert await one.who_hears("a", *to_b) == ["b"]
    await one.run("b", "socket", ["leave", one.ids["b"]])
    assert await one.who_hears("a", *to_b) == []


async def test_members_are_moved_together(server):
    """93, 101: join, leave; to close a room is to let all leave."""
    one = await party(server, a=["r"], b=["r"], c=[])
    await one.run("a", "io", ["in", "r"], ["socketsJoin", ["s", "t"]])
    assert await one.who_hears("a", "io", ["to", "s"], ["emit", "x"]) == ["a", "b"]
    await one.run("a", "io", ["socketsLeave", "r"])
    assert await one.who_hears("a", "io", ["to", "r"], ["emit", "x"]) == []
    await one.run("c", "io", ["in", one.ids["b"]], ["socketsLeave", "s"])
    assert await one.who_hears("a", "io", ["to", "s"], ["emit", "x"]) == ["a"]
    await one.run("a", "io", ["except", "t"], ["socketsJoin", "u"])
    assert await one.who_hears("a", "io", ["to", "u"], ["emit", "x"]) == ["c"]


async def test_members_are_fetched(server):
    """92: with their data and rooms; each once."""
    one = await party(server, a=["r", "s"], b=["r"], c=[])
    both = await one.run("c", "io", ["in", ["r", "s"]], ["fetchSockets"])
    assert sorted(both) == [["a", 3, True], ["b", 2, True]]
    assert sorted(await one.run("c", "io", ["fetchSockets"]))[2] == ["c", 1, True]
    assert await one.run("c", "io", ["in", "nobody"], ["fetchSockets"]) == []
    assert await one.run("c", "io", ["except", "r"], ["fetchSockets"]) == [["c", 1, True]]


async def test_members_are_sent_away(server):
    """94: from the namespace, or with their connections."""
    one = await party(server, a=[], b=["r"], c=["s"])
    await one.raws["b"].connect("/admin")
    await one.run("a", "io", ["in", "r"], ["disconnectSockets"])
    assert await one.raws["b"].hear() == "41"
    await one.raws["b"].still_here("/admin")
    await one.run("a", "io", ["in", "s"], ["disconnectSockets", True])
    assert await one.raws["c"].rest() in (["41"], ["41", "1"], ["1"], [])
    await one.raws["a"].still_here()


async def test_rooms_belong_to_one_namespace(server):
    """99."""
    main, admin = await party(server, a=["r"]), await party(server, "/admin", b=["r"])
    assert await main.who_hears("a", "io", ["to", "r"], ["emit", "x"]) == ["a"]
    assert await admin.who_hears("b", "/admin", ["to", "r"], ["emit", "x"]) == ["b"]
    assert await main.run("a", "/admin", ["fetchSockets"]) == [[None, 2, True]]
