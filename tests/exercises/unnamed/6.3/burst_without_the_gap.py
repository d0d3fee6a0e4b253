def round_trips(transport, situation):
    if situation == "cold":
        return 1 + 1
    if situation == "warm":
        return 1 if transport == "short polling" else 0.5
    return {"short polling": 1, "long polling": 0.5, "WebSocket": 0.5}[transport]
