"""The set-up, run for real on a small checkout: first, second, interrupted, moved, upgraded."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from course_lib.workshop import environment, locking
from course_lib.workshop.environment import Need

from . import tiny_checkout
from .tiny_checkout import Checkout

pytestmark = pytest.mark.wide  # each test sets up an environment

posix = pytest.mark.skipif(os.name == "nt", reason="platform: Windows has no such thing")

# Settings that are right for somebody's other work and would ruin this one.
FOREIGN = {
    "PIP_USER": "1",
    "PIP_TARGET": "elsewhere",
    "PIP_PREFIX": "elsewhere",
    "PIP_REQUIRE_VIRTUALENV": "1",
    "PIP_CONSTRAINT": "nowhere.txt",
    "PIP_DRY_RUN": "1",
    "PIP_NO_BINARY": ":all:",
    "PYTHONPATH": "elsewhere",
    "PYTHONHOME": "",
}
NO_NETWORK = {
    "PIP_NO_INDEX": "0",
    "PIP_FIND_LINKS": "",
    "PIP_INDEX_URL": "http://127.0.0.1:1/simple",
    "PIP_RETRIES": "1",
}
ASCII = {"LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_checkout.wheels(tmp_path_factory.mktemp("packages") / "index")


@pytest.fixture
def course(tmp_path: Path, index: Path) -> Checkout:
    """A checkout that is not set up."""
    return tiny_checkout.checkout(tmp_path / "course", index)


@pytest.fixture(scope="module")
def prototype(tmp_path_factory: pytest.TempPathFactory, index: Path) -> Checkout:
    """A checkout that is set up.  Not to be changed."""
    course = tiny_checkout.checkout(tmp_path_factory.mktemp("built") / "course", index)
    code, said = course.run("setup")
    assert code == 0, said
    return course


@pytest.fixture
def ready(prototype: Checkout, tmp_path: Path) -> Checkout:
    """A checkout that is set up, to be changed: a copy that was told its new path."""
    copy = tmp_path / "ready"
    shutil.copytree(prototype.root, copy, symlinks=True)
    course = Checkout(copy, prototype.python, prototype.environ)
    stamp = json.loads(course.stamp.read_text("utf-8")) | {"path": str(copy)}
    course.stamp.write_text(json.dumps(stamp), encoding="utf-8")
    assert environment.need("learner", copy) is None
    return course


def test_a_second_run_changes_nothing_and_does_not_speak_of_it(prototype: Checkout) -> None:
    """The stamp says that all is there, so nothing is written and pip is not started."""
    before = prototype.stamp.stat().st_mtime_ns
    code, said = prototype.run("setup", **NO_NETWORK)
    assert (code, said.count("\n")) == (0, 1), said
    assert prototype.stamp.stat().st_mtime_ns == before


def test_the_project_itself_is_installed_from_its_folder(prototype: Checkout) -> None:
    """A program started anywhere in .venv imports the checkout's own sources."""
    here = prototype.inside("import course_lib; print(ascii(course_lib.__file__))")
    assert here == ascii(str(prototype.root / "course_lib" / "__init__.py"))


def test_foreign_settings_of_pip_and_python_change_nothing(tmp_path: Path, index: Path) -> None:
    """Neither from the environment, nor from a configuration file."""
    course = tiny_checkout.checkout(tmp_path / "course", index)
    home = Path(course.environ["HOME"])
    (home / "pip").mkdir(exist_ok=True)
    (home / "pip" / "pip.conf").write_text("[install]\nuser = true\n", encoding="utf-8")
    try:
        code, said = course.run("setup", **FOREIGN)
    finally:
        shutil.rmtree(home / "pip")
    assert code == 0, said
    assert course.inside("import brick; print(brick.made_of)") == "brick"
    assert not list(course.root.glob("elsewhere*"))


@pytest.mark.parametrize(
    ("locale", "charset"),
    [("C", "utf-8"), pytest.param("ko_KR.EUC-KR", "euc-kr", marks=pytest.mark.slow)],
)
@posix
def test_a_path_with_hangul_in_a_locale_that_is_not_utf_8(
    locale: str, charset: str, tmp_path: Path, index: Path
) -> None:
    """Set-up, second run and imports work where the folder has a name that is not ASCII."""
    settings = ASCII | {"LANG": locale, "LC_ALL": locale}
    if locale != "C":
        settings["LOCPATH"] = str(_locale(locale, tmp_path))
    folder = os.fsdecode("소켓 강의 (1)".encode(charset))
    course = tiny_checkout.checkout(tmp_path / folder / "course", index)
    for _ in range(2):
        code, said = course.run("setup", **settings)
        assert code == 0, said
    assert course.inside("import brick, course_lib; print(brick.made_of)", **settings) == "brick"
    code, said = course.run("setup", **NO_NETWORK)  # in a UTF-8 locale the same folder
    assert (code, "Setting up" in said) == (0, False), said


