def detection(interval, timeout, clients):
    return timeout, interval, 2 * clients * 3600 / interval
