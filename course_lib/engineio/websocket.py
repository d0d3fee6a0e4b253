"""WebSocket: one packet in each message.                             Engine.IO rev. 4

    text    "4hello"    a digit, then its data
    binary  01 02       a message that is bytes; with `b64=1` it is the text "bAQI="

Lesson 07.  Builds on: wire.engineio.packet.  Used by: `session`, `server`, `probe`.
New here: a packet that is sent goes out at once; there is nothing to wait for.  A `1` has no
meaning here: WebSocket has a Close frame of its own.
Left out: how a WebSocket works; the host gives an open one.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from ..errors import ConnectionClosed, RemoteError
from ..wire.engineio import packet
from ..wire.engineio.packet import Type
from .transport import Encoded, Link, Transport

if TYPE_CHECKING:
    from .session import Session


class WebSocket(Transport):
    """A session's WebSocket."""

    name = "websocket"
    __slots__ = ("base64", "link", "send_frame")

    def __init__(self, session: Session, link: Link, *, base64: bool = False) -> None:
        super().__init__(session)
        self.link = link
        self.base64 = base64  # the client can read no binary messages
        # Sends a frame that was made once for many; None where each message is made anew.
        anew = base64 or session.server.options.compression
        self.send_frame = None if anew else getattr(link, "send_encoded", None)
        link.on_message = self._message
        link.on_close = self._closed
        link.on_drain = session.drained

    @property
    def writable(self) -> bool:
        return True

    @property
    def buffered(self) -> int:
        return self.link.unsent

    def send(self, packets: list[Encoded]) -> None:
        for one in packets:
            if self.base64 and not isinstance(one, str):
                one = packet.base64(one)
            self.link.send_nowait(one)

    def close(self, packets: list[Encoded]) -> bool:
        with contextlib.suppress(ConnectionClosed):
            self.send(packets)
        self.end()
        return True

    def end(self) -> None:
        """Close without a status, as the reference does; 1001, going away, when the server ends."""
        self.link.on_close = _nothing
        self.link.start_close(1001 if self.session.server.is_closing else None)

    def _message(self, message: str | bytes) -> None:
        session = self.session
        if not isinstance(message, str):
            session.message(message)
        elif message[:1] == "4":
            session.message(message[1:])
        else:
            try:
                one = packet.decode(message)
            except RemoteError as error:
                session.end("parse error", error)
                return
            if one.type is Type.MESSAGE:  # base64
                session.message(one.data)
            else:
                session.control(one)

    def _closed(self, closed: Exception) -> None:
        if closed.__cause__ is None:
            self.session.end("transport close", closed)
        else:
            self.session.end("transport error", closed)


def _nothing(_: object) -> None:
    """Instead of a callback whose session is over."""
