import math


def predict(interval, rtt, clients, rate):
    period = interval + rtt
    return period / 2 + rtt / 2, clients / period, math.exp(-rate * period)
