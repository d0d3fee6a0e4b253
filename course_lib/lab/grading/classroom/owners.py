"""Whose file is it?  What the name of a file says that came out of an LMS.

    Kim Minji_123456_assignsubmission_file/          Moodle, a folder for each learner
    Kim Minji_123456_assignsubmission_file_01_….ipynb        … all files in one folder
    kimminji_LATE_4711_90001_01_short_polling-1.ipynb        Canvas
    kim minji - 01_short_polling (1).ipynb           anybody: a name, then the notebook's own name

Exercises.  Builds on: nothing.
What is new here: the number that the LMS has for a learner is kept, as two may have one name.
Left out: whether there is such a learner; see `roster`.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

LONGEST = 255  # characters of a name; a file system has no longer ones, but an archive may
_FORMS = tuple(
    re.compile(form, re.DOTALL)
    for form in (
        r"(?P<name>.+)_(?P<id>\d+)_assignsubmission_[a-z]+(?:_(?P<rest>.*))?",
        r"(?P<late>LATE_)?(?P<name>anon_[A-Za-z0-9]+)_\d{3,}_(?P<rest>.+)",
        r"(?P<name>.+?)(?P<late>_LATE)?_(?P<id>\d+)_\d{3,}_(?P<rest>.+)",
        r"(?P<name>.+?)[\s_-]+(?P<rest>(?:p\d|\d\d)_[a-z].*)",
    )
)


@dataclass(frozen=True, slots=True)
class Owner:
    """A learner.  `rest` is the file's own name, empty for a folder; `id` is the LMS's number."""

    name: str
    id: str = ""
    rest: str = ""
    late: bool = False


def of_file(name: str) -> Owner | None:
    """The owner that the name of a file says, or None."""
    for form in _FORMS:
        if len(name) <= LONGEST and (found := form.fullmatch(name)):
            said = found.groupdict()
            who = said["name"].strip() or said["name"]
            return Owner(who, said.get("id") or "", said["rest"] or "", bool(said.get("late")))
    return None


def of_folder(name: str) -> Owner:
    """The owner of a folder: Moodle's form, or else the whole name is the learner's."""
    found = _FORMS[0].fullmatch(name) if len(name) <= LONGEST else None
    if found and not found["rest"]:
        return Owner(found["name"].strip() or name, found["id"])
    return Owner(name)


def shown(name: str) -> str:
    """A file's name as text that is safe to show: unprintable characters are escaped."""
    name = unicodedata.normalize("NFC", name)
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in name)
