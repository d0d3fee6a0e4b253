"""What an adapter does and says while its engine is away, slow, full, or broken."""

from __future__ import annotations

import asyncio
import gc
import warnings
from typing import Any

import pytest

from course_lib.adapters.bus import Kind, Message
from course_lib.adapters.outbox import Entry, Gap, NotPublished, Outbox, Sent
from course_lib.lab.clock import simulate

from .world import OFFSETS, Cluster, play

LOST = "1 messages are lost: this adapter is closed"
NO_ENGINE = "no connection to the engine"


def now() -> float:
    return asyncio.get_running_loop().time()


@pytest.mark.parametrize("offsets", OFFSETS)
def test_an_engine_that_is_away_for_a_while(offsets: bool, caplog: Any) -> None:
    """A3: what is local goes on at once; what was for others is late, in order, and not lost."""

    async def story(world: Cluster) -> None:
        io, adapter = world.ios[0], world.adapter(0)
        assert adapter.healthy
        world.buses[0].cut()
        assert not adapter.healthy and world.adapter(1).healthy
        for number in range(5):
            io.emit("said", number)
            io.volatile.emit("said", "volatile")  # dropped for others, rather than late
            await asyncio.sleep(6)
        world.ios[1].emit("said", "from the other side")
        here, there = await world.heard_now(1)
        assert here == [n for number in range(5) for n in (number, "volatile")]
        assert there == ["from the other side"]
        assert world.errors[0] == world.health[0] == [NO_ENGINE]  # once
        world.buses[0].heal()
        assert adapter.healthy
        assert world.health[0][1:] == [Gap(31, 0, True)]
        io.emit("said", "after")
        assert await world.heard_now(1) == [["after"], [0, 1, 2, 3, 4, "after"]]
        assert world.errors[0] == [NO_ENGINE] and world.errors[1] == []

    play(story, (0, 1), nodes=2, delay=0.01, offsets=offsets)
    told = [one.getMessage() for one in caplog.records if "works again" in one.getMessage()]
    assert told == [
        "/: the bus works again after 31.0 s; 0 messages of this process were lost, "
        "and perhaps those of others"
    ]


def test_an_engine_that_is_away_at_the_start() -> None:
    """X33: the server serves locally, and joins when it comes."""

    async def story(world: Cluster) -> None:
        namespace = world.ios[0].of("/late")
        heard: list[Any] = []
        namespace.on("question", lambda: "answer")
        world.ios[1].of("/late")
        await asyncio.sleep(1)
        world.buses[0].cut()
        world.ios[0].remove_namespace("/late")
        born = world.ios[0].of("/late")
        assert not born.adapter.healthy
        born.server_side_emit("hello")
        world.ios[1].of("/late").on("hello", lambda: heard.append(1))
        world.buses[0].heal()
        await asyncio.sleep(1)
        assert born.adapter.healthy and heard == [1]

    play(story, (0,), nodes=2, delay=0.01)


@pytest.mark.parametrize("offsets", OFFSETS)
def test_messages_that_the_engine_refuses_are_counted_and_told(offsets: bool) -> None:
    """The next one that passes ends the outage; what is local was delivered in its place."""

    async def story(world: Cluster) -> None:
        world.buses[0].fails = 3
        for number in range(5):
            world.ios[0].emit("said", number)
        assert await world.heard_now(1) == [[0, 1, 2, 3, 4], [3, 4]]
        assert world.errors[0] == ["the engine has refused it"]
        [why, gap] = world.health[0]
        assert (why, gap.lost, gap.missed) == ("the engine has refused it", 3, False)
        assert world.adapter(0).healthy

    play(story, (0, 1), nodes=2, delay=0.01, offsets=offsets)


@pytest.mark.parametrize("offsets", OFFSETS)
def test_an_engine_that_hangs_delays_what_is_local_once_and_by_the_time_out(offsets: bool) -> None:
    """After the first message that was lost, nothing local waits for the engine."""

    async def story(world: Cluster) -> None:
        world.buses[0].hangs = 2
        for number in range(3):
            world.ios[0].emit("said", number)
        assert await world.heard_now(1) == [[] if offsets else [0, 1, 2], []]
        assert await world.heard_now(5) == [[0, 1, 2] if offsets else [], []]
        world.ios[0].emit("said", 3)
        assert await world.heard_now(1) == [[3], []]
        assert await world.heard_now(4) == [[], [2, 3]]
        assert world.health[0][1].lost == 2

    play(story, (0, 1), nodes=2, delay=0.01, offsets=offsets)


