"""Packages in a folder beside the lock: a set-up without a network.

    COURSE_WHEELS=DIR, or the folder wheels/ of the course ──▶ --no-index --find-links DIR

Builds on: remedies.
What is new here: a folder made by `bundle` needs no setting.  pip compares its files with the
lock's hashes like any others, so the folder need not be trusted.
Left out: packages that only tests need; no bundle contains them, so pip asks the index for them.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from . import remedies

__all__ = ["FOLDER", "VARIABLE", "arguments", "explained"]

FOLDER, VARIABLE = "wheels", "COURSE_WHEELS"


def arguments(root: Path, lock: str, environ: Mapping[str, str] = os.environ) -> list[str]:
    """pip's options for the lock of this name; none if packages come from an index."""
    named = environ.get(VARIABLE)
    folder = Path(named) if named else root / FOLDER
    if not folder.is_dir():
        if named:
            raise remedies.SetupError(
                f"{VARIABLE} names {named}, which is no folder.",
                "correct it, or unset it to fetch the packages from the index.",
            )
        return []
    links = ["--find-links", str(folder.resolve())]
    return links if "-dev" in lock else ["--no-index", *links]


def explained(error: remedies.SetupError, told: list[str]) -> remedies.SetupError:
    """The error of a set-up; if pip searched a folder only, with what that means."""
    if "--no-index" not in told:
        return error
    return remedies.SetupError(
        f"{error.what} Only {told[-1]} was asked.",
        "ask for a bundle made for this kind of computer and this Python "
        "(`python -m course_lib bundle --for … --python …`); with a network rename the folder "
        f"(or unset {VARIABLE}), and repeat.",
    )
