"""Socket.IO beside the other transports, on request: what a layer adds."""

from __future__ import annotations

import asyncio

import pytest

from course_lib.errors import LocalError
from course_lib.lab import compare, models

NAMES = ["Socket.IO, polling", "Socket.IO, WebSocket", "Socket.IO, upgraded"]


@pytest.fixture(scope="module")
def layers() -> compare.Comparison:
    """WebSocket alone, and what stands on it; and the other ways of Socket.IO."""
    chosen = ["WebSocket", "Engine.IO, WebSocket", *compare.SOCKETIO]
    return asyncio.run(compare.compare(chosen, rate=5, duration=20, clients=2))


def test_a_layer_adds_bytes_and_no_time(layers: compare.Comparison) -> None:
    """On one WebSocket the latency is the same; a few bytes come with each layer."""
    rows = {row["run"]: row for row in layers.table()}
    assert [*rows][2:] == NAMES == list(compare.SOCKETIO)
    assert all(row["lost"] == 0 for row in rows.values())
    plain, engine, socket = (
        rows[name] for name in ("WebSocket", "Engine.IO, WebSocket", "Socket.IO, WebSocket")
    )
    assert plain["bytes_per_message"] < engine["bytes_per_message"] < socket["bytes_per_message"]
    assert socket["bytes_per_message"] < plain["bytes_per_message"] + 15
    assert socket["p99_s"] == pytest.approx(plain["p99_s"])
    assert socket["requests"] == 2  # one for each client


def test_they_agree_with_the_models_of_what_carries_them(layers: compare.Comparison) -> None:
    """Polling is long polling, the others push."""
    for name in NAMES:
        run = layers.run(name)
        model = models.of(run)
        assert model is not None
        assert run.median == pytest.approx(model.median, abs=0.005)


def test_a_way_that_is_none_is_an_error() -> None:
    """And a name is found without its comma."""
    assert compare.named("socket.io websocket", 1.0).name == NAMES[1]
    with pytest.raises(LocalError, match="polling, WebSocket, upgraded: 'pigeons'"):
        compare.socketio("pigeons")
