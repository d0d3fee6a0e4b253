def detection(interval, timeout, clients):
    return timeout, timeout + interval / 2, 2 * clients * 3600 / interval
