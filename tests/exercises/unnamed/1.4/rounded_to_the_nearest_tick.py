def next_poll(started, finished, interval):
    periods = max(1, round((finished - started) / interval))
    return started + periods * interval
