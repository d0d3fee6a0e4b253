import math


def predict_hold(rtt, rate):
    in_gap = rate * rtt
    messages = in_gap + math.exp(-in_gap)
    share = in_gap / messages
    if share < 0.9:
        slow = rtt / 2
    else:
        slow = rtt / 2 + rtt * (share - 0.9) / share
    return slow, 1 / messages
