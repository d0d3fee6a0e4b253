"""Events in both directions: what is on the wire, who hears of it, in which order."""

from __future__ import annotations

import pytest

from .raw import kind


@pytest.mark.parametrize(
    "args",
    kind(
        "",
        ',1,"a",true,false,null',
        ',-1,0.5,1e+21,1e-7,9007199254740991,""',
        ',{"2":1,"a":{"b":[1,{"c":null}]},"":0}',
        ',"é한😀\u2028"',
        ',"\\"\\\\\\n\\r\\t\\b\\f\\u0001\\u001e\x7f"',
        ',"\\ud800"',
        ',{"_placeholder":true,"num":0}',
        ',{"__proto__":1}',
        ',[{"_placeholder":true,"num":7}]',
        ",[],{},[[]]",
        shown=8,
    ),
)
async def test_what_is_sent_comes_back_byte_for_byte(server, args):
    """B.2: compact JSON; text is not escaped without need; a text event has no attachments."""
    raw = await server.joined()
    await raw.say(f'42["echo"{args}]')
    assert await raw.hear() == f'42["echo"{args}]'


@pytest.mark.parametrize(
    ("said", "heard"),
    kind(
        ('42[ "echo" , 1 ,\n\t"a" ]', '42["echo",1,"a"]'),
        ('42["echo","\\u00e9\\/\\ud83d\\ude00"]', '42["echo","é/😀"]'),
        ('42/,["echo",1]', '42["echo",1]'),
        ('42/admin,["echo",1]', '42/admin,["echo",1]'),
        ('42/admin,["echo","/,"]', '42/admin,["echo","/,"]'),
        ('42["ec\\u0068o"]', '42["echo"]'),
        ('42["echo",{"a":1,"a":2}]', '42["echo",{"a":2}]'),
        shown=4,
    ),
)
async def test_what_is_sent_comes_back_in_short(server, said, heard):
    """B.2: however JSON was written, and wherever it may be left out that it is `/`."""
    raw = await server.joined("/", "/admin")
    await raw.say(said)
    assert await raw.hear() == heard


@pytest.mark.parametrize(
    ("packet", "told"),
    kind(
        ('42["nobody",1,{"a":[]}]', ["/", "nobody", 1, {"a": []}]),
        ('42[1,"a"]', ["/", 1, "a"]),
        ("42[0]", ["/", 0]),
        ('42["",1]', ["/", "", 1]),
        ('42["connection"]', ["/", "connection"]),
        ('42["new_namespace"]', ["/", "new_namespace"]),
        ('42["Connect"]', ["/", "Connect"]),
        ('42["constructor"]', ["/", "constructor"]),
        ('42["__proto__"]', ["/", "__proto__"]),
        ('42["toString",1]', ["/", "toString", 1]),
        ('42/admin,["nobody"]', ["/admin", "nobody"]),
        ('427["nobody",1]', ["/", "nobody", 1]),
        shown=5,
    ),
)
async def test_an_event_of_any_other_name_is_an_event(serve, packet, told):
    """B.4: catch-alls hear it, nobody answers, the connection lives."""
    server = await serve(catchAll=True)
    raw = await server.joined("/", "/admin")
    await raw.say(packet)
    assert await server.event("any") == told
    await raw.still_here()
    assert await server.event("any") == ["/", "echo", "still here"]


async def test_an_event_named_error_is_an_event(server):
    """S22: its handler gets what came; nothing else happens."""
    raw = await server.joined("/", "/admin")
    await raw.say('42/admin,["error","of mine"]')
    assert await server.event("error") == ["/admin", "of mine"]
    await raw.still_here()
    await raw.still_here("/admin")


async def test_events_keep_their_order(server):
    """X14, L.9: a hundred in one read, text and bytes, of two namespaces."""
    raw = await server.joined("/", "/admin")
    said: list[str | bytes] = []
    for number in range(33):
        said += [f'42["echo",{number}]', f'42/admin,["echo",{number}]']
        said += ['451-["echo",{"_placeholder":true,"num":0}]', bytes([number])]
    raw.say_at_once(*said)
    assert await raw.hear_all(len(said)) == said


async def test_events_keep_their_order_through_the_upgrade(server):
    """L.9: what waits for a poll when the transport changes comes first on the WebSocket."""
    polls = await server.polls()
    await polls.post("40")
    await polls.hear(1)
    connection = await polls.probed()
    await polls.post('42["echo",0]\x1e451-["echo",{"_placeholder":true,"num":0}]\x1ebAQI=')
    await connection.send("5")
    await connection.send('42["echo",1]')
    assert [await connection.recv() for _ in range(4)] == [
        '42["echo",0]', '451-["echo",{"_placeholder":true,"num":0}]', b"\x01\x02", '42["echo",1]',
    ]  # fmt: skip


