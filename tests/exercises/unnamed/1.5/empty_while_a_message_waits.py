import math


def predict(interval, rtt, clients, rate):
    median = (interval + rtt) / 2
    return median, clients / interval, math.exp(-rate * median)
