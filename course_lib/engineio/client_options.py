"""A client's options, with their defaults.  Seconds and bytes.

Lesson 07.  Builds on: `options`.  Used by: `client`.
New here: `headers` and `query` may be functions, `def` or `async def`; they are called for each
attempt to connect, so that a token may be a new one.
"""

from __future__ import annotations

import inspect
import ssl as ssl_module
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypedDict

from ..wire.engineio import heartbeat
from ..wire.websocket import deflate
from .options import TRANSPORTS, Grace, check_shared, wrong

Pairs = Mapping[str, str]
Asked = Pairs | Callable[[], Pairs | Awaitable[Pairs]]


class Given(TypedDict, total=False):
    """The keyword arguments of `Client`; `ClientOptions` says what each means."""

    path: str
    add_trailing_slash: bool
    transports: Sequence[str]
    upgrade: bool
    remember_upgrade: bool
    try_all_transports: bool
    query: Asked
    headers: Asked
    cookies: bool
    ssl: ssl_module.SSLContext | None
    connect_timeout: float
    ping_grace: Grace
    upgrade_timeout: float
    close_timeout: float
    redirects: int
    proxy: str | None
    force_base64: bool
    timestamp_requests: bool
    timestamp_param: str
    max_message_size: int
    max_unsent: int
    compression: deflate.Settings | bool


@dataclass(slots=True)
class ClientOptions:
    """How a client connects, and what it accepts."""

    path: str = "/engine.io/"
    add_trailing_slash: bool = True
    transports: Sequence[str] = TRANSPORTS  # the first one is tried
    upgrade: bool = True  # change to WebSocket when the server offers it
    remember_upgrade: bool = False  # begin with WebSocket when the last upgrade succeeded
    try_all_transports: bool = False  # when the first one fails, try the next
    query: Asked = field(default_factory=dict)
    headers: Asked = field(default_factory=dict)
    cookies: bool = False  # keep the server's cookies, and send them back
    ssl: ssl_module.SSLContext | None = None
    connect_timeout: float = 20.0  # until the handshake has come
    # What is on its way, and makes 1,000 bytes a second, postpones a ping timeout for so long.
    ping_grace: Grace = heartbeat.GRACE  # 0: not at all, as in JavaScript
    upgrade_timeout: float = 10.0
    close_timeout: float = 10.0  # for the last packets and the goodbye, in the background
    redirects: int = 5
    proxy: str | None = None  # the URL of an HTTP proxy; none is taken from the environment
    force_base64: bool = False  # let the server send bytes as text
    timestamp_requests: bool = True  # a new `t` in each polling request, against caches
    timestamp_param: str = "t"
    max_message_size: int = 104_857_600  # of what the server sends; `maxPayload` is its own limit
    max_unsent: int = 16_777_216  # bytes before the newest message; more end the connection
    compression: deflate.Settings | bool = False  # permessage-deflate: True, or ws.Settings(...)

    def __post_init__(self) -> None:
        check_shared(self)
        for name in ("query", "headers"):
            given = getattr(self, name)
            if not (callable(given) or _texts(given)):
                raise wrong(self, name, "write a mapping of texts, or a function that gives one")
        if not (self.ssl is None or isinstance(self.ssl, ssl_module.SSLContext)):
            raise wrong(self, "ssl", "write an ssl.SSLContext, or None")
        if not (self.proxy is None or isinstance(self.proxy, str)):
            raise wrong(self, "proxy", "write the URL of an HTTP proxy, or None")


async def asked(value: Asked) -> dict[str, str]:
    """A value, or what a function gives."""
    found = value() if callable(value) else value
    if inspect.isawaitable(found):
        found = await found
    return dict(found)


def _texts(given: object) -> bool:
    if not isinstance(given, Mapping):
        return False
    return all(isinstance(one, str) for pair in given.items() for one in pair)
