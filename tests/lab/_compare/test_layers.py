"""WebSocket or Socket.IO: what a layer adds, held against the bytes that it writes."""

from __future__ import annotations

import asyncio
import json

import pytest

from course_lib.errors import LocalError
from course_lib.lab import compare, plots
from course_lib.lab._compare.layers import LAYERS, Cost
from course_lib.wire.engineio import packet as engine_packet
from course_lib.wire.socketio import packet
from course_lib.wire.socketio.packet import Packet, Type
from course_lib.wire.websocket import frames
from course_lib.wire.websocket.frames import Frame, Opcode


@pytest.fixture(scope="module")
def all_seven() -> compare.Layers:
    """Without processor time: always the same."""
    return asyncio.run(compare.layers(rounds=0))


def by_name(found: compare.Layers) -> dict[str, Cost]:
    return {one.transport: one for one in found.costs}


def test_what_is_added_is_what_the_encoders_write(all_seven: compare.Layers) -> None:
    """A digit for Engine.IO; a digit, a name and brackets for Socket.IO, without spaces."""
    assert [one.transport for one in all_seven.costs] == list(LAYERS)
    rows = {row["transport"]: row for row in all_seven.table()}
    news = {"messages": ["#1".ljust(32, ".")], "cursor": 1, "missed": 0}
    plain = json.dumps(news)
    (event,) = packet.encode(Packet(Type.EVENT, ["news", news]))
    carried = engine_packet.encode(engine_packet.Packet(engine_packet.Type.MESSAGE, event))

    def frame(text: str | bytes) -> int:
        octets = text.encode() if isinstance(text, str) else text
        return len(frames.encode(Frame(Opcode.TEXT, octets)))

    for way in ("WebSocket", "upgraded"):
        assert rows[f"Engine.IO, {way}"]["added_bytes"] == pytest.approx(1)
        added = rows[f"Socket.IO, {way}"]["added_bytes"]
        assert added == pytest.approx(frame(carried) - frame(plain)) == pytest.approx(6)
    assert rows["Socket.IO, polling"]["added_bytes"] > 200
    assert rows["WebSocket"]["bytes_per_message"] == pytest.approx(frame(plain), abs=1)
    assert rows["WebSocket"]["added_bytes"] == 0
    assert all(row["median_s"] == pytest.approx(0.025) for row in rows.values())


def test_the_beginning_is_where_they_differ(all_seven: compare.Layers) -> None:
    """The round trips of the model; `40` and its answer; the handshakes of both transports."""
    costs = by_name(all_seven)
    trips = {name: one.setup_trips for name, one in costs.items()}
    assert trips == {
        "WebSocket": 2,
        "Engine.IO, WebSocket": 2,
        "Engine.IO, upgraded": 2,
        "Engine.IO, polling": 2,
        "Socket.IO, WebSocket": 3,
        "Socket.IO, upgraded": 4,
        "Socket.IO, polling": 4,
    }
    sizes = [costs[name].setup_bytes for name in LAYERS]
    assert sizes[0] < sizes[1] < sizes[2] < sizes[3] < sizes[4]
    requests = {name: one.requests_per_message for name, one in costs.items()}
    assert {requests[name] for name in LAYERS if name.endswith("polling")} == {1.0}
    assert {requests[name] for name in LAYERS if not name.endswith("polling")} == {0.0}


def test_processor_time_is_measured_in_rounds() -> None:
    """On real sockets, for all that are asked for; nothing is left open."""
    found = asyncio.run(compare.layers(["WebSocket", "socket.io polling"], rounds=3))
    assert [len(one.cpu) for one in found.costs] == [3, 3]
    rows = found.table()
    assert all(row["cpu_us_per_message"] > 0 for row in rows)
    difference = rows[1]["cpu_us_per_message"] - rows[0]["cpu_us_per_message"]
    assert rows[1]["added_us"] == difference
    assert found == asyncio.run(compare.layers(["WebSocket", "socket.io polling"], rounds=0))


def test_the_figure_says_what_the_table_says(all_seven: compare.Layers) -> None:
    """With processor time and without."""
    plot = plots.layers(all_seven)
    assert plot.data == all_seven.table()
    assert plot.alt.startswith("WebSocket: 79 bytes a message; before the first 2 round trips and")
    assert "Socket.IO, WebSocket: 85 bytes a message (+6 bytes beside WebSocket" in plot.alt
    assert "µs" not in plot.alt and "Processor" not in plot.caption
    for one in all_seven.costs:
        one.cpu = [60e-6, 50e-6, 55e-6]
    try:
        plot = plots.layers(all_seven)
    finally:
        for one in all_seven.costs:
            one.cpu = []
    assert "Socket.IO, WebSocket: 85 bytes and 55 µs a message (+6 bytes and +0 µs" in plot.alt
    assert "the median of the rounds" in plot.caption


def test_without_websocket_nothing_is_compared() -> None:
    """And what cannot be measured is refused."""
    found = asyncio.run(compare.layers(["Engine.IO, polling"], rounds=0))
    assert found.plain is None
    assert [(row["added_bytes"], row["added_us"]) for row in found.table()] == [(None, None)]
    assert "beside WebSocket" not in plots.layers(found).alt
    with pytest.raises(LocalError, match="nothing to draw"):
        plots.layers(compare.Layers([], 32))
    with pytest.raises(LocalError, match="rounds are 0 or more"):
        asyncio.run(compare.layers(rounds=-1))
    with pytest.raises(LocalError, match="no transport 'pigeons'"):
        asyncio.run(compare.layers(["pigeons"]))
