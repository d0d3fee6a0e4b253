"""Which session a request belongs to, or why it is refused.                 Engine.IO rev. 4

    transport -> sid or method -> the session's transport -> EIO         the first fault counts

    {"code":1,"message":"Session ID unknown"}      every refusal has a code, for programs

Lesson 07.  Builds on: errors, wire.http.  Used by: `server`.
New here: HTTP forgets, so each request says whose it is, and an id that nobody has opens nothing.
Left out: CORS and `allow_request`, which are asked before and after; see `server`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..errors import CourseError
from ..wire.http.http11 import Request

if TYPE_CHECKING:
    from .session import Session

MESSAGES = (
    "Transport unknown",
    "Session ID unknown",
    "Bad handshake method",
    "Bad request",
    "Forbidden",
    "Unsupported protocol version",
)
UNKNOWN_TRANSPORT, UNKNOWN_SID, BAD_METHOD, BAD_REQUEST, FORBIDDEN, BAD_PROTOCOL = range(6)
NEW, ELSEWHERE = "new", "elsewhere"


@dataclass(slots=True)
class Refusal(CourseError):
    """A request that opened no session, or belongs to none: what "connection_error" is given."""

    request: Request = field(repr=False)
    code: int
    message: str
    context: dict[str, Any]
    status: int = 400


def refusal(request: Request, code: int, context: dict[str, Any], status: int = 400) -> Refusal:
    """With the message that belongs to this code."""
    return Refusal(request, code, MESSAGES[code], context, status)


def find(
    request: Request,
    sessions: Mapping[str, Session],
    transports: Sequence[str],
    *,
    upgrading: bool,
) -> Session | str:
    """The session of a request; NEW for a handshake, ELSEWHERE for a session that is not here.

    Raises Refusal.  Whoever opens a session looks at its EIO.
    """
    query = request.query
    transport = query.get("transport")
    if transport not in transports:
        raise refusal(request, UNKNOWN_TRANSPORT, {"transport": transport})
    if upgrading and transport != "websocket":
        raise refusal(request, BAD_REQUEST, {"name": "TRANSPORT_HANDSHAKE_ERROR"})
    origin = request.headers.get("origin")
    if origin is not None and not origin.isprintable():
        raise refusal(request, BAD_REQUEST, {"name": "INVALID_ORIGIN", "origin": origin})
    if sid := query.get("sid"):
        session = sessions.get(sid)
        if session is None:
            return ELSEWHERE
        context: dict[str, Any]
        before = session.transport.name
        if not upgrading and not (before == transport == "polling"):  # plain HTTP is polling
            context = {"name": "TRANSPORT_MISMATCH", "transport": transport}
            context["previousTransport"] = before
            raise refusal(request, BAD_REQUEST, context)
        if query.get("EIO") != "4":
            context = {"name": "PROTOCOL_MISMATCH", "protocol": 3, "previousProtocol": 4}
            raise refusal(request, BAD_REQUEST, context)
        return session
    if request.method != "GET":
        raise refusal(request, BAD_METHOD, {"method": request.method})
    if transport == "websocket" and not upgrading:
        raise refusal(request, BAD_REQUEST, {"name": "TRANSPORT_HANDSHAKE_ERROR"})
    return NEW
