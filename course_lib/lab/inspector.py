"""The inspector: a diagram, the messages and their bytes, each leading to the other two.

Lessons 00 and 01 on.  Builds on: `dissect`, `sequence`, `inspector_fields`, `inspector_scene`;
`inspector_view` is the widget, and `inspector_live` listens to a tap.

    view = inspector.show(recording)     or  inspector.live(tap), while traffic flows
    view                                 the widget; a figure and a list where there is no widget
    view.select_message(3)               what a click or an arrow key does, as a call
    view.select_byte(17)                 view.explanation, view.field, view.messages
    view.save("chat.json")               view.load("chat.json"), view.export("chat.csv")

New here: one selection, seen in three places.  `ask=True` has the learner name a byte's field
before the inspector does: `view.guess("method")`.
Left out: changing bytes; what is on the wire has been sent.
"""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..errors import LocalError
from . import dissect, inspector_fields, plot_sequence, recording_file, sequence
from . import recording as recordings
from .diagram import Diagram
from .markup import escape
from .messages import Field, Message
from .recording import Recording
from .tap import Tap

__all__ = ["Inspector", "live", "show"]

MOST = plot_sequence.MOST


def show(recording: Recording, *, ask: bool = False, most: int = MOST) -> Inspector:
    """An inspector of what was recorded; `most` messages are in sight at once."""
    return Inspector(recording, ask=ask, most=most)


def live(tap: Tap | Recording, *, ask: bool = False, most: int = MOST) -> Inspector:
    """An inspector that follows while it is recorded, at most four times a second.

    It stops with `close()`, which `lab.finish()` calls, or when another recording is loaded.
    """
    from . import inspector_live

    view = Inspector(tap.recording if isinstance(tap, Tap) else tap, ask=ask, most=most)
    inspector_live.Listener(view).start()
    return view


