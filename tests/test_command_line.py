"""`python -m course_lib` and `make`: words, arguments, exit codes, and how old Pythons are told."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from course_lib.workshop import commands, copies, environment, processes, remedies

ROOT = Path(__file__).parents[1]
posix = pytest.mark.skipif(os.name == "nt", reason="platform: Windows has no such thing")


def _run(*arguments: str, **extra: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "course_lib", *arguments],
        cwd=ROOT,
        env=os.environ | extra,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
    )


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[str], dict[str, str], Path]]:
    """What commands would start: (command, environment, folder).  Nothing is set up or started."""
    calls: list[tuple[list[str], dict[str, str], Path]] = []

    def record(command: list[str], environ: dict[str, str], where: Path) -> int:
        calls.append((command, environ, where))
        return 7

    def ensure(kind: str, root: Path = ROOT) -> Path:
        return Path("/venv") / kind / "python"

    monkeypatch.setattr(processes, "hand_over", record)
    monkeypatch.setattr(processes, "run", record)
    monkeypatch.setattr(environment, "ensure", ensure)
    return calls


def test_alone_it_explains_every_command() -> None:
    """So do `help` and `--help`; the exit code is 0."""
    for arguments in ([], ["help"], ["--help"]):
        answer = _run(*arguments)
        assert (answer.returncode, answer.stderr) == (0, "")
        for command in commands.COMMANDS:
            assert f"  {command.name:<10} {command.summary}\n" in answer.stdout


def test_a_slip_of_the_finger_is_guessed() -> None:
    """An unknown command ends with 2, which tells a script that nothing was done."""
    answer = _run("tset")
    assert answer.returncode == 2
    assert answer.stderr.startswith("There is no command `tset`. Did you mean `test`?\n")


def test_an_old_python_gets_a_sentence() -> None:
    """`sys.version_info` is made older here; Python 2.7 to 3.10 were tried by hand."""
    code = "import runpy, sys; sys.version_info = (3, 9, 18); runpy.run_module('course_lib')"
    answer = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, encoding="utf-8"
    )
    assert answer.returncode == 1
    assert answer.stderr == (
        "This course needs Python 3.11 or newer, and this is Python 3.9 "
        f"({sys.executable}): install a newer one and repeat the command with it "
        "(on Windows: py -m course_lib).\n"
    )


@pytest.mark.parametrize("name", ["__init__.py", "__main__.py"])
def test_an_old_python_can_read_so_far(name: str) -> None:
    """The two files that it reads hold no syntax newer than Python 2.7's."""
    text = (ROOT / "course_lib" / name).read_text("ascii")
    tree = ast.parse(text, feature_version=(3, 4))
    newer = (ast.JoinedStr, ast.AnnAssign, ast.FunctionDef, ast.NamedExpr)
    assert not [node for node in ast.walk(tree) if isinstance(node, newer)]
    assert "from __future__" not in text


def test_the_command_line_imports_the_standard_library_alone() -> None:
    """It runs on a bare Python: nothing that is installed, and nothing of the house, is loaded."""
    code = (
        "import sys; before = set(sys.modules); from course_lib.workshop import commands; "
        "print(*sorted({n.partition('.')[0] for n in set(sys.modules) - before}"
        " - sys.stdlib_module_names), *[n for n in sys.modules if n.startswith('course_lib.')"
        " and not n.startswith('course_lib.workshop')])"
    )
    answer = subprocess.run(
        [sys.executable, "-S", "-c", code], cwd=ROOT, capture_output=True, encoding="utf-8"
    )
    assert (answer.stdout.strip(), answer.stderr) == ("course_lib", "")


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where this test's `lab` lays the copies: not in the checkout."""
    monkeypatch.setattr(copies, "FOLDER", str(tmp_path / "my work"))
    return tmp_path / "my work"


