"""What the proxy adds to the round trip that it promises, beside the loopback's own.

    python tests/bench/bench_proxy.py [round trip in seconds] [questions]

A tiny echo over one connection, one question at a time.  The promise: at 50 ms the median is
within 2 ms.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import time

from course_lib.lab import proxy


class Echo(asyncio.Protocol):
    """Sends back what it gets."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        assert isinstance(self.transport, asyncio.Transport)
        self.transport.write(data)


async def round_trips(port: int, count: int) -> list[float]:
    """Seconds from question to answer, one after the other."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    taken = []
    for number in range(count + 2):
        began = time.perf_counter()
        writer.write(b"%08d" % number)
        await reader.readexactly(8)
        taken.append(time.perf_counter() - began)
        # Not in step with the selector's milliseconds: questions in a lesson are not either.
        await asyncio.sleep((number * 0.618) % 1 * 0.003)
    writer.close()
    await writer.wait_closed()
    return taken[2:]  # the first one paid for connecting


def row(name: str, taken: list[float], promised: float) -> str:
    """One line of the table, in milliseconds."""
    added = sorted((each - promised) * 1000 for each in taken)
    median, p95 = statistics.median(added), added[int(len(added) * 0.95)]
    return f"{name:24} {median:8.2f} {p95:8.2f} {added[0]:8.2f} {added[-1]:8.2f}"


async def main(rtt: float = 0.05, count: int = 100) -> None:
    """Print the table."""
    server = await asyncio.get_running_loop().create_server(Echo, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    print(f"{'added delay, ms':24} {'median':>8} {'p95':>8} {'least':>8} {'most':>8}")
    print(row("loopback", await round_trips(port, count), 0))
    async with proxy.Proxy(("127.0.0.1", port)) as none:
        print(row("proxy, no distance", await round_trips(none.port, count), 0))
    for promised in (rtt, rtt + 0.0005):  # the selector's whole milliseconds, and between two
        async with proxy.Proxy(("127.0.0.1", port), rtt=promised) as far:
            taken = await round_trips(far.port, count)
        print(row(f"proxy, {promised * 1000:.1f} ms", taken, promised))
    server.close()


if __name__ == "__main__":
    asyncio.run(main(*(kind(text) for kind, text in zip((float, int), sys.argv[1:], strict=False))))
