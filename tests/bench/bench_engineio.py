"""Engine.IO: CPU per message, connects and memory, against python-engineio and Node's engine.io.

    python -m tests.bench.bench_engineio [rounds] [scenario ...]

    websocket:32:50:1   echo of 32 bytes on 50 WebSockets, one message under way on each
    polling:32:50       one POST and one GET for each message
    connects            handshakes by WebSocket, one after the other on 20 connections at a time
    memory              KiB of the server's process for each idle session by WebSocket

Each server runs in a process of its own and echoes; the load comes from this one.  The rounds are
interleaved, and the medians are compared.  The CPU is the server's own, as its system reports it.
`push` is the same echo on `net.ws`' callbacks, without Engine.IO.  Run it on two cores that are
otherwise idle, as in `taskset -c 1 python -m ...` with SERVER_CORE=0.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import selectors
import socket
import statistics
import subprocess
import sys
from pathlib import Path

from .bench_websocket import frame

SCENARIOS = (
    "websocket:32:50:1", "websocket:32:50:16", "websocket:32:500:1", "websocket:65536:50:1",
    "polling:32:50", "connects", "memory",
)  # fmt: skip
SERVERS = ("ours", "push", "python-engineio", "node")
MESSAGES = {"websocket:32": 20_000, "websocket:65536": 2_000, "polling:32": 4_000}
CONNECTS, IDLE = 1_000, 1_000
TICKS = os.sysconf("SC_CLK_TCK")
NODE = """
const { listen } = require("engine.io");
const server = require("http").createServer().listen(0, "127.0.0.1", () =>
  console.log(server.address().port));
