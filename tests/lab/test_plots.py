"""Figures, tested on what they draw, on the words that say it, and on the bytes they leave."""

from __future__ import annotations

import base64
import functools
import gc
import json
import math
import re
import subprocess
import sys
import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

from course_lib.errors import LocalError
from course_lib.lab import models, plots
from course_lib.lab.figures import figure, markup, plot_latency, plot_sequence
from course_lib.lab.runs import Delivery, Exchange, Run


def polled(
    label: str, *latencies: float | None, requests: int = 10, empty: int = 8, **details: Any
) -> Run:
    """A run with these latencies, five bytes each, one message a second."""
    deliveries = [
        Delivery(float(i), float(i), None if late is None else i + late, "kim", b"hello")
        for i, late in enumerate(latencies)
    ]
    exchanges = [Exchange(0.5 * i, 0.5 * i + 0.25, int(i >= empty), "kim") for i in range(requests)]
    return Run(label, deliveries, requests, 600, 400, 1, 6.0, details, exchanges, empty)


SHORT = polled("every 1 s", 0.2, 0.4, 0.6, 0.8, 1.0, rtt=0.05, interval=1.0, rate=1.0)
FAR = polled("every 1 s", 0.3, 0.5, 0.7, 0.9, 1.1, rtt=0.2, interval=1.0, rate=1.0)
LONG = polled("long", 0.025, 0.025, 0.025, 0.05, 0.075, rtt=0.05, hold=25.0, rate=1.0)
LOSSY = polled("lossy", 0.1, None, 0.3, None, rtt=0.05)
PUSHED = polled(
    "WebSocket",
    0.025,
    0.025,
    0.026,
    0.025,
    0.025,
    requests=1,
    empty=0,
    rtt=0.05,
    push=True,
    rate=1.0,
)
DRAWINGS: dict[str, Callable[[], plots.Plot]] = {
    "latency": lambda: plots.latency([SHORT, LONG, FAR, LOSSY], bet=0.3),
    "percentiles": lambda: plots.percentiles([SHORT, LONG, LOSSY], bet=0.3),
    "sweep": lambda: plots.sweep([SHORT, FAR, LONG], bet=(1.0, 0.3)),
    "cost": lambda: plots.cost([SHORT, LONG], bet_requests=3, bet_bytes=100),
    "comparison": lambda: plots.comparison([SHORT, LONG, PUSHED], bet={"long": 0.3}),
    "timeline": lambda: plots.timeline(LOSSY),
}


@functools.cache
def drawn(name: str) -> plots.Plot:
    """Each once for all tests; drawing takes a third of a second."""
    return DRAWINGS[name]()


@pytest.mark.parametrize("name", ["latency", "cost"])  # all share one way to the bytes
def test_the_same_data_gives_the_same_bytes(name: str) -> None:
    """Nothing of the time, the machine or the software is in the PNG."""
    first, second = drawn(name), DRAWINGS[name]()
    assert first.png == second.png
    assert first.png.startswith(b"\x89PNG")
    assert not any(word in first.png for word in (b"tEXt", b"tIME", b"atplotlib"))
    assert len(first.png) < 120_000


@pytest.mark.parametrize("name", DRAWINGS)
def test_a_plot_is_a_figure_with_words_and_a_table(name: str) -> None:
    """Alternative text and caption, the picture inside, a row for each row of data."""
    plot = drawn(name)
    shape = (
        r'<figure class="course-figure" [^>]*><style>[^<]+</style>'
        r'<img alt="[^"]{20,}" [^>]*src="data:image/png;base64,([^"]+)">'
        r"<figcaption[^>]*>[^<]+</figcaption><details><summary>Data</summary>"
        r'<div role="group" tabindex="0" [^>]*overflow:auto[^>]*><table>.*</table></div>'
        r"</details></figure>"
    )
    found = re.fullmatch(shape, plot._repr_html_())
    assert found is not None
    assert base64.b64decode(found[1]) == plot.png
    assert plot._repr_html_().count("<tr>") == 1 + len(plot.data)
    assert repr(plot) == f"<Plot {name}: {len(plot.data)} rows of data>"


