"""What the kernel has run, and whether the notebook's file says something newer.

    In[3] "def request_bytes…"    what is graded: the text that was run
    lesson.ipynb                  what was saved; newer and different: edited, not run

Exercises.  Builds on: submission; IPython, when it is there.
What is new here: a kernel never sees what is being typed.  It sees what was run, and it can read
the file that JupyterLab saves (by itself every two minutes, or at Ctrl+S).
Left out: an edit that is not saved yet; only the front end has it.
"""

from __future__ import annotations

import ast
import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ...errors import LocalError
from . import submission

Cells = list[tuple[str, str]]

_ran_at: dict[str, float] = {}  # "In[3]" -> time.time() when it ran
ids: dict[str, str] = {}  # "In[3]" -> the cell's id in the notebook, if the front end sends it
_begun = time.time()


def shell() -> Any:
    """The running IPython shell.  Raises LocalError outside IPython."""
    ipython = sys.modules.get("IPython")  # a kernel has imported it already
    found = ipython.get_ipython() if ipython is not None else None
    if found is None:
        raise LocalError("check works in a notebook; it grades the cells that were run there")
    return found


def watch() -> None:
    """Record when each cell runs.  Outside IPython, and when called again, it does nothing."""
    try:
        running = shell()
    except LocalError:
        return
    if not getattr(running, "_course_watched", False):
        running._course_watched = True
        running.events.register("pre_run_cell", lambda info: _note(running, info))


def _note(running: Any, info: Any) -> None:
    name = f"In[{len(running.user_ns['In'])}]"  # execution_count may already be the next cell's
    _ran_at[name] = time.time()
    ids[name] = str(getattr(info, "cell_id", None) or "")


def cells() -> Cells:
    """The texts that the kernel ran, in order, each with its name (In[3])."""
    texts = shell().user_ns.get("In", [])
    return [(f"In[{number}]", text) for number, text in enumerate(texts) if number and text]


def unfinished(names: Sequence[str]) -> list[str]:
    """Names that a cell defines and the kernel does not have: the cell raised an exception."""
    return [name for name in names if name not in shell().user_ns]


def edited(ran: Cells, names: Sequence[str], file: Path | None = None) -> list[str]:
    """Names whose definition in the saved notebook is newer than the one that ran, and differs."""
    file = file or notebook()
    if file is None:
        return []
    try:
        saved_at = file.stat().st_mtime
        saved = _saved(file)
    except (OSError, ValueError, KeyError, TypeError):
        return []
    run_texts, saved_texts = _definitions(ran), _definitions(saved)
    found = []
    for name in names:
        last = run_texts.get(name, [])[-1:]
        newer = bool(last) and saved_at > _ran_at.get(last[0][0], _begun)
        others = [text for _, text in saved_texts.get(name, [])]
        if newer and others and last[0][1] not in others:
            found.append(name)
    return found


def notebook() -> Path | None:
    """The file of this notebook, if the front end told the kernel."""
    named = os.environ.get("JPY_SESSION_NAME") or shell().user_ns.get("__vsc_ipynb_file__")
    file = Path(named) if isinstance(named, str) and named else None
    return file if file is not None and file.suffix == ".ipynb" and file.is_file() else None


def _saved(file: Path) -> Cells:
    document = json.loads(file.read_text(encoding="utf-8"))
    found = []
    for index, cell in enumerate(document["cells"]):
        if cell["cell_type"] == "code":
            source = cell["source"]
            found.append((str(index), source if isinstance(source, str) else "".join(source)))
    return found


def _definitions(texts: Cells) -> dict[str, list[tuple[str, str]]]:
    """For each name: the cells that define it and the definition, without comments and layout."""
    found: dict[str, list[tuple[str, str]]] = {}
    for cell, text in texts:
        try:
            tree = compile(text, cell, "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        except (SyntaxError, ValueError):
            continue
        assert isinstance(tree, ast.Module)
        for statement in tree.body:
            for name in submission.defined(statement):
                found.setdefault(name, []).append((cell, ast.unparse(statement)))
    return found
