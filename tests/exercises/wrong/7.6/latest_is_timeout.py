def detection(interval, timeout, clients):
    return timeout, timeout, 2 * clients * 3600 / interval
