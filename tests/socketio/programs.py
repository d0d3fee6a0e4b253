"""Servers as programs: processes that say where they serve."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]


@contextlib.contextmanager
def program(*arguments: str, cwd: Path = ROOT) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A Python with these arguments, and the address that its first line names."""
    process = subprocess.Popen(
        [sys.executable, *arguments],
        cwd=cwd,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    assert process.stdout is not None and process.stderr is not None
    try:
        line = process.stdout.readline()
        found = re.fullmatch(r"Serving at (http://127\.0\.0\.1:\d+).* until Ctrl-C\.\n", line)
        assert found, (line, process.stderr.read())
        yield process, found[1]
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def environment() -> dict[str, str]:
    """So that a program in any folder finds this library."""
    return os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
