"""Clients behind an HTTP proxy: absolute targets for http, a tunnel for everything else."""

from __future__ import annotations

import asyncio
import ssl

import pytest

from course_lib.engineio import Client, Server
from course_lib.errors import ConnectionClosed, RemoteError
from course_lib.net import http_client, http_server, stream, ws
from course_lib.wire.http.http11 import Response


class Proxy:
    """An HTTP proxy that passes on whole requests, and opens tunnels; it remembers both."""

    def __init__(self, refuse: bytes = b"") -> None:
        self.seen: list[str] = []
        self.lines: list[bytes] = []
        self.refuse = refuse
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: list[asyncio.StreamWriter] = []

    async def __aenter__(self) -> Proxy:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        self.url = f"http://me:secret@127.0.0.1:{self.port}"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._writers.append(writer)
        task.add_done_callback(self._tasks.discard)
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            self.lines += head.split(b"\r\n")
            method, target, _ = head.split(b"\r\n")[0].decode().split(" ")
            self.seen.append(f"{method} {target}")
            if self.refuse:
                writer.write(self.refuse)
                await writer.drain()
                return
            where = target if method == "CONNECT" else target.split("/")[2]
            host, _, port = where.rpartition(":")
            there, out = await asyncio.open_connection(host, int(port))
            self._writers.append(out)
            if method == "CONNECT":
                writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            else:
                out.write(head)
            await asyncio.gather(_copy(reader, out), _copy(there, writer))
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    finally:
        writer.close()


async def test_a_plain_request_names_its_whole_target() -> None:
    """RFC 9112 §3.2.2: absolute-form; and the proxy's own credentials go to the proxy."""
    async with (
        http_server.serve(lambda request: Response(200, body=request.target.encode())) as server,
        Proxy() as proxy,
        http_client.Client(proxy=proxy.url) as client,
    ):
        answer = await client.get(f"{server.url}/poll?x=1")
        assert (answer.status, proxy.seen) == (200, [f"GET {server.url}/poll?x=1"])
        assert b"Proxy-Authorization: Basic bWU6c2VjcmV0" in proxy.lines


async def test_tls_goes_through_a_tunnel(tls: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    """The proxy sees a host and a port, and bytes."""
    there, here = tls
    async with (
        http_server.serve(lambda _: Response(200, body=b"hi"), ssl=there) as server,
        Proxy() as proxy,
        http_client.Client(proxy=proxy.url, ssl=here) as client,
    ):
        assert (await client.get(f"{server.url}/secret")).body == b"hi"
        assert proxy.seen == [f"CONNECT 127.0.0.1:{server.port}"]


@pytest.mark.parametrize("encrypted", [False, True])
async def test_a_session_begins_and_upgrades_through_a_proxy(
    encrypted: bool, tls: tuple[ssl.SSLContext, ssl.SSLContext]
) -> None:
    """Polling and WebSocket, with and without TLS."""
    there, here = tls if encrypted else (None, None)
    server = Server()
    server.on("connection", lambda session: session.on("message", session.send))
    heard, upgraded = asyncio.Queue[str](), asyncio.Event()
    async with server.listen(ssl=there) as address, Proxy() as proxy:
        client = Client(address.url, proxy=proxy.url, ssl=here)
        client.on("message", heard.put_nowait)
        client.on("upgrade", lambda _: upgraded.set())
        async with client:
            client.send("one")
            assert await heard.get() == "one"
            await upgraded.wait()
            client.send("two")
            assert await heard.get() == "two"
        assert f"CONNECT 127.0.0.1:{address.port}" in proxy.seen


@pytest.mark.parametrize(
    ("answer", "error", "code"),
    [
        (b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", RemoteError, 407),
        (b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 2\r\n\r\nno", RemoteError, 502),
        (b"HTTP/1.1 200 OK\r\n\r\nhello", RemoteError, 502),
        (b"SSH-2.0-OpenSSH_9\r\n\r\n", RemoteError, 400),
        (b"HTTP/1.1 200 OK\r\n" + b"x" * 9000, RemoteError, 431),
        (b"HTTP", ConnectionClosed, 0),
    ],
)
async def test_a_proxy_that_refuses_is_named(
    answer: bytes, error: type[Exception], code: int
) -> None:
    """And nothing is left."""
    async with Proxy(answer) as proxy:
        with pytest.raises(error, match=r"proxy|status line|line over") as raised:
            await ws.dial("ws://127.0.0.1:9/", print, proxy=proxy.url)
        assert raised.value.code == code  # type: ignore[attr-defined]


async def test_a_cancelled_tunnel_leaves_nothing() -> None:
    """The proxy never answers."""
    asked = asyncio.Event()

    async def silent(connection: stream.Stream) -> None:
        asked.set()
        await connection.read()
        await connection.read()

    async with stream.serve(silent, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.port}"
        task = asyncio.create_task(ws.dial("ws://127.0.0.1:9/", print, proxy=url).open())
        await asked.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
