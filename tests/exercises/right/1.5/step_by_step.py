import math


def predict(interval, rtt, clients, rate):
    wait = interval / 2
    travel = rtt / 2
    questions_each = 1 / interval
    no_message = math.e ** -(rate * interval)
    return wait + travel, clients * questions_each, no_message
