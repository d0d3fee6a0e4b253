"""What a class handed in: a folder for each learner, files named for them, or an LMS's archive.

    FOLDER/kim minji/01_short_polling.ipynb             FOLDER/submitted/kim minji/01/…ipynb
           └ the learner     └ one of several           (nbgrader's layout; FOLDER or submitted)
    FOLDER/kim minji_01_short_polling.ipynb             FOLDER.zip, with one of these in it

Exercises.  Builds on: errors, owners, archives, folders.
What is new here: files are sorted as they are found, and never moved.  A file that cannot be graded
becomes a problem of its learner and does not stop the run.
Left out: what is in a notebook; see `notebook`, which reads them in another process.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from ....errors import LocalError
from . import archives, folders, owners
from .archives import Item

LARGEST = 20 * 1024 * 1024  # bytes of a notebook; one with many figures has a few million
UNPACKED = 200 * 1024 * 1024  # bytes of all archives of one learner, unpacked
CLASS = 4 * 1024 * 1024 * 1024  # bytes of the archive of a class, unpacked
MOST = 100  # notebooks of one learner
SUBMITTED = "submitted"  # nbgrader's name for what was handed in


@dataclass(slots=True)
class Handed:
    """A notebook; `label` is its path in its learner's folder, safe to show."""

    path: Path
    label: str


@dataclass(slots=True)
class Learner:
    """A learner's files.  `problems`: sentences on unusable files; `refused`: their notebooks.

    `id` is the number that the LMS has for the learner, if a file's name says it.
    """

    name: str
    notebooks: list[Handed] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    id: str = ""


@dataclass(slots=True)
class Class:
    """All learners, by name; `problems` are those of no single learner."""

    folder: Path
    learners: list[Learner]
    problems: list[str]


def find(given: Path, room: Path, *, largest: int = LARGEST) -> Class:
    """Find all learners and their notebooks.  LocalError if there is nothing to grade.

    `given` is a folder or a zip archive; archives are unpacked into the empty folder `room`.
    """
    top, copies = given, archives.Room(room)
    sorting = _Sorting(copies, largest)
    items: Iterable[Item]
    try:
        if given.is_file():
            packed, _ = copies.unpack(given, largest=largest, total=CLASS)
            items = archives.unwrapped(packed)
        else:
            if (given / SUBMITTED).is_dir() and not any(given.glob("*.ipynb")):
                top = given / SUBMITTED
            items = folders.items(top, largest, CLASS)
    except OSError as error:
        raise LocalError(f"{given.absolute()} cannot be read: {error.strerror}") from None
    except LocalError as error:
        raise LocalError(f"{given} {error}") from None
    for item in items:
        sorting.put(item)
    learners = sorting.learners()
    if not learners:
        hint = "".join(f"\n{problem}" for problem in sorting.problems[:10])
        raise LocalError(f"{given} has nobody's folder, and each learner needs one{hint}")
    return Class(top, learners, [*sorting.problems, *_too_high(learners)])


def _too_high(learners: list[Learner]) -> list[str]:
    """Said if the class may be one folder further down: one learner, and nothing but folders."""
    if len(learners) > 1:
        return []
    places = [handed.label.rpartition("/")[0] for handed in learners[0].notebooks]
    if len({*places}) < 2 or not all(places):
        return []
    return [f"only {learners[0].name}, with several folders: are they learners? Then grade those"]


class _Sorting:
    """Gives each file to its learner."""

    def __init__(self, copies: archives.Room, largest: int) -> None:
        self.problems: list[str] = []
        self._copies = copies
        self._largest = largest
        self._learners: dict[tuple[str, str], Learner] = {}
        self._others: dict[tuple[str, str], list[str]] = {}
        self._late: dict[tuple[str, str], list[str]] = {}
        self._left: dict[tuple[str, str], int] = {}  # bytes of archives that may still be unpacked

    def put(self, item: Item) -> None:
        top, *rest = item.parts
        if rest:
            owner = owners.of_folder(top)
        else:
            found = owners.of_file(top)
            kind = archives.kind_of(top)
            if not found and kind == "ipynb":
                said = "belongs to nobody: put it into a folder named for its learner"
                self.problems.append(f"{owners.shown(top)} {said}")
            if not found and kind != "zip":
                return
            owner = found or owners.Owner(top[:-4], rest=top)
        self._give(owner, [owner.rest, *rest] if owner.rest else rest, item)

    def _give(self, owner: owners.Owner, steps: list[str], item: Item) -> None:
        key = (owners.shown(owner.name), owner.id)
        learner = self._learners.setdefault(key, Learner(key[0], id=owner.id))
        label = owners.shown("/".join(step for step in steps if step))
        kind = archives.kind_of(label)
        if item.problem:
            learner.problems.append(f"{label}: {item.problem}" if label else item.problem)
            learner.refused += [label] * bool(kind)
        elif kind == "zip" and item.path:
            self._unpack(key, learner, label, item.path)
        elif kind == "ipynb" and item.path:
            said = f"more than {MOST} notebooks; the others were left out"
            if len(learner.notebooks) < MOST:
                learner.notebooks.append(Handed(item.path, label))
            elif said not in learner.problems:
                learner.problems.append(said)
        elif label:
            self._others.setdefault(key, []).append(label)
        if owner.late and kind:
            self._late.setdefault(key, []).append(label)

    def _unpack(self, key: tuple[str, str], learner: Learner, label: str, path: Path) -> None:
        left = self._left.get(key, UNPACKED)
        try:
            items, copied = self._copies.unpack(path, largest=self._largest, total=left)
        except LocalError as error:
            learner.problems.append(f"{label}: {error}")
            learner.refused.append(label)
            return
        self._left[key] = left - copied
        if not items:
            self._others.setdefault(key, []).append(label)
        for item in items:
            if archives.kind_of(item.parts[-1]) == "zip":
                item.problem = item.problem or "an archive in an archive was left out"
            self._give(owners.Owner(*key), [label, *item.parts], item)

    def learners(self) -> list[Learner]:
        """All of them, by name, each with a name of its own."""
        found = sorted(self._learners.items(), key=lambda one: one[0])
        names = [name for name, _ in self._learners]
        for key, learner in found:
            if not learner.notebooks and not learner.problems:
                others = self._others.get(key, [])
                few = ", ".join(others[:3])
                said = f"no notebook (there is {few})" if few else "the folder is empty"
                learner.problems.append(said)
                learner.refused += others
            if late := self._late.get(key):
                learner.problems.append(f"late, as Canvas says: {', '.join(late)}")
            if names.count(learner.name) > 1 and learner.id:
                learner.name += f" ({learner.id})"
        return [learner for _, learner in found]
