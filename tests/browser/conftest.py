"""A browser and a JupyterLab for the tests that need them; both end by their ids."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from course_lib.lab import lessons

from . import jupyterlab

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
FLAGS += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
OFTEN = ("02",)  # a chat with its figures; other tests open 01, 04 and 06
PATIENCE = 60_000  # ms; a busy machine may need seconds for what a person sees at once
NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of Chromium as the system installed it."""
    path = next((found for name in NAMES if (found := shutil.which(name))), None)
    if path is None:
        pytest.skip("Chromium is not installed; on Debian and Ubuntu: apt-get install chromium")
    return path


# Not for the whole session: playwright keeps an event loop running in this thread, and an
# `async def` test could not start its own.
@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """One Chromium for a test file."""
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """An empty page without cookies."""
    context = browser.new_context(viewport={"width": 1200, "height": 900})
    context.set_default_timeout(PATIENCE)
    yield context.new_page()
    context.close()


@pytest.fixture(scope="session")
def lab(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[jupyterlab.Server]:
    """JupyterLab on copies of the lessons, if there is a browser to see it."""
    server = jupyterlab.start(tmp_path_factory.mktemp("jupyterlab"), lessons.folder().parent)
    yield server
    server.close()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give `lesson` to whoever asks for it; those that are not OFTEN are marked wide.

    `tests/notebooks` runs them all, each time.  What only a browser shows is much the same in each.
    """
    if "lesson" in metafunc.fixturenames:
        every = [
            pytest.param(
                lesson, id=lesson.slug, marks=[] if lesson.number in OFTEN else pytest.mark.wide
            )
            for lesson in lessons.load()
        ]
        metafunc.parametrize("lesson", every)
