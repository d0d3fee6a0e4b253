import random


def predict_hold(rtt, rate):
    """No formula: many messages of one's own."""
    chance, now, at_server, latencies = random.Random(1), 0.0, 0.0, []
    waiting, questions = [], 0
    for _ in range(60_000):
        now += chance.expovariate(rate)
        if waiting and now > at_server:  # the question came and took all that waited
            latencies += [at_server - came + rtt / 2 for came in waiting]
            waiting, at_server = [], at_server + rtt
            questions += 1
        if now >= at_server:
            latencies.append(rtt / 2)
            at_server = now + rtt
            questions += 1
        else:
            waiting.append(now)
    latencies.sort()
    return latencies[len(latencies) * 9 // 10], questions / len(latencies)
