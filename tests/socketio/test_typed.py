"""Type checkers find each wrong name, payload and answer at its line, and nothing else."""

from __future__ import annotations

import importlib
import inspect
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from course_lib import socketio
from course_lib.errors import LocalError
from course_lib.lab import clock
from course_lib.socketio import typed
from tests.engineio import node

ROOT = Path(__file__).parents[2]
PROGRAMS = sorted((Path(__file__).parent / "typed").glob("chat_*.py"))
PYRIGHT = ROOT / "node_modules/pyright/index.js"


def marked(program: Path) -> set[int]:
    lines = program.read_text("utf-8").splitlines()
    return {number for number, line in enumerate(lines, 1) if "  # error: " in line}


def test_the_programs_have_errors_of_every_kind() -> None:
    text = "".join(program.read_text("utf-8") for program in PROGRAMS)
    kinds = re.findall(r"# error: (?:a )?(?:wrong )?(\w+)", text)
    assert len(PROGRAMS) == 3 and len(kinds) == sum(len(marked(one)) for one in PROGRAMS) == 68
    assert {"name", "payload", "answer", "direction"} <= set(kinds)


@pytest.mark.wide
def test_mypy_finds_exactly_these() -> None:
    """In strict mode."""
    command = [sys.executable, "-m", "mypy", "--strict", "--no-incremental", "--output=json"]
    done = subprocess.run(
        [*command, "--config-file=", *map(str, PROGRAMS)],
        cwd=ROOT, capture_output=True, encoding="utf-8", timeout=600, check=False,
    )  # fmt: skip
    found: dict[str, set[int]] = {}
    for line in done.stdout.splitlines():
        if line.startswith("{") and (error := json.loads(line))["severity"] == "error":
            found.setdefault(Path(error["file"]).name, set()).add(error["line"])
    assert found == {program.name: marked(program) for program in PROGRAMS}, done.stderr


@node.needed
@pytest.mark.wide
def test_pyright_finds_exactly_these() -> None:
    """In strict mode, as a comment in each program says."""
    command = ["node", str(PYRIGHT), "--outputjson", "--pythonpath", sys.executable]
    done = subprocess.run(
        [*command, *map(str, PROGRAMS)],
        cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8", timeout=600,
        check=False,
    )  # fmt: skip
    found: dict[str, set[int]] = {}
    for error in json.loads(done.stdout)["generalDiagnostics"]:
        if error["severity"] == "error":
            line = error["range"]["start"]["line"] + 1
            found.setdefault(Path(error["file"]).name, set()).add(line)
    assert found == {program.name: marked(program) for program in PROGRAMS}


@node.needed
@pytest.mark.wide
def test_pyright_finds_nothing_in_the_library() -> None:
    """Socket.IO and what it stands on; mypy looks at everything in `make check`."""
    packages = ("socketio", "engineio", "wire/socketio", "wire/engineio")
    command = ["node", str(PYRIGHT), "--pythonpath", sys.executable]
    done = subprocess.run(
        [*command, *(f"course_lib/{name}" for name in packages)],
        cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8", timeout=600,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.stem)
def test_an_event_map_costs_nothing(program: Path) -> None:
    """The programs run: nothing of them is there for the checker alone."""
    namespace: dict[str, object] = {"__name__": program.stem}
    exec(compile(program.read_text("utf-8"), str(program), "exec"), namespace)
    assert "Chat" in namespace


def test_at_run_time_an_event_is_its_name_and_a_class_is_the_library_s() -> None:
    assert type(typed.ToServer[[str], int]("say")) is str
    assert typed.ToClient[[], bool]("ready?") == "ready?"
    for name in ("Client", "Namespace", "Server", "Socket", "Handlers", "on"):
        assert getattr(typed, name) is getattr(socketio, name)
    for wrong in ("disconnect", 7):
        with pytest.raises(LocalError, match="is no name for an event"):
            typed.ToServer[[], None](wrong)  # type: ignore[arg-type]


def test_what_the_stub_declares_is_there() -> None:
    """Each class and each name in it; `in_` is one, too."""
    stub = (ROOT / "course_lib" / "socketio" / "typed.pyi").read_text("utf-8")
    classes = stub.partition("# The classes.")[2]
    found = re.findall(r"^class (\w+)\((\w+)\.(\w+)\):\n((?:    .+\n|\n)+)", classes, re.MULTILINE)
    assert len(found) == 8
    for name, module, base, body in found:
        real = getattr(importlib.import_module(f"course_lib.socketio.{module}"), base)
        if name != "ClientEmission":
            assert getattr(typed, name) is real
        attributes = re.findall(r"^    (?:def )?(\w+)[:(]", body, re.MULTILINE)
        assert attributes
        for attribute in attributes:
            known = hasattr(real, attribute) or attribute in instance(real)
            assert known, f"{name}.{attribute}"


def instance(cls: type) -> list[str]:
    """What its methods set."""
    return re.findall(r"self\.(\w+)(?:: .+)? =", inspect.getsource(cls))


def test_a_typed_chat_runs() -> None:
    """A server and a client that share a map, on the virtual clock."""

    class Chat:
        say = typed.ToServer[[str], int]("say")
        said = typed.ToClient[[str, str], None]("said")

    async def main() -> None:
        io, heard = typed.Server(), []

        @io.on("connection")
        def connected(socket: typed.Socket) -> None:
            @socket.on(Chat.say)
            async def say(text: str) -> int:
                io.emit(Chat.said, "ann", text)
                return len(text)

        async with io.listen() as address, typed.Client(address.url) as client:
            client.on(Chat.said, lambda name, text: heard.append((name, text)))
            assert await client.emit_with_ack(Chat.say, "hi") == 2
        assert heard == [("ann", "hi")]

    clock.simulate(main)
