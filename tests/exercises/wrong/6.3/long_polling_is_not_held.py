import math


def round_trips(transport, moments, connected, keep_alive):
    last = moments[-1]
    if transport == "WebSocket":
        return max(0 if connected else 1.5, last) + 0.5
    cycle = 1 if keep_alive else 2
    first = (0 if transport == "long polling" else cycle - 0.5) if connected else 1.5
    n = max(0, math.ceil((last - first) / cycle))
    return first + n * cycle + 0.5
