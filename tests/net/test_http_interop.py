"""Other people's clients against our server, our client against other people's servers."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import shutil
import subprocess
import threading
from collections.abc import AsyncIterator

import pytest

from course_lib.net import http_server
from course_lib.net.http_client import Client
from course_lib.net.http_server import StreamedResponse
from course_lib.wire.http.http11 import Headers, Request, Response
from tests.net.waiting import until

aiohttp = pytest.importorskip("aiohttp")
uvicorn = pytest.importorskip("uvicorn")


async def pieces():
    for piece in (b"one ", b"two ", b"three"):
        await asyncio.sleep(0)
        yield piece


async def handler(request: Request) -> Response | StreamedResponse:
    if request.path == "/stream":
        return StreamedResponse(200, Headers({"Content-Type": "text/plain"}), pieces())
    if request.path == "/empty":
        return Response(204)
    return Response(
        200,
        Headers({"X-Method": request.method, "Content-Type": "text/plain; charset=utf-8"}),
        request.query.get("text", "").encode() + request.body,
    )


async def test_aiohttps_client_against_our_server():
    """Kept connections, a stream, chunked uploads, HEAD, fifty at once."""
    async with http_server.serve(handler) as server, aiohttp.ClientSession(server.url) as session:
        async with session.get("/?text=%ED%95%9C") as response:
            assert (response.status, await response.text()) == (200, "한")
        async with session.get("/stream") as response:
            assert await response.text() == "one two three"
        async with session.post("/", data=pieces()) as response:
            assert await response.text() == "one two three"
        async with session.head("/?text=hello") as response:
            assert response.headers["Content-Length"] == "5"
        async with session.get("/empty") as response:
            assert response.status == 204
        assert len(server.connections) == 1

        async def ask(number: int) -> str:
            async with session.post("/", data=str(number)) as response:
                return await response.text()

        answers = await asyncio.gather(*(ask(number) for number in range(50)))
        assert answers == [str(number) for number in range(50)]


async def test_the_standard_librarys_client_against_our_server():
    """Blocking, in a thread: three requests on one connection, the last one chunked."""

    def talk(port: int) -> list[object]:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        seen: list[object] = []
        for method, target, body in (
            ("GET", "/?text=hello", None),
            ("POST", "/", "안녕".encode()),
            ("GET", "/stream", None),
            ("POST", "/", iter([b"a", b"b"])),
        ):
            connection.request(method, target, body, encode_chunked=False)
            response = connection.getresponse()
            seen.append((response.status, response.read().decode()))
        connection.close()
        return seen

    async with http_server.serve(handler) as server:
        seen = await asyncio.to_thread(talk, server.port)
    assert seen == [(200, "hello"), (200, "안녕"), (200, "one two three"), (200, "ab")]


async def test_the_standard_librarys_client_reads_a_refusal_of_what_it_still_sends():
    """It sends 3 MB before it looks for an answer, and finds 413."""

    def talk(port: int) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request("POST", "/", b"x" * 3_000_000)
        status = connection.getresponse().status
        connection.close()
        return status

    async with http_server.serve(handler) as server:
        assert await asyncio.to_thread(talk, server.port) == 413


NODE = r"""
const http = require("http");
const base = process.argv[1];
async function main() {
  const seen = [];
  seen.push(await (await fetch(base + "/?text=" + encodeURIComponent("한"))).text());
  seen.push(await (await fetch(base + "/", {method: "POST", body: "안녕"})).text());
  seen.push(await (await fetch(base + "/stream")).text());
  seen.push((await fetch(base + "/empty")).status);
  const agent = new http.Agent({keepAlive: true, maxSockets: 1});
  const ports = new Set();
  for (let i = 0; i < 3; i++) {
    seen.push(await new Promise((resolve, reject) => {
      const request = http.request(base + "/", {agent, method: "POST"}, (response) => {
        let text = "";
        response.on("data", (chunk) => { text += chunk; });
        response.on("end", () => resolve(text));
      });
      request.on("socket", (socket) => socket.on("connect", () => ports.add(socket.localPort)));
      request.on("error", reject);
      request.write("chunk ");
      request.end(String(i));
    }));
  }
  agent.destroy();
  console.log(JSON.stringify({seen, connections: ports.size}));
}
main();
"""


async def test_nodes_clients_against_our_server():
    """fetch, and an http.Agent that keeps one connection for three chunked uploads."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed: install Node.js 18 or newer")
    async with http_server.serve(handler) as server:
        process = await asyncio.create_subprocess_exec(
            node, "-e", NODE, server.url, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        output, errors = await process.communicate()
        assert process.returncode == 0, errors.decode()
    assert json.loads(output) == {
        "seen": ["한", "안녕", "one two three", 204, "chunk 0", "chunk 1", "chunk 2"],
        "connections": 1,
    }


async def mirror(request):
    body = await request.read()
    return aiohttp.web.Response(body=body or request.query_string.encode())


async def stream(request):
    response = aiohttp.web.StreamResponse()
    await response.prepare(request)
    async for piece in pieces():
        await response.write(piece)
    await response.write_eof()
    return response


async def move(request):
    return aiohttp.web.Response(status=303, headers={"Location": "/?moved"})


@contextlib.asynccontextmanager
async def aiohttp_server() -> AsyncIterator[str]:
    import aiohttp.web

    app = aiohttp.web.Application()
    app.router.add_get("/stream", stream)
    app.router.add_post("/move", move)
    app.router.add_route("*", "/", mirror)
    runner = aiohttp.web.AppRunner(app)
    await runner.setup()
    site = aiohttp.web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def asgi(scope, receive, send) -> None:
    """The same pages as ASGI."""
    assert scope["type"] == "http"
    body = b""
    while (message := await receive())["type"] == "http.request":
        body += message["body"]
        if not message.get("more_body"):
            break
    status, headers, parts = 200, [], [body or scope["query_string"]]
    if scope["path"] == "/stream":
        parts = [b"one ", b"two ", b"three"]
    elif scope["path"] == "/move":
        status, headers, parts = 303, [(b"location", b"/?moved")], [b""]
    else:
        headers = [(b"content-length", str(len(parts[0])).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    for number, part in enumerate(parts):
        more = number + 1 < len(parts)
        await send({"type": "http.response.body", "body": part, "more_body": more})


@contextlib.asynccontextmanager
async def uvicorn_server() -> AsyncIterator[str]:
    config = uvicorn.Config(asgi, port=0, http="h11", lifespan="off", log_config=None)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        await until(lambda: server.started)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await asyncio.to_thread(thread.join)


@pytest.mark.parametrize("peer", [aiohttp_server, uvicorn_server])
async def test_our_client_against_other_servers(peer):
    """One connection for a dozen requests; streams, uploads, HEAD and a redirect among them."""
    async with peer() as url, Client(redirects=2) as client:
        for number in range(8):
            assert (await client.get(f"{url}/?n={number}")).body == b"n=%d" % number
        assert (await client.get(url + "/stream")).body == b"one two three"
        assert (await client.post(url, "안녕")).text() == "안녕"
        response = await client.request("HEAD", url + "/?hello")
        assert (response.headers["content-length"], response.body) == ("5", b"")
        assert (await client.post(url + "/move", b"x")).body == b"moved"
        assert (client.requests_sent, client.connections_opened) == (13, 1)
