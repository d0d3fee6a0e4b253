"""Names and addresses of the simulated machine, and the sockets that carry them.

Builds on: nothing.  Used by: the rest of `simulator`.

    localhost, ::1, chat.example   ->  127.0.0.1     every name is this machine
    10.0.0.7                       ->  10.0.0.7      so is every address, each with ports of its own
    None, "", 0.0.0.0, ::          ->  0.0.0.0       listen on all of them
    anything.invalid               ->  not found     RFC 6761: `.invalid` is never a name
"""

from __future__ import annotations

import errno
import ipaddress
import socket
from collections.abc import Callable
from typing import Any

Address = tuple[str, int]

ANY = "0.0.0.0"  # the address, not a call to bind a real socket
LOOPBACK = "127.0.0.1"


def resolve(host: object) -> str:
    """The address of `host`.  Raises `socket.gaierror` for a name under `.invalid`."""
    name = host.decode("ascii") if isinstance(host, bytes) else str(host or "")
    if name in ("", ANY, "::"):
        return ANY
    if name.rstrip(".").endswith(".invalid"):
        raise socket.gaierror(socket.EAI_NONAME, f"Name or service not known: {name}")
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return LOOPBACK
    return str(address) if address.version == 4 else LOOPBACK


class SimulatedSocket:
    """Enough of a socket for code that asks a transport for one.  Options are remembered."""

    family = socket.AF_INET
    type = socket.SOCK_STREAM
    proto = socket.IPPROTO_TCP

    def __init__(self, local: Address, remote: Address | None = None) -> None:
        self._local, self._remote = local, remote
        self._options: dict[tuple[int, int], Any] = {}
        self.unacknowledged: Callable[[], int] = lambda: 0  # bytes under way to the peer

    def getsockname(self) -> Address:
        """Where this end is."""
        return self._local

    def getpeername(self) -> Address:
        """Where the other end is; `OSError` on a socket that listens."""
        if self._remote is None:
            raise OSError(errno.ENOTCONN, "this socket listens, it has no peer")
        return self._remote

    def setsockopt(self, level: int, option: int, value: Any, *_: Any) -> None:
        """Remember an option.  None of them changes anything here."""
        self._options[level, option] = value

    def getsockopt(self, level: int, option: int, *_: Any) -> Any:
        """What was set, else 0."""
        return self._options.get((level, option), 0)

    def fileno(self) -> int:
        """-1: it has no file descriptor."""
        return -1

    def close(self) -> None:
        """Nothing to close: the transport or the server does that."""
