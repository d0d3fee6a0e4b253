"""`npm ci` at the first `lab`: where Node.js is there, once for each lock, and never in the way."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from course_lib.workshop import node_packages

pytestmark = pytest.mark.skipif(os.name == "nt", reason="platform: Windows starts no shell scripts")

INSTALLS = 'echo "$@" >> npm-called; mkdir node_modules && echo > node_modules/.package-lock.json'
FAILS = 'echo "$@" >> npm-called; echo; echo "npm error network is away" >&2; exit 1'


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout that is set up, and a PATH with node alone."""
    (tmp_path / ".venv").mkdir()
    (tmp_path / "package-lock.json").write_text("{}", encoding="utf-8")
    (tmp_path / "bin").mkdir()
    program(tmp_path, "node", "exit 0")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}/usr/bin{os.pathsep}/bin")
    which = node_packages.shutil.which
    mine = str(tmp_path / "bin")
    monkeypatch.setattr(node_packages.shutil, "which", lambda name: which(name, path=mine))
    return tmp_path


def program(course: Path, name: str, script: str) -> None:
    path = course / "bin" / name
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)


def calls(course: Path) -> list[str]:
    path = course / "npm-called"
    return path.read_text("utf-8").splitlines() if path.exists() else []


def test_the_locked_packages_are_installed_once(
    course: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without the scripts of packages; and again when the lock has changed."""
    program(course, "npm", INSTALLS)
    for _ in range(2):
        node_packages.provide(course)
    [call] = calls(course)
    assert call.startswith("ci --omit=optional --ignore-scripts ")
    assert capsys.readouterr().out == "Installing the official browser client (npm ci).\n"
    (course / "package-lock.json").write_text('{"new": 1}', encoding="utf-8")
    installed = (course / "node_modules" / ".package-lock.json").stat().st_mtime
    os.utime(course / "package-lock.json", (installed + 1, installed + 1))
    assert node_packages.needed(course)


def test_a_failure_is_said_and_not_repeated(
    course: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`lab` goes on; a room without a network waits once, not each time."""
    program(course, "npm", FAILS)
    for _ in range(2):
        node_packages.provide(course)
    assert len(calls(course)) == 1
    assert capsys.readouterr().err.splitlines() == [
        "  It did not work: npm error network is away",
        "  No lesson needs it. `npm ci` tries again.",
    ]


def test_an_npm_that_hangs_is_given_up(
    course: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """After its patience."""
    program(course, "npm", "exec sleep 600")
    monkeypatch.setattr(node_packages, "PATIENCE", 0.2)
    node_packages.provide(course)
    assert "npm ci did not end within" in capsys.readouterr().err


def test_nothing_happens_without_node_or_without_need(
    course: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """No npm; packages of somebody's own `npm ci`; a link to those of another checkout; no lock."""
    node_packages.provide(course)  # there is no npm
    program(course, "npm", INSTALLS)
    (course / "elsewhere").mkdir()
    (course / "node_modules").symlink_to(course / "elsewhere")
    node_packages.provide(course)
    (course / "node_modules").unlink()
    (course / "node_modules").mkdir()
    (course / "node_modules" / ".package-lock.json").write_text("{}", encoding="utf-8")
    node_packages.provide(course)
    (course / "package-lock.json").unlink()
    node_packages.provide(course)
    assert calls(course) == []
    assert capsys.readouterr() == ("", "")
