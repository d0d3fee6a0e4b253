"""The answers of a class to `doctor --json`: what is missing, how often, and with whom."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from course_lib.workshop import doctor

OLD = {"name": "python", "state": "fail", "said": "Python 3.9", "remedies": ["install 3.12."]}
PROXY = {"name": "proxy", "state": "warn", "said": "a proxy", "remedies": ["set NO_PROXY."]}
FINE = {"name": "disk", "state": "ok", "said": "fine", "remedies": []}


def _said(*checks: Any) -> str:
    return json.dumps({"ok": True, "seconds": 1.0, "checks": list(checks)})


def test_what_most_learners_lack_comes_first(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Failures above warnings; a warning is no reason not to be ready."""
    (tmp_path / "김민지.json").write_text(_said(FINE, OLD, PROXY), encoding="utf-8")
    (tmp_path / "lee.json").write_text(_said(FINE, PROXY), encoding="utf-16")  # PowerShell
    (tmp_path / "park.json").write_text(_said(FINE), encoding="utf-8-sig")
    (tmp_path / "notes.txt").write_text("no", encoding="utf-8")
    assert doctor.main(["--compare", str(tmp_path)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "fail  python       1 of 3: 김민지",
        "                   Python 3.9",
        "                   what to do: install 3.12.",
        "warn  proxy        2 of 3: lee, 김민지",
        "                   a proxy",
        "                   what to do: set NO_PROXY.",
        "",
        "2 of 3 ready.",
    ]


@pytest.mark.parametrize(
    "write",
    [
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(b"\xff\xfe\x00"),
        lambda path: path.write_bytes(b"[" * 100_000),
        lambda path: path.write_bytes(b" " * 1_000_001),
        lambda path: path.write_text("[]", encoding="utf-8"),
        lambda path: path.write_text("7", encoding="utf-8"),
        lambda path: path.write_text(_said(), encoding="utf-8"),
        lambda path: path.write_text(_said(7), encoding="utf-8"),
        lambda path: path.write_text(_said({**OLD, "state": "?"}), encoding="utf-8"),
        lambda path: path.write_text(_said({**OLD, "state": []}), encoding="utf-8"),
        lambda path: path.write_text(_said({**OLD, "said": None}), encoding="utf-8"),
        lambda path: path.write_text(_said({**OLD, "remedies": "x"}), encoding="utf-8"),
        lambda path: path.write_text(_said({**OLD, "remedies": [1]}), encoding="utf-8"),
        lambda path: path.mkdir(),
    ],
)
def test_a_file_that_is_no_report_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], write: Callable[[Path], object]
) -> None:
    """And does not hide the others."""
    write(tmp_path / "kim.json")
    (tmp_path / "lee.json").write_text(_said(OLD), encoding="utf-8")
    assert doctor.main(["--compare", str(tmp_path)]) == 1
    said = capsys.readouterr().out
    assert "fail  python       1 of 2: lee" in said
    assert "not readable: kim.json: " in said


def test_what_somebody_sent_cannot_disturb_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Control characters in a sentence or a remedy are shown as escapes."""
    hostile = {**OLD, "said": "\x1b[2J", "remedies": ["a\nb"], "name": "\x07"}
    (tmp_path / "kim.json").write_text(_said(hostile), encoding="utf-8")
    assert doctor.main(["--compare", str(tmp_path / "kim.json")]) == 0
    said = capsys.readouterr().out
    assert "\\x1b[2J" in said and "a\\nb" in said and "\x1b" not in said and "\x07" not in said


def test_nothing_to_compare_is_no_success(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An empty folder, or no folder at all after the option."""
    assert doctor.main(["--compare", str(tmp_path)]) == 1
    assert "0 of 0 ready." in capsys.readouterr().out
    assert doctor.main(["--compare"]) == 2
