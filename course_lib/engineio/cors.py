"""Which pages may talk to the server, and what their browser must be told.   Fetch, §3.2

    Origin: https://shop.example      on the list     Access-Control-Allow-Origin, and the answer
                                      not on it       403, and no such line
    OPTIONS, before some requests     a preflight     204, with what is allowed

Lesson 07.  Builds on: wire.websocket.origin, wire.websocket.handshake.  Used by: `server`.
New here: by default a browser lets a page send, and hides the answer from it.  A WebSocket it does
not even hide, so the origin has to be checked by the server.
Left out: a request without Origin, which no browser sends across origins; it is not checked.
"""

from __future__ import annotations

from ..wire.http.http11 import Request
from ..wire.http.message import Pairs
from ..wire.websocket import handshake
from ..wire.websocket import origin as page_origin
from .options import Options

METHODS = "GET,HEAD,PUT,PATCH,POST,DELETE"
SCHEMES: tuple[str, ...] = ("http", "https")
PORTS = (":80", ":443")


class Cors:
    """The policy of one server."""

    __slots__ = ("_options",)

    def __init__(self, options: Options) -> None:
        self._options = options

    def allows(self, request: Request, origin: str | None, *, secure: bool = False) -> bool:
        """May a page of this origin talk to us?  `secure`: the request came by TLS."""
        allow = self._options.cors_allowed_origins
        if origin is None or allow == "*":
            return True
        if allow is not None:
            return handshake.origin_allowed(origin, "", allow)
        host, schemes = self._host(request)
        if secure:  # an http page may have been written by an attacker on the path
            schemes = ("https",)
        return origin != "null" and origin in page_origin.own(host, schemes)

    def _host(self, request: Request) -> tuple[str, tuple[str, ...]]:
        """The Host that the browser asked, and the schemes that its page may have."""
        host, schemes = request.host, SCHEMES
        if self._options.trust_proxy:
            # The last entry is the nearest proxy's own; the others came with the request.
            said = _last(request.headers.get("x-forwarded-host"))
            scheme = _last(request.headers.get("x-forwarded-proto")).lower()
            host = said or host
            schemes = (scheme,) if scheme in SCHEMES else schemes
        for port in PORTS:
            host = host.removesuffix(port)
        return host, schemes

    def headers(self, origin: str | None) -> Pairs:
        """The lines of a response to a page that is allowed."""
        options = self._options
        if origin is None or not options.cors_headers or options.cors_allowed_origins is None:
            return []
        if options.cors_allowed_origins == "*":
            return [("Access-Control-Allow-Origin", "*")]
        pairs = [("Access-Control-Allow-Origin", origin), ("Vary", "Origin")]
        if options.cors_credentials:
            pairs.append(("Access-Control-Allow-Credentials", "true"))
        return pairs

    def preflight(self, request: Request, origin: str | None) -> Pairs | None:
        """The lines of a 204 if this request is a preflight that we answer; else None."""
        options = self._options
        if request.method != "OPTIONS" or options.cors_allowed_origins is None:
            return None
        if not options.cors_headers or origin is None:
            return None
        pairs = [("Access-Control-Allow-Methods", METHODS)]
        asked = request.headers.get("access-control-request-headers")
        if asked:
            pairs.append(("Access-Control-Allow-Headers", asked))
            pairs.append(("Vary", "Access-Control-Request-Headers"))
        return pairs


def _last(value: str | None) -> str:
    return (value or "").rpartition(",")[2].strip()
