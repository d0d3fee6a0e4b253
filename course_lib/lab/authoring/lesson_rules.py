"""What makes a notebook a lesson: the rules that a program can check.

    problems(lesson, notebook, terms) ──▶ [(cell's index, "what is wrong"), …]
    unstored(notebook)                ──▶ [(cell's index, "what is not there"), …]

Lesson: none (the course's own files).  Builds on: lesson_list, lesson_source, lesson_minutes.
What is new here: prose names no measured amount.  A number that a reader's machine would not
repeat is shown by a cell; one that the lesson chose is listed in its row as `given`.
Left out: whether it is a good lesson.  People judge that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html.parser import HTMLParser
from typing import Any

import nbformat

from . import lesson_list, lesson_minutes, lesson_source

LONGEST_CELL = 15  # lines that are not blank: what can be read without scrolling, and typed again
LONGEST_LINE = 88  # characters: what JupyterLab shows beside its file browser

Problem = tuple[int, str]

_TIMES = r"times (?:faster|slower|smaller|larger|more|less|fewer)"
_UNIT = rf"(?:ms|[\u00b5\u03bc]s|us|ns|[kKMG]i?B|B|bytes?|%|\u00d7|{_TIMES})"
_AMOUNT = re.compile(
    rf"(?<![\w.,])(?:\d[\d,]*(?:\.\d+)?[ \u00a0]?{_UNIT}|\d+\.\d+[ \u00a0]?s)(?!\w)"
)
_FENCE = re.compile(r"^(```|~~~).*?^\1", re.DOTALL | re.MULTILINE)
_NOT_PROSE = re.compile(r"`[^`\n]*`|\$\$.*?\$\$|\$[^$\n]*\$|\]\([^)\n]*\)", re.DOTALL)
_PICTURE = re.compile(r"!\[\s*\]\(")
_HEADING = re.compile(r"^## +(?:\d+ · )?(.+?) *$", re.MULTILINE)


def problems(
    lesson: lesson_list.Lesson, notebook: nbformat.NotebookNode, terms: Sequence[str] = ()
) -> list[Problem]:
    """Each rule that the notebook breaks, in the order of its cells.

    `terms` are the glossary's for this lesson; each has to be somewhere in the prose.
    """
    found = [*_opening(lesson, notebook), *_sections(lesson, notebook), *_closing(lesson, notebook)]
    found += _middle(lesson, notebook)
    found += [(0, text) for text in lesson_minutes.problems(lesson, notebook)]
    for index, cell in enumerate(notebook.cells):
        rules = _prose(lesson, cell) if cell.cell_type == "markdown" else _code(notebook, index)
        found += [(index, text) for text in rules]
    prose = " ".join(c.source for c in notebook.cells if c.cell_type == "markdown").casefold()
    prose = " ".join(prose.split())
    found += [
        (0, f"the glossary says that this lesson introduces {term!r}, but its prose never says so")
        for term in terms
        if term.casefold() not in prose
    ]
    return sorted(found, key=lambda problem: problem[0])


def unstored(notebook: nbformat.NotebookNode) -> list[Problem]:
    """What a stored notebook lacks: counts that run 1, 2, 3 …, outputs, and no error among them.

    Where nothing is stored, nbval compares nothing, and passes.
    """
    found = []
    code = [(i, cell) for i, cell in enumerate(notebook.cells) if cell.cell_type == "code"]
    for count, (index, cell) in enumerate(code, 1):
        if cell.execution_count != count:
            found.append((index, f"its execution count is {cell.execution_count}, not {count}"))
        if any(out.output_type == "error" or out.get("name") == "stderr" for out in cell.outputs):
            found.append((index, "an error is stored with it"))
    if not any(cell.outputs for _, cell in code):
        found.append((0, "no cell has an output"))
    return found


def _opening(lesson: lesson_list.Lesson, notebook: nbformat.NotebookNode) -> Iterator[Problem]:
    first = notebook.cells[0].source
    heading = f"# {lesson.number} · {lesson.title}"
    if first.split("\n", 1)[0] != heading:
        yield 0, f"the first line must be {heading!r}"
    for word in ("**Objectives.**", "**Prerequisites.**"):
        if word not in first:
            yield 0, f"the first cell has no {word}"


def _sections(lesson: lesson_list.Lesson, notebook: nbformat.NotebookNode) -> Iterator[Problem]:
    """Headings and `lessons.toml` name the same sections in the same order."""
    found = []
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type == "markdown":
            titles = _HEADING.findall(_FENCE.sub("", cell.source))
            if titles and not cell.source.startswith("## "):
                yield index, "a section's heading must be the first line of its cell"
            found += [(index, cell.id, title) for title in titles]
    wanted = [(section.id, section.title) for section in lesson.sections]
    for (index, name, title), want in zip(found, wanted, strict=False):
        if (name, title) != want:
            yield (
                index,
                f"section {name!r} {title!r}; lessons.toml has {want[0]!r} {want[1]!r} here",
            )
            return
    if len(found) != len(wanted):
        yield 0, f"{len(found)} sections; lessons.toml has {len(wanted)}"


def _closing(lesson: lesson_list.Lesson, notebook: nbformat.NotebookNode) -> Iterator[Problem]:
    """Summary and questions, then the glossary, then the lab finds nothing left running."""
    last = len(notebook.cells) - 1
    prose = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"][-1:]
    for word in ("**Summary**", "**Ask next.**"):
        if word not in "".join(prose):
            yield last, f"the last Markdown cell has no {word}"
    ending = [cell.source for cell in notebook.cells[-2:] if cell.cell_type == "code"]
    if not any(f'glossary("{lesson.number}")' in source for source in ending):
        yield last, f'the last two cells do not show glossary("{lesson.number}")'
    if not any("finish()" in source for source in ending):
        yield last, "the last two cells do not call finish()"


def _middle(lesson: lesson_list.Lesson, notebook: nbformat.NotebookNode) -> Iterator[Problem]:
    """Whether there is a bet before a result, and a cell with the id "demonstration".

    Lesson 00 and the primers have them, too; an appendix needs neither.
    """
    if lesson.number.startswith("a"):
        return
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    if not any("bets.bet(" in cell.source for cell in code):
        yield 0, "no cell asks for a bet: bets.bet(…) comes before a result is shown"
    if not any(cell.id == "demonstration" for cell in code):
        yield 0, "no code cell has the id 'demonstration'"


def _prose(lesson: lesson_list.Lesson, cell: Any) -> Iterator[str]:
    text = _NOT_PROSE.sub(" ", _FENCE.sub(" ", cell.source))
    given = {" ".join(amount.split()) for amount in lesson.given}
    for amount in _AMOUNT.findall(text):
        if " ".join(amount.split()) not in given:
            yield f"prose names {amount!r}: let a cell show it, or list it as given in lessons.toml"
    if _PICTURE.search(cell.source):
        yield "a picture has no alternative text"


def _code(notebook: nbformat.NotebookNode, index: int) -> Iterator[str]:
    cell = notebook.cells[index]
    lines = sum(bool(line.strip()) for line in cell.source.split("\n"))
    if lines > LONGEST_CELL:
        yield f"{lines} lines of code; {LONGEST_CELL} is the most"
    width = max(len(line) for line in cell.source.split("\n"))
    if width > LONGEST_LINE:
        yield f"a line of {width} characters; {LONGEST_LINE} is the most"
    if lesson_source.IGNORE in cell.metadata.get("tags", []):
        after = [later.source for later in notebook.cells[index + 1 :] if later.cell_type == "code"]
        checked = [cell.source, *after[:1]]
        if not any(re.search(r"^\s*assert ", source, re.MULTILINE) for source in checked):
            yield "its output is not compared, and neither it nor the next cell asserts anything"
    for output in cell.outputs:
        data = output.get("data", {})
        if any(kind.startswith("image/") for kind in data):
            yield "a bare image; JupyterLab would drop its alternative text"
        if not _Pictures.all_described(data.get("text/html", "")):
            yield "a picture in its output has no alternative text"


class _Pictures(HTMLParser):
    """Looks for `<img>` without a text in `alt`."""

    bare = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "img" and not (dict(attrs).get("alt") or "").strip():
            self.bare = True

    @classmethod
    def all_described(cls, html: str) -> bool:
        parser = cls()
        parser.feed(html)
        return not parser.bare
