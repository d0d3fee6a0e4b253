def detection(interval, timeout, clients):
    return timeout, max(interval, timeout), 2 * clients * 3600 / interval
