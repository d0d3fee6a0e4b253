"""One chat on several transports, measured in the same way.

Lessons 01, 02, 06, 08 and 09.  Builds on: `lab._compare`.

    compare.measure(compare.long_polling(), schedule)      one run
    await compare.compare(rtt=0.05)                        all transports, side by side in one table
    await compare.compare([*compare.TRANSPORTS, *compare.ENGINEIO])     Engine.IO beside them
    await compare.compare(["WebSocket", *compare.SOCKETIO])             and Socket.IO
    compare.register("SSE", make)                          add a transport
    compare.round_trips("WebSocket", "cold")               counted in a simulation

New here: nothing but the names.
Left out: many computers; everything runs in this process.
"""

from __future__ import annotations

from ._compare.comparison import Comparison, compare
from ._compare.measuring import measure
from ._compare.settings import Settings
from ._compare.transports import (
    ENGINEIO,
    SOCKETIO,
    TRANSPORTS,
    ChatClient,
    ChatServer,
    Transport,
    engineio,
    long_polling,
    named,
    register,
    short_polling,
    socketio,
    websocket,
)
from ._compare.trips import round_trips, until_all

__all__ = [
    "ENGINEIO",
    "SOCKETIO",
    "TRANSPORTS",
    "ChatClient",
    "ChatServer",
    "Comparison",
    "Settings",
    "Transport",
    "compare",
    "engineio",
    "long_polling",
    "measure",
    "named",
    "register",
    "round_trips",
    "short_polling",
    "socketio",
    "until_all",
    "websocket",
]
