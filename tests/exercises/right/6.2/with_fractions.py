from fractions import Fraction
from math import inf


def latencies(schedule, arrivals):
    late = sorted(
        inf if end is None else Fraction(str(end)) - Fraction(str(due))
        for due, (_, end) in zip(schedule, arrivals, strict=True)
    )
    return [late[(q * len(late) + 99) // 100 - 1] for q in (50, 95, 99)]
