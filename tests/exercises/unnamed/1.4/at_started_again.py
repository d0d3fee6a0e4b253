def next_poll(started, finished, interval):
    ticks = 0
    while started + ticks * interval < finished:
        ticks += 1
    return started + ticks * interval
