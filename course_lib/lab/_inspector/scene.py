"""The sequence diagram as shapes for a browser: positions in pixels, and texts.

Lessons 00 and 01 on.  Builds on: `lab.sequence`, `figures.diagram`, `figures.plot_sequence`,
`figures.folded_time`.  Used by: `view`, `lab.inspector`.

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
from ..figures import folded_time, plot_lanes, plot_sequence
from ..figures.diagram import ARRIVED, LOST, UNDER_WAY, Arrow, Diagram, Hold
from ..figures.figure import duration
from ..figures.folded_time import Scale
from ..recording import Recording

INCH = 92.0  # pixels
TOP, BOTTOM = 58.0, 16.0  # above the first time: the lanes' names
TIMES = 72.0  # left of the first lane: the times
BESIDE, APART = 146.0, 190.0  # two lanes: room for labels beside them, and between them
NARROW, MARGIN = 172.0, 70.0  # several lanes: from one to the next; beside the outer ones

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
        "arrows": _arrows(space),
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
        lanes = len(diagram.lanes)
        self.few = lanes <= 2
        self._first = TIMES + (BESIDE if self.few else MARGIN)
        self._step = APART if self.few else NARROW
        last = self.x(max(lanes - 1, 0))
        self.width = round(last + (BESIDE if self.few else MARGIN), 1)
        self.height = round(TOP + scale.height * INCH + BOTTOM, 1)

    def x(self, lane: float) -> float:
        return round(self._first + lane * self._step, 1)

    def y(self, at: float) -> float:
        return self.down(self.scale.y(at))

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


def _arrows(space: _Space) -> list[Shape]:
    """An arrow for each message; a label that would cover another is moved down."""
    free: dict[float, float] = {}
    found = []
    for arrow in sorted(space.diagram.arrows, key=lambda one: one.at):
        shape = _arrow(space, arrow)
        place = shape["label"]
        place["y"] = max(place["y"], free.get(place["x"], place["y"]))
        free[place["x"]] = place["y"] + folded_time.LABEL * INCH
        found.append(shape)
    return found


def _arrow(space: _Space, arrow: Arrow) -> Shape:
    message = arrow.message
    x0, y0, x1 = space.x(arrow.source), space.y(arrow.at), space.x(arrow.target)
    y1 = y0 if message.arrived_at is None else space.y(message.arrived_at)
    share = space.diagram.along(arrow)
    middle = round(x0 + share * (x1 - x0), 1), y0 + share * (y1 - y0)
    if arrow.fate in (LOST, UNDER_WAY):
        x1 = x0 + 0.6 * (x1 - x0)
        y1 = min(y0 + 0.6 * folded_time.SLANT * INCH, space.height - BOTTOM / 2)
    return {
        "number": message.number,
        "layer": message.layer,
        **look_of(message.look),
        "x0": x0,
        "y0": y0,
        "x1": round(x1, 1),
        "y1": round(y1, 1),
        "fate": "arrived" if arrow.fate == ARRIVED else arrow.fate,
        "writes": [
            [space.y(sent), space.y(sent if arrived is None else arrived), space.x(arrow.target)]
            for sent, arrived in arrow.writes
        ],
        **_label(space, arrow, middle),
    }


def _label(space: _Space, arrow: Arrow, middle: tuple[float, float]) -> Shape:
    """The text at the tail, or with many lanes on the arrow, and the delay above the arrow."""
    delay = arrow.message.delay
    spent = duration(delay) if delay else ""
    text = plot_sequence.label(arrow, 17 if space.few else 21)
    if not space.few:
        way = 1 if arrow.target > arrow.source else -1
        x = space.x(arrow.source) + way * NARROW / 2
        place = {"x": x, "y": space.y(arrow.at), "text": text, "align": "middle"}
        return {"label": place, "delay": None}
    left = arrow.source == 0
    x = space.x(arrow.source) + (-8 if left else 8)
    place = {"x": x, "y": space.y(arrow.at), "text": text, "align": "end" if left else "start"}
    over = {"x": middle[0], "y": round(middle[1] - 9, 1), "text": spent} if spent else None
    return {"label": place, "delay": over}
