"""A panel for the network between two ends: round trip, jitter, bandwidth, a stall, a cut.

Lessons 01 to 06.  Builds on: `simulator.link`, `loop`; ipywidgets, when a notebook shows it.

    link = await proxy.Proxy(server, rtt=0.05)
    link_panel(link)                      acts at once, on connections that are open, too

    Round trip (ms)  [ 50 ]               link.conditions.rtt = 0.050
    Jitter (ms)      [  0 ]               link.conditions.jitter = 0.0
    Bandwidth (kB/s) [  0 ]  0: no limit  link.conditions.bandwidth = None
    [ Stall ]  now: moving                link.conditions.stalled = True
    [ Cut: reset ] [ end ] [ silence ]    link.cut("rst"), "fin", "silence"

New here: the panel keeps no copy of the conditions.  It writes into the link's `Conditions` and
watches them, so it also shows what code changes; below it stands the call that did the same.
Left out: curves of the traffic; `compare` measures it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Protocol

from ..errors import LocalError
from ..simulator.link import Conditions
from . import extra
from . import loop as lab_loop
from .figures.markup import escape, name_of, table

__all__ = ["LinkPanel", "link_panel"]

CUTS = {"rst": "Cut: reset", "fin": "Cut: end", "silence": "Cut: silence"}
MOST = 1e9  # of any number that can be typed


class Conditioned(Protocol):
    """A link that has conditions and can be cut: `proxy.Proxy`, and whatever is like it."""

    conditions: Conditions

    def cut(self, how: Any = "rst") -> Any:
        """Cut the open connections; may return how many these were."""


def link_panel(link: Conditioned, *, name: str = "") -> LinkPanel:
    """A panel for `link`, a proxy for example; the calls shown call it `name`, or its variable."""
    return LinkPanel(link, name or name_of(link, "link"))


class LinkPanel:
    """The panel.  Where there are no widgets, a table of the conditions and of the calls."""

    def __init__(self, link: Conditioned, name: str) -> None:
        self.link = link
        self.name = name
        self.controls: dict[str, Any] = {}  # rtt, jitter, bandwidth, stalled, rst, fin, silence
        self.status: Any = None
        self.moving: Any = None  # beside the button that stalls: whether it is stalled
        self.done: Any = None  # beside the buttons that cut: how many were cut
        self._panel: Any = None
        self._reflecting = False

    def rows(self) -> list[dict[str, Any]]:
        """Each condition, its value, and the call that sets it."""
        now = self.link.conditions
        width = "no limit" if now.bandwidth is None else f"{now.bandwidth / 1000:g} kB/s"
        settings = [
            ("round trip", f"{now.rtt * 1000:g} ms", "rtt", now.rtt),
            ("jitter, each way", f"up to {now.jitter * 1000:g} ms", "jitter", now.jitter),
            ("bandwidth", width, "bandwidth", now.bandwidth),
            ("stalled", "yes" if now.stalled else "no", "stalled", now.stalled),
        ]
        rows = [{"what": a, "now": b, "call": self._call(c, d)} for a, b, c, d in settings]
        cuts = " or ".join(f'"{how}"' for how in CUTS)
        return [*rows, {"what": "cut", "now": "", "call": f"{self.name}.cut({cuts})"}]

    def cut(self, how: str) -> None:
        """Cut as the three buttons do: in the link's own loop, from any thread."""

        def act() -> None:
            count = self.link.cut(how)
            if self.done is not None and count is not None:
                many = f"{count} connection{'' if count == 1 else 's'} cut"
                self.done.value = f'<span role="alert">{CUTS[how]}: {many}</span>'
            self._say(f'{self.name}.cut("{how}")')

        try:
            loop = getattr(self.link, "loop", None)
        except LocalError:  # not listening yet: nothing to cut
            loop = None
        if loop is None or loop is _here():
            act()
        else:
            loop.call_soon_threadsafe(act)

    def close(self) -> None:
        """Stop watching the link.  Idempotent; `lab.finish()` does it."""
        self.link.conditions.unwatch(self._reflect)

    def __repr__(self) -> str:
        return "\n".join(f"{r['what']:17} {r['now']:12} {r['call']}" for r in self.rows())

    def _repr_html_(self) -> str:
        return table(self.rows(), "The link, and the calls that change it")

    def _repr_mimebundle_(self, **more: Any) -> dict[str, Any]:
        """The widgets, and the table where there are no widgets."""
        bundle: dict[str, Any] = {"text/plain": repr(self), "text/html": self._repr_html_()}
        try:
            shown = self.widgets()._repr_mimebundle_(**more)
        except ImportError:
            return bundle
        return {**shown, **bundle}

    def widgets(self) -> Any:
        """The panel as one ipywidget; the same one each time."""
        if self._panel is None:
            self._panel = self._build()
            self._reflect()
            self.link.conditions.watch(self._reflect)
            lab_loop.register(self)
        return self._panel

    # Inside.

    def _build(self) -> Any:
        with extra.needed():
            import ipywidgets  # type: ignore[import-untyped, unused-ignore]

        wide = {"description_width": "16em"}
        wrap = ipywidgets.Layout(flex_flow="row wrap")
        narrow, fit = ipywidgets.Layout(width="26em"), ipywidgets.Layout(width="auto")
        numbers = (
            ("rtt", "Round trip (ms)"),
            ("jitter", "Jitter, each way (ms)"),
            ("bandwidth", "Bandwidth (kB/s; 0: no limit)"),
        )
        for key, label in numbers:
            self.controls[key] = ipywidgets.BoundedFloatText(
                min=0, max=MOST, step=10, description=label, style=wide, layout=narrow
            )
        self.controls["stalled"] = ipywidgets.ToggleButton(
            description="Stall: nothing moves", layout=fit
        )
        for key, control in self.controls.items():
            control.observe(self._changed(key), names="value")
        for how, label in CUTS.items():
            self.controls[how] = ipywidgets.Button(description=label, layout=fit)
            self.controls[how].on_click(lambda _, how=how: self.cut(how))
        beside = ipywidgets.Layout(margin="2px 8px")
        self.moving, self.done = ipywidgets.HTML(layout=beside), ipywidgets.HTML(layout=beside)
        self.status = ipywidgets.HTML()
        inputs = [self.controls[key] for key, _ in numbers]
        stall = ipywidgets.HBox([self.controls["stalled"], self.moving])
        cuts = ipywidgets.HBox([*(self.controls[how] for how in CUTS), self.done], layout=wrap)
        return ipywidgets.VBox([*inputs, stall, cuts, self.status])

    def _changed(self, key: str) -> Callable[[Any], None]:
        """The callback for a change of the control of this condition."""

        def changed(change: Any) -> None:
            if self._reflecting:
                return
            value = change["new"]
            if key in ("rtt", "jitter"):
                value = round(value / 1000, 9)
            elif key == "bandwidth":
                value = value * 1000 or None
            setattr(self.link.conditions, key, value)
            self._say(self._call(key, value))

        return changed

    def _reflect(self) -> None:
        """Show the conditions as they are.  Called after each change, from any thread."""
        now = self.link.conditions
        self._reflecting = True
        try:
            self.controls["rtt"].value = round(now.rtt * 1000, 6)
            self.controls["jitter"].value = round(now.jitter * 1000, 6)
            self.controls["bandwidth"].value = (now.bandwidth or 0) / 1000
            self.controls["stalled"].value = now.stalled
            self.moving.value = "now: nothing moves" if now.stalled else "now: bytes move"
        finally:
            self._reflecting = False

    def _call(self, key: str, value: object) -> str:
        return f"{self.name}.conditions.{key} = {value!r}"

    def _say(self, call: str) -> None:
        if self.status is not None:
            text = f"The same as <code>{escape(call)}</code>"
            self.status.value = f'<span role="status">{text}</span>'


def _here() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
