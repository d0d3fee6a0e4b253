import math


def latencies(schedule, arrivals):
    late = [
        0.0 if arrived is None else arrived - due
        for due, (sent, arrived) in zip(schedule, arrivals, strict=True)
    ]
    late.sort()
    return tuple(late[math.ceil(q * len(late) / 100) - 1] for q in (50, 95, 99))
