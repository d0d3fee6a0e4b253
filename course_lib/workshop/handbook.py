"""The table of minutes in docs/INSTRUCTOR.md, made from notebooks/lessons.toml.

    <!-- minutes -->  | Lesson | Section | Minutes | …  <!-- end of minutes -->

    python -m course_lib.workshop.handbook      writes it anew

Builds on: environment (where the checkout is).
What is new here: an instructor plans with these numbers, so the table is generated, never copied.
Left out: the minutes of exercises; each exercise's prompt has them.
"""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

from . import environment

__all__ = ["BEGIN", "END", "main", "problems", "table"]

_NAME = "course_lib.workshop.handbook"
BEGIN, END = "<!-- minutes -->", "<!-- end of minutes -->"


def table(root: Path) -> str:
    """A row for each section, and one for each lesson as a whole."""
    text = (root / "notebooks" / "lessons.toml").read_text("utf-8")
    rows = ["| Lesson | Section | Minutes |", "|---|---|---:|"]
    for lesson in tomllib.loads(text)["lesson"]:
        sections = lesson["section"]
        whole = sum(section["minutes"] for section in sections)
        name = f"[{lesson['slug'][:2]} {lesson['title']}](../notebooks/{lesson['slug']}.ipynb)"
        rows.append(f"| {name} | **together** | **{whole}** |")
        rows += [f"| | {section['title']} | {section['minutes']} |" for section in sections]
    return "\n".join(rows)


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
