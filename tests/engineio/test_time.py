"""When things happen, on a virtual clock: what must be immediate, and what has to wait."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from course_lib.engineio import Client, Server
from course_lib.errors import ConnectionClosed
from course_lib.lab import clock
from course_lib.simulator.link import Cut
from tests.engineio.talk import Talk
from tests.engineio.test_faults import HANDSHAKE, request
from tests.engineio.world import World
from tests.net import raw
from tests.net.waiting import until

Story = Callable[[World, Talk], Awaitable[Any]]


def play(story: Story, *, rtt: float = 0.0, **options: Any) -> None:
    """Run the story with a server, on a virtual clock."""

    async def main() -> None:
        world = World(**options)
        async with world.engine.listen() as listening, Talk(listening.port) as talk:
            talk.http.timeout = 10_000
            await story(world, talk)
        assert not world.engine.sessions
        assert world.engine._timer is None

    clock.simulate(main, rtt=rtt)


def now() -> float:
    return asyncio.get_running_loop().time()


def test_headers_and_bodies_that_trickle_in_are_ended():
    """H21: a head within 10 s, a body within 30 s; then the session ends."""

    async def story(world, talk):
        await talk.open()
        before = now()
        async with raw.peer(_Where(talk)) as head, raw.peer(_Where(talk)) as body:
            head.write(b"GET / HTTP/1.1\r\n")
            target = f"{HANDSHAKE}&sid={talk.sid}"
            body.write(request(target, "Content-Length: 50", method="POST", body=b"4"))
            assert raw.status(await raw.rest(head)) == 408
            assert 9.9 <= now() - before <= 11
            for _ in range(4):
                await asyncio.sleep(4)
                body.write(b"x")
            assert talk.sid in world.engine.sessions
            assert raw.status(await raw.answer(body)) == 408
            assert 29.9 <= now() - before <= 31
        assert world.closed[talk.sid] == ("transport error", "http request timeout")

    play(story, ping_interval=1000.0)


class _Where:
    """What `raw.peer` needs of a server."""

    def __init__(self, talk: Talk) -> None:
        self.host, _, port = talk.where.partition("/")[0].partition(":")
        self.port = int(port)


@pytest.mark.parametrize("held", [False, True])
def test_a_client_that_answers_no_ping_is_closed_at_interval_and_timeout(held):
    """L17: exactly, with and without a poll that waits."""

    async def story(world, talk):
        await talk.open()
        before = now()
        if held:
            assert (await talk.poll(), now() - before) == ("2", 25.0)
            assert (await talk.poll(), now() - before) == ("1", 45.0)
        await until(lambda: world.closed)
        assert 45.0 <= now() - before < 45.01
        assert world.closed[talk.sid] == ("ping timeout", "")

    play(story)


def test_one_packet_while_a_pong_is_due_restarts_the_timeout():
    """A.6: interval 200 ms, timeout 100 ms, packets 60 and 90 ms after the ping: 360 ms."""

    async def story(world, talk):
        connection = await talk.websocket()
        await connection.recv()
        before = now()
        assert await connection.recv() == "2"
        for text in ("4a", "4b"):
            await asyncio.sleep(0.06 if text == "4a" else 0.03)
            await connection.send(text)
            assert await connection.recv() == text
        with pytest.raises(ConnectionClosed):
            await connection.recv()
        assert now() - before == pytest.approx(0.36)
        await until(lambda: world.closed)

    play(story, ping_interval=0.2, ping_timeout=0.1)


def test_a_ping_comes_an_interval_after_the_pong():
    """Its period is interval and round trip, for hours."""

    async def story(world, talk):
        connection = await talk.websocket()
        await connection.recv()
        times = []
        for _ in range(100):
            assert await connection.recv() == "2"
            times.append(now())
            await connection.send("3")
        gaps = {round(b - a, 6) for a, b in itertools.pairwise(times)}
        assert gaps == {25.2}
        await connection.close()
        await until(lambda: world.closed)

    play(story, rtt=0.2)


@pytest.mark.parametrize("probed", [False, True])
def test_a_silent_probe_is_closed_at_the_upgrade_timeout(probed):
    """U2: 10 s after its opening, whether or not it has asked."""

    async def story(world, talk):
        await talk.open()
        before = now()
        connection = await (talk.probed() if probed else talk.websocket())
        await connection.wait_closed()
        assert 10.0 <= now() - before < 10.01
        await talk.post("4hello")
        assert await talk.poll() == "4hello"
        await talk.post("1")

    play(story)


def test_a_poll_is_released_at_once_by_a_probe_and_later_ones_after_a_tenth():
    """U4."""

    async def story(world, talk):
        await talk.open()
        poll = asyncio.create_task(talk.get())
        await until(lambda: world.session(talk).transport.writable)
        before = now()
        connection = await talk.probed()
        assert ((await poll).text(), now() - before) == ("6", 0.0)
        for count in (1, 2, 3):
            assert (await talk.poll(), now() - before) == ("6", pytest.approx(count * 0.1))
        connection.abort()
        await talk.post("1")

    play(story)


IMMEDIATE = {
    "a second poll": lambda talk: talk.get(),
    "no packet": lambda talk: talk.post("7"),
    "a ping": lambda talk: talk.post("2"),
    "goodbye": lambda talk: talk.post("1"),
    "octet-stream": lambda talk: talk.request(
        "POST", b"x", {"Content-Type": "application/octet-stream"}
    ),
}


@pytest.mark.parametrize("name", IMMEDIATE)
@pytest.mark.parametrize("probing", [False, True])
def test_a_session_that_breaks_the_rules_ends_at_once(name, probing):
    """In no time at all; a poll that waits is answered, a probe is closed."""

    async def story(world, talk):
        await talk.open()
        connection = await talk.probed() if probing else None
        poll = asyncio.create_task(talk.get())
        await until(lambda: world.session(talk).transport.writable)
        before = now()
        await IMMEDIATE[name](talk)
        assert talk.sid in world.closed
        assert (await poll).text() in ("1", "6")
        if connection is not None:
            await connection.wait_closed()
        assert now() == before

    play(story)


def test_a_websocket_that_breaks_the_rules_ends_at_once():
    """And so does one that is cut, in half a round trip."""

    async def story(world, talk):
        for message in ("7", "2"):
            connection = await talk.websocket()
            await connection.recv()
            before = now()
            await connection.send(message)
            await connection.wait_closed()
            assert now() - before == pytest.approx(0.2, abs=0.11)
        connection = await talk.websocket()
        await connection.recv()
        before = now()
        connection.abort()
        await until(lambda: world.closes == 3)
        assert now() - before == pytest.approx(0.05, abs=0.002)

    play(story, rtt=0.1)


def test_a_websocket_that_cannot_become_the_transport_is_closed_at_once():
    """H27: for a session that probes, has upgraded, or began with a WebSocket."""

    async def story(world, talk):
        first = await talk.websocket()
        talk.sid = (await first.recv()).split('"')[3]
        sids = [talk.sid]
        for prepare in (talk.probed, talk.upgraded):
            await talk.open()
            await prepare()
            sids.append(talk.sid)
        before = now()
        for sid in sids:
            await (await talk.websocket(sid=sid)).wait_closed()
        assert now() == before
        assert list(world.engine.sessions) == sids
        for sid in sids:
            world.engine.sessions[sid].close(discard=True)

    play(story)


def test_a_server_that_closes_while_nobody_polls_waits_for_the_close_timeout():
    """A.8: 30 s, then the session is over without a goodbye."""

    async def story(world, talk):
        await talk.open()
        before = now()
        world.session(talk).close()
        await until(lambda: world.closed)
        assert 30.0 <= now() - before < 30.01
        assert world.closed[talk.sid] == ("forced close", "")
        assert (await talk.get()).status == 400

    play(story)


def test_closing_the_server_does_not_wait_for_its_clients():
    """X47: idle WebSockets, polls that wait, a probe; twice, at the same time."""

    async def story(world, talk):
        await talk.open()
        await talk.probed()
        poll = asyncio.create_task(talk.get())
        await until(lambda: world.session(talk).transport.writable)
        sockets = [await talk.websocket(sid=None) for _ in range(3)]
        before = now()
        await asyncio.gather(world.engine.close(), world.engine.close())
        assert (await poll).text() == "1"
        assert {reason for reason, _ in world.closed.values()} == {"forced close"}
        assert world.closes == 4
        await world.engine.close()
        for connection in sockets:
            await connection.wait_closed()
        assert now() == before

    play(story)


def test_closing_is_no_error_at_any_moment():
    """X47: before `listen`; inside a handler; after the loop's tasks were cancelled."""

    async def main() -> None:
        await Server().close()
        engine = Server()
        async with engine.listen() as listening:
            closed = asyncio.Event()

            @engine.on("connection")
            async def connected(session: Any) -> None:
                await engine.close()
                await engine.close()
                closed.set()

            with pytest.raises(Exception):  # noqa: B017 - any: the session is closed in its birth
                async with Client(listening.url) as client:
                    await client.wait()
                    raise ConnectionClosed
            await closed.wait()
            engine.begin_to_close()
            others = asyncio.all_tasks() - {asyncio.current_task()}
            for task in others:
                task.cancel()
            await engine.close()

    clock.simulate(main)


