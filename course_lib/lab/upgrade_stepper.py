"""The upgrade stepper: a recorded upgrade from polling to WebSocket, packet by packet.

Lesson 08.  Builds on: `_upgrade_stepper`; ipywidgets, when a notebook shows it.

    stepper = upgrade_stepper.show(recording)
    stepper                        First, Back, Next, Last; both lanes, both tables, the bytes
    stepper.next()   .back()       what the buttons do, as calls
    stepper.sentence               "Step 4 of 19, at 450 ms: 2probe, by WebSocket, ..."
    stepper.text, stepper.html     all steps, where there are no widgets

New here: the tables that the library runs on are moved by the packets of the recording, so that
the learner sees which entry each packet uses.
Left out: the time between the steps; `sequence.plot` shows it.
"""

from __future__ import annotations

from typing import Any

from ..errors import LocalError
from . import extra
from ._upgrade_stepper import picture, steps
from ._upgrade_stepper.steps import Step
from .dissection.engineio import POLLING
from .figures.diagram import ms
from .figures.markup import escape
from .recording import Recording

__all__ = ["Step", "UpgradeStepper", "show"]

BUTTONS = {"first": "First", "back": "Back", "next": "Next", "last": "Last"}
STYLE = (  # the focus ring of ipywidgets is one pale pixel; what is too wide scrolls in its box
    "<style>.upgrade-stepper :focus-visible {outline: 2px solid var(--jp-ui-font-color1, #222) "
    "!important; outline-offset: 1px} .upgrade-stepper .widget-html-content {min-width: 0}</style>"
)


def show(recording: Recording, *, session: str | None = None) -> UpgradeStepper:
    """A stepper through the first upgrade in a recording, or that of the session with this sid.

    LocalError if the recording has none.
    """
    return UpgradeStepper(steps.of(recording, session))


class UpgradeStepper:
    """The steps, and which of them is shown."""

    def __init__(self, found: list[Step]) -> None:
        self.steps = found
        self.index = 0
        self.buttons: dict[str, Any] = {}  # first, back, next, last, once they are made
        self.said: Any = None
        self.drawn: Any = None
        self._panel: Any = None

    @property
    def step(self) -> Step:
        """The step that is shown."""
        return self.steps[self.index]

    @property
    def sentence(self) -> str:
        """The step in words: its number, its message and what that is for."""
        step = self.step
        lane = "polling" if step.lane == POLLING else "WebSocket"
        ways = "client to server" if step.up else "server to client"
        states = ", ".join(f"{end}: {step.states[end]}" for end in step.moved)
        return (
            f"Step {self.index + 1} of {len(self.steps)}, at {ms(step.at)}: {step.message.title}, "
            f"{ways}, by {lane}. {step.purpose}" + (f" Now {states}." if states else "")
        )

    def first(self) -> None:
        """Go to the first step."""
        self.go(1)

    def back(self) -> None:
        """Go one step back; at the first one, stay."""
        self.go(max(1, self.index))

    def next(self) -> None:
        """Go one step on; at the last one, stay."""
        self.go(min(len(self.steps), self.index + 2))

    def last(self) -> None:
        """Go to the last step."""
        self.go(len(self.steps))

    def go(self, number: int) -> None:
        """Go to a step by its number, from 1.  LocalError if there is none."""
        if not 1 <= number <= len(self.steps):
            raise LocalError(f"steps are 1 to {len(self.steps)}: {number}")
        self.index = number - 1
        self._reflect()

    @property
    def text(self) -> str:
        """All steps as text."""
        return picture.text(self.steps)

    @property
    def html(self) -> str:
        """All steps as a table."""
        return picture.every(self.steps)

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        return self.html

    def _repr_mimebundle_(self, **more: Any) -> dict[str, Any]:
        """The widgets, and the table where there are no widgets."""
        bundle: dict[str, Any] = {"text/plain": self.text, "text/html": self.html}
        try:
            shown = self.widgets()._repr_mimebundle_(**more)
        except ImportError:
            return bundle
        return {**shown, **bundle}

    def widgets(self) -> Any:
        """The stepper as one ipywidget; the same one each time."""
        if self._panel is None:
            with extra.needed():
                import ipywidgets  # type: ignore[import-untyped, unused-ignore]

            for name, label in BUTTONS.items():
                # Never disabled: the last step must not take the focus away from the button.
                self.buttons[name] = ipywidgets.Button(description=label, layout={"width": "6em"})
                self.buttons[name].on_click(lambda _, name=name: getattr(self, name)())
            self.said, self.drawn = ipywidgets.HTML(), ipywidgets.HTML()
            style = ipywidgets.HTML(STYLE, layout={"display": "contents"})
            row = ipywidgets.HBox([*self.buttons.values()], layout={"flex_flow": "row wrap"})
            self._panel = ipywidgets.VBox([style, row, self.said, self.drawn])
            self._panel.add_class("upgrade-stepper")
            self._reflect()
        return self._panel

    def _reflect(self) -> None:
        """Show the present step, and have a screen reader read it out."""
        if self._panel is not None:
            look = "line-height:1.4;white-space:normal"
            self.said.value = f'<div role="alert" style="{look}">{escape(self.sentence)}</div>'
            inner = picture.present(self.steps, self.index)
            self.drawn.value = f'<div style="line-height:1.4">{inner}</div>'
