"""pip, installing locked packages into .venv, and then the project itself.

    .venv/bin/python -I -m pip install --require-hashes -r requirements.lock
    .venv/bin/python -I -m pip install --no-deps --no-index -e .

Builds on: locks, processes, remedies, wheels.
What is new here: of the reader's pip settings only those that say *where* packages come from are
kept (mirror, proxy, certificate, cache).  Those that say what to install and where to put it
(PIP_USER, PIP_TARGET, a constraint …) are meant for other work and would break this one.
Left out: building packages; with `--only-binary` pip reports a missing wheel and runs no compiler.
"""

from __future__ import annotations

import ast
import os
import queue
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

from . import locks, processes, remedies, wheels

__all__ = ["Progress", "command", "environment", "install", "run", "settings"]

_KEPT_SETTINGS: tuple[str, ...] = ("index-url", "pypi-url", "extra-index-url")
_KEPT_SETTINGS += ("no-index", "find-links")
_KEPT_SETTINGS += ("trusted-host", "cert", "client-cert", "proxy", "keyring-provider")
_KEPT_SETTINGS += ("timeout", "default-timeout", "retries", "resume-retries")
_KEPT_SETTINGS += ("cache-dir", "no-cache-dir")
_SETTING = re.compile(r"(global|install|:env:)\.([a-z-]+)=(.*)")


def command(python: Path) -> list[str]:
    """How the pip of `python` is called."""
    return [*processes.isolated(python), "-m", "pip"]


def settings(listing: str) -> dict[str, str]:
    """The settings to keep, out of what `pip config list` printed, as PIP_* variables.

    A later level wins, as in pip: `global`, then `install`, then the environment.
    """
    levels: dict[str, dict[str, str]] = {"global": {}, "install": {}, ":env:": {}}
    for line in listing.splitlines():
        match = _SETTING.fullmatch(line.strip())
        if match and match[2] in _KEPT_SETTINGS:
            with suppress(ValueError, SyntaxError):
                levels[match[1]][match[2]] = str(ast.literal_eval(match[3]))
    merged = levels["global"] | levels["install"] | levels[":env:"]
    return {f"PIP_{key.upper().replace('-', '_')}": " ".join(merged[key].split()) for key in merged}


def environment(pip: Sequence[str], root: Path) -> dict[str, str]:
    """The environment for pip: of the reader's pip settings, only those about the index."""
    given = processes.isolated_environment()
    listing = subprocess.run(
        [*pip, "config", "list", "--disable-pip-version-check"],
        env=given,
        cwd=root,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding=processes.ENCODING,
        errors="replace",
    )
    if listing.returncode:
        print(listing.stderr.strip(), file=sys.stderr)
        raise remedies.from_output(listing.stderr, os.environ)
    environ = {name: value for name, value in given.items() if not name.upper().startswith("PIP_")}
    environ.update(settings(listing.stdout))
    environ.update(
        PIP_CONFIG_FILE=os.devnull,  # pip then reads no configuration file
        PIP_DISABLE_PIP_VERSION_CHECK="1",
        PIP_NO_INPUT="1",
    )
    return environ


def install(python: Path, site: Path, lock: Path, descriptor: int) -> None:
    """Install the packages of `lock` and then the project itself, editable.

    `site` is the environment's site-packages; `descriptor` is the held lock, which pip keeps open.
    """
    root = lock.parent
    pip = command(python)
    environ = environment(pip, root)
    common = ["--progress-bar", "off", "--no-warn-script-location"]
    with (root / ".venv" / "setup.log").open("w", encoding="utf-8") as log:
        total = len(locks.pins(lock.read_text("utf-8")))
        where = wheels.arguments(root, lock.name)
        packages = ["--only-binary", ":all:", "--require-hashes", *where, "-r", lock.name]
        progress = Progress(total, site, log)
        try:
            run([*pip, "install", *common, *packages], environ, root, progress, descriptor)
        except remedies.SetupError as error:
            raise wheels.explained(error, where) from error
        project = ["--no-build-isolation", "--no-deps", "--no-index", "-e", "."]
        progress = Progress(1, site, log)
        run([*pip, "install", *common, *project], environ, root, progress, descriptor)
    _point_home(site, root)


