TCP = ["SYN", "SYN ACK"]
ARROWS = {
    ("short polling", "cold"): [*TCP, "request", "answer"],
    ("long polling", "cold"): [*TCP, "request", "answer"],
    ("WebSocket", "cold"): [*TCP, "GET", "101 and a frame"],
    ("short polling", "warm"): ["request", "answer"],
    ("long polling", "warm"): ["answer"],
    ("WebSocket", "warm"): ["frame"],
    ("short polling", "burst"): ["request", "answer with both"],
    ("long polling", "burst"): ["answer", "request", "answer"],
    ("WebSocket", "burst"): ["frames"],
}


def round_trips(transport, situation):
    return len(ARROWS[transport, situation]) / 2
