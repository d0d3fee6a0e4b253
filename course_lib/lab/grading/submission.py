"""Which text is graded: of all cells that were run, the definitions that the exercise needs.

    In[4]  import json                        ◀─ used below
    In[6]  def helper(x): …                   ◀─ used below
    In[9]  print(request_bytes("GET", …))     (a call: not a definition)
    In[7]  def request_bytes(…): helper(…)    ◀─ asked for

Exercises.  Builds on: nothing but `ast` and `symtable`.
What is new here: for each name the definition that ran last counts, as in the kernel, unless
another one has a lower rank (see `places`).  The names that a definition uses are collected, too,
so a helper may be in another cell.  A class comes after its base, whichever ran last.  Lines keep
their numbers.
Left out: values that only the kernel has (the result of a call with await, a mutated object).
"""

from __future__ import annotations

import ast
import builtins
import copy
import hashlib
import itertools
import symtable
import sys
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_IMPORTS = (ast.Import, ast.ImportFrom)


@dataclass(slots=True)
class Submission:
    """The texts to run, in order, each with the name of its cell; `missing` names were not found.

    `broken` are the cells that are not valid Python and come after all graded cells.
    """

    parts: list[tuple[str, str]] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    @property
    def lines(self) -> int:
        return sum(bool(line.strip()) for _, text in self.parts for line in text.split("\n"))

    @property
    def fingerprint(self) -> str:
        """Eight characters of a digest of the graded text; blank lines do not count."""
        text = "\n".join(
            line.rstrip() for _, part in self.parts for line in part.split("\n") if line.strip()
        )
        return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:8]

    def described(self) -> str:
        """`request_bytes from In[7] (9 lines, 3f2a91c0)`."""
        cells = ", ".join(dict.fromkeys(name for name, _ in self.parts))
        return f"{', '.join(self.names)} from {cells} ({self.lines} lines, {self.fingerprint})"


@dataclass(slots=True)
class _Found:
    cell: int
    statement: ast.stmt


Rank = Callable[[int, str], int]  # (cell number, name) ─▶ rank of the definition


def collect(
    cells: Sequence[tuple[str, str]],
    names: Sequence[str],
    rank: Rank = lambda cell, name: 0,
    given: Collection[str] = (),
) -> Submission:
    """Take from `cells` (name and text, in the order they ran) what `names` need.

    Of two definitions that of the lower rank counts, then the later one.  A cell that is not Python
    (a magic, a half-written line) defines nothing.  A name in `given` that a cell imports from the
    library is left out: the answer's process has another one.
    """
    where: dict[str, _Found] = {}
    ranks: dict[str, int] = {}
    broken: list[tuple[int, str]] = []
    stars: list[_Found] = []
    for index, (cell, text) in enumerate(cells):
        try:
            body = _statements(text, cell)
        except (SyntaxError, ValueError):
            broken.append((index, cell))
            continue
        for statement in body:
            stars += [_Found(index, statement)] * _is_star(statement)
            for name in defined(statement):
                if name in given and _from_library(statement):
                    continue
                distance = rank(index, name)
                if distance <= ranks.get(name, distance):
                    where[name], ranks[name] = _Found(index, statement), distance
    missing = [name for name in names if name not in where]
    chosen = _ordered(_needed([name for name in names if name in where], where, stars), where)
    last = max((found.cell for found in chosen), default=-1)
    return Submission(
        [(cells[index][0], text) for index, text in _texts(cells, chosen)],
        missing,
        list(names),
        [cell for index, cell in broken if index > last],
    )


def whole(name: str, text: str, names: Sequence[str] = ()) -> Submission:
    """The submission of one whole text, unchanged: of a file, or in a test."""
    return Submission([(name, text)], [], list(names))


def names_in(text: str) -> list[str]:
    """The names that a cell defines; none when it is not Python."""
    try:
        return [name for statement in _statements(text, "cell") for name in defined(statement)]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []


