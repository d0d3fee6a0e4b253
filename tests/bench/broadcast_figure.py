"""The figures of `bench_broadcast` as docs/broadcast.csv, broadcast.png and broadcast.md."""

from __future__ import annotations

import csv
import io
import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from course_lib.lab.figures import figure

Row = tuple[str, str, int, float]
NAMES = {
    "16384 bytes": "16 KiB",
    "existing": "so many rooms exist, one is named",
    "named": "so many rooms are named",
    "none": "in no room",
    "shared": "ten rooms that all share",
    "own": "ten rooms of its own each",
}


def write(rows: Sequence[Row], docs: Path) -> None:
    """All three files."""
    (docs / "broadcast.csv").write_text(table(rows), "utf-8")
    plot(rows).save(docs / "broadcast.png")
    (docs / "broadcast.md").write_text(page(rows, machine()), "utf-8")
    print(f"wrote {docs / 'broadcast.md'}, .csv and .png")


def machine() -> str:
    """On what it was measured."""
    return f"{platform.python_implementation()} {platform.python_version()}, {platform.system()}"


def table(rows: Sequence[Row]) -> str:
    """The figures as CSV."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("what", "which", "count", "value", "unit"))
    for kind, which, count, value in rows:
        writer.writerow((kind, which, count, f"{value:.1f}", "MiB" if kind == "memory" else "us"))
    return out.getvalue()


def read(text: str) -> list[Row]:
    """The figures of a CSV."""
    lines = list(csv.reader(text.splitlines()))[1:]
    return [(kind, which, int(count), float(value)) for kind, which, count, value, _ in lines]


def series(rows: Sequence[Row], kind: str) -> dict[str, dict[int, float]]:
    """`series(rows, "rooms")["named"][10]`."""
    found: dict[str, dict[int, float]] = {}
    for what, which, count, value in rows:
        if what == kind:
            found.setdefault(which, {})[count] = value
    return found


def finding(rows: Sequence[Row]) -> str:
    """What the figure shows, in words."""
    sizes, rooms, memory = (series(rows, kind) for kind in ("receivers", "rooms", "memory"))
    small = sizes["32 bytes"]
    few, many = min(small), max(small)
    existing, named, own = rooms["existing"], rooms["named"], memory["own"]
    most, sockets = max(existing), max(own)
    least = named[min(named)]
    shares = [f"{memory[name][sockets] / sockets * 1024:.1f} KiB" for name in ("none", "shared")]
    return (
        f"A broadcast of 32 bytes to {few} receivers takes {small[few]:,.0f} µs of the processor, "
        f"and to {many:,} receivers {small[many]:,.0f} µs: "
        f"about {small[many] / many:.1f} µs for each. "
        f"With 16 KiB these take {sizes['16384 bytes'][many]:,.0f} µs, since it is encoded once. "
        f"An event for one room of 10 takes {existing[1]:.0f} µs where it is the only room, and "
        f"{existing[most]:.0f} µs among {most:,}. An event for 1,000 sockets takes {least:,.0f} µs "
        f"if it names one room, and {named[most]:,.0f} µs if it names {most:,}. "
        f"{sockets:,} sockets take {shares[0]} each, {shares[1]} in ten rooms that all share, "
        f"and {own[sockets] / sockets * 1024:.1f} KiB in ten rooms of their own."
    )


def plot(rows: Sequence[Row]) -> figure.Plot:
    """Three panels, one above the other."""
    data: list[dict[str, Any]] = [
        dict(zip(("what", "which", "count", "value"), row, strict=True)) for row in rows
    ]
    with figure.look():
        drawing = figure.blank(8.4)
        panels = drawing.subplots(3, 1)
        _panel(panels[0], series(rows, "receivers"), "A broadcast", "receivers", "µs", log=True)
        rooms = series(rows, "rooms")
        _panel(panels[1], rooms, "A broadcast to 10, and to 1,000 sockets", "rooms", "µs", log=True)
        title = "Memory of sockets in rooms"
        _panel(panels[2], series(rows, "memory"), title, "sockets", "MiB", log=False)
        return figure.Plot("broadcast", drawing, data, finding(rows), "")


def _panel(
    axes: Any, lines: dict[str, dict[int, float]], title: str, count: str, unit: str, *, log: bool
) -> None:
    from matplotlib.ticker import FuncFormatter, NullFormatter, NullLocator

    for number, (name, points) in enumerate(lines.items()):
        look = figure.style(number)
        axes.plot(
            list(points),
            list(points.values()),
            color=look.color,
            marker=look.marker,
            linestyle=look.line,
            label=NAMES.get(name, name),
        )
    plain = FuncFormatter(lambda value, _: f"{value:,g}")
    if log:
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.xaxis.set_minor_locator(NullLocator())
        axes.yaxis.set_minor_formatter(NullFormatter())
    ticks = sorted({one for points in lines.values() for one in points})
    axes.set_xticks(ticks, [f"{one:,}" for one in ticks])
    axes.yaxis.set_major_formatter(plain)
    axes.set_ylim(None if log else 0)
    axes.set_title(title)
    axes.set_xlabel(count + ", logarithmic" * log)
    axes.set_ylabel(unit + ", logarithmic" * log)
    axes.legend()


def page(rows: Sequence[Row], measured_on: str) -> str:
    """The document that shows the figure."""
    lines = [
        "# What a broadcast costs",
        "",
        f"![{finding(rows)}](broadcast.png)",
        "",
        finding(rows),
        "",
        'Written by `make bench ARGS="broadcast docs"`; the figures are in',
        "[broadcast.csv](broadcast.csv). Each is CPU time of one process with the whole server:",
        "HTTP, the upgrade, WebSocket, Engine.IO and Socket.IO, with the standard library alone.",
        "In place of the system's sockets are transports that count the bytes and keep none. So",
        "the kernel's part is not in it: about 10 µs for each receiver come on top with real",
        'sockets, which `make bench ARGS="socketio 7 broadcast:32:500"` measures, beside other',
        "servers. Memory, the counting transports included, is what",
        f"the system reports for the process. {measured_on}.",
        "",
    ]  # fmt: skip
    for kind, unit in (("receivers", "µs"), ("rooms", "µs"), ("memory", "MiB")):
        found = series(rows, kind)
        counts = sorted({one for points in found.values() for one in points})
        names = [NAMES.get(name, name) for name in found]
        first = "sockets" if kind == "memory" else kind
        lines += [
            f"| {first} | {' | '.join(f'{name}, {unit}' for name in names)} |",
            "|--:" * (len(names) + 1) + "|",
        ]
        for count in counts:
            values = [f"{points[count]:,.1f}" for points in found.values()]
            lines.append(f"| {count:,} | {' | '.join(values)} |")
        lines.append("")
    return "\n".join(lines)


if __name__ == "__main__":  # the page and the picture again, from the figures that are stored
    DOCS = Path(__file__).parents[2] / "docs"
    write(read((DOCS / "broadcast.csv").read_text("utf-8")), DOCS)
