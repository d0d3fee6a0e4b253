"""The browser's client and what breaks: silence, bad packets, a WebSocket that fails.

Most peers are written by hand, packet by packet, so that they can break any rule.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from course_lib import engineio
from course_lib.errors import ConnectionClosed
from course_lib.net import http_server, ws
from course_lib.wire.http.http11 import Request, Response

from ._browser_client.servers import Serve, needs_node, on_each_server, talk

pytestmark = [needs_node, pytest.mark.wide]

SLOW = 20_000  # ms; longer than any test
WELCOME = '40{"sid":"public"}'


def opening(interval: int = SLOW, timeout: int = SLOW) -> str:
    fields = {"sid": "secret", "upgrades": [], "pingInterval": interval, "pingTimeout": timeout}
    return "0" + json.dumps({**fields, "maxPayload": 1000})


@contextlib.asynccontextmanager
async def websocket(*scripts: list[str | bytes]) -> AsyncIterator[str]:
    """A server that sends a script in each session, one after the other, and then listens."""
    left = list(scripts)

    async def session(connection: ws.Connection) -> None:
        with contextlib.suppress(ConnectionClosed):
            for packet in left.pop(0):
                await connection.send(packet)
            while True:
                await connection.recv()

    async with await ws.serve(session) as server:
        yield server.url.replace("ws:", "http:")


@contextlib.asynccontextmanager
async def polling(*scripts: list[Response | str]) -> AsyncIterator[str]:
    """The same with bodies; a GET after the last one is held."""
    left = list(scripts)
    bodies: list[Response | str] = []

    async def answer(request: Request) -> Response:
        if request.method == "POST":
            return Response(200, body=b"ok")
        if "sid" not in request.query:
            bodies[:] = left.pop(0)
        if not bodies:
            await asyncio.Event().wait()
        body = bodies.pop(0)
        return body if isinstance(body, Response) else Response(200, body=body.encode())

    async with await http_server.serve(answer) as server:
        yield server.url


async def outcomes(url: str, transport: str, times: int) -> list[str]:
    """How so many sessions end: a reason, or "connect_error"; and "x" for an event of that name."""
    body = """
        const options = { transports: [TRANSPORT], reconnectionDelay: 1 };
        const socket = connect("/", options);
        let many = 0;
        await new Promise((done) => {
          const seen = (...words) => { say(...words); if (++many === TIMES) done(); };
          socket.on("connect_error", () => seen("connect_error"));
          socket.on("disconnect", (reason) => seen(reason));
          socket.on("x", () => seen("x"));
        });
        """
    body = body.replace("TRANSPORT", json.dumps(transport)).replace("TIMES", str(times))
    return [" ".join(line) for line in await talk(url, body)]


# Heartbeats.


@pytest.mark.parametrize("transport", ["polling", "websocket"])
async def test_pings_are_answered(transport: str) -> None:
    """The server of this course pings again only after a pong."""
    server = engineio.Server(ping_interval=0.02)

    @server.on("connection")
    def connected(session: engineio.Session) -> None:
        pongs: list[None] = []

        def pong(*_: Any) -> None:
            pongs.append(None)
            if len(pongs) == 3:
                session.send('2["three pongs"]')

        session.on("heartbeat", pong)
        session.on("message", lambda text: session.send(WELCOME[1:]) if text == "0" else None)

    async with server.listen() as address:
        options = f'{{ path: "/engine.io/", transports: ["{transport}"] }}'
        body = f'await next(connect("/", {options}), "three pongs"); say("heard");'
        assert await talk(address.url, body) == [["heard"]]


async def test_silence_ends_a_session_after_both_times() -> None:
    """A WebSocket, and a poll that is held; other packets are no sign of life."""
    quiet = opening(60, 60)
    async with websocket([quiet, WELCOME, '42["y"]'], [opening(), WELCOME]) as url:
        assert await outcomes(url, "websocket", 1) == ["ping timeout"]
    async with polling([quiet, WELCOME, '42["y"]'], [opening(), WELCOME]) as url:
        assert await outcomes(url, "polling", 1) == ["ping timeout"]


async def test_a_server_that_does_not_answer_a_handshake() -> None:
    """`timeout` is for that; the error is the socket's."""
    body = """
        const socket = connect("/", { transports: [TRANSPORT], timeout: 50 });
        const [error] = await next(socket, "connect_error");
        say(error.message, socket.active);
        """
    async with websocket([]) as url:
        lines = await talk(url, body.replace("TRANSPORT", '"websocket"'))
    assert lines == [["timeout", True]]
    async with polling([]) as url:
        lines = await talk(url, body.replace("TRANSPORT", '"polling"'))
    assert lines == [["timeout", True]]


