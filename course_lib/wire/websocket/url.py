"""The parts of a ws:// or wss:// URL.                            RFC 6455 §3

    wss://chat.example:8443/room/7?name=an
    ---   ------------ ---- --------------
  secure      host     port     target

Lesson 03.  Builds on: nothing.  Used by: `handshake`, `net.ws_client`.
New here: a WebSocket has a URL like a page, but no fragment, which names a place in a page.
Left out: a zone in an IPv6 address.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from urllib.parse import SplitResult, quote, unquote_to_bytes, urlsplit

from ...errors import LocalError

PORTS = {"ws": 80, "wss": 443}
_SAFE = "/?:@!$&'()*+,;=-._~%[]"  # characters that a target keeps unescaped
_HOST = re.compile(r"[0-9a-z._-]+|[0-9a-f.]*:[0-9a-f.:]*")  # a name or IPv4; IPv6
_UNSEEN = re.compile(r"[\x00-\x20\x7f]")  # urlsplit silently drops some of these


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
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS["wss" if self.secure else "ws"] else f"{host}:{self.port}"


def parse(url: str) -> Address:
    """Take a WebSocket URL apart.  LocalError says what is wrong with it."""
    if found := _UNSEEN.search(url):
        raise LocalError(f"{url!r} has {found[0]!r} in it: a URL writes it as %{ord(found[0]):02X}")
    try:
        parts = urlsplit(url)
        port = parts.port
        host = (parts.hostname or "").encode("idna").decode("ascii")
    except ValueError as error:
        raise LocalError(f"{url!r} is not a URL: {error}") from error
    if parts.scheme in ("http", "https"):
        wanted = "wss" if parts.scheme == "https" else "ws"
        raise LocalError(f"{url!r} is a page's URL: a WebSocket's begins with {wanted}://")
    if parts.scheme not in PORTS:
        raise LocalError(f"{url!r} is not a WebSocket's URL: it begins with ws:// or wss://")
    if not host:
        raise LocalError(f"{url!r} names no host: ws://host:port/path")
    # Of "ws://good.example\\@evil.example" a browser takes the host good.example, urlsplit takes
    # evil.example.
    if not _HOST.fullmatch(host) or "\\" in parts.netloc:
        raise LocalError(f"{url!r} names no host: {host!r} cannot be one")
    # RFC 6455 §3: "Fragment identifiers are meaningless in the context of WebSocket URIs and MUST
    # NOT be used on these URIs."
    if "#" in url:
        raise LocalError(f"{url!r} has a fragment: leave it out, or write '#' as %23")
    target = quote(parts.path or "/", safe=_SAFE)
    if parts.query:
        target += "?" + quote(parts.query, safe=_SAFE)
    default = PORTS[parts.scheme]
    secure = parts.scheme == "wss"
    return Address(secure, host, default if port is None else port, target, _basic(parts))


def _basic(parts: SplitResult) -> str:
    """The Authorization value for userinfo, as a browser sends it: RFC 7617."""
    if parts.username is None:
        return ""
    user, word = unquote_to_bytes(parts.username), unquote_to_bytes(parts.password or "")
    return "Basic " + base64.b64encode(user + b":" + word).decode("ascii")
