"""Where a client's requests go: a URL with the query of Engine.IO.

    http://example.org/?room=7  +  path  ->  http://example.org/engine.io/?EIO=4&transport=polling&…
                                             ws://…       for WebSocket

Lesson 07.  Builds on: wire.http.url.  Used by: `client`, and its transports.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Mapping
from urllib.parse import parse_qsl, quote, urlencode

from ..errors import LocalError
from ..wire.http import url as http_url

PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}
SECURE = ("https", "wss")


class Address:
    """The server, and what each request of one attempt says in its query."""

    def __init__(
        self,
        url: str,
        path: str,
        query: Mapping[str, str],
        *,
        base64: bool = False,
        timestamp: str | None = None,
    ) -> None:
        """`timestamp` names the parameter that makes each polling request a new one."""
        parts = http_url.split(url, PORTS)
        self.secure = parts.scheme in SECURE
        self.authorization = parts.authorization
        self._where = f"{http_url.authority(parts.host, parts.port, PORTS[parts.scheme])}{path}"
        self._query = dict(parse_qsl(parts.target.partition("?")[2], keep_blank_values=True))
        self._query.update(query)
        if base64:
            self._query["b64"] = "1"
        for name, value in self._query.items():
            if not (isinstance(name, str) and isinstance(value, str)):
                raise LocalError(f"query {name!r}: {value!r}: names and values are text")
        self._timestamp = timestamp
        self._count = itertools.count()

    def url(self, transport: str, sid: str | None = None) -> str:
        """The address of one request."""
        scheme = {"polling": "http", "websocket": "ws"}[transport] + ("s" if self.secure else "")
        query = {**self._query, "EIO": "4", "transport": transport}
        if sid is not None:
            query["sid"] = sid
        if self._timestamp is not None and transport == "polling":
            query[self._timestamp] = f"{time.time_ns() // 1_000_000:x}.{next(self._count)}"
        return f"{scheme}://{self._where}?{urlencode(query, quote_via=quote)}"
