"""Locks that do not agree are found without a network."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from course_lib.workshop import locks

ROOT = Path(__file__).parents[2]
FILES = ("pyproject.toml", "requirements.lock", "requirements-dev.lock", "environment.yml")
FILES += ("package.json", "package-lock.json")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for name in FILES:
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def _change(path: Path, before: str, after: str) -> None:
    text = path.read_text("utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), encoding="utf-8")


def test_the_pins_of_a_lock_keep_their_markers() -> None:
    """A universal lock may hold a package twice, for different Pythons."""
    lock = """\
# a comment
numpy==2.4.6 ; python_full_version < '3.12' \\
    --hash=sha256:00 \\
    --hash=sha256:11
    # via
    #   contourpy
numpy==2.5.5 ; python_full_version >= '3.12' \\
    --hash=sha256:22
tornado==6.6.1
"""
    assert locks.pins(lock) == [
        "numpy==2.4.6 ; python_full_version < '3.12'",
        "numpy==2.5.5 ; python_full_version >= '3.12'",
        "tornado==6.6.1",
    ]


def test_locks_that_agree_have_no_problem(copy: Path) -> None:
    """The files of this repository."""
    assert locks.problems(copy) == []


WRONG = {
    "a range in pyproject.toml": (
        ("pyproject.toml", "jupyterlab>=4.6", "jupyterlab>=4.7"),
        "requirements.lock: pyproject.toml changed; run `python -m course_lib lock`",
    ),
    "a developer's range": (
        ("pyproject.toml", "pytest>=9.2", "pytest>=9.3"),
        "requirements-dev.lock: pyproject.toml changed; run `python -m course_lib lock`",
    ),
    "an address": (
        ("requirements.lock", "# Written", "--index-url https://mirror.example\n# Written"),
        "requirements.lock: holds an address; write it with `python -m course_lib lock`",
    ),
    "a version": (
        ("requirements.lock", "aiohttp==3.14.5", "aiohttp==3.14.4"),
        "requirements-dev.lock: differs from requirements.lock in aiohttp==3.14.4; run "
        "`python -m course_lib lock`",
    ),
    "conda's version": (
        ("environment.yml", "aiohttp==3.14.5", "aiohttp==3.14.4"),
        "environment.yml: differs from requirements.lock; run `python -m course_lib lock`",
    ),
    "an npm version": (
        ("package.json", '"socket.io": "4.8.4"', '"socket.io": "4.8.3"'),
        "package-lock.json: differs from package.json; run `python -m course_lib lock`",
    ),
    "an npm range": (
        ("package.json", '"socket.io": "4.8.4"', '"socket.io": "^4.8.4"'),
        "package.json: socket.io is not pinned to one version (^4.8.4)",
    ),
    "an optional package of npm": (
        ("package.json", '"pyright": "', '"pyright": "^'),
        "package-lock.json: differs from package.json; run `python -m course_lib lock`",
    ),
    "npm's address": (
        ("package-lock.json", '"version": ', '"resolved": "https://m.example/x", "version": '),
        "package-lock.json: holds an address; write it with `python -m course_lib lock`",
    ),
}


@pytest.mark.parametrize(("change", "problem"), WRONG.values(), ids=WRONG.keys())
def test_a_difference_is_named(change: tuple[str, str, str], problem: str, copy: Path) -> None:
    """Each pair of files, made to differ."""
    name, before, after = change
    _change(copy / name, before, after)
    assert problem in locks.problems(copy)


def test_a_package_without_a_hash_is_named(copy: Path) -> None:
    """pip refuses it, but only on the machine where it is wanted."""
    path = copy / "requirements.lock"
    _change(path, path.read_text("utf-8"), "brick==1.0\n")
    assert "requirements.lock: a package has no hash" in locks.problems(copy)
    lock = json.loads((copy / "package-lock.json").read_text("utf-8"))
    del lock["packages"]["node_modules/ws"]["integrity"]
    (copy / "package-lock.json").write_text(json.dumps(lock), encoding="utf-8")
    wanted = "package-lock.json: node_modules/ws has no integrity hash"
    assert wanted in locks.problems(copy)