def test_labels_are_escaped_in_words_and_table() -> None:
    """A label is text, whatever stands in it."""
    run = polled('<script>"&', 0.1, rtt=0.05)
    page = plots.latency([run])._repr_html_()
    assert "<script>" not in page
    assert "&lt;script&gt;&quot;&amp;" in page


def test_latency_draws_runs_grouped_by_their_link() -> None:
    """One row for each run, in milliseconds, the model beside it."""
    data = plots.latency([FAR, SHORT, LONG]).data
    assert [(row["run"], row["rtt_ms"]) for row in data] == [
        ("every 1 s", 50.0),
        ("long", 50.0),
        ("every 1 s", 200.0),
    ]
    assert [row["median_ms"] for row in data] == pytest.approx([600, 25, 700])
    assert data[0]["latencies_ms"] == pytest.approx([200, 400, 600, 800, 1000])
    expected = models.short_polling(1.0, 0.05).median * 1000
    assert data[0]["model_median_ms"] == pytest.approx(expected)


def test_latency_says_what_it_shows() -> None:
    """The finding is computed: winner, medians, losses, agreement with the model."""
    assert plots.latency([SHORT, LONG]).alt == (
        "Long has the lowest median latency. Round trip 50 ms: long: 25 ms; every 1 s: 600 ms. "
        "Measured medians are within 14.3% of the model."
    )
    assert "2 messages never arrived." in plots.latency([LOSSY]).alt


def test_lost_messages_stay_in_the_figures() -> None:
    """Half of the messages are lost: the upper half of the percentiles is infinite, not absent."""
    row = plots.latency([LOSSY]).data[0]
    assert (row["messages"], row["lost"], row["p95_ms"]) == (4, 2, math.inf)
    assert row["median_ms"] == pytest.approx(300)
    plot = plots.percentiles([LOSSY])
    assert plot.data[0]["p90_ms"] == math.inf
    assert "2 messages of 4 never arrived" in plot.alt


@pytest.mark.parametrize(
    "run",
    [
        polled("all lost", None, None, rtt=0.0, interval=1.0),
        polled("no latency at all", 0.0, 0.0, rtt=0.0, hold=25.0),
        polled("one message", 0.1, rtt=0.0, interval=0.0),
    ],
    ids=lambda run: run.label,
)
def test_what_has_no_logarithm_is_drawn_all_the_same(run: Run) -> None:
    """A link of no length in the simulator, and a link that carried nothing."""
    assert plots.latency([run], bet=0.0).png
    assert plots.percentiles([run], bet=0.0).png
    assert plots.sweep([run], log=True).png


def test_a_run_of_many_messages_shows_evenly_spaced_ranks() -> None:
    """Ten thousand dots are a blot; four hundred ranks have the same shape."""
    run = polled("many", *(i / 10_000 for i in range(10_000)))
    plot = plots.latency([run], model=None)
    dots = plot.data[0]["latencies_ms"]
    assert len(dots) == 400
    assert dots[200] == pytest.approx(501, abs=2)
    assert "evenly spaced ranks" in plot.caption


def test_percentiles_are_nearest_ranks() -> None:
    """The table under the curve is what the curve shows."""
    (row,) = plots.percentiles([LONG]).data
    values = [row[f"p{q}_ms"] for q in (50, 90, 99, 99.9, 100)]
    assert values == pytest.approx([25, 75, 75, 75, 75])
    assert plots.percentiles([LONG]).alt == (
        "long at a round trip of 50 ms: half of the messages arrive within 25 ms, "
        "90 % within 75 ms, 99 % within 75 ms."
    )


