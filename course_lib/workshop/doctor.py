"""`doctor`: is everything here that a lesson needs?  One line a check, one remedy a line.

    ok    python       Python 3.12, 64-bit
    warn  proxy        http_proxy names proxy.example, also for 127.0.0.1 and localhost.
                       what to do: set NO_PROXY and no_proxy to 127.0.0.1,localhost …

Builds on: doctor_place, doctor_machine, doctor_network, doctor_packages, doctor_browser,
doctor_class.
What is new here: the checks run in parallel and share a deadline, so `doctor` ends within 20 s.  A
check that raises is itself a finding; one that ran out of time is a warning, because the computer
may only be busy.  `doctor` runs before any set-up, and from an installed package, too, and says so.
Left out: what only tests need (Chromium, Node.js); those tests name it when they are skipped.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from . import (
    doctor_browser,
    doctor_class,
    doctor_machine,
    doctor_network,
    doctor_packages,
    doctor_place,
)
from .doctor_place import Finding, Place

__all__ = ["CHECKS", "examine", "main"]

Check = Callable[[Place], Finding]

_LATE = doctor_place.warn("Not known: it took too long.", "repeat the command.")

# The quick checks come first; the slow ones run while the reader reads these.
CHECKS: tuple[tuple[str, Check], ...] = (
    ("python", doctor_machine.python),
    ("folder", doctor_machine.folder),
    ("names", doctor_machine.names),
    ("disk", doctor_machine.disk),
    ("clock", doctor_machine.clock),
    ("encoding", doctor_machine.encoding),
    ("proxy", doctor_network.proxy),
    ("loopback", doctor_network.loopback),
    ("ports", doctor_network.ports),
    ("environment", doctor_packages.installed),
    ("packages", doctor_packages.packages),
    ("kernel", doctor_packages.kernel),
    ("browser", doctor_browser.browser),
)


def main(arguments: list[str], root: Path | None = None) -> int:
    """Examine this computer; 0: lessons can run (there may be warnings), 1: they cannot."""
    if arguments[:1] == ["--compare"] and arguments[1:]:
        return doctor_class.compare(arguments[1:])
    if arguments not in ([], ["--json"]):
        print(
            "doctor takes no argument, or --json, or --compare and the files that it wrote.",
            file=sys.stderr,
        )
        return 2
    place = doctor_place.here(*([root] if root else []))
    began = time.monotonic()
    found: list[tuple[str, Finding]] = []
    for name, finding in examine(place):
        found.append((name, finding))
        if not arguments:
            _print(name, finding)
    failed = [name for name, finding in found if finding.state == "fail"]
    seconds = round(time.monotonic() - began, 1)
    if arguments:
        checks = [{"name": name, **finding._asdict()} for name, finding in found]
        print(json.dumps({"ok": not failed, "seconds": seconds, "checks": checks}, indent=1))
    elif failed:
        print(f"\nNot ready: {', '.join(failed)}. ({seconds} s)")
    else:
        print(f"\n{'The library is ready' if place.installed else 'Ready'}. ({seconds} s)")
    return 1 if failed else 0


def examine(
    place: Place, checks: Sequence[tuple[str, Check]] = CHECKS
) -> Iterator[tuple[str, Finding]]:
    """Run all checks at once; each with its name, in their order, as soon as it is known."""
    results: dict[str, Finding] = {}
    threads = []
    for name, check in checks:
        thread = threading.Thread(target=_run, args=(place, name, check, results), daemon=True)
        thread.start()
        threads.append((name, thread))
    for name, thread in threads:
        thread.join(max(0.0, place.deadline - time.monotonic()))
        yield name, results.get(name) or _LATE


def _run(place: Place, name: str, check: Check, results: dict[str, Finding]) -> None:
    try:
        results[name] = check(place)
    except Exception as error:  # top of a thread: an unexpected exception is a finding
        results[name] = doctor_place.fail(
            f"The check broke: {type(error).__name__}: {error}",
            "send this line to whoever gives the course.",
        )


def _print(name: str, finding: Finding) -> None:
    print(f"{finding.state:<5} {name:<12} {finding.said}", flush=True)
    for remedy in finding.remedies:
        print(f"{'':<18} what to do: {remedy}", flush=True)
