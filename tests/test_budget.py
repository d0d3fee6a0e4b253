"""The tests stay within their budget, and what watches over it can fail."""

from __future__ import annotations

import pytest

from . import budget


@pytest.mark.wide
def test_the_last_full_run_was_within_its_budget(request: pytest.FixtureRequest) -> None:
    """Whoever costs more than their share is named; `make test-wide` fails at its own end."""
    cache = request.config.cache
    costs = cache.get(f"{budget.KEY}/all", None) if cache is not None else None
    if costs is None:
        pytest.skip("`make test` has not passed in this checkout yet: make test")
    assert budget.over(costs, "all") == []


@pytest.mark.parametrize(
    ("nodeid", "name"),
    [
        ("tests/wire/websocket/test_frames.py::test_a", "wire.websocket"),
        ("tests/net/test_ws.py::test_a[1.1]", "net"),
        ("tests/browser/test_inspector.py::test_a", "browser"),
        ("tests/notebooks/test_nbval.py::test_a[02_long_polling]", "lesson 02"),
        ("tests/notebooks/test_nbval.py::test_a[p1_waiting]", "lesson p1"),
        ("tests/lab/grading/test_every_exercise.py::test_a[2.5-one_number]", "lesson 02"),
        ("tests/lab/grading/test_every_exercise.py::test_a[p3.1]", "lesson p3"),
        ("tests/lab/grading/test_every_exercise.py::test_half_an_emoji", "lab.grading"),
        ("tests/test_architecture.py::test_a[a circle]", "tests"),
    ],
)
def test_each_test_is_paid_for_by_somebody(nodeid: str, name: str) -> None:
    """A lesson pays for its notebook and its exercises, a package for what is in its folder."""
    assert budget.owner(nodeid) == name


def test_what_costs_too_much_is_named() -> None:
    """A lesson, a layer, the browsers, and all together; a wide run has one limit."""
    costs = {"lesson 01": 16.1, "lesson 03": 15.9, "net": 40.1, "browser": 119.0, "total": 751.0}
    found = [line.partition(" costs")[0] for line in budget.over(costs, "all")]
    assert found == ["lesson 01", "net", "total"]
    assert budget.over(costs | {"total": 2499.0}, "wide") == []
    assert budget.over({"total": 2501.0}, "wide") == [
        "total costs 2501 s of CPU; its limit is 2000"
    ]
