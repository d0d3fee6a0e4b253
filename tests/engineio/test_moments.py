"""What comes at an unlucky moment: while a response is compressed, a session or a server closes."""

from __future__ import annotations

import asyncio
import threading

import pytest

from course_lib.engineio import Server, polling
from course_lib.errors import ConnectionClosed
from course_lib.net import http_client
from tests.engineio.talk import Talk
from tests.engineio.test_faults import HANDSHAKE, _listening, request
from tests.engineio.world import World, survived
from tests.net import raw
from tests.net.waiting import until

GZIP = {"Accept-Encoding": "gzip"}


async def test_of_a_body_that_has_come_each_packet_counts():
    """Its client sends FIN, or has gone, before all of many packets were handled."""
    async with survived() as (world, talk):
        for end in (lambda peer: peer._transport.write_eof(), raw.reset):
            await talk.open()
            session = world.session(talk)
            body = b"\x1e".join([b"4quiet"] * 20_000)
            length = f"Content-Length: {len(body)}"
            async with raw.peer(_listening(talk)) as peer:
                peer.write(request(talk_target(talk), length, method="POST", body=body))
                await until(lambda session=session: session.transport._posting)
                end(peer)
                await until(lambda session=session: not session.transport._posting)
            assert len(world.heard[talk.sid]) == 20_000
            await talk.post("1")


def talk_target(talk: Talk) -> str:
    return f"{HANDSHAKE}&sid={talk.sid}"


async def test_a_poll_whose_response_is_being_compressed_is_a_poll(monkeypatch):
    """L1: a second GET is one too many; the first gets its packets."""
    second = threading.Event()  # compressing takes until it has come
    compress = polling.compress
    monkeypatch.setattr(polling, "compress", lambda *all: second.wait(60) and compress(*all))
    async with survived() as (world, talk):
        await talk.open()
        session = world.session(talk)
        session.send("x" * 900_000)
        first = asyncio.create_task(talk.request("GET", headers=GZIP))
        await until(lambda: not session._queue)
        session.send("next")
        try:
            assert (await talk.get()).status == 400
        finally:
            second.set()
        assert (await first).status == 200
        assert await world.ended(talk.sid) == ("transport error", "overlap from client")


@pytest.mark.parametrize("waiting", [False, True])
async def test_a_response_that_cannot_be_compressed_ends_its_session(monkeypatch, caplog, waiting):
    """500, and not a poll that waits for ever."""

    def fail(*_: object) -> bytes:
        raise MemoryError("no room")

    monkeypatch.setattr(polling, "compress", fail)
    async with survived() as (world, talk):
        await talk.open()
        session = world.session(talk)
        poll = None
        if waiting:
            poll = asyncio.create_task(talk.request("GET", headers=GZIP))
            await until(lambda: session.transport.writable)
        session.send("x" * 900_000)
        response = await (poll or talk.request("GET", headers=GZIP))
        assert response.status == 500
        assert await world.ended(talk.sid) == ("transport error", "no room")
    caplog.clear()


async def test_a_probe_of_a_session_that_has_just_ended_is_not_kept():
    """Between the request and the 101; `survived` counts the probes."""
    async with survived() as (world, talk):
        await talk.open()
        session = world.session(talk)
        admit = world.engine._admit_probe

        def admit_late(*request: object) -> object:
            accepted = admit(*request)
            session.close(discard=True)
            return accepted

        world.engine._admit_probe = admit_late
        connection = await talk.websocket()
        await connection.wait_closed()
        assert not world.engine.upgrades


async def test_a_goodbye_ends_a_session_that_waits_to_say_its_own():
    """Not only after `close_timeout`."""
    async with survived() as (world, talk):
        await talk.open()
        session = world.session(talk)
        session.send("nobody asks for this")
        session.close()
        assert (await talk.post("4dropped\x1e1")).body == b"ok"
        assert world.closed[talk.sid] == ("transport close", "")
        assert world.heard[talk.sid] == []


@pytest.mark.parametrize("transport", ["polling", "websocket"])
async def test_whoever_waits_in_drain_is_told_of_the_end(transport):
    """What was sent is lost: ConnectionClosed, and not as if it had gone out."""
    async with survived() as (world, talk):
        if transport == "polling":
            await talk.open()
            session = world.session(talk)
            session.send("x")
        else:
            connection = await talk.websocket()
            sid = (await connection.recv()).split('"')[3]
            session = world.engine.sessions[sid]
            connection.pause()
            while not session.transport.link.writing_paused:
                session.send("x" * 100_000)
        draining = asyncio.create_task(session.drain())
        await asyncio.sleep(0)
        session.close(discard=True)
        with pytest.raises(ConnectionClosed):
            await draining


async def test_an_empty_sid_is_none():
    """The handshake's response is the first of its session: it has the cookie."""
    world, told = World(cookie=True), []
    world.engine.on("initial_headers", lambda pairs, request: told.append(request.query))
    async with world.engine.listen() as listening, http_client.Client() as http:
        response = await http.get(f"{listening.url}{HANDSHAKE}&sid=")
        [sid] = world.engine.sessions
        assert (response.headers.get("set-cookie") or "").startswith(f"io={sid};")
        assert len(told) == 1


async def test_a_close_that_is_cancelled_leaves_no_connection(caplog):
    """While it waits for a handler that ignores its cancellation: all else is cut off at once."""
    over, server = asyncio.Event(), Server()

    async def stubborn(_: object) -> None:
        while not over.is_set():
            try:
                await over.wait()
            except asyncio.CancelledError:
                continue

    server.on("connection", stubborn)
    listening = await server.listen()
    async with Talk(listening.port) as talk, raw.peer(listening) as peer:
        await talk.open()
        await until(lambda: len(listening.connections) == 2)
        closing = asyncio.create_task(listening.close(grace=3600))
        await until(lambda: server.is_closing)
        await asyncio.sleep(0)
        closing.cancel()
        await asyncio.wait([closing])
        assert not listening.connections
        assert await raw.rest(peer) == b""
    over.set()
    await until(lambda: not server.runner.tasks)
    caplog.clear()
