from math import exp


def predict(interval, rtt, clients, rate):
    mine = rate / clients
    return (interval + rtt) / 2, clients / interval, exp(-mine * interval)
