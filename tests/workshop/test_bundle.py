"""A bundle holds the files of each kind of computer, and a set-up needs nothing else."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from course_lib.workshop import bundle, environment, locks, release, remedies, wheels

from . import tiny_checkout
from .tiny_checkout import Checkout

pytestmark = pytest.mark.wide  # each test makes a bundle, or installs from one

ROOT = Path(__file__).parents[2]
NO_INDEX = {
    "PIP_NO_INDEX": "0",
    "PIP_FIND_LINKS": "",
    "PIP_INDEX_URL": "http://127.0.0.1:1/simple",
    "PIP_RETRIES": "0",
}


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Besides the usual two: a package of which each system has a file of its own."""
    index = tiny_checkout.wheels(tmp_path_factory.mktemp("packages") / "index")
    for tag in ("cp312-cp312-win_amd64", "cp312-cp312-macosx_11_0_arm64", "cp313-cp313-win_amd64"):
        tiny_checkout._wheel(index, "tile", "1.0", {"tile.py": tag.encode()})
        (index / "tile-1.0-py3-none-any.whl").rename(index / f"tile-1.0-{tag}.whl")
    return index


def _hashes(paths: list[Path]) -> str:
    digests = [hashlib.sha256(path.read_bytes()).hexdigest() for path in paths]
    return "".join(f" \\\n    --hash=sha256:{digest}" for digest in digests) + "\n"


@pytest.fixture
def course(tmp_path: Path, index: Path) -> Checkout:
    """A small checkout in a folder whose path has Hangul and a space."""
    course = tiny_checkout.checkout(tmp_path / "소켓 강의" / "course", index)
    lock = course.root / "requirements.lock"
    lines = lock.read_text("utf-8").split("tile==")[0]
    lock.write_text(lines, encoding="utf-8")
    # What is handed out holds copies of the lessons.
    (course.root / "notebooks").mkdir(exist_ok=True)
    rows = '[[lesson]]\nslug = "00_zero"\n'
    (course.root / "notebooks" / "lessons.toml").write_text(rows, encoding="utf-8")
    empty = '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'
    (course.root / "notebooks" / "00_zero.ipynb").write_text(empty, encoding="utf-8")
    return course


def test_a_bundle_is_set_up_without_a_network(course: Checkout, tmp_path: Path) -> None:
    """From its own folder `wheels`, which no variable has to name."""
    code, said = course.run("bundle", "--out", str(tmp_path / "묶음 1"))
    assert code == 0, said
    folder = tmp_path / "묶음 1" / release.NAME
    found = sorted(path.name for path in (folder / "wheels").glob("*.whl"))
    assert [name.split("-")[0] for name in found] == ["brick", "flit_core", "pip"]
    assert "asks no\npackage index" in (folder / "wheels" / "README.md").read_text("utf-8")
    learner = Checkout(folder, course.python, course.environ)
    code, said = learner.run("setup", **NO_INDEX)
    assert code == 0, said
    assert learner.inside("import brick; print(brick.made_of)") == "brick"


def test_a_bundle_for_other_computers_says_so(course: Checkout, tmp_path: Path) -> None:
    """A learner with another system reads what to ask for, not that a mirror lacks something."""
    (tmp_path / "share").mkdir()
    code, said = course.run("setup", **NO_INDEX, COURSE_WHEELS=str(tmp_path / "share"))
    assert code == 1
    assert f"Only {tmp_path / 'share'} was asked." in said
    assert "ask for a bundle made for this kind of computer" in said
    assert "Traceback" not in said


def test_the_folder_that_a_variable_names_comes_first(tmp_path: Path) -> None:
    """`COURSE_WHEELS=DIR` may be a share of the school; a wrong name is told."""
    lock = environment.LOCKS["learner"]
    for name in ("wheels", "share 1"):
        (tmp_path / name).mkdir()
    share = str(tmp_path / "share 1")
    told = wheels.arguments(tmp_path, lock, {"COURSE_WHEELS": share})
    assert told == ["--no-index", "--find-links", str(Path(share).resolve())]
    with pytest.raises(remedies.SetupError, match="which is no folder"):
        wheels.arguments(tmp_path, lock, {"COURSE_WHEELS": f"{share}2"})


def test_what_only_tests_need_comes_from_the_index(tmp_path: Path) -> None:
    """No bundle holds it, so `--no-index` would make `make test` impossible in one."""
    (tmp_path / "wheels").mkdir()
    links = ["--find-links", str((tmp_path / "wheels").resolve())]
    learner, dev = environment.LOCKS["learner"], environment.LOCKS["dev"]
    assert wheels.arguments(tmp_path, learner, {}) == ["--no-index", *links]
    assert wheels.arguments(tmp_path, dev, {}) == links
    assert wheels.arguments(tmp_path / "wheels", learner, {}) == []


