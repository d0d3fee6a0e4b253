def next_poll(started, finished, interval):
    return max(started + interval, finished)
