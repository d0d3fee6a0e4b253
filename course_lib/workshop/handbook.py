"""The table of minutes in docs/INSTRUCTOR.md, from notebooks/lessons.toml and exercises/.

    <!-- minutes -->  | Lesson | Section | Minutes | …  <!-- end of minutes -->

    python -m course_lib.workshop.handbook      writes it anew

Builds on: environment (where the checkout is).
What is new here: an instructor plans with these numbers, so the table is generated, never copied.
A lesson's exercises are added to it, and a list of the lessons that are too long for one class.
Left out: the minutes of each exercise; its prompt has them.
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
from pathlib import Path
from typing import Any

from . import environment

__all__ = ["BEGIN", "CLASS", "END", "exercise_minutes", "main", "problems", "table"]

_NAME = "course_lib.workshop.handbook"
BEGIN, END = "<!-- minutes -->", "<!-- end of minutes -->"
CLASS = 90  # minutes
_PROMPT = re.compile(r"## p?\d+\.\d+ ·[^\n]*\s+(?:Core|For practice), (\d+) minutes\.")


def table(root: Path) -> str:
    """A row for each section, each lesson, and its exercises; then the lessons over 90 minutes."""
    text = (root / "notebooks" / "lessons.toml").read_text("utf-8")
    rows = ["| Lesson | Section | Minutes |", "|---|---|---:|"]
    long = []
    for lesson in tomllib.loads(text)["lesson"]:
        sections, slug = lesson["section"], lesson["slug"]
        whole = sum(section["minutes"] for section in sections)
        name = f"[{slug[:2]} {lesson['title']}](../notebooks/{slug}.ipynb)"
        rows.append(f"| {name} | **together** | **{whole}** |")
        rows += [f"| | {section['title']} | {section['minutes']} |" for section in sections]
        if lesson["exercises"]:
            more = sum(exercise_minutes(root, slug))
            rows.append(f"| | *all exercises* | {more} |")
            rows.append(f"| | *lesson and exercises* | {whole + more} |")
            if whole + more > CLASS:
                long.append(f"{slug[:2]} ({whole + more})")
    said = f"With all their exercises these take more than {CLASS} minutes: {', '.join(long)}."
    return "\n".join([*rows, "", said if long else f"None takes more than {CLASS} minutes."])


def exercise_minutes(root: Path, slug: str) -> list[int]:
    """The minutes that the prompts of a lesson's exercises say, in their order."""
    path = root / "exercises" / f"{slug}.ipynb"
    cells: list[dict[str, Any]] = json.loads(path.read_text("utf-8"))["cells"]
    texts = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]
    return [int(found[1]) for text in texts if (found := _PROMPT.match(text))]


def _with_table(text: str, root: Path) -> str:
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{table(root)}\n\n{END}{after}"


def problems(root: Path) -> list[str]:
    """What is wrong with the table; each line names the remedy."""
    text = (root / "docs" / "INSTRUCTOR.md").read_text("utf-8")
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        return [f"docs/INSTRUCTOR.md: needs {BEGIN} and {END}, once each"]
    if text != _with_table(text, root):
        return [f"docs/INSTRUCTOR.md: the minutes are stale; run `python -m {_NAME}`"]
    return []


def main(root: Path = environment.ROOT) -> int:
    path = root / "docs" / "INSTRUCTOR.md"
    path.write_text(_with_table(path.read_text("utf-8"), root), encoding="utf-8", newline="\n")
    found = problems(root)
    print("\n".join(found) or f"{path} is up to date.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