def _point_home(site: Path, root: Path) -> None:
    """Make the path file of the editable install relative, so that it is plain ASCII.

    Python before 3.13 reads path files in the locale's encoding.  If that is not UTF-8, Python does
    not find a folder with Hangul in its name, or does not start.
    """
    path_file = site / "course_lib.pth"
    path_file.write_text(f"{os.path.relpath(root, site)}\n", encoding="ascii")


def run(
    arguments: Sequence[str],
    environ: Mapping[str, str],
    root: Path,
    progress: Progress,
    descriptor: int | None = None,
) -> None:
    """Run pip to its end while `progress` shows how far pip is.  SetupError names what failed."""
    keep = () if descriptor is None or sys.platform == "win32" else (descriptor,)
    process = subprocess.Popen(
        arguments,
        env=dict(environ),
        cwd=root,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding=processes.ENCODING,
        errors="replace",
        pass_fds=keep,
    )
    assert process.stdout is not None
    try:
        for line in _lines(process.stdout):
            progress.see(line)
        code = process.wait()
    except BaseException:
        process.terminate()
        process.wait()
        raise
    finally:
        process.stdout.close()
        progress.close()
    if code:
        raise remedies.from_output("".join(progress.said), environ)


def _lines(stream: IO[str]) -> Iterator[str | None]:
    """Each line as it comes, and None twice a second in between."""
    arrived: queue.SimpleQueue[str | None] = queue.SimpleQueue()

    def read() -> None:
        for line in stream:
            arrived.put(line)
        arrived.put(None)

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    while True:
        try:
            line = arrived.get(timeout=0.5)
        except queue.Empty:
            yield None
            continue
        if line is None:
            return
        yield line


class Progress:
    """One line that says how far pip is: rewritten on a terminal, else a new line at times."""

    EVERY = 5.0  # seconds between new lines, if the output is no terminal

    def __init__(self, total: int, site: Path, log: IO[str]) -> None:
        self.said: list[str] = []
        self._total = total
        self._site = site
        self._log = log
        self._fetched = 0
        self._installing = 0  # number of packages; 0 while fetching
        self._before = 0
        self._shown = ""
        self._shown_at = 0.0

    def see(self, line: str | None) -> None:
        """Take a line of pip's (None: nothing new) and show what it means."""
        if line is not None:
            self._log.write(line)
            self.said.append(line)
        words = (line or "").split()
        if words[:1] == ["Collecting"]:
            self._fetched += 1
            self._show(f"fetching {self._fetched} of about {self._total}: {words[1]}")
        elif words[:3] == ["Installing", "collected", "packages:"]:
            self._installing = len(words) - 3
            self._before = self._installed()
            few = " ".join(words[3:]) if len(words) < 7 else f"{self._installing} packages"
            self._show(f"installing {few}")
        elif "Retrying" in words:
            self._show("no answer from the package index, trying again")
        elif self._installing:
            done = min(self._installed() - self._before, self._installing)
            self._show(f"installing {done} of {self._installing}")

    def close(self) -> None:
        if self._shown and sys.stdout.isatty():
            print(flush=True)
        self._shown = ""

    def _installed(self) -> int:
        return sum(1 for _ in self._site.glob("*.dist-info"))

    def _show(self, text: str) -> None:
        now = time.monotonic()
        if sys.stdout.isatty():
            print(f"\r  {text:<76.76}", end="", flush=True)
        elif text != self._shown and now - self._shown_at >= self.EVERY:
            print(f"  {text}", flush=True)
            self._shown_at = now
        self._shown = text
