"""The tools that people know, called as they know them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from . import nbval

pytestmark = pytest.mark.wide  # `make test` runs every notebook


def _nbconvert(notebook: str, out: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "jupyter", "nbconvert", "--execute", "--to", "notebook"]
    return subprocess.run(
        [*command, "--output-dir", str(out), *options, notebook],
        cwd=nbval.ROOT,
        env=os.environ | {"PYTHONPATH": str(nbval.ROOT)},
        capture_output=True,
        encoding="utf-8",
    )


def test_nbconvert_runs_a_lesson(tmp_path: Path) -> None:
    """And writes it with the outputs of its cells."""
    done = _nbconvert("notebooks/p2_bytes_and_text.ipynb", tmp_path)
    assert done.returncode == 0, done.stderr
    made = nbformat.read(tmp_path / "p2_bytes_and_text.ipynb", as_version=4)
    assert all(cell.execution_count for cell in made.cells if cell.cell_type == "code")


def test_nbconvert_stops_at_an_exercise_that_is_not_answered(tmp_path: Path) -> None:
    """With a sentence; `--allow-errors` goes on."""
    done = _nbconvert("exercises/01_short_polling.ipynb", tmp_path)
    assert done.returncode == 1
    assert "1.1 is not answered yet. Write your answer" in done.stderr
    done = _nbconvert("exercises/01_short_polling.ipynb", tmp_path, "--allow-errors")
    assert done.returncode == 0, done.stderr


def test_pytest_finds_what_nbval_needs(tmp_path: Path) -> None:
    """From any folder, without an option: a port and a picture are overlooked."""
    lesson = nbval.ROOT / "notebooks" / "p2_bytes_and_text.ipynb"
    command = [
        sys.executable,
        "-m",
        "pytest",
        "--nbval",
        str(lesson),
        "-q",
        "-p",
        "no:cacheprovider",
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stdout


def test_options_of_nbval_that_are_typed_are_kept(tmp_path: Path) -> None:
    """A file of one's own says what is overlooked."""
    own = tmp_path / "own.cfg"
    own.write_text("[all]\nregex: .+\nreplace: SAME\n", encoding="ascii")
    notebook = nbformat.v4.new_notebook()
    cell = nbformat.v4.new_code_cell("1 + 1", execution_count=1)
    cell.outputs = [nbformat.v4.new_output("execute_result", {"text/plain": "3"})]
    notebook.cells = [cell]
    nbformat.write(notebook, tmp_path / "sum.ipynb")
    options = ("-p", "tests.nbval_settings")
    done = nbval.run(tmp_path / "sum.ipynb", *options)
    assert (done.returncode, "mismatch 'text/plain'" in done.stdout) == (1, True), done.stdout
    mine = f"--nbval-sanitize-with={own}"
    assert nbval.run(tmp_path / "sum.ipynb", *options, mine).returncode == 0
