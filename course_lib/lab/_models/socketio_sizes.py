"""What the chat on Socket.IO has on top of Engine.IO: an event's name, and a namespace to join.

Lesson 09.  Builds on: `engineio_sizes`, `lab.apps`, `wire.socketio`.  Used by: `scale`.

    4 2["news",{"messages":["..."],"cursor":5,"missed":0}]
    40{"since":0}    40{"sid":"..."}        once, before the first

New here: nothing but these three packets; what carries them costs what it costs Engine.IO.
Left out: acknowledgements and attachments, which the chat does not use.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from ...engineio.server import new_sid
from ...net.mailbox import Batch
from ...socketio.server import PATH
from ...wire.socketio import packet
from ...wire.socketio.packet import Packet, Type
from .engineio_sizes import Above


def _packet(kind: Type, data: Any) -> str:
    (text,) = packet.encode(Packet(kind, data))
    return f"4{text!s}"


def _chat(size: int, cursor: int) -> str:
    return _packet(Type.EVENT, ["news", asdict(Batch(["." * size], cursor, 0))])


CHAT = Above(
    PATH,
    {},
    _chat,
    asks=_packet(Type.CONNECT, {"since": 0}),
    told=_packet(Type.CONNECT, {"sid": new_sid()}),
)
