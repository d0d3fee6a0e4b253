def next_poll(started, finished, interval):
    return finished + interval
