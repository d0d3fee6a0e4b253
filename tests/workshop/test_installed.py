"""`pip install .` into a new environment: the library, and nothing that others wrote."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Callable
from pathlib import Path

import pytest

from course_lib.lab import extra
from course_lib.workshop import commands, doctor_place

from . import tiny_checkout

pytestmark = pytest.mark.wide  # an environment is made

Run = Callable[..., subprocess.CompletedProcess[str]]

ECHO = """
import asyncio
from course_lib.net import ws

async def echo(connection):
    async for message in connection:
        await connection.send(message)

async def main():
    async with ws.serve(echo) as server, ws.connect(server.url) as connection:
        await connection.send("안녕")
        print(ascii(await connection.recv()))

asyncio.run(main())
"""


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment in which a person has typed `pip install .`."""
    where = tmp_path_factory.mktemp("installed")
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(tiny_checkout.ROOT / "course_lib", where / "course/course_lib", ignore=ignored)
    for name in ("pyproject.toml", "README.md", "LICENSE", "requirements.lock"):
        shutil.copy(tiny_checkout.ROOT / name, where / "course")
    index = tiny_checkout.wheels(where / "index")
    venv.create(where / "venv", with_pip=True)
    python = where / "venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    install = [python, "-m", "pip", "install", "--no-index", "--find-links", index, "."]
    answer = subprocess.run(install, cwd=where / "course", capture_output=True, encoding="utf-8")
    assert answer.returncode == 0, answer.stderr
    return python


@pytest.fixture
def run(python: Path, tmp_path: Path) -> Run:
    """Call that Python in an empty folder."""

    def call(*arguments: str) -> subprocess.CompletedProcess[str]:
        environ = {n: v for n, v in os.environ.items() if not n.startswith(("PYTHON", "VIRTUAL_"))}
        return subprocess.run(
            [python, *arguments],
            cwd=tmp_path,
            env=environ | {"PYTHONUTF8": "1"},
            capture_output=True,
            encoding="utf-8",
        )

    return call


def test_a_websocket_works_and_nothing_else_is_installed(run: Run) -> None:
    """The library needs the standard library alone."""
    answer = run("-c", ECHO)
    assert (answer.stdout, answer.stderr) == (f"{'안녕'!a}\n", "")
    listed = json.loads(run("-m", "pip", "list", "--format=json").stdout)
    names = {package["name"] for package in listed}
    assert "course-lib" in names
    assert names <= {"course-lib", "pip", "setuptools"}  # what venv puts in, up to 3.11


def test_the_doctor_says_what_is_there(run: Run) -> None:
    """The library; no lessons, no extra; and how to get both."""
    answer = run("-m", "course_lib", "doctor", "--json")
    assert (answer.returncode, answer.stderr) == (0, "")
    found = {check["name"]: check for check in json.loads(answer.stdout)["checks"]}
    assert "fail" not in {check["state"] for check in found.values()}
    assert "lessons and exercises are not part of it" in found["folder"]["said"]
    assert "its folder" in found["folder"]["remedies"][0]
    assert found["packages"]["state"] == "warn"
    assert found["packages"]["remedies"] == [f"run `{extra.INSTALL}`."]
    for name in ("kernel", "browser"):
        assert found[name]["said"] == "not checked, because Jupyter is not installed"
    lines = run("-m", "course_lib", "doctor").stdout.splitlines()
    assert lines[-1].startswith("The library is ready. (")


@pytest.mark.parametrize(
    "name", [command.name for command in commands.COMMANDS if not command.anywhere]
)
def test_every_other_command_says_where_it_works(name: str, run: Run) -> None:
    """It changes nothing; `clean` would clean among other people's packages."""
    answer = run("-m", "course_lib", name)
    assert (answer.returncode, answer.stdout) == (1, "")
    assert "is not a checkout of the course" in answer.stderr
    assert "What to do: get the course's folder, and run the command in it" in answer.stderr


def test_a_program_is_installed_that_serves(run: Run, python: Path) -> None:
    """`course-lib serve`; a mistake is one sentence."""
    name = "course-lib.exe" if os.name == "nt" else "course-lib"
    for command in ([python, "-m", "course_lib"], [python.with_name(name)]):
        answer = subprocess.run(
            [*command, "serve", "course_lib.socketio:Server"],
            capture_output=True,
            encoding="utf-8",
            cwd=python.parents[2],
        )
        assert (answer.returncode, answer.stdout) == (2, "")
        assert "course_lib.socketio:Server is no Socket.IO server" in answer.stderr
    assert "serve app:io" in run("-m", "course_lib").stdout


def test_a_figure_names_the_extra(run: Run) -> None:
    """In the last line of what Python prints; the doctor says the same."""
    answer = run("-c", "from course_lib.lab._start_here import witness")
    last = answer.stderr.strip().splitlines()[-1]
    assert last == (
        "ModuleNotFoundError: This needs aiohttp, which the extra `lab` brings: "
        'pip install "course-lib[lab]"'
    )
    assert extra.INSTALL == doctor_place.INSTALL


def test_the_doctor_examines_the_extra(python: Path, tmp_path: Path) -> None:
    """With its packages there, which are those of the Python that runs the tests."""
    [folder] = python.parents[1].rglob("site-packages/course_lib")
    code = (
        "import dataclasses, sys, time; sys.path.insert(0, sys.argv[1]);"
        "from course_lib.workshop import doctor_packages, doctor_place;"
        "place = dataclasses.replace(doctor_place.here(), deadline=time.monotonic() + 120);"
        "print(place.installed, *doctor_packages.packages(place), sep='|')"
    )
    command = [sys.executable, "-P", "-c", code, str(folder.parent)]
    answer = subprocess.run(command, cwd=tmp_path, capture_output=True, encoding="utf-8")
    said = f"{folder.parent}|ok|10 packages of the extra `lab`, Python 3."
    assert answer.stdout.startswith(said), answer
