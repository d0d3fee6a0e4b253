"""`check` runs everything, says one line each, and finds what it is for."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from course_lib.workshop import checks

MIRROR = "pypi" + ".org"


def test_a_registry_is_named_with_file_and_line(tmp_path: Path) -> None:
    """Also in capital letters, and in files that are not text."""
    (tmp_path / "a.md").write_text(f"one\nsee https://{MIRROR.upper()}/simple\n", encoding="utf-8")
    (tmp_path / "b.bin").write_bytes(b"\0\xff" + MIRROR.encode("ascii"))
    (tmp_path / "c.md").write_text("nothing\n", encoding="utf-8")
    found = checks.registry_hosts(tmp_path, sorted(tmp_path.iterdir()))
    assert found == [
        f"a.md:2: names {MIRROR}, the host of a registry",
        f"b.bin:1: names {MIRROR}, the host of a registry",
    ]


def test_what_git_would_track_is_looked_at(tmp_path: Path) -> None:
    """New files count, ignored and deleted ones do not."""

    def git(*arguments: str) -> None:
        subprocess.run(["git", "-C", str(tmp_path), *arguments], check=True, capture_output=True)

    git("init", "-q")
    (tmp_path / ".gitignore").write_text("ignored\n", encoding="utf-8")
    for name in ("ignored", "tracked", "gone", "한글"):
        (tmp_path / name).write_text("", encoding="utf-8")
    git("add", "tracked", "gone")
    (tmp_path / "gone").unlink()
    names = {path.name for path in checks.tracked_files(tmp_path)}
    assert names == {".gitignore", "tracked", "한글"}


def test_a_downloaded_folder_without_git_is_looked_at_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A checkout may be a zip file's content."""
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    for name in (".venv/x.py", "node_modules/x.js", "docs/x.md", ".ci/run"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text("", encoding="utf-8")
    found = {path.relative_to(tmp_path).as_posix() for path in checks.tracked_files(tmp_path)}
    assert found == {"docs/x.md", ".ci/run"}


def test_every_check_runs_after_a_failure(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One run shows all there is to mend, and its exit code is 1."""
    monkeypatch.setattr(checks, "_TOOLS", {"types": ("no_such_tool",), "format": ("this", "-V")})
    monkeypatch.setattr(checks.architecture, "problems", lambda root: ["a.py:1: too high"])
    monkeypatch.setattr(checks.locks, "problems", lambda root: [])
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    code = checks.main(Path(sys.executable), os.environ, tmp_path, [])
    lines = capsys.readouterr().out.splitlines()
    assert code == 1
    assert [line for line in lines if not line.startswith(" ")] == [
        "FAILED  types",
        "ok      format",
        "FAILED  architecture",
        "ok      words of lessons",
        "ok      locks agree with pyproject.toml",
        "ok      no registry is named",
    ]
    assert "        a.py:1: too high" in lines
    assert any("No module named no_such_tool" in line for line in lines)


def test_a_word_selects_checks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`make check ARGS=registry` is quick; a word that fits nothing is a mistake."""
    assert checks.main(Path(sys.executable), os.environ, tmp_path, ["registry"]) == 0
    assert capsys.readouterr().out == "ok      no registry is named\n"
    assert checks.main(Path(sys.executable), os.environ, tmp_path, ["speling"]) == 1
    assert "No such check" in capsys.readouterr().err
