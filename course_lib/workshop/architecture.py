"""The plan of the house, read from its sources: floors, packages, lessons, circles, bases, length.

    lab ─▶ adapters, asgi, testing ─▶ socketio ─▶ engineio ─▶ net, simulator ─▶ wire ─▶ errors
    a module of lesson 05 ─▶ modules of lessons 01 … 05

    problems(root) -> ["course_lib/net/mailbox.py:12: net may not import lab", …]

Builds on: imports (who imports whom), classes (who inherits from whom), lengths.
What is new here: two orders at once.  Imports point to the same or a lower floor, and to the same
or an earlier lesson, so a learner never meets a module that stands on one not yet built.  On a
floor `MAY` says which package may import which: a protocol knows nothing of what it carries.
Left out: what happens at run time.  Other tests import the modules and look at what was loaded.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

from . import classes, imports, lengths
from .imports import Import, Tree

__all__ = ["FLOORS", "problems"]

FLOORS = {
    "wire": 0,
    "net": 1,
    "simulator": 1,
    "engineio": 2,
    "socketio": 3,
    "adapters": 4,
    "workers": 4,
    "admin": 4,
    "asgi": 4,
    "testing": 4,
    "lab": 5,
}
# What these packages may import of the house, beside themselves and `errors`.
MAY: dict[str, tuple[str, ...]] = {
    "wire.http": (),
    "wire.websocket": ("wire.http",),
    "wire.engineio": (),
    "wire.socketio": (),
    "simulator": (),
    "net": ("wire.http", "wire.websocket"),
    "engineio": ("wire.http", "wire.websocket", "wire.engineio", "net"),
    "socketio": ("wire.http", "wire.socketio", "net", "engineio"),
    "adapters": ("wire.http", "wire.socketio", "engineio", "socketio"),
}
# What may be imported of `net` from above it.  The lab may show a learner the other modules, too.
PUBLIC = ("http_server", "http_client", "http_answer", "mailbox", "stream", "ws", "listening")
# The faces of a private package of the lab, and what else may use it; else only `lab.tap` may use
# `lab._tap`.
SHARED = {
    "_tap": ("tap", "recording"),
    "_proxy": ("proxy", "_tap"),
    "_compare": ("compare", "transport_lab"),
}
_GROUND = ("", "errors")  # the package itself and the error types, which every module may import
_BESIDE = ("__main__", "workshop")  # the command line and its tools: no part of the house

_IMPURE: tuple[str, ...] = ("asyncio", "socket", "ssl", "select", "selectors")  # the network
_IMPURE += ("time", "random", "secrets", "uuid")  # clock and chance
_IMPURE += ("os", "signal", "subprocess", "threading", "multiprocessing")  # the system


def problems(root: Path) -> list[str]:
    """Everything that breaks the plan in `root`/course_lib, each with its file and line."""
    tree = imports.read(root / "course_lib")
    found = [
        *_floors(tree),
        *_packages(tree),
        *_public(tree),
        *_private(tree),
        *classes.problems(tree),
        *_circles(tree),
        *_purity(tree),
        *_standard_library(tree),
        *_lessons(tree, root / "notebooks" / "lessons.toml"),
    ]
    for path in tree.paths.values():
        found += lengths.problems(path, root)
    return found


def _top(module: str) -> str:
    return module.partition(".")[0]


def _floors(tree: Tree) -> Iterator[str]:
    for module, path in tree.paths.items():
        if _top(module) not in (*FLOORS, *_GROUND, *_BESIDE):
            yield f"{tree.name(path)}:1: {_top(module)} is on no floor of the house"
    for found in tree.inner:
        source, target = _top(found.source), _top(found.target)
        if source == target or target in _GROUND:
            continue
        if source in _BESIDE:
            if target not in _BESIDE:
                yield f"{found}: {source} may import the standard library and workshop alone"
        elif target in _BESIDE:
            yield f"{found}: only the command line may import {target}"
        elif source in _GROUND:
            yield f"{found}: everything stands on {source or 'course_lib'}; it may import nothing"
        elif FLOORS.get(source, 0) < FLOORS.get(target, 0):
            yield f"{found}: {source} may not import {target}, a higher floor"


def _packages(tree: Tree) -> Iterator[str]:
    """`MAY`; and every module of `wire` stands in a package of it."""
    for module, path in tree.paths.items():
        if module.startswith("wire.") and _package(module) not in MAY:
            yield f"{tree.name(path)}:1: {module} is in no package that `MAY` of this check lists"
    for found in tree.inner:
        source, target = _package(found.source), _package(found.target)
        if source not in MAY or target in (source, *MAY[source]) or target in _GROUND:
            continue
        if FLOORS.get(_top(target), len(FLOORS)) > FLOORS[_top(source)]:
            continue  # `_floors` names it
        allowed = f"only {', '.join(MAY[source])}" if MAY[source] else "nothing of the house"
        yield f"{found}: {source} may import {allowed} beside itself, not {found.target}"


def _package(module: str) -> str:
    """`wire.http` for `wire.http.body`, and `net` for `net.ws`."""
    parts = module.split(".")
    return ".".join(parts[:2]) if parts[0] == "wire" else parts[0]


def _public(tree: Tree) -> Iterator[str]:
    """Layers above `net` import its public modules, and of these what they offer in `__all__`."""
    for found in tree.inner:
        if FLOORS.get(_top(found.source), 0) <= FLOORS["net"] or _top(found.source) == "lab":
            continue
        _, _, module = found.target.partition("net.")
        if found.target == "net":
            yield f"{found}: import a module of net, not the package: {', '.join(PUBLIC)}"
        elif found.target.startswith("net.") and module not in PUBLIC:
            yield f"{found}: {found.target} is private to net; above it are {', '.join(PUBLIC)}"
        elif found.name and found.target.startswith("net."):
            offered = imports.offered(tree, found.target)
            if offered is not None and found.name not in offered:
                yield f"{found}: {found.target} does not offer {found.name}; see its __all__"


def _private(tree: Tree) -> Iterator[str]:
    """A package `lab._tap` holds the parts of the module `lab.tap`."""
    for found in tree.inner:
        top, _, rest = found.target.partition(".")
        package = rest.partition(".")[0]
        if top != "lab" or not package.startswith("_"):
            continue
        users = SHARED.get(package, (package[1:],))
        source = found.source.split(".")
        if source[0] == "lab" and len(source) > 1 and source[1] in (package, *users):
            continue
        names = " and ".join(f"lab.{user}" for user in users)
        yield f"{found}: lab.{package} is private to {names}"


def _circles(tree: Tree) -> Iterator[str]:
    """Each circle once, at the import that closes it.

    What only a type checker sees is no circle: a connection may name the type of its server.
    """
    edges: dict[str, list[Import]] = {module: [] for module in tree.paths}
    for found in tree.inner:
        if not found.typing:
            edges[found.source].append(found)
    done: dict[str, bool] = {}  # False: on the path that is walked now

    def walk(module: str, path: list[str]) -> Iterator[str]:
        done[module] = False
        for found in edges[module]:
            if found.target not in done:
                yield from walk(found.target, [*path, found.target])
            elif not done[found.target]:
                circle = [*path[path.index(found.target) :], found.target]
                yield f"{found}: imports in a circle: {' -> '.join(circle)}"
        done[module] = True

    for module in tree.paths:
        if module not in done:
            yield from walk(module, [module])


def _purity(tree: Tree) -> Iterator[str]:
    for found in tree.outer:
        if _top(found.source) == "wire" and _top(found.target) in _IMPURE:
            yield f"{found}: wire is pure and may not import {found.target}: pass it in"


def _standard_library(tree: Tree) -> Iterator[str]:
    """Below the lab nothing else is needed.  What is used *if installed* may be tried."""
    for found in tree.outer:
        if _top(found.source) == "lab" or found.guarded:
            continue
        if _top(found.target) not in sys.stdlib_module_names:
            yield f"{found}: {found.target} is not in the standard library"


def _lessons(tree: Tree, path: Path) -> Iterator[str]:
    """The order of the lessons.  Modules of the lab are exempt, being tools and not subjects."""
    try:
        document = tomllib.loads(path.read_text("utf-8"))
        rows = document.get("lesson", []) + document.get("planned", [])
    except (OSError, tomllib.TOMLDecodeError) as error:
        yield f"notebooks/lessons.toml:1: cannot be read: {error}"
        return
    lesson = {module: at for at, row in enumerate(rows) for module in row.get("modules", [])}
    for module in lesson:
        if module not in tree.paths:
            yield f"notebooks/lessons.toml:1: lists {module}, and there is no such module"
    for module, file in tree.paths.items():
        subject = _top(module) in FLOORS and _top(module) != "lab" and file.name != "__init__.py"
        if subject and module not in lesson:
            yield f"{tree.name(file)}:1: {module} is in no lesson of notebooks/lessons.toml"
    _place_packages(tree, lesson)
    for found in tree.inner:
        source, target = lesson.get(found.source), lesson.get(found.target)
        if source is None or target is None or _top(found.source) == "lab" or source >= target:
            continue
        slugs = [rows[at].get("slug", f"lesson {at + 1}") for at in (source, target)]
        yield (
            f"{found}: {found.source} belongs to {slugs[0]} and may not import "
            f"{found.target} of the later {slugs[1]}"
        )


def _place_packages(tree: Tree, lesson: dict[str, int]) -> None:
    """A package belongs to the last lesson of what its `__init__.py` imports."""
    inits = {module for module, path in tree.paths.items() if path.name == "__init__.py"}
    gathered: Mapping[str, list[int]] = {module: [] for module in inits - lesson.keys()}
    for found in tree.inner:
        if found.source in gathered and found.target in lesson:
            gathered[found.source].append(lesson[found.target])
    for module, lessons in gathered.items():
        if lessons:
            lesson[module] = max(lessons)
