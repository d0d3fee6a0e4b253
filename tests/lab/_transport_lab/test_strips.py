"""The strips: dots where messages are, and words that agree with them."""

from __future__ import annotations

import re

import pytest

from course_lib.lab import compare
from course_lib.lab._transport_lab import strips
from course_lib.lab.runs import Delivery, Run

SETTINGS = compare.Settings(duration=10.0)
DOT = re.compile(r"M([\d.]+) ([\d.]+)h0")


def a_run(*latencies: float | None, label: str = "long polling") -> Run:
    """One message a second; None: it has not arrived."""
    deliveries = [
        Delivery(float(due), float(due), None if late is None else due + late, "reader 0", b"x")
        for due, late in enumerate(latencies)
    ]
    return Run(label, deliveries, duration=float(len(latencies)))


def test_a_dot_stands_where_its_message_was_due_and_as_high_as_it_was_late() -> None:
    """Left to right by time, bottom to top by latency; a decade is as high as any other."""
    html = strips.as_html({"long polling": a_run(0.01, 0.1, 1.0)}, SETTINGS)
    dots = [(float(x), float(y)) for x, y in DOT.findall(html)]
    assert [x for x, _ in dots] == pytest.approx([64, 121.2, 178.4])
    low, middle, high = (y for _, y in dots)
    assert low - middle == pytest.approx(middle - high, abs=0.2)
    assert low > middle > high
    assert "<b>long polling</b>: 3 messages, median 100 ms, slowest 1 s" in html
    assert 'aria-label="long polling: 3 messages, median 100 ms, slowest 1 s"' in html
    assert ">10 s<" in html and ">10 ms<" in html


def test_what_has_not_arrived_is_counted_in_words() -> None:
    """It is no dot."""
    run = a_run(0.025, None, 0.025)
    assert strips.words(run) == "2 messages, median 25 ms, slowest 25 ms; 1 not there yet"
    assert len(DOT.findall(strips.as_html({"x": run}, SETTINGS))) == 2
    assert strips.words(a_run(None)) == "nothing has arrived yet"
    assert strips.as_html({"x": a_run(None)}, SETTINGS).count("<svg") == 1
    assert strips.as_html({}, SETTINGS) == ""


def test_strips_share_their_axes_and_are_bounded() -> None:
    """However many messages there are; and what took no time has a place."""
    many = a_run(*[0.05] * 5000)
    html = strips.as_html({"short polling": a_run(0.0, 3.0), "long polling": many}, SETTINGS)
    assert len(DOT.findall(html)) <= strips.MOST_DOTS + 2
    first, second = html.split("<svg")[1:]
    ticks = [re.findall(r'"end"[^>]*>([^<]+)<', each) for each in (first, second)]
    assert ticks[0] == ["0.1 ms", "1.0 ms", "10 ms", "100 ms", "1 s", "10 s"]
    assert ticks[1] == [*ticks[0], "5,000 s"]
