"""The parts of a ws:// or wss:// URL.                            RFC 6455 §3

    wss://chat.example:8443/room/7?name=an
    ---   ------------ ---- --------------
  secure      host     port     target

Lesson 03.  Builds on: `wire.http.url`.  Used by: `handshake`, `net.ws_client`.
New here: a WebSocket has a URL like a page, but no fragment, which names a place in a page.
Left out: what a URL has in general; see `wire.http.url`.
"""

from __future__ import annotations

from dataclasses import dataclass

from ...errors import LocalError
from ..http import url as url_parts

PORTS = {"ws": 80, "wss": 443}


@dataclass(slots=True)
class Address:
    """A WebSocket URL, taken apart."""

    secure: bool
    host: str
    port: int
    target: str  # path and query, as the request line has them
    authorization: str = ""  # the header value that userinfo stands for

    @property
    def authority(self) -> str:
        """The value of Host.

        RFC 6455 §4.1: "The request MUST contain a |Host| header field whose value contains
        /host/ plus optionally ':' followed by /port/ (when not using the default port)."
        """
        return url_parts.authority(self.host, self.port, PORTS["wss" if self.secure else "ws"])


def parse(url: str) -> Address:
    """Take a WebSocket URL apart.  LocalError says what is wrong with it."""
    scheme = url.partition(":")[0].lower()
    if scheme in ("http", "https"):
        wanted = "wss" if scheme == "https" else "ws"
        raise LocalError(f"{url!r} is a page's URL: a WebSocket's begins with {wanted}://")
    parts = url_parts.split(url, PORTS)
    # RFC 6455 §3: "Fragment identifiers are meaningless in the context of WebSocket URIs and MUST
    # NOT be used on these URIs."
    if "#" in url:
        raise LocalError(f"{url!r} has a fragment: leave it out, or write '#' as %23")
    secure = parts.scheme == "wss"
    return Address(secure, parts.host, parts.port, parts.target, parts.authorization)