# Bad packets.

PARSE_ERRORS: list[list[str | bytes]] = [
    ["4"],
    ["49"],
    ["4x"],
    ['42{"a":1}'],
    ["42[]"],
    ["42[null]"],
    ["42"],
    ['42["x"'],
    ['42["connect"]'],
    ['42["disconnect",1]'],
    ["43{}"],
    ['41["x"]'],
    ["40[1]"],
    ["44[1]"],
    ["44"],
    ['44"no"'],
    ["40"],
    ['40{"sid":1}'],
    ['450-["x"]'],
    ['4511-["x"]'],
    ['451["x"]'],
    ['45a-["x"]'],
    ['451-["x",{"_placeholder":true,"num":0}]', '42["x"]'],
    ['451-["x",{"_placeholder":true,"num":1}]', b"a"],
    ['451-["x",{"_placeholder":true,"num":-1}]', b"a"],
    ['451-["x",{"_placeholder":true,"num":"length"}]', b"a"],
    ['451-["x",{"_placeholder":true}]', b"a"],
    ['451-[{"_placeholder":true,"num":0}]', b"a"],
    [b"an attachment of nothing"],
    ['42["x",' + "[" * 100_000],
]


async def test_what_is_no_packet_of_socketio_is_a_parse_error() -> None:
    """The session ends, and the next one begins with a decoder that waits for nothing."""
    scripts = [[opening(), WELCOME, *bad] for bad in PARSE_ERRORS]
    async with websocket(*scripts, [opening(), WELCOME, '42["x"]']) as url:
        said = await outcomes(url, "websocket", len(scripts) + 1)
    assert said == ["parse error"] * len(scripts) + ["x"]


async def test_what_is_no_packet_of_engineio_is_a_transport_error() -> None:
    """After the handshake; before it, the socket cannot connect."""
    bad: list[list[str | bytes]] = [["9"], [""], ["x"], [opening()]]
    early: list[list[str | bytes]] = [["4x"], ["0"], ["0{}"], ["0null"], ["2"], [b"a"], [""]]
    scripts = [*([opening(), WELCOME, *one] for one in bad), *early]
    async with websocket(*scripts, [opening(), WELCOME, '42["x"]']) as url:
        said = await outcomes(url, "websocket", len(scripts) + 1)
    assert said == ["transport error"] * len(bad) + ["connect_error"] * len(early) + ["x"]


async def test_bodies_that_are_no_payload() -> None:
    """Bad Base64, a packet that is none, an error of HTTP; in a body all before it counts."""
    ends: list[Response | str] = ["b%", "4x", "", "42x", Response(500), Response(400), "1"]
    scripts: list[list[Response | str]] = [[opening() + "\x1e" + WELCOME, end] for end in ends]
    early: list[list[Response | str]] = [["hello"], [Response(403)], ["0{}"], ["b"]]
    last = ["\x1e".join([opening(), WELCOME, '42["x"]', "1", '42["x"]'])]
    async with polling(*scripts, *early, last, [opening()]) as url:
        said = await outcomes(url, "polling", len(scripts) + len(early) + 2)
    assert said == [
        "transport error", "parse error", "transport error", "parse error",
        "transport error", "transport error", "transport close",
        *["connect_error"] * 4, "x", "transport close",
    ]  # fmt: skip


