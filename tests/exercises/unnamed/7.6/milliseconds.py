def detection(interval, timeout, clients):
    return timeout * 1000, (interval + timeout) * 1000, 2 * clients * 3600 / interval
