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
from ..wire.engineio import heartbeat, packet
from ..wire.http.http11 import Request, Response
from ..wire.websocket import deflate, origin

TRANSPORTS = ("polling", "websocket")
SAME_SITE = ("lax", "strict", "none")
COOKIE_TEXT = re.compile(r"""[^\x00-\x20;,="\x7f-\U0010ffff]+""")  # RFC 6265 §4.1.1, in short

Owner = Callable[[Request], Any]  # answers a request as `Server.handle` does
Grace = float  # seconds; 0 for none


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
        check_kinds(self)
        if self.same_site is not None and str(self.same_site).lower() not in SAME_SITE:
            raise wrong(self, "same_site", f"one of {', '.join(SAME_SITE)}, None")
        for value in (self.name, self.path or "/", self.domain or "-"):
            if not (isinstance(value, str) and COOKIE_TEXT.fullmatch(value)):
                raise LocalError(f"{value!r} cannot stand in a cookie")
        if not (self.max_age is None or type(self.max_age) is int):
            raise wrong(self, "max_age", "write seconds, as an int, or None")

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
    ping_grace: Grace
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
    # What is on its way, and makes 1,000 bytes a second, postpones a ping timeout for so long.
    ping_grace: Grace = heartbeat.GRACE  # 0: not at all, as in JavaScript
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
    # Asked at each handshake; also `async def`.  True admits, False refuses, a text refuses with
    # that message.  Anything else is a mistake: it refuses, too, and is logged.
    allow_request: Callable[[Request], Any] | None = None
    generate_id: Callable[[Request], str | Awaitable[str]] | None = None
    # Who has a session that is not here: a function that answers the request, or None.
    find_owner: Callable[[str], Owner | Awaitable[Owner | None] | None] | None = None
    # Run for each request, an upgrade too.  A Response answers it; what is raised refuses it.
    middleware: Sequence[Callable[[Request], Response | Awaitable[Response | None] | None]] = field(
        default_factory=tuple
    )

    def __post_init__(self) -> None:
        check_shared(self)
        if self.cors_allowed_origins == "*" and self.cors_credentials:
            raise ValueError(
                'cors_allowed_origins="*" with cors_credentials=True would let every page act as '
                "your users: name the pages"
            )
        origin.check(self.cors_allowed_origins)
        for name in ("allow_request", "generate_id", "find_owner"):
            if not (getattr(self, name) is None or callable(getattr(self, name))):
                raise wrong(self, name, "write a function, or None")
        several = isinstance(self.middleware, Sequence)
        if not (several and all(callable(one) for one in self.middleware)):
            raise wrong(self, "middleware", "write a list of functions")
        if self.cookie is True:
            self.cookie = Cookie()
        elif isinstance(self.cookie, Mapping):
            check(Cookie, self.cookie)
            self.cookie = Cookie(**self.cookie)
        elif not isinstance(self.cookie, Cookie | bool):
            raise wrong(self, "cookie", "write True, a mapping or Cookie(...)")
        first = self.initial_packet
        if first is not None and not isinstance(first, bytes):
            if not isinstance(first, str):
                raise wrong(self, "initial_packet", "a message is str or bytes")
            packet.size_in_payload(first)


def _number(value: object, *, least: float = 0.0) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and least <= value < 1e9


# For each type of an option: what is such a value, and what to write.
KINDS: dict[str, tuple[Callable[[object], bool], str]] = {
    "str": (lambda value: isinstance(value, str), "write a text"),
    "bool": (lambda value: isinstance(value, bool), "write True or False"),
    "int": (
        lambda value: isinstance(value, int) and not isinstance(value, bool) and value >= 0,
        "a limit is an int, and not negative",
    ),
    "float": (lambda value: _number(value) and value != 0, "write seconds, more than 0"),
    "Grace": (_number, "write seconds, or 0"),
}


def wrong(options: Any, name: str, want: str) -> LocalError:
    """The error for an option whose value is of a wrong kind."""
    return LocalError(f"{name}={getattr(options, name)!r}: {want}")


def check_kinds(options: Any) -> None:
    """LocalError for a text, a switch, a limit or a number of seconds that is something else."""
    for one in dataclasses.fields(options):
        fits, want = KINDS.get(str(one.type), (None, ""))
        if fits is not None and not fits(getattr(options, one.name)):
            raise wrong(options, one.name, want)


def check_shared(options: Any) -> None:
    """LocalError for what makes no sense to a server, or to a client."""
    check_kinds(options)
    if not options.path.startswith("/"):
        raise wrong(options, "path", "a path begins with /")
    options.path = options.path.rstrip("/") + ("/" if options.add_trailing_slash else "")
    chosen = options.transports
    several = isinstance(chosen, Sequence) and not isinstance(chosen, str)
    if not (several and chosen and all(name in TRANSPORTS for name in chosen)):
        raise wrong(options, "transports", f"some of {list(TRANSPORTS)}")
    if not isinstance(options.compression, deflate.Settings | bool):
        raise wrong(options, "compression", "write True or ws.Settings(...)")


def check(kind: type | tuple[type, ...], given: Mapping[str, Any]) -> None:
    """LocalError, with the nearest right name, for an option that there is not."""
    kinds = kind if isinstance(kind, tuple) else (kind,)
    known = [one.name for one_kind in kinds for one in dataclasses.fields(one_kind)]
    for name in given:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
            said = f": do you mean {near[0]!r}?" if near else f"; there are {', '.join(known)}"
            raise LocalError(f"there is no option {name!r}{said}")
