import math


def predict(interval, rtt, clients, rate):
    latency = interval / 2
    requests = clients / interval
    empty = math.exp(-rate * interval)
    return latency, requests, empty
