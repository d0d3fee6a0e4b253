import math


def latencies(schedule, arrivals):
    values = sorted(
        math.inf if end is None else round(end - due, 3)
        for due, (_, end) in zip(schedule, arrivals, strict=True)
    )
    n = len(values)
    return tuple(values[math.ceil(n * q / 100) - 1] for q in (50, 95, 99))
