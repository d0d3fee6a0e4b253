"""Each test of this folder runs once for each lesson of lessons.toml."""

from __future__ import annotations

import pytest

from course_lib.lab import lessons


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give `lesson` to whoever asks for it."""
    if "lesson" in metafunc.fixturenames:
        every = lessons.load()
        metafunc.parametrize("lesson", every, ids=[lesson.slug for lesson in every])
