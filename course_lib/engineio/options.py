"""A server's options, with their defaults.  Seconds and bytes.

Lesson 07.  Builds on: wire.websocket.origin, wire.websocket.deflate.  Used by: `server`.
New here: each limit and each choice has one name, one default and one place; a misspelled name is
answered with the nearest right one.
"""

from __future__ import annotations

import dataclasses
import difflib
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypedDict

from ..errors import LocalError
from ..wire.engineio import packet
from ..wire.http.http11 import Request, Response
from ..wire.websocket import deflate, origin

TRANSPORTS = ("polling", "websocket")
SAME_SITE = ("lax", "strict", "none")
COOKIE_TEXT = re.compile(r"""[^\x00-\x20;,="\x7f-\U0010ffff]+""")  # RFC 6265 §4.1.1, in short

Owner = Callable[[Request], Any]  # answers a request as `Server.handle` does


@dataclass(slots=True)
class Cookie:
    """The cookie that the response to a polling handshake sets, for sticky load balancers."""

    name: str = "io"
    path: str | None = "/"
    http_only: bool = True
    same_site: str | None = "lax"
    secure: bool = False
    domain: str | None = None
    max_age: int | None = None  # seconds

    def __post_init__(self) -> None:
        if self.same_site is not None and self.same_site.lower() not in SAME_SITE:
            raise LocalError(f"same_site={self.same_site!r}: one of {', '.join(SAME_SITE)}, None")
        for value in (self.name, self.path or "/", self.domain or "-"):
            if not COOKIE_TEXT.fullmatch(value):
                raise LocalError(f"{value!r} cannot stand in a cookie")

    def header(self, value: str) -> str:
        """The value of Set-Cookie."""
        parts = [f"{self.name}={value}"]
        parts += [f"Max-Age={self.max_age}"] if self.max_age is not None else []
        parts += [f"Domain={self.domain}"] if self.domain else []
        parts += [f"Path={self.path}"] if self.path else []
        parts += ["HttpOnly"] if self.http_only else []
        parts += ["Secure"] if self.secure else []
        parts += [f"SameSite={self.same_site.capitalize()}"] if self.same_site else []
        return "; ".join(parts)


class Given(TypedDict, total=False):
    """The keyword arguments of `Server`; `Options` says what each means."""

    path: str
    add_trailing_slash: bool
    transports: Sequence[str]
    allow_upgrades: bool
    ping_interval: float
    ping_timeout: float
    upgrade_timeout: float
    close_timeout: float
    max_payload: int
    max_unsent: int
    body_timeout: float
    cors_allowed_origins: origin.Allow
    cors_credentials: bool
    cors_headers: bool
    check_origin: bool
    trust_proxy: bool
    cookie: Cookie | Mapping[str, Any] | bool
    http_compression: bool
    compression_threshold: int
    compression: deflate.Settings | bool
    initial_packet: str | bytes | None
    allow_request: Callable[[Request], Any] | None
    generate_id: Callable[[Request], str | Awaitable[str]] | None
    find_owner: Callable[[str], Owner | Awaitable[Owner | None] | None] | None
    middleware: Sequence[Callable[[Request], Response | Awaitable[Response | None] | None]]


