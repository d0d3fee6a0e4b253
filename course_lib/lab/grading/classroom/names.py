"""Pseudonyms: a report that can be shown without saying who anybody is.

    kim minji ─▶ learner-3fa91c      the same in each run, as long as the file of names is kept

Exercises.  Builds on: errors.
What is new here: a pseudonym is a keyed hash, so whoever has the list of the class cannot find the
names by hashing each.  Key and names are in one file, beside the report's folder and not in it.
`hide` removes printed output and file names, and replaces folder names in all other texts.
Left out: other hints at a learner in their own code.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ....errors import LocalError

LETTERS = 6


def pseudonyms(names: Sequence[str], file: Path) -> dict[str, str]:
    """The pseudonym of each name; `file` is created, or read and completed."""
    known = _load(file)
    key = bytes.fromhex(known["key"])
    given = {name: pseudonym for pseudonym, name in known["learners"].items()}
    for name in names:
        if name not in given:
            digest = hmac.new(key, name.encode(errors="surrogatepass"), hashlib.sha256).hexdigest()
            length = LETTERS
            while f"learner-{digest[:length]}" in known["learners"]:
                length += 1
            given[name] = f"learner-{digest[:length]}"
            known["learners"][given[name]] = name
    _save(file, known)
    return {name: given[name] for name in names}


def hide(report: dict[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """The report without names, in the order of the pseudonyms."""
    pattern = _pattern(list(names))
    hidden: dict[str, Any] = {**report, "anonymous": True, "folder": ""}
    learners = []
    for learner in report["learners"]:
        labels = {label: f"notebook {n}" for n, label in enumerate(learner["notebooks"], 1)}
        plain = {**learner, "name": names[learner["name"]], "notebooks": list(labels.values())}
        count = len(learner["problems"])
        notes = f"{count} note{'s' * (count != 1)} on what was handed in"
        plain["problems"] = [notes] if count else []
        plain["results"] = {
            number: _result(result, labels, pattern, names)
            for number, result in learner["results"].items()
        }
        learners.append(plain)
    hidden["learners"] = sorted(learners, key=lambda learner: str(learner["name"]))
    hidden["problems"] = []
    for table in ("ideas", "others"):
        hidden[table] = [
            {**row, "learners": sorted(names[name] for name in row["learners"])}
            for row in report[table]
        ]
    return hidden


def _result(
    result: dict[str, Any],
    labels: Mapping[str, str],
    pattern: re.Pattern[str],
    names: Mapping[str, str],
) -> dict[str, Any]:
    lowered = {name.casefold(): pseudonym for name, pseudonym in names.items()}

    def scrub(value: Any) -> Any:
        if isinstance(value, str):
            return pattern.sub(lambda m: lowered.get(m[0].casefold(), "learner"), value)
        if isinstance(value, dict):
            return {key: scrub(item) for key, item in value.items()}
        return [scrub(item) for item in value] if isinstance(value, list) else value

    plain: dict[str, Any] = scrub({**result, "notebook": "", "output": "", "tape": None})
    plain["notebook"] = labels.get(result["notebook"], "")
    return plain


def _pattern(names: Sequence[str]) -> re.Pattern[str]:
    """Any of the names; a name in ASCII must be a whole word, so that Al is not found in also."""
    words = [
        rf"(?<!\w){re.escape(name)}(?!\w)" if name.isascii() else re.escape(name)
        for name in sorted(names, key=len, reverse=True)
    ]
    return re.compile("|".join(words) or r"(?!)", re.IGNORECASE)


def _load(file: Path) -> dict[str, Any]:
    try:
        known: Any = json.loads(file.read_text(encoding="utf-8"))
        bytes.fromhex(known["key"])
        dict(known["learners"])
    except FileNotFoundError:
        return {"key": secrets.token_hex(16), "learners": {}}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise LocalError(
            f"{file} has the names behind the pseudonyms and cannot be read ({error}). Repair it, "
            "or move it away for new pseudonyms."
        ) from None
    return dict(known)


def _save(file: Path, known: Mapping[str, Any]) -> None:
    """Replace the file in one step, readable by its owner alone."""
    part = file.with_name(file.name + ".part")
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "w", encoding="utf-8", errors="backslashreplace") as out:
        json.dump(known, out, ensure_ascii=False, indent=1)
    part.replace(file)
