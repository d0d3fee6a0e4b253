"""Acknowledgements: ids, answers of the server, answers of the client."""

from __future__ import annotations

import re

import pytest

from .raw import kind

Q = '["q"]'


def asked(packet: str | bytes, rest: str, nsp: str = "") -> str:
    """The id of an event that asks for an answer; ids are the server's own choice."""
    found = re.fullmatch(r"42" + re.escape(nsp) + r"(\d+)" + re.escape(rest), str(packet))
    assert found, packet
    return found[1]


@pytest.mark.parametrize(
    ("said", "heard"),
    kind(
        ('420["answer"]', "430[]"),
        ('4212["answer",1,"a",null]', '4312[1,"a",null]'),
        ('421["answer",[1,"a"]]', '431[[1,"a"]]'),
        ('42/admin,7["answer",true]', "43/admin,7[true]"),
        ('42/,7["answer",true]', "437[true]"),
        ('42007["answer"]', "437[]"),
        ('429007199254740991["answer"]', "439007199254740991[]"),
        ('421["answer",{"_placeholder":true,"num":0}]', '431[{"_placeholder":true,"num":0}]'),
        ('421["answer",1]', "431[1]"),
        ('421["answer",null]', "431[null]"),
        ('421["answer",{"a":"한"}]', '431[{"a":"한"}]'),
        shown=6,
    ),
)
async def test_a_handler_answers(server, said, heard):
    """B.7: with the id that came, and any number of values."""
    raw = await server.joined("/", "/admin")
    await raw.say(said)
    assert await raw.hear() == heard


@pytest.mark.parametrize("event", kind('427["nobody"]', '427["nobody",1]', "427[1]"))
async def test_what_no_handler_answers_is_not_answered(server, event):
    """B.7: neither at once nor later."""
    raw = await server.joined()
    await raw.say(event)
    await raw.still_here()


async def test_the_same_id_twice_is_answered_twice(server):
    """B.4: the server keeps no list of ids."""
    raw = await server.joined()
    raw.say_at_once('423["answer","a"]', '423["answer","b"]')
    assert await raw.hear_all(2) == ['433["a"]', '433["b"]']


async def test_answers_may_come_in_another_order(server):
    """X13: an answer that waits keeps nothing else waiting."""
    raw = await server.joined()
    raw.say_at_once('420["later","a"]', '421["later","b"]', '422["answer","now"]')
    assert await raw.hear() == '432["now"]'
    await raw.say('42["release"]')
    assert await raw.hear_all(2) == ['431["b"]', '430["a"]']


async def test_ids_of_namespaces_are_apart(server):
    """B.7: the same one at the same time."""
    raw = await server.joined("/", "/admin")
    raw.say_at_once('420["later","/"]', '42/admin,0["later","/admin"]', '42["release"]')
    assert sorted(map(str, await raw.hear_all(2))) == ['43/admin,0["/admin"]', '430["/"]']


@pytest.mark.parametrize(
    ("answer", "heard"),
    kind(
        ("[]", '42["answered"]'),
        ("[1]", '42["answered",1]'),
        ('[1,"a",null]', '42["answered",1,"a",null]'),
        ('[[1,"한"]]', '42["answered",[1,"한"]]'),
        shown=3,
    ),
)
async def test_a_client_answers(server, answer, heard):
    """L.1: what the server asked is answered to the one who asked."""
    raw = await server.joined()
    await raw.say('42["ask","q",1,"a"]')
    number = asked(await raw.hear(), '["q",1,"a"]')
    await raw.say(f"43{number}{answer}")
    assert await raw.hear() == heard


async def test_a_client_answers_in_a_namespace(server):
    """The same id in another namespace is another question."""
    raw = await server.joined("/", "/admin")
    await raw.say('42/admin,["ask","q"]')
    number = asked(await raw.hear(), Q, "/admin,")
    await raw.say(f'43{number}["wrong"]', f'43/admin,{number}["right"]')
    assert await raw.hear() == '42/admin,["answered","right"]'
    await raw.still_here()


