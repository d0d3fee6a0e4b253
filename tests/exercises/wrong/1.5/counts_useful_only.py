import math


def predict(interval, rtt, clients, rate):
    empty = math.exp(-rate * interval)
    return interval / 2 + rtt / 2, clients / interval * (1 - empty), empty
