"""A WebSocket's limits, its compression, and its masking keys.

Lesson 05.  Builds on: wire.websocket.connection, wire.websocket.deflate,
wire.websocket.deflate_offers, wire.websocket.handshake.  Used by: net.ws, net.ws_server,
net.ws_client.
New here: every limit has one name, one default and one place, for servers and for clients.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypedDict

from ..errors import LocalError
from ..wire.websocket import connection as websocket
from ..wire.websocket import deflate, deflate_offers, handshake

KEYS = 256  # masking keys fetched from the system at once: 0.1 µs each instead of 0.5


class Limits(TypedDict, total=False):
    """Keyword arguments of `ws.serve`, `ws.connect` and `ws.upgrade`.  Seconds and bytes."""

    max_payload: int  # of one message, and of what it inflates to: 1,000,000
    max_fragments: int  # frames of one message: 4096
    max_queued: int  # received, and waiting for recv: 262,144, or 1024 messages
    max_unsent: int  # sent with `send_nowait` and not taken by the peer: 1,048,576
    close_timeout: float  # for the peer's Close frame: 10
    ping_interval: float | None  # 25; None: no keep-alive
    ping_timeout: float | None  # 20; None: pings only measure the latency
    stall_timeout: float  # unsent bytes wait, and the peer reads none: 60
    compression: deflate.Settings | bool  # permessage-deflate: False


@dataclass(slots=True)
class Options:
    """The limits with their defaults, and what the handshake agreed on."""

    max_payload: int = 1_000_000
    max_fragments: int = 4096
    max_queued: int = 262_144
    max_unsent: int = 1_048_576
    close_timeout: float = 10.0
    ping_interval: float | None = 25.0
    ping_timeout: float | None = 20.0
    stall_timeout: float = 60.0
    compression: deflate.Settings | bool = False

    def __post_init__(self) -> None:
        for name in ("max_payload", "max_fragments", "max_queued", "max_unsent"):
            limit = getattr(self, name)
            if not (isinstance(limit, int) and limit >= 0):
                raise LocalError(f"{name}={limit!r}: a limit is an int, and not negative")
        for name in ("close_timeout", "ping_interval", "ping_timeout", "stall_timeout"):
            seconds = getattr(self, name)
            if name.startswith("ping_") and seconds is None:
                continue
            if not (isinstance(seconds, int | float) and seconds > 0):
                off = ", or None to turn it off" if name.startswith("ping_") else ""
                raise LocalError(f"{name}={seconds!r}: write seconds, more than 0{off}")
        if not isinstance(self.compression, deflate.Settings | bool):
            raise LocalError(f"compression={self.compression!r}: write True or ws.Settings(...)")

    @property
    def settings(self) -> deflate.Settings | None:
        """How to compress, or None for not at all."""
        if isinstance(self.compression, deflate.Settings):
            return self.compression
        return deflate.Settings() if self.compression else None

    def wire(
        self, now: float, agreed: deflate.Agreed | None, keys: Callable[[], bytes] | None = None
    ) -> websocket.Connection:
        """A connection of floor 0 with these limits."""
        deflater = inflater = None
        settings = self.settings
        if agreed is not None and settings is not None:
            deflater, inflater = deflate.pair(agreed, settings, client=keys is not None)
        return websocket.Connection(
            keys,
            now=now,
            max_payload=self.max_payload,
            max_fragments=self.max_fragments,
            close_timeout=self.close_timeout,
            ping_interval=self.ping_interval,
            ping_timeout=self.ping_timeout,
            deflater=deflater,
            inflater=inflater,
        )


class Choice:
    """A server's choice: accepts an offer of permessage-deflate, and remembers what was agreed."""

    __slots__ = ("_settings", "agreed")

    def __init__(self, settings: deflate.Settings) -> None:
        self._settings = settings
        self.agreed: deflate.Agreed | None = None

    def __call__(self, offers: list[deflate_offers.Extension]) -> str | None:
        accepted, self.agreed = deflate_offers.accept(offers, self._settings)
        return handshake.format_extensions([accepted]) if accepted is not None else None


class Keys:
    """Fresh, unpredictable masking keys, fetched from the system in blocks."""

    __slots__ = ("_at", "_block")

    def __init__(self) -> None:
        self._block = b""
        self._at = 0

    def __call__(self) -> bytes:
        at = self._at
        if at >= len(self._block):
            self._block, at = os.urandom(4 * KEYS), 0
        self._at = at + 4
        return self._block[at : at + 4]
