import math


def predict(interval, rtt, clients, rate):
    latency = interval / 2 + rtt / 2
    requests = 1 / interval
    empty = math.exp(-rate * interval)
    return latency, requests, empty
