"""Bad input and unlucky moments against a live server; after each, `world.survived` looks."""

from __future__ import annotations

import asyncio
import json

import pytest

from course_lib.errors import ConnectionClosed
from course_lib.socketio import ConnectRefused
from tests.net import raw
from tests.net.waiting import until

from .world import play, some, survived

P0 = '{"_placeholder":true,"num":0}'
DEEP = "[" * 100_000
# What a client that has joined `/` may not say.  (More of each kind: official/test_invalid.py.)
CLOSED: dict[str, list[str | bytes]] = {
    "deep": [f'42["echo",{DEEP}'],
    "deep and whole": [f'42["echo",{DEEP}{"]" * 100_000}]'],
    "deep in an attached packet": [f'451-["echo",{P0},{"[" * 50_000}{"]" * 50_000}]', b""],
    "an id of 5,000 digits": ["42" + "1" * 5_000 + '["echo"]'],
    "5,000 digits alone": ["42" + "1" * 5_000],
    "an answer of 5,000 digits": ["43" + "7" * 5_000],
    "4,000 digits alone": ["43" + "7" * 4_000],
    "an id of 17 digits": ['4212345678901234567["echo"]'],
    "attachments of 5,000 digits": ["45" + "1" * 5_000 + '-["echo"]'],
    "no Unicode in an id": ['42\u0e51["echo"]'],
    "a name that is an object": ['42[{"toString":"echo"}]'],
    "a name that is a bool": ['42[true,"echo"]'],
    "NUL": ["42\x00"],
    "a BOM": ['42\ufeff["echo"]'],
    "a namespace that never ends": ["42/" + "a" * 100_000],
    "CONNECT with bytes in its auth": ['451-/admin,["a"]', b"x"],
    "a text in place of an attachment": [f'451-["echo",{P0}]', '42["echo"]'],
    "bytes that nobody has announced": [b"echo"],
    "bytes after the last attachment": [f'451-["quiet",{P0}]', b"x", b"y"],
    "a placeholder without a number": ['451-["quiet",{"_placeholder":true,"num":"0"}]', b""],
    "a placeholder below 0": ['451-["quiet",{"_placeholder":true,"num":-1}]', b""],
    "a placeholder beyond the last": ['451-["quiet",{"_placeholder":true,"num":1}]', b""],
    "a placeholder that is a bool": ['451-["quiet",{"_placeholder":true,"num":true}]', b""],
    "a placeholder that is infinite": ['451-["quiet",{"_placeholder":true,"num":1e999}]', b""],
    "attachments for another namespace": [f'451-/admin,["echo",{P0}]', b"x"],
    "an answer with attachments that nobody gets": [f"461-/admin,0[{P0}]", b"x"],
    "a packet within a packet": ["4" * 1_000],
    "a name that is reserved, with attachments": [f'451-["disconnect",{P0}]', b"x"],
}  # fmt: skip


@pytest.mark.parametrize("name", some(CLOSED))
async def test_what_no_client_may_say_closes_its_connection(name):
    """S1-S4, S6, S7, S14, S19, X10: and its socket hears why."""
    async with survived() as (world, talk):
        wire, id = await talk.joined()
        await wire.say(*CLOSED[name])
        assert await wire.rest() == []
        await until(lambda: world.ends[id])
        assert world.ends[id] == [("forced close", "")]
        assert len(world.errors) == 1
        assert world.heard[id] == []


