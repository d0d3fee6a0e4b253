def detection(interval, timeout, clients):
    return timeout, interval + timeout, clients * 3600 / interval