async def test_packets_that_are_only_strange_change_nothing() -> None:
    """Another namespace, an answer to nothing, a second CONNECT, a pong."""
    strange = [
        '42/other,["x"]',
        '437["x"]',
        WELCOME.replace("public", "other"),
        "3",
        "5",
        "6",
        "43[]",
    ]
    script = [opening(), WELCOME, *strange, '42["y",{"__proto__":{"a":1},"_placeholder":true}]']
    async with websocket([*script, '421["x",{"_placeholder":true,"num":0}]'], []) as url:
        lines = await talk(
            url,
            """
            const socket = connect("/", { transports: ["websocket"] });
            socket.on("y", (y) => say(Object.keys(y)));
            const [x, answer] = await next(socket, "x");
            say(x, typeof answer, socket.id, {}.a === undefined);
            """,
        )
    assert lines == [
        [["__proto__", "_placeholder"]],
        [{"_placeholder": True, "num": 0}, "function", "public", True],
    ]


async def test_events_that_come_before_the_connect_are_dropped() -> None:
    """Nobody is connected yet."""
    script: list[str | bytes] = [opening(), '42["x",1]', WELCOME, '42["x",2]']
    async with websocket(script) as url:
        lines = await talk(
            url,
            """
            const socket = connect("/", { transports: ["websocket"] });
            socket.on("x", (i) => say(i, socket.connected)).on("connect", () => say("connect"));
            await next(socket, "x");
            """,
        )
    assert lines == [["connect"], [2, True]]


# An upgrade that fails.


@on_each_server
@pytest.mark.parametrize(
    "broken",
    [
        "constructor() { super('ws://127.0.0.1:9/'); }",
        "send(packet) { super.send(packet === '2probe' ? '2other' : packet); }",
        "send(packet) { super.send(packet); this.once('message', () => this.onclose({})); }",
    ],
    ids=["refused", "a wrong probe", "cut after 3probe"],
)
async def test_when_the_websocket_fails_polling_goes_on(serve: Serve, broken: str) -> None:
    """With all that was emitted meanwhile, in its order."""
    async with serve() as url:
        lines = await talk(
            url,
            """
            let failed;
            const failure = new Promise((done) => { failed = done; });
            class Broken extends require("ws").WebSocket {
              BROKEN
              set onclose(tell) { super.onclose = () => (tell(), failed()); }
              get onclose() { return super.onclose; }
            }
            const socket = connect("/", { WebSocket: Broken }), heard = [];
            socket.on("echo", (i) => heard.push(i));
            socket.on("disconnect", (reason) => say(reason));
            let ended = false, sent = 0;
            failure.then(() => { ended = true; });
            for (let after = 0; after < 20; after += ended) {
              socket.emit("echo", sent++);
              await new Promise((done) => setTimeout(done, 1));
            }
            await socket.emitWithAck("answer");
            say(socket.io.engine.transport.name, heard.length === sent);
            say(heard.every((one, i) => one === i));
            """.replace("BROKEN", broken),
        )
    assert lines == [["polling", True], [True]]


@on_each_server
async def test_a_client_may_leave_in_the_middle_of_an_upgrade(serve: Serve) -> None:
    """At any moment of it the server hears what was emitted before, and then the goodbye."""
    async with serve() as url:
        lines = await talk(
            url,
            """
            const { WebSocket } = require("ws");
            for (const moment of ["made", "open", "message", "5"]) {
              class Watched extends WebSocket {
                constructor(...all) {
                  super(...all);
                  if (moment === "made") queueMicrotask(leave);
                  else this.once(moment, () => queueMicrotask(leave));
                }
                send(packet) { super.send(packet); if (packet === moment) queueMicrotask(leave); }
              }
              const socket = connect("/", { WebSocket: Watched });
              const leave = () => {
                left = next(socket, "disconnect");
                if (!socket.connected) socket.on("connect", () => socket.disconnect());
                else socket.disconnect();
                started();
              };
              let left, started;
              await new Promise((done) => { started = done; });
              say(...(await left).slice(0, 1));
            }
            const witness = connect("/", { transports: ["websocket"] });
            let ended = [];
            while (ended.length < 4) ended = await witness.emitWithAck("ended");
            say(...new Set(ended.flat()));
            """,
        )
    assert lines == [["io client disconnect"]] * 4 + [["/", "client namespace disconnect"]]
