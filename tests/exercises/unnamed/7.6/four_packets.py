def detection(interval, timeout, clients):
    return timeout, interval + timeout, 4 * clients * 3600 / interval