def test_each_kind_of_computer_gets_its_own_files(
    course: Checkout, index: Path, tmp_path: Path
) -> None:
    """Markers are weighed for the computer that will install, not for the one that downloads."""
    windows = index / "tile-1.0-cp312-cp312-win_amd64.whl"
    mac = index / "tile-1.0-cp312-cp312-macosx_11_0_arm64.whl"
    lock = course.root / "requirements.lock"
    marked = f"tile==1.0 ; sys_platform == 'win32'{_hashes([windows])}"
    lock.write_text(lock.read_text("utf-8") + marked, encoding="utf-8")
    asked = ["--for", "windows", "--for", "macos", "--python", "3.12"]
    code, said = course.run("bundle", *asked, "--out", str(tmp_path / "b"))
    assert code == 0, said
    folder = tmp_path / "b" / release.NAME / "wheels"
    assert [path.name for path in folder.glob("tile*")] == [windows.name]
    assert not (folder / mac.name).exists()
    assert (folder / windows.name).read_bytes() == windows.read_bytes()
    assert "windows and macos, Python 3.12" in (folder / "README.md").read_text("utf-8")


def test_a_file_with_another_hash_is_refused(course: Checkout, index: Path, tmp_path: Path) -> None:
    """As in a set-up; nothing unknown gets into a bundle."""
    lock = course.root / "requirements.lock"
    text = lock.read_text("utf-8").replace("--hash=sha256:", "--hash=sha256:0")
    lock.write_text("".join(f"{line[:82]}\n" for line in text.splitlines()), encoding="utf-8")
    code, said = course.run("bundle", "--out", str(tmp_path / "b"))
    assert (code, "Traceback" in said) == (1, False), said
    assert "(its hash differs)" in said


def test_every_target_gets_each_package_of_the_course_once() -> None:
    """For each system and Python, the markers of requirements.lock leave one version of each."""
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    found = bundle.blocks(lock)
    assert list(found) == locks.pins(lock)
    assert all(hashes.startswith(" --hash=sha256:") for hashes in found.values())
    for name, target in bundle.TARGETS.items():
        versions = {"python_version": "3.12", "python_full_version": "3.12.0"}
        pins = bundle.weighed(Path(sys.executable), list(found), target.facts | versions)
        packages = [pin.partition("==")[0] for pin in pins]
        assert len(packages) == len(set(packages)) > 50, name
        assert ("appnope" in packages) == name.startswith("macos")
        assert ("pywinpty" in packages) == (name == "windows")


def test_a_marker_that_asks_for_the_third_number_gives_both(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whether a learner has 3.11.2 or 3.11.9 is not known when the bundle is made."""
    lock = (
        "brick==1.0 ; python_full_version < '3.11.5' \\\n    --hash=sha256:aa\n"
        "brick==2.0 ; python_full_version >= '3.11.5' \\\n    --hash=sha256:bb\n"
        "mortar==1.0 \\\n    --hash=sha256:cc \\\n    --hash=sha256:dd\n    # via brick\n"
    )
    parts = list(bundle.parts(Path(sys.executable), lock, bundle.TARGETS["linux"], "3.11"))
    assert parts == [
        "brick==1.0 --hash=sha256:aa\nmortar==1.0 --hash=sha256:cc --hash=sha256:dd\n",
        "brick==2.0 --hash=sha256:bb\n",
    ]


@pytest.mark.parametrize(
    "arguments", [["--for", "amiga"], ["--python", "3.12"], ["out"]], ids=" ".join
)
def test_arguments_that_make_no_sense(arguments: list[str]) -> None:
    """They end with 2, before anything is written."""
    answer = subprocess.run(
        [sys.executable, "-m", "course_lib", "bundle", *arguments],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
    )
    assert (answer.returncode, answer.stdout) == (2, "")
    assert answer.stderr


def test_an_explanation_is_added_only_where_a_folder_alone_was_asked() -> None:
    """With an index in reach the remedy is another."""
    error = remedies.SetupError("It failed.", "repeat.")
    assert wheels.explained(error, []) is error
    assert wheels.explained(error, ["--find-links", "w"]) is error
    told = wheels.explained(error, ["--no-index", "--find-links", "w"])
    assert told.what == "It failed. Only w was asked."
