import math


def predict_hold(rtt, rate):
    in_gap = rate * rtt
    share_in_gap = in_gap / (in_gap + math.exp(-in_gap))
    share_met = 1 - share_in_gap
    if share_met >= 0.5:
        return rtt / 2
    place_in_gap = (0.5 - share_met) / share_in_gap
    return rtt / 2 + place_in_gap * rtt
