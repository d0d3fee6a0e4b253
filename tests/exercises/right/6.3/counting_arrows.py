TCP = ["SYN", "SYN ACK"]
ARROWS = {
    ("short polling", "cold"): [*TCP, "question", "answer"],
    ("long polling", "cold"): [*TCP, "question", "answer"],
    ("WebSocket", "cold"): [*TCP, "GET", "101 and a frame"],
    ("short polling", "warm"): ["question", "answer"],
    ("long polling", "warm"): ["answer"],
    ("WebSocket", "warm"): ["frame"],
    ("short polling", "burst"): ["question", "answer with both"],
    ("long polling", "burst"): ["answer", "question", "answer"],
    ("WebSocket", "burst"): ["frames"],
}


def round_trips(transport, situation):
    return len(ARROWS[transport, situation]) / 2
