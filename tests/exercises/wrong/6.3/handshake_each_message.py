def round_trips(transport, situation):
    if situation == "cold":
        return 1 + 1
    if situation == "warm":
        if transport == "WebSocket":
            return 1.5
        return 1 if transport == "short polling" else 0.5
    return {"short polling": 1, "long polling": 1.5, "WebSocket": 0.5}[transport]
