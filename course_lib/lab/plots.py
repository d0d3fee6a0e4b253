"""Every figure of the course, under one name.

Lessons 01, 02 and 06.  Builds on: `figure`, `plot_latency`, `plot_percentiles`, `plot_sweep`,
`plot_cost`, `plot_timeline`.

    latency(runs)       the distribution: every message a dot, a row for each run
    percentiles(runs)   the tail: a curve for each run
    sweep(runs)         the median against the polling interval, beside the model
    cost(runs)          requests and bytes for each delivered message
    timeline(run)       one run as it happened, between client and server

New here: nothing is measured or computed; a function draws the runs that it is given and returns a
`figure.Plot` with `.data`, `.alt`, `.caption`, `.png` and `.save(path)`.
Left out: figures of one lesson only; they are drawn in that lesson.
"""

from __future__ import annotations

from .figure import Plot
from .plot_cost import cost
from .plot_latency import latency
from .plot_percentiles import percentiles
from .plot_sweep import sweep
from .plot_timeline import timeline

__all__ = ["Plot", "cost", "latency", "percentiles", "sweep", "timeline"]
