"""Where the arrows of a sequence diagram are, and their labels, so that no label lies on an arrow.

Lessons 00 and 01 on.  Builds on: `diagram`, `folded_time`.  Used by: `plot_sequence`,
`lab._inspector.scene`.

             client        server
    1 GET /x    \\_  25 ms   |            the delay is in the free room near its arrow;
                  \\_____>   | 2 200 OK   the title too, or outside where there are two lanes

New here: all is in inches from the first lane and the first time, for the figure and the browser.
Two messages at the same time are drawn beside each other.  A label for which there is no room is
cut, is only a number, or is left out: the list has it.
Left out: the lanes, and the times beside them (`plot_lanes`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from .diagram import LOST, UNDER_WAY, Arrow, Diagram
from .figure import duration
from .folded_time import LABEL, SLANT, Scale
from .markup import columns_of

APART = 0.075  # between two arrows that would cover each other
HIGH = 0.13  # a line of text
BESIDE = 0.08  # from a lane to a label outside

Segment = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Room:
    """`step`: from lane to lane; `outside`: beside two lanes; `glyph`: the width of a column."""

    step: float
    outside: float
    glyph: float


@dataclass(slots=True)
class Label:
    """A text whose middle is at (x, y); `align` says which part of it is at `edge`."""

    text: str
    x: float
    y: float
    width: float
    align: str = "center"

    @property
    def edge(self) -> float:
        """The x at which the text is aligned."""
        half = self.width / 2
        return self.x + {"left": -half, "right": half, "center": 0.0}[self.align]

    def meets(self, segment: Segment) -> bool:
        """Whether a line runs through the text."""
        x0, y0, x1, y1 = segment
        low, high = 0.0, 1.0
        sides = ((x0, x1 - x0, self.x, self.width), (y0, y1 - y0, self.y, HIGH))
        for start, way, middle, size in sides:
            near, far = middle - size / 2 - start, middle + size / 2 - start
            if way == 0:
                if near > 0 or far < 0:
                    return False
                continue
            first, last = sorted((near / way, far / way))
            low, high = max(low, first), min(high, last)
        return low <= high

    def covers(self, other: Label) -> bool:
        beside = abs(self.x - other.x) < (self.width + other.width) / 2
        return beside and abs(self.y - other.y) < HIGH


@dataclass(slots=True)
class Place:
    """An arrow from (x0, y0) to (x1, y1); `writes` are the lines of its earlier pieces."""

    arrow: Arrow
    x0: float
    y0: float
    x1: float
    y1: float
    writes: list[Segment] = field(default_factory=list)
    title: Label | None = None
    delay: Label | None = None

    @property
    def lines(self) -> list[Segment]:
        return [(self.x0, self.y0, self.x1, self.y1), *self.writes]

    def moved(self, down: float) -> None:
        self.y0, self.y1 = self.y0 + down, self.y1 + down
        self.writes = [(x0, y0 + down, x1, y1 + down) for x0, y0, x1, y1 in self.writes]


def places(diagram: Diagram, scale: Scale, room: Room) -> list[Place]:
    """A place for each arrow, in the order of time."""
    found: list[Place] = []
    for arrow in sorted(diagram.arrows, key=lambda one: one.at):
        place = _arrow(arrow, scale, room)
        place.moved(_down(place, found))
        found.append(place)
    lines = [line for place in found for line in place.lines]
    lines += [(lane * room.step, 0.0, lane * room.step, 1e9) for lane in range(len(diagram.lanes))]
    labels: list[Label] = []
    if len(diagram.lanes) <= 2:
        _titles_outside(found, room)
    else:
        most = int(0.92 * room.step / room.glyph) - 4
        for place in found:
            shorter = [title(place.arrow, limit) for limit in (most, 2 * most // 3, most // 2)]
            texts = [*dict.fromkeys(shorter), f"{place.arrow.message.number}"]
            place.title = _free(place, texts, room, lines, labels)
    for place in found:
        if delay := place.arrow.message.delay:
            place.delay = _free(place, [duration(delay)], room, lines, labels)
    return found


def title(arrow: Arrow, limit: int) -> str:
    """The text at an arrow: its number, and at most `limit` characters of its title."""
    message = arrow.message
    text = message.title if message.state == "whole" else f"({message.state}) {message.title}"
    text = text if len(text) <= limit else text[: max(limit, 1) - 1] + "…"
    return f"{message.number}  {text}"


def _arrow(arrow: Arrow, scale: Scale, room: Room) -> Place:
    x0, x1 = arrow.source * room.step, arrow.target * room.step
    arrived = arrow.message.arrived_at
    y0 = scale.y(arrow.at)
    y1 = y0 if arrived is None else scale.y(arrived)
    writes = [
        (x0, scale.y(sent), x1, scale.y(sent if came is None else came))
        for sent, came in arrow.writes
    ]
    if arrow.fate in (LOST, UNDER_WAY):
        x1 = x0 + 0.6 * (x1 - x0)
        y1 = min(y0 + 0.6 * SLANT, scale.height + 0.1)
    return Place(arrow, x0, y0, x1, y1, writes)


def _down(place: Place, before: Sequence[Place]) -> float:
    """How far to move an arrow so that it covers none of those `before` it."""

    def ends(one: Place) -> tuple[float, float]:
        """Its heights on the left and on the right."""
        return (one.y0, one.y1) if one.x0 < one.x1 else (one.y1, one.y0)

    lanes = {place.arrow.source, place.arrow.target}
    others = [ends(one) for one in before if {one.arrow.source, one.arrow.target} == lanes]
    left, right = ends(place)
    down = 0.0
    for a, b in sorted(others):
        if abs(left + down - a) < APART and abs(right + down - b) < APART:
            down = max(a - left, b - right) + APART
    return down


def _titles_outside(found: Sequence[Place], room: Room) -> None:
    """With two lanes: beside the tail; a title that would cover another is moved down."""
    free: dict[float, float] = {}
    for place in found:
        text = title(place.arrow, int((room.outside - BESIDE) / room.glyph) - 4)
        width = columns_of(text) * room.glyph
        left = place.arrow.source == 0
        x = place.x0 + (-1 if left else 1) * (BESIDE + width / 2)
        y = max(place.y0, free.get(place.x0, place.y0))
        free[place.x0] = y + LABEL
        place.title = Label(text, x, y, width, "right" if left else "left")


def _free(
    place: Place,
    texts: Sequence[str],
    room: Room,
    lines: Sequence[Segment],
    labels: list[Label],
) -> Label | None:
    """The first of `texts` for which there is room near the arrow, and where; it joins `labels`."""
    for text in texts:
        for one in _wishes(place, text, room):
            in_sight = one.y > HIGH / 2 and not any(one.meets(line) for line in lines)
            if in_sight and not any(one.covers(other) for other in labels):
                labels.append(one)
                return one
    return None


def _wishes(place: Place, text: str, room: Room) -> Iterator[Label]:
    """Where a text may be: near the middle of a gap between lanes, above the arrow, then below."""
    width = columns_of(text) * room.glyph
    way = place.x1 - place.x0
    lean = (place.y1 - place.y0) / way if way else 0.0
    gap = room.step if way > 0 else -room.step
    centres = [place.x0 + gap / 2, place.x0 + gap * 0.34, place.x0 + gap * 0.66]
    if abs(way) > 1.5 * room.step:
        centres.append(place.x1 - gap / 2)
    for further in (0.0, 0.6 * LABEL, 1.2 * LABEL, 2 * LABEL):
        clear = HIGH / 2 + abs(lean) * width / 2 + 0.03 + further
        for x in centres:
            if (x - place.x0) / way > 1:  # a message that did not get so far
                continue
            on_arrow = place.y0 + lean * (x - place.x0)
            yield Label(text, x, on_arrow - clear, width)
            yield Label(text, x, on_arrow + clear, width)
