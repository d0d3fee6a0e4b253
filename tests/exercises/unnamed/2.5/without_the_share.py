import math


def predict_hold(rtt, rate):
    x = rate * rtt
    cycle = x + math.exp(-x)
    p = x / cycle
    slow = rtt / 2 if p <= 0.1 else rtt / 2 + rtt * (p - 0.1)  # and not / p
    return slow, 1 / cycle
