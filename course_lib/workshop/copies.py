"""`work/`: the copies that a learner works in, without outputs; laid, renewed, never overwritten.

    notebooks/01_x.ipynb ──without outputs──▶ work/notebooks/01_x.ipynb     absent, or untouched
                                              work/notebooks/01_x.new.ipynb  beside a touched one

    "metadata": {"course": {"handed_out": "3f2a…"}}      a digest of the cells, in the copy itself

A copy is touched if the digest of its cells is not the one that it carries.  Outputs, counts, empty
cells and line ends do not count; a copy that cannot be read, or be written, is left alone, too.

    python -m course_lib.workshop.copies         lays them where `lab` is not used, as on a hub

Builds on: environment (where the checkout is), locking, remedies.
What is new here: what was handed out is known from the copy alone.  So `work` can be moved to
another checkout or computer, and there is no list that could be lost.
Left out: mixing a learner's text with a new version; both are there to be read.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from . import environment, locking, remedies

__all__ = ["FOLDER", "LOCK", "Laid", "lay", "main", "said", "slugs", "stored", "text_of"]

FOLDER = "work"
TOPS = ("notebooks", "exercises")
LOCK = ".lock"
PROGRESS = ".progress.jsonl"
_STUB = ("# YOUR CODE HERE", "raise NotImplementedError()")

Notebook = dict[str, Any]


class Laid(NamedTuple):
    """What became of one notebook: `new` or a key of SAID.  `path`: the copy, or what is broken."""

    done: str
    path: Path


SAID = {
    "carried": "new, with your answers from exercises/",
    "renewed": "renewed: you had not changed it",
    "beside": "the new version; yours stays beside it",
    "broken": "cannot be read; restore it, for example with `git checkout`",
}


def lay(root: Path, work: Path) -> list[Laid]:
    """Bring the copies in `work` up to the notebooks of the course in `root`; what was done."""
    for folder in (work, *(work / top for top in TOPS)):
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError) as error:
            raise remedies.SetupError(
                f"{folder} is no folder, and your copies of the lessons belong there.",
                "give that file another name, and repeat.",
            ) from error
    with locking.held(work / LOCK, lambda: None):
        _carry_progress(root, work)
        found = [laid for name in stored(root) if (laid := _lay_one(root, work, name))]
    return found


def said(found: list[Laid], work: Path) -> str:
    """What `lay` did, for a reader; empty when it did nothing."""
    new = [laid for laid in found if laid.done == "new"]
    lines = [
        f"  {_below(laid.path, work)}: {SAID[laid.done]}" for laid in found if laid.done != "new"
    ]
    if new:
        lines.insert(0, f"  {len(new)} new copies of lessons and exercises, without outputs")
    return "\n".join([f"You work in {work}:", *lines]) if lines else ""


def main(root: Path = environment.ROOT) -> Path:
    """Lay the copies, say what was done, and return their folder.  SetupError has a remedy."""
    work = root / FOLDER
    try:
        print(said(lay(root, work), work) or f"You work in {work}.", flush=True)
    except OSError as error:
        raise remedies.from_os_error(error) from error
    return work


def _below(path: Path, work: Path) -> str:
    return path.relative_to(work if path.is_relative_to(work) else work.parent).as_posix()


def slugs(root: Path) -> list[str]:
    """The lessons of `notebooks/lessons.toml`, in its order."""
    path = root / "notebooks" / "lessons.toml"
    try:
        found = [str(row["slug"]) for row in tomllib.loads(path.read_text("utf-8"))["lesson"]]
        found[0]
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise remedies.SetupError(
            f"{path} names no first lesson: {error}", "restore the file: `git checkout notebooks`."
        ) from error
    return found


def stored(root: Path) -> Iterator[Path]:
    """The notebooks that are handed out, below `root`: of each lesson, and of its exercises."""
    known = slugs(root)
    for top in TOPS:
        for path in sorted((root / top).rglob("*.ipynb")):
            name = path.relative_to(root)
            if path.stem in known and not any(part.startswith((".", "_")) for part in name.parts):
                yield name


def text_of(notebook: Notebook, handed_out: str | None = None) -> str:
    """The copy: no outputs, no counts, and the digest of what was handed out."""
    cells = [
        cell | {"outputs": [], "execution_count": None} if cell["cell_type"] == "code" else cell
        for cell in notebook["cells"]
    ]
    kept = {key: value for key, value in notebook["metadata"].items() if key != "widgets"}
    kept["course"] = {"handed_out": _digest(notebook) if handed_out is None else handed_out}
    copy = notebook | {"cells": cells, "metadata": kept}
    return json.dumps(copy, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def _lay_one(root: Path, work: Path, name: Path) -> Laid | None:
    target = work / name
    try:
        ours = _read(root / name)
    except (OSError, ValueError):
        return Laid("broken", root / name)
    if name.parts[0] == "exercises" and _answered(ours):
        if os.path.lexists(target):
            return None
        _write(target, text_of(ours, _digest_in_git(root, name)))
        return Laid("carried", target)
    wanted = _digest(ours)
    for place in _places(target):
        state = _state(place, wanted)
        if state == "current":
            _tidy(target, place)
            return None
        if state != "touched":
            _write(place, text_of(ours))
            _tidy(target, place)
            return Laid("beside" if place != target else state, place)
    raise AssertionError("there is always one more name")


def _places(target: Path) -> Iterator[Path]:
    """`01_x.ipynb`, `01_x.new.ipynb`, `01_x.new-2.ipynb` and on, without an end."""
    yield target
    yield target.with_suffix(".new.ipynb")
    for number in itertools.count(2):
        yield target.with_suffix(f".new-{number}.ipynb")


def _state(path: Path, wanted: str) -> str:
    """`new`: nothing is there; `current`: of this version; `renewed`: may be; `touched`: else."""
    if not os.path.lexists(path):
        return "new"
    try:
        copy = _read(path)
        writable = path.stat().st_mode & 0o200
    except (OSError, ValueError):
        return "touched"
    about = copy["metadata"].get("course")
    handed_out = about.get("handed_out") if isinstance(about, dict) else None
    now = _digest(copy)
    if wanted in (now, handed_out):
        return "current"
    return "renewed" if now == handed_out and writable else "touched"


def _tidy(target: Path, current: Path) -> None:
    """Remove older new versions that nobody touched: the map shows those that are there."""
    for path in target.parent.glob(f"{target.stem}.new*.ipynb"):
        if path != current and _state(path, "") == "renewed":
            path.unlink()


def _read(path: Path) -> Notebook:
    """The notebook, with each source as one text.  OSError, or ValueError for anything odd."""
    try:
        return _plain(json.loads(path.read_text("utf-8-sig")))
    except RecursionError as error:
        raise ValueError(f"{path} is nested too deeply") from error


def _plain(notebook: Any) -> Notebook:
    try:
        cells = [
            cell | {"cell_type": str(cell["cell_type"]), "source": "".join(cell["source"])}
            for cell in notebook["cells"]
        ]
        return dict(notebook) | {"cells": cells, "metadata": dict(notebook.get("metadata") or {})}
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError("no notebook") from error


def _digest(notebook: Notebook) -> str:
    """A digest of what the cells say.  JupyterLab puts an empty cell below the last one."""
    cells = [
        (cell["cell_type"], text)
        for cell in notebook["cells"]
        if (text := cell["source"].replace("\r\n", "\n").rstrip())
    ]
    return hashlib.sha256(json.dumps(cells).encode()).hexdigest()[:16]


def _answered(exercises: Notebook) -> bool:
    """Whether somebody worked in the stored notebook: a stub, or the mark on it, is gone."""
    stubs = [
        [line.strip() for line in cell["source"].splitlines()]
        for cell in exercises["cells"]
        if (cell.get("metadata") or {}).get("nbgrader", {}).get("solution")
    ]
    return not stubs or not all(set(_STUB) <= {*lines} for lines in stubs)


def _digest_in_git(root: Path, name: Path) -> str:
    """The digest of the notebook as git has it; empty where git has none."""
    try:
        command = ["git", "show", f":./{name.as_posix()}"]
        answer = subprocess.run(command, cwd=root, capture_output=True)
        return _digest(_plain(json.loads(answer.stdout)))
    except (OSError, ValueError):
        return ""


def _carry_progress(root: Path, work: Path) -> None:
    """What was passed before there was a folder `work` stays passed."""
    old = root / "notebooks" / PROGRESS
    if old.is_file() and not (work / PROGRESS).exists():
        shutil.copyfile(old, work / PROGRESS)


def _write(path: Path, text: str) -> None:
    """All of it or nothing: a reader, or a power cut, never meets half a notebook."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f".{path.name}.half")
    half.write_text(text, encoding="utf-8", newline="\n")
    os.replace(half, path)


if __name__ == "__main__":
    try:
        main()
    except remedies.SetupError as problem:
        sys.exit(str(problem))