FINE: dict[str, tuple[list[str | bytes], list[str | bytes]]] = {
    "half of a pair": (['42["echo","\\ud800"]'], ['42["echo","\\ud800"]']),
    "a number of 5,000 digits": (['42["say",' + "1" * 4_000 + "]"], []),
    "a number without end": (['42["say",1e999]'], []),
    "an event named error": (['42["error","mine"]'], []),
    "names of Python": (['42["__init__"]', '42["__class__",{"__proto__":1}]', '42["_named"]'], []),
    "an empty name": (['42["",1]'], []),
    "a name of a megabyte": (['42["' + "n" * 900_000 + '"]'], []),
    "a number as a name": (["42[1,2]", "42[-1.5]", "42[1e999]"], []),
    "an answer without a question": (["430[]", '43999999["x"]', "43[]", "430[1]", "430[1]"], []),
    "an answer with bytes that nobody waits for": ([f"461-0[{P0}]", b"x"], []),
    "attachments without a place": (['451-["echo",1]', b"x"], ['42["echo",1]']),
    "one attachment in two places": (
        [f'451-["echo",{P0},{P0}]', b"x"],
        [f'452-["echo",{P0},{P0.replace("0", "1")}]', b"x", b"x"],
    ),
    "no placeholder": (
        ['42["echo",{"_placeholder":true,"num":0}]', '42["echo",{"_placeholder":1}]'],
        ['42["echo",{"_placeholder":true,"num":0}]', '42["echo",{"_placeholder":1}]'],
    ),
    "unknown namespaces": (
        ["40/nope,", "40/../,{}", '40/admin?x=1,{"a":1}', "40/ADMIN", "40/" + "a" * 5_000 + ","],
        [
            f'44{name},{{"message":"Invalid namespace"}}'
            for name in ("/nope", "/../", "/admin?x=1", "/ADMIN", "/" + "a" * 5_000)
        ],
    ),
    "white space in the JSON": (['42 [ "echo" , 1 ]\n'], ['42["echo",1]']),
    "the same name twice in an object": (['42["echo",{"a":1,"a":2}]'], ['42["echo",{"a":2}]']),
    "depth that is allowed": ([f'42["echo",{"[" * 200}{"]" * 200}]'],) * 2,
    "separators of other layers": (['42["echo","\x7f\x85\u2028\\u001e"]'],) * 2,
}  # fmt: skip


@pytest.mark.parametrize("name", some(FINE))
async def test_what_is_odd_and_allowed_harms_nobody(name):
    """S15, S17, S22, X10."""
    said, heard = FINE[name]
    async with survived() as (world, talk):
        wire, id = await talk.joined()
        await wire.say(*said)
        for message in heard:
            assert await wire.hear() == message
        await wire.still_here()
        assert world.ends[id] == []


async def test_half_of_a_surrogate_pair_travels_through_a_poll():
    """X10."""
    async with survived() as (_, talk):
        await talk.open()
        await talk.post('40\x1e42["echo","\\ud800"]')
        body = ""
        while "echo" not in body:
            body = await talk.poll()
        assert body.endswith('42["echo","\\ud800"]')
        await talk.post("1")


async def test_an_answer_of_another_client_is_no_answer():
    """S17."""
    async with survived() as (world, talk):
        mine, id = await talk.joined()
        other, _ = await talk.joined()
        asking = asyncio.create_task(world.sockets[id].emit_with_ack("question"))
        question = str(await mine.hear())
        number = question.removeprefix("42").removesuffix('["question"]')
        await other.say(f'43{number}["theirs"]')
        await other.still_here()
        await mine.say(f'43{number}["mine"]', f'43{number}["again"]')
        assert await asking == "mine"
        await mine.still_here()


def test_half_of_the_attachments_are_dropped_after_a_time():
    """S23: with their connection; the time is that of all of them."""

    async def story(world, talk):
        wire, id = await talk.joined()
        await wire.say(f'453-["say",{P0}]', b"x")
        await asyncio.sleep(20)
        await wire.say(b"y")
        await asyncio.sleep(9.9)
        assert world.left()["attachments"] == 1
        await asyncio.sleep(0.2)
        assert world.ends[id] == [("forced close", "")]
        assert world.errors == ["attachments were announced, and never came"]
        # One packet after another may take as long.
        wire, id = await talk.joined()
        for _ in range(5):
            await wire.say(f'451-["say",{P0}]')
            await asyncio.sleep(20)
            await wire.say(b"x")
        await wire.still_here()
        assert world.heard[id] == [[b"x"]] * 5

    play(story, ping_interval=1000)


