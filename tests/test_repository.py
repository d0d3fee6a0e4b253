"""What stands beside the code: locks, conda's file, npm's file, the wheel, CI."""

from __future__ import annotations

import ast
import importlib.metadata
import os
import shutil
import stat
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from course_lib.workshop import checks, imports, locks

ROOT = Path(__file__).parents[1]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
EXTRAS: dict[str, list[str]] = PROJECT["project"]["optional-dependencies"]


def _pins(name: str) -> dict[str, list[str]]:
    """Package to versions (several where Pythons need different ones)."""
    found: dict[str, list[str]] = {}
    for pin in locks.pins((ROOT / name).read_text("utf-8")):
        package, version = pin.partition(";")[0].strip().split("==")
        found.setdefault(package, []).append(version)
    return found


def test_the_locks_agree() -> None:
    """pyproject.toml, both Python locks, environment.yml, package.json and its lock."""
    assert locks.problems(ROOT) == []


def test_no_file_names_a_package_registry() -> None:
    """A checkout installs from whatever index its reader has set."""
    assert checks.registry_hosts(ROOT, checks.tracked_files(ROOT)) == []


@pytest.mark.parametrize(
    ("lock", "wanted"),
    [
        ("requirements.lock", EXTRAS["lab"]),
        ("requirements.lock", PROJECT["build-system"]["requires"]),
        ("requirements-dev.lock", EXTRAS["dev"][1:] + EXTRAS["speed"]),
    ],
)
def test_a_lock_satisfies_what_is_asked_for(lock: str, wanted: list[str]) -> None:
    """Each direct dependency is locked at a version that its range admits."""
    pins = _pins(lock)
    for requirement in map(Requirement, wanted):
        versions = pins[requirement.name.replace("_", "-")]
        assert all(version in requirement.specifier for version in versions), requirement


def test_the_library_needs_no_package_and_notebooks_need_the_extra_lab() -> None:
    """It names first what the lessons name; developers have it, too."""
    assert PROJECT["project"]["dependencies"] == []
    names = [Requirement(line).name for line in EXTRAS["lab"]]
    asked = ["jupyterlab", "ipywidgets", "nest-asyncio", "python-socketio", "matplotlib"]
    assert names[:5] == asked
    assert EXTRAS["dev"][0] == "course-lib[lab,speed]"


def test_what_is_imported_is_declared() -> None:
    """A package that only comes along with another may one day stay away."""
    declared = EXTRAS["lab"] + EXTRAS["dev"]
    names = {canonicalize_name(Requirement(line).name) for line in declared}
    provided = importlib.metadata.packages_distributions()
    for found in imports.read(ROOT / "course_lib").outer:
        package = found.target.partition(".")[0]
        if package in sys.stdlib_module_names or found.guarded:
            continue
        if (ROOT / found.file).with_name(f"{package}.py").is_file():
            continue  # a script finds what stands beside it
        by = {canonicalize_name(name) for name in provided.get(package, [])}
        assert by & names, f"{found}: {package} is no direct dependency"


# They make notebooks out of sources, with the tools of those who write lessons.
AUTHORS = ("course_lib/lab/authoring/", "course_lib/lab/grading/exercise_")


def _learner_has() -> set[str]:
    """What a direct dependency is, or asks for itself; aiohttp is asked for by an extra of one."""
    names: set[str] = set()
    for direct in map(Requirement, EXTRAS["lab"]):
        names.add(canonicalize_name(direct.name))
        for asked in map(Requirement, importlib.metadata.requires(direct.name) or []):
            given: list[dict[str, str]] = [{"extra": extra} for extra in ("", *direct.extras)]
            if not asked.marker or any(map(asked.marker.evaluate, given)):
                names.add(canonicalize_name(asked.name))
    return names


