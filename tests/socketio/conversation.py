"""One conversation, for each pair of a server and a client: ours, python-socketio's, npm's.

    /        "hello" on arrival; "echo" comes back; "ask" is answered with two values; "quiet" with
             none; "ask me" makes the server ask; "leave me" makes it send the client away
    /admin   needs the token; refuses with data
    /nope    does not exist
    rooms    "rooms" makes the server let us join two, speak to them, and to all but us; "everybody"
             makes it ask all; /tenant-7 is made by a pattern

`expected(...)` are the lines that every client says.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from typing import Any

from course_lib.socketio import Client, ConnectError, ConnectRefused, Server
from tests.engineio import asgi_host

BIG = "한x" * 250_000
ECHOED: list[list[Any]] = [
    ["text"], [1, -2.5, True, None], [{"a": [b"\x00\xff", {"b": b""}]}, b"two"],
    ["안녕 \U0001f600\x1e"], [BIG], [bytes(999_999)], [],
]  # fmt: skip
LINES = [
    "connect", "hello world 2", *(f"echo {number}" for number in range(len(ECHOED))),
    "ask [1, 2]", "quiet", "asked 42", "told both", "told end", "everybody [8]",
    "refused not allowed 7", "admin connect", "admin echo",
    "unknown Invalid namespace", "tenant /tenant-7", "disconnect io server disconnect",
    "admin still True",
]  # fmt: skip


def our_server(**options: Any) -> tuple[Server, list[str]]:
    """The server's side, and what it hears of ends."""
    io, ends = Server(**({"max_payload": 4_000_000} | options)), []

    @io.on("connection")
    def connected(socket):
        socket.emit("hello", "world", b"\x01\x02")
        socket.on("echo", lambda *args: socket.emit("echo", *args))
        socket.on("ask", lambda value: ([1, value], b"\x02"))
        socket.on("quiet", lambda: None)
        socket.on("leave me", socket.disconnect)
        socket.on("disconnect", lambda reason, _: ends.append(reason))

        @socket.on("ask me")
        async def ask_me(value):
            return await socket.timeout(30).emit_with_ack("question", value, b"?")

        @socket.on("everybody")
        async def everybody(value):
            return (await io.timeout(30).emit_with_ack("question", value, b"?"),)

        @socket.on("rooms")
        def rooms():
            socket.join(["r", "s"])
            io.to("r").to("s").emit("told", "both")
            socket.to("r").emit("told", "without you")
            io.except_("r").emit("told", "except")
            socket.leave("r")
            io.to("r").emit("told", "after you have left")
            io.in_("s").sockets_leave("s")
            io.to("s").emit("told", "after all have left")
            socket.emit("told", "end")

    @io.of(re.compile(r"/tenant-\d+")).on("connection")
    def tenant(socket):
        socket.emit("tenant", socket.nsp.name)

    admin = io.of("/admin")

    @admin.use
    async def allowed(socket):
        await asyncio.sleep(0)
        if socket.handshake.auth.get("token") != "한":
            raise ConnectRefused("not allowed", {"code": 7})

    @admin.on("connection")
    def administrator(socket):
        socket.on("echo", lambda *args: args)

    return io, ends


@contextlib.asynccontextmanager
async def python_server() -> AsyncIterator[str]:
    """The same with python-socketio, under uvicorn."""
    import socketio

    server = socketio.AsyncServer(
        async_mode="asgi", max_http_buffer_size=4_000_000, monitor_clients=False, namespaces="*"
    )

    @server.event
    async def connect(sid, environ, auth):
        await server.emit("hello", ("world", b"\x01\x02"), to=sid)

    @server.on("echo")
    async def echo(sid, *args):
        await server.emit("echo", args, to=sid)

    server.on("ask", lambda sid, value: ([1, value], b"\x02"))
    server.on("quiet", lambda sid: None)

    @server.on("ask me")
    async def ask_me(sid, value):
        return await server.call("question", (value, b"?"), to=sid, timeout=30)

    @server.on("everybody")
    async def everybody(sid, value):  # it has no broadcast with acknowledgements
        return [await server.call("question", (value, b"?"), to=sid, timeout=30)]

    @server.on("rooms")
    async def rooms(sid):
        for room in "rs":
            await server.enter_room(sid, room)
        await server.emit("told", "both", to=["r", "s"])
        await server.emit("told", "without you", to="r", skip_sid=sid)
        await server.leave_room(sid, "r")
        await server.emit("told", "after you have left", to="r")
        await server.close_room("s")
        await server.emit("told", "after all have left", to="s")
        await server.emit("told", "end", to=sid)

    @server.on("connect", namespace="/tenant-7")
    async def tenant(sid, environ, auth):
        await server.emit("tenant", "/tenant-7", to=sid, namespace="/tenant-7")

    @server.on("leave me")
    async def leave_me(sid):
        await server.disconnect(sid)

    @server.on("connect", namespace="/admin")
    async def administrator(sid, environ, auth):
        if not auth or auth.get("token") != "한":
            raise socketio.exceptions.ConnectionRefusedError("not allowed", {"code": 7})

    server.on("echo", lambda sid, *args: args, namespace="/admin")

    @server.on("connect", namespace="/nope")
    async def nope(sid, environ, auth):
        raise socketio.exceptions.ConnectionRefusedError("Invalid namespace")

    before = asyncio.all_tasks()
    async with asgi_host.uvicorn_server(socketio.ASGIApp(server)) as url:
        yield url
        await server.shutdown()
    for task in asyncio.all_tasks() - before:  # it waits for the time of its next ping
        if "_send_ping" in repr(task):
            task.cancel()
            await asyncio.wait([task])


