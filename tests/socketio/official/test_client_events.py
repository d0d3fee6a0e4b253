"""A client sends and hears events, asks and answers, with text and bytes."""

from __future__ import annotations

import pytest

from .raw import kind

P0, P1 = (f'{{"_placeholder":true,"num":{number}}}' for number in range(2))
TEN = ",".join(f'{{"_placeholder":true,"num":{number}}}' for number in range(10))


def b64(text: str) -> dict[str, str]:
    """Bytes, as the control connection has them."""
    return {"base64": text}


@pytest.mark.parametrize(
    ("event", "messages"),
    kind(
        (["a"], ['42["a"]']),
        (["a", 1, "b", None, True], ['42["a",1,"b",null,true]']),
        (["a", [], {}, [[1]], {"x": {"y": 0.5}}], ['42["a",[],{},[[1]],{"x":{"y":0.5}}]']),
        (["한 😀", "\u2028\x1e\n\x7f"], ['42["한 😀","\u2028\\u001e\\n\x7f"]']),
        (["message", {"_placeholder": True, "num": 0}], [f'42["message",{P0}]']),
        (["a", b64("AQID")], [f'451-["a",{P0}]', b"\x01\x02\x03"]),
        (["a", b64("AQ=="), 1, b64("")], [f'452-["a",{P0},1,{P1}]', b"\x01", b""]),
        ([""], ['42[""]']),
        (["error", "x"], ['42["error","x"]']),
        (["connection"], ['42["connection"]']),
        shown=7,
    ),
)
async def test_a_client_sends(client, event, messages):
    """B.2, B.3: in the namespace that it is for."""
    raw = await client.opened("/", "/admin")
    client.do("emit", "/", *event)
    assert await raw.hear_all(len(messages)) == messages
    client.do("emit", "/admin", *event)
    header = f"{messages[0].partition('[')[0]}/admin,[{messages[0].partition('[')[2]}"
    assert await raw.hear_all(len(messages)) == [header, *messages[1:]]


@pytest.mark.parametrize(
    ("messages", "event"),
    kind(
        (['42["a"]'], ["a"]),
        (['42["a",1,null,{"b":[]}]'], ["a", 1, None, {"b": []}]),
        (['42/,["a"]'], ["a"]),
        (["42[7,1]"], [7, 1]),
        (['42["a",{"_placeholder":true,"num":3}]'], ["a", {"_placeholder": True, "num": 3}]),
        ([f'451-["a",{P0}]', b"\x01\x02"], ["a", b64("AQI=")]),
        ([f'452-["a",{P1},{P0},{P1}]', b"\x01", b""], ["a", b64(""), b64("AQ=="), b64("")]),
        ([f'451-["a",{P0}]', "bAQID"], ["a", b64("AQID")]),
        ([f'4510-["a",{TEN}]', *[b"x"] * 10], ["a", *[b64("eA==")] * 10]),
        (['451-["a",1]', b"x"], ["a", 1]),
        (['42[ "a" , "\\u00e9" ]'], ["a", "é"]),
        (['42["connection"]'], ["connection"]),
        (['42["constructor",1]'], ["constructor", 1]),
        shown=8,
    ),
)
async def test_a_client_hears(client, messages, event):
    """B.2, B.3: whoever listens to everything is told."""
    raw = await client.opened("/")
    await raw.say(*messages)
    assert await client.told() == ["event", "/", *event]


async def test_events_keep_their_order(client):
    """L.9: text, bytes and answers, of two namespaces, in one read."""
    raw = await client.opened("/", "/admin")
    messages: list[str | bytes] = []
    for number in range(30):
        messages += [f'42["a",{number}]', f'451-/admin,["b",{P0}]', b"x", f'42["c",{number}]']
    raw.say_at_once(*messages)
    expected = []
    for number in range(30):
        expected += [["/", "a", number], ["/admin", "b", b64("eA==")], ["/", "c", number]]
    assert await client.events("event", 90) == expected
    for number in range(30):
        client.do("emit", "/", "a", number)
        client.do("emit", "/admin", "b", b64("eA=="))
    for number in range(30):
        assert await raw.hear_all(3) == [f'42["a",{number}]', f'451-/admin,["b",{P0}]', b"x"]


@pytest.mark.parametrize(
    "name",
    kind(
        "connect", "disconnecting", "connect_error", "disconnect", "newListener", "removeListener"
    ),
)
async def test_a_client_cannot_send_a_reserved_name(client, name):
    """L.6: `emit` raises, nothing is sent."""
    raw = await client.opened("/")
    client.do("reserved", "/", name)
    assert await client.event("refused") == ["/", name]
    client.do("emit", "/", "next")
    assert await raw.hear() == '42["next"]'


@pytest.mark.parametrize(
    ("question", "answers"),
    [
        (['427["answer"]'], ["437[]"]),
        (['420["answer",1,"a",null]'], ['430[1,"a",null]']),
        (['4299["answer",[1]]'], ["4399[[1]]"]),
        ([f'451-3["answer",{P0}]', b"x"], [f"461-3[{P0}]", b"x"]),
    ],
)
async def test_a_client_answers(client, question, answers):
    """B.7: with the id that came; in its namespace."""
    raw = await client.opened("/", "/admin")
    await raw.say(*question)
    assert await raw.hear_all(len(answers)) == answers
    await raw.say('42/admin,5["answer",1]')
    assert await raw.hear() == "43/admin,5[1]"


