"""A peer that writes bytes by hand, and a server's inside as tests may see it."""

from __future__ import annotations

import contextlib
import os
import socket
import struct
from collections.abc import AsyncIterator

from course_lib.net import listening, stream


@contextlib.asynccontextmanager
async def peer(server: listening.BaseServer) -> AsyncIterator[stream.Stream]:
    """A connection to the server, aborted at the end."""
    connection = await stream.connect(server.host, server.port, limit=1 << 24)
    try:
        yield connection
    finally:
        connection.abort()


async def answer(connection: stream.Stream) -> bytes:
    """The bytes of one response with a Content-Length."""
    head = await connection.read_until(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    return head + await connection.read_exactly(length)


async def rest(connection: stream.Stream) -> bytes:
    """Everything until the server ends the connection."""
    data = b""
    while more := await connection.read():
        data += more
    return data


async def exchange(server: listening.BaseServer, request: bytes) -> bytes:
    """Send these bytes; return all that comes until the server closes."""
    async with peer(server) as connection:
        connection.write(request)
        return await rest(connection)


def status(response: bytes) -> int:
    """The status of the first response."""
    assert response.startswith(b"HTTP/1.1 "), response
    return int(response[9:12])


def reset(connection: stream.Stream) -> None:
    """End with a TCP reset instead of FIN."""
    raw = connection._transport.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.abort()


def descriptors() -> int:
    """How many file descriptors this process has open."""
    for folder in ("/proc/self/fd", "/dev/fd"):
        with contextlib.suppress(OSError):
            return len(os.listdir(folder))
    return 0  # Windows: not counted
