"""nbval in a process of its own: the stored outputs against those of a new kernel."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

# No test needs these, and they take time; the cache is that of the run that we are in.
_SPARED = ("tests.no_iri", "no:hypothesispytest", "no:xdist", "no:cacheprovider")


def run(notebook: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """As `pytest --nbval NOTEBOOK` does it; 0 when every compared cell says the same."""
    command = [sys.executable, "-m", "pytest", "--nbval", str(notebook), "-q"]
    command += [part for name in _SPARED for part in ("-p", name)]
    command += ["--nbval-cell-timeout=60", *options]
    return subprocess.run(
        command,
        cwd=ROOT,
        env=os.environ | {"NO_COLOR": "1"},
        capture_output=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )
