def next_poll(started, finished, interval):
    if finished <= started + interval:
        return started + interval
    return started + 2 * interval
