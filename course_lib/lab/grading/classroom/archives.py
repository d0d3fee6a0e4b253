"""Zip archives: the class as an LMS gives it, and what a learner packed.

    class.zip ─▶ [Item(("kim", "01_short_polling.ipynb"), path of a copy), …]

Exercises.  Builds on: errors, owners.
What is new here: nothing that an archive says is believed.  A copy gets a name of our own, so no
member is written elsewhere; bytes are counted while they are unpacked, so a small archive cannot
fill the disk; only the two usual ways of packing are read.
Left out: other kinds of archives; a learner's problem names the file.
"""

from __future__ import annotations

import itertools
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ....errors import LocalError
from . import owners

MEMBERS = 20_000  # files in one archive
_BROKEN = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError)
_NO_ENTRY = ("__MACOSX", "node_modules", "__pycache__")


@dataclass(slots=True)
class Item:
    """A file that was handed in.  `path` is None if it is not read; `problem` may say why."""

    parts: tuple[str, ...]
    path: Path | None = None
    problem: str = ""


class Room:
    """A folder in which copies get numbers as their names."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = itertools.count()

    def unpack(self, archive: Path, *, largest: int, total: int) -> tuple[list[Item], int]:
        """Copy the notebooks and archives of an archive; return its files, and the bytes copied.

        A member of more than `largest` bytes gets a problem.  LocalError, and no copy is left, if
        there are more than `total` bytes, or it is no archive.
        """
        items: list[Item] = []
        copied = 0
        try:
            with zipfile.ZipFile(archive) as opened:
                members = [member for member in opened.infolist() if not member.is_dir()]
                if len(members) > MEMBERS:
                    raise LocalError(f"has more than {MEMBERS:,} files")
                for member in members:
                    if parts := _parts(member):
                        item = Item(parts)
                        items.append(item)
                        room = min(largest, total - copied)
                        copied += self._copy(opened, member, item, room)
                        if item.problem and room < largest:
                            raise LocalError(f"has more than {total:,} bytes when it is unpacked")
        except LocalError:
            self._forget(items)
            raise
        except (*_BROKEN, RuntimeError) as error:  # RuntimeError: it needs a password
            self._forget(items)
            raise LocalError(f"is no zip archive that can be read: {str(error)[:100]}") from None
        return items, copied

    def _copy(self, opened: zipfile.ZipFile, member: zipfile.ZipInfo, item: Item, most: int) -> int:
        """Copy a member if it is a notebook or an archive; return its bytes."""
        kind = kind_of(item.parts[-1])
        if not kind:
            return 0
        if member.flag_bits & 1:
            item.problem = "needs a password"
        elif member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            item.problem = "is packed in a way that is not read here; pack it as an ordinary zip"
        if item.problem:
            return 0
        item.path = self._folder / f"{next(self._numbers)}.{kind}"
        size = 0
        try:
            with opened.open(member) as source, item.path.open("xb") as out:
                while data := source.read(min(1 << 16, most + 1 - size)):
                    size += out.write(data)
        except (zipfile.BadZipFile, zlib.error, EOFError) as error:
            item.problem = f"is damaged in its archive: {str(error)[:100]}"
        if size > most:
            item.problem = f"has more than {most:,} bytes."
            item.problem += " Clear its outputs." * (kind == "ipynb")
        if item.problem:
            self._forget([item])
            return 0
        return size

    @staticmethod
    def _forget(items: list[Item]) -> None:
        for item in items:
            if item.path:
                item.path.unlink(missing_ok=True)
                item.path = None


def kind_of(name: str) -> str:
    """`ipynb` or `zip`, or nothing; browsers and mail programs put .txt or .json after .ipynb."""
    name = name.lower().removesuffix(".txt").removesuffix(".json")
    return next((kind for kind in ("ipynb", "zip") if name.endswith(f".{kind}")), "")


def wanted(name: str) -> bool:
    """Is the file or folder the learner's?  Hidden ones and those of a system are not."""
    return not name.startswith(".") and name not in _NO_ENTRY


def unwrapped(items: list[Item]) -> Iterator[Item]:
    """The items without the one folder in which a whole class was packed."""
    tops = {item.parts[0] for item in items if len(item.parts) > 1}
    inside = [item.parts[1:] for item in items if len(item.parts) > 1]
    one = len(tops) == 1 and len(inside) == len(items)
    one = one and not owners.of_folder(*tops).id
    if one and all(len(parts) > 1 or owners.of_file(parts[0]) for parts in inside):
        items = [Item(item.parts[1:], item.path, item.problem) for item in items]
    yield from items


def _parts(member: zipfile.ZipInfo) -> tuple[str, ...]:
    """The folders and the name of a member; empty if it is none of the learner's files."""
    steps = _name(member).replace("\\", "/").split("/")
    parts = tuple(step for step in steps if step not in ("", ".", ".."))
    if not all(wanted(part) for part in parts):
        return ()
    return tuple(part[: owners.LONGEST] for part in parts[-10:])


def _name(member: zipfile.ZipInfo) -> str:
    """The name in its encoding: macOS and a Korean Windows write theirs without saying so."""
    name = member.filename
    if member.flag_bits & 0x800:  # it is UTF-8, and says so
        return name
    for encoding in ("utf-8", "euc_kr"):
        try:
            return name.encode("cp437").decode(encoding)
        except UnicodeError:
            continue
    return name
