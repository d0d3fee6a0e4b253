"""The heartbeat on a real clock: 300 ms and 200 ms, as in the official suite.

What has to be in time here is the server; `test_time` has the exact moments, on a virtual clock.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from course_lib.errors import ConnectionClosed


@pytest.fixture
async def patient(serve: Callable[..., Any]) -> Any:
    """Pings as often as the official suite, and waits for their answer for as long as it takes."""
    return await serve(pingInterval=300)


async def test_a_poll_brings_a_ping_and_the_answer_keeps_the_session(patient):
    """Three rounds."""
    await patient.open()
    for _ in range(3):
        assert await patient.poll() == "2"
        assert (await patient.post("3")).body == b"ok"
    await patient.post("4hello")
    assert (await patient.poll()).removeprefix("2\x1e") == "4hello"


async def test_a_websocket_brings_a_ping_and_the_answer_keeps_the_session(patient):
    """The same; a pong that is not asked for does no harm."""
    connection = await patient.websocket()
    await connection.recv()
    for _ in range(3):
        assert await connection.recv() == "2"
        await connection.send("3")
    await connection.send("3")
    await connection.send("4hello")
    while (message := await connection.recv()) == "2":
        await connection.send("3")
    assert message == "4hello"


async def test_silence_ends_a_session_that_polls(brisk):
    """L17: with a poll that waits, it gets `1`; one that comes later is told that it is over."""
    await brisk.open()
    assert await brisk.poll() == "2"
    last = await brisk.get()
    assert (last.status, last.text()) == (200, "1") or last.status == 400
    assert (await brisk.closed())[0] == "ping timeout"
    assert (await brisk.get()).status == 400


async def test_silence_ends_a_session_that_does_not_even_poll(brisk):
    """L17: nobody asks, and still."""
    await brisk.open()
    assert (await brisk.closed())[0] == "ping timeout"
    assert (await brisk.get()).status == 400


async def test_silence_ends_a_websocket(brisk):
    """It is closed."""
    connection = await brisk.websocket()
    await connection.recv()
    assert await connection.recv() == "2"
    with pytest.raises(ConnectionClosed):
        await connection.recv()
    assert (await brisk.closed())[0] == "ping timeout"
