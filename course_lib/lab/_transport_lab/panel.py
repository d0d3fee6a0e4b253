"""The widgets of the transport lab, put together.

Lesson 06.  Builds on: `inputs`, `results`, `lab.loop`; ipywidgets.  Used by: `lab.transport_lab`.

    1 · Transports, and your bets       inputs
    2 · Conditions, the same for all    inputs
    3 · [ Run ] [ Cancel ]              what it takes, what happened, the call that does the same
    4 · What came out                   results, once there are some

New here: the panel calls the lab and shows its state, and holds no results of its own.
Left out: how anything is measured or drawn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...errors import LocalError
from .. import extra
from .. import loop as lab_loop
from ..figures.markup import FAINT, escape
from . import conditions
from .inputs import Inputs, heading
from .results import COSTS, LINES, LIVE, Results

with extra.needed():
    import ipywidgets  # type: ignore[import-untyped, unused-ignore]

if TYPE_CHECKING:
    from ..transport_lab import TransportLab

STYLE = (  # the focus ring of ipywidgets is one pale pixel, or a border that turns pale
    "<style>.transport-lab :focus-visible, .jupyter-widgets.transport-lab .widget-text "
    "input:focus-visible {outline: 2px solid var(--jp-ui-font-color1, #222) !important; "
    "outline-offset: 1px} "
    # Boxes and buttons stand 3 pixels above the middle of the words beside them.
    ".transport-lab .widget-checkbox label, .transport-lab .widget-radio-box label "
    "{display: flex; align-items: center; gap: 4px} "
    ".transport-lab .widget-checkbox input, .transport-lab .widget-radio-box input "
    "{margin: 0; top: 0; transform: none; align-self: center} "
    ".transport-lab .widget-radio-box label {flex-direction: row-reverse}</style>"
)
BORDER = "1px solid var(--jp-border-color1, #888)"


class Panel:
    """`root` is the widget; `close()` stops following the lab."""

    def __init__(self, lab: TransportLab) -> None:
        self._lab = lab
        self._was_running = False
        self.transports = lab.offered  # for each of them there is a row
        self._newest = 0  # number of the newest run that was seen
        self.inputs = Inputs(lab)
        self.results = Results(lab, self.say)
        wide = {"width": "8em"}
        self.run = ipywidgets.Button(description="Run", button_style="primary", layout=wide)
        self.cancel = ipywidgets.Button(description="Cancel", layout=wide)
        self.effort = ipywidgets.HTML(layout={"margin": "2px 1em"})
        self.status = ipywidgets.HTML()
        self.call = ipywidgets.HTML()
        self._clicks = lab_loop.on_click(self.run, self._run)
        self.cancel.on_click(lambda _: lab.cancel())
        buttons = ipywidgets.HBox([self.run, self.cancel, self.effort])
        self.root = ipywidgets.VBox(
            [
                ipywidgets.HTML(STYLE, layout={"display": "contents"}),
                self.inputs.root,
                heading("3 · Run"),
                buttons,
                self.status,
                self.call,
                self.results.root,
            ],
            layout={"border": BORDER, "padding": "4px 12px 12px 12px", "max_width": "54em"},
        )
        self.root.add_class("transport-lab")
        lab.on_change.append(self.reflect)
        self.reflect()

    def close(self) -> None:
        """Stop following the lab, so that another panel can.  The widgets stay.  Idempotent."""
        if self.reflect in self._lab.on_change:
            self._lab.on_change.remove(self.reflect)
        self._clicks.disconnect()
        self.run.disabled = self.cancel.disabled = True
        self.say("There is a newer panel below its cell.")

    def say(self, sentence: str) -> None:
        """Show a sentence below the buttons, where a screen reader reads it out."""
        self._show([sentence])

    def reflect(self) -> None:
        """Show the lab as it is now."""
        lab = self._lab
        kept = lab.shelf.kept[-1].number if lab.shelf.kept else 0
        if lab.running and not self._was_running:
            self.results.views.value = LIVE
        if kept != self._newest:
            self.inputs.clear_bets()
            self.results.views.value = COSTS
        self._was_running, self._newest = lab.running, kept
        self.inputs.reflect()
        effort = conditions.effort(lab.wishes, lab.transports)
        self.effort.value = f'<div style="{LINES};{FAINT}">{escape(effort)}</div>'
        same = f'<span style="{FAINT}">The same as</span> <code>{escape(lab.call)}</code>'
        self.call.value = f'<div style="{LINES}">{same}</div>'
        self._show(lab.said)
        self.results.reflect()

    async def _run(self, _: Any) -> None:
        """Run the lab, as the button does; an error is shown as a sentence."""
        placed: dict[str, float] = {}
        try:
            self._lab.bet(placed := self.inputs.placed())
            await self._lab.run()
        except LocalError as error:
            for name in placed:  # the bet is still in its field, and may be changed there
                self._lab.bets.pop(name, None)
            self.say(f"Not run: {error}.")
        except Exception:  # the top of a task; `lab.said` has the error
            self._show(self._lab.said)

    def _show(self, sentences: list[str]) -> None:
        lines = "".join(f"<div>{escape(sentence)}</div>" for sentence in sentences)
        text = f'<div role="alert" style="{LINES}">{lines}</div>'
        if self.status.value != text:
            self.status.value = text
