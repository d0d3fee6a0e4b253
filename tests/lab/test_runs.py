"""Runs: percentiles by nearest rank, losses that count, costs per delivered message."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib.errors import LocalError
from course_lib.lab import runs
from course_lib.lab.runs import Delivery, Exchange, Run


def run_of(*latencies: float | None, **more: object) -> Run:
    deliveries = [
        Delivery(10.0 + i, 10.0 + i, None if late is None else 10.0 + i + late)
        for i, late in enumerate(latencies)
    ]
    return Run("r", deliveries, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("q", "expected"),
    [(5, 15), (30, 20), (40, 20), (50, 35), (100, 50), (0.001, 15), (60.001, 40)],
)
def test_a_percentile_is_the_value_of_the_nearest_rank(q: float, expected: float) -> None:
    """The textbook example of the nearest-rank definition: 15, 20, 35, 40, 50."""
    assert runs.percentile([50, 15, 40, 35, 20], q) == expected


@pytest.mark.parametrize(("q", "rank"), [(7, 70), (99.9, 999), (99.99, 1000), (0.1, 1), (29, 290)])
def test_the_rank_is_exact_where_floating_point_is_not(q: float, rank: int) -> None:
    """7 / 100 * 1000 is a little more than 70 in floating point; the rank is 70."""
    assert runs.percentile(range(1, 1001), q) == rank


@given(
    st.lists(st.integers(0, 50), min_size=1, max_size=60),
    st.integers(1, 1000).map(lambda tenths: tenths / 10),
)
def test_it_is_the_smallest_value_that_enough_values_do_not_exceed(
    values: list[int], q: float
) -> None:
    """The definition itself, in whole numbers, against the shortcut by rank."""
    enough = [
        v for v in values if sum(w <= v for w in values) * 1000 >= round(q * 10) * len(values)
    ]
    assert runs.percentile(values, q) == min(enough)


@pytest.mark.parametrize("q", [0, -1, 100.1])
def test_a_percentile_outside_its_range_is_refused(q: float) -> None:
    """There is no rank 0, and none above the last."""
    with pytest.raises(LocalError, match="percentile is above 0"):
        runs.percentile([1.0], q)


def test_a_percentile_of_nothing_is_refused() -> None:
    """An empty run has no latency, and 0 would be a lie."""
    with pytest.raises(LocalError, match="percentile of nothing"):
        Run("empty").percentile(50)


def test_latency_counts_from_when_the_message_was_due() -> None:
    """A sender that was too busy for half a second made the message half a second later."""
    late = Delivery(due=1.0, sent=1.5, arrived=1.75)
    assert late.latency == 0.75
    assert Run("busy", [late]).lateness == 0.5


def test_lost_messages_are_counted_and_make_the_tail_infinite() -> None:
    """Two of ten are lost: 80 % arrived in time, and nothing can be said of the slowest 20 %."""
    run = run_of(0.1, 0.2, 0.3, 0.4, None, 0.5, 0.6, 0.7, None, 0.8)
    assert (run.delivered, run.lost) == (8, 2)
    assert run.percentile(80) == pytest.approx(0.8)
    assert run.percentile(80.1) == math.inf
    assert run.median == pytest.approx(0.5)
    assert len(run.latencies) == 10


def test_the_median_is_a_measured_value_not_a_mean() -> None:
    """One message of a minute does not move the median."""
    assert run_of(1.0, 2.0, 60.0).median == 2.0
    assert run_of(1.0, 2.0, 4.0, 60.0).median == 2.0


def test_costs_are_per_delivered_message_in_both_directions() -> None:
    """Requests, empty ones too, and all bytes, over the messages that arrived."""
    run = run_of(0.1, None, 0.1, requests=60, empty=57, bytes_up=6000, bytes_down=4000)
    assert run.requests_per_message == 30
    assert run.bytes_per_message == 5000
    assert run.empty_share == 0.95


def test_a_run_that_delivered_nothing_cost_infinitely_much_for_each_message() -> None:
    """Dividing by what was sent would make a dead transport look cheap."""
    run = run_of(None, None, requests=3, bytes_up=10)
    assert run.requests_per_message == run.bytes_per_message == math.inf
    assert Run("idle").requests_per_message == Run("idle").empty_share == 0.0


def test_payload_counts_bytes_that_were_delivered() -> None:
    """Bytes, not characters; and not those of a lost message."""
    deliveries = [Delivery(0, 0, 1, payload="안녕".encode()), Delivery(0, 0, None, payload=b"lost")]
    assert Run("r", deliveries).payload_bytes == 6


def test_the_tables_have_a_row_for_each_delivery_and_for_each_run() -> None:
    """Lost ones are rows as well; percentiles of an empty run are None."""
    run = Run(
        "a, b", [Delivery(0, 0, 0.25, "kim", b"hi"), Delivery(1, 1, None, "kim", b"ho", "gone")]
    )
    assert [row["latency_s"] for row in run.as_table()] == [0.25, math.inf]
    assert run.as_table()[1]["error"] == "gone"
    first, second = runs.as_table([run, Run("empty")])
    assert (first["delivered"], first["lost"], first["p50_s"]) == (1, 1, 0.25)
    assert second["p50_s"] is None


def test_csv_quotes_what_must_be_and_leaves_none_empty() -> None:
    """One header; the columns of all rows; newline at each end."""
    rows = [{"run": "a, b", "lost": 1}, {"run": '"x"', "p50_s": None}]
    assert runs.csv_text(rows) == 'run,lost,p50_s\n"a, b",1,\n"""x""",,\n'
    assert runs.csv_text([]) == ""


def test_values_are_equal_when_their_fields_are() -> None:
    """Runs are plain values, so tests can compare them."""
    assert Exchange(0, 1, 2) == Exchange(0, 1, 2)
    assert run_of(1.0) == run_of(1.0)
