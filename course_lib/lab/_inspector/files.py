"""Where the inspector may write.

Lessons 00 and 01 on.  Builds on: `recording`.  Used by: `inspector`.

    checked("chat.json", ".json")     the path; LocalError for "chat.txt", and for a notebook's file

New here: a name typed in a hurry overwrites a recording, and nothing else.
Left out: reading and writing, which is for the recording.
"""

from __future__ import annotations

from pathlib import Path

from ...errors import LocalError
from .. import recording as recordings


def checked(path: str | Path, *kinds: str) -> Path:
    """The path, if it ends as it should and no other kind of file would be lost."""
    if (path := Path(path)).suffix not in kinds:
        raise LocalError(f"the name ends in {' or '.join(kinds)}: {path.name!r}")
    if path.suffix == ".json" and path.exists():
        recordings.load(path)  # LocalError if it is something else
    return path
