from fractions import Fraction


def detection(interval, timeout, clients):
    earliest = 0.0 + timeout
    latest = earliest + interval
    pings = Fraction(3600) / Fraction(interval)
    return [earliest, latest, float(clients * (pings + pings))]
