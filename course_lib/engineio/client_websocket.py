"""The client's WebSocket: one packet in each message, at once.               Engine.IO rev. 4

    dial ──> link ──> Probe: 2probe, 3probe ... 5      beside polling
                └───> WebSocket                        alone, or after the probe

Lesson 07 (the probe: lesson 08).  Builds on: net.ws, wire.engineio.  Used by: `client`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from ..errors import ConnectionClosed, RemoteError
from ..net import ws
from ..wire.engineio import packet, upgrade
from ..wire.engineio.heartbeat import OnItsWay
from ..wire.engineio.packet import Packet, Type
from .address import Address
from .client_options import ClientOptions
from .cookies import Jar


async def dial(
    address: Address,
    options: ClientOptions,
    headers: dict[str, str],
    jar: Jar | None,
    opened: Callable[[ws.PushConnection], object],
    sid: str | None = None,
) -> ws.PushConnection:
    """Open a WebSocket to the server, for a new session or for that of `sid`."""
    lines = dict(headers)
    if jar is not None and (line := jar.header(time.time())):
        lines["Cookie"] = line
    return await ws.dial(
        address.url("websocket", sid),
        opened,
        ssl=options.ssl if address.secure else None,
        headers=lines,
        connect_timeout=options.connect_timeout,
        proxy=options.proxy,
        max_payload=options.max_message_size,
        max_unsent=options.max_unsent,
        compression=options.compression,
        ping_interval=None,  # Engine.IO has a heartbeat of its own
        close_timeout=options.close_timeout,
    )


class WebSocket:
    """Packets by WebSocket, on an open link."""

    name = "websocket"

    def __init__(
        self,
        link: ws.PushConnection,
        heard: Callable[[Packet], object],
        failed: Callable[[BaseException], object],
        drained: Callable[[], object],
    ) -> None:
        self.link = link
        self._heard, self._failed = heard, failed
        link.on_message = self._message
        link.on_close = failed
        link.on_drain = drained

    @property
    def buffered(self) -> int:
        return self.link.unsent

    @property
    def on_its_way(self) -> OnItsWay:
        """What has come in part, and what has not left yet."""
        return self.link.arriving, self.link.leaving

    def send(self, packets: list[str | bytes]) -> None:
        for one in packets:
            self.link.send_nowait(one)

    def _message(self, message: str | bytes) -> None:
        try:
            one = packet.decode(message)
        except RemoteError as error:
            self._failed(error)
            return
        if one.type is not Type.CLOSE:  # it has no meaning here
            self._heard(one)

    async def say_goodbye(self) -> None:
        """Send Close, and wait for the server's."""
        over = asyncio.get_running_loop().create_future()

        def lost(_: object) -> None:
            if not over.done():
                over.set_result(None)

        self.link.on_close = lambda _: None
        self.link.on_drain = lambda: None
        self.link.on_lost = lost
        self.link.start_close(None)
        try:
            if not self.link.transport.is_closing():
                await over
        finally:
            self.end()

    def end(self) -> None:
        """Cut it off."""
        self.link.on_close = lambda _: None
        if not self.link.transport.is_closing():
            self.link.abort()


class Probe:
    """Tries a WebSocket beside polling."""

    def __init__(self) -> None:
        self._upgrade = upgrade.Upgrade(upgrade.CLIENT)
        self._answered = asyncio.get_running_loop().create_future()
        self._answered.add_done_callback(lambda done: done.cancelled() or done.exception())
        self.link: ws.PushConnection | None = None

    def opened(self, link: ws.PushConnection) -> None:
        """The WebSocket is open: ask."""
        self.link = link
        link.on_message = self._message
        link.on_close = self._fail
        self._upgrade.move("opened")
        link.send_nowait(upgrade.probe(Type.PING))

    def _message(self, message: str | bytes) -> None:
        try:
            said = upgrade.spoken(packet.decode(message))
        except RemoteError:
            said = "no packet"
        if self._upgrade.move(said) == upgrade.PAUSING:
            if not self._answered.done():  # else `answered` was given up in this turn of the loop
                self._answered.set_result(None)
        else:
            self._fail(RemoteError(f"the probe was answered with {message[:40]!r}", 400))

    def _fail(self, error: BaseException) -> None:
        self._upgrade.state = upgrade.FAILED
        if not self._answered.done():
            self._answered.set_exception(error)

    async def answered(self) -> None:
        """Wait for `3probe`."""
        await self._answered

    def finish(self) -> ws.PushConnection:
        """Polling is paused: send `5`.  ConnectionClosed if the WebSocket has gone meanwhile."""
        if self._upgrade.move("paused") != upgrade.UPGRADED or self.link is None:
            raise ConnectionClosed("the WebSocket ended before the upgrade")
        self.link.send_nowait(str(Type.UPGRADE))
        return self.link

    def end(self) -> None:
        """Give up."""
        self._answered.cancel()
        if self.link is not None:
            self.link.on_close = lambda _: None
            if not self.link.transport.is_closing():
                self.link.abort()