def test_a_client_that_joins_nothing_is_sent_away():
    """L16: exactly at the connect timeout; a middleware that waits does not count as joined."""

    async def story(world, talk):
        waiting = asyncio.Event()
        world.io.of("/admin").use(lambda _: waiting.wait())
        start = asyncio.get_running_loop().time()
        silent, refused, held = [await talk.wire() for _ in range(3)]
        await refused.say("40/nope,")
        await held.say("40/admin,")
        for wire in (silent, refused, held):
            await wire.rest()
            assert asyncio.get_running_loop().time() - start == 45
        waiting.set()
        await until(lambda: not world.left()["joining"])

    play(story)


async def test_a_client_that_leaves_while_it_joins():
    """By DISCONNECT, FIN and RST: no socket is left, and none has heard "connection"."""
    async with survived() as (world, talk):
        gate = asyncio.Event()
        admin = world.io.of("/admin")
        admin.use(lambda _: gate.wait())
        before = len(world.sockets)
        for end in ("disconnect", "fin", "reset"):
            wire = await talk.wire()
            await wire.say("40/admin,")
            await until(lambda: admin.joining)
            if end == "disconnect":
                await wire.say("41/admin,")
                await wire.rest()
            elif end == "fin":
                wire.connection.abort()
            else:
                raw.reset(_Stream(wire.connection))
            await until(lambda: world.left()["sessions"] == 2)
            gate.set()
            await until(lambda: not admin.joining)
            gate.clear()
        assert len(world.sockets) == before


class _Stream:
    """What `raw.reset` needs."""

    def __init__(self, connection) -> None:
        self._transport = connection.transport
        self.abort = connection.transport.abort


@pytest.mark.parametrize("waits", [False, True])
async def test_what_a_middleware_raises_is_told_to_the_client(waits, caplog):
    """S21, X9: as `44`, with the message; all but a refusal is reported.  The connection lives."""

    class Unspeakable(Exception):
        def __str__(self):
            raise RuntimeError

    raised = [
        (lambda: ConnectRefused("no", {"a": 1}), '44/admin,{"message":"no","data":{"a":1}}'),
        (lambda: ConnectRefused("no"), '44/admin,{"message":"no"}'),
        (lambda: ConnectRefused("한\ud800"), '44/admin,{"message":"한\\ud800"}'),
        (lambda: ConnectRefused("no", {1, 2}), '44/admin,{"message":"no"}'),
        (lambda: ValueError("wrong"), '44/admin,{"message":"wrong"}'),
        (lambda: StopIteration("stop"), '44/admin,{"message":"stop"}'),
        (lambda: ExceptionGroup("x", [KeyError()]), '44/admin,{"message":"x (1 sub-exception)"}'),
        (asyncio.CancelledError, '44/admin,{"message":"middleware failed"}'),
        (GeneratorExit, '44/admin,{"message":"middleware failed"}'),
        (Unspeakable, '44/admin,{"message":"middleware failed"}'),
    ]  # fmt: skip
    async with survived() as (world, talk):

        @world.io.of("/admin").use
        def refuse(socket):
            error = raised[socket.handshake.auth["number"]][0]()

            async def later():
                await asyncio.sleep(0)
                raise error

            if waits and type(error) is not StopIteration:  # Python forbids it in a coroutine
                return later()
            raise error

        wire, _ = await talk.joined()
        for number, (_, said) in enumerate(raised):
            await wire.say(f'40/admin,{{"number":{number}}}')
            assert await wire.hear() == said
        await wire.still_here()
        assert not world.io.of("/admin").joining
    assert "a handler failed" in caplog.text
    caplog.clear()