class Inspector:
    """What is seen of a recording, and what is chosen in it.  Calls come from any thread.

    `ask`: whether to ask for a byte's field before telling it.  `follow`: whether new messages come
    into sight by themselves; choosing one ends that.  `status` is what the last command did.
    """

    def __init__(self, recording: Recording, *, ask: bool = False, most: int = MOST) -> None:
        if most < 1:
            raise LocalError(f"at least one message is in sight, not {most}")
        self.recording = recording
        self.most = most
        self.status = ""
        self.listener: Any = None  # `inspector_live.Listener`
        self.on_change: list[Callable[[], None]] = []
        self._ask, self._follow = ask, False
        self._lock = threading.RLock()
        self._forget()
        self.refresh()

    def _forget(self) -> None:
        self._dissection = dissect.Dissection(self.recording)
        self.messages: list[Message] = []  # all so far
        self.message: Message | None = None  # the chosen one
        self.byte: int | None = None
        self._path: list[Field] = []
        self._told = True  # False while a question waits for a guess
        self._verdict = ""
        self._first = 0  # index of the first message in sight

    # What is seen.

    @property
    def in_sight(self) -> list[Message]:
        """At most `most` messages: those that the diagram and the list show."""
        return self.messages[self._first : self._first + self.most]

    @property
    def field(self) -> Field | None:
        """The chosen field: the innermost one that has the chosen byte."""
        return self._path[-1] if self._path and self._told else None

    @property
    def field_id(self) -> str:
        """Where the chosen field is in the tree, as `inspector_fields` counts."""
        if self.field is None or self.message is None:
            return ""
        return inspector_fields.id_of(self.message, self._path)

    @property
    def diagram(self) -> Diagram:
        """The sequence diagram of the messages in sight."""
        shown = self.in_sight
        every = len(shown) == len(self.messages)
        start = 0.0 if not self._first else min(one.at for one in shown)
        stop = None if every or not shown else max(one.arrived_at or one.at for one in shown)
        found = sequence.of(self.recording, messages=self.messages, start=start, stop=stop)
        numbers = {one.number for one in shown}
        arrows = [arrow for arrow in found.arrows if arrow.message.number in numbers]
        return dataclasses.replace(found, arrows=arrows)

    @property
    def question(self) -> tuple[str, list[str]]:
        """What is asked, and the names to choose from; nothing where nothing is asked."""
        if self._told or self.message is None or self.byte is None:
            return "", []
        return inspector_fields.question(self.message, self.byte)

    @property
    def explanation(self) -> str:
        """What is chosen, in words."""
        if self.message is None:
            return "Choose a message: its fields and its bytes appear." if self.messages else ""
        if not self._told:
            return self.question[0]
        if self.byte is not None:
            return self._verdict + inspector_fields.about_byte(self.message, self.byte)
        if self._path:
            return inspector_fields.about(self._path)
        return self._about_message(self.message)

    def _about_message(self, message: Message) -> str:
        up = message.direction == "up"
        parts = [f"Message {message.number}, {'client to server' if up else 'server to client'}"]
        parts[0] += f": {message.title} ({message.layer}, {message.size:,} bytes)."
        if message.delay is not None:
            parts.append(f"It was on the way for {message.delay * 1000:,.1f} ms.")
        if message.note:
            parts.append(f"{message.note[:1].upper()}{message.note[1:]}.")
        return " ".join(parts)

    # What is chosen.

    def select_message(self, number: int) -> None:
        """Choose a message by its number; it comes into sight.  LocalError if there is none."""
        with self._lock:
            if not 1 <= number <= len(self.messages):
                raise LocalError(f"no message {number}; there are {len(self.messages)}")
            self.message = self.messages[number - 1]
            self.byte, self._path, self._told, self._verdict = None, [], True, ""
            self._follow = False
            if not self._first < number <= self._first + self.most:
                self._look_from(number - 1 - self.most // 2)
        self.tell()

    def select_byte(self, offset: int) -> None:
        """Choose a byte of the chosen message, and with it its field."""
        with self._lock:
            message = self._chosen()
            if not 0 <= offset < len(message.data):
                raise LocalError(f"message {message.number} has the bytes 0 to {message.size - 1}")
            self.byte, self._path, self._verdict = offset, message.path(offset), ""
            self._told = not (self.ask and inspector_fields.question(message, offset)[1])
        self.tell()

    def select_field(self, name: str) -> None:
        """Choose a field of the chosen message by its id, "0.2", or the first by its name."""
        with self._lock:
            self._path = inspector_fields.path_of(self._chosen(), name)
            self.byte, self._told, self._verdict = None, True, ""
        self.tell()

    def guess(self, name: str) -> bool:
        """Answer the question; `explanation` then says whether, and what is right."""
        with self._lock:
            if name not in self.question[1]:
                names = ", ".join(self.question[1])
                raise LocalError(f"not one of {names}" if names else "nothing was asked")
            right = self._path[-1].name == name
            self._told = True
            self._verdict = "Right. " if right else f"It is not in {name}. "
        self.tell()
        return right

    def _chosen(self) -> Message:
        if self.message is None:
            raise LocalError("choose a message first: select_message(1)")
        return self.message

    @property
    def ask(self) -> bool:
        """Whether a byte's field is asked for before it is told."""
        return self._ask

    @ask.setter
    def ask(self, on: bool) -> None:
        self._ask = on
        self._told = self._told or not on
        self.tell()

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
        self.tell()

    def _look_from(self, index: int) -> None:
        self._first = max(0, min(index, len(self.messages) - self.most))

    # What is recorded.

    def refresh(self) -> None:
        """Read what has been recorded since; the choice stays."""
        with self._lock:
            before, self.messages = self.message, self._dissection.messages()
            if before is not None:
                place = before.connection, before.direction, before.start
                same = [m for m in self.messages if _place(m) == place]
                self.message = same[0] if same else None
            if self.message is None:
                self.byte, self._path, self._told = None, [], True
            elif self.message is not before and self._path:
                self._path = self.message.path(self._path[-1].start)
            if self.follow:
                self._look_from(len(self.messages))
        self.tell()

    def save(self, path: str | Path) -> Path:
        """Write the recording, for `load`.  It holds everything that was said."""
        _check_name(path, (".json",))
        return self.recording.save(path)

    def load(self, path: str | Path) -> None:
        """Look at a saved recording instead."""
        recording = recordings.load(path)
        if self.listener is not None:
            self.listener.stop()
        with self._lock:
            self.recording, self._follow = recording, False
            self._forget()
        self.refresh()

    def export(self, path: str | Path) -> Path:
        """Write a table for a spreadsheet (.csv) or a log (.txt)."""
        _check_name(path, (".csv", ".txt"))
        return self.recording.export(path)

    def close(self) -> None:
        """Follow no longer; what is seen stays.  Idempotent."""
        if self.listener is not None:
            self.listener.stop()
            self.refresh()

    def tell(self) -> None:
        """Say that something has changed."""
        for each in [*self.on_change]:
            each()

    # What a cell shows.

    def __repr__(self) -> str:
        return "\n".join(self.diagram.lines()) or "(nothing recorded yet)"

    def _repr_html_(self) -> str:
        """The stand-in: a figure and a list, of the messages in sight."""
        found = self.diagram
        if not found.arrows and not found.marks:
            return "<p>Nothing is recorded yet.</p>"
        chosen = f"<p>{escape(self.explanation)}</p>" if self.message else ""
        return plot_sequence.sequence(found)._repr_html_() + found.listing().html + chosen

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        """The widget, and the stand-in for whoever cannot show it."""
        bundle: dict[str, Any] = {"text/plain": repr(self), "text/html": self._repr_html_()}
        try:
            from . import inspector_view
        except ImportError:
            return bundle
        return inspector_view.bundle(self) | bundle
