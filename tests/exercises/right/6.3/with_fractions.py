from fractions import Fraction

HALF = Fraction(1, 2)


def round_trips(transport, moments, connected, keep_alive):
    moments = [Fraction(str(moment)) for moment in moments]
    opening = 0 if keep_alive else 1
    at = {
        "WebSocket": Fraction(0),
        "long polling": Fraction(0),
        "short polling": opening + HALF,
    }[transport]
    if not connected:
        at = 1 + HALF
    if transport == "WebSocket":
        return max(at, max(moments)) + HALF
    for index, moment in enumerate(moments):
        if moment <= at:
            continue
        if transport == "long polling" and index == 0:
            at = moment
            continue
        while at < moment:
            at += 1 + opening
            if transport == "long polling":
                at = max(at, moment)
    return at + HALF
