"""Checks the path to which the inspector writes.

Lessons 00 and 01 on.  Builds on: `lab.recording`.  Used by: `lab.inspector`.

    checked("chat.json", ".json")     the path; LocalError for "chat.txt", and for a notebook's file

New here: `save` may overwrite another recording, but never another kind of JSON file.
Left out: reading and writing; `lab.recording` does that.
"""

from __future__ import annotations

from pathlib import Path

from ...errors import LocalError
from .. import recording as recordings


def checked(path: str | Path, *kinds: str) -> Path:
    """The path, if its suffix is right and no other kind of JSON file would be overwritten."""
    if (path := Path(path)).suffix not in kinds:
        raise LocalError(f"the name ends in {' or '.join(kinds)}: {path.name!r}")
    if path.suffix == ".json" and path.exists():
        recordings.load(path)  # LocalError if it is no recording
    return path
