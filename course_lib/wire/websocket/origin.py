"""Origins: which page opens a WebSocket.                         RFC 6454 §4-§7

Lesson 03.  Builds on: nothing.  Used by: `handshake`.

    https://chat.example:8443/room/7?x     a page's address
    https://chat.example:8443              its origin: scheme, host, port, and nothing else
    https://chat.example                   443 is the port of https, and is not written
    null                                   an origin that the browser hides: a sandbox, a file

New here: a browser lets any page open a WebSocket to any server and sends the user's cookies along.
It names the page in `Origin`, and only the server can refuse.  Origins are compared whole, as they
are written: a browser writes each in one way, so one that differs by a letter is another origin.
Left out: DNS rebinding.  A foreign name that resolves to this server sends its own name in both
Origin and Host, so the two agree; only a list of origins refuses it.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection, Iterable
from urllib.parse import urlsplit

from ...errors import LocalError

Allow = str | Collection[str] | None  # None: our own pages.  "*": all.  Else: these.

PORTS = {"http": 80, "https": 443}
NAME = re.compile(r"[0-9a-z._-]++")


def own(host: str, schemes: Iterable[str] = ("http", "https")) -> list[str]:
    """The origins of the pages that this server itself may have served, from its Host.

    Both schemes by default: behind a proxy that terminates TLS we receive plain HTTP, although the
    page is https.
    """
    host = host.lower()
    return [f"{scheme}://{host.removesuffix(f':{PORTS[scheme]}')}" for scheme in schemes if host]


def check(allow: Allow) -> None:
    """LocalError when something in the list could never equal what a browser sends.

    Servers call this when they are created, so that a mistake is found before a client connects.
    """
    if allow is None or allow == "*":
        return
    if not (isinstance(allow, Collection) and all(isinstance(one, str) for one in allow)):
        raise LocalError(f'{allow!r} names no pages: write a list of origins, "*" or None')
    for text in [allow] if isinstance(allow, str) else allow:
        if text == "*":
            raise LocalError('"*" in a list allows nothing: say origins="*" to allow every page')
        if text == "null":
            raise LocalError('"null" is any sandboxed page, of anybody: it cannot be allowed')
        normal = serialise(text)
        if normal is None:
            raise LocalError(f"{text!r} is not an origin: it needs scheme://host or …:port")
        if normal != text:
            raise LocalError(f"a browser never sends {text!r} as an origin: it sends {normal!r}")


def serialise(url: str) -> str | None:
    """The origin of a URL, as a browser writes it; None if it has none.  RFC 6454 §6.2."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
        if ":" in host:
            host = f"[{ipaddress.IPv6Address(host).compressed}]"
        else:
            host = host.encode("idna").decode("ascii")
            if not NAME.fullmatch(host):
                return None
    except ValueError:
        return None
    if not parts.scheme:
        return None
    shown = "" if port is None or port == PORTS.get(parts.scheme) else f":{port}"
    return f"{parts.scheme}://{host}{shown}"
