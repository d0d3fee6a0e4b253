"""What no client may send: the connection is closed, at once.  Any server, and Node's."""

from __future__ import annotations

import pytest

from .raw import kind

P0 = '{"_placeholder":true,"num":0}'
ELEVEN = ",".join(f'{{"_placeholder":true,"num":{number}}}' for number in range(11))
wide = pytest.mark.wide

# What comes after `40`.
PACKETS = [
    *kind("49", "47[1]", "4-1", '4["a"]', "4\u0662"),  # S1: unknown types
    *kind("4abc", "4", shown=2),
    # S2, S3: no event.
    *kind('42{"a":1}', '42[{"toString":"foo"}]', "42[true]", '42[["a"]]', '42"a"', "42null"),
    *kind("42[]", "42[null]"),
    # No JSON; some of it is JSON for Python.
    *kind('42["a"', '42["a"]x', '42["a"][]', '42[,"a"]', '42["a"}', "42['a']", '42["a",1_0]'),
    *kind('42["a",NaN]', '42["a",Infinity]', '42["a",-Infinity]'),
    *kind('42["a",01]', '42["a",.5]', '42["a",1.]', '42["a",+1]', '42["a",]'),
    *kind('42["a","\x01"]', '42["a","\\u12"]', '42["a","\\x41"]'),
    # S4: reserved names.
    *kind('42["disconnect"]', '42["connect"]', '42["connect_error"]', '42["disconnecting"]'),
    *kind('42["removeListener",1]', '42["newListener"]', '420["connect"]'),
    # X10: digits that are not ASCII; signs.
    *kind('42\u0663["a"]', '42\xb2["a"]', '42-1["a"]', '42+1["a"]', '42\u06612["a"]'),
    # ACK, CONNECT, DISCONNECT.
    *kind('430{"a":1}', '430"a"', "430null", "430["),
    *kind('40/admin,"str"', "40/admin,[]", "40/admin,null", "40/admin,{"),
    *kind('41["x"]', "41{}", "41null", '41"x"'),
    *kind('44{"message":"no"}', "44", '44"no"', "44/admin,", "441"),  # only a server sends it
    # S6: attachments.
    *kind(
        f'450-["a",{P0}]',
        "460-0[]",
        f'451.5-["a",{P0}]',
        f'45-1-["a",{P0}]',
        f'45\u0661-["a",{P0}]',
    ),
    *kind(f'451["a",{P0}]', f'45a-["a",{P0}]', f'45-["a",{P0}]', "45", "451"),
    *kind(
        f'4511-["a",{ELEVEN}]',
        f'4511-/admin,["a",{ELEVEN}]',
        f"4611-0[{ELEVEN}]",
        '4599999999-["a"]',
    ),
    *kind('451-["connect"]', "451-[]", '451-["a"', "461-0{}", "451-{}"),
    # S14: a namespace that is not joined, and CONNECT of one that is.
    *kind('42/admin,["x"]', '42/nope,["x"]', '42/admin["x"]'),
    *kind("41/admin,", "41/admin", "43/admin,0[]"),
    *kind("40", "40{}", "40/,", "401"),
]


@pytest.mark.parametrize("packet", PACKETS)
async def test_an_invalid_packet_closes_the_connection(server, packet):
    """B.4: nothing is answered, the socket is told why; others do not notice."""
    other, raw = await server.joined(), await server.joined()
    # After a header that is not refused, text would be a mistake of its own.
    late = [] if packet[:2] in ("45", "46") else ['42["echo","too late"]']
    raw.say_at_once(packet, *late)
    assert await raw.rest() == []
    assert raw.connection.close_code == 1005
    assert await server.event("disconnecting") == ["/", "forced close"]
    assert await server.told() == ["disconnect", "/", "forced close"]
    await other.still_here()


@pytest.mark.parametrize(
    "packet",
    [
        *kind('420["a"]', "430[]", "41", "41/admin,", "44", "451-[1]"),
        *kind("40null", '40"str"', "40[1]", "40{", "40{}x", '40{"a":NaN}'),
        *kind("42[]", "49", "4"),
        *kind("abc"),
    ],
)
async def test_the_first_packet_is_connect(server, packet):
    """B.4: anything else closes the connection, before anybody is told of it."""
    raw, other = await server.open(), await server.joined()
    await server.event("connection")
    await raw.say(packet)
    if packet.startswith("451"):  # the packet is not there yet
        await raw.say(b"x")
    assert await raw.rest() == []
    sid = await other.connect("/admin")
    assert await server.told() == ["connection", "/admin", sid]