@dataclass(slots=True)
class Options:
    """What a server does, and what it allows."""

    path: str = "/engine.io/"
    add_trailing_slash: bool = True
    transports: Sequence[str] = TRANSPORTS
    allow_upgrades: bool = True
    ping_interval: float = 25.0
    ping_timeout: float = 20.0
    upgrade_timeout: float = 10.0  # from the WebSocket's opening to the packet `5`
    close_timeout: float = 30.0  # for the poll that takes the last packets of a closing session
    max_payload: int = 1_000_000  # bytes of a body, or of a WebSocket message, that we accept
    max_unsent: int = 1_048_576  # bytes before the newest message; more end the session
    body_timeout: float = 30.0
    # Which pages may connect: None for our own, a list of origins, "*" for all.
    cors_allowed_origins: origin.Allow = None
    cors_credentials: bool = False  # cookies and authorization across origins
    cors_headers: bool = (
        True  # False: another layer writes them; the origin is checked all the same
    )
    check_origin: bool = True  # False: a foreign page is told nothing, and not refused
    trust_proxy: bool = False  # believe the last X-Forwarded-Host and -Proto
    cookie: Cookie | Mapping[str, Any] | bool = False
    http_compression: bool = True  # of poll responses, if the client accepts it
    compression_threshold: int = 1024  # bytes; what is shorter is not compressed
    # permessage-deflate of WebSockets: True, or ws.Settings(...)
    compression: deflate.Settings | bool = False
    initial_packet: str | bytes | None = None  # a message right after the handshake
    # Asked at each handshake: False refuses, a text refuses with that message; also `async def`.
    allow_request: Callable[[Request], Any] | None = None
    generate_id: Callable[[Request], str | Awaitable[str]] | None = None
    # Who has a session that is not here: a function that answers the request, or None.
    find_owner: Callable[[str], Owner | Awaitable[Owner | None] | None] | None = None
    # Run for each request, an upgrade too.  A Response answers it; what is raised refuses it.
    middleware: Sequence[Callable[[Request], Response | Awaitable[Response | None] | None]] = field(
        default_factory=tuple
    )

    def __post_init__(self) -> None:
        if not self.path.startswith("/"):
            raise LocalError(f"path={self.path!r}: a path begins with /")
        self.path = self.path.rstrip("/") + ("/" if self.add_trailing_slash else "")
        unknown = [name for name in self.transports if name not in TRANSPORTS]
        if unknown or isinstance(self.transports, str) or not self.transports:
            raise LocalError(f"transports={self.transports!r}: some of {list(TRANSPORTS)}")
        for name in (
            "ping_interval", "ping_timeout", "upgrade_timeout", "close_timeout", "body_timeout",
        ):  # fmt: skip
            seconds = getattr(self, name)
            if not (isinstance(seconds, int | float) and 0 < seconds < 1e9):
                raise LocalError(f"{name}={seconds!r}: write seconds, more than 0")
        for name in ("max_payload", "max_unsent", "compression_threshold"):
            limit = getattr(self, name)
            if not (isinstance(limit, int) and limit >= 0):
                raise LocalError(f"{name}={limit!r}: a limit is an int, and not negative")
        if self.cors_allowed_origins == "*" and self.cors_credentials:
            raise ValueError(
                'cors_allowed_origins="*" with cors_credentials=True would let every page act as '
                "your users: name the pages"
            )
        origin.check(self.cors_allowed_origins)
        if self.cookie is True:
            self.cookie = Cookie()
        elif isinstance(self.cookie, Mapping):
            check(Cookie, self.cookie)
            self.cookie = Cookie(**self.cookie)
        elif not isinstance(self.cookie, Cookie | bool):
            raise LocalError(f"cookie={self.cookie!r}: write True, a mapping or Cookie(...)")
        check_compression(self.compression)
        first = self.initial_packet
        if first is not None and not isinstance(first, bytes):
            if not isinstance(first, str):
                raise LocalError(f"initial_packet={first!r}: a message is str or bytes")
            packet.size_in_payload(first)


def check_compression(chosen: object) -> None:
    """LocalError for what is no choice about permessage-deflate."""
    if not isinstance(chosen, deflate.Settings | bool):
        raise LocalError(f"compression={chosen!r}: write True or ws.Settings(...)")


def check(kind: type | tuple[type, ...], given: Mapping[str, Any]) -> None:
    """LocalError, with the nearest right name, for an option that there is not."""
    kinds = kind if isinstance(kind, tuple) else (kind,)
    known = [one.name for one_kind in kinds for one in dataclasses.fields(one_kind)]
    for name in given:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
            said = f": do you mean {near[0]!r}?" if near else f"; there are {', '.join(known)}"
            raise LocalError(f"there is no option {name!r}{said}")
