"""WebSocket echo: CPU per message and messages per second, against websockets, aiohttp and `ws`.

    python -m tests.bench.bench_websocket [rounds] [scenario ...]     a scenario is 32:50:1

Each server runs in a process of its own and echoes; the load comes from this one, which writes
masked frames made beforehand and counts the bytes that come back.  A scenario is the size of a
message, the number of connections, and how many messages each has under way.  The rounds are
interleaved, so that a busy machine disturbs all alike, and the medians are compared.  The CPU is
the server's own, as it reports it.  `ours` awaits messages in a task for each connection,
`ours push` has callbacks; PURE=1 adds `ours pure`, which has no C function to unmask with.  Nobody
sends pings meanwhile: the load counts bytes.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import logging
import os
import selectors
import shutil
import socket
import statistics
import subprocess
import sys
import time

SCENARIOS = (
    *(f"{size}:{count}:1" for size in (32, 1024, 65536) for count in (1, 50, 500)),
    "32:50:16",
)
SERVERS = ("ours", "ours push", "websockets", "aiohttp", "ws")
MESSAGES = {32: 20_000, 1024: 20_000, 65536: 3_000}
NODE = """
const { WebSocketServer } = require("ws");
const server = new WebSocketServer({ port: 0, host: "127.0.0.1", perMessageDeflate: false },
  () => console.log(server.address().port));
