"""The official client visits: with Node.js, and with its recorded bytes where that is missing."""

from __future__ import annotations

import pytest

from course_lib.engineio import Server
from course_lib.lab import official_client
from course_lib.wire.engineio import packet


@pytest.mark.parametrize("node", [True, False])
async def test_it_tells_what_it_reads_and_hears(
    node: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both say the same of a handshake; without Node.js the first line says so."""
    if node and not official_client.available():
        pytest.skip("node with the package engine.io-client is missing: `npm ci`")
    monkeypatch.setattr(official_client, "available", lambda: node)
    server = Server(ping_interval=12.5, max_payload=1234, allow_upgrades=False)
    server.on("connection", lambda session: session.on("message", session.send))
    async with server.listen() as address:
        said = "\n".join(await official_client.visit(address.url))
    assert "a ping every 12500 ms, and 20000 ms for its pong\n" in said
    assert "bodies of 1234 bytes at most\nit heard:" in said
    assert "안녕 👋" in said
    assert said.startswith("Node.js is missing") is not node


async def test_a_handshake_that_it_does_not_understand(monkeypatch: pytest.MonkeyPatch) -> None:
    """The recorded client gives up where the real one would."""
    monkeypatch.setattr(official_client, "available", lambda: False)
    monkeypatch.setattr(packet, "handshake", lambda *fields: "4{}")
    async with Server().listen() as address:
        *_, last = await official_client.visit(address.url)
    assert last == "it failed: '4{}' opens no session"
