"""What a client said when it came.                                              Socket.IO rev. 5

Lesson 09.  Builds on: wire.http.  Used by: `sockets`, `connection`.
"""

from __future__ import annotations

from dataclasses import dataclass
from email.utils import formatdate
from typing import Any

from ..wire.http.http11 import Headers, Request


@dataclass(slots=True)
class Handshake:
    """The first request of the connection, and the `auth` of the namespace."""

    headers: Headers
    time: str  # as in "Mon, 30 Nov 2026 21:05:00 GMT"
    address: str  # of the peer that we know: a proxy's, if there is one
    xdomain: bool  # the request had an Origin
    secure: bool
    issued: float  # seconds since 1970
    url: str
    query: dict[str, str]
    auth: dict[str, Any]


def handshake(request: Request, issued: float, auth: dict[str, Any], *, secure: bool) -> Handshake:
    """The handshake of one socket."""
    host = request.peer.rpartition(":")[0]
    return Handshake(
        request.headers,
        formatdate(issued, usegmt=True),
        host.strip("[]"),
        "origin" in request.headers.by_name(),
        secure,
        issued,
        request.target,
        request.query,
        auth,
    )