def _locale(name: str, where: Path) -> Path:
    """Compile a locale of the system's sources, for LOCPATH."""
    if sys.platform != "linux":
        pytest.skip("platform: locales are compiled for glibc only")
    if not shutil.which("localedef") or not Path("/usr/share/i18n/charmaps").is_dir():
        pytest.skip("needs localedef and its sources: apt-get install locales")
    language, charset = name.split(".")
    target = where / "locales" / name
    target.parent.mkdir()
    command = ["localedef", "-i", language, "-f", charset, str(target)]
    subprocess.run(command, check=False, capture_output=True)  # 1: it had warnings
    assert target.is_dir()
    return target.parent


def test_tests_after_a_lab_add_to_the_environment(ready: Checkout) -> None:
    """The developer's packages come on top, nothing is built again, and the lab stays ready."""
    brick = ready.inside("import brick, os; print(os.stat(brick.__file__).st_mtime_ns)")
    code, said = ready.run("setup", "--dev")
    assert (code, "not installed yet" in said) == (0, True), said
    assert ready.inside("import mortar; print(mortar.made_of)") == "mortar"
    assert ready.inside("import brick, os; print(os.stat(brick.__file__).st_mtime_ns)") == brick
    assert environment.need("learner", ready.root) is None


def test_a_moved_folder_is_built_again(ready: Checkout) -> None:
    """Scripts in .venv hold absolute paths, so it is no good elsewhere."""
    moved = ready.root.rename(ready.root.with_name("moved"))
    found = environment.need("learner", moved)
    assert found == Need("the folder was moved, so .venv is built again", afresh=True)


@posix
def test_a_vanished_base_python_is_noticed(ready: Checkout) -> None:
    """After an upgrade of the system .venv/bin/python may point at nothing."""
    python = ready.root / ".venv" / "bin" / "python"
    python.unlink()
    python.symlink_to("/nowhere/python3")
    found = environment.need("learner", ready.root)
    assert found == Need("the Python of .venv is gone, so it is built again", afresh=True)


def test_another_base_python_is_noticed(ready: Checkout) -> None:
    """`python3` may become 3.14, which does not see what 3.13 had installed."""
    stamp = ready.stamp.read_text("utf-8")
    ready.stamp.write_text(stamp.replace("cpython-3", "cpython-2"), encoding="utf-8")
    found = environment.need("learner", ready.root)
    assert found == Need("the Python of .venv is another one now, so it is built again", True)


@pytest.mark.parametrize(
    ("file", "before", "after", "changes"),
    [
        ("requirements.lock", "brick", "brick ", True),
        ("pyproject.toml", 'requires-python = ">=3.11"', 'requires-python = ">=3.12"', True),
        ("pyproject.toml", "line-length = 100", "line-length = 99", False),
    ],
)
def test_a_new_lock_is_installed_in_place(
    file: str, before: str, after: str, changes: bool, ready: Checkout
) -> None:
    """What `git pull` brings is noticed, if it concerns what is installed."""
    path = ready.root / file
    path.write_text(path.read_text("utf-8").replace(before, after), encoding="utf-8")
    reason = "the locked packages for learner are not installed yet"
    wanted = Need(reason, afresh=False) if changes else None
    assert environment.need("learner", ready.root) == wanted


def test_an_environment_of_somebody_else_is_set_aside(tmp_path: Path) -> None:
    """An editor may have made a .venv; it is kept under another name.  Ours is removed."""
    for number in (1, 2):
        (tmp_path / ".venv").mkdir()
        (tmp_path / ".venv" / "pyvenv.cfg").write_text(f"mine {number}", encoding="utf-8")
        environment.clear(tmp_path)
        aside = tmp_path / f".venv.before-{number}" / "pyvenv.cfg"
        assert aside.read_text("utf-8") == f"mine {number}"
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "course.json").write_text("{}", encoding="utf-8")
    environment.clear(tmp_path)
    environment.clear(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".venv.before-1", ".venv.before-2"]