async def test_questions_have_ids_of_their_own(server):
    """B.7: and are answered in any order; the first may have the id 0."""
    raw = await server.joined()
    await raw.say('42["ask","a"]', '42["ask","b"]', '42["ask","c"]')
    first, second, third = [
        asked(await raw.hear(), f'["{name}"]') for name in ("a", "b", "c")
    ]  # fmt: skip
    assert len({first, second, third}) == 3
    await raw.say(f'43{third}["c"]', f'43{first}["a"]', f'43{second}["b"]')
    assert await raw.hear_all(3) == [f'42["answered","{name}"]' for name in ("c", "a", "b")]


async def test_an_answer_counts_once(server):
    """S17: the second is ignored, and the connection lives."""
    raw = await server.joined()
    await raw.say('42["ask","q"]')
    number = asked(await raw.hear(), Q)
    await raw.say(f"43{number}[1]", f"43{number}[2]")
    assert await raw.hear() == '42["answered",1]'
    await raw.still_here()


async def test_another_client_cannot_answer(server):
    """S17: ids are per socket."""
    raw, other = await server.joined(), await server.joined()
    await raw.say('42["ask","q"]')
    number = asked(await raw.hear(), Q)
    await other.say(f'43{number}["wrong"]')
    await other.still_here()
    await raw.say(f'43{number}["right"]')
    assert await raw.hear() == '42["answered","right"]'


async def test_a_question_may_wait_for_a_time_only(server):
    """L.10: `timeout`; an answer that comes later is ignored."""
    raw = await server.joined()
    await raw.say('42["ask within",20,"q",1]')
    number = asked(await raw.hear(), '["q",1]')
    assert await raw.hear() == '42["unanswered"]'
    await raw.say(f'43{number}["late"]')
    await raw.still_here()


async def test_a_question_with_a_time_limit_is_answered(server):
    """The first argument of the callback is no part of the answer."""
    raw = await server.joined()
    await raw.say('42["ask within",120000,"q"]')
    number = asked(await raw.hear(), Q)
    await raw.say(f'43{number}["in time"]')
    assert await raw.hear() == '42["answered","in time"]'


async def test_a_question_is_asked_and_answered_by_polling(server):
    """All of it in bodies."""
    polls = await server.polls()
    await polls.post("40")
    await polls.hear(1)
    await polls.post('42["ask","q"]\x1e423["answer",1]')
    question, answer = await polls.hear(2)
    assert answer == "433[1]"
    await polls.post(f'43{asked(question, Q)}["a"]')
    assert await polls.hear(1) == ['42["answered","a"]']


async def test_a_client_answers_with_bytes(server):
    """B.1: BINARY_ACK; and the server does so, too."""
    raw = await server.joined()
    await raw.say('42["ask","q"]')
    number = asked(await raw.hear(), Q)
    await raw.say(f'461-{number}[{{"_placeholder":true,"num":0}},1]', b"\x01\x02")
    assert await raw.hear() == '451-["answered",{"_placeholder":true,"num":0},1]'
    assert await raw.hear() == b"\x01\x02"
    await raw.say('451-9["answer",{"_placeholder":true,"num":0}]', b"\x03")
    assert await raw.hear_all(2) == ['461-9[{"_placeholder":true,"num":0}]', b"\x03"]


async def test_a_question_with_bytes(server):
    """BINARY_EVENT with an id."""
    raw = await server.joined("/admin")
    await raw.say('451-/admin,["ask","q",{"_placeholder":true,"num":0}]', b"\x01")
    header = str(await raw.hear())
    found = re.fullmatch(
        r'451-/admin,(\d+)\["q",\{"_placeholder":true,"num":0\}\]', header
    )  # fmt: skip
    assert found, header
    assert await raw.hear() == b"\x01"
    await raw.say(f"43/admin,{found[1]}[]")
    assert await raw.hear() == '42/admin,["answered"]'


async def test_a_question_dies_with_its_socket(server):
    """A new socket of the same client does not answer it."""
    raw = await server.joined()
    await raw.say('42["ask","q"]')
    number = asked(await raw.hear(), Q)
    await raw.say("41")
    await server.event("disconnect")
    await raw.connect()
    await raw.say(f'43{number}["late"]')
    await raw.still_here()
