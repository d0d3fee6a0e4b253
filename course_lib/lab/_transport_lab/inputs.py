"""The upper half of the panel: transports, a bet for each, and the conditions.

Lesson 06.  Builds on: `conditions`; ipywidgets.  Used by: `panel`, `results`.

    [x] short polling     Bet on short polling's median (ms) [      ]
    [x] WebSocket         Bet on WebSocket's median (ms)     [  25  ]
    Network  (x) Simulated  ( ) Real sockets
    Messages a second [ 1 ]      Round trip (ms) [ 50 ]   ...

New here: a bet stands beside its transport, and above the button that shows the result.  A number
out of range is refused with a sentence; a bounded field of ipywidgets would silently change it.
Left out: the seed; `panel.set(seed=2)` changes it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ...errors import LocalError
from .. import extra
from ..figures.markup import FAINT, escape
from . import conditions

with extra.needed():
    import ipywidgets  # type: ignore[import-untyped, unused-ignore]

if TYPE_CHECKING:
    from ..transport_lab import TransportLab

NETWORKS = [("Simulated", True), ("Real sockets", False)]
NOTE = "Jitter: up to so much on top. Bandwidth 0: no limit. Interval: of short polling."
REFUSED = "border-left:4px solid var(--jp-error-color1,#d32f2f);padding-left:8px"
SHORT = 13  # characters of a name for which the widths below are enough
WRAP = {"flex_flow": "row wrap", "width": "100%"}


class Inputs:
    """The input fields.  They change the lab and show it; `trouble` says what was refused."""

    def __init__(self, lab: TransportLab) -> None:
        self._lab = lab
        self._reflecting = False
        self.use: dict[str, Any] = {}  # a box for each transport
        self.bets: dict[str, Any] = {}  # the text field beside it
        self.numbers: dict[str, Any] = {}
        self.trouble = ipywidgets.HTML()
        more = 0.6 * max(0, max(map(len, lab.offered)) - SHORT)
        rows = [self._transport(name, more) for name in lab.offered]
        self.network = choice(NETWORKS)
        self.network.observe(self._network_chosen, names="value")
        fields = [self._number(number) for number in conditions.NUMBERS]
        columns = [ipywidgets.VBox(part) for part in (fields[:4], fields[4:])]
        self.root = ipywidgets.VBox(
            [
                heading("1 · Transports, and your bets"),
                *rows,
                heading("2 · Conditions, the same for all"),
                ipywidgets.Box(columns, layout=WRAP),
                self.trouble,
                note(NOTE),
                labelled(ipywidgets.HTML("Network"), self.network),
            ]
        )
        self.reflect()

    def placed(self) -> dict[str, float]:
        """The bets on the chosen transports, in seconds.  LocalError for what is no number."""
        found = {}
        for name in self._lab.transports:
            if text := self.bets[name].value.strip().removesuffix("ms"):
                try:
                    found[name] = float(text.replace(",", "")) / 1000
                except ValueError:
                    found[name] = math.nan
                if not 0 <= found[name] < math.inf:
                    raise LocalError(f"the bet on {name} is a number of milliseconds, not {text!r}")
        return found

    def clear_bets(self) -> None:
        """Empty the fields of the bets, because a bet counts for one run."""
        for field in self.bets.values():
            field.value = ""

    def reflect(self) -> None:
        """Show the state of the lab, whether a field or a call changed it."""
        self._reflecting = True
        try:
            for name, box in self.use.items():
                box.value = name in self._lab.transports
                self.bets[name].disabled = not box.value
            for number in conditions.NUMBERS:
                self.numbers[number.key].value = number.shown(self._lab.wishes[number.key])
            self.network.value = self._lab.wishes["simulated"]
        finally:
            self._reflecting = False

    def _transport(self, name: str, more: float) -> Any:
        """The row of a transport; `more` em of room for names that are long."""
        self.use[name] = ipywidgets.Checkbox(
            description=name, indent=False, layout={"width": f"{11 + more:g}em"}
        )
        self.use[name].observe(self._transports_chosen, names="value")
        self.bets[name] = ipywidgets.Text(
            description=f"Bet on {name}'s median (ms)",
            placeholder="no bet",
            continuous_update=False,  # otherwise a click could see a half-typed number
            style={"description_width": f"{18.5 + more:g}em"},
            layout={"width": f"{25.5 + more:g}em"},
        )
        return ipywidgets.HBox([self.use[name], self.bets[name]], layout=WRAP)

    def _number(self, number: conditions.Number) -> Any:
        make = ipywidgets.IntText if number.whole else ipywidgets.FloatText
        self.numbers[number.key] = field = make(
            step=int(number.step) if number.whole else number.step,
            description=number.label,
            style={"description_width": "11.5em"},
            layout={"width": "18em", "margin": "2px 2em 2px 0"},
        )
        field.observe(lambda change: self._typed(number, change["new"]), names="value")
        return field

    def _typed(self, number: conditions.Number, value: float) -> None:
        if not self._reflecting:
            self._try(lambda: self._lab.set(**{number.key: number.meant(number.checked(value))}))

    def _network_chosen(self, change: Any) -> None:
        if not self._reflecting:
            self._try(lambda: self._lab.set(simulated=change["new"]))

    def _transports_chosen(self, _: Any) -> None:
        if not self._reflecting:
            self._try(lambda: self._lab.choose(*(n for n, box in self.use.items() if box.value)))

    def _try(self, act: Callable[[], None]) -> None:
        self.trouble.value = ""
        try:
            act()
        except LocalError as error:
            self.reflect()  # show the valid number again in place of the typed one
            said = escape(f"✘ Not changed: {error}. The field shows what counts.")
            self.trouble.value = f'<b role="alert" style="{REFUSED}">{said}</b>'


def choice(options: list[tuple[str, Any]] | None = None) -> Any:
    """Radio buttons, side by side: a screen reader reads out which one is chosen."""
    return ipywidgets.RadioButtons(
        options=options or [], orientation="horizontal", layout={"width": "auto"}
    )


def labelled(label: Any, widget: Any) -> Any:
    """A choice with its label to the left, where ipywidgets would put it above."""
    label.layout = {"width": "5.5em", "margin": "0 2px", "flex": "none"}
    return ipywidgets.HBox([label, widget], layout={"align_items": "center"})


def note(text: str) -> Any:
    """A line of explanation for the fields above it."""
    return ipywidgets.HTML(f'<span style="{FAINT}">{text}</span>')


def heading(text: str) -> Any:
    """The title of a part of the panel."""
    return ipywidgets.HTML(f"<b>{text}</b>", layout={"margin": "8px 0 2px 0"})
