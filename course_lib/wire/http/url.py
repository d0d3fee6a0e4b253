"""A URL, taken apart: where to connect, and what to ask for.     RFC 3986

    http://user:word@example.org:8080/poll?cursor=7#top
    ----   ---------  ----------- ---- --------------
    scheme  userinfo     host     port     target         #top stays with the client

Lesson 01.  Builds on: nothing.  Used by: `net.http_address`, `wire.websocket.url`.
New here: two parsers that read one URL in two ways are a hole.  A browser takes the host
good.example of "http://good.example\\@evil.example", and `urlsplit` takes evil.example.  What can
be read in two ways is refused.
Left out: IPv6 zones, which name an interface of this machine; IDNA 2008 (a name that is not ASCII
is written by the rules of 2003, as Python does).
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, quote, unquote_to_bytes, urlsplit

from ...errors import LocalError

_SAFE = "/?:@!$&'()*+,;=-._~%[]"  # characters that a target keeps unescaped
_HOST = re.compile(r"[0-9a-z._-]+|[0-9a-f.]*:[0-9a-f.:]*")  # a name or IPv4; IPv6
_UNSEEN = re.compile(r"[\x00-\x20\x7f]")  # urlsplit silently drops some of these


@dataclass(slots=True)
class Parts:
    """The parts of an absolute URL."""

    scheme: str
    host: str  # in lower case and ASCII; an IPv6 address without brackets
    port: int
    target: str  # path and query, as the request line has them
    authorization: str  # the header value that userinfo stands for, or ""


def split(url: str, ports: Mapping[str, int]) -> Parts:
    """Take an absolute URL apart.  `ports`: the schemes that are meant, each with its own port.

    LocalError says what is wrong with it.
    """
    if found := _UNSEEN.search(url):
        raise LocalError(f"{url!r} has {found[0]!r} in it: a URL writes it as %{ord(found[0]):02X}")
    try:
        parts = urlsplit(url)
        port = parts.port
        host = (parts.hostname or "").encode("idna").decode("ascii")
    except ValueError as error:
        raise LocalError(f"{url!r} is not a URL: {error}") from error
    if parts.scheme not in ports:
        wanted = " or ".join(f"{scheme}://" for scheme in ports)
        raise LocalError(f"{url!r} is not the URL that is wanted: it begins with {wanted}")
    if not host:
        raise LocalError(f"{url!r} is a URL that names no host: {parts.scheme}://host:port/path")
    if not _HOST.fullmatch(host) or "\\" in parts.netloc:
        raise LocalError(f"{url!r} names no host: {host!r} cannot be one")
    target = quote(parts.path or "/", safe=_SAFE)
    if parts.query:
        target += "?" + quote(parts.query, safe=_SAFE)
    port = ports[parts.scheme] if port is None else port
    return Parts(parts.scheme, host, port, target, _basic(parts))


def authority(host: str, port: int, default: int) -> str:
    """The value of Host: the port only where it is not the scheme's own.  (RFC 9110 §7.2)"""
    host = f"[{host}]" if ":" in host else host
    return host if port == default else f"{host}:{port}"


def _basic(parts: SplitResult) -> str:
    """The Authorization value for userinfo, as a browser sends it: RFC 7617."""
    if parts.username is None:
        return ""
    user, word = unquote_to_bytes(parts.username), unquote_to_bytes(parts.password or "")
    return "Basic " + base64.b64encode(user + b":" + word).decode("ascii")
