"""`bundle`: the learners' folder with all its packages, for a room without a network.

    dist/bundle/socketio-from-scratch/            what `release` makes
                                     wheels/*.whl     from which its `setup` installs

    python -m course_lib bundle                                         for computers like this one
    python -m course_lib bundle --for windows --for macos --python 3.12     for those of a class

Builds on: release, installer, environment, processes, remedies.
What is new here: a lock for every system has markers (`; sys_platform == 'win32'`), and pip
evaluates them for the computer it runs on.  So `weighed` evaluates them for each target, with pip's
own code, and pip gets a lock without markers.  pip compares hashes as in a set-up.  It comes along
itself, for a Debian that has no package python3-venv.
Left out: packages that only tests need.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from . import environment, installer, processes, release, remedies

__all__ = ["TARGETS", "blocks", "main", "parts", "weighed"]

README = """# Packages for a set-up without a network

`make lab` (Windows: `py -m course_lib lab`) in the folder above installs from here and asks no
package index. Made for: {targets}.

Another folder can use these files, too: set COURSE_WHEELS to the path of this one.
"""


class Target(NamedTuple):
    """A kind of computer: pip's platform tags for it, and the values that markers test."""

    tags: tuple[str, ...]
    facts: dict[str, str]


def _facts(os_name: str, platform: str, system: str, machine: str) -> dict[str, str]:
    return {
        "os_name": os_name,
        "sys_platform": platform,
        "platform_system": system,
        "platform_machine": machine,
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
        "platform_release": "",
        "platform_version": "",
        "extra": "",
    }


def _linux(machine: str) -> tuple[str, ...]:
    """The tags for glibc 2.28 and older, in both spellings: a wheel for 2.5 runs on 2.28."""
    old = (f"manylinux2014_{machine}", f"manylinux2010_{machine}", f"manylinux1_{machine}")
    return (*(f"manylinux_2_{minor}_{machine}" for minor in range(28, 4, -1)), *old)


TARGETS = {
    "windows": Target(("win_amd64",), _facts("nt", "win32", "Windows", "AMD64")),
    "macos": Target(("macosx_12_0_arm64",), _facts("posix", "darwin", "Darwin", "arm64")),
    "macos-intel": Target(("macosx_12_0_x86_64",), _facts("posix", "darwin", "Darwin", "x86_64")),
    "linux": Target(_linux("x86_64"), _facts("posix", "linux", "Linux", "x86_64")),
    "linux-arm": Target(_linux("aarch64"), _facts("posix", "linux", "Linux", "aarch64")),
}

_WEIGH = """
import json, sys
from pip._vendor.packaging.requirements import Requirement
pins, facts = json.load(sys.stdin)
wanted = map(Requirement, pins)
print(json.dumps([not w.marker or w.marker.evaluate(facts) for w in wanted]))
"""


def main(arguments: list[str], root: Path = environment.ROOT) -> int:
    """Make the bundle; the exit code is 2 for invalid arguments."""
    parser = argparse.ArgumentParser(prog="bundle", description="Make an offline bundle.")
    parser.add_argument("--out", type=Path, metavar="DIR", help="a new folder (dist/bundle)")
    parser.add_argument(
        "--for", dest="names", action="append", choices=TARGETS, help="a kind of computer"
    )
    parser.add_argument(
        "--python", dest="pythons", action="append", metavar="3.12", help="its Python"
    )
    try:
        asked = parser.parse_args(arguments)
    except SystemExit as end:
        return 2 if end.code else 0
    if asked.pythons and not asked.names:
        print("bundle: --python goes with --for.", file=sys.stderr)
        return 2
    out = asked.out.resolve() if asked.out else root / "dist" / "bundle"
    python = environment.ensure("learner", root)  # its pip downloads
    try:
        folder = _make(root, out, asked.names or [], asked.pythons or [_version(python)], python)
    except OSError as error:
        raise remedies.from_os_error(error) from error
    found = list((folder / "wheels").glob("*.whl"))
    size = sum(path.stat().st_size for path in found)
    print(
        f"{folder}\n{len(found)} packages, {size / 1e6:.1f} MB. Copy the folder to each computer."
    )
    return 0


