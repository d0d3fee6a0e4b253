"""The table of runs: units beside values, and columns where there is something."""

from __future__ import annotations

import re
from typing import Any

from course_lib.lab._transport_lab import tables
from course_lib.lab.runs import Delivery, Run


def a_row(*latencies: float | None, **more: Any) -> dict[str, Any]:
    """A run as the lab's table has it."""
    deliveries = [Delivery(0.0, 0.0, late, "reader 0", b"x") for late in latencies]
    return {"number": 3} | Run("long polling", deliveries, 4, 100, 250).costs() | more


def cells(html: str) -> list[list[str]]:
    rows = html.split("<tr>")[2:]
    return [re.findall(r"<td[^>]*>([^<]*)</td>", row) for row in rows]


def test_values_have_their_units() -> None:
    """And nothing is said of what was not lost or not measured."""
    html = tables.as_html([a_row(0.0251, 1.2)])
    assert cells(html) == [["3", "long polling", "2", "25 ms", "1.2 s", "1.2 s", "2", "175 B"]]
    heads = re.findall(r'scope="col" [^>]*>([^<]+)<', html)
    assert heads == ["run", "transport", "delivered", "median", "90 %", "99 %", "requests", "bytes"]
    assert re.findall(r'colspan="(\d)" [^>]*>([^<]*)<', html) == [
        ("3", ""),
        ("3", "latency"),
        ("2", "per delivered message"),
    ]
    assert 'tabindex="0"' in html  # it scrolls by keyboard


def test_what_was_lost_and_what_the_processor_did_have_columns_where_there_is_any() -> None:
    """Empty for the runs that have none."""
    html = tables.as_html([a_row(0.025, None), a_row(0.025, cpu_per_message_s=0.00042)])
    assert cells(html) == [
        ["3", "long polling", "1", "1", "25 ms", "lost", "lost", "4", "350 B", ""],
        ["3", "long polling", "1", "0", "25 ms", "25 ms", "25 ms", "4", "350 B", "0.42 ms"],
    ]
