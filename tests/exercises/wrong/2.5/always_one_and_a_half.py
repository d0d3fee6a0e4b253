def predict_hold(rtt, rate):
    return 1.5 * rtt, 1
