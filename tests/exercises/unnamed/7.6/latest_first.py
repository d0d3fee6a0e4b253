def detection(interval, timeout, clients):
    return interval + timeout, timeout, 2 * clients * 3600 / interval