server.keepAliveTimeout = 0;
const engine = require("engine.io").attach(server, { maxHttpBufferSize: 1e6 });
engine.on("connection", (socket) => socket.on("message", (data) => socket.send(data)));
"""
HEAD = "{} /engine.io/?EIO=4&transport={}{} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nAccept: */*\r\n{}\r\n"
UPGRADE = (
    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)


async def serve_ours() -> None:
    from course_lib.engineio import Server

    server = Server()
    server.on("connection", lambda session: session.on("message", session.send))
    async with server.listen() as address:
        print(address.port, flush=True)
        await asyncio.Event().wait()


async def serve_push() -> None:
    from course_lib.net import http_server, ws

    def opened(link) -> None:
        link.on_message = link.send_nowait
        link.send_nowait("0{}")

    def handler(request):
        return ws.upgrade(request, opened, ping_interval=None)

    async with http_server.serve(handler) as server:
        print(server.port, flush=True)
        await asyncio.Event().wait()


async def serve_python_engineio() -> None:
    import engineio
    from aiohttp import web

    server = engineio.AsyncServer(async_mode="aiohttp", async_handlers=False, monitor_clients=False)
    app = web.Application()
    server.attach(app)
    server.on("message", server.send)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()


def command(name: str) -> list[str]:
    if name == "node":
        return ["node", "-e", NODE]
    return [sys.executable, "-m", "tests.bench.bench_engineio", "serve", name]


class Peer:
    """One server's process, and what the system says of it."""

    def __init__(self, command: list[str]) -> None:
        core = os.environ.get("SERVER_CORE")
        pinned = ["taskset", "-c", core] if core else []
        self.process = subprocess.Popen([*pinned, *command], stdout=subprocess.PIPE)
        assert self.process.stdout is not None
        self.port = int(self.process.stdout.readline())
        self.where = Path(f"/proc/{self.process.pid}")

    def cpu(self) -> float:
        """Seconds of CPU so far."""
        fields = (self.where / "stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def memory(self) -> float:
        """KiB that are resident."""
        found = re.search(r"VmRSS:\s+(\d+)", (self.where / "status").read_text())
        assert found is not None
        return float(found[1])

    def end(self) -> None:
        self.process.terminate()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()


def ask(peer: Peer, text: bytes) -> tuple[socket.socket, bytes]:
    """A connection, its request sent, and the head of the response with what came after it."""
    connection = socket.create_connection(("127.0.0.1", peer.port))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.sendall(text)
    return connection, answer(connection, b"\r\n\r\n")


def answer(connection: socket.socket, until: bytes) -> bytes:
    data = b""
    while until not in data:
        piece = connection.recv(65536)
        assert piece, data
        data += piece
    return data


def open_websocket(peer: Peer) -> socket.socket:
    request = HEAD.format("GET", "websocket", "", peer.port, UPGRADE).encode()
    connection, data = ask(peer, request)
    while b"0{" not in data or not data.endswith(b"}"):
        data += connection.recv(65536)
    return connection


def websocket(peer: Peer, size: int, connections: int, depth: int, messages: int) -> None:
    """So many messages, there and back."""
    text = b"4" + b"x" * (size - 1)
    opened = [open_websocket(peer) for _ in range(connections)]
    exchange(opened, frame(text, 0x81) * depth, length(text) * depth, messages // depth)


def length(text: bytes) -> int:
    """Bytes of the text in a frame of a server's."""
    return len(text) + (2 if len(text) < 126 else 4 if len(text) < 65536 else 10)


def exchange(opened: list[socket.socket], sent: bytes, due: int, times: int) -> None:
    """Send, on each of these, and wait for so many bytes; so many times in all.  Closes them."""
    waiting = selectors.DefaultSelector()
    for connection in opened:
        connection.setblocking(False)
        waiting.register(connection, selectors.EVENT_READ, [due, b""])
    left = times - len(opened)
    for key in waiting.get_map().values():
        push(key.fileobj, sent)
    open_ = len(opened)
    while open_:
        for key, _ in waiting.select():
            came = len(key.fileobj.recv(1 << 20))
            assert came
            key.data[0] -= came
            if key.data[0] <= 0:
                if left > 0:
                    left -= 1
                    key.data[0] += due
                    push(key.fileobj, sent)
                else:
                    open_ -= 1
    for key in list(waiting.get_map().values()):
        key.fileobj.close()


def push(connection, data: bytes) -> None:
    connection.setblocking(True)
    connection.sendall(data)
    connection.setblocking(False)


def polling(peer: Peer, size: int, connections: int, messages: int) -> None:
    """Each session: a POST, its response, a GET with the echo; the next."""
    waiting = selectors.DefaultSelector()
    body = b"4" + b"x" * (size - 1)
    for _ in range(connections):
        handshake = HEAD.format("GET", "polling", "", peer.port, "").encode()
        connection, data = ask(peer, handshake)
        while b"0{" not in data:
            data += connection.recv(65536)
        sid = json.loads(data[data.index(b"0{") + 1 :])["sid"]
        post = HEAD.format(
            "POST", "polling", f"&sid={sid}", peer.port,
            f"Content-type: text/plain;charset=UTF-8\r\nContent-Length: {size}\r\n",
        ).encode() + body  # fmt: skip
        get = HEAD.format("GET", "polling", f"&sid={sid}", peer.port, "").encode()
        waiting.register(connection, selectors.EVENT_READ, [post, get])
        connection.sendall(post)
    left, open_ = messages - connections, connections
    while open_:
        for key, _ in waiting.select():
            data = key.fileobj.recv(65536)
            assert data.startswith(b"HTTP/1.1 200"), data
            post, get = key.data
            if body in data:
                if left > 0:
                    left -= 1
                    key.fileobj.sendall(post)
                else:
                    open_ -= 1
            else:
                key.fileobj.sendall(get)
    for key in list(waiting.get_map().values()):
        key.fileobj.close()


def measure(peer: Peer, scenario: str) -> float:
    """µs of CPU for each message or connect; KiB for each session."""
    kind, *numbers = scenario.split(":")
    if kind == "memory":
        before = peer.memory()
        kept = [open_websocket(peer) for _ in range(IDLE)]
        each = (peer.memory() - before) / IDLE
        for connection in kept:
            connection.close()
        return each
    before = peer.cpu()
    if kind == "connects":
        for _ in range(CONNECTS // 20):
            for connection in [open_websocket(peer) for _ in range(20)]:
                connection.close()
        return (peer.cpu() - before) / CONNECTS * 1e6
    sizes = [int(number) for number in numbers]
    messages = MESSAGES[f"{kind}:{sizes[0]}"]
    if kind == "polling":
        polling(peer, sizes[0], sizes[1], messages)
    else:
        websocket(peer, *sizes, messages)
    return (peer.cpu() - before) / messages * 1e6


def main(rounds: int = 7, *scenarios: str) -> None:
    for scenario in scenarios or SCENARIOS:
        names = [name for name in SERVERS if name != "push" or scenario.startswith("websocket")]
        results: dict[str, list[float]] = {name: [] for name in names}
        peers = {} if scenario == "memory" else {name: Peer(command(name)) for name in names}
        for round_ in range(1 if scenario == "memory" else rounds + 1):
            for name in names:
                peer = peers.get(name) or Peer(command(name))
                value = measure(peer, scenario)
                if round_ or scenario == "memory":  # the first one warms
                    results[name].append(value)
                if scenario == "memory":
                    peer.end()
        for peer in peers.values():
            peer.end()
        medians = {name: statistics.median(values) for name, values in results.items()}
        unit = "KiB" if scenario == "memory" else "µs"
        shown = "  ".join(
            f"{name} {value:.1f} {unit} ({value / medians['ours']:.2f})"
            for name, value in medians.items()
        )
        print(f"{scenario:>20}  {shown}", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        serving = {"ours": serve_ours, "push": serve_push, "python-engineio": serve_python_engineio}
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(serving[sys.argv[2]]())
    else:
        numbers = [int(word) for word in sys.argv[1:2]]
        main(*numbers, *sys.argv[2:])
