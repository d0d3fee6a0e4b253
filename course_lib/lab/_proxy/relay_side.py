"""The socket at one end of a relay: what it reads goes into a link, what it writes comes from one.

Lessons 01 to 06.  Builds on: `simulator.link`.  Used by: `relay`, `lab.proxy`, `_tap.tapped`.

    peer --- transport --- Side --- outward ---> link
                                <-- inward  ---- link

New here: a half-close is passed on as a half-close, a reset as a reset (SO_LINGER 0), and a side
whose peer does not read stops taking from its link.
Left out: the way between the sides (`relay`).
"""

from __future__ import annotations

import asyncio
import socket
import struct
import sys
from contextlib import suppress
from typing import Protocol, cast

from ...simulator.link import Cut, Link

_LINGER_ZERO = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)


class Way(Protocol):
    """One direction of a relay, as its two sides see it."""

    link: Link

    def send(self, data: bytes) -> None: ...
    def cut(self, how: Cut) -> None: ...
    def deliver(self) -> None: ...


class Pair(Protocol):
    """The relay of both sides, as each side sees it."""

    was_cut: bool

    def connected(self, side: Side) -> None: ...
    def side_lost(self) -> None: ...


def reset(transport: asyncio.Transport) -> None:
    """Close the connection with RST in place of FIN, as when a process crashes."""
    sock = transport.get_extra_info("socket")
    if hasattr(sock, "setsockopt"):
        with suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_ZERO)
    transport.abort()


class Side(asyncio.Protocol):
    """The socket at one end: the client's, or the target's."""

    outward: Way  # what this side reads goes there
    inward: Way  # what this side writes comes from there

    def __init__(self, relay: Pair, *, may_read: bool) -> None:
        self.relay = relay
        self.transport: asyncio.Transport | None = None
        self.may_read = may_read
        self.blocked = True  # cannot write: not connected yet, or its buffer is full
        self.lost = False
        self.read_eof = False
        self.wrote_eof = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.blocked = False
        self.relay.connected(self)
        if not self.transport.is_reading():
            # Python 3.11.2 (Debian 12) forgets a pause that comes before its first read.
            asyncio.get_running_loop().call_soon(self._pause_again)

    def _pause_again(self) -> None:
        transport = self.transport
        if transport is not None and not transport.is_closing() and not transport.is_reading():
            transport.resume_reading()
            transport.pause_reading()

    def data_received(self, data: bytes) -> None:
        self.outward.send(data)

    def eof_received(self) -> bool:
        self.read_eof = True
        self.outward.cut(Cut.FIN)
        self._close_when_both_ended()
        return self.outward.link.ended is not Cut.SILENCE  # True: we may still write

    def pause_writing(self) -> None:
        self.blocked = True

    def resume_writing(self) -> None:
        self.blocked = False
        self.inward.deliver()

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost = True
        if exc is not None:
            self.outward.cut(Cut.RST)
        self.inward.deliver()
        self.relay.side_lost()

    def reading(self, wanted: bool) -> None:
        """Read if the link has room (`wanted`), but not before both ends are connected."""
        transport = self.transport
        if transport is None or transport.is_closing() or self.read_eof:
            return
        wanted = wanted and self.may_read
        if wanted != transport.is_reading():
            (transport.resume_reading if wanted else transport.pause_reading)()

    def take(self, item: bytes | Cut) -> None:
        """Write what has come through the link, or end as the link says."""
        transport = self.transport
        if item is Cut.SILENCE or self.lost:
            return
        if transport is None:
            self.lost = isinstance(item, Cut)  # cut while connecting
        elif item is Cut.RST:
            reset(transport)
        elif transport.is_closing() or self.wrote_eof:
            return
        elif item is Cut.FIN:
            self.wrote_eof = True
            if self.relay.was_cut:
                transport.close()
            else:
                transport.write_eof()
                self._close_when_both_ended()
        elif item:
            transport.write(item)

    def _close_when_both_ended(self) -> None:
        if self.read_eof and self.wrote_eof and self.transport is not None:
            self.transport.close()
