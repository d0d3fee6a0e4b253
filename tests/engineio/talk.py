"""A client by hand: HTTP requests and WebSocket messages of one session."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any, Self

from course_lib.net import http_client, ws
from course_lib.wire.http.http11 import Response

TEXT = {"Content-type": "text/plain;charset=UTF-8"}


class Talk:
    """Requests to one server, each with the query that it needs."""

    def __init__(self, port: int, path: str = "/engine.io/") -> None:
        self.where = f"127.0.0.1:{port}{path}"
        self.sid = ""
        self.http = http_client.Client(timeout=60.0, retry=False)
        self.polls: Counter[str] = Counter()  # of each session
        self.websockets: list[ws.Connection] = []

    def url(self, scheme: str = "http", **query: str | None) -> str:
        """The address of a request; `sid=None` leaves the sid out."""
        transport = "websocket" if scheme == "ws" else "polling"
        every = {"EIO": "4", "transport": transport, "sid": self.sid or None, **query}
        said = "&".join(f"{name}={value}" for name, value in every.items() if value is not None)
        return f"{scheme}://{self.where}?{said}"

    async def request(
        self,
        method: str,
        body: bytes | str = b"",
        headers: Mapping[str, str] | None = None,
        **query: str | None,
    ) -> Response:
        if method == "GET" and "sid" not in query:
            self.polls[self.sid] += 1
        return await self.http.request(method, self.url(**query), body=body, headers=headers)

    async def open(self, **query: str | None) -> dict[str, Any]:
        """Handshake by polling; what the server said."""
        response = await self.get(sid=None, **query)
        assert response.status == 200, response
        assert response.body[:1] == b"0"
        said: dict[str, Any] = json.loads(response.body[1:].partition(b"\x1e")[0])
        self.sid = said["sid"]
        return said

    async def get(self, **query: str | None) -> Response:
        return await self.request("GET", **query)

    async def poll(self) -> str:
        """The body of one poll."""
        response = await self.get()
        assert response.status == 200, response
        return response.text()

    async def post(self, body: bytes | str, **query: str | None) -> Response:
        return await self.request("POST", body, TEXT, **query)

    async def websocket(self, **query: str | None) -> ws.Connection:
        """A WebSocket: of this session, if there is one."""
        connection = await ws.connect(
            self.url("ws", **query), ping_interval=None, connect_timeout=60.0
        )
        self.websockets.append(connection)
        return connection

    async def probed(self) -> ws.Connection:
        """A WebSocket on which the server has answered the probe."""
        connection = await self.websocket()
        await connection.send("2probe")
        assert await connection.recv() == "3probe"
        return connection

    async def upgraded(self) -> ws.Connection:
        """A WebSocket that is the session's transport."""
        connection = await self.probed()
        await connection.send("5")
        return connection

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for connection in self.websockets:
            connection.abort()
        await self.http.close()