def test_lab_opens_the_first_lesson(
    started: list[tuple[list[str], dict[str, str], Path]],
    copied: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Only copies are in sight, arguments are passed on, no news or update box appears."""
    monkeypatch.setenv("PYTHONPATH", "/robot/dist-packages")
    assert commands.main(["lab", "--no-browser", "--port", "9999"]) == 7
    ((command, environ, _),) = started
    assert command[:3] == ["/venv/learner/python", "-m", "jupyterlab"]
    assert command[-3:] == ["--no-browser", "--port", "9999"]
    assert f"--LabApp.default_url=/lab/tree/{commands.first_lesson(ROOT)}" in command
    assert f"--ServerApp.root_dir={copied}" in command
    assert (copied / commands.first_lesson(ROOT)).is_file()
    [settings] = [word for word in command if "app_settings_dir" in word]
    overrides = json.loads((Path(settings.partition("=")[2]) / "overrides.json").read_text("utf-8"))
    assert overrides["@jupyterlab/apputils-extension:notification"]["fetchNews"] == "false"
    assert "--LabApp.news_url=None" in command
    assert ("--allow-root" in command) == (hasattr(os, "getuid") and os.getuid() == 0)
    assert "PYTHONPATH" not in environ
    assert environ["PATH"].startswith(f"{Path('/venv/learner')}{os.pathsep}")


def test_lab_opens_another_notebook_if_one_is_named(
    started: list[tuple[list[str], dict[str, str], Path]], copied: Path
) -> None:
    """`make lab ARGS=notebooks/02_long_polling.ipynb` opens the copy of it."""
    name = "notebooks/02_long_polling.ipynb"
    assert commands.main(["lab", str(ROOT / name)]) == 7
    command = started[0][0]
    assert command[-1] == str(copied / name)
    assert not any("default_url" in option for option in command)


def test_lab_says_what_it_did_with_the_copies_and_how_to_go_on(
    started: list[tuple[list[str], dict[str, str], Path]],
    copied: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The second time it only says where they are; a file in their place ends it."""
    for said in ("new copies of lessons and exercises, without outputs\n", ""):
        assert commands.main(["lab"]) == 7
        first, _, rest = capsys.readouterr().out.partition("\n")
        assert first.rstrip(".:") == f"You work in {copied}"
        assert rest.endswith(said) and bool(rest) == bool(said)
    shutil.rmtree(copied)
    copied.write_text("mine", encoding="utf-8")
    assert commands.main(["lab"]) == 1
    assert "is no folder" in capsys.readouterr().err
    assert len(started) == 2


def test_the_first_lesson_is_the_first_row(tmp_path: Path) -> None:
    """`lessons.toml` gives the order; a list that cannot be read has a remedy."""
    (tmp_path / "notebooks").mkdir()
    path = tmp_path / "notebooks" / "lessons.toml"
    path.write_text('[[lesson]]\nslug = "00_a"\n[[lesson]]\nslug = "01_b"\n', encoding="utf-8")
    assert commands.first_lesson(tmp_path) == "notebooks/00_a.ipynb"
    path.write_text("", encoding="utf-8")
    with pytest.raises(remedies.SetupError, match="names no first lesson"):
        commands.first_lesson(tmp_path)


def test_tests_get_their_arguments_and_workers(
    started: list[tuple[list[str], dict[str, str], Path]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A leading `--` is ours; what follows is pytest's."""
    monkeypatch.delenv("PYTEST_XDIST_AUTO_NUM_WORKERS", raising=False)
    monkeypatch.delenv("HYPOTHESIS_PROFILE", raising=False)
    assert commands.main(["test", "--", "-k", "frames"]) == 7
    command, environ, where = started[0]
    assert command[0] == "/venv/dev/python"
    workers = ["-n", "auto", "--dist", "loadfile", "--no-loadscope-reorder"]
    plugins = ["-p", "tests.no_iri", "-p", "no:nbval"]
    assert command[1:] == ["-m", "pytest", *workers, *plugins, "-k", "frames"]
    assert 1 <= int(environ["PYTEST_XDIST_AUTO_NUM_WORKERS"]) <= 8
    assert (where, environ.get("HYPOTHESIS_PROFILE")) == (ROOT, None)


def test_test_wide_takes_what_make_test_leaves_out(
    started: list[tuple[list[str], dict[str, str], Path]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """And what takes very long is for test-all; bytecode is kept, whatever the shell says."""
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    assert commands.main(["test-wide", "-x"]) == 7
    command, environ, _ = started[0]
    assert command[-3:] == ["-m", "wide and not slow", "-x"]
    assert "PYTHONDONTWRITEBYTECODE" not in environ


def test_test_all_takes_more_examples_and_slow_tests(
    started: list[tuple[list[str], dict[str, str], Path]],
) -> None:
    """An empty `-m` takes back the one of pyproject.toml."""
    assert commands.main(["test-all", "-x"]) == 7
    command, environ, _ = started[0]
    assert command[-3:] == ["-m", "", "-x"]
    assert environ["HYPOTHESIS_PROFILE"] == "thorough"


def test_a_comparison_is_made_where_it_was_typed(
    started: list[tuple[list[str], dict[str, str], Path]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its files are named from there; a folder `course_lib` that lies there is not taken."""
    monkeypatch.chdir(tmp_path)
    assert commands.main(["compare", "--rtt", "50", "--out", "figure.png"]) == 7
    command, _, where = started[0]
    module = ["-P", "-m", "course_lib.lab._compare.command"]
    assert command == ["/venv/learner/python", *module, "--rtt", "50", "--out", "figure.png"]
    assert where == tmp_path


def test_notebooks_are_built_by_the_lab(
    started: list[tuple[list[str], dict[str, str], Path]],
) -> None:
    """The command line only finds the right Python."""
    assert commands.main(["notebooks", "01", "--force"]) == 7
    assert started[0][0][1:] == ["-m", "course_lib.lab.lessons", "01", "--force"]


def test_bench_runs_those_that_a_word_selects(
    started: list[tuple[list[str], dict[str, str], Path]], capsys: pytest.CaptureFixture[str]
) -> None:
    """Each benchmark is a module of tests.bench."""
    assert commands.main(["bench", "http11"]) == 7
    assert [command[1:] for command, _, _ in started] == [["-m", "tests.bench.bench_http11"]]
    assert commands.main(["bench", "no-such-thing"]) == 1
    assert "No benchmark" in capsys.readouterr().err


def test_what_is_not_understood_ends_with_2(
    started: list[tuple[list[str], dict[str, str], Path]], capsys: pytest.CaptureFixture[str]
) -> None:
    """`setup` and `lock` take one option each."""
    assert commands.main(["setup", "--everything"]) == 2
    assert commands.main(["lock", "--everything"]) == 2
    assert "takes no argument but" in capsys.readouterr().err


def test_clean_removes_what_commands_made_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A learner's checkpoints and notebooks stay."""
    kept = [
        "pyproject.toml",
        "notebooks/01.ipynb",
        "notebooks/.ipynb_checkpoints/01.ipynb",
        "work/exercises/01.ipynb",
        "node.md",
        "a/__pycache__/x",
    ]
    made = [".venv/bin/python", ".venv.lock", "node_modules/ws/x", "course_lib/net/__pycache__/x"]
    for name in kept + made:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("", encoding="utf-8")
    monkeypatch.setattr(commands, "ROOT", tmp_path)
    assert commands.main(["clean"]) == 0
    left = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert left == set(kept)
    assert capsys.readouterr().out == "Clean. The next command sets up again.\n"


def test_a_terminal_that_cannot_show_a_path_shows_an_escape(tmp_path: Path) -> None:
    """A message with Hangul in it must not end in UnicodeEncodeError."""
    folder = tmp_path / "소켓"
    shutil.copytree(ROOT / "course_lib" / "workshop", folder / "course_lib" / "workshop")
    for name in ("__init__.py", "__main__.py"):
        shutil.copy(ROOT / "course_lib" / name, folder / "course_lib" / name)
    answer = subprocess.run(
        [sys.executable, "-m", "course_lib", "setup"],
        cwd=folder,
        env=os.environ | {"PYTHONIOENCODING": "ascii:strict"},
        capture_output=True,
        encoding="ascii",
    )
    assert answer.returncode == 1
    assert "\\uc18c\\ucf13 is not a checkout of the course." in answer.stderr


@pytest.fixture
def candidates(tmp_path: Path) -> Path:
    """A PATH with make's needs, a python3.14 that fails like pyenv's shims, and an old python3."""
    for name in ("sh", "make", "env"):
        program = shutil.which(name)
        if program is None:
            pytest.skip(f"needs {name}")
        (tmp_path / name).symlink_to(program)
    _script(tmp_path / "python3.14", "echo 'pyenv: python3.14: command not found' >&2; exit 127")
    _script(tmp_path / "python3", "exit 1")
    return tmp_path


def _script(path: Path, text: str) -> None:
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)


def _make(path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environ = {name: os.environ[name] for name in os.environ if not name.startswith("MAKE")}
    command = ["make", "--no-print-directory", *arguments]
    return subprocess.run(
        command, cwd=ROOT, env=environ | {"PATH": str(path)}, capture_output=True, encoding="utf-8"
    )


@posix
def test_make_takes_the_first_python_that_really_runs(candidates: Path) -> None:
    """A name on PATH may fail or be too old; `make` alone explains, and starts nothing else."""
    _script(candidates / "python", f'exec "{sys.executable}" "$@"')
    answer = _make(candidates)
    assert (answer.returncode, answer.stderr) == (0, "")
    assert "open JupyterLab on the first lesson" in answer.stdout


@posix
def test_make_without_any_python_says_what_to_do(candidates: Path) -> None:
    """One sentence, for each target."""
    for target in ("lab", "test"):
        answer = _make(candidates, target)
        assert answer.returncode == 2
        assert answer.stderr.startswith("This course needs Python 3.11 or newer, and found none:")
        assert f"make {target} PYTHON=/path/to/python3" in answer.stderr


@posix
def test_make_has_a_target_for_each_command(candidates: Path) -> None:
    """Arguments with spaces come through ARGS as typed."""
    _script(candidates / "mine", 'test "$1" = -c || printf "%s|" "$@"')
    for command in commands.COMMANDS:
        answer = _make(candidates, command.name, "PYTHON=mine", "ARGS=-k 'a or b'")
        assert answer.stdout == f"-m|course_lib|{command.name}|-k|a or b|"


@dataclass(slots=True)
class Lab:
    """A running `lab`, its address, and a moment at which it has said that it ends."""

    process: subprocess.Popen[str]
    url: str
    ends: threading.Event = field(default_factory=threading.Event)

    def listen(self) -> None:
        """Read what it says, so that it never waits for a reader."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if "Shutting down" in line:
                self.ends.set()
        self.ends.set()


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    """`python -m course_lib lab` as a person starts it, but for the browser."""
    if environment.need("learner"):
        pytest.skip("needs the set-up of this checkout: make setup")
    folders = {
        f"JUPYTER_{name}_DIR": str(tmp_path / name) for name in ("CONFIG", "DATA", "RUNTIME")
    }
    command = [sys.executable, "-m", "course_lib", "lab", "--no-browser", "--port=0"]
    process = subprocess.Popen(
        [*command, "--ServerApp.answer_yes=True"],
        cwd=ROOT,
        env=os.environ | folders,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        if found := re.search(r"http://127\.0\.0\.1:\d+/lab\S*token=\w+", line):
            break
    else:
        pytest.fail(said)
    running = Lab(process, found[0])
    rest = threading.Thread(target=running.listen, daemon=True)
    rest.start()
    yield running
    if process.poll() is None:
        process.kill()
    process.wait(30)
    rest.join(30)
    process.stdout.close()


def _get(url: str, process: subprocess.Popen[str]) -> dict[str, object]:
    """Ask until JupyterLab answers: it prints its address shortly before it listens there."""
    while True:
        try:
            with urllib.request.urlopen(url, timeout=30) as answer:
                found: dict[str, object] = json.load(answer)
                return found
        except urllib.error.URLError as error:
            refused = isinstance(error.reason, ConnectionRefusedError)
            if not refused or process.poll() is not None:
                raise
            time.sleep(0.05)  # another process's socket: there is no event to wait for


@posix
def test_lab_serves_the_first_lesson_until_ctrl_c(lab: Lab) -> None:
    """JupyterLab takes the place of the command line: its signal and its exit code are its own."""
    process, url = lab.process, lab.url
    lesson = commands.first_lesson(ROOT)
    assert f"/lab/tree/{lesson}" in url
    contents = url.replace("/lab/tree/", "/api/contents/")
    assert _get(f"{contents}&content=0", process)["path"] == lesson
    # JupyterLab may miss one while its extensions start, so people press again; but not once it
    # says that it ends: one that meets the end of Python itself would kill it.
    for _ in range(15):
        process.send_signal(signal.SIGINT)
        if lab.ends.wait(6):
            break
    assert process.wait(120) == 0
