TABLE = {"short polling": (2, 1, 1), "long polling": (2, 0.5, 1.5), "WebSocket": (2, 0.5, 0.5)}


def round_trips(transport, moments, connected, keep_alive):
    cold, warm, burst = TABLE[transport]
    if not connected:
        return cold
    return warm if len(moments) == 1 else burst
