def detection(interval, timeout, clients):
    return 0, interval + timeout, 2 * clients * 3600 / interval
