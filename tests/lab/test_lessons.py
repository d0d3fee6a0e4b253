"""The command builds or checks, and says what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from course_lib.lab import lessons

from . import tiny_course


def test_the_command_says_what_is_stale_and_how_to_repair_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`--check` writes nothing, exits with 1 and names notebook, cell and command."""
    folder = tiny_course.write(tmp_path)
    assert lessons.main(["--check"], folder) == 1
    assert "01_tiny.ipynb is missing or unreadable" in capsys.readouterr().err

    assert lessons.main(["--no-execute"], folder) == 0
    assert lessons.main(["--check"], folder) == 0
    assert capsys.readouterr().err == ""

    tiny_course.write(tmp_path, source=tiny_course.SOURCE.replace("1 + 1", "1 + 2"))
    assert lessons.main(["--check", "01"], folder) == 1
    error = capsys.readouterr().err
    assert "01_tiny.ipynb is stale: cell 'add' differs" in error
    assert "repair it with  python -m course_lib.lab.lessons 01" in error


def test_check_finds_files_that_no_row_mentions(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A notebook or a source that lessons.toml forgot would never be tested."""
    folder = tiny_course.write(tmp_path)
    assert lessons.main(["--no-execute"], folder) == 0
    (folder / "07_lost.ipynb").write_text("{}", encoding="utf-8")
    assert lessons.main(["--check"], folder) == 1
    assert "07_lost.ipynb has no row in lessons.toml" in capsys.readouterr().err


def test_the_command_names_an_unknown_lesson(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A wrong name is an error with a list, not a traceback."""
    assert lessons.main(["99"], tiny_course.write(tmp_path)) == 1
    assert "no lesson is called '99'; there are 01_tiny" in capsys.readouterr().err
