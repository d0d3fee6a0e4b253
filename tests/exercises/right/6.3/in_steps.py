def round_trips(transport, situation):
    down = up = 0.5
    if situation == "cold":
        tcp = up + down
        return tcp + up + down
    if transport == "WebSocket":
        return down
    if transport == "short polling":
        return up + down
    return down if situation == "warm" else down + up + down
