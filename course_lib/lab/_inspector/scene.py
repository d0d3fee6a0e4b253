"""The sequence diagram as shapes for a browser: positions in pixels, and texts.

Lessons 00 and 01 on.  Builds on: `lab.sequence`, `figures.diagram`, `figures.plot_sequence`,
`figures.folded_time`, `figures.arrow_places`.  Used by: `view`, `lab.inspector`.

    Diagram  ->  {"width": 540, "height": 410, "alt": "6 messages (http) on 1 connection, ...",
                  "lanes": [...], "arrows": [{"number": 3, "x0": 160, "y0": 92, ...}], ...}

New here: nothing is computed in the browser.  What is drawn there is this value, made of the same
rows, the same folded time, and the same look of each layer as the figure of `plot_sequence`.
Left out: drawing (`static/inspector.js`), and which message is chosen.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from .. import sequence
from ..dissection.messages import Message
from ..figures import arrow_places, folded_time, plot_lanes, plot_sequence
from ..figures.arrow_places import Label, Place, Room
from ..figures.diagram import Diagram, Hold
from ..figures.figure import duration
from ..figures.folded_time import Scale
from ..recording import Recording

INCH = 92.0  # pixels
TOP, BOTTOM = 58.0, 16.0  # above the first time: the lanes' names
TIMES = 76.0  # left of the first lane: the times
BESIDE, APART = 140.0, 140.0  # two lanes: room for labels beside them, and between them
NARROW, MARGIN = 172.0, 62.0  # several lanes: from one to the next; beside the outer ones
GLYPH = 6.3  # the width of a column of text

Shape = dict[str, Any]


def scene(diagram: Diagram) -> Shape:
    """The shapes to draw.  All values are plain, so that they can be sent as JSON."""
    times = plot_sequence.times(diagram)
    delays = [arrow.message.delay for arrow in diagram.arrows if arrow.message.delay]
    space = _Space(diagram, folded_time.scale(times, delays))
    return {
        "width": space.width,
        "height": space.height,
        "alt": plot_sequence.finding(diagram) if diagram.arrows or diagram.marks else "Nothing.",
        "lanes": [_lane(space, index) for index in range(len(diagram.lanes))],
        "ticks": [
            {"y": space.down(inches), "text": text}
            for inches, text in plot_lanes.ticks(space.scale)
        ],
        "folds": [[space.y(start), space.y(stop)] for start, stop in space.scale.folded],
        "holds": [_hold(space, hold) for hold in diagram.holds],
        "marks": [
            {"x": space.x(mark.lane), "y": space.y(mark.at), "what": mark.what}
            for mark in diagram.marks
        ],
        "arrows": [_arrow(space, place) for place in space.places],
        "layers": [{"name": look, **look_of(look)} for look in diagram.looks],
    }


def part(recording: Recording, messages: Sequence[Message], shown: Sequence[Message]) -> Diagram:
    """The diagram of the messages `shown`, which are some of `messages`, one after another."""
    if len(shown) == len(messages):
        return sequence.of(recording, messages=messages)
    start = min(one.at for one in shown) if shown[0] is not messages[0] else 0.0
    stop = max(one.at if one.arrived_at is None else one.arrived_at for one in shown)
    lanes = list(dict.fromkeys(one.connection for one in shown))
    found = sequence.of(recording, messages=messages, connections=lanes, start=start, stop=stop)
    numbers = {one.number for one in shown}
    arrows = [arrow for arrow in found.arrows if arrow.message.number in numbers]
    return dataclasses.replace(found, arrows=arrows)


def rows(diagram: Diagram) -> list[Shape]:
    """The list of messages: a row for each, with a sentence for a screen reader."""
    held = {id(hold.answer): hold for hold in diagram.holds}
    return [
        {
            "number": arrow.message.number,
            "way": "→" if arrow.target > arrow.source else "←",
            "title": arrow.message.title,
            "size": arrow.message.size,
            "delay": duration(arrow.message.delay) if arrow.message.delay is not None else "",
            "state": arrow.message.state,
            "fate": arrow.fate,
            "layer": arrow.message.layer,
            **look_of(arrow.message.look),
            "label": f"{arrow.message.number}. "
            + diagram.sentence(arrow, held.get(id(arrow.message))),
        }
        for arrow in diagram.arrows
    ]


def look_of(look: str) -> Shape:
    """A colour, and a line as SVG writes dashes ("" for an unbroken one)."""
    style = plot_sequence.look_of(look)
    dash = "" if style.line == "-" else " ".join(f"{1.5 * part:g}" for part in style.line[1])
    return {"color": style.color, "dash": dash}


class _Space:
    """The positions of lanes and times in pixels."""

    def __init__(self, diagram: Diagram, scale: Scale) -> None:
        self.diagram = diagram
        self.scale = scale
        few = len(diagram.lanes) <= 2
        self._beside = BESIDE if few else MARGIN
        self._step = APART if few else NARROW
        room = Room(self._step / INCH, self._beside / INCH, GLYPH / INCH)
        self.places = arrow_places.places(diagram, scale, room)
        depth = max([scale.height, *(max(one.y0, one.y1) for one in self.places)])
        self.width = round(self.x(max(len(diagram.lanes) - 1, 0)) + self._beside, 1)
        self.height = round(TOP + depth * INCH + BOTTOM, 1)

    def x(self, lane: float) -> float:
        return round(TIMES + self._beside + lane * self._step, 1)

    def y(self, at: float) -> float:
        return self.down(self.scale.y(at))

    def across(self, inches: float) -> float:
        return round(TIMES + self._beside + inches * INCH, 1)

    @staticmethod
    def down(inches: float) -> float:
        return round(TOP + inches * INCH, 1)


def _lane(space: _Space, index: int) -> Shape:
    """The line of a lane, and the stretches in which a connection is open there."""
    lane, found = space.diagram.lanes[index], []
    marks = [mark for mark in space.diagram.marks if mark.lane == index]
    for number in lane.connections:
        mine = {mark.what: mark.at for mark in marks if mark.connection == number}
        if "refused" in mine or not lane.recorded:
            continue
        top = space.y(mine["opened"]) if "opened" in mine else space.down(0)
        ends = [at for what, at in mine.items() if what in ("closed", "broke")]
        found.append([top, space.y(ends[0]) if ends else space.height - BOTTOM / 2])
    return {"x": space.x(index), "title": lane.title, "address": lane.address, "open": found}


def _hold(space: _Space, hold: Hold) -> Shape:
    stop = space.height - BOTTOM / 2 if hold.stop is None else space.y(hold.stop)
    return {"x": space.x(hold.lane), "y0": space.y(hold.start), "y1": stop}


def _arrow(space: _Space, place: Place) -> Shape:
    message = place.arrow.message
    return {
        "number": message.number,
        "layer": message.layer,
        **look_of(message.look),
        "x0": space.across(place.x0),
        "y0": space.down(place.y0),
        "x1": space.across(place.x1),
        "y1": space.down(place.y1),
        "fate": place.arrow.fate,
        "writes": [
            [space.down(y0), space.down(y1), space.across(x1)] for _, y0, x1, y1 in place.writes
        ],
        "label": _label(space, place.title),
        "delay": _label(space, place.delay),
    }


def _label(space: _Space, label: Label | None) -> Shape | None:
    if label is None:
        return None
    align = {"left": "start", "right": "end", "center": "middle"}[label.align]
    x, y = space.across(label.edge), space.down(label.y)
    return {"x": x, "y": y, "text": label.text, "align": align}
