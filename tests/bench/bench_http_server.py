"""Requests per second and CPU per request for a small poll, against others in the same run.

    python -m tests.bench.bench_http_server [rounds] [requests]

Each server runs in a process of its own; fifty kept connections ask one question at a time.  The
rounds are interleaved, so that a busy machine disturbs all alike, and the medians are compared.
The CPU is the server's own, as it reports it.  `bare` is an asyncio protocol that answers a
constant to whatever comes: what is below it, no server in Python reaches.  `node` is Node's `http`.
"""

from __future__ import annotations

import asyncio
import contextlib
import statistics
import subprocess
import sys
import time

CONNECTIONS = 50
SERVERS = ("def", "async def", "future", "bare", "node", "aiohttp")
POLL = b"GET /poll?cursor=1 HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: */*\r\n\r\n"
CPU = POLL.replace(b"/poll?cursor=1", b"/cpu")
ANSWER = b'{"cursor":2,"messages":["hello"]}'

NODE = """
const server = require("http").createServer((request, response) => {
  const used = process.cpuUsage();
  const body = request.url === "/cpu" ? String((used.user + used.system) / 1e6)
    : '{"cursor":2,"messages":["hello"]}';
  response.writeHead(200, { "Content-Type": "application/json", "Content-Length": body.length });
  response.end(body);
});
server.keepAliveTimeout = 0;
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
"""


class Bare(asyncio.Protocol):
    """Reads nothing of what it is asked, but for the question about its CPU."""

    def connection_made(self, transport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        body = str(time.process_time()).encode() if data == CPU else ANSWER
        self.transport.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
            % (len(body), body)
        )


async def serve_bare() -> None:
    server = await asyncio.get_running_loop().create_server(Bare, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.Event().wait()


def handlers(box):
    """Three ways to write the same handler for our server."""
    from course_lib.wire.http.http11 import Headers, Response

    kind = Headers({"Content-Type": "application/json"})

    def body(request) -> bytes:
        if request.path == "/cpu":
            return str(time.process_time()).encode()
        assert request.query["cursor"] == "1"
        return ANSWER

    def plain(request):
        return Response(200, kind, body(request))

    async def coroutine(request):
        await box.take(0)
        return Response(200, kind, body(request))

    def future(request):
        answer = asyncio.get_running_loop().create_future()
        answer.set_result(Response(200, kind, body(request)))
        return answer

    return {"def": plain, "async def": coroutine, "future": future}


async def serve_ours(which: str) -> None:
    from course_lib.net import http_server, mailbox

    box = mailbox.Mailbox()
    box.put("hello")
    async with http_server.serve(handlers(box)[which]) as server:
        print(server.port, flush=True)
        await asyncio.Event().wait()


async def serve_aiohttp() -> None:
    from aiohttp import web

    from course_lib.net import mailbox

    box = mailbox.Mailbox()
    box.put("hello")

    async def poll(request: web.Request) -> web.Response:
        await box.take(0)
        assert request.query["cursor"] == "1"
        return web.Response(body=ANSWER, content_type="application/json")

    async def cpu(request: web.Request) -> web.Response:
        return web.Response(text=str(time.process_time()))

    app = web.Application()
    app.router.add_get("/poll", poll)
    app.router.add_get("/cpu", cpu)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()


class Asker(asyncio.Protocol):
    """One kept connection: a question at a time, until the round has had enough."""

    def __init__(self, round_: Round) -> None:
        self.round = round_
        self.buffer = b""

    def connection_made(self, transport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head, found, body = self.buffer.partition(b"\r\n\r\n")
        if not found or len(body) < int(head.lower().split(b"content-length: ")[1].split()[0]):
            return
        self.buffer = b""
        self.round.answered(self, body)


class Round:
    """So many requests over fifty connections that are already open."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.askers: list[Asker] = []
        self.left = self.due = 0
        self.last = b""

    async def connect(self) -> None:
        loop = asyncio.get_running_loop()
        for _ in range(CONNECTIONS):
            _, asker = await loop.create_connection(lambda: Asker(self), "127.0.0.1", self.port)
            self.askers.append(asker)

    def answered(self, asker: Asker, body: bytes) -> None:
        self.last = body
        self.due -= 1
        if self.left:
            self.left -= 1
            self.due += 1
            asker.transport.write(POLL)
        elif not self.due:
            self.done.set_result(None)

    async def ask(self, question: bytes, askers: list[Asker], requests: int) -> None:
        self.done = asyncio.get_running_loop().create_future()
        self.left, self.due = requests - len(askers), len(askers)
        for asker in askers:
            asker.transport.write(question)
        await self.done

    async def cpu(self) -> float:
        await self.ask(CPU, self.askers[:1], 1)
        return float(self.last)

    async def run(self, requests: int) -> tuple[float, float]:
        """(requests per second, microseconds of the server's CPU per request)"""
        cpu, started = await self.cpu(), time.perf_counter()
        await self.ask(POLL, self.askers, requests)
        elapsed = time.perf_counter() - started
        assert self.last == ANSWER
        return requests / elapsed, (await self.cpu() - cpu) / requests * 1e6


def command(name: str) -> list[str]:
    if name == "node":
        return ["node", "-e", NODE]
    return [sys.executable, "-m", "tests.bench.bench_http_server", "serve", name]


async def compare(rounds: int, requests: int) -> dict[str, list[tuple[float, float]]]:
    with contextlib.ExitStack() as stack:
        clients: dict[str, Round] = {}
        for name in SERVERS:
            process = subprocess.Popen(  # noqa: ASYNC220 - before anything is measured
                command(name),
                stdout=subprocess.PIPE,
            )
            stack.callback(process.wait)
            stack.callback(process.terminate)
            assert process.stdout is not None
            stack.callback(process.stdout.close)
            clients[name] = Round(int(process.stdout.readline()))
            await clients[name].connect()
            await clients[name].run(requests // 5)  # warm
        results: dict[str, list[tuple[float, float]]] = {name: [] for name in SERVERS}
        for _ in range(rounds):
            for name, client in clients.items():
                results[name].append(await client.run(requests))
        for client in clients.values():
            for asker in client.askers:
                asker.transport.abort()
        return results


def main(rounds: int = 7, requests: int = 10_000) -> None:
    results = asyncio.run(compare(rounds, requests))
    rate, cpu = (
        {name: statistics.median(run[which] for run in runs) for name, runs in results.items()}
        for which in (0, 1)
    )
    print(f"small poll, {CONNECTIONS} kept connections, median of {rounds} interleaved rounds")
    print(f"{'handler':>12} {'requests/s':>11} {'µs CPU':>8} {'rate':>8} {'CPU':>8}  (aiohttp = 1)")
    for name in SERVERS:
        print(
            f"{name:>12} {rate[name]:11,.0f} {cpu[name]:8.1f}"
            f" {rate[name] / rate['aiohttp']:8.2f} {cpu[name] / cpu['aiohttp']:8.2f}"
        )


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        with contextlib.suppress(KeyboardInterrupt):
            which = sys.argv[2]
            others = {"aiohttp": serve_aiohttp, "bare": serve_bare}
            asyncio.run(others[which]() if which in others else serve_ours(which))
    else:
        main(*map(int, sys.argv[1:]))
