"""In CI a skip is a failure, unless the operating system itself is the reason."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = """
import pytest

def test_program():
    pytest.skip("needs node")

@pytest.mark.skip(reason="needs time")
def test_mark(): ...

@pytest.fixture
def browser():
    pytest.skip("needs chromium")

def test_fixture(browser): ...

def test_platform():
    pytest.skip("platform: there is no such signal")

@pytest.mark.xfail(strict=True)
def test_expected():
    assert False
"""
MODULE = 'import pytest\n\npytest.importorskip("no_such_module")\n'


@pytest.mark.parametrize(
    ("ci", "summary"),
    [("true", "1 failed, 1 skipped, 1 xfailed, 3 errors"), ("", "5 skipped, 1 xfailed")],
)
def test_a_skip_fails_in_ci_alone(ci: str, summary: str, tmp_path: Path) -> None:
    """In a test, by a mark, in a fixture, and of a whole module."""
    shutil.copy(Path(__file__).with_name("skips.py"), tmp_path / "conftest.py")
    (tmp_path / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    (tmp_path / "test_some.py").write_text(TESTS, encoding="utf-8")
    (tmp_path / "test_module.py").write_text(MODULE, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    answer = subprocess.run(
        [*command, "--continue-on-collection-errors"],
        cwd=tmp_path,
        env=os.environ | {"CI": ci, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        encoding="utf-8",
    )
    assert summary in answer.stdout.splitlines()[-1]
