"""A client against a server that means it no good, or has bad luck.

After each fault: the client says why it has ended, or lives; the same client joins a server's next
connection and is answered; another client saw nothing; no task, descriptor or ack is left.
"""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from course_lib.errors import ConnectionClosed
from course_lib.socketio import Client, ConnectError
from tests.net import raw
from tests.net.waiting import until

from .hostile import hostile
from .world import World, some

P0 = '{"_placeholder":true,"num":0}'
DEEP = "[" * 100_000


@contextlib.asynccontextmanager
async def survives(**options):
    """A client that has joined by hand, its wire, and its ends; then looks whether it lives."""
    world = World()
    async with world.io.listen() as address, Client(address.url) as other, hostile() as server:
        engine = other.manager.engine
        await until(lambda: engine.transport.name == "websocket")
        before = raw.descriptors(), len(asyncio.all_tasks())
        client = Client(server.url, transports=["websocket"], **options)
        client.ends, client.heard = [], []
        client.on("disconnect", lambda reason, _: client.ends.append(reason))
        client.on("say", lambda *args: client.heard.append(list(args)))
        joining = asyncio.create_task(client.connect())
        wire = await server.welcomed()
        await joining
        yield client, wire
        await client.disconnect()
        joining = asyncio.create_task(client.connect())
        wire = await server.welcomed()
        await joining
        asking = asyncio.create_task(client.emit_with_ack("alive"))
        said = str(await wire.hear())
        await wire.say(f'43{said[2 : said.index("[")]}["yes"]')
        assert await asking == "yes"
        await client.disconnect()
        assert await other.emit_with_ack("ask", 1) == 1
        assert not client._acks and not client._buffer
        wire.connection.abort()
        await until(lambda: raw.descriptors() <= before[0], 5)
        await until(lambda: len(asyncio.all_tasks()) <= before[1], 5)


ENDED: dict[str, list[str | bytes]] = {
    "deep": [f'42["say",{DEEP}'],
    "deep in an answer": [f"430{DEEP}"],
    "deep in an attached packet": [f'451-["say",{P0},{"[" * 50_000}{"]" * 50_000}]', b""],
    "an id of 5,000 digits": ["42" + "1" * 5_000 + '["say"]'],
    "5,000 digits alone": ["43" + "1" * 5_000],
    "an unknown type": ["49"],
    "no type": ["4"],
    "no event": ['42{"a":1}'],
    "an event without a name": ["42[]"],
    "an event that is null": ["42null"],
    "a name that is an object": ['42[{"toString":"say"}]'],
    "a reserved name": ['42["connect"]'],
    "another reserved name": ['42["connect_error","x"]'],
    "eleven attachments": ['4511-["say"]'],
    "no attachments": ['450-["say"]'],
    "a text in place of an attachment": [f'451-["say",{P0}]', '42["say"]'],
    "bytes that nobody has announced": [b"say"],
    "a placeholder beyond the last": ['451-["say",{"_placeholder":true,"num":1}]', b""],
    "a placeholder below 0": ['451-["say",{"_placeholder":true,"num":-1}]', b""],
    "no JSON": ["42['say']"],
    "half of JSON": ['42["say"'],
    "DISCONNECT with data": ["41{}"],
    "CONNECT with a list": ["40[]"],
    "CONNECT_ERROR with a list": ["44[]"],
    "digits that are not ASCII": ['42\u0663["say"]'],
    "bytes after the last attachment": [f'451-["say",{P0}]', b"x", b"y"],
}  # fmt: skip


@pytest.mark.parametrize("name", some(ENDED))
async def test_what_no_server_may_say_ends_the_connection(name):
    """With "parse error", and whoever waits is told."""
    async with survives() as (client, wire):
        asking = asyncio.create_task(client.emit_with_ack("question"))
        await wire.hear()
        await wire.say(*ENDED[name])
        await until(lambda: client.ends)
        assert client.ends == ["parse error"]
        with pytest.raises(ConnectionClosed):
            await asking


IGNORED: dict[str, list[str | bytes]] = {
    "an answer that nobody waits for": ["4399[]", '430["x"]', "43[]", "430[1]"],
    "an answer with bytes that nobody waits for": [f"461-77[{P0}]", b"x"],
    "what is for another namespace": ['42/admin,["say",1]', "41/admin,", "40/admin,{}", "43/x,0[]"],
    "a second CONNECT": ['40{"sid":"other"}', "40"],
    "CONNECT_ERROR when it is too late": ['44{"message":"no"}', '44"no"'],
    "CONNECT for nobody": ['40/nope,{"sid":"x"}', '44/nope,{"message":"x"}'],
    "an event named error": ['42["error","x"]'],
    "names of Python": ['42["__class__"]', '42["_named",{"__proto__":1}]'],
    "a number as a name": ["42[1,2]", "42[-1.5]", "42[1e999]"],
    "a name of a megabyte": ['42["' + "n" * 1_000_000 + '"]'],
    "a number without end": ['42["unheard",1e999,-1e999]'],
    "half of a pair": ['42["unheard","\\ud800"]'],
    "an event that asks and nobody hears": ['4212["unheard"]', '429999999999999999["unheard"]'],
    "pongs and noops": ["3", "6", "3"],
}  # fmt: skip


