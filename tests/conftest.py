"""What every test gets: Hypothesis profiles, and a loop that may not hide an error."""

from __future__ import annotations

import asyncio
import gc
import inspect
import os
import signal
import ssl
from collections.abc import AsyncIterator, Iterator
from typing import Any

import hypothesis
import pytest
import trustme
from xdist.scheduler import LoadFileScheduling

from .budget import pytest_configure  # noqa: F401
from .skips import pytest_make_collect_report, pytest_runtest_makereport  # noqa: F401

# A shell that starts pytest in the background has SIGINT ignored, and so would every process that
# the tests start and interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

hypothesis.settings.register_profile("default", max_examples=100, deadline=None)
hypothesis.settings.register_profile("thorough", max_examples=5_000, deadline=None)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


LONGEST = ("browser", "notebooks", "test_nbgrader.py", "test_environment.py", "test_bundle.py")
LONGEST += ("test_first_pip.py", "test_installed.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that take long come first: a worker that meets one last keeps everybody waiting."""
    items.sort(key=lambda item: not any(part in LONGEST for part in item.path.parts))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadFileScheduling | None:
    """With `--dist loadfile` a file is for one worker, and so is the folder `browser`."""
    return ByFile(config, log) if config.getoption("dist") == "loadfile" else None


class ByFile(LoadFileScheduling):
    """All browser tests share one JupyterLab, which costs 10 s of CPU for each worker."""

    def _split_scope(self, nodeid: str) -> str:
        file: str = super()._split_scope(nodeid)
        return "tests/browser" if file.startswith("tests/browser/") else file


def pytest_collection_finish() -> None:
    """What was imported stays, so the collections in `_quiet_loop` need not look at it again."""
    gc.collect()
    gc.freeze()


@pytest.fixture
async def _quiet_loop() -> AsyncIterator[None]:
    """Fail the test when an exception reached the loop's handler, or a task outlived it."""
    loop = asyncio.get_running_loop()
    reported: list[dict[str, Any]] = []
    loop.set_exception_handler(lambda _, context: reported.append(context))
    before = asyncio.all_tasks()
    yield
    for _ in range(3):  # let closed transports report connection_lost
        await asyncio.sleep(0)
    leaked = [
        task for task in asyncio.all_tasks() - before - {asyncio.current_task()} if not task.done()
    ]
    gc.collect()
    assert not reported, f"reached the loop's exception handler: {reported}"
    assert not leaked, f"tasks outlived the test: {leaked}"


@pytest.fixture(autouse=True)
def _quiet(request: pytest.FixtureRequest) -> Iterator[None]:
    """Every `async def` test runs under `_quiet_loop`."""
    if inspect.iscoroutinefunction(getattr(request, "function", None)):
        request.getfixturevalue("_quiet_loop")
    yield


@pytest.fixture
def tls() -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """For a server on 127.0.0.1, and for its client."""
    authority = trustme.CA()
    at_server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(at_server)
    at_client = ssl.create_default_context()
    authority.configure_trust(at_client)
    return at_server, at_client
