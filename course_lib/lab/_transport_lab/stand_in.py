"""The transport lab where there are no widgets: in a stored notebook, or in a terminal.

Lesson 06.  Builds on: `strips`, `figures.markup`.  Used by: `lab.transport_lab`.

    before a run    the call that measures
    after it        the call, the strips, and the figures of the runs that are shown

New here: the same figures as in the widgets, below each other.
Left out: controls.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..figures import markup
from . import strips

if TYPE_CHECKING:
    from ..transport_lab import TransportLab


def text(lab: TransportLab) -> str:
    """The call, what was said, and a line for each run shown."""
    lines = [lab.call, *lab.said]
    if lab.shelf.shown:
        lines += [f"run {each.said}" for each in lab.shelf.chosen()]
        lines += [
            f"  {run.label:20} median {run.median * 1000:7.1f} ms, "
            f"{run.bytes_per_message:7,.0f} bytes a message"
            for run in lab.shelf.runs()
        ]
    return "\n".join(lines)


def html(lab: TransportLab) -> str:
    """The figures of what was measured, or the call that measures."""
    call = f"<p><code>{markup.escape(lab.call)}</code></p>"
    if not lab.shelf.shown:
        return f"<p>Nothing has been measured. As a call:</p>{call}"
    figures = lab.figure()._repr_html_() + lab.percentiles()._repr_html_()
    return call + strips.as_html(lab.live, lab.ran) + figures
