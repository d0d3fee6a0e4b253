"""The plan of the house holds, and what checks it finds each way to break it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from course_lib.workshop import architecture, imports, lengths

ROOT = Path(__file__).parents[1]


def test_the_house_is_built_as_planned() -> None:
    """Floors, lessons, circles, purity and lengths; each line names a file."""
    found = architecture.problems(ROOT)
    assert not found, "\n".join(found)


def test_the_library_below_the_lab_loads_no_notebook_package() -> None:
    """A server in production pays for none of the course's tools."""
    modules = [
        f"course_lib.{module}".rstrip(".")
        for module in imports.read(ROOT / "course_lib").paths
        if module.partition(".")[0] not in ("lab", "workshop", "__main__")
    ]
    assert "course_lib.net.http_server" in modules
    code = (
        f"import importlib, sys\nfor name in {modules!r}: importlib.import_module(name)\n"
        "print(*{'IPython', 'ipywidgets', 'matplotlib', 'numpy'} & sys.modules.keys())"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, encoding="utf-8"
    )
    assert (answer.stderr, answer.stdout.strip()) == ("", "")


LESSONS = """
[[lesson]]
slug = "01_one"
modules = ["wire.http.bits", "net.stream"]

[[lesson]]
slug = "02_two"
modules = ["wire.websocket.more", "engineio.core"]
"""
SOUND = {
    "__init__.py": '__version__ = "1"',
    "__main__.py": "from course_lib.workshop import commands",
    "errors.py": "class CourseError(Exception): ...",
    "wire/__init__.py": "",
    "wire/http/__init__.py": "",
    "wire/http/bits.py": "import struct\nfrom ... import errors",
    "wire/websocket/__init__.py": "",
    "wire/websocket/more.py": "from ..http import bits",
    "net/__init__.py": "",
    "net/stream.py": "import asyncio\nfrom course_lib.wire.http import bits",
    "engineio/__init__.py": "from .core import Server",
    "engineio/core.py": "from ..net import stream\n"
    "from ..wire.websocket import more\nclass Server: ...",
    "lab/__init__.py": "",
    "lab/show.py": "import matplotlib.pyplot\nfrom .. import engineio, net",
    "workshop/__init__.py": "",
    "workshop/commands.py": "import sys",
}


def _problems(root: Path, **changes: str) -> list[str]:
    """Build a small house, with some files replaced or added, and check it."""
    for name, text in (SOUND | changes).items():
        path = root / "course_lib" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n", encoding="utf-8")
    (root / "notebooks").mkdir()
    lessons = changes.get("lessons", LESSONS)
    (root / "notebooks" / "lessons.toml").write_text(lessons, encoding="utf-8")
    return architecture.problems(root)


def test_a_planned_lesson_has_its_place_in_the_order(tmp_path: Path) -> None:
    """Its modules come after those of every lesson that is written."""
    head, _, last = LESSONS.partition('\n[[lesson]]\nslug = "02')
    planned = f'{head}\n[[planned]]\nslug = "02{last}'
    assert _problems(tmp_path, lessons=planned) == []


def test_a_sound_house_has_no_problem(tmp_path: Path) -> None:
    """Imports down, sideways, of the ground, and of anything by the lab."""
    assert _problems(tmp_path) == []


