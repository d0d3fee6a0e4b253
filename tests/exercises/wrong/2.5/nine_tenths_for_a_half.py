import math


def predict_hold(rtt, rate):
    in_gap = rate * rtt
    messages = in_gap + math.exp(-in_gap)
    share = in_gap / messages
    slow = rtt / 2 if share < 0.9 else rtt / 2 + rtt * (share - 0.9) / share
    return slow, 1 / messages
