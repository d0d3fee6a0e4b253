"""How long a lesson takes a learner: one formula, from what stands in its cells.

    words of prose      200 a minute
    a code cell         half a minute, and 3 seconds for each line after the eighth
    a figure            1 minute       plots.…(, sequence.plot(, show.frame(, ….figure()
    a bet               2 minutes      bets.bet(
    a page to play with 3 minutes      show.page(, inspector.…(, a panel, the self-check

Lesson: none (the course's own files).  Builds on: lesson_list.
What is new here: minutes are computed.  The authors' own guesses were too short where a lesson has
much code, many figures, or bets.
Left out: exercises, which say their own minutes, and library sources that a cell shows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import nbformat

from . import lesson_list

WORDS = 200  # a minute
CELL = 0.5  # minutes
SHORT_CELL = 8  # lines, which are part of the half minute
LINE = 3 / 60
FIGURE, BET, PAGE = 1, 2, 3

_FIGURE = re.compile(r"\b(?:plots\.\w+|sequence\.plot|show\.frame)\(|\.figure\(")
_BET = re.compile(r"\bbets\.bet\(|\.who\(")
_PAGE = re.compile(
    r"\b(?:show\.page|inspector\.show|inspector\.live|link_panel\.link_panel"
    r"|transport_lab\.transport_lab|start_here\.self_check)\("
)


@dataclass(slots=True)
class Load:
    """What there is to read and to do in some cells."""

    words: int = 0
    cells: int = 0
    long_lines: int = 0  # lines of code after the eighth of a cell
    figures: int = 0
    bets: int = 0
    pages: int = 0

    def add(self, cell: nbformat.NotebookNode) -> None:
        if cell.cell_type == "markdown":
            self.words += sum(any(map(str.isalnum, word)) for word in cell.source.split())
            return
        lines = sum(bool(line.strip()) for line in cell.source.split("\n"))
        self.cells += 1
        self.long_lines += max(0, lines - SHORT_CELL)
        self.figures += len(_FIGURE.findall(cell.source))
        self.bets += len(_BET.findall(cell.source))
        self.pages += len(_PAGE.findall(cell.source))

    @property
    def minutes(self) -> float:
        """The formula."""
        reading = self.words / WORDS + self.cells * CELL + self.long_lines * LINE
        return reading + self.figures * FIGURE + self.bets * BET + self.pages * PAGE


def loads(lesson: lesson_list.Lesson, notebook: nbformat.NotebookNode) -> list[Load]:
    """One for each section of the lesson.  What stands before the first belongs to the first."""
    names = [section.id for section in lesson.sections]
    found = [Load() for _ in names]
    current = found[0]
    for cell in notebook.cells:
        if cell.id in names:
            current = found[names.index(cell.id)]
        current.add(cell)
    return found


def problems(lesson: lesson_list.Lesson, notebook: nbformat.NotebookNode) -> list[str]:
    """Minutes in `lessons.toml` that are a minute or more away from the formula; too long a lesson.

    They are whole, so a section may be rounded up or down, but not all of them the same way:
    together they are within a minute, too.
    """
    by_formula = [load.minutes for load in loads(lesson, notebook)]
    found = []
    for section, minutes in zip(lesson.sections, by_formula, strict=True):
        if abs(section.minutes - max(1.0, minutes)) >= 1:
            found.append(
                f"section {section.id!r} takes {minutes:.1f} minutes by the formula; "
                f"lessons.toml has {section.minutes}"
            )
        if minutes >= lesson_list.LONGEST_SECTION + 0.5:
            found.append(
                f"section {section.id!r} takes {minutes:.1f} minutes by the formula; "
                f"{lesson_list.LONGEST_SECTION} is the most"
            )
    together = sum(by_formula)
    if abs(lesson.minutes - together) >= 1 and len(by_formula) > 1:
        found.append(
            f"all sections together take {together:.1f} minutes by the formula; "
            f"in lessons.toml they are {lesson.minutes}"
        )
    if together >= lesson_list.LONGEST_LESSON + 0.5:
        found.append(
            f"the lesson takes {together:.1f} minutes by the formula; "
            f"{lesson_list.LONGEST_LESSON} is the most"
        )
    return found