@pytest.mark.parametrize("offsets", OFFSETS)
def test_a_queue_that_is_full_loses_the_newest_and_says_so(offsets: bool) -> None:
    """A slow engine; by number and by bytes.  Nothing local is lost."""

    async def story(world: Cluster) -> None:
        world.buses[0].takes = 0.1
        for number in range(20):
            world.ios[0].emit("said", number)
        here, there = await world.heard_now(5)
        assert here == list(range(20)) and there == list(range(10))
        assert world.errors[0] == [world.health[0][0]] and "10 messages" in world.errors[0][0]
        assert [(gap.lost, gap.missed) for gap in world.health[0][1:]] == [(10, False)]
        world.ios[0].emit("said", "x" * 5000)
        for _ in range(3):
            world.ios[0].emit("said", "x" * 3000)
        here, there = await world.heard_now(5)
        assert (len(here), len(there)) == (4, 2)
        assert world.health[0][-1].lost == 2 and world.adapter(0).healthy

    options = {"max_messages": 10, "max_bytes": 10_000}
    play(story, (0, 1), nodes=2, options=options, delay=0.01, offsets=offsets)


def test_requests_end_in_time_while_the_engine_is_away() -> None:
    """A4: within their time; and they are not published later."""

    async def story(world: Cluster) -> None:
        io, before = world.ios[0], world.engine.published
        world.buses[0].cut()
        start = now()
        for asking in (io.fetch_sockets(), io.server_side_emit_with_ack("ask")):
            with pytest.raises(TimeoutError, match="only 0 responses received out of an unknown"):
                await asking
        assert now() - start == 10
        world.clients[0].on("ask", lambda: 1)
        with pytest.raises(TimeoutError) as late:
            await io.timeout(3).emit_with_ack("ask")
        assert late.value.responses == [1]  # type: ignore[attr-defined]
        assert late.value.responses.silent == 1  # type: ignore[attr-defined]
        world.buses[0].heal()
        await asyncio.sleep(1)
        assert world.engine.published == before
        assert len(await io.fetch_sockets()) == 2

    play(story, (0, 1), nodes=2, delay=0.01)


def test_a_request_that_the_engine_refuses_fails_at_once() -> None:
    """With the engine's own error; a broadcast with what this node's clients answer."""

    async def story(world: Cluster) -> None:
        io, start = world.ios[0], now()
        world.buses[0].fails = 2
        with pytest.raises(ConnectionError, match="refused"):
            await io.fetch_sockets()
        world.clients[0].on("ask", lambda: 1)
        with pytest.raises(TimeoutError) as late:
            await io.timeout(30).emit_with_ack("ask")
        assert late.value.responses == [1] and now() - start < 1  # type: ignore[attr-defined]

    play(story, (0, 1), nodes=2, delay=0.01)


def test_a_request_whose_asker_is_cancelled_leaves_nothing() -> None:
    """X23's rule, here; `play` looks at what is left."""

    async def story(world: Cluster) -> None:
        for asking in (world.ios[0].fetch_sockets(), world.ios[0].timeout(9).emit_with_ack("ask")):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.005):
                    await asking  # type: ignore[misc]
        await asyncio.sleep(10)

    play(story, (0, 1), nodes=2, delay=0.01)


def test_closing_publishes_what_waits_and_not_for_ever() -> None:
    """A last word of "disconnect" leaves; an engine that is away holds nobody up."""

    async def story(world: Cluster) -> None:
        first, second, third = world.ios
        heard: list[Any] = []
        third.on("left", heard.append)
        for number, io in enumerate((first, second)):
            world.sockets[number].on(
                "disconnect", lambda *_, io=io, number=number: io.server_side_emit("left", number)
            )
        world.buses[1].cut()
        for bus in world.buses:
            bus.takes = 0.5
        await second.close()
        start = now()
        await first.close()
        assert 0.5 <= now() - start < 3
        await asyncio.sleep(1)
        assert heard == [0]
        assert world.errors == [[], [NO_ENGINE, LOST], []]
        first.emit("said", "late")  # told to nobody, and no error

    play(story, (0, 1), delay=0.01)


