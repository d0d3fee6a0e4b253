"""`python -m course_lib compare`: the transports side by side, as a table, a CSV and a figure.

    python -m course_lib compare --rtt 50 --out figure.png
    python -m course_lib compare --real --clients 20 --rate 5 --csv costs.csv

Lesson 06.  Builds on: `comparison`, `transports`, `settings`.
New here: the command line, which takes times in milliseconds, as people say them.
Left out: the measuring; see `comparison`.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from ...errors import CourseError, LocalError
from ..figures.figure import count_of, duration
from ..runs import Run
from . import comparison, transports
from .settings import DURATION


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Print one sentence that refers to `--help`, and exit with status 2."""
        print(f"compare: {message} (`compare --help` explains)", file=sys.stderr)
        sys.exit(2)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.  Returns 0: done, 1: it failed, 2: called wrongly, 130: interrupted."""
    given = _parser().parse_args(arguments)
    try:
        _check_place(given.out, ".png")
        _check_place(given.csv, ".csv")
        done = asyncio.run(_compare(given))
        print(_report(done))
        if given.csv:
            print(f"Table: {done.write_csv(given.csv)}")
        if given.out:
            print(f"Figure: {done.write_png(given.out)}")
    except LocalError as error:
        print(f"compare: {error}", file=sys.stderr)
        return 2
    except (CourseError, OSError) as error:
        print(f"compare: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted; nothing was written.", file=sys.stderr)
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="compare",
        description="Send the same chat messages over several transports, and compare how late "
        "they are and what they cost.",
        epilog="Without --real everything is simulated: exact, the same for the same --seed, and "
        "done at once.",
    )
    names = transports.spoken()
    add = parser.add_argument
    add(
        "--transports",
        metavar="A,B",
        help=f"only these, of: {names} (or long-polling); usual: the first three",
    )
    add("--rtt", type=_number, default=50.0, metavar="MS", help="round trip, in ms (50)")
    add("--jitter", type=_number, default=0.0, metavar="MS", help="each way up to this later (0)")
    add("--bandwidth", type=_above, metavar="KB", help="kilobytes a second, each way (no limit)")
    add("--rate", type=_above, default=1.0, metavar="N", help="messages a second (1)")
    add("--size", type=_whole, default=32, metavar="BYTES", help="of a message (32)")
    add("--clients", type=_whole, default=1, metavar="N", help="readers of every message (1)")
    add("--interval", type=_above, default=1000.0, metavar="MS", help="of short polling (1000)")
    add("--seconds", type=_above, metavar="S", help=f"length of a run ({DURATION:g})")
    add("--seed", type=_whole, default=1, metavar="N", help="another draw of the moments (1)")
    add("--bet", type=_above, metavar="MS", help="your guess of a median latency, drawn in")
    add("--real", action="store_true", help="real sockets and real time, one after the other")
    add("--csv", type=Path, metavar="FILE.csv", help="write the table")
    add("--out", type=Path, metavar="FILE.png", help="write the figure")
    return parser


def _number(text: str) -> float:
    """Parse a number that is zero or more."""
    value = _parsed(text)
    if not 0 <= value < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number, zero or more")
    return value


def _above(text: str) -> float:
    """Parse a number above zero."""
    value = _parsed(text)
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above zero")
    return value


def _parsed(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number") from None


def _check_place(path: Path | None, kind: str) -> None:
    """Refuse a path that cannot be written, before the measuring and not after it."""
    if path is None:
        return
    if path.is_dir() or not path.absolute().parent.is_dir():
        raise LocalError(f"{path} cannot be written: name a file in a folder that exists")
    if path.suffix.lower() != kind:
        raise LocalError(f"{path} would not hold what its name says: the name ends in {kind}")


async def _compare(given: argparse.Namespace) -> comparison.Comparison:
    words = given.transports.split(",") if given.transports is not None else None
    return await comparison.compare(
        words,
        bet=None if given.bet is None else given.bet / 1000,
        progress=_say,
        rate=given.rate,
        size=given.size,
        clients=given.clients,
        duration=given.seconds,
        rtt=given.rtt / 1000,
        jitter=given.jitter / 1000,
        bandwidth=None if given.bandwidth is None else given.bandwidth * 1000,
        interval=given.interval / 1000,
        simulated=not given.real,
        seed=given.seed,
        record=False,
    )


def _say(name: str, run: Run) -> None:
    """Show the progress of a run, if stderr is a terminal."""
    if sys.stderr.isatty():
        text = f"{name}: {run.delivered:,} delivered after {run.duration:.0f} s"
        print(f"\r  {text:<60.60}\r", end="", file=sys.stderr, flush=True)


COLUMNS = ("", "median", "90 %", "99 %", "lost", "requests", "bytes", "CPU")


def _report(done: comparison.Comparison) -> str:
    """The table, with a line that says what its numbers are."""
    how = done.settings
    rows = [COLUMNS, *(_row(run) for run in done.runs)]
    used = [i for i in range(len(COLUMNS)) if i < 7 or not how.simulated]
    widths = [max(len(row[i]) for row in rows) for i in range(len(COLUMNS))]
    lines = [
        "  ".join(
            row[i].ljust(widths[i]) if i == 0 else row[i].rjust(widths[i]) for i in used
        ).rstrip()
        for row in rows
    ]
    lines.insert(1, "-" * max(map(len, lines)))
    where = "simulated" if how.simulated else "real sockets"
    delivered = max(run.delivered for run in done.runs)
    about = (
        f"{where}, round trip {duration(how.rtt)}, {count_of(how.rate, 'message')} a second of "
        f"{how.size:,} bytes, {count_of(how.clients, 'client')}, "
        f"{delivered:,} deliveries, seed {how.seed}"
    )
    notes = ["Requests and bytes (both directions) are for each delivered message."]
    if not how.simulated:
        notes.append("So is CPU: that of server, clients and the proxy between them together.")
    if any(run.lost for run in done.runs):
        notes.append(
            "Lost: not there when the run ended, half a minute after the last one was due."
        )
    if isinstance(done.bet, int | float):
        notes.append(f"Your bet: {duration(done.bet)}.")
    return "\n".join(["", about, "", *lines, "", *notes])


def _row(run: Run) -> tuple[str, ...]:
    late = [duration(run.percentile(q)) for q in (50, 90, 99)]
    work = run.cpu_per_message
    return (
        run.label,
        *late,
        str(run.lost),
        f"{run.requests_per_message:,.3g}",
        f"{run.bytes_per_message:,.0f}",
        "" if work is None else f"{work * 1000:.2f} ms",
    )


if __name__ == "__main__":
    sys.exit(main())
