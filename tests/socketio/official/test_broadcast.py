"""Broadcasts: whom a chain reaches, what its flags do, and the answers of many."""

from __future__ import annotations

import pytest

from .party import compact, party
from .raw import kind

ADAPTERS = True
WHO = {"ada": ["news"], "kim": ["news", "cats"], "lee": ["cats"], "mia": ["news", "muted"]}


def case(start, *steps, heard):
    shown = ".".join([start, *(f"{name}({args})" if args else name for name, *args in steps)])
    return pytest.param(start, list(steps), heard, id=shown.replace("'", "")[:60])


CASES = [
    case("io", heard=["ada", "kim", "lee", "mia"]),
    case("io", ["to", "news"], heard=["ada", "kim", "mia"]),
    case("io", ["in", "news"], heard=["ada", "kim", "mia"]),
    case("io", ["to", "news"], ["to", "cats"], heard=["ada", "kim", "lee", "mia"]),
    case("io", ["to", ["cats", "muted"]], heard=["kim", "lee", "mia"]),
    case("io", ["to", "news"], ["except", "muted"], heard=["ada", "kim"]),
    case("io", ["to", "news"], ["except", ["muted", "cats"]], heard=["ada"]),
    case("io", ["except", "news"], heard=["lee"]),
    case("io", ["to", "nobody"], heard=[]),
    case("io", ["to", []], heard=["ada", "kim", "lee", "mia"]),
    case("io", ["to", "nobody"], ["to", "cats"], heard=["kim", "lee"]),
    case("io", ["except", "nobody"], heard=["ada", "kim", "lee", "mia"]),
    case("io", ["local"], heard=["ada", "kim", "lee", "mia"]),
    case("io", ["compress", True], ["to", "cats"], heard=["kim", "lee"]),
    case("io", ["local"], ["to", "news"], ["except", "cats"], heard=["ada", "mia"]),
    case("socket", heard=["ada"]),
    case("socket", ["broadcast"], heard=["kim", "lee", "mia"]),
    case("socket", ["to", "news"], heard=["kim", "mia"]),
    case("socket", ["in", "cats"], heard=["kim", "lee"]),
    case("socket", ["to", "news"], ["to", "cats"], heard=["kim", "lee", "mia"]),
    case("socket", ["to", "news"], ["except", "muted"], heard=["kim"]),
    case("socket", ["except", "news"], heard=["lee"]),
    case("socket", ["local"], heard=["kim", "lee", "mia"]),
    case("socket", ["broadcast"], ["to", "news"], heard=["kim", "mia"]),
    case("/", ["to", "cats"], heard=["kim", "lee"]),
    case("/admin", heard=[]),
]


@pytest.mark.parametrize(("start", "steps", "heard"), CASES)
async def test_whom_a_chain_reaches(server, start, steps, heard):
    """L.4: each once, whatever the number of its rooms."""
    one = await party(server, **WHO)
    assert await one.who_hears("ada", start, *steps, ["emit", "x", 1]) == heard


async def test_the_room_of_the_sender_is_left_out(server):
    """90: nobody; and whoever is in the room of the sender's id is left out as well."""
    one = await party(server, a=[], b=[], c=[])
    own = one.ids["a"]
    assert await one.who_hears("a", "socket", ["to", own], ["emit", "x"]) == []
    assert await one.who_hears("a", "io", ["to", own], ["emit", "x"]) == ["a"]
    await one.run("b", "socket", ["join", own])
    assert await one.who_hears("a", "socket", ["broadcast"], ["emit", "x"]) == ["c"]
    assert await one.who_hears("c", "io", ["except", own], ["emit", "x"]) == ["c"]


@pytest.mark.parametrize("event", kind(
    ["x"], ["x", None], ["x", [], {}, "", 0, 1.5, True], ["x", "한글 👋"], ["x", {"a": [1, {}]}],
))  # fmt: skip
async def test_everybody_hears_the_same_bytes(server, event):
    """91."""
    one = await party(server, **WHO)
    await one.raws["ada"].say(f"42{compact(['run', 'io', [['emit', *event]]])}")
    heard = [await raw.hear() for raw in one.raws.values()]
    assert heard == [f"42{compact(event)}"] * 4


async def test_events_of_a_broadcast_keep_their_order(server):
    """L.9: to rooms, and to all."""
    one = await party(server, a=["r"], b=["r"])
    for number in range(10):
        to = [["to", "r"]] if number % 2 else []
        await one.raws["a"].say(f"42{compact(['run', 'io', [*to, ['emit', 'x', number]]])}")
    assert [await one.raws["a"].hear() for _ in range(10)] == [
        f'42["x",{number}]' for number in range(10)
    ]


async def test_the_answers_of_many(server):
    """88, 89: one of each, the first value of each, in the order in which they come."""
    one = await party(server, a=["r"], b=["r"], c=[])
    ask = ["run", "io", [["to", "r"], ["timeout", 60_000], ["emitWithAck", "q", 1]]]
    await one.raws["c"].say(f"420{compact(ask)}")
    heard = {name: str(await one.raws[name].hear()) for name in ("b", "a")}
    assert heard["a"] == heard["b"]
    number = heard["a"].removeprefix("42").partition("[")[0]
    await one.raws["b"].say(f'43{number}["from b","more"]')
    await one.raws["a"].say(f"43{number}[[1]]")
    answer = str(await one.raws["c"].hear())
    assert answer in ('430[["from b",[1]]]', '430[[[1],"from b"]]')


async def test_a_question_to_nobody_has_no_answers(server):
    """X19: at once."""
    one = await party(server, a=[])
    ask = [["to", "nobody"], ["timeout", 60_000], ["emitWithAck", "q"]]
    assert await one.run("a", "io", *ask) == []


async def test_some_do_not_answer(server):
    """88: an error, with the answers that have come."""
    one = await party(server, a=[], b=["r"], c=["r"])
    ask = ["run", "io", [["to", "r"], ["timeout", 200], ["emitWithAck", "q"]]]
    await one.raws["a"].say(f"420{compact(ask)}")
    number = str(await one.raws["b"].hear()).removeprefix("42").partition("[")[0]
    await one.raws["b"].say(f"43{number}[7]")
    assert await one.raws["a"].hear() == (
        '430[{"error":"operation has timed out","responses":[7]}]'
    )


async def test_an_answer_of_a_stranger_is_ignored(server):
    """88: of a socket that was not asked, of the wrong number, and a second one."""
    one = await party(server, a=[], b=["r"])
    ask = ["run", "io", [["to", "r"], ["timeout", 60_000], ["emitWithAck", "q"]]]
    await one.raws["a"].say(f"420{compact(ask)}")
    number = str(await one.raws["b"].hear()).removeprefix("42").partition("[")[0]
    await one.raws["a"].say(f"43{number}[0]", "4399[0]")
    await one.raws["b"].say("4398[0]", f"43{number}[1]", f"43{number}[2]")
    assert await one.raws["a"].hear() == "430[[1]]"
    await one.raws["b"].still_here()
