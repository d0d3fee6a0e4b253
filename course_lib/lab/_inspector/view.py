"""The inspector as a widget: its state goes to the browser, the learner's clicks come back.

Lessons 00 and 01 on.  Builds on: `fields`, `scene`, anywidget; `static/inspector.js` draws it.
Used by: `lab.inspector`.

    kernel   messages, scene, detail, chosen, bar   --->  browser
             {"do": "byte", "offset": 17}           <---  a click, or an arrow key

New here: what ipywidgets cannot express.  The browser holds no state of its own: it sends a wish,
the view calls the function that does the same, and sends back what changed.  A wish has a number,
so that the browser can drop late answers to earlier ones while an arrow key is held down.
Left out: everything that can be tested without a browser.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...errors import LocalError
from .. import extra
from . import fields
from . import scene as inspector_scene

with extra.needed():
    import anywidget
    import traitlets

if TYPE_CHECKING:
    from ..inspector import Inspector

STATIC = Path(__file__).parent / "static"
PRIVATE = "It holds everything that was said, passwords included."


class View(anywidget.AnyWidget):  # type: ignore[misc, unused-ignore]
    """The widget of one inspector, which any number of cells may show."""

    _esm = STATIC / "inspector.js"
    _css = STATIC / "inspector.css"

    messages: Any = traitlets.List().tag(sync=True)
    scene = traitlets.Dict().tag(sync=True)
    detail = traitlets.Dict().tag(sync=True)
    chosen = traitlets.Dict().tag(sync=True)
    bar = traitlets.Dict().tag(sync=True)

    def __init__(self, inspector: Inspector) -> None:
        super().__init__()
        self._inspector = inspector
        self._answering: dict[str, Any] = {}
        self._status = ""
        self._drawn: object = None
        self._pulling = threading.RLock()
        self.on_msg(self._wished)
        inspector.on_change.append(self.pull)
        self.pull()

    def pull(self) -> None:
        """Send to the browser what has changed."""
        seen = self._inspector
        with self._pulling, self.hold_sync():
            drawn = [(id(one), one.arrived_at, one.number) for one in seen.in_sight]
            key = (id(seen.recording), len(seen.recording.events), drawn)
            if key != self._drawn:  # a new selection alone does not change the diagram
                self._drawn = key
                found = seen.diagram
                self.scene = inspector_scene.scene(found)
                self.messages = inspector_scene.rows(found)
            self.detail = self._detail()
            self.chosen = self._chosen()
            self.bar = self._bar()

    def _detail(self) -> dict[str, Any]:
        message = self._inspector.message
        if message is None:
            return {}
        around = self._inspector.byte
        if around is None:
            around = 0 if self._inspector.field is None else self._inspector.field.start
        rows = fields.rows_of_bytes(message, around)
        unseen = self._inspector.ask and self._inspector.field is None
        asked = unseen or bool(self._inspector.question[1])  # do not send its answer
        return {
            "number": message.number,
            "title": message.title,
            "size": len(message.data),
            "rows": rows,
            "fields": [] if asked else fields.tree(message),
            "bits": [] if asked else fields.rows_of_bits(message),
            "arrived": message.size if message.arrived_bytes is None else message.arrived_bytes,
        }

    def _chosen(self) -> dict[str, Any]:
        seen = self._inspector
        text, names = seen.question
        return {
            "message": seen.message.number if seen.message else 0,
            "byte": seen.byte,
            "bit": seen.choice.bit,
            "bits": seen.field.bits if seen.field else None,
            "field": seen.choice.field_id,
            "start": seen.field.start if seen.field else 0,
            "stop": seen.field.stop if seen.field else 0,
            "explanation": seen.explanation,
            "question": text,
            "names": names,
            **self._answering,
        }

    def _bar(self) -> dict[str, Any]:
        seen = self._inspector
        return {
            "name": seen.recording.name,
            "total": len(seen.messages),
            "first": seen.in_sight[0].number if seen.messages else 0,
            "last": seen.in_sight[-1].number if seen.messages else 0,
            "most": seen.most,
            "live": seen.listener is not None,
            "follow": seen.follow,
            "ask": seen.ask,
            "missed": seen.recording.missed_events,
            "status": self._status,
        }

    def _wished(self, _: Any, wish: Any, __: Any) -> None:
        """Call the function that does the same as the learner's click or key."""
        wishes: dict[str, Callable[[Any], object]] = {
            "message": self._inspector.select_message,
            "byte": self._inspector.select_byte,
            "field": self._inspector.select_field,
            "bit": lambda place: self._inspector.select_bit(*place),
            "guess": self._inspector.guess,
            "from": self._inspector.look_from,
            "ask": lambda on: setattr(self._inspector, "ask", bool(on)),
            "follow": lambda on: setattr(self._inspector, "follow", bool(on)),
            "save": self._save,
            "export": lambda name: f"Exported to {self._inspector.export(name)}.",
            "load": self._load,
        }
        self._answering = {"view": wish["view"], "wish": wish["wish"]}
        try:
            said = wishes[wish["do"]](wish["what"])
        except (LocalError, OSError) as error:
            said = str(error)
        self._status = said if isinstance(said, str) else ""
        self.pull()

    def _save(self, name: str) -> str:
        return f"Saved to {self._inspector.save(name)}. {PRIVATE}"

    def _load(self, name: str) -> str:
        self._inspector.load(name)
        return f"Loaded {name}."


def bundle(inspector: Inspector) -> dict[str, Any]:
    """The MIME bundle of the inspector's widget, which is made when it is first shown."""
    if inspector.view is None:
        inspector.view = View(inspector)
    shown = inspector.view._repr_mimebundle_()
    return dict(shown[0] if isinstance(shown, tuple) else shown)
