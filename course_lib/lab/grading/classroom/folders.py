"""The files of a class's folder, without those that lead out of it.

    FOLDER/kim minji/work/01_x.ipynb ─▶ Item(("kim minji", "work", "01_x.ipynb"), path)

Exercises.  Builds on: archives (what an item is), owners.
What is new here: no file that a learner handed in is trusted.  No link out of a learner's folder is
followed, no pipe is waited for, and what is too large is not opened.
Left out: whose an item is; see `files`.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from . import archives
from .archives import Item
from .owners import shown


def items(top: Path, largest: int, archive: int) -> Iterable[Item]:
    """The files of a class, by their names; a folder without files is an item, too.

    A notebook of more than `largest` bytes, or an archive of more than `archive`, gets a problem.
    """
    most = {"ipynb": largest, "zip": archive}
    entries = sorted(top.iterdir(), key=lambda entry: shown(entry.name))
    return (item for entry in entries for item in _entry(entry, top, most))


def _entry(entry: Path, top: Path, most: Mapping[str, int]) -> Iterator[Item]:
    if not archives.wanted(entry.name):
        return
    if not entry.is_dir():
        yield _item(entry, (entry.name,), top, most)
    elif _leads_out(entry, top):
        problem = "the folder is a link to another place, and was left out"
        yield Item((entry.name, ""), None, problem)
    else:
        yield Item((entry.name, ""))
        yield from _walk(entry, most)


def _walk(folder: Path, most: Mapping[str, int]) -> Iterator[Item]:
    """Files and links below the folder, by name, without hidden folders (Jupyter's checkpoints)."""
    problems: list[str] = []

    def unreadable(error: OSError) -> None:
        problems.append(f"a folder cannot be read: {error.strerror}")

    try:
        for place, folders, names in os.walk(folder, onerror=unreadable):
            folders[:] = sorted(filter(archives.wanted, folders))
            problems += [
                f"{shown(name)}: a link to a folder was left out"  # os.walk does not follow it
                for name in folders
                if os.path.islink(os.path.join(place, name))
            ]
            for name in sorted(filter(archives.wanted, names)):
                path = Path(place, name)
                parts = (folder.name, *path.relative_to(folder).parts)
                yield _item(path, parts, folder, most)
    except RecursionError:  # before Python 3.12
        problems.append("folders within folders without end; the deepest were left out")
    yield from (Item((folder.name, ""), None, problem) for problem in problems)


def _item(path: Path, parts: tuple[str, ...], folder: Path, most: Mapping[str, int]) -> Item:
    kind = archives.kind_of(path.name)
    if not kind:
        return Item(parts)
    problem = _problem(path, folder, most[kind])
    return Item(parts, None if problem else path, problem)


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
