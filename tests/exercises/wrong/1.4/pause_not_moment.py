import math


def next_poll(started, finished, interval):
    took = finished - started
    return max(1, math.ceil(took / interval)) * interval - took
