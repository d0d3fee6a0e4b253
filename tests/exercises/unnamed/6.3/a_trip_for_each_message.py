def round_trips(transport, moments, connected, keep_alive):
    start = 0 if connected else 1
    if transport == "WebSocket":
        return start + 0.5 * len(moments)
    each = 1 if keep_alive else 2
    return start + each * len(moments)