async def test_a_middleware_that_asks_the_client_which_leaves():
    """Nobody waits for ever: neither in the middleware, nor in a task that it has begun."""
    async with survived() as (world, talk):
        ends: list[str] = []

        async def ask(socket):
            try:
                await socket.emit_with_ack("who")
            except ConnectionClosed:
                ends.append("closed")

        @world.io.of("/admin").use
        async def middleware(socket):
            if socket.handshake.auth.get("task"):
                tasks.append(asyncio.create_task(ask(socket)))
                await asyncio.sleep(0)
                raise ConnectRefused("no")
            await ask(socket)

        tasks: list[asyncio.Task[None]] = []
        wire = await talk.wire()
        await wire.say("40/admin,")
        assert str(await wire.hear()).endswith('["who"]')
        wire.connection.abort()
        await until(lambda: ends == ["closed"])
        wire = await talk.wire()
        await wire.say('40/admin,{"task":1}')
        assert str(await wire.hear()).endswith('["who"]')
        assert await wire.hear() == '44/admin,{"message":"no"}'
        await until(lambda: ends == ["closed"] * 2)
        assert tasks[0].done()


async def test_to_disconnect_somebody_who_has_not_joined_is_a_mistake_that_refuses():
    """A middleware must not believe that it has sent a client away, which then joins."""
    reported = []
    async with survived(on_error=lambda error, _: reported.append(str(error))) as (world, talk):
        world.io.of("/admin").use(lambda socket: socket.disconnect())
        wire = await talk.wire()
        await wire.say("40/admin,")
        answer = str(await wire.hear())
        assert answer.startswith('44/admin,{"message":"')
        assert "ConnectRefused" in answer
        assert reported == [json.loads(answer.removeprefix("44/admin,"))["message"]]


MOMENTS = ["connection", "say", "catch-all", "middleware", "outgoing"]
MOMENTS += ["disconnecting", "disconnect"]


@pytest.mark.parametrize("moment", MOMENTS)
async def test_a_socket_that_drops_inside_of_its_own_listeners(moment, caplog):
    """X12, X18: every listener runs once, one `disconnect` each, nothing is left."""
    async with survived() as (world, talk):
        for end in ("leave", "end", "session", "lost"):
            for fails in (False, True):
                await _drop_inside(world, talk, moment, end, fails)
    caplog.clear()


async def _drop_inside(world, talk, moment, end, fails):
    told: list[str] = []

    def drop(socket):
        told.append(moment)
        if end == "leave":
            socket.disconnect()
        elif end == "end":
            socket.disconnect(close=True)
        elif end == "session":
            socket.conn.close(discard=True)
        else:
            socket.conn.end("transport error", "as if it were lost")
        socket.disconnect()
        if fails:
            raise ValueError(moment)

    def connected(socket):
        for event in ("disconnecting", "disconnect"):
            socket.on(event, lambda *_, event=event: told.append(event + " 1"))
        dropping = lambda *_: drop(socket)  # noqa: E731
        if moment == "catch-all":
            socket.on_any(dropping)
        elif moment == "middleware":
            socket.use(dropping)
        elif moment == "outgoing":
            socket.on_any_outgoing(dropping)
            socket.on("say", lambda: socket.emit("out"))
        elif moment != "connection":
            socket.on(moment, dropping)
        for event in ("disconnecting", "disconnect"):
            socket.on(event, lambda *_, event=event: told.append(event + " 2"))
        if moment == "connection":
            drop(socket)

    space = world.io.of("/drop")
    space.remove_all_listeners()
    space.on("connection", connected)
    space.on("connection", lambda _: told.append("connected"))
    wire = await talk.wire()
    await wire.say("40/drop,")
    if moment != "connection":
        assert str(await wire.hear()).startswith("40/drop,")
        await wire.say('42/drop,["say"]')
        if moment.startswith("disconnect"):
            await wire.say("41/drop,")
    await until(lambda: "disconnect 2" in told and not space.sockets)
    ends = ["disconnecting 1", "disconnecting 2", "disconnect 1", "disconnect 2"]
    assert sorted(told) == sorted([*ends, moment, "connected"])
    assert [one for one in told if one in ends] == ends
    wire.connection.abort()
