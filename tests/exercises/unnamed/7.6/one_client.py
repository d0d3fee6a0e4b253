def detection(interval, timeout, clients):
    return timeout, interval + timeout, 2 * 3600 / interval
