def detection(interval, timeout, clients):
    return interval, interval + timeout, 2 * clients * 3600 / interval
