def next_poll(started, finished, interval):
    tick = started + interval
    while tick < finished:
        tick += interval
    return tick
