"""Handlers that fail, and how one of them is taken away again."""

from __future__ import annotations

import asyncio

import pytest

from course_lib.engineio import Client, Server
from course_lib.engineio.handlers import Emitter, Runner
from tests.engineio.talk import Talk
from tests.engineio.world import World
from tests.net.waiting import until

ODD = [
    ValueError, asyncio.CancelledError, GeneratorExit, StopIteration, TimeoutError,
    lambda: ExceptionGroup("two", [ValueError(), KeyError()]),
]  # fmt: skip


def of(server: Server, event: str, fail) -> None:
    """Let each session of this server fail at this event."""
    server.on("connection", lambda session: session.on(event, fail))


@pytest.mark.parametrize("error", ODD)
@pytest.mark.parametrize("waits", [False, True])
async def test_whatever_a_handler_raises_the_packets_after_it_are_heard(error, waits, caplog):
    """X9: the POST is answered `ok`, the session goes on, and the log says what happened."""
    world = World()

    def fail(data):
        if data == "quiet bad":
            raise error()

    async def fail_later(data):
        fail(data)

    of(world.engine, "message", fail_later if waits else fail)
    async with world.engine.listen() as listening, Talk(listening.port) as talk:
        await talk.open()
        assert (await talk.post("4quiet a\x1e4quiet bad\x1e4quiet b")).body == b"ok"
        assert world.heard[talk.sid] == ["quiet a", "quiet bad", "quiet b"]
        connection = await talk.upgraded()
        await connection.send("4quiet bad")
        await connection.send("4still here")
        assert await connection.recv() == "4still here"
        await until(lambda: not world.engine.runner.tasks)
    assert [record.message[:16] for record in caplog.records] == ["a handler failed"] * 2
    caplog.clear()


@pytest.mark.parametrize("error", ODD)
async def test_a_handler_that_fails_at_the_end_of_a_session_stops_no_other_heartbeat(error, caplog):
    """`close` is told by the timer of all sessions."""
    server, ended = Server(ping_interval=0.05, ping_timeout=0.05), []

    def fail(*why):
        ended.append(why)
        raise error()

    of(server, "close", fail)
    async with server.listen() as listening, Talk(listening.port) as talk:
        for _ in range(3):
            await talk.open()
            await asyncio.sleep(0.01)
        await until(lambda: not server.sessions)
    assert ended == [("ping timeout", "")] * 3
    caplog.clear()


async def test_a_handler_that_fails_stops_no_client(caplog):
    """Its next poll brings the next message."""
    world, heard = World(), []
    async with world.engine.listen() as listening:
        one = Client(listening.url, transports=["polling"])

        @one.on("message")
        def fail(data):
            heard.append(data)
            raise asyncio.CancelledError

        async with one:
            for text in "abc":
                one.send(text)
                await until(lambda text=text: heard[-1:] == [text])
    assert heard == ["a", "b", "c"]
    caplog.clear()


async def test_what_a_handler_does_after_its_cancellation_is_no_failure(caplog):
    """Whoever closes the server has cancelled it."""
    runner = Runner()
    runner.run(asyncio.sleep, (3600,))
    await asyncio.sleep(0)
    await runner.close(1.0)
    assert not runner.tasks and not caplog.records


@pytest.mark.parametrize("error", [SystemExit, KeyboardInterrupt])
def test_the_end_of_the_program_is_no_failure_of_a_handler(error):
    """X9: they pass through."""

    def fail():
        raise error

    with pytest.raises(error):
        Runner().run(fail, ())


class Bell(Emitter):
    """Something that rings."""

    EVENTS = ("ring",)

    def __init__(self) -> None:
        super().__init__(Runner())
        self.rung = 0

    def count(self) -> None:
        self.rung += 1


@pytest.mark.parametrize("how", ["on", "once"])
def test_a_handler_is_taken_away_by_its_own_name(how):
    """Also a method, and what `once` was given."""
    bell = Bell()
    getattr(bell, how)("ring", bell.count)
    bell.off("ring", print)
    bell.off("ring", bell.count)
    bell.emit("ring")
    assert bell.rung == 0
    bell.once("ring", bell.count)
    bell.emit("ring")
    bell.emit("ring")
    assert bell.rung == 1
