"""A bet: the learner predicts a result before it is shown.

Lessons 01 on.  Builds on: `figures.markup`; ipywidgets, when a notebook shows it.

    bet = bets.bet("Median latency of short polling?", unit="ms")     an input, in a notebook
    bet.place(500)                                                    what its button does
    plots.latency(runs, bet=bet.seconds)                              drawn, if it was placed
    bet.reveal(612)          You bet 500 ms. It is 612 ms: 18% too low.

New here: a wrong bet has no bad consequence.  The result is hidden before, nothing is scored after,
and a learner who does not bet is not stopped: "Run All" runs through.  A click into the bet makes
its cell the current one, so the next Shift+Enter runs that cell again: the bet stays.
Left out: remembering bets in another session.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ..errors import LocalError
from . import extra
from .figures.markup import Shown, escape, name_of

__all__ = ["Bet", "bet"]

SECONDS = {"µs": 1e-6, "us": 1e-6, "ms": 1e-3, "s": 1.0, "min": 60.0}
NEAR = 0.05  # a bet whose relative error is less counts as nearly right

Value = float | str

_open: dict[tuple[str, ...], Bet] = {}  # the newest bet on each question


def bet(question: str, *, unit: str = "", choices: Sequence[str] = ()) -> Bet:
    """Ask for a number in `unit`, or for one of `choices`.

    >>> guess = bet("How many requests?", unit="requests")
    >>> guess.place(60)
    >>> guess.value
    60.0

    Asked again before the result is known, it is the same bet.
    """
    key = (question, unit, *choices)
    found = _open.get(key)
    if found is None or found.result is not None:
        found = _open[key] = Bet(question, unit=unit, choices=choices)
    return found


class Bet:
    """A question and the bet on it.  `value` is None until a bet is placed."""

    def __init__(self, question: str, *, unit: str = "", choices: Sequence[str] = ()) -> None:
        if len(choices) == 1 or len(set(choices)) != len(choices):
            raise LocalError(f"two choices or more, all different, not {list(choices)}")
        self.question = question
        self.unit = unit
        self.choices = list(choices)
        self.value: Value | None = None
        self.result: Shown | None = None  # once it is revealed
        self.entry: Any = None  # widgets, once they are made
        self.button: Any = None
        self.status: Any = None
        self._panel: Any = None

    def place(self, value: Value) -> None:
        """Bet on a number, or on a choice; again to change it, until the result is known.

        LocalError for an impossible value, and once the result is known.
        """
        if self.result is not None:
            raise LocalError(f"the result is known; the bet stays {self._said(self.value)}")
        self.value = self._checked(value)
        self._show(f"Your bet: {self._said(self.value)}.")

    @property
    def seconds(self) -> float | None:
        """The bet as a time in seconds, for `plots`; None if none was placed."""
        if self.unit not in SECONDS:
            raise LocalError(f"{self.unit or 'a choice'!r} is no unit of time")
        return None if self.value is None else float(self.value) * SECONDS[self.unit]

    def at(self, x: float) -> tuple[float, float] | None:
        """The point (x, the bet in seconds), for `plots.sweep`; None if none was placed."""
        return None if (seconds := self.seconds) is None else (x, seconds)

    def or_else(self, value: Value) -> Value:
        """The bet, or `value` where none was placed: for a cell that needs one."""
        return self._checked(value) if self.value is None else self.value

    def reveal(self, actual: Value) -> Shown:
        """Show the result, and how far the bet was from it.  From now on the bet cannot change."""
        actual = self._checked(actual, finite=False)
        if self.value is None:
            text = f"No bet was placed. It is {self._said(actual, short=True)}."
        elif isinstance(actual, str) or isinstance(self.value, str):
            same = self.value == actual
            text = f"You bet {self.value}{', and so it is' if same else f'. It is {actual}'}."
        else:
            text = f"You bet {self._said(self.value)}. It is {self._said(actual, short=True)}"
            text += f": {_difference(float(self.value), float(actual))}."
        self.result = Shown(text, f"<p>{escape(text)}</p>")
        self._settle()
        return self.result

    def __repr__(self) -> str:
        lines = [self.question, *(f"  - {choice}" for choice in self.choices)]
        if self.result is not None:
            return "\n".join([*lines, self.result.text])
        placed = "no bet yet" if self.value is None else f"your bet: {self._said(self.value)}"
        example = repr(self.choices[0]) if self.choices else "…"
        name = name_of(self, "bet")
        return "\n".join([*lines, f"({placed}; as a call: {name}.place({example}))"])

    def _repr_html_(self) -> str:
        return "<p>" + "<br>".join(escape(line) for line in repr(self).split("\n")) + "</p>"

    def _repr_mimebundle_(self, **more: Any) -> dict[str, Any]:
        """The input, and the question as text and HTML where there are no widgets."""
        bundle: dict[str, Any] = {"text/plain": repr(self), "text/html": self._repr_html_()}
        try:
            shown = self.widgets()._repr_mimebundle_(**more)
        except ImportError:
            return bundle
        return {**shown, **bundle}

    def widgets(self) -> Any:
        """The question, an input, and a button, as one ipywidget; the same one each time."""
        if self._panel is None:
            with extra.needed():
                import ipywidgets  # type: ignore[import-untyped, unused-ignore]

            wide = ipywidgets.Layout(width="auto")
            label = ipywidgets.HTML(f"<b>{escape(self.question)}</b>", layout=wide)
            if self.choices:
                # Not radio buttons: JupyterLab takes the arrow keys that they need.
                self.entry = ipywidgets.ToggleButtons(
                    options=self.choices, value=None, style={"button_width": "auto"}
                )
            else:
                unit = f" ({self.unit})" if self.unit else ""
                # Not continuous: a click could see a half-typed number.
                self.entry = ipywidgets.Text(
                    description=f"Your bet{unit}",
                    style={"description_width": "initial"},
                    continuous_update=False,
                )
            self.button = ipywidgets.Button(description="Place the bet")
            self.button.on_click(lambda _: self._clicked())
            self.status = ipywidgets.HTML()
            self._panel = ipywidgets.VBox([label, self.entry, self.button, self.status])
            self._settle()
        return self._panel

    # Inside.

    def _clicked(self) -> None:
        try:
            self.place(self.entry.value or "")
        except LocalError as error:
            self._show(f"Not placed: {error}.")

    def _settle(self) -> None:
        """Say how the bet stands.  The result stands where it was revealed, and only there."""
        placed = "" if self.value is None else f"Your bet: {self._said(self.value)}."
        if self.result is not None:
            self._show(f"{placed or 'No bet was placed.'} The result is known.")
        elif placed:
            self._show(placed)

    def _show(self, text: str) -> None:
        """Show a text below the button, as an alert: only that is read out when it appears."""
        if self.status is None:
            return
        if self.value is not None:
            self.entry.value = self.value if self.choices else f"{self.value:.12g}"
        self.status.value = f'<span role="alert">{escape(text)}</span>'
        self.entry.disabled = self.button.disabled = self.result is not None

    def _checked(self, value: Value, *, finite: bool = True) -> Value:
        if self.choices:
            if value not in self.choices:
                raise LocalError(f"choose one of {', '.join(self.choices)}")
            return value
        try:
            number = float(str(value).strip().removesuffix(self.unit))
        except ValueError:
            number = math.nan
        if math.isnan(number) or (finite and math.isinf(number)):
            raise LocalError(f"a number is needed{f', in {self.unit}' if self.unit else ''}")
        return number

    def _said(self, value: Value | None, *, short: bool = False) -> str:
        if value is None or isinstance(value, str):
            return str(value)
        number = _short(value) if short else f"{value:,.12g}"  # a bet is shown as it was placed
        return number + (f" {self.unit}" if self.unit else "")


def _short(value: float) -> str:
    """The number with four significant digits."""
    return f"{float(f'{value:.4g}'):,.12g}"


def _difference(guess: float, actual: float) -> str:
    """How far off, as a person says it: nearly right, 18% too low, too high by a factor of 3.2."""
    if math.isinf(actual):
        return "it never came"
    if guess == actual:
        return "exactly"
    if actual == 0 or guess == 0 or (guess < 0) != (actual < 0):
        return f"off by {_short(abs(guess - actual))}"
    too = "too high" if guess > actual else "too low"
    if abs(guess - actual) <= NEAR * abs(actual):
        return "nearly right"
    ratio = max(abs(guess), abs(actual)) / min(abs(guess), abs(actual))
    if ratio >= 2:
        return f"{too} by a factor of {_short(float(f'{ratio:.2g}'))}"
    return f"{abs(guess - actual) / abs(actual):.0%} {too}"