@pytest.mark.parametrize("name", some(IGNORED))
async def test_what_is_odd_and_allowed_harms_no_client(name):
    """It hears what comes after it, and has said nothing."""
    async with survives() as (client, wire):
        await wire.say(*IGNORED[name], '427["say",1]')
        client.on("say", lambda value: value)
        await until(lambda: client.heard)
        assert client.heard == [[1]] and client.connected and client.id == "id"
        assert await wire.hear() == "437[1]"


@pytest.mark.parametrize("size", [5_000_000, pytest.param(50_000_000, marks=pytest.mark.wide)])
async def test_a_large_message_of_the_server_is_delivered(size):
    """X27: `max_payload` bounds what a client sends, not what it receives."""
    async with survives() as (client, wire):
        await wire.say('42["say","' + "x" * size + '"]', f'451-["say",{P0}]', bytes(size))
        await until(lambda: len(client.heard) == 2)
        assert [len(value) for (value,) in client.heard] == [size, size]


@pytest.mark.parametrize("transport", ["polling", "websocket"])
async def test_a_message_beyond_the_clients_own_limit_ends_the_connection(transport):
    """X27: the error names the option."""
    world, why = World(), []
    async with world.io.listen() as address:
        client = Client(address.url, transports=[transport], max_message_size=100_000)
        client.on("disconnect", lambda reason, error: why.append((reason, str(error))))
        await client.connect()
        world.sockets[client.id].emit("say", "x" * 200_000)
        await until(lambda: why)
        assert why[0][0] == "transport error"
        assert "max_message_size" in why[0][1], why
        await client.disconnect()


async def test_events_before_the_server_has_let_us_in_are_bounded():
    """In their number and their bytes; nothing is lost without notice."""
    for said in (['42["say",1]'] * 10_001, ['42["say","' + "x" * 12_000_000 + '"]'] * 6):
        async with hostile() as server:
            client = Client(server.url, transports=["websocket"])
            joining = asyncio.create_task(client.connect())
            wire = await server.wire()
            await wire.hear()
            with contextlib.suppress(ConnectionClosed):
                await wire.say(*said)
            with pytest.raises(ConnectError, match="transport error"):
                await joining
            assert not client._early
            await client.disconnect()
            wire.connection.abort()


async def test_events_faster_than_their_listeners_end_the_connection():
    """1,000 wait, or 1 MiB; one event may be larger than that."""
    for said, fits in (
        (['42["slow",1]'] * 1_001, ['42["slow",1]']),
        (['42["slow","' + "x" * 300_000 + '"]'] * 4, ['42["slow","' + "x" * 3_000_000 + '"]']),
    ):
        async with survives(ordered=True) as (client, wire):
            client.on("slow", lambda _: asyncio.sleep(3600))
            await wire.say('42["slow",0]', *fits)
            await until(lambda client=client: client._turns and client._turns.waiting)
            client._turns.clear()
            await wire.say(*said)
            await until(lambda client=client: client.ends)
            assert client.ends == ["transport error"]


async def test_the_size_of_what_waits_is_that_of_all_its_messages():
    """Also with attachments of different sizes."""
    async with survives(ordered=True) as (client, wire):
        client.on("slow", lambda *_: asyncio.sleep(3600))
        head = '452-["slow",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]'
        await wire.say('42["slow"]', head, bytes(100_000), b"x", '42["slow"]')
        await until(lambda: client._turns and len(client._turns.waiting) == 2)
        assert client._turns.waiting_size == len(head) - 1 + 100_001 + len('2["slow"]')


@pytest.mark.parametrize("answer", ["40", "40{}", '40{"sid":""}', '40{"sid":5}', '40{"sid":null}'])
async def test_an_answer_without_an_id_lets_nobody_in(answer):
    async with hostile() as server:
        client = Client(server.url, transports=["websocket"])
        joining = asyncio.create_task(client.connect())
        wire = await server.wire()
        await wire.hear()
        await wire.say(answer)
        with pytest.raises(ConnectError, match="sid"):
            await joining
        assert not client.connected and not client.active
        await client.disconnect()


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ('44{"message":"no","data":{"a":1}}', "no"),
        ('44"no"', "no"),
        ("44{}", ""),
        ('44{"message":{"a":1}}', "{'a': 1}"),
        ("41", "disconnected: io server disconnect"),
        ("9", "disconnected: parse error"),
        ("4nonsense", "disconnected: parse error"),
    ],
)
async def test_whatever_a_server_answers_connect_ends(said, message):
    async with hostile() as server:
        client = Client(server.url, transports=["websocket"])
        joining = asyncio.create_task(client.connect())
        wire = await server.wire()
        await wire.hear()
        await wire.say(said)
        with pytest.raises(ConnectError) as caught:
            await joining
        if "parse" not in message:
            assert str(caught.value) == message
        assert not client.active and client.manager.state == "closed"
        await client.disconnect()