@posix
def test_an_interrupted_set_up_is_repaired_by_the_next(ready: Checkout) -> None:
    """Ctrl-C while the index does not answer: one sentence, exit code 130, and a later success."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/simple"
        process = ready.start("setup", "--dev", **NO_NETWORK | {"PIP_INDEX_URL": url})
        silent.settimeout(60)
        with silent.accept()[0]:
            process.send_signal(signal.SIGINT)
            said, _ = process.communicate(timeout=60)
    assert (process.returncode, "Traceback" in said) == (130, False), said
    assert "Interrupted." in said
    assert json.loads(ready.stamp.read_text("utf-8")) == {"begun": "dev"}
    code, said = ready.run("setup")
    assert (code, "an earlier set-up was interrupted" in said) == (0, True), said
    assert ready.inside("import brick; print(brick.made_of)") == "brick"


@posix
def test_a_killed_set_up_keeps_others_out_until_its_pip_is_gone(ready: Checkout) -> None:
    """The lock is held by the writer, too, so nobody clears .venv under its hands."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/simple"
        process = ready.start("setup", "--dev", **NO_NETWORK | {"PIP_INDEX_URL": url})
        silent.settimeout(60)
        with silent.accept()[0]:
            process.kill()
            process.wait(60)
            assert not _free(ready.root / ".venv.lock")
    with locking.held(ready.root / ".venv.lock", lambda: None):  # pip was let go, and ended
        process.communicate(timeout=60)


def _free(lock: Path) -> bool:
    """Whether the lock can be had at once."""

    class Taken(Exception):
        pass

    def give_up() -> None:
        raise Taken

    try:
        with locking.held(lock, give_up):
            return True
    except Taken:
        return False


def test_a_second_set_up_waits_for_the_first(ready: Checkout) -> None:
    """It says so, looks again when the first is done, and has nothing left to do."""
    stamp = ready.stamp.read_text("utf-8")
    with locking.held(ready.root / ".venv.lock", lambda: None):
        ready.stamp.write_text('{"begun": "learner"}', encoding="utf-8")
        process = ready.start("setup")
        assert process.stdout is not None
        assert "waiting for it" in process.stdout.readline()
        ready.stamp.write_text(stamp, encoding="utf-8")
    said, _ = process.communicate(timeout=120)
    assert (process.returncode, "Setting up" in said) == (0, False), said


def _wrong_hash(course: Checkout) -> dict[str, str]:
    lock = course.root / "requirements-dev.lock"
    text = lock.read_text("utf-8")
    lock.write_text(text[:-9] + "00000000\n", encoding="utf-8")
    return {}


def _no_network(course: Checkout) -> dict[str, str]:
    return NO_NETWORK


def _wrong_proxy(course: Checkout) -> dict[str, str]:
    index = {"PIP_INDEX_URL": "https://packages.invalid/simple"}
    return NO_NETWORK | index | {"HTTPS_PROXY": "http://127.0.0.1:1"}


def _no_such_package(course: Checkout) -> dict[str, str]:
    lock = course.root / "requirements-dev.lock"
    text = lock.read_text("utf-8").replace("mortar==1.0", "mortar==2.0")
    lock.write_text(text, encoding="utf-8")
    return {}


def _broken_configuration(course: Checkout) -> dict[str, str]:
    path = course.root / "broken.conf"
    path.write_text("no section\n", encoding="utf-8")
    return {"PIP_CONFIG_FILE": str(path)}


@pytest.mark.parametrize(
    ("break_it", "what", "remedy"),
    [
        (_wrong_hash, "its hash differs", "try another network"),
        (_no_network, "could not be reached", "connect to the internet"),
        (_wrong_proxy, "HTTPS_PROXY sends downloads through a proxy", "unset it"),
        (_no_such_package, "has no file of a locked package", "use Python 3.11 to 3.14"),
        (_broken_configuration, "configuration file cannot be read", "correct or remove"),
    ],
)
def test_a_failure_says_what_to_do(
    break_it: Callable[[Checkout], dict[str, str]], what: str, remedy: str, ready: Checkout
) -> None:
    """Whatever goes wrong ends in a cause and a remedy, not in a traceback."""
    code, said = ready.run("setup", "--dev", **break_it(ready))
    assert (code, "Traceback" in said) == (1, False), said
    cause, _, advice = said.rpartition("What to do: ")
    assert what in cause, said
    assert remedy in advice, said


def test_a_lock_that_is_missing_is_named(course: Checkout) -> None:
    """Somebody has removed it; nothing is set up without it."""
    (course.root / "requirements.lock").unlink()
    code, said = course.run("setup")
    assert (code, "requirements.lock is missing" in said, "git checkout" in said) == (1, True, True)
    assert not (course.root / ".venv").exists()


def test_the_installed_package_alone_says_that_it_is_no_checkout(tmp_path: Path) -> None:
    """The wheel has the command line, but no notebooks, locks or tests."""
    target = tmp_path / "site" / "course_lib"
    shutil.copytree(tiny_checkout.ROOT / "course_lib" / "workshop", target / "workshop")
    for name in ("__init__.py", "__main__.py"):
        shutil.copy(tiny_checkout.ROOT / "course_lib" / name, target)
    command = [sys.executable, "-m", "course_lib", "lab"]
    answer = subprocess.run(command, cwd=target.parent, capture_output=True, encoding="utf-8")
    assert answer.returncode == 1
    assert "is not a checkout of the course" in answer.stderr