def test_a_sweep_has_a_point_for_each_run_and_a_level_for_long_polling() -> None:
    """Interval, round trip and medians; a run without an interval is a level."""
    plot = plots.sweep([SHORT, FAR, LONG])
    points = [(row["interval_ms"], row["rtt_ms"], row["median_ms"]) for row in plot.data]
    assert points[0] == pytest.approx((1000, 50, 600))
    assert points[1] == pytest.approx((1000, 200, 700))
    assert points[2][0] is None
    assert "long at a round trip of 50 ms: 25 ms." in plot.alt
    pausing = polled("pause", 0.5, rtt=0.05, interval=1.0, pause=True)
    assert plots.sweep([SHORT, pausing], model=None, log=True).png


def test_cost_splits_requests_and_bytes() -> None:
    """Ten requests, eight empty, a thousand bytes, five messages of five bytes."""
    row = plots.cost([SHORT]).data[0]
    assert (row["requests_per_message"], row["empty_requests_per_message"]) == (2.0, 1.6)
    assert (row["bytes_per_message"], row["payload_bytes_per_message"]) == (200.0, 5.0)
    assert plots.cost([SHORT]).alt == (
        "every 1 s: 2 requests and 200 bytes for each delivered message, "
        "of which the message is 2.5%."
    )
    assert plots.cost([polled("dead", None)]).alt == "dead: nothing was delivered."


def test_a_comparison_has_what_it_costs_beside_what_it_buys() -> None:
    """One row of data for each transport, the quickest first in words."""
    plot = drawn("comparison")
    rows = {row["run"]: row for row in plot.data}
    assert list(rows) == ["every 1 s", "long", "WebSocket"]
    assert rows["WebSocket"]["requests_per_message"] == 0.2
    assert rows["every 1 s"]["bytes_per_message"] == 200
    assert rows["WebSocket"]["model_median_ms"] == rows["WebSocket"]["median_ms"] == 25
    assert "cpu_ms_per_message" not in rows["long"]
    assert plot.alt.startswith(
        "long: median 25 ms, 2 requests and 200 bytes for each delivered message. "
        "WebSocket: median 25 ms, 0.2 requests and 200 bytes for each delivered message. "
    )


def test_processor_time_is_drawn_where_every_run_has_it() -> None:
    """A bar that is missing could be read as nothing spent."""
    worked = [replace(run, cpu_seconds=0.01) for run in (SHORT, PUSHED)]
    plot = plots.comparison(worked)
    assert [row["cpu_ms_per_message"] for row in plot.data] == [2.0, 2.0]
    assert "2 ms of processor time" in plot.alt
    assert "Processor time" in plot.caption
    assert "Processor time" not in plots.comparison([worked[0], LONG]).caption


def test_websocket_looks_the_same_in_every_figure() -> None:
    """Whatever stands before it; and nobody else takes its place."""
    own = figure.style(figure.WEBSOCKET)
    shorter = polled("every 0.5 s", 0.2, rtt=0.05, interval=0.5)
    looks = plot_latency.looks([PUSHED, SHORT, LONG, shorter])
    assert looks == [own, figure.style(0), figure.style(1), figure.style(3)]
    assert plot_latency.looks([SHORT, LONG, shorter])[2] == own  # it is not there
    assert plot_latency.looks([SHORT, PUSHED, FAR], id)[1] == own
    assert plot_latency.looks([SHORT, PUSHED, FAR])[0] == plot_latency.looks([SHORT, FAR])[1]


def test_runs_of_the_same_name_are_told_apart_by_what_differs() -> None:
    """The same transport at two rates is two rows that a reader can tell apart."""
    quiet = polled("long", 0.1, rtt=0.05, rate=0.98)
    busy = polled("long", 0.1, rtt=0.05, rate=40.7)
    far = polled("long", 0.1, rtt=0.2, rate=0.98)
    names = ["long, 0.98 a second", "long, 41 a second"]
    assert [row["run"] for row in plots.cost([quiet, busy]).data] == names
    assert [row["run"] for row in plots.latency([quiet, busy]).data] == names
    assert [row["run"] for row in plots.percentiles([quiet, busy]).data] == names
    assert [row["run"] for row in plots.cost([quiet, far]).data] == [
        "long, round trip 50 ms",
        "long, round trip 200 ms",
    ]
    assert quiet.label == "long"


