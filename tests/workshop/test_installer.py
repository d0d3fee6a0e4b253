"""Which of the reader's pip settings are kept, and what one sees of pip's work."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from course_lib.workshop import installer
from course_lib.workshop.installer import Progress


def test_where_packages_come_from_is_kept_and_where_they_go_is_not() -> None:
    """The listing is that of `pip config list`."""
    listing = """\
:env:.find-links='/mnt/wheels'
:env:.user='1'
global.index-url='https://mirror.example/simple'
global.target='/elsewhere'
global.trusted-host='mirror.example'
install.constraint='/etc/constraints.txt'
install.extra-index-url='\\nhttps://one.example\\nhttps://two.example'
list.format='columns'
"""
    assert installer.settings(listing) == {
        "PIP_FIND_LINKS": "/mnt/wheels",
        "PIP_INDEX_URL": "https://mirror.example/simple",
        "PIP_TRUSTED_HOST": "mirror.example",
        "PIP_EXTRA_INDEX_URL": "https://one.example https://two.example",
    }


def test_a_nearer_setting_wins() -> None:
    """The environment over `[install]` over `[global]`, as in pip itself."""
    listing = "global.timeout='1'\ninstall.timeout='2'\nglobal.retries='1'\n:env:.timeout='3'"
    assert installer.settings(listing) == {"PIP_TIMEOUT": "3", "PIP_RETRIES": "1"}
    assert installer.settings("global.timeout='1'\ninstall.timeout='2'") == {"PIP_TIMEOUT": "2"}


def test_a_line_that_is_no_setting_is_passed_over() -> None:
    """pip may print warnings among the settings."""
    assert installer.settings("WARNING: old\nglobal.index-url=unquoted\n") == {}


def test_progress_counts_what_is_fetched_and_installed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """pip says nothing while it installs, so the folder is counted."""
    monkeypatch.setattr(Progress, "EVERY", 0.0)
    log = io.StringIO()
    (tmp_path / "pip-26.3.dist-info").mkdir()
    progress = Progress(9, tmp_path, log)
    lines = [
        "Collecting brick==1.0 (from -r requirements.lock (line 3))\n",
        "  Downloading brick\n",
    ]
    lines += ["WARNING: Retrying (Retry(total=4)) after connection broken by 'x'\n"]
    lines += ["Installing collected packages: brick, mortar\n"]
    for line in lines:
        progress.see(line)
    (tmp_path / "brick-1.0.dist-info").mkdir()
    progress.see(None)
    assert capsys.readouterr().out.splitlines() == [
        "  fetching 1 of about 9: brick==1.0",
        "  no answer from the package index, trying again",
        "  installing brick, mortar",
        "  installing 1 of 2",
    ]
    assert log.getvalue() == "".join(lines)


def test_progress_does_not_flood_a_log(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where lines cannot be rewritten there is one now and then."""
    progress = Progress(200, tmp_path, io.StringIO())
    for number in range(100):
        progress.see(f"Collecting brick{number}==1.0\n")
    assert capsys.readouterr().out == "  fetching 1 of about 200: brick0==1.0\n"
