"""A client against a server that means it no good, or has bad luck."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from course_lib.engineio import Client, client, client_polling, client_websocket, cookies
from course_lib.errors import ConnectionClosed, RemoteError
from course_lib.net import http_server, ws
from course_lib.wire.http.http11 import Headers, Request, Response
from tests.engineio.world import World
from tests.net.waiting import until

SID = "s" * 20


def opening(**other: Any) -> bytes:
    """An OPEN packet."""
    said = {"sid": SID, "upgrades": [], "pingInterval": 9000, "pingTimeout": 1000}
    return b"0" + json.dumps({**said, "maxPayload": 1000, **other}).encode()


def server(
    *polls: bytes,
    first: Response | None = None,
    websocket: Callable[[ws.PushConnection], object] | None = None,
    **other: Any,
) -> http_server.Server:
    """Answers the polls so; the one after them waits for ever.  POSTs are always `ok`."""
    left = list(polls)

    def answer(request: Request) -> Any:
        if request.query["transport"] == "websocket" and websocket is not None:
            return ws.upgrade(request, websocket, origins="*", ping_interval=None)
        if "sid" not in request.query:
            return first or Response(200, body=opening(**other))
        if request.method == "POST":
            return Response(200, body=b"ok")
        if left:
            return Response(200, body=left.pop(0))
        return asyncio.get_running_loop().create_future()

    return http_server.serve(answer)


@pytest.mark.parametrize("sid", ["\ud800", "a\nb", "\x00", "x" * 257])
async def test_a_session_id_that_no_request_can_carry_is_refused(sid):
    """At the handshake, and not in a task that nobody awaits."""
    async with server(sid=sid) as listening:
        with pytest.raises(RemoteError, match="sid"):
            await Client(listening.url).connect()


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("a=b; Max-Age=--5", "a=b"),
        ("a=b; Max-Age=-5", ""),
        ("a=b; Max-Age=-", "a=b"),
        ("a=b; Max-Age=" + "9" * 500, "a=b"),
        ("a=b; Expires=Thu, 99 Foo -1", "a=b"),
        ("a=b; Expires=Thu, 01 Jan 1970 00:00:00 GMT", ""),
        ("a =; Max-Age=0", ""),
        ("; =; ==", ""),
        ("", ""),
    ],
)
async def test_any_line_may_set_a_cookie(line, kept):
    """What cannot be read is no attribute; an end in the past takes the cookie away."""
    jar = cookies.Jar()
    jar.keep("a=before", 1e9)
    jar.keep(line, 1e9)
    assert jar.header(1e9) == (kept or ("" if line.startswith("a") else "a=before"))
    first = Response(200, Headers([("Set-Cookie", line)]), opening())
    async with server(first=first) as listening, Client(listening.url, cookies=True) as one:
        assert one.state == "open"


async def test_the_message_of_a_refusal_is_quoted_in_part():
    """However long it is."""
    long = Response(403, body=json.dumps({"code": 4, "message": "x" * 1_000_000}).encode())
    async with server(first=long) as listening:
        with pytest.raises(client.ConnectError) as error:
            await Client(listening.url).connect()
        assert error.value.reason == 4
        assert len(str(error.value)) < 400


@pytest.mark.parametrize("transports", [["polling"], ["websocket"]])
async def test_a_client_that_is_closed_while_it_connects_leaves_nothing(transports):
    """At each moment: `connect` raises ConnectionClosed at once, and no session stays."""
    for turns in range(40):
        slow = asyncio.Event()

        async def wait(_: Request, slow: asyncio.Event = slow) -> None:
            await slow.wait()

        # A session whose handshake was cut off on its way is nobody's: it ends by a ping timeout.
        world = World(middleware=[wait], ping_interval=0.05, ping_timeout=0.05)
        async with world.engine.listen() as listening:
            before = len(asyncio.all_tasks())
            one = Client(listening.url, transports=transports)
            connecting = asyncio.create_task(one.connect())
            for turn in range(1, turns + 1):
                await asyncio.sleep(0)
                if turn == 20:
                    slow.set()
            opened = one.state == "open"
            await one.close()
            try:
                assert await connecting is one
                assert opened
            except ConnectionClosed:
                assert not opened
            except client.LocalError:
                assert turns == 0
            assert one.state == "closed"
            await until(lambda world=world: not world.engine.sessions)
            await until(lambda before=before: len(asyncio.all_tasks()) <= before)
            await until(lambda listening=listening: not listening.handed_over)


async def test_a_websocket_that_did_not_open_the_session_is_not_heard():
    """Its first packet was no handshake: it is cut off before polling is tried."""
    links: list[ws.PushConnection] = []
    lost = asyncio.Event()

    def opened(link: ws.PushConnection) -> None:
        links.append(link)
        link.on_close = lambda _: lost.set()
        link.send_nowait("4nonsense")

    async with server(b"4hello", websocket=opened) as listening:
        one = Client(listening.url, transports=["websocket", "polling"], try_all_transports=True)
        heard: list[str | bytes] = []
        one.on("message", heard.append)
        async with one:
            assert one.transport is not None and one.transport.name == "polling"
            await lost.wait()
            await until(lambda: heard == ["hello"])
            assert one.state == "open"
        assert len(links) == 1


async def test_a_remembered_upgrade_is_forgotten_when_it_fails(monkeypatch):
    """The next client begins with polling; with `try_all_transports` this one does."""
    async with server() as listening:
        for more in (False, True):
            monkeypatch.setattr(Client, "upgraded_before", True)
            one = Client(listening.url, remember_upgrade=True, try_all_transports=more)
            if more:
                await one.connect()
            else:
                with pytest.raises(RemoteError):
                    await one.connect()
                one = await Client(listening.url, remember_upgrade=True).connect()
            assert one.transport is not None and one.transport.name == "polling"
            await one.close()


async def test_a_server_that_closes_at_once_has_opened_before():
    """`open`, what came with the handshake, `close`; and no poll that waits for ever."""
    for first in (opening() + b"\x1e4hello\x1e1", opening() + b"\x1e4hello\x1e7"):
        async with server(first=Response(200, body=first)) as listening:
            one, told = Client(listening.url), []
            for event in ("open", "message", "close"):
                one.on(event, lambda *_, event=event, told=told: told.append(event))
            await one.connect()
            await one.wait()
            assert told == ["open", "message", "close"]
            await one.close()
            await until(lambda listening=listening: not listening.connections)


async def test_packets_that_came_with_the_handshake_are_handled_in_slices():
    """Others have their turn in between."""
    one = None
    async with server(first=Response(200, body=opening() + b"\x1e4x" * 100_000)) as listening:
        one, heard = Client(listening.url), []
        one.on("message", heard.append)
        async with one:
            assert len(heard) < 100_000
            await until(lambda: len(heard) == 100_000)


async def test_an_upgrade_that_takes_too_long_says_so():
    """The server answers the probe, and never releases the poll; then polling goes on."""

    def opened(link: ws.PushConnection) -> None:
        link.on_message = lambda _: link.send_nowait("3probe")

    async with server(websocket=opened, upgrades=["websocket"]) as listening:
        one = Client(listening.url, upgrade_timeout=0.1)
        errors: asyncio.Queue[Exception] = asyncio.Queue()
        one.on("upgrade_error", errors.put_nowait)
        async with one:
            assert str(await errors.get()) == "no upgrade within 0.1 s"
            assert (one.state, one.upgrading) == ("open", False)


async def test_a_websocket_that_ends_while_it_takes_the_queue_ends_the_session(monkeypatch):
    """In the upgrade: `close`, and no exception in a task that nobody awaits."""

    def gone(self: client_websocket.WebSocket, packets: list[str | bytes]) -> None:
        self.link.abort()
        raise ConnectionClosed("gone")

    pause = client_polling.Polling.pause

    def pause_and_send(self: client_polling.Polling) -> Any:
        one.send("to be sent after the upgrade")
        return pause(self)

    monkeypatch.setattr(client_websocket.WebSocket, "send", gone)
    monkeypatch.setattr(client_polling.Polling, "pause", pause_and_send)
    world = World()
    async with world.engine.listen() as listening:
        one, ended = Client(listening.url), []
        one.on("close", lambda reason, _: ended.append(reason))
        async with one:
            await one.wait()
        assert ended == ["transport close"]


async def test_a_client_that_waits_in_drain_is_told_of_the_end():
    """The server takes nothing: what was sent is lost."""

    def never(request: Request) -> Any:
        if "sid" not in request.query:
            return Response(200, body=opening())
        return asyncio.get_running_loop().create_future()

    async with http_server.serve(never) as listening:
        one = await Client(listening.url, transports=["polling"]).connect()
        one.send("x" * 200_000)
        draining = asyncio.create_task(one.drain())
        await asyncio.sleep(0)
        await one.close()
        with pytest.raises(ConnectionClosed):
            await draining
        with pytest.raises(ConnectionClosed):
            await one.drain()
