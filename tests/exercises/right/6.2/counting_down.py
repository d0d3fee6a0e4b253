def latencies(schedule, arrivals):
    waits = []
    for index in range(len(schedule)):
        end = arrivals[index][1]
        waits.append(float("inf") if end is None else end - schedule[index])
    waits = sorted(waits)
    found = []
    for share in (50, 95, 99):
        for rank, wait in enumerate(waits, 1):
            if 100 * rank >= share * len(waits):
                found.append(wait)
                break
    return tuple(found)
