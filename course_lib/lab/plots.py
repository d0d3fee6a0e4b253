"""Every figure of the course, under one name.

Lessons 01, 02, 04, 06, 07 and 09 to 11.  Builds on: `figure`, `plot_latency`, `plot_percentiles`,
`plot_sweep`, `plot_cost`, `plot_comparison`, `plot_layers`, `plot_speed`, `plot_timeline`,
`plot_states`, `plot_detection`, `plot_heartbeats`, `plot_effects` (all in `lab.figures`).

    latency(runs)       the distribution: every message a dot, a row for each run
    percentiles(runs)   the tail: a curve for each run
    sweep(runs)         the median against the polling interval, beside the model
    cost(runs)          requests and bytes for each delivered message
    comparison(runs)    latency, requests, bytes and processor time of transports, row by row
    layers(layers)      what Engine.IO and Socket.IO add to a message, and to the beginning
    speed(times)        the time of a call against its size, for several ways to do the same
    timeline(run)       one run as it happened, between client and server
    states(table)       a state machine, from the table that the program runs on
    detection(moments, waits, …)   how soon a server notices that a client has vanished
    heartbeats(recording)          pings, pongs and deadlines of a session, on a time line
    effects(losses, done, …)       how often something was done, when messages are lost

New here: nothing is measured or computed; a function draws the runs that it is given and returns a
`figure.Plot` with `.data`, `.alt`, `.caption`, `.png` and `.save(path)`.
Left out: figures that only one lesson needs; that lesson draws them.
"""

from __future__ import annotations

from .figures.figure import Plot
from .figures.plot_comparison import comparison
from .figures.plot_cost import cost
from .figures.plot_detection import detection
from .figures.plot_effects import effects
from .figures.plot_heartbeats import heartbeats
from .figures.plot_latency import latency
from .figures.plot_layers import layers
from .figures.plot_percentiles import percentiles
from .figures.plot_speed import speed
from .figures.plot_states import states
from .figures.plot_sweep import sweep
from .figures.plot_timeline import timeline

__all__ = [
    "Plot",
    "comparison",
    "cost",
    "detection",
    "effects",
    "heartbeats",
    "latency",
    "layers",
    "percentiles",
    "speed",
    "states",
    "sweep",
    "timeline",
]
