import math


def latencies(schedule, arrivals):
    late = [
        math.inf if arrived is None else arrived - due
        for due, (sent, arrived) in zip(schedule, arrivals, strict=True)
    ]
    late.sort()
    return late[len(late) // 2]
