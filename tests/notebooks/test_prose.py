"""What the prose of lessons and exercises tells a learner to do: links and calls that work."""

from __future__ import annotations

import ast
import importlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from course_lib.lab import checks, lessons

TOP = lessons.folder().parent
NOTEBOOKS = sorted([*TOP.glob("notebooks/*.ipynb"), *TOP.glob("exercises/*.ipynb")])
NAMES = [path.relative_to(TOP).as_posix() for path in NOTEBOOKS]

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+\.ipynb)(?:#([^)]*))?\)")
CALL = re.compile(r"(?<![\w.\"'])([A-Za-z_][\w.]*)\(")
FENCE = re.compile(r"^```\w*\n(.*?)^```", re.DOTALL | re.MULTILINE)
SPAN = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
MACHINERY = {*checks.__all__}


def _cells(path: Path, kind: str) -> list[str]:
    cells = json.loads(path.read_text("utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == kind]


def _headings(path: Path) -> set[str]:
    """The anchors of a notebook, as JupyterLab makes them."""
    lines = [line for text in _cells(path, "markdown") for line in text.split("\n")]
    return {line.lstrip("#").strip().replace(" ", "-") for line in lines if line.startswith("#")}


@pytest.mark.parametrize("name", NAMES)
def test_a_link_to_a_notebook_leads_to_a_heading_that_is_there(name: str) -> None:
    """Without its anchor it would open a long notebook at the top."""
    wrong = []
    for text in _cells(TOP / name, "markdown"):
        for target, anchor in LINK.findall(text):
            file = ((TOP / name).parent / target).resolve()
            if not file.is_file() or (anchor and anchor not in _headings(file)):
                wrong.append(f"{target}#{anchor}")
    assert wrong == []


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("exercises")])
def test_what_prepares_an_exercise_is_one_click_away(name: str) -> None:
    """The link behind "Prepared by" names the section."""
    prompts = [t for t in _cells(TOP / name, "markdown") if re.match(r"## p?\d+\.\d+ ", t)]
    for text in prompts:
        found = re.search(r"Prepared by\s+\[[^\]]+\]\([^)#]+\.ipynb#[^)]+\)", text)
        assert found, text.split("\n")[0]


def _code(text: str) -> Iterator[str]:
    """What stands in fences and between backticks."""
    for fence in FENCE.findall(text):
        yield from fence.split("\n")
    yield from SPAN.findall(FENCE.sub("", text))


def _known(sources: list[str]) -> dict[str, Any]:
    """The names of some cells; imported modules with what they are."""
    known: dict[str, Any] = {}
    for source in sources:
        tree = compile(source, "cell", "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                known |= {a.asname or a.name: importlib.import_module(a.name) for a in node.names}
            elif isinstance(node, ast.ImportFrom):
                scope: dict[str, Any] = {}
                exec(f"from {node.module} import {node.names[0].name}", scope)
                for one in node.names:
                    exec(f"from {node.module} import {one.name}", scope)
                    known[one.asname or one.name] = scope[one.name]
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                known[node.name] = None
            elif isinstance(node, ast.Name | ast.arg):
                known[node.id if isinstance(node, ast.Name) else node.arg] = None
    return known


def _resolves(call: str, known: dict[str, Any]) -> bool:
    """Is it an attribute of what the notebook imports?  What is no module of it is not looked at.

    Names of the exercises' machinery stand behind `checks`, as each exercise notebook imports it.
    """
    first, *rest = call.split(".")
    thing = known.get(first)
    if first in MACHINERY and first != "check":
        return False
    for name in rest if thing is not None else []:
        if not hasattr(thing, name):
            return False
        thing = getattr(thing, name)
    return True


@pytest.mark.parametrize("name", NAMES)
def test_a_call_that_is_named_in_prose_is_one_that_works(name: str) -> None:
    """Who types what a lesson says about exercises gets no NameError."""
    sources = _cells(TOP / name, "code")
    if name.startswith("notebooks"):  # what is said of exercises is typed there
        sources += _cells(TOP / "exercises" / "01_short_polling.ipynb", "code")[:1]
    known = _known(sources)
    lines = [line for text in _cells(TOP / name, "markdown") for line in _code(text)]
    calls = CALL.findall("\n".join(lines))
    assert [call for call in calls if not _resolves(call, known)] == []


def test_every_exercise_notebook_imports_what_prose_names() -> None:
    """`check`, and the rest as `checks.hint` and so on."""
    for path in TOP.glob("exercises/*.ipynb"):
        known = _known(_cells(path, "code")[:1])
        assert (known["check"], known["checks"]) == (checks.check, checks)


def test_a_call_that_does_not_work_is_noticed() -> None:
    """As lesson 00 had it: bare names, which no notebook imports."""
    known = {"checks": checks, "check": checks.check, "reader": None}
    works = "check", "checks.hint", "reader.read", "since"
    assert all(_resolves(call, known) for call in works)
    assert not any(_resolves(call, known) for call in ("hint", "give_up", "checks.hnt"))
