"""A session: what stays while requests, and transports, come and go.         Engine.IO rev. 4

    server.on("connection", connected)

    def connected(session):                  session.id  session.transport.name  session.request
        session.on("message", session.send)
        session.on("close", print)           reason, description

    reason             who ended it
    forced close       this server: `close()`
    transport close    the client left, or its WebSocket was closed
    transport error    the client broke a rule of HTTP, WebSocket or polling
    parse error        the client sent something that is no packet
    ping timeout       the client did not answer

Lesson 07.  Builds on: `handlers`, `polling`, `websocket`.  Used by: `server`, `probe`.
New here: HTTP forgets; the id that a client sends with each request makes a session of them.
Left out: what to do when a session is over; the layer above begins a new one.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import TYPE_CHECKING

from ..errors import ConnectionClosed, LocalError
from ..wire.engineio import packet
from ..wire.engineio.packet import Packet, Type
from ..wire.http.http11 import Request
from .handlers import Emitter
from .polling import Polling
from .prepared import Prepared
from .transport import Encoded, Transport
from .websocket import WebSocket

if TYPE_CHECKING:
    from .probe import Probe
    from .server import Server

OPEN, CLOSING, CLOSED = "open", "closing", "closed"
MAX_QUEUED = 10_000  # packets that wait for a poll


class Session(Emitter):
    """One client.  `request` is the one that opened the session."""

    EVENTS = ("message", "close", "drain", "heartbeat", "upgrading", "upgrade")
    __slots__ = (
        "_drain", "_flush_planned", "_queue", "_queued", "id", "probe", "receiver", "request",
        "secure", "server", "state", "transport",
    )  # fmt: skip

    transport: Transport

    def __init__(self, id: str, server: Server, request: Request, *, secure: bool = False) -> None:
        super().__init__(server.runner)
        self.id = id
        self.server = server
        self.request = request
        self.secure = secure  # the request came by TLS
        self.state = OPEN
        # The layer above, which takes each message in place of the handlers of "message".
        self.receiver: Callable[[str | bytes], object] | None = None
        self.probe: Probe | None = None  # the WebSocket that may become the transport
        self._queue: list[Encoded] = []
        self._queued = 0  # bytes in it
        self._flush_planned = False
        self._drain: asyncio.Future[None] | None = None

    @property
    def over(self) -> bool:
        """Whether packets of the client count no more: the session is closing, or closed."""
        return self.state != OPEN

    # Out.

    def send(self, data: str | bytes, *, compress: bool = True) -> None:
        """Send a message.  It does not wait: see `buffered` and `drain`.

        ConnectionClosed after the end, and when the client reads too slowly (`max_unsent`).
        """
        if isinstance(data, str):
            self.put("4" + data, compress)
        elif isinstance(data, bytes | bytearray | memoryview):
            self.put(bytes(data), compress)
        else:
            raise LocalError(f"a message is str or bytes, not {type(data).__name__}")

    def put(self, encoded: Encoded, compress: bool = True) -> None:
        """Send an encoded packet, or queue it.  `compress`: on WebSocket, if it was agreed."""
        if self.state != OPEN:
            raise ConnectionClosed(f"this session is {self.state}")
        transport = self.transport
        if type(transport) is WebSocket and not self._queue:
            if transport.base64 and not isinstance(encoded, str):
                encoded = packet.base64(encoded)
            transport.link.send_nowait(encoded, compress=compress)
            return
        self._enqueue(encoded)
        if transport.writable and not self._flush_planned:
            self._flush_planned = True
            self.server.loop.call_soon(self._flush_now)

    def put_prepared(self, message: Prepared) -> None:
        """Send a message that many sessions get; a WebSocket is given its frame."""
        transport = self.transport
        if (
            type(transport) is WebSocket
            and transport.send_frame is not None
            and self.state == OPEN
            and not self._queue
        ):
            transport.send_frame(message.frame)
        else:
            self.put(message.packet)

    def ping(self) -> None:
        """Send a ping; the server counts the time until its pong.

        Called by the timer of all sessions: one that reads too slowly must not stop it.
        """
        if self.state == OPEN:
            with contextlib.suppress(ConnectionClosed):  # it has just ended
                self.put(str(Type.PING))

    def _enqueue(self, encoded: Encoded) -> None:
        size = packet.size_in_payload(encoded)
        if self._queued > self.server.options.max_unsent or len(self._queue) >= MAX_QUEUED:
            self.end("transport error", "the client reads too slowly")
            raise ConnectionClosed("the client reads too slowly")
        self._queue.append(encoded)
        self._queued += size

    def _flush_now(self) -> None:
        self._flush_planned = False
        self.flush()

    def flush(self) -> None:
        """Give the queue to the transport, if it can take it."""
        if self._queue and self.state != CLOSED and self.transport.writable:
            with contextlib.suppress(ConnectionClosed):  # its WebSocket has just ended
                self.transport.send(self._take_queue())
            self.drained()

    def waiting(self) -> list[Encoded]:
        """Take what a poll that has just come can have at once; nothing while we are closing."""
        if not self._queue or self.state != OPEN:
            return []
        queue = self._take_queue()
        self.drained()
        return queue

    def _take_queue(self) -> list[Encoded]:
        queue, self._queue, self._queued = self._queue, [], 0
        return queue

    def drained(self) -> None:
        """The transport has taken what there was."""
        if self._drain is not None and not self._drain.done():
            self._drain.set_result(None)
        self.emit("drain")

    @property
    def writable(self) -> bool:
        """Whether what is sent now leaves at once: nothing waits before it."""
        if self._queue or self.state != OPEN:
            return False
        return not self._paused() if type(self.transport) is WebSocket else self.transport.writable

    @property
    def congested(self) -> bool:
        """Whether the client takes less than is sent.  "drain" tells the end of it."""
        if type(self.transport) is WebSocket:
            return self._paused()
        return self._queued > self.server.options.max_unsent // 2

    @property
    def buffered(self) -> int:
        """Bytes that were sent and that the client has not taken yet."""
        return self._queued + self.transport.buffered

    async def drain(self) -> None:
        """Wait until the client has taken enough.  ConnectionClosed at the end of the session.

        On polling: until a poll has taken the queue.  On WebSocket: until the system takes more.
        """
        while True:
            if self.state == CLOSED:
                raise ConnectionClosed("this session is closed")
            if not (self._queue or (type(self.transport) is WebSocket and self._paused())):
                return
            if self._drain is None or self._drain.done():
                self._drain = self.server.loop.create_future()
            await asyncio.shield(self._drain)

    def _paused(self) -> bool:
        assert isinstance(self.transport, WebSocket)
        return self.transport.link.writing_paused

    # In: the transport calls these.

    def message(self, data: str | bytes) -> None:
        """A message came."""
        if self.state != OPEN:
            return
        beats = self.server.heartbeats
        if self in beats.unanswered:
            beats.heard(self, self.server.loop.time())
        if self.receiver is not None:
            self.receiver(data)
            return
        for handler in self._handlers.get("message", ()):
            self.runner.run(handler, (data,))

    def control(self, one: Packet) -> None:
        """Another packet came.  Those that mean nothing here are dropped, as in the reference."""
        if self.state != OPEN:
            return
        beats, now = self.server.heartbeats, self.server.loop.time()
        if one.type is Type.PING:
            self.end("transport error", "invalid heartbeat direction")
        elif one.type is Type.PONG:
            beats.pong(self, now)
            self.server.watch()
            self.emit("heartbeat")
        else:
            beats.heard(self, now)

    def polled(self) -> None:
        """A GET waits now."""
        if self.state == CLOSING:
            self.transport.close(self._take_queue() or [Type.NOOP])
            self.end("forced close")
            return
        self.flush()
        if self.probe is not None:
            self.probe.polled()

    # The other transport, and the end.

    def change(self, transport: WebSocket) -> None:
        """The client has upgraded: from here on packets travel by WebSocket."""
        before, self.transport, self.probe = self.transport, transport, None
        assert isinstance(before, Polling)
        before.release()
        self.emit("upgrade", transport)
        if self.state == CLOSING:
            transport.close(self._take_queue())
            self.end("forced close")
        else:
            self.flush()

    def close(self, *, discard: bool = False) -> None:
        """End the session after what was sent has gone out; with `discard`, at once.

        On polling with no GET waiting, the next one takes the rest, within `close_timeout`.
        """
        if discard:
            self.end("forced close")
        elif self.state == OPEN:
            self.state = CLOSING
            if self.transport.close(self._queue):
                self._take_queue()
                self.end("forced close")
            else:
                self.server.closing(self)

    def end(self, reason: str, description: object = "") -> None:
        """The session is over, for this reason.  A second call changes nothing."""
        if self.state == CLOSED:
            return
        self.state = CLOSED
        self.server.forget(self)
        self._take_queue()
        self.transport.end()
        if self.probe is not None:
            self.probe.fail()
        if self._drain is not None and not self._drain.done():
            self._drain.set_result(None)
        self.emit("close", reason, description)
        self._handlers = {}  # a handler may hold the session: break the circle

    def __repr__(self) -> str:
        return f"<engineio.Session {self.id} {self.transport.name} {self.state}>"
