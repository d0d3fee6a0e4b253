SETUP, UP, DOWN = ["SYN", "SYN ACK"], ["up"], ["down"]


def took(*arrows):
    return sum(map(len, arrows)) / 2


def round_trips(transport, moments, connected, keep_alive):
    first = took(UP) if connected else took(SETUP, UP)
    if transport == "WebSocket":
        return max(0.0 if connected else first, moments[-1]) + took(DOWN)
    again = took(UP) if keep_alive else took(SETUP, UP)
    if transport == "short polling":
        at = again if connected else first
        while at < moments[-1]:
            at += took(DOWN) + again
        return at + took(DOWN)
    at, left = 0.0 if connected else first, list(moments)
    while True:
        at = max(at, left[0])
        left = [moment for moment in left if moment > at]
        if not left:
            return at + took(DOWN)
        at += took(DOWN) + again
