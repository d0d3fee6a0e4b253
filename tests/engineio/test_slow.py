"""A slow network is not silence: what is on its way postpones a ping timeout.  Virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from course_lib.engineio import Client
from course_lib.lab import clock
from course_lib.net import http_server, stream, ws
from course_lib.wire.http.http11 import Request, Response
from course_lib.wire.websocket import frames
from course_lib.wire.websocket.frames import Frame, Opcode
from tests.engineio.talk import Talk
from tests.engineio.test_faults import HANDSHAKE, SOCKET, request, upgrade
from tests.engineio.test_hostile_server import opening
from tests.engineio.world import World
from tests.net import raw
from tests.net.waiting import until

KEY = bytes(4)
BEATS = {"ping_interval": 1.0, "ping_timeout": 1.0, "body_timeout": 1000.0}  # in all 2 s
LARGE = "x" * 900_000


def now() -> float:
    return asyncio.get_running_loop().time()


def play(
    story: Callable[[World, Any], Awaitable[None]], bandwidth: float | None = None, **options: Any
) -> None:
    """Run the story with a server."""

    async def main() -> None:
        world = World(**{**BEATS, **options})
        async with world.engine.listen() as listening:
            await story(world, listening)
        assert not world.engine.hosts

    clock.simulate(main, rtt=0.02, bandwidth=bandwidth)


async def websocket(peer: stream.Stream) -> None:
    """Open a session by WebSocket, by hand."""
    peer.write(upgrade(SOCKET))
    assert raw.status(await peer.read_until(b"\r\n\r\n")) == 101


def text(said: str, size: int = 1 << 20) -> bytes:
    """A message of a client, in frames of `size` bytes; their key changes nothing."""
    parts = [said[at : at + size].encode() for at in range(0, len(said), size)]
    opcodes = [Opcode.TEXT, *[Opcode.CONT] * (len(parts) - 1)]
    fins = [False] * (len(parts) - 1) + [True]
    pieces = zip(opcodes, parts, fins, strict=True)
    return b"".join(frames.encode(Frame(op, part, fin=fin), KEY) for op, part, fin in pieces)


async def trickle(peer: stream.Stream, data: bytes, step: int, every: float) -> None:
    """Send `step` bytes every so many seconds."""
    for at in range(0, len(data), step):
        peer.write(data[at : at + step])
        await asyncio.sleep(every)


# Both ends are ours, and the link carries 30 kB/s.


@pytest.mark.parametrize("transports", [["websocket"], ["polling"]])
@pytest.mark.parametrize("direction", ["up", "down"])
def test_a_message_that_takes_half_a_minute_arrives(transports, direction):
    """X7: 900 kB at 30 kB/s, interval and timeout 2 s; afterwards the session beats on."""

    async def story(world, listening):
        client = Client(listening.url, transports=transports)
        heard: list[str | bytes] = []
        ends: list[str] = []
        client.on("message", heard.append)
        client.on("close", lambda reason, _: ends.append(reason))
        async with client:
            session = world.engine.sessions[client.id]
            if direction == "up":
                client.send("quiet" + LARGE)
                await until(lambda: ends or world.heard[session.id], 100)
                assert [len(one) for one in world.heard[session.id]] == [900_005]
            else:
                session.send(LARGE)
                await until(lambda: ends or heard, 100)
                assert [len(one) for one in heard] == [900_000]
            assert 30 < now() < 31
            await asyncio.sleep(20)
            assert (client.state, session.state) == ("open", "open")

    play(story, bandwidth=30_000)


@pytest.mark.parametrize("transports", [["websocket"], ["polling"]])
def test_a_client_flooded_with_events_answers_late_and_lives(transports):
    """X7: 90 events of 10 kB; its ping stands after them."""

    async def story(world, listening):
        client = Client(listening.url, transports=transports)
        heard: list[str | bytes] = []
        client.on("message", heard.append)
        async with client:
            session = world.engine.sessions[client.id]
            for _ in range(90):
                session.send("x" * 10_000)
            await until(lambda: len(heard) == 90, 100)
            assert now() > 30
            await asyncio.sleep(20)
            assert (client.state, session.state) == ("open", "open")

    play(story, bandwidth=30_000)


@pytest.mark.parametrize("transports", [["websocket"], ["polling"]])
@pytest.mark.parametrize("direction", ["up", "down"])
def test_without_a_grace_it_ends_as_in_the_reference(transports, direction):
    """The option of both ends: 0."""

    async def story(world, listening):
        client = Client(listening.url, transports=transports, ping_grace=0)
        async with client:
            session = world.engine.sessions[client.id]
            (client if direction == "up" else session).send("quiet" + LARGE)
            reason, _ = await world.ended(session.id)
            assert reason in ("ping timeout", "transport close", "transport error")
            assert 2.0 <= now() < 3.2

    play(story, bandwidth=30_000, ping_grace=0)


@pytest.mark.parametrize("transports", [["websocket"], ["polling"]])
def test_a_client_that_vanishes_in_a_message_is_missed_two_seconds_later(transports):
    """Half a message says that it was there, and then says nothing more."""

    async def story(world, listening):
        client = Client(listening.url, transports=transports)
        await client.connect()
        sid = client.id
        client.send("quiet" + LARGE)
        await asyncio.sleep(10)
        assert sid in world.engine.sessions
        clock.network().conditions.stalled = True
        before = now()
        assert (await world.ended(sid))[0] == "ping timeout"
        assert 1.0 <= now() - before <= 3.0
        await client.wait()
        assert now() - before <= 3.0
        await client.close()
        clock.network().conditions.stalled = False

    play(story, bandwidth=30_000)


# One end is a hand: exact times.


@pytest.mark.parametrize("kind", ["frame", "fragments", "body"])
@pytest.mark.parametrize(
    ("step", "every", "ends"),
    [
        (3000, 1.0, None),  # 54 kB within 18 s
        (1500, 1.4, None),  # 54 kB within 51 s
        (1500, 1.2 + 1 / 3, "slow"),  # 54 kB within 54 s, 0.98 kB/s
        (450, 0.5, "slow"),  # 0.9 kB/s
        (200, 1.0, "at once"),
        (60_000, 1000.0, None),  # all at once
    ],
)
def test_the_rate_decides(kind, step, every, ends):
    """The pong comes after the message: 1,000 bytes a second are enough, 900 are not."""

    async def story(world, listening):
        async with raw.peer(listening) as peer:
            if kind == "body":
                async with Talk(listening.port) as talk:
                    await talk.open()
                    sid = talk.sid
                data = b"4quiet" + b"x" * 53_990 + b"\x1e3"
                target = f"{HANDSHAKE}&sid={sid}"
                peer.write(request(target, f"Content-Length: {len(data)}", method="POST"))
            else:
                await websocket(peer)
                [sid] = world.engine.sessions
                size = 700 if kind == "fragments" else 60_000
                data = text("4quiet" + "x" * 53_990, size) + text("3")
            began = now()
            sending = asyncio.create_task(trickle(peer, data, step, every))
            if ends is None:
                await until(lambda: world.heard.get(sid) or world.closed, 100)
                assert sid not in world.closed
                assert sid in world.engine.sessions
            else:
                assert await world.ended(sid) == ("ping timeout", "")
                assert now() - began < (5 if ends == "at once" else 50)
            sending.cancel()

    play(story)


@pytest.mark.parametrize(("seconds", "lives"), [(59, True), (61, False)])
def test_a_minute_is_the_limit(seconds, lives):
    """Counted from the end of interval and timeout; the option says another."""

    async def story(world, listening):
        async with raw.peer(listening) as peer:
            await websocket(peer)
            [sid] = world.engine.sessions
            size = 3000 * (2 + seconds)
            sending = asyncio.create_task(
                trickle(peer, text("4quiet" + "x" * size) + text("3"), 3000, 1.0)
            )
            await until(lambda: world.heard[sid] or world.closed, 100)
            if not lives:
                assert world.closed[sid] == ("ping timeout", "")
                assert 62.0 <= now() < 62.1
            else:
                await asyncio.sleep(0.9)  # the pong has come
                assert sid not in world.closed
            sending.cancel()

    play(story)


def test_whole_packets_postpone_once():
    """A.6, and no more: also those of a client that sends one after the other."""

    async def story(world, listening):
        async with raw.peer(listening) as peer:
            await websocket(peer)
            [sid] = world.engine.sessions
            began = now()
            sending = asyncio.create_task(trickle(peer, text("4quiet") * 200, 12, 0.1))
            assert await world.ended(sid) == ("ping timeout", "")
            # The ping at 1 s, a packet within a tenth, and a timeout.
            assert 2.0 <= now() - began < 2.11
            sending.cancel()

    play(story)


@pytest.mark.parametrize("held", [0, 3, 14, 50])  # a header is 14 bytes
def test_silence_ends_at_interval_and_timeout(held):
    """Exactly, when nothing is on its way.  Half a frame gets two looks."""

    async def story(world, listening):
        async with raw.peer(listening) as peer:
            await websocket(peer)
            [sid] = world.engine.sessions
            opened = now() - 0.01
            peer.write(text("4quiet" + LARGE)[:held])
            assert await world.ended(sid) == ("ping timeout", "")
            assert now() - opened == pytest.approx(4.0 if held > 14 else 2.0, abs=0.001)

    play(story)


def test_the_pong_after_the_message_begins_the_next_interval():
    """And the next cycle has a grace of its own."""

    async def story(world, listening):
        async with raw.peer(listening) as peer:
            await websocket(peer)
            [sid] = world.engine.sessions
            for _ in range(3):
                data = text("4quiet" + "x" * 120_000) + text("3")
                await trickle(peer, data, 3000, 1.0)
                assert sid in world.engine.sessions
            assert len(world.heard[sid]) == 3
            before = now()
            assert await world.ended(sid) == ("ping timeout", "")
            assert 0.9 < now() - before < 2.1

    play(story)


def test_a_body_of_another_session_excuses_nobody():
    """By polling: what comes is found by the sid in its target."""

    async def story(world, listening):
        async with Talk(listening.port) as talk, raw.peer(listening) as peer:
            await talk.open()
            first = talk.sid
            await talk.open()
            target = f"{HANDSHAKE}&sid={talk.sid}"
            peer.write(request(target, "Content-Length: 90000", method="POST"))
            sending = asyncio.create_task(trickle(peer, b"4" + b"x" * 80_000, 3000, 1.0))
            await until(lambda: first in world.closed)
            assert now() < 2.2
            await asyncio.sleep(20)
            assert talk.sid not in world.closed
            sending.cancel()
            await until(lambda: talk.sid in world.closed)

    play(story)


def test_many_overdue_sessions_are_looked_up_at_once():
    """When a network fails: connections are counted once, not once for each session."""
    looks: list[int] = []

    async def story(world, listening):
        class Counted:
            @property
            def connections(self):
                looks.append(len(world.engine.sessions))
                return listening.connections

        async with Talk(listening.port) as talk:
            await asyncio.gather(*(talk.request("GET", sid=None) for _ in range(50)))
            world.engine.hosts = {Counted(): None}
            await until(lambda: len(world.closed) == 50)
            world.engine.hosts = {listening: None}
        assert looks == [50]

    play(story)


# The client, and a server by hand.


def end_of_a_client(tell: Callable[..., Awaitable[None]], polling: bool, **options: Any) -> float:
    """When a client ends, counted from the handshake; interval and timeout are 2 and 3 s.

    `tell(write)` says what comes after the handshake: bytes of a body, or of frames.
    """
    found = []

    async def main() -> None:
        telling: dict[asyncio.Task[None], None] = {}

        async def body() -> AsyncIterator[bytes]:
            queue: asyncio.Queue[bytes] = asyncio.Queue()
            telling[asyncio.ensure_future(tell(queue.put_nowait))] = None
            while True:
                yield await queue.get()

        def answer(request: Request) -> Any:
            if request.method == "POST":
                return Response(200, body=b"ok")
            if not polling:
                return ws.upgrade(request, opened, origins="*", ping_interval=None)
            if "sid" not in request.query:
                return Response(200, body=first)
            return http_server.StreamedResponse(200, [], body())

        def opened(link: ws.PushConnection) -> None:
            link.send_nowait(first.decode())
            telling[asyncio.ensure_future(tell(link.transport.write))] = None

        first = opening(pingInterval=2000, pingTimeout=3000)
        async with http_server.serve(answer) as listening:
            transports = ["polling" if polling else "websocket"]
            one = Client(listening.url, transports=transports, **options)
            one.on("close", lambda reason, _: found.append(reason))
            await one.connect()
            before = now()
            await one.wait()
            found.append(now() - before)
            await one.close()
            for task in telling:
                task.cancel()

    clock.simulate(main)
    assert found[0] == "ping timeout", found
    return float(found[1])


def down(said: str) -> bytes:
    """A frame of a server."""
    return frames.encode(Frame(Opcode.TEXT, said.encode()))


def in_steps(
    data: bytes, step: int, count: int, every: float = 1.0
) -> Callable[..., Awaitable[None]]:
    """Write so many steps of `data`, one after each wait; then nothing more."""

    async def tell(write: Callable[[bytes], object]) -> None:
        for at in range(count):
            write(data[at * step : (at + 1) * step])
            await asyncio.sleep(every)

    return tell


@pytest.mark.parametrize("polling", [False, True])
@pytest.mark.parametrize(
    ("step", "count", "ends"),
    [
        (0, 0, 5.0),  # nothing at all
        (900, 100, 21.0),  # 900 bytes a second: the credit of 1,500 is used up after 15 looks
        (3000, 20, 21.0),  # the last step came after 19 s
        (3000, 100, 65.0),
    ],
)
def test_a_client_waits_for_what_makes_a_thousand_bytes_a_second(polling, step, count, ends):
    """And as long as that, but no more than a minute after interval and timeout."""
    data = b"4" + b"x" * 400_000
    tell = in_steps(data if polling else down(data.decode()), step or 1, count)
    assert end_of_a_client(tell, polling) == pytest.approx(ends, abs=1.001)
    assert end_of_a_client(tell, polling, ping_grace=0) == pytest.approx(5.0, abs=0.001)


def test_whole_packets_postpone_the_end_of_a_server_once():
    """The first that comes while a ping is due begins the timeout anew; before, none does."""
    tell = in_steps(down("4a") * 300, len(down("4a")), 300, every=0.3)
    assert end_of_a_client(tell, False) == pytest.approx(2.1 + 3.0, abs=0.001)
    assert end_of_a_client(tell, False, ping_grace=0) == pytest.approx(5.0, abs=0.001)
    early = in_steps(down("4a") * 6, len(down("4a")), 6, every=0.3)
    assert end_of_a_client(early, False) == pytest.approx(5.0, abs=0.001)
