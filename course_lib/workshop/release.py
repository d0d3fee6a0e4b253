"""`release`: the folder that learners get, without solutions; as a folder and as a zip file.

    dist/socketio-from-scratch/        what git tracks, but for LEFT_OUT
    dist/socketio-from-scratch/work/   the copies that `lab` opens, as it lays them
    dist/socketio-from-scratch.zip     the same bytes each time: fixed order, dates and modes

Builds on: copies, environment, remedies.
What is new here: `release` reads every file that it hands out, and fails if one contains a marker
of a solution or of a hidden test, or the text of a solution.
Left out: hiding the judges of exercises.  `check(...)` runs them on the learner's computer, so they
are handed out; they recognise a right answer, and contain none.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from . import copies, environment, remedies

__all__ = ["LEFT_OUT", "NAME", "files", "leaks", "main", "out_folder", "solutions", "write"]

NAME = "socketio-from-scratch"

# Solutions, answers that graders are tested with, and the tests of both.
LEFT_OUT = (
    "solutions",
    "tests/exercises",
    "tests/lab/grading",
    "tests/lab/test_your_websocket.py",  # it runs answers of tests/exercises
    "tests/lab/test_your_upgrade.py",  # and so does this
    "tests/lab/test_your_socketio.py",  # and this
    "tests/lab/test_your_acks.py",  # and this
    "tests/lab/test_your_namespaces.py",  # and this
    "tests/lab/test_your_rooms.py",  # and this
)

_HIDDEN = (".gitattributes", ".gitignore", ".npmrc")
_MADE = ("node_modules", "dist", "wheels", "__pycache__", "work")  # where there is no git
_MARKERS = ("### BEGIN SOLUTION", "### BEGIN HIDDEN TESTS")
_REGION = re.compile(r"^[ \t]*### BEGIN SOLUTION\n(.*?)^[ \t]*### END SOLUTION", re.M | re.S)
_TELLING = 60  # characters: a shorter solution (`return []`) may occur in any file
_DATE = (1980, 1, 1, 0, 0, 0)  # the earliest date in the zip format


def main(arguments: list[str], root: Path = environment.ROOT) -> int:
    """Write the folder and the zip file into `--out DIR` (dist)."""
    out = out_folder(arguments, root)
    if out is None:
        print("release takes no argument but --out DIR.", file=sys.stderr)
        return 2
    try:
        folder = write(root, out)
        archive = _zip(folder)
    except OSError as error:
        raise remedies.from_os_error(error) from error
    print(f"{folder}\n{archive}, {archive.stat().st_size / 1e6:.1f} MB")
    if stray := _git(root, "--others", "--exclude-standard"):
        print(f"Left out, because git does not know them yet: {', '.join(sorted(stray))}")
    return 0


def out_folder(arguments: list[str], root: Path) -> Path | None:
    """The folder after `--out`; None when the arguments say anything else."""
    if not arguments:
        return root / "dist"
    if len(arguments) == 2 and arguments[0] == "--out" and arguments[1]:
        return Path(arguments[1]).resolve()
    return None


def files(root: Path) -> list[str]:
    """The files that are handed out, as sorted names below `root`; with git only tracked files."""
    gone = tuple(f"{name}/" for name in LEFT_OUT)
    names = [name for name in _tracked(root) if not f"{name}/".startswith(gone)]
    return sorted(name for name in names if not _needs_solutions(root / name, name))


def _needs_solutions(path: Path, name: str) -> bool:
    """Is it a test that mentions the folder `solutions`, without which it cannot pass?"""
    is_test = name.startswith("tests/") and name.endswith(".py")
    return is_test and re.search(r"\bsolutions\b", path.read_text("utf-8")) is not None


def _tracked(root: Path) -> Iterator[str]:
    names = _git(root, "--cached")
    if "pyproject.toml" in names:
        yield from (name for name in names if (root / name).is_file())
        return
    for top, folders, found in os.walk(root):
        folders[:] = [f for f in folders if f not in _MADE and (f == ".ci" or f[0] != ".")]
        for file in found:
            if file[0] == "." and (Path(top) != root or file not in _HIDDEN):
                continue  # the system's own file, or a learner's progress
            yield (Path(top) / file).relative_to(root).as_posix()


def _git(root: Path, *options: str) -> list[str]:
    try:
        listing = ["git", "ls-files", "-z", *options]
        answer = subprocess.run(listing, cwd=root, capture_output=True)
    except OSError:
        return []
    return [os.fsdecode(name) for name in answer.stdout.split(b"\0") if name]


def write(root: Path, out: Path) -> Path:
    """Copy what is handed out into the new folder `out`/NAME.  SetupError names solutions in it."""
    folder = out / NAME
    if folder.exists():
        if not out.is_relative_to(root / "dist"):  # dist/ is ours: `clean` removes it
            raise remedies.SetupError(
                f"{folder} exists.", "remove it, or name another folder with --out."
            )
        shutil.rmtree(folder)
    names = files(root)
    found = leaks(root, names)
    if found:
        raise remedies.SetupError(
            "What learners get would hold solutions:\n" + "\n".join(f"  {line}" for line in found),
            "build the exercises anew (`python -m course_lib notebooks`), or take the text out.",
        )
    for name in names:
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(root / name, target)
        target.chmod(_mode(root / name))
    _lay_copies(folder)
    return folder


def _lay_copies(folder: Path) -> None:
    """Put in `work` what `lab` would: it finds nothing to do there.  SetupError names answers."""
    work = folder / copies.FOLDER
    odd = [laid for laid in copies.lay(folder, work) if laid.done != "new"]
    if odd:
        shutil.rmtree(folder)
        raise remedies.SetupError(
            "What learners get would hold answers, or a notebook that cannot be read:\n"
            + "\n".join(f"  {laid.path.relative_to(folder)}" for laid in odd),
            "restore these notebooks (`git checkout exercises notebooks`), and repeat.",
        )
    (work / copies.LOCK).unlink()


def leaks(root: Path, names: Iterable[str]) -> list[str]:
    """Where a file contains the marker of a solution or hidden test, or the text of a solution."""
    found = []
    texts = list(solutions(root))
    for name in names:
        for text in _texts(root / name):
            lines = [line.strip() for line in text.splitlines()]
            found += [f"{name}: {marker}" for marker in _MARKERS if marker in lines]
            plain = "\n".join(lines)
            found += [
                f"{name}: the solution {answer.splitlines()[0]!r} …"
                for answer in texts
                if answer in plain
            ]
    return found


def solutions(root: Path) -> Iterator[str]:
    """The text of each solution that is long enough to be told from other code."""
    for path in sorted((root / "solutions" / "_source").glob("*.py")):
        for match in _REGION.finditer(path.read_text("utf-8")):
            text = "\n".join(line.strip() for line in match[1].strip().splitlines())
            if len(text) >= _TELLING:
                yield text


def _texts(path: Path) -> list[str]:
    """The text of a file, or each text in a notebook; nothing for what is not text."""
    try:
        text = path.read_text("utf-8")
        if path.suffix != ".ipynb":
            return [text]
        return list(_strings(json.loads(text)))
    except UnicodeDecodeError:
        return []


def _strings(value: object) -> Iterator[str]:
    """Every text in a notebook's sources, outputs and metadata; a list of lines is one text."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list) and all(isinstance(line, str) for line in value):
        yield "".join(value)
    elif isinstance(value, list | dict):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _strings(part)


def _mode(path: Path) -> int:
    """0o755 for a file that may be executed, else 0o644, whatever the umask was."""
    return 0o755 if path.stat().st_mode & 0o100 else 0o644


def _zip(folder: Path) -> Path:
    """Write the folder as a zip file beside it."""
    target = folder.with_name(f"{folder.name}.zip")
    paths = [path for path in folder.rglob("*") if path.is_file()]
    with zipfile.ZipFile(target, "w") as archive:
        for path in sorted(paths, key=lambda path: path.relative_to(folder).as_posix()):
            entry = zipfile.ZipInfo(f"{NAME}/{path.relative_to(folder).as_posix()}", _DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # POSIX: `external_attr` has POSIX modes
            entry.external_attr = (0o100000 | _mode(path)) << 16
            archive.writestr(entry, path.read_bytes())
    return target
