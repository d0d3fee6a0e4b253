"""One chat on several transports, measured in the same way.

Lessons 01, 02 and 06.  Builds on: `lab.comparing`.

    compare.measure(compare.long_polling(), schedule)      one run
    await compare.compare(rtt=0.05)                        all transports, side by side in one table
    compare.register("SSE", make)                          one more of them
    compare.round_trips("WebSocket", "cold")               counted in a simulation

New here: nothing but the names.
Left out: many computers; everything runs in this process.
"""

from __future__ import annotations

from .comparing.comparison import Comparison, compare
from .comparing.measuring import measure
from .comparing.settings import Settings
from .comparing.transports import (
    TRANSPORTS,
    ChatClient,
    ChatServer,
    Transport,
    long_polling,
    named,
    register,
    short_polling,
    websocket,
)
from .comparing.trips import round_trips

__all__ = [
    "TRANSPORTS",
    "ChatClient",
    "ChatServer",
    "Comparison",
    "Settings",
    "Transport",
    "compare",
    "long_polling",
    "measure",
    "named",
    "register",
    "round_trips",
    "short_polling",
    "websocket",
]
