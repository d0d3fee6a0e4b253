def round_trips(transport, moments, connected, keep_alive):
    if not connected:
        asked = 1.5
    elif transport == "short polling":
        asked = 0.5 if keep_alive else 1.5
    else:
        asked = 0
    if transport == "WebSocket":
        if connected and not keep_alive:
            asked = 1.5
        return max(asked, moments[-1]) + 0.5
    have = 0
    while True:
        if transport == "long polling":
            asked = max(asked, moments[have])
        have = len([moment for moment in moments if moment <= asked])
        if have == len(moments):
            return asked + 0.5
        asked += 1 if keep_alive else 2
