import math


def latencies(schedule, arrivals):
    """sent - due is not the network's fault."""
    late = []
    for due, (sent, end) in zip(schedule, arrivals, strict=True):
        if end is None:
            late.append(math.inf)
        else:
            late.append((end - sent) - (sent - due))
    late.sort()
    n = len(late)
    return tuple(late[math.ceil(n * q / 100) - 1] for q in (50, 95, 99))
