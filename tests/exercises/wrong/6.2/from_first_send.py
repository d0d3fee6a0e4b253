import math


def latencies(schedule, arrivals):
    start = arrivals[0][0]
    first = schedule[0]
    values = sorted(
        math.inf if end is None else (end - start) - (due - first)
        for due, (_, end) in zip(schedule, arrivals, strict=True)
    )
    n = len(values)
    return tuple(values[math.ceil(n * q / 100) - 1] for q in (50, 95, 99))
