import math


def predict(interval, rtt, clients, rate):
    return 500 * (interval + rtt), 1 / interval, 100 * math.exp(-rate * interval)
