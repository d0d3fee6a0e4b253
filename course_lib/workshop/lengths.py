"""A module is one sitting, a function one screen; what is longer says why in its docstring.

    MODULE    450 lines, the card at its top included
    FUNCTION   40 lines, without its docstring: a contract may take the words it needs

Builds on: nothing.
What is new here: the limit is a question, not a wall.  "Longer than usual: " and a reason in the
docstring of what is too long answers it.
Left out: tests.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

__all__ = ["FUNCTION", "MODULE", "REASON", "problems"]

MODULE = 450
FUNCTION = 40
REASON = "Longer than usual:"

_Function = ast.FunctionDef | ast.AsyncFunctionDef


def problems(path: Path, root: Path) -> Iterator[str]:
    """Modules and functions of the file that are too long and give no reason."""
    text = path.read_text("utf-8")
    tree = ast.parse(text, str(path))
    where = path.relative_to(root).as_posix()
    lines = len(text.splitlines())
    if lines > MODULE and REASON not in (ast.get_docstring(tree) or ""):
        yield f"{where}:1: {lines} lines; cut it, or say in its docstring '{REASON} …'"
    for node in ast.walk(tree):
        if isinstance(node, _Function) and _length(node) > FUNCTION:
            if REASON in (ast.get_docstring(node) or ""):
                continue
            yield (
                f"{where}:{node.lineno}: {node.name} has {_length(node)} lines; cut it, "
                f"or say in its docstring '{REASON} …'"
            )


def _length(function: _Function) -> int:
    length = (function.end_lineno or function.lineno) - function.lineno + 1
    if ast.get_docstring(function) is not None:
        docstring = function.body[0]
        length -= (docstring.end_lineno or docstring.lineno) - docstring.lineno + 1
    return length