def test_a_timeline_draws_one_receiver_between_two_times() -> None:
    """Requests that touch the window and messages that are due in it."""
    plot = plots.timeline(LOSSY, start=1.0, end=2.0)
    assert [(row["what"], row["start_s"]) for row in plot.data] == [
        ("request", 1.0),
        ("request", 1.5),
        ("request", 2.0),
        ("message", 1.0),
        ("message", 2.0),
    ]
    assert (
        plot.alt == "lossy: 3 requests, 3 of them without a message; 2 messages, 300 ms late; "
        "1 never arrived."
    )
    with pytest.raises(LocalError, match="no receiver 'lee'"):
        plots.timeline(LOSSY, receiver="lee")


@pytest.mark.parametrize("draw", [plots.latency, plots.percentiles, plots.sweep, plots.cost])
def test_nothing_to_draw_is_refused(draw: Callable[[list[Run]], plots.Plot]) -> None:
    """An empty figure would look like a result."""
    with pytest.raises(LocalError, match="nothing to draw"):
        draw([])
    with pytest.raises(LocalError, match="nothing to draw"):
        plots.timeline(Run("empty"))


def test_a_figure_is_saved_as_png(tmp_path: Path) -> None:
    """Into any folder, Hangul and spaces included."""
    plot = plots.latency([SHORT])
    path = plot.save(tmp_path / "그림 하나.png")
    assert path.read_bytes() == plot.png


def test_hangul_labels_and_emoji_warn_about_nothing() -> None:
    """Where no font has the character the picture has a box, and nobody is bothered."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        plot = plots.latency([polled("짧은 폴링 😀", 0.1, rtt=0.05)])
        assert plot.png
    assert "짧은 폴링 😀" in plot.alt


def test_drawing_leaves_the_settings_of_the_learner_alone() -> None:
    """Their matplotlib settings neither change the figure nor are changed by it."""
    import matplotlib

    before = plots.latency([SHORT]).png
    with matplotlib.rc_context({"font.size": 30, "axes.facecolor": "black"}):
        assert plots.latency([SHORT]).png == before
        assert matplotlib.rcParams["font.size"] == 30


def test_no_figure_stays_open() -> None:
    """A notebook draws hundreds; none of them is kept by anything but its plot."""
    from matplotlib.figure import Figure

    def count() -> int:
        gc.collect()
        return sum(isinstance(thing, Figure) for thing in gc.get_objects())

    before = count()
    plot = plots.latency([SHORT, FAR])
    assert count() == before + 1
    assert plot.png
    assert count() == before


def test_measuring_loads_no_matplotlib_and_drawing_no_pyplot() -> None:
    """A server process that records itself stays small; a notebook's pyplot stays untouched."""
    program = (
        "import json, sys\n"
        "from course_lib.lab import metrics, models, plots, show\n"
        "before = 'matplotlib' in sys.modules\n"
        "plots.latency([metrics.Run('r', [metrics.Delivery(0, 0, 1)])]).png\n"
        "names = ('matplotlib', 'matplotlib.pyplot')\n"
        "print(json.dumps([before, *(name in sys.modules for name in names)]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert json.loads(done.stdout) == [False, True, False]


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.0, "0 ms"),
        (0.0000004, "<1 µs"),
        (0.0000312, "31 µs"),
        (0.0000499, "50 µs"),
        (0.0000501, "0.1 ms"),
        (0.00523, "5.2 ms"),
        (0.00999, "10 ms"),
        (0.0264, "26 ms"),
        (0.9994, "999 ms"),
        (0.9996, "1 s"),
        (1.254, "1.25 s"),
        (3600, "3,600 s"),
        (math.inf, "lost"),
    ],
)
def test_a_duration_is_said_as_a_person_says_it(seconds: float, said: str) -> None:
    """Never more digits than a reader wants."""
    assert figure.duration(seconds) == said


