import math


def predict_hold(rtt, rate):
    in_gap = rate * rtt
    questions = in_gap + math.exp(-in_gap)
    share = in_gap / questions
    if share <= 0.1:
        return rtt / 2, questions
    return rtt / 2 + rtt * (1 - 0.1 / share), questions