server.on("connection", (socket) => socket.on("message", (data, binary) => {
  if (data.length === 4) {
    const used = process.cpuUsage();
    socket.send(Buffer.from(String((used.user + used.system) / 1e6).padEnd(32)));
  } else socket.send(data, { binary });
}));
"""


def cpu() -> bytes:
    return str(time.process_time()).encode().ljust(32)


async def serve_ours() -> None:
    from course_lib.net import ws

    async def echo(connection) -> None:
        async for message in connection:
            await connection.send(message if len(message) != 4 else cpu())

    async with ws.serve(echo, ping_interval=None) as server:
        print(server.port, flush=True)
        await asyncio.Event().wait()


async def serve_push() -> None:
    from course_lib.net import http_server, ws

    def opened(link) -> None:
        def echo(message) -> None:
            link.send_nowait(message if len(message) != 4 else cpu())

        link.on_message = echo

    def handler(request):
        return ws.upgrade(request, opened, ping_interval=None)

    async with http_server.serve(handler) as server:
        print(server.port, flush=True)
        await asyncio.Event().wait()


async def serve_websockets() -> None:
    from websockets.asyncio import server as websockets_server

    logging.getLogger("websockets").setLevel(logging.CRITICAL)  # the load leaves without goodbye

    async def echo(connection) -> None:
        async for message in connection:
            await connection.send(message if len(message) != 4 else cpu())

    async with websockets_server.serve(
        echo, "127.0.0.1", 0, compression=None, ping_interval=None
    ) as server:
        print(server.sockets[0].getsockname()[1], flush=True)
        await asyncio.Event().wait()


async def serve_aiohttp() -> None:
    from aiohttp import web

    async def echo(request):
        socket = web.WebSocketResponse(compress=False)
        await socket.prepare(request)
        async for message in socket:
            data = message.data
            if len(data) == 4:
                await socket.send_bytes(cpu())
            elif isinstance(data, str):
                await socket.send_str(data)
            else:
                await socket.send_bytes(data)
        return socket

    app = web.Application()
    app.router.add_get("/", echo)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()


PYTHON = {
    "ours": serve_ours,
    "ours push": serve_push,
    "ours pure": serve_ours,
    "websockets": serve_websockets,
    "aiohttp": serve_aiohttp,
}


def command(name: str) -> list[str]:
    if name == "ws":
        return ["node", "-e", NODE]
    return [sys.executable, "-m", "tests.bench.bench_websocket", "serve", name]


def frame(payload: bytes, first: int = 0x82) -> bytes:
    """Masked; binary unless `first` is 0x81.  By hand: not made by what is measured."""
    key = os.urandom(4)
    size = len(payload)
    head = bytes([first])
    if size < 126:
        head += bytes([0x80 | size])
    elif size < 65536:
        head += bytes([0xFE]) + size.to_bytes(2, "big")
    else:
        head += bytes([0xFF]) + size.to_bytes(8, "big")
    pad = (key * (size // 4 + 1))[:size]
    masked = int.from_bytes(payload, "big") ^ int.from_bytes(pad, "big")
    return head + key + masked.to_bytes(size, "big")


class Round:
    """The connections of one scenario to one server.

    No asyncio here: the load must be faster than what it measures.  A server that waits for the
    load is put to sleep and woken for each message, which costs it more CPU than the message does.
    """

    def __init__(self, size: int, depth: int) -> None:
        self.message, self.depth = frame(os.urandom(size)), depth
        self.size = size + (2 if size < 126 else 4 if size < 65536 else 10)
        self.got: dict[socket.socket, int] = {}
        self.selector = selectors.DefaultSelector()

    def connect(self, port: int, connections: int) -> None:
        for _ in range(connections):
            speaker = socket.create_connection(("127.0.0.1", port))
            speaker.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            speaker.sendall(
                b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
                b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                b"Sec-WebSocket-Key: " + base64.b64encode(os.urandom(16)) + b"\r\n\r\n"
            )
            answer = b""
            while not answer.endswith(b"\r\n\r\n"):
                answer += speaker.recv(4096)
            assert answer.startswith(b"HTTP/1.1 101 ")
            self.got[speaker] = 0
            self.selector.register(speaker, selectors.EVENT_READ)

    def close(self) -> None:
        for speaker in self.got:
            speaker.close()
        self.selector.close()

    def cpu(self) -> float:
        speaker, answer = next(iter(self.got)), b""
        speaker.sendall(frame(b"cpu?"))
        while len(answer) < 34:
            answer += speaker.recv(100)
        return float(answer[2:])

    def run(self, messages: int) -> tuple[float, float]:
        """(messages per second, microseconds of the server's CPU per message)"""
        got, size, message = self.got, self.size, self.message
        before, started = self.cpu(), time.perf_counter()
        due = self.depth * len(got)
        left = messages - due
        for speaker in got:
            speaker.sendall(message * self.depth)
        while due:
            for key, _ in self.selector.select():
                speaker = key.fileobj
                done, got[speaker] = divmod(got[speaker] + len(speaker.recv(1 << 20)), size)
                again = min(done, left)
                left -= again
                due += again - done
                if again:
                    speaker.sendall(message * again)
        elapsed = time.perf_counter() - started
        return messages / elapsed, (self.cpu() - before) / messages * 1e6


def compare(scenario: str, rounds: int, servers: list[str]) -> dict[str, list[tuple[float, float]]]:
    size, connections, depth = map(int, scenario.split(":"))
    messages = max(MESSAGES.get(size, 10_000), connections * depth)
    with contextlib.ExitStack() as stack:
        clients: dict[str, Round] = {}
        for name in servers:
            process = subprocess.Popen(command(name), stdout=subprocess.PIPE)
            stack.callback(process.wait)
            stack.callback(process.terminate)
            assert process.stdout is not None
            stack.callback(process.stdout.close)
            clients[name] = Round(size, depth)
            stack.callback(clients[name].close)
            clients[name].connect(int(process.stdout.readline()), connections)
            clients[name].run(messages)  # warm
        results: dict[str, list[tuple[float, float]]] = {name: [] for name in servers}
        for _ in range(rounds):
            for name, client in clients.items():
                results[name].append(client.run(messages))
        return results


def main(rounds: int = 7, *scenarios: str) -> None:
    servers = [name for name in SERVERS if name != "ws" or shutil.which("node")]
    servers += ["ours pure"] if os.environ.get("PURE") else []
    print(f"echo, median of {rounds} interleaved rounds; ratios of CPU, our tasks = 1")
    print(f"{'size:conns:depth':>17} {'server':>11} {'messages/s':>11} {'µs CPU':>8} {'CPU':>6}")
    for scenario in scenarios or SCENARIOS:
        results = compare(scenario, rounds, servers)
        rate, used = (
            {name: statistics.median(run[which] for run in runs) for name, runs in results.items()}
            for which in (0, 1)
        )
        for name in servers:
            print(
                f"{scenario:>17} {name:>11} {rate[name]:11,.0f} {used[name]:8.1f}"
                f" {used[name] / used['ours']:6.2f}",
                flush=True,
            )


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        if sys.argv[2] == "ours pure":
            sys.modules["websockets"] = None  # type: ignore[assignment]
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(PYTHON[sys.argv[2]]())
    else:
        main(*map(int, sys.argv[1:2]), *sys.argv[2:])
