import math


def latencies(schedule, arrivals):
    ends = sorted(math.inf if end is None else end for _, end in arrivals)
    values = sorted(end - due for due, end in zip(sorted(schedule), ends, strict=True))
    n = len(values)
    return tuple(values[math.ceil(n * q / 100) - 1] for q in (50, 95, 99))
