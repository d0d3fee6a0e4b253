"""`doctor --compare`: what a class lacks, from the file that each learner sent.

    kim.json  lee.json  …     each from `doctor --json`      ─▶   fail  packages  2 of 40: kim, lee
                                                                  matplotlib is missing
                                                                  what to do: …

Builds on: nothing.
What is new here: the same finding is one entry, with the names of all who have it, and the most
frequent comes first.  The name of a file is the learner's.  PowerShell writes UTF-16, which
`json.loads` knows.
Left out: what a check means; docs/INSTRUCTOR.md says it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

__all__ = ["compare"]

LARGEST = 1_000_000  # bytes of a file; an honest one has a few thousand
_STATES = ("fail", "warn")

Key = tuple[str, str, str]  # state, check, what it said


def compare(paths: Sequence[str]) -> int:
    """Print what these files, or all .json files of these folders, say; 1 if one cannot be read."""
    names: dict[Key, list[str]] = {}
    remedies: dict[Key, list[str]] = {}
    ready: list[str] = []
    unread: list[str] = []
    files = _files(paths)
    for file in files:
        name = _shown(file.stem)
        try:
            checks = _checks(file)
        except (OSError, ValueError, RecursionError) as error:
            unread.append(f"{_shown(file.name)}: {_shown(str(error))[:100]}")
            continue
        for key, what in checks:
            names.setdefault(key, []).append(name)
            remedies.setdefault(key, what)
        ready += [name] * (not any(key[0] == "fail" for key, _ in checks))
    for key in sorted(names, key=lambda key: (_STATES.index(key[0]), -len(names[key]), key)):
        state, check, sentence = key
        print(f"{state:<5} {check:<12} {_count(names[key], len(files))}\n{'':<18} {sentence}")
        for remedy in remedies[key]:
            print(f"{'':<18} what to do: {remedy}")
    for line in unread:
        print(f"not readable: {line}")
    print(f"\n{len(ready)} of {len(files)} ready.")
    return 1 if unread or not files else 0


def _files(paths: Iterable[str]) -> list[Path]:
    found: list[Path] = []
    for path in map(Path, paths):
        found += sorted(path.glob("*.json")) if path.is_dir() else [path]
    return found


def _checks(file: Path) -> list[tuple[Key, list[str]]]:
    """What is not ok.  ValueError if the file is not what `doctor --json` wrote."""
    with file.open("rb") as opened:
        data = opened.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise ValueError("it is too large")
    said: Any = json.loads(data)
    found: list[tuple[Key, list[str]]] = []
    try:
        for check in said["checks"]:
            state, remedies = check["state"], check["remedies"]
            if not isinstance(remedies, list) or state not in ("ok", *_STATES):
                raise ValueError("it is not from `doctor --json`")
            key = (state, _shown(check["name"]), _shown(check["said"]))
            if state != "ok":
                found.append((key, [_shown(remedy) for remedy in remedies]))
    except (TypeError, LookupError, AttributeError):
        raise ValueError("it is not from `doctor --json`") from None
    if not said["checks"]:
        raise ValueError("it has no checks")
    return found


def _shown(text: str) -> str:
    """Text of somebody else's, safe for a terminal."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def _count(names: Sequence[str], of: int) -> str:
    return f"{len(names)} of {of}: {', '.join(names)}"