def test_a_server_that_closes_waits_for_a_silent_engine_no_longer_than_it_was_told() -> None:
    """`grace` is the longest time; what was not published is reported."""

    async def story(world: Cluster) -> None:
        world.buses[0].hangs = 10
        world.ios[0].server_side_emit("hello")
        start = now()
        await world.ios[0].close(grace=2)
        assert now() - start == 2
        assert "messages are lost" in world.errors[0][-1]

    play(story, (), nodes=2, delay=0.01)


# The outbox alone.


class Broken:
    """A bus whose publish does what it is told."""

    offsets = False

    def __init__(self, *does: BaseException | None) -> None:
        self.does = list(does)
        self.published: list[bytes] = []

    async def count(self, _: str) -> int:
        return 2

    async def publish(self, _: Message, encoded: bytes) -> str | None:
        await asyncio.sleep(1)
        does = self.does.pop(0) if self.does else None
        if does is not None:
            raise does
        self.published.append(encoded)
        return None


def entry(text: bytes, **more: Any) -> Entry:
    return Entry(Message(Kind.BROADCAST, "/", "a"), text, Sent(5), **more)


def outbox(bus: Any, told: list[Any]) -> Outbox:
    return Outbox(bus, on_unhealthy=told.append, on_healthy=told.append, on_error=told.append)


@pytest.mark.parametrize("death", [asyncio.CancelledError(), GeneratorExit(), ValueError("no")])
def test_a_writer_that_dies_is_followed_by_another(death: BaseException) -> None:
    """What it died of is lost, and told; the rest is published."""

    async def main() -> None:
        told: list[Any] = []
        bus = Broken(None, death)
        box = outbox(bus, told)
        sent = [box.put(entry(text)) for text in (b"1", b"2", b"3")]
        await sent[0]
        with pytest.raises(NotPublished):
            await sent[1]
        await sent[2]
        assert bus.published == [b"1", b"3"]
        why, gap = told
        assert isinstance(why, Exception) and (gap.lost, gap.missed) == (1, False)
        assert box.healthy and not len(box)

    simulate(main)


def test_a_message_that_is_left_alone_warns_of_nothing() -> None:
    """Neither of a coroutine nor of an exception that nobody took."""

    async def main() -> None:
        told: list[Any] = []
        box = outbox(Broken(ConnectionError("away")), told)
        box.put(entry(b"1"))
        box.put(entry(b"2"))
        await asyncio.sleep(10)
        assert len(told) == 2

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        simulate(main)
        gc.collect()


def test_local_delivery_that_fails_stops_nothing() -> None:
    """It is reported, and what comes after it is delivered and published."""

    async def main() -> None:
        told: list[Any] = []
        bus = Broken()
        box = outbox(bus, told)
        done: list[Any] = []

        def fails(_: Any) -> None:
            raise ValueError("wrong")

        box.put(entry(b"1", local=fails))
        box.put(entry(b"2", local=done.append))
        assert [str(one) for one in told] == ["wrong"] and done == [None]
        await asyncio.sleep(3)
        assert bus.published == [b"1", b"2"] and box.healthy

    simulate(main)


def test_two_may_await_one_message_and_one_may_stop() -> None:
    """The other still learns of its end."""

    async def main() -> None:
        sent = outbox(Broken(), []).put(entry(b"1"))

        async def wait() -> None:
            await sent

        first, second = asyncio.create_task(wait()), asyncio.create_task(wait())
        await asyncio.sleep(0.5)
        first.cancel()
        await second
        await sent
        assert first.cancelled() and now() == 1

    simulate(main)


def test_a_message_that_may_be_larger_than_the_queue_passes_alone() -> None:
    """A bound on what waits is no bound on one message."""

    async def main() -> None:
        bus = Broken()
        box = outbox(bus, [])
        box.max_bytes = 3
        await box.put(entry(b"12345"))
        assert bus.published == [b"12345"] and box.healthy

    simulate(main)
