"""What a transport must cost, from arithmetic alone.

Lessons 01, 02 and 06.  Builds on: `lab._models`.

    models.long_polling(rtt=0.05, rate=2).median      seconds
    models.of(run)                                    the model for how a run was set up
    models.round_trips("WebSocket", "cold")           2
    models.at_scale("long polling", 10_000, 1, 600)   requests and bytes

New here: nothing but the names.
Left out: the server's own time, bandwidth, jitter, loss.
"""

from __future__ import annotations

from ._models.latency import Model, long_polling, of, short_polling, websocket
from ._models.scale import Scale, at_scale
from ._models.trips import SITUATIONS, round_trips, until_all

__all__ = [
    "SITUATIONS",
    "Model",
    "Scale",
    "at_scale",
    "long_polling",
    "of",
    "round_trips",
    "short_polling",
    "until_all",
    "websocket",
]
