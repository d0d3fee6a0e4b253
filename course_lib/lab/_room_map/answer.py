"""The answer to a question: who received it, how the bet stands, and the path of each broadcast.

Lessons 11 and 12.  Builds on: `paths`, `tables`, `figures.grid`.  Used by: `question`.

    You said Kim, Mia. It is Kim, Lee. You left out: Lee. It does not come to: Mia.
    1. Named: news has Ada, Kim, Mia; cats has Kim, Lee.
    2. Each once: ...                                        and a table, a column for each step

New here: what was sent and what has come are both there, and compared.
Left out: events that come to programs which are not in `heard`, as a browser: for them stands what
was sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..figures import grid
from ..figures.grid import BET, GETS, Grid, listed
from ..figures.markup import Shown, escape
from . import paths, tables
from .paths import Path, Seen

LOOK = "line-height:1.5;white-space:normal"


@dataclass(slots=True)
class Answer:
    """What was sent, and which of the clients that were listened to (`heard`) received it."""

    seen: Seen
    heard: list[str]
    received: list[str]  # once for each time
    only: str | None  # the namespace of the map, if it has one alone

    @property
    def written(self) -> list[str]:
        """Those to which the library wrote, once for each time."""
        return [tables.qualified(name, where, self.only) for where, name in self.seen.written]

    @property
    def receivers(self) -> list[str]:
        """Who received it, once for each time."""
        return self.received + [name for name in self.written if name not in self.heard]

    def verdict(self, bet: Sequence[str] | None, choices: Sequence[str]) -> str:
        """How a bet on some of `choices` stands."""
        every = list(dict.fromkeys(self.receivers))
        twice = [name for name in every if self.receivers.count(name) > 1]
        also = f" More than once: {listed(twice)}." if twice else ""
        if bet is None:
            return f"No bet was placed. It comes to: {listed(every)}.{also}"
        really = [name for name in every if name in choices]
        more = len(every) - len(really)
        also += f" And {more:,} more, who had no box." if more else ""
        if {*bet} == {*really}:
            return f"You said {listed(bet)}, and so it is.{also}"
        missed = [name for name in really if name not in bet]
        extra = [name for name in bet if name not in really]
        told = f" You left out: {listed(missed)}." if missed else ""
        told += f" It does not come to: {listed(extra)}." if extra else ""
        return f"You said {listed(bet)}. It is {listed(really)}.{told}{also}"

    def facts(self) -> list[str]:
        """What was measured, and what was sent without a broadcast."""
        said = []
        if self.heard:
            said.append(f"Measured at the clients: it came to {listed(self.received)}.")
            sent = [name for name in self.written if name in self.heard]
            if sorted(sent) != sorted(self.received):
                said.append(f"{paths.DIFFERS}: the library wrote to {listed(sent)}.")
        if self.seen.direct:
            direct = [tables.qualified(name, where, self.only) for where, name in self.seen.direct]
            said.append(f"No broadcast: a socket wrote to its own client, {listed(direct)}.")
        if not self.seen.written:
            said.append("The server has written to nobody.")
        return said

    def shown(self, text: str, verdict: str, bet: Sequence[str] | None) -> Shown:
        """All of it, for the line `text`."""
        lines = [verdict, *self.facts()]
        texts = [text, *lines]
        htmls = [f"<p><code>{escape(text)}</code></p>"]
        htmls.append(f"<p><b>{escape(verdict)}</b><br>{'<br>'.join(map(escape, lines[1:]))}</p>")
        for path in self.seen.paths:
            steps, table = path.steps(), grid.fold(self._table(path, bet))
            texts += [f"{number}. {step}" for number, step in enumerate(steps, 1)]
            texts.append(grid.text(table))
            items = "".join(f"<li>{escape(step)}</li>" for step in steps)
            htmls += [f"<ol>{items}</ol>", grid.html(table)]
        return Shown("\n".join(texts), f'<div style="{LOOK}">{"".join(htmls)}</div>')

    def _table(self, path: Path, bet: Sequence[str] | None) -> Grid:
        """The path, with what was measured, and with the bet."""
        found = path.grid()
        whole = [tables.qualified(name, path.namespace, self.only) for name, _ in found.rows]
        more: list[tuple[str, Sequence[str], str]] = []
        if any(name in self.heard for name in whole):
            more.append(("received", self.received, GETS))
        if bet is not None:
            more.append(("your bet", bet, BET))
        for title, names, mark in more:
            found.columns.append(title)
            for name, (_, marks) in zip(whole, found.rows, strict=True):
                marks.append(mark if name in names else "")
        return found
