def detection(interval, timeout, clients):
    return timeout, interval + timeout
