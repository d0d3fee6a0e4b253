"""What the grader says, for people (text, HTML) and for programs (JSON).

    1.1 Write a request: 2 of 4
      wrong idea   length_in_characters: the length counts characters
      observed     Content-Length: 4
      expected     Content-Length: 10
      why          …
      (the bytes, with the first one that differs)

Exercises.  Builds on: tape, `lab.figures.markup`.
What is new here: a wrong answer is met by the idea behind it, which has a stable name.
Left out: how a verdict is reached; see `marks`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from ..figures.markup import FAINT, LINE, escape, pre
from .tape import Tape

OUTPUT_SHOWN = 2000  # characters of what the answer printed


@dataclass(frozen=True, slots=True)
class WrongIdea:
    """`title`: the idea in half a sentence.  `why`: what is so instead, and how one sees it."""

    title: str
    why: str


@dataclass(slots=True)
class Case:
    title: str
    passed: bool


@dataclass(slots=True)
class Verdict:
    """`score` is 0 to 1.  `wrong_idea` is a name or empty; the four texts are for the learner.

    `attempted` is False for a stub as it was handed out.  `ended` says how the answer's process
    ended by itself, if it did; `missing` what this system did not limit.
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
    tape: Tape | None = None
    cases: list[Case] = field(default_factory=list)
    attempted: bool = True
    ended: str = ""
    output: str = ""
    missing: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON; bytes of the tape as hexadecimal."""
        plain = asdict(self)
        plain["tape"] = self.tape.as_dict() if self.tape else None
        return plain

    def credit(self) -> float:
        """One for each case; nbgrader takes a number that a test shows as partial credit.

        The verdict is printed, too: nbgrader's feedback shows what a cell printed.
        """
        print(self.text())
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
        idea = f"{self.wrong_idea}: {self.idea_title}" if self.wrong_idea else ""
        rows = [("wrong idea", idea), ("observed", self.observed), ("expected", self.expected)]
        rows.append(("why", self.why))
        return [row for row in rows if row[1]]

    def text(self) -> str:
        """All of it in plain text."""
        lines = [self.headline]
        lines += [f"  {'ok ' if case.passed else 'NOT'}  {case.title}" for case in self.cases]
        for name, value in self._rows():
            first, *rest = value.split("\n")
            lines += [f"  {name:<12} {first}", *(f"{'':15}{line}" for line in rest)]
        if self.tape is not None:
            lines += ["", self.tape.text()]
        if self.output:
            lines += ["", "Your code printed:", _shown(self.output)]
        lines += _not_limited(self.missing)
        return "\n".join(lines)

    def __repr__(self) -> str:
        return self.text()

    def _repr_html_(self) -> str:
        """The same as HTML.  Everything that came from the answer is escaped."""
        mark = "✔" if self.passed else "…" if not self.attempted else "✘"
        cases = "".join(
            f"<li>{'✔ right' if case.passed else '✘ wrong'}: {escape(case.title)}</li>"
            for case in self.cases
        )
        rows = "".join(
            f'<tr><th scope="row" style="text-align:left;vertical-align:top">{escape(name)}</th>'
            f'<td style="text-align:left;white-space:pre-wrap">{escape(value)}</td></tr>'
            for name, value in self._rows()
        )
        parts = [f"<p><b>{mark} {escape(self.headline)}</b></p>"]
        if cases and not self.passed and self.attempted:
            parts.append(f'<ul style="list-style:none;padding-left:1em">{cases}</ul>')
        if rows:
            parts.append(f"<table>{rows}</table>")
        if self.tape is not None:
            parts.append(self.tape.html())
        if self.output:
            printed = pre(escape(_shown(self.output)), "what your code printed")
            parts.append(f"<details><summary>Your code printed</summary>{printed}</details>")
        parts += [f'<p style="{FAINT}">{escape(line)}</p>' for line in _not_limited(self.missing)]
        return (
            f'<section aria-label="verdict on exercise {escape(self.number)}" '
            f'style="border:1px solid {LINE};border-radius:4px;padding:4px 10px">'
            + "".join(parts)
            + "</section>"
        )


def _shown(output: str) -> str:
    text = output.rstrip("\n")
    return text if len(text) <= OUTPUT_SHOWN else text[:OUTPUT_SHOWN] + "\n…"


def _not_limited(missing: Sequence[str]) -> list[str]:
    return ["This system did not limit: " + "; ".join(missing) + "."] if missing else []
