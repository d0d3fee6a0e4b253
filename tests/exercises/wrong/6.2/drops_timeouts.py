import math


def latencies(schedule, arrivals):
    late = [
        arrived - due
        for due, (sent, arrived) in zip(schedule, arrivals, strict=True)
        if arrived is not None
    ]
    late.sort()
    return tuple(late[math.ceil(q * len(late) / 100) - 1] for q in (50, 95, 99))