BROKEN = {
    "a higher floor": (
        {"wire/http/bits.py": "\nfrom ...net import stream"},
        "course_lib/wire/http/bits.py:2: wire may not import net, a higher floor",
    ),
    "a higher floor, inside a function": (
        {"net/stream.py": "def f():\n    import course_lib.engineio.core"},
        "course_lib/net/stream.py:2: net may not import engineio, a higher floor",
    ),
    "a higher floor, by its name in a string": (
        {"net/stream.py": "import importlib\nimportlib.import_module('course_lib.lab.show')"},
        "course_lib/net/stream.py:2: net may not import lab, a higher floor",
    ),
    "the lab": (
        {"engineio/core.py": "from ..lab import show\nclass Server: ..."},
        "course_lib/engineio/core.py:1: engineio may not import lab, a higher floor",
    ),
    "from the ground": (
        {"errors.py": "from .wire import bits"},
        "course_lib/errors.py:1: everything stands on errors; it may import nothing",
    ),
    "from the package itself": (
        {"__init__.py": "from .wire import bits"},
        "course_lib/__init__.py:1: everything stands on course_lib; it may import nothing",
    ),
    "the workshop": (
        {"net/stream.py": "from ..workshop import commands"},
        "course_lib/net/stream.py:1: only the command line may import workshop",
    ),
    "the workshop, from the lab": (
        {"lab/show.py": "from ..workshop import commands"},
        "course_lib/lab/show.py:1: only the command line may import workshop",
    ),
    "the house, from the workshop": (
        {"workshop/commands.py": "from course_lib.net import post"},
        "course_lib/workshop/commands.py:1: workshop may import the standard library and "
        "workshop alone",
    ),
    "a clock in wire": (
        {"wire/http/bits.py": "import time"},
        "course_lib/wire/http/bits.py:1: wire is pure and may not import time: pass it in",
    ),
    "the system in wire": (
        {"wire/http/bits.py": "from os.path import join"},
        "course_lib/wire/http/bits.py:1: wire is pure and may not import os.path.join: pass it in",
    ),
    "a package below the lab": (
        {"net/stream.py": "import numpy"},
        "course_lib/net/stream.py:1: numpy is not in the standard library",
    ),
    "a package in the workshop": (
        {"workshop/commands.py": "import rich"},
        "course_lib/workshop/commands.py:1: rich is not in the standard library",
    ),
    "a later lesson": (
        {"wire/http/bits.py": "", "net/stream.py": "from ..wire.websocket import more"},
        "course_lib/net/stream.py:1: net.stream belongs to 01_one and may not import "
        "wire.websocket.more of the later 02_two",
    ),
    "no lesson": (
        {"net/extra.py": ""},
        "course_lib/net/extra.py:1: net.extra is in no lesson of notebooks/lessons.toml",
    ),
    "a lesson without its module": (
        {"lessons": LESSONS.replace("engineio.core", 'engineio.core", "net.gone')},
        "notebooks/lessons.toml:1: lists net.gone, and there is no such module",
    ),
    "a circle through a program's own folder": (
        {"lab/child.py": "import limits", "lab/limits.py": "from . import child"},
        "course_lib/lab/limits.py:1: imports in a circle: lab.child -> lab.limits -> lab.child",
    ),
    "no floor": (
        {"attic.py": ""},
        "course_lib/attic.py:1: attic is on no floor of the house",
    ),
    "a protocol that knows the one that it carries": (
        {"wire/http/bits.py": "from ..websocket import more", "wire/websocket/more.py": ""},
        "course_lib/wire/http/bits.py:1: wire.http may import nothing of the house beside itself, "
        "not wire.websocket.more",
    ),
    "a protocol that knows one beside it": (
        {"wire/websocket/more.py": "from ..engineio import packet", "wire/engineio/packet.py": ""},
        "course_lib/wire/websocket/more.py:1: wire.websocket may import only wire.http beside "
        "itself, not wire.engineio.packet",
    ),
    "a protocol without a package": (
        {"wire/loose.py": ""},
        "course_lib/wire/loose.py:1: wire.loose is in no package that `MAY` of this check lists",
    ),
    "a simulator that knows the network": (
        {"simulator/loop.py": "from ..net import stream"},
        "course_lib/simulator/loop.py:1: simulator may import nothing of the house beside itself, "
        "not net.stream",
    ),
    "a private module of net": (
        {"engineio/core.py": "from ..net import ws_link\nclass Server: ...", "net/ws_link.py": ""},
        "course_lib/engineio/core.py:1: net.ws_link is private to net; above it are http_server, "
        "http_client, http_answer, mailbox, stream, ws, listening",
    ),
    "a base with one heir, in another file": (
        {
            "net/stream.py": "class Link: ...",
            "net/ws.py": "from . import stream\nclass Longer(stream.Link): ...\nLonger()",
        },
        "course_lib/net/stream.py:1: Link has one subclass, net.ws.Longer, and is never made: "
        "merge the two",
    ),
    "a base with one heir, in the same file": (
        {"net/stream.py": "import abc\nclass Link(abc.ABC): ...\nclass Longer(Link): ..."},
        "course_lib/net/stream.py:2: Link has one subclass, net.stream.Longer, and is never made: "
        "merge the two",
    ),
    "a tower of classes": (
        {"net/stream.py": "class A: ...\nclass B(A): ...\nclass C(B): ...\nclass D(C): ..."},
        "course_lib/net/stream.py:4: 4 of our classes stand above each other, 3 at most",
    ),
    "Engine.IO that knows Socket.IO's packets": (
        {
            "engineio/core.py": "from ..wire.socketio import packet\nclass Server: ...",
            "wire/socketio/packet.py": "",
        },
        "course_lib/engineio/core.py:1: engineio may import only wire.http, wire.websocket, "
        "wire.engineio, net beside itself, not wire.socketio.packet",
    ),
    "a network that knows its simulator": (
        {"net/stream.py": "from ..simulator import loop", "simulator/loop.py": ""},
        "course_lib/net/stream.py:1: net may import only wire.http, wire.websocket beside itself, "
        "not simulator.loop",
    ),
    "the workshop, from a protocol": (
        {"wire/http/bits.py": "from ...workshop import commands"},
        "course_lib/wire/http/bits.py:1: only the command line may import workshop",
    ),
    "a private module of net, through a public one": (
        {
            "engineio/core.py": "from ..net.ws import ws_link\nclass Server: ...",
            "net/ws.py": "from . import ws_link\n__all__ = ['connect']",
            "net/ws_link.py": "",
        },
        "course_lib/engineio/core.py:1: net.ws does not offer ws_link; see its __all__",
    ),
    "net as a whole": (
        {"engineio/core.py": "from .. import net\nclass Server: ..."},
        "course_lib/engineio/core.py:1: import a module of net, not the package: http_server, "
        "http_client, http_answer, mailbox, stream, ws, listening",
    ),
    "a base with one heir, under another name": (
        {
            "net/stream.py": "from .ws import Other",
            "net/ws.py": "from .ws_link import Link as Other",
            "net/ws_link.py": "class Link: ...",
            "net/ws_server.py": "import course_lib.net.stream as s\n"
            "Base = s.Other\nclass A(Base): ...",
        },
        "course_lib/net/ws_link.py:1: Link has one subclass, net.ws_server.A, and is never made: "
        "merge the two",
    ),
    "a class cut over files by an assignment": (
        {
            "net/stream.py": "class Link: ...",
            "net/ws.py": "from . import stream\ndef read(self): ...\n"
            "stream.Link.read = read\nstream.Link()",
        },
        "course_lib/net/ws.py:3: read of net.stream.Link belongs into the file of its class",
    ),
    "a private part of the lab": (
        {"lab/plots.py": "from ._tap import tapped", "lab/_tap/tapped.py": ""},
        "course_lib/lab/plots.py:1: lab._tap is private to lab.tap and lab.recording",
    ),
    "a circle": (
        {"net/stream.py": "from . import office", "net/office.py": "\n\nfrom . import stream"},
        "course_lib/net/office.py:3: imports in a circle: net.stream -> net.office -> net.stream",
    ),
    "a long module": (
        {"net/stream.py": "\n" * 450},
        "course_lib/net/stream.py:1: 451 lines; cut it, or say in its docstring "
        "'Longer than usual: …'",
    ),
    "a long function": (
        {"net/stream.py": "async def f():\n" + "    pass\n" * 40},
        "course_lib/net/stream.py:1: f has 41 lines; cut it, or say in its docstring "
        "'Longer than usual: …'",
    ),
}


