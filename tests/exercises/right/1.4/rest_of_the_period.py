def next_poll(started, finished, interval):
    into = (finished - started) % interval
    return finished + (interval - into)
