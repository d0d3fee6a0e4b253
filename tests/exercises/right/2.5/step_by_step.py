import math


def predict_hold(rtt, rate):
    in_gap = rate * rtt
    met = math.exp(-in_gap)
    share_in_gap = in_gap / (in_gap + met)
    share_met = 1 - share_in_gap
    questions = 1 / (in_gap + met)
    if share_met >= 0.9:
        return rtt / 2, questions
    place_in_gap = 1 - 0.1 / share_in_gap
    return (0.5 + place_in_gap) * rtt, questions
