"""The echo of lesson 04: every message comes back, to a peer that is not ours."""

from __future__ import annotations

import aiohttp
import pytest

from course_lib.lab.apps import echo
from course_lib.net import http_client


@pytest.mark.parametrize("size", [0, 125, 126, 65_535, 65_536, 900_000])
async def test_what_is_said_comes_back(size: int) -> None:
    """At each length at which a header grows, as bytes and as text."""
    async with (
        echo.serve() as server,
        aiohttp.ClientSession() as session,
        session.ws_connect(server.url) as peer,
    ):
        await peer.send_bytes(bytes(size))
        assert await peer.receive_bytes() == bytes(size)
        await peer.send_str("안" * (size // 3))
        assert await peer.receive_str() == "안" * (size // 3)


async def test_the_page_is_there_and_nothing_else() -> None:
    """The page connects to where it came from; no other path is answered."""
    async with echo.serve() as server, http_client.Client() as http:
        page = await http.get(echo.page_url(server))
        assert (page.status, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
        assert "new WebSocket(location.href" in page.text()
        assert (await http.get(echo.page_url(server) + "other")).status == 404
