import math


def predict(interval, rtt, clients, rate):
    empty = math.exp(-rate * interval)
    return interval + rtt / 2, clients / interval, empty
