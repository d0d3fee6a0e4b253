"""The client: options, refusals, large messages, and how it ends."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import pytest

from course_lib.engineio import Client, client
from course_lib.errors import ConnectionClosed, LocalError, RemoteError
from course_lib.net import http_server
from course_lib.wire.http.http11 import Headers, Request, Response
from tests.engineio.world import World
from tests.net.waiting import until


async def test_what_is_sent_before_the_session_is_open_leaves_first():
    """In order, with what is sent later; by each transport and through the upgrade."""
    for transports in (["polling"], ["websocket"], ["polling", "websocket"]):
        world = World()
        async with world.engine.listen() as listening:
            one = Client(listening.url, transports=transports)
            heard: list[str | bytes] = []
            one.on("message", heard.append)
            one.send("first")
            one.send(b"second")
            async with one:
                one.send("third")
                await until(lambda heard=heard: heard == ["first", b"second", "third"])
                assert one.id in world.engine.sessions
            with pytest.raises(ConnectionClosed):
                one.send("after the end")
            with pytest.raises(LocalError):
                await one.connect()
            await one.close()
            await until(lambda world=world: not world.engine.sessions)


async def test_upgrades_are_told_and_remembered(monkeypatch):
    """`upgrade`, `remember_upgrade`, `upgrade=False`."""
    monkeypatch.setattr(Client, "upgraded_before", False)
    world = World()
    async with world.engine.listen() as listening:
        upgraded = asyncio.Event()
        one = Client(listening.url, remember_upgrade=True)
        one.on("upgrade", lambda transport: upgraded.set())
        async with one:
            await upgraded.wait()
            assert one.transport is not None
            assert one.transport.name == "websocket"
        second = Client(listening.url, remember_upgrade=True)
        async with second:
            assert second.handshake is not None
            assert second.handshake.upgrades == []
        async with Client(listening.url, upgrade=False) as third:
            assert not third._tasks
            assert third.transport is not None
            assert third.transport.name == "polling"


@pytest.mark.parametrize("transports", [["polling"], ["websocket"]])
@pytest.mark.parametrize("size", [5_000_000, pytest.param(50_000_000, marks=pytest.mark.wide)])
async def test_a_large_message_of_the_server_is_delivered(transports, size):
    """X27: `maxPayload` bounds what the client sends, and not what it hears."""
    world = World(max_payload=1000, http_compression=False)
    async with world.engine.listen() as listening:
        one = Client(listening.url, transports=transports)
        heard: asyncio.Queue[str | bytes] = asyncio.Queue()
        one.on("message", heard.put_nowait)
        async with one:
            world.engine.sessions[one.id or ""].send("x" * size)
            assert len(await heard.get()) == size


@pytest.mark.parametrize("transports", [["polling"], ["websocket"]])
async def test_a_message_over_the_clients_own_limit_ends_the_session(transports):
    """X27: and the error names a limit."""
    world = World()
    async with world.engine.listen() as listening:
        one = Client(listening.url, transports=transports, max_message_size=1000)
        ended: asyncio.Queue[tuple[str, object]] = asyncio.Queue()
        one.on("close", lambda *why: ended.put_nowait(why))
        async with one:
            world.engine.sessions[one.id or ""].send("x" * 2000)
            reason, description = await ended.get()
            assert reason in ("transport error", "transport close")
            assert "1000" in str(description) or "1009" in str(description)


REFUSALS = [
    (Response(403, body=b'{"code":4,"message":"nope"}'), 403, 4, None, "nope"),
    (Response(401, body=b"who are you?"), 401, None, None, "who are you?"),
    (Response(429, Headers([("Retry-After", "7")])), 429, None, 7.0, "429"),
    (Response(502, body=b"<html>" + b"x" * 100_000), 502, None, None, "<html>"),
    (Response(400, body=b'{"code":"x","message":[1]}'), 400, None, None, "400"),
    (Response(503, body=b"[" * 100_000), 503, None, None, "503"),
    (Response(403, Headers([("Retry-After", "-1")])), 403, None, None, "403"),
]


@pytest.mark.parametrize(("response", "status", "reason", "after", "text"), REFUSALS)
async def test_a_refusal_tells_status_and_reason(response, status, reason, after, text):
    """X29: code and message if there are any."""
    async with http_server.serve(lambda request: response) as server:
        with pytest.raises(client.ConnectError, match=text) as error:
            await Client(server.url, upgrade=False).connect()
        found = error.value
        assert (found.status, found.reason, found.retry_after) == (status, reason, after)
        assert len(str(found)) < 400
        with pytest.raises(RemoteError) as refused:
            await Client(server.url, transports=["websocket"]).connect()
        assert refused.value.code == status


@pytest.mark.parametrize(
    "body",
    [b"", b"4hello", b"0", b"0{}", b"0[]", b"0null", b"\xff", b"6", b"0{" + b"[" * 90_000,
     b'0{"sid":"s","upgrades":[],"pingInterval":-1,"pingTimeout":1,"maxPayload":1}'],
)  # fmt: skip
async def test_a_server_that_talks_nonsense_is_an_error(body):
    """At the handshake: RemoteError, and nothing is left."""
    async with http_server.serve(lambda request: Response(200, body=body)) as server:
        one = Client(server.url)
        with pytest.raises(RemoteError):
            await one.connect()
        assert one.state == "closed"
        await one.close()
        await until(lambda: not server.connections)


async def test_a_server_that_talks_nonsense_later_ends_the_session():
    """`transport error`, once; packets before the bad one are heard."""
    open_packet = b'0{"sid":"s","upgrades":[],"pingInterval":9000,"pingTimeout":1,"maxPayload":1}'

    def answer(request: Request) -> Response:
        return Response(
            200, body=b"4last\x1e7\x1e4never" if "sid" in request.query else open_packet
        )

    async with http_server.serve(answer) as server:
        one, heard, ended = Client(server.url), [], []
        one.on("message", heard.append)
        one.on("close", lambda reason, why: ended.append(reason))
        async with one:
            await one.wait()
        assert (heard, ended) == (["last"], ["transport error"])


async def test_headers_and_query_may_be_functions():
    """X30: plain, async; one that raises is a failed attempt."""
    world = World()
    asked = []

    async def query() -> dict[str, str]:
        asked.append(1)
        return {"token": "é&="}

    async with world.engine.listen() as listening:
        for headers in (lambda: {"X-Token": "a"}, {"X-Token": "a"}):
            async with Client(f"{listening.url}/?room=7", query=query, headers=headers) as one:
                request = world.engine.sessions[one.id or ""].request
                assert (request.query["token"], request.query["room"]) == ("é&=", "7")
                assert request.headers["x-token"] == "a"
        assert len(asked) == 2
        failing = Client(listening.url, query=lambda: {}["missing"])
        with pytest.raises(KeyError):
            await failing.connect()
        assert failing.state == "closed"
        await until(lambda: not world.engine.sessions)


async def test_cookies_are_sent_back_when_the_client_keeps_them():
    """A.12: on polls and on the WebSocket."""
    world = World(cookie=True)
    async with world.engine.listen() as listening:
        seen: list[str | None] = []
        world.engine.use(lambda request: seen.append(request.headers.get("cookie")))
        async with Client(listening.url, cookies=True) as one:
            await until(lambda: one.transport is not None and one.transport.name == "websocket")
            assert seen[0] is None
            assert set(seen[1:]) == {f"io={one.id}"}


async def test_without_a_server_there_is_an_error_and_another_transport():
    """OSError; `try_all_transports` goes on with the next one."""
    world = World()
    async with world.engine.listen() as listening:
        url = listening.url
    with pytest.raises(OSError):
        await Client(url).connect()
    world = World(transports=["websocket"])
    async with world.engine.listen() as listening:
        with pytest.raises(client.ConnectError, match="Transport unknown"):
            await Client(listening.url).connect()
        async with Client(listening.url, try_all_transports=True) as one:
            assert one.transport is not None
            assert one.transport.name == "websocket"


PROGRAM = """
import asyncio, sys
from course_lib.engineio import Client, Server

