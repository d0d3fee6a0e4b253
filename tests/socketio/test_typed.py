"""Type checkers find each wrong name, payload and answer at its line, and nothing else."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

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
    assert len(PROGRAMS) == 2 and len(kinds) == sum(len(marked(one)) for one in PROGRAMS) == 16
    assert {"name", "payload", "answer"} <= set(kinds)


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
