def detection(interval, timeout, clients):
    return timeout, interval + timeout, 2 * clients * 3600 // interval
