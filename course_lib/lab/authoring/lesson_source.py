"""A lesson as its author writes it: percent format in, notebook cells out, line numbers kept.

    # %% [markdown] id="question"              cell.id = "question"
    # Who speaks first?
    # %% id="ask" tags=["nbval-ignore-output"]
    answer = await ask()
    # %% [markdown] id="appendix" folded=true   JupyterLab hides what is under this heading

Lesson: none (the course's own files).  Builds on: lesson_rows, jupytext.
What is new here: ids are the author's, so that a cell keeps its name when its text changes
(translations, links and stored outputs refer to it).
Left out: every other cell attribute; an unknown one is an error.
"""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass
from pathlib import Path

import jupytext  # type: ignore[import-untyped]
import nbformat

from .lesson_rows import LessonError

IGNORE = "nbval-ignore-output"  # a measurement on a real network, or a widget: outputs may differ
TAGS = (IGNORE,)
FOLDED = "jp-MarkdownHeadingCollapsed"  # JupyterLab's; run all runs what is hidden, too

_HEADER = re.compile(r"#\s*%%")
_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"file_extension": ".py", "mimetype": "text/x-python", "name": "python"},
}


@dataclass(slots=True)
class Source:
    """A notebook without outputs, and the line on which each of its cells begins."""

    path: Path
    notebook: nbformat.NotebookNode
    lines: list[int]

    def where(self, index: int) -> str:
        """`notebooks/_source/01_x.py:37`, which an editor or a terminal can open."""
        return f"{shown(self.path)}:{self.lines[index]}"


def shown(path: Path) -> str:
    """The path as a person would type it here."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def read(path: Path) -> Source:
    """Parse one source file.  LessonError lists every cell that is not as it must be."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise LessonError(f"{path}: {error}") from error
    notebook = jupytext.reads(text, fmt="py:percent")
    lines = [n for n, line in enumerate(text.splitlines(), 1) if _HEADER.match(line)]
    if len(lines) != len(notebook.cells):
        raise LessonError(
            f"{shown(path)}:1: {len(notebook.cells)} cells but {len(lines)} lines with # %%; "
            "is there text above the first one?"
        )
    source = Source(path, notebook, lines)
    problems = [problem for i in range(len(lines)) if (problem := _name(source, i))]
    if problems:
        raise LessonError("\n".join(problems))
    notebook.metadata.clear()
    notebook.metadata.update(copy.deepcopy(_METADATA))
    return source


def _name(source: Source, index: int) -> str:
    """Move the header's attributes to where a notebook keeps them; say what is wrong."""
    cell = source.notebook.cells[index]
    attributes = dict(cell.metadata)
    attributes.pop("lines_to_next_cell", None)  # jupytext's own
    name, tags = attributes.pop("id", None), attributes.pop("tags", [])
    folded = attributes.pop("folded", False)
    cell.metadata.clear()
    cell.metadata.update({"tags": tags} if tags else {})
    if folded:
        cell.metadata[FOLDED] = True
    where = source.where(index)
    if not name:
        return f'{where}: the cell has no id; write  # %% id="…"'
    if not isinstance(name, str) or not _ID.fullmatch(name):
        return f"{where}: {name!r} is no id; use lower case, digits, - and _"
    if name in (before.id for before in source.notebook.cells[:index]):
        return f"{where}: the id {name!r} is taken by a cell above"
    cell.id = name
    if cell.cell_type not in ("markdown", "code"):
        return f"{where}: cell {name!r} is neither Markdown nor code"
    if attributes:
        return f"{where}: cell {name!r} has unknown attributes {', '.join(attributes)}"
    if not isinstance(tags, list) or any(tag not in TAGS for tag in tags):
        return f"{where}: cell {name!r} has tags {tags!r}; known is {', '.join(TAGS)}"
    if folded and not cell.source.startswith("#"):
        return f"{where}: cell {name!r} is folded and begins with no heading"
    if not cell.source.strip():
        return f"{where}: cell {name!r} is empty"
    return ""
