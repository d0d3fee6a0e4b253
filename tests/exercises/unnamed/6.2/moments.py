import math


def latencies(schedule, arrivals):
    ends = sorted(math.inf if end is None else end for _, end in arrivals)
    return tuple(ends[math.ceil(q * len(ends) / 100) - 1] for q in (50, 95, 99))
