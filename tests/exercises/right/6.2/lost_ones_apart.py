import math


def latencies(schedule, arrivals):
    came = sorted(
        end - due for due, (_, end) in zip(schedule, arrivals, strict=True) if end is not None
    )
    count = len(schedule)

    def of(percent):
        rank = -(-percent * count // 100)
        return came[rank - 1] if rank <= len(came) else math.inf

    return of(50), of(95), of(99)
