"""The classes of the house: who inherits from whom, and which bases have one heir.

    class Link: ...              course_lib/net/link.py:1: Link has one subclass, net.more.More,
    class More(Link): ...        and is never made: merge the two

Builds on: imports.
What is new here: a base class that only one class inherits from, and that nobody makes, is a class
cut over two files.  To read either one, both have to be read.
Left out: classes made by calls (`type(…)`, `namedtuple(…)`), bases that a program computes, and
`setattr`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from .imports import Tree, dotted, names_of

__all__ = ["DEPTH", "Class", "problems", "read"]

DEPTH = 3  # of our own classes above each other


@dataclass(slots=True)
class Class:
    """One class.  `name` is that of its module and its own: `net.ws_link.PushConnection`."""

    name: str
    place: str  # file:line
    bases: list[str]
    heirs: list[str] = field(default_factory=list)
    used: bool = False  # something calls it, or catches it


def problems(tree: Tree) -> Iterator[str]:
    """Bases with one heir that are never made, and towers of more than `DEPTH` classes."""
    found = read(tree)
    yield from _patched(tree, found)
    for one in found.values():
        if len(one.heirs) == 1 and not one.used:
            own = one.name.rpartition(".")[2]
            yield (
                f"{one.place}: {own} has one subclass, {one.heirs[0]}, and is never made: "
                "merge the two"
            )
        height = _height(one.name, found)
        if height > DEPTH:
            yield f"{one.place}: {height} of our classes stand above each other, {DEPTH} at most"


def _patched(tree: Tree, found: dict[str, Class]) -> Iterator[str]:
    """A class that gets a method in another module is cut over files."""
    for module, path in tree.paths.items():
        source = ast.parse(path.read_text("utf-8"))
        names = {module: names_of(tree, module, source)}
        for node in ast.walk(source):
            for target in node.targets if isinstance(node, ast.Assign) else ():
                if not isinstance(target, ast.Attribute):
                    continue
                name = _full(target.value, module, names)
                if name in found and name.rpartition(".")[0] != module:
                    where = f"{tree.name(path)}:{target.lineno}"
                    yield f"{where}: {target.attr} of {name} belongs into the file of its class"


def read(tree: Tree) -> dict[str, Class]:
    """All classes of the package, by name."""
    sources = {module: ast.parse(path.read_text("utf-8")) for module, path in tree.paths.items()}
    names = {module: names_of(tree, module, source) for module, source in sources.items()}
    found: dict[str, Class] = {}
    for module, source in sources.items():
        for node in ast.walk(source):
            if isinstance(node, ast.ClassDef):
                name = f"{module}.{node.name}"
                place = f"{tree.name(tree.paths[module])}:{node.lineno}"
                bases = [base for each in node.bases if (base := _full(each, module, names))]
                found[name] = Class(name, place, [base for base in bases if base != name])
    for one in found.values():
        for base in one.bases:
            if base in found:
                found[base].heirs.append(one.name)
    for module, source in sources.items():
        for node in _uses(source):
            name = _full(node, module, names)
            if name in found:
                found[name].used = True
    return found


def _uses(source: ast.AST) -> Iterator[ast.expr]:
    """What is called, caught, or the value of an option; whose fields are keyword arguments."""
    for node in ast.walk(source):
        if isinstance(node, ast.Call):
            yield node.func
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            yield node.value  # `adapter: Callable[..., Adapter] = Adapter`
        elif isinstance(node, ast.ExceptHandler) and node.type is not None:
            yield from node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
        elif isinstance(node, ast.Subscript) and dotted(node.value) == "Unpack":
            yield node.slice
        elif isinstance(node, ast.Raise) and node.exc is not None:
            yield node.exc


def _full(node: ast.expr, module: str, names: dict[str, dict[str, str]]) -> str:
    """The full name of a class as it is written here, through re-exports; "" for anything else."""
    if isinstance(node, ast.Subscript):  # Receiver[Request]
        node = node.value
    first, _, rest = dotted(node).partition(".")
    if not first:
        return ""
    full = names[module].get(first, f"{module}.{first}" if not rest else "")
    full = f"{full}.{rest}" if full and rest else full
    for _ in range(len(names)):  # `net.ws.PushConnection` is `net.ws_link.PushConnection`
        where, _, own = full.rpartition(".")
        if own not in names.get(where, {}):
            break
        full = names[where][own]
    return full


def _height(name: str, found: dict[str, Class], below: tuple[str, ...] = ()) -> int:
    if name not in found or name in below:
        return 0
    bases = found[name].bases
    return 1 + max((_height(base, found, (*below, name)) for base in bases), default=0)
