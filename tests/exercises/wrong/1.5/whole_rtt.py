import math


def predict(interval, rtt, clients, rate):
    empty = math.exp(-rate * interval)
    return interval / 2 + rtt, clients / interval, empty
