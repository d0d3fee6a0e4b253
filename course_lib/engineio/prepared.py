"""A message that is prepared once for many sessions.                          Engine.IO rev. 4

    packet "4hello" ──> frame 81 06 34 68 65 6c 6c 6f     made at the first WebSocket that wants it
                    ──> the text itself                   for polls, base64, and compressed links

Lesson 07.  Builds on: wire.websocket.frames.  Used by: `session`, and the layer above.
New here: a server masks nothing, so that one frame serves all of its clients.
Left out: compression.  Each link has a window of its own.
"""

from __future__ import annotations

from ..wire.websocket import frames
from ..wire.websocket.frames import Frame, Opcode


class Prepared:
    """One message.  `packet` is what `Session.put` takes."""

    __slots__ = ("_frame", "packet")

    def __init__(self, data: str | bytes) -> None:
        self.packet = f"4{data}" if isinstance(data, str) else data
        self._frame: bytes | None = None

    @property
    def frame(self) -> bytes:
        """The message as a frame of a server's."""
        if self._frame is None:
            packet = self.packet
            if isinstance(packet, str):
                self._frame = frames.encode(Frame(Opcode.TEXT, packet.encode()))
            else:
                self._frame = frames.encode(Frame(Opcode.BINARY, packet))
        return self._frame
