import math


def latencies(schedule, arrivals):
    found = sorted(
        arrived - due if arrived else math.inf
        for due, (_, arrived) in zip(schedule, arrivals, strict=True)
    )

    def percentile(q):
        rank = -(-q * len(found) // 100)
        return found[rank - 1]

    return percentile(50), percentile(95), percentile(99)
