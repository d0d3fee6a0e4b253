import math


def predict_hold(rtt, rate):
    in_gap = rate * rtt
    messages = in_gap + math.exp(-in_gap)
    # Nine of ten messages in the gap come before this.
    slow = 0.5 * rtt if in_gap / messages < 0.1 else 0.5 * rtt + 0.9 * rtt
    return slow, 1 / messages
