"""Which session a request belongs to: every refusal, and which fault counts of several.

Left out: CORS, `allow_request`, upgrades; see their own tests.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from course_lib.engineio import routing
from course_lib.wire.http.http11 import Headers, Request

SESSIONS: Any = {
    name: SimpleNamespace(transport=SimpleNamespace(name=name)) for name in ("polling", "websocket")
}


def found(method: str, query: str, *, upgrading: bool = False) -> Any:
    request = Request(method, f"/engine.io/?{query}", Headers([]))
    try:
        return routing.find(request, SESSIONS, ("polling", "websocket"), upgrading=upgrading)
    except routing.Refusal as refusal:
        return refusal.status, refusal.code


@pytest.mark.parametrize(
    ("method", "query", "expected"),
    [
        ("GET", "EIO=4&transport=polling", routing.NEW),
        ("GET", "EIO=4&transport=polling&sid=polling", SESSIONS["polling"]),
        ("POST", "EIO=4&transport=polling&sid=polling", SESSIONS["polling"]),
        ("GET", "EIO=4&transport=polling&sid=x", routing.ELSEWHERE),
        ("GET", "EIO=4&transport=x&sid=x", (400, 0)),
        ("POST", "EIO=4", (400, 0)),
        ("POST", "EIO=4&transport=polling", (400, 2)),
        ("POST", "EIO=4&transport=websocket", (400, 2)),
        ("GET", "EIO=4&transport=websocket", (400, 3)),
        ("GET", "EIO=4&transport=polling&sid=websocket", (400, 3)),
        ("GET", "EIO=4&transport=websocket&sid=polling", (400, 3)),
        ("GET", "EIO=4&transport=websocket&sid=websocket", (400, 3)),  # plain HTTP is polling
        ("GET", "EIO=3&transport=polling&sid=polling", (400, 3)),
    ],
)
def test_the_first_fault_of_a_request_counts(method: str, query: str, expected: Any) -> None:
    assert found(method, query) == expected


def test_an_upgrade_belongs_to_a_session_that_polls() -> None:
    query = "EIO=4&transport=websocket"
    assert found("GET", query, upgrading=True) == routing.NEW
    assert found("GET", f"{query}&sid=polling", upgrading=True) is SESSIONS["polling"]
    assert found("GET", "EIO=4&transport=polling", upgrading=True) == (400, 3)
