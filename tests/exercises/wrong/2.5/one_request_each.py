import math


def predict_hold(rtt, rate):
    x = rate * rtt
    p = x / (x + math.exp(-x))
    return rtt / 2 if p <= 0.1 else rtt / 2 + rtt * (p - 0.1) / p, 1
