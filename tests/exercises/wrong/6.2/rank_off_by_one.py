import math


def latencies(schedule, arrivals):
    late = [
        math.inf if arrived is None else arrived - due
        for due, (sent, arrived) in zip(schedule, arrivals, strict=True)
    ]
    late.sort()
    return tuple(late[min(len(late) - 1, math.ceil(q * len(late) / 100))] for q in (50, 95, 99))
