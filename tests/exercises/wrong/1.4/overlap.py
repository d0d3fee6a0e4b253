def next_poll(started, finished, interval):
    return started + interval