@pytest.mark.parametrize(
    "messages",
    [
        pytest.param([b"x"], id="S7: bytes that nobody announced"),
        pytest.param([b""], id="S7: no bytes that nobody announced", marks=wide),
        pytest.param([f'451-["a",{P0}]', '42["echo"]'], id="S7: text in place of bytes"),
        pytest.param([f'451-["a",{P0}]', "41"], id="S7: DISCONNECT in place of bytes", marks=wide),
        pytest.param([f'451-["a",{P0}]', b"x", b"y"], id="S7: bytes too many"),
        pytest.param([f'452-["a",{P0}]', b"x", '42["echo"]'], id="S7: bytes too few", marks=wide),
        pytest.param([f'451-/admin,["a",{P0}]', b"x"], id="S19: not joined"),
        pytest.param([f"461-/admin,0[{P0}]", b"x"], id="S19: an ack, not joined", marks=wide),
        *kind(
            ['451-["a",[{"b":{"_placeholder":true,"num":1}}]]', b"x"],
            ['451-["a",{"_placeholder":true}]', b"x"],
            *(
                [f'451-["a",{{"_placeholder":true,"num":{number}}}]', b"x"]
                for number in ("-1", "1e3", '"0"', "null", "[0]", "true")
            ),
            shown=2,
        ),
    ],
)
async def test_attachments_that_do_not_fit_close_the_connection(server, messages):
    """B.3: the rest of what came in the same read does not count."""
    other, raw = await server.joined(), await server.joined()
    raw.say_at_once(*messages, '42["echo","too late"]')
    assert await raw.rest() == []
    assert await server.event("disconnecting") == ["/", "forced close"]
    assert await server.told() == ["disconnect", "/", "forced close"]
    await other.still_here()


async def test_attachments_for_a_namespace_that_is_not_joined(server):
    """S19: *stricter*: ours closes at the header, Node once the last of them has come."""
    raw = await server.joined()
    await raw.say(f'452-/admin,["a",{P0}]')
    if not server.stricter("attachments for a namespace that is not joined"):
        await raw.say(b"x", b"y")
    assert await raw.rest() == []
    assert await server.event("disconnect") == ["/", "forced close"]


async def test_every_namespace_of_the_connection_is_told_of_the_error(server):
    """B.4: `error` at each socket, and then each is disconnected, in the order of joining."""
    raw = await server.joined("/admin", "/", "/third")
    await raw.say("42[]")
    assert await raw.rest() == []
    assert [(await server.event("error"))[0] for _ in range(3)] == ["/admin", "/", "/third"]
    for nsp in ("/admin", "/", "/third"):
        assert await server.told() == ["disconnecting", nsp, "forced close"]
        assert await server.told() == ["disconnect", nsp, "forced close"]


@pytest.mark.parametrize("packet", kind("", "9", "hello", "x4", "\x1e42[]"))
async def test_what_is_no_engine_io_packet_is_a_parse_error(server, packet):
    """L.2: the layer below has another reason for it."""
    raw = await server.joined("/", "/admin")
    await raw.say(packet)
    assert await raw.rest() == []
    assert await server.event("disconnect") == ["/", "parse error"]
    assert await server.event("disconnect") == ["/admin", "parse error"]


async def test_a_ping_of_the_client_is_a_transport_error(server):
    """A.5: only servers ping."""
    raw = await server.joined()
    await raw.say("2")
    assert await raw.rest() == []
    assert await server.event("disconnect") == ["/", "transport error"]


STATE = ('42/admin,["x"]', "44", "40")  # well-formed, but not now


@pytest.mark.parametrize("held", [False, True])
@pytest.mark.parametrize(
    "packet", kind("42[]", '42/admin,["x"]', "bAQI=", "44", "40", "49", shown=3)
)
async def test_an_invalid_packet_by_polling_ends_the_session(server, packet, held):
    """The POST is answered `ok`, a poll gets `1`, and no request of the session counts any more.

    L.2: the reason depends on whether the transport can close at once.  *Stricter*: Node tells its
    socket of a packet that cannot be read when the next poll comes, up to 30 s later.
    """
    polls = await server.polls()
    await polls.post("40")
    await polls.hear(1)
    rest = await polls.held(polls.until_over()) if held else None
    assert (await polls.post(packet + '\x1e42["echo","too late"]')).body == b"ok"
    assert await (rest or polls.until_over()) == ["1"]
    at_once = server.stricter("an invalid packet by polling") or packet in STATE
    reason = "forced server close" if at_once and not held else "forced close"
    assert await server.event("disconnect") == ["/", reason]
    response = await polls.get()
    assert (response.status, response.json()["code"]) == (400, 1)


@pytest.mark.parametrize("packet", kind("42", "421", "42/,", "42/,7"))
async def test_an_event_without_a_name_harms_nobody(server, packet):
    """B.4: *stricter*: Node lets it pass, without a name; ours closes."""
    other, raw = await server.joined(), await server.joined()
    await raw.say(packet)
    if server.stricter("an event without a name"):
        assert await raw.rest() == []
    else:
        await raw.still_here()
    await other.still_here()


@pytest.mark.parametrize("blank", kind(" ", "\t", "\xa0", "\ufeff"))
async def test_a_blank_is_no_ack_id(server, blank):
    """B.2: *stricter*: for Node, whose `Number(" ")` is 0, it is the id 0; for ours what it is to
    JSON: nothing, or an error."""
    raw = await server.joined()
    await raw.say(f'42{blank}["answer",1]')
    if not server.stricter("a blank before the JSON"):
        assert await raw.hear() == "430[1]"
    elif blank in " \t":
        await raw.still_here()
    else:
        assert await raw.rest() == []


@pytest.mark.parametrize(
    "packet", kind('43["x"]', "439999[1]", '43/admin,0["x"]', "43/,8[]", "430[]", shown=3)
)
async def test_an_answer_that_nobody_waits_for_is_ignored(server, packet):
    """S17: and so is one without an id."""
    raw = await server.joined("/", "/admin")
    await raw.say(packet)
    await raw.still_here()
    await raw.still_here("/admin")
