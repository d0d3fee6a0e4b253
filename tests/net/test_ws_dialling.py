"""A client's handshake: a mistake of ours is met at once, and a refusal keeps its status."""

from __future__ import annotations

import asyncio

import pytest

from course_lib.errors import LocalError, RemoteError
from course_lib.lab import clock
from course_lib.net import ws

HEAD = b"HTTP/1.1 403 Forbidden\r\n"
ANSWERS = {
    "a large page": HEAD + b"Content-Length: 100000\r\n\r\n" + bytes(100_000),
    "two gigabytes": HEAD + b"Content-Length: 2000000000\r\n\r\n" + bytes(100_000),
    "a body that never comes": HEAD + b"Content-Length: 10\r\n\r\n",
    "no length, and kept open": HEAD + b"\r\nno",
    "chunks that do not end": HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\nno\r\n",
    "a bad chunk": HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\nno\r\n|x",
    "cut off": HEAD + b"Content-Length: 10\r\n\r\nno|",
}


@pytest.mark.parametrize("options", [
    {"headers": {"X-Name": "한글"}}, {"headers": {"X": "a\r\nY: b"}}, {"headers": {"X Y": "a"}},
    {"headers": {"X": 5}}, {"headers": {b"X": b"a"}}, {"origin": "a\nb"},
])  # fmt: skip
async def test_a_header_that_cannot_be_sent_is_our_mistake_at_the_call(
    options: dict[str, object],
) -> None:
    """Not inside a callback of asyncio's, where nobody would meet it for 10 s."""
    with pytest.raises(LocalError):
        ws.connect("ws://127.0.0.1:1/", **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("answer", list(ANSWERS.values()), ids=list(ANSWERS))
def test_a_refusal_keeps_its_status_whatever_its_body_does(answer: bytes) -> None:
    """Large, slow, without an end, broken: the head is here, and says it all."""

    async def main() -> tuple[int, float]:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            first, bar, then = answer.partition(b"|")
            writer.write(first)
            await asyncio.sleep(0.2)
            writer.write(then)
            if not bar or then:
                await asyncio.sleep(60)
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        began = asyncio.get_running_loop().time()
        with pytest.raises(RemoteError, match="403 Forbidden") as refused:
            await ws.connect(f"ws://127.0.0.1:{port}", connect_timeout=10.0)
        server.close()
        return refused.value.code, asyncio.get_running_loop().time() - began

    code, took = clock.simulate(main, strict=False)
    assert (code, took < 2) == (403, True)


async def test_what_the_caller_gets_wrong_is_a_local_error() -> None:
    """And nothing of it is noted: the next ping is the first."""

    async def echo(connection: ws.Connection) -> None:
        async for message in connection:
            await connection.send(message)

    async with ws.serve(echo) as server, ws.connect(server.url) as connection:
        for payload in (bytes(126), "hey", 5, [1]):
            with pytest.raises(LocalError):
                await connection.ping(payload)  # type: ignore[arg-type]
        with pytest.raises(LocalError):
            await connection.close(1000, b"bytes")  # type: ignore[arg-type]
        assert (len(connection.wire.pings._sent), connection.wire.pings.number) == (0, 0)
        assert await connection.ping(bytearray(b"here")) >= 0
