def detection(interval, timeout, clients):
    return abs(interval - timeout), interval + timeout, 2 * clients * 3600 / interval
