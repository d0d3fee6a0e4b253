"""Socket.IO: CPU per message, connects and memory, against python-socketio and Node's socket.io.

    python -m tests.bench.bench_socketio [rounds] [scenario ...]

    echo:32:50:1     an event and its echo, 50 clients by WebSocket, one event under way on each
    ack:32:50:1      an event and its acknowledgement
    polling:32:50    one POST and one GET for each echo
    broadcast:32:500  an event for 500 clients by WebSocket; each delivery counts
    connects         by WebSocket, with the namespace, 20 at a time
    memory           KiB of the server's process for each idle client

    ours             listeners that are `def`, on uvloop with orjson (the extra `speed`)
    ours-async       listeners that are `async def`
    ours-plain       the standard library alone
    python-socketio  on aiohttp and uvloop, with orjson, without tasks for handlers
    node, node-uws   socket.io on ws; on uWebSockets, where @trufflesuite/uws-js-unofficial is there

See `bench_engineio` for how it is measured.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import statistics
import subprocess
import sys

from .bench_engineio import HEAD, UPGRADE, Peer, ask, exchange, length
from .bench_websocket import frame

SCENARIOS = (
    "echo:32:50:1", "echo:32:50:16", "echo:32:500:1", "echo:1024:50:1", "echo:65536:50:1",
    "ack:32:50:1", "broadcast:32:500", "broadcast:65536:500", "polling:32:50", "connects", "memory",
)  # fmt: skip
SERVERS = ("ours", "ours-async", "ours-plain", "python-socketio", "node", "node-uws")
MESSAGES = {"32": 20_000, "1024": 10_000, "65536": 2_000}
BROADCASTS = {32: 40, 65536: 6}
POLLED, CONNECTS, IDLE = 4_000, 1_000, 1_000
PATH = "/socket.io/"
NODE = """
const { Server } = require("socket.io");
const io = new Server({ serveClient: false });
io.on("connection", (socket) => {
  socket.on("echo", (data) => socket.emit("echo", data));
  socket.on("ask", (data, answer) => answer(data));
  socket.on("all", (data) => io.emit("echo", data));
});
if (process.argv[1] === "uws") {
  const { App, us_socket_local_port } = require("@trufflesuite/uws-js-unofficial");
  const app = App();
  io.attachApp(app);
  app.listen("127.0.0.1", 0, (token) => console.log(us_socket_local_port(token)));
} else {
  const server = require("http").createServer();
  server.keepAliveTimeout = 0;
  io.attach(server);
  server.listen(0, "127.0.0.1", () => console.log(server.address().port));
}
"""


async def serve_ours(kind: str) -> None:
    from course_lib.socketio import Server

    io = Server()

    @io.on("connection")
    def connected(socket):
        if kind == "ours-async":

            async def echo(data):
                socket.emit("echo", data)

            async def ask(data):
                return data

        else:

            def echo(data):
                socket.emit("echo", data)

            def ask(data):
                return data

        socket.on("echo", echo)
        socket.on("ask", ask)
        socket.on("all", lambda data: io.emit("echo", data))

    async with io.listen() as address:
        print(address.port, flush=True)
        await asyncio.Event().wait()


async def serve_python_socketio(_: str) -> None:
    import socketio
    from aiohttp import web

    class Json:
        """What python-socketio calls, by orjson."""

        @staticmethod
        def dumps(value, **_):
            import orjson

            return orjson.dumps(value).decode()

        @staticmethod
        def loads(text, **_):
            import orjson

            return orjson.loads(text)

    server = socketio.AsyncServer(
        async_mode="aiohttp", async_handlers=False, monitor_clients=False, json=Json
    )
    app = web.Application()
    server.attach(app)

    @server.on("echo")
    async def echo(sid, data):
        await server.emit("echo", data, to=sid)

    @server.on("all")
    async def all_(_, data):
        await server.emit("echo", data)

    @server.on("ask")
    async def ask(_, data):
        return data

    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()


def command(name: str) -> list[str]:
    if name.startswith("node"):
        return ["node", "-e", NODE, name.removeprefix("node-")]
    return [sys.executable, "-m", "tests.bench.bench_socketio", "serve", name]


def there(name: str) -> bool:
    """Whether this server can be run here."""
    if name != "node-uws":
        return True
    found = 'require.resolve("@trufflesuite/uws-js-unofficial")'
    return subprocess.run(["node", "-e", found], capture_output=True, check=False).returncode == 0


def open_websocket(peer: Peer):
    """A client that has joined the main namespace."""
    head = HEAD.replace("/engine.io/", PATH)
    connection, data = ask(peer, head.format("GET", "websocket", "", peer.port, UPGRADE).encode())
    while b"0{" not in data or not data.endswith(b"}"):
        data += connection.recv(65536)
    connection.sendall(frame(b"40", 0x81))
    data = b""
    while b'40{"sid"' not in data or not data.endswith(b"}"):
        data += connection.recv(65536)
    return connection


def polling(peer: Peer, size: int, clients: int, times: int) -> None:
    """Each client: a POST, its response, a GET with the echo; the next."""
    head = HEAD.replace("/engine.io/", PATH)
    body = b'42["echo","' + b"x" * size + b'"]'

    def post(sid: str, text: bytes) -> bytes:
        fields = f"Content-type: text/plain;charset=UTF-8\r\nContent-Length: {len(text)}\r\n"
        return head.format("POST", "polling", f"&sid={sid}", peer.port, fields).encode() + text

    waiting = []
    for _ in range(clients):
        connection, data = ask(peer, head.format("GET", "polling", "", peer.port, "").encode())
        while b"0{" not in data:
            data += connection.recv(65536)
        sid = json.loads(data[data.index(b"0{") + 1 :])["sid"]
        get = head.format("GET", "polling", f"&sid={sid}", peer.port, "").encode()
        connection.sendall(post(sid, b"40"))
        connection.recv(65536)
        connection.sendall(get)
        while b'40{"sid"' not in (data := connection.recv(65536)):
            assert data
        waiting.append((connection, post(sid, body), get))
    for connection, sent, _ in waiting:
        connection.sendall(sent)
    for turn in range(times // clients):
        for connection, _, get in waiting:
            assert connection.recv(65536).startswith(b"HTTP/1.1 200")
            connection.sendall(get)
        for connection, sent, _ in waiting:
            data = connection.recv(65536)
            while body not in data:
                more = connection.recv(65536)
                assert more, data
                data += more
            if turn < times // clients - 1:
                connection.sendall(sent)
    for connection, _, _ in waiting:
        connection.close()


def broadcast(peer: Peer, size: int, clients: int) -> float:
    """µs of CPU for each delivery; one broadcast after the other has come everywhere."""
    text = b'"' + b"x" * size + b'"]'
    sent, due = frame(b'42["all",' + text, 0x81), length(b'42["echo",' + text)
    opened = [open_websocket(peer) for _ in range(clients)]
    before, times = peer.cpu(), BROADCASTS[size]
    for _ in range(times):
        opened[0].sendall(sent)
        for connection in opened:
            left = due
            while left:
                came = len(connection.recv(left))
                assert came
                left -= came
    used = peer.cpu() - before
    for connection in opened:
        connection.close()
    return used / (times * clients) * 1e6


def measure(peer: Peer, scenario: str) -> float:
    """µs of CPU for each message or connect; KiB for each client."""
    kind, *numbers = scenario.split(":")
    if kind == "memory":
        before = peer.memory()
        kept = [open_websocket(peer) for _ in range(IDLE)]
        each = (peer.memory() - before) / IDLE
        for connection in kept:
            connection.close()
        return each
    if kind == "connects":
        before = peer.cpu()
        for _ in range(CONNECTS // 20):
            for connection in [open_websocket(peer) for _ in range(20)]:
                connection.close()
        return (peer.cpu() - before) / CONNECTS * 1e6
    sizes = [int(number) for number in numbers]
    if kind == "polling":
        before = peer.cpu()
        polling(peer, *sizes, POLLED)
        return (peer.cpu() - before) / POLLED * 1e6
    if kind == "broadcast":
        return broadcast(peer, *sizes)
    size, clients, depth = sizes
    times = MESSAGES[numbers[0]] // depth
    text = b'"' + b"x" * size + b'"]'
    sent, due = b'42["echo",' + text, b'42["echo",' + text
    if kind == "ack":
        sent, due = b'421["ask",' + text, b"431[" + text
    opened = [open_websocket(peer) for _ in range(clients)]
    before = peer.cpu()
    exchange(opened, frame(sent, 0x81) * depth, length(due) * depth, times)
    return (peer.cpu() - before) / (times * depth) * 1e6


def main(rounds: int = 7, *scenarios: str) -> None:
    servers = [name for name in os.environ.get("SERVERS", " ".join(SERVERS)).split() if there(name)]
    for scenario in scenarios or SCENARIOS:
        results: dict[str, list[float]] = {name: [] for name in servers}
        once = scenario == "memory"
        peers = {} if once else {name: Peer(command(name)) for name in servers}
        for round_ in range(1 if once else rounds + 1):
            for name in servers:
                peer = peers.get(name) or Peer(command(name))
                value = measure(peer, scenario)
                if round_ or once:  # the first one warms
                    results[name].append(value)
                if once:
                    peer.end()
        for peer in peers.values():
            peer.end()
        medians = {name: statistics.median(values) for name, values in results.items()}
        unit = "KiB" if once else "µs"
        shown = "  ".join(
            f"{name} {value:.1f} {unit} ({value / medians['ours']:.2f})"
            for name, value in medians.items()
        )
        print(f"{scenario:>16}  {shown}", flush=True)


def serve(name: str) -> None:
    """Run one of the servers in Python until it is ended."""
    run = serve_python_socketio if name == "python-socketio" else serve_ours
    if name == "ours-plain":
        sys.modules["orjson"] = None  # type: ignore[assignment]
        sys.modules["websockets.speedups"] = None  # type: ignore[assignment]
        asyncio.run(run(name))
    else:
        import uvloop

        uvloop.run(run(name))


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        with contextlib.suppress(KeyboardInterrupt):
            serve(sys.argv[2])
    else:
        numbers = [int(word) for word in sys.argv[1:2]]
        main(*numbers, *sys.argv[2:])