def _statements(text: str, cell: str) -> list[ast.stmt]:
    tree = compile(text, cell, "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    assert isinstance(tree, ast.Module)
    return tree.body


def defined(statement: ast.stmt) -> list[str]:
    """The names that a statement binds; none for a statement with `await` in it."""
    if isinstance(statement, _DEFINITIONS):
        return [statement.name]
    if isinstance(statement, _IMPORTS):
        return [(alias.asname or alias.name).partition(".")[0] for alias in statement.names]
    if any(isinstance(node, ast.Await) for node in ast.walk(statement)):
        return []
    if isinstance(statement, (ast.If, ast.Try)):  # try: import …, except ImportError: …
        handlers = getattr(statement, "handlers", [])
        parts = [statement, *handlers]
        blocks = [getattr(part, name, []) for part in parts for name in ("body", "orelse")]
        return [name for block in blocks for inner in block for name in defined(inner)]
    if isinstance(statement, (ast.Assign, ast.AnnAssign)):
        return [n.id for n in ast.walk(statement) if _is(n, ast.Store)]  # type: ignore[attr-defined]
    return []


def _needed(
    names: Iterable[str], where: dict[str, _Found], stars: Sequence[_Found]
) -> list[_Found]:
    """The statements that define these names, and those that define the names they use.

    A used name that is neither defined nor built in may be from an `import *`: then all statements
    `import *` are added.
    """
    chosen: dict[int, _Found] = {}
    due = list(names)
    while due:
        found = where.get(due.pop())
        if found is None or id(found.statement) in chosen:
            continue
        chosen[id(found.statement)] = found
        used = _used(found.statement)
        due += sorted(used)
        if any(name not in where and name not in vars(builtins) for name in used):
            chosen |= {id(star.statement): star for star in stars}
    return sorted(chosen.values(), key=lambda found: (found.cell, found.statement.lineno))


def _ordered(chosen: Sequence[_Found], where: dict[str, _Found]) -> list[_Found]:
    """The statements in their order, but each after the statements that it needs while it runs."""
    left = {id(found.statement): found for found in chosen}
    order: list[_Found] = []

    def put(found: _Found, called: bool) -> None:
        if left.pop(id(found.statement), None) is None:
            return
        for name in sorted(_used(found.statement) if called else _used_at_once(found.statement)):
            if name in where:
                put(where[name], called=True)  # it may be called, and then needs all that it uses
        order.append(found)

    for found in chosen:
        put(found, called=False)
    return order


def _used_at_once(statement: ast.stmt) -> set[str]:
    """The global names that a statement reads when it runs; a function's body runs later."""
    if not isinstance(statement, _DEFINITIONS):
        return _used(statement)
    shell = copy.deepcopy(statement)
    for node in ast.walk(shell):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            node.body = [ast.Pass()]
    return _used(shell)


def _used(statement: ast.stmt) -> set[str]:
    """The global names that a statement reads, without its own parameters and variables."""
    tables = [symtable.symtable(ast.unparse(statement), "cell", "exec")]
    found = {symbol.get_name() for symbol in tables[0].get_symbols() if symbol.is_referenced()}
    while tables:
        for table in tables.pop().get_children():
            found |= {symbol.get_name() for symbol in table.get_symbols() if symbol.is_global()}
            tables.append(table)
    return found


def _is_star(statement: ast.stmt) -> bool:
    """Whether it is `from math import *` of a standard module, which the answer's process has."""
    return (
        isinstance(statement, ast.ImportFrom)
        and statement.names[0].name == "*"
        and (statement.module or "").partition(".")[0] in sys.stdlib_module_names
    )


def _from_library(statement: ast.stmt) -> bool:
    module = statement.module if isinstance(statement, ast.ImportFrom) else ""
    return (module or "").partition(".")[0] == __name__.partition(".")[0]


def _is(node: ast.AST, context: type[ast.expr_context]) -> bool:
    return isinstance(node, ast.Name) and isinstance(node.ctx, context)


def _texts(cells: Sequence[tuple[str, str]], chosen: Sequence[_Found]) -> Iterable[tuple[int, str]]:
    """The chosen statements with their line numbers; adjacent ones of a cell are one text."""
    for index, together in itertools.groupby(chosen, key=lambda found: found.cell):
        lines = cells[index][1].split("\n")
        kept = [""] * len(lines)
        for found in together:
            statement = found.statement
            first = min(
                [statement.lineno, *(d.lineno for d in getattr(statement, "decorator_list", []))]
            )
            last = statement.end_lineno or first
            kept[first - 1 : last] = lines[first - 1 : last]
        yield index, "\n".join(kept)