@pytest.mark.parametrize(("changes", "problem"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_rule_is_named_with_file_and_line(
    changes: dict[str, str], problem: str, tmp_path: Path
) -> None:
    """Each rule, broken once in an otherwise sound house."""
    assert problem in _problems(tmp_path, **changes)


def test_a_base_may_have_two_heirs_or_be_used_itself(tmp_path: Path) -> None:
    """Made, caught, raised, or the value of an option; and the lab is no layer that uses it."""
    heirs = "class Link: ...\nclass One(Link): ...\nclass Two(Link): ..."
    made = "from .stream import Link as L\nclass Three: ...\nclass Four(Three): ...\nThree()"
    caught = "class E(Exception): ...\nclass F(E): ...\ntry: f()\nexcept (E, F): raise"
    caught += "\nclass G: ...\nclass H(G): ...\nclass Options:\n    make: type = G"
    shown = "from ..net import ws_link"
    lessons = LESSONS.replace('"net.stream"', '"net.stream", "net.ws", "net.ws_link"')
    files = {"net/stream.py": heirs, "net/ws.py": made, "net/ws_link.py": caught}
    assert _problems(tmp_path, lessons=lessons, **files, **{"lab/show.py": shown}) == []


def test_what_is_used_only_if_installed_may_be_tried(tmp_path: Path) -> None:
    """`speed` packages are imported under `except ImportError`."""
    guarded = "try:\n    import orjson\nexcept ImportError:\n    orjson = None"
    assert _problems(tmp_path, **{"net/stream.py": guarded}) == []


def test_a_type_may_be_named_in_a_circle_and_nowhere_above(tmp_path: Path) -> None:
    """Under `if TYPE_CHECKING:` the order of floors and lessons holds, and circles are none."""
    back = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from . import bits"
    up = "import typing\nif typing.TYPE_CHECKING:\n    from ..engineio import core"
    changes = {
        "wire/websocket/more.py": back,
        "wire/http/bits.py": "from . import more",
        "net/stream.py": up,
    }
    found = _problems(tmp_path, lessons=LESSONS.replace('wire.http.bits", ', ""), **changes)
    assert not [line for line in found if "circle" in line]
    assert "course_lib/net/stream.py:3: net may not import engineio, a higher floor" in found


def test_a_package_belongs_to_the_last_lesson_that_it_gathers(tmp_path: Path) -> None:
    """`from course_lib.engineio import Server` imports all that engineio/__init__.py needs."""
    found = _problems(
        tmp_path, **{"engineio/core.py": "", "net/stream.py": "from .. import engineio"}
    )
    late = "net.stream belongs to 01_one and may not import engineio of the later 02_two"
    assert f"course_lib/net/stream.py:1: {late}" in found


def test_a_reason_in_the_docstring_allows_length(tmp_path: Path) -> None:
    """The limit is a question; its answer stands where the reader wonders."""
    reason = f'"""A long one.\n\n{lengths.REASON} it is a table.\n"""\n'
    function = f'def f():\n    """{lengths.REASON} it is a table."""\n' + "    pass\n" * 50
    assert _problems(tmp_path, **{"net/stream.py": reason + "\n" * 450 + function}) == []


def test_the_docstring_of_a_function_does_not_count(tmp_path: Path) -> None:
    """A contract may take the words that it needs."""
    function = 'def f():\n    """' + "word\n" * 40 + '    """\n' + "    pass\n" * 39
    assert _problems(tmp_path, **{"net/stream.py": function}) == []


def test_broken_lesson_order_is_reported_when_the_list_is_unreadable(tmp_path: Path) -> None:
    """Without the order nothing can be said about it, and that is said."""
    (found,) = _problems(tmp_path, lessons="[[lesson]")
    assert found.startswith("notebooks/lessons.toml:1: cannot be read: ")