def test_a_poll_whose_answer_dies_half_way_ends_the_session():
    """L13: the client knows at once, the server when no pong comes; nothing comes twice."""

    async def main() -> None:
        world = World()
        async with world.engine.listen() as listening:
            network = clock.network()
            network.cut_after(30_000, "down", Cut.RST)
            client = Client(listening.url, transports=["polling"])
            heard: list[str | bytes] = []
            client.on("message", heard.append)
            await client.connect()
            assert client.id is not None
            session = world.engine.sessions[client.id]
            for _ in range(10):
                session.send("x" * 10_000)
            await client.wait()
            assert (now(), heard) == (0.0, [])
            reason, _ = await world.ended(client.id)
            assert reason in ("ping timeout", "transport error")
            assert now() <= 45.01
            await client.close()

    clock.simulate(main)


# The client.


def test_a_client_finds_that_its_server_has_fallen_silent():
    """A.6: after interval and timeout without a ping, whatever the transport."""

    async def main(transports: list[str]) -> None:
        world = World()
        async with world.engine.listen() as listening:
            client = Client(listening.url, transports=transports)
            reasons: list[str] = []
            client.on("close", lambda reason, _: reasons.append(reason))
            await client.connect()
            await asyncio.sleep(60.0)  # two pings
            clock.network().conditions.stalled = True
            before = now()
            await client.wait()
            assert reasons == ["ping timeout"]
            assert 20.0 <= now() - before <= 45.0
            await client.close()
            assert now() - before <= 45.2
            clock.network().conditions.stalled = False

    for transports in (["polling"], ["websocket"], ["polling", "websocket"]):
        clock.simulate(lambda transports=transports: main(transports), rtt=0.01)


