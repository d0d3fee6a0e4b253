def predict_hold(rtt, rate):
    return rtt * 1.5
