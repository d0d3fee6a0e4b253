def round_trips(transport, moments, connected, keep_alive):
    if transport == "WebSocket":
        return max(0.0 if connected else 1.5, moments[-1]) + 0.5
    held = transport == "long polling"
    again = 0.5 if keep_alive else 1.5
    asked = (0.0 if held else again) if connected else 1.5
    have = 0
    while True:
        answered = max(asked, moments[have]) if held else asked
        have = sum(moment <= answered for moment in moments)
        if have == len(moments):
            return answered + 0.5
        asked = answered + 1.0 + again
