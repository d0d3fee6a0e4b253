def detection(interval, timeout, clients):
    return {"earliest": timeout, "latest": interval + timeout}
