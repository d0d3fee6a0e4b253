"""Our server in a foreign host: an ASGI application under uvicorn."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from course_lib.engineio import Client
from course_lib.errors import ConnectionClosed, RemoteError
from tests.engineio.talk import Talk
from tests.engineio.world import World
from tests.net.waiting import until

pytest.importorskip("uvicorn", reason="uvicorn is missing: pip install uvicorn")

from tests.engineio import asgi_host


@contextlib.asynccontextmanager
async def hosted(**options: object) -> AsyncIterator[tuple[World, Talk, str]]:
    world = World(**options)
    app = asgi_host.Application(world.engine)
    async with (
        asgi_host.uvicorn_server(app) as url,
        Talk(int(url.rpartition(":")[2])) as talk,
    ):
        yield world, talk, url
    assert not world.engine.sessions


async def test_a_session_polls_and_upgrades():
    """Handshake, POST, GET, probe, upgrade; binary, too."""
    async with hosted() as (world, talk, _):
        await talk.open()
        poll = asyncio.create_task(talk.get())
        assert (await talk.post("4hello\x1ebAQI=")).body == b"ok"
        assert (await poll).text() == "4hello\x1ebAQI="
        connection = await talk.upgraded()
        for message in ("4hello", b"\x01", "4" + "x" * 100_000):
            await connection.send(message)
            assert await connection.recv() == message
        assert (await talk.get()).json() == {"code": 3, "message": "Bad request"}
        await connection.close()
        assert (await world.ended(talk.sid))[0] == "transport close"


async def test_refusals_arrive_with_status_and_code():
    """By HTTP and before the 101; an asynchronous `allow_request`, too."""

    async def allow(request):
        await asyncio.sleep(0)
        return "no" not in request.query

    async with hosted(allow_request=allow) as (_, talk, _):
        response = await talk.get(no="1")
        assert (response.status, response.json()) == (403, {"code": 4, "message": "Forbidden"})
        with pytest.raises(RemoteError) as error:
            await talk.websocket(no="1")
        assert error.value.code == 403
        await talk.open()
        await talk.post("1")


async def test_a_poll_that_is_aborted_ends_the_session():
    """ASGI tells it with `http.disconnect`."""
    async with hosted() as (world, talk, _):
        await talk.open()
        poll = asyncio.create_task(talk.get())
        await until(lambda: world.session(talk).transport.writable)
        poll.cancel()
        await asyncio.wait([poll])
        reason = ("transport error", "poll connection closed prematurely")
        assert await world.ended(talk.sid) == reason


async def test_our_client_does_not_notice_the_difference():
    """Through the upgrade, with a megabyte; the server closes a session."""
    async with hosted() as (world, _, url):
        heard: list[str | bytes] = []
        client = Client(url)
        client.on("message", heard.append)
        async with client:
            await until(lambda: client.transport is not None and client.transport.name != "polling")
            client.send("x" * 900_000)
            client.send(bytes(900_000))
            await until(lambda: heard == ["x" * 900_000, bytes(900_000)])
            world.engine.sessions[client.id or ""].close()
            await client.wait()
            with pytest.raises(ConnectionClosed):
                client.send("too late")


async def test_shutdown_answers_polls_and_closes_websockets():
    """The lifespan ends: `engine.close`; new handshakes get 503 before."""
    async with hosted() as (world, talk, _):
        await talk.open()
        poll = asyncio.create_task(talk.get())
        await until(lambda: world.session(talk).transport.writable)
        connection = await talk.websocket(sid=None)
        await connection.recv()
        await world.engine.close()
        assert (await poll).text() == "1"
        await connection.wait_closed()
        assert (await talk.get(sid=None)).status == 503
        assert {reason for reason, _ in world.closed.values()} == {"forced close"}
