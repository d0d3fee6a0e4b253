"""With `CI=true` a skipped test is a failed test, because CI installs all that a test may need.

Builds on: nothing.
What is new here: a reason that begins with "platform:" is let through.  It says that the system
itself lacks what is tested ("platform: Windows has no SIGSTOP"), so nothing can be installed.
Left out: expected failures, which pytest reports as skips, too.
"""

from __future__ import annotations

import os
from collections.abc import Generator
from typing import Any

import pytest

__all__ = ["pytest_make_collect_report", "pytest_runtest_makereport"]

Report = pytest.TestReport | pytest.CollectReport


def _judged(report: Report) -> None:
    """Turn a skip into a failure, in place."""
    if os.environ.get("CI") != "true" or not report.skipped or hasattr(report, "wasxfail"):
        return
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    reason = reason.removeprefix("Skipped: ")
    if not reason.startswith("platform:"):
        report.outcome = "failed"
        report.longrepr = f"Skipped, which in CI is a failure: {reason}"


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport() -> Generator[None, Any, Any]:
    report = yield
    _judged(report)
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_make_collect_report() -> Generator[None, Any, Any]:
    report = yield
    _judged(report)
    return report
