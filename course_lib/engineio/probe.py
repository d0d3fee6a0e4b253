"""A WebSocket that may become the transport of a session that polls.        Engine.IO rev. 4

    new ── 2probe ──> probed: 3probe; a GET that waits gets 6, at once and then every 100 ms
                         └── 5 ──> upgraded: the session changes its transport

Lesson 08.  Builds on: wire.engineio.upgrade, `websocket`.  Used by: `session`, `server`.
New here: whatever else happens (another packet, silence, a lost connection) ends this WebSocket
alone; the session goes on polling and has lost nothing.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from ..errors import ConnectionClosed, RemoteError
from ..wire.engineio import packet, upgrade
from ..wire.engineio.packet import Type
from .polling import Polling
from .transport import Link
from .websocket import WebSocket

if TYPE_CHECKING:
    from .session import Session

RELEASE_EVERY = 0.1  # seconds


class Probe:
    """One attempt to upgrade."""

    __slots__ = ("_base64", "_link", "_timer", "_upgrade", "session")

    def __init__(self, session: Session, link: Link, *, base64: bool, admitted: bool) -> None:
        """`admitted`: this is the only attempt; else the WebSocket is closed at once."""
        self.session = session
        self._link = link
        self._base64 = base64
        self._upgrade = upgrade.Upgrade(upgrade.SERVER)
        self._timer: asyncio.TimerHandle | None = None
        link.on_message = self._message
        link.on_close = lambda _: self.fail()
        if admitted:
            session.probe = self
        else:
            self.fail()

    def _message(self, message: str | bytes) -> None:
        try:
            said = upgrade.spoken(packet.decode(message))
        except RemoteError:
            said = "no packet"
        state = self._upgrade.move(said)
        if state == upgrade.PROBED:
            try:
                self._link.send_nowait(upgrade.probe(Type.PONG))
            except ConnectionClosed:
                return  # `on_close` was called
            self.session.emit("upgrading", self)
            self._release()
        elif state == upgrade.UPGRADED:
            self._stop()
            self.session.change(WebSocket(self.session, self._link, base64=self._base64))
        else:
            self.fail()

    def polled(self) -> None:
        """A GET waits; it will be released soon."""
        if self._upgrade.state == upgrade.PROBED and self._timer is None:
            loop = self.session.server.loop
            self._timer = loop.call_later(RELEASE_EVERY, self._release)

    def _release(self) -> None:
        self._timer = None
        if isinstance(self.session.transport, Polling):
            self.session.transport.release()

    def fail(self) -> None:
        """Close this WebSocket; the session goes on without it."""
        self._stop()
        self._upgrade.state = upgrade.FAILED
        if self.session.probe is self:
            self.session.probe = None
        self._link.on_close = lambda _: None
        self._link.start_close(None)

    def _stop(self) -> None:
        self.session.server.upgrades.end(self)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
