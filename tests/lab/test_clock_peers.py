"""Other people's servers and clients, unmodified, at both ends of a simulated network."""

from __future__ import annotations

import asyncio
import ssl
from typing import Any

import aiohttp
import pytest
import socketio
import trustme
import websockets
from aiohttp import web

from course_lib.lab import clock
from course_lib.simulator.link import Cut

HOUR = 3600.0


def now() -> float:
    """Virtual seconds."""
    return asyncio.get_running_loop().time()


async def start_site(app: web.Application, **options: Any) -> tuple[web.AppRunner, int]:
    """Serve an aiohttp application on a free port."""
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, **options).start()
    return runner, runner.addresses[0][1]


def tls_contexts() -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's context for `chat.example`, and a client's that trusts it."""
    authority = trustme.CA()
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("chat.example").configure_cert(server)
    client = ssl.create_default_context()
    authority.configure_trust(client)
    return server, client


def test_aiohttp_polls_aiohttp_for_an_hour() -> None:
    """One connection, a poll every 5 s, each answer exactly one round trip later."""

    async def main() -> tuple[int, set[float], int]:
        async def hello(request: web.Request) -> web.Response:
            return web.Response(text=f"hello {request.query['name']}")

        app = web.Application()
        app.router.add_get("/", hello)
        runner, port = await start_site(app)
        latencies: set[float] = set()
        count = 0
        async with aiohttp.ClientSession() as session:
            while now() < HOUR:
                asked = now()
                async with session.get(f"http://localhost:{port}/?name=Ada") as answer:
                    assert await answer.text() == "hello Ada"
                latencies.add(round(now() - asked, 9))
                count += 1
                await asyncio.sleep(5)
        await runner.cleanup()
        return count, latencies, clock.network().connections_opened

    count, latencies, connections = clock.simulate(main(), rtt=0.05)
    assert latencies == {0.1, 0.05}  # the first one connects
    assert (count, connections) == (713, 1)


def test_websockets_keeps_a_connection_alive_for_an_hour() -> None:
    """A ping every 20 s from each end, each one answered a round trip later."""

    async def main() -> tuple[int, int, str]:
        async def echo(connection: websockets.ServerConnection) -> None:
            async for message in connection:
                await connection.send(message)

        async with (
            websockets.serve(echo, "127.0.0.1", 0) as server,
            websockets.connect(f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}") as client,
        ):
            before = clock.network().bytes_up, clock.network().bytes_down
            await asyncio.sleep(HOUR + 10)
            after = clock.network().bytes_up, clock.network().bytes_down
            assert client.latency == pytest.approx(0.05)
            await client.send("still here")
            return after[0] - before[0], after[1] - before[1], str(await client.recv())

    up, down, text = clock.simulate(main(), rtt=0.05)
    ping, masked = 2 + 4, 2 + 4 + 4  # head and 4 bytes of payload; and a masking key on the way up
    pings = 3600 // 20
    assert (up, down) == (pings * 2 * masked, pings * 2 * ping)
    assert text == "still here"


def test_websockets_finds_a_silent_peer_by_its_heartbeat() -> None:
    """The cable is out: nobody is told, and 20 s for the ping plus 20 s for its pong go by."""

    async def main() -> tuple[float, int]:
        async def quiet(connection: websockets.ServerConnection) -> None:
            await connection.wait_closed()

        async with websockets.serve(quiet, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            client = await websockets.connect(f"ws://127.0.0.1:{port}", close_timeout=1)
            opened = now()
            clock.network().cut(Cut.SILENCE)
            with pytest.raises(websockets.ConnectionClosedError):
                await client.recv()
            assert client.close_code is not None
            return now() - opened, client.close_code

    seconds, code = clock.simulate(main(), rtt=0.05)
    assert (seconds, code) == (20 + 20 + 1, 1006)  # ping, its pong, the close frame: no answer


@pytest.mark.parametrize("transports", [["polling"], ["websocket"], ["polling", "websocket"]])
def test_socketio_stays_connected_for_an_hour(transports: list[str]) -> None:
    """python-socketio on aiohttp, both ends: 25 s of silence, a ping, a pong, an hour long."""

    async def main() -> tuple[list[Any], int]:
        server = socketio.AsyncServer(async_mode="aiohttp", ping_interval=25, ping_timeout=20)
        app = web.Application()
        server.attach(app)
        pings = 0

        def count_pings(time: float, number: int, direction: str, item: bytes | Cut) -> None:
            nonlocal pings
            in_a_frame, in_a_response = b"\x81\x012", b"\r\n\r\n2"
            if isinstance(item, bytes) and direction == "down":
                pings += item.endswith((in_a_frame, in_a_response))

        clock.network().watch(count_pings)

        @server.event
        async def say(sid: str, text: str) -> str:
            await server.emit("said", text.upper(), to=sid)
            return "ok"

        runner, port = await start_site(app)
        client = socketio.AsyncClient(handle_sigint=False)
        said: list[Any] = []
        client.on("said", said.append)
        await client.connect(f"http://127.0.0.1:{port}", transports=transports)
        await client.sleep(HOUR)
        said.append(await client.call("say", "hello"))
        said.append(client.connected)
        await client.disconnect()
        await server.shutdown()
        await runner.cleanup()
        return said, pings

    said, pings = clock.simulate(main(), rtt=0.05)
    assert sorted(map(str, said)) == ["HELLO", "True", "ok"]
    assert pings == 143


def test_tls_costs_its_round_trips() -> None:
    """TCP takes one round trip, TLS 1.3 one more, and the question and its answer the third."""
    server_tls, client_tls = tls_contexts()

    async def main() -> tuple[str, float, bytes]:
        async def hello(request: web.Request) -> web.Response:
            return web.Response(text=f"hello over {request.scheme}")

        app = web.Application()
        app.router.add_get("/", hello)
        runner, port = await start_site(app, ssl_context=server_tls)
        seen: list[bytes | Cut] = []
        clock.network().watch(lambda _, __, ___, item: seen.append(item))
        async with aiohttp.ClientSession() as session:
            url = f"https://chat.example:{port}/"
            async with session.get(url, ssl=client_tls) as answer:
                text = await answer.text()
            elapsed = now()
        await runner.cleanup()
        return text, elapsed, b"".join(item for item in seen if isinstance(item, bytes))

    text, elapsed, wire = clock.simulate(main(), rtt=0.1)
    assert text == "hello over https"
    assert elapsed == pytest.approx(0.3)
    assert b"hello" not in wire


def test_tls_is_refused_where_the_name_does_not_match() -> None:
    """The certificate is for another name, and both ends survive that."""
    server_tls, client_tls = tls_contexts()

    async def main() -> None:
        server = await asyncio.start_server(lambda _, __: None, "127.0.0.1", 0, ssl=server_tls)
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(ssl.SSLCertVerificationError):
            await asyncio.open_connection("other.example", port, ssl=client_tls)
        server.close()
        await server.wait_closed()

    clock.simulate(main(), rtt=0.1)


def test_start_tls_turns_a_plain_connection_into_a_safe_one() -> None:
    """`StreamWriter.start_tls` at both ends, after a line in the clear."""
    server_tls, client_tls = tls_contexts()

    async def main() -> bytes:
        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            assert await reader.readline() == b"STARTTLS\n"
            writer.write(b"go\n")
            await writer.drain()
            await writer.start_tls(server_tls)
            writer.write(b"secret " + await reader.readline())
            writer.close()

        server = await asyncio.start_server(handle, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        reader, writer = await asyncio.open_connection("chat.example", port)
        writer.write(b"STARTTLS\n")
        assert await reader.readline() == b"go\n"
        await writer.start_tls(client_tls, server_hostname="chat.example")
        writer.write(b"hello\n")
        answer = await reader.read()
        writer.close()
        server.close()
        return answer

    assert clock.simulate(main(), rtt=0.1) == b"secret hello\n"
