"""What can be typed after `python -m course_lib`, and what each word does.

    python -m course_lib COMMAND [ARGUMENTS]      make COMMAND ARGS="ARGUMENTS"

Builds on: environment, node_packages, processes, copies, checks, doctor, release, bundle, locks,
remedies.
What is new here: a command is a row of `COMMANDS`; the explanation is made from the rows.  A
command that needs the library (`serve`, `grade`, `compare`) hands over to a module of it, as a
program; one that must work before any set-up (`doctor`, `serve`) never calls `environment.ensure`.
"""

from __future__ import annotations

import codecs
import difflib
import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from . import (
    bundle,
    checks,
    copies,
    doctor,
    environment,
    locks,
    node_packages,
    processes,
    release,
    remedies,
)

__all__ = ["COMMANDS", "Command", "first_lesson", "main"]

ROOT = environment.ROOT


@dataclass(frozen=True, slots=True)
class Command:
    """One word of the command line.  `run` takes the arguments and returns the exit code."""

    name: str
    summary: str
    run: Callable[[list[str]], int]
    anywhere: bool = False  # it works from an installed package, too, outside of the course


def main(arguments: list[str] | None = None) -> int:
    """Run one command; return the exit code (2: no such command, 130: interrupted).

    `arguments`: those of the program `course-lib`, if there are none.
    """
    _print_anything()
    name, *rest = (sys.argv[1:] if arguments is None else arguments) or ["help"]
    if name in ("help", "-h", "--help"):
        print(_explanation())
        return 0
    command = next((command for command in COMMANDS if command.name == name), None)
    if command is None:
        near = difflib.get_close_matches(name, [command.name for command in COMMANDS], 1)
        meant = f" Did you mean `{near[0]}`?" if near else ""
        print(f"There is no command `{name}`.{meant}\n\n{_explanation()}", file=sys.stderr)
        return 2
    if rest[:1] == ["--"]:
        rest = rest[1:]
    try:
        if not command.anywhere:
            environment.must_be_checkout(ROOT)
        return command.run(rest)
    except remedies.SetupError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted. The same command goes on from here.", file=sys.stderr)
        return 130


def _print_anything() -> None:
    """A path may hold what the terminal's encoding lacks: show an escape, never fail on it."""
    codecs.register_error("bytes or escapes", _bytes_or_escapes)
    handlers = {"strict": "backslashreplace", "surrogateescape": "bytes or escapes"}
    for stream in (sys.stdout, sys.stderr):
        if stream.errors in handlers and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors=handlers[stream.errors])


def _bytes_or_escapes(error: UnicodeError) -> tuple[bytes, int]:
    """In the locale C: the bytes of a path as they are, and other letters as escapes."""
    assert isinstance(error, UnicodeEncodeError)
    letter = error.object[error.start]
    way = "surrogateescape" if "\udc80" <= letter <= "\udcff" else "backslashreplace"
    return letter.encode("ascii", way), error.start + 1


def _explanation() -> str:
    python = "py" if sys.platform == "win32" else "python3"
    rows = [f"  {command.name:<10} {command.summary}" for command in COMMANDS]
    return "\n".join(
        [
            "Socket.IO from scratch: a course in notebooks, and the library that it builds.",
            "",
            "  make COMMAND [ARGS='...']    or    " + f"{python} -m course_lib COMMAND [...]",
            "",
            *rows,
            "",
            "Each command first sets up what it needs, in the folder .venv beside this.",
            "Start with `lab`. Arguments after a command go to the program that it runs.",
        ]
    )


def lab(arguments: list[str]) -> int:
    """Lay the learner's copies, and open JupyterLab on them."""
    python = environment.ensure("learner")
    node_packages.provide(ROOT)
    work = copies.main(ROOT)
    arguments = [_copy(argument, work) for argument in arguments]
    options = jupyterlab_options(work)
    if not any(os.path.exists(argument) for argument in arguments):
        # An address, not a file: with --no-browser the one that is printed leads there, too.
        options.append(f"--LabApp.default_url=/lab/tree/{first_lesson(ROOT)}")
    command = [str(python), "-m", "jupyterlab", *options, *arguments]
    return processes.hand_over(command, processes.environment(python), Path.cwd())


def _copy(argument: str, work: Path) -> str:
    """`notebooks/02_x.ipynb` as the learner's copy of it; anything else as it is."""
    path = Path(os.path.abspath(argument))
    if path.is_file() and path.is_relative_to(ROOT):
        copy = work / path.relative_to(ROOT)
        return str(copy) if copy.is_file() else argument
    return argument


def jupyterlab_options(work: Path) -> list[str]:
    """Only `work` is in sight; our settings are defaults, which the reader's own go before."""
    options = [
        f"--ServerApp.root_dir={work}",
        f"--LabApp.app_settings_dir={Path(__file__).parent / 'jupyterlab'}",
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]
    if sys.platform != "win32" and os.getuid() == 0:
        options.append("--allow-root")  # containers; anybody else keeps Jupyter's own refusal
    return options


def first_lesson(root: Path) -> str:
    """The notebook of the first row of `notebooks/lessons.toml`, as a path below `root`."""
    return f"notebooks/{copies.slugs(root)[0]}.ipynb"


def test(arguments: list[str]) -> int:
    return _pytest(arguments, {})


def test_wide(arguments: list[str]) -> int:
    return _pytest(["-m", "wide and not slow", *arguments], {})


def test_all(arguments: list[str]) -> int:
    return _pytest(["-m", "", *arguments], {"HYPOTHESIS_PROFILE": "thorough"})


