import math


def predict_hold(rtt, rate):
    x = rate * rtt
    p = x / (x + math.exp(-x))
    slow = rtt / 2 if p <= 0.5 else rtt / 2 + rtt * (p - 0.5) / p
    return slow, 1 / (x + math.exp(-x))
