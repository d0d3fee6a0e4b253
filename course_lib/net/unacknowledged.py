"""How much of what we wrote has not reached the peer's system.

    transport.write ──> [asyncio's buffer] ──> [the system's buffer] ──> network ──> acknowledged
                         get_write_buffer_size   this module

Lesson 01.  Builds on: nothing.  Used by: net.http_serving, net.http_client, net.ws_link.
New here: the system's buffer holds up to 4 MB on Linux, and what is written last stands at its end.
While it gets shorter the peer is there, although it has not read our question yet.
Left out: systems that do not tell (Windows): there the buffer looks empty.
"""

from __future__ import annotations

import asyncio
import socket
import sys
from typing import Any

SO_NWRITE = 0x1024  # macOS

try:
    import fcntl
    import termios
except ImportError:  # Windows
    fcntl = termios = None  # type: ignore[assignment]


def count(transport: asyncio.BaseTransport) -> int:
    """Bytes that the system still holds for the peer; 0 if it does not tell."""
    sock: Any = transport.get_extra_info("socket")
    try:
        if hasattr(sock, "unacknowledged"):  # a simulated one
            return int(sock.unacknowledged())
        if sys.platform == "darwin":
            return int(sock.getsockopt(socket.SOL_SOCKET, SO_NWRITE))
        if fcntl is None or sock is None:
            return 0
        return int.from_bytes(fcntl.ioctl(sock.fileno(), termios.TIOCOUTQ, bytes(4)), sys.byteorder)
    except (OSError, ValueError):  # the socket is closed, and its number is -1
        return 0
