"""docs/broadcast.md, its picture and the bench that measures it belong together."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.bench import bench_broadcast, broadcast_figure

DOCS = Path(__file__).parents[1] / "docs"


def test_the_page_says_what_the_figures_say() -> None:
    """It is written from the CSV, which no hand has changed."""
    stored = (DOCS / "broadcast.csv").read_text("utf-8")
    rows = broadcast_figure.read(stored)
    assert broadcast_figure.table(rows) == stored
    page = (DOCS / "broadcast.md").read_text("utf-8")
    machine = next(line for line in page.splitlines() if "the system reports" in line)
    assert broadcast_figure.page(rows, machine.split("process. ")[1].rstrip(".")) == page
    assert {row[0] for row in rows} == {"receivers", "rooms", "memory"}


def test_the_picture_can_be_drawn_again() -> None:
    """From the same figures; its alternative text is the finding."""
    rows = broadcast_figure.read((DOCS / "broadcast.csv").read_text("utf-8"))
    plot = broadcast_figure.plot(rows)
    assert plot.png[:4] == (DOCS / "broadcast.png").read_bytes()[:4] == b"\x89PNG"
    assert f"![{plot.alt}]" in (DOCS / "broadcast.md").read_text("utf-8")


def test_the_bench_has_sockets_that_count() -> None:
    """Each of them gets each event: the bench would fail otherwise."""

    def measure(world: bench_broadcast.World) -> list[bench_broadcast.Row]:
        world.grow(3)
        before = world.written
        world.io.to(world.sockets[0].id).emit("news", "x" * 100)
        frame = world.written - before
        world.io.emit("news", "x" * 100)
        return [("bytes", "all", frame, world.written - before - frame)]

    [(_, _, one, all_three)] = asyncio.run(bench_broadcast.world_of(measure))
    assert one > 100 and all_three == 3 * one
