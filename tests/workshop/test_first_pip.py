"""Where the first pip of a `.venv` comes from, if Python has no ensurepip as on Debian."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from . import tiny_checkout
from .tiny_checkout import Checkout

pytestmark = [
    pytest.mark.wide,  # each test sets up an environment
    pytest.mark.skipif(os.name == "nt", reason="platform: every Python for Windows has ensurepip"),
]

# `setup` as the user of that number (root is 0), as if its Python were the one of the system.
AS_DEBIAN = """
import os, pathlib, sys
from course_lib.workshop import commands, first_pip
os.getuid = lambda: int(sys.argv[1])
first_pip.SYSTEM = pathlib.Path(sys.executable).resolve().parent
sys.exit(commands.main(["setup"]))
"""


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_checkout.wheels(tmp_path_factory.mktemp("packages") / "index")


@pytest.fixture
def bare(tmp_path: Path, index: Path) -> Checkout:
    """A course that is not set up, a Python without pip and ensurepip, and no program on PATH."""
    python = tiny_checkout.bare_python(tmp_path / "python")
    course = tiny_checkout.checkout(tmp_path / "소켓 강의" / "course", index, python)
    (tmp_path / "bin").mkdir()
    course.environ["PATH"] = str(tmp_path / "bin")
    for module in ("pip", "ensurepip"):
        probe = [python, "-I", "-c", f"import {module}"]
        assert b"ModuleNotFoundError" in subprocess.run(probe, stderr=subprocess.PIPE).stderr
    return course


def _is_set_up(course: Checkout, **extra: str) -> None:
    """And `%pip` works in a notebook, because pip is in `.venv`, wherever it came from."""
    code, said = course.run("setup", **extra)
    assert code == 0, said
    assert course.inside("import brick, pip; print(brick.made_of)") == "brick"


def test_nothing_that_gives_a_pip(bare: Checkout) -> None:
    """One sentence says what is missing, and one what to do; the next run may be on the same."""
    for _ in range(2):
        code, said = bare.run("setup")
        assert (code, "Traceback" in said) == (1, False), said
        assert "came without ensurepip, and there is no pip and no uv." in said
        assert "What to do: install another Python 3.11 or newer than " in said


def test_a_pip_that_is_there_serves(bare: Checkout) -> None:
    """That of the Python which runs the command; foreign packages beside it are not taken along."""
    [standard] = (bare.python.parents[1] / "lib").glob("python3*")
    site = standard / "site-packages"
    pip = subprocess.check_output(
        [sys.executable, "-c", "import os, pip; print(os.path.dirname(pip.__file__))"],
        encoding="utf-8",
    )
    shutil.copytree(pip.strip(), site / "pip")
    (site / "foreign.py").write_text("", encoding="utf-8")
    _is_set_up(bare)
    assert "No module named 'foreign'" in bare.inside("import foreign")


def test_a_uv_that_is_there_serves(bare: Checkout, index: Path) -> None:
    """It installs pip; everything else is then as always."""
    uv = shutil.which("uv", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if uv is None:
        pytest.skip("needs uv: python -m course_lib setup --dev")
    (Path(bare.environ["PATH"]) / "uv").symlink_to(uv)
    _is_set_up(bare, UV_FIND_LINKS=str(index), UV_NO_INDEX="1", UV_OFFLINE="1")


def test_a_uv_without_a_network_says_so(bare: Checkout) -> None:
    """As pip does: a cause and a remedy."""
    uv = shutil.which("uv", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if uv is None:
        pytest.skip("needs uv: python -m course_lib setup --dev")
    (Path(bare.environ["PATH"]) / "uv").symlink_to(uv)
    dead = {"UV_DEFAULT_INDEX": "http://127.0.0.1:1/simple", "UV_HTTP_RETRIES": "0"}
    code, said = bare.run("setup", **dead, UV_NO_CACHE="1")
    assert (code, "Traceback" in said) == (1, False), said
    assert "The package index could not be reached." in said


def test_a_bundle_brings_its_own(bare: Checkout, index: Path) -> None:
    """A room without a network, and a Debian without python3-venv."""
    shutil.copytree(index, bare.root / "wheels")
    _is_set_up(bare, PIP_FIND_LINKS="", PIP_INDEX_URL="http://127.0.0.1:1/simple", PIP_NO_INDEX="0")


def _apt_get(course: Checkout, ends: str) -> Path:
    """Put a program `apt-get` on PATH, which notes how it was called; the file with its notes."""
    folder = Path(course.environ["PATH"])
    [standard] = (course.python.parents[1] / "lib").glob("python3*")
    own = tiny_checkout.standard_library() / "ensurepip"
    text = f'#!/bin/sh\necho "$@" >>"{folder}/calls"\ncase "$1" in install) {ends};; esac\n'
    text = text.replace("BRING", f'/bin/ln -s "{own}" "{standard}/ensurepip"')
    (folder / "apt-get").write_text(text, encoding="utf-8")
    (folder / "apt-get").chmod(0o755)
    return folder / "calls"


def _set_up_as(course: Checkout, user: int) -> tuple[int, str]:
    answer = subprocess.run(
        [course.python, "-c", AS_DEBIAN, str(user)],
        cwd=course.root,
        env=course.environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )
    return answer.returncode, answer.stdout


def test_on_debian_the_package_is_named(bare: Checkout) -> None:
    """Only root may install it, and nobody is asked for a password."""
    calls = _apt_get(bare, "BRING")
    (bare.python.parent / "python3").symlink_to(bare.python)
    code, said = _set_up_as(bare, 1000)
    assert code == 1
    assert "What to do: install the package python3-venv (`sudo apt-get install" in said
    assert not calls.exists()


def test_on_debian_root_installs_the_package_after_saying_so(bare: Checkout) -> None:
    """Then `.venv` is made as everywhere."""
    calls = _apt_get(bare, "BRING")
    (bare.python.parent / "python3").symlink_to(bare.python)
    code, said = _set_up_as(bare, 0)
    assert code == 0, said
    assert "installing its package python3-venv (apt-get install python3-venv)." in said
    installed = "install -y -qq --no-install-recommends python3-venv"
    assert calls.read_text("utf-8").splitlines() == ["update -qq", installed]
    assert bare.inside("import brick, pip; print(brick.made_of)") == "brick"


def test_a_second_python_of_debian_has_a_package_of_its_own(bare: Checkout) -> None:
    """If it cannot be installed, what apt-get said is shown."""
    _apt_get(bare, "echo E: no such package; exit 100")
    code, said = _set_up_as(bare, 0)
    assert (code, "Traceback" in said) == (1, False)
    assert f"its package python3.{sys.version_info.minor}-venv (apt-get install" in said
    assert "E: no such package" in said
