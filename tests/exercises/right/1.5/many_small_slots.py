def predict(interval, rtt, clients, rate):
    """The chance that no message comes, as a product over very small slots of time."""
    slots = 100_000
    empty = (1 - rate * interval / slots) ** slots
    return (interval + rtt) / 2, clients / interval, empty
