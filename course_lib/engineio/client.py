"""An Engine.IO client: one session, on whichever transport works.            Engine.IO rev. 4

    client = Client("http://127.0.0.1:49152")

    @client.on("message")
    def heard(data): ...

    async with client:                      or: await client.connect() ... await client.close()
        client.send("hello")

    reason             why it ended
    forced close       `close()`
    transport close    the server said goodbye, or its WebSocket was closed
    transport error    a request or the WebSocket failed, or the server sent no packet
    ping timeout       the server was silent for interval + timeout

Lesson 07 (the upgrade: lesson 08).  Builds on: `client_polling`, `client_websocket`,
wire.engineio.heartbeat.  Used by: the layer above.
New here: what always works (polling) is used first, and a WebSocket is tried beside it.
Left out: a second life.  A client that has ended stays so; make another one to connect again.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any, ClassVar, Self, Unpack

from ..errors import ConnectionClosed, LocalError, RemoteError
from ..wire.engineio import packet
from ..wire.engineio.heartbeat import OnItsWay, Watch
from ..wire.engineio.packet import Handshake, Packet, Type
from . import client_polling, client_websocket, options
from .address import Address
from .client_options import ClientOptions, Given, asked
from .client_polling import FAILURES, ConnectError
from .cookies import Jar
from .handlers import Emitter, Runner

__all__ = ["Client", "ConnectError"]

NEW, OPENING, OPEN, CLOSING, CLOSED = "new", "opening", "open", "closing", "closed"
PATIENCE = 0.08  # seconds that `close` waits for the goodbye; the rest happens in the background
HANDLERS_PATIENCE = 0.02  # seconds that it then waits for cancelled handlers
AnyTransport = client_polling.Polling | client_websocket.WebSocket


class Client(Emitter):
    """For the keyword arguments see `client_options.ClientOptions`.

    Events: open(); message(str | bytes); ping(); upgrade(transport); upgrade_error(error); drain();
    close(reason, description), once.
    """

    EVENTS = ("open", "message", "ping", "upgrade", "upgrade_error", "drain", "close")
    upgraded_before: ClassVar[bool] = False  # for `remember_upgrade`, in this process

    def __init__(self, url: str, **given: Unpack[Given]) -> None:
        options.check(ClientOptions, given)
        super().__init__(Runner())
        self.url = url
        self.options = ClientOptions(**given)
        self.state = NEW
        self.handshake: Handshake | None = None
        self.transport: AnyTransport | None = None
        self.receiver: Callable[[str | bytes], object] | None = None  # the layer above
        self.upgrading = False
        self._queue: list[str | bytes] = []  # until there is a transport, and while it changes
        self._queued = 0
        self._jar = Jar() if self.options.cookies else None
        self._watch: Watch | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._tasks: dict[asyncio.Task[Any], None] = {}
        self._opening: asyncio.Timeout | None = None  # until the handshake
        self._drain: asyncio.Future[None] | None = None
        self._ended: asyncio.Future[None] | None = None

    @property
    def id(self) -> str | None:
        """The session's id; None before the handshake."""
        return self.handshake.sid if self.handshake is not None else None

    # Connecting.

    async def connect(self) -> Self:
        """Open the session.  When it fails nothing is left.

        Raises ConnectError (what the server said), OSError, RemoteError, ConnectionClosed (also
        when `close` is called meanwhile), or TimeoutError after `connect_timeout` seconds.
        """
        if self.state != NEW:
            raise LocalError(f"this client is {self.state}: make a new one for each session")
        self.state, limit = OPENING, self.options.connect_timeout
        self._opening = scope = asyncio.timeout(limit)
        try:
            async with scope:
                await self._open()
        except BaseException as error:
            closed, self._opening = self.state == CLOSED, None
            self._end("transport error", error)
            if isinstance(error, TimeoutError) and scope.expired():
                if closed:
                    raise ConnectionClosed("this client was closed while it connected") from error
                raise TimeoutError(f"no session at {self.url} within {limit:g} s") from error
            raise
        return self

    async def _open(self) -> None:
        chosen = self.options
        query, headers = await asked(chosen.query), await asked(chosen.headers)
        self._address = Address(
            self.url,
            chosen.path,
            query,
            base64=chosen.force_base64,
            timestamp=chosen.timestamp_param if chosen.timestamp_requests else None,
        )
        if self._address.authorization:
            headers.setdefault("Authorization", self._address.authorization)
        self._headers = headers
        names = list(chosen.transports)
        if chosen.remember_upgrade and Client.upgraded_before and "websocket" in names:
            names.sort(key=lambda name: name != "websocket")
        while True:
            try:
                await self._open_by(names.pop(0))
            except FAILURES:
                Client.upgraded_before = False
                if not (names and chosen.try_all_transports):
                    raise
            else:
                return

    async def _open_by(self, name: str) -> None:
        if name == "polling":
            polling = client_polling.Polling(
                self._address,
                self.options,
                self._headers,
                self._jar,
                self._heard,
                self._failed,
                self._drained,
            )
            try:
                packets = await polling.open()
                handshake = _handshake(next(packets))
                if self.state != OPENING:
                    raise ConnectionClosed("this client was closed while it connected")
            except BaseException:
                await polling.http.close()
                raise
            self.transport = polling
            self._opened(handshake)
            polling.start(handshake.sid, handshake.max_payload, packets)
            self._try_upgrade(polling, handshake)
        else:
            await self._open_websocket()

    async def _open_websocket(self) -> None:
        first: asyncio.Future[Handshake] = asyncio.get_running_loop().create_future()
        first.add_done_callback(lambda done: done.cancelled() or done.exception())

        def heard(one: Packet) -> None:
            if first.done():
                self._heard(one)
                return
            try:
                handshake = _handshake(one)
            except RemoteError as error:
                failed(error)
                return
            if self.state == OPENING:
                first.set_result(handshake)
                self._opened(handshake)

        def failed(error: BaseException) -> None:
            if first.done():
                self._failed(error)
            else:
                first.set_exception(error)

        def opened(link: Any) -> None:
            self.transport = client_websocket.WebSocket(link, heard, failed, self._drained)

        try:
            await client_websocket.dial(
                self._address, self.options, self._headers, self._jar, opened
            )
            await first
        except BaseException:
            if self.transport is not None:
                self.transport.end()
                self.transport = None
            raise

    def _opened(self, handshake: Handshake) -> None:
        self.state, self._opening = OPEN, None
        self.handshake = handshake
        loop = asyncio.get_running_loop()
        self._watch = Watch(
            handshake.ping_interval, handshake.ping_timeout, loop.time(), self.options.ping_grace
        )
        self._timer = loop.call_at(self._watch.next_deadline(), self._look)
        self._flush()
        self.emit("open")

    def _try_upgrade(self, polling: client_polling.Polling, handshake: Handshake) -> None:
        wanted = self.options.upgrade and "websocket" in self.options.transports
        if wanted and "websocket" in handshake.upgrades and self.state == OPEN:
            self._start(self._upgrade(polling))

    def _start(self, coroutine: Any) -> asyncio.Task[Any]:
        task = asyncio.get_running_loop().create_task(coroutine)
        self._tasks[task] = None
        task.add_done_callback(lambda done: self._tasks.pop(done, None))
        return task

    async def _upgrade(self, polling: client_polling.Polling) -> None:
        probe = client_websocket.Probe()
        paused = False
        limit = self.options.upgrade_timeout
        scope = asyncio.timeout(limit)
        try:
            async with scope:
                await client_websocket.dial(
                    self._address, self.options, self._headers, self._jar, probe.opened, self.id
                )
                await probe.answered()
                self.upgrading = paused = True
                self._put_back(await polling.pause())
            link = probe.finish()
        except FAILURES as error:
            probe.end()
            self.upgrading = False
            if self.state == OPEN:
                if paused:
                    polling.resume()
                    self._flush()
                Client.upgraded_before = False
                if scope.expired() and isinstance(error, TimeoutError):
                    error = TimeoutError(f"no upgrade within {limit:g} s")
                self.emit("upgrade_error", error)
            return
        except BaseException:
            probe.end()
            raise
        self.transport = client_websocket.WebSocket(link, self._heard, self._failed, self._drained)
        self.upgrading = False
        Client.upgraded_before = True
        self._flush()
        self.emit("upgrade", self.transport)
        await polling.http.close()

    # Out.

    def send(self, data: str | bytes, *, compress: bool = True) -> None:
        """Send a message, also before the session is open.  It does not wait: see `drain`.

        ConnectionClosed after the end, and when the server reads too slowly (`max_unsent`).
        """
        if isinstance(data, str):
            self._put("4" + data, compress)
        elif isinstance(data, bytes | bytearray | memoryview):
            self._put(bytes(data), compress)
        else:
            raise LocalError(f"a message is str or bytes, not {type(data).__name__}")

    def _put(self, encoded: str | bytes, compress: bool = True) -> None:
        if self.state in (CLOSING, CLOSED):
            raise ConnectionClosed(f"this session is {self.state}")
        transport = self.transport
        if type(transport) is client_websocket.WebSocket and self.state == OPEN:
            transport.link.send_nowait(encoded, compress=compress)
            return
        size = packet.size_in_payload(encoded)
        if self.buffered > self.options.max_unsent:
            slow = ConnectionClosed("the server reads too slowly")
            self._end("transport error", slow)
            raise slow
        self._queue.append(encoded)
        self._queued += size
        self._flush()

    def _put_back(self, packets: list[str | bytes]) -> None:
        self._queue[:0] = packets
        self._queued += sum(map(len, packets))

    def _flush(self) -> None:
        if self._queue and self.state == OPEN and self.transport and not self.upgrading:
            queue, self._queue, self._queued = self._queue, [], 0
            with contextlib.suppress(ConnectionClosed):  # its WebSocket has just ended
                self.transport.send(queue)

    @property
    def writable(self) -> bool:
        """Whether what is sent now leaves at once: nothing waits before it."""
        if self.state != OPEN or self.upgrading or self._queue or self.transport is None:
            return False
        return self.transport.buffered == 0

    @property
    def buffered(self) -> int:
        """Bytes that were sent and that the server has not taken yet."""
        return self._queued + (self.transport.buffered if self.transport is not None else 0)

    async def drain(self) -> None:
        """Wait until there is room to send.  ConnectionClosed at the end of the session."""
        while True:
            if self.state == CLOSED:
                raise ConnectionClosed("this session is closed")
            if self.buffered <= 65_536:
                return
            if self._drain is None or self._drain.done():
                self._drain = asyncio.get_running_loop().create_future()
            await asyncio.shield(self._drain)

    def _drained(self) -> None:
        self._wake()
        if self.state == OPEN:
            self.emit("drain")

    def _wake(self) -> None:
        """Let those that wait in `drain` look again."""
        if self._drain is not None and not self._drain.done():
            self._drain.set_result(None)

    # In.

    def _heard(self, one: Packet) -> None:
        if self.state != OPEN:
            return
        watch = self._watch
        assert watch is not None
        if watch.expecting and one.type is not Type.PING:
            watch.heard(asyncio.get_running_loop().time())
        if one.type is Type.MESSAGE:
            if self.receiver is None:
                self.emit("message", one.data)
            else:
                self.receiver(one.data)
        elif one.type is Type.PING:
            watch.ping(asyncio.get_running_loop().time())
            with contextlib.suppress(ConnectionClosed):  # the server reads too slowly
                self._put(str(Type.PONG))
            self.emit("ping")
        elif one.type is Type.CLOSE:
            self._end("transport close", "the server has closed the session")

    def _failed(self, error: BaseException) -> None:
        why = error.__cause__ or error
        closed = why is error and isinstance(error, ConnectionClosed)
        websocket = type(self.transport) is client_websocket.WebSocket
        if type(why) is RemoteError and why.code in (413, 1009):  # our own refusal
            error = RemoteError(f"{why} (max_message_size)", why.code)
        self._end("transport close" if closed and websocket else "transport error", error)

    @property
    def silent(self) -> bool:
        """Whether the server's ping is overdue, although no timer has noticed it yet."""
        return self._watch is not None and self._watch.over(asyncio.get_running_loop().time())

    def _look(self) -> None:
        loop, watch = asyncio.get_running_loop(), self._watch
        assert watch is not None
        if watch.tick(loop.time(), self._on_its_way):
            self._end("ping timeout")
        else:
            self._timer = loop.call_at(watch.next_deadline(), self._look)

    def _on_its_way(self) -> OnItsWay:
        assert self.transport is not None
        return self.transport.on_its_way

    # The end.

    async def close(self) -> None:
        """End the session; what was sent before still leaves.  Twice is no error.

        After a tenth of a second the rest of the goodbye happens in the background, for
        `close_timeout` seconds at most.
        """
        if self.state in (NEW, CLOSING, CLOSED):
            self.state = CLOSED if self.state == NEW else self.state
        else:
            self._end("forced close", goodbye=self.state == OPEN)
        left = [task for task in self._tasks if task is not asyncio.current_task()]
        if left:
            await asyncio.wait(left, timeout=PATIENCE)
        await self.runner.close(HANDLERS_PATIENCE)

    def _end(self, reason: str, description: object = "", *, goodbye: bool = False) -> None:
        if self.state == CLOSED:
            return
        opened = self.handshake is not None
        self.state = CLOSED
        if self._timer is not None:
            self._timer.cancel()
        if self._opening is not None and not self._opening.expired():
            self._opening.reschedule(0)  # `connect` waits no more
        for task in list(self._tasks):
            if task is not asyncio.current_task():
                task.cancel()
        transport, queue = self.transport, self._queue
        self._queue, self._queued = [], 0
        if transport is not None:
            self._start(self._leave(transport, queue if goodbye else None))
        self._wake()
        if self._ended is not None and not self._ended.done():
            self._ended.set_result(None)
        if opened:
            self.emit("close", reason, description)

    async def _leave(self, transport: AnyTransport, rest: list[str | bytes] | None) -> None:
        """Say goodbye, if there is anybody to say it to, and let go of the transport."""
        try:
            async with asyncio.timeout(self.options.close_timeout):
                if rest is not None:
                    transport.send(rest)
                    await transport.say_goodbye()
        except FAILURES:
            pass
        finally:
            transport.end()
            if isinstance(transport, client_polling.Polling):
                await transport.http.close()

    async def wait(self) -> None:
        """Wait for the end of the session."""
        if self.state not in (CLOSED, NEW):
            if self._ended is None:
                self._ended = asyncio.get_running_loop().create_future()
            await asyncio.shield(self._ended)

    async def __aenter__(self) -> Self:
        return await self.connect()

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def __repr__(self) -> str:
        name = self.transport.name if self.transport is not None else "no transport"
        return f"<engineio.Client {self.url} {self.state} {name}>"


def _handshake(one: Packet) -> Handshake:
    if one.type is not Type.OPEN:
        raise RemoteError(f"a session begins with 0, not with {one.type}", 400)
    return Handshake.decode(one.data)
