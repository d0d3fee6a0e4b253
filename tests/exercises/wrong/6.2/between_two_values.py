import math
import statistics


def latencies(schedule, arrivals):
    late = sorted(
        math.inf if end is None else end - due
        for due, (_, end) in zip(schedule, arrivals, strict=True)
    )
    if len(late) == 1:
        return late[0], late[0], late[0]
    cuts = statistics.quantiles([min(value, 1e9) for value in late], n=100)
    return cuts[49], cuts[94], cuts[98]
