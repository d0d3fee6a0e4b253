"""Whether a stored lesson is current: a digest of what its outputs were made of.

    code cells, the lesson's row in lessons.toml, the modules that its cells import
                                                    ──▶ "course": {"made_of": "3f2a91c0…"}

A lesson that shows the map shows all of lessons.toml.  Parts go with their module: `_inspector`
with `lab.inspector`, `finished_chat.html` with `lab.apps.finished_chat`.

Lesson: none (the course's own files).  Builds on: lesson_list.
What is new here: it also covers the cells whose outputs no test compares.
Left out: modules that a cell uses through another one; nbval compares what most of them say.
"""

from __future__ import annotations

import ast
import dataclasses
import hashlib
from collections.abc import Iterator
from pathlib import Path

import nbformat

from . import lesson_list

PACKAGE = Path(__file__).parents[2]


def made_of(lesson: lesson_list.Lesson, notebook: nbformat.NotebookNode) -> str:
    """The digest, which is the same on every computer."""
    code = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    row = lesson.slug, lesson.title, [dataclasses.astuple(part) for part in lesson.sections]
    digest = hashlib.sha256(repr((code, row, lesson.exercises)).encode())
    files = {file for source in code for module in _imported(source) for file in _files(module)}
    if any("course_map(" in source for source in code):
        files.add(lesson.folder / "lessons.toml")
    for file in sorted(files, key=lambda file: file.as_posix()):
        digest.update(file.name.encode() + b"\0" + file.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()[:16]


def _imported(source: str) -> Iterator[str]:
    """The modules of the library that a cell imports, or what it imports from them."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        yield from (name for name in names if name.startswith(f"{PACKAGE.name}."))


def _files(module: str) -> Iterator[Path]:
    """The files of a module; of the one that it stands in, if it is a name in that."""
    _, *parts, name = module.split(".")
    beside = PACKAGE.joinpath(*parts)
    if beside.with_suffix(".py").is_file():
        name, beside = beside.name, beside.parent
    if not (beside / f"{name}.py").is_file():
        return
    yield from beside.glob(f"{name}.*")
    parts_of_it = (beside / f"_{name}").rglob("*")
    yield from (f for f in parts_of_it if f.is_file() and f.parent.name != "__pycache__")
