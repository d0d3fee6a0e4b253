"""The cookies of one server, kept by a client that is no browser.         RFC 6265, in part

Lesson 07.  Builds on: nothing.  Used by: `client`.
New here: a load balancer may know a session by a cookie, so the client has to send it back.
Left out: paths and domains; these cookies go to the server that set them, and nowhere else.
"""

from __future__ import annotations

from email.utils import parsedate_to_datetime

MOST = 64  # cookies


class Jar:
    """Name -> value, until a cookie expires."""

    def __init__(self) -> None:
        self._cookies: dict[str, tuple[str, float | None]] = {}

    def keep(self, line: str, now: float) -> None:
        """Note one Set-Cookie line.  `now` is in seconds since 1970."""
        first, *attributes = [part.strip() for part in line.split(";")]
        name, found, value = first.partition("=")
        name = name.strip()
        if not found or not name:
            return
        until: float | None = None
        for attribute in attributes:
            key, _, said = attribute.partition("=")
            if key.lower() == "max-age" and said.removeprefix("-").isdecimal():
                until = now + int(said[:12])
                break  # RFC 6265 §4.1.2.2: Max-Age has precedence
            if key.lower() == "expires":
                try:
                    until = parsedate_to_datetime(said).timestamp()
                except (TypeError, ValueError, OverflowError):
                    continue
        self._cookies.pop(name, None)
        if (until is None or until > now) and len(self._cookies) < MOST:
            self._cookies[name] = value.strip(), until

    def header(self, now: float) -> str:
        """The value of Cookie; "" for none."""
        fresh = [
            f"{name}={value}"
            for name, (value, until) in self._cookies.items()
            if until is None or until > now
        ]
        return "; ".join(fresh)
