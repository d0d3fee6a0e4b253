"""Retries: at least once, in order; and a server that knows what it has heard already."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib.errors import ConnectionClosed, LocalError
from course_lib.lab import clock
from course_lib.simulator.link import Cut
from course_lib.socketio import Client, Server
from course_lib.socketio.repeats import MAX_CLIENTS, MAX_SIZE, Repeats, taken
from tests.net.waiting import until


class World:
    """A server that notes what it hears, and that may be slow, silent or wrong."""

    def __init__(self, **options: Any) -> None:
        self.io = Server(**options)
        self.heard: list[Any] = []
        self.seconds = 0.0  # that its listener waits
        self.mute = 0  # so many events get no answer: their listener fails
        self.io.on("connection", self._connected)

    def _connected(self, socket: Any) -> None:
        async def say(*values: Any) -> Any:
            self.heard.append(values[0] if len(values) == 1 else values)
            if self.mute:
                self.mute -= 1
                raise KeyError("no answer")
            await asyncio.sleep(self.seconds)
            return "answer", values[0]

        socket.on("say", say)


def play(story: Any, client_options: Any = (), **options: Any) -> None:
    async def main() -> None:
        world = World(on_error=lambda *_: None, **options)
        async with world.io.listen() as address:
            given = {"retries": 3, "ack_timeout": 1.0, "transports": ["websocket"]}
            client = Client(
                address.url, randomization_factor=0, **{**given, **dict(client_options)}
            )
            await story(world, client)
            await client.disconnect()

    clock.simulate(main)


def wire(client: Client) -> list[str]:
    """What leaves from now on."""
    sent: list[str] = []
    engine = client.manager.engine
    assert engine is not None
    send = engine.send
    engine.send = lambda data, **given: (sent.append(data), send(data, **given))[1]  # type: ignore
    return sent


def test_events_leave_one_at_a_time_and_again_until_they_are_answered():
    """D.2: byte for byte."""

    async def story(world, client):
        await client.connect()
        sent = wire(client)
        world.mute = 1
        client.emit("say", "first")
        client.emit("say", "second", callback=lambda *values: told.append(values))
        told = []
        await asyncio.sleep(0.5)
        assert sent == ['20["say","first"]']
        await asyncio.sleep(1)
        assert sent == ['20["say","first"]', '21["say","first"]', '22["say","second"]']
        assert told == [(None, "answer", "second")]
        assert world.heard == ["first", "first", "second"]

    play(story)


def test_after_the_last_attempt_it_is_dropped_and_told():
    async def story(world, client):
        await client.connect()
        world.mute = 100
        told = []
        client.emit("say", "lost")
        client.emit("say", "told", callback=lambda *values: told.append(values))
        with pytest.raises(TimeoutError):
            await client.timeout(2).emit_with_ack("say", "raised")
        assert world.heard == ["lost"] * 4 + ["told"] * 4 + ["raised"] * 4
        assert len(told) == 1 and isinstance(told[0][0], TimeoutError)
        world.mute = 0
        assert await client.emit_with_ack("say", "next") == ("answer", "next")

    play(story)


def test_what_is_sent_offline_leaves_after_the_buffer_and_before_connect():
    async def story(world, client):
        order = []
        world.io.on("connection", lambda socket: socket.on_any(lambda *event: order.append(event)))
        client.emit("say", "queued")
        client.volatile.emit("say", "dropped")
        client.on("connect", lambda: client.emit("say", "from connect"))
        assert client._retries is not None and len(client._retries) == 1
        await client.connect()
        await asyncio.sleep(1)
        assert order == [("say", "queued"), ("say", "from connect")]

    play(story)


def test_the_first_is_sent_again_at_once_on_the_next_connection():
    """D.2: and it counts as an attempt."""

    async def story(world, client):
        await client.connect()
        world.seconds = 0.5
        asking = asyncio.create_task(client.emit_with_ack("say", "twice"))
        await asyncio.sleep(0)
        client.emit("say", "after")
        await asyncio.sleep(0.1)
        clock.network().cut(Cut.RST)
        assert await asking == ("answer", "twice")
        await asyncio.sleep(2)
        assert world.heard == ["twice", "twice", "after"]

    play(story)


@pytest.mark.parametrize("moment", ["on the way", "the answer", "while it runs"])
def test_a_server_that_remembers_hears_it_once(moment):
    """D8: the answer is lost, the event is lost, the connection is lost while a listener runs."""

    async def story(world, client):
        await client.connect()
        world.seconds = 0.5 if moment == "while it runs" else 0
        network = clock.network()
        if moment == "on the way":
            network.cut(Cut.RST)
            asking = asyncio.create_task(client.emit_with_ack("say", 1))
        else:
            asking = asyncio.create_task(client.emit_with_ack("say", 1))
            await until(lambda: world.heard)
            network.cut(Cut.RST)
        assert await asking == ("answer", 1)
        assert await client.emit_with_ack("say", 2) == ("answer", 2)
        assert world.heard == [1, 2]
        assert not any(socket._heard for socket in world.io.of("/").sockets.values())

    play(story, {"ack_timeout": 10.0}, deduplicate=True)


def test_a_slow_listener_runs_once():
    """The attempts that come while it runs are answered when it ends."""

    async def story(world, client):
        await client.connect()
        world.seconds = 2.5
        assert await client.emit_with_ack("say", 1) == ("answer", 1)
        assert world.heard == [1]

    play(story, deduplicate=True)


def test_a_listener_that_failed_runs_again():
    async def story(world, client):
        await client.connect()
        world.mute = 2
        assert await client.emit_with_ack("say", 1) == ("answer", 1)
        assert world.heard == [1, 1, 1]

    play(story, deduplicate=True)


def test_a_middleware_that_refuses_an_event_hears_the_next_attempt():
    async def story(world, client):
        refused = []

        def refuse_once(event):
            if not refused:
                refused.append(event)
                raise ValueError("not now")

        world.io.on("connection", lambda socket: socket.use(refuse_once))
        await client.connect()
        assert await client.emit_with_ack("say", 1) == ("answer", 1)
        assert refused == [["say", 1]] and world.heard == [1]

    play(story, deduplicate=True)


def test_two_clients_are_not_mixed_up():
    async def story(world, client):
        await client.connect()
        other = Client(client.manager.url, retries=1, ack_timeout=1.0)
        async with other:
            assert [await one.emit_with_ack("say", "same") for one in (client, other)] == [
                ("answer", "same")
            ] * 2
        assert world.heard == ["same", "same"]

    play(story, deduplicate=True)


def test_a_server_that_does_not_remember_is_sent_no_mark():
    """Our server says so in its CONNECT; nothing is added to what other servers hear."""

    async def story(world, client):
        client.emit("say", "waits for CONNECT")
        await client.connect()
        sent = wire(client)
        assert await client.emit_with_ack("say", {"a": 1}) == ("answer", {"a": 1})
        assert sent == ['21["say",{"a":1}]']

    play(story)


def test_a_wrong_event_is_an_error_where_it_is_sent():
    async def story(world, client):
        with pytest.raises(TypeError):
            client.emit("say", object())
        with pytest.raises(LocalError, match="own"):
            client.emit("connect")
        with pytest.raises(LocalError, match="max_buffered"):
            for number in range(6):
                client.emit("say", number)
        await client.connect()
        await until(lambda: not len(client._retries))
        changed = ["fine"]
        world.seconds = 0.1
        client.emit("say", 1)
        told = []
        client.emit("say", changed, callback=lambda *values: told.append(values))
        changed.append(object())
        assert await client.emit_with_ack("say", "last") == ("answer", "last")
        assert isinstance(told[0][0], TypeError)

    play(story, {"max_buffered": 5})


def test_who_waits_no_more_lets_the_next_one_go():
    async def story(world, client):
        await client.connect()
        world.seconds = 0.9
        first, second = (
            asyncio.create_task(client.emit_with_ack("say", number)) for number in (1, 2)
        )
        third = asyncio.create_task(client.emit_with_ack("say", 3))
        await asyncio.sleep(0.1)
        second.cancel()
        await asyncio.sleep(0.1)
        first.cancel()
        assert await third == ("answer", 3)
        assert world.heard == [1, 3] and not len(client._retries)

    play(story)


def test_a_connection_that_ends_for_good_keeps_what_was_not_answered():
    async def story(world, client):
        await client.connect()
        world.mute = 1
        client.emit("say", "kept")
        await asyncio.sleep(0.1)
        with pytest.raises(ConnectionClosed):
            asking = asyncio.create_task(client.timeout(1).volatile.emit_with_ack("say", 0))
            await asyncio.sleep(0)
            await client.disconnect()
            await asking
        assert len(client._retries) == 1
        await client.connect()
        assert await client.emit_with_ack("say", "next") == ("answer", "next")
        assert world.heard.count("kept") == 2

    play(story)


@pytest.mark.parametrize("retries", [-1, True, 1.5, "3", None])
def test_a_number_of_retries_is_an_int(retries):
    with pytest.raises(LocalError, match="retries"):
        Client("http://127.0.0.1:1", retries=retries)


def test_an_event_whose_middleware_waits_over_a_loss_runs_on_the_next_connection():
    """Without a timeout nobody would ask again."""

    async def story(world, client):
        sockets, passed = [], asyncio.Event()

        @world.io.on("connection")
        def connected(socket):
            sockets.append(socket)
            if len(sockets) == 1:
                socket.use(lambda _event: passed.wait())

        await client.connect()
        asking = asyncio.create_task(client.emit_with_ack("say", 1))
        await asyncio.sleep(0.5)
        clock.network().cut(Cut.RST)
        await until(lambda: len(sockets) == 2)
        await asyncio.sleep(1)
        assert not world.heard
        passed.set()
        async with asyncio.timeout(10):
            assert await asking == ("answer", 1)
        assert world.heard == [1]
        assert not any(socket._heard for socket in sockets)

    play(story, {"ack_timeout": None}, deduplicate=True)


def test_the_last_attempt_is_not_lost_with_the_first():
    """It came while the first one ran, which fails."""

    async def story(world, client):
        runs = []

        async def slow(value):
            runs.append(value)
            await asyncio.sleep(1.5)
            if len(runs) == 1:
                raise KeyError(value)
            return "done"

        world.io.on("connection", lambda socket: socket.on("slow", slow))
        await client.connect()
        assert await client.timeout(2.5).emit_with_ack("say", 0) == ("answer", 0)
        asking = asyncio.create_task(client.timeout(1).emit_with_ack("slow", 1))
        with pytest.raises(TimeoutError):  # two attempts of a second each
            await asking
        await asyncio.sleep(3)
        assert runs == [1, 1]

    play(story, {"retries": 1}, deduplicate=True)


def test_one_client_cannot_make_the_server_forget_the_others():
    """Each socket has one key."""

    async def story(world, client):
        world.seconds = 2.5
        await client.connect()
        asking = asyncio.create_task(client.emit_with_ack("say", 1))
        await asyncio.sleep(0.5)
        async with Client(client.manager.url, transports=["websocket"]) as hostile:
            engine = hostile.manager.engine
            for number in range(MAX_CLIENTS):
                engine.send(f'2{number}["say",2,{{"_retry":["k{number}",0]}}]')
                if number % 1000 == 0:
                    await asyncio.sleep(0.001)
            await asyncio.sleep(0.1)
            assert len(world.io.of("/").repeats) <= 2
            assert await asking == ("answer", 1)
        assert world.heard.count(1) == 1
        assert (2, {"_retry": ["k1", 0]}) in world.heard  # an argument as any other

    play(story, deduplicate=True, max_running_handlers=20_000)


def test_ids_that_a_client_uses_twice_harm_only_itself():
    async def story(world, client):
        world.seconds = 1
        await client.connect()
        for mark in ('["A",0]', '["A",1]', '["B",0]'):
            client.manager.engine.send(f'25["say",1,{{"_retry":{mark}}}]')
        await asyncio.sleep(3)
        sockets = list(world.io.of("/").sockets.values())
        assert len(sockets) == 1 and not sockets[0]._heard
        assert all(heard.asked is None for heard in world.io.of("/").repeats._heard.values())

    play(story, deduplicate=True)


def test_requests_that_are_given_up_leave_nothing():
    """Without a timeout they would wait for their answers as long as the connection."""

    async def story(world, client):
        world.seconds = 1_000
        await client.connect()
        for number in range(20):
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(client.emit_with_ack("say", number), 0.1)
        assert not len(client._acks) and not len(client._retries)

    play(story, {"ack_timeout": None})


def test_without_a_buffer_an_event_leaves_only_at_once():
    async def story(world, client):
        with pytest.raises(LocalError, match="max_buffered"):
            client.emit("say", "offline")
        await client.connect()
        client.emit("say", "at once")
        with pytest.raises(LocalError, match="max_buffered"):
            client.emit("say", "would wait")
        await asyncio.sleep(0.1)
        assert await client.emit_with_ack("say", "next") == ("answer", "next")
        assert world.heard == ["at once", "next"]

    play(story, {"max_buffered": 0})


# What a server remembers.


class Asker:
    """A socket, as far as `Repeats` needs one."""

    connected = True

    def __init__(self) -> None:
        self.answers: list[Any] = []
        self.events: list[Any] = []

    def _event(self, data: list[Any], id: int, size: int) -> None:
        self.events.append((data, id))

    def _answer(self, id: int, value: Any) -> None:
        self.answers.append((id, value))


@pytest.mark.parametrize(
    "last",
    [
        None, 1, "x", [], {}, {"_retry": None}, {"_retry": ["k"]}, {"_retry": ["k", 1, 2]},
        {"_retry": [1, 2]}, {"_retry": ["k", -1]}, {"_retry": ["k", True]}, {"_retry": ["k", 1.0]},
        {"_retry": ["k" * 65, 1]}, {"_retry": ["k", 1], "a": 1}, {"retry": ["k", 1]},
        {"_retry": {"k": 1}},
    ],
)  # fmt: skip
def test_what_is_no_mark_is_an_argument(last):
    event = ["say", last]
    assert taken(event) is None and event == ["say", last]


def test_a_mark_alone_is_no_event_without_a_name():
    event = [{"_retry": ["k", 1]}]
    assert taken(event) is None and len(event) == 1


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 5), st.booleans()), max_size=40))
@settings(max_examples=200)
def test_each_number_of_a_client_is_new_once_unless_it_failed(events):
    repeats, asker = Repeats(), Asker()
    newest: dict[str, int] = {}
    for at, (key, number, fails) in enumerate(events):
        new = repeats.first((key, number), [], asker, at)
        assert (new is not None) == (number > newest.get(key, -1))
        if new is None:
            assert asker.answers[-1][0] == at  # each of these has ended: it is answered at once
            continue
        newest[key] = number
        if fails:
            repeats.failed(new)
            newest.pop(key)
        else:
            repeats.answered(new, at, 1)
            assert asker.answers[-1] == (at, at)
    assert not asker.events
    assert len(repeats) == len(newest) == repeats.size


def test_what_is_remembered_is_bounded():
    repeats, asker = Repeats(), Asker()
    heard = [repeats.first((str(number), 0), [], asker, 0) for number in range(MAX_CLIENTS + 500)]
    assert all(heard) and len(repeats) == MAX_CLIENTS
    for number in range(600, 700):
        repeats.answered(heard[number], "x", MAX_SIZE // 50)
    assert repeats.size <= MAX_SIZE
    size, answers = repeats.size, len(asker.answers)
    repeats.answered(heard[0], "late", 1)
    assert len(asker.answers) == answers + 1  # forgotten while it ran: answered all the same
    assert repeats.first(("0", 0), [], asker, 0) and repeats.size == size  # it counts as new


def test_an_answer_is_kept_as_it_was():
    """The application may change what it has returned; and it may return what nobody can copy."""
    repeats, asker = Repeats(), Asker()
    live, own = ["a"], threading.Lock()
    for number, value in enumerate((live, own)):
        repeats.answered(repeats.first(("k", number), [], asker, 0), value, 1)
        live.append("b")
        assert repeats.first(("k", number), [], asker, 1) is None
    assert [value for id, value in asker.answers if id == 1] == [["a"], own]


def test_an_attempt_that_came_while_the_first_one_ran_runs_if_that_fails():
    repeats, asker, gone = Repeats(), Asker(), Asker()
    gone.connected = False
    for newest, events in ((asker, [(["say", {"_retry": ["k", 0]}], 7)]), (gone, [])):
        first = repeats.first(("k", 0), ["say"], asker, 5)
        assert repeats.first(("k", 0), ["say"], newest, 7) is None
        repeats.failed(first)
        assert newest.events == events and not len(repeats) and not asker.answers
