"""What a class handed in: a folder for each learner, notebooks somewhere below it.

    FOLDER/kim minji/01_short_polling.ipynb             FOLDER/submitted/kim minji/01/…ipynb
           └ the learner     └ one of several           (nbgrader's layout; FOLDER or submitted)

Exercises.  Builds on: errors.
What is new here: no file that a learner handed in is trusted.  A file that cannot be graded becomes
a problem of its learner and does not stop the run; no link out of a learner's folder is followed.
Left out: what is in a notebook; see `notebook`, which reads them in another process.
"""

from __future__ import annotations

import os
import stat
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ....errors import LocalError

LARGEST = 20 * 1024 * 1024  # bytes of a notebook; one with many figures has a few million
MOST = 100  # notebooks of one learner
SUBMITTED = "submitted"  # nbgrader's name for what was handed in
_NOT_THEIRS = ("__MACOSX", "node_modules", "__pycache__")


@dataclass(slots=True)
class Handed:
    """A notebook; `label` is its path in its learner's folder, safe to show."""

    path: Path
    label: str


@dataclass(slots=True)
class Learner:
    """A learner's folder.  `problems`: sentences on unusable files; `refused`: their notebooks."""

    name: str
    notebooks: list[Handed] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Class:
    """All learners, by name; `problems` are those of no single learner."""

    folder: Path
    learners: list[Learner]
    problems: list[str]


def find(folder: Path, *, largest: int = LARGEST) -> Class:
    """Find all learners and their notebooks.  LocalError if there is nothing to grade."""
    top = folder
    try:
        if (folder / SUBMITTED).is_dir() and not any(folder.glob("*.ipynb")):
            top = folder / SUBMITTED
        entries = sorted(top.iterdir(), key=lambda entry: shown(entry.name))
    except OSError as error:
        raise LocalError(f"{folder} cannot be read: {error.strerror}") from None
    found = Class(top, [], [])
    for entry in entries:
        if entry.name.startswith(".") or entry.name in _NOT_THEIRS:
            continue
        if entry.is_dir():
            found.learners.append(_learner(entry, top, largest))
        elif entry.suffix.lower() == ".ipynb":
            found.problems.append(
                f"{shown(entry.name)} belongs to nobody: put it into a folder named for its learner"
            )
    if not found.learners:
        hint = "".join(f"\n{problem}" for problem in found.problems)
        raise LocalError(f"{folder} has no folder, and each learner needs one{hint}")
    return found


def shown(name: str) -> str:
    """A file's name as text that is safe to show: unprintable characters are escaped."""
    name = unicodedata.normalize("NFC", name)
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in name)


def _learner(folder: Path, top: Path, largest: int) -> Learner:
    learner = Learner(shown(folder.name))
    if _leads_out(folder, top):
        learner.problems.append("the folder is a link to another place, and was left out")
        return learner
    others: list[str] = []
    for path in _walk(folder, learner.problems):
        label = shown(path.relative_to(folder).as_posix())
        if path.suffix.lower() != ".ipynb":
            others.append(label)
        elif len(learner.notebooks) == MOST:
            learner.problems.append(f"more than {MOST} notebooks; {label} and later were left out")
            break
        elif problem := _problem(path, folder, largest):
            learner.problems.append(f"{label}: {problem}")
            learner.refused.append(label)
        else:
            learner.notebooks.append(Handed(path, label))
    if not learner.notebooks and not learner.problems:
        few = ", ".join(others[:3])
        learner.problems.append(f"no notebook (there is {few})" if few else "the folder is empty")
    return learner


def _walk(folder: Path, problems: list[str]) -> Iterator[Path]:
    """Files and links below the folder, by name, without hidden folders (Jupyter's checkpoints)."""

    def unreadable(error: OSError) -> None:
        problems.append(f"a folder cannot be read: {error.strerror}")

    try:
        for place, folders, files in os.walk(folder, onerror=unreadable):
            folders[:] = sorted(f for f in folders if f[0] != "." and f not in _NOT_THEIRS)
            problems += [
                f"{shown(name)}: a link to a folder was left out"  # os.walk does not follow it
                for name in folders
                if os.path.islink(os.path.join(place, name))
            ]
            yield from (Path(place, name) for name in sorted(files) if name[0] != ".")
    except RecursionError:  # before Python 3.12
        problems.append("folders within folders without end; the deepest were left out")


def _problem(path: Path, folder: Path, largest: int) -> str:
    """Why the file is not read; empty if it can be read."""
    try:
        if _leads_out(path, folder):
            return "a link that leads out of the folder; it was not followed"
        state = path.stat()
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    if not stat.S_ISREG(state.st_mode):
        return "is no file"
    if state.st_size > largest:
        return f"has {state.st_size:,} bytes; at most {largest:,} are read. Clear its outputs."
    return ""


def _leads_out(path: Path, folder: Path) -> bool:
    try:
        return not path.resolve(strict=True).is_relative_to(folder.resolve(strict=True))
    except RuntimeError:  # a loop of symbolic links, before Python 3.13
        return True