async def main(how):
    asyncio.get_running_loop().slow_callback_duration = 3600.0  # -X dev tells of slow machines
    server = Server()
    server.on("connection", lambda session: session.on("message", session.send))
    async with server.listen() as listening:
        client = Client(listening.url, transports=how.split("+"))
        try:
            async with client:
                client.send("hello")
                await asyncio.sleep(0.05)
                if sys.argv[1] == "raise":
                    raise KeyError("of the body")
        except KeyError:
            pass
        left = Client(listening.url)
        await left.connect()
        if sys.argv[1] == "close":
            await left.close()

for how in ("polling", "websocket", "polling+websocket"):
    asyncio.run(main(how))
print("done")
"""


@pytest.mark.parametrize("how", ["close", "raise", "leave"])
def test_leaving_a_client_warns_of_nothing(how):
    """X28: `-X dev -W error`; an exception in the body, a client that nobody closes."""
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-W", "error", "-c", PROGRAM, how],
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )
    assert (done.stdout, done.stderr) == ("done\n", "")


async def test_each_poll_has_another_address():
    """`t`, or the parameter that is asked for, against caches; a WebSocket has none."""
    world = World()
    async with world.engine.listen() as listening:
        seen = []
        world.engine.use(lambda request: seen.append(request.query))
        async with Client(listening.url, timestamp_param="fresh", query={"room": "7"}) as one:
            upgraded = asyncio.Event()
            one.on("upgrade", lambda _: upgraded.set())
            await upgraded.wait()
        stamps = [query.get("fresh") for query in seen if query["transport"] == "polling"]
        assert len(stamps) > 1 and len(set(stamps)) == len(stamps) and None not in stamps
        [websocket] = [query for query in seen if query["transport"] == "websocket"]
        assert ("fresh" in websocket, websocket["room"]) == (False, "7")
        seen.clear()
        async with Client(listening.url, timestamp_requests=False, upgrade=False):
            assert "t" not in seen[0]


async def test_whoever_sends_much_by_polling_can_wait_for_room():
    """`drain` and its event; what the server has is not counted any more."""
    world = World()
    async with world.engine.listen() as listening:
        one, drains = Client(listening.url, transports=["polling"]), []
        one.on("drain", lambda: drains.append(one.buffered))
        async with one:
            for _ in range(100):
                one.send("x" * 1000)
            assert one.buffered == 100_100
            await one.drain()
            assert one.buffered <= 65_536
            await until(lambda: one.buffered == 0)
        assert drains[-1] == 0 and one.buffered == 0
