"""What several files share: the adapters on which rooms and broadcasts must be the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from course_lib.adapters import Engine, cluster
from course_lib.socketio.adapter import Adapter

ADAPTERS: dict[str, Callable[[], Any]] = {
    "memory": lambda: Adapter,
    "network": lambda: cluster(Engine(delay=0.01).bus()),
    "network with offsets": lambda: cluster(_slow(Engine(delay=0.01, offsets=True).bus())),
}


def _slow(bus: Any) -> Any:
    bus.takes = 0.02
    return bus


@pytest.fixture(params=ADAPTERS)
def adapter(request: pytest.FixtureRequest) -> Any:
    """What `Server(adapter=...)` takes."""
    return ADAPTERS[request.param]()
