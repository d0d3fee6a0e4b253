import math


def predict_hold(rtt, rate):
    x = rate * rtt
    return rtt / 2 + rtt / 2 * x / (x + math.exp(-x))
