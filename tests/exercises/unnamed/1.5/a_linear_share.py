def predict(interval, rtt, clients, rate):
    expected = rate * interval
    return interval / 2 + rtt / 2, clients / interval, max(0, 1 - expected)
