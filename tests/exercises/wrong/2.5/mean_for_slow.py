import math


def predict_hold(rtt, rate):
    x = rate * rtt
    cycle = x + math.exp(-x)
    return rtt / 2 + rtt / 2 * x / cycle, 1 / cycle
