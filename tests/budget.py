"""What the tests cost: seconds of CPU for each lesson, package and kind, and their limits.

    a worker          the CPU of each test, of the processes that ended in it, and of all the rest
    xdist's controller   adds it up, prints who is over, keeps it in .pytest_cache for test_budget

Builds on: nothing.
What is new here: the same work costs more CPU on a slower or a busy machine, where two threads
share a core.  So each worker times a known piece of work, too, at its beginning and at its end, and
what is kept is scaled to a core on which that takes `PROBE`.
Left out: the wall clock.  A process that outlives its test is counted where it ends.
"""

from __future__ import annotations

import os
import re
import time
from collections import Counter
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

__all__ = ["KEY", "LIMITS", "Cost", "over", "owner"]

KEY = "course/costs"  # in pytest's cache
PROBE = 0.025  # seconds of CPU that `_probe` takes where the limits were set
LIMITS = {
    "lesson": 8.0,
    "lesson 02": 16.0,  # it measures on real sockets, and its exercises simulate: 12 to 19 seen
    "lesson 06": 13.0,  # it measures everything before it once more
    "package": 20.0,
    "lab": 40.0,
    "browser": 60.0,
    "the rest": 40.0,  # each worker imports everything, and compiles it in a new checkout: 14 to 28
    "wide": 2000.0,
    "all": 600.0,
}
# What a busy machine adds and the probe does not show; a small share varies more than the sum.
SLACK = 1.25
SHARE_SLACK = 2.0
ROOT = Path(__file__).parent
Cost = dict[str, float]


def owner(nodeid: str) -> str:
    """Who pays for a test: "lesson 02", "browser", or the package whose folder it stands in."""
    file, _, name = nodeid.removeprefix("tests/").partition("::")
    if file.startswith("browser/"):
        return "browser"
    found = re.search(r"\[(p?\d+)[._]", name) if _has_lessons(file) else None
    if found:
        number = found[1]
        return f"lesson {number if number.startswith('p') else number.zfill(2)}"
    folder = file.rpartition("/")[0].split("/")
    return ".".join(folder[:2]) or "tests"


def _has_lessons(file: str) -> bool:
    """Tests with a parameter for each exercise ("2.5") or lesson ("02_long_polling")."""
    return file.startswith("notebooks/") or "exercise" in file or "in_notebook" in file


def over(costs: Cost, kind: str) -> list[str]:
    """Each limit that is passed, in a sentence.  `kind`: of the run, "all" or "wide"."""
    found = []
    for name, seconds in costs.items():
        if kind == "wide" and name != "total":
            continue
        whole = name == "total"
        limit = LIMITS[kind] if whole else _limit(name)
        if seconds > (SLACK if whole else SHARE_SLACK) * limit:
            found.append(f"{name} costs {seconds:.0f} s of CPU; its limit is {limit:.0f}")
    return found


def _limit(name: str) -> float:
    if name.startswith("lesson "):
        return LIMITS.get(name, LIMITS["lesson"])
    return LIMITS.get(name.partition(".")[0], LIMITS["package"])


def _cpu() -> float:
    now = os.times()
    return now.user + now.system + now.children_user + now.children_system


def _probe() -> float:
    """CPU of a known piece of work, the least of three."""
    taken = []
    for _ in range(3):
        before = time.thread_time()
        sum(hash(str(number)) & 7 for number in range(200_000))
        taken.append(time.thread_time() - before)
    return min(taken)


class Meter:
    """In every process that runs tests."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.probes = [_probe()]
        self.costs: Counter[str] = Counter()

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, Any, Any]:
        wall, before = time.monotonic(), os.times()
        result = yield
        wall, now = time.monotonic() - wall, os.times()
        ended = now.children_user + now.children_system
        ended -= before.children_user + before.children_system
        # A browser may end long after its last test.
        payer = owner(item.nodeid) if ended < 2 * wall + 0.5 else "browser"
        self.costs[payer] += ended
        self.costs[owner(item.nodeid)] += now.user + now.system - before.user - before.system
        return result

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        """Fixtures of the session have ended by now; importing and they are `the rest`."""
        self.costs["the rest"] = _cpu() - sum(self.costs.values())
        self.probes.append(_probe())
        slower = sum(self.probes) / len(self.probes) / PROBE
        costs = {name: seconds / slower for name, seconds in self.costs.items()}
        if hasattr(self.config, "workeroutput"):
            self.config.workeroutput["costs"] = costs


class Sum:
    """In the process that hands out the tests."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.costs: Counter[str] = Counter()
        self.said: list[str] = []

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        self.costs.update(getattr(node, "workeroutput", {}).get("costs", {}))

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """A full run without a failure is kept; one of `wide` that costs too much has failed."""
        kind = _kind(self.config)
        if kind is None or exitstatus != 0 or self.config.cache is None:
            return
        costs = dict(self.costs.most_common()) | {"total": sum(self.costs.values())}
        self.config.cache.set(f"{KEY}/{kind}", costs)
        self.said = over(costs, kind)
        if self.said and kind == "wide":
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
        self.said = self.said or [f"{costs['total']:.0f} s of CPU, everything within its budget"]

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        for line in self.said:
            terminalreporter.write_line(f"cost: {line}")


def _kind(config: pytest.Config) -> str | None:
    """Which full run this is: "all" for `make test`, "wide", or None for a part of one."""
    option = config.option
    last_failed = getattr(option, "lf", False)  # without the cache there is no such option
    chosen = option.keyword or option.ignore or option.deselect or last_failed or option.maxfail
    files = [name for name in config.args if Path(name).resolve() != ROOT]
    if chosen or files:
        return None
    return {"not slow and not wide": "all", "wide and not slow": "wide"}.get(config.option.markexpr)


def pytest_configure(config: pytest.Config) -> None:
    """A worker measures; whoever hands out the tests adds up."""
    if hasattr(config, "workerinput"):
        config.pluginmanager.register(Meter(config), "course-meter")
    elif config.getoption("numprocesses", None):
        config.pluginmanager.register(Sum(config), "course-sum")
