"""Engine.IO beside the other transports: on request, with rows, looks and diagrams of its own."""

from __future__ import annotations

import asyncio

import pytest

from course_lib.errors import LocalError
from course_lib.lab import compare, models
from course_lib.lab.figures import plot_latency

NAMES = ["Engine.IO, polling", "Engine.IO, WebSocket", "Engine.IO, upgraded"]
USUAL = ["short polling", "long polling", "WebSocket"]


@pytest.fixture(scope="module")
def all_six() -> compare.Comparison:
    """All that the course knows, in a simulation."""
    chosen = [*compare.TRANSPORTS, *compare.ENGINEIO]
    return asyncio.run(compare.compare(chosen, rate=5, duration=20, clients=2))


def test_they_are_compared_on_request_only() -> None:
    """Lesson 06 has three transports, and keeps them."""
    assert list(compare.TRANSPORTS) == USUAL
    assert list(compare.ENGINEIO) == NAMES
    usual = asyncio.run(compare.compare(rate=1, duration=5))
    assert [run.details["name"] for run in usual.runs] == USUAL


def test_each_has_a_row_and_loses_nothing(all_six: compare.Comparison) -> None:
    """The requests are those of sessions: a handshake, polls, and what an upgrade takes."""
    rows = {row["run"]: row for row in all_six.table()}
    assert [*rows][3:] == NAMES
    assert all(row["lost"] == 0 for row in rows.values())
    polling, pushed, upgraded = (rows[name] for name in NAMES)
    assert pushed["requests"] == 2  # one for each client
    assert upgraded["requests"] in range(6, 9)
    assert polling["requests"] > rows["long polling"]["requests"] * 0.9
    assert polling["frames"] == 0 < pushed["frames"] == upgraded["frames"]
    assert polling["bytes_per_message"] > rows["long polling"]["bytes_per_message"]
    assert [row["connections"] for row in (polling, pushed, upgraded)] == [2, 2, 4]  # no POST
    for row in (pushed, upgraded):
        assert row["p99_s"] == pytest.approx(rows["WebSocket"]["p99_s"])


def test_they_agree_with_the_models_of_what_carries_them(all_six: compare.Comparison) -> None:
    """Polling is long polling, the others push."""
    for name in NAMES:
        run = all_six.run(name)
        model = models.of(run)
        assert model is not None
        assert run.median == pytest.approx(model.median, abs=0.005)


def test_each_of_them_looks_different(all_six: compare.Comparison) -> None:
    """Colour, marker and line of six runs in one figure."""
    looks = plot_latency.looks(all_six.runs)
    assert len({look.color for look in looks}) == 6
    assert [row["run"] for row in all_six.figure().data] == [run.label for run in all_six.runs]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("number", [1, 7, 60])
def test_the_diagram_of_a_message(all_six: compare.Comparison, name: str, number: int) -> None:
    """The GET that it took, or the frame in which it came."""
    diagram = all_six.message(name, number, "reader 1")
    *before, answer = [arrow.message for arrow in diagram.arrows]
    assert f'"#{number} '.encode() in answer.data
    assert (answer.layer == "http") is (name == NAMES[0])
    assert bool(before) is (name == NAMES[0])


@pytest.mark.parametrize("said", ["engine.io polling", "Engine.IO-polling", NAMES[0]])
def test_a_name_needs_no_comma(said: str) -> None:
    """Since commas stand between names on the command line."""
    assert compare.named(said, 1.0).name == NAMES[0]


def test_a_name_that_is_taken_and_a_way_that_is_none_are_errors() -> None:
    """Two transports of one name could not be told apart."""
    with pytest.raises(LocalError, match="already"):
        compare.register(NAMES[0], lambda _: compare.engineio())
    with pytest.raises(LocalError, match="polling, WebSocket, upgraded: 'pigeons'"):
        compare.engineio("pigeons")
