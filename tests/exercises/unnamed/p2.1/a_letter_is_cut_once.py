def feed(rest, piece):
    for back in range(1, min(3, len(piece)) + 1):
        first = piece[-back]
        size = 4 if first >= 0xF0 else 3 if first >= 0xE0 else 2 if first >= 0xC0 else 1
        if size > back:
            return (rest + piece[:-back]).decode(), piece[-back:]
    return (rest + piece).decode(), b""
