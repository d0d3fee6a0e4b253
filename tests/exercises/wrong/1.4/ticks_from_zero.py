import math


def next_poll(started, finished, interval):
    return math.ceil(finished / interval) * interval
