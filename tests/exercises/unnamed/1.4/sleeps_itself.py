import math
import time


def next_poll(started, finished, interval):
    n = max(1, math.ceil((finished - started) / interval))
    due = started + n * interval
    time.sleep(due - finished)
    return due