async def test_events_of_one_namespace_are_no_events_of_another(serve):
    """And those of one client none of another's."""
    server = await serve(catchAll=True)
    raw, other = await server.joined("/", "/admin"), await server.joined("/", "/admin")
    await raw.say('42/admin,["echo",1]')
    assert await raw.hear() == '42/admin,["echo",1]'
    for one in (raw, other):
        await one.still_here()
    assert await server.events("any", 3) == [
        ["/admin", "echo", 1], ["/", "echo", "still here"], ["/", "echo", "still here"],
    ]  # fmt: skip


async def test_events_come_by_polling(server):
    """M.1: several in a body; the responses are one packet after the other."""
    polls = await server.polls()
    await polls.post("40\x1e40/admin,")
    await polls.hear(2)
    body = '42["echo","é"]\x1e42/admin,["echo",1]\x1e42["nobody"]\x1e420["answer",2]'
    assert (await polls.post(body)).body == b"ok"
    assert await polls.hear(3) == ['42["echo","é"]', '42/admin,["echo",1]', "430[2]"]


async def test_a_poll_that_waits_brings_an_event(server):
    """At once, and not with the next ping."""
    polls = await server.polls()
    await polls.post("40")
    await polls.hear(1)
    poll = await polls.held(polls.poll())
    await polls.post('42["echo",1]')
    assert await poll == '42["echo",1]'


async def test_a_server_says_several_things_in_order(server):
    """The names of events are whatever the application chooses."""
    raw = await server.joined("/admin")
    await raw.say('42/admin,["say",["a"],["b",1,[]],["message","hi"],["error"],["connection",{}]]')
    assert await raw.hear_all(5) == [
        '42/admin,["a"]', '42/admin,["b",1,[]]', '42/admin,["message","hi"]',
        '42/admin,["error"]', '42/admin,["connection",{}]',
    ]  # fmt: skip


async def test_what_json_cannot_say_becomes_null_or_text(server):
    """B.2, X11: NaN and Infinity are null, a date is ISO text."""
    raw = await server.joined()
    await raw.say('42["say special values"]')
    assert await raw.hear() == (
        '42["values",null,null,null,"1970-01-01T00:00:00.000Z",null,{"b":false}]'
    )


@pytest.mark.parametrize(
    "name",
    kind(
        "connect", "disconnecting", "connect_error", "disconnect", "newListener", "removeListener"
    ),
)
async def test_a_server_cannot_send_a_reserved_name(server, name):
    """L.6: `emit` raises, nothing is sent."""
    raw = await server.joined()
    await raw.say(f'425["say reserved","{name}"]')
    assert await raw.hear() == '435["refused"]'


async def test_a_volatile_event_passes_on_an_idle_websocket(server):
    """L.5: and by polling if a poll waits."""
    raw = await server.joined()
    await raw.say('42["say volatile",["tick",1]]')
    assert await raw.hear() == '42["tick",1]'
    polls = await server.polls()
    await polls.post("40")
    await polls.hear(1)
    poll = await polls.held(polls.poll())
    await polls.post('42["say volatile",["tick",1]]')
    assert await poll == '42["tick",1]'


async def test_a_volatile_event_is_dropped_if_no_poll_waits(server):
    """L.5: what is not volatile is kept."""
    polls = await server.polls()
    await polls.post("40")
    await polls.hear(1)
    await polls.post('42["say volatile",["tick",1]]\x1e42["echo","kept"]')
    await polls.post('42["say volatile",["tick",2]]')
    assert await polls.hear(1) == ['42["echo","kept"]']
    await polls.post('42["echo","last"]')
    assert await polls.hear(1) == ['42["echo","last"]']


@pytest.mark.parametrize("more", [0, 1])
async def test_the_size_of_a_message_is_limited(serve, more):
    """A.5, L.2: `maxHttpBufferSize` bytes may come in one message, and a byte more closes."""
    server = await serve(maxHttpBufferSize=5_000)
    raw = await server.joined()
    fits = '42["echo","' + "x" * (5_000 - 1 - len('2["echo",""]')) + '"]'
    assert len(fits) == 5_000
    await raw.say(fits.replace("x", "xx", more))
    if not more:
        assert await raw.hear() == fits
        return
    assert await raw.rest() == []
    assert raw.connection.close_code == 1009
    assert await server.event("disconnect") == ["/", "transport error"]


async def test_the_limit_is_for_each_message_and_not_for_an_event(serve):
    """L.11: an event whose attachments together are larger is taken; characters are bytes."""
    server = await serve(maxHttpBufferSize=1_000)
    raw = await server.joined()
    header = '453-["echo",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1},'
    said = [header + '{"_placeholder":true,"num":2}]', bytes(1_000), bytes(999), b"x" * 1_000]
    raw.say_at_once(*said)
    assert await raw.hear_all(4) == said
    await raw.say('42["echo","' + "한" * 340 + '"]')
    assert await raw.rest() == []


async def test_large_events_come_back(server):
    """Of 300,000 characters, on both transports."""
    event = '42["echo","' + "한x" * 150_000 + '"]'
    raw, polls = await server.joined(), await server.polls()
    await raw.say(event)
    assert await raw.hear() == event
    await polls.post("40")
    await polls.hear(1)
    await polls.post(event)
    assert await polls.hear(1) == [event]
