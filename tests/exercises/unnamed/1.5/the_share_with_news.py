import math


def predict(interval, rtt, clients, rate):
    return (interval + rtt) / 2, clients / interval, 1 - math.exp(-rate * interval)
