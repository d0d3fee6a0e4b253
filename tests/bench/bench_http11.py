"""CPU per HTTP message, beside h11 and httptools.  Run: `python -m tests.bench.bench_http11`.

Each row is one whole exchange at the server's end, in memory: a request is read and a response
written.  httptools has a parser only (in C), so its row is reading alone, and so is our second one.
The figure is the median of seven interleaved rounds; trust ratios above 1.25 only.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import h11
import httptools

from course_lib.wire.http import http11
from course_lib.wire.http.connection import ServerConnection

ROUNDS, COUNT = 7, 4000
POLL = (
    b"GET /socket.io/?EIO=4&transport=polling&t=P5x8aBc&sid=lv_VI97HAXpY6yYWAAAC HTTP/1.1\r\n"
    b"Host: 127.0.0.1:8000\r\n"
    b"Connection: keep-alive\r\n"
    b"User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36\r\n"
    b"Accept: */*\r\n"
    b"Origin: http://127.0.0.1:8888\r\n"
    b"Referer: http://127.0.0.1:8888/\r\n"
    b"Accept-Encoding: gzip, deflate, br\r\n"
    b"Accept-Language: en-GB,en;q=0.9,ko;q=0.8\r\n\r\n"
)
POST = (
    POLL.replace(b"GET", b"POST").replace(b"\r\n\r\n", b"\r\nContent-Length: 32\r\n\r\n")
    + b"4" * 32
)
FIELDS = [("Content-Type", "text/plain; charset=UTF-8"), ("Cache-Control", "no-store")]
BODY = b"4" * 32


def ours(data: bytes) -> Callable[[], None]:
    connection = ServerConnection(now=0.0)

    def exchange() -> None:
        connection.receive(data, 1.0)
        (request,) = connection.events()
        assert isinstance(request, http11.Request)
        connection.send(http11.Response(200, http11.Headers(FIELDS), BODY), 1.0)
        connection.data_to_send()

    return exchange


def ours_reading(data: bytes) -> Callable[[], None]:
    connection = ServerConnection(now=0.0, max_pipelined=COUNT + 1)

    def read() -> None:
        connection.receive(data, 1.0)
        connection.events()
        connection._pending.clear()

    return read


def with_h11(data: bytes) -> Callable[[], None]:
    connection = h11.Connection(h11.SERVER)

    def exchange() -> None:
        connection.receive_data(data)
        while not isinstance(connection.next_event(), h11.EndOfMessage):
            pass
        length = [("Content-Length", str(len(BODY)))]
        connection.send(h11.Response(status_code=200, headers=FIELDS + length))
        connection.send(h11.Data(data=BODY))
        connection.send(h11.EndOfMessage())
        connection.start_next_cycle()

    return exchange


class _Collector:
    """What a server built on httptools has to gather for a request."""

    def on_message_begin(self) -> None:
        self.headers: list[tuple[str, str]] = []
        self.body = b""

    def on_url(self, url: bytes) -> None:
        self.url = url.decode("latin-1")

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name.decode("latin-1"), value.decode("latin-1")))

    def on_body(self, body: bytes) -> None:
        self.body += body


def with_httptools(data: bytes) -> Callable[[], None]:
    parser = httptools.HttpRequestParser(_Collector())
    return lambda: parser.feed_data(data)


def cpu(work: Callable[[], None]) -> float:
    """Seconds of CPU for one call."""
    before = time.process_time()
    for _ in range(COUNT):
        work()
    return (time.process_time() - before) / COUNT


def main() -> None:
    rows = {
        "ours": ours,
        "ours, reading": ours_reading,
        "h11": with_h11,
        "httptools": with_httptools,
    }
    for label, data in (("poll, 8 headers", POLL), ("POST of 32 bytes", POST)):
        rounds = [{name: cpu(make(data)) for name, make in rows.items()} for _ in range(ROUNDS)]
        print(f"{label}: CPU per message, median of {ROUNDS} rounds of {COUNT}")
        median = {name: statistics.median(one[name] for one in rounds) for name in rows}
        for name, seconds in median.items():
            against = median["ours, reading" if name == "httptools" else "ours"]
            print(f"  {name:<14} {seconds * 1e6:7.2f} µs   {seconds / against:5.2f} times ours")


if __name__ == "__main__":
    main()