def _pytest(arguments: list[str], extra: dict[str, str]) -> int:
    """Run pytest.  A file stays in one worker, because the cells of a notebook share a kernel."""
    python = environment.ensure("dev")
    environ = processes.environment(python) | extra
    # The tests start some hundred Pythons, and without bytecode each would compile the library.
    environ.pop("PYTHONDONTWRITEBYTECODE", None)
    # xdist would count physical cores, of which a small cloud machine has half of what it can use.
    cores = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    # One worker more than cores: tests of notebooks mostly wait for their kernel.
    environ.setdefault("PYTEST_XDIST_AUTO_NUM_WORKERS", str(min(cores + 1, 8)))
    options = ["-n", "auto", "--dist", "loadfile", "--no-loadscope-reorder"]
    # nbval would load IPython in every worker; the tests of notebooks start it where it is used.
    options += ["-p", "tests.no_iri", "-p", "no:nbval", *arguments]
    return processes.hand_over([str(python), "-m", "pytest", *options], environ, ROOT)


def set_up(arguments: list[str]) -> int:
    if arguments not in ([], ["--dev"]):
        print("setup takes no argument but --dev (what tests and checks need).", file=sys.stderr)
        return 2
    python = environment.ensure("dev" if arguments else "learner")
    print(f"{python} has all that is needed. Next: the command `lab`.")
    return 0


def check(arguments: list[str]) -> int:
    python = environment.ensure("dev")
    return checks.main(python, processes.environment(python), ROOT, arguments)


def notebooks(arguments: list[str]) -> int:
    return _module("course_lib.lab.lessons", arguments)


def grade(arguments: list[str]) -> int:
    """From where it was typed, because FOLDER is a path; that place is not on Python's own."""
    python = environment.ensure("learner")
    command = [str(python), "-P", "-m", "course_lib.lab.grading.classroom.run", *arguments]
    return processes.hand_over(command, processes.environment(python), Path.cwd())


def compare(arguments: list[str]) -> int:
    """From where it was typed, because its files are named from there."""
    python = environment.ensure("learner")
    command = [str(python), "-P", "-m", "course_lib.lab._compare.command", *arguments]
    return processes.hand_over(command, processes.environment(python), Path.cwd())


def serve(arguments: list[str]) -> int:
    """With the Python that runs this: the library needs no other package, and the app its own."""
    command = [sys.executable, "-m", "course_lib.socketio.command", *arguments]
    return processes.hand_over(command, os.environ, Path.cwd())


def bench(arguments: list[str]) -> int:
    """Run `tests/bench/bench_*.py`, or those whose names contain the first argument."""
    python = environment.ensure("dev")
    word = arguments[0] if arguments else ""
    found = [path for path in sorted(ROOT.glob("tests/bench/bench_*.py")) if word in path.stem]
    if not found:
        print(f"No benchmark tests/bench/bench_*{word}*.py.", file=sys.stderr)
        return 1
    environ = processes.environment(python)
    codes = []
    for path in found:
        module = f"tests.bench.{path.stem}"
        print(f"\n{module}", flush=True)
        codes.append(processes.run([str(python), "-m", module, *arguments[1:]], environ, ROOT))
    return max(codes)


def _module(name: str, arguments: list[str]) -> int:
    python = environment.ensure("dev")
    command = [str(python), "-m", name, *arguments]
    return processes.hand_over(command, processes.environment(python), ROOT)


def lock(arguments: list[str]) -> int:
    """With the uv of `.venv`, if there is one."""
    os.environ["PATH"] = processes.environment(environment.environment_python())["PATH"]
    return locks.write(ROOT, arguments)


def clean(arguments: list[str]) -> int:
    """Remove what the commands made.  What a person wrote, checkpoints included, stays."""
    made = [".venv", ".venv.lock", "node_modules", "dist", ".pytest_cache", ".ruff_cache"]
    made += [".mypy_cache", ".hypothesis"]
    paths = [ROOT / name for name in made]
    for top in ("course_lib", "tests", "notebooks", "exercises", "solutions"):
        paths += (ROOT / top).rglob("__pycache__")
    try:
        for path in paths:
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
    except OSError as error:
        raise remedies.from_os_error(error) from error
    print("Clean. The next command sets up again.")
    return 0


COMMANDS = (
    Command("lab", "open JupyterLab on the first lesson, in your copies in work/", lab),
    Command("test", "run the tests, and every notebook", test),
    Command(
        "test-wide", "test more: set-up, a class, all lessons in a browser, other peers", test_wide
    ),
    Command("test-all", "both, with many more random examples and the slow tests", test_all),
    Command("setup", "only set up; with --dev also what tests and checks need", set_up),
    Command(
        "doctor",
        "say what a lesson needs and lacks here; --json, --compare: a class",
        doctor.main,
        anywhere=True,
    ),
    Command("check", "format, lint, types, architecture, notebooks, locks", check),
    Command("notebooks", "build the notebooks whose sources changed", notebooks),
    Command("grade", "grade a class: a folder, or the archive of an LMS; --help explains", grade),
    Command("compare", "measure all transports side by side; --help explains", compare),
    Command("serve", "serve the Socket.IO server of a program: serve app:io", serve, anywhere=True),
    Command("bench", "measure the library beside others; a word selects benchmarks", bench),
    Command("release", "make the folder that learners get, without solutions", release.main),
    Command("bundle", "the same with all packages, for a room without a network", bundle.main),
    Command("lock", "for maintainers: choose package versions anew (needs uv and npm)", lock),
    Command("clean", "remove .venv and everything else that these commands made", clean),
)
