def round_trips(transport, moments, connected, keep_alive):
    """The first answer, and if that is not enough a second one with the rest."""
    last = moments[-1]
    if transport == "WebSocket":
        return max(0 if connected else 1.5, last) + 0.5
    again = 0.5 if keep_alive else 1.5
    if transport == "long polling":
        first = 0 if connected else 1.5
        if last <= first:
            return first + 0.5
        return max(first + 0.5 + again, last) + 0.5
    asked = again if connected else 1.5
    while asked < last:
        asked += 0.5 + again
    return asked + 0.5
