import math
from fractions import Fraction
from typing import NamedTuple


class Polling(NamedTuple):
    median: float
    load: Fraction
    empty: float


def predict(interval, rtt, clients, rate):
    load = clients / Fraction(interval)
    return Polling(rtt / 2 + interval / 2, load, math.exp(-rate * interval))