async def test_what_no_handler_answers_is_not_answered(client):
    """B.7: the event is heard all the same."""
    raw = await client.opened("/")
    await raw.say('427["nobody"]', "2")
    assert await client.event("event") == ["/", "nobody"]
    assert await raw.hear() == "3"


async def test_a_client_asks(client):
    """B.7: ids count from 0 in each namespace; answers come in any order, with any values."""
    raw = await client.opened("/", "/admin")
    for nsp, name in (("/", "a"), ("/", "b"), ("/admin", "c")):
        client.do("ask", nsp, name, 1)
    assert await raw.hear_all(3) == ['420["a",1]', '421["b",1]', '42/admin,0["c",1]']
    await raw.say('431["b",null]', "43/admin,0[]", '430["a"]')
    assert await client.events("answered", 3) == [["/", "b", None], ["/admin"], ["/", "a"]]


async def test_a_client_asks_and_is_answered_with_bytes(client):
    """BINARY_EVENT with an id, BINARY_ACK."""
    raw = await client.opened("/")
    client.do("ask", "/", "q", b64("AQ=="))
    assert await raw.hear_all(2) == [f'451-0["q",{P0}]', b"\x01"]
    await raw.say(f"461-0[{P0},2]", b"\x02")
    assert await client.event("answered") == ["/", b64("Ag=="), 2]


@pytest.mark.parametrize("packet", ['43["x"]', "439[1]", "430[2]", "43/admin,0[3]", "43/nope,0[1]"])
async def test_an_answer_that_nobody_waits_for_is_ignored(client, packet):
    """S17: no id, an unknown one, a second answer, that of another namespace."""
    raw = await client.opened("/", "/admin")
    client.do("ask", "/", "q")
    assert await raw.hear() == '420["q"]'
    if packet == "430[2]":
        await raw.say("430[1]")
        assert await client.event("answered") == ["/", 1]
    await raw.say(packet, '42["here"]')
    assert await client.told() == ["event", "/", "here"]


async def test_a_question_may_wait_for_a_time_only(client):
    """D.3: an answer that comes later is ignored; one that is in time counts."""
    raw = await client.opened("/")
    client.do("ask within", "/", 20, "q")
    assert await raw.hear() == '420["q"]'
    assert await client.event("unanswered") == ["/"]
    await raw.say('430["late"]', '42["here"]')
    assert await client.told() == ["event", "/", "here"]
    client.do("ask within", "/", 120_000, "q")
    assert await raw.hear() == '421["q"]'
    await raw.say('431["in time"]')
    assert await client.event("answered") == ["/", "in time"]


async def test_a_question_whose_time_is_over_before_it_was_sent_is_not_sent(client):
    """D11, L.6: it leaves the buffer; the others keep their ids."""
    client.do("open", "/")
    client.do("ask within", "/", 20, "a")
    client.do("ask", "/", "b")
    raw = await client.server.connection()
    assert await client.event("unanswered") == ["/"]
    await raw.accept()
    assert await raw.hear() == '421["b"]'


async def test_pending_questions_end_with_the_connection(client):
    """D12, L.6: those with a time limit fail at once, after `disconnect`; ids go on."""
    raw = await client.opened("/")
    client.do("ask within", "/", 120_000, "a")
    client.do("ask", "/", "b")
    assert await raw.hear_all(2) == ['420["a"]', '421["b"]']
    raw.connection.abort()
    raw = await client.server.connection()
    assert await client.event("disconnect") == ["/", "transport close", True]
    assert await client.event("unanswered") == ["/"]
    await raw.accept()
    await raw.say('431["late"]', '42["here"]')
    assert await client.event("event") == ["/", "here"]
    client.do("ask", "/", "c")
    assert await raw.hear() == '422["c"]'


async def test_a_question_that_waits_for_the_connection_outlives_its_loss(client):
    """D12: it was not sent yet, so it is sent to the next."""
    raw = await client.opened("/")
    raw.connection.abort()
    await client.event("disconnect")
    client.do("ask within", "/", 120_000, "q")
    raw = await client.server.connection()
    await raw.accept()
    assert await raw.hear() == '420["q"]'
    await raw.say("430[1]")
    assert await client.event("answered") == ["/", 1]


async def test_what_is_sent_while_offline_comes_after_the_answer(client):
    """L.6: in order, before `connect` is told."""
    raw = await client.opened("/")
    raw.connection.abort()
    await client.event("disconnect")
    for number in range(20):
        client.do("emit", "/", "a", number)
    raw = await client.server.connection()
    await raw.accept()
    assert await raw.hear_all(20) == [f'42["a",{number}]' for number in range(20)]


async def test_a_volatile_event_is_not_kept(client):
    """L.5: dropped before there is a connection, sent when there is one."""
    client.do("open", "/")
    client.do("volatile", "/", "dropped")
    client.do("emit", "/", "kept")
    raw = await client.server.connection()
    await raw.accept()
    assert await raw.hear() == '42["kept"]'
    client.do("volatile", "/", "sent")
    assert await raw.hear() == '42["sent"]'


async def test_a_large_event_of_the_server_is_heard(client):
    """X27: `maxPayload` bounds what a client sends, not what it hears."""
    raw = await client.opened("/")
    await raw.say('42["a","' + "x" * 1_500_000 + '"]')
    assert (await client.event("event"))[2] == "x" * 1_500_000
