"""What the grader says, for people (text, HTML) and for programs (JSON).

    1.1 Write a request: not yet, 2 of 4 cases right
      wrong idea   length_in_characters: the length counts characters
      why          …
      observed     Content-Length: 4
      expected     Content-Length: 10
      (the bytes, with the first one that differs, then the cases, and where to find a hint)

Exercises.  Builds on: byte_diff, `lab.figures.markup`.
What is new here: a verdict names the wrong idea behind a wrong answer; these names are stable.
Left out: how a verdict is reached; see `marks`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from ..figures.markup import FAINT, LINE, MONO, escape, pre
from .byte_diff import ByteDiff

OUTPUT_SHOWN = 2000  # characters of what the answer printed
GOOD, WRONG = "var(--jp-success-color1,#388e3c)", "var(--jp-warn-color1,#f57c00)"
_told: set[str] = set()  # limits that `credit` has printed already


@dataclass(frozen=True, slots=True)
class WrongIdea:
    """`title`: the idea in half a sentence.  `why`: what is true instead, and how to see it.

    `programs` are the switches of the judge's right program with which it has this idea: "no rest",
    or "no rest; no part; no rest, no part" for three programs.
    """

    title: str
    why: str
    programs: str = ""


@dataclass(slots=True)
class Case:
    title: str
    passed: bool


@dataclass(slots=True)
class Verdict:
    """`score` is 0 to 1.  `wrong_idea` is a name or empty; the four texts are for the learner.

    `attempted` is False for a stub as it was handed out.  `ended` says how the answer's process
    ended by itself, if it did; `missing` names the limits that this system could not set, for
    whoever grades others.  `next` is what the learner may do now.
    """

    number: str
    title: str
    passed: bool
    score: float
    wrong_idea: str = ""
    idea_title: str = ""
    observed: str = ""
    expected: str = ""
    why: str = ""
    diff: ByteDiff | None = None
    cases: list[Case] = field(default_factory=list)
    attempted: bool = True
    ended: str = ""
    output: str = ""
    missing: list[str] = field(default_factory=list)
    next: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON; the bytes of `diff` as hexadecimal."""
        plain = asdict(self)
        del plain["diff"]
        plain["tape"] = self.diff.as_dict() if self.diff else None  # its name in reports
        return plain

    def credit(self) -> float:
        """Print the verdict and return the points, one for each passed case.

        nbgrader takes the number that a test cell shows as partial credit, and its feedback shows
        what the cell printed.  Limits that were not set are printed once for each notebook.
        """
        print(self.text())
        if unsaid := [name for name in self.missing if name not in _told]:
            print(f"This system did not limit: {'; '.join(unsaid)}.")
            _told.update(unsaid)
        return round(self.score * len(self.cases), 2)

    @property
    def headline(self) -> str:
        """`1.1 Write a request: passed`, with the cases passed when not all are."""
        good = sum(case.passed for case in self.cases)
        if self.passed:
            said = "passed"
        elif not self.attempted:
            said = "not answered yet"
        else:
            said = f"not yet, {good} of {len(self.cases)} cases right"
        return f"{self.number} {self.title}: {said}"

    def _rows(self) -> list[tuple[str, str]]:
        """The rows `observed` and `expected`; and `why`, if no wrong idea shows it already."""
        rows = [("observed", self.observed), ("expected", self.expected)]
        if not self.wrong_idea:
            rows.append(("why", self.why))
        return [row for row in rows if row[1]]

    def text(self) -> str:
        """The whole verdict as plain text."""
        lines, rows = [self.headline], self._rows()
        if self.wrong_idea:
            rows = [
                ("wrong idea", f"{self.wrong_idea}: {self.idea_title}"),
                ("why", self.why),
                *rows,
            ]
        for name, value in rows:
            first, *rest = value.split("\n")
            lines += [f"  {name:<12} {first}", *(f"{'':15}{line}" for line in rest)]
        if self.diff is not None:
            lines += ["", self.diff.text(), ""]
        lines += [f"  {'ok ' if case.passed else 'NOT'}  {case.title}" for case in self.cases]
        if self.output:
            lines += ["", "Your code printed:", _shown(self.output)]
        return "\n".join([*lines, self.next] if self.next else lines)

    def __repr__(self) -> str:
        return self.text()

    def _repr_html_(self) -> str:
        """The whole verdict as HTML.  Everything that came from the answer is escaped."""
        mark = "✔" if self.passed else "…" if not self.attempted else "✘"
        color = GOOD if self.passed else WRONG if self.attempted else LINE
        parts = [f'<div style="font-size:115%"><b>{mark} {escape(self.headline)}</b></div>']
        if self.wrong_idea:
            parts.append(_idea(self.wrong_idea, self.idea_title, self.why))
        if rows := self._rows():
            parts.append(_table(rows))
        if self.diff is not None:
            parts.append(self.diff.html())
        if self.attempted:
            cases = "".join(
                f"<li>{'✔ right' if case.passed else '✘ wrong'}: {escape(case.title)}</li>"
                for case in self.cases
            )
            parts.append(f'<ul style="list-style:none;padding:0;margin:8px 0 4px">{cases}</ul>')
        if self.output:
            printed = pre(escape(_shown(self.output)), "what your code printed")
            parts.append(f"<details><summary>Your code printed</summary>{printed}</details>")
        if self.next:
            parts.append(f'<p style="{FAINT};margin:6px 0 0">{escape(self.next)}</p>')
        return (
            f'<section aria-label="verdict on exercise {escape(self.number)}" style="border:1px '
            f'solid {LINE};border-left:5px solid {color};border-radius:4px;padding:6px 12px">'
            + "".join(parts)
            + "</section>"
        )


def _idea(name: str, title: str, why: str) -> str:
    """The wrong idea as HTML: its title, the reason against it, and its name."""
    return (
        '<div role="note" aria-label="wrong idea" style="margin:6px 0 8px;max-width:46em">'
        f'<div style="font-size:115%">The idea behind it: <b>{escape(title)}</b></div>'
        f'<div style="margin:2px 0">{escape(why)}</div>'
        f'<code style="{FAINT};font-size:90%">{escape(name)}</code></div>'
    )


def _table(rows: Sequence[tuple[str, str]]) -> str:
    """The rows as HTML: `why` is prose, the others are code, which may break anywhere."""
    style = "text-align:left;white-space:pre-wrap;overflow-wrap:anywhere"
    body = "".join(
        f'<tr><th scope="row" style="text-align:left;vertical-align:top">{escape(name)}</th>'
        f'<td style="{style}{"" if name == "why" else ";" + MONO}">{escape(value)}</td></tr>'
        for name, value in rows
    )
    return f'<table style="margin:0 0 4px">{body}</table>'


def _shown(output: str) -> str:
    text = output.rstrip("\n")
    return text if len(text) <= OUTPUT_SHOWN else text[:OUTPUT_SHOWN] + "\n…"