def _a_learner_lacks(root: Path) -> list[str]:
    """Each import of library, lessons and exercises that fails in a learner's environment."""
    has, provided = _learner_has(), importlib.metadata.packages_distributions()
    lacking = []
    for folder in (root / "course_lib", *sorted(root.glob("*/_source"))):
        for found in imports.read(folder).outer:
            package = found.target.partition(".")[0]
            known = package == "course_lib" or package in sys.stdlib_module_names
            if known or found.guarded or found.typing:
                continue
            place = folder.parent.relative_to(root) / str(found)
            by = {canonicalize_name(name) for name in provided.get(package, [])}
            if not by & has and not place.as_posix().startswith(AUTHORS):
                lacking.append(f"{place.as_posix()}: a learner has no {package}")
    return lacking


def test_a_learner_has_what_library_lessons_and_exercises_import() -> None:
    """Here everything is installed, and a lesson that imports too much would not show it."""
    assert _a_learner_lacks(ROOT) == []


def test_an_import_that_a_learner_lacks_is_named_with_file_and_line(tmp_path: Path) -> None:
    """Packages of the extras, and those that nobody has; but not what is only tried."""
    tried = "try:\n    import orjson\nexcept ImportError:\n    orjson = None\n"
    for name, text in {
        "course_lib/lab/show.py": "import matplotlib\nimport hypothesis\n" + tried,
        "course_lib/lab/authoring/build.py": "import jupytext\n",
        "notebooks/_source/04_x.py": "await f()\nfrom websockets.asyncio.client import connect\n",
        "tasks/_source/04_x.py": "import os, aiohttp, numpy_of_nobody\nimport course_lib.net\n",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert _a_learner_lacks(tmp_path) == [
        "course_lib/lab/show.py:2: a learner has no hypothesis",
        "notebooks/_source/04_x.py:2: a learner has no websockets",
        "tasks/_source/04_x.py:1: a learner has no numpy_of_nobody",
    ]


def test_all_but_the_authors_modules_load_in_a_learner_s_environment() -> None:
    """With every package hidden that the learners' lock does not have."""
    locked = {canonicalize_name(name) for name in _pins("requirements.lock")}
    provided = importlib.metadata.packages_distributions()
    hidden = {
        package
        for package, by in provided.items()
        if package != "course_lib" and not {canonicalize_name(name) for name in by} & locked
    }
    assert {"websockets", "jupytext"} <= hidden
    modules = [
        f"course_lib.{module}".rstrip(".")
        for module, path in imports.read(ROOT / "course_lib").paths.items()
        if not path.relative_to(ROOT).as_posix().startswith(AUTHORS) and module != "__main__"
    ]
    code = (
        "import importlib, sys\n"
        "class Hidden:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        f"        if name.partition('.')[0] in {hidden!r}: raise ImportError(name)\n"
        "sys.meta_path.insert(0, Hidden())\n"
        f"for name in {modules!r}: importlib.import_module(name)"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, encoding="utf-8"
    )
    assert (answer.returncode, answer.stderr) == (0, "")


def test_speed_is_an_extra() -> None:
    """An event loop (which Windows has none of), JSON, and a C function that unmasks."""
    names = [Requirement(line) for line in EXTRAS["speed"]]
    assert {requirement.name for requirement in names} == {"uvloop", "orjson", "websockets"}
    (uvloop,) = [requirement for requirement in names if requirement.name == "uvloop"]
    assert not uvloop.marker or not uvloop.marker.evaluate({"sys_platform": "win32"})


def test_a_learner_gets_no_developer_tool() -> None:
    """They would double the download."""
    assert (
        not {"pytest", "ruff", "mypy", "playwright", "hypothesis"}
        & _pins("requirements.lock").keys()
    )


def test_the_learner_s_environment_stays_small() -> None:
    """Under 450 MB, with what Python compiles, as installed here."""
    total = 0
    for package in _pins("requirements.lock"):
        try:
            files = importlib.metadata.files(package) or []
        except importlib.metadata.PackageNotFoundError:
            continue  # of another system
        total += sum(os.stat(file.locate()).st_size for file in files if file.locate().exists())
    assert 100e6 < total < 450e6, f"{total / 1e6:.0f} MB"


def test_conda_gets_the_same_versions() -> None:
    """environment.yml is YAML with a Python that the course runs on, the pins and the project."""
    conda = yaml.safe_load((ROOT / "environment.yml").read_text("utf-8"))
    python, pip, nested = conda["dependencies"]
    assert python.startswith("python " + PROJECT["project"]["requires-python"])
    assert pip == "pip"
    *pins, project = nested["pip"]
    assert project == "-e .[lab]"
    assert pins == locks.pins((ROOT / "requirements.lock").read_text("utf-8"))
    assert not any("--hash" in pin for pin in pins)  # pip refuses "-e" beside hashes


@pytest.mark.parametrize("kind", ["wheel", "sdist"])
def test_what_is_built_holds_the_library_alone(kind: str, tmp_path: Path) -> None:
    """No notebook, lock or test; the licence is there."""
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tmp_path / name)
    ignored = shutil.ignore_patterns("__pycache__")
    for name in ("course_lib", "notebooks"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=ignored)
    shutil.copy(ROOT / "requirements.lock", tmp_path)
    code = f"from flit_core import buildapi; print(buildapi.build_{kind}('.'))"
    answer = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, encoding="utf-8"
    )
    assert not answer.returncode, answer.stderr
    built = tmp_path / answer.stdout.strip()
    if kind == "wheel":
        with zipfile.ZipFile(built) as archive:
            names = archive.namelist()
    else:
        with tarfile.open(built) as archive:
            names = [name.partition("/")[2] for name in archive.getnames()]
    assert {"course_lib/py.typed", "course_lib/lab/_browser_client/socketio.js"} <= {*names}
    assert any(name.endswith("LICENSE") for name in names)
    assert not [name for name in names if name.endswith((".ipynb", ".lock"))]