def _version(python: Path) -> str:
    """The version of `python`, as in "3.12"."""
    code = "import sys; print(*sys.version_info[:2], sep='.')"
    command = [*processes.isolated(python), "-c", code]
    return subprocess.check_output(command, encoding="ascii").strip()


def _make(
    root: Path, out: Path, names: Sequence[str], pythons: Sequence[str], python: Path
) -> Path:
    """Write the learners' folder, and let `python` fetch the packages into its folder `wheels`."""
    lock = (root / environment.LOCKS["learner"]).read_text("utf-8")
    folder = release.write(root, out)
    wheels = folder / "wheels"
    wheels.mkdir()
    _download(root, python, wheels, ["pip"], 1)
    if not names:
        print("Fetching the packages for computers like this one.", flush=True)
        _download_locked(root, python, wheels, lock, [])
    for name in names:
        for version in pythons:
            print(f"Fetching the packages for {name}, Python {version}.", flush=True)
            for part in parts(python, lock, TARGETS[name], version):
                options = ["--python-version", version, "--implementation", "cp"]
                options += [f"--platform={tag}" for tag in TARGETS[name].tags]
                _download_locked(root, python, wheels, part, options)
    targets = " and ".join(names) + f", Python {' and '.join(pythons)}"
    made_for = targets if names else f"{sys.platform}, Python {pythons[0]}"
    (wheels / "README.md").write_text(README.format(targets=made_for), encoding="utf-8")
    return folder


def blocks(lock: str) -> dict[str, str]:
    """The packages of a lock: `name==version ; marker`, and below each its hashes."""
    found: dict[str, str] = {}
    pin = ""
    for line in lock.splitlines():
        if line[:1].isalnum():
            pin = line.rstrip("\\ ")
            found[pin] = ""
        elif line.strip().startswith("--hash="):
            found[pin] += f" {line.strip().rstrip(chr(92)).strip()}"
    return found


def parts(python: Path, lock: str, target: Target, version: str) -> Iterator[str]:
    """Locks without markers; a second one, if a marker tests the patch number of Python, too."""
    found = blocks(lock)
    seen: set[str] = set()
    for patch in ("0", "99"):
        facts = {"python_version": version, "python_full_version": f"{version}.{patch}"}
        pins = weighed(python, list(found), target.facts | facts)
        fresh = [pin for pin in pins if pin not in seen]
        seen.update(fresh)
        if fresh:
            yield "".join(f"{pin.partition(';')[0].strip()}{found[pin]}\n" for pin in fresh)


def weighed(python: Path, pins: Sequence[str], facts: dict[str, str]) -> list[str]:
    """The pins whose markers hold for `facts`; the pip of `python` evaluates them."""
    answer = subprocess.run(
        [*processes.isolated(python), "-c", _WEIGH],
        env=processes.isolated_environment(),
        input=json.dumps([pins, facts]),
        capture_output=True,
        encoding="ascii",
        errors="backslashreplace",
    )
    if answer.returncode:
        raise remedies.from_output(answer.stderr, {})
    holds = json.loads(answer.stdout)
    return [pin for pin, wanted in zip(pins, holds, strict=True) if wanted]


def _download_locked(
    root: Path, python: Path, wheels: Path, lock: str, options: Sequence[str]
) -> None:
    """Download the files of `lock`; pip compares their hashes."""
    with tempfile.TemporaryDirectory() as private:
        file = Path(private) / "lock.txt"
        file.write_text(lock, encoding="utf-8")
        wanted = ["--require-hashes", *options, "-r", str(file)]
        _download(root, python, wheels, wanted, len(blocks(lock)))


def _download(root: Path, python: Path, wheels: Path, wanted: Sequence[str], total: int) -> None:
    pip = installer.command(python)
    command = [*pip, "download", "--progress-bar", "off", "--no-deps", "--only-binary", ":all:"]
    with tempfile.TemporaryFile("w", encoding="utf-8") as log:
        progress = installer.Progress(total, wheels, log)
        environ = installer.environment(pip, root)
        installer.run([*command, "--dest", str(wheels), *wanted], environ, root, progress)
