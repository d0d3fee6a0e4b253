"""Who imports whom, read from the sources without running them.

    read(Path("course_lib")).inner -> [Import(source="net.mailbox", target="errors", line=12, …), …]

Module names are relative to the package: `net.mailbox`; a package has the name of its folder, and
the outermost is "".

Builds on: nothing.
What is new here: `from ..wire import http11` means the module `wire.http.http11`, but
`from .frames import cut` the module `frames`; which of the two, only the files can tell.
Left out: modules whose names are computed.  `import_module("course_lib.lab")` is seen.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["Import", "Tree", "dotted", "names_of", "offered", "read"]


@dataclass(frozen=True, slots=True)
class Import:
    """One imported module.

    `guarded`: the code goes on if it is not installed.  `typing`: only a type checker sees it.
    """

    source: str
    target: str
    file: str
    line: int
    guarded: bool
    typing: bool
    name: str = ""  # what is imported from the module, if it is no module itself

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(slots=True)
class Tree:
    """A package: its modules, imports of one another (`inner`) and of other packages (`outer`)."""

    package: Path
    paths: dict[str, Path] = field(default_factory=dict)
    inner: list[Import] = field(default_factory=list)
    outer: list[Import] = field(default_factory=list)

    def name(self, path: Path) -> str:
        """How messages name a file."""
        return path.relative_to(self.package.parent).as_posix()


def read(package: Path) -> Tree:
    """Read all modules of the folder `package`.  SyntaxError as Python raises it."""
    tree = Tree(package)
    for path in sorted(package.rglob("*.py")):
        parts = path.relative_to(package).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        tree.paths[name] = path
    for module, path in tree.paths.items():
        source = ast.parse(path.read_text("utf-8"), str(path))
        names = _Names(tree, module)
        for target, line, guarded, typing in _targets(source, names, False, False):
            target = _beside(target, path, package)
            inner = target == package.name or target.startswith(f"{package.name}.")
            relative = module_of(tree, target) if inner else target
            name = target.removeprefix(f"{package.name}.").removeprefix(f"{relative}.")
            name = name if inner and "." not in name and relative != name else ""
            found = Import(module, relative, tree.name(path), line, guarded, typing, name)
            if not inner:
                tree.outer.append(found)
            elif relative != module:
                tree.inner.append(found)
    return tree


def _beside(target: str, path: Path, package: Path) -> str:
    """A program that is started by its path, as the grader's child is, sees its folder first."""
    top = target.partition(".")[0]
    if top in sys.stdlib_module_names or not (path.parent / f"{top}.py").is_file():
        return target
    return ".".join([package.name, *path.parent.relative_to(package).parts, target])


def module_of(tree: Tree, target: str) -> str:
    """The module of the package that an absolute name lies in."""
    name = target.removeprefix(tree.package.name).lstrip(".")
    while name and name not in tree.paths:
        name = name.rpartition(".")[0]
    return name


@dataclass(frozen=True, slots=True)
class _Names:
    """Turns the relative names in one module into absolute ones."""

    tree: Tree
    module: str

    def absolute(self, level: int, name: str) -> str:
        if not level:
            return name
        parts = [self.tree.package.name, *filter(None, self.module.split("."))]
        if self.tree.paths[self.module].name != "__init__.py":
            level += 1
        base = parts[: len(parts) - (level - 1)]
        return ".".join([*base, name] if name else base)


_Found = tuple[str, int, bool, bool]


def _targets(node: ast.AST, names: _Names, guarded: bool, typing: bool) -> Iterator[_Found]:
    """What `node` and all below it import: (absolute name, line, guarded, typing)."""
    for name in _named(node, names):
        yield name, getattr(node, "lineno", 1), guarded, typing
    for child in ast.iter_child_nodes(node):
        inside = guarded or (isinstance(node, ast.Try) and child in node.body and _tries(node))
        only = typing or (isinstance(node, ast.If) and child in node.body and _for_types(node))
        yield from _targets(child, names, inside, only)


def _named(node: ast.AST, names: _Names) -> Iterator[str]:
    """The modules that this one node imports."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        base = names.absolute(node.level, node.module or "")
        yield from (f"{base}.{alias.name}" for alias in node.names)
    elif isinstance(node, ast.Call) and _is_import_call(node.func) and node.args:
        first = node.args[0]
        if isinstance(first, ast.Constant) and isinstance(first.value, str):
            yield first.value


def _is_import_call(function: ast.expr) -> bool:
    if isinstance(function, ast.Attribute):
        return function.attr == "import_module"
    return isinstance(function, ast.Name) and function.id in ("import_module", "__import__")


def _tries(node: ast.Try) -> bool:
    """Whether a missing module is caught."""
    caught: list[ast.expr | None] = []
    for handler in node.handlers:
        caught += handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    names = {name.id for name in caught if isinstance(name, ast.Name)}
    return bool(names & {"ImportError", "ModuleNotFoundError"})


def _for_types(node: ast.If) -> bool:
    """Whether this is `if TYPE_CHECKING:`."""
    test = node.test
    return (
        getattr(test, "id", "") == "TYPE_CHECKING" or getattr(test, "attr", "") == "TYPE_CHECKING"
    )


def offered(tree: Tree, module: str) -> list[str] | None:
    """The `__all__` of a module, if it has one that is written out."""
    for node in ast.parse(tree.paths[module].read_text("utf-8")).body:
        if isinstance(node, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id == "__all__" for target in node.targets
        ):
            found: list[str] = ast.literal_eval(node.value)
            return found
    return None


def names_of(tree: Tree, module: str, source: ast.AST) -> dict[str, str]:
    """What the names of a module stand for: {"link": "net.link", "Ping": "net.link.Ping"}.

    Names that it imports from the package itself, relative to it, and other names that it gives to
    these (`Pong = Ping`).
    """
    found: dict[str, str] = {}
    resolve, outer = _Names(tree, module), tree.package.name
    for node in ast.walk(source):
        if isinstance(node, ast.ImportFrom):
            base = resolve.absolute(node.level, node.module or "")
            names = [(alias.asname or alias.name, f"{base}.{alias.name}") for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [
                (alias.asname or outer, alias.name if alias.asname else outer)
                for alias in node.names
            ]
        else:
            continue
        for name, full in names:
            if full == outer or full.startswith(f"{outer}."):
                found[name] = full.removeprefix(outer).lstrip(".")
    for node in ast.iter_child_nodes(source):
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            target, value = node.targets[0], dotted(node.value)
            if isinstance(target, ast.Name) and value:
                first, _, rest = value.partition(".")
                whole = found.get(first, f"{module}.{first}")
                found.setdefault(target.id, f"{whole}.{rest}" if rest else whole)
    return found


def dotted(node: ast.AST) -> str:
    """`a.b.c` as text; "" for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        inner = dotted(node.value)
        return f"{inner}.{node.attr}" if inner else ""
    return ""