async def our_client(url: str, **options: Any) -> list[str]:
    """The client's side: what it says."""
    said: list[str] = []
    client = Client(url, **options)
    arrived: asyncio.Queue[Any] = asyncio.Queue()
    upgraded = asyncio.Event()
    client.on("connect", lambda: said.append("connect"))
    client.on("hello", lambda word, data: said.append(f"hello {word} {len(data)}"))
    client.on("echo", lambda *args: arrived.put_nowait(list(args)))
    client.on("question", lambda value, _: value * 2)
    client.on("disconnect", lambda reason, _: said.append(f"disconnect {reason}"))
    async with asyncio.timeout(60):
        async with client:
            engine = client.manager.engine
            assert engine is not None
            engine.on("upgrade", lambda _: upgraded.set())
            if engine.transport is not None and engine.transport.name == "websocket":
                upgraded.set()
            for number, args in enumerate(ECHOED):
                client.emit("echo", *args)
                if await arrived.get() == args:
                    said.append(f"echo {number}")
            if options.get("transports") != ["polling"]:
                await upgraded.wait()
            values = await client.emit_with_ack("ask", 2)
            said.append(f"ask {values[0]}" if values[1] == b"\x02" else f"{values}")
            said.append("quiet" if await client.emit_with_ack("quiet") is None else "loud")
            said.append(f"asked {await client.timeout(30).emit_with_ack('ask me', 21)}")
            await heard_in_rooms(client, said)
            said.append(f"everybody {await client.timeout(30).emit_with_ack('everybody', 4)}")
            admin = client.of("/admin", auth={"token": "x"})
            try:
                await admin.connect()
            except ConnectError as error:
                said.append(f"refused {error} {error.data['code']}")
            admin.auth = lambda: {"token": "한"}
            await admin.connect()
            said.append("admin connect")
            if await admin.emit_with_ack("echo", b"\x00", "한") == (b"\x00", "한"):
                said.append("admin echo")
            try:
                await client.of("/nope").connect()
            except ConnectError as error:
                said.append(f"unknown {error}")
            tenant, names = client.of("/tenant-7"), asyncio.Queue()
            tenant.on("tenant", names.put_nowait)
            await tenant.connect()
            said.append(f"tenant {await names.get()}")
            await tenant.disconnect()
            client.emit("leave me")
            await client.wait()
            said.append(f"admin still {admin.connected}")
            await admin.disconnect()
    return said


async def heard_in_rooms(client: Client, said: list[str]) -> None:
    """What the server tells to rooms, until the end."""
    ended = asyncio.Event()

    def told(text):
        said.append(f"told {text}")
        if text == "end":
            ended.set()

    client.on("told", told)
    client.emit("rooms")
    await ended.wait()


async def python_client(url: str, transports: list[str]) -> list[str]:
    """The same with python-socketio."""
    import socketio

    said: list[str] = []
    client = socketio.AsyncClient(handle_sigint=False, reconnection=False)
    arrived: asyncio.Queue[Any] = asyncio.Queue()
    left, admitted, refused = asyncio.Event(), asyncio.Event(), asyncio.Queue()
    client.on("connect", lambda: said.append("connect"))
    client.on("hello", lambda word, data: said.append(f"hello {word} {len(data)}"))
    client.on("echo", lambda *args: arrived.put_nowait(list(args)))
    client.on("question", lambda value, _: value * 2)
    told: asyncio.Queue[str] = asyncio.Queue()
    client.on("told", told.put_nowait)

    @client.on("disconnect")
    def disconnected(reason):
        said.append("disconnect io server disconnect")  # it has other words for the reasons
        left.set()

    client.on("connect", lambda: admitted.set(), namespace="/admin")
    client.on("connect_error", refused.put_nowait, namespace="/nope")
    async with asyncio.timeout(60):
        await client.connect(
            url, transports=transports, auth={"token": "한"}, namespaces=["/"], wait_timeout=30
        )
        for number, args in enumerate(ECHOED):
            await client.emit("echo", tuple(args))
            if await arrived.get() == args:
                said.append(f"echo {number}")
        values = await client.call("ask", 2)
        said.append(f"ask {values[0]}" if values[1] == b"\x02" else f"{values}")
        said.append("quiet" if await client.call("quiet") is None else "loud")
        said.append(f"asked {await client.call('ask me', 21)}")
        await client.emit("rooms")
        while (text := await told.get()) != "end":
            said.append(f"told {text}")
        said.append("told end")
        said.append(f"everybody {await client.call('everybody', 4)}")
        await client.emit("leave me")
        await left.wait()
        await client.disconnect()
    return said
