"""Where arrows and labels are: nothing lies on anything, in numbers and in the drawn figure."""

from __future__ import annotations

import itertools
import random

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from course_lib.lab import sequence
from course_lib.lab._inspector import scene as inspector_scene
from course_lib.lab.figures import arrow_places, figure, folded_time, plot_sequence
from course_lib.lab.figures.arrow_places import Label, Place
from course_lib.lab.figures.diagram import Diagram
from course_lib.lab.recording import RECEIVED, SENT, Recording

GET = b"GET /messages?since=%d&name=somebody HTTP/1.1\r\nHost: s\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


def traffic(clients: int, seed: int, *, most: float = 0.05) -> Diagram:
    """Questions and answers of each client, at random times, each on the way for a while."""
    dice = random.Random(seed)
    recording = Recording("traffic")
    events = []
    for number in range(clients):
        client = recording.open(0.0, "client", f"c:{number}", "s:1")
        server = recording.open(0.0, "server", "s:1", f"c:{number}")
        assert client is not None and server is not None
        at = dice.random() * most
        for each in range(12 // clients):
            for sender, receiver, data in ((client, server, GET % each), (server, client, OK)):
                events.append((at, sender, SENT, data))
                at += dice.random() * most
                events.append((at, receiver, RECEIVED, data))
                at += dice.choice((0.0, dice.random() * most))
    for event in sorted(events, key=lambda one: one[0]):
        recording.add(*event)
    return sequence.of(recording)


def placed(diagram: Diagram) -> list[Place]:
    delays = [one.message.delay for one in diagram.arrows if one.message.delay]
    scale = folded_time.scale(plot_sequence.times(diagram), delays)
    return arrow_places.places(diagram, scale, plot_sequence.room_for(len(diagram.lanes)))


def labels(places: list[Place]) -> list[Label]:
    return [one for place in places for one in (place.title, place.delay) if one is not None]


def lies_on(label: Label, place: Place) -> bool:
    """Whether a point of the arrow is inside the label: by trying many, not by a formula."""
    for step in range(401):
        share = step / 400
        x = place.x0 + share * (place.x1 - place.x0)
        y = place.y0 + share * (place.y1 - place.y0)
        inside = abs(x - label.x) < label.width / 2 and abs(y - label.y) < arrow_places.HIGH / 2
        if inside:
            return True
    return False


@pytest.mark.parametrize("clients", [1, 2, 3, 4])
@pytest.mark.parametrize("seed", range(4))
def test_no_label_lies_on_an_arrow_or_on_another_label(clients: int, seed: int) -> None:
    """However the messages cross; and where there is room, each has its title."""
    places = placed(traffic(clients, seed))
    found = labels(places)
    assert not [(one, place) for one in found for place in places if lies_on(one, place)]
    assert not [pair for pair in itertools.combinations(found, 2) if pair[0].covers(pair[1])]
    titled = [place for place in places if place.title is not None]
    assert len(titled) >= 0.8 * len(places)


def test_two_messages_of_one_moment_are_drawn_beside_each_other() -> None:
    """Both ways, and level ones, which no delay keeps apart."""
    recording = Recording("at once")
    client = recording.open(0.0, "client", "c:1", "s:1")
    server = recording.open(0.0, "server", "s:1", "c:1")
    assert client is not None and server is not None
    for sender, receiver, data in ((client, server, GET % 1), (server, client, OK)):
        for _ in range(3):
            recording.add(0.5, sender, SENT, data)
            recording.add(0.5, receiver, RECEIVED, data)
    places = placed(sequence.of(recording))
    assert len(places) == 6
    lefts = sorted(min((p.x0, p.y0), (p.x1, p.y1))[1] for p in places)
    assert all(b - a >= arrow_places.APART - 1e-9 for a, b in itertools.pairwise(lefts))


@pytest.mark.parametrize("clients", [1, 3])
def test_in_the_drawn_figure_no_text_lies_on_an_arrow(clients: int) -> None:
    """With the widths of real letters, in pixels."""
    diagram = traffic(clients, 1)
    drawing = sequence.plot(diagram)._figure
    assert drawing is not None
    with figure.look():
        FigureCanvasAgg(drawing).draw()
        (axes,) = drawing.axes
        arrows = [text for text in axes.texts if getattr(text, "arrow_patch", None)]
        words = [text for text in axes.texts if text.get_text() and "\n" not in text.get_text()]
        assert len(arrows) == len(diagram.arrows) and len(words) > len(arrows)
        for arrow in arrows:
            (x0, y0), (x1, y1) = axes.transData.transform([arrow.xyann, arrow.xy])
            for word in words:
                box = word.get_window_extent().padded(-0.5)
                for step in range(401):
                    share = step / 400
                    at = x0 + share * (x1 - x0), y0 + share * (y1 - y0)
                    assert not box.contains(*at), word.get_text()


def test_in_the_inspector_every_label_is_inside_the_frame() -> None:
    """The widest title, beside two lanes and between several."""
    for clients in (1, 3):
        scene = inspector_scene.scene(traffic(clients, 2))
        for arrow in scene["arrows"]:
            for label in (arrow["label"], arrow["delay"]):
                if label is None:
                    continue
                width = len(label["text"]) * inspector_scene.GLYPH
                left = {"start": 0.0, "middle": width / 2, "end": width}[label["align"]]
                assert label["x"] - left >= inspector_scene.TIMES - 4, label
                assert label["x"] - left + width <= scene["width"], label
