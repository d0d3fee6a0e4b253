"""The inspector: a diagram, the messages and their bytes, with one selection in all three.

Lessons 00 and 01 on.  Builds on: `dissect`, `sequence`, `_inspector.choice`, `_inspector.scene`,
`_inspector.files`; `_inspector.view` is the widget, and `_inspector.live` listens to a tap.

    view = inspector.show(recording)     or  inspector.live(tap), while traffic flows
    view                                 the widget; a figure and a list where there is no widget
    view.select_message(3)               what a click or an arrow key does, as a call
    view.select_byte(17)                 view.explanation, view.field, view.messages
    view.select_bit(0, 4)                where several fields share a byte
    view.save("chat.json")               view.load("chat.json"), view.export("chat.csv")

New here: one selection, seen in three places.  `ask=True` has the learner name a byte's field
before the inspector does: `view.guess("method")`.
Left out: changing bytes; those of a recording have been sent.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..errors import LocalError
from . import dissect, sequence
from . import recording as recordings
from ._inspector import choice, files
from ._inspector import scene as inspector_scene
from .dissection.messages import Field, Message
from .figures import plot_sequence
from .figures.diagram import Diagram
from .figures.markup import escape
from .recording import Recording
from .tap import Tap

__all__ = ["Inspector", "live", "show"]

MOST = plot_sequence.MOST
NOTHING = "(nothing is recorded yet)"


def show(recording: Recording, *, ask: bool = False, most: int = MOST) -> Inspector:
    """An inspector of what was recorded; `most` messages are in sight at once."""
    return Inspector(recording, ask=ask, most=most)


def live(tap: Tap | Recording, *, ask: bool = False, most: int = MOST) -> Inspector:
    """An inspector that follows while it is recorded, at most four times a second.

    It stops with `close()`, which `lab.finish()` calls, or when another recording is loaded.
    """
    from ._inspector import live as inspector_live

    view = Inspector(tap.recording if isinstance(tap, Tap) else tap, ask=ask, most=most)
    inspector_live.Listener(view).start()
    return view


class Inspector:
    """The messages in sight of a recording, and the selection.  Calls may come from any thread.

    `ask`: whether the learner is asked for a byte's field before it is shown.  `follow`: whether
    new messages come into sight by themselves; choosing one ends that.
    """

    def __init__(self, recording: Recording, *, ask: bool = False, most: int = MOST) -> None:
        if most < 1:
            raise LocalError(f"at least one message is in sight, not {most}")
        self.recording = recording
        self.most = most
        self.on_change: list[Callable[[], None]] = []  # called after each change
        self.listener: Any = None  # an `_inspector.live.Listener`, while there is one
        self.view: Any = None  # an `_inspector.view.View`, once it is shown
        self._follow = False
        self._lock = threading.RLock()
        self._begin(ask)
        self.refresh()

    def _begin(self, ask: bool) -> None:
        self._dissection = dissect.Dissection(self.recording)
        self.messages: list[Message] = []  # all so far
        self.choice = choice.Choice(ask=ask)
        self._first = 0  # index of the first message in sight

    @property
    def in_sight(self) -> list[Message]:
        """At most `most` messages: those that the diagram and the list show."""
        return self.messages[self._first : self._first + self.most]

    @property
    def diagram(self) -> Diagram:
        """The sequence diagram of the messages in sight."""
        return inspector_scene.part(self.recording, self.messages, self.in_sight)

    @property
    def message(self) -> Message | None:
        """The chosen message."""
        return self.choice.message

    @property
    def byte(self) -> int | None:
        """The offset of the chosen byte in the message."""
        return self.choice.byte

    @property
    def field(self) -> Field | None:
        """The chosen field, or the innermost one that has the chosen byte."""
        return self.choice.field

    @property
    def question(self) -> tuple[str, list[str]]:
        """The open question and the names to choose from; "" and [] where none is open."""
        return self.choice.question

    @property
    def explanation(self) -> str:
        """The selection in words."""
        return self.choice.explanation

    def select_message(self, number: int) -> None:
        """Choose a message by its number; it comes into sight.  LocalError if there is none."""
        with self._lock:
            if not 1 <= number <= len(self.messages):
                raise LocalError(f"no message {number}; there are {len(self.messages)}")
            self.choice.take(self.messages[number - 1])
            self._follow = False
            if not self._first < number <= self._first + self.most:
                self._look_from(number - 1 - self.most // 2)
        self._tell()

    def select_byte(self, offset: int) -> None:
        """Choose a byte of the chosen message, and with it its field."""
        with self._lock:
            self.choice.take_byte(offset)
        self._tell()

    def select_bit(self, offset: int, bit: int) -> None:
        """Choose a bit, 0 the highest, of a byte that several fields share, and its field."""
        with self._lock:
            self.choice.take_bit(offset, bit)
        self._tell()

    def select_field(self, name: str) -> None:
        """Choose a field of the chosen message by its id, "0.2", or the first by its name."""
        with self._lock:
            self.choice.take_field(name)
        self._tell()

    def guess(self, name: str) -> bool:
        """Answer the question; `explanation` then says whether it is right, and the right field."""
        with self._lock:
            right = self.choice.guess(name)
        self._tell()
        return right

    @property
    def ask(self) -> bool:
        """Whether the learner is asked for a byte's field before it is shown."""
        return self.choice.ask

    @ask.setter
    def ask(self, on: bool) -> None:
        with self._lock:
            self.choice.set_ask(on)
        self._tell()

    @property
    def follow(self) -> bool:
        """Whether the newest messages stay in sight."""
        return self._follow

    @follow.setter
    def follow(self, on: bool) -> None:
        self._follow = on
        self.refresh()

    def look_from(self, number: int) -> None:
        """Bring the messages from this one on into sight."""
        with self._lock:
            self._follow = False
            self._look_from(number - 1)
        self._tell()

    def _look_from(self, index: int) -> None:
        self._first = max(0, min(index, len(self.messages) - self.most))

    def refresh(self) -> None:
        """Read what has been recorded since.  The choice stays."""
        with self._lock:
            before, self.messages = self.message, self._dissection.messages()
            if before is not None:
                same = [one for one in self.messages if _place(one) == _place(before)]
                self.choice.renew(same[0] if same else None)
            self._look_from(len(self.messages) if self._follow else self._first)
        self._tell()

    def save(self, path: str | Path) -> Path:
        """Write the recording (.json), for `load`.  It holds everything that was said."""
        return self.recording.save(files.checked(path, ".json"))

    def export(self, path: str | Path) -> Path:
        """Write a table for a spreadsheet (.csv) or a log (.txt)."""
        return self.recording.export(files.checked(path, ".csv", ".txt"))

    def load(self, path: str | Path) -> None:
        """Show a saved recording instead."""
        recording = recordings.load(path)
        with self._lock:
            self.close()
            self.recording, self._follow = recording, False
            self._begin(self.ask)
        self.refresh()

    def close(self) -> None:
        """Refresh once more, and stop following.  The messages stay in sight.  Idempotent."""
        if self.listener is not None:
            self.listener.stop()
            self.listener = None
            self.refresh()

    def _tell(self) -> None:
        for each in [*self.on_change]:
            each()

    def __repr__(self) -> str:
        return "\n".join(self.diagram.lines()) or NOTHING

    def _repr_html_(self, *, figure: bool = True) -> str:
        """The stand-in for the widget: a figure and a list of the messages in sight."""
        found = self.diagram
        if not found.arrows and not found.marks:
            return f"<p>{NOTHING}</p>"
        drawn = sequence.plot(found)._repr_html_() if figure else ""
        return f"{drawn}{found.listing().html}<p>{escape(self.explanation)}</p>"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        """The widget and the stand-in; its figure is drawn to be stored, or without widgets."""
        try:
            from ._inspector import view as inspector_view
        except ImportError:
            return {"text/plain": repr(self), "text/html": self._repr_html_()}
        html = self._repr_html_(figure="COURSE_KEEPS_FIGURES" in os.environ)
        return inspector_view.bundle(self) | {"text/plain": repr(self), "text/html": html}


def _place(message: Message) -> tuple[int, str, int]:
    return message.connection, message.direction, message.start