def test_every_docstring_is_unicode() -> None:
    """From Python 3.13 on, a module does not load if one holds half of a surrogate pair."""
    for path in (ROOT / "course_lib").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                (ast.get_docstring(node) or "").encode()


def test_ci_is_a_script_that_can_be_run() -> None:
    """It parses, it may be executed, and it runs the checks and then the tests."""
    script = ROOT / ".ci" / "run"
    if os.name != "nt":
        assert script.stat().st_mode & stat.S_IXUSR
    if not shutil.which("bash"):
        pytest.skip("needs bash")
    answer = subprocess.run(["bash", "-n", str(script)], capture_output=True)
    assert (answer.returncode, answer.stderr) == (0, b"")
    text = script.read_text("utf-8")
    assert text.startswith("#!/usr/bin/env bash\n")
    assert [line for line in text.splitlines() if line.startswith("make ")] == [
        "make check",
        "make test",
        "make test-wide",
    ]


def test_the_documented_python_is_the_required_one() -> None:
    """The command line, the Makefile, pyproject.toml and mypy speak of the same version."""
    floor = PROJECT["project"]["requires-python"].removeprefix(">=")
    major, minor = floor.split(".")
    for name in ("Makefile", "course_lib/__main__.py"):
        text = (ROOT / name).read_text("utf-8")
        assert f"({major}, {minor})" in text
        assert f"Python {floor} or newer" in text
    assert PROJECT["tool"]["mypy"]["python_version"] == floor
    assert PROJECT["tool"]["ruff"]["target-version"] == f"py{major}{minor}"


def test_the_repository_holds_nothing_that_others_wrote() -> None:
    """No package of somebody else, in any form of archive."""
    archives = (".whl", ".zip", ".gz", ".tgz", ".jar")
    names = [path.name for path in checks.tracked_files(ROOT)]
    assert not [name for name in names if name.endswith(archives)]
