import math


def predict_hold(rtt, rate):
    return rtt / 2, 1 / (rate * rtt + math.exp(-rate * rtt))
