import math


def next_poll(started, finished, interval):
    return started + interval * max(1, math.ceil(finished - started))