def test_a_count_agrees_with_its_noun() -> None:
    """Also for none."""
    assert [figure.count_of(n, "run") for n in (0, 1, 2000)] == ["no run", "1 run", "2,000 runs"]


def test_the_colours_differ_in_lightness_marker_and_line() -> None:
    """Of seven no two share a marker or a line style; of 49 no two are alike."""
    assert len({style.marker for style in figure.STYLES}) == len(figure.STYLES)
    assert len({repr(style.line) for style in figure.STYLES}) == len(figure.STYLES)
    assert len({repr(figure.style(number)) for number in range(49)}) == 49


def test_no_two_curves_of_a_figure_look_alike() -> None:
    """Also those of one transport at two rates, and of more runs than there are colours."""
    fast = replace(PUSHED, details={**PUSHED.details, "rate": 40.0})
    often = [replace(SHORT, label=f"short {number}") for number in range(7)]
    drawing = plots.percentiles([SHORT, PUSHED, fast, LONG, *often])._figure
    assert drawing is not None
    (legend,) = drawing.legends
    looks = [
        (line.get_color(), line.get_marker(), str(line._unscaled_dash_pattern))
        for line in legend.get_lines()
    ]
    assert len(looks) == 12 and len(set(looks)) == 12  # with the model
    levels = plots.sweep([SHORT, LONG, replace(LONG, label="held for 2 s")])._figure
    assert levels is not None
    level = [line for line in levels.axes[0].lines if list(line.get_xdata()) == [0, 1]]
    assert len({str(line._unscaled_dash_pattern) for line in level}) == len(level) == 2


def _luminance(rgb: Sequence[float]) -> float:
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgb]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def _in_the_dark(color: str) -> list[float]:
    """What `invert` and `hue-rotate(180deg)` of `markup.DARK` make of a colour."""
    (share,) = re.findall(r"invert\((.+?)\) hue-rotate\(180deg\)", markup.DARK)
    rgb = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    turned = [float(share) + c * (1 - 2 * float(share)) for c in rgb]
    grey = 2 * sum(w * c for w, c in zip((0.213, 0.715, 0.072), turned, strict=True))
    return [min(max(grey - c, 0), 1) for c in turned]


def test_in_the_dark_every_line_is_far_from_the_paper() -> None:
    """Three to one for lines, seven to one for the words; the paper is that of the theme."""
    paper = _in_the_dark("#FFFFFF")
    assert [round(255 * c) for c in paper] == [0x12] * 3

    def contrast(color: str) -> float:
        return (_luminance(_in_the_dark(color)) + 0.05) / (_luminance(paper) + 0.05)

    kinds = [look.color for look in (*figure.STYLES, *plot_sequence.KINDS.values())]
    assert min(contrast(color) for color in kinds) > 3
    assert contrast(figure.INK) > 7 and contrast(figure.MUTED) > 4.5


@pytest.mark.parametrize("name", DRAWINGS)
def test_a_figure_can_be_read_in_a_narrow_window(name: str) -> None:
    """In a cell of 430 pixels no text is lower than 9, and none of it is cut off."""
    drawing = DRAWINGS[name]()._figure
    assert drawing is not None
    with figure.look():
        canvas = FigureCanvasAgg(drawing)
        canvas.draw()
        texts = [text for text in drawing.findobj(Text) if text.get_text() and text.get_visible()]
        assert min(text.get_fontsize() for text in texts) * 430 / (72 * figure.WIDTH) > 9
        (legend,) = drawing.legends
        loose = [text for axes in drawing.axes for text in axes.texts]
        for one in (legend, *loose):
            box = one.get_window_extent()
            assert box.x0 >= 0 and box.x1 <= drawing.bbox.x1 + 1, one
