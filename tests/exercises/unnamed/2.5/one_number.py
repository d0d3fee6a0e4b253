def predict_hold(rtt, rate):
    return rtt / 2
