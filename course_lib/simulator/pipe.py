"""One end of a simulated connection: an asyncio transport over two links.

Builds on: `send_buffer`.  Used by: `connection`, which makes them in pairs.

    protocol                                                          protocol
       | write                                                            ^ data_received
       v                                                                  |
    [send_buffer] --> Link, sending  ~~~~~~~~~~~~~~~~~~~~~~  Link, receiving --> [inbox]
                                one and the same object                 kept while paused

New here: what asyncio demands of a transport.  Back-pressure reaches the writer: a reader that
pauses leaves its inbox full, so the link stays full, so the other end's backlog grows, so its
writer is paused.  Half-close, `abort` (RST), data sent to an end that is gone (answered by RST)
and cuts behave as on a TCP socket.  An empty packet is a step of the handshake.
Left out: urgent data, and TCP's own time-outs (a silent peer is silent for ever).
"""

from __future__ import annotations

import asyncio
import errno
from asyncio import constants, protocols
from collections import deque
from collections.abc import Callable

from . import names, send_buffer
from .link import Cut, Link

Watcher = Callable[[float, int, str, bytes | Cut], None]


class Pipe(asyncio.Transport):
    """One end.  `peer` is the other; both are made by `Connection`."""

    _start_tls_compatible = True
    _sendfile_compatible = constants._SendfileMode.FALLBACK

    peer: Pipe

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        number: int,
        sending: Link,
        receiving: Link,
        local: names.Address,
        remote: names.Address,
    ) -> None:
        sock = names.SimulatedSocket(local, remote)
        sock.unacknowledged = lambda: sending.in_flight
        super().__init__({"sockname": local, "peername": remote, "socket": sock})
        self.send_buffer = send_buffer.SendBuffer(loop, sending)
        self.is_lost = False
        self.on_handshake: Callable[[], None] = lambda: None
        self.on_refused: Callable[[], None] = lambda: None
        self.on_lost: Callable[[], None] = lambda: None
        self.watchers: list[Watcher] = []
        self.label = (0, "")  # for the watchers: the connection and the direction
        self._loop = loop
        self._number = number
        self._receiving = receiving
        self._protocol: asyncio.BaseProtocol | None = None
        self._inbox: deque[bytes | Cut] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._held = False
        self._closing = self._eof_sent = False

    def __hash__(self) -> int:
        """The same in every run, so that a set of transports has the same order in every run."""
        return self._number

    def __repr__(self) -> str:
        ends = (self.get_extra_info(name) for name in ("sockname", "peername"))
        return f"<Pipe {self._number} {' -> '.join(f'{host}:{port}' for host, port in ends)}>"

    # --- what a protocol calls

    def start(self, protocol: asyncio.BaseProtocol) -> None:
        """Give this end its protocol; what has arrived meanwhile follows `connection_made`."""
        self.set_protocol(protocol)
        self._held = False
        protocol.connection_made(self)
        self._loop.call_soon(self._deliver)

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self._protocol = protocol

    def get_protocol(self) -> asyncio.BaseProtocol:
        return self._protocol  # type: ignore[return-value]  # None once it is lost, as in asyncio

    def is_closing(self) -> bool:
        return self._closing

    def is_reading(self) -> bool:
        return not self._held and not self._closing

    def pause_reading(self) -> None:
        if not self._closing:
            self._held = True

    def resume_reading(self) -> None:
        if self._held:
            self._held = False
            self._loop.call_soon(self._deliver)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if not isinstance(data, bytes | bytearray | memoryview):
            raise TypeError(f"data is bytes, bytearray or memoryview, not {type(data).__name__}")
        if self._eof_sent:
            raise RuntimeError("write() after write_eof()")
        if data and self._held and Cut.RST in self._inbox:
            # A paused reader has not seen the reset; as on a socket, the write reports it.
            self._break(ConnectionResetError(errno.ECONNRESET, "Connection reset by peer"))
        elif data and not self._closing:
            self.send_buffer.write(bytes(data), self._protocol)

    def get_write_buffer_size(self) -> int:
        """Bytes that the link has no room for yet (those in it are the system's, not ours)."""
        return self.send_buffer.size

    def get_write_buffer_limits(self) -> tuple[int, int]:
        return self.send_buffer.limits

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        self.send_buffer.set_limits(high, low, self._protocol)

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        if not self._closing and not self._eof_sent:
            self._eof_sent = True
            self.flush()

    def close(self) -> None:
        if not self._closing:
            self._closing = True
            self.flush()

    def abort(self) -> None:
        if not self.is_lost:
            self._force_close(None)

    def flush(self) -> None:
        """Send what there is room for; after all of it, do a pending half-close or close."""
        if self.is_lost:
            return
        self.send_buffer.flush(self._protocol)
        if self.send_buffer.size:
            return
        if self._eof_sent or self._closing:
            self.send_buffer.cut(Cut.FIN)
        if self._closing:
            self._loop.call_soon(self._lose, None)

    def expect(self) -> None:
        """Set a timer for the next arrival, unless the inbox still holds something."""
        if self._timer is not None or self._inbox:
            return
        if (deadline := self._receiving.next_deadline()) is not None:
            self._timer = self._loop.call_at(deadline, self._arrive)

    def reconsider(self) -> None:
        """The conditions changed: compute anew when the next packet arrives."""
        if self._timer is not None:
            self._timer.cancel()
        self._arrive()

    def _arrive(self) -> None:
        self._timer = None
        arrived = self._receiving.pop(self._loop.time())
        self._inbox.extend(arrived)
        if arrived and self.peer.send_buffer.size:
            self.peer.flush()
        self._deliver()

    def _deliver(self) -> None:
        inbox = self._inbox
        took_some = False
        while inbox and not (self._held and not self.is_lost):
            if took_some and inbox[0] is Cut.RST:
                # As on a real loop: a task that waits for data gets it before the reset is read.
                self._loop.call_soon(self._deliver)
                return
            self._take(inbox.popleft())
            took_some = True
        self.expect()

    def _take(self, item: bytes | Cut) -> None:
        if item == b"":
            self.on_handshake()
            return
        for watcher in self.watchers:
            watcher(self._loop.time(), *self.label, item)
        if isinstance(item, bytes):
            if not self._closing:
                self._guard("data_received", self._feed, item)
            elif self.is_lost:
                # RFC 9293, 3.10.7.1: "An incoming segment not containing a RST causes a RST to be
                # sent in response."
                self.send_buffer.cut(Cut.RST, drop=True)
        elif item is Cut.RST or (item is Cut.FIN and self._protocol is None):
            # A FIN in place of the handshake's answer is no connection, either.
            self._break(ConnectionResetError(errno.ECONNRESET, "Connection reset by peer"))
        elif item is Cut.FIN and not self._closing:
            self._guard("eof_received", self._feed_eof)

    def _feed(self, data: bytes) -> None:
        if isinstance(self._protocol, asyncio.BufferedProtocol):
            protocols._feed_data_to_buffered_proto(self._protocol, data)  # type: ignore[attr-defined]
        else:
            self._protocol.data_received(data)  # type: ignore[union-attr]

    def _feed_eof(self) -> None:
        if not self._protocol.eof_received():  # type: ignore[union-attr]
            self.close()

    def _guard(self, name: str, call: Callable[..., None], *arguments: bytes) -> None:
        """Call the protocol.  If it raises, report that to the loop, and reset the connection."""
        try:
            call(*arguments)
        except (SystemExit, KeyboardInterrupt):
            raise
        except BaseException as error:
            if not isinstance(error, OSError):  # as on a real loop: OSError is not reported
                message = f"Fatal error: protocol.{name}() call failed."
                context = {"message": message, "exception": error, "protocol": self._protocol}
                self._loop.call_exception_handler({**context, "transport": self})
            self._force_close(error)

    def _force_close(self, error: BaseException | None) -> None:
        """Reset the connection.  (asyncio's TLS calls it by this name.)"""
        self.send_buffer.cut(Cut.RST, drop=True)
        self._break(error)

    def _break(self, error: BaseException | None) -> None:
        self._closing = True
        if self._protocol is None:
            self.on_refused()
        self._loop.call_soon(self._lose, error)

    def _lose(self, error: BaseException | None) -> None:
        if self.is_lost:
            return
        self.is_lost = True
        try:
            if self._protocol is not None:
                self._protocol.connection_lost(error)  # type: ignore[arg-type]
        finally:
            self._protocol = None
            self.on_lost()
            self._deliver()
