"""Origins, and the request that follows a redirect.                     RFC 9110 §15.4

    http://example.org:8080/poll     origin = (scheme, host, port)
      302, Location: /login          the same origin: credentials are kept
      302, Location: http://b.org/   another one: they are dropped

Lesson 01.  Builds on: wire.http.http11, wire.http.url.  Used by: net.http_client.
New here: credentials (Authorization, Cookie, userinfo) belong to one origin.  A redirect to any
other origin drops them, and a later redirect back does not restore them.
Left out: a cookie jar, digest authentication, the Referer header.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from urllib.parse import urljoin

from ..errors import LocalError, RemoteError
from ..wire.http import http11
from ..wire.http import url as url_parts

PORTS = {"http": 80, "https": 443}
CREDENTIALS = ("authorization", "cookie", "proxy-authorization")
ABOUT_THE_BODY = ("content-type", "content-length", "content-encoding", "content-language")
REDIRECTS = (301, 302, 303, 307, 308)

Origin = tuple[str, str, int]
Pairs = list[tuple[str, str]]


@dataclass(slots=True)
class Address(url_parts.Parts):
    """A URL, taken apart."""

    @property
    def origin(self) -> Origin:
        """Requests to the same origin may share a connection and credentials."""
        return (self.scheme, self.host, self.port)

    @property
    def authority(self) -> str:
        """The value of Host."""
        return url_parts.authority(self.host, self.port, PORTS[self.scheme])

    @property
    def url(self) -> str:
        """The URL without userinfo and fragment."""
        return f"{self.scheme}://{self.authority}{self.target}"


@functools.lru_cache(256)  # polls repeat their URL: 0.05 µs instead of 3
def parse(url: str) -> Address:
    """Take an absolute http or https URL apart.  LocalError when it is not one."""
    parts = url_parts.split(url, PORTS)
    return Address(parts.scheme, parts.host, parts.port, parts.target, parts.authorization)


def first(method: str, address: Address, headers: http11.Headers, body: bytes) -> http11.Request:
    """The request before any redirect: Host first, then the headers as given."""
    pairs = [] if "host" in headers else [("Host", address.authority)]
    pairs += headers
    if address.authorization and "authorization" not in headers:
        pairs.append(("Authorization", address.authorization))
    return http11.Request(method, address.target, http11.Headers(pairs), body)


def follow(
    request: http11.Request, address: Address, response: http11.Response
) -> tuple[http11.Request, Address] | None:
    """The next request when `response` is a redirect; None when it is final.

    RFC 9110 §15.4.4: after 303 the method is GET (or HEAD).  §15.4.2 and §15.4.3: after 301 and
    302 a POST becomes GET, as browsers have always done.  §15.4.8: 307 and 308 change nothing.
    """
    location = response.headers.get("location")
    if response.status not in REDIRECTS or location is None:
        return None
    try:
        # A browser, too, takes blanks off the ends, and writes those within as %20.
        there = parse(urljoin(address.url, location.strip(" ").replace(" ", "%20")))
    except (LocalError, ValueError) as error:
        raise RemoteError(f"redirected to {location!r}", response.status) from error
    method, body, dropped = request.method, request.body, ["host"]
    if (response.status == 303 and method != "HEAD") or (
        response.status in (301, 302) and method == "POST"
    ):
        method, body = "GET", b""
        dropped += ABOUT_THE_BODY
    if there.origin != address.origin:
        dropped += CREDENTIALS
    # Userinfo in Location is not used: a server must not choose our credentials.
    pairs: Pairs = [pair for pair in request.headers if pair[0].lower() not in dropped]
    pairs.insert(0, ("Host", there.authority))
    return http11.Request(method, there.target, http11.Headers(pairs), body), there
