"""nbgrader's markers in a cell: what a learner sees, and what the solution shows.

    def answer():                      def answer():                       def answer():
        ### BEGIN SOLUTION                 # YOUR CODE HERE                    return 42
        return 42              handed_out ▶    raise NotImplementedError()   ◀ revealed
        ### END SOLUTION

Exercises.  Builds on: lesson_rows (`LessonError`).
What is new here: the stub's text is nbgrader's own, so this module and nbgrader make the same cell.
Left out: languages other than Python.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..authoring.lesson_rows import LessonError

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
BEGIN_HIDDEN, END_HIDDEN = "### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS"
STUB = ("# YOUR CODE HERE", "raise NotImplementedError()")


def handed_out(source: str) -> str:
    """The cell as a learner gets it: regions replaced by a stub, hidden tests removed."""
    lines: list[str] = []
    for line, region in _regions(source):
        if region == END and line.strip() == BEGIN:
            indent = line[: len(line) - len(line.lstrip())]
            lines += [indent + text for text in STUB]
        elif not region:
            lines.append(line)
    return "\n".join(lines).rstrip()


def revealed(source: str) -> str:
    """The cell without the markers."""
    return "\n".join(
        line
        for line, _ in _regions(source)
        if line.strip() not in (BEGIN, END, BEGIN_HIDDEN, END_HIDDEN)
    ).strip("\n")


def has_solution(source: str) -> bool:
    return any(line.strip() == BEGIN for line in source.split("\n"))


def _regions(source: str) -> Iterator[tuple[str, str]]:
    """Each line, and the marker that ends the region it is in (markers included), or nothing."""
    open_until = ""
    for line in source.split("\n"):
        word = line.strip()
        if word in (BEGIN, BEGIN_HIDDEN):
            if open_until:
                raise LessonError(f"{word} inside a region that {open_until} ends")
            open_until = END if word == BEGIN else END_HIDDEN
            yield line, open_until
        elif word in (END, END_HIDDEN):
            if word != open_until:
                raise LessonError(f"{word} without its BEGIN")
            yield line, open_until
            open_until = ""
        else:
            yield line, open_until
    if open_until:
        raise LessonError(f"{open_until} is missing")
