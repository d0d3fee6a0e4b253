def detection(interval, timeout, clients):
    return timeout / 2, interval + timeout, 2 * clients * 3600 / interval