@pytest.mark.parametrize("network", ["works", "is gone"])
@pytest.mark.parametrize("transports", [["polling"], ["websocket"], ["polling", "websocket"]])
def test_a_client_that_closes_or_is_cancelled_leaves_nothing(transports, network):
    """X23: at twenty moments of handshake and upgrade; within 100 ms, and then silence."""

    async def main(moment: float, how: str) -> None:
        world = World()
        async with world.engine.listen() as listening:
            client = Client(listening.url, transports=transports)
            connecting = asyncio.create_task(client.connect())
            await asyncio.sleep(moment)
            if network == "is gone":
                clock.network().conditions.stalled = True
            before = now()
            if how == "cancel":
                connecting.cancel()
                await asyncio.wait([connecting])
                if not connecting.cancelled():
                    await client.close()
            else:
                await client.close()
                if client.state != "closed" or not connecting.done():
                    connecting.cancel()
                await asyncio.wait([connecting])
            if not connecting.cancelled():
                connecting.exception()
            assert now() - before <= 0.2 + 1e-6  # each of two waits has a tenth
            opened = clock.network().connections_opened
            await asyncio.sleep(60)
            assert client.state == "closed"
            assert not client._tasks
            assert clock.network().connections_opened == opened
            clock.network().conditions.stalled = False
            await asyncio.sleep(60)
        assert not world.engine.sessions

    for how in ("close", "cancel"):
        for step in range(20):
            clock.simulate(lambda how=how, step=step: main(step * 0.031, how), rtt=0.1)
