"""Packages that lie beside the lock: a set-up without a network.

    COURSE_WHEELS=DIR, or the folder wheels/ of the course ──▶ --no-index --find-links DIR

Builds on: remedies.
What is new here: a folder made by `bundle` needs no setting.  Its files are compared with the
lock's hashes like any other, so it need not be trusted.
Left out: what only tests need, which is in no bundle: for it the index is asked, too.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from . import remedies

__all__ = ["FOLDER", "VARIABLE", "arguments", "explained"]

FOLDER, VARIABLE = "wheels", "COURSE_WHEELS"


def arguments(root: Path, lock: str, environ: Mapping[str, str] = os.environ) -> list[str]:
    """What pip is told for the lock of this name; nothing where packages come from an index."""
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
    """The failure of a set-up, with what it means where only a folder was asked."""
    if "--no-index" not in told:
        return error
    return remedies.SetupError(
        f"{error.what} Only {told[-1]} was asked.",
        "ask for a bundle made for this kind of computer and this Python "
        "(`python -m course_lib bundle --for … --python …`); with a network rename the folder "
        f"(or unset {VARIABLE}), and repeat.",
    )
