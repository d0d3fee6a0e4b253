import random
import statistics


def predict_hold(rtt, rate):
    """No formula: a million messages of one's own would be better still."""
    chance, now, at_server, latencies = random.Random(1), 0.0, 0.0, []
    waiting = []
    for _ in range(100_000):
        now += chance.expovariate(rate)
        if waiting and now > at_server:  # the question came and took all that waited
            latencies += [at_server - came + rtt / 2 for came in waiting]
            waiting, at_server = [], at_server + rtt
        if now >= at_server:
            latencies.append(rtt / 2)
            at_server = now + rtt
        else:
            waiting.append(now)
    return statistics.median(latencies)
