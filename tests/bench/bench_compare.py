"""What the simulator costs: many clients for ten minutes, on the real server code.

    python -m course_lib bench compare [clients] [seconds]

One message a second, read by 200 clients; short polling asks each second.  The promise: less than
20 s of processor time for each transport.  A question and its answer are both ends' code, the
network between them, and the measuring.
"""

from __future__ import annotations

import asyncio
import sys
import time

from course_lib.lab import compare


def row(name: str, clients: int, seconds: float) -> str:
    """One line of the table."""
    began = time.process_time()
    done = asyncio.run(compare.compare([name], clients=clients, duration=seconds, record=False))
    spent, run = time.process_time() - began, done.runs[0]
    each = spent / (run.requests + run.frames) * 1e6
    return (
        f"{run.label:<20} {spent:>8.2f} {run.requests:>10,} {run.frames:>10,} "
        f"{run.delivered:>10,} {each:>10.0f}"
    )


def main(clients: int = 200, seconds: float = 600.0) -> None:
    """Print the table."""
    print(f"{clients} clients for {seconds:g} s, one message a second")
    print(
        f"{'':<20} {'CPU s':>8} {'requests':>10} {'frames':>10} {'delivered':>10} {'µs each':>10}"
    )
    for name in compare.TRANSPORTS:
        print(row(name, clients, seconds), flush=True)


if __name__ == "__main__":
    main(*(kind(word) for kind, word in zip((int, float), sys.argv[1:], strict=False)))
